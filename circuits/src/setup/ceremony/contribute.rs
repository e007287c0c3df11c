//! Contributions: delta times a secret, L and H over it, and a proof that the secret is known.

use super::points::{generator, hash_to_g2, random_g1, scalar};
use super::{Check, Done, Refusal, demand};
use crate::hash::F;
use crate::iden3::{Contribution, Source, Zkey, uncompressed_g1, uncompressed_g2};
use crate::random::Rng;
use ark_bn254::{G1Affine, G1Projective};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::Field;
use blake2::{Blake2b512, Digest};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use sha2::Sha256;
use zeroize::Zeroize;

/// Iterations of a beacon, as a power of two, that are taken. snarkjs takes up to 63, which nobody lives to check.
pub(super) const ITERATIONS: std::ops::RangeInclusive<u8> = 10..=40;

/// Most bytes of a contributor's name, for which a `.zkey` has one byte to say how long it is.
const MAX_NAME_BYTES: usize = 255;

/// Whether a key takes one contribution more, by this name: what [`super::verify`] would refuse at the end of the ceremony is told before
/// any work is done.
///
/// # Errors
/// [`Check::CircuitHash`] for a key that is not of a ceremony, [`Check::BeaconPlace`] for one that a beacon has closed, [`Check::Unnamed`],
/// [`Check::SameName`].
pub fn check_open(key: &Zkey, name: &str) -> Result<(), Refusal> {
    demand(key.circuit_hash != [0; 64], Check::CircuitHash)?;
    demand(is_name(name), Check::Unnamed)?;
    let plain = plain(name);
    for (i, contribution) in key.contributions.iter().enumerate() {
        let refuse = |check| Err(Refusal { check, contribution: Some(i + 1) });
        if contribution.source != Source::Secret {
            return refuse(Check::BeaconPlace);
        }
        if contribution.name.as_deref().is_some_and(|other| self::plain(other) == plain) {
            return refuse(Check::SameName);
        }
    }
    Ok(())
}

/// Whether there is something in it that people can read.
pub(super) fn is_name(name: &str) -> bool {
    name.chars().any(char::is_alphanumeric)
}

/// What two names have in common that people take for one.
pub(super) fn plain(name: &str) -> String {
    name.trim().to_lowercase()
}

/// A name as a key keeps it.
fn cut(name: &str) -> String {
    let mut name: String = name.chars().take(64).collect();
    while name.len() > MAX_NAME_BYTES {
        name.pop();
    }
    name
}

/// Goes on from a key by a secret drawn from `rng`, which is forgotten. `name` is what verifiers will call the contributor; longer
/// ones than 64 characters or 255 bytes are cut. Ask [`check_open`] first.
pub fn contribute(key: &mut Zkey, name: &str, rng: &mut Rng) {
    contribute_watched(key, name, rng, &|_| ());
}

/// As [`contribute`]; `done` hears of the points of L and H as they are made.
pub fn contribute_watched(key: &mut Zkey, name: &str, rng: &mut Rng, done: Done<'_>) {
    apply(key, Source::Secret, Some(cut(name)), rng, done);
}

/// Goes on from a key by a public random value that nobody could foresee when the last secret was drawn: SHA-256 of `hash`,
/// `2^iterations` times. Only at the end.
///
/// # Errors
/// [`Check::BeaconForm`] unless `hash` has 1 to 255 bytes, and `iterations` is 10 to 40.
pub fn contribute_beacon(
    key: &mut Zkey,
    name: &str,
    hash: &[u8],
    iterations: u8,
) -> Result<(), Refusal> {
    let mut rng = beacon(hash, iterations)?;
    let source = Source::Beacon { hash: hash.to_vec(), iterations };
    apply(key, source, Some(cut(name)), &mut rng, &|_| ());
    Ok(())
}

/// The generator that a beacon's value leads to.
pub(super) fn beacon(hash: &[u8], iterations: u8) -> Result<Rng, Refusal> {
    if !(1..=255).contains(&hash.len()) || !ITERATIONS.contains(&iterations) {
        return Err(Check::BeaconForm.into());
    }
    let mut hash = hash.to_vec();
    for _ in 0..1_u64 << iterations {
        hash = Sha256::digest(&hash).to_vec();
    }
    Ok(generator(&hash))
}

fn apply(key: &mut Zkey, source: Source, name: Option<String>, rng: &mut Rng, done: Done<'_>) {
    let mut secret = loop {
        let secret = scalar(rng);
        // One in 2^254 draws is no use.
        if let Some(inverse) = secret.inverse() {
            break [secret, inverse];
        }
    };
    let [by, over] = secret;
    let s = random_g1(rng);
    let sx = (s * by).into_affine();
    let mut history = History::new(&key.circuit_hash);
    key.contributions.iter().for_each(|contribution| history.push(contribution));
    let transcript = history.transcript(&s, &sx);
    let spx = (hash_to_g2(&transcript) * by).into_affine();
    key.delta_g1 = (key.delta_g1 * by).into_affine();
    key.delta_g2 = (key.delta_g2 * by).into_affine();
    for points in [&mut key.l, &mut key.h] {
        *points = scale(points, &over, done);
    }
    let delta_g1 = key.delta_g1;
    key.contributions.push(Contribution { delta_g1, s, sx, spx, transcript, source, name });
    secret.iter_mut().for_each(Zeroize::zeroize);
}

fn scale(points: &[G1Affine], by: &F, done: Done<'_>) -> Vec<G1Affine> {
    let times = |point: &G1Affine| {
        let product = *point * by;
        done(1);
        product
    };
    #[cfg(feature = "parallel")]
    let scaled: Vec<G1Projective> = points.par_iter().map(times).collect();
    #[cfg(not(feature = "parallel"))]
    let scaled: Vec<G1Projective> = points.iter().map(times).collect();
    G1Projective::normalize_batch(&scaled)
}

/// What a transcript hashes: BLAKE2b over the circuit hash, all contributions so far, and the points of the next.
#[derive(Clone)]
pub(super) struct History(Blake2b512);

impl History {
    pub(super) fn new(circuit_hash: &[u8; 64]) -> Self {
        Self(Blake2b512::new_with_prefix(circuit_hash))
    }

    pub(super) fn push(&mut self, contribution: &Contribution) {
        absorb(&mut self.0, contribution);
    }

    /// The transcript of the next contribution.
    pub(super) fn transcript(&self, s: &G1Affine, sx: &G1Affine) -> [u8; 64] {
        let hasher = self.0.clone();
        hasher.chain_update(uncompressed_g1(s)).chain_update(uncompressed_g1(sx)).finalize().into()
    }
}

/// What snarkjs prints as a contribution's hash, and contributors publish.
pub fn contribution_hash(contribution: &Contribution) -> [u8; 64] {
    let mut hasher = Blake2b512::new();
    absorb(&mut hasher, contribution);
    hasher.finalize().into()
}

fn absorb(hasher: &mut Blake2b512, contribution: &Contribution) {
    for point in [&contribution.delta_g1, &contribution.s, &contribution.sx] {
        hasher.update(uncompressed_g1(point));
    }
    hasher.update(uncompressed_g2(&contribution.spx));
    hasher.update(contribution.transcript);
}

/// What a beacon's contribution must show.
pub(super) fn beacon_points(hash: &[u8], iterations: u8) -> Result<(G1Affine, G1Affine), Refusal> {
    let mut rng = beacon(hash, iterations)?;
    let secret = scalar(&mut rng);
    let s = random_g1(&mut rng);
    debug_assert!(!s.is_zero());
    Ok((s, (s * secret).into_affine()))
}
