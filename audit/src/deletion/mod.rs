//! Each constraint deleted once, and weakened where that means something: is it noticed?
//!
//! * *By structure*: without it a wire is open that it determined ([`structure`]). A wire would be loose.
//! * *By a witness*: an assignment breaks it and no other, so that it would be let through ([`walk`]; [`attacks`] for what takes a cheating
//!   prover, who computes all that follows anew, [`cheat`]).
//! * *By an argument*: it is redundant, or another argument rests on it ([`argued`]).
//!
//! What is none of these is open: a constraint that may be superfluous, or an attack that nobody has thought of.

pub mod argued;
mod attacks;
mod cheat;
mod columns;
mod page;
mod state;
mod structure;
#[cfg(test)]
mod tests;
mod walk;

pub use page::{page, row};

use crate::Any;
use crate::stage::Stage;
use crate::uniqueness::CONTEXT;
use argued::argument;
use attacks::Attacker;
use cheat::Cheat;
use columns::Columns;
use serde::Serialize;
use state::State;
use std::collections::BTreeMap;
use structure::{Structural, Structure};
use walk::Alone;
use wattproof_circuits::cs::{Evaluator, Matrices};
use wattproof_circuits::hash::F;
use wattproof_circuits::relation::Relation;

/// What became of the constraints of one name, or of all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Constraints.
    pub constraints: usize,
    /// Noticed by structure: a wire would be open that rules determine.
    pub rules: usize,
    /// Noticed by structure: a wire would be open that an argument determines by this constraint.
    pub argued: usize,
    /// Noticed by a witness; structure may notice some of them as well.
    pub alone: usize,
    /// Noticed by a witness that meets the constraint's weaker form.
    pub weakly: usize,
    /// Neither, but covered by an argument.
    pub covered: usize,
    /// Not noticed by structure, and of a name of which as many others were tried as was asked for.
    pub untried: usize,
    /// None of these.
    pub open: usize,
}

impl Tally {
    /// Adds another.
    pub fn add(&mut self, other: &Self) {
        self.constraints += other.constraints;
        self.rules += other.rules;
        self.argued += other.argued;
        self.alone += other.alone;
        self.weakly += other.weakly;
        self.covered += other.covered;
        self.untried += other.untried;
        self.open += other.open;
    }

    /// In percent of what was tried, rounded down.
    pub fn share(&self) -> usize {
        self.noticed() * 100 / (self.constraints - self.untried).max(1)
    }

    /// Those that structure or a witness noticed.
    pub fn noticed(&self) -> usize {
        self.constraints - self.covered - self.untried - self.open
    }
}

/// What was found in a circuit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Deleted {
    /// By name.
    pub names: BTreeMap<&'static str, Tally>,
}

impl Deleted {
    /// All names together.
    pub fn sum(&self) -> Tally {
        self.names.values().fold(Tally::default(), |mut sum, tally| {
            sum.add(tally);
            sum
        })
    }
}

/// Claims that are tried for one constraint.
const ATTEMPTS: usize = 24;

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Of the constraints of one name that determine nothing, how many are tried in a circuit.
    pub rows: usize,
    /// Of those, how many may take claims computed anew.
    pub claims: usize,
}

impl Effort {
    /// What the page and the daily audit ask for.
    pub const QUICK: Self = Self { rows: 6, claims: 1 };
}

/// Which constraints of a staged circuit are noticed.
///
/// # Errors
/// If the claim is not good, or its assignment does not satisfy the circuit.
pub fn delete(stage: &Stage, effort: Effort) -> Any<Deleted> {
    let (_, relation) = stage.claim.check()?;
    let matrices = Relation::matrices(&stage.shape);
    let columns = Columns::new(&matrices);
    let structure = Structure::new(&matrices, &columns, &[CONTEXT]);
    let honest = Evaluator::assign(&relation, matrices.variables);
    let mut hunt = Hunt::new(&matrices, &columns, &structure, honest.clone())?;
    let tried = hunt.choose(effort.rows);
    hunt.by_wires(&tried);
    let cheat = Cheat::new(&relation, &matrices, &columns, &structure.teachers(), honest.clone());
    let attacker =
        Attacker { matrices: &matrices, columns: &columns, cheat: &cheat, honest: &honest };
    hunt.by_claims(&tried, effort.claims, &attacker);
    Ok(hunt.finish())
}

/// A circuit whose constraints are looked at.
struct Hunt<'a> {
    matrices: &'a Matrices,
    columns: &'a Columns<'a>,
    structural: Vec<Option<Structural>>,
    state: State<'a>,
    alone: Alone,
    /// Constraints that were not tried, as enough of their name were.
    untried: Vec<bool>,
}

impl<'a> Hunt<'a> {
    fn new(
        matrices: &'a Matrices,
        columns: &'a Columns<'a>,
        structure: &Structure<'_>,
        honest: Vec<F>,
    ) -> Any<Self> {
        let n = matrices.constraints();
        let structural = (0..n).map(|row| structure.noticed(row)).collect();
        let state = State::new(matrices, columns, honest);
        if let Some(row) = state.broken().first() {
            return Err(format!("the staged claim breaks {}", matrices.names[*row]).into());
        }
        let alone = Alone::new(matrices);
        Ok(Self { matrices, columns, structural, state, alone, untried: vec![false; n] })
    }

    /// The constraints that are tried: of each name so many of those that structure does not notice, evenly.
    fn choose(&mut self, count: usize) -> Vec<usize> {
        let mut names: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for row in (0..self.structural.len()).filter(|row| self.structural[*row].is_none()) {
            names.entry(self.matrices.names[row]).or_default().push(row);
        }
        let mut tried = Vec::new();
        for rows in names.values() {
            let count = count.min(rows.len());
            let chosen: Vec<_> = (0..count).map(|i| rows[i * rows.len() / count]).collect();
            for row in rows {
                self.untried[*row] = chosen.binary_search(row).is_err();
            }
            tried.extend(chosen);
        }
        tried
    }

    /// Single wires of the honest claim.
    fn by_wires(&mut self, tried: &[usize]) {
        for row in tried {
            let wires = self.alone.wires(&self.state, *row);
            self.alone.kick(&mut self.state, wires);
        }
        self.alone.exchange(&mut self.state, tried.iter().copied());
    }

    /// Claims computed anew, for what single wires do not notice.
    fn by_claims(&mut self, tried: &[usize], count: usize, attacker: &Attacker<'_>) {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        for row in tried {
            let name = self.matrices.names[*row];
            if self.alone.broken[*row] || argument(name).is_some() {
                continue;
            }
            let used = names.entry(name).or_default();
            if *used == count {
                self.untried[*row] = true;
                continue;
            }
            *used += 1;
            for attempt in attacker.attempts(*row).into_iter().take(ATTEMPTS) {
                let assignment = attacker.cheat.assign(&attempt.changes, attempt.response);
                let mut state = State::new(self.matrices, self.columns, assignment);
                self.alone.walk(&mut state);
                if self.alone.broken[*row] {
                    break;
                }
            }
        }
    }

    fn finish(self) -> Deleted {
        let mut found = Deleted::default();
        for (row, name) in self.matrices.names.iter().enumerate() {
            let (structural, alone) = (self.structural[row], self.alone.broken[row]);
            let is_noticed = structural.is_some() || alone;
            let is_covered = !is_noticed && argument(name).is_some();
            let is_untried = !is_noticed && !is_covered && self.untried[row];
            found.names.entry(name).or_default().add(&Tally {
                constraints: 1,
                rules: usize::from(structural == Some(Structural::Rules)),
                argued: usize::from(structural == Some(Structural::Argument)),
                alone: usize::from(alone),
                weakly: usize::from(self.alone.weakly[row]),
                covered: usize::from(is_covered),
                untried: usize::from(is_untried),
                open: usize::from(!is_noticed && !is_covered && !is_untried),
            });
        }
        found
    }
}
