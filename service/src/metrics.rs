//! What the service counts, in Prometheus's text format. No tenant, job or reading is named.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use wattproof_circuits::format::Digest;

use crate::job::State;
use crate::queue::Depth;

/// Upper bounds of the proving times' buckets, in seconds.
const BUCKETS: [f64; 12] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0];

#[derive(Default)]
struct Times {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    seconds: f64,
}

#[derive(Default)]
struct Counts {
    accepted: u64,
    repeated: u64,
    /// Requests that were refused, by code.
    refusals: BTreeMap<&'static str, u64>,
    /// Attempts, by how they ended.
    attempts: BTreeMap<String, u64>,
    proving: BTreeMap<Digest, Times>,
}

/// The counters of one process.
#[derive(Default)]
pub(crate) struct Metrics(Mutex<Counts>);

impl Metrics {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn submitted(&self, fresh: bool) {
        let mut counts = self.counts();
        if fresh {
            counts.accepted += 1;
        } else {
            counts.repeated += 1;
        }
    }

    pub(crate) fn refused(&self, code: &'static str) {
        *self.counts().refusals.entry(code).or_default() += 1;
    }

    /// Codes come from a worker: only so many are told apart.
    pub(crate) fn attempt(&self, outcome: &str) {
        let mut counts = self.counts();
        let known = counts.attempts.len() < 100 || counts.attempts.contains_key(outcome);
        *counts.attempts.entry(if known { outcome } else { "other" }.into()).or_default() += 1;
    }

    pub(crate) fn proved(&self, circuit: Digest, time: Duration) {
        let mut counts = self.counts();
        let times = counts.proving.entry(circuit).or_default();
        let seconds = time.as_secs_f64();
        times.count += 1;
        times.seconds += seconds;
        for (bucket, bound) in times.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(seconds <= bound);
        }
    }

    /// Mean proving time over all circuits, in seconds; one second before the first proof.
    pub(crate) fn mean_seconds(&self) -> f64 {
        let counts = self.counts();
        let sum = |part: fn(&Times) -> f64| counts.proving.values().map(part).sum::<f64>();
        let count = sum(|times| times.count as f64);
        if count == 0.0 { 1.0 } else { sum(|times| times.seconds) / count }
    }

    /// The page that Prometheus reads.
    pub(crate) fn text(&self, depth: &Depth, workers: usize, draining: bool) -> String {
        let mut page = Page::default();
        let counts = self.counts();
        page.family("wattproof_jobs", "gauge", "Jobs in the queue, by state");
        for state in State::ALL {
            let labels = format!("{{state=\"{state}\"}}");
            page.sample("wattproof_jobs", &labels, depth.of(*state));
        }
        page.family("wattproof_workers_ready", "gauge", "Workers with loaded keys");
        page.sample("wattproof_workers_ready", "", workers);
        page.family("wattproof_draining", "gauge", "1 while the service ends");
        page.sample("wattproof_draining", "", u8::from(draining));
        page.family("wattproof_submissions_total", "counter", "Acknowledged submissions");
        let submissions = [("fresh", counts.accepted), ("repeated", counts.repeated)];
        for (kind, count) in submissions {
            page.sample("wattproof_submissions_total", &format!("{{kind=\"{kind}\"}}"), count);
        }
        page.family("wattproof_refusals_total", "counter", "Requests refused, by code");
        for (code, count) in &counts.refusals {
            page.sample("wattproof_refusals_total", &format!("{{code=\"{code}\"}}"), count);
        }
        page.family("wattproof_attempts_total", "counter", "Attempts, by how they ended");
        for (outcome, count) in &counts.attempts {
            let labels = format!("{{outcome=\"{outcome}\"}}");
            page.sample("wattproof_attempts_total", &labels, count);
        }
        page.family("wattproof_proving_seconds", "histogram", "Proving time, by circuit");
        for (circuit, times) in &counts.proving {
            let name = "wattproof_proving_seconds";
            let bounds = BUCKETS.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
            let all = times.buckets.iter().chain([&times.count]);
            for (bound, count) in bounds.zip(all) {
                let labels = format!("{{circuit=\"{circuit}\",le=\"{bound}\"}}");
                page.sample(&format!("{name}_bucket"), &labels, count);
            }
            let labels = format!("{{circuit=\"{circuit}\"}}");
            page.sample(&format!("{name}_sum"), &labels, times.seconds);
            page.sample(&format!("{name}_count"), &labels, times.count);
        }
        page.0
    }
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}.\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }
}
