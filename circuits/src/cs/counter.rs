//! Counts what a circuit has without computing anything: no matrices, no values. Fast enough to answer while somebody waits.

use super::{Circuit, ConstraintSystem, Linear};
use crate::hash::F;

/// How large a circuit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Public inputs, the constant one included.
    pub inputs: usize,
    /// All variables, the constant one included.
    pub variables: usize,
    /// Constraints.
    pub constraints: usize,
}

impl Size {
    /// Places of the domain that Groth16 works over: the power of two that holds the constraints and the inputs.
    pub fn domain(&self) -> usize {
        (self.constraints + self.inputs).next_power_of_two()
    }
}

/// A wire about which nothing is known.
#[derive(Clone, Copy, Debug)]
pub struct Counted;

impl Linear for Counted {
    fn constant(_: F) -> Self {
        Self
    }

    fn add_scaled(&mut self, _: F, _: &Self) {}

    fn sum_of<'a>(_: impl IntoIterator<Item = (F, &'a Self)>) -> Self {
        Self
    }

    fn plus(&self, _: &Self) -> Self {
        Self
    }

    fn minus(&self, _: &Self) -> Self {
        Self
    }

    fn times(&self, _: F) -> Self {
        Self
    }
}

/// Counts the variables and constraints of a circuit.
pub struct Counter(Size);

impl Counter {
    /// The size of `circuit`, the same as that of its matrices.
    pub fn count(circuit: &impl Circuit) -> Size {
        let mut counter = Self(Size { inputs: 1, variables: 1, constraints: 0 });
        circuit.synthesize(&mut counter);
        counter.0
    }
}

impl ConstraintSystem for Counter {
    type Wire = Counted;

    fn input(&mut self, _: F) -> Counted {
        self.0.inputs += 1;
        self.0.variables += 1;
        Counted
    }

    fn witness(&mut self, _: impl FnOnce() -> F) -> Counted {
        self.0.variables += 1;
        Counted
    }

    fn enforce(&mut self, _: &'static str, _: &Counted, _: &Counted, _: &Counted) {
        self.0.constraints += 1;
    }

    fn value(&self, _: &Counted) -> F {
        F::from(0)
    }

    // A quotient's hint is an inversion: nobody wants its value here.
    fn quotient(&mut self, _: &'static str, _: &Counted, _: &Counted) -> Counted {
        self.0.variables += 1;
        self.0.constraints += 1;
        Counted
    }
}
