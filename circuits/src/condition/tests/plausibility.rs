use super::random::{BOTH, channel, of_quality, period, refused, tolerance, value};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance, Window};
use crate::hash::{F, hash_node, power_of_two};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::{Claim, tests::case};
use proptest::prelude::*;

const METER: [Channel; 2] = [
    channel(Quantity::Energy, Direction::Import, Unit::Wh),
    channel(Quantity::Register, Direction::Import, Unit::Wh),
];

fn plausibility(register: i64, tolerance: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("register", &[register]), ("tolerance", &[tolerance])];
    Condition::new("plausibility", members, tolerate).expect("plausibility")
}

fn plain() -> Condition {
    plausibility(-1, 0, Tolerance::default())
}

/// With the counter of channel 1.
fn counted(tolerance: i64) -> Condition {
    plausibility(1, tolerance, BOTH)
}

fn stage(values: &[u32], counter: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &METER, &[values, counter])
}

#[test]
fn nameplates_bound_exactly() {
    // Watts, seconds, most whole watt-hours.
    for (nameplate, interval, most) in [
        (0, 3600, 0_u32),
        (1, 3600, 1),
        (100, 3600, 100),
        (254, 3600, 254),
        (255, 3600, 255),
        (400, 900, 100),
        (403, 900, 100),
        (404, 900, 101),
        (3599, 1, 0),
        (3600, 1, 1),
        (7199, 1, 1),
        (10, 86_400, 240),
    ] {
        for value in [0, 1, most.saturating_sub(1), most, most + 1, 255] {
            let mut stage = stage(&[value.min(255), 0, 0, 0, 0, 0, 0, 0], &[0; 8]);
            (stage.nameplate, stage.interval) = (nameplate, interval);
            assert_eq!(
                stage.agree(&plain()),
                value.min(255) <= most,
                "{nameplate} {interval} {value}"
            );
        }
    }
    for nameplate in [256, 20_000, u64::MAX] {
        let mut stage = stage(&[255; 8], &[0; 8]);
        stage.nameplate = nameplate;
        assert!(stage.agree(&plain()));
    }
}

#[test]
fn failures_name_interval_and_margin() {
    let mut stage = stage(&[100, 100, 101, 100, 0, 0, 255, 0], &[0; 8]);
    (stage.nameplate, stage.interval, stage.period) = (403, 900, 0..6);
    let text = format!(
        "plausibility: channel 0 at {} (Unix seconds): 101 > 100",
        stage.block_start + 1800
    );
    assert_eq!(stage.failures(&plain()), [text]);
    assert_eq!(stage.violations(&plain()), ["plausibility: at most"]);
}

/// Nobody answers for a meter that is not enrolled.
#[test]
fn no_nameplate_no_judgement() {
    let window = Window {
        start: 0,
        interval: 900,
        offset: 0,
        intervals_per_block: 4,
        nameplate: None,
        channels: vec![vec![Reading::measured(0); 4]],
        before: vec![Vec::new()],
    };
    let failures = plain().check(&window);
    let text =
        "plausibility: channel 0: the meter is not enrolled, so there is no nameplate to judge by";
    assert_eq!(failures.iter().map(ToString::to_string).collect::<Vec<_>>(), [text]);
}

#[test]
fn counters_tell_the_same_story() {
    let good = stage(&[5, 10, 0, 3, 0, 0, 255, 0], &[0, 0, 0, 0, 0, 0, 0, 0]);
    let with = |counter: [u32; 8]| {
        let mut stage = good.clone();
        stage.readings[1] = counter.map(Reading::measured).to_vec();
        stage.period = 0..6;
        stage
    };
    // What the first interval adds to is not known.
    assert!(with([100, 110, 110, 113, 113, 113, 0, 0]).agree(&counted(0)));
    assert!(with([0, 10, 10, 13, 13, 13, 0, 0]).agree(&counted(0)));
    let off_by_one = with([100, 110, 110, 114, 114, 114, 0, 0]);
    assert!(!off_by_one.agree(&counted(0)));
    assert!(off_by_one.agree(&counted(1)));
    assert_eq!(off_by_one.violations(&counted(0)), ["plausibility: sum"; 3]);
    let failures = off_by_one.failures(&counted(0));
    let at = off_by_one.block_start + 3 * 3600;
    let text = format!(
        "plausibility: channel 1 at {at} (Unix seconds): the counter does not advance by the intervals' sum"
    );
    assert_eq!(failures, [text]);
    // Backwards is never plausible, whatever the tolerance.
    let backwards = with([100, 110, 109, 113, 113, 113, 0, 0]);
    assert!(!backwards.agree(&counted(255)));
    assert!(backwards.failures(&counted(255))[0].ends_with("the counter runs backwards"));
    assert_eq!(backwards.violations(&counted(255)), ["plausibility: counter runs on"]);
}

/// Small errors that each pass may not add up: any two readings are compared.
#[test]
fn tolerances_do_not_add_up() {
    let drifting = stage(&[5; 8], &[0, 6, 12, 18, 24, 30, 36, 42]);
    assert!(drifting.agree(&counted(7)));
    assert!(!drifting.agree(&counted(6)));
    // Nor does one error make up for another.
    let back = stage(&[5; 8], &[0, 8, 10, 15, 20, 22, 30, 35]);
    assert!(back.agree(&counted(6)));
    assert!(!back.agree(&counted(5)));
}

#[test]
fn gaps_are_bridged() {
    let mut stage = stage(&[5; 8], &[50, 55, 60, 65, 70, 75, 80, 85]);
    for i in [0, 2, 3, 7] {
        stage.readings[1][i] = Reading::MISSING;
    }
    assert!(stage.agree(&counted(0)));
    assert!(!stage.agree(&plausibility(1, 0, Tolerance::default())));
    // The counter saw what the interval's reading did not.
    stage.readings[0][3] = Reading::MISSING;
    assert!(!stage.agree(&counted(4)));
    assert!(stage.agree(&counted(5)));
    stage.readings[1].fill(Reading::MISSING);
    assert!(stage.agree(&counted(0)));
}

#[test]
fn what_contradicts_itself_is_refused() {
    let mut wide = geometry(4, 2, 0);
    wide.value_bits = 16;
    let stage = Stage { geometry: wide, ..stage(&[0; 8], &[0; 8]) };
    let refused = |register, tolerance| {
        stage.check_parameters(&plausibility(register, tolerance, BOTH)).is_err()
    };
    assert!(!refused(-1, 0) && !refused(1, 4095));
    assert!(refused(1, 4096) && refused(-1, 1) && refused(0, 0) && refused(2, 0));
}

#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&[5, 10, 0, 3, 1, 2, 255, 0], &[9, 110, 110, 0, 114, 117, 0, 0]);
    stage.readings[1][3] = Reading::MISSING;
    (stage.period, stage.nameplate) = (1..7, 255);
    (stage.readings[0][6], stage.readings[1][6]) = (Reading::measured(9), Reading::measured(126));
    let plain = plain();
    let once = 3 + 1 + 2 + 64 + 1 + 8 + 97;
    assert_eq!(stage.loose_wires(&plain), Vec::<usize>::new());
    assert_eq!(stage.constraints(&plain), once + 8 * 8);
    assert_eq!(stage.loose_wires(&counted(1)), Vec::<usize>::new());
    // Two qualities of the counter; what is not judged; each slot's four steps, a range of 8 bits and two of 12.
    assert_eq!(stage.constraints(&counted(0)), once + 8 * 8 + 2 + 1 + 8 * (3 + 8 + 2 * 12));
    let long = Stage { geometry: geometry(16, 2, 0), ..stage.clone() };
    let values = [&[0_u32; 32][..], &[0; 32]];
    let long = Stage::measured(long.geometry, &METER, &values);
    assert_eq!(long.loose_wires(&counted(0)), Vec::<usize>::new());
    assert_eq!(long.constraints(&counted(0)), once + 32 * 8 + 2 + 1 + 32 * (3 + 8 + 2 * 12) + 2);
}

/// Variables: three flags; 63 bits of the nameplate, the product, the greatest value.
#[test]
fn hints_are_held() {
    let mut stage = stage(&[100, 0, 0, 0, 0, 0, 0, 0], &[0; 8]);
    stage.nameplate = 99;
    assert_eq!(stage.tampered(&plain(), 66, (100 * 3600).into())[0], "plausibility: allowed");
    let broken = stage.tampered(&plain(), 67, 100.into());
    assert!(broken.contains(&"plausibility: most is allowed"), "{broken:?}");
}

/// A nameplate that is no number of 64 bits proves nothing: its product could wrap.
#[test]
fn nameplates_are_numbers() {
    let mut stage = stage(&[255; 8], &[0; 8]);
    (stage.nameplate, stage.interval) = (u64::MAX, u32::MAX);
    assert!(stage.agree(&plain()));
    for nameplate in [power_of_two(64), -F::from(1), F::from(1) / F::from(3600)] {
        let broken = stage.violations_at_nameplate(&plain(), nameplate);
        assert!(broken.contains(&"plausibility: nameplate"), "{broken:?}");
    }
}

#[test]
fn off_says_nothing() {
    for (value, counter) in [([255; 8], [255, 0, 255, 0, 255, 0, 255, 0]), ([0; 8], [255; 8])] {
        let mut stage = stage(&value, &counter);
        stage.nameplate = 0;
        for register in [-1, 1] {
            let off = Condition::off(plausibility(register, 0, BOTH).shape());
            assert!(stage.agree(&off));
        }
        assert_eq!(stage.loose_wires(&Condition::off(counted(0).shape())), Vec::<usize>::new());
    }
}

/// Puts another nameplate into the registry's entry.
fn rate(claim: &mut Claim, watts: u64) {
    let entry = claim.entry();
    entry.leaf.nameplate = watts;
    let mut node = entry.leaf.hash();
    for (children, position) in &mut entry.path.levels {
        children[usize::from(*position)] = node;
        node = hash_node(children);
    }
}

/// Through the whole relation: the nameplate is that of the registry's entry, the interval six hours.
#[test]
fn the_registry_has_the_nameplate() {
    let case = case::Case {
        conditions: vec![case::completeness(1_000_000), plausibility(1, 0, Tolerance::default())],
        readings: vec![
            [10, 20, 100, 0].map(Reading::measured).to_vec(),
            [50, 70, 170, 170].map(Reading::measured).to_vec(),
        ],
        channels: METER.to_vec(),
        ..case::day()
    };
    let mut claim = case.claim();
    assert!(case::agree(&claim));
    // 17 W give 102 Wh in six hours, 16 W 96.
    rate(&mut claim, 17);
    assert!(case::agree(&claim));
    rate(&mut claim, 16);
    assert!(!case::agree(&claim));
    assert_eq!(case::violations(&claim), ["plausibility: at most"]);
    assert!(claim.check().expect_err("too much").to_string().contains("100 > 96"));
}

/// Intervals, and a counter that mostly follows them.
fn meter() -> impl Strategy<Value = Vec<Vec<Reading>>> {
    let values = prop_oneof![
        3 => proptest::collection::vec(0_u32..28, 8),
        1 => proptest::collection::vec(value(), 8),
    ];
    let errors = proptest::collection::vec(prop_oneof![4 => Just(0_i64), 1 => -3_i64..4], 8);
    let qualities = proptest::collection::vec(proptest::collection::vec(0_usize..16, 8), 2);
    (values, 0_i64..30, errors, qualities).prop_map(|(values, first, errors, qualities)| {
        let mut sum = first;
        let follow = |(value, error): (&u32, &i64)| {
            sum += i64::from(*value);
            (sum + error).clamp(0, 255) as u32
        };
        let counter = values.iter().zip(&errors).map(follow).collect::<Vec<_>>();
        let of = |(values, qualities): (Vec<u32>, Vec<usize>)| {
            values.into_iter().zip(qualities).map(|(v, q)| of_quality(v, q)).collect()
        };
        [values, counter].into_iter().zip(qualities).map(of).collect()
    })
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in meter(), period in period(), tolerate in tolerance(), pick in 0_usize..8,
        interval in prop_oneof![Just(900_u32), Just(3600), Just(300), Just(86_400), 1_u32..100_000], short in 0_u64..2, register in any::<bool>(), slack in -1_i64..1,
    ) {
        // As many watts as the picked reading takes, or one too few; or plenty.
        let picked = u64::from(readings[0][pick].value.max(1)) * 3600;
        let nameplate = match pick < 3 && period.contains(&pick) {
            true => picked.div_ceil(u64::from(interval)) - short,
            false => 1_000_000_000,
        };
        let mut last = None;
        let mut apart = Vec::new();
        let (mut rises, mut total) = (true, 0);
        for i in period.clone() {
            total += i64::from(readings[0][i].value);
            if readings[1][i].quality != Quality::Missing {
                let value = i64::from(readings[1][i].value);
                rises &= last.is_none_or(|last| last <= value);
                last = Some(value);
                apart.push(value - total);
            }
        }
        let spread = apart.iter().max().zip(apart.iter().min()).map_or(0, |(a, b)| a - b);
        let tolerance = if register { (spread + slack).clamp(0, 255) } else { 0 };
        let fits = readings[0][period.clone()].iter().all(|r| u64::from(r.value) * 3600 <= nameplate * u64::from(interval));
        let judged = if register { &readings[..] } else { &readings[..1] };
        let holds = fits && !refused(tolerate, judged, &period) && (!register || rises && spread <= tolerance);
        let stage = Stage { nameplate, interval, ..super::random::stage(&METER, readings, period) };
        let condition = plausibility(if register { 1 } else { -1 }, tolerance, tolerate);
        prop_assert_eq!(stage.agree(&condition), holds);
    }
}
