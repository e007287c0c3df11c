//! The vectors' keys and their contracts, compiled once for all tests.
#![allow(dead_code, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use wattproof_circuits::format::VerifyingKeyFile;
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::iden3::solidity;
use wattproof_circuits::verifier::KeyPolicy;
use wattproof_contracts::{Artefact, Chain, Contract, DynSolValue, Words, address, number};
use wattproof_tests::vector::Vectors;

pub(crate) const TRIAL: KeyPolicy = KeyPolicy { allow_dev: true };

/// A key of the vectors and its contract.
pub(crate) struct Subject {
    pub(crate) file: VerifyingKeyFile,
    pub(crate) prepared: PreparedVerifyingKey,
    pub(crate) artefact: Artefact,
}

pub(crate) static VECTORS: LazyLock<Vectors> = LazyLock::new(|| Vectors::read().unwrap());

/// By the key's fingerprint.
pub(crate) static SUBJECTS: LazyLock<BTreeMap<[u8; 32], Subject>> = LazyLock::new(|| {
    let files: Vec<_> =
        VECTORS.keys.values().map(|text| VerifyingKeyFile::from_json(text).unwrap()).collect();
    let name = |i: usize| format!("Key{i}");
    let sources: Vec<_> = (files.iter().enumerate())
        .map(|(i, file)| single(&solidity::verifier(file, &name(i), TRIAL).unwrap()))
        .collect();
    let names: Vec<_> = (0..files.len()).map(|i| name(i) + "Verifier").collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let artefacts = Artefact::of_sources("vectors", &sources, &names);
    let subjects = files.into_iter().zip(artefacts).map(|(file, artefact)| {
        let prepared = file.key().into();
        (file.fingerprint().0, Subject { file, prepared, artefact })
    });
    subjects.collect()
});

/// A generated file without its second contract: half the work for the compiler.
fn single(source: &str) -> String {
    let (first, batch) = source.split_once("/// @title The same key").unwrap();
    assert!(batch.contains("BatchVerifier is"));
    first.to_owned()
}

/// The key of this file in `tests/vectors/keys`.
pub(crate) fn subject(key: &str) -> &'static Subject {
    let file = VerifyingKeyFile::from_json(&VECTORS.keys[key]).unwrap();
    &SUBJECTS[&file.fingerprint().0]
}

/// What a contract answers: `true`, `false` or its error.
pub(crate) fn answer(chain: &mut Chain, contract: &Contract, words: &Words) -> String {
    match chain.view(contract, "verify", &words.args()).reply {
        Ok(values) => match values.as_slice() {
            [DynSolValue::Bool(holds)] => holds.to_string(),
            other => panic!("{other:?}"),
        },
        Err(revert) => revert.to_string(),
    }
}

/// What a contract gets that calls with this much gas; none if the call failed, which it must do without a word.
pub(crate) fn answer_with(
    chain: &mut Chain,
    caller: &Contract,
    of: &Contract,
    data: &[u8],
    gas: usize,
) -> Option<Vec<u8>> {
    let args = [address(of.address), DynSolValue::Bytes(data.to_vec()), number(gas)];
    match chain.view(caller, "ask", &args).reply.unwrap().as_slice() {
        [DynSolValue::Bool(true), DynSolValue::Bytes(answer)] => Some(answer.clone()),
        [DynSolValue::Bool(false), DynSolValue::Bytes(silence)] => {
            assert_eq!(silence, &[0; 0], "gas {gas}");
            None
        }
        other => panic!("{other:?}"),
    }
}
