//! An evaluator with one hint that is not what it should be.

use wattproof_circuits::cs::{Circuit, ConstraintSystem};
use wattproof_circuits::hash::F;

/// Values of all variables; the one at `at` is `value`, whatever its hint says.
pub(super) struct Mutant {
    assignment: Vec<F>,
    at: usize,
    value: F,
}

impl Mutant {
    /// The assignment of `circuit` with this variable changed, and all that is computed from it.
    pub(super) fn assign(circuit: &impl Circuit, capacity: usize, at: usize, value: F) -> Vec<F> {
        let mut assignment = Vec::with_capacity(capacity);
        assignment.push(F::from(1));
        let mut mutant = Self { assignment, at, value };
        circuit.synthesize(&mut mutant);
        mutant.assignment
    }

    fn push(&mut self, value: F) -> F {
        let value = if self.assignment.len() == self.at { self.value } else { value };
        self.assignment.push(value);
        value
    }
}

impl ConstraintSystem for Mutant {
    type Wire = F;

    fn input(&mut self, value: F) -> F {
        self.push(value)
    }

    fn witness(&mut self, value: impl FnOnce() -> F) -> F {
        self.push(value())
    }

    fn enforce(&mut self, _: &'static str, _: &F, _: &F, _: &F) {}

    fn value(&self, wire: &F) -> F {
        *wire
    }
}
