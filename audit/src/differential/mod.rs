//! Verifiers compared on claims that were tampered with, or made to look right: ours with arkworks', and with the same in Wasm.
//!
//! Round by round a claim of `tests/vectors` is altered in one of the ways of [`alteration`]; the number of the round is the
//! seed, so that whichever is asked for again gives the same in every program. Natively, arkworks judges what reaches the
//! pairing; `sdk/js/test/differential.test.js` reads [`Round::to_json`] and holds the Wasm to the native code.

pub mod alteration;
mod subject;

pub use subject::{Subject, subjects};

use crate::Any;
use alteration::Altered;
use ark_bn254::Bn254;
use ark_groth16::Groth16;
use ark_serialize::CanonicalDeserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wattproof_circuits::error::{Code, Result};
use wattproof_circuits::format::Bundle;
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey};
use wattproof_tests::forge::{KeyPoints, bytes_of};
use wattproof_tests::vector::verifier;

/// What became of an altered claim.
#[derive(Clone, Debug)]
pub struct Round {
    /// Its number, which is its seed.
    pub number: usize,
    /// The subject's place among [`subjects`].
    pub subject: usize,
    /// The claim.
    pub altered: Altered,
    /// `verified`, or the code of the refusal.
    pub verdict: &'static str,
}

impl Round {
    /// Alters a claim and judges it natively.
    ///
    /// # Errors
    /// If the vectors do not hold what they should; an altered claim's faults are its verdict.
    pub fn play(subjects: &[Subject], number: usize) -> Any<Self> {
        let which = number / alteration::WAYS % subjects.len();
        let subject = &subjects[which];
        let altered = alteration::alter(subject, number)?;
        let verdict = match subject.judge(&altered) {
            Ok(()) => "verified",
            Err(error) => error.code().as_str(),
        };
        Ok(Self { number, subject: which, altered, verdict })
    }

    /// What a runner in another language needs: files that differ from the subject's, and the verdict.
    pub fn to_json(&self) -> Value {
        let Altered { kind, key, profile, bundle, .. } = &self.altered;
        json!({
            "round": self.number, "subject": self.subject, "kind": kind,
            "key": key, "profile": profile, "bundle": bundle, "verdict": self.verdict,
        })
    }

    /// What is wrong with the verdict: accepted though it is no claim that somebody made, refused though it is one, or otherwise
    /// than by arkworks.
    pub fn fault(&self, subjects: &[Subject]) -> Option<Fault> {
        let (subject, accepted) = (&subjects[self.subject], self.verdict == "verified");
        if accepted && !subject.is_meant_by(&self.altered) {
            return Some(Fault::FalseAccept);
        }
        if !accepted && self.altered.holds {
            return Some(Fault::Disagreement);
        }
        let theirs = subject.arkworks(self)?;
        (theirs != accepted).then_some(Fault::Disagreement)
    }
}

/// A verdict that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Accepted, and nobody proved it.
    FalseAccept,
    /// Another verdict than arkworks', or than the alteration's that keeps a proof a proof.
    Disagreement,
}

/// How often each way was accepted and refused.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By way: verified, refused by the pairing, refused before it.
    pub kinds: BTreeMap<&'static str, [usize; 3]>,
    /// What was accepted and should not be, by round.
    pub false_accepts: Vec<usize>,
    /// What was judged otherwise by arkworks, by round.
    pub disagreements: Vec<usize>,
}

impl Tally {
    /// All rounds below `count`, on every thread of the machine.
    ///
    /// # Errors
    /// As [`Round::play`].
    pub fn of(subjects: &[Subject], count: usize) -> Any<Self> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let play = |first: usize| -> std::result::Result<Self, String> {
            let mut tally = Self::default();
            for number in (first..count).step_by(threads) {
                let round = Round::play(subjects, number).map_err(|e| e.to_string())?;
                tally.count(&round, round.fault(subjects));
            }
            Ok(tally)
        };
        let parts = std::thread::scope(|scope| {
            let running: Vec<_> =
                (0..threads).map(|first| scope.spawn(move || play(first))).collect();
            let ended = |part: std::thread::ScopedJoinHandle<'_, _>| {
                part.join().unwrap_or_else(|_| Err("a round panicked".to_owned()))
            };
            running.into_iter().map(ended).collect::<std::result::Result<Vec<_>, String>>()
        })?;
        Ok(parts.into_iter().fold(Self::default(), Self::and))
    }

    fn count(&mut self, round: &Round, fault: Option<Fault>) {
        let how = match round.verdict {
            "verified" => 0,
            verdict if verdict == Code::ProofInvalid.as_str() => 1,
            _ => 2,
        };
        self.kinds.entry(round.altered.kind).or_default()[how] += 1;
        match fault {
            Some(Fault::FalseAccept) => self.false_accepts.push(round.number),
            Some(Fault::Disagreement) => self.disagreements.push(round.number),
            None => {}
        }
    }

    fn and(mut self, other: Self) -> Self {
        for (kind, counts) in other.kinds {
            let sums = self.kinds.entry(kind).or_default();
            sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        self.false_accepts.extend(other.false_accepts);
        self.disagreements.extend(other.disagreements);
        self
    }

    /// Rounds played.
    pub fn rounds(&self) -> usize {
        self.kinds.values().flatten().sum()
    }

    /// As a record for the page.
    pub fn to_json(&self) -> Value {
        json!({ "rounds": self.rounds(), "kinds": self.kinds, "false_accepts": self.false_accepts, "disagreements": self.disagreements })
    }
}

impl Subject {
    /// Judges an altered claim as a verifier does: the key, the profile, the bundle.
    fn judge(&self, altered: &Altered) -> Result<()> {
        let verifier = match (&altered.key, &altered.profile) {
            (None, None) => return self.verifier.verify(&altered.bundle).map(|_| ()),
            (key, profile) => {
                let key = match key {
                    Some(key) => load(key)?,
                    None => self.loaded.clone(),
                };
                verifier(key, profile.as_ref().unwrap_or(&self.profile))?
            }
        };
        verifier.verify(&altered.bundle).map(|_| ())
    }

    /// What arkworks says of the proof, for what the bundle says; `None` where our verdict is not the pairing's or the points', as
    /// arkworks knows no profile.
    fn arkworks(&self, round: &Round) -> Option<bool> {
        let decided = [Code::ProofInvalid.as_str(), Code::BadPoint.as_str(), "verified"];
        if !decided.contains(&round.verdict) {
            return None;
        }
        let bundle = Bundle::from_json(&round.altered.bundle).ok()?;
        let prepared = match &round.altered.key {
            None => &self.arkworks,
            // A key with a bad point is no key to arkworks either, which `prepare` would find out.
            Some(key) => &subject::prepare(load(key).ok()?.file()).ok()?,
        };
        let (bytes, inputs) =
            (alteration::proof_bytes(&bundle)?, bundle.statement.to_public_inputs());
        // What is no proof to arkworks, or is written otherwise by it, must be none to us.
        let proof = ark_groth16::Proof::<Bn254>::deserialize_compressed(&bytes[..]).ok();
        let Some(proof) = proof.filter(|proof| bytes_of(proof) == bytes) else {
            return Some(false);
        };
        Groth16::<Bn254>::verify_proof(prepared, &proof, &inputs).ok()
    }

    /// Whether an altered claim says what somebody proved: circuit and statement of a good claim, under the subject's own key, or
    /// one that differs in points only that this statement multiplies by zero.
    fn is_meant_by(&self, altered: &Altered) -> bool {
        let Ok(bundle) = Bundle::from_json(&altered.bundle) else { return false };
        let same = |good: &Bundle| {
            good.statement == bundle.statement && good.circuit_id == bundle.circuit_id
        };
        self.good.iter().any(same)
            && altered.key.as_ref().is_none_or(|key| {
                let points = load(key).ok().and_then(|key| KeyPoints::of(key.file()).ok());
                let inputs = bundle.statement.to_public_inputs();
                let fixed = |key: &KeyPoints| {
                    (key.alpha, key.beta, key.gamma, key.delta, key.combined(&inputs))
                };
                points.is_some_and(|points| fixed(&points) == fixed(&self.points))
            })
    }
}

fn load(key: &str) -> Result<Arc<LoadedKey>> {
    LoadedKey::from_json(key, KeyPolicy { allow_dev: true }).map(Arc::new)
}
