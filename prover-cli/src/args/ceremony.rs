//! What is typed to set a circuit up with others.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use wattproof_circuits::setup::ceremony::Contributor;

#[derive(Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Make a contributor's signing key, once for any number of ceremonies
    Keygen(CeremonyKeygenArgs),
    /// Make a circuit's key before anybody contributed, from a first phase; anyone can make the same again
    Init(CeremonyInitArgs),
    /// Go on from a key with a secret that is forgotten at once
    Contribute(ContributeArgs),
    /// Sign a contribution that was made elsewhere, such as in snarkjs
    Sign(CeremonySignArgs),
    /// Go on from a key with a public random value, as the last step
    Beacon(BeaconArgs),
    /// Check every step of a key, from the circuit and the first phase on
    Verify(JudgeArgs),
    /// Check a key, and turn it into a proving and a verifying key that say so
    Finish(FinishArgs),
    /// Check a finished ceremony's transcript against its verifying key, and the signatures that it carries
    Audit(AuditArgs),
}

#[derive(Args)]
pub(crate) struct CeremonyKeygenArgs {
    /// What others will call you
    #[arg(long)]
    pub(crate) name: String,
    /// Where the key goes (SECRET)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a key that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct CeremonySignArgs {
    /// Key with your contribution
    pub(crate) key: PathBuf,
    /// Your signing key; the contribution of its name is signed
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: PathBuf,
    /// Where the attestation goes [default: beside the key, NAME.attestation.json]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Args)]
#[command(group = ArgGroup::new("trust").required(true).multiple(true).args(["contributor", "contributor_list", "accept_unsigned"]))]
pub(crate) struct SignersArgs {
    /// Contributor whose signature counts, with the key that `ceremony keygen` printed; any number
    #[arg(long, value_name = "NAME=PUBLICKEY", value_parser = Contributor::parse)]
    pub(crate) contributor: Vec<Contributor>,
    /// The same in a file, ceremony-contributors/1
    #[arg(long, value_name = "FILE")]
    pub(crate) contributor_list: Option<PathBuf>,
    /// How many of these must have contributed and signed, at least
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) signed: u32,
    /// Let names do that nobody signed for: whoever ran the ceremony may have made them all up
    #[arg(long, conflicts_with_all = ["contributor", "contributor_list", "signed"])]
    pub(crate) accept_unsigned: bool,
}

#[derive(Args)]
pub(crate) struct AuditArgs {
    /// Transcript, NAME.ceremony.json
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: PathBuf,
    /// Verifying key that the ceremony made
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    #[command(flatten)]
    pub(crate) signers: SignersArgs,
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
    #[arg(long, required_unless_present = "sign", conflicts_with = "sign")]
    pub(crate) name: Option<String>,
    /// Your signing key, which has your name: the attestation goes beside the key, NAME.attestation.json
    #[arg(long, value_name = "FILE")]
    pub(crate) sign: Option<PathBuf>,
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
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) contributors: u32,
    /// Contributors' attestations, any number
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) attestation: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) signers: SignersArgs,
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
