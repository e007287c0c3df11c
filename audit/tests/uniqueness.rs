//! The catalogue has no open wire, and arguments name tests that exist.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use wattproof_audit::circuits;
use wattproof_audit::uniqueness::argued::{ARGUED, Claimed};
use wattproof_audit::uniqueness::{Determined, determine_circuit};

/// All circuits, once.
fn found() -> Vec<(String, Determined)> {
    let circuits = circuits().unwrap();
    circuits.iter().map(|(name, shape)| (name.clone(), determine_circuit(shape))).collect()
}

#[test]
fn nothing_is_open_and_every_argument_is_needed() {
    let found = found();
    assert!(found.iter().any(|(name, _)| name.ends_with("-hidden")));
    let mut used = BTreeSet::new();
    for (name, found) in &found {
        assert!(found.open.is_empty(), "{name}: {:?}", found.open);
        let covered = found.by_row + found.by_decomposition;
        let rest = |list: &std::collections::BTreeMap<_, usize>| list.values().sum::<usize>();
        let all = covered + rest(&found.argued) + rest(&found.free);
        assert_eq!(all, found.variables, "{name}: every wire is counted once");
        used.extend(found.argued.keys().chain(found.free.keys()).copied());
    }
    for argument in ARGUED {
        assert!(used.contains(argument.name), "{}: no wire needs it", argument.name);
    }
}

#[test]
fn arguments_name_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names = BTreeSet::new();
    for argument in ARGUED {
        assert!(names.insert(argument.name), "{}: argued twice", argument.name);
        assert!(!argument.tests.is_empty());
        for test in argument.tests {
            let (file, name) = test.split_once("::").unwrap();
            let source = fs::read_to_string(root.join(file)).unwrap();
            assert!(source.contains(&format!("fn {name}(")), "{}: no test {test}", argument.name);
        }
    }
    assert!(ARGUED.iter().any(|argument| argument.claimed == Claimed::Free));
}
