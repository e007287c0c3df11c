//! The same permutation with fewer products, for native builds: trees of a million leaves are mostly this.
//!
//! In a partial round only the first element x goes through the S-box. Write a round's matrix as N = D S, where D = diag(1, A) keeps the
//! first element and S = [[n, row], [column, 1]] has ones but for its first row and column: A is N without those, and column its first
//! column by the inverse of A. D passes through the next S-box, so the next round may have N' = M D and constants by the inverse of D.
//! Each partial round then takes 2t - 1 products in the place of t^2 (Poseidon paper, appendix B); the last D is multiplied once.

use super::{FULL_ROUNDS, Poseidon};
use crate::hash::F;
use ark_ff::{Field, One, Zero};

/// Most elements of a state.
const MOST: usize = 17;

struct Round {
    constants: Vec<F>,
    row: Vec<F>,
    column: Vec<F>,
}

/// A width's partial rounds.
pub(super) struct Sparse {
    rounds: Vec<Round>,
    /// What is left at the end: A of the last D, row-major.
    last: Vec<F>,
}

impl Sparse {
    pub(super) fn new(poseidon: &Poseidon) -> Self {
        let t = poseidon.width;
        let n = t - 1;
        let mds = |i: usize, j: usize| poseidon.mds[i * t + j];
        let mut passed = identity(n);
        let mut inverse = identity(n);
        let mut rounds = Vec::new();
        for r in FULL_ROUNDS / 2..poseidon.rounds() - FULL_ROUNDS / 2 {
            let plain = &poseidon.round_constants[r * t..(r + 1) * t];
            let mut constants = vec![plain[0]];
            constants.extend(times(&inverse, &plain[1..]));
            // M D, row by row.
            let entry = |i: usize, j: usize| -> F {
                (0..n).map(|k| mds(i, k + 1) * passed[k * n + j]).sum()
            };
            let mut row = vec![mds(0, 0)];
            row.extend((0..n).map(|j| entry(0, j)));
            let a: Vec<F> = (0..n * n).map(|at| entry(at / n + 1, at % n)).collect();
            let first: Vec<F> = (0..n).map(|i| mds(i + 1, 0)).collect();
            inverse = invert(&a, n);
            let column = times(&inverse, &first);
            passed = a;
            rounds.push(Round { constants, row, column });
        }
        Self { rounds, last: passed }
    }

    /// All partial rounds.
    pub(super) fn apply(&self, state: &mut [F]) {
        for Round { constants, row, column } in &self.rounds {
            for (x, c) in state.iter_mut().zip(constants) {
                *x += c;
            }
            let x = power_of_five(&state[0]);
            state[0] = x;
            let first = dot(row, state);
            for (y, c) in state[1..].iter_mut().zip(column) {
                *y += *c * x;
            }
            state[0] = first;
        }
        multiply(&self.last, &mut state[1..]);
    }
}

pub(super) fn power_of_five(x: &F) -> F {
    let square = x.square();
    square.square() * x
}

fn dot(row: &[F], xs: &[F]) -> F {
    row.iter().zip(xs).map(|(a, x)| *a * x).sum()
}

/// `state = matrix state`.
fn multiply(matrix: &[F], state: &mut [F]) {
    let mut next = [F::zero(); MOST];
    for (y, row) in next.iter_mut().zip(matrix.chunks_exact(state.len())) {
        *y = dot(row, state);
    }
    state.copy_from_slice(&next[..state.len()]);
}

fn times(matrix: &[F], xs: &[F]) -> Vec<F> {
    matrix.chunks_exact(xs.len()).map(|row| dot(row, xs)).collect()
}

fn identity(n: usize) -> Vec<F> {
    (0..n * n).map(|at| if at / n == at % n { F::one() } else { F::zero() }).collect()
}

/// By Gauss and Jordan. The matrices are invertible: were one not, the widths' tests would tell.
fn invert(matrix: &[F], n: usize) -> Vec<F> {
    let (mut a, mut out) = (matrix.to_vec(), identity(n));
    for i in 0..n {
        let pivot = (i..n).find(|k| !a[k * n + i].is_zero()).unwrap_or(i);
        for j in 0..n {
            a.swap(i * n + j, pivot * n + j);
            out.swap(i * n + j, pivot * n + j);
        }
        let scale = a[i * n + i].inverse().unwrap_or_default();
        for j in 0..n {
            a[i * n + j] *= scale;
            out[i * n + j] *= scale;
        }
        for k in (0..n).filter(|k| *k != i) {
            let factor = a[k * n + i];
            for j in 0..n {
                let (x, y) = (a[i * n + j], out[i * n + j]);
                a[k * n + j] -= factor * x;
                out[k * n + j] -= factor * y;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_std::UniformRand;

    #[test]
    fn sparse_rounds_are_the_plain_ones_at_every_width() {
        let mut rng = crate::random::rng().expect("random");
        for arity in 1..=16 {
            let poseidon = Poseidon::of_arity(arity);
            for inputs in [
                vec![F::zero(); arity],
                vec![-F::one(); arity],
                (0..arity).map(|_| F::rand(&mut rng)).collect(),
            ] {
                let mut state = vec![F::zero()];
                state.extend(&inputs);
                poseidon.permute_plainly(&mut state);
                assert_eq!(poseidon.hash(&inputs), state[0], "{arity}");
            }
        }
    }
}
