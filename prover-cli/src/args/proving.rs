//! What is typed of proving for others, on one machine as in a fleet.

use clap::{Args, ValueEnum};

/// What `wattproof serve` and `wattproof worker` have in common.
#[derive(Args)]
pub(crate) struct ProvingArgs {
    /// Threads of each worker; all processors' without this
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,
    /// Give each worker a processor of its own
    #[arg(long)]
    pub(crate) pin: bool,
    /// Most memory of each worker, its keys included, in MiB of address space
    #[arg(long, value_name = "MIB", default_value_t = 4096, value_parser = clap::value_parser!(u32).range(16..))]
    pub(crate) worker_memory: u32,
    /// Most seconds for one proof
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) proving_limit: u32,
    /// Seconds that a worker has a job without a sign of life; one for all of a fleet
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) lease: u32,
    /// Attempts before a job is parked; one for all of a fleet
    #[arg(long, value_name = "COUNT", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) attempts: u32,
    /// Days that a result is kept; one for all of a fleet
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) keep_results: u32,
    /// Seconds that jobs being proved have when this process is told to end
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(crate) drain: u32,
    /// How the log is written, on standard error
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log: LogFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// A JSON object a line
    Json,
}
