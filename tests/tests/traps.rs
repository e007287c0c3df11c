//! Guards for the traps of docs/SOUNDNESS.md that no other test guards, and a check of that page and of docs/THREATS.md.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::process::Command;
use wattproof_circuits::cs::{ConstraintSystem, Linear, LinearCombination, Recorder};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::Bundle;
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Level, Reading, SecretKey, Signature};
use wattproof_circuits::policy::Period;
use wattproof_circuits::relation::Claim;
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey};
use wattproof_tests::root;
use wattproof_tests::scene::{DAY, FEBRUARY, Meter, challenge, policy, settlement};
use wattproof_tests::vector::{Outcome, Vectors};

/// Sources under a folder, by their path from the root.
fn sources(folder: &str, list: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("{folder}/{name}");
        if root().join(&path).is_dir() {
            sources(&path, list);
        } else if name.ends_with(".rs") {
            list.push((path.clone(), fs::read_to_string(root().join(&path)).unwrap()));
        }
    }
}

/// Every test that the pages name is there, and every trap and every threat names one.
#[test]
fn the_pages_name_tests_that_exist() {
    for (page, least) in [("SOUNDNESS", 17), ("THREATS", 11)] {
        let page = fs::read_to_string(root().join(format!("docs/{page}.md"))).unwrap();
        assert!(names_tests_that_exist(&page) >= least, "sections are missing");
    }
}

/// How many sections there are; each names a test.
fn names_tests_that_exist(page: &str) -> usize {
    let traps = page.split("\n### ").skip(1);
    let count = traps.clone().count();
    for trap in traps {
        let title = trap.lines().next().unwrap();
        let named: Vec<_> =
            trap.split('`').skip(1).step_by(2).filter(|t| t.contains("::")).collect();
        assert!(!named.is_empty(), "{title}: names no test");
        for test in named {
            let (path, name) = test.split_once("::").unwrap();
            let source = fs::read_to_string(root().join(path)).unwrap_or_default();
            let there = match path.ends_with(".rs") {
                true => source.contains(&format!("fn {name}(")),
                false => source.contains(&format!("test('{name}'")),
            };
            assert!(there, "{title}: no test {test}");
        }
    }
    count
}

/// arkworks' functions that skip checks are used only where what they are given is checked next, is a constant, is
/// computed here, or is pinned by a digest.
#[test]
fn unchecked_points_are_fenced() {
    let fenced: BTreeSet<_> = [
        // The curve's generator.
        "circuits/src/curve.rs",
        // The prover's own sums of points; each proof is verified before it is handed out.
        "circuits/src/groth16/msm.rs",
        // Sums on their way to another worker of the same prover: coordinates, written down.
        "circuits/src/groth16/parts.rs",
        // An element whose limbs our own arithmetic reduced, or compared with the modulus.
        "circuits/src/hash.rs",
        // The curves' generators.
        "circuits/src/groth16/narrow/curve.rs",
        // Proving keys, whose digest is pinned.
        "circuits/src/groth16/raw.rs",
        // Points that our own arithmetic checked, on their way to arkworks.
        "circuits/src/pairing/arkworks.rs",
        // Followed by the check that says what is wrong.
        "circuits/src/meter/key.rs",
        // Read from files of snarkjs, and checked on the next line.
        "circuits/src/iden3/json.rs",
        "circuits/src/iden3/point.rs",
        // Computed here: on the curve by their equation, times the cofactor.
        "circuits/src/setup/ceremony/points.rs",
    ]
    .into();
    let mut list = Vec::new();
    for folder in
        ["circuits/src", "device/src", "intake/src", "prover-cli/src", "registry/src", "sdk/src"]
    {
        sources(folder, &mut list);
    }
    let is_test = |path: &str| path.ends_with("tests.rs") || path.contains("/tests/");
    for (path, text) in list.iter().filter(|(path, _)| !is_test(path)) {
        let skips = ["_unchecked", "Validate::No", "_with_mode("].iter().any(|w| text.contains(w));
        assert!(!skips || fenced.contains(path.as_str()), "{path} skips a check");
    }
}

/// What ships to browsers is built with `-p`, and so without what others in the workspace ask for.
#[test]
fn the_web_verifier_has_no_prover_in_it() {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let args = ["tree", "-p", "wattproof-sdk", "-e", "normal", "--prefix", "none", "--offline"];
    let tree = Command::new(cargo).args(args).args(["-f", "{p} {f}"]).current_dir(root()).output();
    let tree = String::from_utf8(tree.unwrap().stdout).unwrap();
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("wattproof-circuits") && names.contains("ark-bn254"), "{tree}");
    // Not rand_chacha: ark-std always brings it, and the linker leaves it out.
    for unwanted in ["rayon", "ark-groth16", "ark-relations", "jiff"] {
        assert!(!names.contains(unwanted), "{unwanted} is in the web verifier");
    }
    let circuits = tree.lines().find(|line| line.starts_with("wattproof-circuits ")).unwrap();
    assert!(!circuits.contains("prover") && !circuits.contains("parallel"), "{circuits}");
}

/// Every real key and claim, with every number of inputs up to twice its own.
#[test]
fn other_numbers_of_inputs_are_refused_under_real_keys() {
    let vectors = Vectors::read().unwrap();
    let mut keys = BTreeSet::new();
    for case in vectors.cases.iter().filter(|case| case.expect == Outcome::verified()) {
        if !keys.insert(case.key.clone()) {
            continue;
        }
        let text = vectors.key(case).unwrap();
        let key = LoadedKey::from_json(text, KeyPolicy { allow_dev: true }).unwrap();
        let prepared = PreparedVerifyingKey::from(key.file().key());
        let bundle = Bundle::from_json(case.bundle.as_ref().unwrap()).unwrap();
        let (inputs, proof) = (bundle.statement.to_public_inputs(), bundle.proof().unwrap());
        for n in 0..=2 * inputs.len() {
            for filler in [F::from(0), F::from(99)] {
                let mut list = inputs.clone();
                list.resize(n, filler);
                let code = prepared.verify(&list, &proof).map_err(|e| e.code());
                let expected = if n == inputs.len() { Ok(()) } else { Err(Code::InputCount) };
                assert_eq!(code, expected, "{}: {n}", case.name);
            }
        }
    }
    assert!(keys.len() >= 5, "{keys:?}");
}

/// A comparison of two constants adds nothing to a circuit; recording one is a mistake and stops.
#[test]
fn a_constraint_on_constants_cannot_be_recorded() {
    let constant = |x: u64| LinearCombination::constant(F::from(x));
    for (a, b) in [(7, 7), (7, 8), (0, 0)] {
        let recorded = catch_unwind(|| {
            Recorder::new().enforce_equal("constants", &constant(a), &constant(b));
        });
        assert!(recorded.is_err(), "{a} = {b}");
    }
    // What cancels out is a constant, too.
    let cancelled = catch_unwind(|| {
        let mut recorder = Recorder::new();
        let x = recorder.witness(|| F::from(1));
        recorder.enforce_equal("cancelled", &x.minus(&x), &constant(0));
    });
    assert!(cancelled.is_err());
    let mut recorder = Recorder::new();
    let x = recorder.witness(|| F::from(1));
    recorder.enforce_equal("wire", &x, &constant(1));
    assert_eq!(recorder.finish().constraints(), 1);
}

fn meter(seed: u8) -> Meter {
    let readings = vec![Reading::measured(500); 48];
    Meter::new(seed, &policy("day-sdge.json").unwrap(), Level::L1, FEBRUARY, &[readings]).unwrap()
}

fn first_day() -> Period {
    Period::new(FEBRUARY, FEBRUARY + DAY).unwrap()
}

/// The nullifier follows from meter, scope and period; signatures over the same claim, made as often as one likes, do not
/// touch it, and S plus the order is no signature.
#[test]
fn a_second_signature_gives_no_second_nullifier() {
    let (policy, meter) = (policy("day-sdge.json").unwrap(), meter(1));
    let signature = |claim: &Claim| claim.voucher.enrolled().unwrap().signature;
    let claims: Vec<_> = [challenge(1), challenge(2), settlement()]
        .map(|context| meter.claim(&policy, first_day(), &context).unwrap())
        .into();
    let signatures: BTreeSet<_> = claims.iter().map(|c| signature(c).s_field()).collect();
    assert_eq!(signatures.len(), claims.len(), "each context has a signature of its own");
    let nullifiers: BTreeSet<_> = claims.iter().map(|c| c.check().unwrap().0.nullifier).collect();
    assert_eq!(nullifiers.len(), 1);
    let next = Period::new(FEBRUARY + DAY, FEBRUARY + 2 * DAY).unwrap();
    let next = meter.claim(&policy, next, &challenge(1)).unwrap();
    assert!(!nullifiers.contains(&next.nullifier()), "another period, another nullifier");

    let signature = signature(&claims[0]);
    let order = wattproof_circuits::format::decimal::parse_field(
        "2736030358979909402780800718157159386076813972158567259200215660948447373041",
    );
    let (r, s) = (signature.r, signature.s_field());
    assert_eq!(Signature::new(r.x, r.y, s), Ok(signature));
    let alias = Signature::new(r.x, r.y, s + order.unwrap()).unwrap_err();
    assert_eq!(alias.code(), Code::BadSignature);
}

/// Equal readings never give equal blocks: nobody finds readings by trying.
#[test]
fn equal_readings_give_different_blocks() {
    let policy = policy("day-sdge.json").unwrap();
    let next = Period::new(FEBRUARY + DAY, FEBRUARY + 2 * DAY).unwrap();
    let claims = [
        meter(1).claim(&policy, first_day(), &challenge(1)).unwrap(),
        meter(1).claim(&policy, next, &challenge(1)).unwrap(),
        meter(2).claim(&policy, first_day(), &challenge(1)).unwrap(),
    ];
    let salts: BTreeSet<_> = claims.iter().map(|c| c.blocks[0].salt).collect();
    // The same meter and start, so that only the salt differs.
    let digests: BTreeSet<_> = salts
        .iter()
        .map(|salt| {
            let mut block = claims[0].blocks[0].clone();
            block.salt = *salt;
            block.digest(&F::from(5), 24)
        })
        .collect();
    assert_eq!((salts.len(), digests.len()), (3, 3));
    // At least 128 bits: no salt is short.
    assert!(salts.iter().all(|salt| *salt > F::from(u128::MAX)));
    let key = SecretKey::generate().unwrap();
    let meter = F::from(5);
    let other = SecretKey::generate().unwrap();
    assert_ne!(key.salt(&meter, 0, FEBRUARY), other.salt(&meter, 0, FEBRUARY));
    assert_ne!(key.salt(&meter, 0, FEBRUARY), key.salt(&F::from(6), 0, FEBRUARY));
}

/// Secrets and readings do not show in debug output, where logs would keep them.
#[test]
fn debug_output_shows_no_readings() {
    let policy = policy("day-sdge.json").unwrap();
    let claim = meter(1).claim(&policy, first_day(), &challenge(1)).unwrap();
    let shown = format!("{claim:?} {:?} {:?}", claim.blocks, SecretKey::from_seed([7; 32]));
    for secret in ["500", "Reading", "salt", "[7"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
