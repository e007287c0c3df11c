//! `matching`: how much of the consumption was met by generation of the same interval (hourly matching, 24/7 carbon-free score).

use super::kind::{Form, Kind, Member, Revealed, RevealedUnit};
use super::{FLOWS, REVEALS, bad};

/// `floor(10^6 * sum of min(generation, consumption) / sum of consumption) >= min_ppm`, 0 where nothing was consumed.
pub(super) static KIND: Kind = Kind {
    code: 6,
    name: "matching",
    members: &[
        Member::key("generation", Form::Channel(FLOWS), "Channel of what is generated."),
        Member::key("consumption", Form::Channel(FLOWS), "Channel of what is consumed, of the same quantity and unit."),
        Member::shape(
            "reveal",
            Form::Choice(REVEALS),
            "Whether the score is shown: millionths of consumption that were matched, rounded down.",
        )
        .default(0),
        Member::parameter("min_ppm", Form::Ppm, "Least score, 0 to 1,000,000 millionths.").default(0),
    ],
    missing: Some("of generation count as zero, of consumption are refused"),
    can_be_off: true,
    output: Some(Revealed { name: "matching", unit: RevealedUnit::Ppm }),
    sentence: "Counted interval by interval, at least {min_ppm} of {consumption} was met by {generation} of the same \
               {interval}; {reveal}.",
    check_shape: |shape, _| match shape.number("generation") == shape.number("consumption") {
        true => Err(bad("matching", "generation and consumption are one channel: name two.")),
        false => Ok(()),
    },
    check: |condition, _, meter| {
        let channel = |name| usize::try_from(condition.number(name)).ok().and_then(|c| meter.channels.get(c));
        match (channel("generation"), channel("consumption")) {
            (Some(g), Some(c)) if g.quantity == c.quantity && g.unit == c.unit => Ok(()),
            _ => Err(bad("matching", "generation and consumption differ in quantity or unit: use two channels alike.")),
        }
    },
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, MILLION, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear, Origin};
    use crate::gadget::{enforce_bit, enforce_quotient, lesser, low_bits, ranged};
    use crate::hash::F;
    use crate::meter::Quality;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let (generation, consumption) =
            (condition.number("generation"), condition.number("consumption"));
        let consumed = window.channel(consumption);
        let mut judgement = Judgement::default();
        let (mut matched, mut all) = (0_i128, 0_i128);
        for (i, (g, c)) in window.channel(generation).iter().zip(consumed).enumerate() {
            matched += i128::from(g.value.min(c.value));
            all += i128::from(c.value);
            // Without the tolerance the frame has said so already.
            if c.quality == Quality::Missing && condition.tolerance().missing {
                let failure = Failure::new(&KIND, Reason::Quality(c.quality), 0);
                judgement.failures.push(failure.on(consumption as u8).at(window.time(i)));
            }
        }
        // At most a million.
        judgement.value = (matched * i128::from(MILLION) / all.max(1)) as i64;
        let min = condition.number("min_ppm");
        if judgement.value < min {
            let reason = match all {
                0 => Reason::Other("nothing was consumed, so there is no score"),
                _ => Reason::Below(min),
            };
            let failure = Failure::new(&KIND, reason, judgement.value);
            judgement.failures.push(failure.on(consumption as u8));
        }
        judgement
    }

    /// For each slot a range check of `value_bits` + 1 and a product; once the division.
    ///
    /// *The lesser of two.* Both values are below 2^B. Slots outside the period are zero on both sides.
    ///
    /// *The score.* Sums are below 2^T, T the bits of a total. `none` is a bit; where it is one the sum c is zero. d = c + none is
    /// not zero: with c = 0 and none = 0 no remainder could be below it. score = min + spare, min at most 10^6 and spare
    /// below 2^20; 10^6 m = score * d + rest has both sides below 2^(T+23), far below r as T is at most 52, and
    /// 0 <= rest < d, so score is the quotient rounded down, and at least min.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let value_bits = usize::from(scene.geometry.value_bits);
        let total_bits = scene.geometry.total_bits();
        let (generation, consumption) = (scene.channel("generation"), scene.channel("consumption"));
        let pairs = generation.slots.iter().zip(&consumption.slots);
        let matched: Vec<_> = pairs
            .map(|(g, c)| lesser(cs, "matching: lesser", &c.value, &g.value, value_bits))
            .collect();
        let matched = CS::Wire::sum_of(matched.iter().map(|m| (F::from(1), m)));
        let consumed = consumption.total();
        // A missing reading of consumption would raise the score. A condition that is off asks for nothing.
        let on =
            scene.flags.off.as_ref().map_or(CS::Wire::unit(), |off| CS::Wire::unit().minus(off));
        cs.enforce(
            "matching: missing consumption",
            &consumption.missing_count,
            &on,
            &CS::Wire::nil(),
        );

        let is_zero = cs.value(&consumed) == F::from(0);
        let none = cs.hint(|| F::from(is_zero));
        enforce_bit(cs, "matching: nothing consumed", &none);
        cs.enforce("matching: nothing consumed", &none, &consumed, &CS::Wire::nil());
        let divisor = consumed.plus(&none);
        let dividend = matched.times(F::from(MILLION));
        let (m, d) = (low_bits(cs.value(&matched)), low_bits(cs.value(&divisor)));
        let quotient = u128::from(m) * MILLION as u128 / u128::from(d.max(1));
        let min = scene.parameter("min_ppm");
        let spare = (quotient as u64).wrapping_sub(low_bits(cs.value(min)));
        let score = ranged(cs, "matching: share", Origin::Hint, spare, 20).plus(min);
        enforce_quotient(cs, "matching: score", &score, [&dividend, &divisor], total_bits);
        Some(score)
    }
}
