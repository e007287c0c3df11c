//! `carbon` against its twin and against sums made interval by interval.

use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::hash::F;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::tests::case::{self, Case};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };

/// Above any emissions here.
const PLENTY: i64 = (1 << 62) - 1;

type Members<'a> = &'a [(&'a str, &'a [i64])];

fn carbon(members: Members<'_>, [min, max]: [i64; 2]) -> Condition {
    tolerant(members, [min, max], Tolerance::default())
}

fn tolerant(members: Members<'_>, [min, max]: [i64; 2], tolerate: Tolerance) -> Condition {
    let (min, max) = ([min], [max]);
    let mut all: Vec<(&str, &[i64])> =
        vec![("channel", &[0]), ("reveal", &[1]), ("min", &min), ("max", &max)];
    all.extend_from_slice(members);
    Condition::new("carbon", &all, tolerate).expect("carbon")
}

/// Two blocks of four slots.
fn stage(values: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT], &[values])
}

/// The emissions are these and no others.
fn emits(stage: &Stage, members: Members<'_>, grams: i64) {
    assert!(stage.agree(&carbon(members, [grams, grams])));
    assert!(!stage.agree(&carbon(members, [grams + 1, PLENTY])));
    if grams > 0 {
        assert!(!stage.agree(&carbon(members, [0, grams - 1])));
        let failures = stage.failures(&carbon(members, [0, grams - 1]));
        assert_eq!(failures, [format!("carbon: channel 0: {grams} > {}", grams - 1)]);
    }
}

const MOST: i64 = 65_535;

#[test]
fn grams_are_rounded_down() {
    for (value, factor, grams) in [
        (0, MOST, 0),
        (255, 0, 0),
        (1, 999, 0),
        (1, 1000, 1),
        (1, 1001, 1),
        (3, 333, 0),
        (3, 334, 1),
        (255, MOST, 255 * MOST / 1000),
    ] {
        emits(&stage(&[value, 0, 0, 0, 0, 0, 0, 0]), &[("factors", &[factor])], grams);
    }
    emits(&stage(&[255; 8]), &[("factors", &[MOST])], 2040 * MOST / 1000);
    // The sum is rounded, not each interval.
    emits(&stage(&[1; 8]), &[("factors", &[125])], 1);
}

#[test]
fn factors_go_by_time_of_day_or_by_interval() {
    let all = stage(&[1, 10, 100, 200, 2, 20, 50, 150]);
    let bands: Members<'_> = &[
        ("factors", &[1000, 2000, 5000]),
        ("bands", &[0, 1, 2, 0, 1, 1, 1, 1]),
        ("days", &[0, 1]),
    ];
    emits(&all, bands, 1 + 20 + 500 + 200 + 2 * 222);
    let each: Members<'_> = &[("intensities", &[1000, 0, MOST, 0, 0, 0, 0, 1000])];
    emits(&all, each, (1000 + 100 * MOST + 150_000) / 1000);
    let mut part = all.clone();
    part.period = 3..6;
    emits(&part, bands, 200 + 2 * 22);
    emits(&part, each, 0);
}

#[test]
fn missing_readings_count_as_zero_if_tolerated() {
    let mut all = stage(&[100; 8]);
    all.readings[0][2] = Reading::MISSING;
    let missing = Tolerance { estimated: false, missing: true };
    assert!(all.agree(&tolerant(&[("factors", &[10])], [7, 7], missing)));
    assert!(!all.agree(&carbon(&[("factors", &[10])], [7, 7])));
    assert_eq!(
        all.violations(&carbon(&[("factors", &[10])], [7, 7])),
        ["condition: missing readings"]
    );
}

#[test]
fn contradictions_are_refused() {
    let all = stage(&[1; 8]);
    let start = all.block_start as i64;
    let cases: &[(Members<'_>, &str)] = &[
        (&[], "it needs factors or intensities"),
        (&[("factors", &[1]), ("intensities", &[1; 8])], "are both there"),
        (&[("factors", &[1, 2])], "bands say which is when"),
        (&[("intensities", &[1; 8]), ("bands", &[0; 4])], "two values or more in factors"),
        (&[("factors", &[1 << 16])], "factors[0] is 65536"),
        (&[("factors", &[1]), ("anchor", &[start])], "anchor is for lists"),
    ];
    for (members, reason) in cases {
        let refused = all.check_parameters(&carbon(members, [0, 1])).expect_err(reason).to_string();
        assert!(refused.contains(reason), "{refused} against {reason}");
    }
    assert!(all.check_parameters(&carbon(&[("factors", &[1])], [2, 1])).is_err());
}

#[test]
fn lists_over_the_grid_are_for_their_period() {
    let all = stage(&[10; 8]);
    let start = all.block_start as i64;
    for (anchor, holds) in [(0, true), (start, true), (start + 1, false)] {
        let condition = carbon(&[("intensities", &[100; 8]), ("anchor", &[anchor])], [8, 8]);
        assert_eq!(all.agree(&condition), holds);
    }
}

/// Greatest values of the greatest circuit: nothing overflows.
#[test]
fn the_worst_sum_fits() {
    let total = (1440 * 512) * ((1_i128 << 32) - 1);
    assert!(total * i128::from(MOST) / 1000 < 1 << 59);
}

#[test]
fn no_wire_is_loose() {
    let all = stage(&[9, 0, 255, 3, 4, 5, 6, 7]);
    for count in 2..=4_i64 {
        let bands: Vec<i64> = (0..12).map(|i| i % count).collect();
        let factors: Vec<i64> = (0..count).collect();
        let members: Members<'_> = &[("factors", &factors), ("bands", &bands), ("days", &[2, 1])];
        let condition = carbon(members, [0, PLENTY]);
        assert_eq!(all.loose_wires(&condition), Vec::<usize>::new());
        let off = Condition::off(condition.shape());
        assert!(all.agree(&off));
        assert_eq!(all.loose_wires(&off), Vec::<usize>::new());
    }
    let series = carbon(&[("intensities", &[0, 1, 2, 3, 4, 5, 6, MOST])], [0, PLENTY]);
    assert_eq!(all.loose_wires(&series), Vec::<usize>::new());
    assert!(stage(&[255; 8]).agree(&Condition::off(series.shape())));
}

#[test]
fn wrong_hints_are_noticed() {
    // Variables: three flags; the product with the factor; the grams.
    let flat = carbon(&[("factors", &[1000])], [0, 100]);
    for wrong in [7_u64, 9, 0] {
        assert!(stage(&[1; 8]).tampered(&flat, 4, F::from(wrong)).contains(&"carbon: rounding"));
    }
    assert!(stage(&[1; 8]).tampered(&flat, 3, F::from(8001)).contains(&"carbon: factor"));
    // Lowest bit of the first interval's factor.
    let series = carbon(&[("intensities", &[1000; 8])], [0, 100]);
    let noticed = stage(&[1; 8]).tampered(&series, 3, F::from(1));
    assert!(noticed.contains(&"weights: series word"));
}

#[test]
fn counts_are_pinned() {
    let all = stage(&[1; 8]);
    // Kind and flags 4, qualities 2, output 1, anchor 1, rounding 2 x 10, bounds 2 x 62.
    let base = 4 + 2 + 1 + 1 + 20 + 124;
    assert_eq!(all.constraints(&carbon(&[("factors", &[1])], [0, 0])), base + 1);
    let members: Members<'_> = &[("factors", &[1; 4]), ("bands", &[0; 8]), ("days", &[0; 2])];
    let bands = 8 * 2 + 1 + 2 + 1 + 8 + 8 * 3 + 4;
    assert_eq!(all.constraints(&carbon(members, [0, 0])), base + bands);
    assert_eq!(all.constraints(&carbon(&[("intensities", &[1; 8])], [0, 0])), base + 8 * 17 + 1);
}

#[test]
fn the_whole_relation_accounts() {
    let readings = (0..40).map(|i| Reading::measured(i * 7 % 50)).collect();
    let members: Members<'_> = &[("factors", &[380, 120]), ("bands", &[0, 1, 1, 0])];
    let made = |max: i64| Case {
        conditions: vec![case::completeness(0), carbon(members, [0, max])],
        readings: vec![readings],
        ..case::week()
    };
    let sum: i64 = (5..33).map(|i| i * 7 % 50 * [380, 120, 120, 380][i as usize % 4]).sum();
    let case = made(sum / 1000);
    let claim = case.claim();
    assert!(case::agree(&claim));
    let over = Case {
        conditions: vec![case::completeness(0), carbon(members, [0, sum / 1000 - 1])],
        ..case
    };
    assert!(!case::agree(&over.claim()));
    let words = claim.policy.words();
    assert_eq!(
        words[1].text,
        "The emissions of energy taken from the grid over the period, rounded down to a gram of CO2 equivalent, are 0 kg to 0.18 kg; \
         the exact value is revealed. The emission factor is 380 g/kWh, 120 g/kWh by time of day (on the meter's clock 00:00 1st, 06:00 2nd, \
         18:00 1st). No reading may be estimated or \
         missing."
    );
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        30 => (0_u32..256).prop_map(Reading::measured),
        6 => prop_oneof![Just(0_u32), Just(1), Just(255)].prop_map(Reading::measured),
        1 => (0_u32..256).prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ]
}

fn factor() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0_i64..1200, 1 => prop_oneof![Just(0_i64), Just(1000), Just(MOST)]]
}

proptest! {
    #![proptest_config(cases())]

    /// Bounds at most two off what is emitted; more than half fail.
    #[test]
    fn twin_and_circuit_agree(
        readings in proptest::collection::vec(reading(), 12),
        begin in 0_usize..3,
        length in 1_usize..13,
        (count, types, by_interval) in (1_usize..5, 1_usize..5, any::<bool>()),
        factors in proptest::collection::vec(factor(), 12),
        bands in proptest::collection::vec(0_i64..4, 12),
        days in proptest::collection::vec(0_i64..4, 4),
        near in -2_i64..2,
        upper in any::<bool>(),
        (estimated, missing) in prop_oneof![2 => Just((true, true)), 1 => any::<(bool, bool)>()],
    ) {
        let mut stage = Stage::measured(geometry(3, 4, 0), &[IMPORT], &[&[]]);
        stage.readings = vec![readings];
        stage.period = begin..(begin + length).min(12);
        let types = if count == 1 { 1 } else { types };
        let bands: Vec<i64> = bands.iter().cycle().take(3 * types).map(|b| b % count as i64).collect();
        let days: Vec<i64> = days.iter().map(|d| d % types as i64).collect();
        let mut members: Vec<(&str, &[i64])> = Vec::new();
        if by_interval {
            members.push(("intensities", &factors));
        } else {
            members.push(("factors", &factors[..count]));
            if count > 1 {
                members.push(("bands", &bands));
            }
            if types > 1 {
                members.push(("days", &days));
            }
        }
        let inside = &stage.readings[0][stage.period.clone()];
        let emitted: i64 = stage.period.clone().zip(inside).map(|(i, reading)| {
            let day = if types > 1 { days[i / 3] as usize } else { 0 };
            let band = if count > 1 { bands[3 * day + i % 3] as usize } else { 0 };
            i64::from(reading.value) * factors[if by_interval { i } else { band }]
        }).sum();
        let grams = emitted / 1000;
        let bounds = if upper { [0, grams + near] } else { [grams - near, PLENTY] };
        prop_assume!(bounds[0] >= 0 && bounds[1] >= 0);
        let bad = |quality| inside.iter().any(|r| r.quality == quality);
        let holds = near >= 0
            && (estimated || !bad(Quality::Estimated))
            && (missing || !bad(Quality::Missing));
        let condition = tolerant(&members, bounds, Tolerance { estimated, missing });
        prop_assert_eq!(stage.agree(&condition), holds);
    }
}
