//! Signatures of records.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{PublicKey, Record};
use crate::import::error::{Fault, ImportError, Problem, Result, clip};

/// How records are signed: ECDSA over SHA-256, on one of five curves. Written by the standard's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// On NIST P-256, the default.
    #[serde(rename = "ECDSA-secp256r1-SHA256")]
    Secp256r1,
    /// On secp256k1.
    #[serde(rename = "ECDSA-secp256k1-SHA256")]
    Secp256k1,
    /// On brainpoolP256r1.
    #[serde(rename = "ECDSA-brainpool256r1-SHA256")]
    Brainpool256r1,
    /// On NIST P-384.
    #[serde(rename = "ECDSA-secp384r1-SHA256")]
    Secp384r1,
    /// On brainpoolP384r1.
    #[serde(rename = "ECDSA-brainpool384r1-SHA256")]
    Brainpool384r1,
}

impl Algorithm {
    const ALL: [Self; 5] = [
        Self::Secp256r1,
        Self::Secp256k1,
        Self::Brainpool256r1,
        Self::Secp384r1,
        Self::Brainpool384r1,
    ];

    /// The standard's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Secp256r1 => "ECDSA-secp256r1-SHA256",
            Self::Secp256k1 => "ECDSA-secp256k1-SHA256",
            Self::Brainpool256r1 => "ECDSA-brainpool256r1-SHA256",
            Self::Secp384r1 => "ECDSA-secp384r1-SHA256",
            Self::Brainpool384r1 => "ECDSA-brainpool384r1-SHA256",
        }
    }

    /// What the record states, or else the standard's default since version 0.4.
    fn of(record: &Record) -> Result<Self, Problem> {
        let Some(name) = record.algorithm() else {
            let old = |minor: &str| minor.parse().is_ok_and(|minor: u32| minor < 4);
            if record.version.as_deref().and_then(|v| v.strip_prefix("0.")).is_some_and(old) {
                return Err(Problem::UnsupportedAlgorithm(
                    "that OCMF before 0.4 left unsaid".into(),
                ));
            }
            return Ok(Self::Secp256r1);
        };
        // Meters also write the curve as its own standard does: brainpoolP256r1.
        let standard = name.replacen("brainpoolP", "brainpool", 1);
        let known = Self::ALL.into_iter().find(|a| a.name() == standard);
        known.ok_or_else(|| Problem::UnsupportedAlgorithm(clip(name)))
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That every one of some records was signed with one key: evidence to keep. It names neither meter nor person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checked {
    /// How they were signed.
    pub algorithm: Algorithm,
    /// SHA-256 of the key's SubjectPublicKeyInfo (DER), lower-case hex.
    pub key_sha256: String,
    /// How many records.
    pub records: u32,
    /// SHA-256 over the SHA-256 of each payload, in the order of the records, lower-case hex.
    pub payloads_sha256: String,
}

/// Checks the signature of every record, as [`parse`](super::parse) gives them, with the meter's public key. `name` is
/// what errors call the file.
///
/// # Errors
/// `bad-signature`, `other-algorithm` where the key is of another kind, `unsupported-algorithm`, or `no-readings` where
/// there are no records.
pub fn check(name: &str, records: &[Record], key: &PublicKey) -> Result<Checked, ImportError> {
    check_all(records, key).map_err(|fault| ImportError::new(name, fault))
}

pub(in crate::import) fn check_all(records: &[Record], key: &PublicKey) -> Result<Checked> {
    if records.is_empty() {
        return Err(Fault::file(Problem::NoReadings));
    }
    let algorithm = key.algorithm();
    let mut payloads = Sha256::new();
    for record in records {
        let fault = |field, problem| Fault::line(record.line, field, problem);
        let signed = Algorithm::of(record).map_err(|problem| fault("SA", problem))?;
        if signed != algorithm {
            let (record, key) = (signed.to_string(), algorithm.to_string());
            return Err(fault("SA", Problem::OtherAlgorithm { record, key }));
        }
        let digest = Sha256::digest(record.payload());
        if !key.verifies(&digest, record.signature()) {
            return Err(fault("SD", Problem::BadSignature));
        }
        payloads.update(digest);
    }
    // Each record takes more than a byte of at most 2^32.
    let records = records.len() as u32;
    let payloads_sha256 = hex(&payloads.finalize());
    Ok(Checked { algorithm, key_sha256: key.fingerprint(), records, payloads_sha256 })
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
