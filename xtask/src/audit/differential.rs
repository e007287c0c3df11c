//! Verifiers compared on claims that were tampered with, and what each says, by way of altering: docs/soundness/differential.md.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::bench::Record;
use crate::failure::{Failure, Result, make_dir, read, remove_dir, write};
use crate::place::{Place, cargo};
use crate::setup;
use crate::shell::Cmd;
use crate::{npm, package};

const PAGE: &str = "docs/soundness/differential.md";

/// One comparison.
struct Compared {
    name: &'static str,
    /// What is compared, for the page.
    what: &'static str,
    most: usize,
    run: fn(&Place, usize, &Path) -> Result<bool>,
}

const COMPARED: [Compared; 3] = [
    Compared {
        name: "differential-native",
        what: "The native verifier with arkworks",
        most: 1_000_000,
        run: native,
    },
    Compared {
        name: "differential-wasm",
        what: "The Wasm in Node with the native verifier: the same rounds, the same code",
        most: 100_000,
        run: wasm,
    },
    Compared {
        name: "differential-evm",
        what: "Contracts with the native verifier, on an EVM",
        most: 5_000,
        run: evm,
    },
];

/// What a comparison leaves: rounds by way of altering, and those that went wrong.
struct Tally {
    rounds: usize,
    /// Accepted, refused by the pairing, refused otherwise.
    kinds: BTreeMap<String, [u64; 3]>,
    wrong: usize,
}

/// Runs them; one that was cut short or ended with a disagreement shows in its record.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let folder = place.target.join("audit-differential");
    remove_dir(&folder)?;
    make_dir(&folder)?;
    let (mut records, mut page) = (Vec::new(), String::from(HEAD));
    for Compared { name, what, most, run } in COMPARED {
        let path = folder.join(name).with_extension("json");
        let agreed = run(place, most, &path)?;
        let tally = tally(&path)?;
        records.push(Record::at_least(name, tally.rounds as f64, "rounds", most as f64));
        let wrong = tally.wrong.max(usize::from(!agreed));
        records.push(Record::none(&format!("{name}-wrong"), wrong, "rounds"));
        page += &section(what, &tally);
    }
    write(&place.root.join(PAGE), page)?;
    Ok(records)
}

fn native(place: &Place, most: usize, out: &Path) -> Result<bool> {
    let done = Cmd::new(place, cargo())
        .args(["run", "--release", "--locked", "-p", "wattproof-audit", "--", "differential"])
        .args(["--rounds", &most.to_string(), "--tally"])
        .args([out])
        .attempt(place, "Audit: differential, native")?;
    if !done.ok() {
        done.show_end();
    }
    Ok(done.ok())
}

fn wasm(place: &Place, most: usize, out: &Path) -> Result<bool> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    Cmd::new(place, cargo())
        .args(["build", "--release", "--locked", "-p", "wattproof-audit"])
        .run(place, "Compiling the audit")?;
    let done = Cmd::new(place, "node")
        .args(["--test", "sdk/js/test/differential.test.js"])
        .env("WATTPROOF_TOOLS", place.target.join("release"))
        .env("WATTPROOF_DIFFERENTIAL_ROUNDS", most.to_string())
        .env("WATTPROOF_AUDIT", out)
        .attempt(place, "Audit: differential, Wasm")?;
    if !done.ok() {
        done.show_end();
    }
    Ok(done.ok())
}

fn evm(place: &Place, most: usize, out: &Path) -> Result<bool> {
    npm::ensure(place)?;
    let test = "mutated_claims_get_the_native_answer";
    let done = Cmd::new(place, cargo())
        .args(["test", "--release", "--locked", "-p", "wattproof-contracts", "--test", "mutations"])
        .args(["--", "--exact", test])
        .env("WATTPROOF_EVM_ROUNDS", most.to_string())
        .env("WATTPROOF_AUDIT", out)
        .attempt(place, "Audit: differential, EVM")?;
    if !done.ok() {
        done.show_end();
    }
    Ok(done.ok())
}

/// Reads what a comparison left; one that left nothing did nothing.
fn tally(path: &Path) -> Result<Tally> {
    let none = Tally { rounds: 0, kinds: BTreeMap::new(), wrong: 0 };
    if !path.is_file() {
        return Ok(none);
    }
    let json: Value = serde_json::from_str(&read(path)?)
        .map_err(|e| Failure::new(format!("{}: {e}", path.display())))?;
    let list = |member: &str| json[member].as_array().map_or(0, Vec::len);
    let kinds: BTreeMap<String, [u64; 3]> =
        serde_json::from_value(json["kinds"].clone()).unwrap_or_default();
    Ok(Tally {
        rounds: kinds.values().flatten().sum::<u64>() as usize,
        kinds,
        wrong: list("false_accepts") + list("disagreements"),
    })
}

fn section(what: &str, tally: &Tally) -> String {
    let Tally { rounds, kinds, wrong } = tally;
    let mut text = format!("\n## {what}\n\n{rounds} rounds, {wrong} judged otherwise.\n\n{TABLE}");
    for (kind, [accepted, by_pairing, otherwise]) in kinds {
        text += &format!("| {kind} | {accepted} | {by_pairing} | {otherwise} |\n");
    }
    text
}

const HEAD: &str = "\
# Altered claims, verifier by verifier

Made by `cargo xtask audit --only differential`. Claims of `tests/vectors` are altered in the ways below; the number of a round is its seed, so that each run is
the same. *Accepted* ones are other proofs of what somebody proved, or say the same in other characters: any other would be judged otherwise. *By the pairing*: points,
files and profile are in order, and the proof does not hold; on an EVM the contract answers *no*. *Otherwise*: before that, with the code of the fault; on an EVM
it reverts.
";

const TABLE: &str = "\
| what was done | accepted | refused by the pairing | refused otherwise |
| --- | --- | --- | --- |
";
