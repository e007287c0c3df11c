//! Proof bytes that are no proof, or the proof of nothing.

use crate::book::{Book, Change};
use crate::claims::Goods;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use wattproof_circuits::error::Code;
use wattproof_tests::Any;
use wattproof_tests::forge::{
    KeyPoints, Points, bytes_of, identity, off_curve, off_subgroup, with_proof,
};

/// All of them, on the day's claim.
pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    let day = &goods.day;
    let points = Points::of(&day.bundle)?;
    let good = points.bytes();
    let put = |at: usize, part: &[u8]| {
        let mut bytes = good.clone();
        bytes[at..at + part.len()].copy_from_slice(part);
        bytes
    };
    let modulus = ark_bn254::Fq::from(-1i64);
    let mut modulus = bytes_of(&modulus);
    // The field's modulus is odd, and so one above the bytes of minus one.
    modulus[0] += 1;
    let mut other_sign = good[..32].to_vec();
    other_sign[31] ^= 0xc0;
    let bad = [
        ("a-off-curve", "A's x has no y.", put(0, &off_curve()?)),
        ("c-off-curve", "C's x has no y.", put(96, &off_curve()?)),
        (
            "b-off-subgroup",
            "B is on the twist, but not in the subgroup.",
            put(32, &off_subgroup()?),
        ),
        ("a-identity", "A is the identity.", put(0, &identity(32, 0))),
        ("b-identity", "B is the identity.", put(32, &identity(64, 0))),
        ("c-identity", "C is the identity.", put(96, &identity(32, 0))),
        (
            "all-identity",
            "Three identities.",
            [identity(32, 0), identity(64, 0), identity(32, 0)].concat(),
        ),
        ("a-junk-under-infinity", "Bytes under the infinity flag.", put(0, &identity(32, 1))),
        ("b-junk-under-infinity", "Bytes under the infinity flag.", put(32, &identity(64, 1))),
        ("a-both-flags", "Infinity and a sign.", put(0, &other_flags(&good))),
        (
            "a-x-aliased",
            "A's x plus the modulus: the same point, spelt otherwise.",
            points.with_aliased_x()?,
        ),
        ("a-x-modulus", "A's x is the modulus.", put(0, &modulus)),
        ("b-x-modulus", "The second half of B's x is the modulus.", put(64, &modulus)),
        ("proof-zero", "All bytes zero.", vec![0; 128]),
        ("proof-ones", "All bits one.", vec![0xff; 128]),
        ("proof-short", "A byte too few.", good[..127].to_vec()),
        ("proof-long", "A byte too many.", [&good[..], &[0]].concat()),
        ("proof-empty", "No bytes.", vec![]),
        ("proof-uncompressed", "Twice the length.", vec![1; 256]),
    ];
    for (name, why, bytes) in bad {
        let case = day.case(name, why).bundle(with_proof(&day.bundle, &bytes)?);
        book.add(case.refused(Code::BadPoint))?;
    }

    let key = KeyPoints::of(&day.file)?;
    let combined = key.combined(&day.bundle.statement.to_public_inputs());
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let plus = |point: G1Affine| (point + g1).into_affine();
    let invalid = [
        ("a-negated", "A negated alone.", Points { a: -points.a, ..points }),
        ("b-negated", "B negated alone.", Points { b: -points.b, ..points }),
        ("c-negated", "C negated alone.", Points { c: -points.c, ..points }),
        ("a-and-c-swapped", "A and C exchanged.", Points { a: points.c, c: points.a, ..points }),
        ("c-shifted", "C plus the generator.", Points { c: plus(points.c), ..points }),
        ("generators", "Three generators.", Points { a: g1, b: g2, c: g1 }),
        (
            "key-as-proof",
            "A = alpha, B = beta: forges under keys with gamma = delta, not here.",
            Points { a: key.alpha, b: key.beta, c: -combined },
        ),
    ];
    for (name, why, points) in invalid {
        let case = day.case(name, why).bundle(with_proof(&day.bundle, &points.bytes())?);
        book.add(case.refused(Code::ProofInvalid))?;
    }
    Ok(())
}

fn other_flags(good: &[u8]) -> Vec<u8> {
    let mut bytes = good[..32].to_vec();
    bytes[31] |= 0xc0;
    bytes
}
