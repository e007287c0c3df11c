//! The member's side: a claim whose hidden outputs are blinded for a round.

use super::{MaskKey, Roster, Share, Subject};
use crate::commitment::Blinding;
use crate::error::{Code, Error, Result};
use crate::relation::Claim;

/// Blinds a claim for a round, and gives a share for each hidden output: to be handed in with the proof, and with no other.
///
/// Hidden outputs of conditions that are off commit to zero under blindings of their own; they have no share.
///
/// # Errors
/// [`Code::BadPolicy`] if the policy hides nothing; [`Code::WrongContext`] if the claim's context does not name the roster;
/// [`Code::MemberMissing`] if the roster does not list the key; [`Code::BrokenChain`] if the blocks do not cover the period.
pub fn join(claim: &mut Claim, key: &MaskKey, roster: &Roster) -> Result<Vec<Share>> {
    claim.context.check_round(roster)?;
    let policy_digest = claim.policy.digest();
    let (mut blindings, mut shares) = (Vec::new(), Vec::new());
    let hidden = claim.output_values()?.into_iter().filter(|(output, _)| output.hidden);
    for (index, (output, value)) in (0..).zip(hidden) {
        let is_off = claim.policy.conditions().get(output.condition).is_none_or(|c| c.is_off());
        if is_off {
            blindings.push(Blinding::random()?.to_field());
            continue;
        }
        let subject = Subject { policy_digest, period: claim.period, output: index };
        let masks = key.masks(roster, &subject)?;
        blindings.push(masks.blinding().to_field());
        shares.push(masks.share(value));
    }
    if shares.is_empty() {
        let message = "the policy has no hidden output: there is nothing to add up.";
        return Err(Error::new(Code::BadPolicy, message));
    }
    claim.blindings = blindings;
    Ok(shares)
}
