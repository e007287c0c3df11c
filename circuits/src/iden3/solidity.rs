//! A verifying key as contracts: the template of `contracts/templates`, filled in.

use super::json::word;
use crate::error::{Code, Error, Result};
use crate::format::{Digest, Setup, VerifyingKeyFile};
use crate::verifier::KeyPolicy;
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::PrimeField;
use std::fmt::Write;

const TEMPLATE: &str = include_str!("../../../contracts/templates/Verifier.sol");
const INTERFACES: [&str; 2] = [
    include_str!("../../../contracts/src/IWattproofVerifier.sol"),
    include_str!("../../../contracts/src/IWattproofBatchVerifier.sol"),
];
/// Where an interface begins, behind licence, pragma and imports.
const BEGIN: &str = "/// @title";

/// Most bytes of a contract's name.
const MAX_NAME: usize = 64;

/// Solidity source of two contracts that verify proofs under this key, `<name>Verifier` and `<name>BatchVerifier`. It needs no
/// other file; the same key and name give the same text.
///
/// # Errors
/// [`Code::DevKey`] for a development key unless allowed, and for a ceremony that nobody contributed to; [`Code::Malformed`] for a
/// name that is none in Solidity. Keys under which anyone can forge are no [`VerifyingKeyFile`] to begin with.
///
/// ```no_run
/// # use wattproof_circuits::{format::VerifyingKeyFile, iden3::solidity, verifier::KeyPolicy};
/// # fn main() -> wattproof_circuits::error::Result<()> {
/// # let text = "";
/// let key = VerifyingKeyFile::from_json(text)?;
/// let source = solidity::verifier(&key, "Day", KeyPolicy { allow_dev: false })?;
/// assert!(source.contains("contract DayVerifier is IWattproofVerifier"));
/// # Ok(())
/// # }
/// ```
pub fn verifier(file: &VerifyingKeyFile, name: &str, policy: KeyPolicy) -> Result<String> {
    check_name(name)?;
    check_setup(file.setup(), policy)?;
    let key: ark_groth16::VerifyingKey<Bn254> = file.key().into();
    let inputs = file.key().public_inputs();
    let (ceremony, contributors, transcript) = match file.setup() {
        Setup::Dev => (false, 0, Digest([0; 32])),
        Setup::Ceremony { contributions, transcript } => (true, contributions, transcript),
    };
    let words = match ceremony {
        true => format!("a ceremony with {contributors} contributions"),
        false => "DEVELOPMENT: made by one party, who can forge. For trials only".into(),
    };
    let filled = [
        ("interfaces", INTERFACES.map(declaration).join("\n") + "\n"),
        ("name", name.to_owned()),
        ("circuit", file.circuit_id().hex()),
        ("fingerprint", file.fingerprint().hex()),
        ("setup_words", words),
        ("ceremony", ceremony.to_string()),
        ("contributors", contributors.to_string()),
        ("transcript", transcript.hex()),
        ("inputs", inputs.to_string()),
        ("key", constants(&key)),
        ("input_identities", identities(inputs)),
        ("terms", terms("sum", inputs, |i| format!("_word(inputs, {})", i - 1))),
        ("batch_terms", terms("pair", inputs, |i| format!("_minusSum(sums, {i})"))),
    ];
    let fill = |text: String, (place, with): &(&str, String)| {
        text.replace(&format!("{{{{{place}}}}}"), with)
    };
    Ok(filled.iter().fold(TEMPLATE.to_owned(), fill))
}

/// A name goes into the source: nothing but a word of Solidity's may.
fn check_name(name: &str) -> Result<()> {
    let letter = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let rest = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if letter && rest && name.len() <= MAX_NAME {
        return Ok(());
    }
    let fault = "name: not a letter with up to 63 letters, digits or underscores behind it.";
    Err(Error::new(Code::Malformed, fault))
}

fn check_setup(setup: Setup, policy: KeyPolicy) -> Result<()> {
    let fault = match setup {
        Setup::Dev if !policy.allow_dev => "key: made by one party, who could forge claims.",
        Setup::Ceremony { contributions: 0, .. } => "key: from a ceremony without contributions.",
        _ => return Ok(()),
    };
    Err(Error::new(Code::DevKey, fault))
}

fn declaration(source: &str) -> &str {
    source.find(BEGIN).map_or(source, |begin| &source[begin..])
}

fn constants(key: &ark_groth16::VerifyingKey<Bn254>) -> String {
    let mut text = String::new();
    write_g1(&mut text, "ALPHA", &key.alpha_g1);
    for (name, point) in
        [("BETA", &key.beta_g2), ("GAMMA", &key.gamma_g2), ("DELTA", &key.delta_g2)]
    {
        write_g2(&mut text, name, point);
    }
    for (i, point) in key.gamma_abc_g1.iter().enumerate() {
        write_g1(&mut text, &format!("IC{i}"), point);
    }
    text
}

fn write_g1(text: &mut String, name: &str, point: &G1Affine) {
    let (x, y) = point.xy().unwrap_or_default();
    write_constant(text, name, "X", &x);
    write_constant(text, name, "Y", &y);
}

fn write_g2(text: &mut String, name: &str, point: &G2Affine) {
    let (x, y) = point.xy().unwrap_or_default();
    for (part, number) in [("X1", x.c1), ("X0", x.c0), ("Y1", y.c1), ("Y0", y.c0)] {
        write_constant(text, name, part, &number);
    }
}

fn write_constant(text: &mut String, name: &str, part: &str, number: &impl PrimeField) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "    uint256 internal constant {name}_{part} = {};", word(number));
}

/// An input whose point is the identity would not be bound.
fn identities(inputs: usize) -> String {
    let line = |i| format!("        if ((IC{i}_X | IC{i}_Y) == 0) revert UnsoundKey();\n");
    (0..=inputs).map(line).collect()
}

/// One line for each input, from the first: its point, as often as `times` says, added to the one at `at`.
fn terms(at: &str, inputs: usize, times: impl Fn(usize) -> String) -> String {
    let line = |i| {
        let times = times(i);
        format!("            _accumulate({at}, IC{i}_X, IC{i}_Y, {times});\n")
    };
    (1..=inputs).map(line).collect()
}
