//! Hidden outputs in the relation: a commitment in the place of the value.

use super::case::*;
use crate::commitment::{Blinding, Commitment, commit};
use crate::condition::{Condition, Tolerance};
use crate::curve::Scalar;
use crate::hash::F;
use ark_ff::{One, PrimeField};

/// Shows the total only as a commitment.
fn hidden() -> Case {
    let members: &[(&str, &[i64])] = &[("channel", &[0]), ("max", &[1000]), ("reveal", &[2])];
    Case {
        conditions: vec![completeness(0), condition("volume", members, Tolerance::default())],
        ..day()
    }
}

fn element(bytes: &[u8]) -> F {
    F::from_le_bytes_mod_order(bytes)
}

#[test]
fn a_hidden_total_is_a_commitment_to_it() {
    for seed in [&[0_u8][..], &[1], b"twenty-three bytes of it"] {
        let mut claim = hidden().claim();
        claim.blindings = vec![element(seed)];
        assert!(agree(&claim));
        let (statement, _) = claim.check().unwrap();
        let expected = commit(130, &Blinding::new(&claim.blindings[0]).unwrap());
        assert_eq!(statement.outputs, expected.to_inputs());
        assert_eq!(statement.outputs.len() + 5, claim.policy.shape().public_inputs());
        Commitment::new(statement.outputs[0], statement.outputs[1]).unwrap();
    }
}

/// Another value, another blinding, another point: nothing but the total's own commitment.
#[test]
fn another_commitment_is_refused() {
    let mut claim = hidden().claim();
    claim.blindings = vec![F::from(99)];
    let matrices = matrices(&claim);
    let inputs = |value, blinding: u64| {
        commit(value, &Blinding::new(&F::from(blinding)).unwrap()).to_inputs()
    };
    for (value, blinding, ok) in
        [(130, 99, true), (131, 99, false), (129, 99, false), (130, 98, false)]
    {
        let (mut statement, _) = claim.unchecked().unwrap();
        statement.outputs = inputs(value, blinding).to_vec();
        let mut assignment = assign(&claim.unchecked().unwrap().1);
        let fixed = super::super::FIXED_INPUTS;
        assignment[1 + fixed..1 + fixed + 2].copy_from_slice(&statement.outputs);
        assert_eq!(matrices.violations(&assignment).is_empty(), ok, "{value} {blinding}");
    }
}

#[test]
fn blindings_are_canonical_and_one_each() {
    let order =
        element(&Scalar::MODULUS.0.iter().flat_map(|limb| limb.to_le_bytes()).collect::<Vec<_>>());
    for (blindings, ok) in [
        (vec![], false),
        (vec![F::one()], true),
        (vec![F::one(), F::one()], false),
        (vec![order - F::one()], true),
        (vec![order], false),
        (vec![-F::one()], false),
    ] {
        let mut claim = hidden().claim();
        claim.blindings = blindings;
        assert_eq!(claim.check().is_ok(), ok);
    }
    // What the twin refuses the circuit refuses as well.
    let mut claim = hidden().claim();
    claim.blindings = vec![F::one()];
    let (_, mut relation) = claim.unchecked().unwrap();
    relation.blindings = vec![order + F::one()];
    assert!(!matrices(&claim).violations(&assign(&relation)).is_empty());
}

/// A condition that is off commits to zero, whatever the readings.
#[test]
fn off_commits_to_zero() {
    let mut case = hidden();
    case.conditions[1] = Condition::off(case.conditions[1].shape());
    let mut claim = case.claim();
    claim.blindings = vec![F::from(7)];
    assert!(agree(&claim));
    let zero = commit(0, &Blinding::new(&F::from(7)).unwrap());
    assert_eq!(claim.check().unwrap().0.outputs, zero.to_inputs());
    // An exact output that is off is zero.
    let mut case = day();
    case.conditions[1] = Condition::off(case.conditions[1].shape());
    let claim = case.claim();
    assert!(agree(&claim));
    assert_eq!(claim.check().unwrap().0.outputs, [F::from(0)]);
}
