//! Reading and verifying against arkworks, on what is right, nearly right and wrong.

#![allow(clippy::unwrap_used)]

use super::encoding::{Reader, write_g1, write_g2};
use super::toy::Toy;
use super::{PreparedVerifyingKey, Proof, VerifyingKey};
use crate::error::{Code, Error};
use crate::hash::F;
use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_groth16::Groth16;
use ark_serialize::CanonicalSerialize;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Random cases of a property: `WATTPROOF_CASES` in long campaigns.
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("WATTPROOF_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(few))
}

/// What arkworks reads, if it writes the same again; else how the refusal ends.
fn theirs<P: AffineRepr>(bytes: &[u8]) -> Result<P, &'static str> {
    let point =
        P::deserialize_compressed(bytes).map_err(|_| "is not a point of the curve's subgroup.")?;
    let mut again = Vec::new();
    point.serialize_compressed(&mut again).unwrap();
    if again == bytes { Ok(point) } else { Err("is not canonically encoded.") }
}

fn refusal(error: Error) -> String {
    assert_eq!(error.code(), Code::BadPoint);
    error.message().strip_prefix("x ").unwrap().to_owned()
}

fn agree_g1(bytes: &[u8; 32]) {
    let ours = Reader::new(bytes).g1("x").map_err(refusal);
    if let Ok(point) = &ours {
        let mut again = Vec::new();
        write_g1(point, &mut again);
        assert_eq!(again, bytes);
    }
    assert_eq!(ours.map(G1Affine::from), theirs(bytes).map_err(str::to_owned), "{bytes:?}");
}

fn agree_g2(bytes: &[u8; 64]) {
    let ours = Reader::new(bytes).g2("x").map_err(refusal);
    if let Ok(point) = &ours {
        let mut again = Vec::new();
        write_g2(point, &mut again);
        assert_eq!(again, bytes);
    }
    let ours = ours.map(|point| G2Affine::from(&point));
    assert_eq!(ours, theirs(bytes).map_err(str::to_owned), "{bytes:?}");
}

fn compressed<const N: usize>(point: &impl CanonicalSerialize) -> [u8; N] {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes.try_into().unwrap()
}

/// The bytes with every setting of the two flags.
fn flagged<const N: usize>(bytes: [u8; N]) -> [[u8; N]; 4] {
    [0, 0x40, 0x80, 0xc0].map(|flags| {
        let mut bytes = bytes;
        bytes[N - 1] = bytes[N - 1] & 0x3f | flags;
        bytes
    })
}

#[test]
fn edges_are_read_alike() {
    let mut integers: Vec<[u8; 32]> = vec![[0; 32], [0xff; 32]];
    let mut x = Fq::MODULUS;
    x.sub_with_borrow(&Fq::from(3).into_bigint());
    for _ in 0..6 {
        integers.push(x.to_bytes_le().try_into().unwrap());
        x.add_with_carry(&Fq::from(1).into_bigint());
    }
    for n in 1_u64..40 {
        integers.push(Fq::from(n).into_bigint().to_bytes_le().try_into().unwrap());
    }
    for x in &integers {
        flagged(*x).iter().for_each(agree_g1);
        for y in &integers[..9] {
            for bytes in [[*x, *y].concat(), [*y, *x].concat()] {
                flagged(<[u8; 64]>::try_from(bytes).unwrap()).iter().for_each(agree_g2);
            }
        }
    }
}

type Proved = (Vec<F>, Proof);

static TOY: LazyLock<(VerifyingKey, Vec<Proved>)> = LazyLock::new(|| {
    let mut toy = Toy::new(5);
    let proofs = (0..4).map(|_| toy.prove()).collect();
    (toy.verifying_key(), proofs)
});

/// What is changed in a proof that holds.
#[derive(Clone, Debug)]
enum Change {
    Nothing,
    Input(usize, u64),
    NegatedInput(usize),
    SwappedInputs(usize, usize),
    /// A, B and C times these: verifies for `(s, 1/s, 1)` only.
    Scaled(u64, u64, u64),
    ReRandomised(u64),
    OfAnother,
    SwappedPoints,
    Key(usize, u64),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Nothing),
        (0_usize..5, any::<u64>()).prop_map(|(i, x)| Change::Input(i, x)),
        (0_usize..5).prop_map(Change::NegatedInput),
        (0_usize..5, 0_usize..5).prop_map(|(i, j)| Change::SwappedInputs(i, j)),
        (1_u64..3, 1_u64..3, 1_u64..3).prop_map(|(a, b, c)| Change::Scaled(a, b, c)),
        (1..u64::MAX).prop_map(Change::ReRandomised),
        Just(Change::OfAnother),
        Just(Change::SwappedPoints),
        (0_usize..10, 2..u64::MAX).prop_map(|(i, s)| Change::Key(i, s)),
    ]
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn any_x_is_read_alike(mut g1 in any::<[u8; 32]>(), mut g2 in any::<[[u8; 32]; 2]>()) {
        flagged(g1).iter().for_each(agree_g1);
        // Most random numbers are above the modulus: below it there is more to see.
        g1[31] &= 0x1f;
        flagged(g1).iter().for_each(agree_g1);
        g2[0][31] &= 0x1f;
        g2[1][31] &= 0x1f;
        flagged(<[u8; 64]>::try_from(g2.concat()).unwrap()).iter().for_each(agree_g2);
    }

    #[test]
    fn points_and_points_with_a_bit_changed_are_read_alike(n in any::<u64>(), bit in 0_usize..512) {
        let g1 = (G1Projective::generator() * F::from(n)).into_affine();
        let g2 = (G2Projective::generator() * F::from(n)).into_affine();
        let off = G2Affine::get_point_from_x_unchecked(Fq2::new(n.into(), Fq::from(bit as u64)), n & 1 == 0);
        for point in [Some(g2), off].into_iter().flatten() {
            let mut bytes = compressed(&point);
            flagged(bytes).iter().for_each(agree_g2);
            bytes[bit / 8] ^= 1 << (bit % 8);
            flagged(bytes).iter().for_each(agree_g2);
        }
        let mut bytes = compressed(&g1);
        flagged(bytes).iter().for_each(agree_g1);
        bytes[bit / 8 % 32] ^= 1 << (bit % 8);
        flagged(bytes).iter().for_each(agree_g1);
    }

    #[test]
    fn verdicts_agree(which in 0_usize..4, change in change()) {
        let (key, proofs) = &*TOY;
        let mut key: ark_groth16::VerifyingKey<Bn254> = key.into();
        let (mut inputs, proof) = proofs[which].clone();
        let mut proof: ark_groth16::Proof<Bn254> = (&proof).into();
        let mut expected = None;
        match change {
            Change::Nothing => expected = Some(true),
            Change::Input(i, x) => inputs[i] += F::from(x),
            Change::NegatedInput(i) => inputs[i] = -inputs[i],
            Change::SwappedInputs(i, j) => {
                inputs.swap(i, j);
                expected = Some(i == j);
            }
            Change::Scaled(a, b, c) => {
                proof.a = (proof.a * F::from(a)).into_affine();
                proof.b = (proof.b * F::from(b)).into_affine();
                proof.c = (proof.c * F::from(c)).into_affine();
                expected = Some((a, b, c) == (1, 1, 1));
            }
            Change::ReRandomised(s) => {
                proof.a = (proof.a * F::from(s)).into_affine();
                proof.b = (proof.b * F::from(s).inverse().unwrap()).into_affine();
                expected = Some(true);
            }
            Change::OfAnother => {
                proof = (&proofs[(which + 1) % 4].1).into();
                expected = Some(false);
            }
            Change::SwappedPoints => {
                std::mem::swap(&mut proof.a, &mut proof.c);
                expected = Some(false);
            }
            Change::Key(i, s) => {
                let s = F::from(s);
                match i {
                    0 => key.alpha_g1 = (key.alpha_g1 * s).into_affine(),
                    1 => key.beta_g2 = (key.beta_g2 * s).into_affine(),
                    2 => key.gamma_g2 = (key.gamma_g2 * s).into_affine(),
                    3 => key.delta_g2 = (key.delta_g2 * s).into_affine(),
                    i => {
                        let point = &mut key.gamma_abc_g1[i - 4];
                        *point = (*point * s).into_affine();
                    }
                }
                expected = Some(false);
            }
        }
        let theirs = Groth16::<Bn254>::verify_proof(&ark_groth16::prepare_verifying_key(&key), &proof, &inputs);
        let key = PreparedVerifyingKey::from(&VerifyingKey::try_from(&key).unwrap());
        let ours = key.verify(&inputs, &Proof::try_from(proof).unwrap());
        prop_assert_eq!(ours.is_ok(), theirs.unwrap());
        prop_assert!(expected.is_none_or(|expected| expected == ours.is_ok()));
        prop_assert!(ours.is_ok() || ours.unwrap_err().code() == Code::ProofInvalid);
    }
}
