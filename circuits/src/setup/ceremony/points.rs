//! Points drawn as snarkjs draws them, and the pairing check that two pairs of points have one ratio.

use crate::hash::F;
use crate::random::Rng;
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ec::{AffineRepr, CurveGroup, pairing::Pairing};
use ark_ff::{BigInt, Field, PrimeField, Zero};
use ark_std::rand::{RngCore, SeedableRng};

/// A generator seeded by the first 32 bytes of a hash, read as eight big-endian words.
pub(super) fn generator(hash: &[u8]) -> Rng {
    let mut seed = [0; 32];
    for (to, from) in seed.chunks_exact_mut(4).zip(hash.chunks_exact(4)) {
        // The generator reads its words little-endian.
        to.copy_from_slice(from);
        to.reverse();
    }
    Rng::from_seed(seed)
}

/// An element: 254 bits until they are below the modulus. They are its limbs, that is its Montgomery form.
fn limbs<P: PrimeField<BigInt = BigInt<4>>>(rng: &mut Rng) -> BigInt<4> {
    loop {
        let limbs = [(); 4].map(|()| u64::from(rng.next_u32()) << 32 | u64::from(rng.next_u32()));
        let [a, b, c, d] = limbs;
        let number = BigInt([a, b, c, d & (u64::MAX >> 2)]);
        if number < P::MODULUS {
            return number;
        }
    }
}

/// A scalar.
pub(super) fn scalar(rng: &mut Rng) -> F {
    F::new_unchecked(limbs::<F>(rng))
}

fn coordinate(rng: &mut Rng) -> Fq {
    Fq::new_unchecked(limbs::<Fq>(rng))
}

/// Which of y and -y is called negative.
trait Sign {
    fn is_negative(&self) -> bool;
}

impl Sign for Fq {
    fn is_negative(&self) -> bool {
        self.into_bigint() > Self::MODULUS_MINUS_ONE_DIV_TWO
    }
}

impl Sign for Fq2 {
    fn is_negative(&self) -> bool {
        if self.c1.is_zero() { self.c0.is_negative() } else { self.c1.is_negative() }
    }
}

/// A point of the curve, not yet of the subgroup.
fn point<P>(rng: &mut Rng, x: impl Fn(&mut Rng) -> P::BaseField) -> Affine<P>
where
    P: SWCurveConfig<BaseField: Sign>,
{
    loop {
        let x = x(rng);
        let negative = rng.next_u32() & 1 == 1;
        let square = x.square() * x + P::COEFF_B;
        if let Some(y) = square.sqrt() {
            let y = if y.is_negative() == negative { y } else { -y };
            return Affine::new_unchecked(x, y);
        }
    }
}

/// A point of G1.
pub(super) fn random_g1(rng: &mut Rng) -> G1Affine {
    point(rng, coordinate)
}

/// The point of G2 that a hash leads to. Nobody knows its logarithm.
pub(super) fn hash_to_g2(hash: &[u8; 64]) -> G2Affine {
    let rng = &mut generator(hash);
    let point: G2Affine = point(rng, |rng| Fq2::new(coordinate(rng), coordinate(rng)));
    point.mul_by_cofactor_to_group().into_affine()
}

/// Whether `b / a` in G1 is `d / c` in G2, none of them being the identity.
pub(super) fn same_ratio((a, b): (G1Affine, G1Affine), (c, d): (G2Affine, G2Affine)) -> bool {
    let some = !(a.is_zero() || b.is_zero() || c.is_zero() || d.is_zero());
    some && Bn254::multi_pairing([a, -b], [d, c]).is_zero()
}

/// Random factors of 128 bits for a linear combination that a prover cannot have foreseen.
pub(super) fn factors(rng: &mut Rng, count: usize) -> Vec<F> {
    (0..count)
        .map(|_| F::from(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64())))
        .collect()
}

/// The sum of points times factors.
pub(super) fn sum<P: SWCurveConfig<ScalarField = F>>(
    points: &[Affine<P>],
    factors: &[F],
) -> Affine<P> {
    use ark_ec::scalar_mul::variable_base::VariableBaseMSM;
    ark_ec::short_weierstrass::Projective::<P>::msm_unchecked(points, factors).into_affine()
}
