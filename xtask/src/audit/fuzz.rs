//! Every fuzz target for some time each, and what came of it: docs/soundness/fuzz.md.
//!
//! WATTPROOF_FUZZ_SECONDS has each target run for so many seconds instead of half an hour, WATTPROOF_FUZZ_TARGETS names some of them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::Record;
use crate::failure::{Failure, Result, make_dir, write};
use crate::place::{Place, cargo};
use crate::shell::{Cmd, Done};
use crate::tools;

const PAGE: &str = "docs/soundness/fuzz.md";
/// What the issue asks for: half an hour a target.
const SECONDS: u64 = 1800;

/// Targets, and the folder of tests/data that a meter file's begin with; the others begin with what `make-seeds` writes.
const TARGETS: [(&str, Option<&str>); 25] = [
    ("bundle", None),
    ("verifying_key", None),
    ("points", None),
    ("package", None),
    ("policy", None),
    ("agreement", None),
    ("profile", None),
    ("ptau", None),
    ("zkey", None),
    ("witness", None),
    ("snarkjs", None),
    ("proving_key", None),
    ("registry", None),
    ("device", None),
    ("sums", None),
    ("ceremony", None),
    ("nem12", Some("nem12")),
    ("green_button", Some("green-button")),
    ("csv", Some("csv")),
    ("ocmf", Some("ocmf")),
    ("dsmr", Some("dsmr")),
    ("sml", Some("sml")),
    ("json", Some("json")),
    ("archive", Some("nem12")),
    ("readings", Some("json")),
];

/// Files of real meters are cut to this length: whole months take too long to alter.
const SEED: usize = 16 << 10;

/// What a target did.
struct Ran {
    target: &'static str,
    inputs: u64,
    edges: u64,
    found: bool,
}

/// Runs them one after the other; the page has a row for each that ran.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let nightly = Cmd::new(place, "rustup").args(["run", "nightly", "rustc", "--version"]).ask();
    let nightly = nightly.map_err(|_| {
        Failure::new("fuzzing needs a nightly compiler, and there is none")
            .remedy("run `rustup toolchain install nightly`, then the command again")
    })?;
    let tool = tools::cargo_fuzz(place)?;
    let folder = place.root.join("fuzz");
    seed(place, &folder.join("corpus"))?;
    let seconds = match env::var("WATTPROOF_FUZZ_SECONDS") {
        Ok(text) => text.parse().map_err(|_| {
            Failure::new(format!("WATTPROOF_FUZZ_SECONDS is {text}, no number of seconds"))
        })?,
        Err(_) => SECONDS,
    };
    let mut all = Vec::new();
    for target in chosen()? {
        let corpus = PathBuf::from("fuzz/corpus").join(target);
        let done = Cmd::new(place, "rustup")
            .args(["run", "nightly", "cargo", "fuzz", "run", target])
            .args([corpus.as_path()])
            .args(["--", &format!("-max_total_time={seconds}"), "-timeout=20"])
            .args(["-rss_limit_mb=2048", "-malloc_limit_mb=256", "-print_final_stats=1"])
            .path_first(&tool)
            // Of the compiler that runs this program, which the other must not take for its own.
            .env_remove("CARGO")
            .env_remove("RUSTUP_TOOLCHAIN")
            .attempt(place, &format!("Fuzz: {target}"))?;
        let ran = ran(target, &done);
        if ran.found {
            done.show_end();
        }
        all.push(ran);
        write(&place.root.join(PAGE), page(&all, seconds, &nightly))?;
    }
    let findings = all.iter().filter(|ran| ran.found).count();
    let inputs = all.iter().map(|ran| ran.inputs).sum::<u64>();
    Ok(vec![
        Record::at_least("fuzz-targets", all.len() as f64, "targets", TARGETS.len() as f64),
        Record::at_least("fuzz-time", seconds as f64, "s a target", SECONDS as f64),
        Record::counted("fuzz-inputs", inputs as usize, "inputs"),
        Record::none("fuzz-findings", findings, "targets"),
    ])
}

fn chosen() -> Result<Vec<&'static str>> {
    let names = TARGETS.map(|(name, _)| name);
    let Ok(asked) = env::var("WATTPROOF_FUZZ_TARGETS") else { return Ok(names.to_vec()) };
    let find = |asked: &str| {
        names.into_iter().find(|name| *name == asked).ok_or_else(|| {
            Failure::new(format!("no fuzz target {asked}"))
                .remedy(format!("one of {}", names.join(", ")))
        })
    };
    asked.split_whitespace().map(find).collect()
}

/// Puts the files that targets begin with into their folders; what earlier runs found worth keeping stays there.
fn seed(place: &Place, corpus: &Path) -> Result<()> {
    Cmd::new(place, cargo())
        .args([
            "run",
            "--release",
            "--locked",
            "-p",
            "wattproof-tests",
            "--bin",
            "make-seeds",
            "--",
        ])
        .args([corpus])
        .run(place, "Seeds for fuzzing")?;
    for (target, data) in TARGETS.iter().filter_map(|(target, data)| Some((target, (*data)?))) {
        let (from, to) = (place.root.join("tests/data").join(data), corpus.join(target));
        make_dir(&to)?;
        let entries = fs::read_dir(&from).map_err(|e| Failure::io("cannot list", &from, &e))?;
        for path in entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()) {
            let mut bytes = fs::read(&path).map_err(|e| Failure::io("cannot read", &path, &e))?;
            bytes.truncate(SEED);
            let name = path.file_name().unwrap_or_default();
            fs::write(to.join(name), bytes).map_err(|e| Failure::io("cannot write", &to, &e))?;
        }
    }
    Ok(())
}

fn ran(target: &'static str, done: &Done) -> Ran {
    let last = |words: &str| {
        let line = done.lines.iter().rev().find_map(|line| line.split_once(words))?.1;
        line.split_whitespace().next()?.parse().ok()
    };
    let inputs = last("stat::number_of_executed_units:").unwrap_or(0);
    // A target that did nothing shows nothing.
    Ran { target, inputs, edges: last(" cov: ").unwrap_or(0), found: !done.ok() || inputs == 0 }
}

fn page(all: &[Ran], seconds: u64, nightly: &str) -> String {
    let mut page = format!(
        "{HEAD}\nLast run: {} of {} targets, {seconds} seconds each by the clock, cargo-fuzz {}, {nightly}.\n\n{TABLE}",
        all.len(),
        TARGETS.len(),
        tools::CARGO_FUZZ
    );
    for Ran { target, inputs, edges, found } in all {
        let found = if *found { "**yes**" } else { "none" };
        page += &format!("| `{target}` | {inputs} | {edges} | {found} |\n");
    }
    page
}

const HEAD: &str = "\
# Readers of untrusted files, fuzzed

Made by `cargo xtask audit --only fuzz`. What must hold for any bytes is in `fuzz/src`: no panic, refusals with a code and words that can be shown, no more held than
some times the input, what is taken can be written and read again. [fuzz/README.md](../../fuzz/README.md) says how, and what was found.
";

const TABLE: &str = "\
| target | inputs | edges covered | findings |
| --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::read;

    #[test]
    fn every_target_is_listed_and_has_its_file() {
        let place = Place::find().unwrap_or_else(|failure| panic!("{failure}"));
        let manifest = read(&place.root.join("fuzz/Cargo.toml")).unwrap_or_default();
        assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
        for (target, _) in TARGETS {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(
                place.root.join(format!("fuzz/fuzz_targets/{target}.rs")).is_file(),
                "{target}"
            );
        }
    }
}
