//! What a meter measures, and on which grid.

use crate::error::{Error, Result};
use crate::field::F;
use crate::poseidon::{Tag, hash_pair};

/// Most channels of a meter.
pub(crate) const CHANNELS: usize = 8;

/// Channels, interval and grid, as `wattproof_circuits::meter::MeterKind` and a geometry say them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Length of an interval in seconds.
    pub interval_seconds: u32,
    /// Blocks begin at midnight of this offset from UTC, in seconds, or a whole number of blocks after it.
    pub grid_offset_seconds: i32,
    /// Intervals in a block, 1 to 1,440.
    pub intervals_per_block: u16,
    /// Values are below `2^value_bits`; 8 to 32.
    pub value_bits: u8,
    /// A code for each channel: quantity, direction and unit, four bits each, lowest first. 1 to 8 of them, then zeros.
    pub channels: [u16; CHANNELS],
    /// How many channels there are.
    pub channel_count: u8,
}

/// Bytes of a kind in the log.
pub(crate) const KIND_BYTES: usize = 28;

impl Kind {
    /// Refuses sizes out of range.
    pub(crate) fn check(&self) -> Result<()> {
        let block = self.block_seconds();
        let fits = block != 0
            && 86_400 % block == 0
            && self.grid_offset_seconds.unsigned_abs() < 86_400
            && (1..=1440).contains(&self.intervals_per_block)
            && (8..=32).contains(&self.value_bits)
            && (1..=CHANNELS).contains(&self.channels().len());
        if fits { Ok(()) } else { Err(Error::Kind) }
    }

    /// The channels' codes.
    pub(crate) fn channels(&self) -> &[u16] {
        self.channels.get(..usize::from(self.channel_count)).unwrap_or_default()
    }

    /// Length of a block in seconds.
    pub fn block_seconds(&self) -> u64 {
        u64::from(self.interval_seconds) * u64::from(self.intervals_per_block)
    }

    /// Start of the block that holds `time`, both in Unix seconds.
    pub fn block_start(&self, time: u64) -> u64 {
        let local = time as i64 + i64::from(self.grid_offset_seconds);
        (time as i64 - local.rem_euclid(self.block_seconds() as i64)).max(0) as u64
    }

    /// Readings in a block: intervals of all channels.
    pub fn slots(&self) -> usize {
        usize::from(self.intervals_per_block) * self.channels().len()
    }

    /// What one meter is: `H(METER_CONFIG + interval, meter_id, kind)`. Lanes of the packed kind: 18 bits grid offset (plus 2^17),
    /// 11 bits intervals, 6 bits value bits, 4 bits number of channels, 12 bits for each channel.
    pub(crate) fn config(&self, meter_id: F) -> F {
        let offset = (i64::from(self.grid_offset_seconds) + (1 << 17)) as u128;
        let head = offset
            | u128::from(self.intervals_per_block) << 18
            | u128::from(self.value_bits) << 29
            | u128::from(self.channel_count) << 35;
        // 96 bits of channels begin at bit 39: the last may reach past 128.
        let codes =
            self.channels().iter().rev().fold(0u128, |sum, code| sum << 12 | u128::from(*code));
        let (low, high) = (head | codes << 39, codes >> 89);
        let limb = |i: u32| (low >> (32 * i)) as u32;
        let packed = [limb(0), limb(1), limb(2), limb(3), high as u32, 0, 0, 0];
        hash_pair(
            Tag::MeterConfig.word(self.interval_seconds, 0),
            meter_id,
            F::from_integer(&packed),
        )
    }

    pub(crate) fn to_bytes(self) -> [u8; KIND_BYTES] {
        let mut bytes = [0; KIND_BYTES];
        bytes[..4].copy_from_slice(&self.interval_seconds.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.grid_offset_seconds.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.intervals_per_block.to_le_bytes());
        (bytes[10], bytes[11]) = (self.value_bits, self.channel_count);
        for (two, code) in bytes[12..].chunks_exact_mut(2).zip(self.channels) {
            two.copy_from_slice(&code.to_le_bytes());
        }
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8; KIND_BYTES]) -> Self {
        let two = |i: usize| u16::from_le_bytes([bytes[i], bytes[i + 1]]);
        let four = |i: usize| u32::from(two(i)) | u32::from(two(i + 2)) << 16;
        Self {
            interval_seconds: four(0),
            grid_offset_seconds: four(4) as i32,
            intervals_per_block: two(8),
            value_bits: bytes[10],
            channel_count: bytes[11],
            channels: core::array::from_fn(|i| two(12 + 2 * i)),
        }
    }
}
