//! Who is to look again: workers when a job came, requests when one changed.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast;

use crate::job::JobId;

/// Changes that a slow request may miss before it is told that it did.
const CHANGES: usize = 1024;

pub(crate) struct Signals {
    rings: Mutex<u64>,
    bell: Condvar,
    changes: broadcast::Sender<JobId>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        let changes = broadcast::Sender::new(CHANGES);
        Self { rings: Mutex::default(), bell: Condvar::new(), changes }
    }

    /// Wakes workers.
    pub(crate) fn ring(&self) {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.bell.notify_all();
    }

    /// How often it rang so far.
    pub(crate) fn seen(&self) -> u64 {
        *self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it rings, `most` at most.
    pub(crate) fn wait(&self, most: Duration) {
        self.wait_after(self.seen(), most);
    }

    /// The same, but not if it rang since.
    pub(crate) fn wait_after(&self, seen: u64, most: Duration) {
        let rings = self.rings.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it rang or the time is over, the caller looks again.
        drop(self.bell.wait_timeout_while(rings, most, |rings| *rings == seen));
    }

    /// Tells requests that a job changed.
    pub(crate) fn changed(&self, job: JobId) {
        // Nobody may be waiting.
        let _ = self.changes.send(job);
    }

    pub(crate) fn changes(&self) -> broadcast::Receiver<JobId> {
        self.changes.subscribe()
    }
}
