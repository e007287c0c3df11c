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
//! sequences and digest, so that reading one is one request, deleting one erases it and leaves no tombstone, and a part that no record
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

mod mirror;
mod reach;
mod record;
mod streams;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::connection::State as ConnectionState;
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use async_nats::jetstream::{AckKind, Message};
use futures_util::StreamExt;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tracing::{error, warn};
use wattproof_circuits::format::Digest;

use self::mirror::Mirror;
pub use self::reach::{Credentials, Reach};
use self::record::{Found, Record, after};
pub(crate) use self::streams::fault;
use self::streams::{Kind, Put, Streams};
use super::{
    Depth, Filter, JobQueue, Lease, Leased, Listener, NewJob, QueueError, Result, Settings,
    Settled, Submitted,
};
use crate::clock::{Clock, SystemClock};
use crate::job::{DOES_NOT_OPEN, Job, JobId, LEASE_EXPIRED, State};

/// How long a change is tried when servers do not answer, or another is always quicker.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait for a message of a job that seems to wait.
const GLANCE: Duration = Duration::from_millis(20);
/// Most time to read all records when a queue is opened.
const REPLAY: Duration = Duration::from_secs(300);

/// A queue on NATS servers with JetStream.
pub struct NatsQueue {
    inner: Arc<Inner>,
    /// Taken when dropped.
    runtime: Option<Runtime>,
}

struct Inner {
    streams: Streams,
    mirror: Mirror,
    settings: Settings,
    clock: Arc<dyn Clock>,
    /// Messages of the work queue under this process's leases, by token.
    held: Mutex<HashMap<u64, Message>>,
}

/// What a message of the work queue came to.
enum Taken {
    Leased(Box<Leased>),
    /// It was for a job that does not wait.
    Dropped,
    Nothing,
}

/// What an edit of a record says.
enum Edit<T> {
    Write(T),
    Leave(T),
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
            let streams = Streams::open(client, &reach.prefix, reach.replicas, &settings).await?;
            let (mirror, held) = (Mirror::default(), Mutex::default());
            let inner = Arc::new(Inner { streams, mirror, settings, clock, held });
            let last = inner.streams.jobs.get_info().await.map_err(fault)?.state.last_sequence;
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

/// Keeps the mirror as the stream of records is.
async fn follow(inner: Arc<Inner>, at: watch::Sender<u64>) {
    loop {
        let next = *at.borrow() + 1;
        let deliver_policy = match next {
            1 => DeliverPolicy::LastPerSubject,
            start_sequence => DeliverPolicy::ByStartSequence { start_sequence },
        };
        if let Err(fault) = inner.follow(deliver_policy, &at).await {
            warn!(%fault, "following the jobs");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Tries again what servers did not answer: a proof is worth some seconds.
async fn patiently<T, F>(work: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let begin = Instant::now();
    loop {
        match work().await {
            Err(QueueError::Store(_)) if begin.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            other => return other,
        }
    }
}

impl Inner {
    async fn follow(&self, from: DeliverPolicy, at: &watch::Sender<u64>) -> Result<()> {
        let config = push::OrderedConfig {
            deliver_subject: self.streams.client().new_inbox(),
            deliver_policy: from,
            // Servers ask for it when the last of each subject is wanted.
            filter_subject: self.streams.job_subjects(),
            ..push::OrderedConfig::default()
        };
        let consumer = self.streams.jobs.create_consumer(config).await.map_err(fault)?;
        let mut messages = consumer.messages().await.map_err(fault)?;
        while let Some(message) = messages.next().await {
            let message = message.map_err(fault)?;
            let sequence = message.info().map_err(fault)?.stream_sequence;
            match Found::read(sequence, &message.payload) {
                Ok(found) => self.mirror.apply(found),
                // Of a later version, say: those that know it see to it.
                Err(fault) => error!(%fault, "queue"),
            }
            at.send_replace(sequence);
        }
        Ok(())
    }

    fn now(&self) -> u64 {
        self.clock.now_ms()
    }

    fn held(&self) -> MutexGuard<'_, HashMap<u64, Message>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a job's record, has it edited, and writes it in its place; all over if another was quicker, or if the servers did not answer.
    async fn change<T>(
        &self,
        job: JobId,
        mut edit: impl FnMut(Option<&Found>, &mut Option<Record>) -> Result<Edit<T>>,
    ) -> Result<(Option<Found>, T)> {
        let mut stamp = [0; 8];
        wattproof_circuits::random::fill(&mut stamp).map_err(|e| fault(e.message()))?;
        let stamp = u64::from_le_bytes(stamp);
        let begin = Instant::now();
        let mut pause = Duration::from_millis(5);
        let mut written: Option<T> = None;
        loop {
            let fault = match self.streams.read(job).await {
                Err(error) => error,
                Ok(found) => {
                    if let (Some(found), Some(done)) = (&found, written.take())
                        && found.record.stamp == stamp
                    {
                        self.mirror.apply(found.clone());
                        return Ok((Some(found.clone()), done));
                    }
                    let mut record = found.as_ref().map(Found::next);
                    let done = match edit(found.as_ref(), &mut record)? {
                        Edit::Leave(done) => return Ok((found, done)),
                        Edit::Write(done) => done,
                    };
                    let mut record = record.ok_or(QueueError::NotFound)?;
                    record.stamp = stamp;
                    let before = found.map_or(0, |found| found.sequence);
                    match self.streams.write(job, &record, before).await {
                        Ok(Put::At(sequence)) => {
                            let found = Found { sequence, record };
                            self.mirror.apply(found.clone());
                            return Ok((Some(found), done));
                        }
                        Ok(Put::Conflict) => {
                            written = Some(done);
                            QueueError::Store("the job changes too fast".into())
                        }
                        Err(error) => {
                            written = Some(done);
                            error
                        }
                    }
                }
            };
            if begin.elapsed() > PATIENCE {
                return Err(fault);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(250));
        }
    }

    /// As [`Inner::change`], of a job that is there.
    async fn edit(
        &self,
        job: JobId,
        mut edit: impl FnMut(&Found, &mut Record) -> Result<()>,
    ) -> Result<Found> {
        let changed = self.change(job, |found, record| match (found, record) {
            (Some(found), Some(record)) => edit(found, record).map(Edit::Write),
            _ => Err(QueueError::NotFound),
        });
        changed.await?.0.ok_or(QueueError::NotFound)
    }

    /// A tenant's job.
    async fn find(&self, tenant: &str, id: JobId) -> Result<Found> {
        let found = self.streams.read(id).await?;
        let found = found.filter(|found| found.record.tenant() == tenant);
        let found = found.ok_or(QueueError::NotFound)?;
        self.mirror.apply(found.clone());
        Ok(found)
    }

    fn room_for(&self, tenant: &str) -> Result<()> {
        let (all, own) = self.mirror.open(tenant);
        if all >= self.settings.room || own >= self.settings.tenant_room {
            return Err(QueueError::Full);
        }
        Ok(())
    }

    async fn submit(&self, new: &NewJob) -> Result<Submitted> {
        let (subject, id) = (&new.subject, new.subject.id());
        let begins = |found: Option<&Found>| found.is_none_or(|found| found.record.begins_anew());
        let known = self.streams.read(id).await?;
        if let Some(found) = known.as_ref().filter(|found| !found.record.begins_anew()) {
            return Ok(Submitted { job: found.job(), fresh: false });
        }
        self.room_for(&subject.tenant)?;
        let sealed = self.streams.put(Kind::Package, id, &new.sealed).await?;
        let changed = self.change(id, |found, record| {
            if !begins(found) {
                return Ok(Edit::Leave(false));
            }
            let now = self.now();
            match record {
                Some(record) => record.begin(sealed.clone(), now, &self.settings),
                None => *record = Some(Record::new(new, sealed.clone(), now, &self.settings)),
            }
            Ok(Edit::Write(true))
        });
        let (found, fresh) = changed.await?;
        let found = found.ok_or(QueueError::NotFound)?;
        if fresh {
            // The record is what is acknowledged: should this fail, it is handed out again.
            if let Err(fault) = self.streams.hand_out(id, &found.record).await {
                warn!(job = %id, %fault, "handed out later");
            }
        }
        Ok(Submitted { job: found.job(), fresh })
    }

    /// Takes the message of a job, and the lease.
    async fn take(&self, key: Digest, tenant: &str) -> Result<Taken> {
        let Some((id, work, message)) = self.streams.take(key, tenant, GLANCE).await? else {
            return Ok(Taken::Nothing);
        };
        enum Finding {
            Leased,
            Later(u64),
            Over,
        }
        let changed = self.change(id, |found, record| {
            let now = self.now();
            let (Some(found), Some(record)) = (found, record) else {
                return Ok(Edit::Leave(Finding::Over));
            };
            match found.record.state {
                State::Proving if found.record.lease_until > now => {
                    let left = found.record.lease_until - now;
                    return Ok(Edit::Leave(Finding::Later(left)));
                }
                State::Proving => record.give_back(LEASE_EXPIRED, now, &self.settings),
                State::Queued => {}
                _ => return Ok(Edit::Leave(Finding::Over)),
            }
            if record.state == State::Parked {
                return Ok(Edit::Write(Finding::Over));
            }
            record.lease(work, now, &self.settings);
            Ok(Edit::Write(Finding::Leased))
        });
        let (found, finding) = changed.await?;
        let (Finding::Leased, Some(found)) = (&finding, found) else {
            let kind = match finding {
                Finding::Later(left) => AckKind::Nak(Some(Duration::from_millis(left))),
                _ => AckKind::Ack,
            };
            message.double_ack_with(kind).await.map_err(fault)?;
            return Ok(Taken::Dropped);
        };
        let lease = Lease { job: id, token: found.token() };
        self.held().insert(lease.token, message);
        self.mirror.took_turn(tenant);
        let sealed = match &found.record.sealed {
            Some(blob) => self.streams.get(Kind::Package, blob).await?,
            None => None,
        };
        let Some(sealed) = sealed else {
            // Whoever sent it sends it again.
            error!(job = %id, "its package is gone");
            self.end(lease, |record, now| record.end(State::Refused, Some(DOES_NOT_OPEN), now))
                .await?;
            return Ok(Taken::Dropped);
        };
        Ok(Taken::Leased(Box::new(Leased {
            lease,
            attempt: found.record.attempts,
            submitted_ms: found.job().submitted_ms,
            job: NewJob { subject: found.record.subject(), sealed },
        })))
    }

    /// Edits the record under a lease, which is over then; the message is dropped, or given back if the job waits again.
    async fn end(&self, lease: Lease, edit: impl Fn(&mut Record, u64)) -> Result<Found> {
        let ended = self.edit(lease.job, |found, record| {
            let now = self.now();
            found.under(lease, now)?;
            edit(record, now);
            Ok(())
        });
        let ended = ended.await;
        let message = match &ended {
            Ok(_) | Err(QueueError::Stale) => self.held().remove(&lease.token),
            Err(_) => None,
        };
        let found = ended?;
        let waits = found.record.state == State::Queued;
        let told = match message {
            Some(message) => {
                let kind = if waits { AckKind::Nak(None) } else { AckKind::Ack };
                message.double_ack_with(kind).await.map_err(fault)
            }
            None => self.replace(&found).await,
        };
        if let Err(fault) = told {
            // Messages only hand out: the record is as it is to be.
            warn!(job = %lease.job, %fault, "work queue");
        }
        Ok(found)
    }

    /// Withdraws the message that a lease was taken under, and hands the job out again if it waits.
    async fn replace(&self, found: &Found) -> Result<()> {
        if let Some(work) = found.record.work {
            self.streams.withdraw(work).await?;
        }
        if found.record.state == State::Queued {
            self.streams.hand_out(found.record.id(), &found.record).await?;
        }
        Ok(())
    }

    /// Deletes what a record names and has no use for, and then says so in the record.
    async fn tidy(&self, ended: &Found) -> Result<()> {
        let (sealed, bundle) = ended.record.leftovers();
        if let Some(blob) = sealed {
            self.streams.delete(Kind::Package, blob).await?;
        }
        if let Some(blob) = bundle {
            self.streams.delete(Kind::Bundle, blob).await?;
        }
        let (sealed, bundle) = (sealed.cloned(), bundle.cloned());
        let tidied = self.edit(ended.record.id(), |found, record| {
            let (old_sealed, old_bundle) = found.record.leftovers();
            if sealed.is_some() && old_sealed == sealed.as_ref() {
                record.sealed = None;
            }
            if bundle.is_some() && old_bundle == bundle.as_ref() {
                record.bundle = None;
            }
            Ok(())
        });
        tidied.await.map(drop)
    }

    /// Gives back a job whose lease ran out. `false` if another saw to it.
    async fn lapse(&self, id: JobId) -> Result<bool> {
        let changed = self.change(id, |found, record| match (found, record) {
            (Some(found), Some(record)) if found.record.state == State::Proving => {
                let now = self.now();
                if found.record.lease_until > now {
                    return Ok(Edit::Leave(false));
                }
                record.give_back(LEASE_EXPIRED, now, &self.settings);
                Ok(Edit::Write(true))
            }
            _ => Ok(Edit::Leave(false)),
        });
        let (found, lapsed) = changed.await?;
        if let Some(found) = found {
            if lapsed {
                self.replace(&found).await?;
            } else {
                self.mirror.apply(found);
            }
        }
        Ok(lapsed)
    }

    /// Ends a job whose time is over. `false` if another saw to it.
    async fn expire(&self, id: JobId) -> Result<bool> {
        let changed = self.change(id, |found, record| match (found, record) {
            (Some(found), Some(record)) => {
                let now = self.now();
                let kept = matches!(found.record.state, State::Proving | State::Expired);
                if kept || found.record.expires > now {
                    return Ok(Edit::Leave(false));
                }
                record.end(State::Expired, None, now);
                Ok(Edit::Write(true))
            }
            _ => Ok(Edit::Leave(false)),
        });
        Ok(changed.await?.1)
    }

    async fn settle(&self, all: bool) -> Result<Settled> {
        let mut settled = Settled::default();
        for id in self.mirror.due(self.now()) {
            if self.lapse(id).await? {
                settled.lapsed.push(id);
            } else if all {
                settled.expired += u64::from(self.expire(id).await?);
                let found = self.streams.read(id).await?;
                let left = |found: &Found| found.record.leftovers() != (None, None);
                if let Some(found) = found.filter(left) {
                    self.tidy(&found).await?;
                }
            }
        }
        if all {
            for (id, record) in self.mirror.to_hand_out() {
                self.streams.hand_out(id, &record).await?;
            }
        }
        Ok(settled)
    }

    async fn claim(&self, keys: &[Digest]) -> Result<Option<Leased>> {
        self.settle(false).await?;
        for (key, tenant) in self.mirror.waiting(keys) {
            loop {
                match self.take(key, &tenant).await? {
                    Taken::Leased(leased) => return Ok(Some(*leased)),
                    Taken::Dropped => {}
                    Taken::Nothing => break,
                }
            }
        }
        Ok(None)
    }

    async fn heartbeat(&self, lease: Lease) -> Result<()> {
        let prolonged = self.edit(lease.job, |found, record| {
            let now = self.now();
            found.under(lease, now)?;
            record.lease_until = after(now, self.settings.lease);
            Ok(())
        });
        if let Err(error) = prolonged.await {
            if matches!(error, QueueError::Stale) {
                self.held().remove(&lease.token);
            }
            return Err(error);
        }
        let message = self.held().get(&lease.token).cloned();
        if let Some(message) = message
            && let Err(fault) = message.ack_with(AckKind::Progress).await
        {
            // Delivered again, it finds the lease.
            warn!(job = %lease.job, %fault, "work queue");
        }
        Ok(())
    }

    async fn complete(&self, lease: Lease, bundle: &[u8], proving: Duration) -> Result<Found> {
        // Before anything is stored: most of those who are too late go here.
        let found = patiently(|| self.streams.read(lease.job)).await?.ok_or(QueueError::Stale)?;
        found.under(lease, self.now()).inspect_err(|_| {
            self.held().remove(&lease.token);
        })?;
        let proving = u64::try_from(proving.as_millis()).unwrap_or(u64::MAX);
        let blob = patiently(|| self.streams.put(Kind::Bundle, lease.job, bundle)).await?;
        // Whatever comes of this, the bundle stays: a write without an answer may name it yet.
        self.end(lease, |record, now| record.done(blob.clone(), proving, now, &self.settings)).await
    }

    async fn retry(&self, tenant: &str, id: JobId) -> Result<Job> {
        let found = self.find(tenant, id).await?;
        let state = found.record.state;
        let old = found.record.sealed.filter(|_| state == State::Parked);
        let old = old.ok_or(QueueError::Wrong(state))?;
        self.room_for(tenant)?;
        // The job's time begins anew, and its package's with it.
        let sealed = self.streams.get(Kind::Package, &old).await?;
        let sealed = sealed
            .ok_or_else(|| fault("the package is gone: cancel the job, and send it again"))?;
        let sealed = self.streams.put(Kind::Package, id, &sealed).await?;
        let retried = self.edit(id, |found, record| {
            if found.record.state != State::Parked {
                return Err(QueueError::Wrong(found.record.state));
            }
            record.begin(sealed.clone(), self.now(), &self.settings);
            Ok(())
        });
        let found = retried.await?;
        if let Err(fault) = self.streams.delete(Kind::Package, &old).await {
            warn!(%fault, "a package ages out");
        }
        if let Err(fault) = self.streams.hand_out(id, &found.record).await {
            warn!(job = %id, %fault, "handed out later");
        }
        Ok(found.job())
    }

    async fn cancel(&self, tenant: &str, id: JobId) -> Result<Found> {
        self.find(tenant, id).await?;
        let changed = self.change(id, |found, record| {
            let (Some(found), Some(record)) = (found, record) else {
                return Err(QueueError::NotFound);
            };
            match found.record.state {
                State::Queued | State::Proving | State::Parked => {
                    record.end(State::Cancelled, None, self.now());
                    Ok(Edit::Write(true))
                }
                State::Cancelled => Ok(Edit::Leave(false)),
                other => Err(QueueError::Wrong(other)),
            }
        });
        let (found, written) = changed.await?;
        let found = found.ok_or(QueueError::NotFound)?;
        // A worker's message must not be in the way if the job is sent again.
        if written && let Err(fault) = self.replace(&found).await {
            warn!(job = %id, %fault, "work queue");
        }
        Ok(found)
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
        self.inner.mirror.list(tenant, filter)
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
