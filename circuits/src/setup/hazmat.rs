//! Single-party setup: one machine draws the secrets and is trusted to forget them. For development only; its keys are
//! stamped, and verifiers refuse them unless told otherwise.

use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::groth16::{FixedPoints, ProvingKey, Query, VerifyingKey};
use crate::hash::F;
use ark_bn254::{Bn254, G1Projective, G2Projective};
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup, pairing::Pairing};
use ark_ff::{Field, UniformRand, Zero};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_std::rand::{CryptoRng, RngCore};
use zeroize::Zeroize;

/// The secrets. Whoever knows them forges.
struct Secrets {
    alpha: F,
    beta: F,
    gamma: F,
    delta: F,
    tau: F,
}

impl Drop for Secrets {
    fn drop(&mut self) {
        for secret in
            [&mut self.alpha, &mut self.beta, &mut self.gamma, &mut self.delta, &mut self.tau]
        {
            secret.zeroize();
        }
    }
}

/// Development keys for a circuit, from `rng`'s randomness.
///
/// Follows Groth (EUROCRYPT 2016, section 3.2) with the reduction of [`crate::groth16::Prover`].
pub fn development_keys(
    circuit_id: [u8; 32],
    matrices: Matrices,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<(ProvingKey, VerifyingKey)> {
    let too_large =
        || Error::new(Code::OutOfRange, "the circuit is larger than the field's domains.");
    let (rows, inputs) = (matrices.constraints(), matrices.inputs);
    let domain = Radix2EvaluationDomain::<F>::new(rows + inputs).ok_or_else(too_large)?;
    let doubled = Radix2EvaluationDomain::<F>::new(2 * domain.size()).ok_or_else(too_large)?;
    let secrets = Secrets {
        alpha: F::rand(rng),
        beta: F::rand(rng),
        gamma: F::rand(rng),
        delta: F::rand(rng),
        tau: doubled.sample_element_outside_domain(rng),
    };
    let inverse =
        |x: &F| x.inverse().ok_or_else(|| Error::new(Code::UnsoundKey, "a secret is zero."));
    let (over_gamma, over_delta) = (inverse(&secrets.gamma)?, inverse(&secrets.delta)?);

    // Each variable's three polynomials at tau.
    let lagrange = domain.evaluate_all_lagrange_coefficients(secrets.tau);
    let mut sides = [(); 3].map(|()| vec![F::zero(); matrices.variables]);
    for (side, values) in sides.iter_mut().enumerate() {
        for (i, at_tau) in lagrange[..rows].iter().enumerate() {
            for (variable, coefficient) in matrices.sides[side].row(i) {
                values[variable] += matrices.coefficients[coefficient] * at_tau;
            }
        }
    }
    let [mut a, b, c] = sides;
    for (value, at_tau) in a.iter_mut().zip(&lagrange[rows..rows + inputs]) {
        *value += at_tau;
    }
    let combined: Vec<F> = (a.iter().zip(&b).zip(&c))
        .map(|((a, b), c)| secrets.beta * a + secrets.alpha * b + c)
        .collect();
    let scaled = |xs: &[F], by: F| xs.iter().map(|x| *x * by).collect::<Vec<F>>();
    // `A B - C` vanishes on the domain: what is left is its values halfway between.
    let halfway = doubled.evaluate_all_lagrange_coefficients(secrets.tau);
    let h: Vec<F> = halfway.into_iter().skip(1).step_by(2).map(|x| x * over_delta).collect();

    type G1 = <Bn254 as Pairing>::G1;
    type G2 = <Bn254 as Pairing>::G2;
    let (g1, g2) = (G1::generator(), G2::generator());
    let g1_table = BatchMulPreprocessing::new(g1, 3 * matrices.variables + domain.size());
    let g2_table = BatchMulPreprocessing::new(g2, matrices.variables);
    let g1_of = |x: &F| G1Projective::into_affine(g1 * x);
    let g2_of = |x: &F| G2Projective::into_affine(g2 * x);

    let verifying_key = VerifyingKey::try_from(&ark_groth16::VerifyingKey {
        alpha_g1: g1_of(&secrets.alpha),
        beta_g2: g2_of(&secrets.beta),
        gamma_g2: g2_of(&secrets.gamma),
        delta_g2: g2_of(&secrets.delta),
        gamma_abc_g1: g1_table.batch_mul(&scaled(&combined[..inputs], over_gamma)),
    })?;
    let b_g1 = Query::new(&g1_table.batch_mul(&b), AffineRepr::is_zero);
    let b_chosen: Vec<F> = b_g1.variables.iter().map(|v| b[*v as usize]).collect();
    let mut l = scaled(&combined, over_delta);
    l[..inputs].fill(F::zero());
    let proving_key = ProvingKey {
        circuit_id,
        fixed: FixedPoints {
            alpha_g1: g1_of(&secrets.alpha),
            beta_g1: g1_of(&secrets.beta),
            delta_g1: g1_of(&secrets.delta),
            beta_g2: g2_of(&secrets.beta),
            delta_g2: g2_of(&secrets.delta),
        },
        a: Query::new(&g1_table.batch_mul(&a), AffineRepr::is_zero),
        b_g1,
        b_g2: g2_table.batch_mul(&b_chosen),
        l: Query::new(&g1_table.batch_mul(&l), AffineRepr::is_zero),
        h: g1_table.batch_mul(&h),
        matrices,
    };
    Ok((proving_key, verifying_key))
}
