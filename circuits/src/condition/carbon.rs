//! `carbon`: emissions of what was metered, in grams of CO2 equivalent, by factors for times of day or for each interval.

use super::kind::{Form, Kind, Lane, Member, Neutral, Revealed, RevealedUnit, Size};
use super::weights;
use super::{Condition, ConditionShape, FLOWS, REVEALS, bad, check_order};
use crate::error::Result;
use crate::meter::MeterKind;
use crate::relation::Geometry;

/// `min <= floor(sum of value * factor / 1000) <= max`, in grams.
pub(super) static KIND: Kind = Kind {
    code: 15,
    name: "carbon",
    members: &[
        Member::key("channel", Form::Channel(FLOWS), "Channel whose emissions are accounted for."),
        Member::shape("reveal", Form::Choice(REVEALS), "Whether the emissions are shown.").default(0),
        Member::parameter(
            "factors",
            Form::Intensity,
            "Grams of CO2 equivalent for 1,000 units of the channel in each band, 0 to 65,535: one for all times, 2 to 4 with bands.",
        )
        .list(Size::UpTo(4), Lane::Own),
        weights::BANDS,
        weights::DAYS,
        Member::parameter(
            "intensities",
            Form::Intensity,
            "Grams of CO2 equivalent for 1,000 units of the channel in each interval of the grid, 0 to 65,535; in place of factors.",
        )
        .list(Size::Slots, Lane::Bits(16)),
        Member::parameter("min", Form::Grams, "Least emissions, in grams.").default(0),
        Member::parameter("max", Form::Grams, "Greatest emissions, in grams.").neutral(Neutral::Most),
        super::ANCHOR,
    ],
    missing: Some("count as zero"),
    can_be_off: true,
    output: Some(Revealed { name: "carbon", unit: RevealedUnit::Grams }),
    sentence: "The emissions of {channel} over the period, rounded down to a gram of CO2 equivalent, are {min} to {max}; {reveal}. The \
               emission factor is {factors}{intensities}[bands| by time of day (on the meter's clock {bands})][days|, days {days}].",
    check_shape,
    check: |condition: &Condition, geometry: &Geometry, _: &MeterKind| {
        weights::check(condition, geometry, "factors", &["intensities"])?;
        check_order(condition, "min", "max")
    },
};

fn check_shape(shape: &ConditionShape, geometry: &Geometry) -> Result<()> {
    weights::check_shape(shape, geometry, "factors")?;
    match (shape.length("factors"), shape.length("intensities")) {
        (0, 0) => Err(bad(shape.name(), "it needs factors or intensities.")),
        (0, _) | (_, 0) => Ok(()),
        _ => Err(bad(shape.name(), "factors and intensities are both there.")),
    }
}

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::weights::{Bands, band, by_interval, floored};
    use crate::condition::{Condition, Judgement, Window};
    use crate::cs::{ConstraintSystem, Linear};

    /// Units of the channel that a factor is for.
    const FACTOR_UNITS: u64 = 1000;

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let (factors, intensities) = (condition.list("factors"), condition.list("intensities"));
        let readings = window.channel(condition.number("channel")).iter().enumerate();
        let emitted = readings.map(|(i, reading)| {
            let factor = match intensities.get(window.offset + i) {
                Some(intensity) => Some(intensity),
                None => factors.get(band(condition, window, i)),
            };
            i128::from(reading.value) * i128::from(factor.copied().unwrap_or_default())
        });
        let grams = emitted.sum::<i128>() / i128::from(FACTOR_UNITS);
        // Below 2^59: a total is below 2^52, a factor below 2^16.
        let grams = i64::try_from(grams).unwrap_or(i64::MAX);
        let mut judgement = Judgement { value: grams, ..Judgement::default() };
        judgement.anchored(condition, &KIND, window);
        judgement.bounded(condition, &KIND, grams);
        judgement
    }

    /// Bands cost what [`Bands`] says, each interval's own factor 17; the rest some 150.
    ///
    /// Totals are below 2^52 and factors below 2^16, so the sum of products is an integer below 2^70. The grams are within their
    /// bounds, below 2^62, and what is left is below 1000, so the equation between them holds for integers.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        scene.enforce_anchor(cs);
        let channel = scene.channel("channel");
        let bands = Bands::unpack(cs, scene, "factors");
        let mut sum = CS::Wire::nil();
        let totals = bands.totals(cs, channel);
        for (factor, total) in scene.elements("factors").iter().zip(&totals) {
            sum = sum.plus(&cs.product("carbon: factor", factor, total));
        }
        if scene.shape.length("intensities") > 0 {
            sum = sum.plus(&by_interval(cs, scene, "intensities", channel));
        }
        let grams = floored(cs, "carbon: rounding", &sum, FACTOR_UNITS);
        scene.enforce_bounds(cs, ["carbon: min", "carbon: max"], &grams, 62);
        Some(grams)
    }
}
