//! Fields.

use super::super::field::{BASE, SCALAR, dot, nibble};
use super::super::tower::FROBENIUS;
use super::super::{narrow, wide};
use super::*;
use ark_ff::{AdditiveGroup, BigInteger, CyclotomicMultSubgroup, Field, One, Zero};

/// 0, 1, 2, the halves, the greatest, and numbers at the edges of limbs and digits.
fn edges() -> Vec<Fq> {
    let mut edges: Vec<ark::Fq> = [0, 1, 2, 3].map(ark::Fq::from).into();
    edges.extend([29, 58, 63, 64, 127, 128, 191, 192, 232, 253].map(|n| ark::Fq::from(2).pow([n])));
    edges.push(ark::Fq::from(2).inverse().unwrap());
    // The raw limbs 1: 2^-256.
    edges.push(ark::Fq::new_unchecked(BigInt([1, 0, 0, 0])));
    let opposite: Vec<_> = edges.iter().flat_map(|x| [-*x, *x - ark::Fq::one()]).collect();
    edges.into_iter().chain(opposite).map(Into::into).collect()
}

fn agree(x: Fq, y: Fq) {
    let (a, b): (ark::Fq, ark::Fq) = (x.into(), y.into());
    let same = |ours: Fq, theirs: ark::Fq| assert_eq!(ark::Fq::from(ours), theirs, "{a} {b}");
    assert_eq!(Fq::from(a), x);
    same(x + y, a + b);
    same(x - y, a - b);
    same(x * y, a * b);
    same(-x, -a);
    same(x.square(), a.square());
    same(x.double(), a.double());
    same(x.half() + x.half(), a);
    same(x.inverse(), a.inverse().unwrap_or_default());
    assert_eq!(x.is_zero(), a.is_zero());
    assert_eq!(x.to_integer(), a.into_bigint().0);
    assert_eq!(x.root().is_some(), a.sqrt().is_some());
    if let Some(root) = x.root() {
        assert_eq!(root.square(), x);
    }
}

#[test]
fn edges_agree() {
    for x in edges() {
        for y in edges() {
            agree(x, y);
        }
    }
}

#[test]
fn numbers_from_the_modulus_on_are_refused() {
    let q = ark::Fq::MODULUS;
    let one = BigInt([1, 0, 0, 0]);
    let (mut less, mut more, mut twice) = (q, q, q);
    less.sub_with_borrow(&one);
    more.add_with_carry(&one);
    twice.mul2();
    assert_eq!(Fq::from_integer(less.0), Some(-Fq::ONE));
    for x in [q, more, twice, BigInt([u64::MAX; 4]), BigInt([0, 0, 0, 1 << 63])] {
        assert_eq!(Fq::from_integer(x.0), None);
    }
}

#[test]
fn constants_are_what_they_say() {
    let xi = ark::Fq2::new(9.into(), 1.into());
    let mut exponent = ark::Fq::MODULUS;
    exponent.sub_with_borrow(&BigInt([1, 0, 0, 0]));
    let frobenius = ark::Fq2::from(FROBENIUS);
    // (q - 1) / 6: the sixth power is xi^(q - 1), and w^q = frobenius w fixes which root it is.
    assert_eq!(frobenius.pow([6]), xi.pow(exponent));
    let zero = ark::Fq6::ZERO;
    let w = ark::Fq12::new(zero, ark::Fq6::ONE);
    let image = ark::Fq6::new(frobenius, ark::Fq2::ZERO, ark::Fq2::ZERO);
    assert_eq!(w.pow(ark::Fq::MODULUS), ark::Fq12::new(zero, image));
    let b = ark::Fq2::from(super::super::g2::B);
    assert_eq!(b * xi, ark::Fq2::from(3));
    let generator = <ark::G2Affine as ark_ec::AffineRepr>::generator();
    assert_eq!(ark::Fq2::from(super::super::GENERATOR_X), generator.x);
    assert_eq!([15, 14, 13].map(|i| nibble(&[0x1230_0000_0000_0000, 9, 0, 0], i)), [1, 2, 3]);
    assert_eq!(nibble(&[0x1230_0000_0000_0000, 9, 0, 0], 16), 9);
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn the_base_field_agrees(x in fq(), y in fq()) {
        agree(x, y);
    }

    /// The digits of Wasm and the limbs of other machines, with as many products as there may be.
    #[test]
    fn both_sums_of_products_agree(
        a in prop::collection::vec(limbs(), 6), b in prop::collection::vec(limbs(), 6), n in 1_usize..=6,
    ) {
        let (a, b) = (&a[..n], &b[..n]);
        let split = |x: &[[u64; 4]]| x.iter().map(narrow::split).collect::<Vec<_>>();
        let sum = narrow::dot(&split(a), &split(b), &BASE);
        let same = wide::dot(a, b, &BASE);
        prop_assert_eq!(Fq(sum) - Fq::ZERO, Fq(same) - Fq::ZERO);
        // Before the last reduction both are what Montgomery's definition gives: equal modulo q, but not limb by limb.
        let ark = |x: &[u64; 4]| ark::Fq::from(Fq(*x));
        let expected: ark::Fq = a.iter().zip(b).map(|(a, b)| ark(a) * ark(b)).sum();
        let reduced = dot(a, b, &BASE);
        prop_assert!(BigInt(reduced) < ark::Fq::MODULUS);
        prop_assert_eq!(ark(&reduced), expected);
        for x in [sum, same] {
            // At most three times the modulus, so that two subtractions are enough.
            let mut bound = ark::Fq::MODULUS;
            bound.mul2();
            bound.add_with_carry(&ark::Fq::MODULUS);
            prop_assert!(BigInt(x) < bound);
        }
    }

    #[test]
    fn the_scalar_field_agrees(
        a in prop::collection::vec(limbs(), 6), b in prop::collection::vec(limbs(), 6), n in 1_usize..=6,
    ) {
        let r = ark::Fr::MODULUS;
        let below = |x: [u64; 4]| {
            let mut x = BigInt(x);
            while x >= r {
                x.sub_with_borrow(&r);
            }
            x.0
        };
        let (a, b): (Vec<_>, Vec<_>) = a.into_iter().zip(b).take(n).map(|(a, b)| (below(a), below(b))).unzip();
        let ark = |x: [u64; 4]| ark::Fr::new_unchecked(BigInt(x));
        let expected: ark::Fr = a.iter().zip(&b).map(|(a, b)| ark(*a) * ark(*b)).sum();
        prop_assert_eq!(ark(dot(&a, &b, &SCALAR)), expected);
        let split = |x: &[[u64; 4]]| x.iter().map(narrow::split).collect::<Vec<_>>();
        prop_assert_eq!(ark(below(narrow::dot(&split(&a), &split(&b), &SCALAR))), expected);
        let (x, y) = (a[0], b[0]);
        prop_assert_eq!(ark(SCALAR.add(&x, &y)), ark(x) + ark(y));
        prop_assert_eq!(ark(SCALAR.mul(&x, &y)), ark(x) * ark(y));
        prop_assert_eq!(SCALAR.to_integer(&x), ark(x).into_bigint().0);
        prop_assert_eq!(SCALAR.element(&x).map(ark), ark::Fr::from_bigint(BigInt(x)));
        let mut above = BigInt(x);
        above.add_with_carry(&r);
        prop_assert_eq!(SCALAR.element(&r.0), None);
        prop_assert_eq!(SCALAR.element(&above.0), None);
    }

    #[test]
    fn the_quadratic_field_agrees(x in fq2(), y in fq2(), z in fq()) {
        let (a, b): (ark::Fq2, ark::Fq2) = (x.into(), y.into());
        let same = |ours: Fq2, theirs: ark::Fq2| assert_eq!(ark::Fq2::from(ours), theirs);
        same(x + y, a + b);
        same(x - y, a - b);
        same(x * y, a * b);
        same(-x, -a);
        same(x.square(), a.square());
        same(x.double(), a.double());
        same(x.triple(), a + a + a);
        same(x.half() + x.half(), a);
        same(x.inverse(), a.inverse().unwrap_or_default());
        same(x.conjugate(), a.frobenius_map(1));
        same(x.scale(z), a * ark::Fq2::new(z.into(), 0.into()));
        for c in [a, a.square(), ark::Fq2::new(a.c0, 0.into()), ark::Fq2::new(0.into(), a.c1)] {
            let root = Fq2::from(c).root();
            prop_assert_eq!(root.is_some(), c.sqrt().is_some());
            if let Some(root) = root {
                same(root.square(), c);
            }
        }
    }

    #[test]
    fn the_fields_above_agree(x in fq12(), y in fq12(), l in prop::collection::vec(fq2(), 3)) {
        let (a, b): (ark::Fq12, ark::Fq12) = (x.into(), y.into());
        let same = |ours: Fq12, theirs: ark::Fq12| assert_eq!(ark::Fq12::from(ours), theirs);
        let small = |ours: Fq6, theirs: ark::Fq6| assert_eq!(ark::Fq6::from(ours), theirs);
        small(x.0[0] + y.0[0], a.c0 + b.c0);
        small(x.0[0] - y.0[0], a.c0 - b.c0);
        small(x.0[0] * y.0[0], a.c0 * b.c0);
        same(x * y, a * b);
        same(x.square(), a.square());
        same(x.inverse(), a.inverse().unwrap_or_default());
        same(x.frobenius(), a.frobenius_map(1));
        same(x.frobenius().frobenius().frobenius(), a.frobenius_map(3));
        let mut line = a;
        line.mul_by_034(&l[0].into(), &l[1].into(), &l[2].into());
        same(x.times_line(&[l[0], l[1], l[2]]), line);
        same(Fq12::from_coefficients(x.coefficients()), a);
    }

    #[test]
    fn squares_in_the_cyclotomic_subgroup_agree(x in fq12()) {
        // Into the subgroup where the conjugate is the inverse.
        if x != Fq12::from_coefficients([Fq2::ZERO; 6]) {
            let x = x.conjugate() * x.inverse();
            let x = x.frobenius().frobenius() * x;
            let a = ark::Fq12::from(x);
            assert_eq!(ark::Fq12::from(x.square_cyclotomic()), a.square());
            assert_eq!(a.cyclotomic_square(), a.square());
            assert_eq!(x.conjugate() * x, Fq12::ONE);
        }
    }
}

#[test]
fn roots_at_the_edges_of_the_quadratic_field() {
    for a in edges() {
        for b in [Fq::ZERO, Fq::ONE, -Fq::ONE, a, -a] {
            for x in [Fq2::new(a, b), Fq2::new(b, a)] {
                let theirs = ark::Fq2::from(x).sqrt();
                assert_eq!(x.root().is_some(), theirs.is_some());
                assert!(x.root().is_none_or(|root| root.square() == x));
            }
        }
    }
    assert_eq!(Fq2::ZERO.root(), Some(Fq2::ZERO));
}
