//! Verifiers compared on proofs, keys and inputs that were tampered with: our pairing with arkworks', contracts with ours.

use crate::bench::Record;
use crate::failure::Result;
use crate::place::{Place, cargo};
use crate::shell::Cmd;

/// Name, how many, the crate, its test, and the variable that asks for so many.
const COMPARED: [(&str, usize, &str, &str, &str); 2] = [
    (
        "differential-native",
        1_000_000,
        "wattproof-circuits",
        "groth16::twin_tests::verdicts_agree",
        "WATTPROOF_CASES",
    ),
    (
        "differential-evm",
        5_000,
        "wattproof-contracts",
        "mutated_claims_get_the_native_answer",
        "WATTPROOF_EVM_ROUNDS",
    ),
];

/// Runs them. A test ends with the first disagreement; then the count is none.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    for (name, most, of_crate, test, variable) in COMPARED {
        let done = Cmd::new(place, cargo())
            .args(["test", "--release", "--locked", "-p", of_crate, "--", "--exact", test])
            .env(variable, most.to_string())
            .attempt(place, &format!("Audit: {name}"))?;
        let ran = done.lines.iter().any(|line| line.trim_end() == format!("test {test} ... ok"));
        let agreed = if done.ok() && ran { most } else { 0 };
        records.push(Record::at_least(name, agreed as f64, "cases", most as f64));
    }
    Ok(records)
}
