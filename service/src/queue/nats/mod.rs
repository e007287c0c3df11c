//! The queue of a fleet: the same promises on NATS JetStream, for any number of services and workers.
//!
//! # What is where
//!
//! Four streams, their names and subjects after a prefix:
//!
//! | stream | subject | holds |
//! | --- | --- | --- |
//! | `-job` | `.job.ID` | the latest record of each job: **the truth** |
//! | `-work` | `.work.KEY.TENANT.ID` | an empty message for each job to be proved, at most one: hands out, proves nothing |
//! | `-package` | `.package.ID` | sealed packages, in parts |
//! | `-bundle` | `.bundle.ID` | bundles, in parts |
//!
//! Packages and bundles are in plain streams and not in an object store, which is the same with more around it: a record names its parts by their
//! sequences and digest, so that reading one is one request, deleting one leaves no tombstone, and a part that no record
//! names (its writer died) is nobody's and ages out.
//!
//! A job changes by compare-and-set alone: a record is written in the place of the one that was read, or not at all
//! (`Nats-Expected-Last-Subject-Sequence`). A lease's token is the sequence of the record that took it: sequences of a stream only grow. A
//! worker whose lease was lapsed, or that was cancelled, finds another token or state in the record, and is refused; one that read the record
//! before that finds that its write conflicts, reads again, and is refused. So one write ends a job, for good.
//!
//! # Every point between two writes
//!
//! | what is cut off | what is left | who mends it |
//! | --- | --- | --- |
//! | submit: package, **·** record | a package that nothing names; nothing was acknowledged | the sender sends again; the stream's age |
//! | submit: record, **·** work | a job that waits and is not handed out | [`JobQueue::settle`] of any process hands out again what has waited two seconds, then four, and so on; a message that is there refuses its double |
//! | any deletion from work, **·** its place on disk | a message that its consumer has passed and that refuses its double | after two leases, what was passed is replaced |
//! | claim: message taken, **·** record | a message that is not acknowledged | the server delivers it again after a lease |
//! | claim: record, **·** proof | a lease that runs out | whoever settles first gives the job back: record, then message |
//! | give back: record, **·** message | as after a submission | as there; or the server delivers the old message again |
//! | complete: bundle, **·** record | a bundle that nothing names | the lease runs out; the stream's age |
//! | complete: record, **·** message, package | a message for a job that is done; a package that the record still names | who takes the message finds the job done, and drops it; `settle` deletes what ended jobs still name |
//! | any write: the answer is lost | done or not done | its writer reads again: each record has a stamp drawn for its write |
//!
//! A message that says less or more than the record costs time, never a job or a second result: a worker that takes a message reads the
//! record first. If the server loses what it has not flushed (power, on servers that do not flush each write) then a job may be gone whose sender
//! holds a receipt, or a record may be as it was before: hence the settings in `docs/FLEET.md`, and hence senders that keep a package until its
//! bundle is there.
//!
//! Time is each machine's clock: leases of machines whose clocks differ run out early or late by the difference.

mod inner;
mod jobs;
mod leases;
mod mirror;
mod reach;
mod record;
mod streams;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_nats::connection::State as ConnectionState;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tracing::warn;
use wattproof_circuits::format::Digest;

use self::inner::{Inner, follow, patiently};
use self::mirror::Mirror;
pub use self::reach::{Credentials, Reach};
use self::record::Found;
pub(crate) use self::streams::fault;
use self::streams::{Kind, Streams};
use super::{
    Depth, Filter, JobQueue, Lease, Leased, Listener, NewJob, QueueError, Result, Settings,
    Settled, Submitted,
};
use crate::clock::{Clock, SystemClock};
use crate::job::{Job, JobId, State};

/// Most time to read all records when a queue is opened.
const REPLAY: Duration = Duration::from_secs(300);

/// A queue on NATS servers with JetStream.
pub struct NatsQueue {
    inner: Arc<Inner>,
    /// Taken when dropped.
    runtime: Option<Runtime>,
}

impl NatsQueue {
    /// Connects, opens the streams or makes them, and reads every job's record.
    ///
    /// # Errors
    /// [`QueueError::Store`] if the servers cannot be reached, do not let this client in, or have no JetStream.
    pub fn open(reach: &Reach, settings: Settings) -> Result<Self> {
        Self::with_clock(reach, settings, Arc::new(SystemClock))
    }

    /// As [`NatsQueue::open`], with another clock.
    ///
    /// # Errors
    /// As [`NatsQueue::open`].
    pub fn with_clock(reach: &Reach, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("nats")
            .enable_all()
            .build()
            .map_err(fault)?;
        let inner = runtime.block_on(async {
            let client = reach.connect().await?;
            // Servers that have just been started elect one of them first.
            let streams = patiently(|| {
                Streams::open(client.clone(), &reach.prefix, reach.replicas, &settings)
            });
            let streams = streams.await?;
            let (mirror, held) = (Mirror::default(), Mutex::default());
            let inner = Arc::new(Inner { streams, mirror, settings, clock, held });
            let last = inner.streams.last().await?;
            let (at, mut reached) = watch::channel(0);
            tokio::spawn(follow(Arc::clone(&inner), at));
            let replayed = reached.wait_for(|at| *at >= last);
            let replayed = tokio::time::timeout(REPLAY, replayed).await.map(|at| at.is_ok());
            match replayed {
                Ok(true) => {}
                _ => return Err(fault("the records were not read in time")),
            }
            Ok(inner)
        })?;
        Ok(Self { inner, runtime: Some(runtime) })
    }

    fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        match &self.runtime {
            Some(runtime) => runtime.block_on(work),
            None => unreachable!("it is taken when the queue is dropped"),
        }
    }

    /// Does what nobody waits for.
    fn later(&self, work: impl Future<Output = Result<()>> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async {
                if let Err(fault) = work.await {
                    warn!(%fault, "queue");
                }
            });
        }
    }

    /// Deletes what a record that ended names.
    fn tidy(&self, ended: Found) {
        let inner = Arc::clone(&self.inner);
        self.later(async move { inner.tidy(&ended).await });
    }
}

impl Drop for NatsQueue {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Nothing of it needs its end; and a queue may be dropped where nothing may block.
            runtime.shutdown_background();
        }
    }
}

impl JobQueue for NatsQueue {
    fn submit(&self, job: &NewJob) -> Result<Submitted> {
        self.wait(self.inner.submit(job))
    }

    fn claim(&self, keys: &[Digest]) -> Result<Option<Leased>> {
        self.wait(self.inner.claim(keys))
    }

    fn heartbeat(&self, lease: Lease) -> Result<()> {
        self.wait(self.inner.heartbeat(lease))
    }

    fn complete(&self, lease: Lease, bundle: &[u8], proving: Duration) -> Result<()> {
        self.tidy(self.wait(self.inner.complete(lease, bundle, proving))?);
        Ok(())
    }

    fn refuse(&self, lease: Lease, code: &str) -> Result<()> {
        let refused =
            self.inner.end(lease, |record, now| record.end(State::Refused, Some(code), now));
        self.tidy(self.wait(refused)?);
        Ok(())
    }

    fn fail(&self, lease: Lease, code: &str) -> Result<State> {
        let settings = &self.inner.settings;
        let failed = self.inner.end(lease, |record, now| record.give_back(code, now, settings));
        Ok(self.wait(failed)?.record.state)
    }

    fn job(&self, tenant: &str, id: JobId) -> Result<Job> {
        Ok(self.wait(self.inner.find(tenant, id))?.job())
    }

    fn bundle(&self, tenant: &str, id: JobId) -> Result<Vec<u8>> {
        self.wait(async {
            let found = self.inner.find(tenant, id).await?;
            let Some(blob) = found.record.bundle.filter(|_| found.record.state == State::Done)
            else {
                return Err(QueueError::Wrong(found.record.state));
            };
            let bundle = self.inner.streams.get(Kind::Bundle, &blob).await?;
            bundle.ok_or_else(|| fault("a bundle is gone"))
        })
    }

    fn cancel(&self, tenant: &str, id: JobId) -> Result<Job> {
        let cancelled = self.wait(self.inner.cancel(tenant, id))?;
        let job = cancelled.job();
        self.tidy(cancelled);
        Ok(job)
    }

    fn retry(&self, tenant: &str, id: JobId) -> Result<Job> {
        self.wait(self.inner.retry(tenant, id))
    }

    fn list(&self, tenant: &str, filter: &Filter) -> Result<Vec<Job>> {
        self.wait(self.inner.list(tenant, filter))
    }

    fn settle(&self) -> Result<Settled> {
        self.wait(self.inner.settle(true))
    }

    fn depth(&self) -> Result<Depth> {
        let state = self.inner.streams.client().connection_state();
        if state != ConnectionState::Connected {
            return Err(fault(state));
        }
        Ok(self.inner.mirror.depth())
    }

    fn watch(&self, listener: Listener) {
        self.inner.mirror.listen(listener);
    }
}
