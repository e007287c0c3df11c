//! `volume`: the period's total lies within bounds, optionally revealed (PPA, peer-to-peer trade, granular certificate).

use super::kind::{Form, Kind, Member, Neutral, Revealed, RevealedUnit};
use super::{FLOWS, REVEALS, check_order};

/// `min <= sum of the channel's values over the period <= max`.
pub(super) static KIND: Kind = Kind {
    code: 2,
    name: "volume",
    members: &[
        Member::key("channel", Form::Channel(FLOWS), "Channel whose values are added up."),
        Member::shape("reveal", Form::Choice(REVEALS), "Whether the total is shown.").default(0),
        Member::parameter("min", Form::Total, "Least total.").default(0),
        Member::parameter("max", Form::Total, "Greatest total.").neutral(Neutral::Most),
    ],
    missing: Some("count as zero"),
    can_be_off: true,
    output: Some(Revealed { name: "volume", unit: RevealedUnit::Total }),
    sentence: "The total of {channel} over the period is {min} to {max}; {reveal}.",
    check_shape: super::any_shape,
    check: |condition, _, _| check_order(condition, "min", "max"),
};

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::{Condition, Judgement, Window};
    use crate::cs::ConstraintSystem;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let channel = condition.number("channel");
        let total = window.channel(channel).iter().map(|r| i64::from(r.value)).sum();
        let mut judgement = Judgement { value: total, ..Judgement::default() };
        judgement.bounded(condition, &KIND, total);
        judgement
    }

    /// The sum costs nothing; each bound one range check of `total_bits`.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        let total = scene.channel("channel").total();
        let bits = scene.geometry.total_bits();
        scene.enforce_bounds(cs, ["volume: min", "volume: max"], &total, bits);
        Some(total)
    }
}
