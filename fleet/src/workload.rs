//! A day's claims.

use std::time::Duration;

use serde::Serialize;

use crate::draw::Draws;
use crate::queue::{Day, play};
use crate::times::Times;
use crate::{FleetError, Result};

/// Most devices of a model: ten times what it is for.
pub const MAX_DEVICES: u32 = 10_000_000;
/// Most workers that are looked for.
const MAX_WORKERS: usize = 1 << 20;

/// When a day's claims arrive.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Profile {
    /// Each at a moment of its own, anywhere in the window.
    Spread {
        /// Seconds.
        window_s: u32,
    },
    /// All after midnight, as soon as they can: delays are exponential.
    Midnight {
        /// Mean delay in seconds; 0 is all at once.
        mean_s: u32,
    },
}

/// When claims arrive, and for how long each occupies a worker; in the order of arrival.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    arrivals: Vec<u64>,
    occupancies: Vec<u64>,
}

impl Workload {
    /// A claim of each device.
    ///
    /// # Errors
    /// [`FleetError::OutOfRange`].
    pub fn generate(devices: u32, profile: Profile, times: &Times, seed: u64) -> Result<Self> {
        if !(1..=MAX_DEVICES).contains(&devices) {
            let message = format!("{devices} devices: 1 to {MAX_DEVICES} can be simulated");
            return Err(FleetError::OutOfRange(message));
        }
        let mut draws = Draws::new(seed, 0);
        let mut arrival = || match profile {
            Profile::Spread { window_s } => draws.below(u64::from(window_s) * 1_000_000),
            Profile::Midnight { mean_s } => {
                (draws.exponential() * f64::from(mean_s) * 1e6).round() as u64
            }
        };
        if profile == (Profile::Spread { window_s: 0 }) {
            return Err(FleetError::OutOfRange("the window has no length".into()));
        }
        let mut arrivals: Vec<u64> = (0..devices).map(|_| arrival()).collect();
        arrivals.sort_unstable();
        let mut draws = Draws::new(seed, 1);
        let occupancies = (0..devices).map(|_| times.draw(&mut draws)).collect();
        Ok(Self { arrivals, occupancies })
    }

    /// These claims: moments in microseconds, from any origin, and occupancies.
    ///
    /// # Errors
    /// [`FleetError::OutOfRange`] if there are none, or more moments than occupancies, or fewer.
    pub fn of(mut claims: Vec<(u64, u64)>) -> Result<Self> {
        if claims.is_empty() {
            return Err(FleetError::OutOfRange("there are no claims".into()));
        }
        claims.sort_by_key(|(arrival, _)| *arrival);
        let (arrivals, occupancies) = claims.into_iter().unzip();
        Ok(Self { arrivals, occupancies })
    }

    /// These moments of arrival, in microseconds; occupancies are drawn.
    ///
    /// # Errors
    /// [`FleetError::OutOfRange`] if there are none.
    pub fn arriving(arrivals: &[u64], times: &Times, seed: u64) -> Result<Self> {
        let mut draws = Draws::new(seed, 1);
        Self::of(arrivals.iter().map(|arrival| (*arrival, times.draw(&mut draws))).collect())
    }

    /// Moments in a window of so many seconds, in order: when to send for real.
    pub fn moments(count: usize, window_s: f64, seed: u64) -> Vec<Duration> {
        let mut draws = Draws::new(seed, 2);
        let mut moments: Vec<_> =
            (0..count).map(|_| Duration::from_secs_f64(draws.unit() * window_s.max(0.0))).collect();
        moments.sort_unstable();
        moments
    }

    /// Plays the day with so many workers, at least one.
    pub fn run(&self, workers: usize) -> Day {
        play(&self.arrivals, &self.occupancies, workers.max(1))
    }

    /// The least number of workers with which 99 of 100 claims are proved within `deadline_us` of their arrival, in steps of `step`
    /// (the workers of a machine); `None` if no number does, as proving alone takes longer.
    ///
    /// More workers never prove a claim later, so that the answer is found by halving.
    pub fn workers_for(&self, deadline_us: u64, step: usize) -> Option<usize> {
        let step = step.max(1);
        let keeps = |steps: usize| self.run(steps * step).latency.p99 <= deadline_us;
        let mut enough = 1;
        while !keeps(enough) {
            if enough * step >= self.arrivals.len().min(MAX_WORKERS) {
                return None;
            }
            enough *= 2;
        }
        let mut short = enough / 2;
        while enough - short > 1 {
            let middle = short.midpoint(enough);
            if keeps(middle) { enough = middle } else { short = middle }
        }
        Some(enough * step)
    }
}
