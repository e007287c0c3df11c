//! What operators and machines ask, and the dashboard.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State as Shared;
use axum::http::header;
use axum::response::{Html, IntoResponse};
use serde_json::{Map, Value, json};

use super::access::Operator;
use super::{ApiError, OPENAPI, Service};
use crate::job::State;

/// The process answers.
pub(super) async fn healthz() -> &'static str {
    "ok\n"
}

/// Jobs are taken, and get done.
pub(super) async fn readyz(
    Shared(service): Shared<Arc<Service>>,
) -> Result<&'static str, ApiError> {
    if service.is_draining() {
        return Err(ApiError::draining());
    }
    // Without workers of its own a service relies on the fleet's.
    if service.workers > 0 && service.ready.load(Ordering::Relaxed) == 0 {
        return Err(ApiError::not_ready());
    }
    service.blocking(|service| Ok(service.queue.depth()?)).await?;
    Ok("ready\n")
}

pub(super) async fn metrics(
    service: Shared<Arc<Service>>,
    _: Operator,
) -> Result<impl IntoResponse, ApiError> {
    open_metrics(service).await
}

/// The same for whoever asks: where no tenant does.
pub(super) async fn open_metrics(
    Shared(service): Shared<Arc<Service>>,
) -> Result<impl IntoResponse, ApiError> {
    let depth = service.blocking(|service| Ok(service.queue.depth()?)).await?;
    let ready = service.ready.load(Ordering::Relaxed);
    let text = service.metrics.text(&depth, ready, service.is_draining());
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text))
}

pub(super) async fn status(
    Shared(service): Shared<Arc<Service>>,
    _: Operator,
) -> Result<Json<Value>, ApiError> {
    let depth = service.blocking(|service| Ok(service.queue.depth()?)).await?;
    let count = |state: &State| (state.name().to_owned(), json!(depth.of(*state)));
    Ok(Json(json!({
        "jobs": State::ALL.iter().map(count).collect::<Map<_, _>>(),
        "workers": { "configured": service.workers, "ready": service.ready.load(Ordering::Relaxed) },
        "draining": service.is_draining(),
        "prover_key": service.prover.fingerprint(),
        "circuits": service.circuits.values().map(|c| c.file.circuit_id()).collect::<Vec<_>>(),
    })))
}

pub(super) async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

pub(super) async fn dashboard() -> Html<&'static str> {
    Html(include_str!("dashboard.html"))
}

pub(super) async fn script() -> impl IntoResponse {
    let kind = "text/javascript; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], include_str!("dashboard.js"))
}

pub(super) async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("dashboard.css"))
}
