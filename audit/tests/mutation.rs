//! Mutants of good claims: none passes, and what should be noticed is.
#![allow(clippy::unwrap_used)]

use wattproof_audit::mutation::Subject;
use wattproof_audit::stage::stages;

/// Every circuit has a claim that it accepts; on the smaller ones some mutants.
#[test]
fn no_mutant_passes() {
    let stages = stages().unwrap();
    for name in ["day-1h-home", "day-1h-home-l3"] {
        let stage = stages.iter().find(|stage| stage.name == name).unwrap();
        let subject = Subject::new(stage).unwrap();
        for outcome in [subject.wires(3), subject.hints(200)] {
            assert!(outcome.tried > 100, "{name}: {outcome:?}");
            assert!(outcome.defects.is_empty(), "{name}: {outcome:?}");
        }
    }
}

/// A rule taken away is noticed: bits that are no bits, products that are no products, an output that is not the total.
#[test]
fn a_missing_rule_is_noticed() {
    let stages = stages().unwrap();
    let stage = stages.iter().find(|stage| stage.name == "hour-15m-volume-shown").unwrap();
    for rule in ["registry: select", "poseidon", "signature: window", "output"] {
        let subject = Subject::new(stage).unwrap().without(rule);
        let outcome = [subject.wires(1), subject.hints(20_000)];
        assert!(outcome.iter().any(|outcome| !outcome.defects.is_empty()), "{rule}: {outcome:?}");
    }
}
