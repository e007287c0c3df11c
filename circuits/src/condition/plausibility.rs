//! `plausibility`: no interval has more than the meter's installation can give, and the meter's counter tells the same story.

use super::kind::{Form, Kind, Member};
use super::{bad, message};
use crate::meter::Quantity;

/// `3600 * value <= nameplate * interval` in every interval, nameplate in watts and interval in seconds. With a counter: it never
/// runs backwards, and between any two of its readings it advances by the intervals' sum, give or take `tolerance`.
pub(super) static KIND: Kind = Kind {
    code: 10,
    name: "plausibility",
    members: &[
        Member::key("channel", Form::Channel(&[Quantity::Energy, Quantity::Heat]), "Channel of energy in each interval."),
        Member::shape("register", Form::Channel(&[Quantity::Register]), "Channel of the counter of that energy; -1 is none.").default(-1),
        Member::parameter("tolerance", Form::Value, "How far counter and intervals may be apart, in the channel's unit; at most 4,095.")
            .default(0),
    ],
    missing: Some("count as zero, those of a counter are left out"),
    can_be_off: true,
    output: None,
    sentence: "In every interval of {interval} the {channel} is at most what the nameplate of the meter's registry entry allows\
               [register|; the {register} never runs backwards, and between any two of its readings it advances by the total of {channel}, \
               give or take {tolerance}].",
    check_shape: super::any_shape,
    check: |condition, _, _| match condition.number("tolerance") {
        t if t > 0 && condition.number("register") < 0 => Err(bad("plausibility", "tolerance is for a register; name one.")),
        t if t >> TOLERANCE_BITS != 0 => Err(bad("plausibility", message!["tolerance is ", t, ", above 4095."])),
        _ => Ok(()),
    },
};

/// Bits of the greatest tolerance.
const TOLERANCE_BITS: usize = 12;

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::{KIND, TOLERANCE_BITS};
    use crate::condition::circuit::{ChannelVar, Scene};
    use crate::condition::{Condition, Failure, Judgement, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::{enforce_range, low_bits};
    use crate::hash::{F, power_of_two};
    use crate::meter::Quality;

    /// Seconds of an hour: `nameplate * interval` are watt-seconds.
    const HOUR: u64 = 3600;

    /// Slots after which the running total becomes a variable of its own: longer sums would make the matrices grow with their
    /// square, shorter ones cost more constraints.
    const RUN: usize = 16;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let mut judgement = Judgement::default();
        let channel = condition.number("channel");
        let on = |reason, actual: i64, i| {
            Failure::new(&KIND, reason, actual).on(channel as u8).at(window.time(i))
        };
        match window.nameplate {
            Some(watts) => {
                let most = u128::from(watts) * u128::from(window.interval) / u128::from(HOUR);
                for (i, reading) in window.channel(channel).iter().enumerate() {
                    // Less than a value, it fits.
                    if u128::from(reading.value) > most {
                        judgement.failures.push(on(Reason::Above(most as i64), reading.value.into(), i));
                    }
                }
            }
            None => {
                let reason = Reason::Other("the meter is not enrolled, so there is no nameplate to judge by");
                judgement.failures.push(Failure::new(&KIND, reason, 0).on(channel as u8));
            }
        }
        let register = condition.number("register");
        let tolerance = condition.number("tolerance");
        let (mut total, mut last, mut range) = (0, None, None);
        for (i, (counter, reading)) in window.channel(register).iter().zip(window.channel(channel)).enumerate() {
            total += i64::from(reading.value);
            if counter.quality == Quality::Missing {
                continue;
            }
            let value = i64::from(counter.value);
            let backwards = last.is_some_and(|last| value < last);
            last = Some(value);
            // How far counter and total are apart: the same all along, give or take the tolerance.
            let apart = value - total;
            let (least, most) = range.map_or((apart, apart), |(a, b)| (apart.min(a), apart.max(b)));
            let grew = range != Some((least, most));
            range = Some((least, most));
            let reason = match most - least {
                _ if backwards => Reason::Other("the counter runs backwards"),
                spread if grew && spread > tolerance => {
                    Reason::Other("the counter does not advance by the intervals' sum")
                }
                _ => continue,
            };
            let failure = Failure::new(&KIND, reason, most - least).on(register as u8);
            judgement.failures.push(failure.at(window.time(i)));
        }
        judgement
    }

    /// One range check of `value_bits` for each slot; with a counter some `value_bits` + 28 more.
    ///
    /// *Nameplate.* The registry's word is not trusted to be small: it is held below 2^64, and the interval is the policy's, below 2^32.
    /// `most` is a number below 2^B with 3600 * most <= nameplate * interval, all below 2^97; each value is at most that. The greatest
    /// such number refuses nothing that the rule allows, since values are below 2^B; a smaller one only refuses more. A
    /// condition that is off adds 2^(B+12), more than any 3600 * value.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let bits = usize::from(scene.geometry.value_bits);
        let window = scene.window;
        let off = scene.flags.off.clone().unwrap_or_else(CS::Wire::nil);
        enforce_range(cs, "plausibility: nameplate", &window.nameplate, 64);
        let mut allowed = cs.product("plausibility: allowed", &window.nameplate, &window.interval);
        allowed.add_scaled(power_of_two(bits + 12), &off);
        let [watts, seconds] =
            [&window.nameplate, &window.interval].map(|wire| u128::from(low_bits(cs.value(wire))));
        let greatest = (1_u64 << bits) - 1;
        let hint = match cs.value(&off) == F::from(1) {
            true => greatest,
            false => {
                let most = watts.saturating_mul(seconds) / u128::from(HOUR);
                u64::try_from(most).unwrap_or(greatest).min(greatest)
            }
        };
        let most = cs.hint(|| F::from(hint));
        enforce_range(cs, "plausibility: most", &most, bits);
        let spare = allowed.minus(&most.times(F::from(HOUR)));
        enforce_range(cs, "plausibility: most is allowed", &spare, 97);
        let channel = scene.channel("channel");
        for slot in &channel.slots {
            enforce_range(cs, "plausibility: at most", &most.minus(&slot.value), bits);
        }
        if let Some(register) = scene.optional_channel("register") {
            enforce_register(cs, scene, [channel, register], &off);
        }
        None
    }

    /// *Counter.* A slot is judged if its counter is there and the condition is on: a bit. `last` is the counter's latest value, zero
    /// at first; where judged it becomes the slot's, no less than before, both below 2^B. The difference of counter and running
    /// total, less a number of the prover's, is 0 to tolerance where judged, both ends held in 12 bits. So any two differences
    /// are at most the tolerance apart, whatever that number is; they are below 2^(T+1) either way, far from wrapping. The
    /// least of them serves whenever any number does.
    fn enforce_register<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
        [channel, register]: [&ChannelVar<CS::Wire>; 2],
        off: &CS::Wire,
    ) {
        let bits = usize::from(scene.geometry.value_bits);
        let on = CS::Wire::unit().minus(off);
        let tolerance = scene.parameter("tolerance");
        let hint = match cs.value(off) == F::from(1) {
            true => F::from(0),
            false => least_difference(cs, channel, register),
        };
        let least = cs.hint(|| hint);
        // Nothing is judged then: the number is zero, so that it is not free.
        cs.enforce("plausibility: nothing judged", &least, off, &CS::Wire::nil());
        let (mut total, mut last) = (CS::Wire::nil(), CS::Wire::nil());
        for (i, (counter, slot)) in register.slots.iter().zip(&channel.slots).enumerate() {
            let judged = cs.product("plausibility: judged", &counter.present, &on);
            let advance = counter.value.minus(&last);
            let (step, before) = (cs.value(&judged) * cs.value(&advance), cs.value(&last));
            let next = cs.hint(|| before + step);
            let step = next.minus(&last);
            cs.enforce("plausibility: counter", &judged, &advance, &step);
            enforce_range(cs, "plausibility: counter runs on", &step, bits);
            last = next;

            total = total.plus(&slot.value);
            if (i + 1) % RUN == 0 {
                let sum = cs.value(&total);
                let fresh = cs.hint(|| sum);
                cs.enforce_equal("plausibility: running total", &fresh, &total);
                total = fresh;
            }
            let difference = counter.value.minus(&total).minus(&least);
            let apart = cs.product("plausibility: apart", &judged, &difference);
            enforce_range(cs, "plausibility: sum", &apart, TOLERANCE_BITS);
            enforce_range(cs, "plausibility: sum", &tolerance.minus(&apart), TOLERANCE_BITS);
        }
    }

    /// The least difference of counter and running total; zero where the counter is missing throughout.
    fn least_difference<CS: ConstraintSystem>(
        cs: &CS,
        channel: &ChannelVar<CS::Wire>,
        register: &ChannelVar<CS::Wire>,
    ) -> F {
        let (mut total, mut least) = (0_i64, None);
        for (counter, slot) in register.slots.iter().zip(&channel.slots) {
            let number = |wire| low_bits(cs.value(wire)) as i64;
            total += number(&slot.value);
            if number(&counter.present) == 1 {
                let apart = number(&counter.value) - total;
                least = Some(least.map_or(apart, |least: i64| least.min(apart)));
            }
        }
        F::from(least.unwrap_or_default())
    }
}
