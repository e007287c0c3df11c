//! Constraints without which a wire is open that they determined: the rules of uniqueness do not reach it though all else be known.
//!
//! For a constraint R let T be the wires of which R told something when everything was propagated. Take all other wires for known, which
//! is more than what propagation without R can reach, and apply the rules of all constraints but R to T. What stays open then is open
//! in earnest. Where T comes back by another constraint, that may be only because wires that are made of T are taken for known: so those
//! of that constraint that were learnt after T are taken for unknown as well, and so on. Any set of unknown wires will do for the argument.
//!
//! A wire that only its own bit constraint and R mention is read by nothing: it does not count.

use super::columns::Columns;
use crate::uniqueness::argued::{Claimed, argument};
use crate::uniqueness::propagate;
use crate::uniqueness::rules::{Verdict, judge};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use wattproof_circuits::cs::Matrices;

/// How a constraint was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Structural {
    /// Without it a wire is open that the rules determined.
    Rules,
    /// Without it a wire is open that an argument determined, by this constraint.
    Argument,
}

/// What is known of a wire that may be open, and the constraint that told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knowledge {
    Nothing,
    Bit,
    One(usize),
}

/// Rounds in which more wires are taken for unknown, twice as many each time.
const ROUNDS: u32 = 9;

pub(super) struct Structure<'a> {
    matrices: &'a Matrices,
    columns: &'a Columns<'a>,
    taught: Vec<Vec<usize>>,
    /// Wires that follow, by when they became known.
    order: HashMap<usize, usize>,
}

impl<'a> Structure<'a> {
    pub(super) fn new(matrices: &'a Matrices, columns: &'a Columns<'a>, given: &[usize]) -> Self {
        let (propagation, _) = propagate(matrices, given);
        let mut order: HashMap<_, _> =
            propagation.order.iter().enumerate().map(|(i, v)| (*v, i)).collect();
        // What one decomposition gives becomes known at once.
        for together in propagation.taught.iter().filter(|list| list.len() > 1) {
            let last = together.iter().filter_map(|v| order.get(v)).max().copied();
            for variable in together {
                if let (Some(time), Some(last)) = (order.get_mut(variable), last) {
                    *time = last;
                }
            }
        }
        Self { matrices, columns, taught: propagation.taught, order }
    }

    /// The constraint that determined a wire, if rules did.
    pub(super) fn teachers(&self) -> HashMap<usize, usize> {
        let all = self.taught.iter().enumerate();
        all.flat_map(|(row, list)| list.iter().map(move |variable| (*variable, row))).collect()
    }

    /// Whether a wire is open without constraint `row`, and how.
    pub(super) fn noticed(&self, row: usize) -> Option<Structural> {
        let of_row = self.columns.variables(row);
        let is_of_row = |v: &usize| self.argument(*v).is_some_and(|(first, _)| first == row);
        if let Some(argued) = of_row.into_iter().rev().find(is_of_row) {
            return self.loses(&[argued], row).then_some(Structural::Argument);
        }
        let taught = &self.taught[row];
        (!taught.is_empty() && self.loses(taught, row)).then_some(Structural::Rules)
    }

    /// The argument for a wire, by the constraint that first mentions it.
    fn argument(&self, variable: usize) -> Option<(usize, &'static str)> {
        let (row, ..) = self.columns.of(variable).next()?;
        let name = self.matrices.names[row];
        let determined = argument(name).is_some_and(|a| a.claimed == Claimed::Determined);
        (determined && self.order.contains_key(&variable)).then_some((row, name))
    }

    /// Whether one of `wanted` stays open without the constraint, and is read elsewhere.
    fn loses(&self, wanted: &[usize], row: usize) -> bool {
        // What an argument gives by another constraint is not lost.
        let is_lost = |v: &usize| self.argument(*v).is_none_or(|(first, _)| first == row);
        let read: Vec<_> =
            wanted.iter().copied().filter(|v| self.is_read(*v, row) && is_lost(v)).collect();
        let Some(first) = read.iter().filter_map(|v| self.order.get(v)).min() else { return false };
        let names: HashSet<_> =
            read.iter().filter_map(|v| self.argument(*v)).map(|a| a.1).collect();
        let mut unknown = wanted.to_vec();
        for round in 0..ROUNDS {
            let known = self.closure(&unknown, row);
            if read.iter().any(|v| !matches!(known[v], Knowledge::One(_))) {
                return true;
            }
            // Of each constraint that tells of the first of them what may be made of it; if there is none left, of the others.
            let is_later = |v: &usize| {
                self.order.get(v).is_some_and(|time| time >= first)
                    || self.argument(*v).is_some_and(|(_, name)| names.contains(name))
            };
            let mut more = BTreeSet::new();
            for variable in read.iter().take(1).chain(&unknown) {
                for teacher in self.teachers_of(*variable, &unknown, &known, row) {
                    let mut later = self.columns.variables(teacher);
                    later.retain(|v| !known.contains_key(v) && is_later(v));
                    later.sort_unstable_by_key(|v| std::cmp::Reverse(self.order.get(v)));
                    more.extend(later.into_iter().take(1 << round));
                }
                if !more.is_empty() {
                    break;
                }
            }
            if more.is_empty() {
                return false;
            }
            unknown.extend(more);
        }
        false
    }

    /// The constraints that tell of a wire: the one that did, and those that would have with all of `unknown` unknown.
    fn teachers_of(
        &self,
        variable: usize,
        unknown: &[usize],
        known: &BTreeMap<usize, Knowledge>,
        without: usize,
    ) -> Vec<usize> {
        let mut rows = self.columns.rows_of(variable);
        rows.retain(|i| *i != without);
        let unknown: BTreeSet<_> = unknown.iter().collect();
        let mut entries: HashMap<usize, Vec<_>> = HashMap::new();
        let near: HashSet<_> = rows.iter().copied().collect();
        for v in &unknown {
            for (row, side, c) in self.columns.of(**v).filter(|e| near.contains(&e.0)) {
                entries.entry(row).or_default().push((**v, side, c, false));
            }
        }
        rows.retain(|i| judge(&self.columns.row(*i, &entries[i])) == Verdict::Value(variable));
        if let Knowledge::One(teacher) = known[&variable] {
            rows.push(teacher);
        }
        rows
    }

    /// Whether a constraint other than `row` and the variable's own bit names it.
    fn is_read(&self, variable: usize, row: usize) -> bool {
        let is_own = |i: usize| self.columns.rows[i].is_bit && self.columns.variables(i).len() == 1;
        self.columns.rows_of(variable).into_iter().any(|i| i != row && !is_own(i))
    }

    /// What the rules say of `unknown`, all else being known, without a constraint.
    fn closure(&self, unknown: &[usize], without: usize) -> BTreeMap<usize, Knowledge> {
        let mut known: BTreeMap<_, _> = unknown.iter().map(|v| (*v, Knowledge::Nothing)).collect();
        let mut rows: BTreeMap<usize, Vec<_>> = BTreeMap::new();
        for variable in known.keys() {
            for (row, side, coefficient) in self.columns.of(*variable).filter(|e| e.0 != without) {
                rows.entry(row).or_default().push((*variable, side, coefficient));
            }
        }
        loop {
            let mut learnt = false;
            for (row, entries) in &rows {
                let is_open = |v: &usize| !matches!(known[v], Knowledge::One(_));
                let unknown: Vec<_> = entries
                    .iter()
                    .filter(|(v, ..)| is_open(v))
                    .map(|(v, side, c)| (*v, *side, *c, known[v] == Knowledge::Bit))
                    .collect();
                if unknown.is_empty() {
                    continue;
                }
                let (list, now) = match judge(&self.columns.row(*row, &unknown)) {
                    Verdict::Nothing => continue,
                    Verdict::Bit(variable) => (vec![variable], Knowledge::Bit),
                    Verdict::Value(variable) => (vec![variable], Knowledge::One(*row)),
                    Verdict::Bits(variables) => (variables, Knowledge::One(*row)),
                };
                for variable in list {
                    learnt |= known.insert(variable, now) != Some(now);
                }
            }
            if !learnt {
                return known;
            }
        }
    }
}
