//! The page `docs/soundness/deletion.md`, made from what was found.

use super::argued::ARGUED;
use super::{Deleted, Effort, Tally};
use std::fmt::Write;

/// The page; `effort` is what the figures took.
pub fn page(found: &[(String, Deleted)], effort: Effort) -> String {
    let mut page = HEAD.replace("ROWS", &effort.rows.to_string());
    page = page.replace("CLAIMS", &effort.claims.to_string());
    let mut all = Tally::default();
    for (name, deleted) in found {
        let sum = deleted.sum();
        page.push_str(&row(name, &sum));
        all.add(&sum);
    }
    let open: Vec<_> = found.iter().flat_map(|(name, deleted)| open(name, deleted)).collect();
    let end = writeln!(
        page,
        "\nOf {} constraints {} were tried or noticed at once, and of these {} % are noticed.\n\n{OPEN}\n{}\n{ARGUMENTS}",
        all.constraints,
        all.constraints - all.untried,
        all.share(),
        if open.is_empty() { "None.\n".to_owned() } else { open.concat() }
    );
    end.unwrap_or_default();
    for argument in ARGUED {
        let claimed = if argument.redundant { "redundant" } else { "rested on" };
        let tests: Vec<_> = argument.tests.iter().map(|test| format!("`{test}`")).collect();
        let entry = writeln!(
            page,
            "\n**{}**: {claimed}. {}\nTests: {}.",
            argument.name,
            argument.why,
            tests.join(", ")
        );
        entry.unwrap_or_default();
    }
    page
}

/// What is open in a circuit, a line for each name.
fn open(circuit: &str, deleted: &Deleted) -> Vec<String> {
    let names = deleted.names.iter().filter(|(_, tally)| tally.open > 0);
    names
        .map(|(name, tally)| {
            let Tally { constraints, open, untried, .. } = tally;
            format!(
                "- `{circuit}`: {name}: {open} open and {untried} not tried, of {constraints}\n"
            )
        })
        .collect()
}

/// A circuit's line of the table.
pub fn row(name: &str, sum: &Tally) -> String {
    let Tally { constraints, rules, argued, alone, weakly, covered, untried, open } = sum;
    format!(
        "| `{name}` | {constraints} | {rules} | {argued} | {alone} | {weakly} | {covered} | {untried} | {open} |\n"
    )
}

const HEAD: &str = "\
# Each constraint deleted once

Made by `cargo run --release -p wattproof-audit -- deletion --page docs/soundness/deletion.md`; a test holds lines of it to the circuits.

A constraint that nobody would miss is one that was forgotten elsewhere, or one too many. So each constraint of each circuit of the
catalogue is taken away, and what notices is looked for (`audit/src/deletion`). Two ways are exact, and say different things:

*Rules*, *arguments*: without the constraint, the propagation of [uniqueness](uniqueness.md) leaves a wire open that it determined, by a rule or by an argument
that is about this constraint, though all else be taken for known but what is made of the wire. A wire that something reads would be loose. That a false claim
would pass is not shown by this.

*Witness*: an assignment was found that breaks this constraint and no other, each constraint evaluated; without it the circuit would accept it. It comes from
single wires and pairs of them, or from a prover who cheats: a wire, a quality, a mask, a place in the registry or a parameter that is not what it should be,
all that follows computed anew, the path led up to another root, public inputs as they come out, and the whole signed with the meter's key. Such an
assignment is looked for where structure does not notice; it may be found for others on the way.

*Weakened*: of the witnesses, those that meet a weaker form of the constraint as well: a bit that may be -1 or 2, a product up to its sign. Elsewhere weakening was not
looked at.

*Argued*: neither, and an argument below says why. *Not tried*: structure does not notice, and others of the same name were tried in the same circuit: ROWS by
single wires, and of those that single wires did not notice, CLAIMS by claims computed anew. Constraints of one name come from one line of the
circuit's description in a loop. *Open*: none of these.

| circuit | constraints | rules | arguments | witness | weakened | argued | not tried | open |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
";

const OPEN: &str = "\
## Open

Neither shown to be redundant nor broken alone by what was tried: a false claim that nobody has written down here yet, or a constraint too many.
";

const ARGUMENTS: &str = "\n## Arguments";
