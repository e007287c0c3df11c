//! What must hold for any bytes, for files of our own, of snarkjs and of circom: the fuzz targets call these functions, and so do the
//! property tests of `tests/tests/parsers.rs`, which include this file.
//!
//! A reader never panics, refuses with a code and words that can be shown, holds no more than some times what it is given, and
//! what it takes can be written and read again.

use super::room::{FLOOR, within};
use sha2::{Digest as _, Sha256};
use std::io::Cursor;
use std::sync::LazyLock;
use wattproof_circuits::aggregate::{MaskKey, Member, Roster, Share};
use wattproof_circuits::disclosure::Disclosures;
use wattproof_circuits::error::{Error, Result};
use wattproof_circuits::format::registry_snapshot::{read_registry, write_registry};
use wattproof_circuits::format::{
    Bundle, Enrolment, Profile, RegistryRecord, Setup, VerifyingKeyFile, to_json,
};
use wattproof_circuits::groth16::{Outline, Proof, ProvingKey, VerifyingKey};
use wattproof_circuits::iden3::{Ptau, Zkey, json, read_witness, write_witness};
use wattproof_circuits::l3::{PublicDevice, SecureElement};
use wattproof_circuits::meter::{Device, Link, Registry};
use wattproof_circuits::policy::{Context, Policy};
use wattproof_circuits::relation::{Claim, Statement};
use wattproof_circuits::setup::ceremony::{Attestation, Contributor, Transcript};
use wattproof_circuits::verifier::{Verifier, fits};
use wattproof_intake::agreement::{Agreement, Syntax};
use wattproof_intake::period::resolve;
use wattproof_tests::forge::key_file;
use wattproof_tests::vector::{Outcome, Vectors};

/// Binary files: points in memory are a little longer than in the file, and a list that grows is there twice for a moment.
const BINARY: u64 = 4;
/// JSON by way of a tree: a value in it takes 40 bytes and may have been two in the file, and a list has room for four. Packages and
/// lines of a log hold trees too.
const TREE: u64 = 64;
/// Agreements: a tree that knows its places in the text.
const PLACED: u64 = 128;
/// Lists of strings, which may be empty.
const STRINGS: u64 = 24;
/// JSON without trees.
const SERDE: u64 = 8;

/// A rule for any bytes, by the name of its fuzz target.
pub type Rule = fn(&[u8]);

/// Every rule of this file.
pub const RULES: [(&str, Rule); 16] = [
    ("bundle", bundle),
    ("verifying_key", verifying_key),
    ("points", points),
    ("package", package),
    ("policy", policy),
    ("agreement", agreement),
    ("profile", profile),
    ("ptau", ptau),
    ("zkey", zkey),
    ("witness", witness),
    ("snarkjs", snarkjs),
    ("proving_key", proving_key),
    ("registry", registry),
    ("device", device),
    ("sums", sums),
    ("ceremony", ceremony),
];

/// The words of a refusal: where and what, the remedy; short, and without what could move a cursor.
fn refused(error: &Error) {
    let text = error.to_string();
    assert!(
        text.starts_with(error.code().as_str()) && text.ends_with(error.code().remedy()),
        "{text}"
    );
    assert!(!error.message().is_empty() && text.len() < 4096, "{text}");
    if text.contains(char::is_control) {
        eprintln!("CONTROL {text:?}");
    }
}

/// What is taken can be written, and read to be written alike.
fn file<T>(
    bytes: &[u8],
    times: u64,
    read: impl Fn(&str) -> Result<T>,
    write: impl Fn(&T) -> String,
) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    match within(bytes.len(), times, FLOOR, || read(text)) {
        Ok(value) => {
            let written = write(&value);
            match read(&written) {
                Ok(again) => {
                    assert!(write(&again) == written, "it changes when it is written again")
                }
                Err(error) => panic!("what was written is refused: {error}"),
            }
            Some(value)
        }
        Err(error) => {
            refused(&error);
            None
        }
    }
}

/// A verifier of the vectors with the statements that somebody proved to it.
struct Expecting {
    verifier: Verifier,
    statements: Vec<Statement>,
}

static VERIFIERS: LazyLock<Vec<Expecting>> = LazyLock::new(|| match verifiers() {
    Ok(verifiers) => verifiers,
    Err(error) => panic!("the vectors cannot be read: {error}"),
});

fn verifiers() -> wattproof_tests::Any<Vec<Expecting>> {
    let vectors = Vectors::read()?;
    let mut all: Vec<((&str, &str), Expecting)> = Vec::new();
    for case in vectors.cases.iter().filter(|case| case.expect == Outcome::verified()) {
        let (Some(profile), Some(text)) = (vectors.profile(case)?, &case.bundle) else { continue };
        let (names, bundle) = ((vectors.key(case)?, profile), Bundle::from_json(text)?);
        match all.iter_mut().find(|(other, _)| *other == names) {
            Some((_, expecting)) => expecting.statements.push(bundle.statement),
            None => {
                let verifier = vectors.verifier(case)?;
                all.push((names, Expecting { verifier, statements: vec![bundle.statement] }));
            }
        }
    }
    Ok(all.into_iter().map(|(_, expecting)| expecting).collect())
}

/// Bundles: whatever is accepted under a profile is what somebody proved for it.
pub fn bundle(bytes: &[u8]) {
    match within(bytes.len(), TREE, FLOOR, || Bundle::from_slice(bytes)) {
        Ok(bundle) => match Bundle::from_json(&bundle.to_json()) {
            Ok(again) => assert_eq!(again, bundle),
            Err(error) => panic!("what was written is refused: {error}"),
        },
        Err(error) => refused(&error),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for Expecting { verifier, statements } in VERIFIERS.iter() {
        match verifier.verify(text) {
            Ok(_) => {
                let claimed = Bundle::from_json(text).map(|bundle| bundle.statement);
                assert!(
                    claimed.is_ok_and(|claimed| statements.contains(&claimed)),
                    "accepted, and nobody proved it: {text}"
                );
            }
            Err(error) => refused(&error),
        }
    }
}

/// Verifying keys as files.
pub fn verifying_key(bytes: &[u8]) {
    file(bytes, TREE, VerifyingKeyFile::from_json, VerifyingKeyFile::to_json);
}

/// A key and a proof as bytes; and the key in a file with a fingerprint that fits, as nothing behind a wrong one is looked at.
pub fn points(bytes: &[u8]) {
    match within(bytes.len(), BINARY, FLOOR, || VerifyingKey::from_bytes(bytes)) {
        Ok(key) => assert_eq!(key.to_bytes(), bytes),
        Err(error) => refused(&error),
    }
    match Proof::from_bytes(bytes) {
        Ok(proof) => assert_eq!(proof.to_bytes(), bytes),
        Err(error) => refused(&error),
    }
    let Ok((text, _)) = key_file(&BASE, bytes, Setup::Dev) else { return };
    if let Some(read) =
        file(text.as_bytes(), TREE, VerifyingKeyFile::from_json, VerifyingKeyFile::to_json)
    {
        assert_eq!(read.key().to_bytes(), bytes);
        assert_eq!(read.key().public_inputs(), read.shape().public_inputs());
    }
}

/// A key file that others are made of.
static BASE: LazyLock<VerifyingKeyFile> = LazyLock::new(|| {
    let vectors =
        Vectors::read().unwrap_or_else(|error| panic!("the vectors cannot be read: {error}"));
    let text = vectors.keys.get("day-24x1h.vk.json").map(String::as_str).unwrap_or_default();
    VerifyingKeyFile::from_json(text).unwrap_or_else(|error| panic!("{error}"))
});

/// Witness packages; what is read is also checked, as every prover does.
pub fn package(bytes: &[u8]) {
    let Some(claim) = file(bytes, TREE, Claim::from_json, Claim::to_json) else { return };
    if let Err(error) = claim.check() {
        refused(&error);
    }
}

/// Policies: what is read has a digest, and a shape that a circuit can have.
pub fn policy(bytes: &[u8]) {
    let Some(policy) = file(bytes, TREE, Policy::from_json, Policy::to_json) else { return };
    let again = Policy::from_json(&policy.to_json());
    assert!(again.is_ok_and(|again| again.digest() == policy.digest()));
    if let Err(error) = policy.shape().check() {
        panic!("a policy without a circuit: {error}");
    }
}

/// Agreements in both syntaxes, compiled for the period that they would be tried with.
pub fn agreement(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for syntax in [Syntax::Toml, Syntax::Json] {
        let words = |text: String| {
            assert!(
                text.len() < 8192 && !text.contains(|c: char| c.is_control() && c != '\n'),
                "{text:?}"
            )
        };
        let agreement = match within(bytes.len(), PLACED, FLOOR, || Agreement::parse(text, syntax))
        {
            Ok(agreement) => agreement,
            Err(error) => {
                words(error.to_string());
                continue;
            }
        };
        let sample = resolve(agreement.sample_period(), agreement.calendar()).ok();
        for period in [None, sample] {
            match agreement.compile(period) {
                Ok(compiled) => policy(compiled.policy.to_json().as_bytes()),
                Err(error) => words(error.to_string()),
            }
        }
    }
}

/// Profiles; what is read is put to a key.
pub fn profile(bytes: &[u8]) {
    let Some(profile) = file(bytes, TREE, Profile::from_json, Profile::to_json) else { return };
    if let Err(error) = fits(&profile, &BASE, [0; 4]) {
        refused(&error);
    }
    let text = to_json(&profile.context);
    let context = file(text.as_bytes(), TREE, Context::from_json, |context| to_json(context));
    assert!(context.is_some_and(|context| context.field() == profile.context.field()));
}

/// First phases, with what a circuit of each size would take of them.
pub fn ptau(bytes: &[u8]) {
    let read = |power: Option<u32>| -> Result<u32> {
        let mut ptau = Ptau::open(Cursor::new(bytes))?;
        let of = power.unwrap_or(ptau.power());
        ptau.phase1(of)?;
        Ok(ptau.power())
    };
    let whole = within(bytes.len(), BINARY, FLOOR, || read(None));
    if let Err(error) = &whole {
        refused(error);
    }
    // Smaller ones have Lagrange polynomials of their own, which may be damaged by themselves.
    for power in 0..whole.unwrap_or_default() {
        if let Err(error) = read(Some(power)) {
            refused(&error);
        }
    }
}

/// Proving keys of snarkjs.
pub fn zkey(bytes: &[u8]) {
    match within(bytes.len(), BINARY, FLOOR, || Zkey::read(Cursor::new(bytes))) {
        Ok(key) => {
            let mut written = Vec::new();
            assert!(key.write(&mut written).is_ok());
            match Zkey::read(Cursor::new(written)) {
                Ok(again) => assert!(again == key, "it changes when it is written again"),
                Err(error) => panic!("what was written is refused: {error}"),
            }
        }
        Err(error) => refused(&error),
    }
}

/// Witnesses of circom and snarkjs.
pub fn witness(bytes: &[u8]) {
    match within(bytes.len(), BINARY, FLOOR, || read_witness(Cursor::new(bytes))) {
        Ok(values) => {
            let mut written = Vec::new();
            assert!(write_witness(&values, &mut written).is_ok());
            assert_eq!(read_witness(Cursor::new(written)), Ok(values));
        }
        Err(error) => refused(&error),
    }
}

/// snarkjs's JSON: a key, a proof, public inputs, calldata.
pub fn snarkjs(bytes: &[u8]) {
    file(bytes, STRINGS, json::read_verification_key, json::verification_key);
    file(bytes, STRINGS, json::read_proof, json::proof);
    file(bytes, STRINGS, json::read_public_inputs, |inputs| json::public_inputs(inputs));
    file(bytes, STRINGS, json::read_calldata, |(proof, inputs)| json::calldata(proof, inputs));
}

/// Proving keys of our own, under the digest that fits: without it nothing but the digest would be looked at in the end.
pub fn proving_key(bytes: &[u8]) {
    // What is read is hashed in large pieces.
    const BUFFER: u64 = 1 << 20;
    let digest: [u8; 32] = Sha256::digest(bytes).into();
    let outline = within(bytes.len(), BINARY, FLOOR + BUFFER, || Outline::read(bytes, &digest));
    match within(bytes.len(), BINARY, FLOOR + BUFFER, || ProvingKey::read(bytes, &digest)) {
        Ok(key) => {
            let mut written = Vec::new();
            assert_eq!(key.write(&mut written).ok(), Some(digest));
            assert!(written == bytes && outline.is_ok());
        }
        Err(error) => refused(&error),
    }
    if let Err(error) = outline {
        refused(&error);
    }
}

/// A line of a registry's log, a registry's file, a snapshot.
pub fn registry(bytes: &[u8]) {
    file(bytes, TREE, |text| RegistryRecord::from_json(text.as_bytes()), RegistryRecord::to_json);
    file(bytes, TREE, Registry::from_json, Registry::to_json);
    match within(bytes.len(), BINARY, FLOOR, || read_registry(&mut &bytes[..], bytes.len() as u64))
    {
        Ok(registry) => {
            let mut written = Vec::new();
            assert!(write_registry(&registry, &mut written).is_ok());
            assert!(written == bytes, "a snapshot has one form");
        }
        Err(error) => refused(&error),
    }
}

/// What a meter's owner keeps and hands out: keys, enrolments, blocks, devices of level L3, what was disclosed.
pub fn device(bytes: &[u8]) {
    file(bytes, SERDE, Device::from_json, |device| device.to_json().to_string());
    file(bytes, SERDE, Enrolment::from_json, Enrolment::to_json);
    file(bytes, SERDE, Link::from_json, Link::to_json);
    file(bytes, SERDE, SecureElement::from_json, |element| element.to_json().to_string());
    file(bytes, SERDE, PublicDevice::from_json, PublicDevice::to_json);
    file(bytes, SERDE, Disclosures::from_json, |ledger| ledger.to_json().unwrap_or_default());
}

/// The files of a sum.
pub fn sums(bytes: &[u8]) {
    file(bytes, TREE, Roster::from_json, Roster::to_json);
    file(bytes, TREE, Member::from_json, Member::to_json);
    file(bytes, TREE, Share::from_json, Share::to_json);
    file(bytes, SERDE, MaskKey::from_json, |key| key.to_json().to_string());
}

/// What a ceremony leaves: a transcript, attestations, the list of contributors.
pub fn ceremony(bytes: &[u8]) {
    file(bytes, SERDE, Transcript::from_json, Transcript::to_json);
    file(bytes, SERDE, Attestation::from_json, Attestation::to_json);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = within(bytes.len(), SERDE, FLOOR, || Contributor::list(text)) {
        refused(&error);
    }
}
