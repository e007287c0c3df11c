//! Assignments that break one constraint and no other: with it deleted, each would be let through.
//!
//! They are looked for by single wires. A *kick* changes one wire, or one and another that makes up for it; a *step* starts where one
//! constraint is broken alone, gives one of its wires the value with which it holds, and looks what is broken then. If that is one other
//! constraint, it was noticed as well, and the walk goes on from there. What is found is exact: every constraint is evaluated.

use super::state::State;
use ark_ff::{AdditiveGroup, Field};
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::hash::F;

/// For each constraint whether an assignment was found that breaks it alone.
pub(super) struct Alone {
    /// Wires that follow and that one constraint names: nothing reads them, so that another value of one tells nothing.
    unread: Vec<bool>,
    /// Some such assignment.
    pub(super) broken: Vec<bool>,
    /// One that meets the constraint's weaker form: a bit that may be -1 or 2 as well, a product whose sign does not matter.
    pub(super) weakly: Vec<bool>,
}

/// Steps in a row.
const DEPTH: usize = 12;
/// Wires of one constraint that are tried: the last ones, and some of the first.
const TRIED: [usize; 2] = [96, 32];

impl Alone {
    pub(super) fn new(matrices: &Matrices) -> Self {
        let mut unread = vec![false; matrices.variables];
        let lists = matrices.constraints_of_variables();
        for hint in &matrices.hints {
            unread[*hint as usize] = lists[*hint as usize].len() == 1;
        }
        let none = vec![false; matrices.constraints()];
        Self { unread, broken: none.clone(), weakly: none }
    }

    /// Some of a constraint's wires that are read elsewhere.
    pub(super) fn wires(&self, state: &State<'_>, row: usize) -> Vec<usize> {
        let mut variables = state.columns.variables(row);
        variables.retain(|v| !self.unread[*v]);
        let tail = variables.len().saturating_sub(TRIED[0]);
        let last = variables.split_off(tail).into_iter().rev();
        let some = variables.into_iter().step_by((tail / TRIED[1]).max(1));
        last.chain(some).collect()
    }

    /// Records the constraint that the state breaks alone; whether that was new.
    pub(super) fn record(&mut self, state: &State<'_>) -> Option<usize> {
        let row = state.alone()?;
        let [a, b, c] = state.sides(row);
        let weakly = match state.columns.rows[row].is_bit {
            true => a == F::from(2) || a == -F::ONE,
            false => a * b == -c,
        };
        self.weakly[row] |= weakly;
        (!std::mem::replace(&mut self.broken[row], true)).then_some(row)
    }

    /// Records, and walks on from what is new.
    pub(super) fn walk(&mut self, state: &mut State<'_>) {
        self.walk_on(state, DEPTH);
    }

    fn walk_on(&mut self, state: &mut State<'_>, depth: usize) {
        if self.record(state).is_some() {
            self.steps(state, depth);
        }
    }

    fn steps(&mut self, state: &mut State<'_>, depth: usize) {
        let Some(row) = state.alone().filter(|_| depth > 0) else { return };
        for variable in self.wires(state, row) {
            let before = state.value(variable);
            for value in state.roots(row, variable) {
                state.set(variable, value);
                self.walk_on(state, depth - 1);
                state.set(variable, before);
            }
        }
    }

    /// Gives each of these variables several other values.
    pub(super) fn kick(
        &mut self,
        state: &mut State<'_>,
        variables: impl IntoIterator<Item = usize>,
    ) {
        for variable in variables {
            let honest = state.value(variable);
            let one = F::ONE;
            for value in [F::from(2), -one, one - honest, honest + one, -honest] {
                state.set(variable, value);
                self.walk(state);
                state.set(variable, honest);
            }
        }
    }

    /// For each of these constraints that holds a bit and is not noticed yet: the bit's neighbours flip, and it makes up for them.
    pub(super) fn exchange(
        &mut self,
        state: &mut State<'_>,
        rows: impl IntoIterator<Item = usize>,
    ) {
        for row in rows {
            let summary = &state.columns.rows[row];
            if !summary.is_bit || self.broken[row] && self.weakly[row] {
                continue;
            }
            let variables = state.columns.variables(row);
            let [variable] = variables[..] else { continue };
            let honest = state.value(variable);
            let named = state.columns.rows_of(variable);
            let elsewhere: Vec<_> =
                named.into_iter().filter(|r| *r != row && !state.columns.rows[*r].is_bit).collect();
            for other in
                [variable + 1, variable.wrapping_sub(1), variable + 2, variable.wrapping_sub(2)]
            {
                if other == 0 || other >= state.len() {
                    continue;
                }
                let bit = state.value(other);
                if bit != F::ZERO && bit != F::ONE {
                    continue;
                }
                state.set(other, F::ONE - bit);
                let roots = elsewhere.iter().map(|row| state.roots(*row, variable));
                for value in roots.into_iter().find(|roots| !roots.is_empty()).unwrap_or_default() {
                    state.set(variable, value);
                    self.walk(state);
                    state.set(variable, honest);
                }
                state.set(other, bit);
            }
        }
    }
}
