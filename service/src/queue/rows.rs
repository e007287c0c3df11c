//! Rows of the queue's tables, as what they mean.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, params};
use wattproof_circuits::format::Digest;

use super::{QueueError, Result};
use crate::job::{Job, JobId, Reason, State};

/// What a job is read from.
pub(super) const COLUMNS: &str = "job, state, circuit, key, attempts, submitted, changed, expires, reason, proving, result IS NOT NULL";

/// A row of [`COLUMNS`], and whether there ever was a result.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<(Job, bool)> {
    let job = Job {
        job: JobId(digest(row, 0)?),
        state: state(row, 1)?,
        circuit_id: digest(row, 2)?,
        key: digest(row, 3)?,
        attempts: row.get(4)?,
        submitted_ms: row.get(5)?,
        changed_ms: row.get(6)?,
        expires_ms: row.get(7)?,
        reason: row.get::<_, Option<String>>(8)?.as_deref().map(Reason::new),
        proving_ms: row.get(9)?,
    };
    Ok((job, row.get(10)?))
}

pub(super) fn find(on: &Connection, tenant: &str, id: JobId) -> Result<(Job, bool)> {
    on.prepare_cached(&format!("SELECT {COLUMNS} FROM jobs WHERE job = ?1 AND tenant = ?2"))?
        .query_row(params![id.0.0, tenant], read)
        .optional()?
        .ok_or(QueueError::NotFound)
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    row.get(column).map(Digest)
}

pub(super) fn state(row: &Row<'_>, column: usize) -> rusqlite::Result<State> {
    let name: String = row.get(column)?;
    let unknown = || rusqlite::types::FromSqlError::Other("an unknown state".into());
    State::parse(&name).ok_or_else(|| unknown().into())
}

pub(super) fn after(now: u64, time: Duration) -> u64 {
    // SQLite's integers are signed.
    let time = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    now.saturating_add(time).min(i64::MAX as u64)
}
