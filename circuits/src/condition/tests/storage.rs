use super::random::{BOTH, channel, channels, of_quality, period, refused, tolerance};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quantity, Reading, Unit};
use crate::relation::tests::case;
use proptest::prelude::*;

const BATTERY: [Channel; 2] = [
    channel(Quantity::Energy, Direction::Charge, Unit::Wh),
    channel(Quantity::Energy, Direction::Discharge, Unit::Wh),
];

/// The parameters of a store.
#[derive(Clone, Copy)]
struct Store {
    capacity: i64,
    min: i64,
    initial: i64,
    efficiency: i64,
    discharge: i64,
}

/// Three quarters come out again.
const STORE: Store =
    Store { capacity: 100, min: 10, initial: 40, efficiency: 750_000, discharge: 4095 };

fn tolerant(store: Store, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] = &[
        ("charge", &[0]),
        ("discharge", &[1]),
        ("capacity", &[store.capacity]),
        ("min", &[store.min]),
        ("initial", &[store.initial]),
        ("efficiency_ppm", &[store.efficiency]),
        ("max_discharge", &[store.discharge]),
    ];
    Condition::new("storage", members, tolerate).expect("storage")
}

fn storage(store: Store) -> Condition {
    tolerant(store, Tolerance::default())
}

fn stage(charge: &[u32], discharge: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &BATTERY, &[charge, discharge])
}

/// 40 + 0.75 * 80 is the capacity; then 90 down is the least.
#[test]
fn levels_hold_exactly() {
    let full = stage(&[0, 80, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 90, 0, 0, 0, 0]);
    assert!(full.agree(&storage(STORE)));
    let mut over = full.clone();
    over.readings[0][1].value = 81;
    assert!(!over.agree(&storage(STORE)));
    let at = |i: u64| full.block_start + i * 3600;
    // 100.75 is told as 101: rounded away from the bound. It is kept up to the discharge.
    let text = |i, what| format!("storage at {} (Unix seconds): {what}", at(i));
    assert_eq!(over.failures(&storage(STORE)), [text(1, "101 > 100"), text(2, "101 > 100")]);
    assert_eq!(over.violations(&storage(STORE)), ["storage: at most", "storage: at most"]);
    let mut under = full.clone();
    under.readings[1][3].value = 91;
    under.period = 1..5;
    assert!(!under.agree(&storage(STORE)));
    assert_eq!(under.failures(&storage(STORE)), [text(3, "9 < 10"), text(4, "9 < 10")]);
    // What is outside the period neither fills nor empties.
    under.period = 4..8;
    assert!(under.agree(&storage(STORE)));
}

/// A third of a millionth more is not lost in rounding.
#[test]
fn nothing_is_rounded() {
    let stage = stage(&[3, 0, 0, 0, 0, 0, 0, 0], &[0, 0, 1, 0, 0, 0, 0, 0]);
    let store = |efficiency| Store { min: 0, initial: 0, efficiency, ..STORE };
    assert!(!stage.agree(&storage(store(333_333))));
    assert!(stage.agree(&storage(store(333_334))));
}

#[test]
fn an_interval_nets_what_goes_in_and_out() {
    let stage = stage(&[200, 0, 0, 0, 0, 0, 0, 0], &[150, 0, 0, 0, 0, 0, 0, 0]);
    let store = Store { initial: 10, discharge: 150, ..STORE };
    assert!(stage.agree(&storage(store)));
    let less = storage(Store { discharge: 149, ..store });
    assert!(!stage.agree(&less));
    assert_eq!(stage.failures(&less), ["storage: channel 1: 150 > 149"]);
    assert_eq!(stage.violations(&less), ["storage: discharge"]);
}

#[test]
fn edges_of_the_range() {
    let store =
        Store { capacity: 4095, min: 0, initial: 0, efficiency: 1_000_000, discharge: 4095 };
    assert!(stage(&[255; 8], &[0; 8]).agree(&storage(store)));
    assert!(stage(&[0; 8], &[255; 8]).agree(&storage(Store { initial: 2040, ..store })));
    assert!(!stage(&[0; 8], &[255; 8]).agree(&storage(Store { initial: 2039, ..store })));
    assert!(!stage(&[255; 8], &[0; 8]).agree(&storage(Store { capacity: 2039, ..store })));
    // No charge is kept, and nothing stored stays.
    let nothing = Store { capacity: 0, min: 0, initial: 0, efficiency: 0, discharge: 0 };
    assert!(stage(&[255; 8], &[0; 8]).agree(&storage(nothing)));
    assert!(!stage(&[255; 8], &[0, 0, 0, 0, 0, 0, 0, 1]).agree(&storage(nothing)));
}

#[test]
fn missing_readings_count_as_zero_where_tolerated() {
    let mut stage = stage(&[0; 8], &[10, 10, 10, 10, 0, 0, 0, 0]);
    assert!(!stage.agree(&storage(STORE)));
    stage.readings[1][1] = Reading::MISSING;
    assert!(!stage.agree(&storage(STORE)));
    assert!(stage.agree(&tolerant(STORE, BOTH)));
    stage.readings[1][1] = of_quality(10, 1);
    assert!(!stage.agree(&tolerant(STORE, BOTH)));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let stage = stage(&[0; 8], &[0; 8]);
    let refused = |store| stage.check_parameters(&storage(store)).is_err();
    assert!(!refused(STORE));
    assert!(refused(Store { initial: 9, ..STORE }) && refused(Store { initial: 101, ..STORE }));
    assert!(
        refused(Store { capacity: 4096, ..STORE })
            && refused(Store { efficiency: 1_000_001, ..STORE })
    );
    assert!(refused(Store { min: -1, ..STORE }));
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&[0, 80, 0, 1, 255, 3, 0, 0], &[0, 0, 0, 90, 191, 2, 0, 0]);
    stage.period = 1..7;
    assert_eq!(stage.loose_wires(&storage(STORE)), Vec::<usize>::new());
    // Three flags, kind, two qualities of two channels; the discharge.
    assert_eq!(stage.constraints(&storage(STORE)), 3 + 1 + 4 + 12 + 8 * (2 * 32 + 1));
}

/// The first level comes after three flags.
#[test]
fn hints_are_held() {
    let stage = stage(&[4; 8], &[3; 8]);
    assert!(stage.agree(&storage(STORE)));
    assert!(stage.tampered(&storage(STORE), 3, 50_000_000.into()).contains(&"storage: level"));
}

#[test]
fn off_says_nothing() {
    for (charge, discharge) in [([255; 8], [0; 8]), ([0; 8], [255; 8]), ([255; 8], [255; 8])] {
        let stage = stage(&charge, &discharge);
        let off = Condition::off(storage(STORE).shape());
        assert!(stage.agree(&off));
        assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
    }
}

/// Through the whole relation, over a week that begins inside a block.
#[test]
fn a_claim_of_a_battery() {
    let cycle = |value: u32, at: u32| {
        (0..40).map(|i| Reading::measured(if i % 4 == at { value } else { 0 })).collect::<Vec<_>>()
    };
    let case = |initial| case::Case {
        conditions: vec![
            case::completeness(1_000_000),
            storage(Store { initial, capacity: 100, ..STORE }),
        ],
        readings: vec![cycle(80, 0), cycle(60, 2)],
        channels: BATTERY.to_vec(),
        ..case::week()
    };
    // The period's first is a discharge of 60.
    assert!(case::agree(&case(70).claim()));
    assert!(!case::agree(&case(69).claim()));
    assert!(case::agree(&case(100).claim()));
}

/// How far the level strays, in millionths: least, greatest, and what came out.
fn run(store: Store, readings: &[Vec<Reading>], period: std::ops::Range<usize>) -> (i64, i64, i64) {
    let start = store.initial * 1_000_000;
    let (mut level, mut least, mut most, mut out) = (start, i64::MAX, i64::MIN, 0);
    for i in period {
        let [charge, discharge] = [0, 1].map(|c| i64::from(readings[c][i].value));
        level += store.efficiency * charge - 1_000_000 * discharge;
        out += discharge;
        (least, most) = (least.min(level), most.max(level));
    }
    (least, most, out)
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in channels::<2>(), period in period(), tolerate in tolerance(),
        efficiency in prop_oneof![Just(0), Just(1_000_000), Just(500_000), 0_i64..1_000_001],
        tight in 0..4, short in 0_i64..2,
    ) {
        // As much at first as the readings take, so that the level just does not fall below zero.
        let free = Store { capacity: 4095, min: 0, initial: 0, efficiency, discharge: 4095 };
        let (least, ..) = run(free, &readings, period.clone());
        let initial = (-least.min(0) + 999_999) / 1_000_000;
        let shift = |on: i32| if tight == on { short } else { 0 };
        let mut store = Store { initial: (initial - shift(0)).max(0), ..free };
        let (least, most, out) = run(store, &readings, period.clone());
        match tight {
            1 => store.capacity = ((most + 999_999) / 1_000_000 - short).clamp(store.initial, 4095),
            2 => store.min = (least.div_euclid(1_000_000) + short).clamp(0, store.initial),
            3 => store.discharge = (out - short).max(0),
            _ => {}
        }
        let holds = least >= store.min * 1_000_000 && most <= store.capacity * 1_000_000 && out <= store.discharge
            && !refused(tolerate, &readings, &period);
        let stage = super::random::stage(&BATTERY, readings, period);
        prop_assert_eq!(stage.agree(&tolerant(store, tolerate)), holds);
    }
}
