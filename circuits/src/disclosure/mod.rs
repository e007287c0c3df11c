//! What verifiers know of a meter's readings once they compare notes (docs/DISCLOSURE.md).
//!
//! A proof says little. Many proofs say much: twenty thresholds find a total by halving. [`Disclosures`] is kept by whoever owns
//! the readings, and nobody else. It has, for each proof that was made, the facts that a yes tells. Before another proof is made,
//! [`Disclosures::assess`] says what all verifiers together will know after it, counts the bits that this narrows things down
//! by, and refuses past a budget.
//!
//! * A fact is a figure (the total of a channel, its highest interval) and the span of values it lies in, or a bare yes.
//! * The bits of a span are log2 of how many times narrower it got, in thousandths, rounded up. A bare yes counts as one bit.
//! * An account is the sum over one meter and all periods that overlap one period. No account goes past the budget.
//! * All verifiers are taken to collude, and to know nothing else of the readings.
//!
//! There is no input or output here: whoever holds the file locks it, records the assessment, and flushes it before the proof is
//! handed out.

mod bits;
mod facts;
mod file;
mod ledger;
#[cfg(test)]
mod tests;

pub use bits::{bits_text, narrowed};
pub use file::MAX_DISCLOSURES;
pub use ledger::{Assessment, Permit, Step};

use crate::commitment::Commitment;
use crate::format::Digest;
use crate::hash::F;
use crate::policy::{Context, Period};

/// Whole numbers from `low` to `high`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    low: i64,
    high: i64,
}

impl Span {
    /// From `low` to `high`; none if that is empty.
    pub fn new(low: i64, high: i64) -> Option<Self> {
        (low <= high).then_some(Self { low, high })
    }

    /// Least.
    pub fn low(&self) -> i64 {
        self.low
    }

    /// Greatest.
    pub fn high(&self) -> i64 {
        self.high
    }

    /// How many numbers it has.
    pub fn count(&self) -> u128 {
        self.high.abs_diff(self.low) as u128 + 1
    }

    /// What is in both; none if nothing is.
    pub fn and(&self, other: &Self) -> Option<Self> {
        Self::new(self.low.max(other.low), self.high.min(other.high))
    }
}

/// What a proof told of one figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Names the figure: equal for equal figures of one meter, whatever the policy.
    pub figure: String,
    /// What it told, in words.
    pub text: String,
    /// What it told.
    pub told: Told,
}

/// What a yes tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The figure's value lies in `after`; before it was known to lie in `before`.
    Range {
        /// What was known.
        before: Span,
        /// What is known since; part of `before`.
        after: Span,
    },
    /// The condition holds, which has no figure.
    Yes {
        /// What that is counted as, in thousandths of a bit.
        millibits: u64,
    },
}

impl Fact {
    /// What it is counted as, in thousandths of a bit, rounded up.
    pub fn millibits(&self) -> u64 {
        match &self.told {
            Told::Range { before, after } => narrowed(before.count(), after.count()),
            Told::Yes { millibits } => *millibits,
        }
    }
}

/// A part in a sum: a hidden output that was blinded for a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The figure that is hidden.
    pub figure: String,
    /// Digest of the roster.
    pub roster: Digest,
    /// Which of the policy's hidden outputs.
    pub output: u32,
    /// The commitment shown.
    pub commitment: Commitment,
}

/// A proof that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// Whose readings.
    pub meter: F,
    /// What it covers.
    pub period: Period,
    /// Who keeps the claim's nullifiers, and the policy's name.
    pub scope: (String, String),
    /// Under which policy.
    pub policy_digest: F,
    /// What for.
    pub context: Context,
    /// What it told beyond what was known.
    pub facts: Vec<Fact>,
    /// Sums that it takes part in.
    pub parts: Vec<Part>,
}

impl Disclosed {
    /// What it told beyond what was known, in thousandths of a bit.
    pub fn millibits(&self) -> u64 {
        self.facts.iter().fold(0, |sum, fact| sum.saturating_add(fact.millibits()))
    }
}

/// The ledger: every proof that was made of some meters' readings. Private: it says what is known of them, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disclosures {
    budget_bits: Option<u32>,
    proofs: Vec<Disclosed>,
}
