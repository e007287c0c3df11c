//! Known answers: circuits that are sound, and the same with one rule missing.

use super::determine;
use wattproof_circuits::cs::{ConstraintSystem, Linear, LinearCombination, Recorder};
use wattproof_circuits::gadget::{bits, enforce_bit};
use wattproof_circuits::hash::F;

type Wire = LinearCombination;

/// The names that stay open in what `circuit` records.
fn open(circuit: impl FnOnce(&mut Recorder)) -> Vec<&'static str> {
    let mut cs = Recorder::new();
    circuit(&mut cs);
    determine(&cs.finish(), &[]).open.into_keys().collect()
}

fn number() -> F {
    F::from(0)
}

/// `n` bits that add up to `wire`, of which one is not held to be a bit if `loose` says so.
fn decompose(cs: &mut Recorder, wire: &Wire, n: u32, loose: Option<u32>) {
    let (mut sum, mut weight) = (Wire::nil(), F::from(1));
    for i in 0..n {
        let bit = cs.hint(number);
        if Some(i) != loose {
            enforce_bit(cs, "bit", &bit);
        }
        sum.add_scaled(weight, &bit);
        weight += weight;
    }
    cs.enforce_equal("sum", &sum, wire);
}

#[test]
fn decompositions_are_unique_below_the_modulus() {
    let of = |n, loose| {
        open(|cs| {
            let x = cs.witness(number);
            decompose(cs, &x, n, loose);
        })
    };
    for n in [1, 2, 64, 253] {
        assert!(of(n, None).is_empty(), "{n}");
    }
    // 254 bits: x and x + r, for small x.
    assert_eq!(of(254, None), ["bit"]);
    // One that may be any number: it, and the rest with it, is free.
    assert_eq!(of(8, Some(3)), ["bit", "sum"]);
    // With a single unknown there is no freedom left.
    assert!(of(1, Some(0)).is_empty());
}

#[test]
fn the_ranges_gadget_is_determined() {
    assert!(
        open(|cs| {
            let x = cs.witness(number);
            bits(cs, "range", &x, 252);
        })
        .is_empty()
    );
}

#[test]
fn a_quotient_is_open_unless_its_product_is_a_constant() {
    let x_over_y = open(|cs| {
        let [x, y] = [cs.witness(number), cs.witness(number)];
        cs.quotient("quotient", &x, &y);
    });
    assert_eq!(x_over_y, ["quotient"]);
    let one_over_y = open(|cs| {
        let y = cs.witness(number);
        cs.quotient("inverse", &Wire::unit(), &y);
    });
    assert!(one_over_y.is_empty());
    let zero_over_y = open(|cs| {
        let y = cs.witness(number);
        cs.quotient("zero", &Wire::nil(), &y);
    });
    assert_eq!(zero_over_y, ["zero"]);
}

#[test]
fn what_no_constraint_names_is_open() {
    assert_eq!(open(|cs| drop(cs.hint(number))), ["in no constraint"]);
}

#[test]
fn a_square_has_two_roots() {
    let root = open(|cs| {
        let x = cs.witness(number);
        let root = cs.hint(number);
        cs.enforce("root", &root, &root, &x);
    });
    assert_eq!(root, ["root"]);
}

#[test]
fn a_choice_between_two_values_is_open() {
    // x (K - x) = 0 leaves zero and K, whatever is known of K.
    let choice = open(|cs| {
        let k = cs.witness(number);
        let x = cs.hint(number);
        cs.enforce("choice", &x, &k.minus(&x), &Wire::nil());
    });
    assert_eq!(choice, ["choice"]);
}

#[test]
fn two_unknowns_that_only_bind_each_other_are_open() {
    let pair = open(|cs| {
        let k = cs.witness(number);
        let [x, y] = [cs.hint(number), cs.hint(number)];
        cs.enforce_equal("sum", &x.plus(&y), &k);
        cs.enforce_equal("again", &x.plus(&y).plus(&y.minus(&y)), &k);
    });
    // Once the first is taken for known, the second follows.
    assert_eq!(pair, ["sum"]);
}

#[test]
fn chains_of_products_and_sums_are_followed_in_any_order() {
    let chain = open(|cs| {
        let x = cs.witness(number);
        let [square, fourth, last] = [(); 3].map(|()| cs.hint(number));
        // The later one is constrained first.
        cs.enforce("fourth", &square, &square, &fourth);
        cs.enforce("square", &x, &x, &square);
        cs.enforce_equal("sum", &fourth.plus(&square), &x.plus(&last));
    });
    assert!(chain.is_empty());
}
