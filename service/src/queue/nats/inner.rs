//! How a record is changed, and what follows from records: the mirror.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{DeliverPolicy, push};
use futures_util::StreamExt;
use tokio::sync::watch;
use tracing::{error, warn};

use super::mirror::Mirror;
use super::record::{Found, Record};
use super::streams::{Put, Streams, fault};
use crate::clock::Clock;
use crate::job::JobId;
use crate::queue::{QueueError, Result, Settings};

/// How long a change is tried when servers do not answer, or another is always quicker.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing is to come before it is asked whether there is something: what brings records is on one server, and may be lost with it.
const QUIET: Duration = Duration::from_secs(10);

pub(super) struct Inner {
    pub(super) streams: Streams,
    pub(super) mirror: Mirror,
    pub(super) settings: Settings,
    pub(super) clock: Arc<dyn Clock>,
    /// Messages of the work queue under this process's leases, by token.
    pub(super) held: Mutex<HashMap<u64, Message>>,
}

/// What an edit of a record says.
pub(super) enum Edit<T> {
    Write(T),
    Leave(T),
}

/// Keeps the mirror as the stream of records is.
pub(super) async fn follow(inner: Arc<Inner>, at: watch::Sender<u64>) {
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
pub(super) async fn patiently<T, F>(work: impl Fn() -> F) -> Result<T>
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
    pub(super) async fn follow(&self, from: DeliverPolicy, at: &watch::Sender<u64>) -> Result<()> {
        let config = push::OrderedConfig {
            deliver_subject: self.streams.client().new_inbox(),
            deliver_policy: from,
            // Servers ask for it when the last of each subject is wanted.
            filter_subject: self.streams.job_subjects(),
            ..push::OrderedConfig::default()
        };
        let consumer = self.streams.jobs.create_consumer(config).await.map_err(fault)?;
        let mut messages = consumer.messages().await.map_err(fault)?;
        loop {
            let message = match tokio::time::timeout(QUIET, messages.next()).await {
                Ok(Some(message)) => message.map_err(fault)?,
                Ok(None) => return Ok(()),
                Err(_) if self.streams.last().await? > *at.borrow() => {
                    return Err(fault("nothing comes, and there is more"));
                }
                Err(_) => continue,
            };
            let sequence = message.info().map_err(fault)?.stream_sequence;
            match Found::read(sequence, &message.payload) {
                Ok(found) => self.mirror.apply(found),
                // Of a later version, say: those that know it see to it.
                Err(fault) => error!(%fault, "queue"),
            }
            at.send_replace(sequence);
        }
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.now_ms()
    }

    pub(super) fn held(&self) -> MutexGuard<'_, HashMap<u64, Message>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads a job's record, has it edited, and writes it in its place; all over if another was quicker, or if the servers did not answer.
    pub(super) async fn change<T>(
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
    pub(super) async fn edit(
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
    pub(super) async fn find(&self, tenant: &str, id: JobId) -> Result<Found> {
        let found = self.streams.read(id).await?;
        let found = found.filter(|found| found.record.tenant() == tenant);
        let found = found.ok_or(QueueError::NotFound)?;
        self.mirror.apply(found.clone());
        Ok(found)
    }
}
