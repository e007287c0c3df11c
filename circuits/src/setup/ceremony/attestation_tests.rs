#![allow(clippy::unwrap_used)]

use super::attestation::CONTRIBUTORS;
use super::*;
use crate::error::Code;
use crate::format::{Digest, to_hex};

fn step(name: &str, hash: u8) -> Step {
    Step { name: Some(name.into()), hash: [hash; 64], beacon: None, signed: None }
}

const HASH: [u8; 64] = [7; 64];

/// Three contributors and a beacon, their keys, what they signed, and whom the organiser pinned.
struct Scene {
    keys: Vec<ContributorKey>,
    steps: Vec<Step>,
    attestations: Vec<Attestation>,
    signers: Signers,
}

fn scene() -> Scene {
    let names = ["Ada", "Grace", "Emmy"];
    let keys: Vec<_> = names.iter().map(|name| ContributorKey::generate(name).unwrap()).collect();
    let mut steps: Vec<_> = names.iter().zip(1..).map(|(name, i)| step(name, i)).collect();
    let beacon = Some(Beacon { hash: "be".into(), iterations: 10 });
    steps.push(Step { beacon, ..step("drand", 4) });
    let attestations = keys.iter().map(|key| key.sign(&HASH, &steps).unwrap()).collect();
    let contributors = keys.iter().map(|key| key.public().clone()).collect();
    Scene { keys, steps, attestations, signers: Signers { contributors, least: 3 } }
}

impl Scene {
    fn check(&self) -> Result<(), (Check, Option<usize>)> {
        let checked = check_attestations(&HASH, &self.steps, &self.attestations, &self.signers);
        checked.map(drop).map_err(|refusal| (refusal.check, refusal.contribution))
    }
}

#[test]
fn signatures_by_listed_contributors_count() {
    let mut scene = scene();
    assert_eq!(scene.check(), Ok(()));
    scene.signers.least = 4;
    assert_eq!(scene.check(), Err((Check::TooFewSigned, None)));
    // Whom nobody pinned signs for nobody.
    scene.signers = Signers { contributors: Vec::new(), least: 1 };
    assert_eq!(scene.check(), Err((Check::TooFewSigned, None)));
    scene.signers.least = 0;
    assert_eq!(scene.check(), Ok(()));
}

#[test]
fn a_signature_is_good_for_one_contribution_to_one_ceremony() {
    type Change = fn(&mut Attestation);
    let changes: [(&str, Check, Change); 8] = [
        ("ceremony", Check::Attestation, |a| a.circuit_hash[63] ^= 1),
        ("place", Check::Attestation, |a| a.contribution = 3),
        ("place before the first", Check::Attestation, |a| a.contribution = 0),
        ("place after the last", Check::Attestation, |a| a.contribution = 9),
        ("hash", Check::Attestation, |a| a.hash[0] ^= 1),
        ("name", Check::Attestation, |a| a.name = "Ada".into()),
        ("signature", Check::Signature, |a| a.signature[0] ^= 1),
        ("key of low order", Check::Signature, |a| {
            a.public_key = [0; 32];
            a.public_key[0] = 1;
        }),
    ];
    for (what, check, change) in changes {
        let mut scene = scene();
        change(&mut scene.attestations[1]);
        assert_eq!(scene.check().unwrap_err().0, check, "{what}");
    }
    let mut scene = scene();
    let again = scene.attestations[0].clone();
    scene.attestations.push(again);
    assert_eq!(scene.check(), Err((Check::Attestation, Some(1))));
}

/// What one attestation is refused for, whoever is pinned.
fn refused(circuit_hash: &[u8; 64], steps: &[Step], attestation: Attestation) -> Check {
    let attestations = [attestation];
    let checked = check_attestations(circuit_hash, steps, &attestations, &Signers::default());
    checked.unwrap_err().check
}

/// What is signed covers every member: one that fits the steps, but was signed for others, does not verify.
#[test]
fn every_member_is_signed() {
    let good = scene();
    for (what, change) in [
        ("hash", (|s: &mut Vec<Step>| s[0].hash[0] ^= 1) as fn(&mut Vec<Step>)),
        ("place", |s| s.swap(0, 2)),
    ] {
        let mut steps = good.steps.clone();
        change(&mut steps);
        let place = steps.iter().position(|s| s.name.as_deref() == Some("Ada")).unwrap();
        let mut attestation = good.attestations[0].clone();
        (attestation.hash, attestation.contribution) = (steps[place].hash, place as u32 + 1);
        assert_eq!(refused(&HASH, &steps, attestation), Check::Signature, "{what}");
    }
    let mut attestation = good.attestations[0].clone();
    attestation.circuit_hash = [8; 64];
    assert_eq!(refused(&[8; 64], &good.steps, attestation), Check::Signature, "circuit hash");
    let mut steps = good.steps.clone();
    steps[0].name = Some("Ida".into());
    let mut attestation = good.attestations[0].clone();
    attestation.name = "Ida".into();
    assert_eq!(refused(&HASH, &steps, attestation), Check::Signature, "name");
}

#[test]
fn a_listed_name_is_protected() {
    let mut missing = scene();
    missing.attestations.remove(1);
    missing.signers.least = 1;
    assert_eq!(missing.check(), Err((Check::Unsigned, Some(2))));
    let mut usurped = scene();
    let other = ContributorKey::generate("Grace").unwrap();
    usurped.attestations[1] = other.sign(&HASH, &usurped.steps).unwrap();
    assert_eq!(usurped.check(), Err((Check::WrongSigner, Some(2))));
    // Without a list anybody may call themselves Grace.
    usurped.signers = Signers::default();
    assert_eq!(usurped.check(), Ok(()));
}

#[test]
fn a_beacon_is_signed_by_nobody() {
    let mut scene = scene();
    let drand = ContributorKey::generate("drand").unwrap();
    assert_eq!(drand.sign(&HASH, &scene.steps).unwrap_err().check, Check::Attestation);
    let mut secret = scene.steps.clone();
    secret[3].beacon = None;
    scene.attestations.push(drand.sign(&HASH, &secret).unwrap());
    assert_eq!(scene.check(), Err((Check::Attestation, Some(4))));
    let nobody = ContributorKey::generate("Nobody").unwrap();
    assert_eq!(nobody.sign(&HASH, &scene.steps).unwrap_err().check, Check::Attestation);
}

#[test]
fn a_transcript_carries_signatures_for_later_readers() {
    let scene = scene();
    let ptau = PhaseOne { blake2b: [1; 64], known: None };
    let mut transcript = Transcript::new(Digest([2; 32]), HASH, ptau, scene.steps.clone());
    let placed =
        check_attestations(&HASH, &scene.steps, &scene.attestations, &scene.signers).unwrap();
    transcript.carry(&placed);
    let read = Transcript::from_json(&transcript.to_json()).unwrap();
    assert_eq!((&read, read.secrets()), (&transcript, 3));
    read.check_signatures(&scene.signers).unwrap();
    let refused = |change: &dyn Fn(&mut Transcript)| {
        let mut changed = transcript.clone();
        change(&mut changed);
        changed.check_signatures(&scene.signers).unwrap_err().check
    };
    assert_eq!(refused(&|t| t.circuit_hash[0] ^= 1), Check::Signature);
    assert_eq!(refused(&|t| t.contributions[0].hash[0] ^= 1), Check::Signature);
    assert_eq!(refused(&|t| t.contributions[0].signed = None), Check::Unsigned);
    assert_eq!(refused(&|t| t.contributions.swap(0, 1)), Check::Signature);
    assert_eq!(refused(&|t| drop(t.contributions.remove(2))), Check::TooFewSigned);
    assert_eq!(refused(&|t| t.contributions[3].name = Some("Ada".into())), Check::Unsigned);
    assert_eq!(refused(&|t| t.contributions.push(step("drand", 9))), Check::SameName);
}

#[test]
fn files_are_read_as_they_are_written_and_hide_secrets() {
    let Scene { keys, attestations, signers, .. } = scene();
    let json = keys[0].to_json();
    let read = ContributorKey::from_json(&json).unwrap();
    assert_eq!((read.public(), &read.secret), (keys[0].public(), &keys[0].secret));
    assert!(!format!("{read:?}").contains(&to_hex(read.secret.as_ref())));
    let other =
        json.replace(&to_hex(&keys[0].public.public_key), &to_hex(&keys[1].public.public_key));
    assert_eq!(ContributorKey::from_json(&other).unwrap_err().code(), Code::BadKey);
    let attestation = &attestations[0];
    assert_eq!(Attestation::from_json(&attestation.to_json()).unwrap(), *attestation);
    let one = keys[0].public();
    assert_eq!(Contributor::parse(&one.to_string()).unwrap(), *one);

    let list = |contributors: &[Contributor]| {
        let file = serde_json::json!({ "wattproof": CONTRIBUTORS, "contributors": contributors });
        Contributor::list(&file.to_string()).map_err(|e| e.code())
    };
    assert_eq!(list(&signers.contributors).unwrap(), signers.contributors);
    let twice = [one.clone(), Contributor { name: "Ida".into(), ..one.clone() }];
    assert_eq!(list(&twice), Err(Code::Malformed), "one key under two names");
    let twice = [one.clone(), Contributor { name: one.name.clone(), ..keys[1].public().clone() }];
    assert_eq!(list(&twice), Err(Code::Malformed), "one name with two keys");
    for name in ["", " ", "a\nb", &"x".repeat(65)] {
        assert_eq!(ContributorKey::generate(name).unwrap_err().code(), Code::Malformed, "{name:?}");
    }
    for key in [[0; 32], [255; 32]] {
        assert_eq!(Contributor::new("Ada", key).unwrap_err().code(), Code::BadKey);
    }
    for text in ["Ada", "Ada=", "Ada=12", "=00"] {
        assert_eq!(Contributor::parse(text).unwrap_err().code(), Code::Malformed, "{text}");
    }
}
