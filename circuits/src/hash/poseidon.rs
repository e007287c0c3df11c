//! The Poseidon permutation over BN254's scalar field, with circomlib's constants.
//!
//! The constants are not stored: they come from the Grain LFSR of the Poseidon paper (Grassi et al., USENIX Security 2021,
//! appendix E and F), seeded by the parameters alone, and take some two milliseconds for the widest instance. A table for
//! width 17 would weigh 51 KB on every web page.

use super::{F, element, from_integer, mul_add, of_limbs, power_of_two};
use crate::pairing::{Digits, Limbs, SCALAR, dot, split};
use ark_ff::PrimeField;
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
    /// Row-major `width x width`; what circuits are made of.
    #[cfg(feature = "prover")]
    pub(crate) mds: Vec<F>,
    /// The same, ready for products.
    digits: Vec<Digits>,
    width: usize,
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
        let mut state = Vec::with_capacity(self.width);
        state.push(F::default());
        state.extend_from_slice(inputs);
        self.permute(&mut state);
        state[0]
    }

    fn permute(&self, state: &mut [F]) {
        let t = self.width;
        let zero = F::default();
        for r in 0..self.rounds() {
            for (x, c) in state.iter_mut().zip(&self.round_constants[r * t..]) {
                *x = of_limbs(SCALAR.add(&x.0.0, &c.0.0));
            }
            let boxed = if self.is_full(r) { t } else { 1 };
            for x in &mut state[..boxed] {
                let square = mul_add(x, x, &zero);
                let fourth = mul_add(&square, &square, &zero);
                *x = mul_add(x, &fourth, &zero);
            }
            let digits: Vec<Digits> = state.iter().map(|x| split(&x.0.0)).collect();
            for (x, row) in state.iter_mut().zip(self.digits.chunks_exact(t)) {
                *x = sum_of_products(row, &digits);
            }
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
            mds.extend(ys.iter().map(|y| of_limbs(SCALAR.add(&x.0.0, &y.0.0))));
        }
        invert(&mut mds);
        let digits = mds.iter().map(|x| split(&x.0.0)).collect();
        Self {
            round_constants,
            #[cfg(feature = "prover")]
            mds,
            digits,
            width,
        }
    }
}

/// The sum of the products of any number of pairs.
fn sum_of_products(a: &[Digits], b: &[Digits]) -> F {
    let terms = a.chunks(6).zip(b.chunks(6)).map(|(a, b)| dot(a, b, &SCALAR));
    of_limbs(terms.fold([0; 4], |sum, term| SCALAR.add(&sum, &term)))
}

/// Inverts all elements, none of which is zero, by inverting their product (Montgomery's trick), and that by Fermat's theorem: the
/// library's own inversion is a large function.
fn invert(xs: &mut [F]) {
    let mul = |a: &F, b: &F| mul_add(a, b, &F::default());
    let mut before = Vec::with_capacity(xs.len());
    let mut product = element(1);
    for x in xs.iter() {
        before.push(product);
        product = mul(&product, x);
    }
    let mut exponent = F::MODULUS;
    // Its lowest limb is large: no borrow from the next.
    exponent.0[0] -= 2;
    let mut inverse = element(1);
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

/// The self-shrinking Grain LFSR that makes Poseidon's constants.
struct Grain {
    /// The last 80 bits, oldest lowest: 64 and 16.
    state: (u64, u64),
    /// By eight bits, oldest lowest: how many of them the self-shrinking keeps, and which, oldest highest.
    kept: [(u32, u64); 256],
    /// Bits kept that nobody took yet, newest lowest, and how many they are.
    left: (u64, u32),
}

impl Grain {
    fn new(width: usize) -> Self {
        let mut bits = 0_u128;
        let mut filled = 0;
        // Field of prime order, S-box x^alpha, then sizes and rounds, each most significant bit first, then ones.
        for (value, count) in [
            (1, 2),
            (0, 4),
            (MODULUS_BITS, 12),
            (width, 12),
            (FULL_ROUNDS, 10),
            (PARTIAL_ROUNDS[width - 2], 10),
            ((1 << 30) - 1, 30),
        ] {
            for i in (0..count).rev() {
                bits |= ((value >> i & 1) as u128) << filled;
                filled += 1;
            }
        }
        let state = (bits as u64, (bits >> 64) as u64);
        let mut grain = Self { state, kept: kept(), left: (0, 0) };
        for _ in 0..10 {
            grain.step();
        }
        grain
    }

    /// Makes the next 16 bits: no new bit depends on one that is less than 18 steps old.
    fn step(&mut self) -> u64 {
        let (low, high) = self.state;
        let recent = low >> 48 | high << 16;
        let sum = low ^ low >> 13 ^ low >> 23 ^ low >> 38 ^ recent >> 3 ^ recent >> 14;
        let fresh = sum & 0xffff;
        self.state = (low >> 16 | high << 48, fresh);
        fresh
    }

    /// The next bits of those kept, at most 32, oldest highest.
    fn take(&mut self, count: u32) -> u64 {
        let (mut bits, mut left) = self.left;
        while left < count {
            let mut fresh = self.step();
            for _ in 0..2 {
                let (number, kept) = self.kept[(fresh & 0xff) as usize];
                bits = bits << number | kept;
                left += number;
                fresh >>= 8;
            }
        }
        left -= count;
        self.left = (bits & ((1 << left) - 1), left);
        bits >> left
    }

    fn integer(&mut self) -> Limbs {
        let mut limbs = [0; 4];
        for i in (0..4).rev() {
            // 254 bits, highest first.
            let high = self.take(if i == 3 { 30 } else { 32 });
            limbs[i] = high << 32 | self.take(32);
        }
        limbs
    }

    /// Uniform by rejection.
    fn element(&mut self) -> F {
        loop {
            if let Some(x) = from_integer(&self.integer()) {
                return x;
            }
        }
    }

    /// Modulo the modulus; `top` is the value of an integer's highest bit, without which it is below the modulus.
    fn element_reduced(&mut self, top: &F) -> F {
        let mut integer = self.integer();
        let highest = 1 << ((MODULUS_BITS - 1) % 64);
        let is_high = integer[3] & highest;
        integer[3] ^= is_high;
        let low = from_integer(&integer).unwrap_or_default();
        if is_high == 0 { low } else { of_limbs(SCALAR.add(&top.0.0, &low.0.0)) }
    }
}

/// [`Grain::kept`]: of each pair of bits the second is kept, if the first is one.
fn kept() -> [(u32, u64); 256] {
    let mut table = [(0, 0); 256];
    for (byte, (count, bits)) in table.iter_mut().enumerate() {
        for pair in 0..4 {
            let pair = byte >> (2 * pair);
            if pair & 1 == 1 {
                *count += 1;
                *bits = *bits << 1 | (pair >> 1 & 1) as u64;
            }
        }
    }
    table
}
