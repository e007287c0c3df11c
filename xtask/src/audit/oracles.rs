//! Native twins against circuits, kind by kind, and against the oracles in Python, on many random cases.

use crate::bench::Record;
use crate::failure::Result;
use crate::place::{Place, cargo};
use crate::shell::Cmd;

/// Asks for another number of cases; of the oracles in Python a tenth of it.
const CASES: &str = "WATTPROOF_CASES";

/// Cases of each test, unless asked otherwise.
const BAR: usize = 100_000;

/// Name, what the bar and the number of cases are divided by, what the tests' names contain, and how many there are at least.
const COMPARED: [(&str, usize, &str, usize); 2] = [
    ("oracles-twins", 1, "twin_and_circuit_agree", 15),
    ("oracles-python", 10, "agrees_with_its_oracle", 3),
];

/// Runs them. A test ends with the first disagreement; then the count is none.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let asked = std::env::var(CASES).ok().and_then(|n| n.parse().ok()).unwrap_or(BAR);
    let mut records = Vec::new();
    for (name, part, tests, least) in COMPARED {
        let (cases, bar) = (asked / part, BAR / part);
        let done = Cmd::new(place, cargo())
            .args([
                "test",
                "--release",
                "--locked",
                "-p",
                "wattproof-circuits",
                "--lib",
                "--",
                tests,
            ])
            .env(CASES, cases.to_string())
            .attempt(place, &format!("Audit: {name}, {cases} cases each"))?;
        let is_good = |line: &&String| line.contains(tests) && line.trim_end().ends_with("... ok");
        let ran = done.lines.iter().filter(is_good).count();
        let agreed = if done.ok() && ran >= least { cases } else { 0 };
        records.push(Record::counted(&format!("{name}-tests"), ran, "tests"));
        records.push(Record::at_least(name, agreed as f64, "cases each", bar as f64));
    }
    Ok(records)
}
