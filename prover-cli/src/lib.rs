//! What the `wattproof` command is made of, as a library. Files, screens and exit codes: circuits are in `wattproof-circuits`, meter
//! files and policies in `wattproof-intake`.
//!
//! What was typed (`args`, checked by clap) goes to one file per command in `commands`, which reads through `files`, works,
//! and gives a report or a failure; `screen` shows either. Nothing else prints, and nothing else ends the program.
#![deny(missing_docs)]

mod args;
mod commands;
mod disclosures;
mod failure;
mod files;
mod nullifiers;
mod registries;
mod screen;
mod simulator;

use std::alloc::System;
use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use wattproof_service::memory;
use zeroizing_alloc::ZeroAlloc;

/// Wipes whatever is freed: readings and keys are in many buffers, of libraries too, and nobody else knows all of them.
#[global_allocator]
static HEAP: ZeroAlloc<System> = ZeroAlloc(System);

/// Runs the command line of this process, which nobody may look into, and which leaves nothing in its memory.
pub fn main() -> ExitCode {
    // Where the system refuses there is nothing better to do than what was asked for.
    let _ = memory::seclude();
    let code = run();
    memory::wipe_stack();
    code
}

#[inline(never)]
fn run() -> ExitCode {
    let typed: Vec<OsString> = std::env::args_os().collect();
    match args::Cli::try_parse_from(&typed) {
        Ok(cli) => {
            let screen = screen::Screen::new(cli.json, cli.quiet);
            match commands::run(cli.command, &screen) {
                Ok(report) => screen.show(&report),
                Err(failure) => screen.fail(&failure),
            }
        }
        // Whether `--json` was given is not known from clap when it refuses.
        Err(refusal) => screen::refuse(&refusal, typed.iter().any(|word| word == "--json")),
    }
}
