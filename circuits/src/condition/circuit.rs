//! What conditions see in circuit: the period's readings, masked, and their own parameters under the policy digest.

use super::{ConditionShape, ESTIMATED_BIT, MISSING_BIT, OFF_BIT, Part};
use crate::cs::{ConstraintSystem, Linear, Origin};
use crate::gadget::{enforce_bit, enforce_range, low_bits, ranged};
use crate::hash::{F, power_of_two};
use crate::relation::Geometry;
use ark_ff::{BigInteger, PrimeField};

/// One slot of one channel. All are zero outside the period.
pub(crate) struct SlotVar<W> {
    /// Value, zero where missing.
    pub(crate) value: W,
    /// One if in the period and not missing.
    pub(crate) present: W,
    /// One if in the period and estimated.
    pub(crate) estimated: W,
}

/// One channel's slots and how many readings in the period are not measured.
pub(crate) struct ChannelVar<W> {
    pub(crate) slots: Vec<SlotVar<W>>,
    pub(crate) estimated_count: W,
    pub(crate) missing_count: W,
}

impl<W: Linear> ChannelVar<W> {
    /// Sum of the period's values.
    pub(crate) fn total(&self) -> W {
        W::sum_of(self.slots.iter().map(|slot| (F::from(1), &slot.value)))
    }

    /// Measured readings, of `count` in the period.
    pub(crate) fn measured_count(&self, count: &W) -> W {
        count.minus(&self.estimated_count).minus(&self.missing_count)
    }
}

/// The period's readings.
pub(crate) struct WindowVar<W> {
    pub(crate) channels: Vec<ChannelVar<W>>,
    /// For each channel the slots of the blocks before the period's first that are opened, all of them in the window.
    pub(crate) before: Vec<ChannelVar<W>>,
    /// For each of those, which block it is: bits, one of them set, one for each block before the period, oldest first. No block
    /// is opened twice. None if all are opened, in order.
    pub(crate) opened: Vec<Vec<W>>,
    /// For each slot one if it is in the period.
    pub(crate) inside: Vec<W>,
    /// Intervals in the period.
    pub(crate) count: W,
    /// Start of the block that the period begins in.
    pub(crate) block_start: W,
    /// Length of an interval in seconds; the policy's, below 2^32.
    pub(crate) interval: W,
    /// The meter's nameplate from its registry entry; not range-checked.
    pub(crate) nameplate: W,
}

/// The flags of a condition: bits, each there only if its kind has it.
pub(crate) struct Flags<W> {
    /// One if estimated readings are tolerated.
    pub(crate) estimated: Option<W>,
    /// One if missing readings are tolerated.
    pub(crate) missing: Option<W>,
    /// One if the condition is switched off; its parameters are neutral then.
    pub(crate) off: Option<W>,
}

/// One condition at work. Only its shape shapes the circuit.
pub(crate) struct Scene<'a, W> {
    pub(crate) geometry: &'a Geometry,
    pub(crate) shape: &'a ConditionShape,
    pub(crate) window: &'a WindowVar<W>,
    /// Its flags.
    pub(crate) flags: Flags<W>,
    /// For each member its elements under the digest: none unless it is a parameter.
    parameters: Vec<Vec<W>>,
}

impl<'a, W: Linear> Scene<'a, W> {
    /// The channel that a member names.
    pub(crate) fn channel(&self, member: &str) -> &'a ChannelVar<W> {
        // The shape is checked: the channel is there.
        &self.window.channels[self.shape.length(member)]
    }

    /// The same channel's slots in the blocks before the period's first.
    pub(crate) fn before(&self, member: &str) -> &'a ChannelVar<W> {
        &self.window.before[self.shape.length(member)]
    }

    /// The channel that a member names, which may be none.
    pub(crate) fn optional_channel(&self, member: &str) -> Option<&'a ChannelVar<W>> {
        usize::try_from(self.shape.number(member)).ok().map(|c| &self.window.channels[c])
    }

    fn place(&self, member: &str) -> usize {
        self.shape.kind().place(member).expect("a kind asks for its own members")
    }

    /// A scalar parameter. It is in its form's range, as whoever made the digest checked.
    pub(crate) fn parameter(&self, member: &str) -> &W {
        &self.parameters[self.place(member)][0]
    }

    /// The elements of a list: its values, or where it is packed its words.
    pub(crate) fn elements(&self, list: &str) -> &[W] {
        &self.parameters[self.place(list)]
    }

    /// What the values of a packed list are, less their form's least; for hints.
    pub(crate) fn hints<CS: ConstraintSystem<Wire = W>>(&self, cs: &CS, list: &str) -> Vec<F> {
        let member = &self.shape.kind().members[self.place(list)];
        let (bits, lanes) = member.lanes(self.geometry).expect("a packed list");
        let lane = |i: usize| {
            let word = self.elements(list).get(i / lanes).map(|w| cs.value(w)).unwrap_or_default();
            let word = word.into_bigint();
            let start = i % lanes * bits;
            let ones = (0..bits).filter(|bit| word.get_bit(start + bit));
            F::from(ones.fold(0_u64, |value, bit| value | 1 << bit))
        };
        (0..self.shape.length(list)).map(lane).collect()
    }

    /// Demands that the list's words are these values packed, each less its form's least. Says what the values are only if each
    /// is known to fit its lane.
    pub(crate) fn enforce_words<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        list: &str,
        what: &'static str,
        lessened: &[W],
    ) {
        let member = &self.shape.kind().members[self.place(list)];
        let (bits, lanes) = member.lanes(self.geometry).expect("a packed list");
        let shift = power_of_two(bits);
        for (values, word) in lessened.chunks(lanes).zip(self.elements(list)) {
            let mut weight = F::from(1);
            let packed = W::sum_of(values.iter().map(|value| {
                let term = (weight, value);
                weight *= shift;
                term
            }));
            cs.enforce_equal(what, &packed, word);
        }
    }

    /// The values of a list packed in lanes of a fixed number of bits, each range-checked to its lane: so many constraints each.
    pub(crate) fn unpacked<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        list: &str,
        what: &'static str,
    ) -> Vec<W> {
        let member = &self.shape.kind().members[self.place(list)];
        let (bits, _) = member.lanes(self.geometry).expect("a packed list");
        let hints = self.hints(cs, list);
        let lessened: Vec<W> = hints
            .iter()
            .map(|hint| ranged(cs, what, Origin::Hint, low_bits(*hint), bits))
            .collect();
        self.enforce_words(cs, list, what, &lessened);
        let least = F::from(member.form.range(self.geometry).0);
        match least == F::from(0) {
            true => lessened,
            false => lessened.iter().map(|value| value.plus_constant(least)).collect(),
        }
    }

    /// Demands `min <= value <= max`, where value and parameters are within `bits` of each other.
    pub(crate) fn enforce_bounds<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        [low, high]: [&'static str; 2],
        value: &W,
        bits: usize,
    ) {
        enforce_range(cs, low, &value.minus(self.parameter("min")), bits);
        enforce_range(cs, high, &self.parameter("max").minus(value), bits);
    }

    /// Demands that lists over the grid are for this period, or for any.
    pub(crate) fn enforce_anchor<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS) {
        let anchor = self.parameter("anchor");
        let apart = anchor.minus(&self.window.block_start);
        cs.enforce("condition: anchor", anchor, &apart, &W::nil());
    }
}

impl ConditionShape {
    /// How many elements a policy digest absorbs of each member.
    fn element_counts(&self, geometry: &Geometry) -> Vec<usize> {
        let count = |(member, value): (&super::Member, &i64)| match member.part {
            Part::Parameter if !self.has(member) => 0,
            Part::Parameter if member.is_list() => {
                let length = usize::try_from(*value).unwrap_or(0);
                member.lanes(geometry).map_or(length, |(_, lanes)| length.div_ceil(lanes))
            }
            Part::Parameter => 1,
            _ => 0,
        };
        self.kind().members.iter().zip(self.values()).map(count).collect()
    }

    /// How many elements a policy digest absorbs of this condition.
    pub(crate) fn elements(&self, geometry: &Geometry) -> usize {
        1 + self.element_counts(geometry).iter().sum::<usize>()
    }

    /// Adds the constraints; gives the value that the condition can reveal. `elements` are what the digest absorbed.
    pub(crate) fn enforce<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        geometry: &Geometry,
        elements: &[CS::Wire],
        window: &WindowVar<CS::Wire>,
    ) -> Option<CS::Wire> {
        let (head, mut rest) = elements.split_first().expect("a condition has its head");
        let mut parameters = Vec::new();
        for count in self.element_counts(geometry) {
            let (these, others) = rest.split_at(count);
            parameters.push(these.to_vec());
            rest = others;
        }
        let flags = self.enforce_head(cs, head, window);
        let off = flags.off.clone();
        let scene = Scene { geometry, shape: self, window, flags, parameters };
        let value = super::enforce(cs, &scene)?;
        let (revealed, _) = self.revealed()?;
        let offset = F::from(revealed.unit.bits_and_offset(geometry).1);
        let shown = value.plus_constant(offset);
        // A condition that is off shows zero.
        Some(match off {
            Some(off) => cs.product("condition: output", &shown, &CS::Wire::unit().minus(&off)),
            None => shown,
        })
    }

    /// The first element is kind and flags; unless tolerated, the count of such readings is zero on every channel that the
    /// condition looks at. Counts are sums of few bits, so a zero sum has zero terms. Gives the flags.
    fn enforce_head<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        head: &CS::Wire,
        window: &WindowVar<CS::Wire>,
    ) -> Flags<CS::Wire> {
        let set = low_bits(cs.value(head));
        let mut expected = CS::Wire::constant(F::from(self.kind().code));
        let mut flag = |cs: &mut CS, bit: u64, there: bool| {
            there.then(|| {
                let flag = cs.hint(|| F::from(set & bit != 0));
                enforce_bit(cs, "condition: flag", &flag);
                expected.add_scaled(F::from(bit), &flag);
                flag
            })
        };
        let tolerates = self.kind().missing.is_some();
        let estimated = flag(cs, ESTIMATED_BIT, tolerates);
        let missing = flag(cs, MISSING_BIT, tolerates);
        let off = flag(cs, OFF_BIT, self.kind().can_be_off);
        cs.enforce_equal("condition: kind and flags", head, &expected);
        for channel in self.channels() {
            let channel = &window.channels[usize::from(channel)];
            for (what, count, tolerated) in [
                ("condition: estimated readings", &channel.estimated_count, &estimated),
                ("condition: missing readings", &channel.missing_count, &missing),
            ] {
                let Some(tolerated) = tolerated else { continue };
                let refused = CS::Wire::unit().minus(tolerated);
                cs.enforce(what, count, &refused, &CS::Wire::nil());
            }
        }
        Flags { estimated, missing, off }
    }
}
