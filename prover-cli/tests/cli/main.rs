//! The `wattproof` binary from outside: the straight line, pipes, exit codes, and everything it must refuse.
#![allow(clippy::unwrap_used)]

mod aggregate;
mod agreements;
mod canary;
mod device;
mod disclosures;
mod export;
mod fleet;
mod gateway;
mod l3;
mod line;
mod nullifiers;
mod production;
mod refusals;
mod registry;
mod service;
mod signatures;
mod versions;
mod world;

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// How a run ended.
struct Outcome {
    code: i32,
    out: Vec<u8>,
    err: String,
}

impl Outcome {
    fn text(&self) -> String {
        String::from_utf8(self.out.clone()).unwrap()
    }

    /// The one JSON document on standard output.
    fn json(&self) -> Value {
        serde_json::from_slice(&self.out)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.text(), self.err))
    }

    #[track_caller]
    fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{} {}", self.text(), self.err);
        self
    }
}

fn run_with(dir: &Path, stdin: &[u8], args: &[&str]) -> Outcome {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
    let output = command.current_dir(dir).args(args).write_stdin(stdin).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    Outcome { code: output.status.code().unwrap(), out: output.stdout, err }
}

fn run(dir: &Path, args: &[&str]) -> Outcome {
    run_with(dir, b"", args)
}

/// Exit code and stable code of a failure, which must be told the same way to people and to programs.
#[track_caller]
fn refusal(dir: &Path, args: &[&str]) -> (i32, String) {
    let people = run(dir, args);
    let mut words = vec!["--json"];
    words.extend(args);
    let programs = run(dir, &words);
    assert_eq!(people.code, programs.code, "{} {}", people.err, programs.err);
    assert!(people.out.is_empty(), "{}", people.text());
    let error = &programs.json()["error"];
    let part = |name: &str| error[name].as_str().unwrap_or_else(|| panic!("{error}")).to_owned();
    let (code, remedy) = (part("code"), part("remedy"));
    assert!(!remedy.is_empty() && !part("message").is_empty());
    assert!(people.err.contains(&format!("error[{code}]: ")), "{}", people.err);
    assert!(people.err.contains("\nhelp: "), "{}", people.err);
    (people.code, code)
}

/// Names in a folder.
fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<_> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn sample(name: &str) -> String {
    format!("{}/../tests/data/{name}", env!("CARGO_MANIFEST_DIR"))
}
