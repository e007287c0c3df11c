//! The straight line, and what is refused on it.

use std::fs;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use serde_json::Value;
use wattproof_service::job::State;

use super::{Serving, assert_proves, package, signal};
use crate::world::{Bench, file, sign};
use crate::{Outcome, refusal, run};

fn submit(serving: &Serving, tenant: &str, more: &[&str]) -> Outcome {
    let token = format!("{tenant}.token");
    let package = file("package.json");
    let mut words = vec![
        "--json",
        "submit",
        "--package",
        &package,
        "--to",
        &serving.url,
        "--token-file",
        &token,
    ];
    words.extend(more);
    run(serving.path(), &words)
}

#[test]
fn a_package_is_proved_by_a_service() {
    let mut serving = Serving::with(&[]);
    let at = serving.path().to_owned();
    let done = submit(
        &serving,
        "a",
        &["-o", "bundle.json", "--prover-key", "prover.pub.json", "--key", &file("key.vk.json")],
    )
    .ok();
    assert_eq!(done.json()["job"]["state"], "done");
    let verify = [
        "verify",
        "--bundle",
        "bundle.json",
        "--key",
        &file("key.vk.json"),
        "--profile",
        &file("profile.json"),
        "--allow-dev-keys",
    ];
    run(&at, &verify).ok();

    // Sent again, with a receipt: the same job, collected later, byte for byte.
    let receipt = submit(&serving, "a", &["--receipt", "receipt.json"]).ok().json();
    assert_eq!(
        (&receipt["fresh"], &receipt["job"]["state"]),
        (&Value::Bool(false), &"done".into())
    );
    let collect =
        ["submit", "--receipt", "receipt.json", "--token-file", "a.token", "-o", "again.json"];
    run(&at, &collect).ok();
    let read = |name: &str| fs::read(at.join(name)).unwrap();
    assert_eq!(read("bundle.json"), read("again.json"));
    // Another tenant's package is another job, and this receipt is none of theirs.
    let other = ["submit", "--receipt", "receipt.json", "--token-file", "b.token", "-o", "b.json"];
    assert_eq!(refusal(&at, &other), (2, "service-refused".into()));
    assert!(
        submit(&serving, "b", &["--receipt", "b-receipt.json"]).ok().json()["fresh"]
            .as_bool()
            .unwrap()
    );

    let url = serving.url.clone();
    let list = ["--json", "jobs", "list", "--at", &url, "--token-file", "a.token"];
    let jobs = run(&at, &list).ok().json()["jobs"].clone();
    assert_eq!(jobs.as_array().unwrap().len(), 1);
    let id = jobs[0]["job"].as_str().unwrap().to_owned();
    let cancel = ["jobs", "cancel", &id, "--at", &url, "--token-file", "a.token"];
    assert_eq!(refusal(&at, &cancel), (2, "service-refused".into()));

    // A damaged receipt does not bring another claim's bundle.
    let text = fs::read_to_string(at.join("receipt.json")).unwrap();
    let mut changed: Value = serde_json::from_str(&text).unwrap();
    changed["claim_sha256"] = "0".repeat(64).into();
    fs::write(at.join("receipt.json"), changed.to_string()).unwrap();
    assert_eq!(refusal(&at, &collect), (1, "other-bundle".into()));
    assert_eq!(serving.terminate(), 0);
}

#[test]
fn what_cannot_be_proved_is_not_sent() {
    let serving = Serving::with(&[]);
    let bench = Bench::with(&[
        "device.json",
        "readings.json",
        "policy.json",
        "registry.log",
        "registry.log.serials",
    ]);
    let line = sign("2011-03-09T18", "false.json");
    run(bench.path(), &line.split_whitespace().collect::<Vec<_>>()).ok();
    let token = serving.path().join("a.token").display().to_string();
    let words = ["submit", "--package", "false.json", "--to", &serving.url, "--token-file", &token];
    assert_eq!(refusal(bench.path(), &words), (1, "condition-fails".into()));
    // Whoever sends it all the same is told the code, and nothing about readings.
    let (id, sealed) = serving.seal("a", &bench.text("false.json"));
    let client = serving.client("a", Duration::from_secs(30));
    client.submit(&sealed).unwrap();
    let refused = client.wait(id, |_| ()).unwrap();
    assert_eq!(refused.state, State::Refused);
    assert_eq!(refused.reason.unwrap().code, "condition-fails");
    assert!(!serving.logs().contains("2310"));
    let url = serving.url.clone();
    assert_eq!(
        refusal(
            serving.path(),
            &["jobs", "retry", &id.to_string(), "--at", &url, "--token-file", "a.token"]
        )
        .0,
        2
    );
}

/// A sealed package that is none, or is for another job, hurts nobody else.
#[test]
fn hostile_packages_are_refused_one_by_one() {
    let serving = Serving::with(&[]);
    let client = serving.client("a", Duration::from_secs(30));
    let whole = package();
    for hostile in ["", "{", "[[[[", &whole[..whole.len() / 2], &"9".repeat(100_000)] {
        let (id, sealed) = serving.seal("a", hostile);
        client.submit(&sealed).unwrap();
        assert_eq!(client.wait(id, |_| ()).unwrap().state, State::Refused);
    }
    // Sealed for one tenant, sent by another.
    let (_, sealed) = serving.seal("b", &whole);
    let stolen = client.submit(&sealed).unwrap().job.job;
    let refused = client.wait(stolen, |_| ()).unwrap();
    assert_eq!(refused.reason.unwrap().code, "does-not-open");
    let (id, sealed) = serving.seal("a", &whole);
    // The same job, and now it opens.
    assert_eq!(id, stolen);
    assert!(client.submit(&sealed).unwrap().fresh);
    assert_eq!(client.wait(id, |_| ()).unwrap().state, State::Done);
    let (id, sealed) = serving.seal("b", &whole);
    let other = serving.client("b", Duration::from_secs(30));
    other.submit(&sealed).unwrap();
    other.wait(id, |_| ()).unwrap();
    assert_proves(&other.bundle(id).unwrap(), &whole);
}

#[test]
fn a_dead_worker_is_replaced_and_its_job_tried_again() {
    let serving = Serving::with(&[]);
    serving.wait_until_ready();
    let client = serving.client("a", Duration::from_secs(30));
    let texts: Vec<_> = (0..6).map(|_| package()).collect();
    let jobs: Vec<_> = texts.iter().map(|text| serving.seal("a", text)).collect();
    for (_, sealed) in &jobs {
        client.submit(sealed).unwrap();
    }
    for _ in 0..2 {
        for worker in serving.workers() {
            signal(worker, "KILL");
        }
        std::thread::sleep(Duration::from_millis(300));
    }
    for ((id, _), text) in jobs.iter().zip(&texts) {
        assert_eq!(client.wait(*id, |_| ()).unwrap().state, State::Done);
        assert_proves(&client.bundle(*id).unwrap(), text);
    }
}

#[test]
fn workers_are_held_to_their_memory() {
    let serving = Serving::with(&["--worker-memory", "16"]);
    std::thread::sleep(Duration::from_millis(1500));
    // Not even its keys and threads fit: the service lives, says so, and keeps what it is given.
    assert_eq!(serving.ask("GET", "/healthz", None, b"").0, 200);
    assert_eq!(serving.ask("GET", "/readyz", None, b"").0, 503);
    assert!(serving.logs().contains("worker does not start"));
}

#[test]
fn termination_finishes_what_is_being_proved() {
    let mut serving = Serving::with(&[]);
    serving.wait_until_ready();
    let client = serving.client("a", Duration::from_secs(30));
    let texts: Vec<_> = (0..4).map(|_| package()).collect();
    for text in &texts {
        client.submit(&serving.seal("a", text).1).unwrap();
    }
    assert_eq!(serving.terminate(), 0);
    assert!(!serving.logs().contains("did not finish in time"), "{}", serving.logs());
    serving.start();
    let client = serving.client("a", Duration::from_secs(30));
    for text in &texts {
        let (id, _) = serving.seal("a", text);
        let job = client.wait(id, |_| ()).unwrap();
        // No lease was lost: each took one attempt.
        assert_eq!((job.state, job.attempts), (State::Done, 1));
        assert_proves(&client.bundle(id).unwrap(), text);
    }
}

#[test]
fn slow_clients_are_cut_off() {
    let serving = Serving::with(&["--reading-limit", "1"]);
    let token = serving.token("a");
    let begin = Instant::now();
    let mut head = serving.connect();
    head.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n").unwrap();
    let mut body = serving.connect();
    let start = format!(
        "POST /v1/jobs HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{{"
    );
    body.write_all(start.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = head.read_to_string(&mut answer);
    let mut late = [0; 12];
    body.read_exact(&mut late).unwrap();
    assert_eq!(&late, b"HTTP/1.1 408");
    assert!(begin.elapsed() < Duration::from_secs(20));
}

#[test]
fn others_are_reached_over_tls_only() {
    let dir = tempfile::tempdir().unwrap();
    let certified =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()])
            .unwrap();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    fs::write(&cert, certified.cert.pem()).unwrap();
    fs::write(&key, certified.signing_key.serialize_pem()).unwrap();
    let [cert, key] = [cert, key].map(|path| path.display().to_string());
    let serving = Serving::with(&["--tls-cert", &cert, "--tls-key", &key]);
    assert!(serving.url.starts_with("https://"));
    submit(&serving, "a", &["--ca", &cert, "-o", "bundle.json"]).ok();
    let strangers = submit(&serving, "a", &["--patience", "1", "-o", "other.json"]);
    let code = strangers.json()["error"]["code"].clone();
    assert!(code == "unreachable" || code == "bad-certificate", "{code}");

    let at = serving.path();
    let plain = [
        "serve",
        "--state",
        "other",
        "--keys",
        &file("keys"),
        "--prover-key",
        "prover.json",
        "--listen",
        "0.0.0.0:0",
    ];
    let outcome = run(at, &plain);
    assert!(outcome.code == 2 && outcome.err.contains("error[no-tls]"), "{}", outcome.err);
    let elsewhere = [
        "submit",
        "--package",
        &file("package.json"),
        "--to",
        "http://192.0.2.1:1",
        "--token-file",
        "a.token",
    ];
    assert_eq!(refusal(at, &elsewhere), (2, "no-tls".into()));
    let twice = [
        "serve",
        "--state",
        "state",
        "--keys",
        &file("keys"),
        "--prover-key",
        "prover.json",
        "--listen",
        "127.0.0.1:0",
    ];
    let outcome = run(at, &twice);
    assert!(outcome.code == 2 && outcome.err.contains("error[in-use]"), "{}", outcome.err);
}
