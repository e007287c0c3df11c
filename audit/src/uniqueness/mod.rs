//! Proves from a circuit's matrices alone that what the prover brings leaves every other wire one value.
//!
//! A circuit says of each private variable whether the prover brings it (a reading, a key) or whether it follows (a *hint*: a bit, a
//! product, a quotient). If two assignments satisfy the matrices and agree in all that is brought, and differ in a hint, the circuit is
//! loose: that is how stubbed range checks and free quotients look. So known variables are propagated through the constraints, by
//! rules that each are a small theorem about any satisfying assignment ([`rules`]); what no rule reaches is either argued, by the name of its
//! constraint ([`argued`]), or open. Some hints may have several values by design, such as a bound that a prover picks; then no public input
//! may depend on them.
//!
//! Public inputs that a statement's other parts fix (policy digest, period, anchor, nullifier, outputs) count as hints as well: so they
//! are shown to be functions of what the prover brings. Only the context is free, as a verifier's word.

pub mod argued;
pub mod certificates;
mod page;
pub(crate) mod propagation;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

pub use page::page;

use argued::{Claimed, argument};
use propagation::Propagation;
use serde::Serialize;
use std::collections::BTreeMap;
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::relation::{Relation, Shape};

/// How a circuit's variables were found to be determined.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Determined {
    /// Variables that follow: hints and public inputs.
    pub variables: usize,
    /// Those that a row gives in which all else is known: a product, a sum, a quotient of a constant that is not zero.
    pub by_row: usize,
    /// Those that a decomposition gives: bits whose weights are super-increasing and add up to less than the modulus.
    pub by_decomposition: usize,
    /// Those that an argument covers, by the constraint's name.
    pub argued: BTreeMap<&'static str, usize>,
    /// Those that may have several values, with what follows from them, by name; no public input is among them.
    pub free: BTreeMap<&'static str, usize>,
    /// The rest, by the name of the first constraint that mentions them: each is a defect, or lacks an argument.
    pub open: BTreeMap<&'static str, usize>,
}

/// What is determined by the variables that are brought: witnesses, the constant one, and the public inputs in `given`.
pub fn determine(matrices: &Matrices, given: &[usize]) -> Determined {
    let inputs: Vec<_> = (1..matrices.inputs).filter(|v| !given.contains(v)).collect();
    let hints: Vec<_> = matrices.hints.iter().map(|v| *v as usize).collect();
    let mut found = Determined { variables: hints.len() + inputs.len(), ..Determined::default() };
    let (mut propagation, argued) = propagate(matrices, given);
    for variable in argued {
        *found.argued.entry(propagation.first_mention(variable)).or_default() += 1;
    }
    (found.by_row, found.by_decomposition) = (propagation.by_row, propagation.by_decomposition);
    for variable in &inputs {
        if !propagation.is_known(*variable) {
            *found.open.entry("a public input").or_default() += 1;
        }
    }
    // What is left must be free, or follow from what is.
    let left: Vec<_> = hints.into_iter().filter(|v| !propagation.is_known(*v)).collect();
    for variable in &left {
        let name = propagation.first_mention(*variable);
        if argument(name).is_some_and(|a| a.claimed == Claimed::Free) {
            propagation.assume(*variable);
        }
    }
    propagation.run();
    for variable in left {
        let name = propagation.first_mention(variable);
        let list = if propagation.is_known(variable) { &mut found.free } else { &mut found.open };
        *list.entry(name).or_default() += 1;
        if !propagation.is_known(variable) {
            propagation.assume(variable);
            propagation.run();
        }
    }
    found
}

/// What the rules and the arguments for one value reach, and which variables it took arguments for.
pub(crate) fn propagate<'a>(
    matrices: &'a Matrices,
    given: &[usize],
) -> (Propagation<'a>, Vec<usize>) {
    let inputs = (1..matrices.inputs).filter(|v| !given.contains(v));
    let hints: Vec<_> = matrices.hints.iter().map(|v| *v as usize).collect();
    let unknown: Vec<_> = hints.iter().copied().chain(inputs).collect();
    let mut propagation = Propagation::new(matrices, &unknown);
    propagation.run();
    // In the order in which the circuit made them: an argument may build on what was shown before it. First without those that may be
    // free, so that nothing shown here depends on them.
    let mut argued = Vec::new();
    for variable in hints {
        let name = propagation.first_mention(variable);
        let determined = argument(name).is_some_and(|a| a.claimed == Claimed::Determined);
        if determined && !propagation.is_known(variable) {
            argued.push(variable);
            propagation.assume(variable);
            propagation.run();
        }
    }
    (propagation, argued)
}

/// The place of the context among the public inputs, the constant one before them.
pub(crate) const CONTEXT: usize = 3;

/// [`determine`] for a circuit of the protocol: the context is the verifier's word, all else follows from what the prover brings.
pub fn determine_circuit(shape: &Shape) -> Determined {
    determine(&Relation::matrices(shape), &[CONTEXT])
}
