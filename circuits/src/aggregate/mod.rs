//! The sum of many members' hidden outputs, and of none of them alone (docs/AGGREGATE.md).
//!
//! Members of a fixed [`Roster`] agree pairwise on masks by Diffie-Hellman on Baby Jubjub. Each adds the masks it shares with
//! members after it and takes away those it shares with members before it, once for the blinding of its commitment and once for a
//! masked value, its [`Share`]. In the sum over all members every mask occurs once with each sign: the masked values add up to
//! the sum of the values, and the commitments to that sum times G. [`open`] checks the one against the other; [`open_bundles`]
//! verifies the members' bundles first, and [`join`] is the member's part.
//!
//! * The aggregator learns the sum and nothing else, as long as two members keep their keys to themselves. All but one of the
//!   members together with it learn the last one's value.
//! * A sum that opens is the sum of the values that the proofs committed to, whoever lied.
//! * A member that lies or stays away spoils the sum and no more; shares alone do not tell who lied.
//! * Masks serve one value. [`MaskKey::masks`] gives the same masks for the same roster and subject, and two values under one mask
//!   show their difference. Another attempt needs another round.
//!
//! The check needs no prover, so that it can be built for the web; the member's side is behind the feature `prover`.

#[cfg(feature = "prover")]
mod join;
#[cfg(feature = "prover")]
mod mask;
mod open;
mod roster;
mod round;
#[cfg(all(test, feature = "prover"))]
mod round_tests;
#[cfg(test)]
mod tests;

#[cfg(feature = "prover")]
pub use join::join;
#[cfg(feature = "prover")]
pub use mask::{MaskKey, Masks};
pub use open::open;
pub use roster::{MAX_MEMBERS, MIN_MEMBERS, MaskPublicKey, Member, Roster};
pub use round::{Opened, Round, Sum, open_bundles};

use crate::commitment::Commitment;
use crate::format::Digest;
use crate::hash::F;
use crate::policy::Period;

/// What is summed: one output of one policy over one period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Digest of the policy that all members prove.
    pub policy_digest: F,
    /// The period that all members' claims cover.
    pub period: Period,
    /// Which of the policy's hidden outputs, counted from zero.
    pub output: u32,
}

/// What a member gives to a sum, next to its proof. Public: the masked value says nothing without all others'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Digest of the roster, round included.
    pub roster: Digest,
    /// What is summed.
    pub subject: Subject,
    /// The member's place in the roster, counted from zero.
    pub member: u32,
    /// The commitment that the member's proof shows.
    pub commitment: Commitment,
    /// Value and masks modulo 2^64.
    pub masked: u64,
}
