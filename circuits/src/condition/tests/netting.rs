use super::random::{BOTH, channel, channels, of_quality, period, refused, tolerance};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quantity, Reading, Unit};
use crate::relation::tests::case;
use proptest::prelude::*;

const ENERGY: [Channel; 2] = [
    channel(Quantity::Energy, Direction::Import, Unit::Wh),
    channel(Quantity::Energy, Direction::Export, Unit::Wh),
];

const INTERVAL: i64 = 0;
const PERIOD: i64 = 1;
const SHARED: i64 = 2;

fn tolerant(mode: i64, min: i64, max: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] = &[
        ("from", &[0]),
        ("against", &[1]),
        ("mode", &[mode]),
        ("reveal", &[1]),
        ("min", &[min]),
        ("max", &[max]),
    ];
    Condition::new("netting", members, tolerate).expect("netting")
}

fn netting(mode: i64, min: i64, max: i64) -> Condition {
    tolerant(mode, min, max, Tolerance::default())
}

fn stage(from: &[u32], against: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &ENERGY, &[from, against])
}

/// The rule, written anew.
fn net(mode: i64, from: &[Reading], against: &[Reading]) -> i64 {
    let sum = |readings: &[Reading]| readings.iter().map(|r| i64::from(r.value)).sum::<i64>();
    let shared =
        from.iter().zip(against).map(|(a, b)| i64::from(a.value.min(b.value))).sum::<i64>();
    match mode {
        INTERVAL => sum(from) - shared,
        PERIOD => sum(from) - sum(against),
        _ => shared,
    }
}

#[test]
fn each_mode_holds_exactly() {
    let edges = [0, 1, 127, 128, 254, 255];
    for (a, b) in edges.iter().flat_map(|a| edges.map(|b| (*a, b))) {
        let stage = stage(&[a; 8], &[b; 8]);
        for mode in [INTERVAL, PERIOD, SHARED] {
            let value = net(mode, &stage.readings[0], &stage.readings[1]);
            assert!(stage.agree(&netting(mode, value, value)), "{mode}: {a} {b}");
            assert!(!stage.agree(&netting(mode, value + 1, 4095)), "{mode}: {a} {b}");
            assert_eq!(stage.violations(&netting(mode, value + 1, 4095)), ["netting: min"]);
            if value > 0 || mode == PERIOD {
                assert_eq!(stage.violations(&netting(mode, -4095, value - 1)), ["netting: max"]);
            }
        }
    }
}

#[test]
fn netting_an_interval_is_not_netting_the_period() {
    let mut stage = stage(&[9, 10, 0, 5, 0, 0, 0, 9], &[9, 0, 10, 2, 0, 0, 0, 0]);
    stage.period = 1..7;
    assert!(stage.agree(&netting(INTERVAL, 13, 13)));
    assert!(stage.agree(&netting(PERIOD, 3, 3)));
    assert!(stage.agree(&netting(SHARED, 2, 2)));
    assert_eq!(stage.failures(&netting(PERIOD, 4, 9)), ["netting: channel 0: 3 < 4"]);
}

#[test]
fn missing_readings_count_as_zero_where_tolerated() {
    let mut stage = stage(&[10; 8], &[4; 8]);
    stage.readings[1][3] = Reading::MISSING;
    assert!(!stage.agree(&netting(INTERVAL, 0, 4095)));
    assert_eq!(stage.violations(&netting(INTERVAL, 0, 4095)), ["condition: missing readings"]);
    assert!(stage.agree(&tolerant(INTERVAL, 52, 52, BOTH)));
    stage.readings[1][3] = of_quality(4, 1);
    assert!(!stage.agree(&netting(INTERVAL, 0, 4095)));
    assert!(stage.agree(&tolerant(INTERVAL, 48, 48, BOTH)));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let stage = stage(&[0; 8], &[0; 8]);
    let fault =
        |condition: &Condition| stage.check_parameters(condition).expect_err("refused").to_string();
    assert!(fault(&netting(PERIOD, 2, 1)).contains("min 2 is above max 1"));
    assert!(fault(&netting(SHARED, -2, -1)).contains("only a period's net"));
    assert!(fault(&netting(PERIOD, 0, 4096)).contains("max is 4096, not -4095 to 4095"));
    let members: &[(&str, &[i64])] =
        &[("from", &[1]), ("against", &[1]), ("mode", &[0]), ("min", &[0]), ("max", &[1])];
    let same = Condition::new("netting", members, BOTH).expect("netting");
    assert!(fault(&same).contains("one channel"));
    let mut other = stage.clone();
    other.channels[1] = channel(Quantity::Gas, Direction::Export, Unit::Litre);
    assert!(other.check_parameters(&netting(PERIOD, 0, 1)).is_err());
    other.channels[1] = channel(Quantity::Register, Direction::Export, Unit::Wh);
    assert!(other.check_parameters(&netting(PERIOD, 0, 1)).is_err());
}

#[test]
fn no_wire_is_loose() {
    let stage = stage(&[1, 0, 255, 255, 3, 200, 9, 9], &[0, 1, 255, 254, 3, 9, 200, 9]);
    for mode in [INTERVAL, PERIOD, SHARED] {
        let value = net(mode, &stage.readings[0], &stage.readings[1]);
        assert_eq!(stage.loose_wires(&netting(mode, value, value)), Vec::<usize>::new());
        // Three flags, kind, two qualities of two channels, output; two bounds of 13 bits.
        let slots = if mode == PERIOD { 0 } else { 8 * (8 + 2) };
        assert_eq!(stage.constraints(&netting(mode, 0, 0)), 3 + 1 + 4 + 1 + 2 * 13 + slots);
    }
}

/// The order's bit and the excess of the first slot: after three flags, eight of nine bits, the last being the order.
#[test]
fn hints_are_held() {
    let stage = stage(&[7; 8], &[5; 8]);
    let condition = netting(INTERVAL, 0, 4095);
    assert_eq!(stage.tampered(&condition, 10, 0.into()), ["netting: lesser", "netting: lesser"]);
    assert_eq!(
        stage.tampered(&condition, 11, 1.into()),
        ["netting: lesser", "netting: min", "netting: max", "condition: output"]
    );
}

#[test]
fn off_says_nothing() {
    for (from, against) in [([255; 8], [0; 8]), ([0; 8], [255; 8]), ([255; 8], [255; 8])] {
        let stage = stage(&from, &against);
        for mode in [INTERVAL, PERIOD, SHARED] {
            let off = Condition::off(netting(mode, 0, 0).shape());
            assert!(stage.agree(&off));
            assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
        }
    }
}

/// Through the whole relation, over a week that begins inside a block.
#[test]
fn a_claim_over_two_channels() {
    let import = (0..40).map(|i| Reading::measured(i % 50)).collect::<Vec<_>>();
    let export = import.iter().rev().copied().collect::<Vec<_>>();
    let shared = net(SHARED, &import[5..33], &export[5..33]);
    let over = net(PERIOD, &import[5..33], &export[5..33]);
    let case = |mode, value| case::Case {
        conditions: vec![case::completeness(1_000_000), netting(mode, value, value)],
        readings: vec![import.clone(), export.clone()],
        ..case::week()
    };
    assert!(case::agree(&case(SHARED, shared).claim()));
    assert!(case::agree(&case(PERIOD, over).claim()));
    assert!(!case::agree(&case(PERIOD, over + 1).claim()));
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in channels::<2>(), period in period(), tolerate in tolerance(), mode in 0_i64..3, short in 0_i64..2, upper in any::<bool>(),
    ) {
        let value = net(mode, &readings[0][period.clone()], &readings[1][period.clone()]);
        // At the net, or beyond it by one.
        let mut bound = value + if upper { -short } else { short };
        if mode != PERIOD && upper {
            bound = bound.max(0);
        }
        let (condition, holds) = match upper {
            true => (tolerant(mode, -4095, bound, tolerate), value <= bound),
            false => (tolerant(mode, bound, 4095, tolerate), value >= bound),
        };
        let refused = refused(tolerate, &readings, &period);
        let stage = super::random::stage(&ENERGY, readings, period);
        prop_assert_eq!(stage.agree(&condition), holds && !refused);
    }
}
