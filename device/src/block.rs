//! The open block, and how it closes into a link of the chain.

use crate::error::{Error, Result};
use crate::field::{F, Limbs};
use crate::key::SecretKey;
use crate::kind::{CHANNELS, Kind};
use crate::poseidon::{Many, Tag, hash_pair, hash_tagged};

/// Bits of a field element that packed readings may fill.
const WORD_BITS: usize = 252;

/// How a reading came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quality {
    /// Measured by the device.
    Measured = 0,
    /// Estimated or substituted.
    Estimated = 1,
    /// Not there; the value is zero.
    #[default]
    Missing = 2,
}

/// One interval's value on one channel. The default is a missing one.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// In the channel's unit, below `2^value_bits`.
    pub value: u32,
    /// How it came about.
    pub quality: Quality,
}

impl Reading {
    /// A reading that is not there.
    pub const MISSING: Self = Self { value: 0, quality: Quality::Missing };

    /// A measured value.
    pub const fn measured(value: u32) -> Self {
        Self { value, quality: Quality::Measured }
    }
}

/// Never shows the value.
impl core::fmt::Debug for Reading {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Reading").field("quality", &self.quality).finish_non_exhaustive()
    }
}

/// One interval's readings, one for each channel, then nothing.
pub(crate) type Row = [Reading; CHANNELS];

/// A closed block as a gateway collects it. Secret: a prover needs the readings and the salt, and nobody else may see them.
pub struct BlockRecord<'a> {
    /// Number in the chain.
    pub index: u32,
    /// Start of the first interval, Unix seconds.
    pub start: u64,
    /// Head before the block.
    pub before: F,
    /// Head after it.
    pub head: F,
    /// Hides the readings in the block's digest.
    pub salt: F,
    /// All readings, channel after channel.
    pub readings: &'a [Reading],
}

impl core::fmt::Debug for BlockRecord<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("BlockRecord")
            .field("index", &self.index)
            .field("start", &self.start)
            .finish_non_exhaustive()
    }
}

/// What was announced and is not in a block yet: readings of an interval, or that the clock reached it.
#[derive(Clone, Copy)]
pub(crate) struct Pending {
    pub(crate) time: u64,
    pub(crate) row: Option<Row>,
}

/// The block that readings go to, and its place in the chain. Played live and from the log alike.
#[derive(Clone)]
pub(crate) struct Open<const SLOTS: usize> {
    /// Number of this block.
    pub(crate) index: u32,
    /// Its start, once there was a reading.
    pub(crate) start: Option<u64>,
    /// Head before it.
    pub(crate) head: F,
    /// Intervals that are over.
    filled: u16,
    slots: [Reading; SLOTS],
    pending: Option<Pending>,
}

/// The head before a meter's first block.
pub(crate) fn genesis(key: &SecretKey, config: &F) -> F {
    let point = key.public();
    hash_tagged(Tag::Genesis, &[point.x, point.y, *config])
}

impl<const SLOTS: usize> Open<SLOTS> {
    pub(crate) fn new(index: u32, start: Option<u64>, head: F) -> Self {
        Self { index, start, head, filled: 0, slots: [Reading::MISSING; SLOTS], pending: None }
    }

    /// The first interval that is not over; nothing before the first reading.
    pub(crate) fn next_time(&self, kind: &Kind) -> Option<u64> {
        let start = self.start?;
        Some(start + u64::from(self.filled) * u64::from(kind.interval_seconds))
    }

    /// Announces readings of the interval that begins at `time`, or that the clock reached it. Call [`Open::is_due`] next.
    pub(crate) fn announce(&mut self, kind: &Kind, pending: Pending) {
        if self.start.is_none() {
            self.start = Some(kind.block_start(pending.time));
        }
        self.pending = Some(pending);
    }

    /// Puts what was announced in its place if that is in this block; whether the block is over.
    pub(crate) fn is_due(&mut self, kind: &Kind) -> bool {
        let (Some(start), n) = (self.start, kind.intervals_per_block) else { return false };
        if let Some(Pending { time, row }) = self.pending
            && time < start + kind.block_seconds()
        {
            let slot = (time.saturating_sub(start) / u64::from(kind.interval_seconds)) as u16;
            if let Some(row) = row {
                for (channel, reading) in row.iter().take(kind.channels().len()).enumerate() {
                    if let Some(place) =
                        self.slots.get_mut(channel * usize::from(n) + usize::from(slot))
                    {
                        *place = *reading;
                    }
                }
            }
            self.filled = self.filled.max(slot + u16::from(row.is_some()));
            self.pending = None;
        }
        self.filled == n || self.pending.is_some()
    }

    fn readings(&self, kind: &Kind) -> &[Reading] {
        self.slots.get(..kind.slots()).unwrap_or_default()
    }

    /// The salt of this block.
    pub(crate) fn salt(&self, key: &SecretKey, config: &F) -> F {
        key.salt(config, self.index, self.start.unwrap_or_default())
    }

    /// The head after this block: `hash_many(BLOCK, config, start, words, salt)`, then the chain's link.
    pub(crate) fn next_head(&self, key: &SecretKey, config: &F, kind: &Kind) -> F {
        let start = self.start.unwrap_or_default();
        let lane = usize::from(kind.value_bits) + 2;
        let lanes = WORD_BITS / lane;
        let mut hash = Many::new(Tag::Block, 3 + kind.slots().div_ceil(lanes));
        hash.absorb(*config);
        hash.absorb(F::from_u64(start));
        for readings in self.readings(kind).chunks(lanes) {
            let mut word: Limbs = [0; 8];
            for (i, reading) in readings.iter().enumerate() {
                let bits = u64::from(reading.value) | (reading.quality as u64) << kind.value_bits;
                let (limb, shift) = (i * lane / 32, i * lane % 32);
                let spread = u128::from(bits) << shift;
                for (j, limb) in word.iter_mut().skip(limb).take(3).enumerate() {
                    *limb |= (spread >> (32 * j)) as u32;
                }
            }
            hash.absorb(F::from_integer(&word));
        }
        hash.absorb(self.salt(key, config));
        hash_pair(Tag::Chain.word(self.index, start), self.head, hash.finish())
    }

    /// Closes the block: what comes next is the one after it.
    pub(crate) fn close(&mut self, kind: &Kind, head: F) {
        let pending = self.pending;
        *self =
            Self::new(self.index + 1, self.start.map(|start| start + kind.block_seconds()), head);
        self.pending = pending;
    }

    /// As a gateway collects it, under the head that it closed with.
    pub(crate) fn record(
        &self,
        key: &SecretKey,
        config: &F,
        kind: &Kind,
        head: F,
    ) -> BlockRecord<'_> {
        BlockRecord {
            index: self.index,
            start: self.start.unwrap_or_default(),
            before: self.head,
            head,
            salt: self.salt(key, config),
            readings: self.readings(kind),
        }
    }
}

/// Refuses readings that are not one for each channel, in range.
pub(crate) fn row(kind: &Kind, readings: &[Reading]) -> Result<Row> {
    let fits = |r: &Reading| {
        u64::from(r.value) >> kind.value_bits == 0
            && (r.quality != Quality::Missing || r.value == 0)
    };
    if readings.len() != kind.channels().len() || !readings.iter().all(fits) {
        return Err(Error::Reading);
    }
    Ok(core::array::from_fn(|i| readings.get(i).copied().unwrap_or_default()))
}
