//! Whose request it is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use zeroize::Zeroizing;

use super::{ApiError, Service};
use crate::tenant::{Identity, Role};
use crate::tls::ClientNames;

/// A request of a tenant.
pub(super) struct Tenant(pub(super) String);

/// A request of an operator.
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

/// By token, by certificate, or by both if they are of the same.
async fn identify(parts: &Parts, service: &Arc<Service>) -> Result<Identity, ApiError> {
    let unknown = || service.refuse(ApiError::unauthorised());
    let names = parts.extensions.get::<ClientNames>().cloned();
    let mut given = parts.headers.get_all(header::AUTHORIZATION).iter();
    let (first, more) = (given.next(), given.next());
    let token = match (first, more) {
        (None, _) => None,
        (Some(value), None) => Some(bearer(value).ok_or_else(unknown)?),
        (Some(_), Some(_)) => return Err(unknown()),
    };
    let look = move |service: &Service| {
        let certified = match &names {
            Some(names) => service.tenants.of_certificate(&names.0)?,
            None => None,
        };
        Ok(match token {
            None => certified,
            Some(token) => {
                let told = service.tenants.identify(&token)?;
                told.filter(|told| certified.as_ref().is_none_or(|certified| certified == told))
            }
        })
    };
    service.blocking(look).await?.ok_or_else(unknown)
}

fn bearer(value: &HeaderValue) -> Option<Zeroizing<String>> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Zeroizing::new(token.trim().to_owned()))
}

impl Service {
    /// Counts a refusal.
    pub(super) fn refuse(&self, error: ApiError) -> ApiError {
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
