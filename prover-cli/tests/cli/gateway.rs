//! Level L2: a gateway signs what a meter signed itself, and nothing else.

use crate::world::{Bench, NONCE};
use crate::{refusal, run};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const HOUR: &str = "2026-03-01T08";

/// The command that signs the hour from this meter file, checked with this key.
fn sign(file: &str, key: &str, out: &str) -> String {
    format!(
        "device sign --device meter.json --meter-file {file} --meter-key {key} --checks checks.jsonl --policy l2.json \
         --period {HOUR} --registry registry.log --verifier example-utility --nonce {NONCE} -o {out}"
    )
}

/// A gateway with one meter, enrolled at L2, a policy that demands L2, and the meter's records.
fn bench() -> Bench {
    let bench = Bench::with(&["policy.json"]);
    let dir = bench.path();
    let go = |line: &str| run(dir, &words(line)).ok();
    let policy = bench.text("policy.json").replace("\"L1\"", "\"L2\"");
    let policy = policy.replace("America/Los_Angeles", "+01:00").replace("-28800", "3600");
    bench.write(
        "l2.json",
        policy.replace("\"max\": \"8000\"", "\"max\": \"60000\"").replace("\"2000\"", "\"60000\""),
    );
    for name in ["day.ocmf", "secp256r1.pem", "secp256k1.pem"] {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/data/ocmf/");
        std::fs::copy(format!("{path}{name}"), dir.join(name)).unwrap();
    }
    go("device keygen --serial GW-1 -o gateway.json");
    go("device keygen --serial TEST-0001 --gateway gateway.json -o meter.json");
    go("device enrol --device meter.json --level L2 --nameplate 60000 --valid-from 2026-01-01 \
        --valid-until 2027-01-01 --zone +01:00 -o enrolment.json");
    go("registry init --depth 2 -o registry.log");
    go("registry add registry.log --enrolment enrolment.json --level L2 --nameplate 60000");
    bench
}

#[test]
fn a_gateway_goes_all_the_way() {
    let bench = bench();
    let dir = bench.path();
    let go = |line: &str| run(dir, &words(line)).ok();
    let signed =
        go(&format!("--json {}", sign("day.ocmf", "secp256r1.pem", "package.json"))).json();
    assert_eq!(signed["failures"], 0, "{signed}");
    let checks = bench.text("checks.jsonl");
    let check: serde_json::Value = serde_json::from_str(checks.trim()).unwrap();
    assert_eq!(check["checked"], signed["checked"]);
    assert_eq!(check["checked"]["algorithm"], "ECDSA-secp256r1-SHA256");
    assert!(!checks.contains("TEST-0001"));
    let setup = go("--json setup --policy l2.json -o keys").json();
    let key = setup["verifying_key"].as_str().unwrap();
    go("prove --package package.json --keys keys -o bundle.json");
    go(&format!(
        "profile new --policy l2.json --key {key} --registry registry.log --period {HOUR} --verifier example-utility \
         --nonce {NONCE} -o profile.json"
    ));
    let line =
        format!("verify --bundle bundle.json --key {key} --profile profile.json --allow-dev-keys");
    let text = go(&line).text();
    assert!(text.contains("level L2 or above: An enrolled gateway signed"), "{text}");
}

#[test]
fn nothing_unsigned_is_vouched_for_and_every_refusal_is_recorded() {
    let bench = bench();
    let dir = bench.path();
    let refused = |line: &str| refusal(dir, &words(line));
    // Readings without the meter's signature, also the very same ones.
    run(dir, &words("import day.ocmf -o readings.json")).ok();
    let plain = sign("day.ocmf", "secp256r1.pem", "x.json").replace(
        "--meter-file day.ocmf --meter-key secp256r1.pem --checks checks.jsonl",
        "--readings readings.json",
    );
    assert_eq!(refused(&plain), (1, "not-enrolled".into()));
    bench.write("plain.csv", "time,Wh\n2026-03-01 08:00,5\n");
    assert_eq!(refused(&sign("plain.csv", "secp256r1.pem", "x.json")).1, "not-signed");
    assert_eq!(refused(&sign("day.ocmf", "secp256k1.pem", "x.json")).1, "other-algorithm");
    let good = bench.text("day.ocmf");
    bench.write("day.ocmf", good.replacen("\"RV\":500.0", "\"RV\":400.0", 1));
    assert_eq!(refused(&sign("day.ocmf", "secp256r1.pem", "x.json")).1, "bad-signature");
    bench.write("day.ocmf", good.replace("TEST-0001", "TEST-0002"));
    assert_eq!(refused(&sign("day.ocmf", "secp256r1.pem", "x.json")).1, "bad-signature");
    assert!(!dir.join("x.json").exists());
    bench.write("day.ocmf", good);
    run(dir, &words(&sign("day.ocmf", "secp256r1.pem", "x.json"))).ok();
    // Each refusal was asked for twice, for people and for programs.
    let checks = bench.text("checks.jsonl");
    let refused_for = |line: &str| {
        let check: serde_json::Value = serde_json::from_str(line).unwrap();
        check["refused"].as_str().unwrap_or("accepted").to_owned()
    };
    let codes: Vec<_> = checks.lines().map(refused_for).collect();
    let refusals = ["not-signed", "other-algorithm", "bad-signature", "bad-signature"];
    let mut expected: Vec<&str> = refusals.iter().flat_map(|code| [*code; 2]).collect();
    expected.push("accepted");
    assert_eq!(codes, expected);
    // A log that somebody changed is not gone on with.
    bench.write("checks.jsonl", checks.replacen("not-signed", "not-signet", 1));
    assert_eq!(run(dir, &words(&sign("day.ocmf", "secp256r1.pem", "y.json"))).code, 2);
    assert!(!dir.join("y.json").exists());
}
