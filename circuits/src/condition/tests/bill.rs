//! `bill` against its twin and against sums made unit by unit.

mod random;

use super::stage::{Stage, geometry};
use crate::condition::{Condition, ConditionShape, Tolerance};
use crate::hash::F;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::tests::case::{self, Case};

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
const EXPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Export, unit: Unit::Wh };

/// Cents in millionths.
const CENT: i64 = 1_000_000;
const EUR: i64 = (b'E' as i64) << 16 | (b'U' as i64) << 8 | b'R' as i64;
/// Far above any bill here.
const PLENTY: i64 = 1 << 60;

type Members<'a> = &'a [(&'a str, &'a [i64])];

/// A bill in euros of channel 0 with these members, revealed.
fn bill(members: Members<'_>, [min, max]: [i64; 2]) -> Condition {
    tolerant(members, [min, max], Tolerance::default()).expect("bill")
}

fn tolerant(
    members: Members<'_>,
    [min, max]: [i64; 2],
    tolerate: Tolerance,
) -> crate::error::Result<Condition> {
    let (min, max) = ([min], [max]);
    // The first of a name counts.
    let mut all = members.to_vec();
    all.extend_from_slice(&[
        ("import", &[0]),
        ("reveal", &[1]),
        ("currency", &[EUR]),
        ("currency_digits", &[2]),
        ("min", &min),
        ("max", &max),
    ]);
    Condition::new("bill", &all, tolerate)
}

/// Two blocks of four slots.
fn stage(import: &[u32], export: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT, EXPORT], &[import, export])
}

/// The bill is this much and no other.
fn costs(stage: &Stage, members: Members<'_>, bill_is: i64) {
    assert!(stage.agree(&bill(members, [bill_is, bill_is])));
    assert!(!stage.agree(&bill(members, [bill_is + 1, PLENTY])));
    assert!(!stage.agree(&bill(members, [-PLENTY, bill_is - 1])));
    let failures = stage.failures(&bill(members, [-PLENTY, bill_is - 1]));
    assert_eq!(failures, [format!("bill: channel 0: {bill_is} > {}", bill_is - 1)]);
}

const ONE: [u32; 8] = [1; 8];
const NONE: [u32; 8] = [0; 8];

#[test]
fn flat_tariffs_round_down() {
    let all = stage(&ONE, &NONE);
    costs(&all, &[("rates", &[CENT])], 8);
    // 8 at 0.999999 cents each are 7.999992 cents.
    costs(&all, &[("rates", &[CENT - 1])], 7);
    costs(&all, &[("rates", &[CENT - 1]), ("fixed", &[7])], 7);
    costs(&all, &[("rates", &[CENT - 1]), ("fixed", &[8])], 8);
    // Toward minus infinity, also below zero.
    costs(&all, &[("rates", &[0]), ("fixed", &[-1])], -1);
    costs(&all, &[("rates", &[0]), ("fixed", &[-CENT])], -1);
    costs(&all, &[("rates", &[0]), ("fixed", &[-CENT - 1])], -2);
    costs(&all, &[("rates", &[0])], 0);
    costs(&stage(&NONE, &NONE), &[("rates", &[(1 << 40) - 1])], 0);
    costs(&stage(&[255; 8], &NONE), &[("rates", &[(1 << 40) - 1])], 2040 * ((1 << 40) - 1) / CENT);
    costs(&stage(&[255; 8], &NONE), &[("rates", &[-(1 << 40) + 1])], -2_243_003_721);
}

#[test]
fn each_band_has_its_rate() {
    let values = [1, 10, 100, 200, 2, 20, 50, 150];
    let all = stage(&values, &NONE);
    let rates = [CENT, 2 * CENT, 3 * CENT, 5 * CENT];
    let two: Members<'_> = &[("rates", &rates[..2]), ("bands", &[0, 1, 1, 0])];
    costs(&all, two, 201 + 2 * 110 + 152 + 2 * 70);
    let three: Members<'_> = &[("rates", &rates[..3]), ("bands", &[2, 1, 0, 1])];
    costs(&all, three, 150 + 2 * (10 + 200 + 20 + 150) + 3 * 3);
    // Weekdays and weekends: the second block is of type 1.
    let types: Members<'_> =
        &[("rates", &rates), ("bands", &[0, 1, 2, 3, 3, 3, 0, 0]), ("days", &[0, 1])];
    costs(&all, types, 1 + 20 + 300 + 1000 + 5 * 22 + 200);
    let mut part = all.clone();
    part.period = 3..6;
    costs(&part, types, 1000 + 5 * 22);
}

#[test]
fn each_interval_has_its_price_on_top() {
    let all = stage(&[1, 2, 3, 4, 5, 6, 7, 8], &[1, 0, 0, 0, 0, 0, 0, 10]);
    let most = (1 << 20) - 1;
    let prices = [CENT, 0, -CENT, 0, 0, CENT, 0, -most];
    let sum = 1 - 3 + 6;
    costs(&all, &[("prices", &prices)], (sum * CENT - 8 * most).div_euclid(CENT));
    let with_band: Members<'_> =
        &[("prices", &prices), ("rates", &[CENT, 0]), ("bands", &[0, 1, 1, 1])];
    costs(&all, with_band, ((sum + 6) * CENT - 8 * most).div_euclid(CENT));
    let credit: Members<'_> =
        &[("prices", &[0; 8]), ("export", &[1]), ("feed_in_prices", &prices), ("fixed", &[CENT])];
    costs(&all, credit, (10 * most).div_euclid(CENT));
}

#[test]
fn blocks_begin_above_their_thresholds() {
    let tiers = [10, 12, 20];
    let rates = [CENT, 2 * CENT, 3 * CENT, -CENT];
    for (total, bill_is) in [(0, 0), (1, 1), (9, 9), (10, 10), (11, 12), (12, 14), (13, 17)]
        .into_iter()
        .chain([(19, 35), (20, 38), (21, 37), (255, 38 - 235)])
    {
        let members: Members<'_> = &[("tiers", &tiers), ("tier_rates", &rates)];
        costs(&stage(&[total, 0, 0, 0, 0, 0, 0, 0], &NONE), members, bill_is);
    }
    // A credit for what is below the baseline, on top of a rate.
    let members: Members<'_> =
        &[("tiers", &[100]), ("tier_rates", &[-CENT / 2, 0]), ("rates", &[CENT])];
    costs(&stage(&[60, 60, 0, 0, 0, 0, 0, 0], &NONE), members, 120 - 50);
    // Never reached, in the last place.
    let members: Members<'_> = &[("tiers", &[4095]), ("tier_rates", &[CENT, 0])];
    costs(&stage(&[255; 8], &NONE), members, 2040);
}

#[test]
fn what_is_fed_in_is_credited() {
    let all = stage(&[1, 2, 3, 4, 0, 0, 0, 0], &[0, 0, 0, 0, 5, 6, 7, 255]);
    let (rates, bands) = ([CENT, 2 * CENT], [0, 1, 1, 0]);
    let one: Members<'_> =
        &[("rates", &rates), ("bands", &bands), ("export", &[1]), ("feed_in", &[CENT])];
    costs(&all, one, 5 + 10 - 273);
    let each: Members<'_> =
        &[("rates", &rates), ("bands", &bands), ("export", &[1]), ("feed_in", &[0, 3 * CENT])];
    costs(&all, each, 5 + 10 - 3 * 13);
    let only: Members<'_> = &[("rates", &[0]), ("export", &[1]), ("feed_in", &[-1])];
    costs(&all, only, 0);
}

#[test]
fn missing_readings_are_billed_as_zero_if_tolerated() {
    let mut all = stage(&[7; 8], &[3; 8]);
    all.readings[0][2] = Reading::MISSING;
    all.readings[1][3].quality = Quality::Estimated;
    let members: Members<'_> =
        &[("rates", &[CENT]), ("export", &[1]), ("feed_in", &[CENT]), ("fixed", &[0])];
    for (estimated, missing) in [(false, false), (false, true), (true, false), (true, true)] {
        let tolerate = Tolerance { estimated, missing };
        let condition = tolerant(members, [49 - 24, 49 - 24], tolerate).expect("bill");
        assert_eq!(all.agree(&condition), estimated && missing);
    }
    let strict = bill(members, [25, 25]);
    assert_eq!(
        all.failures(&strict),
        [
            "bill: channel 0 at 1296554400 (Unix seconds): the reading is missing",
            "bill: channel 1 at 1296558000 (Unix seconds): the reading is not measured",
        ]
    );
}

#[test]
fn lists_over_the_grid_are_for_their_period() {
    let mut all = stage(&ONE, &NONE);
    all.period = 1..7;
    let start = all.block_start as i64;
    for (anchor, holds) in [(0, true), (start, true), (start + 3600, false), (start - 1, false)] {
        let anchored = bill(&[("prices", &[CENT; 8]), ("anchor", &[anchor])], [6, 6]);
        assert_eq!(all.agree(&anchored), holds);
        if !holds {
            assert_eq!(all.violations(&anchored), ["condition: anchor"]);
            assert_eq!(
                all.failures(&anchored),
                ["bill at 1296550800 (Unix seconds): its lists are for another period"]
            );
        }
    }
}

#[test]
fn contradictions_are_refused() {
    let all = stage(&ONE, &NONE);
    let refused = |members: Members<'_>| {
        let condition = bill(members, [0, 1]);
        all.check_parameters(&condition).expect_err("a contradiction").to_string()
    };
    let cases: &[(Members<'_>, &str)] = &[
        (&[], "import needs rates, prices or tiers"),
        (&[("rates", &[1, 2])], "bands say which is when"),
        (&[("rates", &[1]), ("bands", &[0; 4])], "two values or more in rates"),
        (&[("prices", &[1; 8]), ("bands", &[0; 4])], "two values or more in rates"),
        (&[("rates", &[1, 2]), ("bands", &[0; 6])], "they need 4 for each of 1 to 4"),
        (&[("rates", &[1, 2]), ("bands", &[0; 20])], "they need 4 for each of 1 to 4"),
        (&[("rates", &[1, 2]), ("bands", &[0, 1, 2, 0])], "bands[2] is 2; there are 2"),
        (&[("rates", &[1, 2]), ("bands", &[0; 4]), ("days", &[0; 2])], "one type of day"),
        (&[("rates", &[1, 2]), ("bands", &[0; 8])], "days: 0 of them for 2 blocks"),
        (&[("rates", &[1, 2]), ("bands", &[0; 8]), ("days", &[0, 2])], "days[1] is 2"),
        (&[("rates", &[1]), ("days", &[0, 0])], "no bands for them"),
        (&[("rates", &[1]), ("prices", &[1; 7])], "prices: 7 values"),
        (&[("prices", &[1, 0, 0, 0, 0, 0, 0, 1 << 20])], "prices[7] is 1048576"),
        (&[("rates", &[1 << 40])], "rates[0] is"),
        (&[("rates", &[1]), ("feed_in", &[1])], "export is left out"),
        (&[("rates", &[1]), ("export", &[1])], "export needs feed_in"),
        (&[("rates", &[1]), ("export", &[0]), ("feed_in", &[1])], "that is paid for"),
        (&[("rates", &[1]), ("export", &[1]), ("feed_in", &[1, 2])], "as many as there are rates"),
        (&[("rates", &[1]), ("tier_rates", &[1])], "tier_rates are for tiers"),
        (&[("rates", &[1]), ("tiers", &[1])], "one more than there are tiers"),
        (&[("tiers", &[5, 5]), ("tier_rates", &[1, 2, 3])], "tiers[1] is not above"),
        (&[("rates", &[1]), ("anchor", &[1])], "anchor is for lists"),
    ];
    for (members, reason) in cases {
        let message = refused(members);
        assert!(message.contains(reason), "{message} against {reason}");
    }
    let order = all.check_parameters(&bill(&[("rates", &[1])], [2, 1])).expect_err("order");
    assert!(order.to_string().contains("min 2 is above max 1"));
    let mut gas = all.clone();
    gas.channels[1] =
        Channel { quantity: Quantity::Gas, direction: Direction::Export, unit: Unit::Litre };
    let credit = bill(&[("rates", &[1]), ("export", &[1]), ("feed_in", &[1])], [0, 1]);
    assert!(gas.check_parameters(&credit).expect_err("unit").to_string().contains("another unit"));
    gas.channels[0] =
        Channel { quantity: Quantity::Power, direction: Direction::Import, unit: Unit::W };
    let power = gas.check_parameters(&bill(&[("rates", &[1])], [0, 1])).expect_err("power");
    assert!(power.to_string().contains("another quantity"));
    let members: Members<'_> = &[
        ("import", &[0]),
        ("currency", &[7]),
        ("currency_digits", &[2]),
        ("max", &[1]),
        ("rates", &[1]),
    ];
    let odd = Condition::new("bill", members, Tolerance::default()).expect("built");
    assert!(all.check_parameters(&odd).expect_err("currency").to_string().contains("capital"));
}

/// No policy holds a bill that could leave 2^62, whatever is metered; the worst that one can hold is proved.
#[test]
fn the_worst_bill_fits() {
    let mut geometry = geometry(1440, 512, 0);
    geometry.value_bits = 32;
    let meter = crate::meter::MeterKind {
        interval_seconds: 60,
        grid_offset_seconds: 0,
        channels: vec![IMPORT],
    };
    let most = i128::from((1_i64 << 62) - 1) * i128::from(CENT) / (1440 * 512 * ((1 << 32) - 1));
    let most = i64::try_from(most).expect("a rate");
    let check = |rate: i64| bill(&[("rates", &[rate])], [0, 1]).check_parameters(&geometry, &meter);
    check(most).expect("it fits");
    check(-most).expect("it fits");
    let refused = check(most + 1).expect_err("too much").to_string();
    assert!(refused.contains("2^62"), "{refused}");
    // The greatest fixed amount either way, in circuit.
    let all = stage(&NONE, &NONE);
    let fixed = (1 << 62) - 1;
    costs(&all, &[("rates", &[1]), ("fixed", &[fixed])], 4_611_686_018_427);
    costs(&all, &[("rates", &[1]), ("fixed", &[-fixed])], -4_611_686_018_428);
    let widest = [-(1 << 62) + 1, (1 << 62) - 1];
    assert!(all.agree(&bill(&[("rates", &[1]), ("fixed", &[-fixed])], widest)));
}

/// Everything at once: three types of day, `count` bands, blocks, credits and prices.
fn everything(count: usize) -> Condition {
    let rates = [CENT, 3 * CENT, -CENT, 7];
    let bands: Vec<i64> = (0..12).map(|i| i % count as i64).collect();
    let prices = [5, -5, 1000, 0, 9, 9, -1_000_000, 1_000_000];
    let members: Members<'_> = &[
        ("fixed", &[-12_345_678]),
        ("rates", &rates[..count]),
        ("bands", &bands),
        ("days", &[2, 1]),
        ("prices", &prices),
        ("export", &[1]),
        ("feed_in", &rates[..count]),
        ("feed_in_prices", &prices),
        ("tiers", &[10, 100, 1000]),
        ("tier_rates", &[1, -2, 3, -4]),
    ];
    bill(members, [-PLENTY, PLENTY])
}

#[test]
fn no_wire_is_loose() {
    let all = stage(&[9, 0, 255, 3, 4, 5, 6, 7], &[0, 1, 2, 3, 4, 255, 0, 9]);
    for count in 2..=4 {
        assert!(all.agree(&everything(count)));
        assert_eq!(all.loose_wires(&everything(count)), Vec::<usize>::new());
    }
    let flat = bill(&[("rates", &[CENT]), ("tiers", &[8, 9]), ("tier_rates", &[1, 2, 3])], [8, 8]);
    let at_threshold = stage(&ONE, &NONE);
    assert_eq!(at_threshold.loose_wires(&flat), Vec::<usize>::new());
}

#[test]
fn wrong_hints_are_noticed() {
    let all = stage(&ONE, &NONE);
    // Variables: three flags; the product with the rate; the bill.
    let flat = bill(&[("rates", &[CENT])], [0, 100]);
    for wrong in [7_u64, 9, 0] {
        assert!(all.tampered(&flat, 4, F::from(wrong)).contains(&"bill: rounding"));
    }
    assert!(all.tampered(&flat, 3, F::from(7_999_999)).contains(&"bill: rate"));
    // Three flags, then a bit for each of four slots; then two bits each.
    let two = bill(&[("rates", &[CENT, 0]), ("bands", &[0, 1, 0, 1])], [0, 100]);
    assert!(all.tampered(&two, 3, F::from(1)).contains(&"weights: band"));
    let three = bill(&[("rates", &[CENT, 0, 0]), ("bands", &[0, 1, 2, 1])], [0, 100]);
    // Slot 1 in no band that there is.
    assert!(all.tampered(&three, 6, F::from(1)).contains(&"weights: band"));
    // Eight band bits; two days.
    let members: Members<'_> =
        &[("rates", &[CENT, 0]), ("bands", &[0, 1, 0, 1, 1, 1, 1, 1]), ("days", &[0, 1])];
    let days = bill(members, [0, 100]);
    assert!(all.tampered(&days, 3 + 8 + 1, F::from(0)).contains(&"weights: type of day"));
    // Whether a block is reached: after the first block's product.
    let blocks = bill(&[("tiers", &[8]), ("tier_rates", &[CENT, 0])], [0, 100]);
    assert!(all.tampered(&blocks, 4, F::from(0)).contains(&"bill: block"));
}

#[test]
fn counts_are_pinned() {
    let all = stage(&ONE, &NONE);
    // Kind and flags 4, qualities 2 a channel, output 1, anchor 1, rounding 2 x 20, bounds 2 x 63.
    let base = |channels: usize| 4 + 2 * channels + 1 + 1 + 40 + 126;
    assert_eq!(all.constraints(&bill(&[("rates", &[1])], [0, 0])), base(1) + 1);
    // Bits of a choice of one to four; and products.
    let bits = [0, 1, 3, 2];
    for count in 2..=4_usize {
        for types in 1..=4_usize {
            let bands = vec![0; 4 * types];
            let days: &[i64] = if types > 1 { &[0, 0] } else { &[] };
            let rates = vec![1; count];
            let members: Members<'_> = &[("rates", &rates), ("bands", &bands), ("days", days)];
            let unpacked =
                4 * types * bits[count - 1] + 1 + 2 * bits[types - 1] + (types > 1) as usize;
            let split = 8 * (types - 1) + 4 * types * (count - 1);
            let expected = base(1) + unpacked + split + count;
            assert_eq!(all.constraints(&bill(members, [0, 0])), expected, "{count} {types}");
        }
    }
    let prices = all.constraints(&bill(&[("prices", &[1; 8])], [0, 0]));
    assert_eq!(prices, base(1) + 8 * 22 + 1);
    let blocks = all.constraints(&bill(&[("tiers", &[1, 2]), ("tier_rates", &[1, 2, 3])], [0, 0]));
    assert_eq!(blocks, base(1) + 1 + 2 * (12 + 3));
    let credit: Members<'_> = &[("rates", &[1]), ("export", &[1]), ("feed_in", &[1])];
    assert_eq!(all.constraints(&bill(credit, [0, 0])), base(2) + 2);
}

#[test]
fn off_says_nothing() {
    let all = stage(&[255; 8], &[255; 8]);
    for condition in [everything(4), everything(3), bill(&[("rates", &[CENT])], [0, 0])] {
        let off = Condition::off(condition.shape());
        assert!(all.agree(&off));
        assert_eq!(all.loose_wires(&off), Vec::<usize>::new());
    }
}

/// What is written is read again: with all members, with those that need be there, and off.
#[test]
fn json_is_read_as_written() {
    let least = bill(&[("rates", &[-7])], [-1, 1]);
    let off = Condition::off(everything(3).shape());
    for condition in [everything(2), everything(4), least, off] {
        let json = serde_json::to_string(&condition).expect("written");
        let read: Condition = crate::format::parse(&json, "condition", json.len()).expect("read");
        assert_eq!((read.shape(), &read), (condition.shape(), &condition));
        let shape = serde_json::to_string(&condition.shape()).expect("written");
        let read: ConditionShape =
            crate::format::parse(&shape, "shape", shape.len()).expect("read");
        assert_eq!(read, condition.shape());
    }
}

/// A bill below zero under a commitment.
#[test]
fn hidden_bills_are_committed_to() {
    let hidden = |max: i64| {
        let case = Case {
            conditions: vec![
                case::completeness(0),
                bill(
                    &[("reveal", &[2]), ("rates", &[CENT]), ("fixed", &[-300 * CENT])],
                    [-PLENTY, max],
                ),
            ],
            ..case::day()
        };
        let mut claim = case.claim();
        claim.blindings = vec![F::from(99)];
        claim
    };
    assert!(case::agree(&hidden(-170)));
    assert!(!case::agree(&hidden(-171)));
}

/// A week of both channels through the whole relation: the output is the bill.
#[test]
fn the_whole_relation_bills() {
    let readings = |k: u32| (0..40).map(|i| Reading::measured(i * k % 50)).collect();
    let bands: Vec<i64> = (0..8).map(|i| i % 3).collect();
    let terms: Members<'_> = &[
        ("rates", &[30 * CENT, 20 * CENT, 10 * CENT]),
        ("bands", &bands),
        ("days", &[0, 1, 0, 0, 1, 1, 0, 0, 0]),
        ("export", &[1]),
        ("feed_in", &[8 * CENT]),
        ("tiers", &[100]),
        ("tier_rates", &[-CENT, 0]),
        ("fixed", &[-500 * CENT]),
        ("anchor", &[case::START as i64 + 86_400]),
    ];
    let made = |max: i64| Case {
        conditions: vec![case::completeness(0), bill(terms, [-PLENTY, max])],
        readings: vec![readings(7), readings(11)],
        ..case::week()
    };
    let claim = made(PLENTY).claim();
    assert!(case::agree(&claim));
    let (statement, _) = claim.check().expect("it holds");
    let shown = statement.to_public_inputs().last().copied().expect("an output");
    let mut sum: i64 = -500;
    let mut total = 0;
    for i in 5..33_u32 {
        let (block, slot) = ((i as usize - 4) / 4, i as usize % 4);
        let day = [0, 1, 0, 0, 1, 1, 0, 0, 0][block];
        let import = i64::from(i * 7 % 50);
        sum += import * [30, 20, 10][bands[day * 4 + slot] as usize] - 8 * i64::from(i * 11 % 50);
        total += import;
    }
    sum -= total.min(100);
    assert_eq!(shown, F::from(sum) + F::from(1_u64 << 63));
    assert!(case::agree(&made(sum).claim()));
    assert!(!case::agree(&made(sum - 1).claim()));
    let words = claim.policy.words();
    assert_eq!(
        words[1].text,
        "The bill for the period, rounded down to a minor unit, is -11,529,215,046,068,469.76 EUR to 11,529,215,046,068,469.76 EUR; \
         the exact value is revealed. It adds up -5 EUR fixed, energy taken from the grid at 300 EUR/kWh, 200 EUR/kWh, 100 EUR/kWh by \
         time of day (on the meter's clock day A: 00:00 1st, 06:00 2nd, 12:00 3rd, 18:00 1st; day B: 00:00 2nd, 06:00 3rd, 12:00 1st, \
         18:00 2nd), days 1 A, 2 B, 3 to 4 A, 5 to 6 B, 7 to 9 A, energy taken from the grid at -10 EUR/kWh, 0 EUR/kWh more in blocks that end at 100 Wh, less energy fed into \
         the grid at 80 EUR/kWh. No reading may be estimated or missing."
    );
}
