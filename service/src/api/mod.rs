//! The HTTP interface, `openapi.json`: who may ask, how much, and what the answers are.
//!
//! Everything costly comes after everything cheap: token, rate and room are judged before a body is read.

mod access;
mod jobs;
mod pages;
mod refusal;
mod signals;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;
use wattproof_circuits::format::{Digest, VerifyingKeyFile};
use wattproof_circuits::groth16::PreparedVerifyingKey;

pub(crate) use self::refusal::ApiError;
pub(crate) use self::signals::Signals;
use crate::envelope::ProverPublicKey;
use crate::metrics::Metrics;
use crate::queue::JobQueue;
use crate::tenant::Tenants;

/// The interface as an OpenAPI document.
pub const OPENAPI: &str = include_str!("openapi.json");

/// Most seconds that a request waits for a job to change.
pub const MAX_WAIT: u64 = 30;

/// Most jobs in one listing.
pub const MAX_LIST: u32 = 200;

/// What the service holds its clients and workers to.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Most bytes of a package, before it is sealed.
    pub package: usize,
    /// Submissions a second of one tenant, on average; ten seconds' worth may come at once.
    pub rate: f64,
    /// Bodies that are read at once.
    pub uploads: usize,
    /// Connections at once.
    pub connections: usize,
    /// Most time for a request's head, and for its body.
    pub reading: Duration,
    /// Most time for one proof.
    pub proving: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            package: 4 << 20,
            rate: 20.0,
            uploads: 16,
            connections: 512,
            reading: Duration::from_secs(10),
            proving: Duration::from_secs(300),
        }
    }
}

/// A circuit that is served.
pub(crate) struct Circuit {
    pub(crate) file: VerifyingKeyFile,
    pub(crate) prepared: PreparedVerifyingKey,
}

/// What every request and worker shares.
pub(crate) struct Service {
    pub(crate) queue: Arc<dyn JobQueue>,
    pub(crate) tenants: Tenants,
    /// By the verifying key's fingerprint.
    pub(crate) circuits: BTreeMap<Digest, Circuit>,
    pub(crate) prover: ProverPublicKey,
    pub(crate) limits: Limits,
    pub(crate) lease: Duration,
    pub(crate) workers: usize,
    pub(crate) metrics: Metrics,
    pub(crate) signals: Signals,
    /// Workers with loaded keys.
    pub(crate) ready: AtomicUsize,
    pub(crate) draining: AtomicBool,
    pub(crate) uploads: Semaphore,
    /// Requests that wait for a job.
    pub(crate) waits: Semaphore,
    pub(crate) rates: Rates,
}

impl Service {
    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }
}

/// What a tenant may still submit: a bucket for each, filled at the rate.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<String, (f64, Instant)>>);

impl Rates {
    /// Takes one from the tenant's bucket, or says how long to wait for one. Tenants are known: there are not many.
    fn take(&self, tenant: &str, rate: f64) -> Result<(), Duration> {
        let full = (rate * 10.0).max(1.0);
        let now = Instant::now();
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, then) = buckets.entry(tenant.to_owned()).or_insert((full, now));
        *left = (*left + now.duration_since(*then).as_secs_f64() * rate).min(full);
        *then = now;
        if *left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - *left) / rate));
        }
        *left -= 1.0;
        Ok(())
    }
}

/// What a device needs to know before it seals a package: the answer to `GET /v1/prover`.
#[derive(Debug, Serialize, Deserialize)]
pub struct ProverInfo {
    /// Whose token it was.
    pub tenant: String,
    /// `prover-public-key/1`.
    pub prover_key: Value,
    /// `verifying-key/1` of every circuit that is served.
    pub keys: Vec<Value>,
    /// Most bytes of a package.
    pub max_package: usize,
}

/// What is acknowledged: the answer to `POST /v1/jobs`.
#[derive(Debug, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Whether this submission made the job.
    pub fresh: bool,
    /// The job.
    #[serde(flatten)]
    pub job: crate::job::Job,
}

/// One page of a tenant's jobs, the newest first.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listing {
    /// The jobs.
    pub jobs: Vec<crate::job::Job>,
    /// What `after` is to be for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<crate::job::JobId>,
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/prover", get(jobs::prover))
        .route("/v1/jobs", post(jobs::submit).get(jobs::list))
        .route("/v1/jobs/{job}", get(jobs::job))
        .route("/v1/jobs/{job}/bundle", get(jobs::bundle))
        .route("/v1/jobs/{job}/cancel", post(jobs::cancel))
        .route("/v1/jobs/{job}/retry", post(jobs::retry))
        .route("/v1/status", get(pages::status))
        .route("/metrics", get(pages::metrics))
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/openapi.json", get(pages::openapi))
        .route("/", get(pages::dashboard))
        .route("/dashboard.js", get(pages::script))
        .route("/dashboard.css", get(pages::style))
        .fallback(|| async { ApiError::no_page() })
        .method_not_allowed_fallback(|| async { ApiError::no_method() })
        .layer(from_fn(headers))
        .with_state(service)
}

/// What a machine that only proves tells, to whoever reaches its address.
pub(crate) fn operations(service: Arc<Service>) -> Router {
    Router::new()
        .route("/healthz", get(pages::healthz))
        .route("/readyz", get(pages::readyz))
        .route("/metrics", get(pages::open_metrics))
        .fallback(|| async { ApiError::no_page() })
        .layer(from_fn(headers))
        .with_state(service)
}

/// Headers of every answer.
async fn headers(request: axum::extract::Request, next: Next) -> Response {
    const HEADERS: [(HeaderName, &str); 4] = [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ];
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
