//! Assignments of a prover who cheats: some wires are what they should not be, all that follows from them is computed anew, public inputs
//! are what comes out, and the meter signs it. Whoever holds a meter's key can do all of that.

use super::columns::Columns;
use ark_ff::{AdditiveGroup, BigInteger, Field, PrimeField};
use sha2::{Digest, Sha512};
use std::collections::{BTreeMap, HashMap};
use wattproof_circuits::cs::{Circuit, ConstraintSystem, Matrices};
use wattproof_circuits::curve::Scalar;
use wattproof_circuits::hash::{F, NODE_ARITY};
use wattproof_circuits::relation::Relation;

/// Wires with other values than their own.
pub(super) type Changes = BTreeMap<usize, F>;

/// The meter's key, as staged ([`crate::stage`]).
const SEED: [u8; 32] = [7; 32];

/// Rounds in which public inputs and signature follow: digest and period, what is made of them, the signature, and one to see that all is well.
const ROUNDS: usize = 40;

/// Where a signature's wires are.
struct SignatureWires {
    s: usize,
    /// Bits of the lifted challenge below its known top bit.
    lifted: Vec<usize>,
}

pub(super) struct Cheat<'a> {
    relation: &'a Relation,
    matrices: &'a Matrices,
    columns: &'a Columns<'a>,
    /// Public inputs that follow, with the constraint that gives each.
    publics: Vec<(usize, usize)>,
    signature: Option<SignatureWires>,
    /// Constraints that say what a word of the policy is, and the word.
    words: Vec<(usize, usize)>,
    /// The constraints that say which child is ours, from the leaf upwards.
    path: Vec<usize>,
    honest: Vec<F>,
}

/// What becomes of a good response.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Response {
    /// It is as it should be.
    Good,
    /// Its negative.
    Negative,
    /// The order is added to it.
    Raised,
    /// What makes the sum the opposite of its left side, for a nonce of which R was made.
    Opposite(Scalar),
}

impl<'a> Cheat<'a> {
    pub(super) fn new(
        relation: &'a Relation,
        matrices: &'a Matrices,
        columns: &'a Columns<'a>,
        teachers: &HashMap<usize, usize>,
        honest: Vec<F>,
    ) -> Self {
        let publics = (1..matrices.inputs).filter_map(|v| Some((v, *teachers.get(&v)?))).collect();
        let row = |name| matrices.names.iter().position(|n| *n == name);
        let signature = row("signature: key on curve").map(|first| {
            let named = |name| matrices.names.iter().enumerate().filter(move |(_, n)| **n == name);
            let bits =
                named("signature: lifted challenge bit").map(|(i, _)| columns.variables(i)[0]);
            // The square of the key's x is the first wire after R and S.
            let square = matrices.sides[2].row(first).next().map_or(0, |(variable, _)| variable);
            SignatureWires { s: square - 1, lifted: bits.collect() }
        });
        let names = matrices.names.iter().enumerate();
        let path = names.filter(|(_, name)| **name == "registry: child").map(|(i, _)| i).collect();
        // A policy's parameters are the first that the prover brings.
        let hints = matrices.hints.first().map_or(matrices.variables, |v| *v as usize);
        let word = |row: usize| {
            let mut side = matrices.sides[2].row(row).map(|(variable, _)| variable);
            let word = side.next().filter(|v| (matrices.inputs..hints).contains(v))?;
            side.next().is_none().then_some((row, word))
        };
        let words = (0..matrices.constraints()).filter_map(word).collect();
        Self { relation, matrices, columns, publics, signature, words, path, honest }
    }

    /// Where R and S are: R's x, R's y, S.
    pub(super) fn signature(&self) -> Option<[usize; 3]> {
        self.signature.as_ref().map(|wires| [wires.s - 2, wires.s - 1, wires.s])
    }

    /// The bits of the lifted challenge.
    pub(super) fn lifted(&self) -> &[usize] {
        self.signature.as_ref().map_or(&[], |wires| &wires.lifted)
    }

    /// The assignment with these changes and all that follows from them.
    pub(super) fn assign(&self, changes: &Changes, response: Response) -> Vec<F> {
        let (asked, mut changes) = (changes, changes.clone());
        let mut assignment = Vec::new();
        for _ in 0..ROUNDS {
            assignment = self.evaluate(&changes);
            let mut again = false;
            for (row, word) in self.words.iter().filter(|(_, word)| !asked.contains_key(word)) {
                let value = self.root(&assignment, *row, *word);
                again |= value != assignment[*word];
                changes.insert(*word, value);
            }
            if again {
                continue;
            }
            for (input, row) in &self.publics {
                let value = self.root(&assignment, *row, *input);
                if value != assignment[*input] {
                    changes.insert(*input, value);
                    assignment[*input] = value;
                    again |= self.columns.rows_of(*input).len() > 1;
                }
            }
            if again {
                continue;
            }
            if let Some((own, value)) = self.path_above(&assignment) {
                changes.insert(own, value);
                continue;
            }
            let Some(wires) = &self.signature else { break };
            let s = self.response(wires, &assignment, response);
            if s == assignment[wires.s] {
                break;
            }
            changes.insert(wires.s, s);
        }
        assignment
    }

    /// The assignment with these changes, and nothing that would make it fit.
    pub(super) fn evaluate(&self, changes: &Changes) -> Vec<F> {
        Evaluator::assign(self.relation, self.matrices.variables, changes)
    }

    /// The first of the four children that a constraint "registry: child" selects from: four siblings and two bits are made together.
    pub(super) fn children(&self, row: usize) -> usize {
        let bit = self.matrices.sides[0].row(row).next().map_or(0, |(high, _)| high);
        bit.saturating_sub(NODE_ARITY + 1)
    }

    /// Of the lowest level of the path at which our child is not what comes from below, our child and that. Siblings are what anybody
    /// says; so are the nodes on the way up, as long as the root fits.
    fn path_above(&self, assignment: &[F]) -> Option<(usize, F)> {
        let row = self.path.iter().find(|row| !self.matrices.holds(**row, assignment))?;
        let first = self.children(*row);
        let bit = |i: usize| usize::from(self.honest[first + NODE_ARITY + i] == F::ONE);
        let own = first + bit(0) + 2 * bit(1);
        let [a, b, c] = [0, 1, 2].map(|side| self.matrices.evaluate(side, *row, assignment));
        Some((own, assignment[own] + c - a * b))
    }

    /// The response that fits the challenge in the assignment, with the nonce of the honest one.
    fn response(&self, wires: &SignatureWires, assignment: &[F], response: Response) -> F {
        let challenge = |assignment: &[F]| {
            let bits = wires.lifted.iter().rev();
            bits.fold(Scalar::ONE, |sum, bit| {
                sum.double() + if assignment[*bit] == F::ZERO { Scalar::ZERO } else { Scalar::ONE }
            })
        };
        let honest = Scalar::from_le_bytes_mod_order(&bytes(self.honest[wires.s]));
        let eight_keys = key() * Scalar::from(8_u8);
        let good = honest + (challenge(assignment) - challenge(&self.honest)) * eight_keys;
        let expected = challenge(assignment) * eight_keys;
        let element = |s: Scalar| F::from_le_bytes_mod_order(&s.into_bigint().to_bytes_le());
        match response {
            Response::Good => element(good),
            Response::Negative => element(-good),
            Response::Opposite(nonce) => element(nonce - expected),
            Response::Raised => element(good) + element(-Scalar::ONE) + F::ONE,
        }
    }

    /// The value of a variable that occurs linearly in a constraint, with which it holds.
    pub(super) fn root(&self, assignment: &[F], row: usize, variable: usize) -> F {
        let [a, b, c] = [0, 1, 2].map(|side| self.matrices.evaluate(side, row, assignment));
        let mut slope = [F::ZERO; 3];
        for (_, side, coefficient) in self.columns.of(variable).filter(|entry| entry.0 == row) {
            slope[side] += coefficient;
        }
        let slope = slope[0] * b + slope[1] * a - slope[2];
        assignment[variable] - (a * b - c) * slope.inverse().unwrap_or_default()
    }
}

fn bytes(x: F) -> Vec<u8> {
    x.into_bigint().to_bytes_le()
}

/// The secret scalar of the staged key, as a device derives it.
fn key() -> Scalar {
    let mut hasher = Sha512::new_with_prefix("wattproof/eddsa/1/key");
    hasher.update(SEED);
    let digest: [u8; 64] = hasher.finalize().into();
    Scalar::from_le_bytes_mod_order(&digest)
}

/// An evaluator in which some variables are not what their hints say.
struct Evaluator<'c> {
    assignment: Vec<F>,
    changes: &'c Changes,
}

impl<'c> Evaluator<'c> {
    fn assign(circuit: &impl Circuit, capacity: usize, changes: &'c Changes) -> Vec<F> {
        let mut assignment = Vec::with_capacity(capacity);
        assignment.push(F::ONE);
        let mut evaluator = Self { assignment, changes };
        circuit.synthesize(&mut evaluator);
        evaluator.assignment
    }

    fn push(&mut self, value: impl FnOnce() -> F) -> F {
        let value = self.changes.get(&self.assignment.len()).copied().unwrap_or_else(value);
        self.assignment.push(value);
        value
    }
}

impl ConstraintSystem for Evaluator<'_> {
    type Wire = F;

    fn input(&mut self, value: F) -> F {
        self.push(|| value)
    }

    fn witness(&mut self, value: impl FnOnce() -> F) -> F {
        self.push(value)
    }

    fn enforce(&mut self, _: &'static str, _: &F, _: &F, _: &F) {}

    fn value(&self, wire: &F) -> F {
        *wire
    }
}
