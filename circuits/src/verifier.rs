//! The paved path of a verifier: [`LoadedKey`] -> [`Verifier`] with its own [`Profile`] -> [`VerifiedClaim`].
//!
//! The verifier builds the statement it checks from its profile; a bundle only says what was proved, and each difference is a
//! refusal with a code of its own. With a bundle alone there is [`check_unconfirmed`], whose verdict is never "verified".

mod claim;

pub use claim::{
    OutputWords, SetupWords, UnconfirmedClaim, UniquenessStatus, UniquenessWords, VerifiedClaim,
};

use crate::error::{Code, Error, Result, message};
use crate::format::{Bundle, Profile, VerifyingKeyFile};
use crate::groth16::{PreparedVerifyingKey, Proof};
use crate::hash::F;
use crate::l3::TrustedDevice;
#[cfg(feature = "l3")]
use crate::l3::device_nullifier;
use crate::meter::Level;
use crate::relation::{Output, Statement};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most bundles whose proofs are checked together: a prepared proof takes some 20 KB.
const BATCH: usize = 128;

/// Which keys a verifier lets itself be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeyPolicy {
    /// Whether keys under which one party could forge will do, for trials only: development keys, and those of a ceremony on a private
    /// first phase.
    pub allow_dev: bool,
}

/// A verifying key, checked and prepared.
#[derive(Clone, Debug)]
pub struct LoadedKey {
    file: VerifyingKeyFile,
    prepared: PreparedVerifyingKey,
}

impl LoadedKey {
    /// Reads and prepares a `verifying-key/1` file.
    ///
    /// # Errors
    /// As [`LoadedKey::new`] and [`VerifyingKeyFile::from_json`].
    pub fn from_json(text: &str, policy: KeyPolicy) -> Result<Self> {
        Self::new(VerifyingKeyFile::from_json(text)?, policy)
    }

    /// Prepares a key.
    ///
    /// # Errors
    /// [`Code::DevKey`] for a key that is for trials only, unless allowed.
    pub fn new(file: VerifyingKeyFile, policy: KeyPolicy) -> Result<Self> {
        if file.setup().is_trial() && !policy.allow_dev {
            let message = match file.setup().is_dev() {
                true => "key: made by one party, who could forge claims.",
                false => {
                    "key: its first phase is private, and whoever made that could forge claims."
                }
            };
            return Err(Error::new(Code::DevKey, message));
        }
        let prepared = file.key().into();
        Ok(Self { file, prepared })
    }

    /// The key file.
    pub fn file(&self) -> &VerifyingKeyFile {
        &self.file
    }

    /// Circuit and outputs; gives the proof, still to be checked, and its public inputs.
    fn proof(&self, bundle: &Bundle, statement: &Statement) -> Result<(Vec<F>, Proof)> {
        self.check_circuit(bundle)?;
        statement.check_outputs(self.file.shape())?;
        Ok((statement.to_public_inputs(), bundle.proof()?))
    }

    /// Whether a bundle's proof is valid for what the bundle says: what a prover asks before it hands one out. Who signed it at L3 is
    /// not looked at.
    ///
    /// # Errors
    /// [`Code::WrongCircuit`], [`Code::InputCount`], [`Code::OutOfRange`], [`Code::BadPoint`] or [`Code::ProofInvalid`].
    pub fn check_proof(&self, bundle: &Bundle) -> Result<()> {
        let (inputs, proof) = self.proof(bundle, &bundle.statement)?;
        self.prepared.verify(&inputs, &proof)
    }

    /// At L3 a device signed the statement.
    #[cfg(feature = "l3")]
    fn check_device(&self, bundle: &Bundle, statement: &Statement) -> Result<()> {
        crate::l3::check(self.file.shape(), bundle.device.as_ref(), statement)
    }

    fn check_circuit(&self, bundle: &Bundle) -> Result<()> {
        if bundle.circuit_id != self.file.circuit_id() {
            let (has, needs) = (bundle.circuit_id.hex(), self.file.circuit_id().hex());
            let message = message!["circuit_id is ", has, "; the key is for ", needs, "."];
            return Err(Error::new(Code::WrongCircuit, message));
        }
        Ok(())
    }
}

/// Remembers nullifiers, so that nobody claims the same energy twice.
pub trait NullifierStore {
    /// Records a nullifier that is not there yet, in one step: two callers must not both succeed.
    ///
    /// # Errors
    /// [`Code::AlreadyClaimed`] if it is there.
    fn record(&mut self, nullifier: &F) -> Result<()>;
}

/// Nullifiers in memory: forgotten when the program ends.
#[derive(Clone, Debug, Default)]
pub struct MemoryNullifiers {
    seen: BTreeSet<F>,
}

impl NullifierStore for MemoryNullifiers {
    fn record(&mut self, nullifier: &F) -> Result<()> {
        if self.seen.insert(*nullifier) {
            return Ok(());
        }
        let message = "nullifier: this meter already claimed this scope and period.";
        Err(Error::new(Code::AlreadyClaimed, message))
    }
}

/// Refuses a profile that no claim under this key could meet; see [`Verifier::new`].
///
/// # Errors
/// As [`Verifier::new`].
pub fn fits(profile: &Profile, key: &VerifyingKeyFile, zone_offsets: [i32; 4]) -> Result<()> {
    profile.check().map_err(|e| e.at("profile"))?;
    let policy = &profile.policy;
    if profile.key_fingerprint != key.fingerprint() {
        let (pinned, given) = (profile.key_fingerprint.hex(), key.fingerprint().hex());
        let message =
            message!["profile.key_fingerprint is ", pinned, "; the key's is ", given, "."];
        return Err(Error::new(Code::WrongKey, message));
    }
    if policy.shape() != *key.shape() {
        let message = "profile.policy needs another circuit than the key's.";
        return Err(Error::new(Code::WrongCircuit, message));
    }
    if policy.least_level() == Level::L0 && !profile.accept_l0 {
        let message = "profile.policy.least_level is L0, but accept_l0 is not true.";
        return Err(Error::new(Code::L0NotAccepted, message));
    }
    #[cfg(all(feature = "l3", not(feature = "curves")))]
    if policy.least_level() == Level::L3 {
        return Err(crate::l3::not_built_in().at("profile.policy"));
    }
    let calendar = &policy.scope().calendar;
    calendar.is_cell(profile.period, zone_offsets).map_err(|e| e.at("profile"))
}

/// What a bundle is to prove, and at L3 which of the profile's devices signed it.
struct Expected {
    statement: Statement,
    device: Option<TrustedDevice>,
}

/// A key and a profile that fit each other.
#[derive(Clone, Debug)]
pub struct Verifier {
    key: Arc<LoadedKey>,
    profile: Profile,
    outputs: Vec<Output>,
    policy_digest: F,
    context: F,
    now: Option<u64>,
}

impl Verifier {
    /// A verifier for claims that meet `profile`, proved under `key`.
    ///
    /// `zone_offsets` are the offsets from UTC in seconds, in force in the policy's calendar zone at the instants
    /// [`crate::policy::Period::probes`] of the profile's period; for `UTC` and fixed offsets they are not looked at.
    ///
    /// # Errors
    /// [`Code::WrongKey`] if the profile pins another key, [`Code::WrongCircuit`] if the policy needs another circuit,
    /// [`Code::L0NotAccepted`], [`Code::L3NotBuiltIn`], [`Code::PeriodOffCalendar`], or a fault of the profile itself.
    pub fn new(key: Arc<LoadedKey>, profile: Profile, zone_offsets: [i32; 4]) -> Result<Self> {
        fits(&profile, key.file(), zone_offsets)?;
        let outputs = key.file().shape().outputs();
        let (policy_digest, context) = (profile.policy.digest(), profile.context.field());
        Ok(Self { outputs, policy_digest, context, key, profile, now: None })
    }

    /// Tells it the time, in Unix seconds: without it, no root that was replaced is accepted.
    pub fn set_time(&mut self, now: u64) {
        self.now = Some(now);
    }

    /// What it checks claims against.
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// Digest of the profile's policy.
    pub fn policy_digest(&self) -> F {
        self.policy_digest
    }

    /// Checks a bundle. Whether the same energy was claimed before is not checked: see [`Verifier::verify_once`].
    ///
    /// # Errors
    /// Any fault of the bundle's form; [`Code::WrongCircuit`], [`Code::WrongPolicy`], [`Code::WrongPeriod`],
    /// [`Code::WrongContext`], [`Code::WrongRoot`], [`Code::InputCount`] where it differs from the profile; at L3
    /// [`Code::WrongDevice`] and [`Code::BadSignature`] for the device in the root's place;
    /// [`Code::BadPoint`] or [`Code::ProofInvalid`] for the proof.
    pub fn verify(&self, bundle_json: &str) -> Result<VerifiedClaim> {
        self.verify_bundle(&Bundle::from_json(bundle_json)?)
    }

    /// As [`Verifier::verify`], for a bundle already read.
    pub fn verify_bundle(&self, bundle: &Bundle) -> Result<VerifiedClaim> {
        let (expected, (inputs, proof)) = self.expected(bundle)?;
        self.key.prepared.verify(&inputs, &proof)?;
        self.claim(expected)
    }

    /// Checks many bundles; the verdicts, in the same order, are those of [`Verifier::verify`], and a bundle that is refused
    /// does not touch the others. Where all verify this takes about a third of the time.
    ///
    /// Two bundles of the same claim both verify: as with [`Verifier::verify`], nobody compares nullifiers.
    pub fn verify_batch(&self, bundles: &[&str]) -> Vec<Result<VerifiedClaim>> {
        bundles.chunks(BATCH).flat_map(|bundles| self.verify_chunk(bundles)).collect()
    }

    fn verify_chunk(&self, bundles: &[&str]) -> Vec<Result<VerifiedClaim>> {
        let mut proofs = Vec::new();
        let expected: Vec<Result<Expected>> = bundles
            .iter()
            .map(|bundle| {
                let (expected, proof) = self.expected(&Bundle::from_json(bundle)?)?;
                proofs.push(proof);
                Ok(expected)
            })
            .collect();
        let mut verdicts = self.key.prepared.verify_batch(&proofs).into_iter();
        // A verdict for each statement; were there none, the claim would be refused.
        let missing = || Err(Error::new(Code::ProofInvalid, "the proof was not checked."));
        let claim = |expected: Result<Expected>| {
            let expected = expected?;
            verdicts.next().unwrap_or_else(missing)?;
            self.claim(expected)
        };
        expected.into_iter().map(claim).collect()
    }

    /// The statement that a bundle is to prove, and its proof, still to be checked, with the public inputs.
    fn expected(&self, bundle: &Bundle) -> Result<(Expected, (Vec<F>, Proof))> {
        let claimed = &bundle.statement;
        self.key.check_circuit(bundle)?;
        self.compare(bundle)?;
        let (anchor, device) = self.accepted_anchor(bundle)?;
        // From the profile but for what the prover sets: which of the accepted roots, the nullifier, the outputs.
        let statement = Statement {
            policy_digest: self.policy_digest,
            period: self.profile.period,
            context: self.context,
            anchor,
            nullifier: claimed.nullifier,
            outputs: claimed.outputs.clone(),
        };
        #[cfg(feature = "l3")]
        self.key.check_device(bundle, &statement)?;
        let proof = self.key.proof(bundle, &statement)?;
        Ok((Expected { statement, device }, proof))
    }

    /// What a statement says whose proof holds.
    fn claim(&self, expected: Expected) -> Result<VerifiedClaim> {
        let Expected { statement, device } = expected;
        self.check_conditions(&statement)?;
        let key = self.key.file();
        Ok(VerifiedClaim::new(&self.profile, key, &self.outputs, &statement, device))
    }

    /// Checks a bundle, then records its nullifier, in this order: a bundle that does not verify records nothing.
    ///
    /// # Errors
    /// As [`Verifier::verify`], and [`Code::AlreadyClaimed`] if the store has the nullifier.
    pub fn verify_once(
        &self,
        bundle_json: &str,
        store: &mut impl NullifierStore,
    ) -> Result<VerifiedClaim> {
        let bundle = Bundle::from_json(bundle_json)?;
        let mut claim = self.verify_bundle(&bundle)?;
        store.record(&bundle.statement.nullifier)?;
        claim.uniqueness = UniquenessWords::recorded();
        Ok(claim)
    }

    /// Names the first difference between what was proved and what is expected.
    fn compare(&self, bundle: &Bundle) -> Result<()> {
        let statement = &bundle.statement;
        if statement.policy_digest != self.policy_digest {
            return Err(Error::new(Code::WrongPolicy, "statement.policy_digest differs."));
        }
        check_embedded_policy(bundle)?;
        if statement.period != self.profile.period {
            let (has, needs) = (statement.period, self.profile.period);
            let message = message![
                "statement.period is ",
                has.start(),
                " to ",
                has.end(),
                "; the profile's is ",
                needs.start(),
                " to ",
                needs.end(),
                "."
            ];
            return Err(Error::new(Code::WrongPeriod, message));
        }
        if statement.context != self.context {
            return Err(Error::new(Code::WrongContext, "statement.context differs."));
        }
        Ok(())
    }

    /// One of the roots; at L3 the head that a trusted device signed, whose signature is checked with the proof.
    fn accepted_anchor(&self, bundle: &Bundle) -> Result<(F, Option<TrustedDevice>)> {
        let anchor = &bundle.statement.anchor;
        #[cfg(feature = "l3")]
        if self.profile.policy.least_level() == Level::L3 {
            return Ok((*anchor, Some(self.trusted(bundle)?)));
        }
        let accepted = self.profile.roots.iter().find(|root| *root == anchor);
        match accepted {
            Some(root) => Ok((*root, None)),
            None => Ok((self.replaced_root(anchor)?, None)),
        }
    }

    /// One of the roots that were replaced, if the period had ended by then, and its grace period has not.
    fn replaced_root(&self, anchor: &F) -> Result<F> {
        let mut replaced = self.profile.replaced_roots.iter();
        let message = match replaced.find(|replaced| replaced.root == *anchor) {
            None => "statement.anchor is none of the profile's roots.",
            Some(old) if self.profile.period.end() > old.replaced_at => {
                "statement.anchor was replaced before the period ended."
            }
            Some(old) => match self.now {
                Some(now) if now < old.valid_until => return Ok(old.root),
                Some(_) => "statement.anchor was replaced, and its grace period has ended.",
                None => "statement.anchor was replaced, and the verifier was not told the time.",
            },
        };
        Err(Error::new(Code::WrongRoot, message))
    }

    /// The profile's device that signed; the nullifier is its own.
    #[cfg(feature = "l3")]
    fn trusted(&self, bundle: &Bundle) -> Result<TrustedDevice> {
        let Some(device) = &bundle.device else {
            return Err(Error::new(
                Code::BadSignature,
                "device is missing, and with it its signature.",
            ));
        };
        let (policy, period) = (&self.profile.policy, self.profile.period);
        let geometry = policy.geometry();
        // What conditions look back into is the device's word as well.
        let back = u64::from(geometry.look_back) * policy.meter().block_seconds(geometry);
        let start = match back {
            0 => period.start(),
            back => policy.meter().block_start(geometry, period.start()).saturating_sub(back),
        };
        let trusted = crate::l3::find(&self.profile.devices, device, start, period.end())?;
        let own = device_nullifier(&device.key, &policy.scope().field(), &period.field());
        if bundle.statement.nullifier != own {
            return Err(Error::new(
                Code::WrongDevice,
                "statement.nullifier is not that of device.",
            ));
        }
        Ok(trusted.clone())
    }

    /// A valid proof's outputs meet their conditions. Should they ever not, the circuit is wrong, and the claim is refused.
    fn check_conditions(&self, statement: &Statement) -> Result<()> {
        for (output, value) in claim::values(&self.outputs, &statement.outputs) {
            let (condition, Some(value)) =
                (self.profile.policy.conditions().get(output.condition), value)
            else {
                continue;
            };
            if !condition.is_some_and(|c| c.allows(value)) {
                let name = output.revealed.name;
                let message = message!["the ", *name, " revealed contradicts its condition."];
                return Err(Error::new(Code::ProofInvalid, message));
            }
        }
        Ok(())
    }
}

/// Checks a bundle against nothing but a key: its proof is valid for what it says of itself, which nobody confirmed.
///
/// # Errors
/// Any fault of the bundle's form; [`Code::WrongCircuit`], [`Code::InputCount`]; [`Code::WrongPolicy`] if it carries another
/// policy than it claims; [`Code::BadPoint`] or [`Code::ProofInvalid`] for the proof.
pub fn check_unconfirmed(key: &LoadedKey, bundle_json: &str) -> Result<UnconfirmedClaim> {
    let bundle = Bundle::from_json(bundle_json)?;
    #[cfg(feature = "l3")]
    key.check_device(&bundle, &bundle.statement)?;
    key.check_proof(&bundle)?;
    check_embedded_policy(&bundle)?;
    Ok(UnconfirmedClaim::new(key.file(), bundle.statement))
}

/// Refuses a policy that travels with a claim made under another one.
fn check_embedded_policy(bundle: &Bundle) -> Result<()> {
    match &bundle.policy {
        Some(policy) if policy.digest() != bundle.statement.policy_digest => {
            let message = "policy is another one than statement.policy_digest names.";
            Err(Error::new(Code::WrongPolicy, message))
        }
        _ => Ok(()),
    }
}

#[cfg(all(test, feature = "prover"))]
mod tests;
