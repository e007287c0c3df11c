//! The shared vectors, judged by Rust (the JavaScript runner is sdk/js/test/vectors.test.js).
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::Bundle;
use wattproof_circuits::verifier::MemoryNullifiers;
use wattproof_tests::vector::{Case, Outcome, Vectors};

/// Fewer cases than this means that vectors were lost, not that all is well.
const LEAST_CASES: usize = 60;

fn read() -> Vectors {
    Vectors::read().unwrap()
}

#[test]
fn every_vector_gets_its_verdict_and_code() {
    let vectors = read();
    assert!(vectors.cases.len() >= LEAST_CASES, "only {} vectors", vectors.cases.len());
    let wrong: Vec<_> = (vectors.cases.iter())
        .map(|case| (case, vectors.judge(case).unwrap()))
        .filter(|(case, outcome)| *outcome != case.expect)
        .map(|(case, outcome)| format!("{}: {outcome:?} ({})", case.name, case.why))
        .collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn vectors_have_names_of_their_own_and_use_every_file() {
    let vectors = read();
    let names: BTreeSet<_> = vectors.cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), vectors.cases.len());
    let used = |files: &BTreeMap<String, String>, of: fn(&Case) -> &Option<String>| {
        files.keys().all(|name| vectors.cases.iter().any(|case| of(case).as_ref() == Some(name)))
    };
    assert!(used(&vectors.keys, |case| &case.key));
    assert!(used(&vectors.profiles, |case| &case.profile));
}

/// A code that no vector shows is either out of a verifier's reach, or forgotten.
#[test]
fn every_code_of_a_verifier_has_a_vector() {
    let beyond = [
        // Needs a store of nullifiers: see `re_made_proofs_are_claimed_once`.
        Code::AlreadyClaimed,
        // A prover's, before there is a proof.
        Code::ConditionFails,
        Code::BrokenChain,
        Code::NotEnrolled,
        // An aggregator's, about rosters and shares.
        Code::BadRoster,
        Code::WrongRound,
        Code::MemberMissing,
        Code::MemberTwice,
        Code::SumClosed,
        // A web page's, before its key is there.
        Code::FetchFailed,
        // A prover's ledger, before there is a proof.
        Code::OverBudget,
        Code::SecondSum,
        Code::MaskReused,
    ];
    let vectors = read();
    let shown: BTreeSet<_> =
        vectors.cases.iter().flat_map(outcomes).filter_map(|o| o.code.as_deref()).collect();
    for code in Code::ALL {
        assert_eq!(shown.contains(code.as_str()), !beyond.contains(code), "{}", code.as_str());
    }
}

/// What a case shows: in every build, and in one without L3.
fn outcomes(case: &Case) -> impl Iterator<Item = &Outcome> {
    std::iter::once(&case.expect).chain(&case.without_l3)
}

/// Replay is keyed on the nullifier: proofs made anew from old ones are the same claim.
#[test]
fn re_made_proofs_are_claimed_once() {
    let vectors = read();
    let first = vectors.case("day").unwrap();
    let verifier = vectors.verifier(first).unwrap();
    let mut store = MemoryNullifiers::default();
    verifier.verify_once(first.bundle.as_ref().unwrap(), &mut store).unwrap();
    for name in ["re-randomised-negated", "re-randomised-scaled", "re-randomised-fully", "day"] {
        let bundle = vectors.case(name).unwrap().bundle.as_ref().unwrap();
        verifier.verify(bundle).unwrap();
        let refused = verifier.verify_once(bundle, &mut store).unwrap_err();
        assert_eq!(refused.code(), Code::AlreadyClaimed, "{name}");
    }
}

/// Ten thousand damaged bundles: none is accepted as anything but what it was, and a good one still verifies.
#[test]
fn after_ten_thousand_hostile_bundles_a_good_one_still_verifies() {
    let vectors = read();
    let good = |case: &&Case| case.expect == Outcome::verified() && case.profile.is_some();
    let cases: Vec<_> = vectors.cases.iter().filter(good).collect();
    let verifiers: Vec<_> = cases.iter().map(|case| vectors.verifier(case).unwrap()).collect();
    let mut random = Random(0x5eed);
    let mut accepted = 0;
    for round in 0..10_000 {
        let which = round % cases.len();
        let text = cases[which].bundle.as_ref().unwrap();
        let other = cases[random.below(cases.len())].bundle.as_ref().unwrap();
        let damaged = damage(text, other, &mut random);
        if verifiers[which].verify(&damaged).is_ok() {
            accepted += 1;
            assert_eq!(meaning(&damaged), meaning(text), "{damaged}");
        }
    }
    // Damage to white space and to the stamp is none.
    assert!(accepted < 2_000, "{accepted}");
    for (case, verifier) in cases.iter().zip(&verifiers) {
        verifier.verify(case.bundle.as_ref().unwrap()).unwrap();
    }
}

/// What a bundle claims: nothing that its proof does not cover.
fn meaning(text: &str) -> impl PartialEq + std::fmt::Debug + use<> {
    let bundle = Bundle::from_json(text).unwrap();
    (bundle.circuit_id, bundle.statement)
}

/// One of the ways in which files go wrong, or are made to.
fn damage(text: &str, other: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] = b' ' + random.below(95) as u8,
        1 => bytes.truncate(at),
        2 => drop(bytes.remove(at)),
        3 => bytes.insert(at, b'0' + random.below(10) as u8),
        4 => {
            let end = (at + random.below(40)).min(bytes.len());
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        5 => {
            let from = random.below(other.len());
            let part = &other.as_bytes()[from..(from + 30).min(other.len())];
            bytes.splice(at..(at + 30).min(text.len()), part.iter().copied());
        }
        _ => {
            let (a, b) = (random.below(text.len()), random.below(text.len()));
            bytes.swap(a, b);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A small generator, so that the run is the same each time (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % n
    }
}
