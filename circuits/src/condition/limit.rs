//! `limit`: every interval at most, or at least, a constant or a value of its own (operating envelope, export cap, capacity
//! charge).

use super::{Failure, Reason, Tolerance, Window, bad};
use crate::error::{Result, message};
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
                return Err(bad(
                    "limit",
                    message!["schedule has ", has, " values, not ", needs, "."],
                ));
            }
            _ => return Err(bad("limit", "give either value or schedule.")),
        };
        match values.iter().position(|v| v >> geometry.value_bits != 0) {
            Some(i) => {
                let (value, bits) = (values[i], geometry.value_bits);
                Err(bad(
                    "limit",
                    message!["value ", value, " (number ", i, ") is not below 2^", bits, "."],
                ))
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

#[cfg(feature = "prover")]
mod circuit {
    use super::{Bound, Limit, schedule_lanes};
    use crate::condition::circuit::{Parameters, WindowVar};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::{enforce_range, ranged};
    use crate::hash::{F, power_of_two};
    use crate::relation::Geometry;

    impl Limit {
        /// Twin of [`Limit::check`]: one range check of `value_bits` for each slot.
        ///
        /// Slots outside the period have value zero here, and count for a lower bound no more than missing ones do. A
        /// schedule's upper bounds need no range check of their own: each is a value plus a difference, both below
        /// `2^value_bits`, and lanes are two bits wider. Its lower bounds get one, since a slot left out bounds nothing.
        pub(crate) fn enforce<CS: ConstraintSystem>(
            cs: &mut CS,
            geometry: &Geometry,
            (channel, bound, schedule): (u8, Bound, Option<&[u64]>),
            parameters: &mut Parameters<CS::Wire>,
            window: &WindowVar<CS::Wire>,
        ) {
            let bits = usize::from(geometry.value_bits);
            let slots = &window.channels[usize::from(channel)].slots;
            let constant = if schedule.is_none() { Some(parameters.take()) } else { None };
            let mut scheduled = Vec::new();
            for (i, slot) in slots.iter().enumerate() {
                match bound {
                    Bound::AtMost => match &constant {
                        Some(limit) => {
                            enforce_range(cs, "limit: at most", &limit.minus(&slot.value), bits);
                        }
                        None => {
                            let limit = schedule.and_then(|s| s.get(i)).copied().unwrap_or(0);
                            let value = cs.value(&slot.value);
                            let difference = low_bits(F::from(limit) - value);
                            let spare = ranged(cs, "limit: at most", difference, bits);
                            scheduled.push(slot.value.plus(&spare));
                        }
                    },
                    Bound::AtLeast => {
                        let limit = match &constant {
                            Some(limit) => limit.clone(),
                            None => {
                                let limit = schedule.and_then(|s| s.get(i)).copied().unwrap_or(0);
                                ranged(cs, "limit: schedule", limit, bits)
                            }
                        };
                        let asked = cs.product("limit: applies", &slot.present, &limit);
                        let excess = slot.value.minus(&asked);
                        enforce_range(cs, "limit: at least", &excess, bits);
                        if constant.is_none() {
                            scheduled.push(limit);
                        }
                    }
                }
            }
            let (lane, lanes) = schedule_lanes(geometry);
            let shift = power_of_two(lane);
            for word in scheduled.chunks(lanes) {
                let mut weight = F::from(1);
                let terms = word.iter().map(|limit| {
                    let term = (weight, limit);
                    weight *= shift;
                    term
                });
                let packed = CS::Wire::sum_of(terms);
                cs.enforce_equal("limit: schedule word", &packed, &parameters.take());
            }
        }
    }

    /// The low 64 bits of a value: the hint for a difference that, where the readings meet the limit, is that small.
    fn low_bits(x: F) -> u64 {
        use ark_ff::PrimeField;
        x.into_bigint().0[0]
    }
}
