//! Claims that are really proved: how fast, and whether the model says the same.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde::Serialize;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_fleet::{Day, Spread, Times, Workload};
use wattproof_service::client::{Client, ClientError};
use wattproof_service::envelope::{ProverPublicKey, SealedPackage};
use wattproof_service::job::{Job, JobId, State, Subject};

use super::interrupt::Interrupt;
use super::meters::Ready;
use crate::failure::{Failure, Result};
use crate::screen::Phase;

/// Threads that send.
const SENDERS: usize = 4;
/// How busy the workers are meant to be while claims come spread.
const LOAD: f64 = 0.7;

/// Whom claims are sent to.
pub(super) struct Service<'a> {
    pub(super) client: &'a Client,
    pub(super) tenant: String,
    pub(super) prover: ProverPublicKey,
    pub(super) verifying: VerifyingKeyFile,
    pub(super) workers: usize,
}

/// What a part of the trial came to.
#[derive(Serialize)]
pub(super) struct Part {
    /// `spread` or `at-once`.
    pub(super) name: &'static str,
    pub(super) jobs: usize,
    pub(super) measured: Figures,
    pub(super) model: Figures,
    /// The largest difference between the two, as a part of the measured: of throughput and of the median and the 95th percentile of
    /// latency.
    pub(super) deviation: f64,
}

/// What is compared.
#[derive(Serialize)]
pub(super) struct Figures {
    /// Claims per second.
    pub(super) throughput: f64,
    pub(super) latency: Spread,
}

impl From<&Day> for Figures {
    fn from(day: &Day) -> Self {
        Self { throughput: day.throughput(), latency: day.latency }
    }
}

/// What the whole trial came to.
#[derive(Serialize)]
pub(super) struct Trial {
    pub(super) meters: u32,
    /// Meters whose readings miss the policy: they sent nothing.
    pub(super) without_claim: usize,
    pub(super) sent: usize,
    /// Bundles that were fetched, are what was claimed, and verify.
    pub(super) verified: usize,
    /// Jobs that did not end with a bundle, by code.
    pub(super) failed: Vec<String>,
    pub(super) interrupted: bool,
    /// Submissions acknowledged per second, by four senders at once.
    pub(super) acknowledged_per_second: f64,
    /// Without what the service does around it.
    pub(super) proving: Spread,
    /// For how long a job occupied its worker.
    pub(super) occupancy: Spread,
    pub(super) parts: Vec<Part>,
    #[serde(skip)]
    pub(super) times: Vec<u64>,
}

/// A job that was acknowledged.
struct Sent<'a> {
    id: JobId,
    ready: &'a Ready,
}

impl Service<'_> {
    fn send<'a>(&self, ready: &'a Ready) -> Result<Sent<'a>> {
        let package = ready.package.as_bytes();
        let subject = Subject {
            tenant: self.tenant.clone(),
            circuit: self.verifying.circuit_id(),
            key: self.verifying.fingerprint(),
            package: Subject::digest(package),
        };
        let sealed = SealedPackage::seal(package, &subject, &self.prover)?;
        let acknowledged = self.client.submit(&sealed)?;
        let id = subject.id();
        if acknowledged.job.job != id {
            return Err(ClientError::Strange("it acknowledged another job".into()).into());
        }
        Ok(Sent { id, ready })
    }

    /// Sends each claim at its time, by some threads; those that were acknowledged.
    fn send_all<'a>(
        &self,
        claims: &'a [Ready],
        at: &[Duration],
        interrupt: &Interrupt,
        phase: &Phase,
    ) -> Result<Vec<Sent<'a>>> {
        let (begin, next) = (Instant::now(), AtomicUsize::new(0));
        let sender = || {
            let mut sent = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let (Some(ready), Some(at)) = (claims.get(number), at.get(number)) else { break };
                while begin.elapsed() < *at && !interrupt.is_on() {
                    sleep((*at).saturating_sub(begin.elapsed()).min(Duration::from_millis(50)));
                }
                if interrupt.is_on() {
                    break;
                }
                sent.push(self.send(ready)?);
                phase.done(1);
            }
            Ok(sent)
        };
        let sent = together(SENDERS, sender)?;
        Ok(sent.into_iter().flatten().collect())
    }

    /// Each worker's worth of claims at a time: nothing waits, so that what passes is what a job occupies its worker for.
    fn calibrate<'a>(
        &self,
        claims: &'a [Ready],
        interrupt: &Interrupt,
        phase: &Phase,
    ) -> Result<Vec<(Sent<'a>, Job)>> {
        let next = AtomicUsize::new(0);
        let worker = || {
            let mut done = Vec::new();
            while let Some(ready) = claims.get(next.fetch_add(1, Ordering::Relaxed)) {
                if interrupt.is_on() {
                    break;
                }
                let sent = self.send(ready)?;
                let job = self.client.wait(sent.id, |_| ())?;
                done.push((sent, job));
                phase.done(1);
            }
            Ok(done)
        };
        Ok(together(self.workers, worker)?.into_iter().flatten().collect())
    }

    /// Waits for jobs in the order in which they were sent.
    fn wait<'a>(&self, sent: Vec<Sent<'a>>, phase: &Phase) -> Result<Vec<(Sent<'a>, Job)>> {
        let wait = |sent: Sent<'a>| {
            let job = self.client.wait(sent.id, |_| ())?;
            phase.done(1);
            Ok((sent, job))
        };
        sent.into_iter().map(wait).collect()
    }

    /// Fetches a bundle, and demands that it is what was claimed and that its proof verifies.
    fn verify(&self, sent: &Sent<'_>, key: &PreparedVerifyingKey) -> Result<()> {
        let bundle = Bundle::from_json(&self.client.bundle(sent.id)?).map_err(Failure::Bundle)?;
        let own = bundle.circuit_id == self.verifying.circuit_id();
        if !own || bundle.statement != sent.ready.statement {
            return Err(Failure::OtherBundle);
        }
        let proof = bundle.proof().map_err(Failure::Bundle)?;
        key.verify(&bundle.statement.to_public_inputs(), &proof).map_err(Failure::Bundle)
    }
}

/// Runs the same on some threads; the first failure is that of all.
fn together<T: Send>(threads: usize, work: impl Fn() -> Result<T> + Sync) -> Result<Vec<T>> {
    let failed = Mutex::new(None);
    let done = thread::scope(|scope| {
        let run = || match work() {
            Ok(done) => Some(done),
            Err(failure) => {
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
                None
            }
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        let ended = |thread: thread::ScopedJoinHandle<'_, Option<T>>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().filter_map(ended).collect()
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(failure) => Err(failure),
        None => Ok(done),
    }
}

/// In microseconds, from acknowledgement to durable result, as the service's clock has it.
fn latency(job: &Job) -> u64 {
    job.changed_ms.saturating_sub(job.submitted_ms).max(1) * 1_000
}

/// Has claims proved: some while nothing waits, which the model is made of; half of the others spread, half at once, which it is held
/// against. Then verifies every bundle.
pub(super) fn run(
    service: &Service<'_>,
    claims: &[Ready],
    seed: u64,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<Trial> {
    let (first, rest) = claims.split_at((claims.len() / 4).max(1));
    phase.count("Proving one by one", first.len());
    let mut all = service.calibrate(first, interrupt, phase)?;
    let mut trial = Trial {
        meters: 0,
        without_claim: 0,
        sent: 0,
        verified: 0,
        failed: Vec::new(),
        interrupted: false,
        acknowledged_per_second: 0.0,
        proving: Spread::default(),
        occupancy: Spread::default(),
        parts: Vec::new(),
        times: all
            .iter()
            .filter(|(_, job)| job.state == State::Done)
            .map(|d| latency(&d.1))
            .collect(),
    };
    if let Ok(times) = Times::new(trial.times.clone()) {
        trial.occupancy = times.spread();
        let (spread, at_once) = rest.split_at(rest.len() / 2);
        let window = spread.len() as f64 * times.mean_s() / service.workers as f64 / LOAD;
        let moments = Workload::moments(spread.len(), window, seed);
        phase.count("Proving claims as they come", spread.len());
        let sent = service.send_all(spread, &moments, interrupt, phase)?;
        let done = service.wait(sent, phase)?;
        trial.parts.extend(compare("spread", &done, &times, service.workers, seed));
        all.extend(done);

        phase.count("Sending all at once", at_once.len());
        let begin = Instant::now();
        let now = vec![Duration::ZERO; at_once.len()];
        let sent = service.send_all(at_once, &now, interrupt, phase)?;
        trial.acknowledged_per_second = sent.len() as f64 / begin.elapsed().as_secs_f64();
        phase.count("Proving what waits", sent.len());
        let done = service.wait(sent, phase)?;
        trial.parts.extend(compare("at-once", &done, &times, service.workers, seed));
        all.extend(done);
    }
    phase.count("Verifying", all.len());
    let key = PreparedVerifyingKey::from(service.verifying.key());
    for (sent, job) in &all {
        match (&job.reason, job.state) {
            (_, State::Done) => {
                service.verify(sent, &key)?;
                trial.verified += 1;
            }
            (Some(reason), _) => trial.failed.push(reason.code.clone()),
            (None, state) => trial.failed.push(state.name().into()),
        }
        phase.done(1);
    }
    let proving = all.iter().filter_map(|(_, job)| Some(job.proving_ms? * 1_000)).collect();
    trial.proving = Spread::of(proving);
    trial.sent = all.len();
    trial.interrupted = interrupt.is_on();
    Ok(trial)
}

/// The same claims in the model: they come when they really came, and occupy workers for as long as those did while nothing waited.
fn compare(
    name: &'static str,
    done: &[(Sent<'_>, Job)],
    times: &Times,
    workers: usize,
    seed: u64,
) -> Option<Part> {
    let done: Vec<&Job> =
        done.iter().map(|(_, job)| job).filter(|job| job.state == State::Done).collect();
    let first = done.iter().map(|job| job.submitted_ms).min()?;
    let arrivals: Vec<u64> = done.iter().map(|job| (job.submitted_ms - first) * 1_000).collect();
    let model = Figures::from(&Workload::arriving(&arrivals, times, seed).ok()?.run(workers));
    let last = done.iter().map(|job| job.changed_ms).max()?;
    let measured = Figures {
        throughput: done.len() as f64 / (last.saturating_sub(first).max(1) as f64 / 1e3),
        latency: Spread::of(done.iter().map(|job| latency(job)).collect()),
    };
    let pairs = [
        (measured.throughput, model.throughput),
        (measured.latency.p50 as f64, model.latency.p50 as f64),
        (measured.latency.p95 as f64, model.latency.p95 as f64),
    ];
    let deviation = pairs.iter().map(|(real, said)| (said / real - 1.0).abs()).fold(0.0, f64::max);
    Some(Part { name, jobs: done.len(), measured, model, deviation })
}
