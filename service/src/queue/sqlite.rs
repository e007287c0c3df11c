//! The queue of one machine: SQLite in a file, nothing to install.
//!
//! Write-ahead log with `synchronous=FULL`: a commit has been flushed when it returns. `secure_delete` overwrites what is deleted, although
//! packages are sealed. One connection, and one lock around it: every promise is one transaction.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use wattproof_circuits::format::Digest;

use super::rows::{COLUMNS, after, digest, find, read, state};
use super::{
    Depth, Filter, JobQueue, Lease, Leased, NewJob, QueueError, Result, Settings, Settled,
    Submitted,
};
use crate::clock::{Clock, SystemClock};
use crate::job::{DOES_NOT_OPEN, Job, JobId, LEASE_EXPIRED, State, Subject};

const VERSION: i64 = 1;

const SCHEMA: &str = "
    CREATE TABLE fence (one INTEGER PRIMARY KEY CHECK (one = 1), token INTEGER NOT NULL) STRICT;
    INSERT INTO fence VALUES (1, 0);
    CREATE TABLE jobs (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        job BLOB NOT NULL UNIQUE,
        tenant TEXT NOT NULL,
        circuit BLOB NOT NULL,
        key BLOB NOT NULL,
        package BLOB NOT NULL,
        state TEXT NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        token INTEGER NOT NULL DEFAULT 0,
        lease_until INTEGER NOT NULL DEFAULT 0,
        submitted INTEGER NOT NULL,
        changed INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        reason TEXT,
        proving INTEGER,
        result BLOB
    ) STRICT;
    CREATE INDEX waiting ON jobs (state, key, tenant, seq);
    CREATE INDEX of_tenant ON jobs (tenant, seq);
    CREATE INDEX ending ON jobs (state, expires);
    CREATE TABLE packages (job BLOB PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
    CREATE TABLE bundles (job BLOB PRIMARY KEY, bundle BLOB NOT NULL) STRICT;
    CREATE TABLE turns (tenant TEXT PRIMARY KEY, token INTEGER NOT NULL) STRICT;
    PRAGMA user_version = 1;
";

/// A queue in a file.
pub struct SqliteQueue {
    connection: Mutex<Connection>,
    settings: Settings,
    clock: Arc<dyn Clock>,
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        // SQLite's messages name tables and causes, never a value.
        Self::Store(error.to_string())
    }
}

impl SqliteQueue {
    /// Opens a queue, or begins one.
    ///
    /// # Errors
    /// [`QueueError::Store`] if the file cannot be used, or is of another version.
    pub fn open(path: &Path, settings: Settings) -> Result<Self> {
        Self::with_clock(path, settings, Arc::new(SystemClock))
    }

    /// As [`SqliteQueue::open`], with another clock.
    ///
    /// # Errors
    /// As [`SqliteQueue::open`].
    pub fn with_clock(path: &Path, settings: Settings, clock: Arc<dyn Clock>) -> Result<Self> {
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        let mode: String =
            connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
        if mode != "wal" {
            return Err(QueueError::Store("there is no write-ahead log on this disk".into()));
        }
        connection.execute_batch(
            // The cache's bound, in KiB: it is reached in normal use, so that overload adds nothing to it.
            "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;
             PRAGMA cache_size = -512;",
        )?;
        let begin = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match begin.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))? {
            0 => begin.execute_batch(SCHEMA)?,
            VERSION => {}
            other => {
                let message = format!("version {other} is not known to this build");
                return Err(QueueError::Store(message));
            }
        }
        begin.commit()?;
        Ok(Self { connection: Mutex::new(connection), settings, clock })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction is rolled back when a panic drops it: what the lock guards is whole.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One promise: all of `work` or nothing, and the time as the transaction sees it.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>, u64) -> Result<T>) -> Result<T> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = work(&transaction, self.clock.now_ms())?;
        transaction.commit()?;
        Ok(done)
    }

    fn room_for(&self, on: &Transaction<'_>, tenant: &str) -> Result<()> {
        let count = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'proving')";
        let all: u64 = on.prepare_cached(count)?.query_row([], |row| row.get(0))?;
        let own: u64 = on
            .prepare_cached(&format!("{count} AND tenant = ?1"))?
            .query_row([tenant], |row| row.get(0))?;
        if all >= self.settings.room || own >= self.settings.tenant_room {
            return Err(QueueError::Full);
        }
        Ok(())
    }

    fn insert(&self, on: &Transaction<'_>, new: &NewJob, now: u64) -> Result<()> {
        let Subject { tenant, circuit, key, package } = &new.subject;
        let id = new.subject.id();
        self.room_for(on, tenant)?;
        on.prepare_cached(
            "INSERT INTO jobs (job, tenant, circuit, key, package, state, submitted, changed, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, 'queued', ?6, ?6, ?7)
             ON CONFLICT (job) DO UPDATE SET state = 'queued', attempts = 0, reason = NULL,
                changed = excluded.changed, expires = excluded.expires",
        )?
        .execute(params![
            id.0.0,
            tenant,
            circuit.0,
            key.0,
            package.0,
            now,
            after(now, self.settings.unfinished)
        ])?;
        on.prepare_cached("INSERT OR REPLACE INTO packages VALUES (?1, ?2)")?
            .execute(params![id.0.0, new.sealed])?;
        Ok(())
    }

    /// The job under a lease, if that is the latest, in time, and the job was not taken back.
    fn under(on: &Transaction<'_>, lease: Lease, now: u64) -> Result<()> {
        let held = on
            .prepare_cached(
                "SELECT 1 FROM jobs
                 WHERE job = ?1 AND state = 'proving' AND token = ?2 AND lease_until > ?3",
            )?
            .exists(params![lease.job.0.0, lease.token, now])?;
        if held { Ok(()) } else { Err(QueueError::Stale) }
    }

    fn lapse(&self, on: &Transaction<'_>, now: u64) -> Result<Vec<JobId>> {
        let jobs: Vec<(Digest, u32)> = on
            .prepare_cached(
                "SELECT job, attempts FROM jobs WHERE state = 'proving' AND lease_until <= ?1",
            )?
            .query_map([now], |row| Ok((digest(row, 0)?, row.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?;
        for (job, attempts) in &jobs {
            self.give_back(on, JobId(*job), *attempts, LEASE_EXPIRED, now)?;
        }
        Ok(jobs.into_iter().map(|(job, _)| JobId(job)).collect())
    }

    fn give_back(
        &self,
        on: &Transaction<'_>,
        job: JobId,
        attempts: u32,
        code: &str,
        now: u64,
    ) -> Result<State> {
        let state = if attempts >= self.settings.attempts { State::Parked } else { State::Queued };
        on.prepare_cached("UPDATE jobs SET state = ?2, reason = ?3, changed = ?4 WHERE job = ?1")?
            .execute(params![job.0.0, state.name(), code, now])?;
        Ok(state)
    }

    fn end(
        &self,
        on: &Transaction<'_>,
        job: JobId,
        state: State,
        reason: Option<&str>,
        now: u64,
    ) -> Result<()> {
        on.prepare_cached("UPDATE jobs SET state = ?2, reason = ?3, changed = ?4 WHERE job = ?1")?
            .execute(params![job.0.0, state.name(), reason, now])?;
        on.prepare_cached("DELETE FROM packages WHERE job = ?1")?.execute([job.0.0])?;
        Ok(())
    }
}

impl JobQueue for SqliteQueue {
    fn submit(&self, new: &NewJob) -> Result<Submitted> {
        let (tenant, id) = (&new.subject.tenant, new.subject.id());
        self.write(|on, now| {
            let fresh = match find(on, tenant, id) {
                Ok((job, result)) => match job.state {
                    State::Cancelled => true,
                    State::Expired => !result,
                    State::Refused => job.reason.is_some_and(|r| r.code == DOES_NOT_OPEN),
                    _ => false,
                },
                Err(QueueError::NotFound) => true,
                Err(error) => return Err(error),
            };
            if fresh {
                self.insert(on, new, now)?;
            }
            Ok(Submitted { job: find(on, tenant, id)?.0, fresh })
        })
    }

    fn claim(&self, keys: &[Digest]) -> Result<Option<Leased>> {
        self.write(|on, now| {
            self.lapse(on, now)?;
            // Of each tenant the job that waits longest; then the tenant whose last turn is longest ago.
            let mut best: Option<(u64, i64)> = None;
            for key in keys {
                let found = on
                    .prepare_cached(
                        "SELECT coalesce(turns.token, 0), min(seq) FROM jobs LEFT JOIN turns USING (tenant)
                         WHERE state = 'queued' AND key = ?1 GROUP BY tenant ORDER BY 1, 2 LIMIT 1",
                    )?
                    .query_row([key.0], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()?;
                best = best.into_iter().chain(found).min();
            }
            let Some((_, seq)) = best else { return Ok(None) };
            let token: u64 = on
                .prepare_cached("UPDATE fence SET token = token + 1 RETURNING token")?
                .query_row([], |row| row.get(0))?;
            let leased = on
                .prepare_cached(
                    "UPDATE jobs SET state = 'proving', attempts = attempts + 1, token = ?2,
                        lease_until = ?3, changed = ?4
                     WHERE seq = ?1
                     RETURNING job, tenant, circuit, key, package, attempts, submitted",
                )?
                .query_row(params![seq, token, after(now, self.settings.lease), now], |row| {
                    let subject = Subject {
                        tenant: row.get(1)?,
                        circuit: digest(row, 2)?,
                        key: digest(row, 3)?,
                        package: digest(row, 4)?,
                    };
                    Ok(Leased {
                        lease: Lease { job: JobId(digest(row, 0)?), token },
                        attempt: row.get(5)?,
                        submitted_ms: row.get(6)?,
                        job: NewJob { subject, sealed: Vec::new() },
                    })
                })?;
            on.prepare_cached("INSERT OR REPLACE INTO turns VALUES (?1, ?2)")?
                .execute(params![leased.job.subject.tenant, token])?;
            let sealed = on
                .prepare_cached("SELECT sealed FROM packages WHERE job = ?1")?
                .query_row([leased.lease.job.0.0], |row| row.get(0))?;
            Ok(Some(Leased { job: NewJob { sealed, ..leased.job }, ..leased }))
        })
    }

    fn heartbeat(&self, lease: Lease) -> Result<()> {
        self.write(|on, now| {
            Self::under(on, lease, now)?;
            on.prepare_cached("UPDATE jobs SET lease_until = ?2 WHERE job = ?1")?
                .execute(params![lease.job.0.0, after(now, self.settings.lease)])?;
            Ok(())
        })
    }

    fn complete(&self, lease: Lease, bundle: &[u8], proving: Duration) -> Result<()> {
        self.write(|on, now| {
            Self::under(on, lease, now)?;
            let job = lease.job.0.0;
            let result: [u8; 32] = Sha256::digest(bundle).into();
            let proving = u64::try_from(proving.as_millis()).unwrap_or(u64::MAX);
            on.prepare_cached("INSERT INTO bundles VALUES (?1, ?2)")?
                .execute(params![job, bundle])?;
            self.end(on, lease.job, State::Done, None, now)?;
            on.prepare_cached(
                "UPDATE jobs SET proving = ?2, result = ?3, expires = ?4 WHERE job = ?1",
            )?
            .execute(params![
                job,
                proving,
                result,
                after(now, self.settings.results)
            ])?;
            Ok(())
        })
    }

    fn refuse(&self, lease: Lease, code: &str) -> Result<()> {
        self.write(|on, now| {
            Self::under(on, lease, now)?;
            self.end(on, lease.job, State::Refused, Some(code), now)
        })
    }

    fn fail(&self, lease: Lease, code: &str) -> Result<State> {
        self.write(|on, now| {
            Self::under(on, lease, now)?;
            let attempts = on
                .prepare_cached("SELECT attempts FROM jobs WHERE job = ?1")?
                .query_row([lease.job.0.0], |row| row.get(0))?;
            self.give_back(on, lease.job, attempts, code, now)
        })
    }

    fn job(&self, tenant: &str, id: JobId) -> Result<Job> {
        Ok(find(&self.connection(), tenant, id)?.0)
    }

    fn bundle(&self, tenant: &str, id: JobId) -> Result<Vec<u8>> {
        let connection = self.connection();
        let (job, _) = find(&connection, tenant, id)?;
        if job.state != State::Done {
            return Err(QueueError::Wrong(job.state));
        }
        let mut bundle = connection.prepare_cached("SELECT bundle FROM bundles WHERE job = ?1")?;
        Ok(bundle.query_row([id.0.0], |row| row.get(0))?)
    }

    fn cancel(&self, tenant: &str, id: JobId) -> Result<Job> {
        self.write(|on, now| {
            let (job, _) = find(on, tenant, id)?;
            match job.state {
                State::Queued | State::Proving | State::Parked => {
                    self.end(on, id, State::Cancelled, None, now)?;
                }
                State::Cancelled => {}
                other => return Err(QueueError::Wrong(other)),
            }
            Ok(find(on, tenant, id)?.0)
        })
    }

    fn retry(&self, tenant: &str, id: JobId) -> Result<Job> {
        self.write(|on, now| {
            let (job, _) = find(on, tenant, id)?;
            if job.state != State::Parked {
                return Err(QueueError::Wrong(job.state));
            }
            self.room_for(on, tenant)?;
            on.prepare_cached(
                "UPDATE jobs SET state = 'queued', attempts = 0, reason = NULL, changed = ?2, expires = ?3
                 WHERE job = ?1",
            )?
            .execute(params![id.0.0, now, after(now, self.settings.unfinished)])?;
            Ok(find(on, tenant, id)?.0)
        })
    }

    fn list(&self, tenant: &str, filter: &Filter) -> Result<Vec<Job>> {
        let connection = self.connection();
        let before: i64 = match filter.after {
            None => i64::MAX,
            Some(id) => connection
                .prepare_cached("SELECT seq FROM jobs WHERE tenant = ?1 AND job = ?2")?
                .query_row(params![tenant, id.0.0], |row| row.get(0))
                .optional()?
                .ok_or(QueueError::NotFound)?,
        };
        let mut listing = connection.prepare_cached(&format!(
            "SELECT {COLUMNS} FROM jobs WHERE tenant = ?1 AND seq < ?2 AND (?3 IS NULL OR state = ?3)
             ORDER BY seq DESC LIMIT ?4"
        ))?;
        let state = filter.state.map(State::name);
        let jobs = listing.query_map(params![tenant, before, state, filter.limit], read)?;
        Ok(jobs.map(|job| job.map(|(job, _)| job)).collect::<rusqlite::Result<_>>()?)
    }

    fn settle(&self) -> Result<Settled> {
        self.write(|on, now| {
            let lapsed = self.lapse(on, now)?;
            let over: Vec<Digest> = on
                .prepare_cached(
                    "SELECT job FROM jobs
                     WHERE state IN ('queued', 'done', 'refused', 'parked', 'cancelled') AND expires <= ?1",
                )?
                .query_map([now], |row| digest(row, 0))?
                .collect::<rusqlite::Result<_>>()?;
            for job in &over {
                self.end(on, JobId(*job), State::Expired, None, now)?;
                on.prepare_cached("DELETE FROM bundles WHERE job = ?1")?.execute([job.0])?;
            }
            Ok(Settled { lapsed, expired: over.len() as u64 })
        })
    }

    fn depth(&self) -> Result<Depth> {
        let connection = self.connection();
        let mut counts =
            connection.prepare_cached("SELECT state, count(*) FROM jobs GROUP BY state")?;
        let counts = counts.query_map([], |row| Ok((state(row, 0)?, row.get(1)?)))?;
        Ok(Depth(counts.collect::<rusqlite::Result<_>>()?))
    }
}
