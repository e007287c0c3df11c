//! What members of a sum and its aggregator type.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Subcommand)]
pub(crate) enum AggregateCommand {
    /// Make a member's mask key, and what it hands in for the roster
    Key(MaskKeyArgs),
    /// Fix the list of members: one roster is one round
    Roster(RosterArgs),
    /// Verify every member's bundle, and open the sum
    Open(OpenArgs),
}

#[derive(Args)]
pub(crate) struct MaskKeyArgs {
    /// What the roster calls the member; may be a pseudonym
    #[arg(long)]
    pub(crate) name: String,
    /// Where the key goes (SECRET)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where name and public key go, for whoever writes the roster
    #[arg(long, value_name = "FILE")]
    pub(crate) member_out: PathBuf,
    /// Replace files that are there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct RosterArgs {
    /// Members, as `wattproof aggregate key` writes them, in the order of the roster
    #[arg(required = true, value_name = "MEMBER")]
    pub(crate) members: Vec<PathBuf>,
    /// Least number of members that is promised to each; at least 3
    #[arg(long, value_name = "COUNT")]
    pub(crate) least: u32,
    /// Where the roster goes
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Replace a file that is there already
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args)]
pub(crate) struct OpenArgs {
    /// What every member's claim must be; its context names the roster
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: PathBuf,
    /// Verifying key
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The round's members
    #[arg(long, value_name = "FILE")]
    pub(crate) roster: PathBuf,
    /// Every member's share
    #[arg(required = true, value_name = "SHARE")]
    pub(crate) shares: Vec<PathBuf>,
    /// Every member's bundle, in any order
    #[arg(long, required = true, num_args = 1.., value_name = "BUNDLE")]
    pub(crate) bundles: Vec<PathBuf>,
    /// Accept a development key, whose maker can forge: for trials only
    #[arg(long)]
    pub(crate) allow_dev_keys: bool,
    /// Store of nullifiers: refuses what was claimed before, and remembers the members' claims once the sum is open
    #[arg(long, value_name = "FILE")]
    pub(crate) nullifiers: Option<PathBuf>,
}

/// How a member takes part in a sum.
#[derive(Args)]
#[command(next_help_heading = "Sums of hidden outputs")]
pub(crate) struct JoinArgs {
    /// Roster of the round that the hidden outputs are for
    #[arg(long, value_name = "FILE", requires_all = ["mask_key", "share"])]
    pub(crate) roster: Option<PathBuf>,
    /// This member's mask key
    #[arg(long, value_name = "FILE", requires = "roster")]
    pub(crate) mask_key: Option<PathBuf>,
    /// Where the share goes, for the aggregator; once for each hidden output, in the policy's order
    #[arg(long, value_name = "FILE", requires = "roster")]
    pub(crate) share: Vec<PathBuf>,
}
