//! How values are weighted: by bands of the day in local time, or by each interval's own number. Shared by the kinds that price or
//! account for what was metered.
//!
//! A *band* is one of up to four weights. Each type of day (weekday, weekend, ...) says for each slot of a block which band the
//! slot is in, and each block of the circuit has its type of day. Who writes the policy works both out from a tariff in local time;
//! where a period's days need more than four types, each interval gets a number of its own instead.

use super::kind::{Form, Lane, Member, Size};
use super::{Condition, ConditionShape, bad, check_anchor};
use crate::error::{Result, message};
use crate::relation::Geometry;

/// Most bands, and most types of day: two bits each.
const MOST: usize = 4;

/// Type of day of each block.
pub(super) const DAYS: Member = Member::parameter(
    "days",
    Form::Count { min: 0, max: MOST as i64 - 1 },
    "Type of day of each block that the circuit has room for, counted from the block that the period begins in; left out if there \
     is one type. Blocks after the period's last have any type.",
)
.list(Size::UpTo(512), Lane::Bits(2));

/// Band of each slot of each type of day.
pub(super) const BANDS: Member = Member::parameter(
    "bands",
    Form::Count { min: 0, max: MOST as i64 - 1 },
    "For each of 1 to 4 types of day the band of each slot of a block, 0 for the first: all slots of type 0, then those of type 1, \
     and so on. Left out if there is one band.",
)
.list(Size::UpTo(MOST * 1440), Lane::Bits(2));

/// Refuses lists that do not fit each other; `weights` is the list with a value for each band.
pub(super) fn check_shape(
    shape: &ConditionShape,
    geometry: &Geometry,
    weights: &str,
) -> Result<()> {
    let slots = usize::from(geometry.intervals_per_block);
    let (bands, days) = (shape.length("bands"), shape.length("days"));
    let types = bands / slots;
    let fault = match shape.length(weights) {
        _ if bands == 0 && days != 0 => {
            "days are types of day, and there are no bands for them.".into()
        }
        0 | 1 if bands != 0 => message!["bands need two values or more in ", *weights, "."],
        2.. if bands == 0 => message![*weights, " has several values; bands say which is when."],
        _ if bands % slots != 0 || types > MOST => {
            message![
                "bands: ",
                bands,
                " of them; they need ",
                slots,
                " for each of 1 to 4 types of day."
            ]
        }
        _ if types < 2 && days != 0 => "days: there is one type of day; leave them out.".into(),
        _ if types > 1 && days != usize::from(geometry.blocks.max) => {
            message!["days: ", days, " of them for ", geometry.blocks.max, " blocks."]
        }
        _ => return Ok(()),
    };
    Err(bad(shape.name(), fault))
}

/// Refuses bands and types of day that are not there, and an anchor that nothing is tied to. `series` are lists over the grid.
pub(super) fn check(
    condition: &Condition,
    geometry: &Geometry,
    weights: &str,
    series: &[&str],
) -> Result<()> {
    let types = condition.list("bands").len() / usize::from(geometry.intervals_per_block);
    for (list, most) in [("bands", condition.list(weights).len()), ("days", types)] {
        if let Some(i) = condition.list(list).iter().position(|v| *v >= most as i64) {
            let fault = message![
                *list,
                "[",
                i,
                "] is ",
                condition.list(list)[i],
                "; there are ",
                most,
                "."
            ];
            return Err(bad(condition.kind().name, fault));
        }
    }
    check_anchor(condition, &[&["days"], series].concat())
}

#[cfg(feature = "prover")]
pub(super) use prover::{Bands, band, by_interval, floored};

#[cfg(feature = "prover")]
mod prover {
    use super::MOST;
    use crate::condition::circuit::{ChannelVar, Scene};
    use crate::condition::{Condition, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::{enforce_bit, enforce_range, low_bits};
    use crate::hash::F;
    use ark_ff::PrimeField;

    /// Band of the period's interval `i`; 0 if there is only one.
    pub(in crate::condition) fn band(condition: &Condition, window: &Window, i: usize) -> usize {
        let (block, slot) = {
            let slot = window.offset + i;
            (slot / window.intervals_per_block, slot % window.intervals_per_block)
        };
        let at = |list: &str, i: usize| {
            let value = condition.list(list).get(i).copied().unwrap_or_default();
            usize::try_from(value).unwrap_or_default()
        };
        at("bands", at("days", block) * window.intervals_per_block + slot)
    }

    /// Which band each slot of each type of day is in, and which type each block is: bits, none where there is no choice.
    pub(in crate::condition) struct Bands<W> {
        slots: usize,
        count: usize,
        types: usize,
        /// For each type and slot.
        bands: Vec<Vec<W>>,
        /// For each block.
        days: Vec<Vec<W>>,
    }

    impl<W: Linear> Bands<W> {
        /// Unpacks both lists. A value costs a bit for two choices, two bits for four, and one constraint more for three.
        pub(in crate::condition) fn unpack<CS: ConstraintSystem<Wire = W>>(
            cs: &mut CS,
            scene: &Scene<'_, W>,
            weights: &str,
        ) -> Self {
            let slots = usize::from(scene.geometry.intervals_per_block);
            let count = scene.shape.length(weights);
            let types = (scene.shape.length("bands") / slots).max(1);
            let bands = choices(cs, scene, "bands", "weights: band", count);
            let days = choices(cs, scene, "days", "weights: type of day", types);
            Self { slots, count, types, bands, days }
        }

        /// A channel's total in each band: none if there are no bands at all.
        ///
        /// First each slot of a block is summed over the blocks of each type of day, at so many products a slot as
        /// [`split`] says; then these few sums are split by band. Each is at most the channel's total.
        pub(in crate::condition) fn totals<CS: ConstraintSystem<Wire = W>>(
            &self,
            cs: &mut CS,
            channel: &ChannelVar<W>,
        ) -> Vec<W> {
            if self.bands.is_empty() {
                return (0..self.count).map(|_| channel.total()).collect();
            }
            let mut by_type = vec![Vec::new(); self.types * self.slots];
            for (i, slot) in channel.slots.iter().enumerate() {
                let day = self.days.get(i / self.slots).map_or(&[][..], Vec::as_slice);
                let parts = split(cs, "weights: day", &slot.value, day, self.types);
                for (day, part) in parts.into_iter().enumerate() {
                    by_type[day * self.slots + i % self.slots].push(part);
                }
            }
            let mut by_band = vec![Vec::new(); self.count];
            for (values, band) in by_type.iter().zip(&self.bands) {
                let parts = split(cs, "weights: slot", &sum(values), band, self.count);
                for (parts, part) in by_band.iter_mut().zip(parts) {
                    parts.push(part);
                }
            }
            by_band.iter().map(|parts| sum(parts)).collect()
        }
    }

    fn sum<W: Linear>(wires: &[W]) -> W {
        W::sum_of(wires.iter().map(|wire| (F::from(1), wire)))
    }

    /// The bits of a packed list of numbers below `count`. They are bits, so each number fits its lane, and the packed words
    /// leave no other.
    fn choices<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
        list: &str,
        what: &'static str,
        count: usize,
    ) -> Vec<Vec<CS::Wire>> {
        let width = (count.clamp(1, MOST) - 1).checked_ilog2().map_or(0, |log| log as usize + 1);
        let (mut all, mut numbers) = (Vec::new(), Vec::new());
        for hint in scene.hints(cs, list) {
            let hint = low_bits(hint);
            let mut bits = Vec::with_capacity(width);
            for i in 0..width {
                let bit = cs.hint(|| F::from(hint >> i & 1));
                enforce_bit(cs, what, &bit);
                bits.push(bit);
            }
            if let (3, [low, high]) = (count, &bits[..]) {
                // Not three.
                cs.enforce(what, low, high, &CS::Wire::nil());
            }
            let number = bits.iter().zip([1, 2]).map(|(bit, weight)| (F::from(weight), bit));
            numbers.push(CS::Wire::sum_of(number));
            all.push(bits);
        }
        scene.enforce_words(cs, list, what, &numbers);
        all
    }

    /// `count` values that are zero but for the one that the bits choose: none, one, two or three products for one to four.
    fn split<CS: ConstraintSystem>(
        cs: &mut CS,
        what: &'static str,
        value: &CS::Wire,
        bits: &[CS::Wire],
        count: usize,
    ) -> Vec<CS::Wire> {
        let Some(low) = bits.first() else { return vec![value.clone()] };
        let odd = cs.product(what, value, low);
        let Some(high) = bits.get(1) else { return vec![value.minus(&odd), odd] };
        let upper = cs.product(what, value, high);
        let lower = value.minus(&upper);
        if count == 3 {
            return vec![lower.minus(&odd), odd, upper];
        }
        let last = cs.product(what, &odd, high);
        let second = odd.minus(&last);
        vec![lower.minus(&second), second, upper.minus(&last), last]
    }

    /// A channel's sum with each interval times its own number: the number's range check and one product each.
    pub(in crate::condition) fn by_interval<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
        series: &str,
        channel: &ChannelVar<CS::Wire>,
    ) -> CS::Wire {
        let numbers = scene.unpacked(cs, series, "weights: series word");
        let slots = numbers.iter().zip(&channel.slots);
        let weighted: Vec<_> = slots
            .map(|(number, slot)| cs.product("weights: interval", number, &slot.value))
            .collect();
        sum(&weighted)
    }

    /// The greatest integer not above `sum / divisor`, where the sum is an integer within 2^126 of zero and the caller bounds the
    /// result within 2^63 of it: then no multiple of r comes between them, and only one remainder is in range.
    pub(in crate::condition) fn floored<CS: ConstraintSystem>(
        cs: &mut CS,
        what: &'static str,
        sum: &CS::Wire,
        divisor: u64,
    ) -> CS::Wire {
        let hint = integer(cs.value(sum)).div_euclid(i128::from(divisor));
        let quotient = cs.hint(|| F::from(hint));
        let most = CS::Wire::constant(F::from(divisor - 1));
        let rest = sum.minus(&quotient.times(F::from(divisor)));
        let bits = (u64::BITS - (divisor - 1).leading_zeros()) as usize;
        enforce_range(cs, what, &rest, bits);
        enforce_range(cs, what, &most.minus(&rest), bits);
        quotient
    }

    /// The integer within 2^127 of zero that an element stands for, if there is one; for hints.
    fn integer(x: F) -> i128 {
        let negative = x.into_bigint() > F::MODULUS_MINUS_ONE_DIV_TWO;
        let limbs = if negative { -x } else { x }.into_bigint().0;
        let distance = i128::from(limbs[0]) | i128::from(limbs[1] & u64::MAX >> 1) << 64;
        if negative { -distance } else { distance }
    }
}
