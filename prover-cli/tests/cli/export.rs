//! Keys as contracts. What the contracts say is tested where they run, in contracts/tests.

use crate::world::Bench;
use crate::{names, refusal, run};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn a_development_key_is_exported_only_by_name() {
    let bench = Bench::with(&["key.vk.json"]);
    let line = "export solidity --key key.vk.json -o Verifier.sol";
    assert_eq!(refusal(bench.path(), &words(line)), (1, "dev-key".into()));
    assert_eq!(names(bench.path()), ["key.vk.json"], "no output, not even in part");
    let line = format!("--json {line} --allow-development --name Hour");
    let done = run(bench.path(), &words(&line)).ok();
    assert!(done.err.contains("its maker can forge"), "{}", done.err);
    let json = done.json();
    assert_eq!(json["contracts"], serde_json::json!(["HourVerifier", "HourBatchVerifier"]));
    let source = bench.text("Verifier.sol");
    assert!(source.contains("contract HourVerifier is IWattproofVerifier {"));
    assert!(
        source.contains("contract HourBatchVerifier is HourVerifier, IWattproofBatchVerifier {")
    );
    let fingerprint = json["fingerprint"].as_str().unwrap();
    assert!(source.contains(&format!("FINGERPRINT = 0x{fingerprint};")));
    assert!(source.contains("CEREMONY = false;") && !source.contains("{{"));
    // The same again, byte by byte, on standard output.
    let line = "--quiet export solidity --key key.vk.json --allow-development --name Hour";
    assert_eq!(run(bench.path(), &words(line)).ok().text(), source);
}

#[test]
fn names_and_files_that_are_none_are_refused() {
    let bench = Bench::with(&["key.vk.json", "bundle.json"]);
    let export = |key: &str, name: &str| {
        let line =
            format!("export solidity --allow-development -o V.sol --key {key} --name {name}");
        refusal(bench.path(), &words(&line))
    };
    assert_eq!(export("key.vk.json", "a{}"), (2, "malformed".into()));
    assert_eq!(export("bundle.json", "A").0, 2);
    assert_eq!(names(bench.path()), ["bundle.json", "key.vk.json"]);
}

/// The vectors' keys under which anyone can forge, each with a fingerprint that fits.
#[test]
fn unsound_keys_are_refused() {
    let bench = Bench::with(&[]);
    let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors");
    let mut refused = 0;
    for entry in std::fs::read_dir(vectors.join("cases")).unwrap() {
        let case: serde_json::Value =
            serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        if case["expect"]["code"] != "unsound-key" {
            continue;
        }
        let named = |name: &str| std::fs::read_to_string(vectors.join("keys").join(name)).unwrap();
        let text = case["key_text"].as_str().map(ToOwned::to_owned);
        let text = text.unwrap_or_else(|| named(case["key"].as_str().unwrap()));
        bench.write("key.vk.json", &text);
        let line = "export solidity --allow-development -o V.sol --key key.vk.json";
        assert_eq!(refusal(bench.path(), &words(line)), (1, "unsound-key".into()), "{case}");
        refused += 1;
    }
    assert!(refused >= 12, "{refused}");
    assert_eq!(names(bench.path()), ["key.vk.json"]);
}
