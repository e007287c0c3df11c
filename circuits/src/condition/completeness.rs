//! `completeness`: enough of the period's intervals were measured. Always on; contiguity itself is the chain's.

use super::{Failure, Reason, Window, bad};
use crate::error::{Result, message};
use crate::hash::F;
use crate::meter::Quality;
use serde::{Deserialize, Serialize};

/// On every channel, at least `min_measured_ppm` millionths of the period's intervals are measured: neither estimated nor missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Completeness {
    /// Measured intervals per million, 0 to 1,000,000.
    pub min_measured_ppm: u32,
}

/// The whole, in the unit of [`Completeness::min_measured_ppm`].
pub(crate) const MILLION: u64 = 1_000_000;

impl Completeness {
    pub(super) fn parameters(&self) -> Vec<F> {
        vec![F::from(self.min_measured_ppm)]
    }

    pub(super) fn check_parameters(&self) -> Result<()> {
        if u64::from(self.min_measured_ppm) > MILLION {
            let message =
                message!["min_measured_ppm is ", self.min_measured_ppm, ", above 1,000,000."];
            return Err(bad("completeness", message));
        }
        Ok(())
    }

    pub(super) fn check(&self, window: &Window) -> Vec<Failure> {
        let share = u64::from(self.min_measured_ppm);
        let mut failures = Vec::new();
        for (channel, readings) in (0..).zip(&window.channels) {
            let measured =
                readings.iter().filter(|r| r.quality == Quality::Measured).count() as u64;
            let all = readings.len() as u64;
            if measured * MILLION < share * all {
                failures.push(Failure {
                    kind: "completeness",
                    channel: Some(channel),
                    at: None,
                    actual: measured * MILLION / all.max(1),
                    reason: Reason::Below(share),
                });
            }
        }
        failures
    }
}

#[cfg(feature = "prover")]
mod circuit {
    use super::{Completeness, MILLION};
    use crate::condition::circuit::{Parameters, WindowVar};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::enforce_range;
    use crate::hash::F;
    use crate::relation::Geometry;

    impl Completeness {
        /// Twin of [`Completeness::check`]: `measured * 10^6 - share * all` is not negative, for each channel. Counts are below
        /// `2^count_bits` and the share at most 10^6 < 2^20, so the difference of the products cannot wrap.
        pub(crate) fn enforce<CS: ConstraintSystem>(
            cs: &mut CS,
            geometry: &Geometry,
            parameters: &mut Parameters<CS::Wire>,
            window: &WindowVar<CS::Wire>,
        ) {
            let share = parameters.take();
            let asked = cs.product("completeness: share", &window.count, &share);
            for channel in &window.channels {
                let measured =
                    window.count.minus(&channel.estimated_count).minus(&channel.missing_count);
                let excess = measured.times(F::from(MILLION)).minus(&asked);
                let bits = geometry.count_bits() + 20;
                enforce_range(cs, "completeness: measured share", &excess, bits);
            }
        }
    }
}
