//! Development keys for the page's rooms, in the page's own folder: static files, made once by the command line tool.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command_line;
use crate::failure::{Failure, Result, make_dir, read, remove_dir, write};
use crate::place::Place;
use crate::shell::{Cmd, say};
use crate::stamp::{self, Stamp};

/// A contract of the page, whose circuit serves all of them; and a period to compile it for.
const POLICY: &str = "web-demo/src/prove/presets/day-within-limits.toml";
const PERIOD: &str = "2011-02-01";
/// What is traded in the room for settling. There the readings are signed in the page, so that nobody vouches for them.
const TRADE: &str = "tests/chain/hour.json";
const FOLDER: &str = "web-demo/public/keys";

/// Makes the keys, unless they are there for the present circuits: `index.json` lists those for proving, `trade.json` has those of the
/// trade with its policy, `Hour.sol` is their verifier. The tool they were made by.
pub(crate) fn run(place: &Place) -> Result<PathBuf> {
    let program = command_line::build(place)?;
    let ask = |args: &[&str]| Cmd::new(place, &program).args(args).dir(&place.root).ask();
    let explain = |args: &[&str]| -> Result<Value> {
        let said = ask(&[&["policy", "explain"], args, &["--circuit-id", "--json"]].concat())?;
        serde_json::from_str(&said)
            .map_err(|e| Failure::new(format!("`wattproof policy explain`: {e}")))
    };

    let mut policy: Value = serde_json::from_str(&read(&place.root.join(TRADE))?)
        .map_err(|e| Failure::new(format!("{TRADE}: {e}")))?;
    policy["least_level"] = "L0".into();
    let trade = place.work().join("trade.json");
    write(&trade, policy.to_string())?;
    let trade = trade.to_string_lossy();
    let [day, hour] = [explain(&[POLICY, "--period", PERIOD])?, explain(&[trade.as_ref()])?];
    let Some(circuit) = day["circuit"].as_str() else {
        return Err(Failure::new(format!("{POLICY} has no circuit of the catalogue: {day}")));
    };

    let folder = place.root.join(FOLDER);
    let names = [&day, &hour].map(|explained| {
        let id = text(&explained["circuit_id"]);
        let stem = id.get(..16).unwrap_or(&id).to_owned();
        (format!("{stem}.vk.json"), format!("{stem}.pk"))
    });
    // The form of the files may change where the circuit does not.
    let form = stamp::of_key_files(place)?;
    let stamp = Stamp::default().value("form", &form);
    let stamp = [&day, &hour]
        .iter()
        .fold(stamp, |stamp, explained| stamp.value("circuit", &text(&explained["circuit_id"])));
    let made = stamp.finish();
    let mark = place.work().join("web-keys-stamp");
    let are_there =
        names.iter().flat_map(|(vk, pk)| [vk, pk]).all(|name| folder.join(name).is_file());
    if !are_there || !folder.join("Hour.sol").is_file() || !stamp::holds(&mark, &made) {
        // Keys of circuits that are no more would be served for nothing.
        remove_dir(&folder)?;
        make_dir(&folder)?;
        ask(&["setup", "--policy", POLICY, "--period", PERIOD, "--out", FOLDER])?;
        ask(&["setup", "--policy", &trade, "--out", FOLDER])?;
        let (key, source) = (format!("{FOLDER}/{}", names[1].0), format!("{FOLDER}/Hour.sol"));
        ask(&[
            "export",
            "solidity",
            "--key",
            &key,
            "--name",
            "Hour",
            "--allow-development",
            "-o",
            &source,
        ])?;
        stamp::leave(&mark, &made)?;
        say(format!("keys: development keys for {circuit} and for a trade are in {FOLDER}"));
    }
    let [(verifying, proving), (hour_verifying, hour_proving)] = &names;
    let index = json!([{
        "circuit": circuit,
        "verifyingKey": verifying,
        "provingKey": proving,
        "bytes": length(&folder.join(proving))?,
    }]);
    write(&folder.join("index.json"), format!("{index:#}\n"))?;
    let trade = json!({
        "policy": policy,
        "digest": hour["policy_digest"],
        "scope": hour["settlement"]["scope"],
        "verifyingKey": hour_verifying,
        "provingKey": hour_proving,
        "bytes": length(&folder.join(hour_proving))?,
    });
    write(&folder.join("trade.json"), format!("{trade:#}\n"))?;
    Ok(program)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn length(path: &Path) -> Result<u64> {
    fs::metadata(path).map(|found| found.len()).map_err(|e| Failure::io("cannot read", path, &e))
}
