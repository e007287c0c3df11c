//! Development keys for the page's room for proving, in the page's own folder: static files, made once by the command line tool.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::command_line;
use crate::failure::{Failure, Result, make_dir, remove_dir, write};
use crate::place::Place;
use crate::shell::{Cmd, say};
use crate::stamp::{self, Stamp};

/// A contract of the page, whose circuit serves all of them; and a period to compile it for.
const POLICY: &str = "web-demo/src/prove/presets/day-within-limits.toml";
const PERIOD: &str = "2011-02-01";
const FOLDER: &str = "web-demo/public/keys";

/// Makes the keys, unless they are there for the present circuit, and lists them in `index.json`. The tool they were made by.
pub(crate) fn run(place: &Place) -> Result<PathBuf> {
    let program = command_line::build(place)?;
    let ask = |args: &[&str]| Cmd::new(place, &program).args(args).dir(&place.root).ask();

    let explained =
        ask(&["policy", "explain", POLICY, "--period", PERIOD, "--circuit-id", "--json"])?;
    let explained: Value = serde_json::from_str(&explained)
        .map_err(|e| Failure::new(format!("`wattproof policy explain`: {e}")))?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let (Some(id), Some(circuit)) = (text(&explained["circuit_id"]), text(&explained["circuit"]))
    else {
        return Err(Failure::new(format!("{POLICY} has no circuit of the catalogue: {explained}")));
    };
    let stem = id.get(..16).unwrap_or(&id);
    let (verifying, proving) = (format!("{stem}.vk.json"), format!("{stem}.pk"));

    let folder = place.root.join(FOLDER);
    // The form of the files may change where the circuit does not.
    let form = stamp::of_key_files(place)?;
    let made = Stamp::default().value("circuit", &id).value("form", &form).finish();
    let mark = place.work().join("web-keys-stamp");
    let is_there = folder.join(&verifying).is_file() && folder.join(&proving).is_file();
    if !is_there || !stamp::holds(&mark, &made) {
        // Keys of circuits that are no more would be served for nothing.
        remove_dir(&folder)?;
        make_dir(&folder)?;
        ask(&["setup", "--policy", POLICY, "--period", PERIOD, "--out", FOLDER])?;
        stamp::leave(&mark, &made)?;
        say(format!("keys: development keys for the page's circuit {circuit} are in {FOLDER}"));
    }
    let index = json!([{
        "circuit": circuit,
        "verifyingKey": verifying,
        "provingKey": proving,
        "bytes": length(&folder.join(&proving))?,
    }]);
    write(&folder.join("index.json"), format!("{index:#}\n"))?;
    Ok(program)
}

fn length(path: &Path) -> Result<u64> {
    fs::metadata(path).map(|found| found.len()).map_err(|e| Failure::io("cannot read", path, &e))
}
