//! `netting`: one channel against another, interval by interval or over the period; or what the two have in common (net
//! metering, quarter-hour netting, energy shared in a community).

use super::kind::{Form, Kind, Member, Neutral, Revealed, RevealedUnit};
use super::{FLOWS, REVEALS, check_alike, check_apart, check_order, message};

/// With a of `from` and b of `against`: `min <= net <= max`, net being the sum of max(a - b, 0), the difference of the totals,
/// or the sum of min(a, b).
pub(super) static KIND: Kind = Kind {
    code: 9,
    name: "netting",
    members: &[
        Member::key("from", Form::Channel(FLOWS), "Channel that counts."),
        Member::key("against", Form::Channel(FLOWS), "Channel that it is netted against, of the same quantity and unit."),
        Member::key(
            "mode",
            Form::Choice(MODES),
            "interval: the sum of what each interval has of the first beyond the second; period: the first's total less the \
             second's, which may be negative; shared: the sum of the lesser of the two in each interval.",
        ),
        Member::shape("reveal", Form::Choice(REVEALS), "Whether the net is shown.").default(0),
        Member::parameter("min", Form::SignedTotal, "Least net, in the channels' unit; below 2^total_bits either way.")
            .neutral(Neutral::Least),
        Member::parameter("max", Form::SignedTotal, "Greatest net, in the same range.").neutral(Neutral::Most),
    ],
    missing: Some("count as zero"),
    can_be_off: true,
    output: Some(Revealed { name: "net", unit: RevealedUnit::SignedTotal }),
    sentence: "[mode=0|The total of what {from} exceeds {against} by, each interval of {interval} for itself,][mode=1|The total of \
               {from} less the total of {against} over the period][mode=2|The total of the lesser of {from} and {against} in each \
               interval of {interval}] is {min} to {max}; {reveal}.",
    check_shape: |shape, _| check_apart(shape, ["from", "against"]),
    check: |condition, _, meter| {
        check_alike(condition, meter, ["from", "against"])?;
        if condition.number("mode") != PERIOD && condition.number("max") < 0 {
            let fault = message!["max ", condition.number("max"), " is negative; only a period's net can be."];
            return Err(super::bad("netting", fault));
        }
        check_order(condition, "min", "max")
    },
};

const MODES: &[&str] = &["interval", "period", "shared"];

/// Index in [`MODES`].
const PERIOD: i64 = 1;

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::{KIND, PERIOD};
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Judgement, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::lesser;
    use crate::hash::F;

    /// Index in the modes: each interval's excess. The last is what two channels share.
    const INTERVAL: i64 = 0;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let readings = |name| window.channel(condition.number(name)).iter().map(|r| i64::from(r.value));
        let net = |(a, b): (i64, i64)| match condition.number("mode") {
            INTERVAL => (a - b).max(0),
            PERIOD => a - b,
            _ => a.min(b),
        };
        let value = readings("from").zip(readings("against")).map(net).sum();
        let mut judgement = Judgement { value, ..Judgement::default() };
        judgement.bounded(condition, &KIND, value);
        judgement
    }

    /// Over the period: sums only. Else `value_bits` + 2 constraints for each slot, which find the lesser of two values below
    /// `2^value_bits`; a slot outside the period has zero on both sides. Net and bounds are below `2^total_bits` either way, so
    /// each difference is below `2^(total_bits + 1)`, and a negative one is near r.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let (from, against) = (scene.channel("from"), scene.channel("against"));
        let bits = usize::from(scene.geometry.value_bits);
        let mode = scene.shape.number("mode");
        let net = if mode == PERIOD {
            from.total().minus(&against.total())
        } else {
            let pairs = from.slots.iter().zip(&against.slots);
            let shared: Vec<_> =
                pairs.map(|(a, b)| lesser(cs, "netting: lesser", &a.value, &b.value, bits)).collect();
            let shared = CS::Wire::sum_of(shared.iter().map(|wire| (F::from(1), wire)));
            if mode == INTERVAL { from.total().minus(&shared) } else { shared }
        };
        let bits = scene.geometry.total_bits() + 1;
        scene.enforce_bounds(cs, ["netting: min", "netting: max"], &net, bits);
        Some(net)
    }
}
