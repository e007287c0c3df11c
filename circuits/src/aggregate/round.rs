//! The aggregator's side: from bundles and shares to the sum, with everything checked on the way.

use super::{Roster, Share, Subject, open};
use crate::commitment::Commitment;
use crate::error::{Code, Error, Result, message};
use crate::format::{Bundle, written};
use crate::hash::F;
use crate::policy::{Context, Period};
use crate::relation::Output;
use crate::verifier::Verifier;

/// What is being gathered for one roster: verified bundles of its members.
///
/// All are verified against the profile of one verifier, so policy (and with it the unit), period and context are the same. The
/// context must name the roster: see [`Context::is_for`].
#[derive(Clone, Debug)]
pub struct Round<'a> {
    verifier: &'a Verifier,
    roster: &'a Roster,
    /// For each hidden output of the policy what it is, and the commitments seen.
    outputs: Vec<(Output, Vec<Commitment>)>,
    nullifiers: Vec<F>,
}

/// What the members' hidden outputs add up to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sum {
    /// Which of the policy's hidden outputs, counted from zero.
    pub output: u32,
    /// What it is: `volume`.
    pub name: &'static str,
    /// How much, in `unit`; may be negative.
    pub total: i128,
    /// Unit of the total.
    pub unit: String,
    /// The total as people write it: `1,406.345 kWh`.
    pub text: String,
}

/// What an opened round shows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Opened {
    /// How many members are in it.
    pub members: u32,
    /// What it covers.
    pub period: Period,
    /// Every hidden output's sum.
    pub sums: Vec<Sum>,
    /// One-use tags of the members' claims, in the order of their bundles: to be recorded, all or none.
    pub nullifiers: Vec<F>,
}

written! {
    Sum { output, name, total, unit, text }
    Opened { members, period, sums, nullifiers }
}

impl Context {
    /// Whether it names this roster: the nonce of a challenge, or the order of a settlement, is the roster's digest. So the
    /// device's signature covers the list of members and the round.
    pub fn is_for(&self, roster: &Roster) -> bool {
        let bytes = match self {
            Self::Challenge { nonce, .. } => nonce,
            Self::Settlement { order, .. } => order,
        };
        bytes.0 == roster.digest().0
    }

    /// Refuses a context that does not name this roster.
    ///
    /// # Errors
    /// [`Code::WrongContext`].
    pub fn check_round(&self, roster: &Roster) -> Result<()> {
        if self.is_for(roster) {
            return Ok(());
        }
        let message = "context: its nonce (or order) is not the roster's digest.";
        Err(Error::new(Code::WrongContext, message))
    }
}

impl<'a> Round<'a> {
    /// Begins to gather claims that `verifier` accepts, by the members of `roster`.
    ///
    /// # Errors
    /// [`Code::WrongContext`] if the profile's context does not name the roster; [`Code::BadPolicy`] if its policy hides nothing.
    pub fn new(verifier: &'a Verifier, roster: &'a Roster) -> Result<Self> {
        let profile = verifier.profile();
        profile.context.check_round(roster).map_err(|e| e.at("profile"))?;
        let hidden = profile.policy.shape().outputs().into_iter().filter(|o| o.hidden);
        let outputs: Vec<_> = hidden.map(|output| (output, Vec::new())).collect();
        let is_on =
            |o: &Output| profile.policy.conditions().get(o.condition).is_some_and(|c| !c.is_off());
        if !outputs.iter().any(|(output, _)| is_on(output)) {
            let message = "profile.policy has no hidden output: there is nothing to add up.";
            return Err(Error::new(Code::BadPolicy, message));
        }
        Ok(Self { verifier, roster, outputs, nullifiers: Vec::new() })
    }

    /// Verifies a member's bundle and takes its commitments.
    ///
    /// # Errors
    /// As [`Verifier::verify_bundle`]; [`Code::AlreadyClaimed`] if its meter is in the round already; [`Code::BadPoint`].
    pub fn add(&mut self, bundle: &Bundle) -> Result<()> {
        self.verifier.verify_bundle(bundle)?;
        let statement = &bundle.statement;
        if self.nullifiers.contains(&statement.nullifier) {
            let message = "nullifier: another bundle of this round is of the same meter.";
            return Err(Error::new(Code::AlreadyClaimed, message));
        }
        let mut commitments = Vec::with_capacity(self.outputs.len());
        let mut rest = statement.outputs.as_slice();
        for output in self.verifier.profile().policy.shape().outputs() {
            // As many as the shape has: the bundle was verified.
            let (these, others) = rest.split_at_checked(output.inputs()).unwrap_or_default();
            rest = others;
            if let (true, [x, y]) = (output.hidden, these) {
                commitments.push(Commitment::new(*x, *y)?);
            }
        }
        for ((_, list), commitment) in self.outputs.iter_mut().zip(commitments) {
            list.push(commitment);
        }
        self.nullifiers.push(statement.nullifier);
        Ok(())
    }

    /// Opens the sum of each hidden output; those of conditions that are off have none. Shares come in any order.
    ///
    /// # Errors
    /// As [`open`](super::open), for the first output that does not open.
    pub fn open(&self, shares: &[Share]) -> Result<Opened> {
        let profile = self.verifier.profile();
        let policy = &profile.policy;
        let subject = |output| Subject {
            policy_digest: self.verifier.policy_digest(),
            period: profile.period,
            output,
        };
        let mut sums = Vec::new();
        let mut used = 0;
        for (index, (output, proved)) in (0..).zip(&self.outputs) {
            let Some(condition) = policy.conditions().get(output.condition).filter(|c| !c.is_off())
            else {
                continue;
            };
            let of_it = |share: &&Share| share.subject.output == index;
            let those: Vec<Share> = shares.iter().filter(of_it).cloned().collect();
            used += those.len();
            let sum = open(self.roster, &subject(index), proved, &those)?;
            // Each member's value was raised by the offset. A sum of 4096 values of 64 bits is far below 2^127.
            let raised = u128::from(output.offset) * self.roster.members().len() as u128;
            let total = sum as i128 - raised as i128;
            sums.push(Sum {
                output: index,
                name: output.revealed.name,
                total,
                unit: policy.revealed_unit(condition),
                text: policy.sum_words(condition, total),
            });
        }
        if used < shares.len() {
            let message = message![
                shares.len() - used,
                " shares are of outputs that the policy does not hide."
            ];
            return Err(Error::new(Code::WrongRound, message));
        }
        let members = self.roster.members().len() as u32;
        Ok(Opened { members, period: profile.period, sums, nullifiers: self.nullifiers.clone() })
    }
}

/// Verifies every member's bundle and opens the sums: [`Round`] in one step.
///
/// # Errors
/// As [`Round::new`], [`Round::add`] with the bundle's place in the list, and [`Round::open`].
pub fn open_bundles(
    verifier: &Verifier,
    roster: &Roster,
    bundles: &[Bundle],
    shares: &[Share],
) -> Result<Opened> {
    let mut round = Round::new(verifier, roster)?;
    for (i, bundle) in bundles.iter().enumerate() {
        round.add(bundle).map_err(|e| e.at(&message!["bundles[", i, "]"]))?;
    }
    round.open(shares)
}
