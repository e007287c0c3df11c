//! Verifying keys as files, `verifying-key/1`: the key, what circuit it is for, who made it, and a fingerprint over all of it.

use super::{Digest, Fault, FromJson, Value, from_base64, names, parse, read, to_base64};
use crate::error::{Code, Error, Result, message};
use crate::groth16::VerifyingKey;
use crate::relation::Shape;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

const KIND: &str = "verifying-key/1";

/// Most bytes of a verifying key file.
pub const MAX_KEY_FILE: usize = 64 << 10;

/// Who made a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "kebab-case")]
pub enum Setup {
    /// One party, who could forge.
    Dev,
    /// A ceremony: no one could forge unless all contributors colluded.
    Ceremony {
        /// Contributions to the circuit's own phase.
        contributions: u32,
        /// SHA-256 of the ceremony's transcript.
        transcript: Digest,
        /// What it stands on.
        #[serde(skip_serializing_if = "FirstPhase::is_published")]
        first_phase: FirstPhase,
    },
}

/// The first phase of a ceremony, which serves all circuits. Files name it only where it is private.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FirstPhase {
    /// One whose own ceremony is published: known to the program that finished the key.
    #[default]
    Published,
    /// Another, which whoever finished the key trusted by name. Its maker, if there was one alone, could forge.
    Private,
}

names! { FirstPhase { Published = "published", Private = "private" } }

impl FirstPhase {
    fn is_published(&self) -> bool {
        *self == Self::Published
    }
}

impl Setup {
    /// Whether one party made the key.
    pub fn is_dev(self) -> bool {
        matches!(self, Self::Dev)
    }

    /// Whether the key is for trials only, as one party could forge under it: it made the key, or the first phase that the key stands on.
    pub fn is_trial(self) -> bool {
        matches!(self, Self::Dev | Self::Ceremony { first_phase: FirstPhase::Private, .. })
    }
}

/// A verifying key with its papers. Its content matches its fingerprint, and its key fits its shape.
#[derive(Clone, Debug)]
pub struct VerifyingKeyFile {
    circuit_id: Digest,
    shape: Shape,
    setup: Setup,
    key: VerifyingKey,
    proving_key_sha256: Digest,
    fingerprint: Digest,
}

#[derive(Serialize)]
struct Document {
    wattproof: &'static str,
    circuit_id: Digest,
    shape: Shape,
    setup: Setup,
    key: String,
    proving_key_sha256: Digest,
    fingerprint: Digest,
}

impl FromJson for Setup {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (tag, status) = value.tag("status")?;
        match status {
            "dev" => value.read_tagged("status", &mut []).map(|()| Self::Dev),
            "ceremony" => {
                read! { value.read_tagged("status") => contributions, transcript; first_phase }
                let first_phase: Option<FirstPhase> = first_phase;
                let first_phase = first_phase.unwrap_or_default();
                Ok(Self::Ceremony { contributions, transcript, first_phase })
            }
            other => Err(tag.unknown(other).within("status")),
        }
    }
}

impl FromJson for Document {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! {
            value.read_document(KIND) =>
            circuit_id, shape, setup, key, proving_key_sha256, fingerprint
        }
        let wattproof = KIND;
        Ok(Self { wattproof, circuit_id, shape, setup, key, proving_key_sha256, fingerprint })
    }
}

impl VerifyingKeyFile {
    /// A key file of these parts.
    ///
    /// # Errors
    /// [`Code::BadPolicy`] for a shape out of range, [`Code::InputCount`] if key and shape differ in public inputs,
    /// [`Code::UnsoundKey`] for a ceremony to which nobody contributed.
    pub fn new(
        circuit_id: Digest,
        shape: Shape,
        setup: Setup,
        key: VerifyingKey,
        proving_key_sha256: Digest,
    ) -> Result<Self> {
        let bytes = key.to_bytes();
        let fingerprint = fingerprint(&circuit_id, &shape, &setup, &bytes, &proving_key_sha256);
        Self { circuit_id, shape, setup, key, proving_key_sha256, fingerprint }.checked()
    }

    fn checked(self) -> Result<Self> {
        self.shape.check()?;
        if matches!(self.setup, Setup::Ceremony { contributions: 0, .. }) {
            let message = "setup: nobody contributed to the ceremony, so that anybody could forge.";
            return Err(Error::new(Code::UnsoundKey, message));
        }
        let (has, needs) = (self.key.public_inputs(), self.shape.public_inputs());
        if has != needs {
            let message = message!["key has ", has, " public inputs; its shape has ", needs, "."];
            return Err(Error::new(Code::InputCount, message));
        }
        Ok(self)
    }

    /// Reads a `verifying-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::KeyDigest`] if the content does not match the fingerprint; [`Code::BadPoint`] or
    /// [`Code::UnsoundKey`] for the key; as [`VerifyingKeyFile::new`] for the rest.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Document = parse(text, KIND, MAX_KEY_FILE)?;
        Self::read(document).map_err(|e| e.at(KIND))
    }

    fn read(document: Document) -> Result<Self> {
        let Document {
            circuit_id, shape, setup, key, proving_key_sha256, fingerprint: named, ..
        } = document;
        let bytes = from_base64("key", &key)?;
        // First, so that a damaged file is told from a bad key.
        let fingerprint = fingerprint(&circuit_id, &shape, &setup, &bytes, &proving_key_sha256);
        if fingerprint != named {
            let message = "the content does not match the fingerprint.";
            return Err(Error::new(Code::KeyDigest, message));
        }
        let key = VerifyingKey::from_bytes(&bytes)?;
        Self { circuit_id, shape, setup, key, proving_key_sha256, fingerprint }.checked()
    }

    /// Writes a `verifying-key/1` file.
    pub fn to_json(&self) -> String {
        let document = Document {
            wattproof: KIND,
            circuit_id: self.circuit_id,
            shape: self.shape.clone(),
            setup: self.setup,
            key: to_base64(&self.key.to_bytes()),
            proving_key_sha256: self.proving_key_sha256,
            fingerprint: self.fingerprint,
        };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// The circuit it is for.
    pub fn circuit_id(&self) -> Digest {
        self.circuit_id
    }

    /// What fixes that circuit.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Who made it.
    pub fn setup(&self) -> Setup {
        self.setup
    }

    /// The key itself.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// SHA-256 of the proving key's file.
    pub fn proving_key_sha256(&self) -> Digest {
        self.proving_key_sha256
    }

    /// SHA-256 over all of the above: what a profile pins.
    pub fn fingerprint(&self) -> Digest {
        self.fingerprint
    }
}

/// SHA-256 over the kind and every member in order, each after its length in 8 bytes, big-endian.
fn fingerprint(
    circuit_id: &Digest,
    shape: &Shape,
    setup: &Setup,
    key: &[u8],
    proving_key_sha256: &Digest,
) -> Digest {
    let setup = match setup {
        Setup::Dev => b"dev".to_vec(),
        Setup::Ceremony { contributions, transcript, first_phase } => {
            let private: &[u8] = if first_phase.is_published() { &[] } else { b"private" };
            [b"ceremony", &contributions.to_be_bytes()[..], &transcript.0, private].concat()
        }
    };
    let shape = shape.encode();
    let mut hasher = Sha256::new();
    for part in [KIND.as_bytes(), &circuit_id.0, &shape, &setup, key, &proving_key_sha256.0] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}
