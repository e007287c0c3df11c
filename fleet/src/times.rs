//! Measured times.

use serde::{Deserialize, Serialize};

use crate::draw::Draws;
use crate::queue::Spread;
use crate::{FleetError, Result};

const DAY_US: u64 = 86_400_000_000;

/// For how long jobs occupied their workers, in microseconds: a sample of what is to come. Not empty, each more than 0 and at most a
/// day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times(Vec<u64>);

impl Times {
    /// A sample, in any order.
    ///
    /// # Errors
    /// [`FleetError::Times`].
    pub fn new(mut micros: Vec<u64>) -> Result<Self> {
        let wrong = micros.iter().find(|time| !(1..=DAY_US).contains(*time));
        if let Some(wrong) = wrong {
            let message = format!("{wrong} microseconds is not between 1 and those of a day");
            return Err(FleetError::Times(message));
        }
        if micros.is_empty() {
            return Err(FleetError::Times("there are none".into()));
        }
        micros.sort_unstable();
        Ok(Self(micros))
    }

    /// The sample, sorted.
    pub fn micros(&self) -> &[u64] {
        &self.0
    }

    /// Mean, in seconds.
    pub fn mean_s(&self) -> f64 {
        self.0.iter().sum::<u64>() as f64 / self.0.len() as f64 / 1e6
    }

    /// Variance over the square of the mean.
    pub fn squared_variation(&self) -> f64 {
        let mean = self.mean_s() * 1e6;
        let squares = self.0.iter().map(|time| (*time as f64 - mean).powi(2)).sum::<f64>();
        squares / self.0.len() as f64 / (mean * mean)
    }

    /// How they spread.
    pub fn spread(&self) -> Spread {
        Spread::of_sorted(&self.0)
    }

    pub(crate) fn draw(&self, draws: &mut Draws) -> u64 {
        let index = draws.below(self.0.len() as u64) as usize;
        self.0.get(index).copied().unwrap_or(1)
    }
}

/// Measured times as a file keeps them, with where they come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// `proving-times/1`.
    pub wattproof: String,
    /// Machine, circuit, and how they were measured, in words.
    pub about: String,
    /// Circuit id, in hex.
    pub circuit_id: String,
    /// Processors that each worker had.
    pub cores_per_worker: u32,
    /// For how long each job occupied its worker, in microseconds: from acknowledgement to durable result while nothing waited.
    pub occupancy_us: Vec<u64>,
}

impl Measured {
    /// What `wattproof` is.
    pub const NAME: &'static str = "proving-times/1";

    /// Reads a file.
    ///
    /// # Errors
    /// [`FleetError::Times`].
    pub fn from_json(text: &str) -> Result<Self> {
        let read: Self =
            serde_json::from_str(text).map_err(|error| FleetError::Times(error.to_string()))?;
        if read.wattproof != Self::NAME {
            let message = format!("{} is not {}", read.wattproof, Self::NAME);
            return Err(FleetError::Times(message));
        }
        if !(1..=1024).contains(&read.cores_per_worker) {
            return Err(FleetError::Times("cores_per_worker is not 1 to 1024".into()));
        }
        Ok(read)
    }

    /// The sample.
    ///
    /// # Errors
    /// [`FleetError::Times`].
    pub fn times(&self) -> Result<Times> {
        Times::new(self.occupancy_us.clone())
    }
}
