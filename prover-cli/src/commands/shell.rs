//! `wattproof completions` and `wattproof man`: both made from the arguments themselves.

use std::fs;
use std::path::Path;

use clap::CommandFactory;
use clap_complete::Shell;
use serde_json::json;

use crate::args::Cli;
use crate::failure::{Failure, Result};
use crate::screen::Report;

pub(super) fn completions(shell: Shell) -> Report {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "wattproof", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    Report::new(json!({ "shell": shell.to_string(), "script": script }), script).essential()
}

pub(super) fn man(dir: &Path) -> Result<Report> {
    fs::create_dir_all(dir).map_err(Failure::unwritable(dir))?;
    clap_mangen::generate_to(Cli::command(), dir).map_err(Failure::unwritable(dir))?;
    Ok(Report::new(json!({ "dir": dir }), format!("Wrote manual pages to {}.", dir.display())))
}
