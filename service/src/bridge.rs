//! Packages from gateways that speak MQTT, or NATS itself: taken from `PREFIX.submit.TENANT`, in MQTT `PREFIX/submit/TENANT`.
//!
//! Who may publish there is the server's to say: an account's permissions allow each user its own tenant's subject. The bridge takes tenants
//! that have a token, and no others, so that a tenant without tokens is cut off here too. What comes is kept in a stream until it was
//! judged; the answer goes to `PREFIX.receipt.TENANT`, and the bundle of a job that is done to `PREFIX.result.TENANT.JOB`. Neither is kept: who missed it
//! publishes the package again, which is the same job.

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy};
use async_nats::jetstream::{self, AckKind, Message};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::{info, warn};
use wattproof_circuits::format::Digest;

use crate::api::{Acknowledged, ApiError, Service};
use crate::envelope::sealed_size;
use crate::job::{State, Subject};
use crate::queue::nats::{Reach, fault};
use crate::queue::{QueueError, Result};

/// How long a package that was not judged is kept: its sender sends it again long before.
const KEPT: Duration = Duration::from_secs(86_400);
/// Packages that are judged at once.
const AT_ONCE: usize = 8;

/// What a gateway is told of what it published.
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// SHA-256 of the published bytes.
    pub published: Digest,
    /// The job, which is durable now. The package may go when its bundle is there.
    #[serde(default, flatten, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledged>,
    /// Why there is none: as the service's answers over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}

/// What packages come in by.
pub(crate) struct Bridge {
    service: Arc<Service>,
    client: Client,
    prefix: String,
}

impl Bridge {
    /// Opens the stream of what comes in, or makes it, and judges until the service drains.
    pub(crate) async fn start(service: Arc<Service>, reach: &Reach) -> Result<()> {
        let client = reach.connect().await?;
        let context = jetstream::new(client.clone());
        let prefix = reach.prefix.clone();
        let config = Config {
            name: format!("{prefix}-submit"),
            subjects: vec![format!("{prefix}.submit.*")],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_age: KEPT,
            max_messages: 256,
            num_replicas: reach.replicas,
            ..Config::default()
        };
        let stream = context.get_or_create_stream(config).await.map_err(fault)?;
        let config = pull::Config {
            durable_name: Some("bridge".into()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: Duration::from_secs(30),
            ..pull::Config::default()
        };
        let consumer = stream.create_consumer(config).await.map_err(fault)?;
        let bridge = Arc::new(Self { service, client, prefix });
        tokio::spawn(async move {
            while !bridge.service.is_draining() {
                let batch = consumer.batch().max_messages(AT_ONCE).expires(Duration::from_secs(1));
                match batch.messages().await {
                    Ok(messages) => {
                        let judged = messages.for_each_concurrent(AT_ONCE, |message| async {
                            let told = match message {
                                Ok(message) => bridge.judge(message).await,
                                Err(error) => Err(fault(error)),
                            };
                            if let Err(fault) = told {
                                warn!(%fault, "gateways");
                            }
                        });
                        judged.await;
                    }
                    Err(fault) => {
                        warn!(%fault, "gateways");
                        tokio::time::sleep(Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Ok(())
    }

    /// Takes a package in, or refuses it, and says so; what may pass later is left for later.
    async fn judge(&self, message: Message) -> Result<()> {
        let tenant = message.subject.rsplit('.').next().unwrap_or_default().to_owned();
        let published = Subject::digest(&message.payload);
        let kind = match self.accept(&tenant, &message).await {
            Err(error) if error.retry_after().is_some() => AckKind::Nak(error.retry_after()),
            Err(error) => {
                let error = Some(error.to_json());
                let receipt = Receipt { published, acknowledged: None, error };
                self.tell(&tenant, &receipt).await?;
                AckKind::Ack
            }
            Ok(acknowledged) => {
                let done = (acknowledged.job.state == State::Done).then_some(acknowledged.job.job);
                let receipt = Receipt { published, acknowledged: Some(acknowledged), error: None };
                self.tell(&tenant, &receipt).await?;
                if let Some(job) = done {
                    let whose = tenant.clone();
                    let bundle = self.service.blocking(move |s| Ok(s.queue.bundle(&whose, job)?));
                    // It was logged, and is asked for again.
                    if let Ok(bundle) = bundle.await {
                        let subject = format!("{}.result.{tenant}.{job}", self.prefix);
                        self.client.publish(subject, bundle.into()).await.map_err(fault)?;
                    }
                }
                AckKind::Ack
            }
        };
        message.ack_with(kind).await.map_err(fault)
    }

    async fn accept(&self, tenant: &str, message: &Message) -> Result<Acknowledged, ApiError> {
        let service = &self.service;
        let most = sealed_size(service.limits.package);
        if message.payload.len() > most {
            return Err(service.refuse(ApiError::too_large(most)));
        }
        let (whose, body) = (tenant.to_owned(), message.payload.to_vec());
        let known = service.blocking(move |service| Ok(service.tenants.knows(&whose)?)).await?;
        if !known {
            return Err(service.refuse(ApiError::no_tenant()));
        }
        service.may_submit(tenant).map_err(|error| service.refuse(error))?;
        let submitted = service.accept(tenant, body).await?;
        info!(job = %submitted.job.job, "from a gateway");
        Ok(Acknowledged { fresh: submitted.fresh, job: submitted.job })
    }

    async fn tell(&self, tenant: &str, receipt: &Receipt) -> Result<(), QueueError> {
        let text = serde_json::to_vec(receipt).map_err(fault)?;
        let subject = format!("{}.receipt.{tenant}", self.prefix);
        self.client.publish(subject, text.into()).await.map_err(fault)
    }
}
