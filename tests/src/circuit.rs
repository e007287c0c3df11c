//! Circuits with development keys that are always the same: their secrets follow from a number that anyone can read.

use crate::Any;
use ark_std::rand::SeedableRng;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::format::{Bundle, Digest, Setup, SetupStamp, VerifyingKeyFile};
use wattproof_circuits::groth16::{Proof, ProvingKey, VerifyingKey, prove_checked};
use wattproof_circuits::random::Rng;
use wattproof_circuits::relation::{Claim, Relation, Shape, circuit_id};
use wattproof_circuits::setup::hazmat::development_keys;

/// A circuit and its keys.
pub struct Circuit {
    /// Verifying key, for others.
    pub file: VerifyingKeyFile,
    proving: ProvingKey,
    verifying: VerifyingKey,
    rng: Rng,
}

impl Circuit {
    /// Development keys for `shape`, drawn from `seed`.
    pub fn new(shape: &Shape, seed: u64) -> Any<Self> {
        let mut rng = Rng::seed_from_u64(seed);
        let matrices = Relation::matrices(shape);
        let id = circuit_id(shape, &matrices);
        let (proving, verifying) = development_keys(id.0, matrices, &mut rng)?;
        let digest = Digest(proving.write(std::io::sink())?);
        let setup = Setup::Dev {};
        let file = VerifyingKeyFile::new(id, shape.clone(), setup, verifying.clone(), digest)?;
        Ok(Self { file, proving, verifying, rng })
    }

    /// A proof of `claim`.
    pub fn prove(&mut self, claim: &Claim) -> Any<Bundle> {
        let (statement, relation) = claim.check()?;
        let assignment = Evaluator::assign(&relation, self.proving.matrices.variables);
        let proof: Proof =
            prove_checked(&self.proving, &self.verifying, &assignment, &mut self.rng)?;
        let bundle = Bundle::new(self.file.circuit_id(), SetupStamp::Dev, statement, &proof, None);
        Ok(bundle.signed_by(claim.voucher.device().cloned()))
    }
}
