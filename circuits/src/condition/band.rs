//! `band`: values always within wide bounds, and mostly within tight ones (supply voltage, EN 50160).

use super::kind::{Form, Kind, Member, Neutral};
use super::{bad, check_order, message};

/// `lo <= value <= hi` in every interval, and `tight_lo <= value <= tight_hi` in at least `share_ppm` millionths of those that have
/// a reading; there is at least one.
pub(super) static KIND: Kind = Kind {
    code: 12,
    name: "band",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel whose values are bounded."),
        Member::parameter("lo", Form::Value, "Least value in any interval, in the channel's unit."),
        Member::parameter("hi", Form::Value, "Greatest value in any interval.").neutral(Neutral::Most),
        Member::parameter("tight_lo", Form::Value, "Least value of the tight band, at least lo."),
        Member::parameter("tight_hi", Form::Value, "Greatest value of the tight band, at most hi.").neutral(Neutral::Most),
        Member::parameter(
            "share_ppm",
            Form::Ppm,
            "Least share of the period's readings within the tight band, 0 to 1,000,000 millionths.",
        )
        .default(950_000),
    ],
    missing: Some("are left out, of the share as well"),
    can_be_off: true,
    output: None,
    sentence: "In every interval of {interval} the {channel} is {lo} to {hi}, and in at least {share_ppm} of them it is {tight_lo} \
               to {tight_hi}.",
    check_shape: super::any_shape,
    check: |condition, _, _| {
        check_order(condition, "lo", "hi")?;
        check_order(condition, "tight_lo", "tight_hi")?;
        let number = |name| condition.number(name);
        match number("lo") <= number("tight_lo") && number("tight_hi") <= number("hi") {
            true => Ok(()),
            false => Err(bad("band", message!["the tight band reaches beyond ", number("lo"), " to ", number("hi"), "."])),
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
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::{enforce_range, low_bits};
    use crate::hash::F;
    use crate::meter::Quality;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let number = |name| condition.number(name);
        let channel = number("channel");
        let mut judgement = Judgement::default();
        let (mut tight, mut there) = (0, 0);
        for (i, reading) in window.channel(channel).iter().enumerate() {
            if reading.quality == Quality::Missing {
                continue;
            }
            there += 1;
            let value = i64::from(reading.value);
            tight += i64::from((number("tight_lo")..=number("tight_hi")).contains(&value));
            let reason = match value {
                v if v < number("lo") => Reason::Below(number("lo")),
                v if v > number("hi") => Reason::Above(number("hi")),
                _ => continue,
            };
            let failure = Failure::new(&KIND, reason, value).on(channel as u8).at(window.time(i));
            judgement.failures.push(failure);
        }
        let share = number("share_ppm");
        let reason = match there {
            0 => Reason::Other("every reading is missing, so there is no share"),
            _ if tight * MILLION < share * there => Reason::Below(share),
            _ => return judgement,
        };
        let failure = Failure::new(&KIND, reason, tight * MILLION / there.max(1));
        judgement.failures.push(failure.on(channel as u8));
        judgement
    }

    /// Two range checks of `value_bits` and four more constraints for each slot.
    ///
    /// `tight` is the prover's word that a slot is in the tight band: a bit, and zero unless present. It picks the bounds that the
    /// value is held to; a word too few only lowers the count. The picked bounds are zero (below) or `hi` (above) for slots without a
    /// reading, whose value is zero, so that they ask for nothing. All are below 2^B, so differences are below 2^B either
    /// way. Counts are below 2^c and the share at most 10^6 < 2^20.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let bits = usize::from(scene.geometry.value_bits);
        let [lo, hi, tight_lo, tight_hi] =
            ["lo", "hi", "tight_lo", "tight_hi"].map(|name| scene.parameter(name));
        let channel = scene.channel("channel");
        let mut count = Vec::with_capacity(channel.slots.len());
        for slot in &channel.slots {
            let [value, low, high] = [&slot.value, tight_lo, tight_hi].map(|w| low_bits(cs.value(w)));
            let is_present = cs.value(&slot.present) == F::from(1);
            let tight = cs.hint(|| F::from(is_present && (low..=high).contains(&value)));
            // present is a bit: tight * (present - tight) = 0 leaves 0, and 1 where it is one.
            let rest = slot.present.minus(&tight);
            cs.enforce("band: tight", &tight, &rest, &CS::Wire::nil());
            let always = cs.product("band: applies", &slot.present, lo);
            let closer = cs.product("band: tight below", &tight, &tight_lo.minus(lo));
            let least = always.plus(&closer);
            enforce_range(cs, "band: at least", &slot.value.minus(&least), bits);
            let closer = cs.product("band: tight above", &tight, &hi.minus(tight_hi));
            let most = hi.minus(&closer);
            enforce_range(cs, "band: at most", &most.minus(&slot.value), bits);
            count.push(tight);
        }
        let tight = CS::Wire::sum_of(count.iter().map(|wire| (F::from(1), wire)));
        let there = scene.window.count.minus(&channel.missing_count);
        let off = scene.flags.off.clone().unwrap_or_else(CS::Wire::nil);
        let bits = scene.geometry.count_bits();
        enforce_range(cs, "band: a reading", &there.plus(&off).plus_constant(-F::from(1)), bits);
        let asked = cs.product("band: asked", &there, scene.parameter("share_ppm"));
        let excess = tight.times(F::from(MILLION)).minus(&asked);
        enforce_range(cs, "band: share", &excess, bits + 20);
        None
    }
}
