//! The first phase, and the key of a circuit before anybody contributed.

use super::combine::{Digits, Table, columns, combine};
use super::points::{factors, same_ratio, sum};
use super::{Check, Done, Refusal, demand};
use crate::cs::Matrices;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::iden3::{Phase1, Zkey, coefficients, uncompressed_g1, uncompressed_g2};
use crate::random::Rng;
use ark_bn254::{G1Affine, G1Projective, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Zero;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use blake2::{Blake2b512, Digest};

/// Recomputes that a first phase is what it says: powers of one tau in both groups, times alpha and times beta; their Lagrange
/// polynomials. By random linear combination: a wrong one passes with probability `2^-128`.
///
/// Who contributed to it, and that one of them was honest, is for its published transcript to show: pin the file's digest.
///
/// # Errors
/// [`Check::Powers`], [`Check::TrivialPhase1`], [`Check::Lagrange`].
pub fn check_phase1(phase: &Phase1, rng: &mut Rng) -> Result<(), Refusal> {
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let size = phase.tau_g2.len();
    demand(phase.tau_g1[0] == g1 && phase.tau_g2[0] == g2, Check::Powers)?;
    let tau = (phase.tau_g1[1], phase.tau_g2[1]);
    let (alpha, beta) = (phase.alpha_tau_g1[0], phase.beta_tau_g1[0]);
    let trivial = |point: &G1Affine| point.is_zero() || *point == g1;
    demand(![tau.0, alpha, beta].iter().any(trivial), Check::TrivialPhase1)?;
    demand(same_ratio((g1, tau.0), (g2, tau.1)), Check::Powers)?;
    demand(same_ratio((g1, beta), (g2, phase.beta_g2)), Check::Powers)?;
    for powers in [&phase.tau_g1, &phase.alpha_tau_g1, &phase.beta_tau_g1] {
        let factors = factors(rng, powers.len() - 1);
        let pair = (sum(&powers[..powers.len() - 1], &factors), sum(&powers[1..], &factors));
        demand(same_ratio(pair, (g2, tau.1)), Check::Powers)?;
    }
    let random = factors(rng, size - 1);
    let pair = (sum(&phase.tau_g2[..size - 1], &random), sum(&phase.tau_g2[1..], &random));
    demand(same_ratio((g1, tau.0), pair), Check::Powers)?;

    // A polynomial that takes random values on the domain, at tau: from its values, and from its coefficients.
    let values = factors(rng, size);
    let coefficients = interpolate(&values).ok_or(Check::Lagrange)?;
    for (lagrange, powers) in [
        (&phase.lagrange_tau_g1, &phase.tau_g1),
        (&phase.lagrange_alpha_tau_g1, &phase.alpha_tau_g1),
        (&phase.lagrange_beta_tau_g1, &phase.beta_tau_g1),
    ] {
        let holds = sum(lagrange, &values) == sum(&powers[..size], &coefficients);
        demand(holds, Check::Lagrange)?;
    }
    let holds = sum(&phase.lagrange_tau_g2, &values) == sum(&phase.tau_g2, &coefficients);
    demand(holds, Check::Lagrange)?;
    // Zero on the domain itself. Where the file has no highest power, its coefficient is left out: it is zero in what is proved.
    let halfway = values.iter().flat_map(|value| [F::zero(), *value]).collect::<Vec<_>>();
    let mut coefficients = interpolate(&halfway).ok_or(Check::Lagrange)?;
    coefficients.truncate(phase.tau_g1.len());
    let holds = sum(&phase.lagrange_halfway, &values) == sum(&phase.tau_g1, &coefficients);
    demand(holds, Check::Lagrange)
}

fn interpolate(values: &[F]) -> Option<Vec<F>> {
    Some(Radix2EvaluationDomain::<F>::new(values.len())?.ifft(values))
}

/// A circuit's key before anybody contributed: gamma and delta are the generator. Anyone who has the circuit and the first phase
/// makes the same, and snarkjs does.
///
/// # Errors
/// [`Code::OutOfRange`] if the first phase is for another domain. snarkjs's hash of a circuit of more than 2^14 rows takes in one power
/// of tau more than its domain needs: then the `.ptau` must be of a greater power.
pub fn initial_key(m: &Matrices, phase: &Phase1) -> Result<Zkey> {
    initial_key_watched(m, phase, &|_| ())
}

/// As [`initial_key`]; `done` hears of points as they are made, four for each variable.
///
/// # Errors
/// As [`initial_key`].
pub fn initial_key_watched(m: &Matrices, phase: &Phase1, done: Done<'_>) -> Result<Zkey> {
    let size = (m.constraints() + m.inputs).next_power_of_two();
    if phase.tau_g2.len() != size {
        let message = format!("the first phase is for {} rows, not {size}.", phase.tau_g2.len());
        return Err(Error::new(Code::OutOfRange, message));
    }
    let columns = [0, 1, 2].map(|side| columns(&m.sides[side], m));
    let inputs_row = |variable: usize| (variable < m.inputs).then(|| m.constraints() + variable);
    let (digits, rows) = (Digits::new(m), m.constraints() + m.inputs);
    let b_g2 = {
        let tau = Table::new(&phase.lagrange_tau_g2[..rows]);
        combine(m.variables, &digits, done, |variable, sum| {
            sum.add(&columns[1][variable], &tau);
        })
    };
    let tau = Table::new(&phase.lagrange_tau_g1[..rows]);
    let a = combine(m.variables, &digits, done, |variable, sum| {
        sum.add(&columns[0][variable], &tau);
        sum.one(inputs_row(variable), &tau);
    });
    let b_g1 = combine(m.variables, &digits, done, |variable, sum| {
        sum.add(&columns[1][variable], &tau);
    });
    let alpha_tau = Table::new(&phase.lagrange_alpha_tau_g1[..rows]);
    let beta_tau = Table::new(&phase.lagrange_beta_tau_g1[..rows]);
    let mut inputs = combine(m.variables, &digits, done, |variable, sum| {
        sum.add(&columns[0][variable], &beta_tau);
        sum.add(&columns[1][variable], &alpha_tau);
        sum.add(&columns[2][variable], &tau);
        sum.one(inputs_row(variable), &beta_tau);
    });
    let l = inputs.split_off(m.inputs);
    let mut key = Zkey {
        alpha_g1: phase.alpha_tau_g1[0],
        beta_g1: phase.beta_tau_g1[0],
        beta_g2: phase.beta_g2,
        gamma_g2: G2Affine::generator(),
        delta_g1: G1Affine::generator(),
        delta_g2: G2Affine::generator(),
        inputs,
        a,
        b_g1,
        b_g2,
        l,
        h: phase.lagrange_halfway.clone(),
        circuit_hash: [0; 64],
        contributions: Vec::new(),
        coefficients: coefficients(m),
    };
    key.circuit_hash = circuit_hash(&key, phase)?;
    Ok(key)
}

/// snarkjs hashes the powers in pieces of this many.
const PIECE: usize = 1 << 14;

/// BLAKE2b over the initial key, in snarkjs's order.
fn circuit_hash(key: &Zkey, phase: &Phase1) -> Result<[u8; 64]> {
    let mut hasher = Blake2b512::new();
    hasher.update(uncompressed_g1(&key.alpha_g1));
    hasher.update(uncompressed_g1(&key.beta_g1));
    hasher.update(uncompressed_g2(&key.beta_g2));
    hasher.update(uncompressed_g2(&key.gamma_g2));
    hasher.update(uncompressed_g1(&key.delta_g1));
    hasher.update(uncompressed_g2(&key.delta_g2));
    let count = |hasher: &mut Blake2b512, n: usize| hasher.update((n as u32).to_be_bytes());
    let g1 = |hasher: &mut Blake2b512, points: &[G1Affine]| {
        count(hasher, points.len());
        points.iter().for_each(|point| hasher.update(uncompressed_g1(point)));
    };
    g1(&mut hasher, &key.inputs);

    // The vanishing polynomial times powers of tau. The last piece is always a whole one, unless it is the only one.
    let size = phase.tau_g2.len();
    count(&mut hasher, size - 1);
    let hashed = if size - 1 > PIECE { (size - 1).next_multiple_of(PIECE) } else { size - 1 };
    let Some(high) = phase.tau_g1.get(size..size + hashed) else {
        let message = format!(
            "a circuit of {size} rows needs a ptau of power {}: snarkjs's circuit hash takes in one power of tau more.",
            size.ilog2() + 1
        );
        return Err(Error::new(Code::OutOfRange, message));
    };
    let differences: Vec<_> =
        high.iter().zip(&phase.tau_g1).map(|(high, low)| high.into_group() - low).collect();
    for point in G1Projective::normalize_batch(&differences) {
        hasher.update(uncompressed_g1(&point));
    }

    g1(&mut hasher, &key.l);
    g1(&mut hasher, &key.a);
    g1(&mut hasher, &key.b_g1);
    count(&mut hasher, key.b_g2.len());
    key.b_g2.iter().for_each(|point| hasher.update(uncompressed_g2(point)));
    Ok(hasher.finalize().into())
}
