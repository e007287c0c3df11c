//! Scalars in two halves, by the curve's endomorphism (Gallant, Lambert and Vanstone, CRYPTO 2001).
//!
//! Where `x^3 = 1`, `(x, y) -> (ROOT x, y)` multiplies a point of BN254 by its [`LAMBDA`](GLVConfig::LAMBDA) in G1, a cube root of one among the
//! scalars. A multiple of one point by 254 bits is then a sum of two by 127: a multi-scalar multiplication has half the windows,
//! each with twice the points, and with half the windows half the buckets to add up.

use super::msm;
use ark_bn254::{Fq, Fq2, g1, g2};
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, BigInt, BigInteger, MontFp};

/// A curve with the endomorphism, in either group, and how its points are added up.
pub(super) trait Endomorphism: SWCurveConfig {
    /// What the first coordinate is multiplied by.
    const ROOT: Self::BaseField;

    /// The point times lambda.
    fn times_lambda(point: &Affine<Self>) -> Affine<Self> {
        // The identity, whose coordinates are zero, stays what it is.
        let mut multiple = *point;
        multiple.x *= Self::ROOT;
        multiple
    }

    /// Adds up buckets of points: see [`msm::reduce`].
    fn reduce(points: &mut Vec<Affine<Self>>, ends: &mut [usize]) {
        msm::reduce(points, ends);
    }
}

impl Endomorphism for g1::Config {
    const ROOT: Self::BaseField = Self::ENDO_COEFFS[0];
}

impl Endomorphism for g2::Config {
    // The other root: there the same one multiplies by lambda's square.
    const ROOT: Self::BaseField =
        Fq2::new(MontFp!("2203960485148121921418603742825762020974279258880205651966"), Fq::ZERO);
}

/// `(LONG, -SHORT)` and `(SHORT, LONG + SHORT)` are the shortest pairs `(a, b)` with `a + b lambda = 0`: with `x` the curve's parameter,
/// `SHORT = 2 x + 1` and `LONG = 6 x^2 + 2 x`.
const SHORT: u128 = 9_931_322_734_385_697_763;
const LONG: u128 = 147_946_756_881_789_319_000_765_030_803_803_410_728;
/// `2^256 (LONG + SHORT) / r`, rounded.
const FIRST: BigInt<4> = BigInt([0x5398_fd03_00ff_6565, 0x4cce_f014_a773_d2d2, 2, 0]);
/// `2^256 SHORT / r`, rounded.
const SECOND: BigInt<4> = BigInt([0xd91d_232e_c7e0_b3d7, 2, 0, 0]);

/// `a` and `b` with `a + b lambda = k`, both below [`BOUND`] in absolute value; `k` is below the scalars' modulus. Below 2^125, `a` is `k`.
pub(super) fn halves(k: &BigInt<4>) -> [i128; 2] {
    // What is nearest to `k` of the pairs' sums is taken off. All of it modulo 2^128: what is left is known to be short.
    let (c, d) = (rounded(k, &FIRST), rounded(k, &SECOND));
    let low = u128::from(k.0[0]) | u128::from(k.0[1]) << 64;
    let a = low.wrapping_sub(c.wrapping_mul(LONG)).wrapping_sub(d.wrapping_mul(SHORT));
    let b = c.wrapping_mul(SHORT).wrapping_sub(d.wrapping_mul(LONG + SHORT));
    let halves = [a as i128, b as i128];
    debug_assert!(halves.iter().all(|half| half.unsigned_abs() < BOUND), "of a canonical scalar");
    halves
}

/// Both halves stay below: `c` and `d` are at most 1/2 and a tenth, the rounding of [`FIRST`], from where they were to be.
pub(super) const BOUND: u128 = (LONG + 2 * SHORT) / 10 * 6;

/// `k factor / 2^256`, rounded; below 2^128.
fn rounded(k: &BigInt<4>, factor: &BigInt<4>) -> u128 {
    let (low, high) = k.mul(factor);
    (u128::from(high.0[0]) | u128::from(high.0[1]) << 64) + u128::from(low.0[3] >> 63)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::{Field, One, PrimeField, UniformRand, Zero};
    use ark_std::rand::SeedableRng;
    use proptest::prelude::*;

    fn signed(x: i128) -> Fr {
        let size = Fr::from(x.unsigned_abs());
        if x < 0 { -size } else { size }
    }

    fn check(k: Fr) {
        let [a, b] = halves(&k.into_bigint());
        assert_eq!(signed(a) + signed(b) * g1::Config::LAMBDA, k);
        assert!(a.unsigned_abs() < BOUND && b.unsigned_abs() < BOUND, "{k}: {a}, {b}");
    }

    #[test]
    fn the_pairs_are_zero() {
        let (short, long) = (Fr::from(SHORT), Fr::from(LONG));
        assert!((long - short * g1::Config::LAMBDA).is_zero());
        assert!((short + (long + short) * g1::Config::LAMBDA).is_zero());
        assert!(g1::Config::LAMBDA.pow([3]).is_one() && !g1::Config::LAMBDA.is_one());
    }

    #[test]
    fn edges() {
        for k in [0_u128, 1, 2, SHORT, LONG, LONG + SHORT, u128::MAX, 1 << 127] {
            check(Fr::from(k));
            check(-Fr::from(k));
            check(g1::Config::LAMBDA + Fr::from(k));
            check(-g1::Config::LAMBDA - Fr::from(k));
        }
        // Halfway between two of the pairs' sums, where rounding decides.
        for pair in [Fr::from(LONG), Fr::from(SHORT)] {
            let half = pair / Fr::from(2);
            (0..9).for_each(|i| check(half - Fr::from(4) + Fr::from(i)));
        }
        for k in [0_u128, 1, 5000, 1 << 124] {
            assert_eq!(halves(&Fr::from(k).into_bigint()), [k as i128, 0]);
        }
    }

    proptest! {
        #[test]
        fn halves_make_up_the_scalar(limbs: [u64; 4]) {
            check(Fr::from_le_bytes_mod_order(&limbs.map(u64::to_le_bytes).concat()));
        }
    }

    #[test]
    fn the_endomorphism_is_a_multiple() {
        fn of<P: Endomorphism<ScalarField = Fr>>() {
            let mut rng = ark_std::rand::rngs::StdRng::seed_from_u64(9);
            let point = (ark_ec::short_weierstrass::Projective::<P>::generator()
                * Fr::rand(&mut rng))
            .into_affine();
            assert_eq!(P::times_lambda(&point), (point * g1::Config::LAMBDA).into_affine());
            assert_eq!(P::times_lambda(&Affine::identity()), Affine::identity());
        }
        of::<g1::Config>();
        of::<g2::Config>();
    }
}
