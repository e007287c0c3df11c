//! What tenants ask.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, RawQuery, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::SemaphorePermit;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::info;
use wattproof_circuits::format::{Digest, text};

use super::access::Tenant;
use super::{Acknowledged, ApiError, Listing, MAX_LIST, MAX_WAIT, ProverInfo, Service};
use crate::envelope::{SealedPackage, sealed_size};
use crate::job::{Job, JobId, State};
use crate::queue::{Filter, NewJob, QueueError, Submitted};

type Answer<T> = Result<T, ApiError>;

pub(super) async fn prover(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
) -> Answer<Json<ProverInfo>> {
    let parse = |json: String| serde_json::from_str(&json).map_err(|_| ApiError::internal());
    let keys = service.circuits.values().map(|circuit| parse(circuit.file.to_json()));
    Ok(Json(ProverInfo {
        tenant,
        prover_key: parse(service.prover.to_json())?,
        keys: keys.collect::<Result<_, _>>()?,
        max_package: service.limits.package,
    }))
}

pub(super) async fn submit(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    request: Request,
) -> Answer<Response> {
    let admitted = admit(&service, &tenant, request).await;
    // The place is kept until the package is on the disk.
    let (body, _place) = admitted.map_err(|error| service.refuse(error))?;
    let submitted = service.accept(&tenant, body).await?;
    let status = if submitted.fresh { StatusCode::CREATED } else { StatusCode::OK };
    let place = format!("/v1/jobs/{}", submitted.job.job);
    let answer = Acknowledged { fresh: submitted.fresh, job: submitted.job };
    Ok((status, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// The body of a submission, if it may be one. Whatever can be judged is judged before it is read.
async fn admit<'a>(
    service: &'a Service,
    tenant: &str,
    request: Request,
) -> Answer<(Vec<u8>, SemaphorePermit<'a>)> {
    if !is_json(request.headers()) {
        return Err(ApiError::not_json());
    }
    let limit = sealed_size(service.limits.package);
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > limit) {
        return Err(ApiError::too_large(limit));
    }
    service.may_submit(tenant)?;
    // Memory for bodies is bounded by how many there are at once.
    let place = service.uploads.try_acquire();
    let place = place.map_err(|_| ApiError::full(Duration::from_secs(1)))?;
    let body = read(request.into_body(), limit, service.limits.reading).await?;
    Ok((body, place))
}

async fn read(body: Body, limit: usize, most: Duration) -> Answer<Vec<u8>> {
    match timeout(most, to_bytes(body, limit)).await {
        Err(_) => Err(ApiError::too_slow()),
        Ok(Ok(bytes)) => Ok(bytes.into()),
        Ok(Err(error)) => {
            let source = std::error::Error::source(&error);
            let long = source.is_some_and(|e| e.is::<http_body_util::LengthLimitError>());
            Err(if long { ApiError::too_large(limit) } else { ApiError::cut_short() })
        }
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let kind = kind.and_then(|kind| kind.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"))
}

impl Service {
    /// Whether a tenant may submit now. A submission is counted.
    pub(crate) fn may_submit(&self, tenant: &str) -> Answer<()> {
        if self.is_draining() {
            return Err(ApiError::draining());
        }
        self.rates.take(tenant, self.limits.rate).map_err(ApiError::too_fast)
    }

    /// Makes a job of what a tenant sent; it is durable then.
    pub(crate) async fn accept(self: &Arc<Self>, tenant: &str, body: Vec<u8>) -> Answer<Submitted> {
        let tenant = tenant.to_owned();
        let submitted = self.blocking(move |service| {
            let limit = sealed_size(service.limits.package);
            let sealed = SealedPackage::from_json(text(&body, limit)?, limit)?;
            let circuit = service.circuits.get(&sealed.key).ok_or_else(ApiError::not_served)?;
            if circuit.file.circuit_id() != sealed.circuit_id {
                return Err(ApiError::not_served());
            }
            if sealed.prover_key != service.prover.fingerprint() {
                return Err(ApiError::other_prover());
            }
            let job = NewJob { subject: sealed.subject(&tenant), sealed: body };
            service.queue.submit(&job).map_err(|error| match error {
                QueueError::Full => ApiError::full(service.relief()),
                other => other.into(),
            })
        });
        let submitted = submitted.await?;
        self.metrics.submitted(submitted.fresh);
        if submitted.fresh {
            info!(job = %submitted.job.job, "accepted");
            self.signals.ring();
        }
        Ok(submitted)
    }

    /// How long until there may be room: a mean proof for each worker.
    fn relief(&self) -> Duration {
        let seconds = self.metrics.mean_seconds() / self.workers.max(1) as f64;
        Duration::from_secs_f64(seconds.clamp(1.0, 300.0))
    }
}

pub(super) async fn job(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer<Json<Job>> {
    let id = self::id(&service, &id)?;
    let mut wait = 0;
    for (name, value) in pairs(query.as_deref()) {
        match (name, value.parse()) {
            ("wait", Ok(seconds)) if seconds <= MAX_WAIT => wait = seconds,
            _ => return Err(service.refuse(ApiError::bad_query("only wait=0 to 30 is known"))),
        }
    }
    // Those who wait leave connections to others: beyond so many, the answer comes at once.
    let waiting = service.waits.try_acquire();
    let wait = if waiting.is_ok() { wait } else { 0 };
    let until = Instant::now() + Duration::from_secs(wait);
    // Subscribed before the job is looked at, so that no change falls between.
    let mut changes = service.signals.changes();
    loop {
        let tenant = tenant.clone();
        let job = service.blocking(move |service| Ok(service.queue.job(&tenant, id)?)).await?;
        if job.state.is_final() || Instant::now() >= until || service.is_draining() {
            return Ok(Json(job));
        }
        loop {
            match timeout_at(until, changes.recv()).await {
                Ok(Ok(changed)) if changed != id => {}
                Ok(Ok(_) | Err(RecvError::Lagged(_) | RecvError::Closed)) | Err(_) => break,
            }
        }
    }
}

pub(super) async fn bundle(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    Path(id): Path<String>,
) -> Answer<Response> {
    let id = self::id(&service, &id)?;
    let bundle = service.blocking(move |service| Ok(service.queue.bundle(&tenant, id)?)).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], bundle).into_response())
}

pub(super) async fn cancel(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    Path(id): Path<String>,
) -> Answer<Json<Job>> {
    let id = self::id(&service, &id)?;
    let job = service.blocking(move |service| Ok(service.queue.cancel(&tenant, id)?)).await?;
    info!(job = %id, "cancelled");
    service.signals.changed(id);
    Ok(Json(job))
}

pub(super) async fn retry(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    Path(id): Path<String>,
) -> Answer<Json<Job>> {
    let id = self::id(&service, &id)?;
    let job = service.blocking(move |service| Ok(service.queue.retry(&tenant, id)?)).await?;
    info!(job = %id, "retried");
    service.signals.ring();
    Ok(Json(job))
}

pub(super) async fn list(
    Shared(service): Shared<Arc<Service>>,
    Tenant(tenant): Tenant,
    RawQuery(query): RawQuery,
) -> Answer<Json<Listing>> {
    let filter = filter(query.as_deref()).map_err(|error| service.refuse(error))?;
    let limit = filter.limit as usize;
    let jobs = service.blocking(move |service| Ok(service.queue.list(&tenant, &filter)?)).await?;
    let next = jobs.last().map(|job| job.job).filter(|_| jobs.len() == limit);
    Ok(Json(Listing { jobs, next }))
}

fn filter(query: Option<&str>) -> Answer<Filter> {
    let mut filter = Filter { state: None, after: None, limit: 50 };
    for (name, value) in pairs(query) {
        match name {
            "state" => {
                let state = State::parse(value);
                let state = state.ok_or_else(|| ApiError::bad_query("there is no such state"))?;
                filter.state = Some(state);
            }
            "after" => {
                let job =
                    Digest::parse(value).map_err(|_| ApiError::bad_query("after is no job"))?;
                filter.after = Some(JobId(job));
            }
            "limit" => match value.parse() {
                Ok(limit) if (1..=MAX_LIST).contains(&limit) => filter.limit = limit,
                _ => return Err(ApiError::bad_query("limit is not 1 to 200")),
            },
            _ => return Err(ApiError::bad_query("only state, after and limit are known")),
        }
    }
    Ok(filter)
}

/// Names and values of a query. None that is known needs escapes.
fn pairs(query: Option<&str>) -> impl Iterator<Item = (&str, &str)> {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
    parts.map(|part| part.split_once('=').unwrap_or((part, "")))
}

fn id(service: &Service, text: &str) -> Answer<JobId> {
    Digest::parse(text).map(JobId).map_err(|_| service.refuse(ApiError::no_job()))
}
