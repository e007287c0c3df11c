//! What is typed to simulate a fleet.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ReachArgs;

#[derive(Subcommand)]
pub(crate) enum FleetCommand {
    /// Say how many machines prove for a fleet, how long claims wait, and what that costs, from proving times that are measured
    ///
    /// First some meters really sign their readings (of a real meter file, with noise) and have them proved, by a service of this
    /// machine or by --server; every bundle is verified, and a model of the queue is held against what happened. Then the model
    /// goes on to fleets of up to millions. With --times, times that were measured before are taken, and nothing is proved.
    Simulate(Box<SimulateArgs>),
}

#[derive(Args)]
pub(crate) struct SimulateArgs {
    #[command(flatten)]
    pub(crate) trial: TrialArgs,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
}

/// The real part.
#[derive(Args)]
pub(crate) struct TrialArgs {
    /// Meters that have a claim proved for real
    #[arg(long, value_name = "COUNT", default_value_t = 200, value_parser = clap::value_parser!(u32).range(8..=100_000))]
    pub(crate) meters: u32,
    /// Take these times, as --save-times wrote them, and prove nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["save_times", "server", "readings", "keys"])]
    pub(crate) times: Option<PathBuf>,
    /// Where the measured times go
    #[arg(long, value_name = "FILE")]
    pub(crate) save_times: Option<PathBuf>,
    /// Policy of the claims; without it a day of hours between 5 and 20 kWh
    #[arg(long, value_name = "FILE", requires = "readings")]
    pub(crate) policy: Option<PathBuf>,
    /// Readings that the meters replay, as `wattproof import` writes them; without it a household's February
    #[arg(long, value_name = "FILE", requires = "policy")]
    pub(crate) readings: Option<PathBuf>,
    /// Folder with keys for the policy; without it DEVELOPMENT keys are made and thrown away
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    /// A service that runs already; without it one is started in a temporary folder
    #[arg(long, value_name = "URL", requires = "workers")]
    pub(crate) server: Option<String>,
    /// Workers of the service, of a processor each; by default one for each processor of this machine
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) workers: Option<u16>,
    #[command(flatten)]
    pub(crate) reach: ReachArgs,
}

/// The model.
#[derive(Args)]
pub(crate) struct ModelArgs {
    /// Fleets, each device with a claim a day
    #[arg(long, value_name = "COUNTS", value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000, 1_000_000], value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    pub(crate) devices: Vec<u32>,
    /// When claims arrive; both by default
    #[arg(long, value_enum)]
    pub(crate) profile: Option<ProfileArg>,
    /// Hours over which `spread` spreads them
    #[arg(long, value_name = "HOURS", default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=24))]
    pub(crate) window: u32,
    /// Mean seconds after midnight with `midnight`
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u32).range(..=43_200))]
    pub(crate) midnight_delay: u32,
    /// Minutes in which 99 of 100 claims are to be proved
    #[arg(long, value_name = "MINUTES", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub(crate) deadline: u32,
    /// Processors of a machine
    #[arg(long, value_name = "COUNT", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) cores: u32,
    /// US dollars for a processor for an hour; the default is AWS m7g.large on demand, us-east-1, June 2026
    #[arg(long, value_name = "USD", default_value_t = 0.0408, value_parser = price)]
    pub(crate) core_hour: f64,
    /// Gas price in gwei; the default is no quotation
    #[arg(long, value_name = "GWEI", default_value_t = 1.0, value_parser = price)]
    pub(crate) gas_price: f64,
    /// US dollars for an ether; the default is no quotation
    #[arg(long, value_name = "USD", default_value_t = 3_000.0, value_parser = price)]
    pub(crate) eth_price: f64,
    /// The same seed gives the same days
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileArg {
    /// Each device at a moment of its own
    Spread,
    /// All after midnight
    Midnight,
}

fn price(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(price) if (0.0..=1e9).contains(&price) => Ok(price),
        _ => Err("not a number from 0 to a milliard".into()),
    }
}
