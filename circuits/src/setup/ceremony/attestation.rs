//! Signatures of contributors. A `.zkey` has no room for them, so each is a file beside it: `ceremony-attestation/1`.
//!
//! Signed (Ed25519, RFC 8032) are, one after the other: [`DOMAIN`]; the circuit hash, 64 bytes; which contribution, counted from 1, 4 bytes,
//! big-endian; the contribution's hash, 64 bytes; the contributor's name in UTF-8. The circuit hash is the initial key's, and a
//! contribution's hash covers all that went before: a signature is good for one place in one ceremony.

use super::contribute::{is_name, plain};
use super::transcript::{Step, hex};
use super::{Check, Refusal};
use crate::error::{Code, Error, Result};
use crate::format::{Seed, check_name, from_hex, parse_native, to_hex};
use crate::l3::{Algorithm, DeviceKey};
use crate::random;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What the signed bytes begin with.
pub const DOMAIN: &[u8; 24] = b"wattproof/contribution/1";

const KEY: &str = "ceremony-key/1";
const ATTESTATION: &str = "ceremony-attestation/1";
pub(super) const CONTRIBUTORS: &str = "ceremony-contributors/1";

/// Most bytes of any of these files.
pub const MAX_CEREMONY_FILE: usize = 1 << 20;

/// Most characters of a name: as many as a contribution keeps.
const MAX_NAME: usize = 64;

/// Somebody who takes part, as an organiser pins them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contributor {
    /// What they are called.
    pub name: String,
    /// Their Ed25519 key, 32 bytes as RFC 8032 has it.
    #[serde(with = "hex")]
    pub public_key: [u8; 32],
}

impl Contributor {
    /// # Errors
    /// [`Code::Malformed`] for a name that no contribution could have; [`Code::BadKey`] for what is no key: not a point, another
    /// encoding of one, or one of low order.
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self> {
        check_name("name", name).map_err(|e| Error::new(Code::Malformed, e.message()))?;
        if !is_name(name) || name.chars().count() > MAX_NAME {
            let message = format!("name has no letters, or more than {MAX_NAME}.");
            return Err(Error::new(Code::Malformed, message));
        }
        DeviceKey::new(Algorithm::Ed25519, &public_key)?;
        Ok(Self { name: name.into(), public_key })
    }

    /// Reads `NAME=PUBLICKEY`, the key in lower-case hex.
    ///
    /// # Errors
    /// As [`Contributor::new`]; [`Code::Malformed`] for another form.
    pub fn parse(text: &str) -> Result<Self> {
        let fault = || Error::new(Code::Malformed, "a contributor is written NAME=PUBLICKEY.");
        let (name, key) = text.rsplit_once('=').ok_or_else(fault)?;
        Self::new(name, from_hex(key)?)
    }

    /// Reads a `ceremony-contributors/1` file.
    ///
    /// # Errors
    /// As the JSON formats and [`check_contributors`].
    pub fn list(text: &str) -> Result<Vec<Self>> {
        let ContributorsText { contributors, .. } =
            parse_native(text, CONTRIBUTORS, MAX_CEREMONY_FILE)?;
        check_contributors(&contributors).map_err(|e| e.at(CONTRIBUTORS))?;
        Ok(contributors)
    }
}

/// Refuses a list with a name or a key twice, or with what is no name or key.
///
/// # Errors
/// As [`Contributor::new`]; [`Code::Malformed`] for what is there twice.
pub fn check_contributors(list: &[Contributor]) -> Result<()> {
    for (i, one) in list.iter().enumerate() {
        Contributor::new(&one.name, one.public_key)?;
        let same = |other: &&Contributor| {
            plain(&other.name) == plain(&one.name) || other.public_key == one.public_key
        };
        if let Some(other) = list[..i].iter().find(same) {
            let message = format!("{} and {} have one name or one key.", other.name, one.name);
            return Err(Error::new(Code::Malformed, message));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContributorsText {
    #[serde(rename = "wattproof")]
    _wattproof: String,
    contributors: Vec<Contributor>,
}

/// A contributor's secret key, file `ceremony-key/1`. Wiped when dropped, never shown.
pub struct ContributorKey {
    pub(super) public: Contributor,
    pub(super) secret: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for ContributorKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContributorKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    wattproof: String,
    name: String,
    #[serde(with = "hex")]
    public_key: [u8; 32],
    secret: Seed,
}

impl ContributorKey {
    /// A fresh key.
    ///
    /// # Errors
    /// As [`Contributor::new`] for the name; if the operating system gives no randomness.
    pub fn generate(name: &str) -> Result<Self> {
        let mut secret = Zeroizing::new([0; 32]);
        random::fill(secret.as_mut())?;
        let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
        Ok(Self { public: Contributor::new(name, public)?, secret })
    }

    /// What others are told.
    pub fn public(&self) -> &Contributor {
        &self.public
    }

    /// Reads a `ceremony-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats and [`Contributor::new`]; [`Code::BadKey`] if the public key is not the secret's.
    pub fn from_json(text: &str) -> Result<Self> {
        let KeyText { name, public_key, secret, .. } = parse_native(text, KEY, MAX_CEREMONY_FILE)?;
        if SigningKey::from_bytes(&secret.0).verifying_key().to_bytes() != public_key {
            return Err(Error::new(Code::BadKey, "public_key is not the secret's.").at(KEY));
        }
        let public = Contributor::new(&name, public_key).map_err(|e| e.at(KEY))?;
        Ok(Self { public, secret: secret.0 })
    }

    /// Writes a `ceremony-key/1` file.
    pub fn to_json(&self) -> Zeroizing<String> {
        let document = KeyText {
            wattproof: KEY.into(),
            name: self.public.name.clone(),
            public_key: self.public.public_key,
            secret: Seed(self.secret.clone()),
        };
        let mut json = Zeroizing::new(serde_json::to_string_pretty(&document).unwrap_or_default());
        json.push('\n');
        json
    }

    /// Signs the contribution that has this key's name, wherever it was made.
    ///
    /// # Errors
    /// [`Check::Attestation`] if there is none, or it is a beacon.
    pub fn sign(&self, circuit_hash: &[u8; 64], steps: &[Step]) -> Result<Attestation, Refusal> {
        let mine = |step: &Step| step.name.as_deref() == Some(&self.public.name);
        let place = steps.iter().position(mine).ok_or(Check::Attestation)?;
        let step = &steps[place];
        if step.beacon.is_some() {
            return Err(Check::Attestation.into());
        }
        let mut attestation = Attestation {
            wattproof: ATTESTATION.into(),
            circuit_hash: *circuit_hash,
            contribution: place as u32 + 1,
            hash: step.hash,
            name: self.public.name.clone(),
            public_key: self.public.public_key,
            signature: [0; 64],
        };
        let key = SigningKey::from_bytes(&self.secret);
        attestation.signature = key.sign(&attestation.preimage()).to_bytes();
        Ok(attestation)
    }
}

/// A contributor's word, signed, that a contribution is theirs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attestation {
    wattproof: String,
    /// Of the ceremony's initial key.
    #[serde(with = "hex")]
    pub circuit_hash: [u8; 64],
    /// Which contribution, counted from 1.
    pub contribution: u32,
    /// What snarkjs and we print after contributing.
    #[serde(with = "hex")]
    pub hash: [u8; 64],
    /// Whose it is.
    pub name: String,
    /// Their key.
    #[serde(with = "hex")]
    pub public_key: [u8; 32],
    /// As RFC 8032 writes it.
    #[serde(with = "hex")]
    pub signature: [u8; 64],
}

impl Attestation {
    /// Reads a `ceremony-attestation/1` file. Its signature is not checked by this.
    ///
    /// # Errors
    /// As the JSON formats.
    pub fn from_json(text: &str) -> Result<Self> {
        parse_native(text, ATTESTATION, MAX_CEREMONY_FILE)
    }

    /// Writes a `ceremony-attestation/1` file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// One that a transcript carries.
    pub(super) fn of_step(circuit_hash: &[u8; 64], i: usize, step: &Step) -> Option<Self> {
        let signed = step.signed.as_ref()?;
        Some(Self {
            wattproof: ATTESTATION.into(),
            circuit_hash: *circuit_hash,
            contribution: i as u32 + 1,
            hash: step.hash,
            name: step.name.clone().unwrap_or_default(),
            public_key: signed.public_key,
            signature: signed.signature,
        })
    }

    /// The bytes that are signed.
    pub fn preimage(&self) -> Vec<u8> {
        let place = self.contribution.to_be_bytes();
        [&DOMAIN[..], &self.circuit_hash, &place, &self.hash, self.name.as_bytes()].concat()
    }

    fn verifies(&self) -> bool {
        if Contributor::new(&self.name, self.public_key).is_err() {
            return false;
        }
        let Ok(key) = VerifyingKey::from_bytes(&self.public_key) else { return false };
        let signature = Signature::from_bytes(&self.signature);
        key.verify_strict(&self.preimage(), &signature).is_ok()
    }
}

/// Who must have signed.
#[derive(Clone, Debug, Default)]
pub struct Signers {
    /// Whom the organiser pinned: no name and no key twice.
    pub contributors: Vec<Contributor>,
    /// How many of them must have contributed and signed, at least.
    pub least: usize,
}

/// Checks attestations against a ceremony's steps, and the steps against a pinned list. Gives each step's attestation.
///
/// An attestation that is there must be good, whoever made it. A name of the list is protected: a contribution of that name counts for
/// nothing without a signature by the key that the list has.
///
/// # Errors
/// [`Check::Attestation`] for one of another ceremony or contribution, or there twice; [`Check::Signature`], [`Check::WrongSigner`],
/// [`Check::Unsigned`], [`Check::TooFewSigned`].
pub fn check_attestations<'a>(
    circuit_hash: &[u8; 64],
    steps: &[Step],
    attestations: &'a [Attestation],
    signers: &Signers,
) -> Result<Vec<Option<&'a Attestation>>, Refusal> {
    let mut placed = vec![None; steps.len()];
    for attestation in attestations {
        let at = attestation.contribution;
        let refuse = |check| Refusal { check, contribution: Some(at as usize) };
        let place = (at as usize).checked_sub(1).filter(|i| *i < steps.len());
        let i = place.ok_or(refuse(Check::Attestation))?;
        let step = &steps[i];
        let fits = attestation.circuit_hash == *circuit_hash
            && attestation.hash == step.hash
            && step.name.as_deref() == Some(&attestation.name)
            && step.beacon.is_none();
        if !fits || placed[i].is_some() {
            return Err(refuse(Check::Attestation));
        }
        if !attestation.verifies() {
            return Err(refuse(Check::Signature));
        }
        placed[i] = Some(attestation);
    }
    let mut signed = 0;
    for (i, step) in steps.iter().enumerate() {
        let refuse = |check| Err(Refusal { check, contribution: Some(i + 1) });
        let listed =
            signers.contributors.iter().find(|one| step.name.as_deref() == Some(&one.name));
        match (listed, placed[i]) {
            (None, _) => {}
            (Some(_), None) => return refuse(Check::Unsigned),
            (Some(one), Some(by)) if by.public_key != one.public_key => {
                return refuse(Check::WrongSigner);
            }
            (Some(_), Some(_)) => signed += 1,
        }
    }
    if signed < signers.least { Err(Check::TooFewSigned.into()) } else { Ok(placed) }
}

/// The key in hex, as [`Contributor::parse`] reads it.
impl std::fmt::Display for Contributor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}={}", self.name, to_hex(&self.public_key))
    }
}
