//! Matrices by column: where a variable occurs, so that a change to it costs no more than its occurrences.

use crate::uniqueness::rules::{Row, Side};
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::hash::F;

/// A variable's occurrence: constraint, side, coefficient.
pub(super) type Entry = (usize, usize, F);

/// What a constraint is apart from its variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Summary {
    /// The constant's coefficient on each side.
    constants: [F; 3],
    /// Variables on each side, the constant not among them.
    terms: [u32; 3],
    /// Whether it says `L (1 - L) = 0`.
    pub(super) is_bit: bool,
}

/// The columns.
pub(super) struct Columns<'a> {
    matrices: &'a Matrices,
    ends: Vec<usize>,
    /// Constraint and side in one number, and the coefficient's.
    entries: Vec<(u32, u32)>,
    pub(super) rows: Vec<Summary>,
}

impl<'a> Columns<'a> {
    pub(super) fn new(matrices: &'a Matrices) -> Self {
        let mut ends = vec![0; matrices.variables + 1];
        let mut rows = vec![Summary::default(); matrices.constraints()];
        for (i, row) in rows.iter_mut().enumerate() {
            for (s, side) in matrices.sides.iter().enumerate() {
                for (variable, coefficient) in side.row(i) {
                    match variable {
                        0 => row.constants[s] = matrices.coefficients[coefficient],
                        _ => {
                            row.terms[s] += 1;
                            ends[variable + 1] += 1;
                        }
                    }
                }
            }
            row.is_bit = row.terms[2] == 0
                && row.constants[2] == F::from(0)
                && Row::read(matrices, i, |_| false, |_| false).complementary;
        }
        for v in 0..matrices.variables {
            ends[v + 1] += ends[v];
        }
        let mut next = ends.clone();
        let mut entries = vec![(0, 0); ends[matrices.variables]];
        for i in 0..rows.len() {
            for (s, side) in matrices.sides.iter().enumerate() {
                for (variable, coefficient) in side.row(i).filter(|(v, _)| *v != 0) {
                    entries[next[variable]] = ((i << 2 | s) as u32, coefficient as u32);
                    next[variable] += 1;
                }
            }
        }
        Self { matrices, ends, entries, rows }
    }

    /// Where a variable occurs, by constraint.
    pub(super) fn of(&self, variable: usize) -> impl Iterator<Item = Entry> + '_ {
        let range = self.ends[variable]..self.ends[variable + 1];
        self.entries[range].iter().map(|(at, coefficient)| {
            let at = *at as usize;
            (at >> 2, at & 3, self.matrices.coefficients[*coefficient as usize])
        })
    }

    /// The constraints that name a variable, each once.
    pub(super) fn rows_of(&self, variable: usize) -> Vec<usize> {
        let mut rows: Vec<_> = self.of(variable).map(|(row, ..)| row).collect();
        rows.dedup();
        rows
    }

    /// A constraint of which only these occurrences are unknown, with whether each is known to be a bit.
    pub(super) fn row(&self, i: usize, unknown: &[(usize, usize, F, bool)]) -> Row {
        let summary = &self.rows[i];
        let sides = [0, 1, 2].map(|s| {
            let of: Vec<_> = unknown
                .iter()
                .filter(|(_, side, ..)| *side == s)
                .map(|(variable, _, coefficient, bit)| (*variable, *coefficient, *bit))
                .collect();
            let symbolic = summary.terms[s] as usize > of.len();
            Side { unknown: of, constant: summary.constants[s], symbolic }
        });
        Row { sides, complementary: summary.is_bit }
    }

    /// The variables of a constraint, each once, the constant not among them.
    pub(super) fn variables(&self, i: usize) -> Vec<usize> {
        let sides = self.matrices.sides.iter();
        let mut list: Vec<_> =
            sides.flat_map(|side| side.row(i)).map(|(v, _)| v).filter(|v| *v != 0).collect();
        list.sort_unstable();
        list.dedup();
        list
    }
}
