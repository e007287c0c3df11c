//! Whether signing on a device takes as long for every key: the tests of device/tests/timing.rs, which nobody runs every day.

use crate::bench::Record;
use crate::failure::{Failure, Result};
use crate::place::{Place, cargo};
use crate::shell::Cmd;

/// Runs them.
pub(super) fn audit(place: &Place) -> Result<Vec<Record>> {
    let done = Cmd::new(place, cargo())
        .args(["test", "--release", "--locked", "-p", "wattproof-device", "--test", "timing"])
        .args(["--", "--ignored", "--nocapture", "--test-threads=1"])
        .attempt(place, "Audit: timing")?;
    let after = |words: &str| {
        let line = done.lines.iter().find_map(|line| line.split_once(words))?.1;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    let missing = || Failure::new("the timing tests did not say what they measured");
    let control = after("arkworks: |t| up to ").ok_or_else(missing)?;
    Ok(vec![
        Record::at_most("timing-signing", after("least ").ok_or_else(missing)?, "|t|", 4.5),
        // The test notices what is not constant: else it would show nothing.
        Record::none("timing-blind", usize::from(control <= 4.5), "tests"),
    ])
}
