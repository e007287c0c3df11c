//! `session`: one charging session, between its begin and end marks on the meter's counter (OCMF).

use super::kind::{Form, Kind, Member, Neutral, Revealed, RevealedUnit};
use super::{REVEALS, check_order};
use crate::meter::Quantity;

/// The period has exactly one begin mark and after it exactly one end mark, and no others; the counter is there at both, and
/// `min <= counter at the end - counter at the beginning <= max`.
pub(super) static KIND: Kind = Kind {
    code: 8,
    name: "session",
    members: &[
        Member::key("register", Form::Channel(&[Quantity::Register]), "Channel of the counter."),
        Member::key("marks", Form::Channel(&[Quantity::Mark]), "Channel of marks: 0 nothing, 1 a session begins, 2 it ends."),
        Member::shape("reveal", Form::Choice(REVEALS), "Whether the session's energy is shown.").default(0),
        Member::parameter("min", Form::Total, "Least energy, in the counter's unit.").default(0),
        Member::parameter("max", Form::Total, "Greatest energy.").neutral(Neutral::Most),
    ],
    missing: Some("count as no mark, and where the session begins or ends the counter may not be missing"),
    can_be_off: true,
    output: Some(Revealed { name: "session", unit: RevealedUnit::Total }),
    sentence: "Exactly one session begins in the period, and ends later in it; between the two {marks} the {register} advances by \
               {min} to {max}; {reveal}.",
    check_shape: super::any_shape,
    check: |condition, _, _| check_order(condition, "min", "max"),
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::enforce_range;
    use crate::hash::F;
    use crate::meter::{Quality, Reading};

    /// Values of a mark.
    const BEGIN: u32 = 1;
    const END: u32 = 2;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let register = window.channel(condition.number("register"));
        let marks = window.channel(condition.number("marks"));
        let mut judgement = Judgement::default();
        let fail = |what, channel: &str| {
            Failure::new(&KIND, Reason::Other(what), 0).on(condition.number(channel) as u8)
        };
        for (i, mark) in marks.iter().enumerate().filter(|(_, mark)| mark.value > END) {
            let failure = fail("the mark is none of 0, 1 and 2", "marks").at(window.time(i));
            judgement.failures.push(Failure { actual: mark.value.into(), ..failure });
        }
        let mut only = |value: u32, none, second| {
            let mut found = marks.iter().enumerate().filter(|(_, mark)| mark.value == value);
            match (found.next(), found.next()) {
                (Some((i, _)), None) => return Some(i),
                (None, _) => judgement.failures.push(fail(none, "marks")),
                (_, Some((i, _))) => judgement.failures.push(fail(second, "marks").at(window.time(i))),
            }
            None
        };
        let begin = only(BEGIN, "no session begins", "a second session begins");
        let end = only(END, "no session ends", "a second session ends");
        let (Some(begin), Some(end)) = (begin, end) else { return judgement };
        if end < begin {
            judgement.failures.push(fail("the session ends before it begins", "marks").at(window.time(end)));
            return judgement;
        }
        let at = |i: usize| register.get(i).copied().unwrap_or(Reading::MISSING);
        let missing = [begin, end].into_iter().find(|i| at(*i).quality == Quality::Missing);
        if let Some(i) = missing {
            let failure = fail("the counter is missing where the session begins or ends", "register");
            judgement.failures.push(failure.at(window.time(i)));
            return judgement;
        }
        judgement.value = i64::from(at(end).value) - i64::from(at(begin).value);
        if judgement.value < 0 {
            let failure = fail("the counter runs backwards", "register").at(window.time(end));
            judgement.failures.push(Failure { actual: judgement.value, ..failure });
        } else {
            judgement.bounded(condition, &KIND, judgement.value);
        }
        judgement
    }

    /// Four constraints for each slot.
    ///
    /// begin * (present - begin) = 0 with the counter's presence, a bit, leaves 0, and 1 where the counter is there; end likewise.
    /// While the condition is on, mark = begin + 2 * end, so only a mark of 3 could be both in one slot, and both sums are one: the
    /// place of the end would not be after that of the beginning. Places are below 2^c, so the difference cannot wrap. Counters are
    /// below 2^B, bounds below 2^T, T > B: differences are below 2^(T+1), and `min` is not negative. If the condition is off, no slot
    /// begins or ends, and the energy is zero.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let (register, marks) = (scene.channel("register"), scene.channel("marks"));
        let on = match &scene.flags.off {
            Some(off) => CS::Wire::unit().minus(off),
            None => CS::Wire::unit(),
        };
        let is_on = cs.value(&on) == F::from(1);
        let (mut begins, mut ends, mut energy) = (Vec::new(), Vec::new(), Vec::new());
        for (counter, mark) in register.slots.iter().zip(&marks.slots) {
            let value = cs.value(&mark.value);
            let is = |cs: &mut CS, what, kind: u32| {
                let bit = cs.hint(|| F::from(is_on && value == F::from(kind)));
                cs.enforce(what, &bit, &counter.present.minus(&bit), &CS::Wire::nil());
                bit
            };
            let begin = is(cs, "session: begin", BEGIN);
            let end = is(cs, "session: end", END);
            let mut rest = mark.value.minus(&begin);
            rest.add_scaled(-F::from(END), &end);
            cs.enforce("session: mark", &rest, &on, &CS::Wire::nil());
            energy.push(cs.product("session: counter", &end.minus(&begin), &counter.value));
            begins.push(begin);
            ends.push(end);
        }
        let sum = |list: &[CS::Wire]| CS::Wire::sum_of(list.iter().map(|wire| (F::from(1), wire)));
        let place = |list: &[CS::Wire]| {
            CS::Wire::sum_of(list.iter().zip(0_u64..).map(|(wire, i)| (F::from(i), wire)))
        };
        cs.enforce_equal("session: one begins", &sum(&begins), &on);
        cs.enforce_equal("session: one ends", &sum(&ends), &on);
        let later = place(&ends).minus(&place(&begins)).minus(&on);
        enforce_range(cs, "session: order", &later, scene.geometry.count_bits());
        let energy = sum(&energy);
        let bits = scene.geometry.total_bits();
        scene.enforce_bounds(cs, ["session: min", "session: max"], &energy, bits);
        Some(energy)
    }
}
