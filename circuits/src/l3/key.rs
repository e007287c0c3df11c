//! A device's public key, and its one encoding.

use crate::error::{Code, Error, Result, message};
use crate::format::{names, to_hex};
use crate::hash::{F, Tag, element, hash_tagged};
use serde::{Deserialize, Serialize};

/// The kind of a device's key. The number is part of the key's digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// ECDSA over P-256 (secp256r1) with SHA-256: ES256.
    P256 = 1,
    /// ECDSA over secp256k1 with SHA-256.
    Secp256k1 = 2,
    /// Ed25519.
    Ed25519 = 3,
}

names! { Algorithm { P256 = "p256", Secp256k1 = "secp256k1", Ed25519 = "ed25519" } }

impl Algorithm {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::P256, Self::Secp256k1, Self::Ed25519];

    /// Its name in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Secp256k1 => "secp256k1",
            Self::Ed25519 => "ed25519",
        }
    }

    /// Bytes of a public key.
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 64,
            Self::Ed25519 => 32,
        }
    }
}

/// A device's public key. Where curves are built in it is a point of its curve, and of high order.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct DeviceKey {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl core::fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} {}", self.algorithm.name(), self.hex())
    }
}

impl DeviceKey {
    /// A key from its bytes: x then y of 32 bytes each, big-endian, for P-256 and secp256k1; the 32 bytes of RFC 8032 for Ed25519.
    ///
    /// # Errors
    /// [`Code::BadKey`] for another length, and where curves are built in for what is no point, in another encoding, or of low order.
    pub fn new(algorithm: Algorithm, bytes: &[u8]) -> Result<Self> {
        if bytes.len() != algorithm.key_bytes() {
            let (has, needs) = (bytes.len(), algorithm.key_bytes());
            let name = algorithm.name();
            let message = message![has, " bytes; a key of ", name, " has ", needs, "."];
            return Err(Error::new(Code::BadKey, message));
        }
        #[cfg(feature = "curves")]
        super::curves::check_key(algorithm, bytes)?;
        Ok(Self { algorithm, bytes: bytes.to_vec() })
    }

    /// Its kind.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its bytes, as [`DeviceKey::new`] takes them.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its bytes in lower-case hex: how files write them.
    pub fn hex(&self) -> String {
        to_hex(&self.bytes)
    }

    /// `H(DEVICE_KEY, algorithm, limbs)`: the bytes in limbs of 16, big-endian, filled up with zeros to four.
    pub fn digest(&self) -> F {
        let mut fields =
            [element(self.algorithm as u64), F::from(0), F::from(0), F::from(0), F::from(0)];
        for (field, limb) in fields[1..].iter_mut().zip(self.bytes.chunks(16)) {
            *field = F::from(limb.iter().fold(0_u128, |sum, byte| sum << 8 | u128::from(*byte)));
        }
        hash_tagged(Tag::DeviceKey, &fields)
    }
}
