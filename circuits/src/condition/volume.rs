//! `volume`: the period's total lies within bounds, optionally revealed (PPA, peer-to-peer trade, granular certificate).

use super::{Failure, Reason, Tolerance, Window, bad};
use crate::error::{Result, message};
use crate::format::decimal;
use crate::hash::F;
use crate::relation::Geometry;
use serde::{Deserialize, Serialize};

/// `min <= sum of the channel's values over the period <= max`. Missing readings, where tolerated, count as zero.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Volume {
    /// Channel it sums.
    pub channel: u8,
    /// Lower bound in the channel's unit.
    #[serde(with = "decimal")]
    pub min: u64,
    /// Upper bound in the channel's unit; below `2^total_bits` of the geometry.
    #[serde(with = "decimal")]
    pub max: u64,
    /// Whether the total is a public output.
    pub reveal: bool,
    /// Readings other than measured ones that it lets pass.
    #[serde(default)]
    pub tolerate: Tolerance,
}

impl Volume {
    pub(super) fn parameters(&self) -> Vec<F> {
        vec![F::from(self.min), F::from(self.max)]
    }

    pub(super) fn check_parameters(&self, geometry: &Geometry) -> Result<()> {
        if self.min > self.max {
            return Err(bad("volume", message!["min ", self.min, " is above max ", self.max, "."]));
        }
        if self.max >> geometry.total_bits() != 0 {
            let bits = geometry.total_bits();
            return Err(bad("volume", message!["max ", self.max, " is not below 2^", bits, "."]));
        }
        Ok(())
    }

    pub(super) fn total(&self, window: &Window) -> u64 {
        window.channel(self.channel).iter().map(|r| u64::from(r.value)).sum()
    }

    pub(super) fn check(&self, window: &Window) -> Vec<Failure> {
        let actual = self.total(window);
        let reason = if actual > self.max {
            Reason::Above(self.max)
        } else if actual < self.min {
            Reason::Below(self.min)
        } else {
            return Vec::new();
        };
        vec![Failure { kind: "volume", channel: Some(self.channel), at: None, actual, reason }]
    }
}

#[cfg(feature = "prover")]
mod circuit {
    use super::Volume;
    use crate::condition::circuit::{Parameters, WindowVar};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::enforce_range;
    use crate::relation::Geometry;

    impl Volume {
        /// Twin of [`Volume::check`]. The sum costs nothing; each bound one range check of `total_bits`. Gives the total.
        pub(crate) fn enforce<CS: ConstraintSystem>(
            cs: &mut CS,
            geometry: &Geometry,
            channel: u8,
            parameters: &mut Parameters<CS::Wire>,
            window: &WindowVar<CS::Wire>,
        ) -> CS::Wire {
            let (min, max) = (parameters.take(), parameters.take());
            let total = window.channels[usize::from(channel)].total();
            let bits = geometry.total_bits();
            enforce_range(cs, "volume: min", &total.minus(&min), bits);
            enforce_range(cs, "volume: max", &max.minus(&total), bits);
            total
        }
    }
}
