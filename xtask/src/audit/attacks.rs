//! Each attack that PROTOCOL and SOUNDNESS speak of, and the tests that perform it on the real code: docs/soundness/attacks.md.

use serde_json::Value;

use crate::bench::Record;
use crate::failure::{Failure, Result, read, write};
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};

const PAGE: &str = "docs/soundness/attacks.md";

/// An attack and its tests: file and name.
pub(super) struct Attack {
    of: String,
    what: String,
    tests: Vec<String>,
}

/// All of them: PROTOCOL's from audit/attacks.json, those of SOUNDNESS as that page has them.
pub(super) fn attacks(place: &Place) -> Result<Vec<Attack>> {
    let path = place.root.join("audit/attacks.json");
    let wrong = |what: &str| Failure::new(format!("{}: {what}", path.display()));
    let list: Value = serde_json::from_str(&read(&path)?).map_err(|e| wrong(&e.to_string()))?;
    let mut found = Vec::new();
    for part in list.as_array().ok_or_else(|| wrong("not a list"))? {
        let of = part["of"].as_str().ok_or_else(|| wrong("no `of`"))?;
        for (what, tests) in part["attacks"].as_object().ok_or_else(|| wrong("no `attacks`"))? {
            let tests = tests.as_array().into_iter().flatten().filter_map(Value::as_str);
            let tests = tests.map(str::to_owned).collect();
            found.push(Attack { of: format!("PROTOCOL: {of}"), what: what.clone(), tests });
        }
    }
    let page = read(&place.root.join("docs/SOUNDNESS.md"))?;
    for trap in page.split("\n### ").skip(1) {
        // The last section is followed by what is no trap.
        let trap = trap.split("\n## ").next().unwrap_or_default();
        let what = trap.lines().next().unwrap_or_default().to_owned();
        let tests = trap.split('`').skip(1).step_by(2).filter(|word| word.contains("::"));
        let tests = tests.map(str::to_owned).collect();
        found.push(Attack { of: "SOUNDNESS".to_owned(), what, tests });
    }
    Ok(found)
}

/// What is wrong with an attack's tests; a test that is there but left out counts as missing.
fn missing(place: &Place, attack: &Attack) -> Vec<String> {
    if attack.tests.is_empty() {
        return vec![format!("{}: names no test", attack.what)];
    }
    let absent = attack.tests.iter().filter(|test| !is_test(place, test));
    absent.map(|test| format!("{}: no test {test}", attack.what)).collect()
}

fn is_test(place: &Place, test: &str) -> bool {
    let Some((path, name)) = test.split_once("::") else { return false };
    let Ok(source) = read(&place.root.join(path)) else { return false };
    if !path.ends_with(".rs") {
        return source.contains(&format!("\ntest('{name}'"));
    }
    let mut before = "";
    for line in source.lines() {
        if line.trim_start().starts_with(&format!("fn {name}(")) {
            // In a proptest! block attributes stand alike.
            return before.contains("#[test]") && !before.contains("#[ignore");
        }
        // Attributes and comments above a function, as far as they reach.
        before = match line.trim_start() {
            line if line.starts_with("#[test]") => "#[test]",
            line if line.starts_with("#[ignore") => "#[ignore",
            line if line.starts_with("#[") || line.starts_with("//") => before,
            _ => "",
        };
    }
    false
}

/// The page, and what it says in figures. `run` has Cargo run the tests, too.
pub(super) fn audit(place: &Place, run: bool) -> Result<Vec<Record>> {
    let attacks = attacks(place)?;
    let missing: Vec<_> = attacks.iter().flat_map(|attack| missing(place, attack)).collect();
    for line in &missing {
        say(line);
    }
    write(&place.root.join(PAGE), page(&attacks))?;
    let tests = attacks.iter().map(|attack| attack.tests.len()).sum();
    let mut figures = vec![
        Record::counted("attacks", attacks.len(), "attacks"),
        Record::counted("attacks-tests", tests, "tests"),
        Record::none("attacks-without-test", missing.len(), "attacks"),
    ];
    if run {
        figures.push(Record::none("attacks-failed", failed(place, &attacks)?, "tests"));
    }
    Ok(figures)
}

/// Runs the tests in Rust, a crate at a time, and counts those that did not pass.
fn failed(place: &Place, attacks: &[Attack]) -> Result<usize> {
    let mut names: Vec<(&str, &str)> = (attacks.iter())
        .flat_map(|attack| &attack.tests)
        .filter_map(|test| test.split_once(".rs::").map(|(path, name)| (folder(path), name)))
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut failed = 0;
    for of_crate in names.chunk_by(|a, b| a.0 == b.0) {
        let filters: Vec<_> = of_crate.iter().map(|(_, name)| *name).collect();
        let manifest = place.root.join(of_crate[0].0).join("Cargo.toml");
        let done = Cmd::new(place, cargo())
            .args(["test", "--release", "--locked", "--no-fail-fast", "--manifest-path"])
            .args([&manifest])
            .args(["--"])
            .args(&filters)
            .attempt(place, &format!("Attacks: {}", of_crate[0].0))?;
        let passed = |name: &str| {
            let ends = [format!("::{name} ... ok"), format!(" {name} ... ok")];
            done.lines.iter().any(|line| ends.iter().any(|end| line.trim_end().ends_with(end)))
        };
        failed += filters.iter().filter(|name| !passed(name)).count();
    }
    Ok(failed)
}

/// The folder of the crate that a source is of.
fn folder(path: &str) -> &str {
    path.split_once('/').map_or(path, |(folder, _)| folder)
}

fn page(attacks: &[Attack]) -> String {
    let mut page = String::from(HEAD);
    for attack in attacks {
        let tests: Vec<_> = attack.tests.iter().map(|test| format!("`{test}`")).collect();
        page += &format!("| {} | {} | {} |\n", attack.of, attack.what, tests.join("<br>"));
    }
    page
}

const HEAD: &str = "\
# Attacks and their tests

Made by `cargo xtask audit`. Attacks of PROTOCOL are what its promises invite, from `audit/attacks.json`; those of SOUNDNESS are its traps. Each test performs
the attack on the real code and fails should it succeed. The command counts an attack whose test is not there, is no test or is left out;
`--long` runs those in Rust by themselves. All run in `cargo xtask test`.

| of | attack | tests |
| --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;

    /// The page is the command's, and each attack has its tests.
    #[test]
    fn every_attack_has_a_test() {
        let place = Place::find().unwrap_or_else(|failure| panic!("{failure}"));
        let attacks = attacks(&place).unwrap_or_else(|failure| panic!("{failure}"));
        assert!(attacks.len() > 60, "{}", attacks.len());
        let missing: Vec<_> = attacks.iter().flat_map(|attack| missing(&place, attack)).collect();
        assert_eq!(missing, Vec::<String>::new());
        let page_there = read(&place.root.join(PAGE)).unwrap_or_default();
        assert_eq!(page_there, page(&attacks), "run `cargo xtask audit`");
    }

    #[test]
    fn a_test_that_is_left_out_is_none() {
        let place = Place::find().unwrap_or_else(|failure| panic!("{failure}"));
        let here = "xtask/src/audit/attacks.rs";
        assert!(is_test(&place, &format!("{here}::a_test_that_is_left_out_is_none")));
        assert!(!is_test(&place, &format!("{here}::folder")), "no test");
        assert!(!is_test(&place, &format!("{here}::nowhere")));
        assert!(!is_test(&place, "nowhere.rs::nothing"));
    }
}
