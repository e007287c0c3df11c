//! The ways in which a claim is altered: its proof's points and their bytes, its statement with a profile that follows, its key with
//! a fingerprint that follows, and the files' characters.

use super::Subject;
use crate::Any;
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{PrimeField, UniformRand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::{Value, json};
use wattproof_circuits::format::{Bundle, Profile, Setup};
use wattproof_circuits::hash::F;
use wattproof_tests::forge::{KeyPoints, Points, identity, key_file};

/// A claim made from a good one.
#[derive(Clone, Debug)]
pub struct Altered {
    /// The way's name.
    pub kind: &'static str,
    /// The key's file, where it is not the subject's.
    pub key: Option<String>,
    /// The profile's file, where it is not the subject's.
    pub profile: Option<String>,
    /// The bundle's file.
    pub bundle: String,
    /// Whether it must be accepted, as it is another proof of the same.
    pub holds: bool,
}

/// How many ways there are.
pub const WAYS: usize = KINDS.len();

/// Their names, in the order of [`alter`].
pub const KINDS: [&str; 34] = [
    "nothing changed: holds",
    "scaled: holds",
    "re-randomised: holds",
    "points negated",
    "a point times something",
    "proof of another claim",
    "a point of another proof",
    "A and C swapped",
    "random points",
    "C shifted",
    "B off the subgroup",
    "B plus a point outside the subgroup",
    "a bit of the proof",
    "a coordinate plus p",
    "random bytes for a proof",
    "identity",
    "alpha, beta, minus the inputs",
    "another nullifier",
    "another output",
    "outputs swapped or another number of them",
    "another root, and the profile's",
    "another context, and the profile's",
    "another policy, and the profile's",
    "another period, and the profile's",
    "nullifier and root swapped, and the profile's",
    "an element plus r",
    "a point of the key times something",
    "points of the key swapped",
    "gamma is delta, and the forgery",
    "a bit of the key",
    "a character of the bundle",
    "a stretch of the bundle",
    "a character of the profile",
    "a character of the key",
];

struct Random(ChaCha20Rng);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn g1(&mut self) -> G1Affine {
        (G1Affine::generator() * F::rand(&mut self.0)).into_affine()
    }

    /// A point of the twist outside the subgroup.
    fn off_subgroup(&mut self) -> G2Affine {
        loop {
            let x = Fq2::new(Fq::rand(&mut self.0), Fq::rand(&mut self.0));
            let point = G2Affine::get_point_from_x_unchecked(x, self.below(2) == 0);
            if let Some(point) = point.filter(|p| !p.is_in_correct_subgroup_assuming_on_curve()) {
                return point;
            }
        }
    }

    /// Half the time a small number, else any element.
    fn element(&mut self) -> F {
        match self.below(2) {
            0 => F::from(1 + self.below(1000) as u64),
            _ => F::rand(&mut self.0),
        }
    }
}

/// The claim of a round: the way is the round's number among [`WAYS`], all else comes of the number as a seed.
///
/// # Errors
/// If a good claim cannot be taken apart.
pub fn alter(subject: &Subject, round: usize) -> Any<Altered> {
    let mut random = Random(ChaCha20Rng::seed_from_u64(round as u64));
    let way = round % WAYS;
    let bundle = &subject.good[random.below(subject.accepted)];
    let other = random.pick(&subject.good);
    let altered = Altered {
        kind: KINDS[way],
        key: None,
        profile: None,
        bundle: String::new(),
        holds: way < 3,
    };
    match way {
        0..=16 => Ok(Altered {
            bundle: with_proof(bundle, &proof(subject, way, [bundle, other], &mut random)?)?,
            ..altered
        }),
        17..=25 => statement(subject, way, bundle, &mut random, altered),
        26..=29 => key(subject, way, bundle, &mut random, altered),
        _ => Ok(text(subject, way, [bundle, other], &mut random, altered)),
    }
}

/// Another proof's bytes: the statement, key and profile stay.
fn proof(subject: &Subject, way: usize, of: [&Bundle; 2], random: &mut Random) -> Any<Vec<u8>> {
    let [points, other] = [Points::of(of[0])?, Points::of(of[1])?];
    let Points { a, b, c } = points;
    let (s, t) = (2 + random.0.next_u64() % 1_000_000, random.0.next_u64());
    let times = |point: G1Affine| (point * F::from(s)).into_affine();
    let points = match way {
        0 => points,
        1 => points.scaled(s)?,
        2 => points.re_randomised(s, t, subject.points.delta)?,
        3 => match random.below(4) {
            0 => Points { a: -a, ..points },
            1 => Points { b: -b, ..points },
            2 => Points { c: -c, ..points },
            _ => Points { a: -a, b: -b, c: -c },
        },
        4 => match random.below(3) {
            0 => Points { a: times(a), ..points },
            1 => Points { b: (b * F::from(s)).into_affine(), ..points },
            _ => Points { c: times(c), ..points },
        },
        // Where there is one claim only, the proof of nobody.
        5 if of[0].statement != of[1].statement => other,
        5 => Points { a: other.a, b: other.b, c: random.g1() },
        6 => {
            let other = other.re_randomised(s, t, subject.points.delta)?;
            match random.below(3) {
                0 => Points { a: other.a, ..points },
                1 => Points { b: other.b, ..points },
                _ => Points { c: other.c, ..points },
            }
        }
        7 => Points { a: c, b, c: a },
        8 => {
            let b = (G2Affine::generator() * F::rand(&mut random.0)).into_affine();
            Points { a: random.g1(), b, c: random.g1() }
        }
        9 => Points { c: (c + G1Affine::generator() * F::from(s)).into_affine(), ..points },
        10 => Points { b: random.off_subgroup(), ..points },
        11 => {
            // In the pairing's eyes B and B plus a point of small order may look alike.
            let cleared = random.off_subgroup().mul_bigint(F::MODULUS).into_affine();
            Points { b: (b + cleared).into_affine(), ..points }
        }
        16 => {
            let c = -subject.points.combined(&of[0].statement.to_public_inputs());
            Points { a: subject.points.alpha, b: subject.points.beta, c }
        }
        _ => {
            let mut bytes = points.bytes();
            match way {
                12 => bytes[random.below(128)] ^= 1 << random.below(8),
                13 => bytes = points.scaled(s)?.with_aliased_x()?,
                14 => {
                    random.0.fill_bytes(&mut bytes);
                    // Below the modulus more is looked at, half the time.
                    if random.below(2) == 0 {
                        for top in [31, 63, 95, 127] {
                            bytes[top] &= 0x9f;
                        }
                    }
                }
                _ => {
                    let range = random.pick(&[0..32, 32..96, 96..128]).clone();
                    let junk = [0, 0, 1][random.below(3)];
                    bytes[range.clone()].copy_from_slice(&identity(range.len(), junk));
                }
            }
            return Ok(bytes);
        }
    };
    Ok(points.bytes())
}

/// Another statement, and a profile that asks for it.
fn statement(
    subject: &Subject,
    way: usize,
    bundle: &Bundle,
    random: &mut Random,
    altered: Altered,
) -> Any<Altered> {
    let mut bundle = bundle.clone();
    let mut profile: Value = serde_json::from_str(&subject.profile)?;
    let claimed = &mut bundle.statement;
    match way {
        17 => claimed.nullifier += random.element(),
        18 => match claimed.outputs.len() {
            0 => claimed.outputs.push(random.element()),
            n => claimed.outputs[random.below(n)] += F::from(1 + random.below(1000) as u64),
        },
        19 => match random.below(3) {
            0 if claimed.outputs.first() != claimed.outputs.last() => claimed.outputs.reverse(),
            1 if !claimed.outputs.is_empty() => drop(claimed.outputs.pop()),
            _ => claimed.outputs.push(F::from(0)),
        },
        20 => {
            claimed.anchor += random.element();
            profile["roots"] = json!([claimed.anchor.to_string()]);
        }
        21 => {
            let mut nonce = [0; 32];
            random.0.fill_bytes(&mut nonce);
            let nonce: String = nonce.iter().map(|b| format!("{b:02x}")).collect();
            profile["context"] =
                json!({ "kind": "challenge", "verifier": "other", "nonce": format!("0x{nonce}") });
            claimed.context = Profile::from_json(&profile.to_string())?.context.field();
        }
        22 => {
            profile["policy"]["scope"]["name"] = format!("other-{}", random.0.next_u64()).into();
            claimed.policy_digest = Profile::from_json(&profile.to_string())?.policy.digest();
        }
        23 => {
            // Whole weeks on: still a day, a week, and seldom a month.
            let on = (1 + random.below(50) as u64) * 7 * 86_400;
            let period = wattproof_circuits::policy::Period::new(
                claimed.period.start() + on,
                claimed.period.end() + on,
            )?;
            claimed.period = period;
            profile["period"] =
                json!({ "start": period.start().to_string(), "end": period.end().to_string() });
        }
        24 => {
            std::mem::swap(&mut claimed.nullifier, &mut claimed.anchor);
            profile["roots"] = json!([claimed.anchor.to_string()]);
        }
        _ => {
            let mut json: Value = serde_json::from_str(&bundle.to_json())?;
            let member = *random.pick(&["policy_digest", "context", "anchor", "nullifier"]);
            let aliased = match member {
                "policy_digest" => bundle.statement.policy_digest,
                "context" => bundle.statement.context,
                "anchor" => bundle.statement.anchor,
                _ => bundle.statement.nullifier,
            };
            let mut aliased = aliased.into_bigint();
            ark_ff::BigInteger::add_with_carry(&mut aliased, &F::MODULUS);
            json["statement"][member] = aliased.to_string().into();
            return Ok(Altered { bundle: json.to_string(), ..altered });
        }
    }
    let follows = (20..=24).contains(&way).then(|| profile.to_string());
    Ok(Altered { bundle: bundle.to_json(), profile: follows, ..altered })
}

/// Another key, with a fingerprint that fits, and a profile that pins it.
fn key(
    subject: &Subject,
    way: usize,
    bundle: &Bundle,
    random: &mut Random,
    altered: Altered,
) -> Any<Altered> {
    let (file, mut points) = (subject.loaded.file(), subject.points.clone());
    let mut bundle = bundle.to_json();
    match way {
        26 => {
            let by = F::from(2 + random.0.next_u64() % 1_000_000);
            let inputs = points.inputs.len();
            match random.below(4 + inputs) {
                0 => points.alpha = (points.alpha * by).into_affine(),
                1 => points.beta = (points.beta * by).into_affine(),
                2 => points.gamma = (points.gamma * by).into_affine(),
                3 => points.delta = (points.delta * by).into_affine(),
                i => points.inputs[i - 4] = (points.inputs[i - 4] * by).into_affine(),
            }
        }
        27 => match random.below(3) {
            0 => std::mem::swap(&mut points.gamma, &mut points.delta),
            1 => std::mem::swap(&mut points.beta, &mut points.delta),
            _ => {
                let last = points.inputs.len() - 1;
                let i = random.below(last);
                points.inputs.swap(i, i + 1);
            }
        },
        28 => {
            points.gamma = points.delta;
            let of = Bundle::from_json(&bundle)?;
            let KeyPoints { alpha, beta, .. } = points;
            let c = -points.combined(&of.statement.to_public_inputs());
            bundle = with_proof(&of, &Points { a: alpha, b: beta, c }.bytes())?;
        }
        _ => {}
    }
    let mut bytes = points.bytes();
    if way == 29 {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
    let (key, fingerprint) = key_file(file, &bytes, Setup::Dev)?;
    let mut profile: Value = serde_json::from_str(&subject.profile)?;
    profile["key_fingerprint"] = fingerprint.into();
    Ok(Altered { key: Some(key), profile: Some(profile.to_string()), bundle, ..altered })
}

/// Files with other characters.
fn text(
    subject: &Subject,
    way: usize,
    of: [&Bundle; 2],
    random: &mut Random,
    altered: Altered,
) -> Altered {
    let bundle = of[0].to_json();
    match way {
        30 => Altered { bundle: character(&bundle, random), ..altered },
        31 => Altered { bundle: stretch(&bundle, &of[1].to_json(), random), ..altered },
        32 => Altered { profile: Some(character(&subject.profile, random)), bundle, ..altered },
        _ => Altered { key: Some(character(&subject.key, random)), bundle, ..altered },
    }
}

/// One character replaced, left out or put in.
fn character(text: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let (at, new) = (random.below(bytes.len()), b' ' + random.below(95) as u8);
    match random.below(4) {
        0 => drop(bytes.remove(at)),
        1 => bytes.insert(at, new),
        _ => bytes[at] = new,
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Cut off, doubled in part, or with a stretch of another.
fn stretch(text: &str, other: &str, random: &mut Random) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let at = random.below(bytes.len());
    let end = (at + random.below(60)).min(bytes.len());
    match random.below(3) {
        0 => bytes.truncate(at),
        1 => {
            let again = bytes[at..end].to_vec();
            bytes.splice(at..at, again);
        }
        _ => {
            let from = random.below(other.len());
            let part = &other.as_bytes()[from..(from + 60).min(other.len())];
            bytes.splice(at..end, part.iter().copied());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The bytes that a bundle has for a proof, points or not.
pub(super) fn proof_bytes(bundle: &Bundle) -> Option<Vec<u8>> {
    let json: Value = serde_json::from_str(&bundle.to_json()).ok()?;
    URL_SAFE_NO_PAD.decode(json["proof"].as_str()?).ok()
}

fn with_proof(bundle: &Bundle, proof: &[u8]) -> Any<String> {
    let mut json: Value = serde_json::from_str(&bundle.to_json())?;
    json["proof"] = URL_SAFE_NO_PAD.encode(proof).into();
    Ok(serde_json::to_string_pretty(&json)? + "\n")
}
