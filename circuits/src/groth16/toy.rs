//! A circuit that knows each of its public inputs: enough to test verification by itself.

#![allow(clippy::unwrap_used)]

use super::{Proof, VerifyingKey};
use crate::hash::F;
use ark_bn254::Bn254;
use ark_groth16::{Groth16, ProvingKey};
use ark_relations::gr1cs::{ConstraintSynthesizer, ConstraintSystemRef, SynthesisError, Variable};
use ark_relations::lc;
use ark_std::UniformRand;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

struct Known(Vec<F>);

impl ConstraintSynthesizer<F> for Known {
    fn generate_constraints(self, cs: ConstraintSystemRef<F>) -> Result<(), SynthesisError> {
        for value in self.0 {
            let input = cs.new_input_variable(|| Ok(value))?;
            let known = cs.new_witness_variable(|| Ok(value))?;
            cs.enforce_r1cs_constraint(
                || lc!() + known,
                || lc!() + Variable::One,
                || lc!() + input,
            )?;
        }
        Ok(())
    }
}

/// A proving key for `n` public inputs.
pub(crate) struct Toy {
    pub(crate) key: ProvingKey<Bn254>,
    rng: ChaCha20Rng,
    n: usize,
}

impl Toy {
    pub(crate) fn new(n: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(7);
        let circuit = Known(vec![F::from(1); n]);
        let key =
            Groth16::<Bn254>::generate_random_parameters_with_reduction(circuit, &mut rng).unwrap();
        Self { key, rng, n }
    }

    pub(crate) fn verifying_key(&self) -> VerifyingKey {
        (&self.key.vk).try_into().unwrap()
    }

    /// Random inputs and a proof of them.
    pub(crate) fn prove(&mut self) -> (Vec<F>, Proof) {
        let inputs: Vec<F> = (0..self.n).map(|_| F::rand(&mut self.rng)).collect();
        let proof = self.prove_inputs(&inputs);
        (inputs, proof)
    }

    /// A proof of `inputs`.
    pub(crate) fn prove_inputs(&mut self, inputs: &[F]) -> Proof {
        let circuit = Known(inputs.to_vec());
        let (key, rng) = (&self.key, &mut self.rng);
        let proof = Groth16::<Bn254>::create_random_proof_with_reduction(circuit, key, rng);
        proof.unwrap().try_into().unwrap()
    }
}
