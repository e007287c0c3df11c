//! The command line tool itself, compiled for speed: the demo plays it, keys are made by it, tests in JavaScript compare with it.

use std::path::PathBuf;

use crate::failure::Result;
use crate::place::{Place, cargo};
use crate::shell::Cmd;

/// The environment variable in which tests find it.
pub(crate) const VARIABLE: &str = "WATTPROOF_CLI";

/// Compiles it; where it is.
pub(crate) fn build(place: &Place) -> Result<PathBuf> {
    Cmd::new(place, cargo())
        .args(["build", "--release", "--locked", "-p", "wattproof-cli"])
        .run(place, "Compiling the command line tool")?;
    Ok(place.target.join("release").join(format!("wattproof{}", std::env::consts::EXE_SUFFIX)))
}
