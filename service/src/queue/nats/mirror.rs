//! What lists, counts and due times are read from: in memory, a line for each job, and the whole record of those that somebody is to do something
//! about. It follows the stream of records; own writes are there at once, others' a moment later. Nothing is decided by it: a decision is a
//! compare-and-set on the record.
//!
//! Jobs are known by the sequence of their first record, which is theirs for good and takes a quarter of an id's room: a process may know millions
//! that ended. What is asked of those is read from the servers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wattproof_circuits::format::Digest;

use super::record::{Found, Record};
use crate::job::{JobId, State};
use crate::queue::{Depth, Listener};

/// How long a package that its record has no use for is left to whoever ended the job.
pub(super) const TIDY: u64 = 10_000;
/// When a waiting job is handed out again for the first time, should its message not be there; then after twice as long each time.
const HANDED_OUT: Duration = Duration::from_secs(2);
const MOST_DOUBLINGS: u32 = 8;

/// A job's line.
#[derive(Clone, Copy)]
struct Line {
    /// Of its latest record.
    sequence: u64,
    /// When somebody has to look at it; `u64::MAX` for never.
    due: u64,
    state: State,
}

/// A job as far as it is known here.
pub(super) enum Known {
    /// All of it.
    Live(Box<Found>),
    /// Where its record is.
    At(u64),
}

#[derive(Default)]
struct Jobs {
    /// Every job, by its first record.
    lines: BTreeMap<u64, Line>,
    /// The same of each tenant, which is the order of submission.
    of_tenant: HashMap<String, BTreeSet<u64>>,
    /// Records of jobs that have not ended, or have something left to be deleted.
    live: HashMap<u64, Found>,
    /// What waits, by key and tenant.
    waiting: BTreeMap<Digest, BTreeMap<String, BTreeSet<u64>>>,
    due: BTreeSet<(u64, u64)>,
    /// When waiting jobs are handed out again.
    again: BTreeSet<(Instant, u64)>,
    again_of: HashMap<u64, (Instant, u32)>,
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

fn is_live(record: &Record) -> bool {
    is_open(record.state) || record.state == State::Parked || record.leftovers() != (None, None)
}

impl Jobs {
    fn add(&mut self, found: Found) {
        let (first, record) = (found.first(), &found.record);
        let (tenant, state) = (record.tenant(), record.state);
        let due = record.due(TIDY);
        self.due.extend(due.map(|due| (due, first)));
        let line = Line { sequence: found.sequence, due: due.unwrap_or(u64::MAX), state };
        if self.lines.insert(first, line).is_none() {
            self.of_tenant.entry(tenant.into()).or_default().insert(first);
        }
        *self.counts.entry(state).or_default() += 1;
        if is_open(state) {
            *self.open.entry(tenant.into()).or_default() += 1;
        }
        if state == State::Queued {
            let tenants = self.waiting.entry(record.key()).or_default();
            tenants.entry(tenant.into()).or_default().insert(first);
            self.hand_out_again(first, 0);
        }
        if is_live(record) {
            self.live.insert(first, found);
        }
    }

    /// Takes back what a job's line and record brought; [`Jobs::add`] replaces the line.
    fn remove(&mut self, first: u64, line: Line) {
        self.due.remove(&(line.due, first));
        if let Some(count) = self.counts.get_mut(&line.state) {
            *count -= 1;
        }
        let Some(Found { record, .. }) = self.live.remove(&first) else { return };
        let tenant = record.tenant();
        if let Some(open) = self.open.get_mut(tenant).filter(|_| is_open(line.state)) {
            *open -= 1;
        }
        if line.state == State::Queued {
            self.unwait(record.key(), tenant, first);
            if let Some((then, _)) = self.again_of.remove(&first) {
                self.again.remove(&(then, first));
            }
        }
    }

    fn unwait(&mut self, key: Digest, tenant: &str, first: u64) {
        let Some(tenants) = self.waiting.get_mut(&key) else { return };
        if let Some(places) = tenants.get_mut(tenant) {
            places.remove(&first);
            if places.is_empty() {
                tenants.remove(tenant);
            }
        }
        if tenants.is_empty() {
            self.waiting.remove(&key);
        }
    }

    fn hand_out_again(&mut self, first: u64, doublings: u32) {
        let then = Instant::now() + HANDED_OUT * (1 << doublings.min(MOST_DOUBLINGS));
        self.again.insert((then, first));
        self.again_of.insert(first, (then, doublings));
    }

    fn known(&self, first: u64) -> Option<Known> {
        let line = self.lines.get(&first)?;
        let live = self.live.get(&first).map(|found| Known::Live(Box::new(found.clone())));
        Some(live.unwrap_or(Known::At(line.sequence)))
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
        let (id, first, state) = (found.record.id(), found.first(), found.record.state);
        {
            let mut jobs = self.jobs();
            let before = jobs.lines.get(&first).copied();
            if before.is_some_and(|before| before.sequence >= found.sequence) {
                return;
            }
            if let Some(before) = before {
                jobs.remove(first, before);
            }
            jobs.add(found);
            if before.is_some_and(|before| before.state == state) {
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

    /// Jobs whose lease, or leftovers are due, and, among `all`, those that ended and whose time is over.
    pub(super) fn due(&self, now: u64, all: bool) -> Vec<Known> {
        let jobs = self.jobs();
        let due = jobs.due.iter().take_while(|(due, _)| *due <= now);
        due.filter(|(_, first)| all || jobs.live.contains_key(first))
            .filter_map(|(_, first)| jobs.known(*first))
            .collect()
    }

    /// Waiting jobs to hand out again. Each is told once, and then after twice as long.
    pub(super) fn to_hand_out(&self) -> Vec<(JobId, Record)> {
        let mut jobs = self.jobs();
        let now = Instant::now();
        let all: Vec<_> = jobs.again.iter().take_while(|(then, _)| *then <= now).copied().collect();
        all.into_iter()
            .filter_map(|(then, first)| {
                jobs.again.remove(&(then, first));
                let (_, doublings) = jobs.again_of.remove(&first)?;
                jobs.hand_out_again(first, doublings + 1);
                let record = jobs.live.get(&first)?.record.clone();
                Some((record.id(), record))
            })
            .collect()
    }

    /// A tenant's newest jobs before one, by their first records.
    pub(super) fn page(
        &self,
        tenant: &str,
        before: u64,
        state: Option<State>,
        limit: usize,
    ) -> Vec<u64> {
        let jobs = self.jobs();
        let Some(own) = jobs.of_tenant.get(tenant) else { return Vec::new() };
        let wanted = |first: &u64| {
            let line = jobs.lines.get(first);
            line.is_some_and(|line| state.is_none_or(|state| state == line.state))
        };
        own.range(..before).rev().copied().filter(wanted).take(limit).collect()
    }

    /// The job of this first record.
    pub(super) fn known(&self, first: u64) -> Option<Known> {
        self.jobs().known(first)
    }

    pub(super) fn depth(&self) -> Depth {
        Depth(self.jobs().counts.iter().map(|(state, count)| (*state, *count)).collect())
    }
}
