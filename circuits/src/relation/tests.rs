//! The relation against its native twin, on valid and invalid claims, at boundaries, and with tampered assignments.
#![allow(clippy::unwrap_used)]

pub(crate) mod case;
mod device;
mod hidden;

use super::*;
use crate::condition::{Condition, Tolerance};
use crate::cs::Matrices;
use crate::error::Code;
use crate::format::Prefixed;
use crate::groth16::prove_checked;
use crate::hash::F;
use crate::meter::*;
use crate::policy::{CalendarUnit, Context};
use crate::setup::hazmat::development_keys;
use ark_ff::One;
use case::*;
use proptest::prelude::*;

#[test]
fn valid_claims_satisfy_the_circuit() {
    for case in [day(), week()] {
        let claim = case.claim();
        claim.check().unwrap();
        assert_eq!(violations(&claim), Vec::<&str>::new());
    }
}

#[test]
fn a_proof_verifies_and_no_other_statement_does() {
    let claim = day().claim();
    let matrices = matrices(&claim);
    let mut rng = crate::random::rng().unwrap();
    let (key, verifying_key) = development_keys([1; 32], (*matrices).clone(), &mut rng).unwrap();
    let (statement, relation) = claim.check().unwrap();
    let assignment = assign(&relation);
    let proof = prove_checked(&key, &verifying_key, &assignment, &mut rng).unwrap();
    let prepared = crate::groth16::PreparedVerifyingKey::from(&verifying_key);
    let inputs = statement.to_public_inputs();
    prepared.verify(&inputs, &proof).unwrap();
    for i in 0..inputs.len() {
        let mut other = inputs.clone();
        other[i] += F::one();
        assert_eq!(prepared.verify(&other, &proof).unwrap_err().code(), Code::ProofInvalid);
    }
    // A wrong assignment gives no proof that is handed out.
    let mut wrong = assignment;
    *wrong.last_mut().unwrap() += F::one();
    let refused = prove_checked(&key, &verifying_key, &wrong, &mut rng).unwrap_err();
    assert_eq!(refused.code(), Code::ProofInvalid);

    let mut file = Vec::new();
    let digest = key.write(&mut file).unwrap();
    let again = crate::groth16::ProvingKey::read(&file[..], &digest).unwrap();
    assert_eq!(again, crate::groth16::ProvingKey { matrices: strip(&key.matrices), ..key });
    file[5000] ^= 1;
    let refused = crate::groth16::ProvingKey::read(&file[..], &digest).unwrap_err();
    assert_eq!(refused.code(), Code::KeyDigest);
    assert!(crate::groth16::ProvingKey::read(&file[..file.len() / 2], &digest).is_err());
}

fn strip(matrices: &Matrices) -> Matrices {
    Matrices { names: Vec::new(), hints: Vec::new(), ..matrices.clone() }
}

/// Every tampering before or after signing, and a rule that must notice.
#[test]
fn tampered_claims_are_refused_by_twin_and_circuit() {
    type Tamper = (&'static str, &'static str, fn(&mut Claim));
    let tampers: Vec<Tamper> = vec![
        ("a reading", "signature: equation, x", |c| c.blocks[0].channels[0][1].value += 1),
        ("a salt", "signature: equation, x", |c| c.blocks[0].salt += F::one()),
        ("a quality", "signature: equation, x", |c| {
            c.blocks[0].channels[0][3].quality = Quality::Estimated;
        }),
        ("the head", "signature: equation, x", |c| c.head += F::one()),
        ("the index", "signature: equation, x", |c| c.first_index += 1),
        ("the context", "signature: equation, x", |c| {
            c.context = Context::Challenge { verifier: "other".into(), nonce: Prefixed([3; 32]) };
        }),
        ("the nonce", "signature: equation, x", |c| {
            c.context = Context::Challenge { verifier: "tests".into(), nonce: Prefixed([4; 32]) };
        }),
        ("S", "signature: equation, x", |c| {
            c.entry().signature.s += crate::curve::Scalar::from(1u8)
        }),
        ("R", "signature: equation, x", |c| c.entry().signature.r = -c.entry().signature.r),
        ("the nullifier key", "nullifier: commitment", |c| c.entry().nullifier_key += F::one()),
        ("the leaf's meter", "signature: equation, x", |c| {
            c.entry().leaf.meter_id += F::one();
            re_enrol(c);
        }),
        ("the leaf's key", "signature: equation, x", |c| {
            c.entry().leaf.key = SecretKey::from_seed([9; 32]).public();
            re_enrol(c);
        }),
        ("validity begins late", "registry: valid from", |c| {
            c.entry().leaf.valid_from = c.period.start() + 1;
            re_enrol(c);
        }),
        ("validity ends early", "registry: valid until", |c| {
            c.entry().leaf.valid_until = c.period.end() - 1;
            re_enrol(c);
        }),
        ("a level too low", "registry: level", |c| {
            c.entry().leaf.level = Level::L0;
            re_enrol(c);
        }),
    ];
    for case in [day(), week()] {
        for (what, rule, tamper) in &tampers {
            let mut claim = case.claim();
            tamper(&mut claim);
            assert!(claim.check().is_err(), "{what}: twin");
            let broken = violations(&claim);
            assert!(broken.contains(rule), "{what}: {broken:?}");
        }
    }
}

/// Puts the changed leaf at its place, so that only what it says is wrong.
fn re_enrol(claim: &mut Claim) {
    let entry = claim.entry();
    let mut node = entry.leaf.hash();
    for (children, position) in &mut entry.path.levels {
        children[usize::from(*position)] = node;
        node = crate::hash::hash_node(children);
    }
}

/// A registry that does not hold the leaf gives another root: the statement's anchor.
#[test]
fn membership_is_what_the_anchor_says() {
    let claim = day().claim();
    let (_, mut relation) = claim.unchecked().unwrap();
    relation.public_inputs[3] += F::one();
    assert_eq!(matrices(&claim).violations(&assign(&relation)), ["registry: root"]);
}

/// Each public input is bound: changing it alone breaks a rule that names it.
#[test]
fn every_public_input_is_bound() {
    for case in [day(), week()] {
        let claim = case.claim();
        let matrices = matrices(&claim);
        let rules = [
            "policy: digest",
            "period: public input",
            "signature: equation, x",
            "registry: root",
            "nullifier: public input",
            "output",
        ];
        for (i, rule) in rules.iter().enumerate() {
            let (_, mut relation) = claim.unchecked().unwrap();
            relation.public_inputs[i] += F::one();
            let broken = matrices.violations(&assign(&relation));
            assert!(broken.contains(rule), "{rule}: {broken:?}");
        }
    }
}

/// Each wire changed alone breaks something: no value that nothing looks at, but what is stated.
#[test]
fn no_wire_is_loose() {
    for case in [day(), week()] {
        let claim = case.claim();
        let matrices = matrices(&claim);
        let constraints = matrices.constraints_of_variables();
        let (_, relation) = claim.check().unwrap();
        let mut assignment = assign(&relation);
        let mut loose = 0;
        for i in 1..assignment.len() {
            let x = assignment[i];
            for y in [x + F::one(), F::one() - x, F::from(5), x + x] {
                assignment[i] = y;
                if y != x && constraints[i].iter().all(|row| matrices.holds(*row, &assignment)) {
                    loose += 1;
                }
            }
            assignment[i] = x;
        }
        assert_eq!(loose, 0);
    }
}

#[test]
fn levels_are_ordered() {
    for (least, level, ok) in [
        (Level::L0, Level::L0, true),
        (Level::L0, Level::L2, true),
        (Level::L1, Level::L0, false),
        (Level::L1, Level::L1, true),
        (Level::L2, Level::L1, false),
        (Level::L2, Level::L2, true),
    ] {
        let claim = Case { least_level: least, level, ..day() }.claim();
        assert_eq!(agree(&claim), ok, "{least:?} {level:?}");
    }
}

#[test]
fn validity_holds_exactly_over_the_period() {
    let (start, end) = (START, START + 86_400);
    for (valid, ok) in [
        ((start, end), true),
        ((start + 1, end), false),
        ((start, end - 1), false),
        ((0, (1 << 40) - 1), true),
        ((start - 1, end + 1), true),
    ] {
        assert_eq!(agree(&Case { valid, ..day() }.claim()), ok, "{valid:?}");
    }
}

#[test]
fn limits_hold_exactly() {
    for (value, limits, ok) in [
        (100, (Bound::AtMost, 100), true),
        (101, (Bound::AtMost, 100), false),
        (255, (Bound::AtMost, 255), true),
        (0, (Bound::AtMost, 0), true),
        (1, (Bound::AtMost, 0), false),
        (255, (Bound::AtMost, 0), false),
        (10, (Bound::AtLeast, 10), true),
        (9, (Bound::AtLeast, 10), false),
        (0, (Bound::AtLeast, 255), false),
        (255, (Bound::AtLeast, 255), true),
    ] {
        let conditions = vec![completeness(0), limit(limits.0, limits.1, Tolerance::default())];
        let readings = vec![vec![Reading::measured(value); 4]];
        let claim = Case { conditions, readings: readings.clone(), ..day() }.claim();
        assert_eq!(agree(&claim), ok, "{value} {limits:?}");
        let schedule = scheduled(limits.0, &[limits.1; 4], Tolerance::default());
        let conditions = vec![completeness(0), schedule];
        assert_eq!(
            agree(&Case { conditions, readings, ..day() }.claim()),
            ok,
            "{value} {limits:?}"
        );
    }
}

#[test]
fn a_schedule_bounds_each_slot_by_its_own_value() {
    let readings = vec![[10, 20, 30, 40].map(Reading::measured).to_vec()];
    for bound in [Bound::AtMost, Bound::AtLeast] {
        for slot in 0..4 {
            let mut schedule = vec![10, 20, 30, 40];
            let case = |schedule: &[i64]| {
                let condition = scheduled(bound, schedule, Tolerance::default());
                let conditions = vec![completeness(0), condition];
                Case { conditions, readings: readings.clone(), ..day() }.claim()
            };
            assert!(agree(&case(&schedule)));
            if bound == Bound::AtMost {
                schedule[slot] -= 1;
            } else {
                schedule[slot] += 1;
            }
            assert!(!agree(&case(&schedule)));
        }
    }
}

#[test]
fn volumes_hold_exactly() {
    // The readings of `day` total 130; the largest total of four 8-bit readings is 1020, bounds go up to 2^11 - 1.
    for (min, max, ok) in [
        (130, 130, true),
        (131, 2047, false),
        (0, 129, false),
        (0, 2047, true),
        (2047, 2047, false),
    ] {
        let conditions = vec![completeness(0), volume(min, max, Tolerance::default())];
        assert_eq!(agree(&Case { conditions, ..day() }.claim()), ok, "{min} {max}");
    }
    let readings = vec![vec![Reading::measured(255); 4]];
    let conditions = vec![completeness(0), volume(1020, 1020, Tolerance::default())];
    assert!(agree(&Case { conditions, readings, ..day() }.claim()));
}

#[test]
fn qualities_fail_what_does_not_tolerate_them() {
    let estimated = Reading { value: 20, quality: Quality::Estimated };
    for (odd, share) in [(estimated, 750_000), (Reading::MISSING, 750_000)] {
        let mut readings = day().readings;
        readings[0][1] = odd;
        for (tolerance, ppm, ok) in [
            (tolerate(true, true), share, true),
            (tolerate(true, true), share + 1, false),
            (tolerate(odd == estimated, odd != estimated), share, true),
            (tolerate(odd != estimated, odd == estimated), share, false),
            (tolerate(false, false), share, false),
        ] {
            for condition in [
                volume(0, 1000, tolerance),
                limit(Bound::AtMost, 100, tolerance),
                limit(Bound::AtLeast, 0, tolerance),
            ] {
                let conditions = vec![completeness(ppm), condition];
                let case = Case { conditions, readings: readings.clone(), ..day() };
                assert_eq!(agree(&case.claim()), ok, "{odd:?} {tolerance:?} {ppm}");
            }
        }
    }
}

#[test]
fn missing_intervals_are_left_out_of_a_lower_bound() {
    let mut readings = vec![vec![Reading::measured(50); 4]];
    readings[0][2] = Reading::MISSING;
    let conditions = vec![completeness(0), limit(Bound::AtLeast, 50, tolerate(false, true))];
    assert!(agree(&Case { conditions, readings, ..day() }.claim()));
}

/// A quality of three, and a missing reading with a value: the device signs what it likes, the circuit says no.
#[test]
fn a_missing_reading_has_no_value() {
    let mut case = day();
    case.conditions = vec![completeness(0), volume(0, 1000, tolerate(true, true))];
    case.readings[0][1] = Reading { value: 1, quality: Quality::Missing };
    let claim = case.claim();
    assert_eq!(claim.check().unwrap_err().code(), Code::BrokenChain);
    assert_eq!(violations(&claim), ["reading: missing is zero"]);
}

/// Readings outside the period count for nothing, whatever they are.
#[test]
fn only_the_period_counts() {
    for (slot, inside) in [(4, false), (5, true), (32, true), (33, false)] {
        let mut case = week();
        case.readings[0][slot] = Reading::measured(255);
        assert_eq!(agree(&case.claim()), !inside, "{slot}");
        case.readings[0][slot] = Reading::MISSING;
        case.conditions[0] = completeness(1_000_000);
        assert_eq!(agree(&case.claim()), !inside, "{slot}");
    }
}

/// Periods of every length and phase the circuit has room for: 7 to 9 blocks of four.
#[test]
fn every_phase_of_the_grid_works() {
    for begin in 0..4 {
        for end in [begin + 25, 28, 31, 33, 36] {
            let case = Case { period: (begin, end), ..week() };
            assert!(agree(&case.claim()), "{begin} to {end}");
        }
    }
}

/// Geometries other than the two above: fixed and open numbers of blocks, periods within one block, schedules both ways.
#[test]
fn twin_and_circuit_agree_in_every_geometry() {
    for (geometry, unit, period, count) in [
        (small(true, 1, 3), CalendarUnit::Day, (0, 4), 4),
        (small(true, 1, 3), CalendarUnit::Day, (4, 12), 16),
        (small(true, 1, 3), CalendarUnit::Day, (0, 12), 12),
        (small(true, 7, 7), CalendarUnit::Week, (4, 32), 40),
        (small(false, 1, 1), CalendarUnit::Day, (1, 3), 4),
        (small(false, 1, 1), CalendarUnit::Day, (0, 4), 4),
        (small(false, 1, 3), CalendarUnit::Day, (1, 2), 12),
        (small(false, 1, 3), CalendarUnit::Day, (3, 5), 12),
        (small(false, 1, 3), CalendarUnit::Day, (3, 12), 12),
        (small(false, 2, 2), CalendarUnit::Day, (3, 7), 12),
    ] {
        let begin_block = period.0 / 4 * 4;
        let inside = |slot: u64| (period.0..period.1).contains(&slot);
        for (bound, off, absent) in [
            (Bound::AtMost, false, false),
            (Bound::AtLeast, false, false),
            (Bound::AtMost, true, false),
            (Bound::AtLeast, true, false),
            (Bound::AtMost, false, true),
            (Bound::AtLeast, false, true),
        ] {
            // Outside the period, readings are missing or the schedule asks for what they do not meet.
            let reading = |i: u64| match absent && !inside(i) {
                true => Reading::MISSING,
                false => Reading::measured(10 + i as u32),
            };
            let outside = if bound == Bound::AtMost { 0 } else { 255 };
            let limit = |i: u64| if inside(i) { 10 + i as i64 } else { outside };
            let slots = begin_block..begin_block + geometry.slots() as u64;
            let mut schedule: Vec<i64> = slots.map(limit).collect();
            if off {
                let last = &mut schedule[(period.1 - 1 - begin_block) as usize];
                *last = if bound == Bound::AtMost { *last - 1 } else { *last + 1 };
            }
            let none = Tolerance::default();
            let conditions = vec![
                completeness(1_000_000),
                volume(0, 2000, none),
                scheduled(bound, &schedule, none),
            ];
            let readings = vec![(0..count).map(reading).collect()];
            let case = Case { geometry, unit, conditions, period, readings, ..day() };
            assert_eq!(agree(&case.claim()), !off, "{geometry:?} {period:?} {bound:?} {absent}");
        }
    }
}

/// A period that is not where the blocks are: the masks cannot follow.
#[test]
fn the_period_is_bound_to_the_blocks() {
    let claim = week().claim();
    let matrices = matrices(&claim);
    for (begin, end, used) in [(0, 1, 9), (1, 2, 9), (2, 1, 9), (1, 4, 8), (1, 1, 7)] {
        let (_, mut relation) = claim.unchecked().unwrap();
        relation.begin = begin;
        relation.end = end;
        relation.used = used;
        assert!(!matrices.violations(&assign(&relation)).is_empty(), "{begin} {end} {used}");
    }
}

#[test]
fn two_channels_are_kept_apart() {
    let mut case = day();
    case.readings.push(vec![Reading::measured(200); 4]);
    assert!(agree(&case.claim()));
    case.readings.swap(0, 1);
    assert!(!agree(&case.claim()));
}

/// A changed circuit is a decision: counts and digests of the shapes that tests and keys rely on.
#[test]
fn circuits_are_pinned() {
    for (name, constraints, domain) in [
        ("hour-4x15m", 9737, 14),
        ("day-24x1h", 10769, 14),
        ("day-96x15m", 14471, 14),
        ("month-24x1h", 75412, 17),
    ] {
        let matrices = Relation::matrices(&standard(name));
        assert_eq!(matrices.constraints(), constraints, "{name}");
        assert!(matrices.constraints() + matrices.inputs <= 1 << domain, "{name}");
    }
}

fn standard(name: &str) -> Shape {
    let geometry = Geometry::named(name).unwrap();
    let none = Tolerance::default();
    let conditions = [completeness(0), volume(0, 0, none), limit(Bound::AtMost, 0, none)];
    let conditions = conditions.iter().map(Condition::shape).collect();
    Shape { geometry, channels: 1, conditions, trust: Trust::Registry }
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        20 => (0u32..=255).prop_map(Reading::measured),
        6 => prop_oneof![Just(0u32), Just(99), Just(100), Just(101), Just(255)].prop_map(Reading::measured),
        1 => (0u32..=255).prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    /// Twin and circuit agree on random readings, bounds and tolerances; about half of the cases fail.
    #[test]
    fn twin_and_circuit_agree(
        readings in proptest::collection::vec(reading(), 4),
        total in 0u64..8,
        bound in prop_oneof![Just(100i64), Just(255), 0i64..256],
        at_least in any::<bool>(),
        tolerances in any::<(bool, bool)>(),
        ppm in prop_oneof![Just(0i64), Just(500_000), Just(750_000), Just(1_000_000)],
    ) {
        let sum: i64 = readings.iter().map(|r| i64::from(r.value)).sum();
        // Bounds at, just inside and just outside the total.
        let (min, max) = match total {
            0 => (sum, sum),
            1 => (sum + 1, 2047),
            2 => (0, (sum - 1).max(0)),
            _ => (0, 2047),
        };
        let tolerance = tolerate(tolerances.0, tolerances.1);
        let direction = if at_least { Bound::AtLeast } else { Bound::AtMost };
        let bound = if at_least { bound / 8 } else { bound };
        let conditions =
            vec![completeness(ppm), volume(min, max, tolerance), limit(direction, bound, tolerance)];
        let claim = Case { conditions, readings: vec![readings], ..day() }.claim();
        let (_, relation) = claim.unchecked().unwrap();
        let broken = matrices(&claim).violations(&assign(&relation));
        prop_assert_eq!(claim.check().is_ok(), broken.is_empty(), "{:?}", broken);
    }
}
