//! Poseidon in circuit. Three constraints an S-box; the linear layers cost nothing.

use crate::cs::{ConstraintSystem, Linear};
use crate::hash::{F, MANY_ARITY, NODE_ARITY, Poseidon, Tag, tagged_arity};
use ark_ff::{Field, Zero};

const WHAT: &str = "poseidon";

/// An input of a hash: known when the circuit is made (tags, padding), or a wire. Known ones need no S-box in the first round.
enum Input<'a, W> {
    Known(F),
    Wire(&'a W),
}

fn sbox<CS: ConstraintSystem>(cs: &mut CS, x: &CS::Wire) -> CS::Wire {
    let x2 = cs.product(WHAT, x, x);
    let x4 = cs.product(WHAT, &x2, &x2);
    // x is on the right side above already; x4 stays out of it, where a variable costs a G2 point.
    cs.product(WHAT, &x4, x)
}

/// Untagged Poseidon; the twin of [`Poseidon::hash`].
fn hash<CS: ConstraintSystem>(cs: &mut CS, inputs: &[Input<'_, CS::Wire>]) -> CS::Wire {
    let poseidon = Poseidon::of_arity(inputs.len());
    let t = poseidon.width();
    let constants = |r: usize| &poseidon.round_constants[r * t..(r + 1) * t];
    let capacity = Input::Known(F::zero());
    let mut state: Vec<CS::Wire> = Vec::with_capacity(t);
    for (input, c) in std::iter::once(&capacity).chain(inputs).zip(constants(0)) {
        state.push(match input {
            Input::Known(x) => CS::Wire::constant((*x + c).pow([5])),
            Input::Wire(x) => sbox(cs, &x.plus_constant(*c)),
        });
    }
    for r in 0..poseidon.rounds() {
        if r > 0 {
            for (x, c) in state.iter_mut().zip(constants(r)) {
                *x = x.plus_constant(*c);
            }
            let boxed = if poseidon.is_full(r) { t } else { 1 };
            for x in &mut state[..boxed] {
                *x = sbox(cs, x);
            }
        }
        // Only the first element leaves the last round.
        let rows = if r + 1 == poseidon.rounds() { 1 } else { t };
        let rows = poseidon.mds.chunks_exact(t).take(rows);
        state = rows.map(|row| CS::Wire::sum_of(row.iter().copied().zip(&state))).collect();
    }
    state.swap_remove(0)
}

fn padded<'a, CS: ConstraintSystem>(
    mut inputs: Vec<Input<'a, CS::Wire>>,
    arity: usize,
) -> Vec<Input<'a, CS::Wire>> {
    inputs.resize_with(arity, || Input::Known(F::zero()));
    inputs
}

/// Twin of [`crate::hash::hash_word`], for a word that is a wire.
pub fn hash_word<CS: ConstraintSystem>(cs: &mut CS, word: &CS::Wire, xs: &[&CS::Wire]) -> CS::Wire {
    let mut inputs = vec![Input::Wire(word)];
    inputs.extend(xs.iter().map(|x| Input::Wire(*x)));
    let arity = tagged_arity(inputs.len());
    hash(cs, &padded::<CS>(inputs, arity))
}

/// Twin of [`crate::hash::hash_tagged`].
pub fn hash_tagged<CS: ConstraintSystem>(cs: &mut CS, tag: Tag, xs: &[&CS::Wire]) -> CS::Wire {
    let mut inputs = vec![Input::Known(tag.field())];
    inputs.extend(xs.iter().map(|x| Input::Wire(*x)));
    let arity = tagged_arity(inputs.len());
    hash(cs, &padded::<CS>(inputs, arity))
}

/// Twin of [`crate::hash::hash_many`].
pub fn hash_many<CS: ConstraintSystem>(cs: &mut CS, tag: Tag, xs: &[CS::Wire]) -> CS::Wire {
    let length = F::from(xs.len() as u64);
    let mut inputs = vec![Input::Known(tag.field()), Input::Known(length)];
    let (first, rest) = xs.split_at(xs.len().min(MANY_ARITY - 2));
    inputs.extend(first.iter().map(Input::Wire));
    let mut digest = hash(cs, &padded::<CS>(inputs, MANY_ARITY));
    for chunk in rest.chunks(MANY_ARITY - 1) {
        let mut inputs = vec![Input::Wire(&digest)];
        inputs.extend(chunk.iter().map(Input::Wire));
        digest = hash(cs, &padded::<CS>(inputs, MANY_ARITY));
    }
    digest
}

/// Twin of [`crate::hash::hash_node`].
pub fn hash_node<CS: ConstraintSystem>(cs: &mut CS, children: &[CS::Wire; NODE_ARITY]) -> CS::Wire {
    hash(cs, &children.each_ref().map(Input::Wire))
}

/// Twin of [`crate::hash::hash_challenge`].
pub fn hash_challenge<CS: ConstraintSystem>(cs: &mut CS, inputs: &[&CS::Wire; 5]) -> CS::Wire {
    hash(cs, &inputs.map(Input::Wire))
}
