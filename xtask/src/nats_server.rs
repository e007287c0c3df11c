//! nats-server, which the tests of a fleet start.

use std::env;
use std::path::{Path, PathBuf};

use crate::apt;
use crate::failure::{Failure, Result};
use crate::place::{Place, on_path};

/// Names the program to the tests, and lets the user choose one.
pub(crate) const VARIABLE: &str = "WATTPROOF_NATS_SERVER";
/// Program, and Debian's package.
const NAME: &str = "nats-server";

/// Finds the server, or installs Debian's.
pub(crate) fn ensure(place: &Place) -> Result<PathBuf> {
    if let Some(chosen) = env::var_os(VARIABLE).filter(|name| !name.is_empty()).map(PathBuf::from) {
        if chosen.is_file() {
            return Ok(chosen);
        }
        return Err(Failure::new(format!("{VARIABLE} names {}, no file", chosen.display()))
            .remedy("set it to the server's program, or leave it unset"));
    }
    if let Some(found) = find() {
        return Ok(found);
    }
    apt::install(place, &[NAME], "nats-server, to test a fleet with,")?;
    find().ok_or_else(|| {
        Failure::new(format!("{NAME} was installed but is not on PATH"))
            .remedy(format!("set {VARIABLE} to its program"))
    })
}

fn find() -> Option<PathBuf> {
    // Debian has it among the system's programs, which not every PATH names.
    let system = Path::new("/usr/sbin").join(NAME);
    on_path(NAME).or_else(|| system.is_file().then_some(system))
}
