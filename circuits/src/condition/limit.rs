//! `limit`: every interval at most, or at least, a constant or a value of its own (operating envelope, export cap, capacity
//! charge).

use super::{Failure, Reason, Tolerance, Window, bad};
use crate::error::Result;
use crate::format::decimal;
use crate::hash::{F, power_of_two};
use crate::meter::Quality;
use crate::relation::Geometry;
use serde::{Deserialize, Serialize};

/// Which way a [`Limit`] bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// Every value is at most the bound.
    AtMost,
    /// Every value is at least the bound.
    AtLeast,
}

/// Every interval's value is at most (at least) the bound. Missing readings, where tolerated, are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Channel it bounds.
    pub channel: u8,
    /// Which way.
    pub bound: Bound,
    /// One bound for all intervals, in the channel's unit per interval, below `2^value_bits`.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "decimal::option")]
    pub value: Option<u64>,
    /// A bound for each slot of the grid, from the block that holds the period's start.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "decimal::option_list")]
    pub schedule: Option<Vec<u64>>,
    /// Readings other than measured ones that it lets pass.
    #[serde(default)]
    pub tolerate: Tolerance,
}

/// Schedule values that share a field element: lanes are two bits wider than values, as for readings.
pub(crate) fn schedule_lanes(geometry: &Geometry) -> (usize, usize) {
    let lane = usize::from(geometry.value_bits) + 2;
    (lane, crate::meter::WORD_BITS / lane)
}

impl Limit {
    pub(super) fn parameters(&self, geometry: &Geometry) -> Vec<F> {
        let Some(schedule) = &self.schedule else {
            return vec![F::from(self.value.unwrap_or_default())];
        };
        let (lane, lanes) = schedule_lanes(geometry);
        let shift = power_of_two(lane);
        let pack = |word: &[u64]| {
            word.iter().rev().fold(F::from(0), |packed, v| packed * shift + F::from(*v))
        };
        schedule.chunks(lanes).map(pack).collect()
    }

    pub(super) fn check_parameters(&self, geometry: &Geometry) -> Result<()> {
        let values = match (&self.value, &self.schedule) {
            (Some(value), None) => std::slice::from_ref(value),
            (None, Some(schedule)) if schedule.len() == geometry.slots() => schedule,
            (None, Some(schedule)) => {
                let (has, needs) = (schedule.len(), geometry.slots());
                return Err(bad("limit", format!("schedule has {has} values, not {needs}.")));
            }
            _ => return Err(bad("limit", "give either value or schedule.")),
        };
        match values.iter().position(|v| v >> geometry.value_bits != 0) {
            Some(i) => {
                let (value, bits) = (values[i], geometry.value_bits);
                Err(bad("limit", format!("value {value} (number {i}) is not below 2^{bits}.")))
            }
            None => Ok(()),
        }
    }

    /// The bound of interval `i` of the window.
    fn bound_at(&self, window: &Window, i: usize) -> u64 {
        let scheduled = self.schedule.as_ref().and_then(|s| s.get(window.offset + i));
        scheduled.copied().or(self.value).unwrap_or_default()
    }

    pub(super) fn check(&self, window: &Window) -> Vec<Failure> {
        let mut failures = Vec::new();
        for (i, reading) in window.channel(self.channel).iter().enumerate() {
            let (actual, bound) = (u64::from(reading.value), self.bound_at(window, i));
            let reason = match self.bound {
                Bound::AtMost if actual > bound => Reason::Above(bound),
                Bound::AtLeast if actual < bound && reading.quality != Quality::Missing => {
                    Reason::Below(bound)
                }
                _ => continue,
            };
            let at = Some(window.time(i));
            failures.push(Failure {
                kind: "limit",
                channel: Some(self.channel),
                at,
                actual,
                reason,
            });
        }
        failures
    }
}
