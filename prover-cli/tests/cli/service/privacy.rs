//! Where readings are not: on disk, in logs, in results.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::canary::Marks;

use super::{Serving, files_below, package};

fn hits(folder: &Path, marks: &Marks) -> Vec<String> {
    let found = |path: PathBuf| {
        let names = marks.in_bytes(&fs::read(&path).unwrap());
        names.into_iter().map(move |name| format!("{}: {name}", path.display()))
    };
    files_below(folder).into_iter().flat_map(found).collect()
}

fn search(mut serving: Serving, jobs: usize) {
    let client = serving.client("a", Duration::from_secs(120));
    let mut first = None;
    for number in 0..jobs {
        let text = package();
        let (id, sealed) = serving.seal("a", &text);
        client.submit(&sealed).unwrap();
        match number % 10 {
            // Some are taken back, some are refused, some wait while the service dies.
            7 => drop(client.cancel(id)),
            8 => {
                let (_, sealed) = serving.seal("a", &text[..text.len() - 2]);
                client.submit(&sealed).unwrap();
            }
            9 if number % 50 == 9 => {
                serving.kill();
                // While nothing runs: queue, log of the queue, temporary files.
                assert_eq!(hits(serving.path(), &Marks::of_package(&text)), [""; 0]);
                serving.start();
            }
            _ => {
                client.wait(id, |_| ()).unwrap();
                let bundle = client.bundle(id).unwrap();
                fs::write(serving.path().join(format!("bundle-{number}.json")), bundle).unwrap();
            }
        }
        first.get_or_insert(text);
    }
    // The packages differ in their challenge and share readings, salt and key: one list of marks serves all.
    let text = first.unwrap();
    let marks = Marks::of_package(&text);
    serving.terminate();
    assert_eq!(hits(serving.path(), &marks), [""; 0]);
    assert_eq!(fs::read_dir(serving.path().join("tmp")).unwrap().count(), 0);
    // The search finds what is there.
    fs::write(serving.path().join("canary.json"), &text).unwrap();
    let found = hits(serving.path(), &marks);
    assert!(found.len() >= 3 && found.iter().all(|hit| hit.contains("canary.")), "{found:?}");
    println!("{jobs} jobs: no hit in {} files", files_below(serving.path()).len());
}

#[test]
fn a_canary_is_found_nowhere() {
    search(Serving::with(&["--rate", "100000"]), 20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "a thousand jobs"]
fn canary_campaign() {
    search(Serving::with(&["--rate", "100000"]), 1000);
}

/// The broker's files are searched too: it sees sealed packages only.
#[test]
fn a_canary_is_found_nowhere_in_a_fleet() {
    search(Serving::fleet(1, &[], ""), 20);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "a thousand jobs"]
fn canary_campaign_in_a_fleet() {
    search(Serving::fleet(1, &[], ""), 1000);
}

#[cfg(target_os = "linux")]
mod in_memory {
    use std::io::{Read, Write};
    use std::process::{Child, Stdio};

    use serde_json::Value;

    use super::*;
    use crate::canary::start;
    use crate::world::file;

    /// One job to a worker, as its service hands it over; its answer.
    fn job(worker: &mut Child, sealed: &str) -> Value {
        let frame = format!("a\n{sealed}").into_bytes();
        let input = worker.stdin.as_mut().unwrap();
        input.write_all(&u32::try_from(frame.len()).unwrap().to_le_bytes()).unwrap();
        input.write_all(&frame).unwrap();
        answer(worker)
    }

    fn answer(worker: &mut Child) -> Value {
        let output = worker.stdout.as_mut().unwrap();
        let mut length = [0; 4];
        output.read_exact(&mut length).unwrap();
        let mut answer = vec![0; u32::from_le_bytes(length) as usize];
        output.read_exact(&mut answer).unwrap();
        serde_json::from_slice(&answer).unwrap()
    }

    /// What a worker must keep, and nobody else.
    fn prover_key(serving: &Serving) -> Marks {
        let text = fs::read_to_string(serving.path().join("prover.json")).unwrap();
        let document: Value = serde_json::from_str(&text).unwrap();
        let mut marks = Marks::default();
        marks.base64url("prover's key", document["secret"].as_str().unwrap());
        marks
    }

    #[test]
    fn a_worker_that_waits_has_nothing_of_its_jobs() {
        let serving = Serving::prepared(&[]);
        let line = ["prove-worker", "--prover-key", "prover.json", "--memory", "4096", "--keys"];
        let pipes = [Stdio::piped(), Stdio::piped(), Stdio::null()];
        let keys = file("keys");
        let (mut worker, memory) = start(serving.path(), &[&line[..], &[&keys]].concat(), pipes);
        assert_eq!(answer(&mut worker), "ready");
        let key = prover_key(&serving);
        let text = package();
        let marks = Marks::of_package(&text);
        for broken in [false, true, false] {
            let package = if broken { &text[..text.len() - 2] } else { &text };
            let (_, sealed) = serving.seal("a", package);
            let answer = job(&mut worker, &sealed.to_json());
            assert_eq!(answer["refused"]["code"] == "malformed", broken, "{answer}");
            assert_eq!(answer["proved"]["bundle"].is_string(), !broken, "{answer}");
            // It answers before it has wiped.
            let clean = (0..20).any(|_| {
                std::thread::sleep(Duration::from_millis(50));
                let bytes = memory.read();
                assert!(!key.in_bytes(&bytes).is_empty(), "what it must have is not found");
                marks.in_bytes(&bytes).is_empty()
            });
            assert!(clean, "{:?}", marks.in_bytes(&memory.read()));
        }
        worker.kill().unwrap();
        worker.wait().unwrap();
    }

    #[test]
    fn a_service_has_neither_packages_nor_what_opens_them() {
        let mut serving = Serving::prepared(&["--rate", "100000"]);
        let mut memory = None;
        serving.start_by(|dir, args, errors| {
            let (child, seen) = start(dir, args, [Stdio::null(), Stdio::null(), errors]);
            memory = Some(seen);
            child
        });
        let memory = memory.unwrap();
        let client = serving.client("a", Duration::from_secs(120));
        let text = package();
        for package in [&text, &text[..text.len() - 2], &text] {
            let (id, sealed) = serving.seal("a", package);
            client.submit(&sealed).unwrap();
            // A broken one is an error here, too.
            let _ = client.wait(id, |_| ());
        }
        let bytes = memory.read();
        assert!(bytes.len() > 1_000_000, "{} bytes read", bytes.len());
        assert_eq!(Marks::of_package(&text).in_bytes(&bytes), [""; 0]);
        assert_eq!(prover_key(&serving).in_bytes(&bytes), [""; 0]);
        assert_eq!(serving.terminate(), 0);
    }
}
