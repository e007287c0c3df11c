//! Which variables are known, and which constraints to look at next.

use super::rules::{Row, Verdict, judge};
use wattproof_circuits::cs::Matrices;

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Knowledge {
    /// Nothing yet.
    Nothing,
    /// That it is zero or one.
    Bit,
    /// That it has one value.
    One,
}

pub(crate) struct Propagation<'a> {
    matrices: &'a Matrices,
    knowledge: Vec<Knowledge>,
    /// The constraints that name each variable.
    constraints: Vec<Vec<usize>>,
    /// For each constraint, how many of its variables nothing is known of: with more than one no rule applies.
    dark: Vec<usize>,
    waiting: Vec<usize>,
    is_waiting: Vec<bool>,
    /// For each constraint the variables of which it told something.
    pub(crate) taught: Vec<Vec<usize>>,
    /// Variables in the order in which they became known.
    pub(crate) order: Vec<usize>,
    pub(super) by_row: usize,
    pub(super) by_decomposition: usize,
}

impl<'a> Propagation<'a> {
    pub(crate) fn new(matrices: &'a Matrices, unknown: &[usize]) -> Self {
        let constraints = matrices.constraints_of_variables();
        let mut knowledge = vec![Knowledge::One; matrices.variables];
        let mut dark = vec![0; matrices.constraints()];
        for variable in unknown {
            knowledge[*variable] = Knowledge::Nothing;
            for i in &constraints[*variable] {
                dark[*i] += 1;
            }
        }
        // Last in, first out: begin with the first.
        let waiting = (0..matrices.constraints()).rev().collect();
        let is_waiting = vec![true; matrices.constraints()];
        let taught = vec![Vec::new(); matrices.constraints()];
        let (by_row, by_decomposition) = (0, 0);
        Self {
            matrices,
            knowledge,
            constraints,
            dark,
            waiting,
            is_waiting,
            taught,
            order: Vec::new(),
            by_row,
            by_decomposition,
        }
    }

    pub(crate) fn is_known(&self, variable: usize) -> bool {
        self.knowledge[variable] == Knowledge::One
    }

    /// The name of the first constraint that mentions the variable.
    pub(crate) fn first_mention(&self, variable: usize) -> &'static str {
        self.constraints[variable].first().map_or("in no constraint", |i| self.matrices.names[*i])
    }

    /// Takes a variable for known.
    pub(crate) fn assume(&mut self, variable: usize) {
        self.learn(variable, Knowledge::One);
    }

    /// Applies the rules until none applies.
    pub(crate) fn run(&mut self) {
        while let Some(i) = self.waiting.pop() {
            self.is_waiting[i] = false;
            if self.dark[i] > 1 {
                continue;
            }
            let row = Row::read(
                self.matrices,
                i,
                |v| !self.is_known(v),
                |v| self.knowledge[v] == Knowledge::Bit,
            );
            match judge(&row) {
                Verdict::Nothing => {}
                Verdict::Bit(variable) => {
                    self.taught[i].push(variable);
                    self.learn(variable, Knowledge::Bit);
                }
                Verdict::Value(variable) => {
                    self.by_row += 1;
                    self.taught[i].push(variable);
                    self.learn(variable, Knowledge::One);
                }
                Verdict::Bits(variables) => {
                    self.by_decomposition += variables.len();
                    for variable in &variables {
                        self.learn(*variable, Knowledge::One);
                    }
                    self.taught[i].extend(variables);
                }
            }
        }
    }

    fn learn(&mut self, variable: usize, now: Knowledge) {
        let before = std::mem::replace(&mut self.knowledge[variable], now);
        if before == now {
            return;
        }
        if now == Knowledge::One {
            self.order.push(variable);
        }
        for i in &self.constraints[variable] {
            if before == Knowledge::Nothing {
                self.dark[*i] -= 1;
            }
            if !std::mem::replace(&mut self.is_waiting[*i], true) {
                self.waiting.push(*i);
            }
        }
    }
}
