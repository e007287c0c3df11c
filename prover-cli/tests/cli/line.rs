//! What works.

use serde_json::json;

use crate::world::{Bench, HOUR, NONCE, file, sign, world};
use crate::{names, run, run_with, sample};

fn verify<'a>(extra: &[&'a str]) -> Vec<&'a str> {
    let mut words = vec!["verify", "--bundle", "bundle.json", "--key", "key.vk.json"];
    words.extend(extra);
    words
}

#[test]
fn a_claim_verifies() {
    let people = run(world(), &verify(&["--profile", "profile.json", "--allow-dev-keys"])).ok();
    let text = people.text();
    assert!(text.starts_with("VERIFIED: evening-cap\n"), "{text}");
    assert!(text.contains("2011-03-09 17:00 to 2011-03-09 18:00, America/Los_Angeles"), "{text}");
    assert!(text.contains("revealed: volume 1.9 kWh"), "{text}");
    assert!(text.contains("was not checked"), "{text}");
    let words = verify(&["--profile", "profile.json", "--allow-dev-keys", "--json"]);
    let claim = run(world(), &words).ok().json();
    assert_eq!(claim["verdict"], "verified");
    assert_eq!(claim["outputs"][0]["value"], "1900");
    assert_eq!(claim["setup"]["status"], "dev");
    assert_eq!(claim["uniqueness"]["status"], "not-checked");
    let quiet =
        run(world(), &verify(&["--profile", "profile.json", "--allow-dev-keys", "-q"])).ok();
    assert!(quiet.out.is_empty() && quiet.err.is_empty());
}

#[test]
fn without_a_profile_nothing_is_verified() {
    let outcome = run(world(), &verify(&["--allow-dev-keys"]));
    assert_eq!(outcome.code, 1);
    assert!(outcome.text().starts_with("UNCONFIRMED."), "{}", outcome.text());
    let outcome = run(world(), &verify(&["--allow-dev-keys", "--json"]));
    assert_eq!((outcome.code, &outcome.json()["verdict"]), (1, &json!("unconfirmed")));
}

#[test]
fn files_pass_through_pipes() {
    let csv = std::fs::read(world().join("readings.csv")).unwrap();
    let import = ["import", "-", "--csv-zone", "America/Los_Angeles"];
    let readings = run_with(world(), &csv, &import).ok();
    assert!(readings.err.contains("12 intervals of 900 s"), "{}", readings.err);
    assert_eq!(readings.text(), std::fs::read_to_string(world().join("readings.json")).unwrap());

    let line = sign(HOUR, "-").replace("--readings readings.json", "--readings -");
    let words: Vec<&str> = line.split_whitespace().collect();
    let package = run_with(world(), &readings.out, &words).ok();
    let words = ["prove", "--package", "-", "--key", &proving(), "--embed-policy", "--json"];
    let bundle = run_with(world(), &package.out, &words).ok();
    assert_eq!(bundle.json()["policy"]["scope"]["name"], "evening-cap");
    let words = ["verify", "--bundle", "-", "--key", "key.vk.json", "--profile", "profile.json"];
    let verdict = run_with(world(), &bundle.out, &[&words[..], &["--allow-dev-keys"]].concat());
    assert!(verdict.ok().text().starts_with("VERIFIED"));
}

/// The verifying key that has its proving key beside it.
fn proving() -> String {
    let keys = world().join("keys");
    let name = names(&keys).into_iter().find(|name| name.ends_with(".vk.json")).unwrap();
    keys.join(name).display().to_string()
}

#[test]
fn proving_says_first_what_it_discloses() {
    let bench = Bench::with(&["package.json"]);
    let words = ["prove", "--package", "package.json", "--keys", &file("keys"), "-o", "b.json"];
    let outcome = run(bench.path(), &words).ok();
    assert!(outcome.err.contains("Whoever verifies this proof learns:"), "{}", outcome.err);
    assert!(outcome.err.contains("revealed: volume 1.9 kWh"), "{}", outcome.err);
    assert!(outcome.text().starts_with("Proved in "), "{}", outcome.text());
    let json = run(bench.path(), &[&words[..], &["--json"]].concat()).ok().json();
    assert_eq!(json["disclosure"]["revealed"][0]["value"], "1900");
    for part in ["read_key", "witness", "fft", "msm", "verify", "total"] {
        assert!(json["timing_ms"][part].is_u64(), "{json}");
    }
    assert!(bench.text("b.json").len() < 2048);
    assert_eq!(names(bench.path()), ["b.json", "package.json"]);
}

#[cfg(unix)]
#[test]
fn secrets_are_their_owners() {
    use std::os::unix::fs::PermissionsExt;
    for (name, secret) in [
        ("device.json", true),
        ("package.json", true),
        ("readings.json", true),
        ("enrolment.json", true),
        ("bundle.json", false),
    ] {
        let mode = std::fs::metadata(world().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077 == 0, secret, "{name}: {mode:o}");
    }
}

#[test]
fn every_file_says_what_it_is_and_no_secret() {
    let bench = Bench::with(&["device.json", "package.json"]);
    let document =
        |name: &str| -> serde_json::Value { serde_json::from_str(&bench.text(name)).unwrap() };
    let (device, package) = (document("device.json"), document("package.json"));
    let secrets =
        [&device["seed"], &device["meter_salt"], &device["nullifier_key"], &device["serial"]];
    let secrets = secrets.map(|s| s.as_str().unwrap().to_owned());
    let salt = package["blocks"][0]["salt"].as_str().unwrap();
    let pk = proving().replace(".vk.json", ".pk");
    for (name, kind) in [
        ("device.json", "device-key/1"),
        ("enrolment.json", "enrolment/1"),
        ("registry.log", "registry-log/1"),
        ("readings.json", "readings/1"),
        ("policy.json", "policy/1"),
        ("package.json", "witness-package/1"),
        ("bundle.json", "bundle/1"),
        ("profile.json", "profile/1"),
        ("key.vk.json", "verifying-key/1"),
        (&pk, "proving-key/1"),
    ] {
        let text = run(world(), &["inspect", name]).ok().text();
        assert!(text.starts_with(&format!("{kind}\n")), "{text}");
        let json = run(world(), &["inspect", name, "--json"]).ok().json();
        assert_eq!(json["kind"], kind);
        for shown in [text, json.to_string()] {
            assert!(secrets.iter().all(|secret| !shown.contains(secret.as_str())), "{shown}");
            // As a word: digests may well have these digits.
            let mut words = shown.split(|c: char| !c.is_ascii_alphanumeric());
            assert!(!shown.contains(salt) && words.all(|word| word != "420"), "{shown}");
        }
    }
}

#[test]
fn policies_are_explained() {
    let text = run(world(), &["policy", "explain", "policy.json"]).ok().text();
    assert!(text.contains("one claim a meter and hour (America/Los_Angeles)"), "{text}");
    assert!(text.contains("is at most 2 kWh"), "{text}");
    let arguments = ["policy", "explain", "policy.json", "--circuit-id", "--json"];
    let json = run(world(), &arguments).ok().json();
    let key = run(world(), &["inspect", "key.vk.json", "--json"]).ok().json();
    assert_eq!(json["circuit_id"], key["circuit_id"]);
    assert!(json["constraints"].as_u64().unwrap() > 1000);
}

#[test]
fn a_real_month_meets_its_policy() {
    let bench = Bench::with(&[]);
    let feed = sample("green-button/sdge-hourly-2011-02.xml");
    let import = run(bench.path(), &["import", &feed, "-o", "readings.json"]).ok().text();
    for part in ["664 measured, 0 estimated, 8 missing; 406,345 Wh in total", "; agrees", "gap: "] {
        assert!(import.contains(part), "{import}");
    }
    let policy = sample("policies/month-sdge.json");
    let check = |period: &str| {
        let words = [
            "policy",
            "check",
            "--policy",
            &policy,
            "--readings",
            "readings.json",
            "--period",
            period,
        ];
        run(bench.path(), &words)
    };
    let meets = check("2011-02").ok().text();
    assert!(meets.starts_with("The readings meet every condition: 2011-02-01 00:00 to"), "{meets}");
    let misses = check("2011-03");
    assert_eq!(misses.code, 1);
    assert!(
        misses.text().contains("completeness: 0 % measured < 98 % measured"),
        "{}",
        misses.text()
    );
}

#[test]
fn failing_intervals_are_named_in_local_time() {
    let bench = Bench::with(&["readings.json", "policy.json"]);
    let check = |hour: &str| {
        let words = ["policy", "check", "--policy", "policy.json", "--readings", "readings.json"];
        run(bench.path(), &[&words[..], &["--period", hour]].concat())
    };
    check(HOUR).ok();
    let over = check("2011-03-09T18");
    assert_eq!(over.code, 1);
    assert!(
        over.text().contains("\nlimit: 2011-03-09 18:00, 2,310 Wh > 2,000 Wh"),
        "{}",
        over.text()
    );
    let gap = check("2011-03-09T19");
    assert_eq!(gap.code, 1);
    assert!(
        gap.text().contains("\nlimit: 2011-03-09 19:30, the reading is missing"),
        "{}",
        gap.text()
    );
    assert!(
        gap.text().contains("\ncompleteness: 75 % measured < 100 % measured"),
        "{}",
        gap.text()
    );
}

#[test]
fn a_profile_draws_a_fresh_nonce() {
    let bench = Bench::with(&["policy.json", "key.vk.json", "registry.log"]);
    let words = "profile new --policy policy.json --key key.vk.json --registry registry.log --period 2011-03-09T17 \
                 --verifier example-utility -o profile.json --json";
    let words: Vec<&str> = words.split_whitespace().collect();
    let [one, other] = [(); 2].map(|()| run(bench.path(), &words).ok().json());
    assert_ne!(one["context"]["nonce"], other["context"]["nonce"]);
    assert_ne!(one["context"]["nonce"], NONCE);
    // The context travels as a file too.
    bench.write("context.json", other["context"].to_string());
    let words = words.join(" ").replace("--verifier example-utility", "--context context.json");
    let again = run(bench.path(), &words.split_whitespace().collect::<Vec<_>>()).ok().json();
    assert_eq!(again["context"], other["context"]);
}

#[test]
fn shells_and_manuals_are_served() {
    let bench = Bench::with(&[]);
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(bench.path(), &["completions", shell]).ok().text().contains("wattproof"));
    }
    run(bench.path(), &["man", "pages"]).ok();
    let pages = names(&bench.path().join("pages"));
    assert!(pages.contains(&"wattproof-device-sign.1".to_owned()), "{pages:?}");
    assert!(run(bench.path(), &["--version"]).ok().text().starts_with("wattproof "));
    assert!(run(bench.path(), &["verify", "--help"]).ok().text().contains("--nullifiers"));
}
