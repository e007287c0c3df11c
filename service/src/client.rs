//! The other end: what a gateway does to have a package proved. Blocking; retries what may pass.

use std::fmt;
use std::io::Read;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig};
use ureq::{Agent, Body, RequestBuilder};
use wattproof_circuits::format::MAX_BUNDLE;
use zeroize::Zeroizing;

use crate::api::{Acknowledged, Listing, MAX_WAIT, ProverInfo};
use crate::envelope::SealedPackage;
use crate::job::{Job, JobId, State};

/// Most bytes of an answer: `GET /v1/prover` has every verifying key.
const MAX_ANSWER: u64 = 16 << 20;

/// Why a request came to nothing.
#[derive(Debug, Error)]
pub enum ClientError {
    /// The service refused.
    #[error("the service refused: {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its stable code.
        code: String,
        /// What is wrong.
        message: String,
        /// What to do.
        remedy: String,
    },
    /// The service could not be reached, or hung up.
    #[error("{0}")]
    Unreachable(String),
    /// Something answered, and it is no such service.
    #[error("the answer is not one of a Wattproof service: {0}")]
    Strange(String),
    /// Certificates to trust.
    #[error("certificates: {0}")]
    Certificates(String),
    /// Readings travel sealed, tokens do not.
    #[error("{0} is reached without TLS: the token would be readable on the way")]
    Plain(String),
}

impl ClientError {
    /// Whether the same request may succeed later.
    fn passes(&self) -> bool {
        match self {
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..),
            Self::Unreachable(_) => true,
            _ => false,
        }
    }
}

/// A service, and what it is asked with: a token, a certificate, or both.
pub struct Client {
    agent: Agent,
    url: String,
    token: Option<Zeroizing<String>>,
    patience: Duration,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("url", &self.url).finish_non_exhaustive()
    }
}

/// How to reach a service.
#[derive(Debug)]
pub struct Reach<'a> {
    /// Its address, `http://127.0.0.1:8750` or `https://…`.
    pub url: &'a str,
    /// Certificates to trust in place of the system's, in PEM.
    pub authority: Option<&'a [u8]>,
    /// Whether to speak without TLS to other machines than this one.
    pub plain: bool,
    /// How long to go on trying.
    pub patience: Duration,
}

/// A certificate to show, and its key; both PEM.
pub struct Certified<'a> {
    /// The chain, one's own certificate first.
    pub chain: &'a [u8],
    /// The private key. Secret.
    pub key: &'a [u8],
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalText,
}

#[derive(Deserialize)]
struct RefusalText {
    code: String,
    message: String,
    remedy: String,
}

impl Client {
    /// A client; asks nothing yet.
    ///
    /// # Errors
    /// [`ClientError::Plain`], [`ClientError::Certificates`], [`ClientError::Strange`] for what is no address.
    pub fn new(reach: &Reach<'_>, token: Zeroizing<String>) -> Result<Self, ClientError> {
        Self::build(reach, Some(token), None)
    }

    /// A client that shows a certificate, and a token if there is one; asks nothing yet.
    ///
    /// # Errors
    /// As [`Client::new`]; [`ClientError::Plain`] for any address without TLS, where no certificate can be shown.
    pub fn with_certificate(
        reach: &Reach<'_>,
        certified: Certified<'_>,
        token: Option<Zeroizing<String>>,
    ) -> Result<Self, ClientError> {
        Self::build(reach, token, Some(certified))
    }

    fn build(
        reach: &Reach<'_>,
        token: Option<Zeroizing<String>>,
        certified: Option<Certified<'_>>,
    ) -> Result<Self, ClientError> {
        let url = reach.url.trim_end_matches('/');
        let parsed: ureq::http::Uri =
            url.parse().map_err(|_| ClientError::Strange(format!("{url} is not an address")))?;
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .user_agent(concat!("wattproof/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_secs(MAX_WAIT + 60)));
        match parsed.scheme_str() {
            Some("https") => config = config.tls_config(trust(reach.authority, certified)?),
            Some("http") if certified.is_some() => return Err(ClientError::Plain(url.into())),
            Some("http") if reach.plain || is_loopback(parsed.host().unwrap_or_default()) => {}
            Some("http") => return Err(ClientError::Plain(url.into())),
            _ => {
                let message = format!("{url} does not begin with http:// or https://");
                return Err(ClientError::Strange(message));
            }
        }
        let agent = config.build().into();
        Ok(Self { agent, url: url.into(), token, patience: reach.patience })
    }

    /// Who proves here, and which circuits.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn prover(&self) -> Result<ProverInfo, ClientError> {
        self.get("/v1/prover")
    }

    /// Hands a package in. The job is durable when this returns.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn submit(&self, sealed: &SealedPackage) -> Result<Acknowledged, ClientError> {
        let body = sealed.to_json();
        self.persist(|| {
            let request = self.agent.post(format!("{}/v1/jobs", self.url));
            self.signed(request).header(header::CONTENT_TYPE, "application/json").send(&body)
        })
        .and_then(read)
    }

    /// A job as it is now, or when it changed, or after `wait` seconds.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn job(&self, job: JobId, wait: u64) -> Result<Job, ClientError> {
        self.get(&format!("/v1/jobs/{job}?wait={}", wait.min(MAX_WAIT)))
    }

    /// Waits until a job has ended, and tells `seen` whenever it was looked at.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn wait(&self, job: JobId, mut seen: impl FnMut(&Job)) -> Result<Job, ClientError> {
        loop {
            let begin = Instant::now();
            let found = self.job(job, 20)?;
            seen(&found);
            if found.state.is_final() {
                return Ok(found);
            }
            // As many as may are waiting already, or the service is ending.
            if begin.elapsed() < Duration::from_secs(1) {
                sleep(Duration::from_millis(250));
            }
        }
    }

    /// The result of a job that is done.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn bundle(&self, job: JobId) -> Result<String, ClientError> {
        let path = format!("/v1/jobs/{job}/bundle");
        let response = self.persist(|| self.ask(&path))?;
        text(response, MAX_BUNDLE as u64)
    }

    /// Takes a job back.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn cancel(&self, job: JobId) -> Result<Job, ClientError> {
        self.post(&format!("/v1/jobs/{job}/cancel"))
    }

    /// Lets a parked job wait again.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn retry(&self, job: JobId) -> Result<Job, ClientError> {
        self.post(&format!("/v1/jobs/{job}/retry"))
    }

    /// The newest jobs, or those before `after`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn list(
        &self,
        state: Option<State>,
        after: Option<JobId>,
        limit: u32,
    ) -> Result<Listing, ClientError> {
        let state = state.map(|state| format!("&state={state}")).unwrap_or_default();
        let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
        self.get(&format!("/v1/jobs?limit={limit}{state}{after}"))
    }

    fn signed<T>(&self, request: RequestBuilder<T>) -> RequestBuilder<T> {
        match &self.token {
            Some(token) => {
                let bearer = Zeroizing::new(format!("Bearer {}", **token));
                request.header(header::AUTHORIZATION, bearer.as_str())
            }
            None => request,
        }
    }

    fn ask(&self, path: &str) -> Result<Response<Body>, ureq::Error> {
        let request = self.agent.get(format!("{}{path}", self.url));
        self.signed(request).call()
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.persist(|| self.ask(path)).and_then(read)
    }

    fn post<T: DeserializeOwned>(&self, path: &str) -> Result<T, ClientError> {
        self.persist(|| {
            let request = self.agent.post(format!("{}{path}", self.url));
            self.signed(request).send_empty()
        })
        .and_then(read)
    }

    /// Tries again what may pass, each time after twice as long or as long as the service says, until patience ends.
    /// Every request may be made twice: a job is the same job.
    fn persist(
        &self,
        request: impl Fn() -> Result<Response<Body>, ureq::Error>,
    ) -> Result<Response<Body>, ClientError> {
        let begin = Instant::now();
        let mut pause = Duration::from_millis(100);
        loop {
            let (error, asked) = match request() {
                Ok(response) if response.status().is_success() => return Ok(response),
                Ok(response) => {
                    let after = response.headers().get(header::RETRY_AFTER);
                    let after = after.and_then(|after| after.to_str().ok()?.parse().ok());
                    (refusal(response), after.map(Duration::from_secs))
                }
                Err(error) => (unreachable(&self.url, &error), None),
            };
            let pause_now = asked.unwrap_or(pause);
            if !error.passes() || begin.elapsed() + pause_now > self.patience {
                return Err(error);
            }
            sleep(pause_now);
            pause = (pause * 2).min(Duration::from_secs(30));
        }
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address: Result<std::net::IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn trust(
    authority: Option<&[u8]>,
    certified: Option<Certified<'_>>,
) -> Result<TlsConfig, ClientError> {
    let fault = |error: &dyn fmt::Display| ClientError::Certificates(error.to_string());
    let certificates: Vec<Certificate<'static>> = match authority {
        Some(pem) => certificates_of(pem)?,
        None => {
            let found = rustls_native_certs::load_native_certs();
            found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
        }
    };
    if certificates.is_empty() {
        return Err(fault(&"there are none to trust"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(provider)
        .client_cert(certified.map(own).transpose()?)
        .build())
}

fn certificates_of(pem: &[u8]) -> Result<Vec<Certificate<'static>>, ClientError> {
    let items = ureq::tls::parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(ClientError::Certificates(error.to_string()))),
    });
    items.collect()
}

fn own(Certified { chain, key }: Certified<'_>) -> Result<ClientCert, ClientError> {
    let chain = certificates_of(chain)?;
    if chain.is_empty() {
        return Err(ClientError::Certificates("there is none to show".into()));
    }
    // Nothing of a key is repeated in an error.
    let key = PrivateKey::from_pem(key)
        .map_err(|_| ClientError::Certificates("its private key is no PEM key".into()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn unreachable(url: &str, error: &ureq::Error) -> ClientError {
    ClientError::Unreachable(format!("{url}: {error}"))
}

fn text(response: Response<Body>, most: u64) -> Result<String, ClientError> {
    let mut text = String::new();
    let read = response.into_body().into_reader().take(most + 1).read_to_string(&mut text);
    match read {
        Ok(length) if length as u64 <= most => Ok(text),
        Ok(_) => Err(ClientError::Strange("it is too long".into())),
        Err(error) => Err(ClientError::Unreachable(error.to_string())),
    }
}

fn read<T: DeserializeOwned>(response: Response<Body>) -> Result<T, ClientError> {
    let text = text(response, MAX_ANSWER)?;
    serde_json::from_str(&text).map_err(|error| ClientError::Strange(error.to_string()))
}

fn refusal(response: Response<Body>) -> ClientError {
    let status: StatusCode = response.status();
    let said = text(response, MAX_ANSWER).ok();
    match said.and_then(|text| serde_json::from_str(&text).ok()) {
        Some(Refusal { error: RefusalText { code, message, remedy } }) => {
            ClientError::Refused { status: status.as_u16(), code, message, remedy }
        }
        // A proxy's answer, perhaps: what is behind it may come back.
        None if status.is_server_error() => ClientError::Unreachable(format!("status {status}")),
        None => ClientError::Strange(format!("status {status}")),
    }
}
