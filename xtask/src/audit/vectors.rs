//! The published vectors, class by class, and what each verifier says of them: docs/soundness/vectors.md.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::bench::Record;
use crate::failure::{Failure, Result, read, write};
use crate::place::Place;
use crate::shell::say;

const PAGE: &str = "docs/soundness/vectors.md";

/// What the verifiers say of one class.
#[derive(Default)]
struct Class {
    cases: usize,
    refused: usize,
    /// Contracts that answered, and said no.
    contract: [usize; 2],
    /// snarkjs, the same.
    snarkjs: [usize; 2],
    /// What snarkjs accepts and no verifier should.
    wrong: Vec<String>,
}

/// Classes by name, and what is amiss: cases that the list does not have, or has without a verdict.
fn classes(place: &Place) -> Result<(BTreeMap<String, Class>, Vec<String>)> {
    let folder = place.root.join("tests/vectors");
    let json = |path: std::path::PathBuf| -> Result<Value> {
        serde_json::from_str(&read(&path)?)
            .map_err(|e| Failure::new(format!("{}: {e}", path.display())))
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let listed = json(folder.join("verdicts.json"))?;
    let mut listed: BTreeMap<_, _> = listed
        .as_array()
        .into_iter()
        .flatten()
        .map(|entry| (text(&entry["name"]), entry))
        .collect();
    let (mut classes, mut amiss) = (BTreeMap::<String, Class>::new(), Vec::new());
    let cases = folder.join("cases");
    let entries = fs::read_dir(&cases).map_err(|e| Failure::io("cannot list", &cases, &e))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let case = json(path)?;
        let name = text(&case["name"]);
        let Some(entry) = listed.remove(&name) else {
            amiss.push(format!("{name}: not in verdicts.json"));
            continue;
        };
        let [class, evm, snarkjs] = ["class", "evm", "snarkjs"].map(|member| text(&entry[member]));
        if [&class, &evm, &snarkjs].iter().any(|said| said.is_empty()) {
            amiss.push(format!("{name}: a verdict or its class is missing"));
        }
        let class = classes.entry(class).or_default();
        class.cases += 1;
        class.refused += usize::from(case["expect"]["verdict"] == "refused");
        if !evm.starts_with("no-") {
            class.contract[0] += 1;
            class.contract[1] += usize::from(evm != "true");
        }
        if snarkjs != "unreadable" {
            class.snarkjs[0] += 1;
            class.snarkjs[1] += usize::from(snarkjs != "true");
        }
        if entry["snarkjs_wrong"] == true {
            class.wrong.push(format!("`{name}`"));
        }
    }
    amiss.extend(listed.into_keys().map(|name| format!("{name}: no such case")));
    Ok((classes, amiss))
}

/// Writes the page, and says how many there are.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let (classes, amiss) = classes(place)?;
    for line in &amiss {
        say(line);
    }
    write(&place.root.join(PAGE), page(&classes))?;
    let of_refused = classes.values().filter(|class| class.refused > 0).count();
    let refused = classes.values().map(|class| class.refused).sum::<usize>();
    let wrong = classes.values().map(|class| class.wrong.len()).sum();
    Ok(vec![
        Record::at_least("vectors-refused", refused as f64, "vectors", 300.0),
        Record::at_least("vectors-classes", of_refused as f64, "classes", 20.0),
        Record::none("vectors-without-verdict", amiss.len(), "vectors"),
        Record::counted("vectors-snarkjs-wrong", wrong, "vectors"),
    ])
}

fn page(classes: &BTreeMap<String, Class>) -> String {
    let mut page = String::from(HEAD);
    for (name, class) in classes {
        let Class { cases, refused, contract: [asked, no], snarkjs: [read, against], wrong } =
            class;
        page += &format!(
            "| {name} | {cases} | {refused} | {no} of {asked} | {against} of {read} | {} |\n",
            wrong.join(", ")
        );
    }
    page
}

const HEAD: &str = "\
# Vectors and verdicts

Made by `cargo xtask audit` from `tests/vectors`, whose README has the format. *Refused*: by Rust, and by the Wasm in Node and in Chromium, with the same code. *Contract*: refused
by the contract of the case's key in a real EVM, of those that can be put to one; a contract sees key, proof and inputs, and neither profile nor file, so that it
rightly holds a proof that was merely not asked for. *snarkjs* (0.7.6): the same, of what can be read as numbers and points. *Wrong*: accepted by snarkjs
though key, proof or inputs are at fault.

| class | cases | refused | contract | snarkjs | snarkjs wrong |
| --- | --- | --- | --- | --- | --- |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vector_has_class_and_verdicts() {
        let place = Place::find().unwrap_or_else(|failure| panic!("{failure}"));
        let (classes, amiss) = classes(&place).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(amiss, Vec::<String>::new());
        assert!(classes.len() > 20, "{}", classes.len());
        assert!(classes.values().map(|class| class.refused).sum::<usize>() >= 300);
        assert_eq!(read(&place.root.join(PAGE)).unwrap_or_default(), page(&classes));
    }
}
