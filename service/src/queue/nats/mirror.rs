//! Every job's latest record, in memory: what lists, counts and due times are read from. It follows the stream of records; own writes are
//! there at once, others' a moment later. Nothing is decided by it: a decision is a compare-and-set on the record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wattproof_circuits::format::Digest;

use super::record::{Found, Record};
use crate::job::{Job, JobId, State};
use crate::queue::{Depth, Filter, Listener, QueueError, Result};

/// How long a package that its record has no use for is left to whoever ended the job.
pub(super) const TIDY: u64 = 10_000;
/// When a waiting job is handed out again for the first time, should its message not be there; then after twice as long each time.
const HANDED_OUT: Duration = Duration::from_secs(2);
const MOST_DOUBLINGS: u32 = 8;

#[derive(Default)]
struct Jobs {
    found: HashMap<JobId, Found>,
    /// Of each tenant, in the order of submission.
    of_tenant: HashMap<String, BTreeSet<(u64, JobId)>>,
    /// What waits, by key and tenant.
    waiting: BTreeMap<Digest, BTreeMap<String, BTreeSet<(u64, JobId)>>>,
    due: BTreeSet<(u64, JobId)>,
    /// When waiting jobs are handed out again.
    again: BTreeSet<(Instant, JobId)>,
    again_of: HashMap<JobId, (Instant, u32)>,
    counts: BTreeMap<State, u64>,
    /// Open jobs of each tenant.
    open: HashMap<String, u64>,
    /// How often each tenant's turn was, by a count of all turns.
    turns: HashMap<String, u64>,
    turn: u64,
}

#[derive(Default)]
pub(super) struct Mirror {
    jobs: Mutex<Jobs>,
    listener: Mutex<Option<Listener>>,
}

fn is_open(state: State) -> bool {
    matches!(state, State::Queued | State::Proving)
}

impl Jobs {
    fn add(&mut self, id: JobId, found: Found) {
        let (first, record) = (found.first(), &found.record);
        let tenant = record.tenant();
        self.of_tenant.entry(tenant.into()).or_default().insert((first, id));
        self.due.extend(record.due(TIDY).map(|due| (due, id)));
        *self.counts.entry(record.state).or_default() += 1;
        if is_open(record.state) {
            *self.open.entry(tenant.into()).or_default() += 1;
        }
        if record.state == State::Queued {
            let tenants = self.waiting.entry(record.key()).or_default();
            tenants.entry(tenant.into()).or_default().insert((first, id));
            self.hand_out_again(id, 0);
        }
        self.found.insert(id, found);
    }

    fn remove(&mut self, id: JobId) {
        let Some(found) = self.found.remove(&id) else { return };
        let (first, record) = (found.first(), &found.record);
        let tenant = record.tenant();
        if let Some(due) = record.due(TIDY) {
            self.due.remove(&(due, id));
        }
        if let Some(count) = self.counts.get_mut(&record.state) {
            *count -= 1;
        }
        if let Some(open) = self.open.get_mut(tenant).filter(|_| is_open(record.state)) {
            *open -= 1;
        }
        if record.state == State::Queued {
            self.unwait(record.key(), tenant, (first, id));
            if let Some((then, _)) = self.again_of.remove(&id) {
                self.again.remove(&(then, id));
            }
        }
    }

    fn unwait(&mut self, key: Digest, tenant: &str, place: (u64, JobId)) {
        let Some(tenants) = self.waiting.get_mut(&key) else { return };
        if let Some(places) = tenants.get_mut(tenant) {
            places.remove(&place);
            if places.is_empty() {
                tenants.remove(tenant);
            }
        }
        if tenants.is_empty() {
            self.waiting.remove(&key);
        }
    }

    fn hand_out_again(&mut self, id: JobId, doublings: u32) {
        let then = Instant::now() + HANDED_OUT * (1 << doublings.min(MOST_DOUBLINGS));
        self.again.insert((then, id));
        self.again_of.insert(id, (then, doublings));
    }
}

impl Mirror {
    fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn listen(&self, listener: Listener) {
        *self.listener.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    /// Takes a record in, unless a later one is there.
    pub(super) fn apply(&self, found: Found) {
        let (id, state) = (found.record.id(), found.record.state);
        {
            let mut jobs = self.jobs();
            let before = jobs.found.get(&id).map(|known| (known.sequence, known.record.state));
            if before.is_some_and(|(sequence, _)| sequence >= found.sequence) {
                return;
            }
            jobs.remove(id);
            jobs.add(id, found);
            if before.is_some_and(|(_, before)| before == state) {
                return;
            }
        }
        let listener = self.listener.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listener) = &*listener {
            listener(id, state);
        }
    }

    /// How many jobs are open: of all tenants, and of one.
    pub(super) fn open(&self, tenant: &str) -> (u64, u64) {
        let jobs = self.jobs();
        let all = jobs.open.values().sum();
        (all, jobs.open.get(tenant).copied().unwrap_or(0))
    }

    /// Keys and tenants for which jobs wait: first those of the tenant whose last turn is longest ago.
    pub(super) fn waiting(&self, keys: &[Digest]) -> Vec<(Digest, String)> {
        let jobs = self.jobs();
        let mut waiting: Vec<_> = keys
            .iter()
            .filter_map(|key| Some((key, jobs.waiting.get(key)?)))
            .flat_map(|(key, tenants)| tenants.iter().map(move |(tenant, ids)| (key, tenant, ids)))
            .map(|(key, tenant, ids)| {
                let turn = jobs.turns.get(tenant).copied().unwrap_or(0);
                (turn, ids.first().copied(), *key, tenant.clone())
            })
            .collect();
        waiting.sort_unstable();
        waiting.into_iter().map(|(_, _, key, tenant)| (key, tenant)).collect()
    }

    pub(super) fn took_turn(&self, tenant: &str) {
        let mut jobs = self.jobs();
        jobs.turn += 1;
        let turn = jobs.turn;
        jobs.turns.insert(tenant.into(), turn);
    }

    /// Jobs whose lease, or time, or leftovers are due.
    pub(super) fn due(&self, now: u64) -> Vec<JobId> {
        self.jobs().due.iter().take_while(|(due, _)| *due <= now).map(|(_, id)| *id).collect()
    }

    /// Waiting jobs to hand out again. Each is told once, and then after twice as long.
    pub(super) fn to_hand_out(&self) -> Vec<(JobId, Record)> {
        let mut jobs = self.jobs();
        let now = Instant::now();
        let ids: Vec<_> = jobs.again.iter().take_while(|(then, _)| *then <= now).copied().collect();
        ids.into_iter()
            .filter_map(|(then, id)| {
                jobs.again.remove(&(then, id));
                let (_, doublings) = jobs.again_of.remove(&id)?;
                jobs.hand_out_again(id, doublings + 1);
                Some((id, jobs.found.get(&id)?.record.clone()))
            })
            .collect()
    }

    pub(super) fn list(&self, tenant: &str, filter: &Filter) -> Result<Vec<Job>> {
        let jobs = self.jobs();
        let before = match filter.after {
            None => (u64::MAX, JobId(Digest([u8::MAX; 32]))),
            Some(id) => match jobs.found.get(&id) {
                Some(found) if found.record.tenant() == tenant => (found.first(), id),
                _ => return Err(QueueError::NotFound),
            },
        };
        let Some(own) = jobs.of_tenant.get(tenant) else { return Ok(Vec::new()) };
        let newest = own.range(..before).rev().filter_map(|(_, id)| jobs.found.get(id));
        let wanted = newest.filter(|found| filter.state.is_none_or(|s| s == found.record.state));
        Ok(wanted.take(filter.limit as usize).map(Found::job).collect())
    }

    pub(super) fn depth(&self) -> Depth {
        Depth(self.jobs().counts.iter().map(|(state, count)| (*state, *count)).collect())
    }
}
