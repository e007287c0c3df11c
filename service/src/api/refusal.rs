//! Refusals as answers: a status, a stable code, what is wrong and what to do.

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use wattproof_circuits::error::Error as Refusal;

use crate::job::State;
use crate::queue::QueueError;
use crate::tenant::TenantError;

#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    pub(crate) code: &'static str,
    message: String,
    remedy: &'static str,
    retry_after: Option<Duration>,
}

impl ApiError {
    fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<String>,
        remedy: &'static str,
    ) -> Self {
        Self { status, code, message: message.into(), remedy, retry_after: None }
    }

    fn later(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// How long to wait before the same may pass, if it may.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }

    /// What is told: code, message and remedy.
    pub(crate) fn to_json(&self) -> Value {
        let Self { code, message, remedy, .. } = self;
        json!({ "code": code, "message": message, "remedy": remedy })
    }

    pub(crate) fn no_tenant() -> Self {
        let message = "the tenant has no token";
        let remedy = "The operator makes tokens, and takes them back.";
        Self::new(StatusCode::FORBIDDEN, "forbidden", message, remedy)
    }

    pub(crate) fn unauthorised() -> Self {
        let message = "there is no token, or none that is known";
        let remedy = "Send `Authorization: Bearer TOKEN`; the operator makes tokens.";
        Self::new(StatusCode::UNAUTHORIZED, "unauthorised", message, remedy)
    }

    pub(crate) fn forbidden() -> Self {
        let message = "the token is for something else";
        let remedy = "Operators' tokens are for metrics and status, tenants' tokens for jobs.";
        Self::new(StatusCode::FORBIDDEN, "forbidden", message, remedy)
    }

    pub(crate) fn no_page() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-page",
            "there is no such page",
            "See /openapi.json.",
        )
    }

    pub(crate) fn no_method() -> Self {
        let status = StatusCode::METHOD_NOT_ALLOWED;
        Self::new(status, "no-such-method", "that cannot be done here", "See /openapi.json.")
    }

    pub(crate) fn no_job() -> Self {
        let remedy = "Check the job's id, and that the token is of the tenant that sent it.";
        Self::new(StatusCode::NOT_FOUND, "no-such-job", "there is no such job", remedy)
    }

    pub(crate) fn bad_query(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-query", message, "See /openapi.json.")
    }

    pub(crate) fn not_json() -> Self {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let remedy = "Send a sealed-package/1 document as application/json.";
        Self::new(status, "not-json", "the body is not application/json", remedy)
    }

    pub(crate) fn too_large(most: usize) -> Self {
        let message = format!("the body is longer than {most} bytes");
        let remedy = "Prove it elsewhere, or have the service's limit raised.";
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", message, remedy)
    }

    pub(crate) fn too_slow() -> Self {
        let message = "the body did not come in time";
        Self::new(StatusCode::REQUEST_TIMEOUT, "too-slow", message, "Send it again.")
    }

    pub(crate) fn cut_short() -> Self {
        let message = "the body ended too early";
        Self::new(StatusCode::BAD_REQUEST, "cut-short", message, "Send it again.")
    }

    pub(crate) fn other_prover() -> Self {
        let message = "the package is sealed to another prover's key";
        let remedy = "Seal it again, to the key that the service has now.";
        Self::new(StatusCode::CONFLICT, "other-prover", message, remedy)
    }

    pub(crate) fn not_served() -> Self {
        let message = "no such circuit and key are served here";
        let remedy = "Ask the operator to serve it, or prove it elsewhere.";
        Self::new(StatusCode::CONFLICT, "not-served", message, remedy)
    }

    pub(crate) fn too_fast(after: Duration) -> Self {
        let message = "the tenant submits faster than it may";
        let remedy = "Send it again after the stated time.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-fast", message, remedy).later(after)
    }

    pub(crate) fn full(after: Duration) -> Self {
        let remedy = "Send it again after the stated time.";
        let status = StatusCode::TOO_MANY_REQUESTS;
        Self::new(status, "queue-full", "as many jobs wait as may", remedy).later(after)
    }

    pub(crate) fn draining() -> Self {
        let remedy = "Send it again after the stated time.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "draining", "the service is ending", remedy)
            .later(Duration::from_secs(10))
    }

    pub(crate) fn not_ready() -> Self {
        let remedy = "Wait until a worker has loaded its keys.";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", "no worker is ready", remedy)
            .later(Duration::from_secs(1))
    }

    pub(crate) fn internal() -> Self {
        let remedy = "Send it again; if it persists, the operator finds more in the log.";
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "store", "the service's store failed", remedy)
            .later(Duration::from_secs(5))
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let (code, remedy) = (refusal.code().as_str(), refusal.code().remedy());
        Self::new(StatusCode::BAD_REQUEST, code, refusal.message(), remedy)
    }
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NotFound => Self::no_job(),
            QueueError::Wrong(State::Expired) => {
                let remedy = "Sign the claim anew: the service keeps no result for ever.";
                Self::new(StatusCode::GONE, "expired", "the job has expired", remedy)
            }
            QueueError::Wrong(state) => {
                let remedy = "Look at the job's state and reason.";
                Self::new(
                    StatusCode::CONFLICT,
                    "wrong-state",
                    format!("the job is {state}"),
                    remedy,
                )
            }
            QueueError::Full => Self::full(Duration::from_secs(1)),
            QueueError::Stale | QueueError::Store(_) => {
                tracing::error!(fault = %error, "queue");
                Self::internal()
            }
        }
    }
}

impl From<TenantError> for ApiError {
    fn from(error: TenantError) -> Self {
        tracing::error!(fault = %error, "tenants");
        Self::internal()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let error = json!({ "error": self.to_json() });
        let Self { status, retry_after, .. } = self;
        let mut response = (status, Json(error)).into_response();
        let headers = response.headers_mut();
        if let Some(after) = retry_after {
            headers
                .insert(header::RETRY_AFTER, (after.as_secs_f64().ceil().max(1.0) as u64).into());
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
