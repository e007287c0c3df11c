//! Whose request it is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;
use zeroize::Zeroizing;

use super::{ApiError, Service};
use crate::tenant::{Identity, Role};

/// A request with a tenant's token.
pub(super) struct Tenant(pub(super) String);

/// A request with an operator's token.
pub(super) struct Operator;

impl FromRequestParts<Arc<Service>> for Tenant {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, ApiError> {
        let who = identify(parts, service).await?;
        allow(service, who.role == Role::Tenant).map(|()| Self(who.tenant))
    }
}

impl FromRequestParts<Arc<Service>> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        service: &Arc<Service>,
    ) -> Result<Self, ApiError> {
        let who = identify(parts, service).await?;
        allow(service, who.role == Role::Operator).map(|()| Self)
    }
}

fn allow(service: &Service, allowed: bool) -> Result<(), ApiError> {
    if allowed { Ok(()) } else { Err(service.refuse(ApiError::forbidden())) }
}

async fn identify(parts: &Parts, service: &Arc<Service>) -> Result<Identity, ApiError> {
    let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
    let only = given.next().filter(|_| given.next().is_none());
    let token = only.and_then(|value| value.to_str().ok()).and_then(|text| {
        let (scheme, token) = text.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| Zeroizing::new(token.trim().to_owned()))
    });
    let Some(token) = token else { return Err(service.refuse(ApiError::unauthorised())) };
    let found = service.blocking(move |service| Ok(service.tenants.identify(&token)?)).await?;
    found.ok_or_else(|| service.refuse(ApiError::unauthorised()))
}

impl Service {
    /// Counts a refusal.
    pub(crate) fn refuse(&self, error: ApiError) -> ApiError {
        self.metrics.refused(error.code);
        error
    }

    /// Does what waits for a disk without keeping other requests waiting.
    pub(crate) async fn blocking<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let service = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || {
            work(&service).map_err(|error| service.refuse(error))
        });
        done.await.unwrap_or_else(|_| Err(self.refuse(ApiError::internal())))
    }
}
