//! Keys that are damaged, not leave for, or with which anyone can forge. Their fingerprints fit unless said otherwise, and the
//! profile pins them, so that nothing but the key itself is wrong.

use crate::book::{Book, Change, Good};
use crate::claims::Goods;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Digest, Setup};
use wattproof_circuits::hash::F;
use wattproof_tests::Any;
use wattproof_tests::forge::{KeyPoints, Points, key_file, off_subgroup, swap, with_proof};
use wattproof_tests::vector::Case;

/// All of them, on the small claim.
pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { small, day, month, .. } = goods;
    let why = "Development keys are refused unless allowed by name.";
    book.add(day.case("dev-key", why).strict().refused(Code::DevKey))?;
    book.add(month.case("dev-key-month", why).strict().refused(Code::DevKey))?;
    book.add(small.case("dev-key-alone", why).alone().strict().refused(Code::DevKey))?;
    unsound(book, small)?;
    damaged(book, small, day)
}

fn unsound(book: &mut Book, small: &Good) -> Any<()> {
    let key = KeyPoints::of(&small.file)?;
    // Another total, forged: what would be accepted if the key were.
    let mut claimed = small.bundle.clone();
    claimed.statement.outputs[0] = F::from(49_999);
    let x = key.combined(&claimed.statement.to_public_inputs());
    let sum = |p: G2Affine, q: G2Affine| (p + q).into_affine();
    let (one, g1, g2) = (G2Affine::generator(), G1Affine::identity(), G2Affine::identity());
    let (alpha, beta, gamma, delta) = (key.alpha, key.beta, key.gamma, key.delta);
    let forgery = Points { a: alpha, b: beta, c: -x };
    let shifted = (x + alpha).into_affine();
    let rest = (x - alpha.into_group()).into_affine();
    let forged = [
        ("gamma-is-delta", KeyPoints { delta: gamma, ..key.clone() }, forgery),
        (
            "gamma-is-minus-delta",
            KeyPoints { delta: -gamma, ..key.clone() },
            Points { c: x, ..forgery },
        ),
        ("gamma-and-delta-generator", KeyPoints { gamma: one, delta: one, ..key.clone() }, forgery),
        (
            "beta-is-gamma",
            KeyPoints { beta: gamma, ..key.clone() },
            Points { a: shifted, b: sum(gamma, delta), c: shifted },
        ),
        (
            "beta-is-delta",
            KeyPoints { beta: delta, ..key.clone() },
            Points { a: x, b: sum(gamma, delta), c: rest },
        ),
    ];
    for (name, points, proof) in forged {
        let why = "With this key anyone can forge; the proof is such a forgery.";
        let bundle = with_proof(&claimed, &proof.bytes())?;
        let case = pinned(small, name, why, &points.bytes())?.bundle(bundle);
        book.add(case.refused(Code::UnsoundKey))?;
    }
    let mut loose = key.clone();
    loose.inputs[6] = g1;
    let odd = [
        ("delta-generator", KeyPoints { delta: one, ..key.clone() }),
        ("alpha-identity", KeyPoints { alpha: g1, ..key.clone() }),
        ("beta-identity", KeyPoints { beta: g2, ..key.clone() }),
        ("gamma-identity", KeyPoints { gamma: g2, ..key.clone() }),
        ("delta-identity", KeyPoints { delta: g2, ..key.clone() }),
        ("output-identity", loose),
    ];
    for (name, points) in odd {
        let why = "Nobody contributed, or a point binds nothing.";
        let case = pinned(small, name, why, &points.bytes())?;
        book.add(case.refused(Code::UnsoundKey))?;
    }
    Ok(())
}

/// A case with these key bytes under a fitting fingerprint, which the profile pins.
fn pinned(good: &Good, name: &str, why: &str, key: &[u8]) -> Any<Case> {
    let (text, fingerprint) = key_file(&good.file, key, Setup::Dev {})?;
    let mut profile = good.profile.clone();
    profile.key_fingerprint = Digest::parse(&fingerprint)?;
    Ok(good.case(&format!("key-{name}"), why).key(text).profile(profile.to_json()))
}

fn damaged(book: &mut Book, small: &Good, day: &Good) -> Any<()> {
    let bytes = small.file.key().to_bytes();
    let mut aliased = bytes.clone();
    aliased[96..160].copy_from_slice(&off_subgroup()?);
    for (name, why, code, key) in [
        ("gamma-off-subgroup", "Gamma is not in the subgroup.", Code::BadPoint, aliased),
        ("trailing-byte", "A byte too many.", Code::BadPoint, [&bytes[..], &[0]].concat()),
        ("cut", "Half a point.", Code::BadPoint, bytes[..bytes.len() - 16].to_vec()),
        ("no-inputs", "Not even a point for one.", Code::BadPoint, bytes[..224].to_vec()),
        ("empty", "No bytes.", Code::BadPoint, vec![]),
        (
            "input-fewer",
            "An input fewer than the shape has.",
            Code::InputCount,
            bytes[..bytes.len() - 32].to_vec(),
        ),
        (
            "input-more",
            "An input more than the shape has.",
            Code::InputCount,
            [&bytes[..], &bytes[224..256]].concat(),
        ),
    ] {
        book.add(pinned(small, name, why, &key)?.refused(code))?;
    }

    let json = small.file.to_json();
    let (id, print) = (small.file.circuit_id().to_string(), small.file.fingerprint().to_string());
    let other = "03".repeat(32);
    for (name, why, code, from, to) in [
        (
            "other-circuit-id",
            "Another circuit's name.",
            Code::KeyDigest,
            id.as_str(),
            other.as_str(),
        ),
        ("other-fingerprint", "Another fingerprint.", Code::KeyDigest, &print, &other),
        (
            "other-shape",
            "A narrower shape.",
            Code::KeyDigest,
            "\"value_bits\": 16",
            "\"value_bits\": 15",
        ),
        (
            "stamped-ceremony",
            "A development key restamped.",
            Code::KeyDigest,
            "\"status\": \"dev\"",
            &format!("\"status\": \"ceremony\", \"contributions\": 9, \"transcript\": \"{other}\""),
        ),
        (
            "version",
            "A version to come.",
            Code::UnknownVersion,
            "verifying-key/1",
            "verifying-key/2",
        ),
        (
            "unknown-member",
            "A member that does not exist.",
            Code::Malformed,
            "\"shape\"",
            "\"note\": 1, \"shape\"",
        ),
        (
            "unknown-setup",
            "A setup that does not exist.",
            Code::Malformed,
            "\"dev\"",
            "\"trusted\"",
        ),
        ("padded", "Base64 with padding.", Code::Malformed, "\"key\": \"", "\"key\": \"=="),
        ("upper-case", "Upper-case hex.", Code::Malformed, &id, &id.to_uppercase()),
        (
            "repeated-member",
            "A member twice.",
            Code::Malformed,
            "\"shape\"",
            "\"setup\": {\"status\": \"dev\"}, \"shape\"",
        ),
        (
            "dev-with-contributions",
            "A member of another setup.",
            Code::Malformed,
            "\"status\": \"dev\"",
            "\"status\": \"dev\", \"contributions\": 1",
        ),
    ] {
        let text = swap(&json, from, to).map_err(|e| format!("{name}: {e}"))?;
        book.add(small.case(&format!("key-{name}"), why).key(text).refused(code))?;
    }
    let cut = json[..json.len() / 2].to_owned();
    book.add(small.case("key-truncated", "Cut short.").key(cut).refused(Code::Malformed))?;
    let large = json.clone() + &" ".repeat((64 << 10) + 1 - json.len());
    let why = "Longer than a key file may be.";
    book.add(small.case("key-too-large", why).key(large).refused(Code::TooLarge))?;
    let why = "A bundle in place of the key.";
    let bundle = small.bundle.to_json();
    book.add(small.case("key-is-a-bundle", why).key(bundle).refused(Code::UnknownVersion))?;
    let mut case = day.case("key-of-another-circuit", "A good key, but not the pinned one.");
    case.key = Some(small.key.clone());
    book.add(case.refused(Code::WrongKey))
}
