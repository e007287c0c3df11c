//! What kind of meter a policy asks for, and what a meter is.

use super::Channel;
use crate::error::{Code, Error, Result, message};
use crate::hash::{F, Tag, element, hash_word, mul_add, power_of_two};
use crate::relation::Geometry;
use serde::{Deserialize, Serialize};

/// Channels, units, interval and grid of a meter: what a policy names and a device commits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeterKind {
    /// Length of an interval in seconds; with the geometry's intervals it makes whole days or parts of one.
    pub interval_seconds: u32,
    /// Blocks begin at midnight of this offset from UTC, all year (or a whole number of blocks after it), in seconds.
    pub grid_offset_seconds: i32,
    /// What is measured, in the order of the blocks.
    pub channels: Vec<Channel>,
}

impl MeterKind {
    /// Length of a block in seconds.
    pub fn block_seconds(&self, geometry: &Geometry) -> u64 {
        u64::from(self.interval_seconds) * u64::from(geometry.intervals_per_block)
    }

    /// Start of the block that holds `time`, both in Unix seconds.
    pub fn block_start(&self, geometry: &Geometry, time: u64) -> u64 {
        let local = time as i64 + i64::from(self.grid_offset_seconds);
        (time as i64 - local.rem_euclid(self.block_seconds(geometry) as i64)) as u64
    }

    /// Refuses intervals, offsets and channels that make no grid.
    pub fn check(&self, geometry: &Geometry) -> Result<()> {
        let bad = |message: String| Err(Error::new(Code::BadPolicy, message!["meter.", message]));
        let block = self.block_seconds(geometry);
        if block == 0 || 86_400 % block != 0 {
            return bad(message![
                "interval_seconds: a block of ",
                block,
                " seconds does not divide a day."
            ]);
        }
        if self.grid_offset_seconds.abs() >= 86_400 {
            return bad(message![
                "grid_offset_seconds ",
                self.grid_offset_seconds,
                " is a day or more."
            ]);
        }
        if !(1..=8).contains(&self.channels.len()) {
            return bad(message![
                "channels: ",
                self.channels.len(),
                " of them; a meter has 1 to 8."
            ]);
        }
        let misfit = |c: &Channel| !c.quantity.units().contains(&c.unit);
        if let Some(i) = self.channels.iter().position(misfit) {
            return bad(message!["channels[", i, "].unit does not measure its quantity."]);
        }
        let repeated = |(i, c): (usize, &Channel)| self.channels[..i].contains(c);
        match self.channels.iter().enumerate().position(repeated) {
            Some(i) => bad(message!["channels[", i, "] is there twice."]),
            None => Ok(()),
        }
    }

    /// Everything but the interval length, packed: grid offset, sizes, then a code for each channel.
    ///
    /// Lanes: 18 bits offset (plus 2^17), 11 bits intervals per block, 6 bits value bits, 4 bits number of channels, 12 bits
    /// for each channel; 135 bits at most.
    pub fn field(&self, geometry: &Geometry) -> F {
        let lanes = [
            ((i64::from(self.grid_offset_seconds) + (1 << 17)) as u64, 18),
            (geometry.intervals_per_block.into(), 11),
            (geometry.value_bits.into(), 6),
            (self.channels.len() as u64, 4),
        ];
        let channels = self.channels.iter().map(|c| (c.code().into(), 12));
        let mut shift = 0;
        let mut packed = element(0);
        for (value, bits) in lanes.into_iter().chain(channels) {
            packed = mul_add(&element(value), &power_of_two(shift), &packed);
            shift += bits;
        }
        packed
    }
}

/// What one meter is: `H(METER_CONFIG + interval, meter_id, kind)`. Blocks and attestations bind it.
pub fn meter_config(meter_id: &F, kind: &MeterKind, geometry: &Geometry) -> F {
    hash_word(Tag::MeterConfig.word(kind.interval_seconds, 0), &[*meter_id, kind.field(geometry)])
}
