//! `reduction`: how far below its baseline the use was during an event (demand response, ten-in-ten with same-day adjustment).

use super::kind::{Form, Kind, Lane, Member, Neutral, Revealed, RevealedUnit, Size};
use super::{Condition, ConditionShape, REVEALS, bad, check_order};
use crate::error::{Result, message};
use crate::relation::Geometry;

/// Yes or no, in lists.
const BIT: Form = Form::Count { min: 0, max: 1 };

/// With N eligible days before the period's, E their sum over the event's intervals, D over the adjustment's; Q and A the sums of the
/// period's own day: `floor(E / N * clamp(N * A / D, 1 - cap, 1 + cap)) - Q` lies in `[min, max]`. Without an adjustment the
/// factor is 1.
pub(super) static KIND: Kind = Kind {
    code: 5,
    name: "reduction",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel whose use is reduced."),
        Member::shape(
            "reveal",
            Form::Choice(REVEALS),
            "Whether the reduction is shown, in the channel's unit, rounded down.",
        )
        .default(0),
        Member::parameter(
            "days",
            BIT,
            "For each block before the period's, oldest first: 1 if the baseline counts it, else 0.",
        )
        .list(Size::UpTo(511), Lane::Bits(1)),
        Member::parameter("event", BIT, "For each slot of the period's block: 1 in the event, else 0.")
            .list(Size::Slots, Lane::Bits(1)),
        Member::parameter(
            "adjust",
            BIT,
            "For each slot of the period's block: 1 where this day is compared with the baseline's days, else 0; all 0, or left out, \
             for no adjustment.",
        )
        .list(Size::Slots, Lane::Bits(1)),
        Member::parameter("cap_ppm", Form::Ppm, "How far the adjustment's factor may be from 1, either way; millionths.")
            .default(200_000),
        Member::parameter("min", Form::Total, "Least reduction.").default(0),
        Member::parameter("max", Form::Total, "Greatest reduction.").neutral(Neutral::Most),
        super::ANCHOR,
    ],
    missing: Some("count as zero where that lowers the reduction, and are refused where it would raise it"),
    can_be_off: true,
    output: Some(Revealed { name: "reduction", unit: RevealedUnit::Total }),
    sentence: "In the event, intervals {event} of the day, the {channel} is {min} to {max} below its baseline; {reveal}. The \
               baseline is the mean of these intervals on days {days} before it, oldest first[adjust|, times the ratio of this day \
               to those days in intervals {adjust}, held within {cap_ppm} of one].[anchor| These lists are for this period only.]",
    check_shape,
    check: |condition, _, _| check(condition),
};

/// Bits that hold a count of the blocks before the period.
fn back_bits(geometry: &Geometry) -> usize {
    (u16::BITS - geometry.look_back.leading_zeros()) as usize
}

fn check_shape(shape: &ConditionShape, geometry: &Geometry) -> Result<()> {
    let refuse = |fault: &str| Err(bad("reduction", fault));
    if geometry.look_back == 0 {
        return refuse("the circuit looks back into no blocks: set geometry.look_back.");
    }
    if geometry.blocks.max != 1 {
        return refuse("the event's day is one block: set geometry.blocks.max to 1.");
    }
    if shape.length("days") != usize::from(geometry.look_back) {
        let fault = message![
            "days is a value for each of the ",
            geometry.look_back,
            " blocks before the period."
        ];
        return refuse(&fault);
    }
    if shape.length("event") == 0 {
        return refuse("event is empty: mark its slots.");
    }
    // No product may come near the modulus, nor one of the native twin near 2^127; sizes in their ranges never do.
    match 2 * (geometry.total_bits() + back_bits(geometry)) + 22 > 126 {
        true => refuse("the circuit's sums are too large."),
        false => Ok(()),
    }
}

fn check(condition: &Condition) -> Result<()> {
    let refuse = |fault: &str| Err(bad("reduction", fault));
    let (event, adjust) = (condition.list("event"), condition.list("adjust"));
    if !condition.list("days").contains(&1) {
        return refuse("days: none counts: mark at least one.");
    }
    if !event.contains(&1) {
        return refuse("event: no slot is marked: mark those of the event.");
    }
    if let Some(i) = event.iter().zip(adjust).position(|(e, a)| *e == 1 && *a == 1) {
        return refuse(&message!["adjust[", i, "] is in the event: adjust by slots outside it."]);
    }
    check_order(condition, "min", "max")
}

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::{KIND, back_bits};
    use crate::condition::circuit::{Scene, SlotVar};
    use crate::condition::{Condition, Failure, Judgement, MILLION, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear, Origin};
    use crate::gadget::{
        enforce_bit, enforce_quotient, enforce_range, greater, lesser, low_bits, low_wide, ranged,
    };
    use crate::hash::{F, power_of_two};
    use crate::meter::{Quality, Reading};
    use ark_ff::{BigInteger, Field, PrimeField};

    /// A day's reading; missing if the day is not that long.
    fn of(day: &[Reading], slot: usize) -> Reading {
        day.get(slot).copied().unwrap_or(Reading::MISSING)
    }

    /// The values in the marked slots of a day.
    fn sum(marks: &[i64], value: impl Fn(usize) -> u32) -> i128 {
        let marked = marks.iter().enumerate().filter(|(_, mark)| **mark == 1);
        marked.map(|(i, _)| i128::from(value(i))).sum()
    }

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let mut judgement = Judgement::default();
        judgement.anchored(condition, &KIND, window);
        let channel = condition.number("channel");
        let (event, adjust) = (condition.list("event"), condition.list("adjust"));
        let here = window.channel(channel);
        let at = |slot: usize| slot.checked_sub(window.offset).and_then(|i| here.get(i)).copied();
        let lasts = window.intervals_per_block as u64 * u64::from(window.interval);
        let back = condition.list("days").len();
        let before = usize::try_from(channel).ok().and_then(|c| window.before.get(c));
        let days: Vec<(u64, &[Reading])> = before
            .map_or(&[][..], Vec::as_slice)
            .chunks(window.intervals_per_block.max(1))
            .enumerate()
            .filter(|(d, _)| condition.list("days").get(*d) == Some(&1))
            .map(|(d, day)| (window.block_start().saturating_sub((back - d) as u64 * lasts), day))
            .collect();

        let mut refuse = |reason, value: u32, block: u64, slot: usize| {
            let time = block + slot as u64 * u64::from(window.interval);
            let failure = Failure::new(&KIND, reason, value).on(channel as u8).at(time);
            judgement.failures.push(failure);
        };
        let tolerate = condition.tolerance();
        let marked = |list: &[i64], slot: usize| list.get(slot) == Some(&1);
        for slot in 0..event.len() {
            let (in_event, in_adjust) = (marked(event, slot), marked(adjust, slot));
            match at(slot) {
                _ if !in_event && !in_adjust => continue,
                None => {
                    let reason = Reason::Other("a slot of its lists lies outside the period");
                    refuse(reason, 0, window.block_start(), slot);
                }
                // Without the tolerance the frame has said so already.
                Some(r) if r.quality == Quality::Missing && tolerate.missing && in_event => {
                    refuse(Reason::Quality(r.quality), 0, window.block_start(), slot);
                }
                Some(_) => {}
            }
            for (start, day) in &days {
                let Reading { value, quality } = of(day, slot);
                let refused = match quality {
                    Quality::Measured => false,
                    Quality::Estimated => !tolerate.estimated,
                    Quality::Missing => !tolerate.missing || in_adjust,
                };
                if refused {
                    refuse(Reason::Quality(quality), value, *start, slot);
                }
            }
        }

        let n = days.len().max(1) as i128;
        let over_days = |marks| days.iter().map(|(_, day)| sum(marks, |i| of(day, i).value)).sum();
        let today = |marks| sum(marks, |i| at(i).unwrap_or_default().value);
        let (e, d): (i128, i128) = (over_days(event), over_days(adjust));
        let (q, a) = (today(event), today(adjust));
        let (million, cap) = (i128::from(MILLION), i128::from(condition.number("cap_ppm")));
        // The factor is z / (10^6 y).
        let (z, y) = match (adjust.contains(&1), d) {
            (false, _) => (million, 1),
            (true, 0) => {
                let reason = Reason::Other(
                    "nothing was used in the adjustment's intervals of the baseline's days",
                );
                judgement.failures.push(Failure::new(&KIND, reason, 0).on(channel as u8));
                return judgement;
            }
            (true, d) => ((million * n * a).clamp((million - cap) * d, (million + cap) * d), d),
        };
        // The dividend is below 2^127, as the shape's check says.
        judgement.value = (e * z / (n * million * y) - q) as i64;
        judgement.bounded(condition, &KIND, judgement.value);
        judgement
    }

    /// A slot of the blocks before as one number: value + 2^s missing + 2^(2s) estimated.
    fn packed<W: Linear>(slot: &SlotVar<W>, s: usize) -> W {
        let mut packed = slot.value.clone();
        packed.add_scaled(power_of_two(s), &W::unit().minus(&slot.present));
        packed.add_scaled(power_of_two(2 * s), &slot.estimated);
        packed
    }

    /// The number in `count` bits of `x` from bit `from`, for hints.
    fn lane(x: F, from: usize, count: usize) -> u64 {
        let x = x.into_bigint();
        (0..count).filter(|i| x.get_bit(from + i)).fold(0, |lane, i| lane | 1 << i)
    }

    /// What the days before gave over some slots.
    struct Past<W> {
        value: W,
        missing: W,
        estimated: W,
    }

    impl<W: Linear> Past<W> {
        /// Takes a sum of packed slots apart: value below 2^s, counts below 2^k, k at most s. The pieces do not overlap and the sum is
        /// below 2^(3s), so there is one way.
        fn split<CS: ConstraintSystem<Wire = W>>(cs: &mut CS, sum: &W, s: usize, k: usize) -> Self {
            const WHAT: &str = "reduction: look-back";
            let x = cs.value(sum);
            let value = ranged(cs, WHAT, Origin::Hint, lane(x, 0, s), s);
            let estimated = ranged(cs, WHAT, Origin::Hint, lane(x, 2 * s, k), k);
            let rest = sum.minus(&value).minus(&estimated.times(power_of_two(2 * s)));
            let missing = rest.times(power_of_two(s).inverse().unwrap_or_default());
            enforce_range(cs, WHAT, &missing, k);
            Self { value, missing, estimated }
        }
    }

    /// For each reading that is opened a product, for each slot four; once the divisions.
    ///
    /// *Days.* Where only some blocks are opened, each row of bits names one, and none is named twice. A day that counts is opened, so
    /// its readings are counted once; a block that does not count has the factor zero.
    ///
    /// *Sizes.* T are the bits of a total, L those of the look-back; s = T + L. Marks are bits. E and D are below 2^s, Q and A below
    /// 2^T, N at most 2^L - 1, and counts of readings below 2^s. Sums of packed slots are below 2^(3s), s at most 52.
    ///
    /// *Qualities.* A missing reading is zero. It raises the reduction in Q and D: there it is always refused. It lowers it in E and A:
    /// there the tolerance decides, of the period's day for the whole period, of days before for slots that count.
    ///
    /// *The factor.* x = N A + u and y = D + u, u a bit, and one only if no slot adjusts, where A = D = 0: then the factor is 1. With
    /// u = 0 and D = 0 the divisor is zero, which no quotient has: so a baseline day without use in the adjustment's slots proves
    /// nothing. x and y are below 2^s, so 10^6 x and (10^6 ± cap) y are below 2^(s+21), the latter not negative as cap is at most 10^6.
    /// z is 10^6 x held between them.
    ///
    /// *The baseline* is E z / (10^6 N y) rounded down: dividend below 2^(2s+21), divisor below 2^(s+L+20), quotient
    /// R + Q below 2^(T+2); all far below r. R = min + spare, spare below 2^T, so R is an integer that is not negative.
    /// Where the condition is off, N is 1 and all marks are zero.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let geometry = scene.geometry;
        let n = usize::from(geometry.intervals_per_block);
        let (total, back) = (geometry.total_bits(), back_bits(geometry));
        let (s, counts) = (total + back, geometry.count_bits() + back);
        let sum = |wires: &[CS::Wire]| CS::Wire::sum_of(wires.iter().map(|w| (F::from(1), w)));
        scene.enforce_anchor(cs);
        let days = scene.unpacked(cs, "days", "reduction: days");
        let event = scene.unpacked(cs, "event", "reduction: event");
        let adjusted = scene.shape.length("adjust") > 0;
        let adjust = match adjusted {
            true => scene.unpacked(cs, "adjust", "reduction: adjust"),
            false => Vec::new(),
        };

        // How much each opened block counts: a bit.
        let rows = &scene.window.opened;
        let counts_in: Vec<_> = match rows.is_empty() {
            true => days.clone(),
            false => rows
                .iter()
                .map(|row| {
                    let product = |(is, day)| cs.product("reduction: opened day", is, day);
                    sum(&row.iter().zip(&days).map(product).collect::<Vec<_>>())
                })
                .collect(),
        };
        if !rows.is_empty() {
            for (j, day) in days.iter().enumerate() {
                let closed = CS::Wire::unit()
                    .minus(&CS::Wire::sum_of(rows.iter().map(|row| (F::from(1), &row[j]))));
                cs.enforce("reduction: day is opened", day, &closed, &CS::Wire::nil());
            }
        }

        // Each slot over the days that count, then over the marked slots.
        let (earlier, here) = (scene.before("channel"), scene.channel("channel"));
        let (mut of_event, mut of_adjust) = (Vec::new(), Vec::new());
        let (mut used, mut compared) = (Vec::new(), Vec::new());
        for (i, mark) in event.iter().enumerate() {
            let column: Vec<_> = counts_in
                .iter()
                .enumerate()
                .map(|(d, day)| {
                    cs.product("reduction: day", day, &packed(&earlier.slots[d * n + i], s))
                })
                .collect();
            let column = sum(&column);
            let inside = &scene.window.inside[i];
            of_event.push(cs.product("reduction: baseline in the event", mark, &column));
            let mut reading = here.slots[i].value.clone();
            reading.add_scaled(power_of_two(s), &inside.minus(&here.slots[i].present));
            used.push(cs.product("reduction: use in the event", mark, &reading));
            if let Some(adjust) = adjust.get(i) {
                of_adjust.push(cs.product("reduction: baseline to adjust", adjust, &column));
                compared.push(cs.product("reduction: use to adjust", adjust, &here.slots[i].value));
            }
            if !geometry.aligned {
                let marks = adjust.get(i).map_or(mark.clone(), |adjust| mark.plus(adjust));
                let outside = CS::Wire::unit().minus(inside);
                cs.enforce("reduction: inside the period", &marks, &outside, &CS::Wire::nil());
            }
        }
        let baseline = Past::split(cs, &sum(&of_event), s, counts);
        let mut estimated = baseline.estimated.clone();
        tolerated(
            cs,
            "reduction: missing in the baseline",
            &baseline.missing,
            &scene.flags.missing,
        );
        // A missing reading in the event makes this sum 2^s and more.
        let used = sum(&used);
        enforce_range(cs, "reduction: missing in the event", &used, total);

        let off = scene.flags.off.clone().unwrap_or_else(Linear::nil);
        let eligible = sum(&days).plus(&off);
        let (dividend, divisor, bits) = if adjusted {
            let past = Past::split(cs, &sum(&of_adjust), s, counts);
            cs.enforce_equal("reduction: missing to adjust", &past.missing, &CS::Wire::nil());
            estimated = estimated.plus(&past.estimated);
            let marked = sum(&adjust);
            let is_none = cs.value(&marked) == F::from(0);
            let none = cs.hint(|| F::from(is_none));
            enforce_bit(cs, "reduction: no adjustment", &none);
            cs.enforce("reduction: no adjustment", &none, &marked, &CS::Wire::nil());
            let compared = cs.product("reduction: factor", &eligible, &sum(&compared));
            let million = F::from(MILLION);
            let (x, y) = (compared.plus(&none).times(million), past.value.plus(&none));
            let spread = cs.product("reduction: cap", scene.parameter("cap_ppm"), &y);
            let whole = y.times(million);
            let high = lesser(cs, "reduction: cap above", &x, &whole.plus(&spread), s + 21);
            let z = greater(cs, "reduction: cap below", &high, &whole.minus(&spread), s + 21);
            let dividend = cs.product("reduction: baseline", &baseline.value, &z);
            (dividend, cs.product("reduction: divisor", &eligible, &whole), s + back + 20)
        } else {
            (baseline.value, eligible, back)
        };
        tolerated(cs, "reduction: estimated in the baseline", &estimated, &scene.flags.estimated);

        let (min, max) = (scene.parameter("min"), scene.parameter("max"));
        let floor = low_wide(cs.value(&dividend))
            .checked_div(low_wide(cs.value(&divisor)))
            .unwrap_or_default() as u64;
        let asked = low_bits(cs.value(&used.plus(min)));
        let reduction = ranged(cs, "reduction: min", Origin::Hint, floor.wrapping_sub(asked), total).plus(min);
        enforce_range(cs, "reduction: max", &max.minus(&reduction), total);
        let claimed = reduction.plus(&used);
        enforce_quotient(cs, "reduction: baseline", &claimed, [&dividend, &divisor], bits);
        Some(reduction)
    }

    /// Demands that a count is zero unless this flag is set.
    fn tolerated<CS: ConstraintSystem>(
        cs: &mut CS,
        what: &'static str,
        count: &CS::Wire,
        flag: &Option<CS::Wire>,
    ) {
        let refused = flag.as_ref().map_or(CS::Wire::unit(), |flag| CS::Wire::unit().minus(flag));
        cs.enforce(what, count, &refused, &CS::Wire::nil());
    }
}
