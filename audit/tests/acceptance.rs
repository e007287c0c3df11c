//! Proofs of the smallest circuits against each other's keys; `cargo xtask audit --only acceptance` has all.
#![allow(clippy::unwrap_used)]

use wattproof_audit::acceptance::Proved;
use wattproof_audit::stage::stages;

#[test]
fn a_key_accepts_its_own_proofs_only() {
    let cache = tempfile::tempdir().unwrap();
    let stages = stages().unwrap();
    let of = |name: &str, seed| {
        let stage = stages.iter().find(|stage| stage.name == name).unwrap();
        Proved::of(stage, seed, cache.path()).unwrap()
    };
    // Of one circuit another key too.
    let proved = [of("day-1h-home", 1), of("day-1h-home-l3", 2), of("day-1h-home", 3)];
    for (i, proof) in proved.iter().enumerate() {
        assert!(proof.holds(), "{}", proof.name);
        for (j, key) in proved.iter().enumerate().filter(|(j, _)| *j != i) {
            let tried = proof.under(key);
            assert_eq!(
                (tried.tried, tried.accepted),
                (6, 0),
                "{} {i} under {} {j}",
                proof.name,
                key.name
            );
        }
        // What is tried is what would be accepted.
        assert_eq!(proof.under(proof).accepted, 6);
    }
    // The second time nothing is proved: the files are read again.
    let again = of("day-1h-home", 1);
    assert!(again.holds() && again.under(&proved[0]).accepted == 6);
}
