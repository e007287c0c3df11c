//! What senders do, and what time does: jobs begun, taken back, tried again, lapsed, expired and tidied.

use futures_util::{StreamExt, TryStreamExt, stream};
use tracing::warn;

use super::inner::{Edit, Inner, patiently};
use super::mirror::Known;
use super::record::{Found, Record};
use super::streams::{Kind, fault};
use crate::job::{Job, JobId, LEASE_EXPIRED, State};
use crate::queue::{Filter, NewJob, QueueError, Result, Settled, Submitted};

/// Records of a list that are read at once.
const AT_ONCE: usize = 16;

impl Inner {
    pub(super) fn room_for(&self, tenant: &str) -> Result<()> {
        let (all, own) = self.mirror.open(tenant);
        if all >= self.settings.room || own >= self.settings.tenant_room {
            return Err(QueueError::Full);
        }
        Ok(())
    }

    pub(super) async fn submit(&self, new: &NewJob) -> Result<Submitted> {
        let (subject, id) = (&new.subject, new.subject.id());
        let begins = |found: Option<&Found>| found.is_none_or(|found| found.record.begins_anew());
        let known = self.streams.read(id).await?;
        if let Some(found) = known.as_ref().filter(|found| !found.record.begins_anew()) {
            return Ok(Submitted { job: found.job(), fresh: false });
        }
        self.room_for(&subject.tenant)?;
        let sealed = self.streams.put(Kind::Package, id, &new.sealed).await?;
        let changed = self.change(id, |found, record| {
            if !begins(found) {
                return Ok(Edit::Leave(false));
            }
            let now = self.now();
            match record {
                Some(record) => record.begin(sealed.clone(), now, &self.settings),
                None => *record = Some(Record::new(new, sealed.clone(), now, &self.settings)),
            }
            Ok(Edit::Write(true))
        });
        let (found, fresh) = changed.await?;
        let found = found.ok_or(QueueError::NotFound)?;
        if fresh {
            // The record is what is acknowledged: should this fail, it is handed out again.
            if let Err(fault) = self.streams.hand_out(id, &found.record).await {
                warn!(job = %id, %fault, "handed out later");
            }
        }
        Ok(Submitted { job: found.job(), fresh })
    }

    pub(super) async fn retry(&self, tenant: &str, id: JobId) -> Result<Job> {
        let found = self.find(tenant, id).await?;
        let state = found.record.state;
        let old = found.record.sealed.filter(|_| state == State::Parked);
        let old = old.ok_or(QueueError::Wrong(state))?;
        self.room_for(tenant)?;
        // The job's time begins anew, and its package's with it.
        let sealed = self.streams.get(Kind::Package, &old).await?;
        let sealed = sealed
            .ok_or_else(|| fault("the package is gone: cancel the job, and send it again"))?;
        let sealed = self.streams.put(Kind::Package, id, &sealed).await?;
        let retried = self.edit(id, |found, record| {
            if found.record.state != State::Parked {
                return Err(QueueError::Wrong(found.record.state));
            }
            record.begin(sealed.clone(), self.now(), &self.settings);
            Ok(())
        });
        let found = retried.await?;
        if let Err(fault) = self.streams.delete(Kind::Package, &old).await {
            warn!(%fault, "a package ages out");
        }
        if let Err(fault) = self.streams.hand_out(id, &found.record).await {
            warn!(job = %id, %fault, "handed out later");
        }
        Ok(found.job())
    }

    pub(super) async fn cancel(&self, tenant: &str, id: JobId) -> Result<Found> {
        self.find(tenant, id).await?;
        let changed = self.change(id, |found, record| {
            let (Some(found), Some(record)) = (found, record) else {
                return Err(QueueError::NotFound);
            };
            match found.record.state {
                State::Queued | State::Proving | State::Parked => {
                    record.end(State::Cancelled, None, self.now());
                    Ok(Edit::Write(true))
                }
                State::Cancelled => Ok(Edit::Leave(false)),
                other => Err(QueueError::Wrong(other)),
            }
        });
        let (found, written) = changed.await?;
        let found = found.ok_or(QueueError::NotFound)?;
        // A worker's message must not be in the way if the job is sent again.
        if written && let Err(fault) = self.replace(&found).await {
            warn!(job = %id, %fault, "work queue");
        }
        Ok(found)
    }

    pub(super) async fn list(&self, tenant: &str, filter: &Filter) -> Result<Vec<Job>> {
        let before = match filter.after {
            None => u64::MAX,
            Some(id) => self.find(tenant, id).await?.first(),
        };
        let page = self.mirror.page(tenant, before, filter.state, filter.limit as usize);
        let jobs = stream::iter(page).map(|first| self.look(first)).buffered(AT_ONCE);
        jobs.try_collect().await
    }

    /// A job that the mirror knows.
    async fn look(&self, first: u64) -> Result<Job> {
        let look = || async {
            match self.mirror.known(first) {
                Some(Known::Live(found)) => Ok(found.job()),
                Some(Known::At(sequence)) => {
                    let found = self.streams.at(sequence).await?;
                    found.map(|found| found.job()).ok_or_else(|| fault("the job changes too fast"))
                }
                None => Err(QueueError::NotFound),
            }
        };
        patiently(look).await
    }

    pub(super) async fn settle(&self, all: bool) -> Result<Settled> {
        let mut settled = Settled::default();
        for known in self.mirror.due(self.now(), all) {
            let id = match known {
                Known::Live(found) => found.record.id(),
                Known::At(sequence) => match self.streams.at(sequence).await? {
                    Some(found) => found.record.id(),
                    // Another was quicker, which is news in a moment.
                    None => continue,
                },
            };
            if self.lapse(id).await? {
                settled.lapsed.push(id);
            } else if all {
                settled.expired += u64::from(self.expire(id).await?);
                let found = self.streams.read(id).await?;
                let left = |found: &Found| found.record.leftovers() != (None, None);
                if let Some(found) = found.filter(left) {
                    self.tidy(&found).await?;
                }
            }
        }
        if all {
            let lease = self.settings.lease.as_millis() as u64;
            for (id, record) in self.mirror.to_hand_out() {
                if record.changed.saturating_add(2 * lease) < self.now() {
                    self.streams.renew(id, &record).await?;
                } else {
                    self.streams.hand_out(id, &record).await?;
                }
            }
        }
        Ok(settled)
    }

    /// Gives back a job whose lease ran out. `false` if another saw to it.
    pub(super) async fn lapse(&self, id: JobId) -> Result<bool> {
        let changed = self.change(id, |found, record| match (found, record) {
            (Some(found), Some(record)) if found.record.state == State::Proving => {
                let now = self.now();
                if found.record.lease_until > now {
                    return Ok(Edit::Leave(false));
                }
                record.give_back(LEASE_EXPIRED, now, &self.settings);
                Ok(Edit::Write(true))
            }
            _ => Ok(Edit::Leave(false)),
        });
        let (found, lapsed) = changed.await?;
        if let Some(found) = found {
            if lapsed {
                self.replace(&found).await?;
            } else {
                self.mirror.apply(found);
            }
        }
        Ok(lapsed)
    }

    /// Ends a job whose time is over. `false` if another saw to it.
    pub(super) async fn expire(&self, id: JobId) -> Result<bool> {
        let changed = self.change(id, |found, record| match (found, record) {
            (Some(found), Some(record)) => {
                let now = self.now();
                let kept = matches!(found.record.state, State::Proving | State::Expired);
                if kept || found.record.expires > now {
                    return Ok(Edit::Leave(false));
                }
                record.end(State::Expired, None, now);
                Ok(Edit::Write(true))
            }
            _ => Ok(Edit::Leave(false)),
        });
        Ok(changed.await?.1)
    }

    /// Deletes what a record names and has no use for, and then says so in the record.
    pub(super) async fn tidy(&self, ended: &Found) -> Result<()> {
        let (sealed, bundle) = ended.record.leftovers();
        if let Some(blob) = sealed {
            self.streams.delete(Kind::Package, blob).await?;
        }
        if let Some(blob) = bundle {
            self.streams.delete(Kind::Bundle, blob).await?;
        }
        let (sealed, bundle) = (sealed.cloned(), bundle.cloned());
        let tidied = self.edit(ended.record.id(), |found, record| {
            let (old_sealed, old_bundle) = found.record.leftovers();
            if sealed.is_some() && old_sealed == sealed.as_ref() {
                record.sealed = None;
            }
            if bundle.is_some() && old_bundle == bundle.as_ref() {
                record.bundle = None;
            }
            Ok(())
        });
        tidied.await.map(drop)
    }
}
