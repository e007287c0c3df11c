//! The file a prover hands out, `bundle/1`.

use super::{Digest, Fault, FromJson, Value, from_base64, names, parse, read, text, to_base64};
use crate::error::{Code, Error, Result, message};
use crate::groth16::{PROOF_BYTES, Proof};
use crate::l3::DeviceSignature;
use crate::policy::Policy;
use crate::relation::Statement;
use serde::{Serialize, Serializer};

const KIND: &str = "bundle/1";

/// Most bytes of a bundle.
pub const MAX_BUNDLE: usize = 64 << 10;

/// What the prover says about its key's setup: for people. A verifier goes by its own key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetupStamp {
    /// A development key.
    Dev,
    /// A key from a ceremony.
    Ceremony,
}

/// A claim as it travels: statement and proof. Nothing in it is to be believed before it is checked against a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bundle {
    wattproof: &'static str,
    /// Circuit it was proved with.
    pub circuit_id: Digest,
    /// Stamp for people.
    pub setup: SetupStamp,
    /// What it claims.
    pub statement: Statement,
    proof: ProofText,
    /// At L3 the device that signed the statement, and its signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceSignature>,
    /// The policy, for the reader's convenience.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy>,
}

impl Bundle {
    /// A bundle of these parts.
    pub fn new(
        circuit_id: Digest,
        setup: SetupStamp,
        statement: Statement,
        proof: &Proof,
        policy: Option<Policy>,
    ) -> Self {
        let proof = ProofText(proof.to_bytes());
        Self { wattproof: KIND, circuit_id, setup, statement, proof, device: None, policy }
    }

    /// The bundle with the device that signed its statement, which claims of level L3 have.
    #[must_use]
    pub fn signed_by(mut self, device: Option<DeviceSignature>) -> Self {
        self.device = device;
        self
    }

    /// Reads a bundle of at most [`MAX_BUNDLE`] bytes. Points are not checked yet: see [`Bundle::proof`].
    ///
    /// # Errors
    /// [`Code::TooLarge`], [`Code::Malformed`], [`Code::UnknownVersion`], [`Code::OutOfRange`], [`Code::FieldRange`],
    /// [`Code::BadPolicy`], with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, KIND, MAX_BUNDLE)
    }

    /// As [`Bundle::from_json`], from bytes that may not be UTF-8.
    pub fn from_slice(bytes: &[u8]) -> Result<Self> {
        Self::from_json(text(bytes, MAX_BUNDLE)?)
    }

    /// Writes the bundle.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Its proof, points checked.
    ///
    /// # Errors
    /// [`Code::BadPoint`].
    pub fn proof(&self) -> Result<Proof> {
        Proof::from_bytes(&self.proof.0)
    }
}

/// A proof's bytes; 128 of them, else unchecked.
#[derive(Clone, Debug, PartialEq)]
struct ProofText([u8; PROOF_BYTES]);

impl Serialize for ProofText {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&to_base64(&self.0))
    }
}

impl FromJson for ProofText {
    fn read(value: &Value) -> Result<Self, Fault> {
        let bytes = from_base64("proof", value.text()?).map_err(|e| value.fault(e))?;
        bytes.try_into().map(Self).map_err(|bytes: Vec<u8>| {
            let message = message![bytes.len(), " bytes, not ", PROOF_BYTES, "."];
            value.fault(Error::new(Code::BadPoint, message))
        })
    }
}

names! { SetupStamp { Dev = "dev", Ceremony = "ceremony" } }

impl FromJson for Bundle {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_document(KIND) => circuit_id, setup, statement, proof; policy, device }
        Ok(Self { wattproof: KIND, circuit_id, setup, statement, proof, device, policy })
    }
}
