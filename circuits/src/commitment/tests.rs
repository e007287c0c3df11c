//! The generators by their rule, and commitments.

use super::*;
use crate::curve::{BabyJubjub, ProjectivePoint, Scalar, point};
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, MontFp, One, PrimeField, Zero};
use sha2::{Digest, Sha256};

/// The rule of the module's documentation, step by step.
fn hash_to_subgroup(domain: &str) -> (u32, Point) {
    for i in 0_u32.. {
        let mut d: [u8; 32] = Sha256::new_with_prefix(domain)
            .chain_update([0])
            .chain_update(i.to_be_bytes())
            .finalize()
            .into();
        let odd = d[0] >> 7 == 1;
        d[0] &= 0x3f;
        let limb = |i: usize| u64::from_be_bytes(d[8 * i..][..8].try_into().expect("eight"));
        let number = <F as PrimeField>::BigInt::new([limb(3), limb(2), limb(1), limb(0)]);
        let Some(y) = F::from_bigint(number) else { continue };
        let y2 = y.square();
        let denominator = BabyJubjub::COEFF_A - BabyJubjub::COEFF_D * y2;
        let x2 = (F::one() - y2) / denominator;
        let Some(root) = x2.sqrt().filter(|root| !root.is_zero()) else { continue };
        let x = if root.into_bigint().is_odd() == odd { root } else { -root };
        let found = point(x, y).expect("on the curve").mul_by_cofactor();
        if !found.is_zero() {
            return (i, found);
        }
    }
    unreachable!("half of all tries succeed")
}

#[test]
fn generators_follow_their_rule() {
    let (tries, value) = hash_to_subgroup("wattproof/pedersen/1/value");
    assert_eq!((tries, value), (VALUE_TRIES, VALUE_GENERATOR));
    let (tries, blinding) = hash_to_subgroup("wattproof/pedersen/1/blinding");
    assert_eq!((tries, blinding), (BLINDING_TRIES, BLINDING_GENERATOR));
}

const VALUE_TRIES: u32 = 0;
const BLINDING_TRIES: u32 = 8;

#[test]
fn generators_are_unrelated_points_of_prime_order() {
    let all = [VALUE_GENERATOR, BLINDING_GENERATOR, Point::generator()];
    for p in all {
        assert!(subgroup_point(p.x, p.y).is_some() && !p.is_zero());
        assert!(p.mul_bigint(Scalar::MODULUS).is_zero());
    }
    // No small multiple of one is another.
    for p in all {
        for q in all.into_iter().filter(|q| *q != p) {
            let mut multiple = ProjectivePoint::from(p);
            for _ in 0..1000 {
                assert!(multiple != q && multiple != -q.into_group());
                multiple += p;
            }
        }
    }
    assert_eq!(all.iter().collect::<std::collections::HashSet<_>>().len(), 3);
}

#[test]
fn commitments_add_up() {
    let blindings = [1_u64, 5, 1 << 40].map(|r| Blinding::new(&F::from(r)).expect("small"));
    let values = [3, 0, u64::MAX / 2];
    let sum: ProjectivePoint =
        values.iter().zip(&blindings).map(|(v, r)| commit(*v, r).point().into_group()).sum();
    let blinding = Blinding::new(&F::from(6 + (1_u64 << 40))).expect("small");
    assert_eq!(sum.into_affine(), *commit(values.iter().sum(), &blinding).point());
    // Vectors for other languages.
    let Commitment(c) = commit(1234, &Blinding::new(&F::from(5678)).expect("small"));
    assert_eq!((c.x, c.y), VECTOR);
}

const VECTOR: (F, F) = (
    MontFp!("9073834304244550071769296269643379130170368093193658467443287904579669163604"),
    MontFp!("21017950035262190161131722673054386814686600940091000628403979384200390491370"),
);

#[test]
fn blindings_are_canonical_and_unseen() {
    let order = F::from_le_bytes_mod_order(&Scalar::MODULUS.to_bytes_le());
    for bad in [order, order + F::one(), -F::one()] {
        assert_eq!(Blinding::new(&bad).expect_err("range").code(), Code::FieldRange);
    }
    for good in [F::zero(), F::one(), order - F::one()] {
        assert_eq!(Blinding::new(&good).expect("below").to_field(), good);
    }
    let [one, other] = [(); 2].map(|()| Blinding::random().expect("random"));
    assert_ne!(one.to_field(), other.to_field());
    assert_eq!(format!("{one:?}"), "Blinding(..)");
}

#[test]
fn commitments_are_points_of_the_subgroup() {
    let good = commit(7, &Blinding::random().expect("random"));
    let [x, y] = good.to_inputs();
    assert_eq!(Commitment::new(x, y), Ok(good));
    assert!(Commitment::new(F::zero(), F::one()).is_ok(), "the identity: zero, not blinded");
    // (0, -1) has order two: on the curve, but not in the subgroup.
    let low = point(F::zero(), -F::one()).expect("on the curve");
    let shifted = (*good.point() + low).into_affine();
    for (x, y) in
        [(x, y + F::one()), (y, x), (F::zero(), F::zero()), (low.x, low.y), (shifted.x, shifted.y)]
    {
        assert_eq!(Commitment::new(x, y).expect_err("bad").code(), Code::BadPoint);
    }
    assert_eq!(Commitment::new(x.double() - x, y), Ok(good));
}
