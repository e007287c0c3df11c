#![allow(clippy::unwrap_used)]

use super::*;
use crate::format::{Digest, FirstPhase, MAX_BUNDLE, ReplacedRoot, Setup, SetupStamp};
use crate::groth16::VerifyingKey;
use crate::groth16::toy::Toy;
use crate::policy::{Context, Period, Policy};
use ark_ff::Zero;
use proptest::prelude::*;
use std::sync::{LazyLock, Mutex};

const MONTH: &str = include_str!("../../../tests/data/policies/month-sdge.json");
const PACIFIC: [i32; 4] = [-28_800; 4];
const DEV: KeyPolicy = KeyPolicy { allow_dev: true };

/// A circuit that proves any six numbers: what is tested here is what the verifier compares.
static TOY: LazyLock<Mutex<Toy>> = LazyLock::new(|| Mutex::new(Toy::new(6)));

fn policy() -> Policy {
    Policy::from_json(MONTH).unwrap()
}

fn key_file(setup: Setup) -> VerifyingKeyFile {
    let key = TOY.lock().unwrap().verifying_key();
    let (id, proving_key) = (Digest([1; 32]), Digest([2; 32]));
    VerifyingKeyFile::new(id, policy().shape(), setup, key, proving_key).unwrap()
}

fn key() -> Arc<LoadedKey> {
    Arc::new(LoadedKey::new(key_file(Setup::Dev), DEV).unwrap())
}

fn context() -> Context {
    serde_json::from_str(&format!(
        r#"{{"kind":"challenge","verifier":"example-utility","nonce":"0x{}"}}"#,
        "07".repeat(32)
    ))
    .unwrap()
}

fn profile() -> Profile {
    let period = Period::new(1_296_547_200, 1_298_966_400).unwrap();
    let roots = vec![F::from(70), F::from(71)];
    Profile::new(policy(), key().file().fingerprint(), roots, period, context())
}

fn verifier() -> Verifier {
    Verifier::new(key(), profile(), PACIFIC).unwrap()
}

fn statement() -> Statement {
    let profile = profile();
    Statement {
        policy_digest: profile.policy.digest(),
        period: profile.period,
        context: profile.context.field(),
        anchor: F::from(71),
        nullifier: F::from(5),
        outputs: vec![F::from(406_345_u64)],
    }
}

/// A bundle whose proof is valid for its own statement, whatever that says.
fn bundle(statement: Statement, policy: Option<Policy>) -> Bundle {
    let mut inputs = statement.to_public_inputs();
    inputs.resize(6, F::zero());
    let proof = TOY.lock().unwrap().prove_inputs(&inputs);
    Bundle::new(Digest([1; 32]), SetupStamp::Dev, statement, &proof, policy)
}

fn code<T: core::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

/// What web pages are told is what native programs are told.
#[test]
fn both_writers_agree() {
    use crate::format::{ToJson, to_json};
    fn same<T: ToJson + serde::Serialize>(value: &T) {
        assert_eq!(to_json(value), serde_json::to_string(value).unwrap());
    }
    let bundle = bundle(statement(), Some(policy())).to_json();
    same(&verifier().verify(&bundle).unwrap());
    same(&check_unconfirmed(&key(), &bundle).unwrap());
    same(&policy().shape());
    let transcript = Digest([3; 32]);
    same(&SetupWords::from(Setup::Ceremony {
        contributions: 7,
        transcript,
        first_phase: FirstPhase::Published,
    }));
    same(&UniquenessWords::recorded());
    let address = format!("0x{}", "0a".repeat(20));
    let order = format!("0x{}", "0b".repeat(32));
    let settlement = serde_json::json!({
        "kind": "settlement", "chain_id": "1", "contract": address, "payee": address, "order": order,
    });
    same(&serde_json::from_value::<Context>(settlement).unwrap());
}

#[test]
fn a_good_claim_is_told_in_plain_terms() {
    let json = bundle(statement(), Some(policy())).to_json();
    let bare = bundle(statement(), None).to_json();
    assert!(bare.len() <= 2048, "{} bytes", bare.len());
    verifier().verify(&bare).unwrap();
    let claim = serde_json::to_value(verifier().verify(&json).unwrap()).unwrap();
    let members: Vec<_> = claim.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "circuit_id",
        "conditions",
        "context",
        "level",
        "nullifier",
        "outputs",
        "period",
        "policy_digest",
        "root",
        "setup",
        "uniqueness",
        "verdict",
    ];
    assert_eq!(members, expected);
    assert_eq!(claim["verdict"], "verified");
    assert_eq!(claim["period"], serde_json::json!({"start": "1296547200", "end": "1298966400"}));
    let output = serde_json::json!([{"name": "volume", "value": "406345", "unit": "Wh", "text": "406.345 kWh", "channel": 0}]);
    assert_eq!(claim["outputs"], output);
    assert_eq!(
        (&claim["level"]["least"], &claim["setup"]["status"]),
        (&"L1".into(), &"dev".into())
    );
    assert_eq!(
        (&claim["uniqueness"]["status"], &claim["root"]),
        (&"not-checked".into(), &"71".into())
    );
    assert_eq!(claim["context"], serde_json::to_value(context()).unwrap());
}

#[test]
fn bundles_checked_together_have_the_verdicts_that_they_have_alone() {
    let verifier = verifier();
    let good = |nullifier: u64| {
        bundle(Statement { nullifier: F::from(nullifier), ..statement() }, None).to_json()
    };
    // Another claim than the one that its proof is for.
    let stolen = good(8).replace("\"nullifier\": \"8\"", "\"nullifier\": \"9\"");
    assert_eq!(code(verifier.verify(&stolen)), Code::ProofInvalid);
    let elsewhere = bundle(Statement { context: F::from(1), ..statement() }, None).to_json();
    let over = Statement { outputs: vec![F::from(450_001_u64)], ..statement() };
    let over = bundle(over, None).to_json();
    let (first, second) = (good(5), good(6));
    let check = |bundles: &[&str]| {
        let together = verifier.verify_batch(bundles);
        assert_eq!(together.len(), bundles.len());
        for (verdict, bundle) in together.iter().zip(bundles) {
            let alone = verifier.verify(bundle).map(|claim| serde_json::to_value(claim).unwrap());
            let verdict = verdict.clone().map(|claim| serde_json::to_value(claim).unwrap());
            assert_eq!(verdict, alone);
        }
        together.iter().filter(|verdict| verdict.is_ok()).count()
    };
    assert_eq!(check(&[]), 0);
    assert_eq!(check(&[&first]), 1);
    assert_eq!(check(&[&first, &second, &first]), 3);
    assert_eq!(check(&["", &first, &elsewhere, &over, &second, "{}"]), 2);
    assert_eq!(check(&[&stolen, &first, &elsewhere, &second, &stolen]), 2);
    assert_eq!(check(&[&stolen, &stolen]), 0);
    assert_eq!(check(&["", "{}", &elsewhere]), 0);
    // More than are checked at once; only one is wrong.
    let mut many = vec![first.as_str(); BATCH + 3];
    assert!(verifier.verify_batch(&many).iter().all(Result::is_ok));
    many[BATCH + 1] = &stolen;
    let verdicts = verifier.verify_batch(&many);
    assert_eq!(verdicts.iter().position(Result::is_err), Some(BATCH + 1));
    assert_eq!(verdicts.iter().filter(|verdict| verdict.is_err()).count(), 1);
}

#[test]
fn each_difference_from_the_profile_has_its_code() {
    let verifier = verifier();
    let other_period = Period::new(1_296_547_200, 1_298_966_401).unwrap();
    // Every one with a proof that is valid for what the bundle says.
    for (expected, changed) in [
        (Code::WrongPolicy, Statement { policy_digest: F::from(1), ..statement() }),
        (Code::WrongPeriod, Statement { period: other_period, ..statement() }),
        (Code::WrongContext, Statement { context: F::from(1), ..statement() }),
        (Code::WrongRoot, Statement { anchor: F::from(72), ..statement() }),
        (Code::InputCount, Statement { outputs: vec![], ..statement() }),
        (Code::InputCount, Statement { outputs: vec![F::from(1), F::from(0)], ..statement() }),
        (Code::OutOfRange, Statement { outputs: vec![F::from(1_u64 << 40)], ..statement() }),
        (Code::ProofInvalid, Statement { outputs: vec![F::from(450_001_u64)], ..statement() }),
    ] {
        if changed.outputs.len() > 1 {
            let mut long = bundle(statement(), None);
            long.statement = changed;
            assert_eq!(code(verifier.verify_bundle(&long)), expected);
            continue;
        }
        assert_eq!(code(verifier.verify(&bundle(changed.clone(), None).to_json())), expected);
        // The same, changed after proving.
        let mut swapped = bundle(statement(), None);
        swapped.statement = changed;
        assert_eq!(code(verifier.verify(&swapped.to_json())), expected);
    }
    for changed in [
        Statement { nullifier: F::from(6), ..statement() },
        Statement { outputs: vec![F::from(406_346_u64)], ..statement() },
        Statement { anchor: F::from(70), ..statement() },
    ] {
        let mut swapped = bundle(statement(), None);
        swapped.statement = changed;
        assert_eq!(code(verifier.verify(&swapped.to_json())), Code::ProofInvalid);
    }
    let mut other_circuit = bundle(statement(), None);
    other_circuit.circuit_id = Digest([9; 32]);
    assert_eq!(code(verifier.verify(&other_circuit.to_json())), Code::WrongCircuit);
    let other_policy = Policy::from_json(&MONTH.replace("450000", "450001")).unwrap();
    let embedded = bundle(statement(), Some(other_policy));
    assert_eq!(code(verifier.verify(&embedded.to_json())), Code::WrongPolicy);
    assert_eq!(code(check_unconfirmed(&key(), &embedded.to_json())), Code::WrongPolicy);
}

/// A root that was replaced is good for periods that had ended by then, until its grace period ends, for who knows the time.
#[test]
fn replaced_roots_have_an_end() {
    let json = bundle(statement(), None).to_json();
    let end = profile().period.end();
    let accepts = |replaced_at: u64, now: Option<u64>| {
        let root = F::from(71);
        let replaced = ReplacedRoot { root, replaced_at, valid_until: end + 500 };
        let mut profile = profile();
        (profile.roots, profile.replaced_roots) = (vec![F::from(70)], vec![replaced]);
        let read = Profile::from_json(&profile.to_json()).unwrap();
        assert_eq!(read, profile);
        let mut verifier = Verifier::new(key(), read, PACIFIC).unwrap();
        if let Some(now) = now {
            verifier.set_time(now);
        }
        let verdict = verifier.verify(&json);
        let accepted = verdict.is_ok();
        assert!(accepted || code(verdict) == Code::WrongRoot);
        accepted
    };
    assert!(accepts(end, Some(end + 499)));
    assert!(!accepts(end, Some(end + 500)));
    assert!(!accepts(end, None));
    assert!(!accepts(end - 1, Some(end + 1)));
    // The time says nothing about present roots.
    let mut late = verifier();
    late.set_time(1 << 40);
    assert!(late.verify(&json).is_ok());
}

#[test]
fn profiles_that_do_not_fit_are_refused() {
    let new = |profile, offsets| Verifier::new(key(), profile, offsets).map(|_| ());
    let with = |change: fn(&mut Profile)| {
        let mut profile = profile();
        change(&mut profile);
        code(new(profile, PACIFIC))
    };
    assert_eq!(with(|p| p.key_fingerprint = Digest([0; 32])), Code::WrongKey);
    assert_eq!(with(|p| p.roots.clear()), Code::Malformed);
    let hidden = |p: &mut Profile| p.policy = edited_policy("\"exact\"", "\"none\"");
    assert_eq!(with(hidden), Code::WrongCircuit);
    assert_eq!(with(|p| p.policy = edited_policy("\"L1\"", "\"L0\"")), Code::L0NotAccepted);
    let period = |p: &mut Profile| p.period = Period::new(1_296_547_200, 1_298_966_401).unwrap();
    assert_eq!(with(period), Code::PeriodOffCalendar);
    assert_eq!(code(new(profile(), [0; 4])), Code::PeriodOffCalendar);
    let mut l0 = profile();
    l0.policy = edited_policy("\"L1\"", "\"L0\"");
    l0.accept_l0 = true;
    new(l0, PACIFIC).unwrap();
}

fn edited_policy(from: &str, to: &str) -> Policy {
    Policy::from_json(&MONTH.replacen(from, to, 1)).unwrap()
}

#[test]
fn profile_files_are_strict() {
    let json = profile().to_json();
    assert_eq!(Profile::from_json(&json).unwrap(), profile());
    for (from, to, expected) in [
        ("profile/1", "profile/2", Code::UnknownVersion),
        ("\"roots\"", "\"root\"", Code::Malformed),
        ("policy/1", "policy/2", Code::UnknownVersion),
        ("accept_l0", "accept_l1", Code::Malformed),
        (
            "\"70\"",
            "\"21888242871839275222246405745257275088548364400416034343698204186575808495617\"",
            Code::FieldRange,
        ),
        ("\"70\"", "70", Code::Malformed),
        ("\"450000\"", "\"999999999999\"", Code::BadPolicy),
        ("\"1298966400\"", "\"1\"", Code::OutOfRange),
        ("\"1298966400\"", "\"1099511627776\"", Code::OutOfRange),
        ("0x07", "0X07", Code::Malformed),
        ("\"accept_l0\": false", "\"accept_l0\": 0", Code::Malformed),
        ("\"verifier\": \"example-utility\"", "\"verifier\": \"\"", Code::BadPolicy),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(code(Profile::from_json(&json.replacen(from, to, 1))), expected, "{to}");
    }
}

#[test]
fn bundle_files_are_strict() {
    let json = bundle(statement(), None).to_json();
    let verifier = verifier();
    for (from, to, expected) in [
        ("bundle/1", "bundle/2", Code::UnknownVersion),
        ("\"proof\": \"", "\"proof\": \"AAAA", Code::BadPoint),
        ("\"proof\": \"", "\"proof\": \"=", Code::Malformed),
        ("\"setup\": \"dev\"", "\"setup\": \"mpc\"", Code::Malformed),
        ("\"setup\"", "\"policy\": null, \"setup\"", Code::Malformed),
        ("\"setup\"", "\"extra\": 1, \"setup\"", Code::Malformed),
        ("\"nullifier\": \"5\"", "\"nullifier\": 5", Code::Malformed),
        ("\"nullifier\": \"5\"", "\"nullifier\": \"05\"", Code::FieldRange),
        (
            "\"nullifier\": \"5\"",
            "\"nullifier\": \"21888242871839275222246405745257275088548364400416034343698204186575808495622\"",
            Code::FieldRange,
        ),
        ("\"406345\"", "\"18446744073709551616\"", Code::OutOfRange),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(code(verifier.verify(&json.replacen(from, to, 1))), expected, "{to}");
    }
    assert_eq!(code(verifier.verify(&(json.clone() + &" ".repeat(MAX_BUNDLE)))), Code::TooLarge);
    assert_eq!(code(Bundle::from_slice(b"\xff{}")), Code::Malformed);
    assert_eq!(Bundle::from_slice(json.as_bytes()).unwrap(), bundle_of(&json));
}

fn bundle_of(json: &str) -> Bundle {
    Bundle::from_json(json).unwrap()
}

#[test]
fn key_files_are_checked() {
    let file = key_file(Setup::Dev);
    let json = file.to_json();
    let again = LoadedKey::from_json(&json, DEV).unwrap();
    assert_eq!(again.file().fingerprint(), file.fingerprint());
    let (transcript, first_phase) = (Digest([4; 32]), FirstPhase::Published);
    let ceremony = Setup::Ceremony { contributions: 3, transcript, first_phase };
    let loaded = LoadedKey::from_json(&key_file(ceremony).to_json(), KeyPolicy::default());
    assert_eq!(loaded.unwrap().file().setup(), ceremony);
    assert!(!key_file(ceremony).to_json().contains("first_phase"));
    let first_phase = FirstPhase::Private;
    let private = Setup::Ceremony { contributions: 3, transcript, first_phase };
    assert_ne!(key_file(private).fingerprint(), key_file(ceremony).fingerprint());
    let private_json = key_file(private).to_json();
    assert_eq!(LoadedKey::from_json(&private_json, DEV).unwrap().file().setup(), private);
    assert_eq!(code(LoadedKey::from_json(&private_json, KeyPolicy::default())), Code::DevKey);
    // The stamp is under the fingerprint: it cannot be taken off.
    let bare = private_json.replace(",\n    \"first_phase\": \"private\"", "");
    assert_ne!(bare, private_json);
    assert_eq!(code(LoadedKey::from_json(&bare, DEV)), Code::KeyDigest);
    assert_eq!(code(LoadedKey::from_json(&json, KeyPolicy::default())), Code::DevKey);

    let (id, print) = ("01".repeat(32), file.fingerprint().to_string());
    let forged_setup =
        r#"{"status":"ceremony","contributions":9,"transcript":"X"}"#.replace('X', &id);
    let setup = "{\n    \"status\": \"dev\"\n  }";
    for (from, to, expected) in [
        (id.as_str(), "03".repeat(32), Code::KeyDigest),
        (&print, "00".repeat(32), Code::KeyDigest),
        (&"02".repeat(32), "03".repeat(32), Code::KeyDigest),
        (setup, forged_setup, Code::KeyDigest),
        (setup, r#"{"status":"dev","contributions":1}"#.into(), Code::Malformed),
        ("\"channels\": 1", "\"channels\": 2".into(), Code::KeyDigest),
        ("\"key\": \"", "\"key\": \"AAAA".into(), Code::KeyDigest),
        ("verifying-key/1", "verifying-key/0".into(), Code::UnknownVersion),
        (&id, "ABC".into(), Code::Malformed),
    ] {
        assert!(json.contains(from), "{from}");
        assert_eq!(code(LoadedKey::from_json(&json.replacen(from, &to, 1), DEV)), expected, "{to}");
    }
}

#[test]
fn keys_that_do_not_fit_their_shape_are_refused() {
    let key: VerifyingKey = Toy::new(5).verifying_key();
    let file = |shape| {
        VerifyingKeyFile::new(Digest([1; 32]), shape, Setup::Dev, key.clone(), Digest([2; 32]))
    };
    assert_eq!(code(file(policy().shape())), Code::InputCount);
    file(edited_policy("\"exact\"", "\"none\"").shape()).unwrap();
    let mut unordered = policy().shape();
    unordered.conditions.reverse();
    assert_eq!(code(file(unordered)), Code::BadPolicy);
}

#[test]
fn the_same_energy_is_accepted_once() {
    let verifier = verifier();
    let mut store = MemoryNullifiers::default();
    let mut bad = bundle(statement(), None);
    bad.statement.outputs = vec![F::from(1)];
    assert_eq!(code(verifier.verify_once(&bad.to_json(), &mut store)), Code::ProofInvalid);
    let first = verifier.verify_once(&bundle(statement(), None).to_json(), &mut store).unwrap();
    assert_eq!(first.uniqueness.status, UniquenessStatus::Recorded);
    // Another proof, with other bytes, of the same claim.
    let again = bundle(statement(), None).to_json();
    verifier.verify(&again).unwrap();
    assert_eq!(code(verifier.verify_once(&again, &mut store)), Code::AlreadyClaimed);
    let other = Statement { nullifier: F::from(6), ..statement() };
    verifier.verify_once(&bundle(other, None).to_json(), &mut store).unwrap();
}

#[test]
fn a_bundle_alone_is_never_verified() {
    let json = bundle(statement(), Some(policy())).to_json();
    let claim = serde_json::to_value(check_unconfirmed(&key(), &json).unwrap()).unwrap();
    assert_eq!(claim["verdict"], "unconfirmed");
    assert_eq!(claim["statement"]["outputs"][0], "406345");
    assert!(!claim.to_string().contains("verified\""));
    let mut bad = bundle(statement(), None);
    bad.statement.nullifier = F::from(6);
    assert_eq!(code(check_unconfirmed(&key(), &bad.to_json())), Code::ProofInvalid);
}

/// The stamp in a bundle changes nothing: setup status comes from the key.
#[test]
fn the_stamp_is_for_people_only() {
    let mut stamped = bundle(statement(), None);
    stamped.setup = SetupStamp::Ceremony;
    assert_eq!(verifier().verify_bundle(&stamped).unwrap().setup.status, "dev");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Damage anywhere in a bundle is answered without a panic, and never accepted unless it reads the same.
    #[test]
    fn damaged_bundles_are_answered(at in any::<prop::sample::Index>(), with in any::<char>()) {
        static GOOD: LazyLock<(Verifier, String)> =
            LazyLock::new(|| (verifier(), bundle(statement(), None).to_json()));
        let (verifier, json) = &*GOOD;
        let at = at.index(json.len());
        let damaged = format!("{}{with}{}", &json[..at], &json[at + 1..]);
        if verifier.verify(&damaged).is_ok() {
            let (mut a, b) = (bundle_of(&damaged), bundle_of(json));
            a.setup = b.setup;
            prop_assert_eq!(a, b);
        }
    }
}
