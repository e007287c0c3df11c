//! Sums of products where a product has no more than 64 bits, as in Wasm: digits of 29 bits, so that columns of products can be
//! summed without carries.

use super::field::{Limbs, Modulus};

/// Bits of a digit.
const BITS: u32 = 29;

/// A number in nine digits.
pub(crate) type Digits = [u64; 9];

/// The digits of a number.
#[inline(always)]
pub(crate) fn split(&[a, b, c, d]: &Limbs) -> Digits {
    [
        low(a),
        low(a >> 29),
        low(a >> 58 | b << 6),
        low(b >> 23),
        low(b >> 52 | c << 12),
        low(c >> 17),
        low(c >> 46 | d << 18),
        low(d >> 11),
        d >> 40,
    ]
}

/// [`super::field::dot`] but for the last reduction: the products by a digit of each a, then as many multiples of the prime as
/// make the lowest digit zero.
///
/// In its nine rounds a column takes at most 9 x 7 products below 2^58, and one carry of 36 bits: it stays below 2^64.
#[inline(always)]
pub(super) fn dot(a: &[Digits], b: &[Digits], modulus: &Modulus) -> Limbs {
    let prime = split(&modulus.prime);
    let [mut t0, mut t1, mut t2, mut t3, mut t4, mut t5, mut t6, mut t7, mut t8] = [0_u64; 9];
    // Columns are nine variables, as those live in registers and an array would not.
    macro_rules! add_product {
        ($x:expr, $y:expr) => {{
            let (x, y) = ($x, $y);
            t0 += x * y[0];
            t1 += x * y[1];
            t2 += x * y[2];
            t3 += x * y[3];
            t4 += x * y[4];
            t5 += x * y[5];
            t6 += x * y[6];
            t7 += x * y[7];
            t8 += x * y[8];
        }};
    }
    for i in 0..9 {
        for (a, b) in a.iter().zip(b) {
            add_product!(a[i], b);
        }
        // Eight rounds of 29 bits and one of 24 make 256.
        let q = low(t0.wrapping_mul(modulus.inverse));
        if i == 8 {
            add_product!(q & ((1 << 24) - 1), &prime);
            break;
        }
        add_product!(q, &prime);
        t0 = t1 + (t0 >> BITS);
        [t1, t2, t3, t4, t5, t6, t7, t8] = [t2, t3, t4, t5, t6, t7, t8, 0];
    }
    t1 += t0 >> BITS;
    t2 += t1 >> BITS;
    t3 += t2 >> BITS;
    t4 += t3 >> BITS;
    t5 += t4 >> BITS;
    t6 += t5 >> BITS;
    t7 += t6 >> BITS;
    t8 += t7 >> BITS;
    // Column i weighs 2^(29 i - 24).
    [
        low(t0) >> 24 | low(t1) << 5 | low(t2) << 34 | t3 << 63,
        low(t3) >> 1 | low(t4) << 28 | t5 << 57,
        low(t5) >> 7 | low(t6) << 22 | t7 << 51,
        low(t7) >> 13 | t8 << 16,
    ]
}

/// The lowest digit.
#[inline(always)]
fn low(x: u64) -> u64 {
    x & ((1 << BITS) - 1)
}
