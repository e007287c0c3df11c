//! The Poseidon permutation over BN254's scalar field, with circomlib's constants.
//!
//! The constants are not stored: they come from the Grain LFSR of the Poseidon paper (Grassi et al., USENIX Security 2021,
//! appendix E and F), seeded by the parameters alone, and take a few milliseconds for the widest instance. A table for
//! width 17 would weigh 51 KB on every web page.

// Pages that verify hash little, and would download it.
#[cfg(all(feature = "prover", not(target_arch = "wasm32")))]
mod sparse;

use super::{F, mul_add, power_of_two};
use ark_ff::{BigInt, One, PrimeField, Zero};
use std::sync::OnceLock;

/// Rounds in which every element goes through the S-box.
pub(crate) const FULL_ROUNDS: usize = 8;

/// Rounds in which only the first element does, for widths 2 to 17 (circomlib, `poseidon.circom`).
pub(crate) const PARTIAL_ROUNDS: [usize; 16] =
    [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

/// Bits of the field's modulus.
const MODULUS_BITS: usize = 254;

/// One width's constants.
pub struct Poseidon {
    /// `width` constants for each round.
    pub(crate) round_constants: Vec<F>,
    /// Row-major `width x width`.
    pub(crate) mds: Vec<F>,
    width: usize,
    /// Made at first use, which a circuit's description is not.
    #[cfg(all(feature = "prover", not(target_arch = "wasm32")))]
    sparse: OnceLock<sparse::Sparse>,
}

impl Poseidon {
    /// The instance that takes `arity` inputs, 1 to 16; its constants are made at first use.
    ///
    /// # Panics
    /// If `arity` is out of range: arities are fixed in code, never by data.
    pub fn of_arity(arity: usize) -> &'static Poseidon {
        static INSTANCES: [OnceLock<Poseidon>; 16] = [const { OnceLock::new() }; 16];
        INSTANCES[arity - 1].get_or_init(|| Poseidon::generate(arity + 1))
    }

    /// State elements: one more than inputs.
    pub fn width(&self) -> usize {
        self.width
    }

    /// All rounds, full and partial.
    pub(crate) fn rounds(&self) -> usize {
        FULL_ROUNDS + PARTIAL_ROUNDS[self.width - 2]
    }

    /// Whether round `r` is one of the full ones at either end.
    pub(crate) fn is_full(&self, r: usize) -> bool {
        r < FULL_ROUNDS / 2 || r >= self.rounds() - FULL_ROUNDS / 2
    }

    /// circomlib's `poseidon(inputs)`: capacity zero, first element out.
    ///
    /// # Panics
    /// If the number of inputs is not the instance's arity.
    pub fn hash(&self, inputs: &[F]) -> F {
        assert_eq!(inputs.len() + 1, self.width, "arity");
        let mut state = [F::zero(); 17];
        state[1..self.width].copy_from_slice(inputs);
        self.permute(&mut state[..self.width]);
        state[0]
    }

    #[cfg(all(feature = "prover", not(target_arch = "wasm32")))]
    fn permute(&self, state: &mut [F]) {
        let t = self.width;
        let full = |rounds: std::ops::Range<usize>, state: &mut [F]| {
            for r in rounds {
                for (x, c) in state.iter_mut().zip(&self.round_constants[r * t..]) {
                    *x = sparse::power_of_five(&(*x + c));
                }
                sparse::multiply(&self.mds, state);
            }
        };
        full(0..FULL_ROUNDS / 2, state);
        self.sparse.get_or_init(|| sparse::Sparse::new(self)).apply(state);
        full(self.rounds() - FULL_ROUNDS / 2..self.rounds(), state);
    }

    #[cfg(not(all(feature = "prover", not(target_arch = "wasm32"))))]
    fn permute(&self, state: &mut [F]) {
        self.permute_plainly(state);
    }

    /// As the paper states it.
    #[cfg(any(test, not(all(feature = "prover", not(target_arch = "wasm32")))))]
    fn permute_plainly(&self, state: &mut [F]) {
        let t = self.width;
        let mut next = vec![F::zero(); t];
        for r in 0..self.rounds() {
            for (x, c) in state.iter_mut().zip(&self.round_constants[r * t..]) {
                *x += c;
            }
            let boxed = if self.is_full(r) { t } else { 1 };
            for x in &mut state[..boxed] {
                // Multiplied, not squared: squaring would be another large function for this field.
                let square = mul_add(x, x, &F::zero());
                let fourth = mul_add(&square, &square, &F::zero());
                *x = mul_add(x, &fourth, &F::zero());
            }
            for (y, row) in next.iter_mut().zip(self.mds.chunks_exact(t)) {
                let add = |sum: F, (m, x): (&F, &F)| mul_add(m, x, &sum);
                *y = row.iter().zip(state.iter()).fold(F::zero(), add);
            }
            state.copy_from_slice(&next);
        }
    }

    fn generate(width: usize) -> Self {
        let mut grain = Grain::new(width);
        let count = width * (FULL_ROUNDS + PARTIAL_ROUNDS[width - 2]);
        let round_constants = (0..count).map(|_| grain.element()).collect();
        // Cauchy matrix 1 / (x_i + y_j) over the next 2 * width elements, reduced instead of rejected.
        let top = power_of_two(MODULUS_BITS - 1);
        let points: Vec<F> = (0..2 * width).map(|_| grain.element_reduced(&top)).collect();
        let (xs, ys) = points.split_at(width);
        let mut mds = Vec::with_capacity(width * width);
        for x in xs {
            mds.extend(ys.iter().map(|y| mul_add(x, &F::one(), y)));
        }
        invert(&mut mds);
        Self {
            round_constants,
            mds,
            width,
            #[cfg(all(feature = "prover", not(target_arch = "wasm32")))]
            sparse: OnceLock::new(),
        }
    }
}

/// Inverts all elements, none of which is zero, by inverting their product (Montgomery's trick), and that by Fermat's theorem: the
/// library's own inversion is a large function.
fn invert(xs: &mut [F]) {
    let mul = |a: &F, b: &F| mul_add(a, b, &F::zero());
    let mut before = Vec::with_capacity(xs.len());
    let mut product = F::one();
    for x in xs.iter() {
        before.push(product);
        product = mul(&product, x);
    }
    let mut exponent = F::MODULUS;
    // Its lowest limb is large: no borrow from the next.
    exponent.0[0] -= 2;
    let mut inverse = F::one();
    for bit in (0..MODULUS_BITS).rev() {
        inverse = mul(&inverse, &inverse);
        if exponent.0[bit / 64] >> (bit % 64) & 1 == 1 {
            inverse = mul(&inverse, &product);
        }
    }
    for (x, before) in xs.iter_mut().zip(&before).rev() {
        let rest = mul(&inverse, x);
        *x = mul(&inverse, before);
        inverse = rest;
    }
}

/// The self-shrinking Grain LFSR that makes Poseidon's constants; bit 0 of `state` is the oldest.
struct Grain {
    state: u128,
    /// The newest bits that nobody looked at yet, oldest lowest, and how many they are.
    fresh: u32,
    left: u32,
}

/// Bits made in one step: no new bit depends on one that is less than 18 steps old.
const STEP: u32 = 16;

impl Grain {
    fn new(width: usize) -> Self {
        let mut grain = Self { state: 0, fresh: 0, left: 0 };
        let mut filled = 0;
        // Field of prime order, S-box x^alpha, then sizes and rounds, each most significant bit first, then ones.
        for (value, bits) in [
            (1, 2),
            (0, 4),
            (MODULUS_BITS, 12),
            (width, 12),
            (FULL_ROUNDS, 10),
            (PARTIAL_ROUNDS[width - 2], 10),
            ((1 << 30) - 1, 30),
        ] {
            for i in (0..bits).rev() {
                grain.state |= ((value >> i & 1) as u128) << filled;
                filled += 1;
            }
        }
        for _ in 0..160 / STEP {
            grain.step();
        }
        grain.left = 0;
        grain
    }

    /// Makes the next [`STEP`] bits.
    fn step(&mut self) {
        let s = self.state;
        self.fresh =
            (s >> 62 ^ s >> 51 ^ s >> 38 ^ s >> 23 ^ s >> 13 ^ s) as u32 & ((1 << STEP) - 1);
        self.state = s >> STEP | u128::from(self.fresh) << (80 - STEP);
        self.left = STEP;
    }

    /// Most significant bit first. Of each pair of bits the second counts, if the first is one.
    fn integer(&mut self) -> BigInt<4> {
        let mut limbs = [0; 4];
        let mut place = MODULUS_BITS;
        while place > 0 {
            if self.left == 0 {
                self.step();
            }
            let pair = self.fresh & 3;
            self.fresh >>= 2;
            self.left -= 2;
            if pair & 1 == 1 {
                place -= 1;
                limbs[place / 64] |= u64::from(pair >> 1) << (place % 64);
            }
        }
        BigInt(limbs)
    }

    /// Uniform by rejection.
    fn element(&mut self) -> F {
        loop {
            if let Some(x) = F::from_bigint(self.integer()) {
                return x;
            }
        }
    }

    /// Modulo the modulus; `top` is the value of an integer's highest bit, without which it is below the modulus.
    fn element_reduced(&mut self, top: &F) -> F {
        let mut integer = self.integer();
        let highest = 1 << ((MODULUS_BITS - 1) % 64);
        let is_high = integer.0[3] & highest;
        integer.0[3] ^= is_high;
        let low = F::from_bigint(integer).unwrap_or_default();
        if is_high == 0 { low } else { mul_add(top, &F::one(), &low) }
    }
}
