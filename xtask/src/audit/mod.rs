//! `cargo xtask audit`: evidence that a yes means yes, in figures, each with its bar.

mod attacks;
mod differential;
mod fuzz;
mod licence;
mod oracles;
mod reproducible;
mod supply;
mod timing;
mod vectors;

use serde_json::Value;

use crate::bench::{Record, gather, table};
use crate::failure::{Failure, Result, make_dir, remove_dir, write};
use crate::npm;
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};

/// Parts that the crate `audit` has commands for.
const PROVED: [&str; 5] = ["uniqueness", "mutation", "deletion", "model", "acceptance"];
/// Parts of this crate.
const LISTED: [&str; 9] = [
    "attacks",
    "vectors",
    "supply",
    "contracts",
    "timing",
    "differential",
    "oracles",
    "reproducible",
    "fuzz",
];
/// Parts that take long: only if asked for.
const LONG: [&str; 7] =
    ["acceptance", "contracts", "timing", "differential", "oracles", "reproducible", "fuzz"];

/// Runs the parts of the audit, or only one; `false` if a figure does not hold. `long` takes hours: every wire, 20,000 changed hints a
/// circuit, and the parts in [`LONG`].
pub(crate) fn run(place: &Place, long: bool, only: Option<&str>) -> Result<bool> {
    if let Some(part) = only.filter(|only| !PROVED.iter().chain(&LISTED).any(|part| part == only)) {
        let parts = [&PROVED[..], &LISTED].concat().join(", ");
        return Err(Failure::new(format!("no part {part}")).remedy(format!("one of {parts}")));
    }
    let asked = |part: &str| match only {
        Some(only) => only == part,
        None => long || !LONG.contains(&part),
    };
    let folder = place.target.join("audit");
    remove_dir(&folder)?;
    make_dir(&folder)?;
    let mut ran = true;
    for part in PROVED.into_iter().filter(|part| asked(part)) {
        let more: &[&str] = match (part, long) {
            ("mutation", true) => &["--hints", "20000", "--stride", "1"],
            // All constraints, and for each name so many claims computed anew.
            ("deletion", true) => &["--rows", "1000000", "--claims", "100"],
            ("deletion", false) => &["--below", "15000"],
            _ => &[],
        };
        // A figure that does not hold is in the table; here it is only counted.
        ran &= Cmd::new(place, cargo())
            .args(["run", "--release", "--locked", "-p", "wattproof-audit", "--", part])
            .args(more)
            .args(["--records"])
            .args([folder.join(part).with_extension("json")])
            .run(place, &format!("Audit: {part}"))
            .is_ok();
    }
    if asked("contracts") {
        npm::ensure(place)?;
        ran &= npm::script(place, "contracts", "campaign")
            .env("WATTPROOF_AUDIT", folder.join("contracts.json"))
            .run(place, "Audit: contracts without one check each")
            .is_ok();
    }
    let mut records = gather(&folder)?;
    if asked("attacks") {
        records.extend(attacks::audit(place, long)?);
    }
    if asked("vectors") {
        records.extend(vectors::audit(place)?);
    }
    if asked("supply") {
        records.extend(supply::audit(place)?);
    }
    // A machine that does anything else says nothing about time.
    if asked("timing") {
        records.extend(timing::audit(place)?);
    }
    if asked("differential") {
        records.extend(differential::audit(place)?);
    }
    if asked("oracles") {
        records.extend(oracles::audit(place)?);
    }
    if asked("reproducible") {
        records.extend(reproducible::audit(place)?);
    }
    if asked("fuzz") {
        records.extend(fuzz::audit(place)?);
    }
    say(table(&records));
    if only.is_none() {
        let out = place.target.join("audit.json");
        let list = Value::Array(records.iter().map(Record::to_json).collect());
        write(&out, format!("{list:#}\n"))?;
        say(format!("audit: {} records in {}", records.len(), out.display()));
    }
    Ok(ran && records.iter().all(|record| record.holds() != Some(false)))
}
