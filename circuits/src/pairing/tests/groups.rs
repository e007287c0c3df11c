//! Groups and pairings.

use super::super::{G1, G2, Multiples, Projective, linear_combination, pairing};
use super::*;
use ark::{G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::pairing::Pairing;
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{Field, One, UniformRand, Zero};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

fn scalar() -> impl Strategy<Value = ark::Fr> {
    let edge = prop_oneof![Just(0_u64), Just(1), Just(2), Just(15), Just(16), any::<u64>()];
    let any = any::<[u8; 32]>().prop_map(|x| ark::Fr::from_le_bytes_mod_order(&x));
    prop_oneof![edge.prop_map(ark::Fr::from), any].prop_flat_map(|x| prop_oneof![Just(x), Just(-x)])
}

fn g1(scalar: ark::Fr) -> G1Affine {
    (G1Projective::generator() * scalar).into_affine()
}

fn g2(scalar: ark::Fr) -> G2Affine {
    (G2Projective::generator() * scalar).into_affine()
}

/// The affine point, by arkworks' arithmetic.
fn affine(point: Projective) -> G1Affine {
    let z = ark::Fq::from(point.z);
    match z.inverse() {
        Some(z) => {
            let point =
                G1Affine::new_unchecked(ark::Fq::from(point.x) * z, ark::Fq::from(point.y) * z);
            assert!(point.is_on_curve());
            point
        }
        None => {
            assert!(point.x.is_zero() && !point.y.is_zero());
            G1Affine::identity()
        }
    }
}

fn ours(point: G1Affine) -> Projective {
    G1::from(point).into()
}

/// A point of the twist, hardly ever in the subgroup.
fn on_twist(seed: u64) -> G2Affine {
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    loop {
        let point = G2Affine::get_point_from_x_unchecked(ark::Fq2::rand(&mut rng), seed & 1 == 0);
        if let Some(point) = point {
            return point;
        }
    }
}

/// Membership as [`G2::new`] has it.
fn is_member(point: G2Affine) -> bool {
    assert!(point.is_on_curve());
    G2::new(point.x.into(), point.y.into()).is_some()
}

/// No point of the twist outside the subgroup passes. The cofactor is a product of four different primes, so that for each the
/// twist has one subgroup of that order; what [`G2::new`] tests is linear, and its kernel would hold one of these subgroups
/// if it held a point outside of the subgroup of order r.
#[test]
fn the_test_of_membership_is_exact() {
    let point = on_twist(1);
    let times = |point: G2Affine, factor: &[u64]| point.mul_bigint(factor).into_affine();
    let torsion = times(point, ark::Fr::MODULUS.as_ref());
    let primes = [
        "10069",
        "5864401",
        "1875725156269",
        "197620364512881247228717050342013327560683201906968909",
    ];
    let factors = primes.map(limbs_of);
    let all = factors.iter().fold(torsion, |point, factor| times(point, factor));
    assert!(all.is_zero(), "the product of the primes is the cofactor");
    for skipped in 0..factors.len() {
        let others = factors.iter().enumerate().filter(|(i, _)| *i != skipped);
        let small = others.fold(torsion, |point, (_, factor)| times(point, factor));
        assert!(!small.is_zero());
        assert!(times(small, &factors[skipped]).is_zero());
        assert!(!is_member(small));
        assert!(!is_member((g2(ark::Fr::from(5)) + small).into_affine()));
    }
}

fn limbs_of(decimal: &str) -> [u64; 3] {
    let mut limbs = [0_u64; 3];
    for digit in decimal.bytes() {
        let mut carry = u128::from(digit - b'0');
        for limb in &mut limbs {
            carry += u128::from(*limb) * 10;
            *limb = carry as u64;
            carry >>= 64;
        }
    }
    limbs
}

#[test]
fn sums_hold_in_every_case() {
    let points: Vec<G1Affine> = [0_u64, 1, 2, 3, 4, 77].map(|n| g1(n.into())).into();
    let points: Vec<G1Affine> = points.iter().flat_map(|p| [*p, -*p]).collect();
    for p in &points {
        assert_eq!(affine(ours(*p)), *p);
        assert_eq!(affine(-ours(*p)), -*p);
        assert_eq!(affine(ours(*p).double()), (*p + p).into_affine());
        for q in &points {
            assert_eq!(affine(ours(*p).add(ours(*q))), (*p + q).into_affine());
            // Not only with z = 1.
            let twice = ours(*p).double();
            assert_eq!(affine(twice.add(ours(*q).double())), (*p + p + q + q).into_affine());
            assert_eq!(affine(twice.add(twice)), (*p + p).double().into_affine());
            assert!(affine(twice.add(-twice)).is_zero());
        }
    }
}

#[test]
fn pairings_with_the_identity_are_one() {
    let (p, q) = (ours(g1(3.into())), G2::try_from(g2(5.into())).unwrap());
    let one = Fq12::ONE;
    assert_eq!(pairing(&[]), one);
    assert_eq!(pairing(&[(Projective::IDENTITY, &q)]), one);
    assert_eq!(pairing(&[(p, &G2::identity())]), one);
    assert_ne!(pairing(&[(p, &q)]), one);
    assert_eq!(
        pairing(&[(p, &q), (Projective::IDENTITY, &q), (p, &G2::identity())]),
        pairing(&[(p, &q)])
    );
    assert_eq!(pairing(&[(p, &q), (-p, &q)]), one);
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn linear_combinations_agree(terms in prop::collection::vec((scalar(), scalar()), 0..6)) {
        let multiples: Vec<Multiples> =
            terms.iter().map(|(point, _)| G1::from(g1(*point)).into()).collect();
        let scalars = terms.iter().map(|(_, scalar)| scalar.into_bigint().0);
        let pairs: Vec<_> = multiples.iter().zip(scalars).collect();
        let expected: ark::Fr = terms.iter().map(|(a, b)| *a * b).sum();
        prop_assert_eq!(affine(linear_combination(&pairs)), g1(expected));
    }

    #[test]
    fn points_at_an_x_agree(x in fq(), seed in any::<u64>()) {
        let theirs = G1Affine::get_point_from_x_unchecked(x.into(), true);
        prop_assert_eq!(G1::at(x).is_some(), theirs.is_some());
        if let (Some(point), Some(theirs)) = (G1::at(x), theirs) {
            let point = G1Affine::from(point);
            prop_assert!(point == theirs || point == -theirs);
        }
        let point = on_twist(seed);
        let y = ark::Fq2::from(G2::y_at(point.x.into()).unwrap());
        prop_assert!(y == point.y || y == -point.y);
    }

    #[test]
    fn membership_agrees(seed in any::<u64>(), scalar in scalar()) {
        let point = on_twist(seed);
        prop_assert_eq!(is_member(point), point.is_in_correct_subgroup_assuming_on_curve());
        let member = g2(scalar);
        prop_assert!(member.is_zero() || is_member(member));
        let sum = (point + member).into_affine();
        prop_assert_eq!(is_member(sum), sum.is_in_correct_subgroup_assuming_on_curve());
        prop_assert!(is_member(point.mul_by_cofactor()));
    }

    #[test]
    fn products_of_pairings_agree(pairs in prop::collection::vec((scalar(), scalar()), 1..4)) {
        let (a, b): (Vec<_>, Vec<_>) = pairs.iter().map(|(a, b)| (g1(*a), g2(*b))).unzip();
        let theirs = ark::Bn254::multi_pairing(&a, &b);
        let b: Vec<G2> = b.into_iter().map(|b| b.try_into().unwrap()).collect();
        // With z = 1 and with another z.
        for scale in [Fq::ONE, Fq::from(ark::Fq::from(12_345))] {
            let scaled = a.iter().map(|a| {
                let Projective { x, y, z } = ours(*a);
                Projective { x: x * scale, y: y * scale, z: z * scale }
            });
            let pairs: Vec<_> = scaled.zip(&b).collect();
            prop_assert_eq!(ark::Fq12::from(pairing(&pairs)), theirs.0);
        }
        let exponent: ark::Fr = pairs.iter().map(|(a, b)| *a * b).sum();
        let (p, q) = (ours(g1(exponent)), G2::try_from(g2(ark::Fr::one())).unwrap());
        prop_assert_eq!(ark::Fq12::from(pairing(&[(p, &q)])), theirs.0);
        prop_assert_eq!(theirs.0 == ark::Fq12::ONE, exponent.is_zero());
    }
}
