//! `availability`: the share of good intervals among those that count (availability guarantees of wind and solar plants,
//! chargers, relays).

use super::kind::{Form, Kind, Lane, Member, Revealed, RevealedUnit, Size};
use super::{REVEALS, check_anchor};

/// `floor(10^6 * good / counted) >= min_ppm`, and something counts. An interval counts unless it is excluded; it is good if its
/// reading is there, measured (or estimated, where that is good enough), and at least the threshold.
pub(super) static KIND: Kind = Kind {
    code: 11,
    name: "availability",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel by whose values an interval is good."),
        Member::shape(
            "reveal",
            Form::Choice(REVEALS),
            "Whether the availability is shown: millionths, rounded down.",
        )
        .default(0),
        Member::parameter("threshold", Form::Value, "Least value of a good interval, in the channel's unit; 0 asks for a reading."),
        Member::parameter("estimated_counts", Form::Flag, "Whether an estimated reading can be good.").default(0),
        Member::parameter("excluded", Form::Flag, "For each interval of the grid, whether it is left out (planned maintenance).")
            .list(Size::Slots, Lane::Bits(1)),
        super::ANCHOR,
        Member::parameter("min_ppm", Form::Ppm, "Least availability, 0 to 1,000,000 millionths."),
    ],
    missing: None,
    can_be_off: true,
    output: Some(Revealed { name: "availability", unit: RevealedUnit::Ppm }),
    sentence: "In at least {min_ppm} of the intervals of {interval}[excluded|, not counting those numbered {excluded} from the block's start,] the \
               {channel} is at least {threshold} and was measured[estimated_counts| or estimated]; missing readings count against \
               it; {reveal}.[anchor| Its list is made for this period.]",
    check_shape: super::any_shape,
    check: |condition, _, _| check_anchor(condition, &["excluded"]),
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, MILLION, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear, Origin};
    use crate::gadget::{at_least, enforce_quotient, low_bits, ranged};
    use crate::hash::F;
    use crate::meter::{Quality, Reading};

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let (channel, threshold) = (condition.number("channel"), condition.number("threshold"));
        let excluded = condition.list("excluded");
        let is_good = |reading: &Reading| {
            i64::from(reading.value) >= threshold
                && match reading.quality {
                    Quality::Measured => true,
                    Quality::Estimated => condition.number("estimated_counts") != 0,
                    Quality::Missing => false,
                }
        };
        let counts = |i: usize| excluded.get(window.offset + i).is_none_or(|out| *out == 0);
        let (mut good, mut counted) = (0, 0);
        for (_, reading) in window.channel(channel).iter().enumerate().filter(|(i, _)| counts(*i)) {
            counted += 1;
            good += i64::from(is_good(reading));
        }
        let mut judgement = Judgement { value: good * MILLION / counted.max(1), ..Judgement::default() };
        judgement.anchored(condition, &KIND, window);
        let min = condition.number("min_ppm");
        let reason = match judgement.value {
            _ if counted == 0 => Reason::Other("every interval is left out, so there is no availability"),
            v if v < min => Reason::Below(min),
            _ => return judgement,
        };
        judgement.failures.push(Failure::new(&KIND, reason, judgement.value).on(channel as u8));
        judgement
    }

    /// For each slot a comparison of `value_bits` + 1 and two products, with a list two more and its bit; once the division.
    ///
    /// *Good.* Value and threshold are below 2^B. Slots outside the period are neither present nor estimated, hence not good, and
    /// not counted.
    ///
    /// *The score.* Counts are below 2^c. min is at most 10^6 and spare below 2^20, so that score * counted and 10^6 * good are
    /// far below r: score is the quotient rounded down, and at least min. Nothing counted has no remainder below it.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let bits = usize::from(scene.geometry.value_bits);
        let excluded = scene.unpacked(cs, "excluded", "availability: excluded");
        scene.enforce_anchor(cs);
        let (threshold, flag) = (scene.parameter("threshold"), scene.parameter("estimated_counts"));
        let (mut good, mut out) = (Vec::new(), Vec::new());
        for (i, slot) in scene.channel("channel").slots.iter().enumerate() {
            let estimated = cs.product("availability: estimated", flag, &slot.estimated);
            let eligible = slot.present.minus(&slot.estimated).plus(&estimated);
            let enough = at_least(cs, "availability: threshold", &slot.value, threshold, bits);
            let mut is_good = cs.product("availability: good", &eligible, &enough);
            if let Some(excluded) = excluded.get(i) {
                let counts = CS::Wire::unit().minus(excluded);
                is_good = cs.product("availability: counts", &is_good, &counts);
                out.push(cs.product("availability: left out", &scene.window.inside[i], excluded));
            }
            good.push(is_good);
        }
        let sum = |list: &[CS::Wire]| CS::Wire::sum_of(list.iter().map(|wire| (F::from(1), wire)));
        let (good, counted) = (sum(&good), scene.window.count.minus(&sum(&out)));
        let number = |wire: &CS::Wire| low_bits(cs.value(wire));
        let min = scene.parameter("min_ppm");
        let quotient = number(&good).wrapping_mul(MILLION as u64) / number(&counted).max(1);
        let spare = quotient.wrapping_sub(number(min));
        let score = ranged(cs, "availability: share", Origin::Hint, spare, 20).plus(min);
        let dividend = good.times(F::from(MILLION));
        let bits = scene.geometry.count_bits();
        enforce_quotient(cs, "availability: score", &score, [&dividend, &counted], bits);
        Some(score)
    }
}
