//! Packages on their way to a prover: `sealed-package/1`, readable by the holder of one [`ProverKey`] only.
//!
//! HPKE in base mode (RFC 9180): DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, ChaCha20-Poly1305. The job's id is bound as
//! associated data, and with it tenant, circuit, key and package; the prover's key is bound by HPKE itself. What opens is therefore
//! what was sealed, for this prover, this tenant and this job.

use std::fmt;

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, single_shot_open, single_shot_seal,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use wattproof_circuits::error::{Error as Refusal, Result as Read};
use wattproof_circuits::format::{Digest, parse_native};
use zeroize::Zeroizing;

use crate::bytes;
use crate::job::{JobId, Subject};

const SEALED: &str = "sealed-package/1";
const SECRET_KEY: &str = "prover-secret-key/1";
const PUBLIC_KEY: &str = "prover-public-key/1";
/// HPKE's `info`: what a sealed text is for.
const INFO: &[u8] = b"wattproof/sealed-package/1";

/// Most bytes of a key file.
pub const MAX_KEY: usize = 1 << 10;

/// Bytes that sealing adds to a package of `package` bytes, at most, with the document around it.
pub const fn sealed_size(package: usize) -> usize {
    (package + 16).div_ceil(3) * 4 + 1024
}

/// Why a package was not opened, or not sealed.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum EnvelopeError {
    /// Sealed to another key, for another tenant or job, or altered.
    #[error("the sealed package does not open with this prover's key for this tenant and job")]
    DoesNotOpen,
    /// It opened, and is not the package that the job was named after.
    #[error("the sealed package holds another package than its job is for")]
    OtherPackage,
    /// A public key that nothing can be sealed to.
    #[error("the prover's public key is not one")]
    BadKey,
}

/// What a prover opens packages with. Secret.
pub struct ProverKey(<X25519HkdfSha256 as Kem>::PrivateKey);

/// What packages are sealed to.
#[derive(Clone, PartialEq, Eq)]
pub struct ProverPublicKey(<X25519HkdfSha256 as Kem>::PublicKey);

impl fmt::Debug for ProverKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProverKey")
    }
}

impl fmt::Debug for ProverPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProverPublicKey({})", self.fingerprint())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretDocument {
    wattproof: String,
    #[serde(with = "bytes")]
    secret: Zeroizing<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicDocument {
    wattproof: String,
    #[serde(with = "bytes")]
    key: Vec<u8>,
    fingerprint: Digest,
}

fn bad_key() -> Refusal {
    Refusal::new(wattproof_circuits::error::Code::BadKey, "it is no key of a prover.")
}

impl ProverKey {
    /// A fresh key, from the operating system's randomness.
    ///
    /// # Errors
    /// If the operating system gives none.
    pub fn generate() -> Read<Self> {
        let mut material = Zeroizing::new([0; 32]);
        wattproof_circuits::random::fill(&mut *material)?;
        Ok(Self(X25519HkdfSha256::derive_keypair(&*material).0))
    }

    /// Its public half.
    pub fn public(&self) -> ProverPublicKey {
        ProverPublicKey(X25519HkdfSha256::sk_to_pk(&self.0))
    }

    /// Writes a `prover-secret-key/1` file.
    pub fn to_json(&self) -> Zeroizing<String> {
        let secret = Zeroizing::new(self.0.to_bytes().to_vec());
        let document = SecretDocument { wattproof: SECRET_KEY.into(), secret };
        Zeroizing::new(serde_json::to_string_pretty(&document).unwrap_or_default() + "\n")
    }

    /// Reads a `prover-secret-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; `bad-key` if it is no key.
    pub fn from_json(text: &str) -> Read<Self> {
        let document: SecretDocument = parse_native(text, SECRET_KEY, MAX_KEY)?;
        let key = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&document.secret);
        key.map(Self).map_err(|_| bad_key())
    }
}

impl ProverPublicKey {
    /// SHA-256 of the key: what people compare, and what documents name it by.
    pub fn fingerprint(&self) -> Digest {
        Digest(Sha256::digest(self.0.to_bytes()).into())
    }

    /// Writes a `prover-public-key/1` file.
    pub fn to_json(&self) -> String {
        let key = self.0.to_bytes().to_vec();
        let fingerprint = self.fingerprint();
        let document = PublicDocument { wattproof: PUBLIC_KEY.into(), key, fingerprint };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Reads a `prover-public-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; `bad-key` if it is no key, or its fingerprint is another's.
    pub fn from_json(text: &str) -> Read<Self> {
        let document: PublicDocument = parse_native(text, PUBLIC_KEY, MAX_KEY)?;
        let key = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(&document.key);
        let key = key.map(Self).map_err(|_| bad_key())?;
        if key.fingerprint() != document.fingerprint {
            return Err(bad_key());
        }
        Ok(key)
    }
}

/// A package as it travels and waits: `sealed-package/1`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedPackage {
    wattproof: String,
    /// Circuit that it needs.
    pub circuit_id: Digest,
    /// Fingerprint of the verifying key that its proof is to verify with.
    pub key: Digest,
    /// SHA-256 of the package: see [`Subject`].
    pub package_sha256: Digest,
    /// Fingerprint of the prover's key that it is sealed to.
    pub prover_key: Digest,
    /// HPKE's encapsulated key.
    #[serde(with = "bytes")]
    enc: Vec<u8>,
    #[serde(with = "bytes")]
    ciphertext: Vec<u8>,
}

impl SealedPackage {
    /// Seals `package`, which `subject` names, to a prover.
    ///
    /// # Errors
    /// [`EnvelopeError::OtherPackage`] if the subject is another's; [`EnvelopeError::BadKey`].
    pub fn seal(
        package: &[u8],
        subject: &Subject,
        prover: &ProverPublicKey,
    ) -> Result<Self, EnvelopeError> {
        if Subject::digest(package) != subject.package {
            return Err(EnvelopeError::OtherPackage);
        }
        let aad = subject.id();
        let sealed = single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeS::Base,
            &prover.0,
            INFO,
            package,
            &aad.0.0,
        );
        let (enc, ciphertext) = sealed.map_err(|_| EnvelopeError::BadKey)?;
        Ok(Self {
            wattproof: SEALED.into(),
            circuit_id: subject.circuit,
            key: subject.key,
            package_sha256: subject.package,
            prover_key: prover.fingerprint(),
            enc: enc.to_bytes().to_vec(),
            ciphertext,
        })
    }

    /// Opens it as what `tenant` sent. The text is wiped when dropped.
    ///
    /// # Errors
    /// [`EnvelopeError::DoesNotOpen`], [`EnvelopeError::OtherPackage`].
    pub fn open(&self, tenant: &str, key: &ProverKey) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&self.enc);
        let enc = enc.map_err(|_| EnvelopeError::DoesNotOpen)?;
        let opened = single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
            &OpModeR::Base,
            &key.0,
            &enc,
            INFO,
            &self.ciphertext,
            &self.job(tenant).0.0,
        );
        let package = Zeroizing::new(opened.map_err(|_| EnvelopeError::DoesNotOpen)?);
        if Subject::digest(&package) != self.package_sha256 {
            return Err(EnvelopeError::OtherPackage);
        }
        Ok(package)
    }

    /// The job that it is for, sent by `tenant`.
    pub fn job(&self, tenant: &str) -> JobId {
        self.subject(tenant).id()
    }

    /// What names that job.
    pub fn subject(&self, tenant: &str) -> Subject {
        Subject {
            tenant: tenant.into(),
            circuit: self.circuit_id,
            key: self.key,
            package: self.package_sha256,
        }
    }

    /// Writes the document.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a document of at most `limit` bytes.
    ///
    /// # Errors
    /// As the JSON formats.
    pub fn from_json(text: &str, limit: usize) -> Read<Self> {
        parse_native(text, SEALED, limit)
    }
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
