//! `cargo xtask bench --counts`: instructions of proving and verifying, beside those that are committed. Times in CI are too noisy to
//! show a regression of some percent; callgrind's counts are the same in every run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::apt;
use crate::failure::{Failure, Result, make_dir, read, write};
use crate::place::{Place, cargo, on_path};
use crate::shell::{Cmd, say};

/// The counts as committed, with the compiler that they are of.
const FILE: &str = "circuits/examples/counts.json";
/// What a function's name begins with in `circuits/examples/counts.rs` to be counted.
const PREFIX: &str = "counts::counted_";
/// More than this is a regression, less than this is to be written down: both in hundredths of a count.
const TOLERANCE: u64 = 2;

type Counts = BTreeMap<String, u64>;

/// Counts, and compares; with `WATTPROOF_PIN=1` writes down instead. `false` if a count is off by more than the tolerance.
pub(crate) fn run(place: &Place) -> Result<bool> {
    let counts = count(place)?;
    let (compiler, machine) = compiler(place)?;
    let path = place.root.join(FILE);
    if std::env::var("WATTPROOF_PIN").is_ok_and(|pin| pin == "1") {
        let all = json!({ "compiler": compiler, "machine": machine, "instructions": counts });
        write(&path, format!("{all:#}\n"))?;
        say(format!("counts: written to {FILE}"));
        return Ok(true);
    }
    let pinned: Value = serde_json::from_str(&read(&path)?)
        .map_err(|e| Failure::new(format!("{FILE} is not to be read: {e}")))?;
    if pinned["compiler"] != *compiler || pinned["machine"] != *machine {
        say(format!(
            "NOT COMPARED: the counts are of {} for {}, this is {compiler} for {machine}",
            pinned["compiler"], pinned["machine"]
        ));
        return Ok(true);
    }
    let pinned: Counts = serde_json::from_value(pinned["instructions"].clone())
        .map_err(|e| Failure::new(format!("{FILE}: `instructions`: {e}")))?;
    let (table, held) = compare(&counts, &pinned);
    say(table);
    if !held {
        say(format!(
            "counts: off by more than {TOLERANCE} %. If that is meant, WATTPROOF_PIN=1 cargo xtask bench --counts writes {FILE} anew"
        ));
    }
    Ok(held)
}

/// The instructions of each function, by its name without the prefix.
fn count(place: &Place) -> Result<Counts> {
    let valgrind = match on_path("valgrind") {
        Some(found) => found,
        None => {
            apt::install(place, &["valgrind"], "valgrind, to count with,")?;
            on_path("valgrind").ok_or_else(|| Failure::new("valgrind is not on PATH"))?
        }
    };
    Cmd::new(place, cargo())
        .args(["build", "--release", "--locked", "-p", "wattproof-circuits", "--example", "counts"])
        .run(place, "Compiling what is counted")?;
    let folder = place.target.join("counts");
    make_dir(&folder)?;
    let out = folder.join("callgrind.out");
    Cmd::new(place, valgrind)
        .args(["--tool=callgrind", "--compress-strings=no", "--compress-pos=no"])
        .args([format!("--callgrind-out-file={}", out.display())])
        .args([place.target.join("release/examples/counts")])
        .run(place, "Counting instructions")?;
    let counts = parse(&read(&out)?);
    match counts.is_empty() {
        true => Err(Failure::new(format!("{} has no function of ours", out.display()))),
        false => Ok(counts),
    }
}

/// What calls of our functions took, those that they call included: in callgrind's file the line after next, after the name.
fn parse(profile: &str) -> Counts {
    let mut counts = Counts::new();
    let mut lines = profile.lines();
    while let Some(line) = lines.next() {
        let Some(name) = line.strip_prefix("cfn=").and_then(|name| name.strip_prefix(PREFIX))
        else {
            continue;
        };
        let cost = lines.nth(1).and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        *counts.entry(name.to_owned()).or_insert(0) += cost.unwrap_or(0);
    }
    counts
}

/// The table of both, and whether each count is within the tolerance; one that only one of them has is not.
fn compare(counts: &Counts, pinned: &Counts) -> (String, bool) {
    let mut table = "instructions, beside those committed:".to_owned();
    let mut held = true;
    let names: std::collections::BTreeSet<_> = counts.keys().chain(pinned.keys()).collect();
    for name in names {
        let (now, before) = (counts.get(name).copied(), pinned.get(name).copied());
        let within = match (now, before) {
            (Some(now), Some(before)) => now.abs_diff(before) * 100 <= before * TOLERANCE,
            _ => false,
        };
        held &= within;
        let text = |count: Option<u64>| count.map_or("none".to_owned(), |count| count.to_string());
        let change = match (now, before) {
            (Some(now), Some(before)) => {
                format!("{:+.2} %", (now as f64 / before as f64 - 1.0) * 100.0)
            }
            _ => String::new(),
        };
        let word = if within { "" } else { "  OFF" };
        table +=
            &format!("\n  {name:12} {:>14} {:>14} {change:>10}{word}", text(now), text(before));
    }
    (table, held)
}

/// Which compiler this is, and for which machines it compiles.
fn compiler(place: &Place) -> Result<(String, String)> {
    let said = Cmd::new(place, "rustc").args(["-vV"]).ask()?;
    let line = |name: &str| {
        let found = said.lines().find_map(|line| line.strip_prefix(name));
        found
            .map(|rest| rest.trim().to_owned())
            .ok_or_else(|| Failure::new("`rustc -vV` says no more what it is"))
    };
    Ok((line("release:")?, line("host:")?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const PROFILE: &str = "\
fn=counts::main
0 12
cfn=counts::counted_prove
calls=1 0
0 4607
cfn=counts::other
calls=3 0
0 99
cfn=counts::counted_sums
calls=1 0
0 79151
fn=counts::main
cfn=counts::counted_sums
calls=1 0
0 9
";

    fn counts(list: &[(&str, u64)]) -> Counts {
        list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
    }

    #[test]
    fn our_functions_are_found_in_a_profile() {
        assert_eq!(parse(PROFILE), counts(&[("prove", 4607), ("sums", 79160)]));
        assert!(parse("fn=main\n0 1\n").is_empty());
    }

    #[test]
    fn two_percent_either_way_hold() {
        let pinned = counts(&[("prove", 1000)]);
        for (now, held) in [(1000, true), (1020, true), (980, true), (1021, false), (979, false)] {
            let (table, within) = compare(&counts(&[("prove", now)]), &pinned);
            assert_eq!((within, table.contains("OFF")), (held, !held), "{table}");
        }
        assert!(!compare(&counts(&[]), &pinned).1);
        assert!(!compare(&counts(&[("prove", 1000), ("more", 1)]), &pinned).1);
    }
}
