//! `cargo xtask bench`: runs every benchmark, gathers what they measured, and compares it with the
//! bars.
//!
//! A benchmark is a Cargo bench target, or a script `bench` of a JavaScript workspace. It writes
//! one file, `<its name>.json`, into the folder named by WATTPROOF_BENCH_DIR: a list of
//! `{ "name", "value", "unit", "bar" }`, where `bar` is null or a comparison such as `"<= 50"` in
//! the record's unit. Whether a bar holds is decided here, for all alike.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::failure::{Failure, Result, make_dir, read, remove_dir, write};
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};
use crate::{command_line, demo, npm, package, peers, setup};

const FOLDER: &str = "WATTPROOF_BENCH_DIR";

/// One line of the table.
#[derive(Debug, PartialEq)]
pub(crate) struct Record {
    name: String,
    value: f64,
    unit: String,
    bar: Option<Bar>,
}

/// What a value must keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Bar {
    AtMost(f64),
    AtLeast(f64),
}

/// Runs the benchmarks; `false` if a bar does not hold.
///
/// With `peers`, also proves beside snarkjs, measures times against readings up to a year's, and writes docs/PEERS.md.
pub(crate) fn run(place: &Place, peers: bool) -> Result<bool> {
    // What is proved beside snarkjs are the demo's packages, by its keys.
    if peers {
        demo::run(place)?;
    } else {
        let kit = setup::for_package(place)?;
        package::run(place, &kit)?;
    }
    let folder = place.target.join("bench");
    remove_dir(&folder)?;
    make_dir(&folder)?;

    for (package, name) in cargo_benches(place)? {
        Cmd::new(place, cargo())
            .args(["bench", "--locked", "-p", &package, "--bench", &name])
            .env(FOLDER, &folder)
            .env("WATTPROOF_BENCH_SCALE", if peers { "1" } else { "0" })
            .run(place, &format!("Bench {name}"))?;
    }
    npm::npm(place)
        .args(["run", "bench", "--workspaces", "--if-present"])
        .env(FOLDER, &folder)
        .run(place, "Benches in JavaScript")?;
    if peers {
        npm::script(place, "tests/browser", "bench:prove")
            .env(FOLDER, &folder)
            .env(command_line::VARIABLE, command_line::build(place)?)
            .run(place, "Proving beside snarkjs")?;
    }

    let records = gather(&folder)?;
    let out = place.target.join("bench.json");
    let list = Value::Array(records.iter().map(Record::to_json).collect());
    write(&out, format!("{list:#}\n"))?;
    if peers {
        peers::publish(place, &records)?;
    }
    say(table(&records));
    say(format!("bench: {} records in {}", records.len(), out.display()));
    Ok(records.iter().all(|record| record.holds() != Some(false)))
}

/// Package and name of each bench target of the workspace.
fn cargo_benches(place: &Place) -> Result<Vec<(String, String)>> {
    let text = Cmd::new(place, cargo())
        .args(["metadata", "--no-deps", "--locked", "--format-version", "1"])
        .ask()?;
    let metadata: Value = serde_json::from_str(&text)
        .map_err(|e| Failure::new(format!("`cargo metadata` is not to be read: {e}")))?;
    Ok(benches_in(&metadata))
}

fn benches_in(metadata: &Value) -> Vec<(String, String)> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in list(metadata, "packages") {
        for target in list(&package, "targets") {
            if list(&target, "kind").iter().any(|kind| kind == "bench") {
                found.push((text(&package), text(&target)));
            }
        }
    }
    found
}

/// All records of a folder, by file and in each file's order. A name may occur once.
pub(crate) fn gather(folder: &Path) -> Result<Vec<Record>> {
    let entries = fs::read_dir(folder).map_err(|e| Failure::io("cannot list", folder, &e))?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "json"));
    files.sort();
    let mut records: Vec<Record> = Vec::new();
    for file in files {
        let at = |what: String| Failure::new(format!("{}: {what}", file.display()));
        for record in parse(&read(&file)?).map_err(&at)? {
            if records.iter().any(|other| other.name == record.name) {
                return Err(at(format!("`{}` was measured already", record.name))
                    .remedy("give each record a name of its own"));
            }
            records.push(record);
        }
    }
    Ok(records)
}

/// The records of one file; the error says which and what.
pub(crate) fn parse(text: &str) -> std::result::Result<Vec<Record>, String> {
    let list: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let list = list.as_array().ok_or("not a list of records")?;
    list.iter()
        .enumerate()
        .map(|(i, r)| Record::from_json(r).map_err(|e| format!("record {i}: {e}")))
        .collect()
}

impl Record {
    /// A count without a bar.
    pub(crate) fn counted(name: &str, value: usize, unit: &str) -> Self {
        Self { name: name.to_owned(), value: value as f64, unit: unit.to_owned(), bar: None }
    }

    /// A count of what must not be.
    pub(crate) fn none(name: &str, value: usize, unit: &str) -> Self {
        Self { bar: Some(Bar::AtMost(0.0)), ..Self::counted(name, value, unit) }
    }

    /// A value that must not be below `least`.
    pub(crate) fn at_least(name: &str, value: f64, unit: &str, least: f64) -> Self {
        Self { bar: Some(Bar::AtLeast(least)), ..Self::at_most(name, value, unit, least) }
    }

    /// A value that must not be above `most`.
    pub(crate) fn at_most(name: &str, value: f64, unit: &str, most: f64) -> Self {
        let (name, unit) = (name.to_owned(), unit.to_owned());
        Self { name, value, unit, bar: Some(Bar::AtMost(most)) }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn value(&self) -> f64 {
        self.value
    }

    /// Value with its unit, bar, and whether it holds, as the table says it.
    pub(crate) fn cells(&self) -> [String; 3] {
        let value = format!("{} {}", number(self.value), self.unit).trim_end().to_owned();
        let bar = self.bar.map(|bar| bar.to_string()).unwrap_or_default();
        [value, bar, self.holding().to_owned()]
    }

    fn holding(&self) -> &'static str {
        self.holds().map_or("", |holds| if holds { "yes" } else { "NO" })
    }

    fn from_json(json: &Value) -> std::result::Result<Self, String> {
        let text = |name: &str| {
            let text = json[name].as_str().filter(|text| !text.trim().is_empty());
            text.map(ToOwned::to_owned).ok_or_else(|| format!("`{name}` is not a text"))
        };
        let value = json["value"].as_f64().filter(|value| value.is_finite());
        let bar = match &json["bar"] {
            Value::Null => None,
            Value::String(bar) => Some(Bar::parse(bar)?),
            other => return Err(format!("`bar` is {other}, neither null nor like \"<= 50\"")),
        };
        let value = value.ok_or("`value` is not a number")?;
        Ok(Self { name: text("name")?, value, unit: text("unit")?, bar })
    }

    pub(crate) fn to_json(&self) -> Value {
        let bar = self.bar.map(|bar| bar.to_string());
        json!({
            "name": self.name, "value": self.value, "unit": self.unit,
            "bar": bar, "holds": self.holds(),
        })
    }

    /// Whether the value keeps to its bar; none without a bar.
    pub(crate) fn holds(&self) -> Option<bool> {
        self.bar.map(|bar| match bar {
            Bar::AtMost(most) => self.value <= most,
            Bar::AtLeast(least) => self.value >= least,
        })
    }
}

impl Bar {
    fn parse(text: &str) -> std::result::Result<Self, String> {
        let bar = text.split_once(' ').and_then(|(sign, number)| {
            let number: f64 = number.trim().parse().ok().filter(|n: &f64| n.is_finite())?;
            match sign {
                "<=" => Some(Self::AtMost(number)),
                ">=" => Some(Self::AtLeast(number)),
                _ => None,
            }
        });
        bar.ok_or_else(|| format!("`bar` is `{text}`, not like `<= 50` or `>= 2`"))
    }
}

impl std::fmt::Display for Bar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::AtMost(most) => write!(f, "<= {most}"),
            Self::AtLeast(least) => write!(f, ">= {least}"),
        }
    }
}

pub(crate) fn table(records: &[Record]) -> String {
    let head = ["name", "value", "unit", "bar", "holds"].map(str::to_owned);
    let rows = records.iter().map(|r| {
        let bar = r.bar.map(|bar| bar.to_string()).unwrap_or_default();
        [r.name.clone(), number(r.value), r.unit.clone(), bar, r.holding().to_owned()]
    });
    let rows: Vec<_> = std::iter::once(head).chain(rows).collect();
    let width = |i: usize| rows.iter().map(|row| row[i].chars().count()).max().unwrap_or(0);
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |row: &[String; 5]| {
        let [n, v, u, b, h] = widths;
        let text =
            format!("{:n$}  {:>v$}  {:u$}  {:b$}  {:h$}", row[0], row[1], row[2], row[3], row[4]);
        text.trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Counts in full, measurements with three digits or so.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        return format!("{value}");
    }
    match value.abs() {
        100.0.. => format!("{value:.0}"),
        1.0.. => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const GOOD: &str = r#"[
        { "name": "constraints, day", "value": 15872, "unit": "constraints", "bar": "<= 16384" },
        { "name": "prove, day", "value": 0.41251, "unit": "s", "bar": null },
        { "name": "speed-up", "value": 0.9, "unit": "x", "bar": ">= 1" }
    ]"#;

    #[test]
    fn bars_are_judged_here() {
        let holds: Vec<_> = parse(GOOD).unwrap().iter().map(Record::holds).collect();
        assert_eq!(holds, [Some(true), None, Some(false)]);
        let edge = |bar| Record { bar, ..parse(GOOD).unwrap().remove(2) };
        assert_eq!(edge(Some(Bar::AtMost(0.9))).holds(), Some(true));
        assert_eq!(edge(Some(Bar::AtLeast(0.9))).holds(), Some(true));
    }

    #[test]
    fn a_record_comes_out_with_five_fields() {
        let json = parse(GOOD).unwrap()[0].to_json();
        let expected = json!({
            "name": "constraints, day", "value": 15872.0, "unit": "constraints",
            "bar": "<= 16384", "holds": true,
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_table_lines_up() {
        let expected = "\
name               value  unit         bar       holds
constraints, day   15872  constraints  <= 16384  yes
prove, day        0.4125  s
speed-up          0.9000  x            >= 1      NO";
        assert_eq!(table(&parse(GOOD).unwrap()), expected);
    }

    #[test]
    fn bad_records_are_named() {
        for (text, part) in [
            ("{}", "not a list"),
            ("[{}]", "record 0: `value`"),
            (r#"[{"name":" ","value":1,"unit":"s"}]"#, "`name`"),
            (r#"[{"name":"a","value":"1","unit":"s"}]"#, "`value`"),
            (r#"[{"name":"a","value":1,"unit":"s","bar":50}]"#, "`bar` is 50"),
            (r#"[{"name":"a","value":1,"unit":"s","bar":"50"}]"#, "`bar` is `50`"),
            (r#"[{"name":"a","value":1,"unit":"s","bar":"<= NaN"}]"#, "`bar`"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn files_are_merged_in_order_and_doubles_refused() {
        let dir = tempfile::tempdir().unwrap();
        let one = |name: &str| format!(r#"[{{"name":"{name}","value":1,"unit":"s"}}]"#);
        fs::write(dir.path().join("b.json"), one("second")).unwrap();
        fs::write(dir.path().join("a.json"), one("first")).unwrap();
        fs::write(dir.path().join("notes.txt"), "no record").unwrap();
        let names: Vec<_> = gather(dir.path()).unwrap().into_iter().map(|r| r.name).collect();
        assert_eq!(names, ["first", "second"]);
        fs::write(dir.path().join("c.json"), one("first")).unwrap();
        let error = gather(dir.path()).unwrap_err().to_string();
        assert!(error.contains("c.json") && error.contains("measured already"), "{error}");
    }

    #[test]
    fn bench_targets_are_found() {
        let metadata = json!({ "packages": [
            { "name": "p", "targets": [
                { "name": "p", "kind": ["lib"] }, { "name": "verify", "kind": ["bench"] },
            ] },
        ] });
        assert_eq!(benches_in(&metadata), [("p".to_owned(), "verify".to_owned())]);
    }
}
