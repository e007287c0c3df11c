//! What the arguments about the curve lean on, checked by machine: identities of polynomials, squares, and bounds of integers.
//!
//! An identity is evaluated at points that are drawn by a fixed rule. Two different polynomials of total degree d agree at a random point
//! with a chance of at most d / r (Schwartz and Zippel); here d is at most 10 and r is above 2^253, so that a false one would not pass
//! even once. Everything else is exact.
//!
//! That no sum is the identity or of its summands' u is an argument about multiples of a point: what is checked of it is that the largest
//! multiple stays below the order. The rest of it, and the arguments about conditions, stay as they are written ([`super::argued`]).

use ark_ec::models::twisted_edwards::{MontCurveConfig, TECurveConfig};
use ark_ff::{AdditiveGroup, BigInteger, BigInteger256, Field, PrimeField};
use sha2::{Digest, Sha256};
use wattproof_circuits::curve::{BabyJubjub, Scalar};
use wattproof_circuits::hash::F;

/// A fact that arguments lean on.
#[derive(Clone, Copy, Debug)]
pub struct Certificate {
    /// The names of the arguments.
    pub of: &'static [&'static str],
    /// What it says.
    pub says: &'static str,
    /// Whether it is so.
    pub holds: fn() -> bool,
}

/// All of them.
pub const CERTIFICATES: &[Certificate] = &[
    Certificate {
        of: &["edwards addition", "edwards doubling"],
        says: "a is a square and d is none. With C = a x^2 + y^2 - 1 - d x^2 y^2 and t = d x1 x2 y1 y2, for e and s of 1 and -1: \
               d x1^2 y1^2 (w x2 + s y2)^2 - (w x1 + s e y1)^2 = d x1^2 y1^2 C2 - C1 + (t - e) (t + e + 2 s w x1 y1), w^2 = a. On the \
               curve with t = e the right side is zero, so that d would be a square, or x2 and y2 zero, and t with them.",
        holds: || complete(A, D),
    },
    Certificate {
        of: &["montgomery to edwards", "montgomery doubling"],
        says: "u = -1 asks for v^2 = A - 2 = d, no square; v = 0 for u = 0 or u^2 + A u + 1 = 0, whose discriminant A^2 - 4 = a d is no \
               square: the one point with v = 0 has order two.",
        holds: || {
            let (two, m) = (F::from(2), MONTGOMERY);
            m - two == D && m * m - two * two == A * D && !is_square(D) && !is_square(A * D)
        },
    },
    Certificate {
        of: &["montgomery double and add", "montgomery addition"],
        says: "The largest sums: 2k + 1 with k below 2^249 in the multiplication by the challenge, 4^125 in that of Base8, 8^83 in a \
               commitment. All are at most 2^250, which is below the order l.",
        holds: || [250, 2 * 125, 3 * 83].map(power).into_iter().all(|most| most < Scalar::MODULUS),
    },
];

const A: F = <BabyJubjub as TECurveConfig>::COEFF_A;
const D: F = <BabyJubjub as TECurveConfig>::COEFF_D;
const MONTGOMERY: F = <BabyJubjub as MontCurveConfig>::COEFF_A;

/// Points at which an identity is evaluated.
const POINTS: u64 = 16;

fn power(n: u32) -> BigInteger256 {
    BigInteger256::from(1_u8) << n
}

/// By Euler's criterion.
fn is_square(x: F) -> bool {
    let mut half = F::MODULUS;
    half.div2();
    x == F::ZERO || x.pow(half) == F::ONE
}

/// Whether addition on `a x^2 + y^2 = 1 + d x^2 y^2` is complete.
fn complete(a: F, d: F) -> bool {
    let Some(w) = a.sqrt().filter(|w| *w * w == a && is_square(a) && !is_square(d)) else {
        return false;
    };
    let one = F::ONE;
    let signs = [(one, one), (one, -one), (-one, one), (-one, -one)];
    (0..POINTS).all(|i| {
        let [x1, y1, x2, y2] = [0, 1, 2, 3].map(|k| drawn(4 * i + k));
        let curve = |x: F, y: F| a * x * x + y * y - one - d * x * x * y * y;
        let t = d * x1 * x2 * y1 * y2;
        signs.into_iter().all(|(e, s)| {
            let scale = d * (x1 * y1).square();
            let left = scale * (w * x2 + s * y2).square() - (w * x1 + s * e * y1).square();
            let rest = (t - e) * (t + e + (s * w * x1 * y1).double());
            left == scale * curve(x2, y2) - curve(x1, y1) + rest
        })
    })
}

/// An element drawn by a number.
fn drawn(number: u64) -> F {
    let digest =
        Sha256::new_with_prefix("wattproof/audit/certificate").chain_update(number.to_le_bytes());
    F::from_le_bytes_mod_order(&digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::uniqueness::argued::argument;

    #[test]
    fn certificates_hold_and_are_of_arguments() {
        for certificate in CERTIFICATES {
            assert!((certificate.holds)(), "{certificate:?}");
            assert!(certificate.of.iter().all(|name| argument(name).is_some()), "{certificate:?}");
        }
    }

    /// Curves on which addition is not complete: d a square, or a none.
    #[test]
    fn incomplete_curves_are_told_apart() {
        assert!(complete(A, D));
        assert!(!complete(A, D * D));
        assert!(!complete(D, D));
        assert!(!complete(A, A));
    }

    #[test]
    fn squares_are_told_apart() {
        let x = drawn(1);
        assert!(is_square(x * x) && is_square(F::ZERO) && !is_square(x * x * D));
    }
}
