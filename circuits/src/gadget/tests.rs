//! Each gadget against its native twin, its pinned cost, and tampered assignments evaluated against the matrices.

use super::*;
use crate::cs::{ConstraintSystem, Evaluator, Matrices, Recorder};
use crate::curve::{Point, Scalar};
use crate::hash::{self, F, Tag};
use crate::meter::{PublicKey, SecretKey, Signature};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{AdditiveGroup, BigInteger, Field, One, PrimeField, Zero};
use proptest::prelude::*;

/// A gadget on its own: reads its operands as witnesses and gives its results.
pub(super) trait Gadget {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire>;
}

pub(super) fn record(gadget: &impl Gadget) -> Matrices {
    let mut recorder = Recorder::new();
    gadget.run(&mut recorder);
    recorder.finish()
}

fn evaluate(gadget: &impl Gadget) -> (Vec<F>, Vec<F>) {
    let mut evaluator = Evaluator::new();
    let results = gadget.run(&mut evaluator);
    (results, evaluator.into_assignment())
}

/// Results, and the rules broken.
pub(super) fn check(gadget: &impl Gadget) -> (Vec<F>, Vec<&'static str>) {
    let (results, assignment) = evaluate(gadget);
    let matrices = record(gadget);
    assert_eq!(assignment.len(), matrices.variables, "both readings allocate the same");
    let violations = matrices.violations(&assignment);
    (results, violations)
}

/// Changes each witness wire in turn and reports those whose change breaks nothing.
pub(super) fn loose_wires(gadget: &impl Gadget) -> Vec<usize> {
    let (_, assignment) = evaluate(gadget);
    let matrices = record(gadget);
    assert!(matrices.violations(&assignment).is_empty());
    let constraints = matrices.constraints_of_variables();
    let mut assignment = assignment;
    let mut loose = Vec::new();
    for i in 1..assignment.len() {
        let x = assignment[i];
        for y in [x + F::one(), x - F::one(), F::from(2) - x, F::from(7)] {
            assignment[i] = y;
            if y != x && constraints[i].iter().all(|row| matrices.holds(*row, &assignment)) {
                loose.push(i);
            }
        }
        assignment[i] = x;
    }
    loose
}

struct Range(F, usize);

impl Gadget for Range {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let x = cs.witness(|| self.0);
        bits(cs, "range", &x, self.1)
    }
}

#[test]
fn ranges_hold_exactly_below_their_power() {
    for n in [1, 2, 8, 16, 24, 32, 64, 252] {
        let power = hash::power_of_two(n);
        for (x, ok) in [
            (F::zero(), true),
            (F::one(), true),
            (power - F::one(), true),
            (power, false),
            (power + F::one(), false),
            (-F::one(), false),
            (-power, false),
        ] {
            let (bits, violations) = check(&Range(x, n));
            assert_eq!(violations.is_empty(), ok, "{x} in {n} bits");
            if ok {
                let ones = bits.iter().filter(|bit| bit.is_one()).count() as u32;
                let expected: u32 = x.into_bigint().0.iter().map(|l| l.count_ones()).sum();
                assert_eq!(ones, expected);
            }
        }
        assert_eq!(record(&Range(F::zero(), n)).constraints(), n);
    }
}

struct Fixed(Vec<F>, Tag);

impl Gadget for Fixed {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let xs: Vec<_> = self.0.iter().map(|x| cs.witness(|| *x)).collect();
        vec![hash_tagged(cs, self.1, &xs.iter().collect::<Vec<_>>())]
    }
}

struct Many(Vec<F>);

impl Gadget for Many {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let xs: Vec<_> = self.0.iter().map(|x| cs.witness(|| *x)).collect();
        vec![hash_many(cs, Tag::Block, &xs)]
    }
}

fn elements(n: usize) -> Vec<F> {
    (0..n as u64).map(|i| F::from(i + 3).square().inverse().expect("not zero")).collect()
}

#[test]
fn hashes_agree_with_native() {
    for n in 1..=8 {
        let xs = elements(n);
        let (results, violations) = check(&Fixed(xs.clone(), Tag::Leaf));
        assert_eq!(results, [hash::hash_tagged(Tag::Leaf, &xs)]);
        assert!(violations.is_empty());
    }
    for n in [0, 1, 13, 14, 15, 29, 30] {
        let xs = elements(n);
        let (results, violations) = check(&Many(xs.clone()));
        assert_eq!(results, [hash::hash_many(Tag::Block, &xs)], "{n}");
        assert!(violations.is_empty());
    }
}

#[test]
fn hash_costs_are_pinned() {
    let cost = |n| record(&Fixed(elements(n), Tag::Leaf)).constraints();
    // Three constraints fewer for each element known beforehand: capacity, tag, padding.
    assert_eq!(cost(2), 264 - 6);
    assert_eq!(cost(5), 357 - 6);
    assert_eq!(cost(8), 420 - 6);
    assert_eq!(record(&Many(elements(14))).constraints(), 612 - 9);
}

#[test]
fn no_wire_of_a_hash_is_loose() {
    assert_eq!(loose_wires(&Fixed(elements(2), Tag::Leaf)), Vec::<usize>::new());
}

struct Member(F, Vec<([F; 4], u8)>);

impl Gadget for Member {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let leaf = cs.witness(|| self.0);
        vec![merkle_root(cs, &leaf, &PathVar { levels: self.1.clone() })]
    }
}

#[test]
fn membership_needs_the_leaf_in_its_place() {
    let leaf = F::from(77);
    for position in 0..4u8 {
        let mut children = [F::from(1), F::from(2), F::from(3), F::from(4)];
        children[usize::from(position)] = leaf;
        let upper = [F::from(9), hash::hash_node(&children), F::from(8), F::from(7)];
        let levels = vec![(children, position), (upper, 1)];
        let (root, violations) = check(&Member(leaf, levels.clone()));
        assert_eq!(root, [hash::hash_node(&upper)]);
        assert!(violations.is_empty());
        let (_, violations) = check(&Member(leaf + F::one(), levels.clone()));
        assert_eq!(violations, ["registry: child"]);
        let mut elsewhere = levels;
        elsewhere[0].1 = (position + 1) % 4;
        assert_eq!(check(&Member(leaf, elsewhere)).1, ["registry: child"]);
    }
    let cost = record(&Member(leaf, vec![([leaf; 4], 0); 10])).constraints();
    assert_eq!(cost, 10 * (5 + 297));
}

struct Signed {
    key: Point,
    message: F,
    r: Point,
    s: F,
}

impl Signed {
    fn new(key: &SecretKey, message: F) -> Self {
        let signature = key.sign(&message);
        Self { key: *key.public().point(), message, r: signature.r, s: signature.s_field() }
    }
}

impl Gadget for Signed {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let mut point = |p: &Point| PointVar { x: cs.witness(|| p.x), y: cs.witness(|| p.y) };
        let (key, r) = (point(&self.key), point(&self.r));
        let (message, s) = (cs.witness(|| self.message), cs.witness(|| self.s));
        enforce_signature(cs, &key, &message, &SignatureVar { r, s });
        vec![]
    }
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

#[test]
fn signatures_verify_in_circuit() {
    for seed in 0..8 {
        let message = F::from(seed).square() - F::from(5);
        let signed = Signed::new(&key(seed), message);
        let public = key(seed).public();
        let native = Signature::new(signed.r.x, signed.r.y, signed.s).expect("well formed");
        native.verify(&public, &message).expect("native");
        assert_eq!(check(&signed).1, Vec::<&str>::new());
    }
}

#[test]
fn signature_cost_is_pinned() {
    assert_eq!(record(&Signed::new(&key(1), F::one())).constraints(), SIGNATURE_COST);
}

const SIGNATURE_COST: usize = 3121;

#[test]
fn forged_signatures_fail() {
    let good = || Signed::new(&key(1), F::from(42));
    let other = good().message + F::one();
    let tampered: Vec<(&str, Signed)> = vec![
        ("message", Signed { message: other, ..good() }),
        ("key", Signed { key: *key(2).public().point(), ..good() }),
        ("s", Signed { s: good().s + F::one(), ..good() }),
        ("r", Signed { r: (good().r + Point::generator()).into_affine(), ..good() }),
        ("negated r", Signed { r: -good().r, ..good() }),
        ("negated key", Signed { key: -good().key, ..good() }),
    ];
    for (what, signed) in tampered {
        let violations = check(&signed).1;
        assert!(violations.iter().any(|v| v.starts_with("signature: equation")), "{what}");
    }
}

#[test]
fn responses_of_the_order_and_above_fail() {
    let good = Signed::new(&key(1), F::from(42));
    let order = F::from_le_bytes_mod_order(&Scalar::MODULUS.to_bytes_le());
    // The same point, so that only the range says no (CVE-2025-57801 in gnark).
    let violations = check(&Signed { s: good.s + order, ..good }).1;
    assert!(
        violations.iter().any(|v| ["signature: S", "signature: S below order"].contains(v)),
        "{violations:?}"
    );
}

#[test]
fn low_order_and_off_curve_keys_fail() {
    // (0, -1) has order two, (0, 1) is the identity.
    for y in [F::one(), -F::one()] {
        let low = Point::new_unchecked(F::zero(), y);
        let violations = check(&Signed { key: low, ..Signed::new(&key(1), F::one()) }).1;
        assert!(violations.contains(&"signature: key of low order"), "{violations:?}");
        assert!(PublicKey::new(low.x, low.y).is_err());
    }
    let good = Signed::new(&key(1), F::one());
    let off = Point::new_unchecked(good.key.x + F::one(), good.key.y);
    let violations = check(&Signed { key: off, ..Signed::new(&key(1), F::one()) }).1;
    assert!(violations.contains(&"signature: key on curve"));
    let off = Point::new_unchecked(good.r.x, good.r.y.double());
    let violations = check(&Signed { r: off, ..Signed::new(&key(1), F::one()) }).1;
    assert!(violations.contains(&"signature: R on curve"));
}

#[test]
fn no_wire_of_a_signature_is_loose() {
    assert_eq!(loose_wires(&Signed::new(&key(3), F::from(9))), Vec::<usize>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn twin_and_circuit_agree_on_signatures(seed: [u8; 32], message: u64, flip in 0usize..4) {
        let secret = SecretKey::from_seed(seed);
        let mut signed = Signed::new(&secret, F::from(message));
        match flip {
            0 => {}
            1 => signed.message += F::one(),
            2 => signed.s += F::one(),
            _ => signed.r = -signed.r,
        }
        let native = Signature::new(signed.r.x, signed.r.y, signed.s)
            .and_then(|s| s.verify(&secret.public(), &signed.message));
        prop_assert_eq!(native.is_ok(), check(&signed).1.is_empty());
        prop_assert_eq!(native.is_ok(), flip == 0);
    }
}

struct Compared(F, F, usize);

impl Gadget for Compared {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let [a, b] = [self.0, self.1].map(|x| cs.witness(|| x));
        let n = self.2;
        vec![
            at_least(cs, "order", &a, &b, n),
            lesser(cs, "lesser", &a, &b, n),
            greater(cs, "greater", &a, &b, n),
        ]
    }
}

#[test]
fn comparisons_hold_at_their_edges() {
    for n in [1, 8, 43, 251] {
        let top = hash::power_of_two(n) - F::one();
        let edges = [F::zero(), F::one(), top - F::one(), top];
        for a in edges {
            for b in edges {
                let gadget = Compared(a, b, n);
                let (found, violations) = check(&gadget);
                assert_eq!(violations, Vec::<&str>::new());
                assert_eq!(found, [F::from(a >= b), a.min(b), a.max(b)], "{a} {b} {n}");
                assert_eq!(record(&gadget).constraints(), (n + 1) + 2 * (n + 2));
            }
        }
    }
    // The two operands are given; nothing else is free.
    let loose = loose_wires(&Compared(F::from(3), F::from(7), 8));
    assert!(loose.iter().all(|wire| *wire <= 2), "{loose:?}");
}

struct Divided([F; 3], usize);

impl Gadget for Divided {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let [quotient, dividend, divisor] = self.0.map(|x| cs.witness(|| x));
        enforce_quotient(cs, "quotient", &quotient, [&dividend, &divisor], self.1);
        Vec::new()
    }
}

#[test]
fn quotients_are_rounded_down() {
    for dividend in [0_u64, 1, 6, 7, 8, 700, 1784, 1785] {
        for divisor in [0_u64, 1, 7, 255] {
            let right = dividend.checked_div(divisor);
            for quotient in [0, 1, 2, 6, 7, 8, 99, 100, 101, 254, 255, 1785] {
                let numbers = [quotient, dividend, divisor].map(F::from);
                let (_, violations) = check(&Divided(numbers, 8));
                assert_eq!(violations.is_empty(), right == Some(quotient), "{numbers:?}");
            }
        }
    }
}
