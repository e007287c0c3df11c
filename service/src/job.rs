//! Jobs: what names one, and what becomes of it.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use wattproof_circuits::error::Code;
use wattproof_circuits::format::Digest;

/// What a job is, whoever sends it and however often.
///
/// The package's digest is not keyed: a package has salts of 248 bits for its blocks, and a nullifier key or a device's signature, so that nobody who
/// lacks the package can try readings against the digest.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    /// Who sends it.
    pub tenant: String,
    /// Circuit id.
    pub circuit: Digest,
    /// Fingerprint of the verifying key.
    pub key: Digest,
    /// SHA-256 of the package's text.
    pub package: Digest,
}

impl Subject {
    /// How a package is named.
    pub fn digest(package: &[u8]) -> Digest {
        Digest(Sha256::digest(package).into())
    }

    /// SHA-256 over a tag and every member, each after its length in 8 bytes, big-endian: the same job whenever it is the same claim.
    pub fn id(&self) -> JobId {
        let mut hasher = Sha256::new();
        let parts: [&[u8]; 5] = [
            b"wattproof/job/1",
            self.tenant.as_bytes(),
            &self.circuit.0,
            &self.key.0,
            &self.package.0,
        ];
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        JobId(Digest(hasher.finalize().into()))
    }
}

/// A job's id: see [`Subject::id`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub Digest);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! states {
    ($($(#[doc = $doc:literal])+ $variant:ident => $name:literal;)+) => {
        /// Where a job is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum State { $($(#[doc = $doc])+ $variant,)+ }

        impl State {
            /// Every state.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

states! {
    /// Waits for a worker.
    Queued => "queued";
    /// A worker has a lease on it.
    Proving => "proving";
    /// Its bundle can be fetched. Never changes but to expired.
    Done => "done";
    /// Its package cannot be proved, now or later.
    Refused => "refused";
    /// Its attempts are used up: somebody looks at the reason, and retries or cancels.
    Parked => "parked";
    /// Its sender took it back.
    Cancelled => "cancelled";
    /// Its time is over: package and bundle are deleted.
    Expired => "expired";
}

impl State {
    /// The state of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|state| state.name() == name)
    }

    /// Whether waiting longer is of no use.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Queued | Self::Proving)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a tenant is told of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its id.
    pub job: JobId,
    /// Where it is.
    pub state: State,
    /// Circuit id.
    pub circuit_id: Digest,
    /// Fingerprint of the verifying key.
    pub key: Digest,
    /// Leases taken since it was submitted or retried.
    pub attempts: u32,
    /// When it was acknowledged first, in milliseconds since 1970.
    pub submitted_ms: u64,
    /// When its state changed last.
    pub changed_ms: u64,
    /// When package and bundle are deleted, unless something happens before.
    pub expires_ms: u64,
    /// Why it was refused or parked, or why its last attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// How long proving took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proving_ms: Option<u64>,
}

/// Why a job was refused or parked: a stable code and what to do. Never a word about readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Stable, kebab-case.
    pub code: String,
    /// One sentence.
    pub remedy: String,
}

/// A worker's lease ran out before it had a result.
pub const LEASE_EXPIRED: &str = "lease-expired";
/// Proving took longer than it may.
pub const TIME_LIMIT: &str = "time-limit";
/// The worker's process died: of its memory limit, for one.
pub const WORKER_DIED: &str = "worker-died";
/// A worker's bundle did not verify.
pub const BAD_RESULT: &str = "bad-result";
/// The sealed package does not open, or holds another package.
pub const DOES_NOT_OPEN: &str = "does-not-open";

impl Reason {
    /// The reason of this code: one of this file, or of a refusal.
    pub fn new(code: &str) -> Self {
        let own = match code {
            LEASE_EXPIRED => Some(
                "Retry it; if that happens again, look whether the service is being stopped, or give it more memory.",
            ),
            TIME_LIMIT => Some("Prove it elsewhere, or have the service's time limit raised."),
            WORKER_DIED => Some("Prove it elsewhere, or have the service's memory limit raised."),
            BAD_RESULT => Some("Tell the operator: a worker or its proving key is damaged."),
            DOES_NOT_OPEN => Some("Seal it again, to the key that the service has now."),
            _ => None,
        };
        let refusal = Code::ALL.iter().find(|known| known.as_str() == code);
        let remedy = own.or(refusal.map(|known| known.remedy()));
        let remedy = remedy.unwrap_or("Check the package with `wattproof policy check`.");
        Self { code: code.into(), remedy: remedy.into() }
    }
}
