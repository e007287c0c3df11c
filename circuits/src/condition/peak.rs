//! `peak`: the highest demand over any run of intervals (capacity charge, connection limit), with a ratchet against a past peak.

use super::kind::{Form, Kind, Member, Neutral, Revealed, RevealedUnit};
use super::{Condition, MILLION, REVEALS, bad};
use crate::error::{Result, message};

/// The greatest sum of `window` consecutive intervals of the period is at most `max`; so is `past * ratchet_ppm / 10^6` rounded up,
/// and the greater of the two is what counts.
pub(super) static KIND: Kind = Kind {
    code: 7,
    name: "peak",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel whose demand is measured."),
        Member::key(
            "window",
            Form::Count { min: 1, max: 1440 },
            "Consecutive intervals that a demand is taken over, 1 to 1,440 and no more than the circuit has.",
        ),
        Member::shape(
            "reveal",
            Form::Choice(REVEALS),
            "Whether the peak is shown: the channel's unit in one window, after the ratchet.",
        )
        .default(0),
        Member::parameter(
            "max",
            Form::Total,
            "Greatest peak, in the channel's unit in one window.",
        )
        .neutral(Neutral::Most),
        Member::parameter(
            "past",
            Form::Total,
            "A past peak that the ratchet holds on to; 0 for none.",
        )
        .default(0),
        Member::parameter(
            "ratchet_ppm",
            Form::Ppm,
            "Share of the past peak that counts at least; millionths.",
        )
        .default(0),
    ],
    missing: Some("count as zero"),
    can_be_off: true,
    output: Some(Revealed { name: "peak", unit: RevealedUnit::Total }),
    sentence: "The highest {channel} in any {window} consecutive intervals of {interval} is at most {max}[ratchet_ppm|, and counts \
               as at least {ratchet_ppm} of {past}]; {reveal}.",
    check_shape: |shape, geometry| match shape.length("window") > geometry.slots() {
        true => {
            let slots = geometry.slots();
            Err(bad("peak", message!["window is longer than the circuit's ", slots, " intervals."]))
        }
        false => Ok(()),
    },
    check: |condition, _, _| check(condition),
};

/// What the ratchet makes of the past peak, rounded up.
fn ratchet(condition: &Condition) -> i64 {
    let (past, ppm) = (condition.number("past"), condition.number("ratchet_ppm"));
    // In two parts, as the product may be too large for 64 bits.
    past / MILLION * ppm + (past % MILLION * ppm + MILLION - 1) / MILLION
}

fn check(condition: &Condition) -> Result<()> {
    if (condition.number("past") == 0) != (condition.number("ratchet_ppm") == 0) {
        return Err(bad("peak", "past and ratchet_ppm go together: give both or neither."));
    }
    let (least, max) = (ratchet(condition), condition.number("max"));
    if least > max {
        return Err(bad("peak", message!["the ratchet's ", least, " is above max ", max, "."]));
    }
    Ok(())
}

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::{KIND, ratchet};
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, MILLION, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear, Origin};
    use crate::gadget::{enforce_quotient, enforce_range, greater, low_bits, low_wide, ranged};
    use crate::hash::F;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let mut judgement = Judgement::default();
        let (channel, max) = (condition.number("channel"), condition.number("max"));
        let readings = window.channel(channel);
        // A period shorter than the window is one window.
        let length = usize::try_from(condition.number("window"))
            .unwrap_or(1)
            .clamp(1, readings.len().max(1));
        let mut sum: i64 = readings.iter().take(length - 1).map(|r| i64::from(r.value)).sum();
        for (i, last) in readings.iter().enumerate().skip(length - 1) {
            let first = i + 1 - length;
            sum += i64::from(last.value);
            judgement.value = judgement.value.max(sum);
            if sum > max {
                let failure = Failure::new(&KIND, Reason::Above(max), sum);
                judgement.failures.push(failure.on(channel as u8).at(window.time(first)));
            }
            sum -= i64::from(readings[first].value);
        }
        judgement.value = judgement.value.max(ratchet(condition));
        judgement
    }

    /// For each window a range check of its sum's bits, and if the peak is shown a product.
    ///
    /// *Windows at the edges.* Slots outside the period are zero, so a window that reaches beyond it sums a part of one that
    /// does not, or the whole of a period shorter than the window: the greatest sum is the same.
    ///
    /// *The peak.* A sum of w values is below 2^S, S = `value_bits` + the bits of w, at most the bits T of a total. peak - sum is
    /// below 2^S for each sum, so peak is an integer below 2^(S+1) and at least each; max - peak is below 2^T. If it is shown, the
    /// product of all differences is zero, so it is one of the sums.
    ///
    /// *The ratchet.* past is below 2^T and the share at most 10^6, so past * share + 10^6 - 1 is below 2^(T+21); least is
    /// below 2^T and the division by 10^6 < 2^20 is exact. That the ratchet is within max is the policy's own affair: its check
    /// compares the parameters.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let geometry = scene.geometry;
        let length = scene.shape.length("window");
        let total = geometry.total_bits();
        let bits =
            usize::from(geometry.value_bits) + (usize::BITS - length.leading_zeros()) as usize;
        let slots = &scene.channel("channel").slots;
        let sums: Vec<CS::Wire> = slots
            .windows(length)
            .map(|window| CS::Wire::sum_of(window.iter().map(|slot| (F::from(1), &slot.value))))
            .collect();
        let greatest = sums.iter().map(|sum| low_bits(cs.value(sum))).max().unwrap_or_default();
        let peak = cs.hint(|| F::from(greatest));
        for sum in &sums {
            enforce_range(cs, "peak: at least each window", &peak.minus(sum), bits);
        }
        let max = scene.parameter("max");
        enforce_range(cs, "peak: max", &max.minus(&peak), total);
        scene.shape.revealed()?;
        let mut differences = sums.iter().map(|sum| peak.minus(sum));
        let first = differences.next().unwrap_or_else(Linear::nil);
        let product = differences.fold(first, |product, difference| {
            cs.product("peak: one of the windows", &product, &difference)
        });
        cs.enforce_equal("peak: one of the windows", &product, &CS::Wire::nil());
        let share =
            cs.product("peak: ratchet", scene.parameter("past"), scene.parameter("ratchet_ppm"));
        let (million, dividend) = (F::from(MILLION), share.plus_constant(F::from(MILLION - 1)));
        let least = ranged(
            cs,
            "peak: ratchet",
            Origin::Hint,
            (low_wide(cs.value(&dividend)) / MILLION as u128) as u64,
            total,
        );
        let million = CS::Wire::constant(million);
        enforce_quotient(cs, "peak: ratchet", &least, [&dividend, &million], 20);
        Some(greater(cs, "peak: billed", &peak, &least, total))
    }
}
