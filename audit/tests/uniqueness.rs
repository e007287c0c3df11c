//! The catalogue has no open wire, and arguments name tests that exist.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use wattproof_audit::circuits;
use wattproof_audit::uniqueness::argued::{ARGUED, Claimed};
use wattproof_audit::uniqueness::{Determined, determine_circuit, page};

fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// All circuits, two at a time.
fn found() -> Vec<(String, Determined)> {
    let circuits = circuits().unwrap();
    let (even, odd): (Vec<_>, Vec<_>) = (0..circuits.len()).partition(|i| i % 2 == 0);
    let determine = |list: Vec<usize>| -> Vec<_> {
        list.into_iter().map(|i| (i, determine_circuit(&circuits[i].1))).collect()
    };
    let mut found = std::thread::scope(|scope| {
        let odd = scope.spawn(|| determine(odd));
        [determine(even), odd.join().unwrap()].concat()
    });
    found.sort_by_key(|(i, _)| *i);
    found.into_iter().map(|(i, found)| (circuits[i].0.clone(), found)).collect()
}

#[test]
fn nothing_is_open_and_every_argument_is_needed() {
    let found = found();
    assert!(found.iter().any(|(name, _)| name == "day-hidden"));
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
    let path = root().join("docs/soundness/uniqueness.md");
    if std::env::var_os("WATTPROOF_WRITE_AUDIT").is_some() {
        fs::write(&path, page(&found)).unwrap();
    }
    let run = "WATTPROOF_WRITE_AUDIT=1 cargo test --release -p wattproof-audit --test uniqueness";
    assert!(fs::read_to_string(&path).unwrap() == page(&found), "the page is stale: run `{run}`");
}

#[test]
fn arguments_name_tests_that_exist() {
    let mut names = BTreeSet::new();
    for argument in ARGUED {
        assert!(names.insert(argument.name), "{}: argued twice", argument.name);
        assert!(!argument.tests.is_empty());
        for test in argument.tests {
            let (file, name) = test.split_once("::").unwrap();
            let source = fs::read_to_string(root().join(file)).unwrap();
            assert!(source.contains(&format!("fn {name}(")), "{}: no test {test}", argument.name);
        }
    }
    assert!(ARGUED.iter().any(|argument| argument.claimed == Claimed::Free));
}
