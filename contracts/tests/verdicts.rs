//! What contracts say of the published vectors (tests/vectors/verdicts.json), read kindly: numbers and points as they are written.
#![allow(clippy::unwrap_used)]

mod subjects;

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;
use subjects::{SUBJECTS, VECTORS, answer};
use wattproof_circuits::format::VerifyingKeyFile;
use wattproof_contracts::{Chain, U256, Words};
use wattproof_tests::root;

fn words(entry: &Value) -> Option<Words> {
    let list = entry["words"].as_array()?.iter();
    let words: Vec<U256> = list.map(|word| word.as_str().unwrap().parse().unwrap()).collect();
    let (proof, inputs) = words.split_first_chunk()?;
    Some(Words { proof: *proof, inputs: inputs.to_vec() })
}

#[test]
fn contracts_say_of_each_vector_what_the_list_says() {
    let path = root().join("tests/vectors/verdicts.json");
    let text = fs::read_to_string(&path).unwrap();
    let listed: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(listed.len(), VECTORS.cases.len());
    let mut chain = Chain::new();
    let contracts: BTreeMap<_, _> = (SUBJECTS.iter())
        .map(|(fingerprint, s)| {
            (*fingerprint, (chain.deploy(&s.artefact, &[]).unwrap(), &s.prepared))
        })
        .collect();
    let (mut lines, mut wrong, mut refused) = (Vec::new(), Vec::new(), 0);
    for (entry, case) in listed.iter().zip(&VECTORS.cases) {
        assert_eq!(entry["name"], case.name);
        let file = VerifyingKeyFile::from_json(VECTORS.key(case).unwrap()).ok();
        let key = file.and_then(|file| contracts.get(&file.fingerprint().0));
        let said = match (key, words(entry)) {
            // No contract is made of a key that is refused.
            (None, _) => "no-contract".to_owned(),
            (Some(_), None) => "no-call".to_owned(),
            (Some((contract, prepared)), Some(words)) => {
                let said = answer(&mut chain, contract, &words);
                assert_eq!(said, words.expected(prepared), "{}", case.name);
                said
            }
        };
        assert!(case.expect.code.is_some() || said == "true", "{}: {said}", case.name);
        refused += usize::from(said != "true" && !said.starts_with("no-"));
        if entry["evm"] != said {
            wrong.push(format!("{}: {said}", case.name));
        }
        let before = serde_json::to_string(&entry["evm"]).unwrap();
        let name = format!("{{\"name\":\"{}\",", case.name);
        let old = text.lines().find(|line| line.starts_with(&name)).unwrap();
        lines.push(old.replacen(&format!("\"evm\":{before}"), &format!("\"evm\":\"{said}\""), 1));
    }
    if std::env::var_os("WATTPROOF_WRITE_VERDICTS").is_some() {
        fs::write(&path, format!("[\n{}\n]\n", lines.join("\n"))).unwrap();
        return;
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(refused > 50, "contracts refused only {refused}");
}
