//! `cargo xtask audit`: evidence that a yes means yes, in figures, each with its bar.

use serde_json::Value;

use crate::bench::{Record, gather, table};
use crate::failure::{Result, make_dir, remove_dir, write};
use crate::npm;
use crate::place::{Place, cargo};
use crate::shell::{Cmd, say};

/// Runs the parts of the audit; `false` if a figure does not hold. `long` takes hours: every wire, 20,000 changed hints a circuit, and
/// the contracts with each check left out.
pub(crate) fn run(place: &Place, long: bool) -> Result<bool> {
    let folder = place.target.join("audit");
    remove_dir(&folder)?;
    make_dir(&folder)?;
    let mutation: &[&str] = if long { &["--hints", "20000", "--stride", "1"] } else { &[] };
    let mut ran = true;
    for (part, more) in [("uniqueness", &[][..]), ("mutation", mutation)] {
        // A figure that does not hold is in the table; here it is only counted.
        ran &= Cmd::new(place, cargo())
            .args(["run", "--release", "--locked", "-p", "wattproof-audit", "--", part])
            .args(more)
            .args(["--records"])
            .args([folder.join(part).with_extension("json")])
            .run(place, &format!("Audit: {part}"))
            .is_ok();
    }
    if long {
        npm::ensure(place)?;
        let figures = folder.join("contracts.json");
        ran &= npm::script(place, "contracts", "campaign")
            .env("WATTPROOF_AUDIT", figures)
            .run(place, "Audit: contracts without one check each")
            .is_ok();
    }
    let records = gather(&folder)?;
    let out = place.target.join("audit.json");
    let list = Value::Array(records.iter().map(Record::to_json).collect());
    write(&out, format!("{list:#}\n"))?;
    say(table(&records));
    say(format!("audit: {} records in {}", records.len(), out.display()));
    Ok(ran && records.iter().all(|record| record.holds() != Some(false)))
}
