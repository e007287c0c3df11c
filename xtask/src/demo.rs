//! `cargo xtask demo`: the command line tool and the npm package at work, in a folder of its own; or on a chain.

use std::path::PathBuf;
use std::time::Instant;

use serde_json::Value;

use crate::command_line;
use crate::failure::{Failure, Result, make_dir, read, remove_dir, write};
use crate::place::Place;
use crate::shell::{Cmd, duration, say};
use crate::{npm, package, setup, stamp};

/// What the scenario plays with.
struct Scene<'a> {
    place: &'a Place,
    /// The `wattproof` program.
    program: PathBuf,
    /// Empty at the start; all that the demo makes is left here to look at.
    work: PathBuf,
}

pub(crate) fn run(place: &Place) -> Result<()> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    let program = command_line::build(place)?;
    let scene = Scene { place, program, work: place.target.join("demo") };
    remove_dir(&scene.work)?;
    make_dir(&scene.work)?;
    scene.keep_keys()?;
    scenario(&scene)
}

/// `cargo xtask demo --chain`: a trade between two households, on a node of its own. The story is told by tests/chain, which also tests it.
/// To `stay` is to play up to the claims, and to leave those and the node to the page.
pub(crate) fn chain(place: &Place, stay: bool) -> Result<()> {
    let kit = setup::for_package(place)?;
    package::run(place, &kit)?;
    let program = command_line::build(place)?;
    let story = npm::script(place, "tests/chain", "demo").env(command_line::VARIABLE, program);
    let folder = place.target.join("trade");
    if stay { story.env("WATTPROOF_TRADE_DIR", folder) } else { story }.foreground()
}

/// What a program answered.
struct Answer {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Scene<'_> {
    /// Runs `wattproof` in the work folder.
    fn attempt(&self, args: &[&str]) -> Result<Answer> {
        let output = std::process::Command::new(&self.program)
            .args(args)
            .current_dir(&self.work)
            .stdin(std::process::Stdio::null())
            .output()
            .map_err(|e| Failure::io("cannot run", &self.program, &e))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        Ok(Answer { code: output.status.code(), out, err })
    }

    /// Runs `wattproof`, shows the command, and returns what it printed; failing is an error.
    fn wattproof(&self, line: &str) -> Result<String> {
        say(format!("  $ wattproof {line}"));
        let args: Vec<&str> = line.split_whitespace().collect();
        let answer = self.attempt(&args)?;
        if answer.code != Some(0) {
            let Answer { out, err, .. } = answer;
            return Err(Failure::new(format!("`wattproof {line}` failed: {err}{out}")));
        }
        Ok(answer.out)
    }

    /// The same with its one JSON document.
    fn json(&self, line: &str) -> Result<Value> {
        let out = self.wattproof(&format!("{line} --json"))?;
        serde_json::from_str(&out).map_err(|e| Failure::new(format!("`wattproof {line}`: {e}")))
    }

    /// Runs `wattproof verify`, which must refuse with this code.
    fn refused(&self, what: &str, code: &str, line: &str) -> Result<()> {
        let args: Vec<&str> = line.split_whitespace().chain(["--json"]).collect();
        let answer = self.attempt(&args)?;
        let json: Value = serde_json::from_str(&answer.out).unwrap_or_default();
        let error = &json["error"];
        if answer.code != Some(1) || error["code"] != code {
            let Answer { out, err, .. } = answer;
            return Err(Failure::new(format!("{what}: expected `{code}`, got {out}{err}")));
        }
        say(format!("  {what}\n    -> REFUSED [{code}] {}", text(&error["message"])));
        Ok(())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.work.join(name)
    }

    /// A file of the work folder as JSON.
    fn load(&self, name: &str) -> Result<Value> {
        let path = self.file(name);
        let json = serde_json::from_str(&read(&path)?);
        json.map_err(|e| Failure::new(format!("{}: {e}", path.display())))
    }

    fn store(&self, name: &str, json: &Value) -> Result<()> {
        write(&self.file(name), format!("{json:#}\n"))
    }

    /// Verifies in Node with the npm package; returns its claim as JSON.
    fn node(&self, bundle: &str, key: &str, profile: &str) -> Result<Value> {
        const SCRIPT: &str = "
            import { readFile } from 'node:fs/promises';
            import { createVerifier, loadKey } from 'wattproof';
            const [bundle, key, profile] = await Promise.all(
                process.argv.slice(1).map((file) => readFile(file, 'utf8')));
            const verifier = await createVerifier({
                key: await loadKey(key, { allowDevKeys: true }), profile });
            const plain = (_, value) => typeof value === 'bigint' ? value.toString() : value;
            console.log(JSON.stringify(verifier.verify(bundle), plain));";
        say(format!("  $ node: createVerifier({{ key, profile }}).verify({bundle})"));
        // Inside the package its own name is resolved as a user's import would be.
        let out = Cmd::new(self.place, "node")
            .args(["--input-type=module", "--eval", SCRIPT, "--"])
            .args([bundle, key, profile].map(|name| self.file(name)))
            .dir(&self.place.root.join("pkg"))
            .ask()?;
        serde_json::from_str(&out).map_err(|e| Failure::new(format!("node: {e}: {out}")))
    }

    /// Forgets keys whose form is no longer what is read.
    fn keep_keys(&self) -> Result<()> {
        let (folder, mark) = (self.keys_folder(), self.place.work().join("demo-keys-stamp"));
        let form = stamp::of_key_files(self.place)?;
        if !stamp::holds(&mark, &form) {
            remove_dir(&folder)?;
        }
        make_dir(&folder)?;
        stamp::leave(&mark, &form)
    }

    /// Development keys for a policy's circuit, made once and kept; the verifying key is put beside the rest as `name`.
    fn keys(&self, policy: &str, name: &str) -> Result<()> {
        let explained = self.json(&format!("policy explain {policy} --circuit-id"))?;
        let id = text(&explained["circuit_id"]);
        let stem = id.get(..16).unwrap_or(&id).to_owned();
        let made = self.keys_folder().join(format!("{stem}.vk.json"));
        if made.exists() {
            say(format!("  keys for circuit {stem}... are there from an earlier run"));
        } else {
            say(format!("  development keys for circuit {stem}... (once; seconds to a minute)"));
            self.wattproof(&format!("setup --policy {policy} --out ../demo-keys"))?;
        }
        write(&self.file(name), read(&made)?)
    }

    fn keys_folder(&self) -> PathBuf {
        self.place.target.join("demo-keys")
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

const NONCE: &str = "0x5bd1e995c0ffee005bd1e995c0ffee005bd1e995c0ffee005bd1e995c0ffee00";
const OTHER_NONCE: &str = "0x00000000000000000000000000000000000000000000000000000000000000aa";

/// One claim from signing to the verdicts.
struct Play<'a> {
    name: &'a str,
    device: &'a str,
    policy: &'a str,
    period: &'a str,
    accept: &'a str,
}

fn scenario(scene: &Scene<'_>) -> Result<()> {
    let data = scene.place.root.join("tests").join("data");
    for (from, to) in [
        ("green-button/sdge-hourly-2011-02.xml", "february.xml"),
        ("policies/day-sdge.json", "day.json"),
        ("policies/month-sdge.json", "month.json"),
    ] {
        write(&scene.file(to), read(&data.join(from))?)?;
    }
    // The day is claimed from the bare file, so its policy must ask for no more than L0.
    let mut day = scene.load("day.json")?;
    day["least_level"] = "L0".into();
    scene.store("day.json", &day)?;

    say("\n1. A real meter file: a home in San Diego, February 2011, hourly\n");
    say(indent(&scene.wattproof("import february.xml --out readings.json")?));

    say("\n2. Two ways to vouch for the same readings\n");
    say("  L0: whoever holds the file signs it. Nobody vouches; verifiers must accept L0 by name.");
    say("  L1: a simulated meter plays the file and signs with its own key, as real ones will.\n");
    scene.wattproof("registry init --out registry.log")?;
    for (device, level) in [("holder", "L0"), ("meter", "L1")] {
        scene.wattproof(&format!("device keygen --serial {device}-4711 --out {device}.json"))?;
        scene.wattproof(&format!(
            "device enrol --device {device}.json --level {level} --nameplate 20000 \
             --valid-from 2011-01-01 --valid-until 2012-01-01 --out {device}.enrolment.json"
        ))?;
        scene.wattproof(&format!(
            "registry add registry.log --enrolment {device}.enrolment.json --level {level} --nameplate 20000"
        ))?;
    }

    let day = Play {
        name: "day",
        device: "holder",
        policy: "day.json",
        period: "2011-02-01",
        accept: " --accept-l0",
    };
    let month = Play {
        name: "month",
        device: "meter",
        policy: "month.json",
        period: "2011-02",
        accept: "",
    };
    say("\n3. One day, as L0");
    let day_claim = day.run(scene)?;
    say("\n4. One month with 8 missing hours, as L1");
    let month_claim = month.run(scene)?;

    say("\n5. Who knows what\n");
    let readings = scene.load("readings.json")?;
    say(side_by_side(&readings, &day_claim, &month_claim));

    say("\n6. What does not work\n");
    attacks(scene)?;

    say(format!(
        "\nAll of it is in {}. Try next:\n\
         - change a condition in month.json and run `wattproof policy check --policy month.json --readings readings.json --period 2011-02` there\n\
         - `cargo xtask web`: drop month.bundle.json onto the page with month.vk.json and month.profile.json\n\
         - import a file of your own: `wattproof import FILE --out readings.json`\n\
         The keys are development keys: whoever made them could forge. Verifiers refuse them unless told otherwise.",
        scene.work.display()
    ));
    Ok(())
}

impl Play<'_> {
    /// Signs, proves, and verifies natively and in Node; both must say the same. Gives the verified claim.
    fn run(&self, scene: &Scene<'_>) -> Result<Value> {
        let Play { name, device, policy, period, accept } = self;
        say("");
        scene.keys(policy, &format!("{name}.vk.json"))?;
        scene.wattproof(&format!(
            "device sign --device {device}.json --readings readings.json --policy {policy} --period {period} \
             --registry registry.log --verifier example-utility --nonce {NONCE} --out {name}.package.json"
        ))?;
        let begin = Instant::now();
        scene.wattproof(&format!(
            "prove --package {name}.package.json --keys ../demo-keys --out {name}.bundle.json"
        ))?;
        let took = duration(begin.elapsed());
        let size =
            std::fs::metadata(scene.file(&format!("{name}.bundle.json"))).map_or(0, |m| m.len());
        say(format!(
            "    proved in {took}, key loaded and proof checked; the bundle has {size} bytes"
        ));
        scene.wattproof(&format!(
            "profile new --policy {policy} --key {name}.vk.json --registry registry.log --period {period} \
             --verifier example-utility --nonce {NONCE}{accept} --out {name}.profile.json"
        ))?;
        let native = scene.json(&format!(
            "verify --bundle {name}.bundle.json --key {name}.vk.json --profile {name}.profile.json \
             --nullifiers nullifiers.txt --allow-dev-keys"
        ))?;
        let node = scene.node(
            &format!("{name}.bundle.json"),
            &format!("{name}.vk.json"),
            &format!("{name}.profile.json"),
        )?;
        let same = native["verdict"] == "verified"
            && node["verdict"] == "verified"
            && node["nullifier"] == native["nullifier"]
            && node["outputs"][0]["value"] == native["outputs"][0]["value"];
        if !same {
            return Err(Failure::new(format!("native and Wasm differ: {native} {node}")));
        }
        say(format!("    VERIFIED natively and in Wasm. {}", text(&native["level"]["text"])));
        Ok(native)
    }
}

/// A forged, a redirected and a doubled claim, each refused with its reason.
fn attacks(scene: &Scene<'_>) -> Result<()> {
    let verify = |bundle: &str, profile: &str, more: &str| {
        format!(
            "verify --bundle {bundle} --key month.vk.json --profile {profile} --allow-dev-keys{more}"
        )
    };
    let mut forged = scene.load("month.bundle.json")?;
    forged["statement"]["outputs"][0] = "106345".into();
    scene.store("forged.bundle.json", &forged)?;
    scene.refused(
        "Forged: the month's total written down by 300 kWh",
        "proof-invalid",
        &verify("forged.bundle.json", "month.profile.json", ""),
    )?;
    scene.wattproof(&format!(
        "profile new --policy month.json --key month.vk.json --registry registry.log --period 2011-02 \
         --verifier another-utility --nonce {OTHER_NONCE} --out another.profile.json"
    ))?;
    scene.refused(
        "Redirected: the same bundle shown to somebody else",
        "wrong-context",
        &verify("month.bundle.json", "another.profile.json", ""),
    )?;
    let mut redirected = scene.load("month.bundle.json")?;
    let explained = scene.json("inspect another.profile.json")?;
    redirected["statement"]["context"] = explained["context_field"].clone();
    scene.store("redirected.bundle.json", &redirected)?;
    scene.refused(
        "Redirected, with the new context written into it",
        "proof-invalid",
        &verify("redirected.bundle.json", "another.profile.json", ""),
    )?;
    scene.wattproof(
        "prove --package month.package.json --keys ../demo-keys --out again.bundle.json",
    )?;
    scene.refused(
        "Doubled: the same month claimed again, with a fresh proof",
        "already-claimed",
        &verify("again.bundle.json", "month.profile.json", " --nullifiers nullifiers.txt"),
    )
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect::<String>().trim_end().to_owned()
}

/// What the household holds and what the verifier was told.
fn side_by_side(readings: &Value, day: &Value, month: &Value) -> String {
    let series = &readings["series"][0];
    let values: Vec<String> =
        series["values"].as_array().into_iter().flatten().take(24).map(Value::to_string).collect();
    let count = series["values"].as_array().map_or(0, Vec::len);
    let mut prover = vec![
        "The household's prover".to_owned(),
        String::new(),
        format!("{count} hourly readings of February, in Wh:"),
    ];
    prover.extend(values.chunks(8).map(|row| row.join(" ")));
    prover.extend([
        "... and so on: when they sleep, cook and travel.".to_owned(),
        "The meter's serial, key and place in the registry.".to_owned(),
    ]);
    let mut verifier = vec!["The verifier".to_owned(), String::new()];
    for (name, claim) in [("Day", day), ("Month", month)] {
        verifier.push(format!("{name}: {}", text(&claim["level"]["least"])));
        for condition in claim["conditions"].as_array().into_iter().flatten() {
            verifier.push(format!("- {}", text(&condition["text"])));
        }
        for output in claim["outputs"].as_array().into_iter().flatten() {
            let (name, value) = (text(&output["name"]), text(&output["text"]));
            verifier.push(format!("- {name} revealed: {value}"));
        }
    }
    verifier.push("Not one reading, nor which meter.".to_owned());
    columns(&prover, &verifier)
}

/// Two texts beside each other, wrapped.
fn columns(left: &[String], right: &[String]) -> String {
    const WIDTH: usize = 52;
    let wrapped =
        |lines: &[String]| lines.iter().flat_map(|line| wrap(line, WIDTH)).collect::<Vec<_>>();
    let (left, right) = (wrapped(left), wrapped(right));
    let row = |i: usize| {
        let of = |side: &[String]| side.get(i).cloned().unwrap_or_default();
        format!("  {:WIDTH$} | {}", of(&left), of(&right)).trim_end().to_owned()
    };
    (0..left.len().max(right.len())).map(row).collect::<Vec<_>>().join("\n")
}

fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut rows = vec![String::new()];
    for word in line.split(' ') {
        let row =
            rows.last_mut().filter(|row| row.is_empty() || row.len() + 1 + word.len() <= width);
        match row {
            Some(row) if row.is_empty() => row.push_str(word),
            Some(row) => *row += &format!(" {word}"),
            None => rows.push(format!("  {word}")),
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_wrap_and_align() {
        let left = ["a".to_owned()];
        let right = [format!("{} end", "word ".repeat(12).trim_end())];
        let text = columns(&left, &right);
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| line.chars().nth(55) == Some('|')), "{text}");
    }
}
