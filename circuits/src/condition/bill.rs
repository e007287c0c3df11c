//! `bill`: what the period's metered amounts cost, within bounds and optionally revealed: flat, time-of-use, dynamic and block
//! tariffs, with a feed-in credit (net billing) and fixed charges.

use super::kind::{Form, Kind, Lane, Member, Neutral, Revealed, RevealedUnit, Size};
use super::weights;
use super::{Condition, ConditionShape, FLOWS, MILLION, REVEALS, bad, check_order};
use crate::error::{Result, message};
use crate::meter::MeterKind;
use crate::relation::Geometry;

/// `min <= floor((fixed + import * (rates + prices + tiers) - export * (feed_in + feed_in_prices)) / 10^6) <= max`, in minor units.
pub(super) static KIND: Kind = Kind {
    code: 4,
    name: "bill",
    members: &[
        Member::key("import", Form::Channel(FLOWS), "Channel that is paid for."),
        Member::shape(
            "export",
            Form::Channel(FLOWS),
            "Channel that is credited, in the unit of the one paid for; none if left out.",
        )
        .default(-1),
        Member::shape("reveal", Form::Choice(REVEALS), "Whether the bill is shown.").default(0),
        Member::parameter("currency", Form::Currency, "ISO 4217 code, for instance EUR."),
        Member::parameter(
            "currency_digits",
            Form::Count { min: 0, max: 4 },
            "Decimal digits of the currency's minor unit in ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD.",
        ),
        Member::parameter(
            "fixed",
            Form::Money,
            "Amount for the period whatever was metered, in millionths of a minor unit; a credit if negative.",
        )
        .default(0),
        Member::parameter(
            "rates",
            Form::Rate,
            "Price of a unit of import in each band, in millionths of a minor unit: one for a flat tariff, 2 to 4 with bands.",
        )
        .list(Size::UpTo(4), Lane::Own),
        Member::parameter(
            "feed_in",
            Form::Rate,
            "Credit for a unit of export, in millionths of a minor unit: one for all bands, or as many as there are rates.",
        )
        .list(Size::UpTo(4), Lane::Own),
        weights::BANDS,
        weights::DAYS,
        Member::parameter(
            "prices",
            Form::Price,
            "Price of a unit of import in each interval of the grid, in millionths of a minor unit; added to the rate.",
        )
        .list(Size::Slots, Lane::Bits(21)),
        Member::parameter(
            "feed_in_prices",
            Form::Price,
            "Credit for a unit of export in each interval of the grid, in millionths of a minor unit; added to the feed-in rate.",
        )
        .list(Size::Slots, Lane::Bits(21)),
        Member::parameter(
            "tiers",
            Form::Total,
            "Totals of import over the period at which the next block of a block tariff begins, ascending.",
        )
        .list(Size::UpTo(3), Lane::Own),
        Member::parameter(
            "tier_rates",
            Form::Rate,
            "What is added to the price of each unit of import in each block, in millionths of a minor unit: one more than tiers.",
        )
        .list(Size::UpTo(4), Lane::Own),
        Member::parameter("min", Form::Minor, "Least bill, in minor units; may be negative.")
            .default(0)
            .neutral(Neutral::Least),
        Member::parameter("max", Form::Minor, "Greatest bill, in minor units; may be negative.")
            .neutral(Neutral::Most),
        super::ANCHOR,
    ],
    missing: Some("are billed as zero"),
    can_be_off: true,
    output: Some(Revealed { name: "bill", unit: RevealedUnit::Money }),
    sentence: "The bill for the period, rounded down to a minor unit, is {min} to {max}; {reveal}. It adds up {fixed} fixed\
               [rates|, {import} at {rates}][bands| by time of day (on the meter's clock {bands})][days|, days {days}][prices|, {import} at each interval's price ({prices})]\
               [tier_rates|, {import} at {tier_rates} more in blocks that end at {tiers}]\
               [feed_in|, less {export} at {feed_in}][feed_in_prices|, less {export} at each interval's price ({feed_in_prices})].",
    check_shape,
    check,
};

fn check_shape(shape: &ConditionShape, geometry: &Geometry) -> Result<()> {
    weights::check_shape(shape, geometry, "rates")?;
    let length = |list: &str| shape.length(list);
    let (credits, export) = (length("feed_in") + length("feed_in_prices"), shape.number("export"));
    let fault = match length("tiers") {
        _ if export == shape.number("import") => "export is the channel that is paid for.",
        _ if export < 0 && credits > 0 => "feed_in is a credit for export, and export is left out.",
        _ if export >= 0 && credits == 0 => "export needs feed_in or feed_in_prices.",
        _ if length("feed_in") > 1 && length("feed_in") != length("rates") => {
            "feed_in: one for all bands, or as many as there are rates."
        }
        0 if length("tier_rates") > 0 => "tier_rates are for tiers, and there are none.",
        tiers if tiers > 0 && length("tier_rates") != tiers + 1 => "tier_rates: one more than there are tiers.",
        0 if length("rates") + length("prices") == 0 => "import needs rates, prices or tiers.",
        _ => return Ok(()),
    };
    Err(bad(shape.name(), fault))
}

fn check(condition: &Condition, geometry: &Geometry, meter: &MeterKind) -> Result<()> {
    weights::check(condition, geometry, "rates", &["prices", "feed_in_prices"])?;
    check_order(condition, "min", "max")?;
    let fault = |fault: &str| Err(bad("bill", fault));
    let unit = |channel: &str| {
        let channel = usize::try_from(condition.number(channel)).ok();
        channel.and_then(|c| meter.channels.get(c)).map(|c| (c.quantity, c.unit))
    };
    if unit("export").is_some_and(|export| Some(export) != unit("import")) {
        return fault("export is another quantity than import, or in another unit.");
    }
    let letters = [16, 8, 0].map(|shift| (condition.number("currency") >> shift & 0xff) as u8);
    if !letters.iter().all(u8::is_ascii_uppercase) {
        return fault("currency is not three capital letters.");
    }
    if let Some(i) = condition.list("tiers").windows(2).position(|pair| pair[0] >= pair[1]) {
        return Err(bad("bill", message!["tiers[", i + 1, "] is not above the one before it."]));
    }
    // What makes |bill| < 2^62 whatever is metered.
    let most = |list: &str| condition.list(list).iter().map(|x| i128::from(x.abs())).max().unwrap_or(0);
    let weights: i128 = ["rates", "prices", "tier_rates", "feed_in", "feed_in_prices"].map(most).iter().sum();
    let total = geometry.slots() as i128 * ((1 << geometry.value_bits) - 1);
    if most("fixed") + weights * total > ((1 << 62) - 1) * i128::from(MILLION) {
        return fault("the bill could reach 2^62 minor units: lower the rates.");
    }
    Ok(())
}

#[cfg(feature = "prover")]
pub(super) use prover::{enforce, judge};

#[cfg(feature = "prover")]
mod prover {
    use super::KIND;
    use crate::condition::circuit::Scene;
    use crate::condition::weights::{Bands, band, by_interval, floored};
    use crate::condition::{Condition, Judgement, MILLION, Window};
    use crate::cs::{ConstraintSystem, Linear};
    use crate::gadget::{enforce_bit, enforce_range};
    use crate::hash::F;
    use ark_ff::{Field, PrimeField};

    pub(in crate::condition) fn judge(condition: &Condition, window: &Window) -> Judgement {
        let weighted = |channel: &str, rates: &str, prices: &str| -> i128 {
            let rates = condition.list(rates);
            let amount = |(i, reading): (usize, &crate::meter::Reading)| {
                // One rate stands for all bands.
                let rate = rates.get(band(condition, window, i)).or(rates.first());
                let price = condition.list(prices).get(window.offset + i);
                let whole: i128 = [rate, price].into_iter().flatten().map(|x| i128::from(*x)).sum();
                whole * i128::from(reading.value)
            };
            window.channel(condition.number(channel)).iter().enumerate().map(amount).sum()
        };
        let import = window.channel(condition.number("import"));
        let total: i64 = import.iter().map(|r| i64::from(r.value)).sum();
        let (tiers, mut block_start) = (condition.list("tiers"), 0);
        let mut sum = i128::from(condition.number("fixed"))
            + weighted("import", "rates", "prices")
            - weighted("export", "feed_in", "feed_in_prices");
        for (i, rate) in condition.list("tier_rates").iter().enumerate() {
            let block_end = tiers.get(i).copied().unwrap_or(i64::MAX).min(total);
            sum += i128::from(*rate) * i128::from((block_end - block_start).max(0));
            block_start = block_end;
        }
        let bill = sum.div_euclid(i128::from(MILLION));
        // In range, since the parameters are checked.
        let bill = i64::try_from(bill).unwrap_or(i64::MAX);
        let mut judgement = Judgement { value: bill, ..Judgement::default() };
        judgement.anchored(condition, &KIND, window);
        judgement.bounded(condition, &KIND, bill);
        judgement
    }

    /// Bands cost what [`Bands`] says; each price of an interval 22; each block `total_bits` + 2; the rest some 170.
    ///
    /// Totals are below 2^52 and each is a sum of parts of one channel, so with rates below 2^40 and fixed below 2^62 the sum is an
    /// integer within 2^96 of zero. The bill is within its bounds, hence within 2^62 of zero, and what is left is below 10^6, so
    /// the equation between them holds for integers.
    pub(in crate::condition) fn enforce<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
    ) -> Option<CS::Wire> {
        scene.enforce_anchor(cs);
        let (import, export) = (scene.channel("import"), scene.optional_channel("export"));
        let bands = Bands::unpack(cs, scene, "rates");
        let mut sum = scene.parameter("fixed").clone();
        let totals = bands.totals(cs, import);
        for (rate, total) in scene.elements("rates").iter().zip(&totals) {
            sum = sum.plus(&cs.product("bill: rate", rate, total));
        }
        if scene.shape.length("prices") > 0 {
            sum = sum.plus(&by_interval(cs, scene, "prices", import));
        }
        sum = sum.plus(&blocks(cs, scene, &import.total()));
        if let Some(export) = export {
            let totals = match scene.elements("feed_in") {
                [] => Vec::new(),
                [_] => vec![export.total()],
                _ => bands.totals(cs, export),
            };
            for (rate, total) in scene.elements("feed_in").iter().zip(&totals) {
                sum = sum.minus(&cs.product("bill: feed-in", rate, total));
            }
            if scene.shape.length("feed_in_prices") > 0 {
                sum = sum.minus(&by_interval(cs, scene, "feed_in_prices", export));
            }
        }
        let bill = floored(cs, "bill: rounding", &sum, MILLION as u64);
        // Bill and bounds are within 2^62 of zero.
        scene.enforce_bounds(cs, ["bill: min", "bill: max"], &bill, 63);
        Some(bill)
    }

    /// What blocks add: the first block's rate on everything, and each step between rates on what is above its threshold.
    fn blocks<CS: ConstraintSystem>(
        cs: &mut CS,
        scene: &Scene<'_, CS::Wire>,
        total: &CS::Wire,
    ) -> CS::Wire {
        let rates = scene.elements("tier_rates");
        let Some(first) = rates.first() else { return CS::Wire::nil() };
        let mut sum = cs.product("bill: block", first, total);
        let bits = scene.geometry.total_bits();
        let half = F::from(2).inverse().expect("two is not zero");
        for (pair, threshold) in rates.windows(2).zip(scene.elements("tiers")) {
            // With d = total - threshold: d is not negative if the bit is set, and -d - 1 is not if it is not. Both operands are
            // below 2^bits, so one range check shows either.
            let beyond = total.minus(threshold);
            let reached = cs.value(&beyond).into_bigint() <= F::MODULUS_MINUS_ONE_DIV_TWO;
            let reached = cs.hint(|| F::from(reached));
            enforce_bit(cs, "bill: block reached", &reached);
            let twice = beyond.times(F::from(2)).plus_constant(F::from(1));
            let chosen = cs.product("bill: block", &reached, &twice);
            let distance = chosen.minus(&beyond).plus_constant(-F::from(1));
            enforce_range(cs, "bill: block", &distance, bits);
            let above = chosen.minus(&reached).times(half);
            let step = pair[1].minus(&pair[0]);
            sum = sum.plus(&cs.product("bill: block", &step, &above));
        }
        sum
    }
}
