//! Blocks, the chain of heads, and what a device signs (PROTOCOL, "Readings, blocks, heads").

use super::{Quality, Reading, WORD_BITS};
use crate::hash::{F, Tag, hash_many, hash_tagged, hash_word, power_of_two};

/// A fixed number of consecutive intervals of every channel.
#[derive(Clone, PartialEq, Eq)]
pub struct Block {
    /// Start of the first interval, Unix seconds below 2^40.
    pub start: u64,
    /// Of its own for each block, 248 bits ([`super::SecretKey::salt`]): readings alone could be guessed.
    pub salt: F,
    /// One list for each channel.
    pub channels: Vec<Vec<Reading>>,
}

/// Never shows readings or the salt.
impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block").field("start", &self.start).finish_non_exhaustive()
    }
}

/// Bits of a packed reading, and how many share a field element.
pub fn lanes(value_bits: u8) -> (usize, usize) {
    let lane = usize::from(value_bits) + 2;
    (lane, WORD_BITS / lane)
}

impl Block {
    /// Readings packed channel after channel: value, then the quality's code above it, as many as fit below 252 bits.
    pub fn words(&self, value_bits: u8) -> Vec<F> {
        let (lane, lanes) = lanes(value_bits);
        let shift = power_of_two(lane);
        let code = |quality| match quality {
            Quality::Measured => 0,
            Quality::Estimated => 1u64,
            Quality::Missing => 2,
        };
        let packed: Vec<F> = (self.channels.iter().flatten())
            .map(|r| F::from(u64::from(r.value) + (code(r.quality) << value_bits)))
            .collect();
        let pack = |word: &[F]| word.iter().rev().fold(F::from(0), |sum, lane| sum * shift + lane);
        packed.chunks(lanes).map(pack).collect()
    }

    /// `hash_many(BLOCK, meter_config, start, words, salt)`.
    pub fn digest(&self, meter_config: &F, value_bits: u8) -> F {
        let mut xs = vec![*meter_config, F::from(self.start)];
        xs.extend(self.words(value_bits));
        xs.push(self.salt);
        hash_many(Tag::Block, &xs)
    }
}

/// The head before a meter's first block.
pub fn genesis(key: &super::PublicKey, meter_config: &F) -> F {
    let point = key.point();
    hash_tagged(Tag::Genesis, &[point.x, point.y, *meter_config])
}

/// The head after block number `index`, which begins at `start`. Device indices are below 2^31.
pub fn next_head(head: &F, index: u32, start: u64, block: &F) -> F {
    hash_word(Tag::Chain.word(index, start), &[*head, *block])
}

/// What a device signs for one claim: `H(ATTEST, head, policy digest, period, context, meter_config)`.
pub fn attestation(head: &F, policy: &F, period: &F, context: &F, meter_config: &F) -> F {
    hash_tagged(Tag::Attest, &[*head, *policy, *period, *context, *meter_config])
}
