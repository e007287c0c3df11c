//! `wattproof-audit`: see `cargo xtask audit`.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use wattproof_audit::uniqueness::{Determined, determine};
use wattproof_circuits::relation::{Relation, catalogue};

#[derive(Parser)]
#[command(name = "wattproof-audit", about = "Evidence that a yes means yes")]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Proves that what the prover brings leaves every other wire one value
    Uniqueness {
        /// This circuit of the catalogue only
        #[arg(long)]
        circuit: Option<String>,
    },
}

fn main() -> ExitCode {
    match Args::parse().command {
        Command::Uniqueness { circuit } => uniqueness(circuit.as_deref()),
    }
}

/// The place of the context among the public inputs, the constant one before them.
const CONTEXT: usize = 3;

fn uniqueness(only: Option<&str>) -> ExitCode {
    let mut open = 0;
    for listed in catalogue().iter().filter(|listed| only.is_none_or(|name| name == listed.name)) {
        let matrices = Relation::matrices(&listed.shape);
        let found = determine(&matrices, &[CONTEXT]);
        let Determined { variables, by_row, by_decomposition, argued, .. } = &found;
        println!(
            "{}: {variables} wires follow: {by_row} by rows, {by_decomposition} by decompositions, {} argued, {} free, {} open",
            listed.name,
            argued.values().sum::<usize>(),
            found.free.values().sum::<usize>(),
            found.open.values().sum::<usize>()
        );
        for (name, count) in &found.free {
            println!("  free: {count} at {name}");
        }
        for (name, count) in &found.open {
            println!("  open: {count} at {name}");
        }
        open += found.open.len();
    }
    if open == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
