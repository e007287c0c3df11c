//! How to reach the servers. Secrets are in none of the addresses, and in no message.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use tracing::{info, warn};
use zeroize::Zeroizing;

use crate::queue::{QueueError, Result};

/// What a client proves itself with.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nothing, or a client certificate.
    #[default]
    None,
    /// User and password.
    Password {
        /// User.
        user: String,
        /// Password.
        password: Zeroizing<String>,
    },
    /// A token.
    Token(Zeroizing<String>),
    /// Seed of an nkey.
    Nkey(Zeroizing<String>),
    /// Text of a `.creds` file: JWT and seed.
    File(Zeroizing<String>),
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Password { .. } => "Password",
            Self::Token(_) => "Token",
            Self::Nkey(_) => "Nkey",
            Self::File(_) => "File",
        })
    }
}

/// Where the servers are, and how they are spoken to.
#[derive(Clone, Debug)]
pub struct Reach {
    /// Addresses of one cluster's servers, `nats://host:4222` or `tls://host:4222`.
    pub servers: Vec<String>,
    /// Who asks.
    pub credentials: Credentials,
    /// Certificates to trust in place of the system's, PEM.
    pub authority: Option<PathBuf>,
    /// Client certificate and its key, PEM.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whether to speak without TLS to other machines than this one.
    pub plain: bool,
    /// First word of every subject and stream: fleets of one account are told apart by it.
    pub prefix: String,
    /// Servers that keep each stream: 1, 3 or 5. What exists already is not changed.
    pub replicas: usize,
}

impl Reach {
    /// Without credentials, one replica, and the prefix `wattproof`.
    pub fn new(servers: Vec<String>) -> Self {
        Self {
            servers,
            credentials: Credentials::None,
            authority: None,
            certificate: None,
            plain: false,
            prefix: "wattproof".into(),
            replicas: 1,
        }
    }

    /// The addresses, if they may be used.
    fn addresses(&self) -> Result<Vec<ServerAddr>> {
        let name = self.prefix.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if self.prefix.is_empty() || !name {
            return Err(fault("the prefix is lower-case letters and digits"));
        }
        if self.servers.is_empty() {
            return Err(fault("there is no address"));
        }
        self.servers.iter().map(|server| self.address(server)).collect()
    }

    fn address(&self, server: &str) -> Result<ServerAddr> {
        // The text itself stays out of messages until it is known to hold no password.
        let address: ServerAddr = server
            .parse()
            .map_err(|_| fault("an address is like nats://host:4222 or tls://host:4222"))?;
        if address.has_user_pass() || address.password().is_some() {
            return Err(fault("credentials do not belong into an address: give a file"));
        }
        match address.scheme() {
            "tls" => {}
            "nats" if self.plain || is_loopback(address.host()) => {}
            "nats" => {
                let why = "is reached without TLS: credentials would be readable on the way";
                return Err(fault(&format!("{server} {why}")));
            }
            _ => return Err(fault(&format!("{server} does not begin with nats:// or tls://"))),
        }
        Ok(address)
    }

    /// Connects, and from then on reconnects for ever.
    pub(crate) async fn connect(&self) -> Result<Client> {
        let addresses = self.addresses()?;
        let mut options = match &self.credentials {
            Credentials::None => ConnectOptions::new(),
            Credentials::Password { user, password } => {
                ConnectOptions::with_user_and_password(user.clone(), password.to_string())
            }
            Credentials::Token(token) => ConnectOptions::with_token(token.to_string()),
            Credentials::Nkey(seed) => ConnectOptions::with_nkey(seed.to_string()),
            Credentials::File(text) => ConnectOptions::with_credentials(text)
                .map_err(|_| fault("the credentials file is not one"))?,
        };
        options = options
            .name(concat!("wattproof/", env!("CARGO_PKG_VERSION")))
            .require_tls(addresses.iter().any(ServerAddr::tls_required))
            .request_timeout(Some(Duration::from_secs(2)))
            .reconnect_delay_callback(|attempts| {
                Duration::from_millis(20 << attempts.min(6)).min(Duration::from_secs(1))
            })
            .event_callback(|event| async move {
                match event {
                    Event::Connected => info!("connected to NATS"),
                    Event::ClientError(_) | Event::ServerError(_) => warn!(%event, "NATS"),
                    event => warn!(event = %event, "NATS"),
                }
            });
        if let Some(path) = &self.authority {
            options = options.add_root_certificates(path.clone());
        }
        if let Some((certificate, key)) = &self.certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        options.connect(addresses).await.map_err(|error| fault(&format!("NATS: {error}")))
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address: std::result::Result<std::net::IpAddr, _> = host.parse();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn fault(why: &str) -> QueueError {
    QueueError::Store(why.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn addresses_with_secrets_or_without_tls_are_refused_and_not_told() {
        let refused = |server: &str| {
            let error = Reach::new(vec![server.into()]).addresses().unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        };
        refused("nats://user:hunter2@127.0.0.1:4222");
        refused("nats://hunter2@127.0.0.1:4222");
        refused("nats://broker.example:4222");
        refused("http://127.0.0.1:4222");
        refused("nats://:hunter2@[");
        for server in ["nats://127.0.0.1:4222", "nats://[::1]:4222", "tls://broker.example:4222"] {
            assert!(Reach::new(vec![server.into()]).addresses().is_ok(), "{server}");
        }
        let plain = Reach { plain: true, ..Reach::new(vec!["nats://broker.example:4222".into()]) };
        assert!(plain.addresses().is_ok());
    }
}
