//! Device keys and signatures: EdDSA over Baby Jubjub with Poseidon, as `@zk-kit/eddsa-poseidon` verifies it.

use crate::curve::{Point, Scalar};
use crate::error::{Code, Error, Result};
use crate::gadget::is_provable;
use crate::hash::{F, hash_challenge};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField, Zero};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

/// A device's public key: a point of the curve that is not of low order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey(Point);

impl PublicKey {
    /// A key from its coordinates; refuses points off the curve and of low order.
    pub fn new(x: F, y: F) -> Result<Self> {
        let point = Point::new_unchecked(x, y);
        if !point.is_on_curve() {
            return Err(Error::new(Code::BadKey, "The key is not a point of Baby Jubjub."));
        }
        // In the group's own coordinates: affine ones take an inversion, and registries read a million keys.
        if point.mul_by_cofactor_to_group().is_zero() {
            return Err(Error::new(Code::BadKey, "The key is a point of low order."));
        }
        Ok(Self(point))
    }

    /// The point.
    pub fn point(&self) -> &Point {
        &self.0
    }
}

/// A signature: `S Base8 = R + h 8A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Commitment to the nonce.
    pub r: Point,
    /// Response; canonical below the subgroup's order.
    pub s: Scalar,
}

impl Signature {
    /// A signature from its parts; refuses R off the curve and S of the order or above.
    pub fn new(rx: F, ry: F, s: F) -> Result<Self> {
        let r = Point::new_unchecked(rx, ry);
        let bad = |what: &str| Error::new(Code::BadSignature, what);
        if !r.is_on_curve() {
            return Err(bad("R is not a point of Baby Jubjub."));
        }
        let s = Scalar::from_bigint(s.into_bigint())
            .ok_or_else(|| bad("S is not below the subgroup's order."))?;
        Ok(Self { r, s })
    }

    /// S as a field element.
    pub fn s_field(&self) -> F {
        F::from_le_bytes_mod_order(&self.s.into_bigint().to_bytes_le())
    }

    /// Whether it is one over `message` by `key`; also refuses the one signature in 2^62 that the circuit cannot prove.
    pub fn verify(&self, key: &PublicKey, message: &F) -> Result<()> {
        let challenge = challenge(&self.r, key, message);
        let h = Scalar::from_le_bytes_mod_order(&challenge.into_bigint().to_bytes_le());
        let key8 = key.0.mul_by_cofactor_to_group();
        let left = Point::generator() * self.s;
        if left != key8 * h + self.r {
            return Err(Error::new(Code::BadSignature, "The signature does not verify."));
        }
        if !is_provable(&challenge, &self.s_field()) {
            let message = "The signature lies at the edge of what can be proved; sign again.";
            return Err(Error::new(Code::BadSignature, message));
        }
        Ok(())
    }
}

fn challenge(r: &Point, key: &PublicKey, message: &F) -> F {
    hash_challenge(&[r.x, r.y, key.0.x, key.0.y, *message])
}

/// A device's secret key. Wiped when dropped, never shown, never cloned.
pub struct SecretKey {
    seed: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

impl SecretKey {
    /// A fresh key from the operating system's randomness.
    pub fn generate() -> Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        crate::random::fill(seed.as_mut())?;
        Ok(Self { seed })
    }

    /// The key with this seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { seed: Zeroizing::new(seed) }
    }

    /// The seed, to be stored with care.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    fn wide(&self, use_: &str, more: &[&[u8]]) -> Scalar {
        let mut hasher = Sha512::new_with_prefix("wattproof/eddsa/1/");
        hasher.update(use_);
        hasher.update(self.seed.as_ref());
        for bytes in more {
            hasher.update(bytes);
        }
        let mut digest: [u8; 64] = hasher.finalize().into();
        let scalar = Scalar::from_le_bytes_mod_order(&digest);
        digest.zeroize();
        scalar
    }

    /// The public key: the secret scalar times Base8.
    pub fn public(&self) -> PublicKey {
        PublicKey((Point::generator() * self.wide("key", &[])).into_affine())
    }

    /// The salt of one block of one meter: 248 bits that only the key's holder can compute, and others for each meter that
    /// the key speaks for.
    pub fn salt(&self, meter_config: &F, index: u32, start: u64) -> F {
        let mut hasher = Sha512::new_with_prefix("wattproof/salt/1/");
        hasher.update(self.seed.as_ref());
        hasher.update(meter_config.into_bigint().to_bytes_le());
        hasher.update(index.to_le_bytes());
        hasher.update(start.to_le_bytes());
        let mut digest: [u8; 64] = hasher.finalize().into();
        let salt = F::from_le_bytes_mod_order(&digest[..31]);
        digest.zeroize();
        salt
    }

    /// Signs `message`. The nonce is a function of key and message, so that no two messages share one.
    pub fn sign(&self, message: &F) -> Signature {
        let key = self.public();
        let message_bytes = message.into_bigint().to_bytes_le();
        let mut attempt = 0u64;
        loop {
            let mut nonce = self.wide("nonce", &[&message_bytes, &attempt.to_le_bytes()]);
            let r = (Point::generator() * nonce).into_affine();
            let challenge = challenge(&r, &key, message);
            let h = Scalar::from_le_bytes_mod_order(&challenge.into_bigint().to_bytes_le());
            let s = nonce + h * Scalar::from(8u8) * self.wide("key", &[]);
            nonce.zeroize();
            let signature = Signature { r, s };
            if is_provable(&challenge, &signature.s_field()) {
                return signature;
            }
            attempt += 1;
        }
    }
}
