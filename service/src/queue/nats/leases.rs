//! What workers do: leases, from a message of the work queue to a record that ends.

use std::time::Duration;

use async_nats::jetstream::AckKind;
use tracing::{error, warn};
use wattproof_circuits::format::Digest;

use super::inner::{Edit, Inner, patiently};
use super::record::{Found, Record, after};
use super::streams::{Kind, fault};
use crate::job::{DOES_NOT_OPEN, LEASE_EXPIRED, State};
use crate::queue::{Lease, Leased, NewJob, QueueError, Result};

/// How long to wait for a message of a job that seems to wait.
const GLANCE: Duration = Duration::from_millis(20);

/// What a message of the work queue came to.
enum Taken {
    Leased(Box<Leased>),
    /// It was for a job that does not wait.
    Dropped,
    Nothing,
}

impl Inner {
    pub(super) async fn claim(&self, keys: &[Digest]) -> Result<Option<Leased>> {
        self.settle(false).await?;
        for (key, tenant) in self.mirror.waiting(keys) {
            loop {
                match self.take(key, &tenant).await? {
                    Taken::Leased(leased) => return Ok(Some(*leased)),
                    Taken::Dropped => {}
                    Taken::Nothing => break,
                }
            }
        }
        Ok(None)
    }

    /// Takes the message of a job, and the lease.
    async fn take(&self, key: Digest, tenant: &str) -> Result<Taken> {
        let Some((id, work, message)) = self.streams.take(key, tenant, GLANCE).await? else {
            return Ok(Taken::Nothing);
        };
        enum Finding {
            Leased,
            Later(u64),
            Over,
        }
        let changed = self.change(id, |found, record| {
            let now = self.now();
            let (Some(found), Some(record)) = (found, record) else {
                return Ok(Edit::Leave(Finding::Over));
            };
            match found.record.state {
                State::Proving if found.record.lease_until > now => {
                    let left = found.record.lease_until - now;
                    return Ok(Edit::Leave(Finding::Later(left)));
                }
                State::Proving => record.give_back(LEASE_EXPIRED, now, &self.settings),
                State::Queued => {}
                _ => return Ok(Edit::Leave(Finding::Over)),
            }
            if record.state == State::Parked {
                return Ok(Edit::Write(Finding::Over));
            }
            record.lease(work, now, &self.settings);
            Ok(Edit::Write(Finding::Leased))
        });
        let (found, finding) = changed.await?;
        let (Finding::Leased, Some(found)) = (&finding, found) else {
            let kind = match finding {
                Finding::Later(left) => AckKind::Nak(Some(Duration::from_millis(left))),
                _ => AckKind::Ack,
            };
            message.double_ack_with(kind).await.map_err(fault)?;
            return Ok(Taken::Dropped);
        };
        let lease = Lease { job: id, token: found.token() };
        self.held().insert(lease.token, message);
        self.mirror.took_turn(tenant);
        let sealed = match &found.record.sealed {
            Some(blob) => self.streams.get(Kind::Package, blob).await?,
            None => None,
        };
        let Some(sealed) = sealed else {
            // Whoever sent it sends it again.
            error!(job = %id, "its package is gone");
            self.end(lease, |record, now| record.end(State::Refused, Some(DOES_NOT_OPEN), now))
                .await?;
            return Ok(Taken::Dropped);
        };
        Ok(Taken::Leased(Box::new(Leased {
            lease,
            attempt: found.record.attempts,
            submitted_ms: found.job().submitted_ms,
            job: NewJob { subject: found.record.subject(), sealed },
        })))
    }

    pub(super) async fn heartbeat(&self, lease: Lease) -> Result<()> {
        let prolonged = self.edit(lease.job, |found, record| {
            let now = self.now();
            found.under(lease, now)?;
            record.lease_until = after(now, self.settings.lease);
            Ok(())
        });
        if let Err(error) = prolonged.await {
            if matches!(error, QueueError::Stale) {
                self.held().remove(&lease.token);
            }
            return Err(error);
        }
        let message = self.held().get(&lease.token).cloned();
        if let Some(message) = message
            && let Err(fault) = message.ack_with(AckKind::Progress).await
        {
            // Delivered again, it finds the lease.
            warn!(job = %lease.job, %fault, "work queue");
        }
        Ok(())
    }

    pub(super) async fn complete(
        &self,
        lease: Lease,
        bundle: &[u8],
        proving: Duration,
    ) -> Result<Found> {
        // Before anything is stored: most of those who are too late go here.
        let found = patiently(|| self.streams.read(lease.job)).await?.ok_or(QueueError::Stale)?;
        found.under(lease, self.now()).inspect_err(|_| {
            self.held().remove(&lease.token);
        })?;
        let proving = u64::try_from(proving.as_millis()).unwrap_or(u64::MAX);
        let blob = patiently(|| self.streams.put(Kind::Bundle, lease.job, bundle)).await?;
        // Whatever comes of this, the bundle stays: a write without an answer may name it yet.
        self.end(lease, |record, now| record.done(blob.clone(), proving, now, &self.settings)).await
    }

    /// Edits the record under a lease, which is over then; the message is dropped, or given back if the job waits again.
    pub(super) async fn end(&self, lease: Lease, edit: impl Fn(&mut Record, u64)) -> Result<Found> {
        let ended = self.edit(lease.job, |found, record| {
            let now = self.now();
            found.under(lease, now)?;
            edit(record, now);
            Ok(())
        });
        let ended = ended.await;
        let message = match &ended {
            Ok(_) | Err(QueueError::Stale) => self.held().remove(&lease.token),
            Err(_) => None,
        };
        let found = ended?;
        let waits = found.record.state == State::Queued;
        let told = match message {
            Some(message) => {
                let kind = if waits { AckKind::Nak(None) } else { AckKind::Ack };
                message.double_ack_with(kind).await.map_err(fault)
            }
            None => self.replace(&found).await,
        };
        if let Err(fault) = told {
            // Messages only hand out: the record is as it is to be.
            warn!(job = %lease.job, %fault, "work queue");
        }
        Ok(found)
    }

    /// Withdraws the message that a lease was taken under, and hands the job out again if it waits.
    pub(super) async fn replace(&self, found: &Found) -> Result<()> {
        if let Some(work) = found.record.work {
            self.streams.withdraw(work).await?;
        }
        if found.record.state == State::Queued {
            self.streams.hand_out(found.record.id(), &found.record).await?;
        }
        Ok(())
    }
}
