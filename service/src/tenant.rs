//! Who may do what: tenants and their tokens.
//!
//! A token is `wattproof.TENANT.SECRET`, the secret 256 random bits in hex. What is kept is its SHA-256: of a value that cannot be guessed, a
//! plain digest is enough. Digests are compared in constant time.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, params};
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
use wattproof_circuits::format::Digest;
use zeroize::Zeroizing;

use crate::clock::{Clock, SystemClock};

/// Most letters of a tenant's name.
pub const MAX_NAME: usize = 32;

/// Why a tenant or token was not made, or not looked up.
#[derive(Debug, Error)]
pub enum TenantError {
    /// Names are 1 to [`MAX_NAME`] lower-case letters, digits and dashes.
    #[error(
        "a tenant's name is 1 to 32 lower-case letters, digits and dashes, beginning with a letter or digit"
    )]
    BadName,
    /// No such token, or certificate's name.
    #[error("there is no such token or certificate")]
    NotFound,
    /// Not a name that a certificate could have.
    #[error(
        "a certificate's name is 1 to 256 visible ASCII characters: a DNS name, a URI, or a common name"
    )]
    BadCertificateName,
    /// A certificate's name is somebody's already.
    #[error("the certificate's name is listed already, of {0}")]
    NameTaken(String),
    /// The operating system gave no randomness.
    #[error("{0}")]
    Random(String),
    /// The disk failed.
    #[error("the tenants' store: {0}")]
    Store(String),
}

impl From<rusqlite::Error> for TenantError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The tenant's own jobs.
    Tenant,
    /// Metrics and the state of the service; no jobs.
    Operator,
}

impl Role {
    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tenant => "tenant",
            Self::Operator => "operator",
        }
    }
}

/// Whose token it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Its tenant.
    pub tenant: String,
    /// What it is good for.
    pub role: Role,
}

/// A token as it is listed: not the token; or a certificate.
#[derive(Clone, Debug, Serialize)]
pub struct TokenEntry {
    /// First 16 hex digits of its digest, to revoke it by; a certificate's name.
    pub id: String,
    /// Its tenant.
    pub tenant: String,
    /// What it is good for.
    pub role: Role,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: u64,
}

/// The tokens of all tenants, in a file. The service and the command line may have it open at once.
pub struct Tenants(Mutex<Connection>);

impl Tenants {
    /// Opens the file, or begins one.
    ///
    /// # Errors
    /// [`TenantError::Store`].
    pub fn open(path: &Path) -> Result<Self, TenantError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -128;
             CREATE TABLE IF NOT EXISTS tokens (
                digest BLOB PRIMARY KEY, tenant TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL
             ) STRICT;
             CREATE INDEX IF NOT EXISTS of_tenant ON tokens (tenant);
             CREATE TABLE IF NOT EXISTS certificates (
                name TEXT PRIMARY KEY, tenant TEXT NOT NULL, role TEXT NOT NULL, created INTEGER NOT NULL
             ) STRICT;",
        )?;
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a token, which is known to its bearer only from then on.
    ///
    /// # Errors
    /// [`TenantError::BadName`], [`TenantError::Random`], [`TenantError::Store`].
    pub fn add(&self, tenant: &str, role: Role) -> Result<Zeroizing<String>, TenantError> {
        if !is_name(tenant) {
            return Err(TenantError::BadName);
        }
        let mut secret = Zeroizing::new([0; 32]);
        let filled = wattproof_circuits::random::fill(&mut *secret);
        filled.map_err(|error| TenantError::Random(error.message().to_owned()))?;
        let token = Zeroizing::new(format!("wattproof.{tenant}.{}", Digest(*secret)));
        self.connection().execute(
            "INSERT INTO tokens VALUES (?1, ?2, ?3, ?4)",
            params![digest(&token), tenant, role.name(), SystemClock.now_ms()],
        )?;
        Ok(token)
    }

    /// Every token, or those of one tenant.
    ///
    /// # Errors
    /// [`TenantError::Store`].
    pub fn list(&self, tenant: Option<&str>) -> Result<Vec<TokenEntry>, TenantError> {
        let connection = self.connection();
        let mut listing = connection.prepare(
            "SELECT lower(substr(hex(digest), 1, 16)), tenant, role, created FROM tokens
             WHERE ?1 IS NULL OR tenant = ?1
             UNION ALL SELECT name, tenant, role, created FROM certificates
             WHERE ?1 IS NULL OR tenant = ?1
             ORDER BY tenant, created",
        )?;
        let entries = listing.query_map([tenant], |row| {
            let operator = row.get::<_, String>(2)? == Role::Operator.name();
            Ok(TokenEntry {
                id: row.get(0)?,
                tenant: row.get(1)?,
                role: if operator { Role::Operator } else { Role::Tenant },
                created_ms: row.get(3)?,
            })
        })?;
        Ok(entries.collect::<rusqlite::Result<_>>()?)
    }

    /// Takes a token back, from now on.
    ///
    /// # Errors
    /// [`TenantError::NotFound`], [`TenantError::Store`].
    pub fn revoke(&self, tenant: &str, id: &str) -> Result<(), TenantError> {
        let connection = self.connection();
        let gone = connection.execute(
            "DELETE FROM tokens WHERE tenant = ?1 AND substr(lower(hex(digest)), 1, 16) = ?2",
            params![tenant, id],
        )?;
        let named = connection
            .execute("DELETE FROM certificates WHERE tenant = ?1 AND name = ?2", [tenant, id])?;
        if gone + named == 0 { Err(TenantError::NotFound) } else { Ok(()) }
    }

    /// Lets whoever shows a certificate of this name be a tenant, or its operator: one of its DNS names or URIs, or its subject's common name
    /// if it has no such extension. That an authority of the service's vouches for it is checked when it is shown.
    ///
    /// # Errors
    /// [`TenantError::BadName`], [`TenantError::BadCertificateName`], [`TenantError::NameTaken`], [`TenantError::Store`].
    pub fn add_certificate(&self, tenant: &str, name: &str, role: Role) -> Result<(), TenantError> {
        if !is_name(tenant) {
            return Err(TenantError::BadName);
        }
        if !(1..=256).contains(&name.len()) || !name.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(TenantError::BadCertificateName);
        }
        let connection = self.connection();
        let added = connection.execute(
            "INSERT INTO certificates VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING",
            params![name, tenant, role.name(), SystemClock.now_ms()],
        )?;
        if added == 1 {
            return Ok(());
        }
        let owner = connection.query_row(
            "SELECT tenant FROM certificates WHERE name = ?1",
            [name],
            |r| r.get(0),
        )?;
        Err(TenantError::NameTaken(owner))
    }

    /// Whose certificate this is, by its names; nobody's if they are of several.
    ///
    /// # Errors
    /// [`TenantError::Store`].
    pub fn of_certificate(&self, names: &[String]) -> Result<Option<Identity>, TenantError> {
        let connection = self.connection();
        let mut known =
            connection.prepare_cached("SELECT tenant, role FROM certificates WHERE name = ?1")?;
        let mut found: Option<Identity> = None;
        for name in names {
            let mut rows = known.query([name])?;
            let Some(row) = rows.next()? else { continue };
            let operator = row.get_ref(1)?.as_str() == Ok(Role::Operator.name());
            let role = if operator { Role::Operator } else { Role::Tenant };
            let one = Identity { tenant: row.get(0)?, role };
            if found.as_ref().is_some_and(|other| *other != one) {
                return Ok(None);
            }
            found = Some(one);
        }
        Ok(found)
    }

    /// Whose token this is, if it is one.
    ///
    /// # Errors
    /// [`TenantError::Store`].
    pub fn identify(&self, token: &str) -> Result<Option<Identity>, TenantError> {
        let given = digest(token);
        let tenant = tenant_of(token).unwrap_or_default();
        let connection = self.connection();
        let mut known =
            connection.prepare_cached("SELECT digest, role FROM tokens WHERE tenant = ?1")?;
        let mut rows = known.query([tenant])?;
        let (mut any, mut operator) = (Choice::from(0), Choice::from(0));
        while let Some(row) = rows.next()? {
            let same = row.get::<_, [u8; 32]>(0)?.ct_eq(&given);
            any |= same;
            operator |= same & Choice::from(u8::from(row.get_ref(1)?.as_str() == Ok("operator")));
        }
        if !bool::from(any) {
            return Ok(None);
        }
        let role = if operator.into() { Role::Operator } else { Role::Tenant };
        Ok(Some(Identity { tenant: tenant.into(), role }))
    }
}

/// The tenant that a token says it is of.
pub fn tenant_of(token: &str) -> Option<&str> {
    let (tenant, secret) = token.strip_prefix("wattproof.")?.split_once('.')?;
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (is_name(tenant) && secret.len() == 64 && secret.bytes().all(hex)).then_some(tenant)
}

fn is_name(name: &str) -> bool {
    let letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let first = name.bytes().next().is_some_and(letter);
    first && name.len() <= MAX_NAME && name.bytes().all(|b| letter(b) || b == b'-')
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}
