//! One description of a circuit, two readings of it.
//!
//! A circuit is a function over a [`ConstraintSystem`]. Read by a [`Recorder`] it gives the matrices, from which keys are
//! made once; read by an [`Evaluator`] it gives the assignment, as straight field arithmetic and nothing else. What is linear
//! is never a constraint: a wire *is* a linear combination ([`Linear`]), and only products cost.

mod counter;
mod evaluator;
mod matrices;
mod recorder;

pub use counter::{Counter, Size};
pub use evaluator::Evaluator;
pub use matrices::{Matrices, SparseMatrix};
pub use recorder::{LinearCombination, Recorder};

use crate::hash::F;
use ark_ff::{Field, One};

/// A linear combination of variables: symbolic in a [`Recorder`], its value in an [`Evaluator`].
pub trait Linear: Clone {
    /// `c` times the constant one.
    fn constant(c: F) -> Self;
    /// `self += c * other`.
    fn add_scaled(&mut self, c: F, other: &Self);

    /// The sum of `c * wire` over the terms; cheaper than repeated additions.
    fn sum_of<'a>(terms: impl IntoIterator<Item = (F, &'a Self)>) -> Self
    where
        Self: 'a;

    /// Zero.
    fn nil() -> Self {
        Self::constant(F::from(0))
    }

    /// One.
    fn unit() -> Self {
        Self::constant(F::one())
    }

    /// `self + other`.
    fn plus(&self, other: &Self) -> Self {
        let mut sum = self.clone();
        sum.add_scaled(F::one(), other);
        sum
    }

    /// `self - other`.
    fn minus(&self, other: &Self) -> Self {
        let mut difference = self.clone();
        difference.add_scaled(-F::one(), other);
        difference
    }

    /// `c * self`.
    fn times(&self, c: F) -> Self {
        let mut scaled = Self::nil();
        scaled.add_scaled(c, self);
        scaled
    }

    /// `self + c`.
    fn plus_constant(&self, c: F) -> Self {
        self.plus(&Self::constant(c))
    }
}

/// Where a private variable's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// [`ConstraintSystem::witness`]: the prover brings it.
    Witness,
    /// [`ConstraintSystem::hint`]: it follows from other variables.
    Hint,
}

/// What a circuit is written against.
pub trait ConstraintSystem {
    /// A linear combination of this system's variables.
    type Wire: Linear;

    /// A new public input. All inputs come before all other variables.
    fn input(&mut self, value: F) -> Self::Wire;

    /// A new private variable that the prover brings: a reading, a key, a path. `value` is called only where values exist.
    fn witness(&mut self, value: impl FnOnce() -> F) -> Self::Wire;

    /// A new private variable that follows from those before it, such as a bit or a quotient: the constraints must leave it one
    /// value. An audit proves that they do; for everybody else it is a [`Self::witness`].
    fn hint(&mut self, value: impl FnOnce() -> F) -> Self::Wire {
        self.witness(value)
    }

    /// A new private variable of either kind.
    fn variable(&mut self, origin: Origin, value: impl FnOnce() -> F) -> Self::Wire {
        match origin {
            Origin::Witness => self.witness(value),
            Origin::Hint => self.hint(value),
        }
    }

    /// Demands `a * b = c`; `what` names the rule in test failures. Recording three constants is a mistake in the circuit and
    /// panics: such a constraint says nothing.
    fn enforce(&mut self, what: &'static str, a: &Self::Wire, b: &Self::Wire, c: &Self::Wire);

    /// The wire's value where values exist, else zero. For hints only: a constraint must never depend on it.
    fn value(&self, wire: &Self::Wire) -> F;

    /// A new variable that is `a * b`.
    fn product(&mut self, what: &'static str, a: &Self::Wire, b: &Self::Wire) -> Self::Wire {
        let (x, y) = (self.value(a), self.value(b));
        let c = self.hint(|| x * y);
        self.enforce(what, a, b, &c);
        c
    }

    /// A new variable `q` with `q * denominator = numerator`. Says nothing about `q` where both are zero, and cannot be met
    /// where only the denominator is: the caller states why it is not zero.
    fn quotient(
        &mut self,
        what: &'static str,
        numerator: &Self::Wire,
        denominator: &Self::Wire,
    ) -> Self::Wire {
        let (n, d) = (self.value(numerator), self.value(denominator));
        let q = self.hint(|| d.inverse().unwrap_or_default() * n);
        self.enforce(what, denominator, &q, numerator);
        q
    }

    /// Demands `a = b`.
    fn enforce_equal(&mut self, what: &'static str, a: &Self::Wire, b: &Self::Wire) {
        self.enforce(what, a, &Linear::unit(), b);
    }
}

/// A circuit: what it means is up to its implementer; Groth16 sees it only through this.
pub trait Circuit {
    /// Adds the circuit's variables and constraints, public inputs first, in the same order and number whatever the witness.
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS);
}
