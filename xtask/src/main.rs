//! Wattproof's developer commands. `cargo xtask --help` lists them; each has a file of its own.

mod apt;
mod audit;
mod bench;
mod browser;
mod command_line;
mod counts;
mod demo;
mod device_size;
mod failure;
mod keys;
mod nats_server;
mod npm;
mod package;
mod peers;
mod place;
mod setup;
mod shell;
mod stamp;
mod test;
mod tools;
mod wasm_target;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::failure::Result;
use crate::place::Place;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about, version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install what building and testing need: Wasm target, wasm-pack, npm packages, a browser
    Setup,
    /// From a real meter file to a verified proof, step by step
    Demo {
        /// To money instead: two households trade through an escrow on a node of this machine
        #[arg(long)]
        chain: bool,
        /// Leave the claims to the page's room for settling: the node goes on, two orders are open
        #[arg(long, requires = "chain")]
        stay: bool,
    },
    /// Everything that must hold: format, lints, Rust, Wasm in Node, the npm package, the page
    Test,
    /// The long campaign: 10,000 random cases of each property, circuits of every size. Takes a while
    Campaign {
        /// Random cases of each property
        #[arg(long, default_value_t = 10_000)]
        cases: u32,
    },
    /// Measure, compare with the bars, write target/bench.json
    Bench {
        /// Exit with an error when a bar does not hold
        #[arg(long)]
        strict: bool,
        /// Also prove beside snarkjs and against readings up to a year's; writes docs/PEERS.md
        #[arg(long)]
        peers: bool,
        /// Instructions instead of times, compared with those committed; WATTPROOF_PIN=1 writes them anew
        #[arg(long, conflicts_with_all = ["strict", "peers"])]
        counts: bool,
    },
    /// Evidence that a yes means yes, in figures; writes target/audit.json
    Audit {
        /// Every wire, 20,000 changed hints a circuit, proofs under all other keys, the contracts with each check left out, altered claims,
        /// half an hour of each fuzz target: hours
        #[arg(long)]
        long: bool,
        /// One part only, which writes no target/audit.json: uniqueness, mutation, deletion, model, acceptance, attacks, vectors, supply, contracts, timing, differential, oracles, reproducible, fuzz
        #[arg(long)]
        only: Option<String>,
    },
    /// Build the device's code for a Cortex-M4: flash, RAM, and instructions where QEMU is
    DeviceSize,
    /// Serve the web demo on this machine
    Web,
    /// Build the npm package into pkg/
    Package,
}

fn run(command: &Command) -> Result<bool> {
    let place = Place::find()?;
    match command {
        Command::Setup => setup::run(&place).map(|()| true),
        Command::Demo { chain: false, .. } => demo::run(&place).map(|()| true),
        Command::Demo { chain: true, stay } => demo::chain(&place, *stay).map(|()| true),
        Command::Test => test::run(&place),
        Command::Campaign { cases } => test::campaign(&place, *cases),
        Command::Bench { counts: true, .. } => counts::run(&place),
        Command::Bench { strict, peers, .. } => {
            bench::run(&place, *peers).map(|held| held || !strict)
        }
        Command::Audit { long, only } => audit::run(&place, *long, only.as_deref()),
        Command::DeviceSize => device_size::run(&place).map(|()| true),
        Command::Web => web::run(&place).map(|()| true),
        Command::Package => {
            let kit = setup::for_package(&place)?;
            package::run(&place, &kit).map(|()| true)
        }
    }
}

fn main() -> ExitCode {
    match run(&Args::parse().command) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}
