//! Assignments that a cheating prover might try, on a claim that is good: each must break a constraint, or change nothing that is public.
//!
//! * *Wires*: each variable by itself, to several other values.
//! * *Hints*: one hint changed, and everything that follows from it computed anew, as a prover would: sums, products and bits fit again,
//!   and only what binds the hint is left to notice.

mod evaluator;

use crate::Any;
use crate::stage::Stage;
use crate::uniqueness::argued::{ARGUED, Claimed};
use ark_ff::{AdditiveGroup, Field};
use evaluator::Mutant;
use serde::Serialize;
use std::collections::BTreeMap;
use wattproof_circuits::cs::{Evaluator, Matrices};
use wattproof_circuits::hash::F;
use wattproof_circuits::relation::Relation;

/// What became of the mutants of a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Mutants that were tried.
    pub tried: usize,
    /// Mutants that satisfy the matrices with the same public inputs, by the name of the first constraint that mentions what was changed:
    /// wires that are argued to be free.
    pub free: BTreeMap<&'static str, usize>,
    /// Those that satisfy the matrices though nothing says that they may, or with other public inputs: each is a defect.
    pub defects: BTreeMap<&'static str, usize>,
}

/// A circuit with a good assignment.
pub struct Subject {
    relation: Relation,
    matrices: Matrices,
    assignment: Vec<F>,
    /// The constraints that name each variable.
    constraints: Vec<Vec<usize>>,
    /// All of them.
    kept: Vec<usize>,
}

impl Subject {
    /// The circuit and assignment of a staged claim.
    ///
    /// # Errors
    /// If the claim is not good, or its assignment does not satisfy the circuit.
    pub fn new(stage: &Stage) -> Any<Self> {
        let (_, relation) = stage.claim.check()?;
        let matrices = Relation::matrices(&stage.shape);
        let assignment = Evaluator::assign(&relation, matrices.variables);
        let broken = matrices.violations(&assignment);
        if !broken.is_empty() {
            return Err(format!("{}: the staged claim breaks {broken:?}", stage.name).into());
        }
        let constraints = matrices.constraints_of_variables();
        let kept = (0..matrices.constraints()).collect();
        Ok(Self { relation, matrices, assignment, constraints, kept })
    }

    /// The circuit without the constraints of this name, to see what notices.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        let is_kept = |row: &usize| self.matrices.names[*row] != name;
        for rows in &mut self.constraints {
            rows.retain(is_kept);
        }
        self.kept = (0..self.matrices.constraints()).filter(is_kept).collect();
        self
    }

    /// Every `stride`-th variable by itself, to eight other values each.
    pub fn wires(&self, stride: usize) -> Outcome {
        let mut assignment = self.assignment.clone();
        let mut outcome = Outcome::default();
        for variable in (1..assignment.len()).step_by(stride.max(1)) {
            let honest = assignment[variable];
            for value in others(honest).into_iter().filter(|value| *value != honest) {
                assignment[variable] = value;
                outcome.tried += 1;
                if self.constraints[variable]
                    .iter()
                    .all(|row| self.matrices.holds(*row, &assignment))
                {
                    self.survived(&mut outcome, variable, variable < self.matrices.inputs);
                }
            }
            assignment[variable] = honest;
        }
        outcome
    }

    /// At most `count` mutants, each with one hint changed and all that follows computed anew; hints evenly over the circuit, values by turns.
    pub fn hints(&self, count: usize) -> Outcome {
        let hints = &self.matrices.hints;
        let mut outcome = Outcome::default();
        for i in 0..count {
            // A step that shares no factor with a power of two or small numbers goes through all.
            let variable = hints[(i * 7_919 + i / hints.len()) % hints.len()] as usize;
            let honest = self.assignment[variable];
            let value = others(honest)[i % OTHERS];
            if value == honest {
                continue;
            }
            outcome.tried += 1;
            let mutant = Mutant::assign(&self.relation, self.matrices.variables, variable, value);
            let near =
                self.constraints[variable].iter().all(|row| self.matrices.holds(*row, &mutant));
            if near && (0..self.matrices.constraints()).all(|row| self.matrices.holds(row, &mutant))
            {
                let inputs = self.matrices.inputs;
                self.survived(
                    &mut outcome,
                    variable,
                    mutant[..inputs] != self.assignment[..inputs],
                );
            }
        }
        outcome
    }

    fn survived(&self, outcome: &mut Outcome, variable: usize, public: bool) {
        let row = self.constraints[variable].first();
        let name = row.map_or("in no constraint", |row| self.matrices.names[*row]);
        let free = ARGUED.iter().any(|a| a.name == name && a.claimed == Claimed::Free);
        let list = if free && !public { &mut outcome.free } else { &mut outcome.defects };
        *list.entry(name).or_default() += 1;
    }
}

/// Values that a wire is changed to.
const OTHERS: usize = 8;

/// Neighbours, the other bit, the inverse, the double, the half, the negative, and a number from elsewhere.
fn others(x: F) -> [F; OTHERS] {
    let one = F::ONE;
    let half = F::from(2).inverse().unwrap_or(one);
    [x + one, x - one, one - x, x.double(), x * half, -x, x.inverse().unwrap_or(one), F::from(5)]
}
