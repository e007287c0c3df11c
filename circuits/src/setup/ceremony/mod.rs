//! Setup by many parties, of which one honest one is enough (Bowe, Gabizon, Miers, "Scalable Multi-party Computation for zk-SNARK
//! Parameters in the Random Beacon Model", 2017), on the files of snarkjs, so that its users can take part and check.
//!
//! * Phase 1 is a `.ptau` that serves every circuit; [`check_phase1`] recomputes that it is what it says.
//! * [`initial_key`] is the circuit's key before anybody contributed: anyone can make it again, bit for bit.
//! * [`contribute`] multiplies delta by a secret that is forgotten; [`contribute_beacon`] by a public one, at the end.
//! * [`verify`] checks every step from the initial key on.
//! * [`Attestation`]s say, signed, whose a contribution is; a [`Transcript`] is what remains of it all.

#[cfg(feature = "curves")]
mod attestation;
#[cfg(all(test, feature = "curves"))]
mod attestation_tests;
mod combine;
mod contribute;
mod initial;
mod known;
mod points;
#[cfg(test)]
mod tests;
mod transcript;
mod verify;

#[cfg(feature = "curves")]
pub use attestation::{
    Attestation, Contributor, ContributorKey, DOMAIN, MAX_CEREMONY_FILE, Signers,
    check_attestations, check_contributors,
};
pub use contribute::{
    check_open, contribute, contribute_beacon, contribute_watched, contribution_hash,
};
pub use initial::{check_phase1, initial_key, initial_key_watched};
pub use known::known_phase1;
pub use transcript::{Beacon, MAX_TRANSCRIPT, PhaseOne, Signed, Step, Transcript, steps};
pub use verify::{Demands, verify};

use std::fmt;

/// Hears how many more points are done, from any thread.
pub type Done<'a> = &'a (dyn Fn(usize) + Sync);

/// What a key, or the first phase it stands on, was refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// Powers of tau are not powers of one number, or begin elsewhere than at the generators.
    Powers,
    /// A Lagrange polynomial is not what the powers say.
    Lagrange,
    /// Tau, alpha or beta is zero or one.
    TrivialPhase1,
    /// The key stands on another initial key: another circuit, or another first phase.
    CircuitHash,
    /// A part that no contribution changes is not the initial key's: alpha, beta, gamma, A, B or the inputs' points.
    FixedPart,
    /// A contribution's transcript is not the hash of what went before.
    Transcript,
    /// A contributor did not show that they know their secret.
    Knowledge,
    /// A contribution's delta is not the one before times its secret.
    Delta,
    /// A contribution's secret is one: it left delta as it was.
    Idle,
    /// A beacon's secret is not the one its value leads to.
    Beacon,
    /// A beacon is not the last contribution, or is missing.
    BeaconPlace,
    /// A contribution of an odd form: too few or too many iterations, an empty beacon.
    BeaconForm,
    /// The key's delta is not its last contribution's, or differs between the groups.
    LastDelta,
    /// Delta equals gamma or the generator: nobody's contribution counts.
    TrivialDelta,
    /// L is not the initial key's over delta.
    L,
    /// H is not the initial key's over delta.
    H,
    /// Fewer contributions than demanded.
    TooFew,
    /// A contribution has no name, or one without letters and digits.
    Unnamed,
    /// Two contributions have one name, but for upper case and spaces at its ends.
    SameName,
    /// A contribution's point is the identity.
    Identity,
    /// An attestation is for another ceremony or another contribution, or there twice.
    Attestation,
    /// An attestation's signature does not verify.
    Signature,
    /// A contribution of a listed name is signed by another key than the list has.
    WrongSigner,
    /// A contribution of a listed name is not signed.
    Unsigned,
    /// Fewer listed contributors signed than demanded.
    TooFewSigned,
}

/// A check that failed, and at which contribution, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which check.
    pub check: Check,
    /// Which contribution, where it is one's.
    pub contribution: Option<usize>,
}

impl Check {
    /// A stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Powers => "powers",
            Self::Lagrange => "lagrange",
            Self::TrivialPhase1 => "trivial-phase-1",
            Self::CircuitHash => "circuit-hash",
            Self::FixedPart => "fixed-part",
            Self::Transcript => "transcript",
            Self::Knowledge => "knowledge",
            Self::Delta => "delta",
            Self::Idle => "idle",
            Self::Beacon => "beacon",
            Self::BeaconPlace => "beacon-place",
            Self::BeaconForm => "beacon-form",
            Self::LastDelta => "last-delta",
            Self::TrivialDelta => "trivial-delta",
            Self::L => "l",
            Self::H => "h",
            Self::TooFew => "too-few",
            Self::Unnamed => "unnamed",
            Self::SameName => "same-name",
            Self::Identity => "identity",
            Self::Attestation => "attestation",
            Self::Signature => "signature",
            Self::WrongSigner => "wrong-signer",
            Self::Unsigned => "unsigned",
            Self::TooFewSigned => "too-few-signed",
        }
    }

    fn explanation(self) -> &'static str {
        match self {
            Self::Powers => "the first phase's powers of tau are not powers of one number",
            Self::Lagrange => "the first phase's Lagrange polynomials are not those of its powers",
            Self::TrivialPhase1 => "the first phase's tau, alpha or beta is zero or one",
            Self::CircuitHash => "the key is for another circuit or stands on another first phase",
            Self::FixedPart => "a part that no contribution changes is not the initial key's",
            Self::Transcript => "the transcript is not the hash of what went before",
            Self::Knowledge => "the contributor did not show knowledge of the secret",
            Self::Delta => "delta is not the one before times the contributor's secret",
            Self::Idle => "it left delta as it was",
            Self::Beacon => "the secret is not the one that the beacon's value leads to",
            Self::BeaconPlace => "the last contribution, and no other, must be a beacon",
            Self::BeaconForm => {
                "a beacon needs a value of 1 to 255 bytes, and 2^10 to 2^40 iterations"
            }
            Self::LastDelta => "the key's delta is not its last contribution's",
            Self::TrivialDelta => "delta equals gamma or the generator",
            Self::L => "L is not the initial key's over delta",
            Self::H => "H is not the initial key's over delta",
            Self::TooFew => "there are fewer contributions than demanded",
            Self::Unnamed => "a contribution has no name",
            Self::SameName => "two contributions have one name",
            Self::Identity => "a point is the identity",
            Self::Attestation => "an attestation is not for this contribution to this ceremony",
            Self::Signature => "its contributor's signature does not verify",
            Self::WrongSigner => "it is signed by another key than its contributor's",
            Self::Unsigned => "it has a listed contributor's name, and no signature",
            Self::TooFewSigned => {
                "there are fewer contributions by listed contributors, signed, than demanded"
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(contribution) = self.contribution {
            write!(f, "contribution {contribution}: ")?;
        }
        write!(f, "{} ({})", self.check.explanation(), self.check.as_str())
    }
}

impl std::error::Error for Refusal {}

impl From<Check> for Refusal {
    fn from(check: Check) -> Self {
        Self { check, contribution: None }
    }
}

/// The check as an outcome.
fn demand(holds: bool, check: Check) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(check.into()) }
}
