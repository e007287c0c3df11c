use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
const AT_MOST: i64 = 0;
const AT_LEAST: i64 = 1;

fn constant(bound: i64, value: i64) -> Condition {
    let members: &[(&str, &[i64])] = &[("channel", &[0]), ("bound", &[bound]), ("value", &[value])];
    Condition::new("limit", members, Tolerance { estimated: true, missing: true }).expect("limit")
}

fn schedule(bound: i64, schedule: &[i64], anchor: i64) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("bound", &[bound]), ("schedule", schedule), ("anchor", &[anchor])];
    Condition::new("limit", members, Tolerance { estimated: true, missing: true }).expect("limit")
}

fn stage(values: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT], &[values])
}

/// A schedule made for one period proves nothing about another.
#[test]
fn schedules_are_for_their_period() {
    let stage = stage(&[5; 8]);
    let start = stage.block_start as i64;
    for bound in [AT_MOST, AT_LEAST] {
        for (anchor, ok) in [(0, true), (start, true), (start + 1, false), (start - 3600, false)] {
            let condition = schedule(bound, &[5; 8], anchor);
            assert_eq!(stage.agree(&condition), ok, "{anchor}");
            if !ok {
                assert_eq!(stage.violations(&condition), ["condition: anchor"]);
            }
        }
    }
    let untied = [("channel", &[0][..]), ("bound", &[0]), ("value", &[5]), ("anchor", &[start])];
    let untied = Condition::new("limit", &untied, Tolerance::default()).expect("limit");
    assert!(stage.check_parameters(&untied).is_err());
}

#[test]
fn no_wire_is_loose() {
    let stage = stage(&[9; 8]);
    for bound in [AT_MOST, AT_LEAST] {
        for condition in [constant(bound, 9), schedule(bound, &[9; 8], 0)] {
            assert_eq!(stage.loose_wires(&condition), Vec::<usize>::new(), "{condition:?}");
        }
    }
    // Flags and kind, qualities, anchor; then 8 bits a slot, and a word of 8 lanes.
    assert_eq!(stage.constraints(&constant(AT_MOST, 9)), 4 + 2 + 1 + 8 * 8);
    assert_eq!(stage.constraints(&constant(AT_LEAST, 9)), 4 + 2 + 1 + 8 * 9);
    assert_eq!(stage.constraints(&schedule(AT_MOST, &[9; 8], 0)), 4 + 2 + 1 + 8 * 8 + 1);
    assert_eq!(stage.constraints(&schedule(AT_LEAST, &[9; 8], 0)), 4 + 2 + 1 + 8 * 17 + 1);
}

#[test]
fn off_says_nothing() {
    for values in [[0; 8], [255; 8]] {
        let mut stage = stage(&values);
        stage.readings[0][3] = Reading::MISSING;
        stage.readings[0][4].quality = Quality::Estimated;
        for bound in [AT_MOST, AT_LEAST] {
            for condition in [constant(bound, 9), schedule(bound, &[9; 8], 0)] {
                assert!(
                    stage.agree(&Condition::off(condition.shape())),
                    "{values:?} {condition:?}"
                );
            }
        }
    }
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        8 => (0_u32..256).prop_map(Reading::measured),
        2 => prop_oneof![Just(0_u32), Just(255)].prop_map(Reading::measured),
        1 => (0_u32..256).prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ]
}

proptest! {
    #![proptest_config(cases())]

    /// Bounds are taken from the readings themselves, so that most cases are at the edge: at one interval one off, or not.
    #[test]
    fn twin_and_circuit_agree(
        readings in proptest::collection::vec(reading(), 8),
        bound in AT_MOST..=AT_LEAST,
        scheduled in any::<bool>(),
        (from, to) in (0_usize..3, 5_usize..9),
        off_by_one in proptest::option::of(0_usize..8),
    ) {
        let mut stage = stage(&[0; 8]);
        stage.readings = vec![readings.clone()];
        stage.period = from..to;
        let step = if bound == AT_MOST { -1 } else { 1 };
        let near = |i: usize| {
            let off = if off_by_one == Some(i) { step } else { 0 };
            (i64::from(readings[i].value) + off).clamp(0, 255)
        };
        let inside = (from..to).filter(|i| readings[*i].quality != Quality::Missing).map(near);
        let condition = match scheduled {
            true => schedule(bound, &(0..8).map(near).collect::<Vec<_>>(), 0),
            false if bound == AT_MOST => constant(bound, inside.max().unwrap_or(0)),
            false => constant(bound, inside.min().unwrap_or(0)),
        };
        stage.agree(&condition);
    }
}
