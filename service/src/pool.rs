//! Workers kept warm: a thread for each, with a child process that has its keys loaded, replaced when it dies.

use std::ffi::OsString;
use std::io::{self, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tracing::{error, info, warn};
use wattproof_circuits::format::Bundle;

use crate::api::Service;
use crate::job::{BAD_RESULT, TIME_LIMIT, WORKER_DIED};
use crate::queue::{Leased, QueueError};
use crate::worker::{Answer, read_frame, write_frame};

/// Most time to load keys.
const WARM_UP: Duration = Duration::from_secs(300);
/// How long an idle worker goes without looking at the queue, should a signal be missed.
const IDLE: Duration = Duration::from_millis(500);

/// How workers are started.
#[derive(Clone, Debug)]
pub struct WorkerCommand {
    /// Program.
    pub program: PathBuf,
    /// Its arguments: it is to call [`crate::worker::run`] on its standard streams.
    pub args: Vec<OsString>,
    /// Threads of each; all processors' by default.
    pub threads: Option<usize>,
    /// Whether each gets `--cpu` and a processor of its own, counted from 0.
    pub pin: bool,
}

/// Starts so many workers; they end when the service drains.
pub(crate) fn start(
    service: &Arc<Service>,
    command: &WorkerCommand,
    count: usize,
) -> io::Result<Vec<JoinHandle<()>>> {
    let worker = |index: usize| {
        let (service, command) = (Arc::clone(service), command.clone());
        let name = format!("worker-{index}");
        thread::Builder::new().name(name).spawn(move || keep(&service, &command, index))
    };
    (0..count).map(worker).collect()
}

/// Keeps one worker at work.
fn keep(service: &Service, command: &WorkerCommand, index: usize) {
    let keys: Vec<_> = service.circuits.keys().copied().collect();
    let mut failures = 0_u32;
    while !service.is_draining() {
        let mut worker = match Worker::start(command, index) {
            Ok(worker) => worker,
            Err(fault) => {
                error!(worker = index, %fault, "worker does not start");
                // Longer each time, as whatever is wrong is wrong for all.
                service.signals.wait(Duration::from_secs(1 << failures.min(5)));
                failures += 1;
                continue;
            }
        };
        failures = 0;
        info!(worker = index, "worker is ready");
        service.ready.fetch_add(1, Ordering::Relaxed);
        while !service.is_draining() {
            let seen = service.signals.seen();
            match service.settle().and_then(|()| service.queue.claim(&keys)) {
                Ok(Some(leased)) => {
                    if !work(service, &mut worker, index, &leased) {
                        break;
                    }
                }
                Ok(None) if worker.is_alive() => service.signals.wait_after(seen, IDLE),
                Ok(None) => break,
                Err(fault) => {
                    error!(%fault, "queue");
                    service.signals.wait(IDLE);
                }
            }
        }
        service.ready.fetch_sub(1, Ordering::Relaxed);
    }
}

enum Outcome {
    Answer(Answer),
    TimeLimit,
    Died,
    /// The lease is over: nobody waits for this any more.
    Lost,
}

/// Does one job; `false` if the worker is not to be used again.
fn work(service: &Service, worker: &mut Worker, index: usize, leased: &Leased) -> bool {
    let (lease, subject) = (leased.lease, &leased.job.subject);
    info!(job = %lease.job, worker = index, attempt = leased.attempt, "proving");
    let outcome = worker.prove(service, leased);
    let (code, alive) = match &outcome {
        Outcome::Answer(Answer::Proved { bundle, micros }) => {
            let time = Duration::from_micros(*micros);
            if let Err(refusal) = service.verify(subject.key, bundle) {
                error!(job = %lease.job, worker = index, code = refusal.code().as_str(), "a worker's bundle does not verify");
                (BAD_RESULT, false)
            } else {
                finish(
                    service,
                    leased,
                    "proved",
                    service.queue.complete(lease, bundle.as_bytes(), time),
                );
                service.metrics.proved(subject.circuit, time);
                return true;
            }
        }
        Outcome::Answer(Answer::Refused { code }) => {
            finish(service, leased, code, service.queue.refuse(lease, code));
            return true;
        }
        Outcome::Answer(Answer::Ready) => (BAD_RESULT, false),
        Outcome::TimeLimit => (TIME_LIMIT, false),
        Outcome::Died => (WORKER_DIED, false),
        Outcome::Lost => {
            warn!(job = %lease.job, worker = index, "the lease is over");
            service.metrics.attempt("lost");
            return false;
        }
    };
    finish(service, leased, code, service.queue.fail(lease, code).map(drop));
    alive
}

fn finish(service: &Service, leased: &Leased, how: &str, done: Result<(), QueueError>) {
    let job = leased.lease.job;
    match done {
        Ok(()) => info!(%job, outcome = how, "attempt ended"),
        Err(QueueError::Stale) => warn!(%job, outcome = how, "too late: the lease is over"),
        Err(fault) => error!(%job, outcome = how, %fault, "queue"),
    }
    service.metrics.attempt(how);
    service.signals.changed(job);
}

/// A child process with its pipes. Killed when dropped.
struct Worker {
    child: Child,
    input: ChildStdin,
    answers: Receiver<io::Result<Option<Vec<u8>>>>,
}

impl Worker {
    fn start(command: &WorkerCommand, index: usize) -> io::Result<Self> {
        let mut child = Command::new(&command.program);
        child.args(&command.args);
        if command.pin {
            child.arg("--cpu").arg(index.to_string());
        }
        if let Some(threads) = command.threads {
            child.env("RAYON_NUM_THREADS", threads.to_string());
        }
        // What a library might say of a package when it panics is not to be seen.
        child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = child.spawn()?;
        let pipes = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = pipes else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let (sender, answers) = sync_channel(1);
        thread::Builder::new().name(format!("answers-{index}")).spawn(move || {
            let mut output = BufReader::new(output);
            loop {
                let frame = read_frame(&mut output);
                let more = matches!(frame, Ok(Some(_)));
                if sender.send(frame).is_err() || !more {
                    break;
                }
            }
        })?;
        let mut worker = Self { child, input, answers };
        match worker.answer(WARM_UP) {
            Ok(Some(Answer::Ready)) => Ok(worker),
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            _ => {
                let status = worker.child.wait()?;
                let message = format!("it ended with {status}: check its keys and memory limit");
                Err(io::Error::other(message))
            }
        }
    }

    /// What it says next; nothing if it is gone, or speaks nonsense.
    fn answer(&self, most: Duration) -> Result<Option<Answer>, RecvTimeoutError> {
        let frame = self.answers.recv_timeout(most)?;
        Ok(frame.ok().flatten().and_then(|frame| serde_json::from_slice(&frame).ok()))
    }

    fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    fn prove(&mut self, service: &Service, leased: &Leased) -> Outcome {
        let begin = Instant::now();
        let parts = [leased.job.subject.tenant.as_bytes(), b"\n", &leased.job.sealed];
        if write_frame(&mut self.input, &parts).is_err() {
            return Outcome::Died;
        }
        loop {
            let left = service.limits.proving.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return Outcome::TimeLimit;
            }
            match self.answer(left.min(service.lease / 3)) {
                Ok(Some(answer)) => return Outcome::Answer(answer),
                Ok(None) | Err(RecvTimeoutError::Disconnected) => return Outcome::Died,
                Err(RecvTimeoutError::Timeout) => {}
            }
            match service.queue.heartbeat(leased.lease) {
                Ok(()) => {}
                Err(QueueError::Stale) => return Outcome::Lost,
                // The lease may outlast the fault.
                Err(fault) => error!(%fault, "queue"),
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be dead already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Service {
    /// Whether a bundle's proof verifies with the key of this fingerprint.
    fn verify(
        &self,
        key: wattproof_circuits::format::Digest,
        bundle: &str,
    ) -> wattproof_circuits::error::Result<()> {
        use wattproof_circuits::error::{Code, Error};
        let wrong = || Error::new(Code::WrongCircuit, "the bundle is for another circuit.");
        let circuit = self.circuits.get(&key).ok_or_else(wrong)?;
        let bundle = Bundle::from_json(bundle)?;
        if bundle.circuit_id != circuit.file.circuit_id() {
            return Err(wrong());
        }
        let inputs = bundle.statement.to_public_inputs();
        circuit.prepared.verify(&inputs, &bundle.proof()?)
    }
}
