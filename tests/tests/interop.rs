//! Signatures by `@zk-kit/eddsa-poseidon`, judged natively and in circuit; and whether our own file is up to date.
#![allow(clippy::unwrap_used)]

use serde::Deserialize;
use std::fs;
use wattproof_circuits::cs::{ConstraintSystem, Evaluator, Matrices, Recorder};
use wattproof_circuits::format::decimal::parse_field;
use wattproof_circuits::gadget::{PointVar, SignatureVar, enforce_signature};
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{PublicKey, Signature};
use wattproof_tests::{interop, kinds};

#[derive(Deserialize)]
struct Theirs {
    good: Vec<Signed>,
    bad: Vec<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    #[serde(default)]
    why: String,
    key: [String; 2],
    message: String,
    r: [String; 2],
    s: String,
}

impl Signed {
    /// Key, R, S, message.
    fn fields(&self) -> [F; 6] {
        let [kx, ky] = &self.key;
        let [rx, ry] = &self.r;
        [kx, ky, rx, ry, &self.s, &self.message].map(|text| parse_field(text).unwrap())
    }

    fn native(&self) -> bool {
        let [kx, ky, rx, ry, s, message] = self.fields();
        let (Ok(key), Ok(signature)) = (PublicKey::new(kx, ky), Signature::new(rx, ry, s)) else {
            return false;
        };
        signature.verify(&key, &message).is_ok()
    }

    fn in_circuit(&self, matrices: &Matrices) -> bool {
        let mut evaluator = Evaluator::new();
        circuit(&mut evaluator, self.fields());
        matrices.violations(&evaluator.into_assignment()).is_empty()
    }
}

fn circuit<CS: ConstraintSystem>(cs: &mut CS, fields: [F; 6]) {
    let [kx, ky, rx, ry, s, message] = fields.map(|x| cs.witness(|| x));
    let signature = SignatureVar { r: PointVar { x: rx, y: ry }, s };
    enforce_signature(cs, &PointVar { x: kx, y: ky }, &message, &signature);
}

fn theirs() -> Theirs {
    serde_json::from_str(&fs::read_to_string(interop::path("theirs.json")).unwrap()).unwrap()
}

fn matrices() -> Matrices {
    let mut recorder = Recorder::new();
    circuit(&mut recorder, [F::from(0); 6]);
    recorder.finish()
}

#[test]
fn signatures_of_zk_kit_verify_natively_and_in_circuit() {
    let (theirs, matrices) = (theirs(), matrices());
    assert!(theirs.good.len() >= 12);
    for signed in &theirs.good {
        assert!(signed.native(), "{}", signed.message);
        assert!(signed.in_circuit(&matrices), "{}", signed.message);
    }
}

/// Among them S plus the order, which would verify as the same point: a second signature must not give a second nullifier.
#[test]
fn wrong_signatures_of_zk_kit_fail_natively_and_in_circuit() {
    let (theirs, matrices) = (theirs(), matrices());
    assert!(theirs.bad.iter().any(|signed| signed.why == "S plus the order"));
    for signed in &theirs.bad {
        assert!(!signed.native(), "{}", signed.why);
        assert!(!signed.in_circuit(&matrices), "{}", signed.why);
    }
}

#[test]
fn our_file_is_up_to_date() {
    let stored = fs::read_to_string(interop::path("ours.json")).unwrap();
    let run = "cargo run --release -p wattproof-tests --bin make-interop";
    assert!(stored == interop::ours().unwrap(), "stale: run `{run}`");
}

#[test]
fn the_published_tables_are_up_to_date() {
    let stored = fs::read_to_string(kinds::path()).unwrap();
    let run = "cargo run --release -p wattproof-tests --bin make-interop";
    assert!(stored == kinds::file().unwrap(), "stale: run `{run}`");
}
