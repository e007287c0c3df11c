//! Reads a circuit as straight field arithmetic: the assignment.

use super::{Circuit, ConstraintSystem, Linear};
use crate::hash::F;
use ark_ff::{One, Zero};

impl Linear for F {
    fn constant(c: F) -> Self {
        c
    }

    fn add_scaled(&mut self, c: F, other: &Self) {
        *self += c * other;
    }

    fn sum_of<'a>(terms: impl IntoIterator<Item = (F, &'a Self)>) -> Self {
        terms.into_iter().map(|(c, x)| c * x).sum()
    }

    fn plus(&self, other: &Self) -> Self {
        *self + other
    }

    fn minus(&self, other: &Self) -> Self {
        *self - other
    }

    fn times(&self, c: F) -> Self {
        *self * c
    }
}

/// Values of all variables: one, the public inputs, the rest.
pub struct Evaluator {
    assignment: Vec<F>,
    inputs: usize,
}

impl Evaluator {
    /// The assignment of `circuit`; `capacity` is the number of variables, if known.
    pub fn assign(circuit: &impl Circuit, capacity: usize) -> Vec<F> {
        let mut assignment = Vec::with_capacity(capacity);
        assignment.push(F::one());
        let mut evaluator = Self { assignment, inputs: 1 };
        circuit.synthesize(&mut evaluator);
        evaluator.assignment
    }
}

impl ConstraintSystem for Evaluator {
    type Wire = F;

    fn input(&mut self, value: F) -> F {
        debug_assert_eq!(self.inputs, self.assignment.len(), "inputs come first");
        self.inputs += 1;
        self.assignment.push(value);
        value
    }

    fn witness(&mut self, hint: impl FnOnce() -> F) -> F {
        let value = hint();
        self.assignment.push(value);
        value
    }

    fn enforce(&mut self, _: &'static str, _: &F, _: &F, _: &F) {}

    fn value(&self, wire: &F) -> F {
        *wire
    }
}

impl Evaluator {
    /// An evaluator for gadgets on their own, without inputs.
    pub fn new() -> Self {
        Self { assignment: vec![F::one()], inputs: 1 }
    }

    /// What was assigned so far.
    pub fn into_assignment(self) -> Vec<F> {
        debug_assert!(!self.assignment[0].is_zero());
        self.assignment
    }
}

impl Default for Evaluator {
    fn default() -> Self {
        Self::new()
    }
}
