//! The pairing equation `e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta)`.

use super::{Proof, VerifyingKey};
use crate::error::{Code, Error, Result, message};
use crate::hash::F;
use ark_bn254::{Bn254, G1Affine, G1Projective, G2Affine};
use ark_ec::pairing::{Pairing, PairingOutput};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};

type G2Prepared = <Bn254 as Pairing>::G2Prepared;

/// A verifying key with everything computed that does not depend on a proof.
#[derive(Clone, Debug)]
pub struct PreparedVerifyingKey {
    /// Never none for a key whose points are not the identity; if it were, no proof would pass.
    alpha_beta: Option<PairingOutput<Bn254>>,
    gamma_negated: G2Prepared,
    delta_negated: G2Prepared,
    gamma_abc_g1: Vec<G1Affine>,
}

impl From<&VerifyingKey> for PreparedVerifyingKey {
    fn from(key: &VerifyingKey) -> Self {
        let negated = |point: G2Affine| G2Prepared::from(-point);
        Self {
            alpha_beta: pairing(vec![key.alpha_g1], vec![key.beta_g2.into()]),
            gamma_negated: negated(key.gamma_g2),
            delta_negated: negated(key.delta_g2),
            gamma_abc_g1: key.gamma_abc_g1.clone(),
        }
    }
}

impl PreparedVerifyingKey {
    /// Number of public inputs.
    pub fn public_inputs(&self) -> usize {
        self.gamma_abc_g1.len().saturating_sub(1)
    }

    /// Checks a proof against its public inputs.
    ///
    /// # Errors
    /// [`Code::InputCount`] unless there are exactly as many inputs as the key has; [`Code::ProofInvalid`] unless the proof
    /// verifies.
    #[must_use = "a proof that was not checked proves nothing"]
    pub fn verify(&self, inputs: &[F], proof: &Proof) -> Result<()> {
        let Some((constant, bases)) = self.gamma_abc_g1.split_first() else {
            return Err(Error::new(Code::UnsoundKey, "key: no points for inputs."));
        };
        // Before anything else: a sum over the shorter of two lists would let inputs be added or left out.
        if inputs.len() != bases.len() {
            let (has, needs) = (inputs.len(), bases.len());
            let message = message![has, " public inputs; the circuit has ", needs, "."];
            return Err(Error::new(Code::InputCount, message));
        }
        let combined = linear_combination(*constant, bases, inputs).into_affine();
        let product = pairing(
            vec![proof.a, combined, proof.c],
            vec![proof.b.into(), self.gamma_negated.clone(), self.delta_negated.clone()],
        );
        match product {
            Some(_) if product == self.alpha_beta => Ok(()),
            _ => Err(Error::new(Code::ProofInvalid, "the pairing equation does not hold.")),
        }
    }
}

/// The product of pairings. One function of one type for both uses, as each of its own would be a copy of the whole loop.
#[inline(never)]
fn pairing(a: Vec<G1Affine>, b: Vec<G2Prepared>) -> Option<PairingOutput<Bn254>> {
    Bn254::final_exponentiation(Bn254::multi_miller_loop(a, b))
}

/// `constant + sum of inputs[i] bases[i]`, all inputs sharing the doublings. Inputs are public: time may depend on them.
fn linear_combination(constant: G1Affine, bases: &[G1Affine], inputs: &[F]) -> G1Projective {
    let scalars: Vec<_> = inputs.iter().map(|x| x.into_bigint()).collect();
    let bits = scalars.iter().map(|s| s.num_bits()).max().unwrap_or(0) as usize;
    let mut sum = G1Projective::ZERO;
    for bit in (0..bits).rev() {
        sum.double_in_place();
        for (base, _) in bases.iter().zip(&scalars).filter(|(_, s)| s.get_bit(bit)) {
            sum += base;
        }
    }
    sum + constant.into_group()
}

#[cfg(all(test, feature = "prover"))]
#[path = "verify_tests.rs"]
mod tests;
