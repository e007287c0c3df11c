//! Integers modulo a prime, on eight limbs of 32 bits in Montgomery's form: what a Cortex-M4 multiplies in one cycle.
//!
//! Every operation takes the same steps whatever the values are: no branch, no index and no early end depends on one. Also
//! compiled into the build script, which makes the tables.

use core::marker::PhantomData;
use core::ops::{Add, Mul, Sub};

/// An integer below 2^256, least significant limb first.
pub type Limbs = [u32; 8];

/// A prime below 2^254.
pub trait Modulus: Copy {
    /// The prime.
    const LIMBS: Limbs;
}

/// Coordinates, hashes: modulo the order r of BN254's groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base;

impl Modulus for Base {
    const LIMBS: Limbs = [
        0xf000_0001,
        0x43e1_f593,
        0x79b9_7091,
        0x2833_e848,
        0x8181_585d,
        0xb850_45b6,
        0xe131_a029,
        0x3064_4e72,
    ];
}

/// Multiples of points: modulo the order l of Baby Jubjub's subgroup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order;

impl Modulus for Order {
    const LIMBS: Limbs = [
        0x3921_26f1,
        0x6772_97dc,
        0x3920_ee0a,
        0xab3e_edb8,
        0xd030_2b0b,
        0x370a_08b6,
        0x5c26_3405,
        0x060c_89ce,
    ];
}

/// An integer modulo `M`, kept as its product with 2^256, below the modulus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<M>(Limbs, PhantomData<M>);

/// A field element: what PROTOCOL calls F.
pub type F = Element<Base>;

/// A multiple of a point.
pub type Scalar = Element<Order>;

/// `a - b` and the borrow, 0 or 1.
const fn sub(a: &Limbs, b: &Limbs) -> (Limbs, u32) {
    let (mut out, mut borrow, mut i) = ([0; 8], 0u64, 0);
    while i < 8 {
        let difference = (a[i] as u64).wrapping_sub(b[i] as u64).wrapping_sub(borrow);
        out[i] = difference as u32;
        borrow = difference >> 63;
        i += 1;
    }
    (out, borrow as u32)
}

/// `a` if `choice` is 0, `b` if it is 1.
pub(crate) const fn select(a: &Limbs, b: &Limbs, choice: u32) -> Limbs {
    let (mask, mut out, mut i) = (choice.wrapping_neg(), [0; 8], 0);
    while i < 8 {
        out[i] = a[i] ^ (mask & (a[i] ^ b[i]));
        i += 1;
    }
    out
}

/// `a` below twice the modulus, and `carry` its 257th bit: reduced.
const fn reduce_once(a: &Limbs, carry: u32, modulus: &Limbs) -> Limbs {
    let (less, borrow) = sub(a, modulus);
    // Kept as it was only if it was below the modulus: there was a borrow, and no bit above to pay it.
    select(&less, a, borrow & (1 - carry))
}

const fn double(a: &Limbs, modulus: &Limbs) -> Limbs {
    let (mut out, mut carry, mut i) = ([0; 8], 0, 0);
    while i < 8 {
        out[i] = a[i] << 1 | carry;
        carry = a[i] >> 31;
        i += 1;
    }
    reduce_once(&out, carry, modulus)
}

/// `2^bits` modulo the modulus.
const fn power_of_two(bits: usize, modulus: &Limbs) -> Limbs {
    let (mut x, mut i) = ([1, 0, 0, 0, 0, 0, 0, 0], 0);
    while i < bits {
        x = double(&x, modulus);
        i += 1;
    }
    x
}

/// `-1 / modulus` modulo 2^32, by Newton's iteration.
const fn negative_inverse(modulus: &Limbs) -> u32 {
    let (mut x, mut i) = (1u32, 0);
    while i < 5 {
        x = x.wrapping_mul(2u32.wrapping_sub(modulus[0].wrapping_mul(x)));
        i += 1;
    }
    x.wrapping_neg()
}

impl<M: Modulus> Element<M> {
    const SQUARE: Limbs = power_of_two(512, &M::LIMBS);
    const INVERSE: u32 = negative_inverse(&M::LIMBS);

    /// 0.
    pub const ZERO: Self = Self([0; 8], PhantomData);
    /// 1.
    pub const ONE: Self = Self(power_of_two(256, &M::LIMBS), PhantomData);

    /// From limbs that [`Element::raw`] gave.
    pub(crate) const fn from_raw(raw: Limbs) -> Self {
        Self(raw, PhantomData)
    }

    /// As it is kept: for tables, which need no conversion then.
    #[allow(dead_code)] // the build script's
    pub(crate) const fn raw(&self) -> Limbs {
        self.0
    }

    /// The integer modulo the modulus.
    pub fn from_integer(integer: &Limbs) -> Self {
        Self(multiply::<M>(integer, &Self::SQUARE), PhantomData)
    }

    /// The integer below the modulus.
    pub fn integer(&self) -> Limbs {
        multiply::<M>(&self.0, &[1, 0, 0, 0, 0, 0, 0, 0])
    }

    /// A number.
    pub fn from_u64(number: u64) -> Self {
        Self::from_integer(&[number as u32, (number >> 32) as u32, 0, 0, 0, 0, 0, 0])
    }

    /// Little-endian bytes, at most 64, modulo the modulus.
    pub fn from_bytes_reduced(bytes: &[u8]) -> Self {
        let mut halves = [[0; 8]; 2];
        for (i, byte) in bytes.iter().take(64).enumerate() {
            halves[i / 32][i % 32 / 4] |= u32::from(*byte) << (8 * (i % 4));
        }
        let high = Self::from_integer(&halves[1]);
        Self::from_integer(&halves[0]) + high * Self::from_raw(Self::SQUARE)
    }

    /// Little-endian bytes of an integer below the modulus; nothing for any other.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let mut limbs = [0; 8];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(4)) {
            *limb = bytes.iter().rev().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
        }
        (sub(&limbs, &M::LIMBS).1 == 1).then(|| Self::from_integer(&limbs))
    }

    /// The integer below the modulus, little-endian.
    #[allow(clippy::wrong_self_convention)] // by reference, as for every other value of 32 bytes
    pub fn to_bytes(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (bytes, limb) in bytes.chunks_exact_mut(4).zip(self.integer()) {
            bytes.copy_from_slice(&limb.to_le_bytes());
        }
        bytes
    }

    /// 1 over it, by Fermat's theorem; 0 for 0. The exponent is public.
    pub fn invert(&self) -> Self {
        let exponent = sub(&M::LIMBS, &[2, 0, 0, 0, 0, 0, 0, 0]).0;
        let mut out = Self::ONE;
        for bit in (0..256).rev() {
            out = out * out;
            if exponent[bit / 32] >> (bit % 32) & 1 == 1 {
                out = out * *self;
            }
        }
        out
    }

    /// The sum of the products of at most 17 pairs, reduced once.
    pub fn dot(xs: &[Self], ys: &[Limbs]) -> Self {
        debug_assert!(xs.len() <= 17);
        // 17 products are below 2^513.
        let mut sum = [0u32; 17];
        for (x, y) in xs.iter().zip(ys) {
            let mut above = 0u64;
            for (i, a) in x.0.iter().enumerate() {
                let mut carry = 0;
                for (j, b) in y.iter().enumerate() {
                    let t = u64::from(*a) * u64::from(*b) + u64::from(sum[i + j]) + carry;
                    sum[i + j] = t as u32;
                    carry = t >> 32;
                }
                let t = u64::from(sum[i + 8]) + carry + above;
                sum[i + 8] = t as u32;
                above = t >> 32;
            }
            sum[16] = sum[16].wrapping_add(above as u32);
        }
        let mut above = 0u64;
        for i in 0..8 {
            let factor = u64::from(sum[i].wrapping_mul(Self::INVERSE));
            let mut carry = 0;
            for (j, m) in M::LIMBS.iter().enumerate() {
                let t = factor * u64::from(*m) + u64::from(sum[i + j]) + carry;
                sum[i + j] = t as u32;
                carry = t >> 32;
            }
            let t = u64::from(sum[i + 8]) + carry + above;
            sum[i + 8] = t as u32;
            above = t >> 32;
        }
        let mut out = [0; 8];
        out.copy_from_slice(&sum[8..16]);
        // Below (17 p / 2^256 + 1) p < 4.3 p, which is below 2^256: nothing is left above.
        for _ in 0..4 {
            out = reduce_once(&out, 0, &M::LIMBS);
        }
        Self(out, PhantomData)
    }
}

/// `a b / 2^256`. Any `a`; `b` below the modulus.
fn multiply<M: Modulus>(a: &Limbs, b: &Limbs) -> Limbs {
    let (mut t, mut top) = ([0u32; 8], 0u32);
    for a in a {
        let mut carry = 0;
        for (t, b) in t.iter_mut().zip(b) {
            let sum = u64::from(*a) * u64::from(*b) + u64::from(*t) + carry;
            *t = sum as u32;
            carry = sum >> 32;
        }
        let high = u64::from(top) + carry;
        let factor = u64::from(t[0].wrapping_mul(Element::<M>::INVERSE));
        let mut carry = (factor * u64::from(M::LIMBS[0]) + u64::from(t[0])) >> 32;
        for j in 1..8 {
            let sum = factor * u64::from(M::LIMBS[j]) + u64::from(t[j]) + carry;
            t[j - 1] = sum as u32;
            carry = sum >> 32;
        }
        let sum = high + carry;
        t[7] = sum as u32;
        top = (sum >> 32) as u32;
    }
    reduce_once(&t, top, &M::LIMBS)
}

impl<M: Modulus> Mul for Element<M> {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self(multiply::<M>(&self.0, &other.0), PhantomData)
    }
}

impl<M: Modulus> Add for Element<M> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (mut out, mut carry) = ([0; 8], 0);
        for (out, (a, b)) in out.iter_mut().zip(self.0.iter().zip(&other.0)) {
            let sum = u64::from(*a) + u64::from(*b) + carry;
            *out = sum as u32;
            carry = sum >> 32;
        }
        Self(reduce_once(&out, carry as u32, &M::LIMBS), PhantomData)
    }
}

impl<M: Modulus> Sub for Element<M> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = sub(&self.0, &other.0);
        let (mut out, mut carry) = ([0; 8], 0);
        for i in 0..8 {
            let back = M::LIMBS[i] & borrow.wrapping_neg();
            let sum = u64::from(difference[i]) + u64::from(back) + carry;
            out[i] = sum as u32;
            carry = sum >> 32;
        }
        Self(out, PhantomData)
    }
}
