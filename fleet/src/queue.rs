//! The event loop: claims wait in one line, and whichever worker is free first takes the oldest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde::Serialize;

/// Points of time at which the depth is told.
const SAMPLES: usize = 24;

/// Mean and percentiles by nearest rank, in microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Mean.
    pub mean: f64,
    /// Median.
    pub p50: u64,
    /// 95 of 100 are not above.
    pub p95: u64,
    /// 99 of 100 are not above.
    pub p99: u64,
    /// Largest.
    pub max: u64,
}

impl Spread {
    /// Of a sample in any order; zeros if it is empty.
    pub fn of(mut sample: Vec<u64>) -> Self {
        sample.sort_unstable();
        Self::of_sorted(&sample)
    }

    pub(crate) fn of_sorted(sample: &[u64]) -> Self {
        let Some(max) = sample.last() else { return Self::default() };
        let at = |percent: usize| {
            let rank = (sample.len() * percent).div_ceil(100).max(1);
            sample.get(rank - 1).copied().unwrap_or(*max)
        };
        let sum: u128 = sample.iter().map(|value| u128::from(*value)).sum();
        let mean = sum as f64 / sample.len() as f64;
        Self { mean, p50: at(50), p95: at(95), p99: at(99), max: *max }
    }
}

/// What became of a day's claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Day {
    /// Claims, all of them proved.
    pub jobs: u64,
    /// Workers.
    pub workers: usize,
    /// From arrival to result.
    pub latency: Spread,
    /// From arrival to a worker.
    pub wait: Spread,
    /// From the first arrival to the last result, in microseconds.
    pub length_us: u64,
    /// What all workers together were busy, in microseconds.
    pub busy_us: u64,
    /// Most claims that waited at once.
    pub deepest: u64,
    /// Claims that waited after each 24th of the length.
    pub depth: Vec<u64>,
    /// Mean number of claims that waited or were being proved, over the length, counted event by event.
    pub mean_present: f64,
}

impl Day {
    /// Part of the workers' time that was used.
    pub fn utilisation(&self) -> f64 {
        self.busy_us as f64 / (self.length_us.max(1) as f64 * self.workers as f64)
    }

    /// Claims proved per second of the length.
    pub fn throughput(&self) -> f64 {
        self.jobs as f64 / (self.length_us.max(1) as f64 / 1e6)
    }
}

/// Arrivals are in order; both lists are as long.
pub(crate) fn play(arrivals: &[u64], occupancies: &[u64], workers: usize) -> Day {
    let mut free: BinaryHeap<Reverse<u64>> = (0..workers).map(|_| Reverse(0)).collect();
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let (mut waits, mut latencies) = (Vec::new(), Vec::new());
    for (arrival, occupancy) in arrivals.iter().zip(occupancies) {
        // There is a worker: the number is not 0, and each goes back.
        let Reverse(from) = free.pop().unwrap_or_default();
        let start = from.max(*arrival);
        let end = start + occupancy;
        free.push(Reverse(end));
        starts.push(start);
        ends.push(end);
        waits.push(start - arrival);
        latencies.push(end - arrival);
    }
    ends.sort_unstable();
    let first = arrivals.first().copied().unwrap_or(0);
    let length_us = ends.last().copied().unwrap_or(first) - first;
    let at = |part: usize| first + (u128::from(length_us) * part as u128 / SAMPLES as u128) as u64;
    let depth = (1..=SAMPLES).map(|part| waiting(arrivals, &starts, at(part))).collect();
    // The line is longest just as somebody joins it.
    let deepest = arrivals.iter().map(|now| waiting(arrivals, &starts, *now)).max().unwrap_or(0);
    Day {
        jobs: ends.len() as u64,
        workers,
        latency: Spread::of(latencies),
        wait: Spread::of(waits),
        length_us,
        busy_us: occupancies.iter().sum(),
        deepest,
        depth,
        mean_present: present(arrivals, &ends) / length_us.max(1) as f64,
    }
}

/// Claims that have arrived and not begun. Whoever is first in line begins first: both lists are in order.
fn waiting(arrivals: &[u64], starts: &[u64], now: u64) -> u64 {
    let until = |list: &[u64]| list.partition_point(|time| *time <= now);
    (until(arrivals) - until(starts)) as u64
}

/// The number of claims that are present, summed over time.
fn present(arrivals: &[u64], ends: &[u64]) -> f64 {
    let (mut arrived, mut left, mut now, mut sum) = (0_usize, 0_usize, 0_u64, 0.0);
    while let Some(leaves) = ends.get(left) {
        let arrives = arrivals.get(arrived).filter(|arrives| *arrives <= leaves);
        let next = *arrives.unwrap_or(leaves);
        sum += (arrived - left) as f64 * next.saturating_sub(now) as f64;
        now = next;
        if arrives.is_some() { arrived += 1 } else { left += 1 }
    }
    sum
}
