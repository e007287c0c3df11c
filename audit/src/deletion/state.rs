//! An assignment, and which constraints it breaks, kept up to date as single wires change.

use super::columns::Columns;
use ark_ff::{AdditiveGroup, Field};
use std::collections::BTreeSet;
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::hash::F;

pub(super) struct State<'a> {
    pub(super) columns: &'a Columns<'a>,
    assignment: Vec<F>,
    /// The three sides of each constraint.
    sides: Vec<[F; 3]>,
    broken: BTreeSet<usize>,
}

impl<'a> State<'a> {
    pub(super) fn new(matrices: &Matrices, columns: &'a Columns<'a>, assignment: Vec<F>) -> Self {
        let side = |s: usize, i: usize| matrices.evaluate(s, i, &assignment);
        let sides: Vec<_> =
            (0..matrices.constraints()).map(|i| [side(0, i), side(1, i), side(2, i)]).collect();
        let broken = (0..sides.len()).filter(|i| !holds(&sides[*i])).collect();
        Self { columns, assignment, sides, broken }
    }

    /// Number of variables.
    pub(super) fn len(&self) -> usize {
        self.assignment.len()
    }

    pub(super) fn value(&self, variable: usize) -> F {
        self.assignment[variable]
    }

    pub(super) fn sides(&self, row: usize) -> [F; 3] {
        self.sides[row]
    }

    pub(super) fn broken(&self) -> &BTreeSet<usize> {
        &self.broken
    }

    /// The constraint that is broken, if there is one and no other.
    pub(super) fn alone(&self) -> Option<usize> {
        match self.broken.len() {
            1 => self.broken.first().copied(),
            _ => None,
        }
    }

    /// Gives a variable another value.
    pub(super) fn set(&mut self, variable: usize, value: F) {
        let difference = value - self.assignment[variable];
        if difference == F::ZERO {
            return;
        }
        self.assignment[variable] = value;
        let mut last = None;
        for (row, side, coefficient) in self.columns.of(variable) {
            self.sides[row][side] += coefficient * difference;
            if let Some(before) = last.replace(row).filter(|before| *before != row) {
                self.look_at(before);
            }
        }
        if let Some(row) = last {
            self.look_at(row);
        }
    }

    fn look_at(&mut self, row: usize) {
        match holds(&self.sides[row]) {
            true => self.broken.remove(&row),
            false => self.broken.insert(row),
        };
    }

    /// The values of a variable with which a constraint holds, all else as it is.
    pub(super) fn roots(&self, row: usize, variable: usize) -> Vec<F> {
        let mut slope = [F::ZERO; 3];
        for (_, side, coefficient) in self.columns.of(variable).filter(|entry| entry.0 == row) {
            slope[side] += coefficient;
        }
        // In terms of the difference d: (A + a d)(B + b d) = C + c d.
        let ([a, b, c], [at_a, at_b, at_c]) = (slope, self.sides[row]);
        let (square, linear, constant) = (a * b, a * at_b + b * at_a - c, at_a * at_b - at_c);
        let differences = match (square.inverse(), linear.inverse()) {
            (None, None) => Vec::new(),
            (None, Some(inverse)) => vec![-constant * inverse],
            (Some(inverse), _) => {
                let half = F::from(2).inverse().unwrap_or_default() * inverse;
                let discriminant = linear * linear - F::from(4) * square * constant;
                match discriminant.sqrt() {
                    Some(root) => vec![(root - linear) * half, (-root - linear) * half],
                    None => Vec::new(),
                }
            }
        };
        differences.into_iter().map(|d| self.assignment[variable] + d).collect()
    }
}

fn holds([a, b, c]: &[F; 3]) -> bool {
    *a * b == *c
}
