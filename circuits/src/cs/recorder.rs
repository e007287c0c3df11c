//! Reads a circuit symbolically: the matrices.

use super::matrices::{Builder, Matrices};
use super::{Circuit, ConstraintSystem, Linear};
use crate::hash::F;
use ark_ff::{One, Zero};

/// Terms `coefficient * variable`, sorted by variable, without zeros; variable 0 is the constant one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinearCombination(pub(super) Vec<(u32, F)>);

impl LinearCombination {
    /// Whether it is a constant, zero included.
    pub fn is_constant(&self) -> bool {
        self.0.iter().all(|(variable, _)| *variable == 0)
    }

    fn variable(index: u32) -> Self {
        Self(vec![(index, F::one())])
    }
}

impl Linear for LinearCombination {
    fn constant(c: F) -> Self {
        if c.is_zero() { Self::default() } else { Self(vec![(0, c)]) }
    }

    fn add_scaled(&mut self, c: F, other: &Self) {
        if c.is_zero() {
            return;
        }
        let mut merged = Vec::with_capacity(self.0.len() + other.0.len());
        let mut mine = self.0.iter().copied().peekable();
        for &(variable, coefficient) in &other.0 {
            while let Some(term) = mine.next_if(|(v, _)| *v < variable) {
                merged.push(term);
            }
            let mine_too = mine.next_if(|(v, _)| *v == variable).map_or(F::zero(), |(_, x)| x);
            let sum = mine_too + c * coefficient;
            if !sum.is_zero() {
                merged.push((variable, sum));
            }
        }
        merged.extend(mine);
        self.0 = merged;
    }

    fn sum_of<'a>(terms: impl IntoIterator<Item = (F, &'a Self)>) -> Self {
        let mut all = Vec::new();
        for (c, lc) in terms {
            all.extend(lc.0.iter().map(|(variable, x)| (*variable, c * x)));
        }
        all.sort_unstable_by_key(|(variable, _)| *variable);
        all.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                earlier.1 += later.1;
            }
            same
        });
        all.retain(|(_, x)| !x.is_zero());
        Self(all)
    }
}

/// Collects the constraints of a circuit.
#[derive(Default)]
pub struct Recorder {
    builder: Builder,
    inputs: u32,
    variables: u32,
    hints: Vec<u32>,
}

impl Recorder {
    /// A recorder for gadgets on their own.
    pub fn new() -> Self {
        Self { inputs: 1, variables: 1, ..Self::default() }
    }

    /// The matrices of `circuit`.
    pub fn record(circuit: &impl Circuit) -> Matrices {
        let mut recorder = Self::new();
        circuit.synthesize(&mut recorder);
        recorder.finish()
    }

    /// The matrices of what was recorded.
    pub fn finish(self) -> Matrices {
        Matrices {
            hints: self.hints,
            ..self.builder.finish(self.inputs as usize, self.variables as usize)
        }
    }
}

impl ConstraintSystem for Recorder {
    type Wire = LinearCombination;

    fn input(&mut self, _: F) -> LinearCombination {
        assert_eq!(self.inputs, self.variables, "inputs come first");
        self.inputs += 1;
        self.witness(F::zero)
    }

    fn witness(&mut self, _: impl FnOnce() -> F) -> LinearCombination {
        self.variables += 1;
        LinearCombination::variable(self.variables - 1)
    }

    fn hint(&mut self, value: impl FnOnce() -> F) -> LinearCombination {
        self.hints.push(self.variables);
        self.witness(value)
    }

    fn enforce(
        &mut self,
        what: &'static str,
        a: &LinearCombination,
        b: &LinearCombination,
        c: &LinearCombination,
    ) {
        let says_nothing = a.is_constant() && b.is_constant() && c.is_constant();
        assert!(!says_nothing, "{what}: a constraint on constants");
        self.builder.push(what, &a.0, &b.0, &c.0);
    }

    fn value(&self, _: &LinearCombination) -> F {
        F::zero()
    }
}
