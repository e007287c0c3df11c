use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
const ALL: Tolerance = Tolerance { estimated: true, missing: true };

fn ramp(max_up: i64, max_down: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("max_up", &[max_up]), ("max_down", &[max_down])];
    Condition::new("ramp", members, tolerate).expect("ramp")
}

fn strict(max_up: i64, max_down: i64) -> Condition {
    ramp(max_up, max_down, Tolerance::default())
}

fn stage(values: &[u32; 8]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT], &[values])
}

#[test]
fn each_way_has_its_bound() {
    let stage = stage(&[10, 15, 15, 7, 7, 8, 9, 4]);
    assert!(stage.agree(&strict(5, 8)));
    assert!(!stage.agree(&strict(4, 8)));
    assert!(!stage.agree(&strict(5, 7)));
    assert_eq!(stage.violations(&strict(4, 8)), ["ramp: up"]);
    assert_eq!(stage.violations(&strict(5, 7)), ["ramp: down"]);
    let found = stage.failures(&strict(4, 7));
    assert_eq!(
        found,
        [
            "ramp: channel 0 at 1296550800 (Unix seconds): 5 > 4",
            "ramp: channel 0 at 1296558000 (Unix seconds): -8 < -7",
        ]
    );
}

#[test]
fn every_pair_at_the_edges() {
    let edges = [0, 1, 127, 128, 254, 255];
    for a in edges {
        for b in edges {
            let stage = stage(&[a, b, b, b, b, b, b, b]);
            let (up, down) = (i64::from(b) - i64::from(a), i64::from(a) - i64::from(b));
            for up_bound in [0, 1, up - 1, up, 254, 255].map(|x| x.clamp(0, 255)) {
                for down_bound in [0, down - 1, down, 255].map(|x| x.clamp(0, 255)) {
                    let holds = up <= up_bound && down <= down_bound;
                    assert_eq!(stage.agree(&strict(up_bound, down_bound)), holds, "{a} {b}");
                }
            }
        }
    }
}

#[test]
fn only_neighbours_inside_the_period_count() {
    let mut stage = stage(&[255, 10, 10, 11, 10, 10, 255, 0]);
    assert!(!stage.agree(&strict(1, 1)));
    stage.period = 1..6;
    assert!(stage.agree(&strict(1, 1)));
    assert!(!stage.agree(&strict(0, 1)));
    assert!(!stage.agree(&strict(1, 0)));
    // Nor does a lone interval.
    stage.period = 3..4;
    assert!(stage.agree(&strict(0, 0)));
}

#[test]
fn a_missing_reading_takes_its_changes_with_it() {
    let mut stage = stage(&[10, 10, 0, 200, 200, 200, 200, 200]);
    stage.readings[0][2] = Reading::MISSING;
    assert!(!stage.agree(&strict(255, 255)));
    assert!(stage.agree(&ramp(0, 0, ALL)));
    stage.readings[0][2] = Reading { value: 10, quality: Quality::Estimated };
    assert!(!stage.agree(&strict(255, 255)));
    assert!(!stage.agree(&ramp(189, 0, ALL)));
    assert!(stage.agree(&ramp(190, 0, ALL)));
}

#[test]
fn off_says_nothing() {
    let mut stage = stage(&[0, 255, 0, 255, 255, 0, 1, 254]);
    stage.readings[0][3] = Reading::MISSING;
    let off = Condition::off(strict(0, 0).shape());
    assert!(stage.agree(&off));
    assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&[10, 15, 15, 7, 7, 8, 9, 4]);
    assert_eq!(stage.loose_wires(&strict(5, 8)), Vec::<usize>::new());
    stage.readings[0][3] = Reading::MISSING;
    assert_eq!(stage.loose_wires(&ramp(5, 8, ALL)), Vec::<usize>::new());
    // Seven pairs of two products and twice 9 bits; three flags, kind, two qualities.
    assert_eq!(stage.constraints(&strict(0, 0)), 7 * (2 + 2 * 9) + 3 + 1 + 2);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        values in proptest::array::uniform8((0_u32..256, 0_u8..20)),
        near in (-2_i64..2, -2_i64..2),
        tolerate in any::<bool>(),
        period in (0_usize..4, 4_usize..9),
    ) {
        let reading = |(value, quality): (u32, u8)| match quality {
            0 => Reading::MISSING,
            1 => Reading { value, quality: Quality::Estimated },
            _ => Reading::measured(value),
        };
        let mut stage = stage(&[0; 8]);
        stage.readings = vec![values.map(reading).to_vec()];
        stage.period = period.0..period.1.max(period.0 + 1);
        let inside = &stage.readings[0][stage.period.clone()];
        let (mut up, mut down) = (0, 0);
        for i in 1..inside.len() {
            if inside[i - 1].quality != Quality::Missing && inside[i].quality != Quality::Missing {
                let change = i64::from(inside[i].value) - i64::from(inside[i - 1].value);
                up = up.max(change);
                down = down.max(-change);
            }
        }
        let bounds = ((up + near.0).clamp(0, 255), (down + near.1).clamp(0, 255));
        let measured = inside.iter().all(|r| r.quality == Quality::Measured);
        let tolerance = Tolerance { estimated: tolerate, missing: tolerate };
        let holds = up <= bounds.0 && down <= bounds.1 && (measured || tolerate);
        prop_assert_eq!(stage.agree(&ramp(bounds.0, bounds.1, tolerance)), holds);
    }
}
