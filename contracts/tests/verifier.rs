//! Generated verifiers against the product: every shared vector, what they refuse, and what they do when gas is short.
#![allow(clippy::unwrap_used)]

mod subjects;

use std::collections::BTreeMap;

use alloy_json_abi::Function;
use subjects::{SUBJECTS, Subject, TRIAL, VECTORS, answer, answer_with, subject};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::iden3::solidity;
use wattproof_circuits::verifier::KeyPolicy;
use wattproof_contracts::{Artefact, Chain, DynSolValue, U256, Words, number};

/// The words of a vector's bundle.
fn words(name: &str) -> Words {
    let bundle = VECTORS.case(name).unwrap().bundle.as_ref().unwrap();
    Words::of_bundle(&Bundle::from_json(bundle).unwrap()).unwrap()
}

#[test]
fn every_vector_that_holds_a_proof_gets_the_native_answer() {
    let mut chain = Chain::new();
    let contracts: BTreeMap<_, _> = (SUBJECTS.iter())
        .map(|(fingerprint, s)| (*fingerprint, chain.deploy(&s.artefact, &[]).unwrap()))
        .collect();
    let (mut held, mut judged) = (0, 0);
    for case in &VECTORS.cases {
        let Ok(key) = VectorKey::of(case) else { continue };
        let Some(bundle) = case.bundle.as_ref().and_then(|text| Bundle::from_json(text).ok())
        else {
            continue;
        };
        let Some(words) = Words::of_bundle(&bundle) else { continue };
        let Some(subject) = SUBJECTS.get(&key.0) else { continue };
        let answer = answer(&mut chain, &contracts[&key.0], &words);
        assert_eq!(answer, words.expected(&subject.prepared), "{}", case.name);
        judged += 1;
        held += usize::from(answer == "true");
        let good = ["verified", "unconfirmed"].contains(&case.expect.verdict.as_str());
        assert!(!good || answer == "true", "{}", case.name);
    }
    // Proofs are refused for what they are not proofs of: most of the others hold for what their bundle says.
    assert!(judged > 150 && held > 60 && judged - held > 40, "{held} of {judged} held");
}

/// The fingerprint of a case's key.
struct VectorKey([u8; 32]);

impl VectorKey {
    fn of(case: &wattproof_tests::vector::Case) -> wattproof_circuits::error::Result<Self> {
        let text = VECTORS.key(case).unwrap_or_default();
        VerifyingKeyFile::from_json(text).map(|file| Self(file.fingerprint().0))
    }
}

#[test]
fn snarkjs_s_function_gives_the_same_answer() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&subject("day-24x1h.vk.json").artefact, &[]).unwrap();
    let pair = |x: U256, y: U256| DynSolValue::FixedArray(vec![number(x), number(y)]);
    let mut ask = |words: &Words| {
        let [ax, ay, bx1, bx0, by1, by0, cx, cy] = words.proof;
        let b = DynSolValue::FixedArray(vec![pair(bx1, bx0), pair(by1, by0)]);
        let inputs = words.inputs.iter().copied().map(number).collect();
        let args = [pair(ax, ay), b, pair(cx, cy), DynSolValue::FixedArray(inputs)];
        let outcome = chain.view(&contract, "verifyProof", &args);
        outcome.reply.map(|values| values == [DynSolValue::Bool(true)]).map_err(|e| e.to_string())
    };
    let good = words("day");
    assert_eq!(ask(&good), Ok(true));
    for i in 0..good.inputs.len() {
        let mut other = good.clone();
        other.inputs[i] += U256::from(1);
        assert_eq!(ask(&other), Ok(false), "input {i}");
        other.inputs[i] = wattproof_contracts::R;
        assert_eq!(ask(&other), Err(format!("InputRange({i})")));
    }
}

#[test]
fn a_contract_says_which_key_it_is() {
    let mut chain = Chain::new();
    for Subject { file, artefact, .. } in SUBJECTS.values() {
        let contract = chain.deploy(artefact, &[]).unwrap();
        let mut word = |function| chain.view(&contract, function, &[]).one();
        let bytes = |digest| wattproof_contracts::bytes32(digest);
        assert_eq!(word("circuit"), bytes(file.circuit_id().0));
        assert_eq!(word("fingerprint"), bytes(file.fingerprint().0));
        assert_eq!(word("inputCount"), number(file.key().public_inputs()));
        let setup = chain.view(&contract, "setup", &[]).reply.unwrap();
        let ceremony = !file.setup().is_trial();
        assert_eq!(setup[0], DynSolValue::Bool(ceremony));
        let (contributors, transcript) = if ceremony { (3, [0x77; 32]) } else { (0, [0; 32]) };
        assert_eq!(setup[1], DynSolValue::Uint(U256::from(contributors), 32));
        assert_eq!(setup[2], bytes(transcript));
    }
}

#[test]
fn a_generated_contract_is_what_the_interface_says() {
    let interface = Artefact::named("IWattproofVerifier").abi;
    let abi = &subject("small.vk.json").artefact.abi;
    for function in interface.functions() {
        let own = abi.function(&function.name).unwrap();
        let types = |f: &Function| (f.signature(), format!("{:?}", f.outputs));
        assert_eq!(types(&own[0]), types(function));
    }
    for error in interface.errors() {
        assert!(abi.errors().any(|own| own.selector() == error.selector()), "{}", error.name);
    }
}

/// Any number of inputs but the right one is refused, with zeros at the end as well.
#[test]
fn the_number_of_inputs_is_checked() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&subject("small.vk.json").artefact, &[]).unwrap();
    let good = words("small-settlement");
    let n = good.inputs.len();
    for given in 0..=2 * n {
        let mut other = good.clone();
        other.inputs.resize(given, U256::ZERO);
        let expected = if given == n { "true".into() } else { format!("InputCount({given}, {n})") };
        assert_eq!(answer(&mut chain, &contract, &other), expected);
    }
}

/// Calldata that no compiler of calls would write: cut short, offsets that lie, lengths that are not there.
#[test]
fn crooked_calldata_is_never_a_yes() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&subject("small.vk.json").artefact, &[]).unwrap();
    let good = contract.calldata("verify", &words("small-settlement").args()).to_vec();
    let mut ask = |data: Vec<u8>| {
        let outcome = chain.view_raw(&contract, data.into());
        match outcome.reply {
            Ok(values) => values == [DynSolValue::Bytes([vec![0; 31], vec![1]].concat())],
            Err(_) => false,
        }
    };
    assert!(ask(good.clone()));
    for length in (0..good.len()).step_by(7).chain([good.len() - 1, good.len() - 32]) {
        assert!(!ask(good[..length].to_vec()), "cut to {length}");
    }
    let offset = 4 + 8 * 32;
    for (at, value) in [
        (offset, U256::MAX),
        (offset, U256::from(1) << 64),
        (offset, U256::from(0)),
        (offset, U256::from(good.len())),
        (offset + 32, U256::MAX),
        (offset + 32, U256::from(1) << 255),
        (offset + 32, U256::from(7)),
        (offset + 32, U256::from(5)),
    ] {
        let mut data = good.clone();
        data[at..at + 32].copy_from_slice(&value.to_be_bytes::<32>());
        assert!(!ask(data), "{value} at {at}");
    }
    // What lies behind the arguments is nobody's.
    assert!(ask([good, vec![0xff; 100]].concat()));
}

/// Whatever the gas, the answer is the right one or none: what ran out of gas reads neither as yes nor as no.
#[test]
fn short_of_gas_there_is_no_answer() {
    let mut chain = Chain::new();
    let subject = subject("small.vk.json");
    let contract = chain.deploy(&subject.artefact, &[]).unwrap();
    let good = words("small-settlement");
    let mut other = good.clone();
    other.inputs[5] += U256::from(1);
    let mut none = good.clone();
    none.proof[7] += U256::from(1);
    let caller = chain.deploy(&Artefact::named("Caller"), &[]).unwrap();
    let mut told = [0; 3];
    let gas = (1_000..240_000).step_by(1_500).chain((240_000..1_400_000).step_by(20_000));
    for gas in gas {
        for (i, (words, holds)) in
            [(&good, true), (&other, false), (&none, false)].iter().enumerate()
        {
            let data = contract.calldata("verify", &words.args());
            match answer_with(&mut chain, &caller, &contract, &data, gas) {
                Some(answer) => {
                    assert_eq!(answer, [vec![0; 31], vec![u8::from(*holds)]].concat());
                    told[i] += 1;
                }
                None => assert!(gas < 1_000_000, "{i}: no answer with {gas}"),
            }
        }
    }
    // A no to points needs the gas that tells a bad point from an empty tank.
    assert!(told[0] > 55 && told[0] == told[1] && told[2] > 10 && told[2] < told[1], "{told:?}");
}

/// A bad point burns no more than the cap, however much there is.
#[test]
fn a_bad_point_burns_a_bounded_amount() {
    let mut chain = Chain::new();
    let contract = chain.deploy(&subject("small.vk.json").artefact, &[]).unwrap();
    let mut none = words("small-settlement");
    none.proof[7] += U256::from(1);
    let outcome = chain.view(&contract, "verify", &none.args());
    assert_eq!(outcome.one(), DynSolValue::Bool(false));
    assert!(outcome.gas.execution < 960_000, "{}", outcome.gas.execution);
}

/// Where the machine has no such precompile, a call to its address succeeds and answers nothing. That is no yes, and no no.
#[test]
fn without_precompiles_there_is_no_answer() {
    let artefact = &subject("small.vk.json").artefact;
    let good = words("small-settlement");
    for missing in [6, 7, 8] {
        let mut chain = Chain::without_precompile(missing);
        let contract = chain.deploy(artefact, &[]).unwrap();
        let outcome = chain.view(&contract, "verify", &good.args());
        assert_eq!(outcome.error(), "Bytes(0x)", "without {missing}");
    }
}

/// Somebody edits a generated file: the constructor refuses what the product refuses in keys.
#[test]
fn unsound_keys_are_refused_at_deployment() {
    let file = &subject("small.vk.json").file;
    // The constants and the constructor: the rest would only take time to compile, each time.
    let source = solidity::verifier(file, "Edited", TRIAL).unwrap();
    let verify = "    /// @inheritdoc IWattproofVerifier\n    function verify(";
    let (head, _) = source.split_once(verify).unwrap();
    let source = head.replace(" is IWattproofVerifier", "") + "}\n";
    let value = |name: &str| {
        let line = source.lines().find(|line| line.contains(&format!(" {name} = "))).unwrap();
        line.split(" = ").nth(1).unwrap().trim_end_matches(';').to_owned()
    };
    let zero = format!("0x{}", "0".repeat(64));
    let set = |source: &str, name: &str, to: &str| {
        let (from, to) = (format!(" {name} = {};", value(name)), format!(" {name} = {to};"));
        assert!(source.contains(&from));
        source.replace(&from, &to)
    };
    let copied = |to: &str, from: &str| {
        let parts = ["X1", "X0", "Y1", "Y0"];
        parts.iter().fold(source.clone(), |source, part| {
            set(&source, &format!("{to}_{part}"), &value(&format!("{from}_{part}")))
        })
    };
    let zeroed = |name: &str, parts: &[&str]| {
        parts.iter().fold(source.clone(), |source, p| set(&source, &format!("{name}_{p}"), &zero))
    };
    let generator = |name: &str| {
        let x1 = "0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2";
        let x0 = "0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed";
        // Where gamma is the generator, this would be a key whose points are alike.
        let source = set(&source, "GAMMA_X1", &format!("0x{:064x}", 1));
        set(&set(&source, &format!("{name}_X1"), x1), &format!("{name}_X0"), x0)
    };
    // Gamma is the generator in development keys too: that is as it should be.
    let edits = [
        source.clone(),
        copied("DELTA", "GAMMA"),
        copied("GAMMA", "DELTA"),
        copied("BETA", "GAMMA"),
        copied("BETA", "DELTA"),
        zeroed("ALPHA", &["X", "Y"]),
        zeroed("BETA", &["X1", "X0", "Y1", "Y0"]),
        zeroed("GAMMA", &["X1", "X0", "Y1", "Y0"]),
        zeroed("DELTA", &["X1", "X0", "Y1", "Y0"]),
        zeroed("IC0", &["X", "Y"]),
        zeroed("IC6", &["X", "Y"]),
        generator("BETA"),
        generator("DELTA"),
    ];
    let name = |i: usize| format!("Edited{i}Verifier");
    let renamed: Vec<_> = (edits.iter().enumerate())
        .map(|(i, source)| source.replace("EditedVerifier", &name(i)))
        .collect();
    let names: Vec<_> = (0..edits.len()).map(name).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let artefacts = Artefact::of_sources("unsound", &renamed, &names);
    let mut chain = Chain::new();
    chain.deploy(&artefacts[0], &[]).unwrap();
    for (i, artefact) in artefacts.iter().enumerate().skip(1) {
        let refused = chain.deploy(artefact, &[]).unwrap_err();
        assert_eq!(refused.to_string(), "UnsoundKey()", "edit {i}");
    }
}

#[test]
fn development_keys_and_strange_names_are_not_exported() {
    let export = |key: &str, name: &str, allow_dev| {
        solidity::verifier(&subject(key).file, name, KeyPolicy { allow_dev })
    };
    let code = |result: wattproof_circuits::error::Result<String>| result.unwrap_err().code();
    assert_eq!(code(export("small.vk.json", "A", false)), Code::DevKey);
    // Whoever made a private first phase could forge: the contract says that there was no ceremony.
    let private = "ceremony-private-first-phase.vk.json";
    assert_eq!(code(export(private, "A", false)), Code::DevKey);
    assert!(export(private, "A", true).unwrap().contains("CEREMONY = false;"));
    let source = export("small-ceremony.vk.json", "A", false).unwrap();
    assert!(!source.contains("{{") && !source.contains("DEVELOPMENT"), "{source}");
    assert!(export("small.vk.json", "A", true).unwrap().contains("DEVELOPMENT"));
    let long = "a".repeat(65);
    for name in ["", "1a", "_a", "a b", "a{}", "a-b", "ä", "a/**/", "a;", &long] {
        assert_eq!(code(export("small-ceremony.vk.json", name, false)), Code::Malformed, "{name}");
    }
}
