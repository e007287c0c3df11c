//! The page `docs/soundness/uniqueness.md`, made from what was found.

use super::Determined;
use super::argued::{ARGUED, Claimed};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The page.
pub fn page(found: &[(String, Determined)]) -> String {
    let mut page = String::from(HEAD);
    for (name, found) in found {
        let sum = |list: &BTreeMap<_, usize>| list.values().sum::<usize>();
        let Determined { variables, by_row, by_decomposition, argued, free, open } = found;
        let (argued, free, open) = (sum(argued), sum(free), sum(open));
        let row = writeln!(
            page,
            "| `{name}` | {variables} | {by_row} | {by_decomposition} | {argued} | {free} | {open} |"
        );
        row.unwrap_or_default();
    }
    page.push_str(ARGUMENTS);
    for argument in ARGUED {
        let claimed = match argument.claimed {
            Claimed::Determined => "one value",
            Claimed::Free => "any value",
        };
        let tests: Vec<_> = argument.tests.iter().map(|test| format!("`{test}`")).collect();
        let row = writeln!(
            page,
            "\n**{}**: {claimed}. {}\nTests: {}.",
            argument.name,
            argument.why,
            tests.join(", ")
        );
        row.unwrap_or_default();
    }
    page
}

const HEAD: &str = "\
# What follows from the matrices alone

Made by `WATTPROOF_WRITE_AUDIT=1 cargo test --release -p wattproof-audit --test uniqueness`; a test holds it to the circuits.

A prover brings readings, keys, paths and parameters. Everything else in a circuit must follow from them: were a single wire free that a rule
leans on, a false claim could satisfy the circuit. Here that is shown for every circuit of the catalogue from its matrices, not from the
code that made them: known variables are propagated through the constraints by rules that are small theorems about any satisfying
assignment (`audit/src/uniqueness/rules.rs`). Public inputs but for the context count as wires that must follow.

*Rows*: a product, a sum, a quotient of a constant. *Decompositions*: bits with super-increasing weights that add up to less than the modulus.
*Argued*: the rules do not reach them; the arguments are below, by the name of the constraint that first mentions the wire, each with tests that try to
break it. *Free*: wires that may have several values by design, with what follows from them; no public input depends on them. *Open*: neither.

This shows that no two witnesses differ in a hint alone. It does not show that the rules are the right ones: that is what the native
twins are for. Which blocks a look-back opens is counted as brought.

| circuit | wires that follow | rows | decompositions | argued | free | open |
| --- | --- | --- | --- | --- | --- | --- |
";

const ARGUMENTS: &str = "
## Arguments
";
