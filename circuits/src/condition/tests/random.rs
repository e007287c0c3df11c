//! Random readings: values at the ends of their range as often as others, now and then not measured.

use super::stage::{Stage, geometry};
use crate::condition::Tolerance;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use proptest::prelude::*;
use std::ops::Range;

pub(crate) const fn channel(quantity: Quantity, direction: Direction, unit: Unit) -> Channel {
    Channel { quantity, direction, unit }
}

/// Values of 8 bits.
pub(crate) fn value() -> impl Strategy<Value = u32> {
    prop_oneof![2 => Just(0_u32), 1 => Just(1), 1 => Just(254), 2 => Just(255), 6 => 0_u32..256]
}

/// A reading of 8 bits.
pub(crate) fn reading() -> impl Strategy<Value = Reading> {
    (value(), 0_usize..12).prop_map(|(value, quality)| of_quality(value, quality))
}

/// Missing if `quality` is 0, estimated if it is 1.
pub(crate) fn of_quality(value: u32, quality: usize) -> Reading {
    match quality {
        0 => Reading::MISSING,
        1 => Reading { value, quality: Quality::Estimated },
        _ => Reading::measured(value),
    }
}

/// Eight slots of each of `N` channels.
pub(crate) fn channels<const N: usize>() -> impl Strategy<Value = Vec<Vec<Reading>>> {
    proptest::collection::vec(proptest::collection::vec(reading(), 8), N)
}

/// What is tolerated: mostly everything, so that other rules have their say.
pub(crate) fn tolerance() -> impl Strategy<Value = Tolerance> {
    (0..5, 0..5).prop_map(|(e, m)| Tolerance { estimated: e > 0, missing: m > 0 })
}

/// Some of eight slots in a row.
pub(crate) fn period() -> impl Strategy<Value = Range<usize>> {
    prop_oneof![1 => Just(0..8), 2 => (0_usize..8, 1_usize..9).prop_map(|(a, n)| a..(a + n).min(8))]
}

/// A stage of two blocks of four.
pub(crate) fn stage(
    channels: &[Channel],
    readings: Vec<Vec<Reading>>,
    period: Range<usize>,
) -> Stage {
    let values = vec![&[][..]; channels.len()];
    let stage = Stage::measured(geometry(4, 2, 0), channels, &values);
    Stage { readings, period, ..stage }
}

pub(crate) const BOTH: Tolerance = Tolerance { estimated: true, missing: true };

/// Whether a reading of the period is one that is not tolerated.
pub(crate) fn refused(
    tolerate: Tolerance,
    readings: &[Vec<Reading>],
    period: &Range<usize>,
) -> bool {
    let is_refused = |reading: &Reading| match reading.quality {
        Quality::Measured => false,
        Quality::Estimated => !tolerate.estimated,
        Quality::Missing => !tolerate.missing,
    };
    readings.iter().flat_map(|list| &list[period.clone()]).any(is_refused)
}
