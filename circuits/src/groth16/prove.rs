//! Proving from prepared matrices: products, FFTs, multi-scalar multiplications, and nothing else.
//!
//! The reduction is snarkjs's: `A B - C = H Z`, with H in the Lagrange basis of the points halfway between the domain's. Against
//! libsnark's and arkworks' monomial basis that saves one transform of seven, and a `.zkey` serves as it is.

use super::fft::Halfway;
use super::machine::{Scalar, plain, scalar};
use super::msm::{join, msm};
use super::outline::{FixedPoints, Outline};
use super::parts::Sums;
use super::proving_key::{ProvingKey, Query};
use super::{Proof, VerifyingKey};
use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use ark_ec::CurveGroup;
use ark_ff::{AdditiveGroup, BigInt, PrimeField, UniformRand};
use ark_std::rand::{CryptoRng, RngCore};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use std::time::{Duration, Instant};

/// Turns an assignment into a proof. A faster back end takes the place of [`ProvingKey`]'s own by implementing this.
pub trait Prover {
    /// A proof for an assignment that satisfies the constraints; `rng` blinds it. Does not check the assignment: a proof of
    /// a wrong one does not verify.
    fn prove(&self, assignment: &[F], rng: &mut (impl RngCore + CryptoRng)) -> Result<Proof>;
}

/// Where the time of one proof went.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Products with the matrices and FFTs.
    pub fft: Duration,
    /// Multi-scalar multiplications.
    pub msm: Duration,
}

impl Prover for ProvingKey {
    fn prove(&self, assignment: &[F], rng: &mut (impl RngCore + CryptoRng)) -> Result<Proof> {
        // Without a clock, which not every machine has.
        self.sums(assignment, &quotient(&self.matrices, assignment)?).finish(&self.fixed, rng)
    }
}

impl ProvingKey {
    /// [`Prover::prove`], and where its time went.
    pub fn prove_timed(
        &self,
        assignment: &[F],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Proof, Timing)> {
        let begin = Instant::now();
        let h = quotient(&self.matrices, assignment)?;
        let fft = begin.elapsed();
        let proof = self.sums(assignment, &h).finish(&self.fixed, rng)?;
        Ok((proof, Timing { fft, msm: begin.elapsed() - fft }))
    }

    fn sums(&self, assignment: &[F], h: &[F]) -> Sums {
        let scalars = to_integers(assignment);
        let chosen =
            |variables: &[u32]| variables.iter().map(|v| scalars[*v as usize]).collect::<Vec<_>>();
        let query = |q: &Query<_>| msm(&q.points, &chosen(&q.variables));
        let ((h, b_g2), ((a, b_g1), l)) = join(
            || {
                join(
                    || msm(&self.h, &to_integers(h)),
                    || msm(&self.b_g2, &chosen(&self.b_g1.variables)),
                )
            },
            || join(|| join(|| query(&self.a), || query(&self.b_g1)), || query(&self.l)),
        );
        Sums { a, b_g1, l, h, b_g2 }
    }
}

impl Outline {
    /// What H is summed with: `A B - C` halfway between the domain's points. Secret.
    ///
    /// # Errors
    /// [`Code::WrongCircuit`] if the assignment has another length.
    pub fn quotient(&self, assignment: &[F]) -> Result<Vec<F>> {
        quotient(&self.matrices, assignment)
    }

    /// The proof of these sums, blinded. It is not verified yet.
    ///
    /// # Errors
    /// [`Code::BadPoint`] if a point of it is the identity.
    pub fn finish(&self, sums: &Sums, rng: &mut (impl RngCore + CryptoRng)) -> Result<Proof> {
        sums.finish(&self.fixed, rng)
    }
}

impl Sums {
    /// The proof of these sums, blinded by two random scalars.
    fn finish(&self, fixed: &FixedPoints, rng: &mut (impl RngCore + CryptoRng)) -> Result<Proof> {
        let (r, s) = (F::rand(rng), F::rand(rng));
        let a = self.a + fixed.alpha_g1 + fixed.delta_g1 * r;
        let b_g1 = self.b_g1 + fixed.beta_g1 + fixed.delta_g1 * s;
        let b_g2 = self.b_g2 + fixed.beta_g2 + fixed.delta_g2 * s;
        let c = self.l + self.h + a * s + b_g1 * r - fixed.delta_g1 * (r * s);
        let (a, b, c) = (a.into_affine(), b_g2.into_affine(), c.into_affine());
        ark_groth16::Proof { a, b, c }.try_into()
    }
}

/// The quotient `H = (A B - C) / Z` at the points halfway between the domain's, where `Z` is -2 everywhere: the values of
/// `A B - C` there, which determine it, since it vanishes on the domain itself.
fn quotient(m: &Matrices, assignment: &[F]) -> Result<Vec<F>> {
    if assignment.len() != m.variables {
        let (has, needs) = (assignment.len(), m.variables);
        let message = format!("an assignment of {has} variables; the circuit has {needs}.");
        return Err(Error::new(Code::WrongCircuit, message));
    }
    let assignment: Vec<Scalar> = assignment.iter().copied().map(scalar).collect();
    let coefficients: Vec<Scalar> = m.coefficients.iter().copied().map(scalar).collect();
    let rows = m.constraints();
    let bits = (rows + m.inputs).next_power_of_two().ilog2();
    let halfway = Halfway::new(bits).ok_or_else(too_large)?;
    let side = |side: usize| {
        let mut values = vec![Scalar::ZERO; halfway.size()];
        let evaluate = |(i, value): (usize, &mut Scalar)| {
            *value = m.sides[side].evaluate(i, &coefficients, &assignment);
        };
        #[cfg(feature = "parallel")]
        values[..rows].par_iter_mut().enumerate().for_each(evaluate);
        #[cfg(not(feature = "parallel"))]
        values[..rows].iter_mut().enumerate().for_each(evaluate);
        values
    };
    let mut a = side(0);
    // Rows of their own keep the inputs' polynomials independent.
    a[rows..rows + m.inputs].copy_from_slice(&assignment[..m.inputs]);
    let mut b = side(1);
    // The assignment satisfies the constraints, so the third side is the product of the other two.
    let mut c: Vec<Scalar> = a.iter().zip(&b).map(|(a, b)| *a * b).collect();
    for values in [&mut a, &mut b, &mut c] {
        halfway.shift(values);
    }
    let each = |((a, b), c): ((&Scalar, &Scalar), &Scalar)| plain(*a * b - c);
    #[cfg(feature = "parallel")]
    return Ok(a.par_iter().zip(&b).zip(&c).map(each).collect());
    #[cfg(not(feature = "parallel"))]
    return Ok(a.iter().zip(&b).zip(&c).map(each).collect());
}

fn to_integers(xs: &[F]) -> Vec<BigInt<4>> {
    #[cfg(feature = "parallel")]
    return xs.par_iter().map(|x| x.into_bigint()).collect();
    #[cfg(not(feature = "parallel"))]
    return xs.iter().map(|x| x.into_bigint()).collect();
}

fn too_large() -> Error {
    Error::new(Code::OutOfRange, "the circuit is larger than the field's domains.")
}

/// Proves and checks the proof, so that what is handed out verifies.
pub fn prove_checked(
    prover: &impl Prover,
    key: &VerifyingKey,
    assignment: &[F],
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proof> {
    let proof = prover.prove(assignment, rng)?;
    let inputs = assignment.get(1..=key.public_inputs()).unwrap_or_default();
    super::PreparedVerifyingKey::from(key).verify(inputs, &proof)?;
    Ok(proof)
}
