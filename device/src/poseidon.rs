//! Poseidon with circomlib's constants, for the widths that a device hashes with, and the ways to hash of PROTOCOL.

use crate::field::{F, Limbs};
use crate::tables as t;

/// What a hash is for: its first input. The numbers are PROTOCOL's, and `wattproof_circuits::hash::Tag`'s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Tag {
    MeterConfig = 2,
    Block = 3,
    Genesis = 4,
    Chain = 5,
    Attest = 6,
}

impl Tag {
    fn field(self) -> F {
        F::from_u64(self as u64)
    }

    /// `tag + 2^32 low + 2^64 high`.
    pub(crate) fn word(self, low: u32, high: u64) -> F {
        F::from_integer(&[self as u32, low, high as u32, (high >> 32) as u32, 0, 0, 0, 0])
    }
}

struct Instance<const WIDTH: usize> {
    mds: &'static [[Limbs; WIDTH]; WIDTH],
    /// Four before the partial rounds, four after them.
    full: &'static [[Limbs; WIDTH]; 8],
    /// For the first element; see `build.rs`.
    partial: &'static [Limbs],
}

impl<const WIDTH: usize> Instance<WIDTH> {
    /// The first element is the capacity, zero; the others are the inputs.
    fn hash(&self, mut state: [F; WIDTH]) -> F {
        let (before, after) = self.full.split_at(4);
        for constants in before {
            self.full_round(&mut state, constants);
        }
        for constant in self.partial {
            state[0] = fifth(state[0] + F::from_raw(*constant));
            self.mix(&mut state);
        }
        for constants in after {
            self.full_round(&mut state, constants);
        }
        state[0]
    }

    fn full_round(&self, state: &mut [F; WIDTH], constants: &[Limbs; WIDTH]) {
        for (x, constant) in state.iter_mut().zip(constants) {
            *x = fifth(*x + F::from_raw(*constant));
        }
        self.mix(state);
    }

    fn mix(&self, state: &mut [F; WIDTH]) {
        let old = *state;
        for (x, row) in state.iter_mut().zip(self.mds) {
            *x = F::dot(&old, row);
        }
    }
}

fn fifth(x: F) -> F {
    let square = x * x;
    square * square * x
}

const FOUR: Instance<4> =
    Instance { mds: &t::FOUR_MDS, full: &t::FOUR_FULL, partial: &t::FOUR_PARTIAL[0] };
const SIX: Instance<6> =
    Instance { mds: &t::SIX_MDS, full: &t::SIX_FULL, partial: &t::SIX_PARTIAL[0] };
const SEVEN: Instance<7> =
    Instance { mds: &t::SEVEN_MDS, full: &t::SEVEN_FULL, partial: &t::SEVEN_PARTIAL[0] };
const SEVENTEEN: Instance<17> = Instance {
    mds: &t::SEVENTEEN_MDS,
    full: &t::SEVENTEEN_FULL,
    partial: &t::SEVENTEEN_PARTIAL[0],
};

/// A word of a tag and two elements: arity 3.
pub(crate) fn hash_pair(word: F, a: F, b: F) -> F {
    FOUR.hash([F::ZERO, word, a, b])
}

/// At most five elements under `tag`, filled up with zeros: arity 6. Fewer than three have another arity: [`hash_pair`].
pub(crate) fn hash_tagged(tag: Tag, xs: &[F]) -> F {
    debug_assert!((3..=5).contains(&xs.len()));
    let mut state = [F::ZERO; 7];
    state[1] = tag.field();
    for (slot, x) in state[2..].iter_mut().zip(xs) {
        *slot = *x;
    }
    SEVEN.hash(state)
}

/// EdDSA's challenge: `R.x, R.y, A.x, A.y, message`, untagged.
pub(crate) fn hash_challenge(inputs: &[F; 5]) -> F {
    let [a, b, c, d, e] = *inputs;
    SIX.hash([F::ZERO, a, b, c, d, e])
}

/// `hash_many(tag, xs)`, for as many elements as were announced.
pub(crate) struct Many {
    state: [F; 17],
    filled: usize,
}

impl Many {
    pub(crate) fn new(tag: Tag, length: usize) -> Self {
        let mut state = [F::ZERO; 17];
        (state[1], state[2]) = (tag.field(), F::from_u64(length as u64));
        Self { state, filled: 3 }
    }

    pub(crate) fn absorb(&mut self, x: F) {
        if self.filled == 17 {
            let digest = SEVENTEEN.hash(self.state);
            self.state = [F::ZERO; 17];
            (self.state[1], self.filled) = (digest, 2);
        }
        self.state[self.filled] = x;
        self.filled += 1;
    }

    pub(crate) fn finish(self) -> F {
        SEVENTEEN.hash(self.state)
    }
}
