//! What conditions see in circuit: the period's readings, masked, and their own parameters under the policy digest.

use super::{Completeness, Condition, ESTIMATED_BIT, Limit, MISSING_BIT, Volume};
use crate::cs::{ConstraintSystem, Linear};
use crate::gadget::enforce_bit;
use crate::hash::F;
use crate::relation::Geometry;

/// One slot of one channel. All are zero outside the period.
pub(crate) struct SlotVar<W> {
    /// Value, zero where missing.
    pub(crate) value: W,
    /// One if in the period and not missing.
    pub(crate) present: W,
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
}

/// The period's readings.
pub(crate) struct WindowVar<W> {
    pub(crate) channels: Vec<ChannelVar<W>>,
    /// Intervals in the period.
    pub(crate) count: W,
}

/// A condition's parameters as the policy digest absorbs them, taken in order.
pub(crate) struct Parameters<'a, W> {
    rest: std::slice::Iter<'a, W>,
}

impl<'a, W: Linear> Parameters<'a, W> {
    pub(crate) fn new(all: &'a [W]) -> Self {
        Self { rest: all.iter() }
    }

    /// The next parameter. A condition takes as many as [`Condition::parameters`] gives, whatever its values.
    pub(crate) fn take(&mut self) -> W {
        self.rest.next().cloned().expect("a condition takes the parameters it gives")
    }
}

impl Condition {
    /// Adds the constraints; gives the value to reveal, if the condition reveals one. Only the shape of `self` shapes the
    /// circuit; its values are hints.
    pub(crate) fn enforce<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        geometry: &Geometry,
        parameters: &[CS::Wire],
        window: &WindowVar<CS::Wire>,
    ) -> Option<CS::Wire> {
        let mut parameters = Parameters::new(parameters);
        self.enforce_tolerance(cs, &mut parameters, window);
        match self {
            Self::Completeness(_) => {
                Completeness::enforce(cs, geometry, &mut parameters, window);
                None
            }
            Self::Volume(c) => {
                let total = Volume::enforce(cs, geometry, c.channel, &mut parameters, window);
                c.reveal.then_some(total)
            }
            Self::Limit(c) => {
                let form = (c.channel, c.bound, c.schedule.as_deref());
                Limit::enforce(cs, geometry, form, &mut parameters, window);
                None
            }
        }
    }

    /// The first parameter is the kind and the tolerances; unless tolerated, the count of such readings is zero. Counts are
    /// sums of few bits, so a zero sum has zero terms.
    fn enforce_tolerance<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        parameters: &mut Parameters<'_, CS::Wire>,
        window: &WindowVar<CS::Wire>,
    ) {
        let shape = self.shape();
        let head = parameters.take();
        let kind = CS::Wire::constant(F::from(shape.order().0));
        let Some(channel) = shape.channel() else {
            cs.enforce_equal("condition: kind", &head, &kind);
            return;
        };
        let tolerance = self.tolerance();
        let [estimated, missing] = [tolerance.estimated, tolerance.missing].map(|tolerated| {
            let bit = cs.witness(|| F::from(tolerated));
            enforce_bit(cs, "condition: tolerance", &bit);
            bit
        });
        let mut expected = kind;
        expected.add_scaled(F::from(ESTIMATED_BIT), &estimated);
        expected.add_scaled(F::from(MISSING_BIT), &missing);
        cs.enforce_equal("condition: kind and tolerances", &head, &expected);
        let channel = &window.channels[usize::from(channel)];
        for (what, count, tolerated) in [
            ("condition: estimated readings", &channel.estimated_count, &estimated),
            ("condition: missing readings", &channel.missing_count, &missing),
        ] {
            let refused = CS::Wire::unit().minus(tolerated);
            cs.enforce(what, count, &refused, &CS::Wire::nil());
        }
    }
}
