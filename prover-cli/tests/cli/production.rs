//! What each command says of keys that no production relies on. Whether verifiers in Rust and JavaScript say the same is for tests/vectors.

use std::fs;
use std::path::Path;

use crate::refusal;
use crate::world::{Bench, HOUR, NONCE};

/// Keys of the vectors, and what they are refused for without leave and with it.
const KEYS: [(&str, &str, Option<&str>); 3] = [
    ("dev-key-alone", "dev-key", None),
    ("ceremony-private-first-phase", "dev-key", None),
    ("ceremony-of-nobody", "unsound-key", Some("unsound-key")),
];

/// A case of the vectors as files: `bundle.json`, `key.vk.json` and `profile.json`.
fn lay(bench: &Bench, name: &str) {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut cases = fs::read_dir(vectors.join("cases")).unwrap().map(|entry| entry.unwrap().path());
    let is = |path: &std::path::PathBuf| path.to_string_lossy().ends_with(&format!("-{name}.json"));
    let bytes = fs::read(cases.find(is).unwrap()).unwrap();
    let case: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let text = |member: &str| case[member].as_str().map(ToOwned::to_owned);
    let key = fs::read_to_string(vectors.join("keys").join(text("key").unwrap())).unwrap();
    let own = fs::read_to_string(vectors.join("profiles/small.json")).unwrap();
    bench.write("key.vk.json", key);
    bench.write("bundle.json", text("bundle").unwrap());
    bench.write("profile.json", text("profile_text").unwrap_or(own));
}

fn said(bench: &Bench, line: &str, leave: &str) -> Option<String> {
    let line = format!("{line} {leave}");
    let words: Vec<&str> = line.split_whitespace().collect();
    if crate::run(bench.path(), &words).code == 0 {
        return None;
    }
    let (code, name) = refusal(bench.path(), &words);
    assert_eq!(code, 1, "{line}: {name}");
    Some(name)
}

#[test]
fn keys_that_one_party_or_nobody_made_are_refused_wherever_a_key_is_relied_on() {
    for (case, without, with) in KEYS {
        let bench = Bench::with(&[]);
        lay(&bench, case);
        for (line, leave) in [
            (
                "verify --bundle bundle.json --key key.vk.json --profile profile.json",
                "--allow-dev-keys",
            ),
            ("export solidity --key key.vk.json -o Verifier.sol", "--allow-development"),
        ] {
            assert_eq!(said(&bench, line, "").as_deref(), Some(without), "{case}: {line}");
            assert_eq!(said(&bench, line, leave).as_deref(), with, "{case}: {line} {leave}");
        }
    }
}

/// Where no leave is asked, as the profile only pins the key and the verifier refuses it, a key of nobody is refused all the same.
#[test]
fn a_key_to_which_nobody_contributed_is_no_key_to_any_command() {
    let bench = Bench::with(&["policy.json", "registry.log", "package.json"]);
    lay(&bench, "ceremony-of-nobody");
    let profile = format!(
        "profile new --policy policy.json --key key.vk.json --registry registry.log --period {HOUR} \
         --verifier example-utility --nonce {NONCE} -o new.json"
    );
    for line in [
        profile.as_str(),
        "prove --package package.json --key key.vk.json -o new.json",
        "snarkjs key --key key.vk.json -o new.json",
        "ceremony audit --transcript bundle.json --key key.vk.json --accept-unsigned",
    ] {
        assert_eq!(said(&bench, line, "").as_deref(), Some("unsound-key"), "{line}");
        assert!(!bench.path().join("new.json").exists(), "{line}");
    }
}
