//! The pairing equation `e(A, B) = e(alpha, beta) e(vk_x, gamma) e(C, delta)`.

use super::{Proof, VerifyingKey};
use crate::error::{Code, Error, Result, message};
use crate::hash::{F, element, integer, mul_add, power_of_two};
use crate::pairing::{
    Fq12, G1, G2, Limbs, Multiples, Projective, final_exponentiation, linear_combination,
    miller_loop,
};
use sha2::{Digest, Sha256};

/// A verifying key with everything computed that does not depend on a proof.
#[derive(Clone, Debug)]
pub struct PreparedVerifyingKey {
    alpha: G1,
    beta: G2,
    gamma: G2,
    delta: G2,
    /// The Miller loop of beta at -alpha: its final exponentiation is shared with each proof's own.
    alpha_beta: Fq12,
    /// Of the constant, then of each input.
    bases: Vec<Multiples>,
    /// SHA-256 of the key.
    digest: [u8; 32],
}

impl From<&VerifyingKey> for PreparedVerifyingKey {
    fn from(key: &VerifyingKey) -> Self {
        Self {
            alpha: key.alpha_g1,
            beta: key.beta_g2.clone(),
            gamma: key.gamma_g2.clone(),
            delta: key.delta_g2.clone(),
            alpha_beta: miller_loop(&[((-key.alpha_g1).into(), &key.beta_g2)]),
            bases: key.gamma_abc_g1.iter().map(|base| (*base).into()).collect(),
            digest: Sha256::digest(key.to_bytes()).into(),
        }
    }
}

impl PreparedVerifyingKey {
    /// Number of public inputs.
    pub fn public_inputs(&self) -> usize {
        // Never empty: `VerifyingKey::new` sees to it.
        self.bases.len().saturating_sub(1)
    }

    /// Checks a proof against its public inputs.
    ///
    /// # Errors
    /// [`Code::InputCount`] unless there are exactly as many inputs as the key has; [`Code::ProofInvalid`] unless the proof
    /// verifies.
    #[must_use = "a proof that was not checked proves nothing"]
    pub fn verify(&self, inputs: &[F], proof: &Proof) -> Result<()> {
        self.check_count(inputs)?;
        let product = miller_loop(&[
            (proof.a.into(), &proof.b),
            (-self.combined(element(1), inputs), &self.gamma),
            ((-proof.c).into(), &self.delta),
        ]);
        if final_exponentiation(product * self.alpha_beta) != Fq12::ONE {
            return Err(Error::new(Code::ProofInvalid, "the pairing equation does not hold."));
        }
        Ok(())
    }

    /// Checks many proofs, each with its public inputs; the verdicts, in the same order, are those of
    /// [`PreparedVerifyingKey::verify`]. Where all hold this takes about a third of the time; where some do not, each is
    /// checked by itself as well.
    #[must_use = "a proof that was not checked proves nothing"]
    pub fn verify_batch(&self, proofs: &[(Vec<F>, Proof)]) -> Vec<Result<()>> {
        let counted = |(inputs, _): &(Vec<F>, Proof)| self.check_count(inputs);
        if proofs.len() > 1 && proofs.iter().all(|p| counted(p).is_ok()) && self.all_hold(proofs) {
            return vec![Ok(()); proofs.len()];
        }
        proofs.iter().map(|(inputs, proof)| self.verify(inputs, proof)).collect()
    }

    /// Whether the product of all equations holds, each raised to a coefficient of its own.
    ///
    /// Both sides of an equation lie in a group of prime order r. Where one does not hold, there is, whatever the other
    /// coefficients are, at most one for it that makes the product hold: 128 bits that nobody chose are it once in 2^128 times.
    /// Nobody chooses them, as they are hashed from all that is checked; who looks for proofs that suit their coefficients
    /// has to try some 2^128 sets of them.
    fn all_hold(&self, proofs: &[(Vec<F>, Proof)]) -> bool {
        let coefficients = self.coefficients(proofs);
        let mut total = element(0);
        let mut inputs = vec![total; self.public_inputs()];
        for ((own, _), r) in proofs.iter().zip(&coefficients) {
            total = mul_add(r, &element(1), &total);
            for (sum, input) in inputs.iter_mut().zip(own) {
                *sum = mul_add(r, input, sum);
            }
        }
        let terms: Vec<(Multiples, Limbs)> = (proofs.iter().zip(&coefficients))
            .map(|((_, proof), r)| (proof.c.into(), integer(r)))
            .collect();
        let terms: Vec<_> = terms.iter().map(|(multiples, r)| (multiples, *r)).collect();
        let alpha = linear_combination(&[(&self.alpha.into(), integer(&total))]);
        let mut pairs = vec![
            (-alpha, &self.beta),
            (-self.combined(total, &inputs), &self.gamma),
            (-linear_combination(&terms), &self.delta),
        ];
        for ((_, proof), (_, r)) in proofs.iter().zip(&terms) {
            pairs.push((linear_combination(&[(&proof.a.into(), *r)]), &proof.b));
        }
        final_exponentiation(miller_loop(&pairs)) == Fq12::ONE
    }

    /// A number below 2^128 for each proof, from the key, all inputs and all proofs.
    fn coefficients(&self, proofs: &[(Vec<F>, Proof)]) -> Vec<F> {
        let mut hasher = Sha256::new_with_prefix("wattproof/batch/1");
        hasher.update(self.digest);
        // The key fixes the number of inputs, so that proofs cannot be taken for inputs.
        for (inputs, proof) in proofs {
            for limb in inputs.iter().flat_map(integer) {
                hasher.update(limb.to_le_bytes());
            }
            hasher.update(proof.to_bytes());
        }
        let seed = hasher.finalize();
        let coefficient = |i: u64| {
            let digest = Sha256::new_with_prefix(seed).chain_update(i.to_le_bytes()).finalize();
            let half = |bytes: &[u8]| bytes.iter().fold(0, |x, byte| x << 8 | u64::from(*byte));
            mul_add(&element(half(&digest[..8])), &power_of_two(64), &element(half(&digest[8..16])))
        };
        (0..).take(proofs.len()).map(coefficient).collect()
    }

    /// A sum over the shorter of two lists would let inputs be added or left out.
    fn check_count(&self, inputs: &[F]) -> Result<()> {
        let (has, needs) = (inputs.len(), self.public_inputs());
        if has != needs {
            let message = message![has, " public inputs; the circuit has ", needs, "."];
            return Err(Error::new(Code::InputCount, message));
        }
        Ok(())
    }

    /// The sum of the constant's point and the inputs' points, as often as these say.
    fn combined(&self, constant: F, inputs: &[F]) -> Projective {
        let scalars = core::iter::once(&constant).chain(inputs).map(integer);
        linear_combination(&self.bases.iter().zip(scalars).collect::<Vec<_>>())
    }
}

#[cfg(all(test, feature = "prover"))]
#[path = "verify_tests.rs"]
mod tests;
