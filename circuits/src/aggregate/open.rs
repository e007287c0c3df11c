//! Opens the sum, or says why it cannot be.

use super::{Roster, Share, Subject};
use crate::commitment::{Commitment, VALUE_GENERATOR};
use crate::curve::ProjectivePoint;
use crate::error::{Code, Error, Result, message};
use ark_ec::AffineRepr;

/// The sum of all members' values.
///
/// `proved` are the commitments of the members' claims, each from a proof that the caller has verified: under the subject's policy
/// and period, with nullifiers that differ from each other. Shares and commitments come in any order.
///
/// A sum may exceed 64 bits: masked values are taken modulo 2^64, and the commitments tell what was carried. It stays below
/// 2^64 times the number of members, far below the subgroup's order, so only one number fits.
///
/// # Errors
/// * [`Code::WrongRound`]: a share is for another roster or output. [`Code::WrongPolicy`], [`Code::WrongPeriod`]: its subject differs.
/// * [`Code::OutOfRange`]: a share's member is beyond the roster.
/// * [`Code::MemberTwice`], [`Code::MemberMissing`]: not one share for each member.
/// * [`Code::ProofInvalid`]: shares and verified commitments do not correspond one to one.
/// * [`Code::SumClosed`]: the shares do not add up to what was committed to; somebody lied or used other masks.
pub fn open(
    roster: &Roster,
    subject: &Subject,
    proved: &[Commitment],
    shares: &[Share],
) -> Result<u128> {
    check_members(roster, subject, shares)?;
    check_proved(roster, proved, shares)?;
    let masked = shares.iter().fold(0_u64, |sum, share| sum.wrapping_add(share.masked));
    let total: ProjectivePoint = proved.iter().map(|c| c.point().into_group()).sum();
    let carried = VALUE_GENERATOR.mul_bigint([0, 1]);
    let mut candidate = VALUE_GENERATOR.mul_bigint([masked]);
    for carry in 0..roster.members().len() as u128 {
        if candidate == total {
            return Ok(carry << 64 | u128::from(masked));
        }
        candidate += carried;
    }
    let count = shares.len();
    let message = message!["the ", count, " shares do not add up to what the proofs commit to."];
    Err(Error::new(Code::SumClosed, message))
}

/// Refuses shares of another round or subject, and demands one share of each member.
fn check_members(roster: &Roster, subject: &Subject, shares: &[Share]) -> Result<()> {
    let members = roster.members();
    let mut seen = vec![false; members.len()];
    for share in shares {
        let refuse =
            |code, what: &str| Err(Error::new(code, message![place(roster, share.member), what]));
        if share.roster != *roster.digest() {
            let message =
                message!["share of member ", share.member, " is for another roster or round."];
            return Err(Error::new(Code::WrongRound, message));
        }
        let Some(seen) = seen.get_mut(share.member as usize) else {
            let (member, count) = (share.member, members.len());
            let message = message!["share of member ", member, ": the roster has ", count, "."];
            return Err(Error::new(Code::OutOfRange, message));
        };
        if share.subject.policy_digest != subject.policy_digest {
            return refuse(Code::WrongPolicy, " is under another policy.");
        }
        if share.subject.period != subject.period {
            return refuse(Code::WrongPeriod, " is for another period.");
        }
        if share.subject.output != subject.output {
            return refuse(Code::WrongRound, " is of another output.");
        }
        if core::mem::replace(seen, true) {
            return refuse(Code::MemberTwice, " is there twice.");
        }
    }
    let missing = || seen.iter().enumerate().filter(|(_, seen)| !**seen);
    if let Some((first, _)) = missing().next() {
        let (first, count, all) = (place(roster, first as u32), missing().count(), members.len());
        let message = message![first, " is missing; ", count, " of ", all, " are."];
        return Err(Error::new(Code::MemberMissing, message));
    }
    Ok(())
}

/// Demands that shares and verified commitments are the same ones.
fn check_proved(roster: &Roster, proved: &[Commitment], shares: &[Share]) -> Result<()> {
    let mut used = vec![false; proved.len()];
    for share in shares {
        let is_it =
            |(commitment, used): (&Commitment, &bool)| !*used && *commitment == share.commitment;
        match proved.iter().zip(&used).position(is_it) {
            Some(i) => used[i] = true,
            None => {
                let what = " has a commitment that no verified claim of its own shows.";
                let message = message![place(roster, share.member), what];
                return Err(Error::new(Code::ProofInvalid, message));
            }
        }
    }
    if proved.len() > shares.len() {
        let message = message![proved.len(), " verified claims for ", shares.len(), " shares."];
        return Err(Error::new(Code::ProofInvalid, message));
    }
    Ok(())
}

/// Names a member's share.
fn place(roster: &Roster, member: u32) -> String {
    let name = roster.members().get(member as usize).map_or("", |m| &m.name);
    message!["share of \"", name, "\" (member ", member, ")"]
}
