//! What can be typed to the simulated device.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::{ContextArgs, PeriodArg};

#[derive(Args)]
#[command(group = ArgGroup::new("whom").required(true).args(["verifier", "context"]))]
pub(crate) struct ProvisionArgs {
    /// Device key
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    /// Folder of the device's state (SECRET); made if need be, for the kind of meter that the policy names
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Policy to be claimed under, or agreement
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Period, for agreements that depend on local time
    #[arg(long)]
    pub(crate) period: Option<String>,
    /// The verifier that may ask, with any nonce
    #[arg(long, value_name = "NAME")]
    pub(crate) verifier: Option<String>,
    /// A context as JSON: its chain, contract and payee may be claimed for, with any order
    #[arg(long, value_name = "FILE")]
    pub(crate) context: Option<PathBuf>,
    /// Take it back
    #[arg(long)]
    pub(crate) revoke: bool,
    /// Days that the clock may go ahead between two readings; only for a new device
    #[arg(long, value_name = "DAYS", default_value_t = 366)]
    pub(crate) longest_outage: u32,
}

#[derive(Args)]
pub(crate) struct RunArgs {
    /// Device key
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    /// Folder of the device's state, as `wattproof device provision` makes it
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Meter file, or readings as `wattproof import` writes them; what the device has already is passed over
    #[arg(long, value_name = "FILE")]
    pub(crate) readings: PathBuf,
    /// Folder for the blocks that a gateway collects (SECRET: they hold the readings)
    #[arg(long, value_name = "DIR")]
    pub(crate) blocks: PathBuf,
    /// How many times faster than the meter the clock runs [default: 1]
    #[arg(long, value_name = "TIMES")]
    pub(crate) speed: Option<f64>,
    /// Do not wait at all
    #[arg(long, conflicts_with = "speed")]
    pub(crate) fast: bool,
}

#[derive(Args)]
pub(crate) struct AttestArgs {
    /// Device key
    #[arg(long, value_name = "FILE")]
    pub(crate) device: PathBuf,
    /// Folder of the device's state
    #[arg(long, value_name = "DIR")]
    pub(crate) state: PathBuf,
    /// Folder of the blocks that were collected
    #[arg(long, value_name = "DIR")]
    pub(crate) blocks: PathBuf,
    /// Policy to claim under, or agreement
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    #[command(flatten)]
    pub(crate) period: PeriodArg,
    /// Registry with the meter's entry
    #[arg(long, value_name = "FILE")]
    pub(crate) registry: PathBuf,
    #[command(flatten)]
    pub(crate) context: ContextArgs,
    /// Where the witness package goes (SECRET: it holds the readings)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}
