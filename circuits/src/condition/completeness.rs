//! `completeness`: enough of the period's intervals were measured. Always on; contiguity itself is the chain's.

use super::kind::{Form, Kind, Member};

/// On every channel, at least `min_measured_ppm` millionths of the period's intervals are measured: neither estimated nor missing.
pub(super) static KIND: Kind = Kind {
    code: 1,
    name: "completeness",
    members: &[Member::parameter("min_measured_ppm", Form::Ppm, "Least share of intervals that are measured.")],
    missing: None,
    can_be_off: false,
    output: None,
    sentence: "The readings cover the whole period without gaps in the record; on every channel at least {min_measured_ppm} of \
               them are measured, neither estimated nor missing.",
    check_shape: super::any_shape,
    check: super::fits,
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, MILLION, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::enforce_range;
    use crate::hash::F;
    use crate::meter::Quality;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let share = condition.number("min_measured_ppm");
        let mut judgement = Judgement::default();
        for (channel, readings) in (0..).zip(&window.channels) {
            let measured = readings.iter().filter(|r| r.quality == Quality::Measured).count() as i64;
            let all = readings.len() as i64;
            if measured * MILLION < share * all {
                let actual = measured * MILLION / all.max(1);
                let failure = Failure::new(&KIND, Reason::Below(share), actual);
                judgement.failures.push(failure.on(channel));
            }
        }
        judgement
    }

    /// `measured * 10^6 - share * all` is not negative, for each channel. Counts are below `2^count_bits` and the share at most
    /// 10^6 < 2^20, so the difference of the products cannot wrap.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let window = scene.window;
        let share = scene.parameter("min_measured_ppm");
        let asked = cs.product("completeness: share", &window.count, share);
        for channel in &window.channels {
            let excess = channel.measured_count(&window.count).times(F::from(MILLION)).minus(&asked);
            let bits = scene.geometry.count_bits() + 20;
            enforce_range(cs, "completeness: measured share", &excess, bits);
        }
        None
    }
}
