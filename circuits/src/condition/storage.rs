//! `storage`: what a battery took and gave is possible for a battery of its size (warranties, claims of stored energy).

use super::kind::{Form, Kind, Member, Neutral};
use super::{FLOWS, check_alike, check_apart, check_order};

/// With C and D the sums of charge and discharge up to any interval's end, in the period:
/// `min <= initial + efficiency * C - D <= capacity`, exactly; and D at most `max_discharge` at the period's end.
pub(super) static KIND: Kind = Kind {
    code: 14,
    name: "storage",
    members: &[
        Member::key("charge", Form::Channel(FLOWS), "Channel of what goes in."),
        Member::key("discharge", Form::Channel(FLOWS), "Channel of what comes out, of the same quantity and unit."),
        Member::parameter("capacity", Form::Total, "Most that can be stored, in the channels' unit.").neutral(Neutral::Most),
        Member::parameter("min", Form::Total, "Least that is stored at any interval's end; at most initial.").default(0),
        Member::parameter("initial", Form::Total, "What is stored when the period begins; at most capacity.").neutral(Neutral::Most),
        Member::parameter(
            "efficiency_ppm",
            Form::Ppm,
            "Millionths of what goes in that can come out again, 0 to 1,000,000.",
        ),
        Member::parameter("max_discharge", Form::Total, "Most that comes out over the period.").neutral(Neutral::Most),
    ],
    missing: Some("count as zero"),
    can_be_off: true,
    output: None,
    sentence: "A store that begins the period with {initial}, keeps {efficiency_ppm} of the {charge} and gives up the {discharge} \
               holds {min} to {capacity} at the end of every interval of {interval}; the total of {discharge} is at most {max_discharge}.",
    check_shape: |shape, _| check_apart(shape, ["charge", "discharge"]),
    check: |condition, _, meter| {
        check_alike(condition, meter, ["charge", "discharge"])?;
        check_order(condition, "min", "initial")?;
        check_order(condition, "initial", "capacity")
    },
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

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let wide = |name| i128::from(condition.number(name));
        let million = i128::from(MILLION);
        let discharge = condition.number("discharge");
        let pairs = window.channel(condition.number("charge")).iter().zip(window.channel(discharge));
        let mut judgement = Judgement::default();
        let (mut stored, mut out) = (wide("initial") * million, 0);
        for (i, (charged, discharged)) in pairs.enumerate() {
            stored += wide("efficiency_ppm") * i128::from(charged.value);
            stored -= million * i128::from(discharged.value);
            out += i64::from(discharged.value);
            // Whole units, rounded away from the bound; far below 2^63.
            let (reason, actual) = match stored {
                s if s < wide("min") * million => {
                    (Reason::Below(condition.number("min")), s.div_euclid(million))
                }
                s if s > wide("capacity") * million => {
                    (Reason::Above(condition.number("capacity")), -(-s).div_euclid(million))
                }
                _ => continue,
            };
            judgement.failures.push(Failure::new(&KIND, reason, actual as i64).at(window.time(i)));
        }
        let most = condition.number("max_discharge");
        if out > most {
            let failure = Failure::new(&KIND, Reason::Above(most), out);
            judgement.failures.push(failure.on(discharge as u8));
        }
        judgement
    }

    /// Two range checks of `total_bits` + 20 and one more constraint for each slot.
    ///
    /// Levels are in millionths. Each is the one before, plus efficiency * charge, less 10^6 * discharge, both below 2^(B+20); a slot
    /// outside the period changes nothing. The first comes from initial, which is below 2^T, so no level in any sum is beyond
    /// 2^(T+21) either way, and T is at most 52: no difference wraps. Each level is a variable of its own, as sums of all slots
    /// before would make the matrices grow with their square.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let million = F::from(MILLION);
        let total_bits = scene.geometry.total_bits();
        let [least, most, mut level] =
            ["min", "capacity", "initial"].map(|name| scene.parameter(name).times(million));
        let efficiency = scene.parameter("efficiency_ppm");
        let (charge, discharge) = (scene.channel("charge"), scene.channel("discharge"));
        for (charged, discharged) in charge.slots.iter().zip(&discharge.slots) {
            let before = level.minus(&discharged.value.times(million));
            let kept = cs.value(efficiency) * cs.value(&charged.value);
            let after = cs.value(&before) + kept;
            level = cs.hint(|| after);
            cs.enforce("storage: level", efficiency, &charged.value, &level.minus(&before));
            let bits = total_bits + 20;
            enforce_range(cs, "storage: at least", &level.minus(&least), bits);
            enforce_range(cs, "storage: at most", &most.minus(&level), bits);
        }
        let spare = scene.parameter("max_discharge").minus(&discharge.total());
        enforce_range(cs, "storage: discharge", &spare, total_bits);
        None
    }
}
