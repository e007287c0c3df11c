//! The four streams, and what is asked of them.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, PullConsumer, pull};
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::{PublishMessage, StreamMessage};
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{
    Config, DiscardPolicy, RawMessageError, RawMessageErrorKind, RetentionPolicy, Stream,
};
use async_nats::jetstream::{
    Context, Error as ApiError, ErrorCode, Message, context::ContextBuilder,
};
use futures_util::StreamExt;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tracing::warn;
use wattproof_circuits::format::Digest;

use super::record::{Blob, Found, Record};
use crate::job::JobId;
use crate::queue::{QueueError, Result, Settings};

/// How long one request to a server may take.
const ANSWER: Duration = Duration::from_secs(2);
/// The same for a message of the work queue, which a worker has nothing better to do than wait for: if it came too late, it would come again after a
/// lease only.
const TAKING: Duration = Duration::from_secs(5);
/// Most bytes of a message: many fit between other clients' messages, and the servers' default limit is a mebibyte.
const PART: usize = 512 << 10;
/// What a message's headers take of the servers' limit, at most.
const HEADERS: usize = 1 << 10;
/// How much longer a stream keeps what a record names than the record says.
const MARGIN: Duration = Duration::from_secs(86_400);
/// Most leases of one key and tenant at once.
const LEASES: i64 = 100_000;

/// What became of a write.
pub(super) enum Put {
    /// It is at this sequence.
    At(u64),
    /// Another write came before.
    Conflict,
}

pub(super) struct Streams {
    context: Context,
    prefix: String,
    part: usize,
    pub(super) jobs: Stream,
    work: Stream,
    packages: Stream,
    bundles: Stream,
    ack_wait: Duration,
    consumers: Mutex<HashMap<(Digest, String), PullConsumer>>,
}

/// Which stream a blob is in.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Package,
    Bundle,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Package => "package",
            Self::Bundle => "bundle",
        }
    }
}

/// The servers' messages name streams, subjects and causes: ids of jobs, never what is in them.
pub(crate) fn fault(error: impl Display) -> QueueError {
    QueueError::Store(format!("NATS: {error}"))
}

/// What a publication was refused for, if a server refused it.
fn refusal(error: &PublishError) -> Option<ErrorCode> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<ApiError>().map(ApiError::error_code)
}

impl Streams {
    /// Opens the streams, or makes them.
    pub(super) async fn open(
        client: Client,
        prefix: &str,
        replicas: usize,
        settings: &Settings,
    ) -> Result<Self> {
        let most = client.server_info().max_payload;
        let context = ContextBuilder::new().timeout(ANSWER).ack_timeout(ANSWER).build(client);
        let config = |word: &str, subjects: &str| Config {
            name: format!("{prefix}-{word}"),
            subjects: vec![format!("{prefix}.{word}.{subjects}")],
            num_replicas: replicas,
            ..Config::default()
        };
        let jobs = Config { max_messages_per_subject: 1, ..config("job", "*") };
        let work = Config {
            retention: RetentionPolicy::WorkQueue,
            max_messages_per_subject: 1,
            discard: DiscardPolicy::New,
            discard_new_per_subject: true,
            ..config("work", "*.*.*")
        };
        let kept = |kind: Kind, time: Duration| Config {
            max_age: time.saturating_add(MARGIN),
            ..config(kind.word(), "*")
        };
        let part = most.saturating_sub(HEADERS).clamp(1, PART);
        Ok(Self {
            jobs: open(&context, jobs).await?,
            work: open(&context, work).await?,
            packages: open(&context, kept(Kind::Package, settings.unfinished)).await?,
            bundles: open(&context, kept(Kind::Bundle, settings.results)).await?,
            context,
            prefix: prefix.into(),
            part,
            ack_wait: settings.lease,
            consumers: Mutex::default(),
        })
    }

    pub(super) fn client(&self) -> Client {
        self.context.client()
    }

    pub(super) fn job_subjects(&self) -> String {
        format!("{}.job.*", self.prefix)
    }

    fn job_subject(&self, job: JobId) -> String {
        format!("{}.job.{job}", self.prefix)
    }

    /// The latest record of a job.
    pub(super) async fn read(&self, job: JobId) -> Result<Option<Found>> {
        found(self.jobs.get_last_raw_message_by_subject(&self.job_subject(job)).await)
    }

    /// The record at a sequence, unless a later one took its place.
    pub(super) async fn at(&self, sequence: u64) -> Result<Option<Found>> {
        found(self.jobs.get_raw_message(sequence).await)
    }

    /// The sequence of the latest record.
    pub(super) async fn last(&self) -> Result<u64> {
        Ok(self.jobs.get_info().await.map_err(fault)?.state.last_sequence)
    }

    /// Writes a record in the place of the one at `before`, 0 for none.
    pub(super) async fn write(&self, job: JobId, record: &Record, before: u64) -> Result<Put> {
        let text = serde_json::to_vec(record).map_err(fault)?;
        let message =
            PublishMessage::build().payload(text.into()).expected_last_subject_sequence(before);
        match self.publish(self.job_subject(job), message).await {
            Ok(sequence) => Ok(Put::At(sequence)),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Ok(Put::Conflict),
            Err(error) => Err(fault(error)),
        }
    }

    async fn publish(
        &self,
        subject: String,
        message: PublishMessage,
    ) -> std::result::Result<u64, PublishError> {
        Ok(self.context.send_publish(subject, message).await?.await?.sequence)
    }

    fn blobs(&self, kind: Kind) -> &Stream {
        match kind {
            Kind::Package => &self.packages,
            Kind::Bundle => &self.bundles,
        }
    }

    /// Stores a package or a bundle of a job.
    pub(super) async fn put(&self, kind: Kind, job: JobId, bytes: &[u8]) -> Result<Blob> {
        let subject = format!("{}.{}.{job}", self.prefix, kind.word());
        let mut parts = Vec::new();
        for part in bytes.chunks(self.part) {
            let message = PublishMessage::build().payload(part.to_vec().into());
            parts.push(self.publish(subject.clone(), message).await.map_err(fault)?);
        }
        Ok(Blob { parts, digest: Digest(Sha256::digest(bytes).into()) })
    }

    /// A stored package or bundle; nothing if it is gone, or not what was stored.
    pub(super) async fn get(&self, kind: Kind, blob: &Blob) -> Result<Option<Vec<u8>>> {
        let mut bytes = Vec::new();
        for part in &blob.parts {
            match self.blobs(kind).get_raw_message(*part).await {
                Ok(message) => bytes.extend_from_slice(&message.payload),
                Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => {
                    return Ok(None);
                }
                Err(error) => return Err(fault(error)),
            }
        }
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        Ok((digest == blob.digest.0).then_some(bytes))
    }

    /// Deletes a package or a bundle. In its file it is until the server makes that smaller.
    pub(super) async fn delete(&self, kind: Kind, blob: &Blob) -> Result<()> {
        for part in &blob.parts {
            delete(&self.context, self.blobs(kind), *part).await?;
        }
        Ok(())
    }

    fn work_subject(&self, record: &Record, job: JobId) -> String {
        format!("{}.work.{}.{}.{job}", self.prefix, record.key(), record.tenant())
    }

    /// Hands a job out; once, however often it is said.
    pub(super) async fn hand_out(&self, job: JobId, record: &Record) -> Result<()> {
        let subject = self.work_subject(record, job);
        match self.publish(subject, PublishMessage::build()).await {
            Ok(_) => Ok(()),
            // It is there: the stream holds one message for each subject.
            Err(error) if refusal(&error) == Some(ErrorCode::STREAM_STORE_FAILED) => Ok(()),
            Err(error) => Err(fault(error)),
        }
    }

    /// Hands a job out again that has waited for long. A server that was killed may remember that a message was taken, and not that it was
    /// deleted: it is there, refuses its double, and nobody gets it. What the consumer has passed is therefore replaced. Should it be on
    /// its way after all, then two get the job, and the record decides.
    pub(super) async fn renew(&self, job: JobId, record: &Record) -> Result<()> {
        let subject = self.work_subject(record, job);
        if let Ok(message) = self.work.get_last_raw_message_by_subject(&subject).await {
            let mut consumer = self.consumer(record.key(), record.tenant()).await?;
            let passed = consumer.info().await.map_err(fault)?.delivered.stream_sequence;
            if message.sequence <= passed {
                self.withdraw(message.sequence).await?;
            }
        }
        self.hand_out(job, record).await
    }

    /// Takes a message of the work queue away.
    pub(super) async fn withdraw(&self, work: u64) -> Result<()> {
        delete(&self.context, &self.work, work).await
    }

    /// The next job of a key and a tenant, its place in the work queue and the message, if there is one within `most`.
    pub(super) async fn take(
        &self,
        key: Digest,
        tenant: &str,
        most: Duration,
    ) -> Result<Option<(JobId, u64, Message)>> {
        let place = (key, tenant.to_owned());
        let known = self.consumers().get(&place).cloned();
        let consumer = match known {
            Some(consumer) => consumer,
            None => {
                let made = self.consumer(key, tenant).await?;
                self.consumers().insert(place.clone(), made.clone());
                made
            }
        };
        let message = tokio::time::timeout(TAKING, async {
            let mut batch = consumer.batch().max_messages(1).expires(most).messages().await?;
            batch.next().await.transpose()
        });
        let message = match message.await {
            Ok(Ok(message)) => message,
            Ok(Err(error)) => {
                // Should the consumer be gone, it is made again.
                self.consumers().remove(&place);
                return Err(fault(error));
            }
            Err(_) => return Err(fault("no answer")),
        };
        let Some(message) = message else { return Ok(None) };
        let work = message.info().map_err(fault)?.stream_sequence;
        let id = message.subject.rsplit('.').next().and_then(|id| Digest::parse(id).ok());
        let id = id.ok_or_else(|| fault("a message of the work queue names no job"))?;
        Ok(Some((JobId(id), work, message)))
    }

    fn consumers(&self) -> std::sync::MutexGuard<'_, HashMap<(Digest, String), PullConsumer>> {
        self.consumers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn consumer(&self, key: Digest, tenant: &str) -> Result<PullConsumer> {
        let key = key.to_string();
        let config = pull::Config {
            durable_name: Some(format!("{}-{tenant}", &key[..16])),
            filter_subject: format!("{}.work.{key}.{tenant}.*", self.prefix),
            ack_policy: AckPolicy::Explicit,
            ack_wait: self.ack_wait,
            max_ack_pending: LEASES,
            ..pull::Config::default()
        };
        self.work.create_consumer(config).await.map_err(fault)
    }
}

fn found(answer: std::result::Result<StreamMessage, RawMessageError>) -> Result<Option<Found>> {
    match answer {
        Ok(message) => Found::read(message.sequence, &message.payload).map(Some),
        Err(error) if error.kind() == RawMessageErrorKind::NoMessageFound => Ok(None),
        Err(error) => Err(fault(error)),
    }
}

async fn open(context: &Context, config: Config) -> Result<Stream> {
    let mut stream = context.get_or_create_stream(config.clone()).await.map_err(fault)?;
    // Time is only ever added: others may rely on it.
    let now = &stream.cached_info().config;
    if now.num_replicas < config.num_replicas {
        let (has, asked) = (now.num_replicas, config.num_replicas);
        warn!(stream = config.name, has, asked, "fewer replicas: `nats stream edit` adds them");
    }
    if now.max_age < config.max_age && !now.max_age.is_zero() {
        let longer = Config { max_age: config.max_age, ..now.clone() };
        context.update_stream(longer).await.map_err(fault)?;
        stream = context.get_stream(&config.name).await.map_err(fault)?;
    }
    Ok(stream)
}

/// Deletes a message, without writing over it in its file. With that, packages of other jobs were gone after kills of a server (2.9.10, two
/// fleets in eight); the likely cause is a kill in the middle of the writing, behind which a server reads nothing.
async fn delete(context: &Context, stream: &Stream, sequence: u64) -> Result<()> {
    let subject = format!("STREAM.MSG.DELETE.{}", stream.cached_info().config.name);
    let message = json!({ "seq": sequence, "no_erase": true });
    // An error of the stream's says that it is gone.
    let _: Response<Value> = context.request(subject, &message).await.map_err(fault)?;
    Ok(())
}
