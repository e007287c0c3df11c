//! The suite on SQLite, and what is SQLite's own.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use wattproof_service::Clock;
use wattproof_service::queue::{JobQueue, SqliteQueue};

use crate::suite::{Bench, KEY, conform, new_job, settings};

/// A clock that a test turns.
pub(crate) struct Hand(AtomicU64);

impl Hand {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(1_700_000_000_000))
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

pub(crate) struct Sqlite {
    queue: SqliteQueue,
    hand: Arc<Hand>,
    folder: tempfile::TempDir,
}

impl Sqlite {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let hand = Arc::new(Hand::new());
        let queue = open(folder.path().join("queue.db"), &hand);
        Self { queue, hand, folder }
    }
}

fn open(path: PathBuf, hand: &Arc<Hand>) -> SqliteQueue {
    SqliteQueue::with_clock(&path, settings(), hand.clone()).unwrap()
}

impl Bench for Sqlite {
    const IN_ORDER: bool = true;

    fn queue(&self) -> &dyn JobQueue {
        &self.queue
    }

    fn pass(&self, time: Duration) {
        self.hand.pass(time);
    }

    fn restart(&mut self) {
        // The old connection is still open when the new one reads: nothing may wait for its end.
        self.queue = open(self.folder.path().join("queue.db"), &self.hand);
    }
}

conform!(Sqlite::new());

/// A package is gone from the file when its job has ended, not only from the table.
#[test]
fn ended_jobs_leave_no_package_in_the_file() {
    let bench = Sqlite::new();
    let mark = b"a package that is to be gone".repeat(200);
    let job = wattproof_service::queue::NewJob { sealed: mark.clone(), ..new_job("a", 1) };
    bench.queue.submit(&job).unwrap();
    let leased = bench.queue.claim(&[KEY]).unwrap().unwrap();
    bench.queue.complete(leased.lease, b"bundle", Duration::ZERO).unwrap();
    let folder = bench.folder.path().to_owned();
    let Sqlite { queue, folder: kept, .. } = bench;
    // Closing moves the log into the file.
    drop(queue);
    for entry in fs::read_dir(&folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(28).any(|part| part == &mark[..28]));
    }
    drop(kept);
}

#[test]
fn another_version_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("queue.db");
    drop(SqliteQueue::open(&path, settings()).unwrap());
    // The version is in the file's header, four bytes at 60.
    let mut bytes = fs::read(&path).unwrap();
    bytes[63] = 9;
    fs::write(&path, &bytes).unwrap();
    let Err(fault) = SqliteQueue::open(&path, settings()) else { panic!("it was opened") };
    assert!(fault.to_string().contains("version 9"), "{fault}");
}
