use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quantity, Unit};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };

fn volume(min: i64, max: i64) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("reveal", &[1]), ("min", &[min]), ("max", &[max])];
    Condition::new("volume", members, Tolerance::default()).expect("volume")
}

fn stage(values: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT], &[values])
}

#[test]
fn only_the_period_counts() {
    let mut stage = stage(&[1, 2, 3, 4, 5, 6, 7, 8]);
    stage.period = 2..6;
    assert!(stage.agree(&volume(18, 18)));
    assert!(!stage.agree(&volume(19, 100)));
    assert_eq!(stage.failures(&volume(0, 17)), ["volume: channel 0: 18 > 17"]);
    assert_eq!(stage.violations(&volume(19, 100)), ["volume: min"]);
}

#[test]
fn no_wire_is_loose() {
    let stage = stage(&[9; 8]);
    assert_eq!(stage.loose_wires(&volume(72, 72)), Vec::<usize>::new());
    // Two bounds of 12 bits, three flags, kind, two qualities, output.
    assert_eq!(stage.constraints(&volume(0, 0)), 2 * 12 + 3 + 1 + 2 + 1);
}

#[test]
fn off_says_nothing() {
    let stage = stage(&[255; 8]);
    let off = Condition::off(volume(0, 0).shape());
    assert!(stage.agree(&off));
    assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(values in proptest::collection::vec(0_u32..256, 8), near in -2_i64..3, upper in any::<bool>()) {
        let total: i64 = values.iter().map(|v| i64::from(*v)).sum();
        let bound = (total + near).clamp(0, 4095);
        let (condition, holds) = match upper {
            true => (volume(0, bound), total <= bound),
            false => (volume(bound, 4095), total >= bound),
        };
        prop_assert_eq!(stage(&values).agree(&condition), holds);
    }
}
