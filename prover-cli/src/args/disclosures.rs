//! What the owner of readings types to see and limit what proofs tell of them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum DisclosuresCommand {
    /// Show every proof in a ledger, and what all of them together tell
    Show {
        /// Ledger of disclosures
        ledger: PathBuf,
    },
    /// Set the most bits that verifiers may learn of a meter over any one period
    Budget {
        /// Ledger of disclosures; begun if it is not there
        ledger: PathBuf,
        /// Whole bits, or the word none
        #[arg(value_parser = bits)]
        bits: Bits,
    },
}

/// A budget, or none.
#[derive(Clone, Copy)]
pub(crate) struct Bits(pub(crate) Option<u32>);

fn bits(text: &str) -> Result<Bits, String> {
    if text == "none" {
        return Ok(Bits(None));
    }
    let number = text.parse().map_err(|_| "a whole number of bits, or the word none".to_owned())?;
    Ok(Bits(Some(number)))
}

/// What a proof is counted in.
#[derive(Args)]
#[command(next_help_heading = "Disclosures")]
pub(crate) struct LedgerArgs {
    /// Ledger of what earlier proofs told; begun if it is not there (private)
    #[arg(long, value_name = "FILE", env = "WATTPROOF_DISCLOSURES")]
    pub(crate) disclosures: Option<PathBuf>,
    /// Prove although it goes past the ledger's budget
    #[arg(long)]
    pub(crate) over_budget: bool,
    /// Take part in another sum of a figure that is in one already: if the other opens too, the two may show the difference
    #[arg(long)]
    pub(crate) another_sum: bool,
}
