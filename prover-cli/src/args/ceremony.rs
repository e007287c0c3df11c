//! What is typed to set a circuit up with others.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Make a circuit's key before anybody contributed, from a first phase; anyone can make the same again
    Init(CeremonyInitArgs),
    /// Go on from a key with a secret that is forgotten at once
    Contribute(ContributeArgs),
    /// Go on from a key with a public random value, as the last step
    Beacon(BeaconArgs),
    /// Check every step of a key, from the circuit and the first phase on
    Verify(JudgeArgs),
    /// Check a key, and turn it into a proving and a verifying key that say so
    Finish(FinishArgs),
}

#[derive(Args)]
pub(crate) struct GroundArgs {
    /// Policy or agreement whose circuit the key is for
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Period, for agreements that depend on local time; any of a year gives the same circuit
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// First phase, prepared for the second, as snarkjs has it
    #[arg(long, value_name = "FILE")]
    pub(crate) ptau: PathBuf,
    /// BLAKE2b-512 of a first phase that is not one of the published ones: trust it by name
    #[arg(long, value_name = "HEX")]
    pub(crate) trust_ptau: Option<String>,
}

#[derive(Args)]
pub(crate) struct CeremonyInitArgs {
    #[command(flatten)]
    pub(crate) ground: GroundArgs,
    /// Where the key goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct ContributeArgs {
    /// Key to go on from
    pub(crate) key: PathBuf,
    /// What others will call you
    #[arg(long)]
    pub(crate) name: String,
    /// A file of your own randomness, stirred in with the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) entropy: Option<PathBuf>,
    /// Where the key goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct BeaconArgs {
    /// Key to go on from
    pub(crate) key: PathBuf,
    /// What the beacon is called
    #[arg(long)]
    pub(crate) name: String,
    /// Its value, which nobody could foresee when the last secret was drawn
    #[arg(long, value_name = "HEX")]
    pub(crate) hash: String,
    /// SHA-256 is applied 2^N times
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(10..=40))]
    pub(crate) iterations: u8,
    /// Where the key goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct JudgeArgs {
    #[command(flatten)]
    pub(crate) ground: GroundArgs,
    /// Key to check
    #[arg(long, value_name = "FILE")]
    pub(crate) zkey: PathBuf,
    /// How many named contributors there must be, at least
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) contributors: usize,
}

#[derive(Args)]
pub(crate) struct FinishArgs {
    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
    /// Folder for the keys and the transcript; made if need be
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// Replace keys that are there already
    #[arg(long)]
    pub(crate) force: bool,
}
