//! What is altered: good claims of the vectors, with their keys and profiles.

use super::load;
use crate::Any;
use ark_bn254::Bn254;
use ark_groth16::{PreparedVerifyingKey, VerifyingKey};
use std::sync::Arc;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::verifier::{LoadedKey, Verifier};
use wattproof_tests::forge::KeyPoints;
use wattproof_tests::vector::{Outcome, Vectors, verifier};

/// A key with a profile, and the vectors that hold under both.
pub struct Subject {
    /// The key's file.
    pub key: String,
    /// The profile's.
    pub profile: String,
    /// Claims that are accepted, and others under the same key that are accepted by other profiles.
    pub good: Vec<Bundle>,
    /// How many of them this profile accepts: the first ones.
    pub accepted: usize,
    pub(super) loaded: Arc<LoadedKey>,
    pub(super) points: KeyPoints,
    pub(super) verifier: Verifier,
    pub(super) arkworks: PreparedVerifyingKey<Bn254>,
}

/// Keys and profiles of the vectors whose claims are accepted, without level L3, whose curves the first Wasm file does not have.
///
/// # Errors
/// If there are too few.
pub fn subjects() -> Any<Vec<Subject>> {
    let vectors = Vectors::read()?;
    let good = |case: &&wattproof_tests::vector::Case| {
        case.expect == Outcome::verified() && case.without_l3.is_none() && case.key.is_some()
    };
    let cases: Vec<_> = vectors.cases.iter().filter(good).collect();
    let mut subjects: Vec<Subject> = Vec::new();
    for case in &cases {
        let (key, profile) = (vectors.key(case)?, vectors.profile(case)?.ok_or("no profile")?);
        if subjects.iter().any(|subject| subject.key == key && subject.profile == profile) {
            continue;
        }
        let of = |same: bool| {
            let fits = |other: &&&_| -> bool {
                let other: &wattproof_tests::vector::Case = other;
                let profile_of = vectors.profile(other).ok().flatten();
                vectors.key(other).ok() == Some(key) && (profile_of == Some(profile)) == same
            };
            let bundles = cases.iter().filter(fits).filter_map(|other| other.bundle.as_ref());
            bundles.filter_map(|text| Bundle::from_json(text).ok()).collect::<Vec<_>>()
        };
        let (mut good, others) = (of(true), of(false));
        let accepted = good.len();
        good.extend(others);
        let loaded = load(key)?;
        subjects.push(Subject {
            key: key.to_owned(),
            profile: profile.to_owned(),
            good,
            accepted,
            points: KeyPoints::of(loaded.file())?,
            verifier: verifier(loaded.clone(), profile)?,
            arkworks: prepare(loaded.file())?,
            loaded,
        });
    }
    match subjects.len() {
        0..6 => Err("the vectors have fewer than six keys and profiles with good claims".into()),
        _ => Ok(subjects),
    }
}

/// arkworks' key of a key file.
pub(super) fn prepare(file: &VerifyingKeyFile) -> Any<PreparedVerifyingKey<Bn254>> {
    let points = KeyPoints::of(file)?;
    Ok(ark_groth16::prepare_verifying_key(&VerifyingKey {
        alpha_g1: points.alpha,
        beta_g2: points.beta,
        gamma_g2: points.gamma,
        delta_g2: points.delta,
        gamma_abc_g1: points.inputs,
    }))
}
