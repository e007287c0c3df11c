//! What is typed to take things elsewhere.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum ExportCommand {
    /// Write a verifying key as Solidity contracts that verify proofs on a chain, one by one and in batches
    Solidity(SolidityArgs),
}

#[derive(Args)]
pub(crate) struct SolidityArgs {
    /// Verifying key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Where the contracts go
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
    /// What their names begin with: NAMEVerifier and NAMEBatchVerifier
    #[arg(long, default_value = "Wattproof")]
    pub(crate) name: String,
    /// Export a DEVELOPMENT key too, whose maker can forge proofs: for trials
    #[arg(long)]
    pub(crate) allow_development: bool,
}
