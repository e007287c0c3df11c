//! P-256, secp256k1 and Ed25519, from the libraries that know them.

use super::{Algorithm, DeviceSignature};
use crate::error::{Code, Error, Result};
use ::p256::ecdsa::signature::hazmat::PrehashVerifier;
use sha2::{Digest, Sha256};

fn bad_key(message: &str) -> Error {
    Error::new(Code::BadKey, message)
}

fn bad_signature(message: &str) -> Error {
    Error::new(Code::BadSignature, message)
}

/// ECDSA over one curve; the two libraries have one interface, and no trait for all of it.
macro_rules! ecdsa {
    ($curve:ident) => {
        pub(super) mod $curve {
            use super::{PrehashVerifier, Result, bad_key, bad_signature};
            use ::$curve::ecdsa::{Signature, VerifyingKey};

            /// Refuses what is off the curve or has a coordinate of the modulus or above; the point at infinity has no such bytes.
            pub(in crate::l3) fn key(bytes: &[u8]) -> Result<VerifyingKey> {
                let mut encoded = vec![4];
                encoded.extend_from_slice(bytes);
                let off =
                    |_| bad_key(concat!("the key is not a point of ", stringify!($curve), "."));
                VerifyingKey::from_sec1_bytes(&encoded).map_err(off)
            }

            /// r and s from 1 to the order less 1, and s at most half of it: each signature has one form.
            pub(super) fn verify(bytes: &[u8], signature: &[u8; 64], digest: &[u8]) -> Result<()> {
                let out_of_range =
                    |_| bad_signature("the device's signature has a number out of range.");
                let signature = Signature::from_slice(signature).map_err(out_of_range)?;
                if signature.normalize_s() != signature {
                    return Err(bad_signature("the device's signature has a high s."));
                }
                key(bytes)?.verify_prehash(digest, &signature).map_err(|_| super::refused())
            }

            /// The key of these secret bytes; none if they are zero or of the order or above.
            #[cfg(feature = "prover")]
            pub(in crate::l3) fn public(secret: &[u8; 32]) -> Option<Vec<u8>> {
                let secret = ::$curve::ecdsa::SigningKey::from_slice(secret).ok()?;
                let point = secret.verifying_key().to_sec1_point(false);
                Some(point.as_bytes().get(1..)?.to_vec())
            }

            /// A signature with a low s, its nonce from key and digest (RFC 6979).
            #[cfg(feature = "prover")]
            pub(in crate::l3) fn sign(secret: &[u8; 32], digest: &[u8]) -> Option<[u8; 64]> {
                use ::$curve::ecdsa::signature::hazmat::PrehashSigner;
                let secret = ::$curve::ecdsa::SigningKey::from_slice(secret).ok()?;
                let signature: Signature = secret.sign_prehash(digest).ok()?;
                signature.normalize_s().to_bytes().as_slice().try_into().ok()
            }
        }
    };
}

ecdsa!(p256);
ecdsa!(k256);

fn refused() -> Error {
    bad_signature("the device's signature does not verify.")
}

fn ed25519_key(bytes: &[u8]) -> Result<ed25519_dalek::VerifyingKey> {
    let off = || bad_key("the key is not a point of Ed25519.");
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| off())?;
    let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| off())?;
    // The library takes coordinates of the modulus and above; one point would be two keys.
    if key.to_edwards().compress().to_bytes() != bytes {
        return Err(bad_key("the key is not in its canonical encoding."));
    }
    if key.is_weak() {
        return Err(bad_key("the key is a point of low order."));
    }
    Ok(key)
}

/// Refuses what is no key of its kind; `bytes` are as many as it has.
pub(super) fn check_key(algorithm: Algorithm, bytes: &[u8]) -> Result<()> {
    match algorithm {
        Algorithm::P256 => p256::key(bytes).map(drop),
        Algorithm::Secp256k1 => k256::key(bytes).map(drop),
        Algorithm::Ed25519 => ed25519_key(bytes).map(drop),
    }
}

/// Whether a device signed these bytes.
pub(super) fn verify(device: &DeviceSignature, preimage: &[u8]) -> Result<()> {
    let digest = Sha256::digest(preimage);
    let (key, signature) = (device.key.bytes(), &device.signature);
    match device.key.algorithm() {
        Algorithm::P256 => p256::verify(key, signature, &digest),
        Algorithm::Secp256k1 => k256::verify(key, signature, &digest),
        Algorithm::Ed25519 => {
            let signature = ed25519_dalek::Signature::from_bytes(signature);
            ed25519_key(key)?.verify_strict(&digest, &signature).map_err(|_| refused())
        }
    }
}

/// The public key of these secret bytes; none if they are no secret key.
#[cfg(feature = "prover")]
pub(super) fn public(algorithm: Algorithm, secret: &[u8; 32]) -> Option<Vec<u8>> {
    match algorithm {
        Algorithm::P256 => p256::public(secret),
        Algorithm::Secp256k1 => k256::public(secret),
        Algorithm::Ed25519 => {
            let secret = ed25519_dalek::SigningKey::from_bytes(secret);
            Some(secret.verifying_key().to_bytes().to_vec())
        }
    }
}

/// Signs these bytes; none if the secret bytes are no secret key.
#[cfg(feature = "prover")]
pub(super) fn sign(algorithm: Algorithm, secret: &[u8; 32], preimage: &[u8]) -> Option<[u8; 64]> {
    use ed25519_dalek::Signer;
    let digest = Sha256::digest(preimage);
    match algorithm {
        Algorithm::P256 => p256::sign(secret, &digest),
        Algorithm::Secp256k1 => k256::sign(secret, &digest),
        Algorithm::Ed25519 => {
            Some(ed25519_dalek::SigningKey::from_bytes(secret).sign(&digest).to_bytes())
        }
    }
}
