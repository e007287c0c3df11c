//! The rules of leases, fences and attempts as plain data, and the queue held against them by random histories.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use wattproof_service::job::{JobId, State};
use wattproof_service::queue::{Lease, QueueError};

use crate::nats::{Nats, NatsServer};
use crate::sqlite::Sqlite;
use crate::suite::{Bench, KEY, LEASE, new_job, settings};

const JOBS: u8 = 4;

#[derive(Clone, Debug)]
enum Step {
    Submit(u8),
    Claim,
    /// Of the lease that was taken so many claims ago.
    Heartbeat(usize),
    Complete(usize),
    Refuse(usize),
    Fail(usize),
    Cancel(u8),
    Retry(u8),
    /// Tenths of a lease.
    Pass(u8),
    Settle,
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let job = || 0..JOBS;
    let lease = || 0..4_usize;
    prop_oneof![
        4 => job().prop_map(Step::Submit),
        5 => Just(Step::Claim),
        2 => lease().prop_map(Step::Heartbeat),
        3 => lease().prop_map(Step::Complete),
        1 => lease().prop_map(Step::Refuse),
        3 => lease().prop_map(Step::Fail),
        1 => job().prop_map(Step::Cancel),
        2 => job().prop_map(Step::Retry),
        4 => (1..15_u8).prop_map(Step::Pass),
        1 => Just(Step::Settle),
        1 => Just(Step::Restart),
    ]
}

#[derive(Clone, Debug, Default)]
struct Model {
    now: u64,
    token: u64,
    /// In the order of submission.
    jobs: Vec<ModelJob>,
}

#[derive(Clone, Debug)]
struct ModelJob {
    number: u8,
    state: State,
    attempts: u32,
    token: u64,
    until: u64,
    result: Option<Vec<u8>>,
}

impl Model {
    fn of(&mut self, number: u8) -> Option<&mut ModelJob> {
        self.jobs.iter_mut().find(|job| job.number == number)
    }

    fn lapse(&mut self) {
        let now = self.now;
        for job in self.jobs.iter_mut().filter(|j| j.state == State::Proving && j.until <= now) {
            job.give_back();
        }
    }

    /// The job under a lease that still holds.
    fn under(&mut self, lease: Lease) -> Option<&mut ModelJob> {
        let now = self.now;
        self.jobs
            .iter_mut()
            .find(|job| job.token == lease.token && job.state == State::Proving && job.until > now)
    }
}

impl ModelJob {
    fn give_back(&mut self) {
        let over = self.attempts >= settings().attempts;
        self.state = if over { State::Parked } else { State::Queued };
    }
}

fn play<B: Bench>(mut bench: B, steps: &[Step]) -> Result<(), TestCaseError> {
    let lease = LEASE.as_millis() as u64;
    let (mut model, mut leases) = (Model::default(), Vec::<Lease>::new());
    for (count, step) in steps.iter().enumerate() {
        let queue = bench.queue();
        let ago = |n: usize| leases.len().checked_sub(n + 1).map(|i| leases[i]);
        match *step {
            Step::Submit(number) => {
                let fresh = match model.of(number) {
                    None => {
                        let job = ModelJob {
                            number,
                            state: State::Queued,
                            attempts: 0,
                            token: 0,
                            until: 0,
                            result: None,
                        };
                        model.jobs.push(job);
                        true
                    }
                    Some(job) if job.state == State::Cancelled => {
                        (job.state, job.attempts) = (State::Queued, 0);
                        true
                    }
                    Some(_) => false,
                };
                prop_assert_eq!(queue.submit(&new_job("a", number)).unwrap().fresh, fresh);
            }
            Step::Claim => {
                model.lapse();
                let until = model.now + lease;
                let found = queue.claim(&[KEY]).unwrap();
                let fits = |job: &ModelJob| match &found {
                    Some(leased) if !B::IN_ORDER => leased.lease.job == id(job.number),
                    _ => true,
                };
                let mut waiting = model.jobs.iter_mut().filter(|job| job.state == State::Queued);
                let waiting = waiting.find(|job| fits(job));
                match (waiting, found) {
                    (None, None) => {}
                    (Some(job), Some(leased)) => {
                        prop_assert!(leased.lease.token > model.token);
                        model.token = leased.lease.token;
                        prop_assert_eq!(leased.lease.job, id(job.number));
                        (job.state, job.attempts) = (State::Proving, job.attempts + 1);
                        (job.token, job.until) = (model.token, until);
                        prop_assert_eq!(leased.attempt, job.attempts);
                        leases.push(leased.lease);
                    }
                    other => prop_assert!(false, "{other:?}"),
                }
            }
            Step::Heartbeat(n) => {
                let Some(held) = ago(n) else { continue };
                let until = model.now + lease;
                let job = model.under(held);
                prop_assert_eq!(queue.heartbeat(held).is_ok(), job.is_some());
                if let Some(job) = job {
                    job.until = until;
                }
            }
            Step::Complete(n) => {
                let Some(held) = ago(n) else { continue };
                let result = count.to_le_bytes().to_vec();
                let job = model.under(held);
                let outcome = queue.complete(held, &result, Duration::ZERO);
                prop_assert_eq!(outcome.is_ok(), job.is_some());
                if let Some(job) = job {
                    prop_assert_eq!(&job.result, &None);
                    (job.state, job.result) = (State::Done, Some(result));
                }
            }
            Step::Refuse(n) => {
                let Some(held) = ago(n) else { continue };
                let job = model.under(held);
                prop_assert_eq!(queue.refuse(held, "bad-policy").is_ok(), job.is_some());
                if let Some(job) = job {
                    job.state = State::Refused;
                }
            }
            Step::Fail(n) => {
                let Some(held) = ago(n) else { continue };
                let job = model.under(held);
                let outcome = queue.fail(held, "worker-died");
                match job {
                    None => prop_assert!(matches!(outcome, Err(QueueError::Stale))),
                    Some(job) => {
                        job.give_back();
                        prop_assert_eq!(outcome.unwrap(), job.state);
                    }
                }
            }
            Step::Cancel(number) => {
                let outcome = queue.cancel("a", id(number));
                let open = [State::Queued, State::Proving, State::Parked, State::Cancelled];
                let job = model.of(number).filter(|job| open.contains(&job.state));
                prop_assert_eq!(outcome.is_ok(), job.is_some());
                if let Some(job) = job {
                    job.state = State::Cancelled;
                }
            }
            Step::Retry(number) => {
                let outcome = queue.retry("a", id(number));
                let job = model.of(number).filter(|job| job.state == State::Parked);
                prop_assert_eq!(outcome.is_ok(), job.is_some());
                if let Some(job) = job {
                    (job.state, job.attempts) = (State::Queued, 0);
                }
            }
            Step::Pass(tenths) => {
                let time = LEASE / 10 * u32::from(tenths);
                bench.pass(time);
                model.now += time.as_millis() as u64;
            }
            Step::Settle => {
                queue.settle().unwrap();
                model.lapse();
            }
            Step::Restart => bench.restart(),
        }
        for job in &model.jobs {
            let id = id(job.number);
            let found = bench.queue().job("a", id).unwrap();
            prop_assert_eq!((found.state, found.attempts), (job.state, job.attempts));
            let result = bench.queue().bundle("a", id).ok();
            prop_assert_eq!(&result, &job.result);
        }
    }
    Ok(())
}

fn id(number: u8) -> JobId {
    new_job("a", number).subject.id()
}

fn cases() -> u32 {
    std::env::var("WATTPROOF_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .map_or(48, |n: u32| n.min(5_000))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases()) })]

    #[test]
    fn any_history_follows_the_rules(steps in prop::collection::vec(step(), 1..60)) {
        play(Sqlite::new(), &steps)?;
    }
}

#[test]
fn any_history_follows_the_rules_on_nats() {
    let server = Arc::new(NatsServer::start());
    let config =
        ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(cases() / 4) };
    let mut runner = TestRunner::new(config);
    let steps = prop::collection::vec(step(), 1..60);
    runner.run(&steps, |steps| play(Nats::on(&server), &steps)).unwrap();
}
