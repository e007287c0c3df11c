//! Sums of products where 64 by 64 bits are multiplied at once: digits are limbs.

use super::field::{Limbs, Modulus};

/// A number in four digits.
pub(crate) type Digits = Limbs;

/// The digits of a number.
#[inline(always)]
pub(crate) fn split(x: &Limbs) -> Digits {
    *x
}

/// [`super::field::dot`] but for the last reduction: the products by a digit of each a, then as many multiples of the prime as
/// make the lowest digit zero.
#[inline(always)]
pub(super) fn dot(a: &[Digits], b: &[Digits], modulus: &Modulus) -> Limbs {
    let prime = &modulus.prime;
    let mut t = [0_u64; 6];
    for i in 0..4 {
        for (a, b) in a.iter().zip(b) {
            let mut carry = 0;
            for j in 0..4 {
                (t[j], carry) = multiply_add(a[i], b[j], t[j], carry);
            }
            let (high, over) = t[4].overflowing_add(carry);
            (t[4], t[5]) = (high, t[5] + u64::from(over));
        }
        let q = t[0].wrapping_mul(modulus.inverse);
        let (_, mut carry) = multiply_add(q, prime[0], t[0], 0);
        for j in 1..4 {
            (t[j - 1], carry) = multiply_add(q, prime[j], t[j], carry);
        }
        let (high, over) = t[4].overflowing_add(carry);
        (t[3], t[4], t[5]) = (high, t[5] + u64::from(over), 0);
    }
    [t[0], t[1], t[2], t[3]]
}

/// `x y + t + carry`, low half and high half.
#[inline(always)]
fn multiply_add(x: u64, y: u64, t: u64, carry: u64) -> (u64, u64) {
    let wide = u128::from(x) * u128::from(y) + u128::from(t) + u128::from(carry);
    (wide as u64, (wide >> 64) as u64)
}
