//! What a verifier types.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use wattproof_circuits::hash::F;

use super::{ContextArgs, PeriodArg, convert};

#[derive(Args)]
pub(crate) struct VerifyArgs {
    /// Proof bundle
    #[arg(long, value_name = "FILE")]
    pub(crate) bundle: PathBuf,
    /// Verifying key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// What the claim must be; without it the best verdict is "unconfirmed", with exit code 1
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Accept a development key, whose maker can forge: for trials only
    #[arg(long)]
    pub(crate) allow_dev_keys: bool,
    /// Store of nullifiers: refuses what was claimed before, and remembers this claim
    #[arg(long, value_name = "FILE", requires = "profile")]
    pub(crate) nullifiers: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum ProfileCommand {
    /// Write a profile
    New(ProfileNewArgs),
}

#[derive(Args)]
#[command(group = ArgGroup::new("anchor").required(true).multiple(true).args(["root", "registry", "device"]))]
pub(crate) struct ProfileNewArgs {
    /// Policy that claims must meet
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Verifying key to pin
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Registry root to accept; may be repeated
    #[arg(long, value_name = "DECIMAL", value_parser = convert::field)]
    pub(crate) root: Vec<F>,
    /// Registry whose present root to accept, and those in their grace period; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) registry: Vec<PathBuf>,
    /// Device of level L3 to trust, as `wattproof device keygen --algorithm` writes it; may be repeated
    #[arg(long, value_name = "FILE", requires_all = ["valid_from", "valid_until"], conflicts_with_all = ["root", "registry"])]
    pub(crate) device: Vec<PathBuf>,
    /// Since when the devices are trusted: a date, RFC 3339, or Unix seconds
    #[arg(long, value_name = "TIME", requires = "device")]
    pub(crate) valid_from: Option<String>,
    /// Until when, exclusive
    #[arg(long, value_name = "TIME", requires = "device")]
    pub(crate) valid_until: Option<String>,
    /// Zone of dates
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    pub(crate) zone: String,
    #[command(flatten)]
    pub(crate) period: PeriodArg,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    /// Accept readings that nobody vouches for
    #[arg(long)]
    pub(crate) accept_l0: bool,
    /// Where the profile goes
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) out: PathBuf,
}

#[derive(Args)]
pub(crate) struct InspectArgs {
    /// Any file of ours
    pub(crate) file: PathBuf,
}
