//! What a gateway collects: closed blocks, each at its place in the chain.

use super::{Attestation, Block, Signature};
use crate::error::{Code, Error, Result, message};
use crate::hash::F;
use crate::policy::{Period, Policy};

/// A closed block and its place in its device's chain. Secret: it holds readings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Number of the block, below 2^31.
    pub index: u32,
    /// Head before it.
    pub before: F,
    /// Head after it, which the device signs.
    pub head: F,
    /// Readings and salt.
    pub block: Block,
}

impl Attestation {
    /// What a device signed, with the blocks that a gateway collected. Whether they are the ones is [`crate::relation::Claim::check`]'s
    /// question; here only their order is looked at. The links ascend.
    ///
    /// # Errors
    /// [`Code::BrokenChain`] if the links do not hold the whole period, and the blocks before it that the policy looks into.
    pub fn assemble(
        links: &[Link],
        policy: &Policy,
        period: &Period,
        signature: Signature,
    ) -> Result<Self> {
        let broken = |message: String| Error::new(Code::BrokenChain, message);
        let length = policy.meter().block_seconds(policy.geometry());
        let touched = |link: &&Link| {
            link.block.start < period.end() && link.block.start + length > period.start()
        };
        let before = links.iter().take_while(|link| !touched(link)).count();
        let end = before + links.iter().skip(before).take_while(touched).count();
        let covered = links.get(before).zip(links[before..end].last());
        if !covered.is_some_and(|(first, last)| {
            first.block.start <= period.start() && last.block.start + length >= period.end()
        }) {
            return Err(broken("Not all blocks of the period were collected.".into()));
        }
        let back = usize::from(policy.geometry().look_back);
        let first = before.checked_sub(back).ok_or_else(|| {
            broken("Not all blocks that the policy looks back into were collected.".into())
        })?;
        let links = &links[first..end];
        for pair in links.windows(2) {
            if pair[0].index + 1 != pair[1].index || pair[0].head != pair[1].before {
                let index = pair[0].index;
                return Err(broken(message![
                    "What was collected after block ",
                    index,
                    " does not follow it."
                ]));
            }
        }
        let (head, first_index) = (links[0].before, links[0].index);
        let blocks = links.iter().map(|link| link.block.clone()).collect();
        Ok(Self { signature, head, first_index, blocks })
    }
}
