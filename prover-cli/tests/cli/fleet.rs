//! `wattproof fleet simulate`: a real trial, the model, and the page that is made of it.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{file, world};
use crate::{refusal, run};

/// A file of times: a second each.
fn times(at: &std::path::Path) {
    let times = json!({
        "wattproof": "proving-times/1", "about": "made up", "circuit_id": "00",
        "cores_per_worker": 1, "occupancy_us": [1_000_000],
    });
    fs::write(at.join("times.json"), times.to_string()).unwrap();
}

fn trial(more: &[&str]) -> Vec<String> {
    let (policy, readings) = (file("policy.json"), file("readings.json"));
    let keys = file("keys");
    let words = ["--json", "fleet", "simulate", "--policy", &policy, "--readings", &readings];
    let words =
        [&words[..], &["--keys", &keys, "--meters", "16", "--devices", "1000"], more].concat();
    words.into_iter().map(str::to_owned).collect()
}

/// Sixteen meters sign their hour, a service proves, every bundle is verified, and the model says about the same.
#[test]
fn meters_are_proved_for_real() {
    let dir = tempfile::tempdir().unwrap();
    let words = trial(&["--workers", "2", "--save-times", "times.json"]);
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    let found = run(dir.path(), &words).ok().json();
    let trial = &found["trial"];
    assert_eq!(trial["meters"], 16);
    assert_eq!((&trial["sent"], &trial["verified"]), (&json!(16), &json!(16)));
    assert_eq!((&trial["without_claim"], &trial["failed"]), (&json!(0), &json!([])));
    let parts = trial["parts"].as_array().unwrap();
    let jobs: u64 = parts.iter().map(|part| part["jobs"].as_u64().unwrap()).sum();
    assert_eq!((parts.len(), jobs), (2, 12));
    for part in parts {
        // Six jobs beside other tests: of one order of magnitude. How near it is without them is measured below.
        assert!(part["deviation"].as_f64().unwrap() < 10.0, "{part}");
    }
    // The times that were saved make the same model.
    let again = ["--json", "fleet", "simulate", "--times", "times.json", "--devices", "1000"];
    let again = run(dir.path(), &again).ok().json();
    assert_eq!(again["model"], found["model"]);
    assert_eq!(again["trial"], Value::Null);
}

/// The tolerance that docs/SCALING.md states, on a machine that does nothing else.
#[test]
#[ignore = "a measurement"]
fn the_model_is_right_within_a_quarter() {
    if std::env::var_os("WATTPROOF_MEASURE").is_none() {
        println!("NOT TESTED: a measurement, for WATTPROOF_MEASURE=1");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let found = run(dir.path(), &["--json", "fleet", "simulate", "--meters", "300"]).ok().json();
    for part in found["trial"]["parts"].as_array().unwrap() {
        println!("{part:#}");
        assert!(part["deviation"].as_f64().unwrap() < 0.25, "{part}");
    }
}

/// Ctrl-C while claims are proved: those that were sent are finished and verified, the service of the command ends with it.
#[test]
fn an_interrupted_trial_finishes_what_it_sent() {
    let dir = tempfile::tempdir().unwrap();
    world();
    let child = Command::new(env!("CARGO_BIN_EXE_wattproof"))
        .current_dir(dir.path())
        .args(trial(&["--workers", "1"]))
        .env("TMPDIR", dir.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Once the service has its first job, there is something to finish.
    let log = || {
        let folders = fs::read_dir(dir.path()).unwrap().filter_map(Result::ok);
        folders
            .filter_map(|f| fs::read_to_string(f.path().join("service.log")).ok())
            .collect::<String>()
    };
    let begin = std::time::Instant::now();
    while !log().contains("\"accepted\"") {
        assert!(begin.elapsed() < Duration::from_secs(60));
        std::thread::sleep(Duration::from_millis(5));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let trial = &found["trial"];
    assert_eq!(trial["interrupted"], true);
    let (sent, verified) = (trial["sent"].as_u64().unwrap(), trial["verified"].as_u64().unwrap());
    assert!((1..16).contains(&sent) && sent == verified, "{trial}");
    assert_eq!(found.get("model"), None);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn a_model_is_made_of_times() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    times(at);
    let model = |more: &[&str]| {
        let words = ["--json", "fleet", "simulate", "--times", "times.json"];
        run(at, &[&words, more].concat()).ok().json()["model"].clone()
    };
    // 7,200 claims of a second at once, in an hour: two processors, as the last of 100 may take longer.
    let at_once = model(&[
        "--devices",
        "7200",
        "--profile",
        "midnight",
        "--midnight-delay",
        "0",
        "--cores",
        "1",
    ]);
    let row = &at_once["days"][0];
    assert_eq!(
        (&row["machines"], &row["day"]["latency"]["p99"]),
        (&json!(2), &json!(3_564_000_000_u64))
    );
    assert_eq!(row["day"]["deepest"], 7_198);
    let hours = row["cost"]["core_hours"].as_f64().unwrap();
    assert!((hours - 2.0).abs() < 1e-9, "{hours}");
    // Twice the price is twice the cost; what does not depend on it stays.
    let dear = model(&["--devices", "7200", "--gas-price", "2", "--core-hour", "1"]);
    let cheap = model(&["--devices", "7200", "--gas-price", "1", "--core-hour", "0.5"]);
    let usd = |of: &Value| of["settlement"][0]["claim_usd"].as_f64().unwrap();
    assert!((usd(&dear) / usd(&cheap) - 2.0).abs() < 1e-9);
    assert_eq!(dear["days"][0]["day"], cheap["days"][0]["day"]);
    assert_eq!(dear["days"].as_array().unwrap().len(), 2);
    // A proof of a second is never there within none, and people are told so.
    let none = run(at, &["fleet", "simulate", "--times", "times.json", "--devices", "10"]).ok();
    assert!(none.text().contains("| 10 | over 24 h | 1 |"), "{}", none.text());
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let at = dir.path();
    times(at);
    let simulate = |more: &[&str]| refusal(at, &[&["fleet", "simulate"], more].concat());
    assert_eq!(simulate(&["--times", "nowhere.json"]), (2, "unreadable".into()));
    fs::write(at.join("other.json"), r#"{"wattproof":"proving-times/2"}"#).unwrap();
    assert_eq!(simulate(&["--times", "other.json"]), (2, "malformed".into()));
    let policy = file("policy.json");
    let readings = file("readings.json");
    let of = ["--policy", &policy, "--readings", &readings];
    // The registry of this policy is of depth 2.
    assert_eq!(simulate(&[&of[..], &["--meters", "17"]].concat()), (2, "usage".into()));
    let nobody = ["--server", "http://127.0.0.1:1", "--workers", "1"];
    assert_eq!(simulate(&nobody), (2, "usage".into()));
    for usage in
        [&["--devices", "0"][..], &["--core-hour", "-1"], &["--window", "25"], &["--server", "x"]]
    {
        let outcome = run(at, &[&["fleet", "simulate"], usage].concat());
        assert_eq!(outcome.code, 2, "{}", outcome.err);
    }
}

/// The tables of docs/SCALING.md are the command's; `WATTPROOF_WRITE=1` writes them anew.
#[test]
fn the_page_has_the_commands_tables() {
    const BEGIN: &str = "<!-- made by `wattproof fleet simulate`: WATTPROOF_WRITE=1 cargo test --release -p wattproof-cli --test cli the_page_has -->\n";
    const END: &str = "<!-- end -->";
    let root = format!("{}/..", env!("CARGO_MANIFEST_DIR"));
    let at = std::path::Path::new(&root);
    let made = run(at, &["fleet", "simulate", "--times", "docs/scaling/times.json"]).ok().text();
    let path = at.join("docs/SCALING.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the beginning");
    let (_, after) = rest.split_once(END).expect("the end");
    let right = format!("{before}{BEGIN}\n{}\n\n{END}{after}", made.trim());
    if std::env::var_os("WATTPROOF_WRITE").is_some() {
        fs::write(&path, &right).unwrap();
    }
    assert!(fs::read_to_string(&path).unwrap() == right, "WATTPROOF_WRITE=1 writes it anew");
}
