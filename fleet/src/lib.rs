//! How many machines prove for how many meters, from proving times that were measured.
//!
//! A [`Workload`] is a day's claims: when each arrives, and how long each occupies a worker, drawn from [`Times`]. [`Workload::run`]
//! plays them through workers that take the oldest claim first, event by event; [`Workload::workers_for`] finds how many keep a
//! deadline; [`cost`] says what that costs, on chain too. [`formula`] has what queueing theory says of the same, to check against.
//!
//! The same seed gives the same day, bit for bit. Nothing here reads files, sends, or proves.
//!
//! ```
//! use wattproof_fleet::{Profile, Times, Workload};
//! let times = Times::new(vec![480_000, 500_000, 520_000])?;
//! let day = Workload::generate(10_000, Profile::Spread { window_s: 86_400 }, &times, 1)?;
//! let ran = day.run(1);
//! assert_eq!(ran.jobs, 10_000);
//! assert!(ran.latency.p99 < 60_000_000);
//! # Ok::<(), wattproof_fleet::FleetError>(())
//! ```
#![deny(missing_docs)]

pub mod cost;
mod draw;
pub mod formula;
mod queue;
mod times;
mod workload;

use thiserror::Error;

pub use queue::{Day, Spread};
pub use times::{Measured, Times};
pub use workload::{MAX_DEVICES, Profile, Workload};

/// Why nothing was simulated.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum FleetError {
    /// No measured times, or one of zero or more than a day.
    #[error("measured times: {0}")]
    Times(String),
    /// No devices, or more than [`MAX_DEVICES`]; an empty window.
    #[error("{0}")]
    OutOfRange(String),
}

/// Result of this crate.
pub type Result<T, E = FleetError> = std::result::Result<T, E>;
