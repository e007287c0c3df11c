//! `ramp`: how much neighbouring intervals differ (ramp limits of plants, chargers and data centres).

use super::kind::{Form, Kind, Member, Neutral};

/// From each interval of the period to its next, the value rises by at most `max_up` and falls by at most `max_down`.
pub(super) static KIND: Kind = Kind {
    code: 13,
    name: "ramp",
    members: &[
        Member::key("channel", Form::Channel(&[]), "Channel whose changes are bounded."),
        Member::parameter("max_up", Form::Value, "Greatest rise from one interval to the next.")
            .neutral(Neutral::Most),
        Member::parameter("max_down", Form::Value, "Greatest fall from one interval to the next.")
            .neutral(Neutral::Most),
    ],
    missing: Some("are left out with the changes before and after them"),
    can_be_off: true,
    output: None,
    sentence: "From each interval of {interval} to the next, the {channel} rises by at most {max_up} and falls by at most \
               {max_down}.",
    check_shape: super::any_shape,
    check: super::fits,
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Failure, Judgement, Reason, Window};
    use crate::cs::ConstraintSystem;
    use crate::cs::Linear;
    use crate::gadget::enforce_range;
    use crate::meter::Quality;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let mut judgement = Judgement::default();
        let channel = condition.number("channel");
        let (up, down) = (condition.number("max_up"), condition.number("max_down"));
        for (i, pair) in window.channel(channel).windows(2).enumerate() {
            if pair.iter().any(|r| r.quality == Quality::Missing) {
                continue;
            }
            let change = i64::from(pair[1].value) - i64::from(pair[0].value);
            let reason = match change {
                c if c > up => Reason::Above(up),
                c if c < -down => Reason::Below(-down),
                _ => continue,
            };
            let failure = Failure::new(&KIND, reason, change);
            judgement.failures.push(failure.on(channel as u8).at(window.time(i + 1)));
        }
        judgement
    }

    /// For each pair of slots two products and two range checks of `value_bits` + 1.
    ///
    /// A pair counts if both are present, which no slot outside the period is. A change that counts lies between -2^B and 2^B and
    /// a bound below 2^B, so their sums lie between -2^B and 2^(B+1): a range of B + 1 bits refuses exactly the negative ones.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let bits = usize::from(scene.geometry.value_bits) + 1;
        let (up, down) = (scene.parameter("max_up"), scene.parameter("max_down"));
        for pair in scene.channel("channel").slots.windows(2) {
            let counts = cs.product("ramp: counts", &pair[0].present, &pair[1].present);
            let change = pair[1].value.minus(&pair[0].value);
            let change = cs.product("ramp: change", &counts, &change);
            enforce_range(cs, "ramp: up", &up.minus(&change), bits);
            enforce_range(cs, "ramp: down", &down.plus(&change), bits);
        }
        None
    }
}
