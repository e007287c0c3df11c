//! The model's rules are the code's: each change of the registry is made in both, each root shown to both verifiers.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use wattproof_audit::model::{Change, Leaf, Registry, Root, Rules, profile_takes};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Bundle, Profile, ReplacedRoot};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{self, Level, PublicKey, SecretKey};
use wattproof_circuits::policy::Period;
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey, Verifier};
use wattproof_tests::vector::Vectors;

const GRACE: u8 = 2;
const END: u8 = 6;

fn real_leaf(key: &PublicKey, leaf: &Leaf) -> meter::Leaf {
    meter::Leaf {
        key: *key,
        meter_id: F::from(leaf.id),
        nullifier_commitment: F::from(leaf.nullifier),
        level: Level::L1,
        nameplate: 1,
        valid_from: leaf.from.into(),
        valid_until: leaf.until.into(),
    }
}

fn changes(entries: usize) -> Vec<Change> {
    let mut list: Vec<_> = (0..=entries).map(Change::Revoke).collect();
    for id in 0..2 {
        for nullifier in 0..2 {
            for from in 0..END {
                for until in [from, from + 2, END] {
                    let leaf = Leaf { meter: id, id, nullifier, from, until };
                    list.push(Change::Add(leaf));
                    list.extend((0..=entries).map(|index| Change::Rotate(index, leaf)));
                }
            }
        }
    }
    list
}

/// Two registries that should be one.
struct Pair {
    model: Registry,
    real: meter::Registry,
}

impl Pair {
    /// Both make a change, or both refuse it; then they hold the same.
    fn change(&self, key: &PublicKey, change: Change, now: u8) -> Option<Self> {
        let mut real = self.real.clone();
        let reach = u64::from(now + GRACE);
        let outcome = real.change(|roll| match &change {
            Change::Add(leaf) => roll.add(real_leaf(key, leaf)).map(drop),
            Change::Revoke(index) => roll.revoke(*index, reach),
            Change::Rotate(index, leaf) => {
                roll.rotate(*index, real_leaf(key, leaf), reach).map(drop)
            }
        });
        let model = self.model.change(change, now, GRACE, Rules::default());
        assert_eq!(model.is_some(), outcome.is_ok(), "{change:?} at {now} on {:?}", self.model);
        let model = model?;
        assert_eq!(model.entries.len(), real.entries().len());
        for (ours, theirs) in model.entries.iter().zip(real.entries()) {
            assert_eq!(real_leaf(key, &ours.leaf), theirs.leaf);
            assert_eq!(ours.revoked_at.is_some(), theirs.revoked);
            assert_eq!(u64::from(ours.reach), theirs.reach, "{change:?} on {:?}", self.model);
        }
        Some(Self { model, real })
    }
}

/// Every pair of changes at any two moments, after a first enrolment.
#[test]
fn the_registry_is_the_real_one() {
    let key = SecretKey::from_seed([1; 32]).public();
    let (mut accepted, mut refused) = (0, 0);
    let empty = Pair { model: Registry::default(), real: meter::Registry::new(2).unwrap() };
    let leaf = Leaf { meter: 0, id: 0, nullifier: 0, from: 0, until: END };
    let begun = empty.change(&key, Change::Add(leaf), 0).unwrap();
    for first_at in [0, 2] {
        for first in changes(1) {
            let Some(once) = begun.change(&key, first, first_at) else {
                refused += 1;
                continue;
            };
            for second_at in first_at..END {
                for second in changes(once.model.entries.len()) {
                    match once.change(&key, second, second_at) {
                        Some(_) => accepted += 1,
                        None => refused += 1,
                    }
                }
            }
        }
    }
    assert!(accepted > 1_000 && refused > 1_000, "{accepted} accepted, {refused} refused");
}

/// A profile with roots, as the registry's log has them: present, and replaced ones whose grace period has not ended.
fn roots_of(known: &[(Root, u8)], written: u8, profile: &mut Profile) {
    let element = |root: Root| F::from(u64::from(root) + 1);
    let (present, _) = known.last().unwrap();
    profile.roots = vec![element(*present)];
    profile.replaced_roots.clear();
    let mut named = vec![*present];
    for pair in known.windows(2).rev() {
        let ((root, _), (_, replaced_at)) = (pair[0], pair[1]);
        if written < replaced_at + GRACE && !named.contains(&root) {
            named.push(root);
            profile.replaced_roots.push(ReplacedRoot {
                root: element(root),
                replaced_at: at(replaced_at),
                valid_until: at(replaced_at + GRACE),
            });
        }
    }
}

const DAY: u64 = 86_400;
/// Where a day of the vectors' calendar begins.
const BEGIN: u64 = 1_296_498_600;

/// A moment of the model: a day.
fn at(moment: u8) -> u64 {
    BEGIN + u64::from(moment) * DAY
}

/// Histories of roots, one that comes back among them; a wrong proof shows whether the root was the reason to refuse.
#[test]
fn roots_are_taken_as_the_real_verifier_takes_them() {
    let vectors = Vectors::read().unwrap();
    let case = vectors.case("small-settlement").unwrap();
    let key = LoadedKey::from_json(vectors.key(case).unwrap(), KeyPolicy { allow_dev: true });
    let key = Arc::new(key.unwrap());
    let mut profile = Profile::from_json(vectors.profile(case).unwrap().unwrap()).unwrap();
    let mut bundle = Bundle::from_json(case.bundle.as_ref().unwrap()).unwrap();
    let (mut taken, mut refused) = (0, 0);
    let histories: [&[(Root, u8)]; 4] = [
        &[(0, 0), (1, 0), (2, 2)],
        &[(0, 0), (1, 1), (2, 1), (4, 3)],
        &[(1, 0), (3, 2), (1, 3)],
        &[(1, 0), (3, 1), (1, 2), (5, 4)],
    ];
    for history in histories {
        for until in 1..=history.len() {
            for (written, end) in
                (history[until - 1].1..END).flat_map(|w| (1..END).map(move |e| (w, e)))
            {
                roots_of(&history[..until], written, &mut profile);
                profile.period = Period::new(at(end - 1), at(end)).unwrap();
                let mut verifier =
                    Verifier::new(key.clone(), profile.clone(), [19_800; 4]).unwrap();
                for now in written..=END {
                    verifier.set_time(at(now));
                    for root in [0, 1, 2, 3, 4, 5] {
                        bundle.statement.period = profile.period;
                        bundle.statement.anchor = F::from(u64::from(root) + 1);
                        let code = verifier.verify_bundle(&bundle).map(drop).unwrap_err().code();
                        let moments = [written, now];
                        let takes = profile_takes(
                            &history[..until],
                            root,
                            end,
                            moments,
                            GRACE,
                            Rules::default(),
                        );
                        let expected = if takes { Code::ProofInvalid } else { Code::WrongRoot };
                        assert_eq!(
                            code, expected,
                            "{history:?} {until} {written} {now} {root} {end}"
                        );
                        if takes { taken += 1 } else { refused += 1 }
                    }
                }
            }
        }
    }
    assert!(taken > 300 && refused > 300, "{taken} taken, {refused} refused");
}
