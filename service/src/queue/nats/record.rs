//! A job's record: what the queue knows of it, as one message that replaces the one before.

use serde::{Deserialize, Serialize};
use wattproof_circuits::format::Digest;

use crate::job::{DOES_NOT_OPEN, Job, JobId, Reason, State, Subject};
use crate::queue::{Lease, NewJob, QueueError, Result, Settings};

const VERSION: u32 = 1;

/// A package or a bundle: messages of another stream, in this order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Blob {
    pub(super) parts: Vec<u64>,
    pub(super) digest: Digest,
}

/// What is stored. Nothing of it is secret; a package is sealed, and elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    wattproof_job: u32,
    tenant: String,
    circuit: Digest,
    key: Digest,
    package: Digest,
    pub(super) state: State,
    pub(super) attempts: u32,
    submitted: u64,
    pub(super) changed: u64,
    pub(super) expires: u64,
    /// Sequence of the job's first record, which orders a tenant's jobs; the first record itself does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first: Option<u64>,
    /// Fencing token: the sequence of the record that took the lease; that record itself does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<u64>,
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) lease_until: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proving_ms: Option<u64>,
    /// Whether there ever was a result.
    #[serde(default, skip_serializing_if = "is_false")]
    had_result: bool,
    /// The sealed package, until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) sealed: Option<Blob>,
    /// The bundle, until it is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bundle: Option<Blob>,
    /// The message of the work queue under which the lease was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) work: Option<u64>,
    /// Drawn for each write: its writer recognises it when the answer was lost.
    pub(super) stamp: u64,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A record, and where in the stream it is.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) sequence: u64,
    pub(super) record: Record,
}

impl Found {
    pub(super) fn read(sequence: u64, text: &[u8]) -> Result<Self> {
        let unknown = |why: String| QueueError::Store(format!("record {sequence}: {why}"));
        let record: Record = serde_json::from_slice(text).map_err(|e| unknown(e.to_string()))?;
        if record.wattproof_job != VERSION {
            let version = record.wattproof_job;
            return Err(unknown(format!("version {version} is not known to this build")));
        }
        Ok(Self { sequence, record })
    }

    pub(super) fn first(&self) -> u64 {
        self.record.first.unwrap_or(self.sequence)
    }

    /// The latest lease's token, while there is a lease.
    pub(super) fn token(&self) -> u64 {
        self.record.token.unwrap_or(self.sequence)
    }

    /// Whether a lease is the latest, in time, and the job was not taken back.
    pub(super) fn under(&self, lease: Lease, now: u64) -> Result<()> {
        let Record { state, lease_until, .. } = self.record;
        let held = state == State::Proving && self.token() == lease.token && lease_until > now;
        if held { Ok(()) } else { Err(QueueError::Stale) }
    }

    pub(super) fn job(&self) -> Job {
        let record = &self.record;
        Job {
            job: record.id(),
            state: record.state,
            circuit_id: record.circuit,
            key: record.key,
            attempts: record.attempts,
            submitted_ms: record.submitted,
            changed_ms: record.changed,
            expires_ms: record.expires,
            reason: record.reason.as_deref().map(Reason::new),
            proving_ms: record.proving_ms,
        }
    }

    /// What the next record begins with.
    pub(super) fn next(&self) -> Record {
        let mut record = self.record.clone();
        record.first = Some(self.first());
        record.token = (record.state == State::Proving).then(|| self.token());
        record
    }
}

impl Record {
    pub(super) fn new(job: &NewJob, sealed: Blob, now: u64, settings: &Settings) -> Self {
        let Subject { tenant, circuit, key, package } = job.subject.clone();
        Self {
            wattproof_job: VERSION,
            tenant,
            circuit,
            key,
            package,
            state: State::Queued,
            attempts: 0,
            submitted: now,
            changed: now,
            expires: after(now, settings.unfinished),
            first: None,
            token: None,
            lease_until: 0,
            reason: None,
            proving_ms: None,
            had_result: false,
            sealed: Some(sealed),
            bundle: None,
            work: None,
            stamp: 0,
        }
    }

    pub(super) fn subject(&self) -> Subject {
        Subject {
            tenant: self.tenant.clone(),
            circuit: self.circuit,
            key: self.key,
            package: self.package,
        }
    }

    pub(super) fn id(&self) -> JobId {
        self.subject().id()
    }

    pub(super) fn tenant(&self) -> &str {
        &self.tenant
    }

    pub(super) fn key(&self) -> Digest {
        self.key
    }

    /// Whether a submission begins the job anew.
    pub(super) fn begins_anew(&self) -> bool {
        match self.state {
            State::Cancelled => true,
            State::Expired => !self.had_result,
            State::Refused => self.reason.as_deref() == Some(DOES_NOT_OPEN),
            _ => false,
        }
    }

    pub(super) fn begin(&mut self, sealed: Blob, now: u64, settings: &Settings) {
        self.wait(now, None);
        self.attempts = 0;
        self.expires = after(now, settings.unfinished);
        self.sealed = Some(sealed);
    }

    fn wait(&mut self, now: u64, reason: Option<&str>) {
        self.end(State::Queued, reason, now);
    }

    /// Takes a lease: this record's sequence is its token.
    pub(super) fn lease(&mut self, work: u64, now: u64, settings: &Settings) {
        self.state = State::Proving;
        self.attempts += 1;
        (self.token, self.work) = (None, Some(work));
        self.lease_until = after(now, settings.lease);
        self.changed = now;
    }

    pub(super) fn give_back(&mut self, code: &str, now: u64, settings: &Settings) {
        if self.attempts >= settings.attempts {
            self.end(State::Parked, Some(code), now);
        } else {
            self.wait(now, Some(code));
        }
    }

    pub(super) fn end(&mut self, state: State, reason: Option<&str>, now: u64) {
        self.state = state;
        self.reason = reason.map(str::to_owned);
        self.token = None;
        self.lease_until = 0;
        self.changed = now;
    }

    pub(super) fn done(&mut self, bundle: Blob, proving_ms: u64, now: u64, settings: &Settings) {
        self.end(State::Done, None, now);
        self.expires = after(now, settings.results);
        self.proving_ms = Some(proving_ms);
        self.had_result = true;
        self.bundle = Some(bundle);
    }

    /// What the record names and its state has no use for.
    pub(super) fn leftovers(&self) -> (Option<&Blob>, Option<&Blob>) {
        match self.state {
            State::Queued | State::Proving | State::Parked => (None, None),
            State::Expired => (self.sealed.as_ref(), self.bundle.as_ref()),
            State::Done | State::Refused | State::Cancelled => (self.sealed.as_ref(), None),
        }
    }

    /// When somebody has to look at the job, if nothing happens before.
    pub(super) fn due(&self, tidy: u64) -> Option<u64> {
        let over = match self.state {
            State::Proving => Some(self.lease_until),
            State::Expired => None,
            _ => Some(self.expires),
        };
        let left = (self.leftovers() != (None, None)).then(|| self.changed.saturating_add(tidy));
        over.into_iter().chain(left).min()
    }
}

pub(super) fn after(now: u64, time: std::time::Duration) -> u64 {
    now.saturating_add(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
