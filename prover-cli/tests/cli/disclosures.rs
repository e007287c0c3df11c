//! The owner's ledger: what proofs tell together, and where it stops.

use std::thread;

use assert_cmd::Command;

use crate::world::{Bench, HOUR, file, sign};
use crate::{Outcome, names, refusal, run};

fn prove(package: &str, more: &str) -> String {
    format!(
        "prove --package {package} --keys {} -o b.json --disclosures led.json {more}",
        file("keys")
    )
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

fn go(bench: &Bench, line: &str) -> Outcome {
    run(bench.path(), &words(line))
}

#[test]
fn proofs_are_counted_once() {
    let bench = Bench::with(&["package.json"]);
    let first = go(&bench, &prove("package.json", "")).ok();
    for part in [
        "The ledger begins with this proof",
        "With no other proof over this period",
        "the total of energy taken from the grid is 1.9 kWh; before, nothing was known",
        "the highest interval of energy taken from the grid lies between 0 Wh and 2 kWh",
        "the measured part of the period is 4 of 4 intervals",
        "there is no budget",
    ] {
        assert!(first.err.contains(part), "{part}: {}", first.err);
    }
    // The same again adds nothing, also at the budget's end.
    go(&bench, "disclosures budget led.json 1").ok();
    let again = go(&bench, &prove("package.json", "--json")).ok().json();
    assert_eq!(again["ledger"]["adds_millibits"], 0);
    assert_eq!(again["ledger"]["earlier"], 1);
    let shown = go(&bench, "--json disclosures show led.json").ok().json();
    assert_eq!((shown["proofs"].as_array().unwrap().len(), &shown["budget_bits"]), (1, &1.into()));
    assert_eq!(shown["proofs"][0]["millibits"], again["ledger"]["account_millibits"]);
    let text = go(&bench, "disclosures show led.json").ok().text();
    assert!(text.contains("2011-03-10 01:00 to 2011-03-10 02:00 UTC, evening-cap: "), "{text}");
    assert!(text.contains("- for a challenge by example-utility"), "{text}");
    assert!(text.contains("is 1.9 kWh; 19.0 bits"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(bench.path().join("led.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0);
    }
}

#[test]
fn a_budget_refuses_before_anything_is_handed_out() {
    let bench = Bench::with(&["package.json"]);
    go(&bench, "disclosures budget led.json 20").ok();
    let before = bench.text("led.json");
    assert_eq!(
        refusal(bench.path(), &words(&prove("package.json", ""))),
        (1, "over-budget".into())
    );
    assert_eq!((bench.text("led.json"), bench.path().join("b.json").exists()), (before, false));
    let allowed = go(&bench, &prove("package.json", "--over-budget")).ok();
    assert!(
        allowed.err.contains("warning: past the budget of 20 bits, as allowed"),
        "{}",
        allowed.err
    );
    go(&bench, "disclosures budget led.json none").ok();
    assert!(!bench.text("led.json").contains("budget"));
}

#[test]
fn a_failed_proof_records_nothing() {
    let bench = Bench::with(&["device.json", "readings.json", "policy.json", "registry.log"]);
    // At 18:00 the cap is broken.
    run(bench.path(), &words(&sign("2011-03-09T18", "late.json"))).ok();
    assert_eq!(
        refusal(bench.path(), &words(&prove("late.json", ""))),
        (1, "condition-fails".into())
    );
    assert!(!bench.path().join("led.json").exists());
    let plain = prove("late.json", "").replace("--disclosures led.json", "--over-budget");
    assert_eq!(refusal(bench.path(), &words(&plain)), (2, "usage".into()));
    let dash = prove("late.json", "").replace("led.json", "-");
    assert_eq!(refusal(bench.path(), &words(&dash)), (2, "usage".into()));
}

#[test]
fn a_damaged_ledger_is_not_trusted() {
    let bench = Bench::with(&["package.json"]);
    go(&bench, &prove("package.json", "")).ok();
    std::fs::remove_file(bench.path().join("b.json")).unwrap();
    let good = bench.text("led.json");
    for (damaged, code) in [
        (String::new(), "damaged-ledger"),
        (good[..good.len() / 2].to_owned(), "damaged-ledger"),
        (good.replace("\"low\": \"1900\"", "\"low\": \"-1\""), "damaged-ledger"),
        (good.replace("disclosures/1", "disclosures/9"), "unknown-version"),
    ] {
        assert_ne!(damaged, good);
        bench.write("led.json", &damaged);
        for line in [
            &prove("package.json", ""),
            "disclosures show led.json",
            "disclosures budget led.json 9",
        ] {
            assert_eq!(refusal(bench.path(), &words(line)), (2, code.into()), "{line}");
        }
        assert_eq!(bench.text("led.json"), damaged);
    }
    assert_eq!(names(bench.path()), ["led.json", "led.json.lock", "package.json"]);
    assert_eq!(
        refusal(bench.path(), &["disclosures", "show", "none.json"]),
        (2, "unreadable".into())
    );
}

/// Four claims at once, under four policies: none is lost.
#[test]
fn processes_take_turns() {
    let bench = Bench::with(&["device.json", "readings.json", "policy.json", "registry.log"]);
    let caps = ["2000", "1999", "1998", "1997"];
    for cap in caps {
        let policy = bench.text("policy.json").replace("\"2000\"", &format!("\"{cap}\""));
        bench.write(&format!("policy-{cap}.json"), policy);
        let line = sign(HOUR, &format!("package-{cap}.json"))
            .replace("policy.json", &format!("policy-{cap}.json"));
        run(bench.path(), &words(&line)).ok();
    }
    thread::scope(|scope| {
        let runs = caps.map(|cap| {
            let line = prove(&format!("package-{cap}.json"), "")
                .replace("b.json", &format!("b-{cap}.json"));
            let dir = bench.path();
            scope.spawn(move || run(dir, &words(&line)).code)
        });
        assert_eq!(runs.map(|run| run.join().unwrap()), [0; 4]);
    });
    let shown = go(&bench, "--json disclosures show led.json").ok().json();
    assert_eq!(shown["proofs"].as_array().unwrap().len(), 4);
}

#[test]
fn the_environment_may_name_the_ledger() {
    let bench = Bench::with(&["package.json"]);
    let line = prove("package.json", "").replace("--disclosures led.json", "");
    let without = run(bench.path(), &words(&line)).ok();
    assert!(without.err.contains("Earlier proofs are not counted"), "{}", without.err);
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
    command.current_dir(bench.path()).env("WATTPROOF_DISCLOSURES", "env.json").args(words(&line));
    command.assert().success();
    assert!(bench.path().join("env.json").exists());
}
