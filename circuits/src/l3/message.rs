//! What a device signs, and what it makes of it: a signature, a nullifier, the first head.

use super::{Algorithm, DeviceKey};
use crate::error::{Code, Error, Result, message};
use crate::format::{Fault, FromJson, Value, from_hex, read, to_hex, write_object};
use crate::hash::{F, Tag, hash_tagged, integer};
use crate::relation::{Shape, Statement, Trust};
use serde::{Serialize, Serializer};

/// What the signed bytes begin with. A device's key must sign nothing else that begins like this.
pub const DOMAIN: &[u8; 14] = b"wattproof/l3/1";

/// The bytes that a device signs for one claim: the domain, then head, policy digest, period and context as 32 bytes each,
/// big-endian. ECDSA signs their SHA-256; Ed25519 signs the 32 bytes of that digest.
///
/// # Example
/// ```
/// use wattproof_circuits::hash::F;
/// use wattproof_circuits::l3::preimage;
/// let bytes = preimage(&F::from(1), &F::from(2), &F::from(3), &F::from(4));
/// assert_eq!((&bytes[..14], bytes[45], bytes[141]), (&b"wattproof/l3/1"[..], 1, 4));
/// ```
pub fn preimage(head: &F, policy: &F, period: &F, context: &F) -> [u8; 142] {
    let mut bytes = [0; 142];
    bytes[..DOMAIN.len()].copy_from_slice(DOMAIN);
    let words = bytes[DOMAIN.len()..].chunks_mut(8);
    let limbs = [head, policy, period, context].into_iter().flat_map(|x| {
        let [a, b, c, d] = integer(x);
        [d, c, b, a]
    });
    for (word, limb) in words.zip(limbs) {
        word.copy_from_slice(&limb.to_be_bytes());
    }
    bytes
}

/// The head before a device's first block.
#[cfg(all(feature = "curves", feature = "prover"))]
pub(super) fn device_genesis(key: &DeviceKey, meter_config: &F) -> F {
    hash_tagged(Tag::DeviceGenesis, &[key.digest(), *meter_config])
}

/// One-use tag of a claim at L3. Public: anybody computes it from the device's key.
pub fn device_nullifier(key: &DeviceKey, scope: &F, period: &F) -> F {
    hash_tagged(Tag::DeviceNullifier, &[key.digest(), *scope, *period])
}

/// A device's key and its signature over one claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceSignature {
    /// Whose it is.
    pub key: DeviceKey,
    /// r then s for ECDSA, of 32 bytes each, big-endian, s at most half the order; as RFC 8032 writes it for Ed25519.
    pub signature: [u8; 64],
}

impl DeviceSignature {
    /// Whether it is one over these; [`preimage`] says how.
    ///
    /// # Errors
    /// [`Code::BadSignature`].
    #[cfg(feature = "curves")]
    pub fn verify(&self, head: &F, policy: &F, period: &F, context: &F) -> Result<()> {
        super::curves::verify(self, &preimage(head, policy, period, context))
    }
}

/// A bundle's device is there if its circuit is one of L3, and signed the statement.
pub(crate) fn check(
    shape: &Shape,
    device: Option<&DeviceSignature>,
    statement: &Statement,
) -> Result<()> {
    match (shape.trust, device) {
        (Trust::Registry, None) => Ok(()),
        (Trust::Registry, Some(_)) => {
            let message = "device is there, and the circuit is none of L3.";
            Err(Error::new(Code::Malformed, message))
        }
        (Trust::Device, None) => {
            let message = "device is missing, and with it its signature.";
            Err(Error::new(Code::BadSignature, message))
        }
        #[cfg(feature = "curves")]
        (Trust::Device, Some(device)) => {
            let Statement { anchor, policy_digest, period, context, .. } = statement;
            device.verify(anchor, policy_digest, &period.field(), context)
        }
        #[cfg(not(feature = "curves"))]
        (Trust::Device, Some(_)) => {
            let _ = statement;
            Err(super::not_built_in())
        }
    }
}

/// The bytes of a key, whose number is the algorithm's.
pub(super) fn key(algorithm: Algorithm, hex: &str) -> Result<DeviceKey> {
    let bytes = match algorithm.key_bytes() {
        64 => from_hex::<64>(hex).map(Vec::from),
        _ => from_hex::<32>(hex).map(Vec::from),
    };
    let bytes =
        bytes.map_err(|e| Error::new(Code::BadKey, message!["public_key: ", e.message()]))?;
    DeviceKey::new(algorithm, &bytes)
}

fn signature(algorithm: Algorithm, public_key: &str, signature: &str) -> Result<DeviceSignature> {
    let key = key(algorithm, public_key)?;
    let bytes = from_hex(signature);
    let bytes =
        bytes.map_err(|e| Error::new(Code::BadSignature, message!["signature: ", e.message()]))?;
    Ok(DeviceSignature { key, signature: bytes })
}

impl FromJson for DeviceSignature {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_members() => algorithm, public_key, signature }
        let (public_key, signed): (String, String) = (public_key, signature);
        self::signature(algorithm, &public_key, &signed).map_err(|e| value.fault(e))
    }
}

impl crate::format::ToJson for DeviceSignature {
    fn write(&self, json: &mut String) {
        let (algorithm, key) = (self.key.algorithm(), self.key.hex());
        let signature = to_hex(&self.signature);
        write_object(
            json,
            &[("algorithm", &algorithm), ("public_key", &key), ("signature", &signature)],
        );
    }
}

impl Serialize for DeviceSignature {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = s.serialize_struct("DeviceSignature", 3)?;
        object.serialize_field("algorithm", &self.key.algorithm())?;
        object.serialize_field("public_key", &self.key.hex())?;
        object.serialize_field("signature", &to_hex(&self.signature))?;
        object.end()
    }
}

#[cfg(feature = "prover")]
impl<'de> serde::Deserialize<'de> for DeviceSignature {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // Read by the one reader, as a policy is.
        let value = crate::format::Unread::deserialize(d)?;
        value.read("device").map_err(crate::format::carry)
    }
}
