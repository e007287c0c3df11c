//! The queue: one trait, so that one machine and a fleet keep the same promises. `tests/queue` of this crate holds every
//! implementation to them.
//!
//! - A job is acknowledged when [`JobQueue::submit`] returns, and from then on survives the process and the machine's power.
//! - A job is worked on under a [`Lease`]. Its token is greater than any before it, whatever happened in between; only the holder of the
//!   latest lease, in time, can end the job. A lease that runs out uses up an attempt; after the last the job is parked.
//! - A job has one result at most, for good. What it expires to is remembered.
//! - A tenant's jobs exist for that tenant only: to others they are [`QueueError::NotFound`].

pub mod nats;
mod rows;
mod sqlite;

use std::time::Duration;

use thiserror::Error;
use wattproof_circuits::format::Digest;

pub use self::sqlite::SqliteQueue;
use crate::job::{Job, JobId, State, Subject};

/// What a queue does.
pub type Result<T, E = QueueError> = std::result::Result<T, E>;

/// Why a queue did not do what it was asked to.
#[derive(Debug, Error)]
pub enum QueueError {
    /// No such job of this tenant.
    #[error("there is no such job")]
    NotFound,
    /// The job is in a state in which that cannot be done.
    #[error("the job is {0}")]
    Wrong(State),
    /// Another lease took this one's place, it ran out, or the job was cancelled.
    #[error("the lease is over")]
    Stale,
    /// As many jobs wait as may.
    #[error("the queue is full")]
    Full,
    /// The disk, or the engine, failed. Nothing of a job is in the message.
    #[error("the queue's store: {0}")]
    Store(String),
}

/// How a queue treats its jobs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long a worker has a job without a sign of life.
    pub lease: Duration,
    /// Leases before a job is parked.
    pub attempts: u32,
    /// Most jobs that wait or are being proved, of all tenants.
    pub room: u64,
    /// Most of one tenant.
    pub tenant_room: u64,
    /// How long an unfinished job is kept.
    pub unfinished: Duration,
    /// How long a result is kept.
    pub results: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let day = Duration::from_secs(86_400);
        Self {
            lease: Duration::from_secs(30),
            attempts: 3,
            room: 10_000,
            tenant_room: 5_000,
            unfinished: 7 * day,
            results: 30 * day,
        }
    }
}

/// A job to be done.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// What names it.
    pub subject: Subject,
    /// The sealed package, as it came.
    pub sealed: Vec<u8>,
}

/// A lease on a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job: JobId,
    /// Greater than that of every lease before.
    pub token: u64,
}

/// A job, and a lease on it.
#[derive(Clone, Debug)]
pub struct Leased {
    /// What ends the job, or prolongs the lease.
    pub lease: Lease,
    /// Which lease of the job this is, from 1.
    pub attempt: u32,
    /// When it was submitted.
    pub submitted_ms: u64,
    /// The job.
    pub job: NewJob,
}

/// A submitted job, and whether it was new.
#[derive(Clone, Debug)]
pub struct Submitted {
    /// The job as it is now.
    pub job: Job,
    /// Whether this submission made it.
    pub fresh: bool,
}

/// Which jobs to list: the newest first.
#[derive(Clone, Debug)]
pub struct Filter {
    /// In this state only.
    pub state: Option<State>,
    /// After this job.
    pub after: Option<JobId>,
    /// This many at most.
    pub limit: u32,
}

/// What [`JobQueue::settle`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Jobs whose lease ran out: waiting again, or parked.
    pub lapsed: Vec<JobId>,
    /// Jobs whose time was over.
    pub expired: u64,
}

/// Jobs by state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depth(pub Vec<(State, u64)>);

impl Depth {
    /// How many are in a state.
    pub fn of(&self, state: State) -> u64 {
        self.0.iter().find(|(s, _)| *s == state).map_or(0, |(_, count)| *count)
    }
}

/// Is told of every job whose state changed, by whatever process, and of the state.
pub type Listener = Box<dyn Fn(JobId, State) + Send + Sync>;

/// A durable queue of jobs with leases. Calls block until what they say is durable.
pub trait JobQueue: Send + Sync {
    /// Takes a job in, or finds that it is there. A job that was cancelled, that expired without a result, or whose package did not
    /// open ([`DOES_NOT_OPEN`](crate::job::DOES_NOT_OPEN): the prover's key was changed) begins anew.
    ///
    /// # Errors
    /// [`QueueError::Full`]; [`QueueError::Store`]: then the job may or may not be there, and is sent again.
    fn submit(&self, job: &NewJob) -> Result<Submitted>;

    /// Leases a waiting job for one of these keys, after leases that ran out were settled. Tenants take turns.
    ///
    /// # Errors
    /// [`QueueError::Store`].
    fn claim(&self, keys: &[Digest]) -> Result<Option<Leased>>;

    /// Prolongs a lease.
    ///
    /// # Errors
    /// [`QueueError::Stale`]: stop working.
    fn heartbeat(&self, lease: Lease) -> Result<()>;

    /// Ends a job with its result; the package is deleted in the same step.
    ///
    /// # Errors
    /// [`QueueError::Stale`]: the result is to be thrown away.
    fn complete(&self, lease: Lease, bundle: &[u8], proving: Duration) -> Result<()>;

    /// Ends a job whose package cannot be proved, for the reason of this code; the package is deleted.
    ///
    /// # Errors
    /// [`QueueError::Stale`].
    fn refuse(&self, lease: Lease, code: &str) -> Result<()>;

    /// Gives a job back after a failed attempt: it waits again, or is parked.
    ///
    /// # Errors
    /// [`QueueError::Stale`].
    fn fail(&self, lease: Lease, code: &str) -> Result<State>;

    /// A tenant's job.
    ///
    /// # Errors
    /// [`QueueError::NotFound`].
    fn job(&self, tenant: &str, id: JobId) -> Result<Job>;

    /// The result of a tenant's job.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::Wrong`] if it is not done.
    fn bundle(&self, tenant: &str, id: JobId) -> Result<Vec<u8>>;

    /// Takes a job back; its package is deleted. A worker's lease on it is over.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::Wrong`] if it has ended otherwise.
    fn cancel(&self, tenant: &str, id: JobId) -> Result<Job>;

    /// Lets a parked job wait again, with all its attempts.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], [`QueueError::Wrong`] if it is not parked.
    fn retry(&self, tenant: &str, id: JobId) -> Result<Job>;

    /// A tenant's jobs.
    ///
    /// # Errors
    /// [`QueueError::NotFound`] if the job to begin after is not the tenant's.
    fn list(&self, tenant: &str, filter: &Filter) -> Result<Vec<Job>>;

    /// Settles leases that ran out and jobs whose time is over. [`JobQueue::claim`] does the former itself.
    ///
    /// # Errors
    /// [`QueueError::Store`].
    fn settle(&self) -> Result<Settled>;

    /// How many jobs there are.
    ///
    /// # Errors
    /// [`QueueError::Store`].
    fn depth(&self) -> Result<Depth>;

    /// Has a listener told of changes, in place of the one before. It is called in the middle of things: it must not call the queue.
    /// A queue of one process, whose owner knows of every change, need not tell.
    fn watch(&self, _listener: Listener) {}
}
