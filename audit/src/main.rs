//! `wattproof-audit`: see `cargo xtask audit`.

use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::process::ExitCode;
use wattproof_audit::mutation::{Outcome, Subject};
use wattproof_audit::stage::stages;
use wattproof_audit::uniqueness::determine_circuit;
use wattproof_audit::{Any, circuits};

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
    /// Changes wires and hints of good claims: each change must break a constraint
    Mutation {
        /// This circuit of the catalogue only
        #[arg(long)]
        circuit: Option<String>,
        /// Changed hints for each circuit, with all that follows computed anew
        #[arg(long, default_value_t = 500)]
        hints: usize,
        /// Of the wires one in so many
        #[arg(long, default_value_t = 1)]
        stride: usize,
    },
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::Uniqueness { circuit } => uniqueness(circuit.as_deref()),
        Command::Mutation { circuit, hints, stride } => mutation(circuit.as_deref(), hints, stride),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn uniqueness(only: Option<&str>) -> Any<bool> {
    let mut open = 0;
    for (name, shape) in circuits()?.iter().filter(|(name, _)| only.is_none_or(|only| only == name))
    {
        let found = determine_circuit(shape);
        let sum = |list: &BTreeMap<_, usize>| list.values().sum::<usize>();
        println!(
            "{name}: {} wires follow: {} by rows, {} by decompositions, {} argued, {} free, {} open",
            found.variables,
            found.by_row,
            found.by_decomposition,
            sum(&found.argued),
            sum(&found.free),
            sum(&found.open)
        );
        for (name, count) in &found.open {
            println!("  open: {count} at `{name}`");
        }
        open += found.open.len();
    }
    Ok(open == 0)
}

fn mutation(only: Option<&str>, hints: usize, stride: usize) -> Any<bool> {
    let mut defects = 0;
    for stage in stages()?.iter().filter(|stage| only.is_none_or(|only| only == stage.name)) {
        let subject = Subject::new(stage)?;
        for (what, outcome) in [("wires", subject.wires(stride)), ("hints", subject.hints(hints))] {
            let Outcome { tried, free, defects: found } = outcome;
            println!("{}: {what}: {tried} mutants, free {free:?}, defects {found:?}", stage.name);
            defects += found.len();
        }
    }
    Ok(defects == 0)
}
