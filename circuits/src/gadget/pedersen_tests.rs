//! The commitment gadget against its native twin, its pinned cost, and witnesses that lie.

use super::pedersen_commitment;
use super::tests::{Gadget, check, loose_wires, record};
use crate::commitment::{Blinding, commit};
use crate::cs::ConstraintSystem;
use crate::curve::Scalar;
use crate::hash::{F, power_of_two};
use ark_ff::{BigInteger, One, PrimeField, Zero};
use proptest::prelude::*;

/// Value, its bits, blinding.
struct Committed(F, usize, F);

impl Gadget for Committed {
    fn run<CS: ConstraintSystem>(&self, cs: &mut CS) -> Vec<CS::Wire> {
        let value = cs.witness(|| self.0);
        let point = pedersen_commitment(cs, &value, self.1, &self.2);
        vec![point.x, point.y]
    }
}

fn order() -> F {
    F::from_le_bytes_mod_order(&Scalar::MODULUS.to_bytes_le())
}

fn agrees(value: u64, bits: usize, blinding: F) {
    let (found, violations) = check(&Committed(F::from(value), bits, blinding));
    let expected = commit(value, &Blinding::new(&blinding).expect("canonical"));
    assert_eq!(found, expected.to_inputs(), "{value} in {bits} bits, {blinding}");
    assert_eq!(violations, Vec::<&str>::new(), "{value} in {bits} bits, {blinding}");
}

/// Both ends, powers of two and their neighbours, and what the largest exceeds them by.
fn boundary_blindings() -> Vec<F> {
    let largest = order() - F::one();
    let mut list = vec![F::zero(), F::one(), largest, largest - F::one()];
    for n in [1, 2, 3, 63, 64, 65, 128, 246, 247, 248, 249, 250] {
        let power = power_of_two(n);
        list.extend([power - F::one(), power, power + F::one(), largest - power]);
    }
    list
}

#[test]
fn agrees_with_native_on_the_boundaries() {
    for blinding in boundary_blindings() {
        agrees(1234, 64, blinding);
    }
    for value in [0, 1, 7, 8, 1 << 63, u64::MAX - 1, u64::MAX] {
        for blinding in [F::zero(), F::one(), order() - F::one()] {
            agrees(value, 64, blinding);
        }
    }
}

#[test]
fn every_number_of_bits_holds_its_values_and_no_other() {
    let blinding = order() - F::from(99);
    for bits in 1..=64 {
        let largest = u64::MAX >> (64 - bits);
        for value in [0, 1, largest] {
            agrees(value, bits, blinding);
        }
        let power = power_of_two(bits);
        for value in [power, power + F::one(), -F::one(), power + power] {
            let violations = check(&Committed(value, bits, blinding)).1;
            assert_eq!(violations, ["commitment: value"], "{value} in {bits} bits");
        }
    }
}

#[test]
fn blindings_of_the_order_and_above_fail() {
    // The same commitments, so that only the comparison says no.
    let mut list = vec![order(), order() + F::one(), power_of_two(251) - F::one()];
    // Above the order in one place only, from the last to the first.
    let largest = (order() - F::one()).into_bigint();
    list.extend((0..251).filter(|i| !largest.get_bit(*i)).map(|i| {
        let above = largest.to_bits_be().into_iter().rev().enumerate();
        let bits = above.filter(|(j, bit)| *j > i && *bit).map(|(j, _)| power_of_two(j));
        bits.sum::<F>() + power_of_two(i)
    }));
    for blinding in list {
        assert!(blinding >= order(), "{blinding}");
        let (found, violations) = check(&Committed(F::from(5), 16, blinding));
        let same = Blinding::new(&(blinding - order())).expect("less than twice the order");
        assert_eq!(found, commit(5, &same).to_inputs(), "{blinding}");
        assert!(!violations.is_empty(), "{blinding}");
        let others = violations.iter().find(|v| **v != "commitment: blinding below order");
        assert_eq!(others, None, "{blinding}");
    }
}

#[test]
fn blindings_below_the_order_in_one_place_hold() {
    let largest = (order() - F::one()).into_bigint();
    for i in (0..251).filter(|i| largest.get_bit(*i)) {
        // All ones below the place.
        let high: F = (i + 1..251).filter(|j| largest.get_bit(*j)).map(power_of_two).sum();
        agrees(5, 16, high + power_of_two(i) - F::one());
    }
}

#[test]
fn blindings_beyond_the_bits_do_not_alias() {
    // The gadget sees 251 bits of what it is given: what is above is another blinding's commitment, and still a good one.
    let (found, violations) = check(&Committed(F::from(5), 16, power_of_two(251)));
    assert!(violations.is_empty());
    assert_eq!(found, commit(5, &Blinding::new(&F::zero()).expect("zero")).to_inputs());
}

#[test]
fn no_wire_of_a_commitment_is_loose() {
    // All differ from the order's predecessor in a top bit, so that no multiple in enforce_below_order is free.
    for (value, bits) in [(0, 64), (u64::MAX, 64), (1234, 11), (5, 3)] {
        for blinding in [F::zero(), F::one(), power_of_two(250) - F::from(12345)] {
            let committed = Committed(F::from(value), bits, blinding);
            assert_eq!(loose_wires(&committed), Vec::<usize>::new(), "{value}, {blinding}");
        }
    }
}

#[test]
fn cost_is_pinned() {
    let cost = |bits| record(&Committed(F::zero(), bits, F::zero())).constraints();
    assert_eq!([8, 16, 24, 32, 40, 48, 64].map(cost), COSTS);
}

const COSTS: [usize; 7] = [763, 787, 810, 835, 859, 882, 931];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn twin_and_circuit_agree_on_commitments(value: u64, mut seed: [u8; 32], bits in 1_usize..=64) {
        // 251 bits, so that one in four is not below the order.
        seed[31] &= 7;
        let blinding = F::from_le_bytes_mod_order(&seed);
        let fits = bits == 64 || value >> bits == 0;
        let canonical = Blinding::new(&blinding);
        let (found, violations) = check(&Committed(F::from(value), bits, blinding));
        prop_assert_eq!(violations.is_empty(), fits && canonical.is_ok());
        if let (true, Ok(blinding)) = (fits, canonical) {
            prop_assert_eq!(&found[..], &commit(value, &blinding).to_inputs()[..]);
        }
    }
}
