use super::random::{channel, channels, of_quality, period};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::tests::case;
use proptest::prelude::*;

const POWER: Channel = channel(Quantity::Power, Direction::Generation, Unit::W);

/// 1 threshold, 2 whether estimated readings count, 3 what is excluded, 4 least share.
fn availability(threshold: i64, estimated: bool, excluded: &[i64], min: i64) -> Condition {
    let flag = [i64::from(estimated)];
    let mut members: Vec<(&str, &[i64])> = vec![
        ("channel", &[0]),
        ("reveal", &[1]),
        ("estimated_counts", &flag),
        ("excluded", excluded),
    ];
    let (threshold, min) = ([threshold], [min]);
    members.extend([("threshold", &threshold[..]), ("min_ppm", &min)]);
    Condition::new("availability", &members, Tolerance::default()).expect("availability")
}

fn stage(values: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[POWER], &[values])
}

#[test]
fn shares_hold_exactly() {
    let stage = stage(&[0, 1, 9, 10, 11, 255, 10, 9]);
    for (threshold, ppm) in
        [(0, 1_000_000), (1, 875_000), (10, 500_000), (11, 250_000), (255, 125_000)]
    {
        assert!(stage.agree(&availability(threshold, false, &[], ppm)), "{threshold}");
        if ppm < 1_000_000 {
            assert!(!stage.agree(&availability(threshold, false, &[], ppm + 1)), "{threshold}");
        }
    }
    let failures = stage.failures(&availability(10, false, &[], 500_001));
    assert_eq!(failures, ["availability: channel 0: 500000 < 500001"]);
}

/// 2 of 3 are 666,666.67 millionths: shown rounded down, and at least 666,666 but not 666,667.
#[test]
fn scores_are_rounded_down() {
    let mut stage = stage(&[5, 5, 0, 0, 0, 0, 0, 0]);
    stage.period = 0..3;
    assert!(stage.agree(&availability(5, false, &[], 666_666)));
    assert!(!stage.agree(&availability(5, false, &[], 666_667)));
}

#[test]
fn it_judges_qualities_itself() {
    let mut stage = stage(&[0; 8]);
    stage.readings[0][2] = Reading::MISSING;
    stage.readings[0][5] = of_quality(0, 1);
    assert!(stage.agree(&availability(0, false, &[], 750_000)));
    assert!(!stage.agree(&availability(0, false, &[], 750_001)));
    assert!(stage.agree(&availability(0, true, &[], 875_000)));
    assert!(!stage.agree(&availability(0, true, &[], 875_001)));
}

#[test]
fn what_is_excluded_counts_neither_way() {
    let mut stage = stage(&[9, 0, 9, 0, 9, 9, 9, 9]);
    stage.period = 1..7;
    let out = [1, 0, 1, 1, 0, 0, 0, 1];
    // Of slots 1, 4, 5 and 6 three are good.
    assert!(stage.agree(&availability(9, false, &out, 750_000)));
    assert!(!stage.agree(&availability(9, false, &out, 750_001)));
    // A list of nothing is no exclusion.
    assert!(stage.agree(&availability(9, false, &[0; 8], 666_666)));
}

#[test]
fn nothing_left_is_not_available() {
    let mut stage = stage(&[9; 8]);
    stage.period = 2..5;
    let condition = availability(0, false, &[0, 0, 1, 1, 1, 0, 0, 0], 0);
    assert!(!stage.agree(&condition));
    let text = "availability: channel 0: every interval is left out, so there is no availability";
    assert_eq!(stage.failures(&condition), [text]);
    assert_eq!(stage.violations(&condition), ["availability: score"]);
}

#[test]
fn lists_are_for_their_period() {
    let stage = stage(&[9; 8]);
    for (anchor, holds) in [(0, true), (stage.block_start, true), (stage.block_start + 1, false)] {
        let anchor = [anchor as i64];
        let members: &[(&str, &[i64])] = &[
            ("channel", &[0]),
            ("threshold", &[9]),
            ("excluded", &[0; 8]),
            ("anchor", &anchor),
            ("min_ppm", &[0]),
        ];
        let condition =
            Condition::new("availability", members, Tolerance::default()).expect("availability");
        assert_eq!(stage.agree(&condition), holds);
    }
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("threshold", &[9]), ("anchor", &[5]), ("min_ppm", &[0])];
    let alone =
        Condition::new("availability", members, Tolerance::default()).expect("availability");
    assert!(stage.check_parameters(&alone).is_err());
    assert!(stage.check_parameters(&availability(0, false, &[0; 7], 0)).is_err());
    assert!(stage.check_parameters(&availability(0, false, &[2; 8], 0)).is_err());
    assert!(stage.check_parameters(&availability(256, false, &[], 0)).is_err());
    assert!(stage.check_parameters(&availability(0, false, &[], 1_000_001)).is_err());
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&[9, 8, 255, 0, 0, 7, 9, 10]);
    stage.readings[0][3] = Reading::MISSING;
    stage.readings[0][7].quality = Quality::Estimated;
    stage.period = 1..8;
    let out = [0, 1, 0, 0, 0, 1, 0, 0];
    for (excluded, flag) in [(&[][..], false), (&[], true), (&out, false), (&out, true)] {
        let condition = availability(9, flag, excluded, 0);
        assert_eq!(stage.loose_wires(&condition), Vec::<usize>::new());
        // A flag, kind, output, anchor; a score of 20 bits and its division by a count of 4.
        let once = 1 + 1 + 1 + 1 + 20 + (2 * 4 + 1);
        let slots = if excluded.is_empty() { 8 * (9 + 2) } else { 8 * (9 + 2 + 3) + 1 };
        assert_eq!(stage.constraints(&condition), once + slots);
    }
}

/// Variables: a flag; then bits of the list, none here; estimated, eight bits of the comparison, good.
#[test]
fn hints_are_held() {
    let stage = stage(&[9; 8]);
    let condition = availability(10, false, &[], 0);
    assert_eq!(stage.tampered(&condition, 1, 1.into())[0], "availability: estimated");
    assert_eq!(stage.tampered(&condition, 9, 1.into())[0], "availability: threshold");
    assert_eq!(stage.tampered(&condition, 10, 1.into())[0], "availability: good");
    // A score too low by one leaves a rest as large as what it is divided by.
    let stage = super::availability::stage(&[10; 8]);
    let spare = 1 + 8 * 10;
    let broken = stage.tampered(&condition, spare + 6, 0.into());
    assert!(broken.contains(&"availability: score"), "{broken:?}");
}

#[test]
fn off_says_nothing() {
    for reading in [Reading::MISSING, Reading::measured(0), Reading::measured(255)] {
        let mut stage = stage(&[0; 8]);
        stage.readings[0] = vec![reading; 8];
        stage.period = 3..4;
        for list in [&[][..], &[1; 8]] {
            let off = Condition::off(availability(255, false, list, 1_000_000).shape());
            assert!(stage.agree(&off));
            assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
        }
    }
}

/// Through the whole relation: the list begins with the block that holds the period's start, not with the period.
#[test]
fn a_claim_with_a_list_over_the_grid() {
    let mut readings = vec![Reading::measured(9); 40];
    // One bad interval in the period, from slot 5 of the readings on: slot 6 of the second block's grid.
    readings[10] = Reading::measured(8);
    let case = |out: usize, ppm: i64| {
        let mut list = [0; 36];
        list[out] = 1;
        case::Case {
            conditions: vec![case::completeness(0), availability(9, false, &list, ppm)],
            readings: vec![readings.clone()],
            channels: vec![POWER],
            ..case::week()
        }
    };
    assert!(case::agree(&case(6, 1_000_000).claim()));
    assert!(!case::agree(&case(7, 1_000_000).claim()));
    // 26 of 27; and 27 of 28 where the slot left out is not in the period.
    assert!(case::agree(&case(7, 962_962).claim()));
    assert!(!case::agree(&case(0, 964_286).claim()));
    assert!(case::agree(&case(0, 964_285).claim()));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in channels::<1>(), period in period(), flag in any::<bool>(), pick in 0_usize..8, above in 0_i64..2,
        excluded in prop_oneof![Just(vec![]), proptest::collection::vec(0_i64..2, 8), Just(vec![1; 8])], short in 0_i64..2,
    ) {
        // At a reading, or just above it.
        let threshold = (i64::from(readings[0][pick].value) + above).min(255);
        let counts = |i: &usize| excluded.get(*i).is_none_or(|out| *out == 0);
        let counted: Vec<_> = period.clone().filter(counts).map(|i| readings[0][i]).collect();
        let is_good = |r: &&Reading| i64::from(r.value) >= threshold
            && (r.quality == Quality::Measured || r.quality == Quality::Estimated && flag);
        let good = counted.iter().filter(is_good).count() as i64;
        let score = good * 1_000_000 / (counted.len() as i64).max(1);
        let min = (score + short).min(1_000_000);
        let condition = availability(threshold, flag, &excluded, min);
        let stage = super::random::stage(&[POWER], readings, period);
        prop_assert_eq!(stage.agree(&condition), score >= min && !counted.is_empty());
    }
}
