//! `cargo xtask test`: everything that must hold, in one go. All stages run, also after a failure,
//! unless they need what failed.

use std::time::{Duration, Instant};

use crate::browser::{CHROMIUM, FIREFOX};
use crate::command_line;
use crate::failure::Result;
use crate::place::{Place, cargo};
use crate::shell::{Cmd, duration, say};
use crate::{keys, nats_server, npm, package, setup};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    /// What it needs failed before.
    NotRun,
}

/// The stages so far, in order, with the time each took.
#[derive(Default)]
struct Report(Vec<(String, Outcome, Duration)>);

/// Runs all stages; `false` if any failed.
pub(crate) fn run(place: &Place) -> Result<bool> {
    let started = Instant::now();
    let mut report = Report::default();
    let cargo = |args: &[&str]| Cmd::new(place, cargo()).args(args);

    let kit = report.stage("setup", || setup::for_package(place));
    let chromium = report.stage("browser", || CHROMIUM.ensure(place));
    let broker = report.stage("broker", || nats_server::ensure(place));
    let firefox = FIREFOX.ensure(place);
    if let Err(failure) = &firefox {
        say(format!("NOT TESTED in Firefox, which cannot be had here: {failure}"));
    }
    report.tests(place, "format", cargo(&["fmt", "--all", "--check"]));
    report.tests(
        place,
        "lints",
        cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
    );
    // The Rust tests compile them too; here their compiler's words are shown.
    report.tests(place, "contracts", npm::script(place, "contracts", "build"));
    let tests = cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]);
    let tests = match &broker {
        Some(broker) => tests.env(nats_server::VARIABLE, broker),
        None => tests,
    };
    report.tests(place, "Rust tests", tests);
    let built = kit
        .and_then(|kit| report.stage("package", || package::run(place, &kit)))
        .and_then(|()| report.stage("keys of the page", || keys::run(place)));
    let tool = built.as_deref();
    // Cargo made them for the Rust tests of their crate.
    let tools = place.target.join("debug");
    let names = [
        "tests/interop test",
        "tests/chain test",
        "sdk/js test",
        "sdk/reference test",
        "tests/packaging test",
        "tests/hosts test",
        "web-demo build",
        "tests/browser test",
    ];
    for name in names {
        let (workspace, script) = name.split_once(' ').unwrap_or((name, "test"));
        let needs_browser = ["tests/hosts", "tests/browser"].contains(&workspace);
        if built.is_none() || needs_browser && chromium.is_none() {
            report.skip(name);
            continue;
        }
        let found = [
            (command_line::VARIABLE, tool),
            ("WATTPROOF_TOOLS", Some(tools.as_path())),
            (CHROMIUM.variable, chromium.as_deref()),
            (FIREFOX.variable, firefox.as_deref().ok()),
        ];
        let cmd = found.into_iter().fold(
            npm::script(place, workspace, script),
            |cmd, (variable, program)| match program {
                Some(program) => cmd.env(variable, program),
                None => cmd,
            },
        );
        report.tests(place, name, cmd);
    }
    say(report.table(started.elapsed()));
    Ok(report.passed())
}

/// What is too long for every day: many more random cases, and the tests that are left out otherwise.
pub(crate) fn campaign(place: &Place, cases: u32) -> Result<bool> {
    let started = Instant::now();
    let mut report = Report::default();
    let broker = report.stage("broker", || nats_server::ensure(place));
    let test = Cmd::new(place, cargo())
        .args(["test", "--release", "--workspace", "--locked", "--no-fail-fast"])
        .args(["--", "--include-ignored"])
        .env("WATTPROOF_CASES", cases.to_string())
        .env("WATTPROOF_LONG", "1");
    let test = match &broker {
        Some(broker) => test.env(nats_server::VARIABLE, broker),
        None => test,
    };
    report.tests(place, "long campaign", test);
    let package = report.stage("package", || {
        let kit = setup::for_package(place)?;
        package::run(place, &kit)
    });
    match package {
        Some(()) => {
            let hostile = npm::script(place, "tests/packaging", "campaign");
            report.tests(place, "hostile values", hostile.env("WATTPROOF_LONG", "1"));
        }
        None => report.skip("hostile values"),
    }
    say(report.table(started.elapsed()));
    Ok(report.passed())
}

impl Report {
    /// A stage of our own; what it made, if it went well.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        say(format!("\n== {name}"));
        let started = Instant::now();
        let (outcome, made) = match work() {
            Ok(made) => (Outcome::Passed, Some(made)),
            Err(failure) => {
                say(format!("error: {failure}"));
                (Outcome::Failed, None)
            }
        };
        self.0.push((name.to_owned(), outcome, started.elapsed()));
        made
    }

    /// A stage that runs a test runner: its closing lines are shown, and its end when it fails.
    fn tests(&mut self, place: &Place, name: &str, cmd: Cmd) {
        say(format!("\n== {name}"));
        let started = Instant::now();
        let outcome = match cmd.attempt(place, name) {
            Ok(done) => {
                if !done.ok() {
                    done.show_end();
                }
                for line in done.lines.iter().filter(|line| is_closing(line)) {
                    say(line);
                }
                if done.ok() { Outcome::Passed } else { Outcome::Failed }
            }
            Err(failure) => {
                say(format!("error: {failure}"));
                Outcome::Failed
            }
        };
        self.0.push((name.to_owned(), outcome, started.elapsed()));
    }

    fn skip(&mut self, name: &str) {
        self.0.push((name.to_owned(), Outcome::NotRun, Duration::ZERO));
    }

    fn passed(&self) -> bool {
        !self.0.is_empty() && self.0.iter().all(|(_, outcome, _)| *outcome == Outcome::Passed)
    }

    fn table(&self, total: Duration) -> String {
        let width = self.0.iter().map(|(name, ..)| name.len()).max().unwrap_or(0);
        let mut table = String::from("\n== summary\n");
        for (name, outcome, took) in &self.0 {
            let (word, took) = match outcome {
                Outcome::Passed => ("passed", duration(*took)),
                Outcome::Failed => ("FAILED", duration(*took)),
                Outcome::NotRun => ("not run, as what it needs failed", String::new()),
            };
            table += format!("{name:width$}  {word}  {took}").trim_end();
            table.push('\n');
        }
        let word = if self.passed() { "all passed" } else { "FAILED" };
        table + &format!("{:width$}  {word}  {}", "", duration(total))
    }
}

/// A line in which a test runner sums up, of Cargo (`test result: ok. 3 passed; …`) or of Node
/// (`# pass 3`, or with a terminal `ℹ pass 3`), says which file the next sum is about, or owns up to a gap.
fn is_closing(line: &str) -> bool {
    let line = line.trim();
    if line.contains("NOT TESTED") {
        return true;
    }
    if ["test result:", "Running ", "Doc-tests "].iter().any(|start| line.starts_with(start)) {
        return true;
    }
    let mut words = line.split_whitespace();
    let mark = words.next().is_some_and(|mark| mark == "#" || mark == "ℹ");
    let what = words.next().is_some_and(|what| {
        ["tests", "suites", "pass", "fail", "cancelled", "skipped", "todo"].contains(&what)
    });
    mark && what && words.next().is_some_and(|count| count.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_told_from_others() {
        let closing = [
            "test result: ok. 3 passed; 0 failed; 0 ignored",
            "     Running unittests src/lib.rs (target/debug/deps/x)",
            "   Doc-tests wattproof_circuits",
            "# pass 12",
            "ℹ fail 0",
            "ok 7 - workerd # SKIP NOT TESTED: no build for this machine",
        ];
        assert!(closing.iter().all(|line| is_closing(line)));
        let other = ["test reading::zero ... ok", "# Subtest: verify", "# pass word", "", "pass 3"];
        assert!(!other.iter().any(|line| is_closing(line)));
    }

    #[test]
    fn one_failure_or_one_stage_not_run_fails_the_whole() {
        let mut report = Report::default();
        assert!(!report.passed(), "nothing run is not a pass");
        report.stage("one", || Ok(()));
        assert!(report.passed());
        report.skip("two");
        assert!(!report.passed());
        let table = report.table(Duration::from_secs(65));
        assert!(table.contains("one  passed") && table.contains("two  not run"), "{table}");
        assert!(table.ends_with("FAILED  1 min 05 s"), "{table}");
    }
}
