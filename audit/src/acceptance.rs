//! Every circuit's proof against every circuit's key: only its own may accept it.

use crate::Any;
use crate::stage::Stage;
use std::fs;
use std::path::Path;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::groth16::{PreparedVerifyingKey, Proof};
use wattproof_circuits::hash::F;
use wattproof_circuits::relation::{Relation, circuit_id};
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey};
use wattproof_tests::circuit::Circuit;

/// A circuit's verifying key, and a proof of a good claim under it.
pub struct Proved {
    /// The circuit's name.
    pub name: String,
    key: LoadedKey,
    bundle: Bundle,
    proof: Proof,
    inputs: Vec<F>,
}

impl Proved {
    /// From `cache` if it has key and proof of this very circuit; else they are made and left there. The keys are development keys
    /// of a constant `seed`, and the proving key, which may have some hundred megabytes, is gone when this returns.
    ///
    /// # Errors
    /// If the claim cannot be proved, or the folder not written.
    pub fn of(stage: &Stage, seed: u64, cache: &Path) -> Any<Self> {
        let id = circuit_id(&stage.shape, &Relation::matrices(&stage.shape));
        let id: String = id.0.iter().map(|byte| format!("{byte:02x}")).collect();
        let of = |kind: &str| cache.join(format!("{id}.{seed}.{kind}.json"));
        let (key_path, bundle_path) = (of("vk"), of("bundle"));
        if let (Ok(key), Ok(bundle)) =
            (fs::read_to_string(&key_path), fs::read_to_string(&bundle_path))
        {
            return Self::read(
                &stage.name,
                VerifyingKeyFile::from_json(&key)?,
                Bundle::from_json(&bundle)?,
            );
        }
        let mut circuit = Circuit::new(&stage.shape, seed)?;
        let bundle = circuit.prove(&stage.claim)?;
        let file = circuit.file;
        fs::create_dir_all(cache)?;
        fs::write(key_path, file.to_json())?;
        fs::write(bundle_path, bundle.to_json())?;
        Self::read(&stage.name, file, bundle)
    }

    fn read(name: &str, file: VerifyingKeyFile, bundle: Bundle) -> Any<Self> {
        let key = LoadedKey::new(file, KeyPolicy { allow_dev: true })?;
        let (proof, inputs) = (bundle.proof()?, bundle.statement.to_public_inputs());
        Ok(Self { name: name.to_owned(), key, bundle, proof, inputs })
    }

    /// Whether the proof holds under its own key, for its own claim.
    pub fn holds(&self) -> bool {
        self.key.check_proof(&self.bundle).is_ok()
    }

    /// What is tried with this proof under another's key, and which of it is accepted: nothing should be.
    ///
    /// The proof as it is, with its circuit's id replaced, and by the pairing alone, where no file stands in the way: with its own inputs, those cut off or
    /// filled up to the number of the key's, and those of the key's own claim.
    pub fn under(&self, other: &Self) -> Tried {
        let prepared = PreparedVerifyingKey::from(other.key.file().key());
        let mut fitted = self.inputs.clone();
        fitted.resize(prepared.public_inputs(), F::from(0));
        let mut relabelled = self.bundle.clone();
        relabelled.circuit_id = other.bundle.circuit_id;
        let mut restated = relabelled.clone();
        restated.statement = other.bundle.statement.clone();
        let accepted = [
            other.key.check_proof(&self.bundle).is_ok(),
            other.key.check_proof(&relabelled).is_ok(),
            other.key.check_proof(&restated).is_ok(),
            prepared.verify(&self.inputs, &self.proof).is_ok(),
            prepared.verify(&fitted, &self.proof).is_ok(),
            prepared.verify(&other.inputs, &self.proof).is_ok(),
        ];
        Tried { tried: accepted.len(), accepted: accepted.iter().filter(|yes| **yes).count() }
    }
}

/// What was tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tried {
    /// How often.
    pub tried: usize,
    /// How often it was accepted.
    pub accepted: usize,
}
