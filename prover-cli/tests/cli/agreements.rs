//! Agreements on the command line: wherever a policy is asked for, an agreement will do.

use wattproof_circuits::policy::Policy;
use wattproof_intake::agreement::PRESETS;

use crate::world::{Bench, HOUR, sign, world};
use crate::{refusal, run, run_with};

/// The world's policy as people write it.
const AGREEMENT: &str = r#"
wattproof = "agreement/1"
zone = "America/Los_Angeles"
period = "hour"
circuit = "custom"
scope = { authority = "example-utility", name = "evening-cap" }
meter = { interval = "PT15M", value_bits = 16, registry_depth = 2 }
[channels.import]
[[conditions]]
kind = "limit"
channel = "import"
bound = "at-most"
value = "8 kW"
[[conditions]]
kind = "volume"
name = "the hour's total"
channel = "import"
max = "8 kWh"
reveal = "exact"
"#;

#[test]
fn an_agreement_will_do_for_a_policy() {
    let bench = Bench::with(&["readings.json", "device.json", "registry.log", "policy.json"]);
    bench.write("agreement.toml", AGREEMENT);
    let compiled =
        run(bench.path(), &["policy", "compile", "agreement.toml", "-o", "compiled.json"]).ok();
    let digest = |name: &str| Policy::from_json(&bench.text(name)).unwrap().digest();
    assert_eq!(digest("compiled.json"), digest("policy.json"));
    assert!(compiled.text().contains("any period"), "{}", compiled.text());
    let check = |policy: &str| {
        let words = [
            "policy",
            "check",
            "--policy",
            policy,
            "--readings",
            "readings.json",
            "--period",
            HOUR,
            "--json",
        ];
        run(bench.path(), &words).ok().json()
    };
    assert_eq!(check("agreement.toml"), check("policy.json"));
    let line = sign(HOUR, "package.json").replace("policy.json", "agreement.toml");
    run(bench.path(), &line.split_whitespace().collect::<Vec<_>>()).ok();
    let words = ["prove", "--package", "package.json", "--key", &key(), "--json"];
    run(bench.path(), &words).ok();
    let explained =
        |name: &str| run(bench.path(), &["--json", "policy", "explain", name]).ok().json();
    let (ours, theirs) = (explained("agreement.toml"), explained("policy.json"));
    assert_eq!(ours["policy_digest"], theirs["policy_digest"]);
    assert_eq!(ours["constraints"], theirs["constraints"]);
    assert_eq!(ours["names"][1], "the hour's total");
    assert_eq!(ours["channels"][0], "import");
    assert_eq!(ours["revealed"][0], "the exact volume");
}

/// The world's verifying key, beside its proving key.
fn key() -> String {
    let mut files = std::fs::read_dir(world().join("keys")).unwrap().map(|e| e.unwrap().path());
    let key = files.find(|path| path.to_string_lossy().ends_with(".vk.json")).unwrap();
    key.to_string_lossy().into_owned()
}

#[test]
fn an_explanation_says_it_all() {
    let text = run_with(world(), AGREEMENT.as_bytes(), &["policy", "explain", "-"]).ok().text();
    for part in [
        "evening-cap, kept by example-utility: one claim a meter and hour (America/Los_Angeles).",
        "- volume \"the hour's total\": ",
        "It reveals besides: the exact volume.",
        "Private stay the readings",
        "constraints in a domain of 2^",
        "a proof takes about",
        "digest: ",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn local_time_needs_a_period() {
    let bench = Bench::with(&[]);
    let timed = AGREEMENT.replace(
        "value = \"8 kW\"",
        "schedule = [{ hours = \"17:00-18:00\", value = \"4 kW\" }, { value = \"8 kW\" }]",
    );
    bench.write("agreement.toml", timed);
    let compile = ["policy", "compile", "agreement.toml"];
    assert_eq!(refusal(bench.path(), &compile), (2, "bad-policy".into()));
    let policy = |period: &str| {
        let text = run(bench.path(), &[&compile[..], &["--period", period]].concat()).ok().text();
        Policy::from_json(&text).unwrap()
    };
    assert_eq!(policy("2011-03-09T17").conditions()[2].list("schedule"), [1000; 4]);
    assert_eq!(policy("2011-03-09T18").conditions()[2].list("schedule"), [2000; 4]);
    // In summer seventeen o'clock is another hour of the meter's grid.
    assert_eq!(policy("2011-07-09T17").conditions()[2].list("schedule"), [1000; 4]);
    let text = run(bench.path(), &["policy", "explain", "agreement.toml"]).ok().text();
    assert!(text.contains("No period was named: 2026-01-14T12 stands for all."), "{text}");
    let words = [&compile[..], &["--period", "2011-03"]].concat();
    assert_eq!(refusal(bench.path(), &words), (1, "period-off-calendar".into()));
}

#[test]
fn refusals_name_the_line() {
    let bench = Bench::with(&[]);
    bench.write("bad.toml", AGREEMENT.replace("8 kWh", "8 kW"));
    let outcome = run(bench.path(), &["policy", "explain", "bad.toml"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.err.contains("error[bad-policy]: bad.toml: line 18, column 7: conditions[1].max: "),
        "{}",
        outcome.err
    );
    assert!(outcome.err.contains("help: Write an amount in Wh, kWh"), "{}", outcome.err);
    for (text, code) in [
        ("", "bad-policy"),
        ("a =", "malformed"),
        ("wattproof = \"agreement/9\"", "unknown-version"),
        ("{ \"wattproof\": \"agreement/1\", }", "malformed"),
        ("{ \"wattproof\": \"bundle/1\" }", "unknown-version"),
    ] {
        bench.write("bad.toml", text);
        assert_eq!(
            refusal(bench.path(), &["policy", "explain", "bad.toml"]),
            (2, code.into()),
            "{text}"
        );
    }
}

#[test]
fn presets_are_written_once() {
    let bench = Bench::with(&[]);
    let new = ["policy", "new", "--preset", "p2p-trade-hour", "-o", "trade.toml"];
    run(bench.path(), &new).ok();
    assert_eq!(refusal(bench.path(), &new), (2, "exists".into()));
    run(bench.path(), &[&new[..], &["--force"]].concat()).ok();
    let written = bench.text("trade.toml");
    assert!(PRESETS.iter().any(|preset| preset.text == written));
    run(bench.path(), &["policy", "explain", "trade.toml"]).ok();
    let piped = run(bench.path(), &["policy", "new", "--preset", "p2p-trade-hour"]).ok();
    assert_eq!(piped.text(), written);
    let unknown = run(bench.path(), &["policy", "new", "--preset", "nothing"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("p2p-trade-hour"), "{}", unknown.err);
}
