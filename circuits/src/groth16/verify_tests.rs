#![allow(clippy::unwrap_used)]

use super::super::toy::Toy;
use super::*;
use ark_ff::{AdditiveGroup, BigInteger, Field, One, Zero};
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;

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
    let swapped = Proof { a: proof.c, c: proof.a, ..proof };
    assert_eq!(code(key.verify(&inputs, &swapped)), Code::ProofInvalid);
    let small = toy.prove_inputs(&[F::zero(); INPUTS]);
    assert_eq!(key.verify(&[F::zero(); INPUTS], &small), Ok(()));
}

#[test]
fn agrees_with_ark_groth16() {
    let mut toy = Toy::new(3);
    let theirs = ark_groth16::prepare_verifying_key(&toy.key.vk);
    let ours = PreparedVerifyingKey::from(&toy.verifying_key());
    let (inputs, proof) = toy.prove();
    let their_proof = ark_groth16::Proof::<Bn254> { a: proof.a, b: proof.b, c: proof.c };
    for inputs in [inputs.clone(), vec![F::one(); 3]] {
        let verdict = ark_groth16::Groth16::<Bn254>::verify_proof(&theirs, &their_proof, &inputs);
        assert_eq!(ours.verify(&inputs, &proof).is_ok(), verdict.unwrap());
    }
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

/// What `new` would refuse, to show that the refusal is needed.
fn unsound(key: VerifyingKey) -> PreparedVerifyingKey {
    PreparedVerifyingKey::from(&key)
}

fn refused(key: &VerifyingKey) -> Code {
    let by_bytes = code(VerifyingKey::from_bytes(&key.to_bytes()));
    let VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 } = key.clone();
    let by_points = code(VerifyingKey::new(alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1));
    assert_eq!(by_bytes, by_points);
    by_bytes
}

#[test]
fn keys_that_let_anyone_forge_are_refused() {
    let key = Toy::new(2).verifying_key();
    let inputs = [F::from(5), F::from(6)];
    let x = linear_combination(key.gamma_abc_g1[0], &key.gamma_abc_g1[1..], &inputs);
    let x = x.into_affine();
    let (alpha, beta, gamma, delta) = (key.alpha_g1, key.beta_g2, key.gamma_g2, key.delta_g2);
    let sum = |p: G2Affine, q: G2Affine| (p + q).into_affine();
    let forged = |key: VerifyingKey, a: G1Affine, b: G2Affine, c: G1Affine| {
        let proof = Proof::new(a, b, c).unwrap();
        assert_eq!(unsound(key.clone()).verify(&inputs, &proof), Ok(()), "the forgery works");
        assert_eq!(refused(&key), Code::UnsoundKey);
    };

    forged(VerifyingKey { delta_g2: gamma, ..key.clone() }, alpha, beta, -x);
    forged(VerifyingKey { delta_g2: -gamma, ..key.clone() }, alpha, beta, x);
    let a = (x + alpha).into_affine();
    forged(VerifyingKey { beta_g2: gamma, ..key.clone() }, a, sum(gamma, delta), a);
    let c = (x - alpha.into_group()).into_affine();
    forged(VerifyingKey { beta_g2: delta, ..key.clone() }, x, sum(gamma, delta), c);
    // A key without any contribution, as circuits begin a ceremony.
    let one = G2Affine::generator();
    let initial = VerifyingKey { gamma_g2: one, delta_g2: one, ..key.clone() };
    forged(initial, alpha, beta, -x);
    for key in [
        VerifyingKey { delta_g2: one, ..key.clone() },
        VerifyingKey { delta_g2: -one, ..key.clone() },
        VerifyingKey { beta_g2: one, ..key.clone() },
    ] {
        assert_eq!(refused(&key), Code::UnsoundKey);
    }
    // Ceremony keys have the generator as gamma.
    let ceremony = VerifyingKey { gamma_g2: one, ..key.clone() };
    assert_eq!(VerifyingKey::from_bytes(&ceremony.to_bytes()).unwrap(), ceremony);
}

#[test]
fn identity_points_in_keys_are_refused() {
    let key = Toy::new(2).verifying_key();
    let (g1, g2) = (G1Affine::zero(), G2Affine::zero());
    let mut keys = vec![
        VerifyingKey { alpha_g1: g1, ..key.clone() },
        VerifyingKey { beta_g2: g2, ..key.clone() },
        VerifyingKey { gamma_g2: g2, ..key.clone() },
        VerifyingKey { delta_g2: g2, ..key.clone() },
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
    let mut wide = proof.a.x().unwrap().into_bigint();
    // x + q is below 2^256 but runs into the flag bits for most x; where it does not, it must be refused all the same.
    wide.add_with_carry(&ark_bn254::Fq::MODULUS);
    let mut bytes = proof.to_bytes();
    bytes[..32].copy_from_slice(&wide.to_bytes_le());
    bytes[31] = bytes[31] & 0x3f | flags;
    assert_ne!(Proof::from_bytes(&bytes), Ok(proof));
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
    let scaled = Proof {
        a: (proof.a * s).into_affine(),
        b: (proof.b * s.inverse().unwrap()).into_affine(),
        c: proof.c,
    };
    let negated = Proof { a: -proof.a, b: -proof.b, ..proof };
    for other in [scaled, negated] {
        assert_ne!(other.to_bytes(), proof.to_bytes());
        assert_eq!(key.verify(&inputs, &other), Ok(()));
    }
}

#[test]
fn linear_combinations_are_what_they_say() {
    let bases: Vec<G1Affine> =
        (2_u64..6).map(|i| (G1Affine::generator() * F::from(i)).into_affine()).collect();
    for scalars in [
        vec![],
        vec![F::zero()],
        vec![F::one(), F::zero(), -F::one()],
        vec![-F::one(); 4],
        vec![F::from(u64::MAX), F::from(3), F::zero(), F::from(1_u128 << 100)],
    ] {
        let sum = linear_combination(bases[0], &bases[..scalars.len()], &scalars);
        let naive = bases.iter().zip(&scalars).fold(G1Projective::ZERO, |sum, (b, s)| sum + *b * s);
        assert_eq!(sum, naive + bases[0]);
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
