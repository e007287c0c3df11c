//! The conformance suite. A function here is a promise of `queue/mod.rs`; `conform!` makes a test of each for one implementation.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use wattproof_circuits::format::Digest;
use wattproof_service::job::{DOES_NOT_OPEN, Job, JobId, LEASE_EXPIRED, State, Subject};
use wattproof_service::queue::{Filter, JobQueue, Lease, Leased, NewJob, QueueError, Settings};

pub(crate) const LEASE: Duration = Duration::from_secs(2);
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What every bench's queue is told.
pub(crate) fn settings() -> Settings {
    Settings {
        lease: LEASE,
        attempts: 3,
        room: 40,
        tenant_room: 30,
        unfinished: DAY,
        results: 2 * DAY,
    }
}

/// A queue under test, and a hand on its time.
pub(crate) trait Bench {
    /// Whether a tenant's jobs are claimed in the order of submission, also after failed attempts.
    const IN_ORDER: bool;

    fn queue(&self) -> &dyn JobQueue;
    /// Lets time pass.
    fn pass(&self, time: Duration);
    /// Ends the process that has the queue, as far as a test can, and begins another.
    fn restart(&mut self);
}

pub(crate) const KEY: Digest = Digest([7; 32]);
pub(crate) const OTHER_KEY: Digest = Digest([8; 32]);

pub(crate) fn new_job(tenant: &str, number: u8) -> NewJob {
    job_for(tenant, number, KEY)
}

fn job_for(tenant: &str, number: u8, key: Digest) -> NewJob {
    let subject = Subject {
        tenant: tenant.into(),
        circuit: Digest([1; 32]),
        key,
        package: Digest([number; 32]),
    };
    NewJob { subject, sealed: vec![number; 100] }
}

fn submit(bench: &impl Bench, tenant: &str, number: u8) -> JobId {
    let job = new_job(tenant, number);
    let submitted = bench.queue().submit(&job).unwrap();
    assert!(submitted.fresh);
    assert_eq!(submitted.job.state, State::Queued);
    assert_eq!(submitted.job.job, job.subject.id());
    submitted.job.job
}

fn claim(bench: &impl Bench) -> Leased {
    bench.queue().claim(&[KEY]).unwrap().expect("a job waits")
}

fn state(bench: &impl Bench, job: JobId) -> Job {
    bench.queue().job("a", job).unwrap()
}

fn complete(bench: &impl Bench, lease: Lease) -> Result<(), QueueError> {
    bench.queue().complete(lease, b"bundle", Duration::from_millis(5))
}

#[track_caller]
fn stale<T: std::fmt::Debug>(outcome: Result<T, QueueError>) {
    assert!(matches!(outcome, Err(QueueError::Stale)), "{outcome:?}");
}

#[track_caller]
fn wrong<T: std::fmt::Debug>(outcome: Result<T, QueueError>, state: State) {
    assert!(matches!(outcome, Err(QueueError::Wrong(found)) if found == state), "{outcome:?}");
}

#[track_caller]
fn absent<T: std::fmt::Debug>(outcome: Result<T, QueueError>) {
    assert!(matches!(outcome, Err(QueueError::NotFound)), "{outcome:?}");
}

pub(crate) fn a_job_is_done_once(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    let leased = claim(&bench);
    assert_eq!((leased.lease.job, leased.attempt), (job, 1));
    assert_eq!(leased.job.sealed, [1; 100]);
    assert_eq!(leased.job.subject, new_job("a", 1).subject);
    assert_eq!(state(&bench, job).state, State::Proving);
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    complete(&bench, leased.lease).unwrap();
    let done = state(&bench, job);
    assert_eq!((done.state, done.proving_ms, done.attempts), (State::Done, Some(5), 1));
    assert_eq!(bench.queue().bundle("a", job).unwrap(), b"bundle");
    stale(bench.queue().complete(leased.lease, b"another", Duration::ZERO));
    stale(bench.queue().heartbeat(leased.lease));
    assert_eq!(bench.queue().bundle("a", job).unwrap(), b"bundle");
}

pub(crate) fn sending_twice_is_one_job(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    let again = |wanted: State| {
        let again = bench.queue().submit(&new_job("a", 1)).unwrap();
        assert!(!again.fresh);
        assert_eq!((again.job.job, again.job.state), (job, wanted));
    };
    again(State::Queued);
    let leased = claim(&bench);
    again(State::Proving);
    complete(&bench, leased.lease).unwrap();
    again(State::Done);
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    // Of another tenant it is another job.
    assert_ne!(submit(&bench, "b", 1), job);
}

pub(crate) fn a_lease_that_runs_out_uses_up_an_attempt(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    let mut last = None;
    for attempt in 1..=3 {
        let leased = claim(&bench);
        assert_eq!(leased.attempt, attempt);
        if let Some(earlier) = last.replace(leased.lease) {
            assert!(leased.lease.token > earlier.token);
            stale(complete(&bench, earlier));
            stale(bench.queue().heartbeat(earlier));
            stale(bench.queue().fail(earlier, "worker-died"));
            stale(bench.queue().refuse(earlier, "condition-fails"));
        }
        bench.pass(LEASE);
        stale(complete(&bench, leased.lease));
    }
    assert_eq!(bench.queue().settle().unwrap().lapsed, [job]);
    let parked = state(&bench, job);
    assert_eq!(parked.state, State::Parked);
    assert_eq!(parked.reason.unwrap().code, LEASE_EXPIRED);
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    stale(complete(&bench, last.unwrap()));
    // It keeps its package, to be tried again.
    assert_eq!(bench.queue().retry("a", job).unwrap().attempts, 0);
    let leased = claim(&bench);
    assert!(leased.lease.token > last.unwrap().token);
    assert_eq!(leased.job.sealed, [1; 100]);
    complete(&bench, leased.lease).unwrap();
}

pub(crate) fn a_heartbeat_prolongs_a_lease(bench: impl Bench) {
    submit(&bench, "a", 1);
    let leased = claim(&bench);
    for _ in 0..5 {
        bench.pass(LEASE * 3 / 4);
        bench.queue().heartbeat(leased.lease).unwrap();
        assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    }
    complete(&bench, leased.lease).unwrap();
}

pub(crate) fn a_failed_attempt_is_tried_again_and_then_parked(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    for wanted in [State::Queued, State::Queued, State::Parked] {
        let leased = claim(&bench);
        assert_eq!(bench.queue().fail(leased.lease, "worker-died").unwrap(), wanted);
        stale(bench.queue().fail(leased.lease, "worker-died"));
        assert_eq!(state(&bench, job).reason.unwrap().code, "worker-died");
    }
    wrong(bench.queue().bundle("a", job), State::Parked);
    let again = bench.queue().submit(&new_job("a", 1)).unwrap();
    assert_eq!((again.fresh, again.job.state), (false, State::Parked));
}

pub(crate) fn a_refused_package_stays_refused(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    let leased = claim(&bench);
    bench.queue().refuse(leased.lease, "condition-fails").unwrap();
    let refused = state(&bench, job);
    assert_eq!(refused.state, State::Refused);
    assert_eq!(refused.reason.unwrap().code, "condition-fails");
    wrong(bench.queue().retry("a", job), State::Refused);
    wrong(bench.queue().cancel("a", job), State::Refused);
    assert!(!bench.queue().submit(&new_job("a", 1)).unwrap().fresh);
    stale(complete(&bench, leased.lease));
    // But one that was sealed to another key can be sealed again.
    submit(&bench, "a", 2);
    bench.queue().refuse(claim(&bench).lease, DOES_NOT_OPEN).unwrap();
    assert!(bench.queue().submit(&new_job("a", 2)).unwrap().fresh);
    assert_eq!(claim(&bench).attempt, 1);
}

pub(crate) fn a_cancelled_job_is_not_proved(bench: impl Bench) {
    let (first, second) = (submit(&bench, "a", 1), submit(&bench, "a", 2));
    assert_eq!(bench.queue().cancel("a", first).unwrap().state, State::Cancelled);
    assert_eq!(bench.queue().cancel("a", first).unwrap().state, State::Cancelled);
    let leased = claim(&bench);
    assert_eq!(leased.lease.job, second);
    bench.queue().cancel("a", second).unwrap();
    stale(bench.queue().heartbeat(leased.lease));
    stale(complete(&bench, leased.lease));
    wrong(bench.queue().bundle("a", second), State::Cancelled);
    // Sent again, it is meant: with the new package, and all its attempts.
    let again = NewJob { sealed: vec![9; 10], ..new_job("a", 2) };
    assert!(bench.queue().submit(&again).unwrap().fresh);
    let anew = claim(&bench);
    assert_eq!((anew.lease.job, anew.attempt), (second, 1));
    assert_eq!(anew.job.sealed, [9; 10]);
    stale(complete(&bench, leased.lease));
    complete(&bench, anew.lease).unwrap();
    wrong(bench.queue().cancel("a", second), State::Done);
}

pub(crate) fn tenants_do_not_see_each_other(bench: impl Bench) {
    let job = submit(&bench, "a", 1);
    let queue = bench.queue();
    let look = |tenant: &str| {
        absent(queue.job(tenant, job));
        absent(queue.bundle(tenant, job));
        absent(queue.cancel(tenant, job));
        absent(queue.retry(tenant, job));
        let after = Filter { state: None, after: Some(job), limit: 9 };
        absent(queue.list(tenant, &after));
        assert!(queue.list(tenant, &Filter { after: None, ..after }).unwrap().is_empty());
    };
    look("b");
    complete(&bench, claim(&bench).lease).unwrap();
    look("b");
    look("");
    assert_eq!(state(&bench, job).state, State::Done);
}

pub(crate) fn workers_get_what_they_have_keys_for(bench: impl Bench) {
    bench.queue().submit(&job_for("a", 1, OTHER_KEY)).unwrap();
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    assert!(bench.queue().claim(&[]).unwrap().is_none());
    let both = bench.queue().claim(&[KEY, OTHER_KEY]).unwrap().unwrap();
    assert_eq!(both.job.subject.key, OTHER_KEY);
}

pub(crate) fn room_is_bounded(bench: impl Bench) {
    for number in 0..30 {
        submit(&bench, "a", number);
    }
    let full = |tenant: &str, number: u8| {
        let outcome = bench.queue().submit(&new_job(tenant, number));
        assert!(matches!(outcome, Err(QueueError::Full)), "{outcome:?}");
        absent(bench.queue().job(tenant, new_job(tenant, number).subject.id()));
    };
    full("a", 30);
    // What is there is still acknowledged.
    assert!(!bench.queue().submit(&new_job("a", 3)).unwrap().fresh);
    for number in 0..10 {
        submit(&bench, "b", number);
    }
    full("b", 10);
    complete(&bench, claim(&bench).lease).unwrap();
    assert!(bench.queue().submit(&new_job("c", 0)).unwrap().fresh);
    full("c", 1);
}

pub(crate) fn nothing_is_kept_for_ever(bench: impl Bench) {
    let (done, waiting) = (submit(&bench, "a", 1), submit(&bench, "a", 2));
    complete(&bench, claim(&bench).lease).unwrap();
    bench.pass(DAY);
    assert_eq!(bench.queue().settle().unwrap().expired, 1);
    assert_eq!(state(&bench, waiting).state, State::Expired);
    assert_eq!(state(&bench, done).state, State::Done);
    bench.pass(DAY);
    assert_eq!(bench.queue().settle().unwrap().expired, 1);
    wrong(bench.queue().bundle("a", done), State::Expired);
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
    // One that had a result never gets another; one that had none begins anew.
    let again = bench.queue().submit(&new_job("a", 1)).unwrap();
    assert_eq!((again.fresh, again.job.state), (false, State::Expired));
    let again = bench.queue().submit(&new_job("a", 2)).unwrap();
    assert_eq!((again.fresh, again.job.state), (true, State::Queued));
    assert_eq!(claim(&bench).lease.job, waiting);
}

pub(crate) fn lists_are_pages(bench: impl Bench) {
    let jobs: Vec<_> = (0..5).map(|number| submit(&bench, "a", number)).collect();
    bench.queue().cancel("a", jobs[2]).unwrap();
    let list = |state, after, limit| {
        let found = bench.queue().list("a", &Filter { state, after, limit }).unwrap();
        found.into_iter().map(|job| job.job).collect::<Vec<_>>()
    };
    assert_eq!(list(None, None, 2), [jobs[4], jobs[3]]);
    assert_eq!(list(None, Some(jobs[3]), 9), [jobs[2], jobs[1], jobs[0]]);
    assert_eq!(list(Some(State::Cancelled), None, 9), [jobs[2]]);
    assert_eq!(list(Some(State::Done), None, 9), []);
    assert_eq!(bench.queue().depth().unwrap().of(State::Queued), 4);
}

pub(crate) fn tenants_take_turns(bench: impl Bench) {
    for number in 0..4 {
        submit(&bench, "a", number);
    }
    submit(&bench, "b", 0);
    let turns: Vec<_> = (0..5).map(|_| claim(&bench).job.subject.tenant).collect();
    assert_eq!(turns, ["a", "b", "a", "a", "a"]);
}

pub(crate) fn acknowledged_jobs_outlive_the_process(mut bench: impl Bench) {
    let (waiting, proving, done) =
        (submit(&bench, "a", 1), submit(&bench, "a", 2), submit(&bench, "a", 3));
    let mut leases: Vec<_> = (0..3).map(|_| claim(&bench).lease).collect();
    leases.sort_by_key(|lease| lease.job != done);
    complete(&bench, leases[0]).unwrap();
    let before = leases.iter().map(|lease| lease.token).max().unwrap();
    bench
        .queue()
        .fail(leases.iter().find(|l| l.job == waiting).copied().unwrap(), "worker-died")
        .unwrap();
    bench.restart();
    assert_eq!(bench.queue().bundle("a", done).unwrap(), b"bundle");
    assert_eq!(state(&bench, waiting).state, State::Queued);
    assert_eq!(state(&bench, proving).state, State::Proving);
    bench.pass(LEASE);
    let mut found: Vec<_> = (0..2).map(|_| claim(&bench)).collect();
    assert!(found.iter().all(|leased| leased.lease.token > before && leased.attempt == 2));
    found.sort_by_key(|leased| leased.lease.job != waiting);
    assert_eq!([found[0].lease.job, found[1].lease.job], [waiting, proving]);
    assert!(bench.queue().claim(&[KEY]).unwrap().is_none());
}

/// The bar: a thousand workers too late, each while another has the job, and after it is done.
pub(crate) fn a_thousand_stale_workers_are_refused(bench: impl Bench) {
    let mut refused = 0;
    for number in 0..=255 {
        for tenant in ["a", "b", "c", "d"] {
            if refused >= 1000 {
                break;
            }
            let id = submit(&bench, tenant, number);
            let late = claim(&bench);
            assert_eq!(late.lease.job, id);
            bench.pass(LEASE);
            let holder = claim(&bench);
            assert_eq!(holder.lease.job, id);
            let outcome = match number % 2 {
                0 => bench.queue().complete(late.lease, b"late", Duration::ZERO),
                _ => {
                    complete(&bench, holder.lease).unwrap();
                    bench.queue().complete(late.lease, b"late", Duration::ZERO)
                }
            };
            stale(outcome);
            if number % 2 == 0 {
                complete(&bench, holder.lease).unwrap();
            }
            assert_eq!(bench.queue().bundle(tenant, id).unwrap(), b"bundle");
            refused += 1;
        }
    }
    assert_eq!(refused, 1000);
}

/// Many workers and senders at once: every job gets one result, and no two workers hold one lease.
pub(crate) fn one_result_for_a_job_under_a_crowd(bench: impl Bench + Sync) {
    let (submitted, wins) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in 0..20 {
                    let outcome = bench.queue().submit(&new_job("a", number)).unwrap();
                    submitted.fetch_add(usize::from(outcome.fresh), Ordering::Relaxed);
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(|| {
                while wins.load(Ordering::Relaxed) < 20 {
                    let Some(leased) = bench.queue().claim(&[KEY]).unwrap() else {
                        std::thread::yield_now();
                        continue;
                    };
                    complete(&bench, leased.lease).unwrap();
                    wins.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((submitted.into_inner(), wins.into_inner()), (20, 20));
    assert_eq!(bench.queue().depth().unwrap().of(State::Done), 20);
}

/// A test of each promise, on a bench of this implementation.
macro_rules! conform {
    ($bench:expr) => {
        conform! { $bench =>
            a_job_is_done_once
            sending_twice_is_one_job
            a_lease_that_runs_out_uses_up_an_attempt
            a_heartbeat_prolongs_a_lease
            a_failed_attempt_is_tried_again_and_then_parked
            a_refused_package_stays_refused
            a_cancelled_job_is_not_proved
            tenants_do_not_see_each_other
            workers_get_what_they_have_keys_for
            room_is_bounded
            nothing_is_kept_for_ever
            lists_are_pages
            tenants_take_turns
            acknowledged_jobs_outlive_the_process
            a_thousand_stale_workers_are_refused
            one_result_for_a_job_under_a_crowd
        }
    };
    ($bench:expr => $($promise:ident)+) => {
        $(#[test]
        fn $promise() {
            $crate::suite::$promise($bench);
        })+
    };
}
pub(crate) use conform;
