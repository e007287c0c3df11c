//! R1CS matrices in compressed rows, with the name of each constraint's rule.

use crate::hash::F;
use ark_ff::{BigInteger, Field, One, PrimeField};
use sha2::{Digest, Sha256};
use std::collections::HashMap;

/// One of the three matrices: rows of `coefficient * variable`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseMatrix {
    /// Where each row ends in `columns`.
    pub row_ends: Vec<u32>,
    /// Variable of each entry.
    pub columns: Vec<u32>,
    /// Index of each entry's coefficient in [`Matrices::coefficients`].
    pub coefficients: Vec<u32>,
}

impl SparseMatrix {
    /// Entries of row `i`: variable and coefficient index.
    pub fn row(&self, i: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let start = if i == 0 { 0 } else { self.row_ends[i - 1] as usize };
        let range = start..self.row_ends[i] as usize;
        let columns = self.columns[range.clone()].iter().map(|c| *c as usize);
        columns.zip(self.coefficients[range].iter().map(|c| *c as usize))
    }

    /// Value of row `i` at an assignment; `coefficients` are those of [`Matrices`].
    pub fn evaluate<S: Field>(&self, i: usize, coefficients: &[S], assignment: &[S]) -> S {
        let mut sum = S::ZERO;
        for (variable, coefficient) in self.row(i) {
            match coefficient {
                ONE => sum += assignment[variable],
                _ => sum += coefficients[coefficient] * assignment[variable],
            }
        }
        sum
    }

    /// Entries that are not zero.
    pub fn entries(&self) -> usize {
        self.columns.len()
    }
}

/// The constraints `(A z) o (B z) = C z` over `z` = one, public inputs, private variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrices {
    /// Left, right and product side.
    pub sides: [SparseMatrix; 3],
    /// Distinct coefficients; the first two are one and minus one.
    pub coefficients: Vec<F>,
    /// Public inputs, the constant one included.
    pub inputs: usize,
    /// All variables, the constant one included.
    pub variables: usize,
    /// Rule of each constraint. Empty in matrices read from a key file.
    pub names: Vec<&'static str>,
    /// Variables that follow from the others ([`super::ConstraintSystem::hint`]), in order. Empty in matrices read from a key file.
    pub hints: Vec<u32>,
}

/// Index of the coefficient one; minus one is next.
pub(super) const ONE: usize = 0;

impl Matrices {
    /// Number of constraints.
    pub fn constraints(&self) -> usize {
        self.sides[0].row_ends.len()
    }

    /// Value of row `i` of a side at an assignment.
    pub fn evaluate(&self, side: usize, i: usize, assignment: &[F]) -> F {
        self.sides[side].evaluate(i, &self.coefficients, assignment)
    }

    /// Whether constraint `i` holds at an assignment.
    pub fn holds(&self, i: usize, assignment: &[F]) -> bool {
        let [a, b, c] = [0, 1, 2].map(|side| self.evaluate(side, i, assignment));
        a * b == c
    }

    /// Rules whose constraints the assignment breaks, in order, each as often as it is broken.
    pub fn violations(&self, assignment: &[F]) -> Vec<&'static str> {
        let name = |i| self.names.get(i).copied().unwrap_or("unnamed");
        (0..self.constraints()).filter(|i| !self.holds(*i, assignment)).map(name).collect()
    }

    /// For each variable the constraints that name it: what to look at again after a change to it.
    pub fn constraints_of_variables(&self) -> Vec<Vec<usize>> {
        let mut lists = vec![Vec::new(); self.variables];
        for i in 0..self.constraints() {
            for (variable, _) in self.sides.iter().flat_map(|side| side.row(i)) {
                if lists[variable].last() != Some(&i) {
                    lists[variable].push(i);
                }
            }
        }
        lists
    }

    /// The three matrices as arkworks has them, to compare with it.
    pub fn to_arkworks(&self) -> Vec<Vec<Vec<(F, usize)>>> {
        let row = |side: &SparseMatrix, i| {
            side.row(i).map(|(variable, c)| (self.coefficients[c], variable)).collect()
        };
        let rows = 0..self.constraints();
        self.sides.iter().map(|side| rows.clone().map(|i| row(side, i)).collect()).collect()
    }

    /// SHA-256 over everything but the names: what a circuit id binds.
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix("wattproof/matrices/1");
        let mut number = |n: usize| hasher.update((n as u64).to_le_bytes());
        number(self.inputs);
        number(self.variables);
        number(self.constraints());
        for side in &self.sides {
            number(side.entries());
        }
        for coefficient in &self.coefficients {
            hasher.update(coefficient.into_bigint().to_bytes_le());
        }
        for side in &self.sides {
            for list in [&side.row_ends, &side.columns, &side.coefficients] {
                for n in list {
                    hasher.update(n.to_le_bytes());
                }
            }
        }
        hasher.finalize().into()
    }
}

/// Collects rows and numbers their coefficients.
pub(super) struct Builder {
    sides: [SparseMatrix; 3],
    coefficients: Vec<F>,
    numbers: HashMap<F, u32>,
    names: Vec<&'static str>,
}

impl Default for Builder {
    fn default() -> Self {
        let coefficients = vec![F::one(), -F::one()];
        let numbers = coefficients.iter().copied().zip(0..).collect();
        Self { sides: Default::default(), coefficients, numbers, names: Vec::new() }
    }
}

impl Builder {
    pub(super) fn push(
        &mut self,
        name: &'static str,
        a: &[(u32, F)],
        b: &[(u32, F)],
        c: &[(u32, F)],
    ) {
        for (side, row) in self.sides.iter_mut().zip([a, b, c]) {
            for (variable, coefficient) in row {
                let next = self.coefficients.len() as u32;
                let number = *self.numbers.entry(*coefficient).or_insert(next);
                if number == next {
                    self.coefficients.push(*coefficient);
                }
                side.columns.push(*variable);
                side.coefficients.push(number);
            }
            side.row_ends.push(side.columns.len() as u32);
        }
        self.names.push(name);
    }

    pub(super) fn finish(self, inputs: usize, variables: usize) -> Matrices {
        let Self { sides, coefficients, names, .. } = self;
        Matrices { sides, coefficients, inputs, variables, names, hints: Vec::new() }
    }
}
