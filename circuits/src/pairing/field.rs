//! Integers modulo a prime of 254 bits, in Montgomery form with R = 2^256: four limbs of 64 bits, least first, always below the
//! prime.

use core::ops::{Add, Mul, Neg, Sub};

/// A number of 256 bits, least limb first.
pub(crate) type Limbs = [u64; 4];

/// A prime between 2^253 and 2^254, and what products modulo it need.
pub(crate) struct Modulus {
    pub(super) prime: Limbs,
    /// `-1 / prime` modulo 2^64.
    pub(super) inverse: u64,
    /// R squared.
    square: Limbs,
}

impl Modulus {
    const fn new(prime: Limbs) -> Self {
        // Newton: each step doubles the bits that are right; an odd number is its own inverse modulo 8.
        let mut inverse = prime[0];
        let mut step = 0;
        while step < 5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(prime[0].wrapping_mul(inverse)));
            step += 1;
        }
        Self {
            prime,
            inverse: inverse.wrapping_neg(),
            square: shift_left(&[1, 0, 0, 0], 512, &prime),
        }
    }

    /// A number in Montgomery form, if it is below the prime.
    pub(crate) fn element(&self, x: &Limbs) -> Option<Limbs> {
        let (_, below) = difference(x, &self.prime);
        below.then(|| self.mul(x, &self.square))
    }

    /// The number below the prime that an element is.
    pub(crate) fn to_integer(&self, x: &Limbs) -> Limbs {
        self.mul(x, &[1, 0, 0, 0])
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn add(&self, x: &Limbs, y: &Limbs) -> Limbs {
        reduce(&sum(x, y), &self.prime)
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn mul(&self, x: &Limbs, y: &Limbs) -> Limbs {
        dot(&[split(x)], &[split(y)], self)
    }
}

/// BN254's base field.
pub(crate) static BASE: Modulus = Modulus::new(Q);

/// BN254's scalar field.
pub(crate) static SCALAR: Modulus = Modulus::new([
    0x43e1_f593_f000_0001,
    0x2833_e848_79b9_7091,
    0xb850_45b6_8181_585d,
    0x3064_4e72_e131_a029,
]);

const Q: Limbs =
    [0x3c20_8c16_d87c_fd47, 0x9781_6a91_6871_ca8d, 0xb850_45b6_8181_585d, 0x3064_4e72_e131_a029];

/// `2^n x` modulo the prime.
const fn shift_left(x: &Limbs, n: usize, prime: &Limbs) -> Limbs {
    let (mut x, mut i) = (*x, 0);
    while i < n {
        x = reduce(&sum(&x, &x), prime);
        i += 1;
    }
    x
}

/// `x + y` modulo 2^256.
#[inline(always)]
const fn sum(x: &Limbs, y: &Limbs) -> Limbs {
    let (a, carry) = x[0].overflowing_add(y[0]);
    let (b, carry) = add_carry(x[1], y[1], carry);
    let (c, carry) = add_carry(x[2], y[2], carry);
    let (d, _) = add_carry(x[3], y[3], carry);
    [a, b, c, d]
}

#[inline(always)]
const fn add_carry(x: u64, y: u64, carry: bool) -> (u64, bool) {
    let (sum, over) = x.overflowing_add(y);
    let (sum, again) = sum.overflowing_add(carry as u64);
    (sum, over | again)
}

/// `x - y` modulo 2^256, and whether it is below zero.
#[inline(always)]
const fn difference(x: &Limbs, y: &Limbs) -> (Limbs, bool) {
    let (a, borrow) = x[0].overflowing_sub(y[0]);
    let (b, borrow) = subtract_borrow(x[1], y[1], borrow);
    let (c, borrow) = subtract_borrow(x[2], y[2], borrow);
    let (d, borrow) = subtract_borrow(x[3], y[3], borrow);
    ([a, b, c, d], borrow)
}

#[inline(always)]
const fn subtract_borrow(x: u64, y: u64, borrow: bool) -> (u64, bool) {
    let (difference, under) = x.overflowing_sub(y);
    let (difference, again) = difference.overflowing_sub(borrow as u64);
    (difference, under | again)
}

/// `x` modulo the prime, for an x below twice the prime.
#[inline(always)]
const fn reduce(x: &Limbs, prime: &Limbs) -> Limbs {
    let (y, below) = difference(x, prime);
    if below { *x } else { y }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use super::narrow::{Digits, split};
/// A number as [`dot`] takes it.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use super::wide::{Digits, split};

/// The sum of the products `a[i] b[i] / 2^256`, of at most six pairs.
///
/// With n pairs of numbers below p, and p below 0.19 R, the sum before the last reduction is below
/// `(n p^2 + R p) / R < (0.19 n + 1) p`: twice the prime up to five pairs, three times with six.
#[cfg_attr(target_arch = "wasm32", inline(never))]
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn dot(a: &[Digits], b: &[Digits], modulus: &Modulus) -> Limbs {
    #[cfg(not(target_arch = "wasm32"))]
    let x = super::wide::dot(a, b, modulus);
    #[cfg(target_arch = "wasm32")]
    let x = super::narrow::dot(a, b, modulus);
    let x = reduce(&x, &modulus.prime);
    if a.len() > 5 { reduce(&x, &modulus.prime) } else { x }
}

/// An integer modulo BN254's base prime q.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fq(pub(super) Limbs);

impl Fq {
    pub(crate) const ZERO: Self = Self([0; 4]);
    pub(crate) const ONE: Self = Self::constant([1, 0, 0, 0]);

    /// A constant below q; slow, for the compiler.
    pub(crate) const fn constant(x: Limbs) -> Self {
        Self(shift_left(&x, 256, &Q))
    }

    /// A number, if it is below q.
    pub(crate) fn from_integer(x: Limbs) -> Option<Self> {
        BASE.element(&x).map(Self)
    }

    /// The number below q that this is.
    pub(crate) fn to_integer(self) -> Limbs {
        BASE.to_integer(&self.0)
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    pub(crate) fn square(self) -> Self {
        self * self
    }

    pub(crate) fn double(self) -> Self {
        self + self
    }

    /// `self / 2`.
    pub(crate) fn half(self) -> Self {
        let Self(x) = self;
        let [a, b, c, d] = if x[0] & 1 == 0 { x } else { sum(&x, &Q) };
        Self([a >> 1 | b << 63, b >> 1 | c << 63, c >> 1 | d << 63, d >> 1])
    }

    /// `self^((q - 3) / 4)`, from which inverse and root come.
    pub(super) fn power(self) -> Self {
        // q is 3 modulo 4, so that the exponent is q without its two lowest bits; four bits are taken at a time.
        const EXPONENT: Limbs =
            [Q[0] >> 2 | Q[1] << 62, Q[1] >> 2 | Q[2] << 62, Q[2] >> 2 | Q[3] << 62, Q[3] >> 2];
        let mut powers = [Self::ONE; 16];
        for i in 1..16 {
            powers[i] = powers[i - 1] * self;
        }
        let mut power = Self::ONE;
        for i in (0..64).rev() {
            for _ in 0..4 {
                power = power.square();
            }
            power = power * powers[nibble(&EXPONENT, i)];
        }
        power
    }

    /// `1 / self`; zero for zero.
    pub(crate) fn inverse(self) -> Self {
        // q - 2 = 4 (q - 3) / 4 + 1.
        self.power().square().square() * self
    }

    /// A square root, if there is one.
    pub(crate) fn root(self) -> Option<Self> {
        let root = self.power() * self;
        (root.square() == self).then_some(root)
    }
}

/// The i-th four bits of a number, from the lowest.
pub(crate) fn nibble(x: &Limbs, i: usize) -> usize {
    (x[i / 16] >> (i % 16 * 4) & 15) as usize
}

impl Add for Fq {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(reduce(&sum(&self.0, &other.0), &Q))
    }
}

impl Sub for Fq {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let (x, below) = difference(&self.0, &other.0);
        Self(if below { sum(&x, &Q) } else { x })
    }
}

impl Neg for Fq {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Fq {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(BASE.mul(&self.0, &other.0))
    }
}
