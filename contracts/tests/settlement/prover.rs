//! A circuit with its keys. The campaign of mutants asks it to keep proofs, so that they are made once and not for each mutant.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::PathBuf;
use std::sync::Mutex;

use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::relation::{Claim, Shape};
use wattproof_tests::circuit::Circuit;

/// Names a folder for keys and proofs; each is a function of what it is for.
const KEPT: &str = "WATTPROOF_CONTRACTS_PROOFS";

/// Makes proofs, or remembers them.
pub(crate) struct Prover {
    /// The key's papers.
    pub(crate) key: VerifyingKeyFile,
    shape: Shape,
    seed: u64,
    kept: Option<PathBuf>,
    /// Made when a proof is to be made.
    circuit: Mutex<Option<Circuit>>,
}

impl Prover {
    /// Keys for `shape`, drawn from `seed`.
    pub(crate) fn new(shape: Shape, seed: u64) -> Self {
        let kept: Option<PathBuf> = env::var_os(KEPT).map(PathBuf::from);
        let file = kept.as_ref().map(|folder| folder.join(format!("{seed}.vk.json")));
        if let Some(text) = file.as_ref().and_then(|file| fs::read_to_string(file).ok()) {
            let key = VerifyingKeyFile::from_json(&text).expect("a key");
            return Self { key, shape, seed, kept, circuit: Mutex::default() };
        }
        let circuit = Circuit::new(&shape, seed).expect("keys");
        let key = circuit.file.clone();
        if let Some(file) = file {
            fs::write(file, key.to_json()).expect("a key kept");
        }
        Self { key, shape, seed, kept, circuit: Mutex::new(Some(circuit)) }
    }

    /// A proof of `claim`.
    pub(crate) fn prove(&self, claim: &Claim) -> Bundle {
        // A claim that does not hold is refused here as ever.
        let (statement, _) = claim.check().expect("a claim that holds");
        let mut hash = DefaultHasher::new();
        (self.seed, serde_json::to_string(&statement).expect("a statement")).hash(&mut hash);
        let name = format!("{:016x}.json", hash.finish());
        let file = self.kept.as_ref().map(|folder| folder.join(name));
        if let Some(text) = file.as_ref().and_then(|file| fs::read_to_string(file).ok()) {
            return Bundle::from_json(&text).expect("a bundle");
        }
        let mut circuit = self.circuit.lock().expect("the circuit");
        let circuit = circuit
            .get_or_insert_with(|| Circuit::new(&self.shape, self.seed).expect("the same keys"));
        let bundle = circuit.prove(claim).expect("a proof");
        if let Some(file) = file {
            fs::write(file, bundle.to_json()).expect("a proof kept");
        }
        bundle
    }
}
