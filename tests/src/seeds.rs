//! Small files that are good, one list for each reader: what fuzzing and property tests begin with.

use crate::scene::{DAY, FEBRUARY, Meter, challenge, policy, real_readings};
use crate::tampered::Ceremony;
use crate::vector::{Outcome, Vectors};
use crate::{Any, agreements, forge, root};
use ark_ff::UniformRand;
use std::collections::BTreeMap;
use std::fs;
use wattproof_circuits::aggregate::{MaskKey, Member, Roster, Subject};
use wattproof_circuits::disclosure::Disclosures;
use wattproof_circuits::format::registry_snapshot::write_registry;
use wattproof_circuits::format::{Bundle, Digest, RegistryEvent, RegistryRecord};
use wattproof_circuits::hash::F;
use wattproof_circuits::iden3::{json, write_witness};
use wattproof_circuits::l3::{Algorithm, SecureElement};
use wattproof_circuits::meter::{Device, Level, Link, Registry, SecretKey};
use wattproof_circuits::policy::Period;
use wattproof_circuits::random::seeded;
use wattproof_circuits::setup::ceremony::{ContributorKey, PhaseOne, Transcript, steps};
use wattproof_intake::agreement::PRESETS;

/// Files by the name of the fuzz target that reads them (`fuzz/src/files.rs`).
pub type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// All of them.
///
/// # Errors
/// None, unless something is wrong with what is tested.
pub fn seeds() -> Any<Seeds> {
    let mut seeds = Seeds::new();
    let mut add = |target, file: &[u8]| seeds.entry(target).or_default().push(file.to_vec());
    let vectors = Vectors::read()?;
    for case in vectors.cases.iter().filter(|case| case.expect == Outcome::verified()) {
        if let Some(text) = case.bundle.as_ref().filter(|text| text.len() < 4096) {
            add("bundle", text.as_bytes());
            let proof = Bundle::from_json(text)?.proof()?;
            add("points", &proof.to_bytes());
            add("snarkjs", json::proof(&proof).as_bytes());
            let inputs = Bundle::from_json(text)?.statement.to_public_inputs();
            add("snarkjs", json::public_inputs(&inputs).as_bytes());
            add("snarkjs", json::calldata(&proof, &inputs).as_bytes());
        }
        if case.key.is_some() {
            let verifier = vectors.verifier(case)?;
            add("profile", verifier.profile().to_json().as_bytes());
            add("policy", verifier.profile().policy.to_json().as_bytes());
        }
    }
    for text in vectors.keys.values() {
        add("verifying_key", text.as_bytes());
        if let Ok(file) = wattproof_circuits::format::VerifyingKeyFile::from_json(text) {
            add("points", &file.key().to_bytes());
            add("snarkjs", json::verification_key(file.key()).as_bytes());
            add("points", &forge::KeyPoints::of(&file)?.bytes());
        }
    }
    for (_, policy) in agreements::compiled()? {
        add("policy", policy.to_json().as_bytes());
    }
    for preset in PRESETS {
        add("agreement", preset.text.as_bytes());
    }
    for entry in fs::read_dir(root().join("tests/data/policies"))? {
        add("agreement", &fs::read(entry?.path())?);
    }
    meters(&mut add)?;
    sums(&mut add)?;
    keys(&mut add)?;
    Ok(seeds)
}

/// A claim as a package, and what its owner keeps.
fn meters(add: &mut impl FnMut(&'static str, &[u8])) -> Any<()> {
    let day = policy("day-sdge.json")?;
    let (start, channels) = real_readings("sdge-hourly-2011-02.xml")?;
    let meter = Meter::new(1, &day, Level::L1, start, &channels)?;
    let claim = meter.claim(&day, Period::new(FEBRUARY, FEBRUARY + DAY)?, &challenge(7))?;
    add("package", claim.to_json().as_bytes());
    if let Some(block) = claim.blocks.first() {
        let link = Link { index: 3, before: F::from(1), head: claim.head, block: block.clone() };
        add("device", link.to_json().as_bytes());
    }
    add("device", Disclosures::default().to_json()?.as_bytes());
    for (algorithm, seed) in
        [(Algorithm::P256, 1), (Algorithm::Secp256k1, 2), (Algorithm::Ed25519, 3)]
    {
        let element = SecureElement::from_seeds("meter", algorithm, [seed; 32], [8; 32])?;
        add("device", element.to_json().as_bytes());
        add("device", element.public().to_json().as_bytes());
    }

    let mut registry = Registry::new(2)?;
    let log = |event| RegistryRecord { time: 7, event }.to_json();
    for seed in 1..=3 {
        let device = Device {
            key: SecretKey::from_seed([seed; 32]),
            serial: format!("4711-{seed}"),
            meter_salt: F::from(1_000 + u64::from(seed)),
            nullifier_key: F::from(2_000 + u64::from(seed)),
        };
        let leaf = device.leaf(Level::L2, 10_000, 100, 200);
        let enrolment = device.enrolment(leaf.clone());
        registry.add(leaf.clone())?;
        let possession = *enrolment.possession();
        add("device", device.to_json().as_bytes());
        add("device", enrolment.to_json().as_bytes());
        add("registry", log(RegistryEvent::Add { leaf: leaf.clone(), possession }).as_bytes());
        add("registry", log(RegistryEvent::Rotate { index: 7, leaf, possession }).as_bytes());
    }
    registry.revoke(1)?;
    add(
        "registry",
        log(RegistryEvent::Init { name: "Süd".into(), depth: 10, grace: 604_800 }).as_bytes(),
    );
    add("registry", log(RegistryEvent::Revoke { index: 7 }).as_bytes());
    add("registry", log(RegistryEvent::Root { root: registry.root() }).as_bytes());
    add("registry", registry.to_json().as_bytes());
    let mut snapshot = Vec::new();
    write_registry(&registry, &mut snapshot)?;
    add("registry", &snapshot);
    Ok(())
}

fn sums(add: &mut impl FnMut(&'static str, &[u8])) -> Any<()> {
    let keys: Vec<_> = (1..=3).map(|seed| MaskKey::from_seed([seed; 32])).collect();
    let member =
        |(i, key): (usize, &MaskKey)| Member { name: format!("house {i}"), key: key.public() };
    let members: Vec<_> = keys.iter().enumerate().map(member).collect();
    let roster = Roster::new(Digest([7; 32]), 3, members.clone())?;
    let period = Period::new(FEBRUARY, FEBRUARY + DAY)?;
    let subject = Subject { policy_digest: F::from(5), period, output: 0 };
    for (key, member) in keys.iter().zip(members) {
        add("sums", key.to_json().as_bytes());
        add("sums", member.to_json().as_bytes());
        add("sums", key.masks(&roster, &subject)?.share(1234).to_json().as_bytes());
    }
    add("sums", roster.to_json().as_bytes());
    Ok(())
}

/// A ceremony over a circuit of a few rows, and what comes of it.
fn keys(add: &mut impl FnMut(&'static str, &[u8])) -> Any<()> {
    let ceremony = Ceremony::play()?;
    add("ptau", &ceremony.ptau);
    for key in [&ceremony.initial, &ceremony.finished] {
        let mut zkey = Vec::new();
        key.write(&mut zkey)?;
        add("zkey", &zkey);
    }
    let history = steps(&ceremony.finished);
    let phase = PhaseOne { blake2b: [1; 64], known: None };
    let hash = ceremony.finished.circuit_hash;
    let transcript = Transcript::new(Digest([2; 32]), hash, phase, history.clone());
    add("ceremony", transcript.to_json().as_bytes());
    let ada = ContributorKey::generate("Ada")?;
    let attested = ada.sign(&hash, &history).map_err(|refusal| format!("{:?}", refusal.check))?;
    add("ceremony", attested.to_json().as_bytes());
    let list = serde_json::json!({ "wattproof": "ceremony-contributors/1", "contributors": [ada.public()] });
    add("ceremony", list.to_string().as_bytes());

    let (key, _) = ceremony.finished.into_keys([5; 32], ceremony.matrices)?;
    let mut file = Vec::new();
    key.write(&mut file)?;
    add("proving_key", &file);
    let mut rng = seeded([9; 32]);
    let values: Vec<F> =
        std::iter::once(F::from(1)).chain((0..20).map(|_| F::rand(&mut rng))).collect();
    let mut witness = Vec::new();
    write_witness(&values, &mut witness)?;
    add("witness", &witness);
    Ok(())
}
