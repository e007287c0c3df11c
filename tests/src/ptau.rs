//! First phases for tests: `.ptau` files of secrets that are drawn and forgotten, in seconds. A real one has many contributors.

use crate::Any;
use ark_bn254::{Fq, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::scalar_mul::BatchMulPreprocessing;
use ark_ec::{AffineRepr, PrimeGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField, UniformRand};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use std::io::Write;
use wattproof_circuits::hash::F;
use wattproof_circuits::random::Rng;

/// Writes one for circuits of up to `2^power` rows.
///
/// # Errors
/// If `out` cannot be written, or the power is too large for the field.
pub fn write(power: u32, rng: &mut Rng, out: &mut impl Write) -> Any<()> {
    let size = 1_usize << power;
    let [tau, alpha, beta] = [(); 3].map(|()| F::rand(rng));
    let powers: Vec<F> = std::iter::successors(Some(F::ONE), |power| Some(*power * tau))
        .take(2 * size - 1)
        .collect();
    // Of every power from 0 on; and one more, without the highest power of tau, which is not there.
    let lagrange = |power: u32| -> Any<Vec<F>> {
        let domain = Radix2EvaluationDomain::<F>::new(1 << power).ok_or("too large")?;
        Ok(domain.evaluate_all_lagrange_coefficients(tau))
    };
    let mut all = Vec::new();
    for power in 0..=power {
        all.extend(lagrange(power)?);
    }
    let doubled = Radix2EvaluationDomain::<F>::new(2 * size).ok_or("too large")?;
    let lost = powers[2 * size - 2] * tau * doubled.size_inv();
    // The coefficient of X^(2n - 1) in the j-th polynomial is the j-th element over 2n.
    let truncated = lagrange(power + 1)?;
    let truncated = truncated.into_iter().zip(doubled.elements()).map(|(at, x)| at - lost * x);
    let tau_lagrange: Vec<F> = all.iter().copied().chain(truncated).collect();

    let times = |by: F, xs: &[F]| xs.iter().map(|x| *x * by).collect::<Vec<F>>();
    let g1 = BatchMulPreprocessing::new(G1Projective::generator(), 16 * size);
    let g2 = BatchMulPreprocessing::new(G2Projective::generator(), 4 * size);
    let g1 = |xs: &[F]| bytes_g1(&g1.batch_mul(xs));
    let g2 = |xs: &[F]| bytes_g2(&g2.batch_mul(xs));
    let mut header = 32_u32.to_le_bytes().to_vec();
    header.extend(Fq::MODULUS.to_bytes_le());
    header.extend([power.to_le_bytes(), power.to_le_bytes()].concat());
    let sections = [
        (1_u32, header),
        (2, g1(&powers)),
        (3, g2(&powers[..size])),
        (4, g1(&times(alpha, &powers[..size]))),
        (5, g1(&times(beta, &powers[..size]))),
        (6, g2(&[beta])),
        // No contributions are told of.
        (7, vec![0; 4]),
        (12, g1(&tau_lagrange)),
        (13, g2(&all)),
        (14, g1(&times(alpha, &all))),
        (15, g1(&times(beta, &all))),
    ];
    out.write_all(b"ptau")?;
    out.write_all(&1_u32.to_le_bytes())?;
    out.write_all(&(sections.len() as u32).to_le_bytes())?;
    for (number, content) in &sections {
        out.write_all(&number.to_le_bytes())?;
        out.write_all(&(content.len() as u64).to_le_bytes())?;
        out.write_all(content)?;
    }
    Ok(())
}

/// Coordinates as they lie in memory.
fn bytes(coordinates: &[Fq]) -> Vec<u8> {
    coordinates.iter().flat_map(|x| x.0.0).flat_map(u64::to_le_bytes).collect()
}

fn bytes_g1(points: &[G1Affine]) -> Vec<u8> {
    points.iter().flat_map(|p| bytes(&p.xy().map_or([Fq::ZERO; 2], |(x, y)| [x, y]))).collect()
}

fn bytes_g2(points: &[G2Affine]) -> Vec<u8> {
    let of = |p: &G2Affine| bytes(&p.xy().map_or([Fq::ZERO; 4], |(x, y)| [x.c0, x.c1, y.c0, y.c1]));
    points.iter().flat_map(of).collect()
}
