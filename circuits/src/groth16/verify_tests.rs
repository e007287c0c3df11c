#![allow(clippy::unwrap_used)]

use super::super::toy::Toy;
use super::*;
use crate::pairing::pairing;
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, One, PrimeField, Zero};
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;

type ArkProof = ark_groth16::Proof<Bn254>;
type ArkKey = ark_groth16::VerifyingKey<Bn254>;

const INPUTS: usize = 6;

fn code<T: core::fmt::Debug>(result: Result<T>) -> Code {
    result.unwrap_err().code()
}

#[test]
fn honest_proofs_verify_and_others_do_not() {
    let mut toy = Toy::new(INPUTS);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let (inputs, proof) = toy.prove();
    assert_eq!(key.verify(&inputs, &proof), Ok(()));
    for i in 0..INPUTS {
        let mut other = inputs.clone();
        other[i] += F::one();
        assert_eq!(code(key.verify(&other, &proof)), Code::ProofInvalid, "{i}");
    }
    let (_, other) = toy.prove();
    assert_eq!(code(key.verify(&inputs, &other)), Code::ProofInvalid);
    let swapped = Proof { a: proof.c, c: proof.a, b: proof.b.clone() };
    assert_eq!(code(key.verify(&inputs, &swapped)), Code::ProofInvalid);
    let small = toy.prove_inputs(&[F::zero(); INPUTS]);
    assert_eq!(key.verify(&[F::zero(); INPUTS], &small), Ok(()));
}

#[test]
fn every_other_number_of_inputs_is_refused() {
    let mut toy = Toy::new(INPUTS);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let (mut inputs, _) = toy.prove();
    // With zeros at the end, an unchecked sum would not notice that they are left out.
    inputs[4] = F::zero();
    inputs[5] = F::zero();
    let proof = toy.prove_inputs(&inputs);
    for n in 0..=2 * INPUTS {
        let mut list = inputs.clone();
        list.resize(n, F::from(99));
        let result = key.verify(&list, &proof);
        match n {
            INPUTS => assert_eq!(result, Ok(())),
            _ => assert_eq!(code(result), Code::InputCount, "{n}"),
        }
    }
}

fn refused(key: &ArkKey) -> Code {
    let by_points = code(VerifyingKey::try_from(key));
    let mut bytes = Vec::new();
    key.alpha_g1.serialize_compressed(&mut bytes).unwrap();
    for point in [key.beta_g2, key.gamma_g2, key.delta_g2] {
        point.serialize_compressed(&mut bytes).unwrap();
    }
    for point in &key.gamma_abc_g1 {
        point.serialize_compressed(&mut bytes).unwrap();
    }
    assert_eq!(code(VerifyingKey::from_bytes(&bytes)), by_points);
    by_points
}

/// What `new` would refuse, to show that the refusal is needed.
fn unsound(key: &ArkKey) -> PreparedVerifyingKey {
    let g2 = |point: G2Affine| G2::try_from(point).unwrap();
    PreparedVerifyingKey::from(&VerifyingKey {
        alpha_g1: key.alpha_g1.into(),
        beta_g2: g2(key.beta_g2),
        gamma_g2: g2(key.gamma_g2),
        delta_g2: g2(key.delta_g2),
        gamma_abc_g1: key.gamma_abc_g1.iter().map(|point| (*point).into()).collect(),
    })
}

#[test]
fn keys_that_let_anyone_forge_are_refused() {
    let key = ArkKey::from(&Toy::new(2).verifying_key());
    let inputs = [F::from(5), F::from(6)];
    let x = key.gamma_abc_g1[0] + key.gamma_abc_g1[1] * inputs[0] + key.gamma_abc_g1[2] * inputs[1];
    let x = x.into_affine();
    let (alpha, beta, gamma, delta) = (key.alpha_g1, key.beta_g2, key.gamma_g2, key.delta_g2);
    let sum = |p: G2Affine, q: G2Affine| (p + q).into_affine();
    let forged = |key: ArkKey, a: G1Affine, b: G2Affine, c: G1Affine| {
        let proof = ArkProof { a, b, c }.try_into().unwrap();
        assert_eq!(unsound(&key).verify(&inputs, &proof), Ok(()), "the forgery works");
        assert_eq!(refused(&key), Code::UnsoundKey);
    };

    forged(ArkKey { delta_g2: gamma, ..key.clone() }, alpha, beta, -x);
    forged(ArkKey { delta_g2: -gamma, ..key.clone() }, alpha, beta, x);
    let a = (x + alpha).into_affine();
    forged(ArkKey { beta_g2: gamma, ..key.clone() }, a, sum(gamma, delta), a);
    let c = (x - alpha.into_group()).into_affine();
    forged(ArkKey { beta_g2: delta, ..key.clone() }, x, sum(gamma, delta), c);
    // A key without any contribution, as circuits begin a ceremony.
    let one = G2Affine::generator();
    let initial = ArkKey { gamma_g2: one, delta_g2: one, ..key.clone() };
    forged(initial, alpha, beta, -x);
    for key in [
        ArkKey { delta_g2: one, ..key.clone() },
        ArkKey { delta_g2: -one, ..key.clone() },
        ArkKey { beta_g2: one, ..key.clone() },
    ] {
        assert_eq!(refused(&key), Code::UnsoundKey);
    }
    // Ceremony keys have the generator as gamma.
    let ceremony = VerifyingKey::try_from(&ArkKey { gamma_g2: one, ..key.clone() }).unwrap();
    assert_eq!(VerifyingKey::from_bytes(&ceremony.to_bytes()).unwrap(), ceremony);
}

#[test]
fn identity_points_in_keys_are_refused() {
    let key = ArkKey::from(&Toy::new(2).verifying_key());
    let (g1, g2) = (G1Affine::zero(), G2Affine::zero());
    let mut keys = vec![
        ArkKey { alpha_g1: g1, ..key.clone() },
        ArkKey { beta_g2: g2, ..key.clone() },
        ArkKey { gamma_g2: g2, ..key.clone() },
        ArkKey { delta_g2: g2, ..key.clone() },
    ];
    for i in 0..3 {
        let mut key = key.clone();
        key.gamma_abc_g1[i] = g1;
        keys.push(key);
    }
    for key in keys {
        assert_eq!(refused(&key), Code::UnsoundKey);
    }
}

#[test]
fn keys_of_other_lengths_are_refused() {
    let key = Toy::new(2).verifying_key();
    let bytes = key.to_bytes();
    assert_eq!(VerifyingKey::from_bytes(&bytes).unwrap(), key);
    for n in 0..bytes.len() {
        match VerifyingKey::from_bytes(&bytes[..n]) {
            // Whole points fewer make a key for fewer inputs; key files compare their number with the shape.
            Ok(shorter) => assert_eq!((bytes.len() - n) / 32, 2 - shorter.public_inputs()),
            Err(e) => assert_eq!(e.code(), Code::BadPoint),
        }
    }
    assert_eq!(code(VerifyingKey::from_bytes(&[&bytes[..], &[0]].concat())), Code::BadPoint);
    assert_eq!(code(VerifyingKey::from_bytes(&bytes[..224])), Code::BadPoint);
}

#[test]
fn proofs_have_one_encoding() {
    let mut toy = Toy::new(1);
    let (_, proof) = toy.prove();
    let bytes = proof.to_bytes();
    assert_eq!(Proof::from_bytes(&bytes).unwrap(), proof);
    for n in (0..128).chain([129, 256]) {
        let mut other = bytes.to_vec();
        other.resize(n, 0);
        assert_eq!(code(Proof::from_bytes(&other)), Code::BadPoint, "{n}");
    }
    let identity_g1 = {
        let mut p = [0; 32];
        p[31] = 0x40;
        p
    };
    let mut junk = identity_g1;
    junk[0] = 1;
    let mut both_flags = identity_g1;
    both_flags[31] = 0xc0;
    for at in [0, 96] {
        for point in [identity_g1, junk, both_flags, [0xff; 32]] {
            let mut other = bytes;
            other[at..at + 32].copy_from_slice(&point);
            assert_eq!(code(Proof::from_bytes(&other)), Code::BadPoint);
        }
    }
    for first in [0, 1] {
        let mut other = bytes;
        other[32..96].fill(0);
        (other[32], other[95]) = (first, 0x40);
        assert_eq!(code(Proof::from_bytes(&other)), Code::BadPoint);
    }
}

#[test]
fn coordinates_at_or_above_the_modulus_are_refused() {
    let mut toy = Toy::new(1);
    let (_, proof) = toy.prove();
    let flags = proof.to_bytes()[31] & 0xc0;
    let mut wide = G1Affine::from(proof.a).x().unwrap().into_bigint();
    // x + q is below 2^256 but runs into the flag bits for most x; where it does not, it must be refused all the same.
    wide.add_with_carry(&ark_bn254::Fq::MODULUS);
    let mut bytes = proof.to_bytes();
    bytes[..32].copy_from_slice(&wide.to_bytes_le());
    bytes[31] = bytes[31] & 0x3f | flags;
    assert_ne!(Proof::from_bytes(&bytes), Ok(proof.clone()));
    let mut bytes = proof.to_bytes();
    bytes[..32].copy_from_slice(&ark_bn254::Fq::MODULUS.to_bytes_le());
    assert_eq!(code(Proof::from_bytes(&bytes)), Code::BadPoint);
}

#[test]
fn points_off_the_subgroup_are_refused() {
    let mut toy = Toy::new(1);
    let (_, proof) = toy.prove();
    let candidates = (1_u64..).filter_map(|n| {
        G2Affine::get_point_from_x_unchecked(ark_bn254::Fq2::new(n.into(), 0.into()), false)
    });
    let mut found = 0;
    for point in candidates.take(8) {
        assert!(point.is_on_curve());
        if point.is_in_correct_subgroup_assuming_on_curve() {
            continue;
        }
        found += 1;
        let mut encoded = Vec::new();
        point.serialize_compressed(&mut encoded).unwrap();
        let mut bytes = proof.to_bytes();
        bytes[32..96].copy_from_slice(&encoded);
        assert_eq!(code(Proof::from_bytes(&bytes)), Code::BadPoint);
    }
    assert!(found > 0);
    // An x of G1 without a y.
    let none = (1_u64..)
        .map(ark_bn254::Fq::from)
        .find(|x| (x.square() * x + ark_bn254::Fq::from(3)).sqrt().is_none());
    let mut bytes = proof.to_bytes();
    bytes[..32].copy_from_slice(&none.unwrap().into_bigint().to_bytes_le());
    assert_eq!(code(Proof::from_bytes(&bytes)), Code::BadPoint);
}

#[test]
fn proofs_can_be_re_randomised() {
    // Known of Groth16, and why nothing may be keyed on proof bytes.
    let mut toy = Toy::new(2);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let (inputs, proof) = toy.prove();
    let s = F::from(12_345);
    let ArkProof { a, b, c } = (&proof).into();
    let inverse = s.inverse().unwrap();
    let scaled = ArkProof { a: (a * s).into_affine(), b: (b * inverse).into_affine(), c };
    let negated = ArkProof { a: -a, b: -b, c };
    for other in [scaled, negated] {
        let other = Proof::try_from(other).unwrap();
        assert_ne!(other.to_bytes(), proof.to_bytes());
        assert_eq!(key.verify(&inputs, &other), Ok(()));
    }
}

/// Of the batch, which verify; and each verdict is the one that the proof has alone.
fn batch(key: &PreparedVerifyingKey, proofs: &[(Vec<F>, Proof)]) -> Vec<bool> {
    let verdicts = key.verify_batch(proofs);
    let alone: Vec<_> = proofs.iter().map(|(inputs, proof)| key.verify(inputs, proof)).collect();
    assert_eq!(verdicts, alone);
    verdicts.iter().map(Result::is_ok).collect()
}

#[test]
fn batches_have_the_verdicts_of_their_proofs() {
    let mut toy = Toy::new(3);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let good: Vec<_> = (0..64).map(|_| toy.prove()).collect();
    assert!(batch(&key, &[]).is_empty());
    for n in [1, 2, 3, 64] {
        assert!(key.all_hold(&good[..n]));
        assert_eq!(batch(&key, &good[..n]), vec![true; n]);
    }
    let same = vec![good[0].clone(); 5];
    assert!(key.all_hold(&same));
    assert_eq!(batch(&key, &same), [true; 5]);
    for at in [0, 1, 6, 7] {
        let mut proofs = good[..8].to_vec();
        proofs[at].0[1] += F::one();
        assert!(!key.all_hold(&proofs));
        let expected: Vec<bool> = (0..8).map(|i| i != at).collect();
        assert_eq!(batch(&key, &proofs), expected);
    }
    let bad: Vec<_> =
        good.iter().cloned().map(|(x, proof)| (vec![-x[0], x[1], x[2]], proof)).collect();
    assert!(!key.all_hold(&bad));
    assert_eq!(batch(&key, &bad[..9]), [false; 9]);
    let short = vec![good[0].clone(), (vec![F::one(); 2], good[1].1.clone())];
    assert_eq!(batch(&key, &short), [true, false]);
    assert_eq!(code(key.verify_batch(&short).remove(1)), Code::InputCount);
}

/// Proofs that are wrong by opposite amounts: a sum without coefficients would take them.
#[test]
fn faults_do_not_cancel_out() {
    let mut toy = Toy::new(2);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let (first, second) = (toy.prove(), toy.prove());
    let by = |(inputs, proof): &(Vec<F>, Proof), s: F| {
        let ArkProof { a, b, c } = proof.into();
        let c = (c + G1Affine::generator() * s).into_affine();
        (inputs.clone(), Proof::try_from(ArkProof { a, b, c }).unwrap())
    };
    let s = F::from(99);
    let proofs = [by(&first, s), by(&second, -s)];
    // The plain product of both equations does hold.
    let negated = |p: G1| -Projective::from(p);
    let total = proofs
        .iter()
        .map(|(x, _)| x)
        .fold(vec![F::zero(); 2], |sum, x| vec![sum[0] + x[0], sum[1] + x[1]]);
    let product = pairing(&[
        (proofs[0].1.a.into(), &proofs[0].1.b),
        (proofs[1].1.a.into(), &proofs[1].1.b),
        (-key.combined(F::from(2), &total), &key.gamma),
        (negated(proofs[0].1.c), &key.delta),
        (negated(proofs[1].1.c), &key.delta),
    ]);
    let opposite = final_exponentiation(key.alpha_beta * key.alpha_beta);
    assert_eq!(product * opposite, Fq12::ONE);
    assert!(!key.all_hold(&proofs));
    assert_eq!(batch(&key, &proofs), [false, false]);
}

#[test]
fn coefficients_depend_on_all_that_is_checked() {
    let mut toy = Toy::new(2);
    let key = PreparedVerifyingKey::from(&toy.verifying_key());
    let other = PreparedVerifyingKey::from(&Toy::new(3).verifying_key());
    let proofs = [toy.prove(), toy.prove()];
    let drawn = key.coefficients(&proofs);
    assert_eq!(drawn, key.coefficients(&proofs));
    assert_ne!(drawn[0], drawn[1]);
    let mut seen = vec![drawn, other.coefficients(&proofs)];
    let mut swapped = proofs.clone();
    swapped.swap(0, 1);
    seen.push(key.coefficients(&swapped));
    for i in 0..2 {
        let mut changed = proofs.clone();
        changed[i].0[1] += F::one();
        seen.push(key.coefficients(&changed));
        let mut changed = proofs.clone();
        changed[i].1.c = changed[i].1.a;
        seen.push(key.coefficients(&changed));
    }
    for i in 0..seen.len() {
        for j in 0..i {
            assert!(seen[i].iter().zip(&seen[j]).all(|(a, b)| a != b), "{i} {j}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 128)) {
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            prop_assert_eq!(&proof.to_bytes()[..], &bytes[..]);
        }
    }
}
