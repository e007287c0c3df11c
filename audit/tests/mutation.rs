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
        for outcome in [subject.wires(5), subject.hints(100)] {
            assert!(outcome.tried > 50, "{name}: {outcome:?}");
            assert!(outcome.defects.is_empty(), "{name}: {outcome:?}");
        }
    }
}

/// A rule taken away is noticed: siblings and hashes that may be anything, an output that is not the total.
#[test]
fn a_missing_rule_is_noticed() {
    let stages = stages().unwrap();
    let stage = stages.iter().find(|stage| stage.name == "hour-15m-volume-shown").unwrap();
    for rule in ["registry: select", "poseidon", "output"] {
        let subject = Subject::new(stage).unwrap().without(rule);
        let outcome = subject.wires(1);
        assert!(!outcome.defects.is_empty(), "{rule}: {outcome:?}");
    }
}
