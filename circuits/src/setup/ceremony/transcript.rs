//! What was done in a ceremony, in order, file `ceremony/1`: the document whose SHA-256 a verifying key names.

#[cfg(feature = "curves")]
use super::attestation::{Attestation, Signers, check_attestations};
use super::contribution_hash;
#[cfg(feature = "curves")]
use super::{Check, Refusal, contribute::plain};
use crate::error::Result;
use crate::format::{Digest, parse_native};
use crate::iden3::{Source, Zkey};
use serde::{Deserialize, Serialize};

const KIND: &str = "ceremony/1";

/// Most bytes of a transcript.
pub const MAX_TRANSCRIPT: usize = 64 << 20;

/// Who did what, on what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transcript {
    wattproof: String,
    /// The circuit.
    pub circuit_id: Digest,
    /// Of the initial key.
    #[serde(with = "hex")]
    pub circuit_hash: [u8; 64],
    /// The first phase.
    pub ptau: PhaseOne,
    /// Every contribution, the beacon last.
    pub contributions: Vec<Step>,
}

/// A first phase by the digest of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhaseOne {
    /// BLAKE2b-512 of the file.
    #[serde(with = "hex")]
    pub blake2b: [u8; 64],
    /// What it is called, if its own ceremony is published.
    pub known: Option<String>,
}

/// One contribution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What its contributor is called.
    pub name: Option<String>,
    /// What snarkjs and we print after contributing.
    #[serde(with = "hex")]
    pub hash: [u8; 64],
    /// Where its secret came from, if that was public.
    pub beacon: Option<Beacon>,
    /// Its contributor's signature.
    pub signed: Option<Signed>,
}

/// A public random value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beacon {
    /// The value in hex.
    pub hash: String,
    /// SHA-256 was applied `2^iterations` times.
    pub iterations: u8,
}

/// A signature; see [`super::Attestation`] for what is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// Ed25519, as RFC 8032 has it.
    #[serde(with = "hex")]
    pub public_key: [u8; 32],
    /// The same.
    #[serde(with = "hex")]
    pub signature: [u8; 64],
}

/// The contributions to a key, not signed.
pub fn steps(key: &Zkey) -> Vec<Step> {
    let step = |contribution: &crate::iden3::Contribution| Step {
        name: contribution.name.clone(),
        hash: contribution_hash(contribution),
        beacon: match &contribution.source {
            Source::Secret => None,
            Source::Beacon { hash, iterations } => {
                Some(Beacon { hash: crate::format::to_hex(hash), iterations: *iterations })
            }
        },
        signed: None,
    };
    key.contributions.iter().map(step).collect()
}

impl Transcript {
    /// The transcript of these steps.
    pub fn new(
        circuit_id: Digest,
        circuit_hash: [u8; 64],
        ptau: PhaseOne,
        contributions: Vec<Step>,
    ) -> Self {
        Self { wattproof: KIND.into(), circuit_id, circuit_hash, ptau, contributions }
    }

    /// Reads a `ceremony/1` file. What it says is not checked by this.
    ///
    /// # Errors
    /// As the JSON formats.
    pub fn from_json(text: &str) -> Result<Self> {
        parse_native(text, KIND, MAX_TRANSCRIPT)
    }

    /// Writes a `ceremony/1` file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Contributions that are not beacons.
    pub fn secrets(&self) -> usize {
        self.contributions.iter().filter(|step| step.beacon.is_none()).count()
    }

    /// Checks the signatures that it carries, and who signed. That the key itself came about like this is not checked by this: for that
    /// there is [`super::verify`], on the key.
    ///
    /// # Errors
    /// As [`check_attestations`].
    #[cfg(feature = "curves")]
    pub fn check_signatures(&self, signers: &Signers) -> Result<(), Refusal> {
        let of = |(i, step)| Attestation::of_step(&self.circuit_hash, i, step);
        let carried: Vec<_> = self.contributions.iter().enumerate().filter_map(of).collect();
        check_attestations(&self.circuit_hash, &self.contributions, &carried, signers)?;
        let mut names = std::collections::HashSet::new();
        let same = |step: &Step| !names.insert(step.name.as_deref().map(plain));
        match self.contributions.iter().position(same) {
            None => Ok(()),
            Some(i) => Err(Refusal { check: Check::SameName, contribution: Some(i + 1) }),
        }
    }

    /// Puts attestations, which were checked, beside their steps.
    #[cfg(feature = "curves")]
    pub fn carry(&mut self, attestations: &[Option<&Attestation>]) {
        for (step, attestation) in self.contributions.iter_mut().zip(attestations) {
            let signed = |one: &&Attestation| Signed {
                public_key: one.public_key,
                signature: one.signature,
            };
            step.signed = attestation.as_ref().map(signed);
        }
    }
}

/// Bytes as lower-case hex.
pub(super) mod hex {
    use crate::format::{carry, from_hex, to_hex};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in super::super) fn serialize<S: Serializer, const N: usize>(
        bytes: &[u8; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_hex(bytes))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[u8; N], D::Error> {
        from_hex(&String::deserialize(deserializer)?).map_err(carry)
    }
}
