use super::random::{BOTH, channel, of_quality, period, refused, tolerance, value};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::{Geometry, tests::case};
use proptest::prelude::*;

const CHARGER: [Channel; 2] = [
    channel(Quantity::Register, Direction::Import, Unit::Wh),
    channel(Quantity::Mark, Direction::None, Unit::Count),
];

fn tolerant(min: i64, max: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("register", &[0]), ("marks", &[1]), ("reveal", &[1]), ("min", &[min]), ("max", &[max])];
    Condition::new("session", members, tolerate).expect("session")
}

fn session(min: i64, max: i64) -> Condition {
    tolerant(min, max, Tolerance::default())
}

fn stage(register: &[u32], marks: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &CHARGER, &[register, marks])
}

const COUNTER: [u32; 8] = [10, 10, 12, 20, 33, 40, 40, 40];

#[test]
fn energy_holds_exactly() {
    let stage = stage(&COUNTER, &[0, 1, 0, 0, 0, 2, 0, 0]);
    assert!(stage.agree(&session(30, 30)));
    assert!(!stage.agree(&session(31, 4095)));
    assert!(!stage.agree(&session(0, 29)));
    assert_eq!(stage.failures(&session(0, 29)), ["session: channel 0: 30 > 29"]);
    assert_eq!(stage.violations(&session(31, 99)), ["session: min"]);
}

/// Every pair of places, with counters at the ends of their range.
#[test]
fn the_end_comes_later() {
    for (begin, end) in (0..8).flat_map(|b| (0..8).map(move |e| (b, e))).filter(|(b, e)| b != e) {
        let mut marks = [0; 8];
        (marks[begin], marks[end]) = (1, 2);
        let mut counter = [255; 8];
        counter[begin] = 0;
        let stage = stage(&counter, &marks);
        assert_eq!(stage.agree(&session(255, 255)), begin < end, "{begin} {end}");
        if end < begin {
            assert!(stage.violations(&session(255, 255)).contains(&"session: order"));
        }
    }
}

#[test]
fn nothing_charged_is_a_session() {
    assert!(stage(&[7; 8], &[1, 2, 0, 0, 0, 0, 0, 0]).agree(&session(0, 0)));
    assert!(!stage(&[7; 8], &[1, 2, 0, 0, 0, 0, 0, 0]).agree(&session(1, 4095)));
}

#[test]
fn other_marks_fail() {
    let cases: [([u32; 8], &[&str]); 9] = [
        ([0; 8], &["no session begins", "no session ends"]),
        ([0, 1, 0, 0, 0, 0, 0, 0], &["no session ends"]),
        ([0, 2, 0, 0, 0, 0, 0, 0], &["no session begins"]),
        ([1, 1, 0, 2, 0, 0, 0, 0], &["a second session begins"]),
        ([1, 0, 0, 2, 0, 2, 0, 0], &["a second session ends"]),
        ([1, 0, 2, 1, 0, 2, 0, 0], &["a second session begins", "a second session ends"]),
        ([2, 0, 0, 1, 0, 0, 0, 0], &["the session ends before it begins"]),
        ([1, 0, 3, 0, 0, 2, 0, 0], &["the mark is none of 0, 1 and 2"]),
        // Begins and ends at once.
        (
            [3, 0, 0, 0, 0, 0, 0, 0],
            &["the mark is none of 0, 1 and 2", "no session begins", "no session ends"],
        ),
    ];
    for (marks, expected) in cases {
        let stage = stage(&COUNTER, &marks);
        assert!(!stage.agree(&session(0, 4095)), "{marks:?}");
        let failures = stage.failures(&session(0, 4095));
        assert_eq!(failures.len(), expected.len(), "{failures:?}");
        assert!(failures.iter().zip(expected).all(|(f, e)| f.ends_with(e)), "{failures:?}");
    }
    // Marks outside the period are another's.
    let mut stage = stage(&COUNTER, &[2, 1, 0, 0, 0, 2, 1, 9]);
    stage.period = 1..6;
    assert!(stage.agree(&session(30, 30)));
}

/// A prover cannot take a 3 for a session that begins and ends at once.
#[test]
fn a_mark_of_both_is_no_session() {
    let stage = stage(&[7; 8], &[3, 0, 0, 0, 0, 0, 0, 0]);
    // Begin and end of the first slot are the first variables after three flags.
    let broken = stage.violations(&session(0, 0));
    assert!(broken.contains(&"session: mark"), "{broken:?}");
    let broken = stage.tampered(&session(0, 0), 3, 1.into());
    assert!(broken.contains(&"session: mark"), "{broken:?}");
}

#[test]
fn counters_do_not_wrap() {
    let stage = stage(&[250, 250, 0, 4, 4, 4, 4, 4], &[1, 0, 0, 2, 0, 0, 0, 0]);
    assert!(!stage.agree(&session(0, 4095)));
    let text = format!(
        "session: channel 0 at {} (Unix seconds): the counter runs backwards",
        stage.block_start + 3 * 3600
    );
    assert_eq!(stage.failures(&session(0, 4095)), [text]);
    assert!(stage.violations(&session(0, 4095)).contains(&"session: min"));
}

/// A charger that signs only two readings leaves the rest missing.
#[test]
fn missing_readings_between_the_marks() {
    let mut stage = stage(&COUNTER, &[0, 1, 0, 0, 0, 2, 0, 0]);
    for i in [0, 2, 3, 4, 6, 7] {
        stage.readings[0][i] = Reading::MISSING;
        stage.readings[1][i] = Reading::MISSING;
    }
    assert!(stage.agree(&tolerant(30, 30, BOTH)));
    assert!(!stage.agree(&session(30, 30)));
    stage.readings[0][5] = of_quality(40, 1);
    assert!(stage.agree(&tolerant(30, 30, BOTH)));
    for i in [1, 5] {
        let mut gone = stage.clone();
        gone.readings[0][i] = Reading::MISSING;
        assert!(!gone.agree(&tolerant(0, 4095, BOTH)));
        assert!(
            gone.failures(&tolerant(0, 4095, BOTH))[0]
                .ends_with("missing where the session begins or ends")
        );
        let mut gone = stage.clone();
        gone.readings[1][i] = Reading::MISSING;
        assert!(!gone.agree(&tolerant(0, 4095, BOTH)));
    }
}

#[test]
fn other_channels_are_refused() {
    let mut stage = stage(&[0; 8], &[0; 8]);
    assert!(stage.check_parameters(&session(0, 1)).is_ok());
    assert!(stage.check_parameters(&session(2, 1)).is_err());
    stage.channels.swap(0, 1);
    assert!(stage.check_parameters(&session(0, 1)).is_err());
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&COUNTER, &[2, 1, 0, 0, 0, 2, 0, 1]);
    stage.period = 1..7;
    assert_eq!(stage.loose_wires(&session(30, 30)), Vec::<usize>::new());
    // Three flags, kind, two qualities of two channels, output; two sums, places of 4 bits, two bounds of 12.
    let once = 3 + 1 + 4 + 1 + 2 + 4 + 2 * 12;
    assert_eq!(stage.constraints(&session(0, 0)), once + 8 * 4);
}

/// The session of another slot, or of a slot whose counter is missing, is noticed by the rule that names it.
#[test]
fn hints_are_held() {
    let mut stage = stage(&COUNTER, &[0, 1, 0, 0, 0, 2, 0, 0]);
    let condition = tolerant(0, 4095, BOTH);
    // Variables of a slot: begin, end, the counter's part.
    let slot = |i: usize| 3 + 3 * i;
    let broken = stage.tampered(&condition, slot(0), 1.into());
    assert!(broken.contains(&"session: mark") && broken.contains(&"session: one begins"));
    let broken = stage.tampered(&condition, slot(5) + 1, 0.into());
    assert!(broken.contains(&"session: mark") && broken.contains(&"session: one ends"));
    assert!(stage.tampered(&condition, slot(5) + 2, 41.into()).contains(&"session: counter"));
    stage.readings[0][0] = Reading::MISSING;
    assert!(stage.tampered(&condition, slot(0), 1.into()).contains(&"session: begin"));
    assert!(stage.tampered(&condition, slot(0) + 1, 1.into()).contains(&"session: end"));
}

#[test]
fn off_says_nothing() {
    for (register, mark) in [(0, 0), (255, 255), (9, 1), (9, 2)] {
        let stage = stage(&[register; 8], &[mark; 8]);
        let off = Condition::off(session(1, 1).shape());
        assert!(stage.agree(&off));
        assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
    }
}

/// Through the whole relation, with counters of 32 bits.
#[test]
fn a_claim_of_a_session() {
    let session = |min| session(min, (1 << 32) - 1);
    let case = |min: i64, marks: [u32; 4]| case::Case {
        geometry: Geometry { value_bits: 32, ..case::small(true, 1, 1) },
        conditions: vec![case::completeness(1_000_000), session(min)],
        readings: vec![
            [3, 5, 4_000_000_000, u32::MAX].map(Reading::measured).to_vec(),
            marks.map(Reading::measured).to_vec(),
        ],
        channels: CHARGER.to_vec(),
        ..case::day()
    };
    let most = i64::from(u32::MAX) - 3;
    assert!(case::agree(&case(most, [1, 0, 0, 2]).claim()));
    assert!(!case::agree(&case(most + 1, [1, 0, 0, 2]).claim()));
    assert!(!case::agree(&case(0, [0, 0, 1, 0]).claim()));
    let broken = case::violations(&case(0, [2, 0, 0, 1]).claim());
    assert!(broken.contains(&"session: order"), "{broken:?}");
}

/// Counters that mostly rise, and marks that are mostly one session.
fn charger() -> impl Strategy<Value = Vec<Vec<Reading>>> {
    let counter = prop_oneof![
        1 => proptest::collection::vec(value(), 8),
        3 => proptest::collection::vec(value(), 8).prop_map(|mut list| { list.sort_unstable(); list }),
    ];
    let marks =
        (0_usize..8, 0_usize..8, 0_usize..24, 0_u32..4).prop_map(|(begin, end, other, mark)| {
            let mut marks = vec![0; 8];
            (marks[begin.min(end)], marks[begin.max(end)]) = (1, 2);
            if other < 8 {
                marks[other] = mark;
            }
            marks
        });
    let qualities = proptest::collection::vec(proptest::collection::vec(0_usize..16, 8), 2);
    (counter, marks, qualities).prop_map(|(counter, marks, qualities)| {
        let of = |(values, qualities): (Vec<u32>, Vec<usize>)| {
            values.into_iter().zip(qualities).map(|(v, q)| of_quality(v, q)).collect()
        };
        [counter, marks].into_iter().zip(qualities).map(of).collect()
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in charger(), period in period(), tolerate in tolerance(), short in 0_i64..2, upper in any::<bool>(),
    ) {
        let places = |mark: u32| period.clone().filter(|i| readings[1][*i].value == mark).collect::<Vec<_>>();
        let clean = period.clone().all(|i| readings[1][i].value <= 2) && !refused(tolerate, &readings, &period);
        let energy = match (&places(1)[..], &places(2)[..]) {
            (&[b], &[e]) if b < e && [b, e].iter().all(|i| readings[0][*i].quality != Quality::Missing) => {
                Some(i64::from(readings[0][e].value) - i64::from(readings[0][b].value))
            }
            _ => None,
        };
        let bound = (energy.unwrap_or_default() + if upper { -short } else { short }).clamp(0, 4095);
        let (min, max) = if upper { (0, bound) } else { (bound, 4095) };
        let holds = clean && energy.is_some_and(|e| (min..=max).contains(&e));
        let stage = super::random::stage(&CHARGER, readings, period);
        prop_assert_eq!(stage.agree(&tolerant(min, max, tolerate)), holds);
    }
}
