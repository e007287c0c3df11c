use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, MILLION, Tolerance};
use crate::hash::F;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::policy::CalendarUnit;
use crate::relation::tests::case::{Case, agree, completeness, day, small};
use proptest::prelude::*;

const GENERATION: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Generation, unit: Unit::Wh };
const CONSUMPTION: Channel = Channel { direction: Direction::Consumption, ..GENERATION };

fn matching(min_ppm: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("generation", &[0]), ("consumption", &[1]), ("reveal", &[1]), ("min_ppm", &[min_ppm])];
    Condition::new("matching", members, tolerate).expect("matching")
}

fn strict(min_ppm: i64) -> Condition {
    matching(min_ppm, Tolerance::default())
}

fn tolerant(min_ppm: i64) -> Condition {
    matching(min_ppm, Tolerance { estimated: true, missing: true })
}

fn stage(generation: &[u32], consumption: &[u32]) -> Stage {
    let geometry = geometry(4, u16::try_from(generation.len() / 4).expect("small"), 0);
    Stage::measured(geometry, &[GENERATION, CONSUMPTION], &[generation, consumption])
}

const MISSING: Reading = Reading::MISSING;

#[test]
fn surplus_of_one_interval_does_not_serve_another() {
    // Matched 3 + 0 + 4 + 255 of 5 + 9 + 4 + 255.
    let stage = stage(&[3, 0, 200, 255], &[5, 9, 4, 255]);
    let score = 262 * MILLION / 273;
    assert!(stage.agree(&strict(score)));
    assert!(!stage.agree(&strict(score + 1)));
    let found = stage.failures(&strict(MILLION));
    assert_eq!(found, ["matching: channel 1: 959706 < 1000000"]);
    let noticed = stage.violations(&strict(score + 1));
    assert!(!noticed.is_empty() && noticed.iter().all(|rule| *rule == "matching: score"));
}

#[test]
fn every_pair_at_the_edges() {
    let edges = [0, 1, 127, 128, 254, 255];
    for g in edges {
        for c in edges {
            for (low, high) in [(0, 0), (0, 255), (255, 0)] {
                let stage = stage(&[g, low, 0, 0], &[c, high, 0, 0]);
                let (matched, all) = (g.min(c) + low.min(high), c + high);
                let score = i64::from(matched) * MILLION / i64::from(all.max(1));
                for min in [score - 1, score, score + 1, 0, MILLION] {
                    let min = min.clamp(0, MILLION);
                    assert_eq!(stage.agree(&strict(min)), score >= min, "{g} {c} {min}");
                }
            }
        }
    }
}

/// No consumption, no score: it counts as zero.
#[test]
fn nothing_consumed_matches_nothing() {
    let stage = stage(&[255; 4], &[0; 4]);
    assert!(stage.agree(&strict(0)));
    assert!(!stage.agree(&strict(1)));
    let found = stage.failures(&strict(1));
    assert_eq!(found, ["matching: channel 1: nothing was consumed, so there is no score"]);
}

#[test]
fn a_missing_reading_never_raises_the_score() {
    let mut stage = stage(&[5, 5, 5, 5], &[5, 5, 5, 5]);
    stage.readings[0][2] = MISSING;
    assert!(!stage.agree(&strict(0)));
    assert!(stage.agree(&tolerant(750_000)));
    assert!(!stage.agree(&tolerant(750_001)));
    stage.readings[1][2] = MISSING;
    assert!(!stage.agree(&strict(0)));
    assert!(!stage.agree(&tolerant(0)));
    assert_eq!(stage.violations(&tolerant(0)), ["matching: missing consumption"]);
    let found = stage.failures(&tolerant(0));
    assert_eq!(found, ["matching: channel 1 at 1296554400 (Unix seconds): the reading is missing"]);
    // Outside the period nobody asks.
    stage.period = 0..2;
    assert!(stage.agree(&strict(MILLION)));
    stage.readings[1][0] = Reading { value: 10, quality: Quality::Estimated };
    assert!(!stage.agree(&strict(0)));
    assert!(stage.agree(&tolerant(666_666)));
}

#[test]
fn off_says_nothing() {
    let mut stage = stage(&[0, 255, 1, 9], &[255, 0, 9, 1]);
    stage.readings[0][0] = MISSING;
    stage.readings[1][3] = MISSING;
    let off = Condition::off(strict(0).shape());
    assert!(stage.agree(&off));
    assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
    stage.readings[1] = vec![Reading::measured(0); 4];
    assert!(stage.agree(&off));
}

#[test]
fn no_wire_is_loose() {
    for consumption in [[10, 10, 255, 7], [0; 4]] {
        let stage = stage(&[3, 10, 200, 255], &consumption);
        assert_eq!(stage.loose_wires(&strict(0)), Vec::<usize>::new());
        // Each slot 8 + 1 bits and a product; missing consumption, two for none, 20 bits, a product, two remainders of 11 bits;
        // three flags, kind, two qualities on two channels, output.
        let once = 1 + 2 + 20 + 1 + 2 * 11 + 3 + 1 + 4 + 1;
        assert_eq!(stage.constraints(&strict(0)), 4 * 10 + once);
    }
}

/// The score's hints, one after another: each is noticed.
#[test]
fn a_changed_score_is_noticed() {
    let stage = stage(&[3, 10, 200, 255], &[10, 10, 255, 7]);
    // Three flags, then for each slot 8 bits and a product, then `none`, then the score's bits.
    let none = 3 + 4 * 9;
    let noticed = stage.tampered(&strict(0), none, F::from(1));
    assert!(noticed.contains(&"matching: nothing consumed"), "{noticed:?}");
    let lowest = stage.tampered(&strict(0), none + 1, F::from(0));
    let other = stage.tampered(&strict(0), none + 1, F::from(1));
    assert!([lowest, other].iter().any(|noticed| noticed.contains(&"matching: score")));
    let top = stage.tampered(&strict(0), 3 + 7, F::from(1));
    let other = stage.tampered(&strict(0), 3 + 7, F::from(0));
    assert!([top, other].iter().any(|noticed| !noticed.is_empty()));
    let unmet = stage.tampered(&strict(0), 3 + 8, F::from(0));
    assert!(unmet.contains(&"matching: lesser"), "{unmet:?}");
}

#[test]
fn bad_policies_are_refused() {
    let one = Condition::new(
        "matching",
        &[("generation", &[1]), ("consumption", &[1])],
        Tolerance::default(),
    );
    let stage = stage(&[1; 4], &[1; 4]);
    let fault = stage.check_parameters(&one.expect("members")).expect_err("one channel");
    assert!(fault.to_string().contains("name two"), "{fault}");
    let mut other = stage;
    other.channels[0] = Channel { unit: Unit::Wh, quantity: Quantity::Heat, ..GENERATION };
    let fault = other.check_parameters(&strict(0)).expect_err("another quantity");
    assert!(fault.to_string().contains("differ in quantity or unit"), "{fault}");
    assert!(other.check_parameters(&strict(MILLION + 1)).is_err());
}

/// Both channels of one meter, through the whole relation.
#[test]
fn the_whole_relation_matches_two_channels() {
    let readings = |values: [u32; 4]| values.map(Reading::measured).to_vec();
    let case = |min: i64| Case {
        geometry: small(true, 1, 1),
        unit: CalendarUnit::Day,
        conditions: vec![completeness(MILLION), strict(min)],
        readings: vec![readings([3, 0, 200, 255]), readings([5, 9, 4, 255])],
        channels: vec![GENERATION, CONSUMPTION],
        ..day()
    };
    let claim = case(959_706).claim();
    assert!(agree(&claim));
    assert_eq!(claim.check().expect("holds").0.outputs, [F::from(959_706)]);
    assert!(!agree(&case(959_707).claim()));
    assert_eq!(
        claim.policy.words()[1].text,
        "Counted interval by interval, at least 95.9706 % of energy consumed was met by energy generated of the same 6 hours; \
         the exact value is revealed. No reading may be estimated or missing."
    );
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        generation in proptest::collection::vec((0_u32..256, 0_u8..12), 8),
        consumption in proptest::collection::vec((0_u32..256, 0_u8..24), 8),
        scale in 0_u32..3,
        near in -2_i64..2,
        tolerate in any::<bool>(),
        period in (0_usize..4, 5_usize..9),
    ) {
        let reading = |(value, quality): (u32, u8)| match quality {
            0 => MISSING,
            1 => Reading { value: value >> (3 * scale), quality: Quality::Estimated },
            _ => Reading::measured(value >> (3 * scale)),
        };
        let mut stage = stage(&[0; 8], &[0; 8]);
        stage.readings = vec![generation.into_iter().map(reading).collect(), consumption.into_iter().map(reading).collect()];
        stage.period = period.0..period.1;
        let inside = stage.period.clone();
        let (g, c) = (&stage.readings[0][inside.clone()], &stage.readings[1][inside]);
        let matched: i64 = g.iter().zip(c).map(|(g, c)| i64::from(g.value.min(c.value))).sum();
        let all: i64 = c.iter().map(|c| i64::from(c.value)).sum();
        let score = matched * MILLION / all.max(1);
        let min = (score + near).clamp(0, MILLION);
        let bad = |readings: &[Reading], quality| readings.iter().any(|r| r.quality == quality);
        let fine = !bad(c, Quality::Missing)
            && (tolerate || ![g, c].iter().any(|r| bad(r, Quality::Missing) || bad(r, Quality::Estimated)));
        let condition = if tolerate { tolerant(min) } else { strict(min) };
        prop_assert_eq!(stage.agree(&condition), fine && score >= min);
    }
}
