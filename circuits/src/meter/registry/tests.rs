use super::*;
use crate::meter::SecretKey;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static KEY: LazyLock<PublicKey> = LazyLock::new(|| SecretKey::from_seed([1; 32]).public());

fn leaf(meter: u64, valid: (u64, u64), nullifier: u64) -> Leaf {
    Leaf {
        key: *KEY,
        meter_id: F::from(meter),
        nullifier_commitment: F::from(nullifier),
        level: Level::L1,
        nameplate: 1,
        valid_from: valid.0,
        valid_until: valid.1,
    }
}

#[test]
fn validity_ranges_of_one_meter_never_overlap() {
    let mut registry = Registry::new(2).expect("depth");
    registry.add(leaf(1, (10, 20), 5)).expect("first");
    for (valid, ok) in [((19, 30), false), ((0, 11), false), ((12, 13), false), ((20, 30), true)] {
        assert_eq!(registry.add(leaf(1, valid, 5)).is_ok(), ok, "{valid:?}");
    }
    registry.add(leaf(2, (10, 20), 6)).expect("another meter, same key");
}

/// Claim, be revoked, enrol again with a new nullifier key, claim again: refused at the third step.
#[test]
fn revocation_opens_no_second_claim() {
    let mut registry = Registry::new(2).expect("depth");
    let index = registry.add(leaf(1, (10, 20), 5)).expect("first");
    registry.revoke(index).expect("there");
    assert!(registry.revoke(index).is_err());
    assert!(registry.path(index).is_err());
    let refused = registry.add(leaf(1, (15, 25), 6)).expect_err("another nullifier key");
    assert_eq!(refused.code(), Code::NotEnrolled);
    registry.add(leaf(1, (15, 25), 5)).expect("the same nullifier key");
    registry.add(leaf(1, (25, 30), 6)).expect("another key, from a later time");
}

/// With roots that end, a revoked entry reaches to the end of the last one's grace period. A new nullifier key begins there at the earliest.
#[test]
fn a_lost_nullifier_key_is_replaced_when_the_old_one_is_out_of_reach() {
    let mut registry = Registry::new(2).expect("depth");
    let mut change = |f: &dyn Fn(&mut Roll) -> Result<usize>| registry.change(f);
    let index = change(&|roll| roll.add(leaf(1, (0, 100), 5))).expect("first");
    change(&|roll| roll.revoke(index, 40).map(|()| 0)).expect("there");
    assert!(change(&|roll| roll.add(leaf(1, (39, 100), 6))).is_err(), "a second too early");
    assert!(change(&|roll| roll.add(leaf(1, (0, 10), 6))).is_err(), "before");
    change(&|roll| roll.add(leaf(1, (40, 100), 6))).expect("when it is over");
    assert!(
        change(&|roll| roll.add(leaf(1, (30, 41), 5))).is_err(),
        "the old one over the new one"
    );
    change(&|roll| roll.add(leaf(1, (0, 40), 5))).expect("the old one up to there");
}

#[test]
fn rotation_cuts_the_old_entry_at_the_boundary() {
    let fresh = || {
        let mut registry = Registry::new(2).expect("depth");
        registry.add(leaf(1, (0, 100), 5)).expect("first");
        registry
    };
    let rotate = |next: Leaf, reach: u64| {
        let mut registry = fresh();
        let outcome = registry.change(|roll| roll.rotate(0, next.clone(), reach));
        assert!(registry.is_sound());
        if outcome.is_err() {
            assert_eq!((registry.root(), registry.entries()), (fresh().root(), fresh().entries()));
        }
        outcome.map(|(rest, next)| {
            (registry.entries()[rest].clone(), registry.entries()[next].clone())
        })
    };
    // Another signing key: from any boundary on.
    let (rest, next) = rotate(leaf(1, (30, 120), 5), 60).expect("the same nullifier key");
    assert_eq!((rest.leaf, next.leaf), (leaf(1, (0, 30), 5), leaf(1, (30, 120), 5)));
    // Another nullifier key: from the end of the grace period on.
    assert!(rotate(leaf(1, (59, 120), 6), 60).is_err());
    rotate(leaf(1, (60, 120), 6), 60).expect("over");
    for (next, why) in [
        (leaf(2, (60, 120), 5), "another meter"),
        (leaf(1, (0, 120), 5), "nothing is left of the old one"),
        (leaf(1, (100, 120), 5), "not within the old one"),
        (leaf(1, (60, 60), 5), "empty"),
    ] {
        assert!(rotate(next, 60).is_err(), "{why}");
    }
    let mut registry = fresh();
    registry.revoke(0).expect("there");
    assert!(registry.change(|roll| roll.rotate(0, leaf(1, (30, 120), 5), 60)).is_err(), "revoked");
    assert!(fresh().change(|roll| roll.rotate(1, leaf(1, (30, 120), 5), 60)).is_err(), "not there");
}

#[test]
fn paths_lead_to_the_root_and_revoked_leaves_are_zero() {
    let mut registry = Registry::new(2).expect("depth");
    let empty = registry.root();
    for meter in 0..16 {
        registry.add(leaf(meter, (0, 9), meter)).expect("room");
    }
    assert!(registry.add(leaf(99, (0, 9), 1)).is_err(), "full");
    for index in 0..16 {
        let path = registry.path(index).expect("there");
        let leaf = registry.entries()[index].leaf.hash();
        assert_eq!(path.root(leaf).expect("in its place"), registry.root());
        assert!(path.root(leaf + F::from(1)).is_err());
    }
    for index in 0..16 {
        registry.revoke(index).expect("there");
    }
    assert_eq!(registry.root(), empty);
}

/// All levels anew, as the tree's definition has it.
fn naive_root(depth: u8, leaves: &[F]) -> F {
    let mut nodes = leaves.to_vec();
    nodes.resize(1 << (2 * depth), F::zero());
    while nodes.len() > 1 {
        nodes = nodes.chunks(4).map(|c| hash_node(&[c[0], c[1], c[2], c[3]])).collect();
    }
    nodes[0]
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Add { meter: u64, from: u64, length: u64, nullifier: u64 },
    Revoke { index: usize },
    Rotate { index: usize, meter: u64, from: u64, length: u64, nullifier: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    let meter = 0..3u64;
    let from = 0..30u64;
    let length = 0..20u64;
    let nullifier = 0..2u64;
    prop_oneof![
        4 => (meter.clone(), from.clone(), length.clone(), nullifier.clone()).prop_map(
            |(meter, from, length, nullifier)| Step::Add { meter, from, length, nullifier }
        ),
        2 => (0..12usize).prop_map(|index| Step::Revoke { index }),
        3 => (0..12usize, meter, from, length, nullifier).prop_map(
            |(index, meter, from, length, nullifier)| Step::Rotate { index, meter, from, length, nullifier }
        ),
    ]
}

const GRACE: u64 = 4;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever happens: of one meter and instant there is at most one nullifier commitment that claims may have been made with, over all
    /// roots that were ever accepted then; and the tree is that of the live entries.
    #[test]
    fn no_history_gives_a_meter_two_claims(steps in proptest::collection::vec(step(), 1..25)) {
        let mut registry = Registry::new(2).expect("depth");
        // Each second one step. A claim over [t, t + 1) is accepted at t + 1 or later, under a root then current or in grace.
        let mut claims: BTreeMap<(u64, u64), Vec<F>> = BTreeMap::new();
        let mut history: Vec<(u64, Vec<Leaf>)> = vec![(0, Vec::new())];
        for (now, step) in (1..).zip(steps) {
            let reach = now + GRACE;
            let _ = registry.change(|roll| match step {
                Step::Add { meter, from, length, nullifier } =>
                    roll.add(leaf(meter, (from, from + length), nullifier)).map(drop),
                Step::Revoke { index } => roll.revoke(index, reach),
                Step::Rotate { index, meter, from, length, nullifier } =>
                    roll.rotate(index, leaf(meter, (from, from + length), nullifier), reach).map(drop),
            });
            let live: Vec<Leaf> = registry.entries().iter().filter(|e| !e.revoked).map(|e| e.leaf.clone()).collect();
            for (i, a) in live.iter().enumerate() {
                prop_assert!(live[..i].iter().all(|b| !a.overlaps(b)));
            }
            history.push((now, live));
            let leaves: Vec<F> = registry.entries().iter().map(leaf_hash).collect();
            prop_assert_eq!(registry.root(), naive_root(2, &leaves));
            prop_assert!(registry.is_sound());
        }
        let end = history.len() as u64 + 60;
        for (i, (_, live)) in history.iter().enumerate() {
            // Accepted until the grace period of this root ends.
            let until = history.get(i + 1).map_or(end, |(next, _)| next + GRACE);
            for leaf in live {
                for second in leaf.valid_from..leaf.valid_until {
                    // Periods that are over while the root is still accepted.
                    if second + 1 < until {
                        let meter = integer_of(&leaf.meter_id);
                        let made = claims.entry((meter, second)).or_default();
                        if !made.contains(&leaf.nullifier_commitment) {
                            made.push(leaf.nullifier_commitment);
                        }
                    }
                }
            }
        }
        for (place, made) in claims {
            prop_assert!(made.len() == 1, "{:?}: {:?}", place, made);
        }
    }
}

fn integer_of(x: &F) -> u64 {
    crate::hash::integer(x)[0]
}
