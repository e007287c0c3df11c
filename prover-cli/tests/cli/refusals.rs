//! What must be refused, with its code, and leaving nothing behind.

use crate::world::{Bench, NONCE, file, sign};
use crate::{names, refusal, run, run_with};

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn verified(bench: &Bench) -> (i32, String) {
    let line =
        "verify --bundle bundle.json --key key.vk.json --profile profile.json --allow-dev-keys";
    refusal(bench.path(), &words(line))
}

fn verifier() -> Bench {
    Bench::with(&["bundle.json", "key.vk.json", "profile.json", "policy.json", "registry.log"])
}

fn proved(bench: &Bench) -> (i32, String) {
    // Keys that are not there: the package is refused before they are looked for.
    let outcome =
        refusal(bench.path(), &words("prove --package package.json --keys nowhere -o out.json"));
    assert_eq!(names(bench.path()), ["package.json"], "no output, not even in part");
    outcome
}

#[test]
fn development_keys_are_refused_unless_allowed() {
    let line = "verify --bundle bundle.json --key key.vk.json --profile profile.json";
    assert_eq!(refusal(verifier().path(), &words(line)), (1, "dev-key".into()));
}

#[test]
fn other_expectations_are_refused() {
    let bench = verifier();
    let profile = bench.text("profile.json");
    let new = |extra: &str| {
        let line = format!(
            "profile new --policy policy.json --key key.vk.json {extra} --verifier example-utility -o profile.json"
        );
        run(bench.path(), &words(&line)).ok();
    };
    let root = "--registry registry.log";
    new(&format!("{root} --period 2011-03-09T18 --nonce {NONCE}"));
    assert_eq!(verified(&bench), (1, "wrong-period".into()));
    new(&format!("{root} --period 2011-03-09T17 --nonce {}", NONCE.replace("ab", "ba")));
    assert_eq!(verified(&bench), (1, "wrong-context".into()));
    new(&format!("--root 7 --period 2011-03-09T17 --nonce {NONCE}"));
    assert_eq!(verified(&bench), (1, "wrong-root".into()));
    bench.write("profile.json", profile.replace("\"2000\"", "\"1999\""));
    assert_eq!(verified(&bench), (1, "wrong-policy".into()));
    bench.write("profile.json", profile.replace("\"reveal\": \"exact\"", "\"reveal\": \"none\""));
    assert_eq!(verified(&bench), (1, "wrong-circuit".into()));
    bench.write("profile.json", profile.replace("America/Los_Angeles", "Mars/Olympus"));
    assert_eq!(verified(&bench), (2, "bad-policy".into()));
}

#[test]
fn bad_bundles_are_refused_and_never_errors() {
    let bench = verifier();
    let bundle = bench.text("bundle.json");
    bench.edit("bundle.json", "\"1900\"", "\"1899\"");
    assert_eq!(verified(&bench), (1, "proof-invalid".into()));
    for (bytes, code) in [
        (bundle.as_bytes()[..bundle.len() / 2].to_vec(), "malformed"),
        (Vec::new(), "malformed"),
        (b"\xff\xfe".to_vec(), "malformed"),
        (bench.text("profile.json").into_bytes(), "unknown-version"),
        (vec![b' '; 70_000], "too-large"),
    ] {
        bench.write("bundle.json", bytes);
        assert_eq!(verified(&bench), (1, code.into()));
    }
    std::fs::remove_file(bench.path().join("bundle.json")).unwrap();
    assert_eq!(verified(&bench), (2, "unreadable".into()));
}

#[test]
fn tampered_packages_are_refused_before_proving() {
    let bench = Bench::with(&["package.json"]);
    let package = bench.text("package.json");
    bench.edit("package.json", "[310,420,", "[310,421,");
    assert_eq!(proved(&bench), (1, "bad-signature".into()));
    bench.write("package.json", package.replace("[310,420,", "[310,2420,"));
    assert_eq!(proved(&bench), (1, "bad-signature".into()));
    bench.write("package.json", package.replace("\"level\":\"L1\"", "\"level\":\"L2\""));
    assert_eq!(proved(&bench), (1, "not-enrolled".into()));
    for (bytes, code) in [
        (package.as_bytes()[..package.len() - 9].to_vec(), "malformed"),
        (package.replace("\"estimated\":[]", "\"estimated\":[9]").into_bytes(), "out-of-range"),
        (package.replace("witness-package/1", "witness-package/2").into_bytes(), "unknown-version"),
        (b"\x00\xff".to_vec(), "malformed"),
    ] {
        bench.write("package.json", bytes);
        assert_eq!(proved(&bench), (2, code.into()));
    }
    std::fs::File::create(bench.path().join("package.json")).unwrap().set_len(65 << 20).unwrap();
    assert_eq!(proved(&bench), (2, "too-large".into()));
}

#[test]
fn what_fails_the_policy_is_not_proved() {
    let bench = Bench::with(&["device.json", "readings.json", "policy.json", "registry.log"]);
    let signed = run(bench.path(), &words(&sign("2011-03-09T18", "package.json"))).ok();
    assert!(signed.text().contains("miss the policy in 1 places"), "{}", signed.text());
    let line = "prove --package package.json --keys nowhere -o out.json";
    assert_eq!(refusal(bench.path(), &words(line)), (1, "condition-fails".into()));
    let err = run(bench.path(), &words(line)).err;
    assert!(err.contains("limit: 2011-03-09 18:00, 2,310 Wh > 2,000 Wh."), "{err}");
    assert_eq!(run(bench.path(), &words("policy check --package package.json")).code, 1);
}

#[test]
fn keys_must_be_there_and_whole() {
    let bench = Bench::with(&["package.json", "key.vk.json"]);
    let prove = |extra: &str| {
        let line = format!("prove --package package.json {extra} -o out.json");
        let outcome = refusal(bench.path(), &words(&line));
        assert!(!names(bench.path()).iter().any(|n| n.contains("out") || n.contains("part")));
        outcome
    };
    assert_eq!(prove("--keys nowhere"), (2, "unreadable".into()));
    assert_eq!(prove("--key key.vk.json"), (2, "unreadable".into()));
    std::fs::create_dir(bench.path().join("none")).unwrap();
    assert_eq!(prove("--keys none"), (2, "no-key".into()));
    let keys = file("keys");
    let pk = names(std::path::Path::new(&keys)).into_iter().find(|n| n.ends_with(".pk")).unwrap();
    let mut bytes = std::fs::read(format!("{keys}/{pk}")).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bench.write("key.pk", &bytes);
    assert_eq!(prove("--key key.vk.json"), (1, "key-digest".into()));
    bench.write("key.pk", &bytes[..last]);
    assert_eq!(prove("--key key.vk.json"), (1, "key-digest".into()));
    let text = bench.text("key.vk.json");
    std::fs::write(bench.path().join("none/a.vk.json"), &text).unwrap();
    std::fs::write(bench.path().join("none/b.vk.json"), &text).unwrap();
    assert_eq!(prove("--keys none"), (2, "no-key".into()));
}

#[test]
fn signing_needs_an_entry_a_cell_and_readings() {
    let bench = Bench::with(&[
        "device.json",
        "readings.json",
        "policy.json",
        "registry.log",
        "enrolment.json",
    ]);
    let dir = bench.path();
    let signed = |line: &str| refusal(dir, &words(line));
    for (hour, exit, code) in [
        ("2011-03-09", 1, "period-off-calendar"),
        ("1299719700/1299723300", 1, "period-off-calendar"),
        ("2011-03-13T02", 1, "period-off-calendar"),
        ("tomorrow", 2, "usage"),
        ("2011-03-09T20", 1, "broken-chain"),
        ("2012-03-09T20", 1, "not-enrolled"),
    ] {
        assert_eq!(signed(&sign(hour, "p.json")), (exit, code.into()), "{hour}");
    }
    let good = sign("2011-03-09T17", "p.json");
    assert_eq!(signed(&good.replace(NONCE, "0xab")), (2, "usage".into()));
    assert_eq!(signed(&good.replace(&format!("--nonce {NONCE}"), "")), (2, "usage".into()));
    assert_eq!(
        signed(&good.replace("readings.json", "policy.json")),
        (2, "unknown-version".into())
    );
    assert_eq!(
        signed(&good.replace("device.json", "enrolment.json")),
        (2, "unknown-version".into())
    );
    bench.edit("policy.json", "\"import\"", "\"export\"");
    assert_eq!(signed(&good), (2, "readings-do-not-fit".into()));
    bench.edit("policy.json", "\"export\"", "\"import\"");
    run(dir, &words("registry revoke registry.log 0")).ok();
    assert_eq!(signed(&good), (1, "not-enrolled".into()));
    assert!(!names(dir).iter().any(|name| name.contains("p.json") || name.contains("part")));
}

#[test]
fn nothing_precious_is_replaced_by_accident() {
    let bench = Bench::with(&["device.json", "registry.log"]);
    let before = bench.text("device.json");
    let keygen = "device keygen --serial SN-2 -o device.json";
    assert_eq!(refusal(bench.path(), &words(keygen)), (2, "exists".into()));
    assert_eq!(bench.text("device.json"), before);
    let init = "registry init -o registry.log";
    assert_eq!(refusal(bench.path(), &words(init)), (2, "exists".into()));
    let nowhere = "device keygen --serial SN-2 -o nowhere/new.json";
    assert_eq!(refusal(bench.path(), &words(nowhere)), (2, "unwritable".into()));
    assert_eq!(names(bench.path()), ["device.json", "registry.log"]);
    run(bench.path(), &words("device keygen --serial SN-2 -o device.json --force")).ok();
    assert_ne!(bench.text("device.json"), before);
    assert_eq!(
        refusal(bench.path(), &["device", "keygen", "--serial", "", "-o", "n"]),
        (2, "usage".into())
    );
}

#[test]
fn a_failed_import_leaves_the_old_file() {
    let bench = Bench::with(&[]);
    bench.write("bad.csv", "time,Wh\n2011-02-01T00:00Z,1\n2011-02-01T01:00Z,x\n");
    bench.write("readings.json", "old");
    let line = "import bad.csv -o readings.json";
    assert_eq!(refusal(bench.path(), &words(line)), (2, "not-a-number".into()));
    assert_eq!(bench.text("readings.json"), "old");
    assert_eq!(names(bench.path()), ["bad.csv", "readings.json"]);
    assert_eq!(refusal(bench.path(), &words("import nowhere.csv")), (2, "unreadable".into()));
    assert_eq!(refusal(bench.path(), &words("import .")), (2, "unreadable".into()));
}

#[test]
fn bad_command_lines_are_errors() {
    let bench = verifier();
    for line in
        ["", "nonsense", "verify", "verify --bundle b", "policy check", "policy check --policy p"]
    {
        let outcome = run(bench.path(), &words(line));
        assert_eq!(outcome.code, 2, "{line}");
        assert!(outcome.out.is_empty() && !outcome.err.is_empty(), "{line}");
    }
    let json = run(bench.path(), &words("verify --json --bundle b")).json();
    assert_eq!(json["error"]["code"], "usage");
    let twice = "verify --bundle - --key - --allow-dev-keys";
    let key = bench.text("key.vk.json");
    let outcome = run_with(bench.path(), key.as_bytes(), &words(twice));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("error[usage]: standard input"), "{}", outcome.err);
    assert_eq!(refusal(bench.path(), &words("inspect nowhere")), (2, "unreadable".into()));
    bench.write("noise", b"\x00\x01\x02\xff");
    assert_eq!(refusal(bench.path(), &words("inspect noise")), (2, "malformed".into()));
    bench.write("noise", b"{\"wattproof\":\"lunch/1\"}");
    assert_eq!(refusal(bench.path(), &words("inspect noise")), (2, "unknown-version".into()));
}
