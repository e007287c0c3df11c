//! `limit`: every interval at most, or at least, a constant or a value of its own (operating envelope, export cap, capacity
//! charge).

use super::check_anchor;
use super::kind::{Form, Kind, Lane, Member, Neutral, Size};

/// Every interval's value is at most (at least) the bound.
pub(super) static KIND: Kind = Kind {
    code: 3,
    name: "limit",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel whose values are bounded."),
        Member::key("bound", Form::Choice(&["at-most", "at-least"]), "Which way."),
        Member::parameter("value", Form::Value, "One bound for all intervals.")
            .unless("schedule")
            .neutral(Neutral::MostIfFirst("bound")),
        Member::parameter("schedule", Form::Value, "A bound for each interval of the grid.")
            .list(Size::Slots, Lane::Value)
            .neutral(Neutral::MostIfFirst("bound")),
        super::ANCHOR,
    ],
    missing: Some("are left out"),
    can_be_off: true,
    output: None,
    sentence: "In every interval of {interval} the {channel} is {bound} {value}{schedule}.",
    check_shape: super::any_shape,
    check: |condition, _, _| check_anchor(condition, &["schedule"]),
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, Reason, Window};
    use crate::cs::{ConstraintSystem, Linear, Origin};
    use crate::gadget::{enforce_range, low_bits, ranged};
    use crate::meter::Quality;

    /// Index of the member `bound`: every value is at most the bound. The other is at least.
    const AT_MOST: i64 = 0;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let mut judgement = Judgement::default();
        let (channel, at_most) = (condition.number("channel"), condition.number("bound") == AT_MOST);
        let schedule = condition.list("schedule");
        judgement.anchored(condition, &KIND, window);
        for (i, reading) in window.channel(channel).iter().enumerate() {
            let scheduled = schedule.get(window.offset + i).copied();
            let bound = scheduled.unwrap_or_else(|| condition.number("value"));
            let value = i64::from(reading.value);
            let reason = match at_most {
                true if value > bound => Reason::Above(bound),
                false if value < bound && reading.quality != Quality::Missing => Reason::Below(bound),
                _ => continue,
            };
            let failure = Failure::new(&KIND, reason, value).on(channel as u8).at(window.time(i));
            judgement.failures.push(failure);
        }
        judgement
    }

    /// One range check of `value_bits` for each slot.
    ///
    /// Slots outside the period have value zero here, and count for a lower bound no more than missing ones do. A schedule's upper
    /// bounds need no range check of their own: each is a value plus a difference, both below `2^value_bits`, and lanes are two
    /// bits wider. Its lower bounds get one, since a slot left out bounds nothing.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let bits = usize::from(scene.geometry.value_bits);
        let slots = &scene.channel("channel").slots;
        let at_most = scene.shape.number("bound") == AT_MOST;
        let scheduled = scene.shape.length("schedule") > 0;
        scene.enforce_anchor(cs);
        let hints = if scheduled { scene.hints(cs, "schedule") } else { Vec::new() };
        let mut schedule = Vec::new();
        for (i, slot) in slots.iter().enumerate() {
            match (at_most, scheduled) {
                (true, false) => {
                    let spare = scene.parameter("value").minus(&slot.value);
                    enforce_range(cs, "limit: at most", &spare, bits);
                }
                (true, true) => {
                    let spare = low_bits(hints[i] - cs.value(&slot.value));
                    let spare = ranged(cs, "limit: at most", Origin::Hint, spare, bits);
                    schedule.push(slot.value.plus(&spare));
                }
                (false, _) => {
                    let bound = match scheduled {
                        true => ranged(cs, "limit: schedule", Origin::Hint, low_bits(hints[i]), bits),
                        false => scene.parameter("value").clone(),
                    };
                    let asked = cs.product("limit: applies", &slot.present, &bound);
                    enforce_range(cs, "limit: at least", &slot.value.minus(&asked), bits);
                    schedule.push(bound);
                }
            }
        }
        if scheduled {
            scene.enforce_words(cs, "schedule", "limit: schedule word", &schedule);
        }
        None
    }
}
