//! `wattproof worker`, a machine that only proves: how it begins, ends, and is looked after.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use wattproof_service::client::Client;
use wattproof_service::job::{JobId, LEASE_EXPIRED, State};

use super::nats::free_port;
use super::{PATIENCE, Serving, ask, assert_proves, children, listening, package, signal, soon};
use crate::refusal;
use crate::world::file;

/// The words of a machine, but for how it reaches its queue.
pub(super) fn words() -> Vec<String> {
    let keys = file("keys");
    let words = ["worker", "--keys", &keys, "--prover-key", "prover.json", "--threads", "1"];
    words.map(str::to_owned).into()
}

pub(super) struct Machine {
    process: Option<Child>,
    pub(super) log: PathBuf,
    pub(super) url: String,
}

impl Machine {
    /// One in a folder with its prover's key. It listens on a free port, unless it is told where.
    pub(super) fn start(at: &Path, name: &str, more: &[&str], env: &[(&str, &str)]) -> Self {
        let log = at.join(format!("{name}.txt"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
        command
            .current_dir(at)
            .args(words())
            .args(["--log", "json"])
            .args(more)
            .envs(env.iter().copied())
            .env("TMPDIR", at.join("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap());
        if !more.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        let mut process = command.spawn().unwrap();
        let url = listening(&mut process, &log);
        Self { process: Some(process), log, url }
    }

    fn of(serving: &Serving, name: &str, more: &[&str]) -> Self {
        let url = serving.fleet.as_ref().unwrap().server.url();
        Self::start(serving.path(), name, &[&["--queue", &url], more].concat(), &[])
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.as_ref().unwrap().id()
    }

    fn get(&self, path: &str) -> (u16, String) {
        let (status, _, body) = ask(&self.url, "GET", path, None, b"");
        (status, String::from_utf8(body).unwrap())
    }

    pub(super) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    #[track_caller]
    pub(super) fn wait_for(&self, status: u16) {
        soon(|| (self.get("/readyz").0 == status).then_some(()), || self.log());
    }

    /// SIGTERM; gives the exit code.
    fn terminate(&mut self) -> i32 {
        signal(self.pid(), "TERM");
        self.process.take().unwrap().wait().unwrap().code().unwrap()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            super::end(process);
        }
    }
}

/// A service and a queue, and nobody who proves.
fn nobody() -> Serving {
    Serving::fleet(0, &["--lease", "2"], "")
}

fn submit(serving: &Serving, count: usize) -> (Client, Vec<(JobId, String)>) {
    let client = serving.client("a", PATIENCE);
    let send = |_| {
        let text = package();
        let (id, sealed) = serving.seal("a", &text);
        client.submit(&sealed).unwrap();
        (id, text)
    };
    let jobs = (0..count).map(send).collect();
    (client, jobs)
}

fn proving(client: &Client) -> Option<JobId> {
    client.list(Some(State::Proving), None, 10).unwrap().jobs.first().map(|job| job.job)
}

#[track_caller]
fn assert_done(client: &Client, jobs: &[(JobId, String)], attempts: u32) {
    for (id, text) in jobs {
        let job = client.wait(*id, |_| ()).unwrap();
        assert_eq!((job.state, job.attempts), (State::Done, attempts));
        assert_proves(&client.bundle(*id).unwrap(), text);
    }
}

#[test]
fn termination_finishes_what_a_machine_is_proving() {
    let serving = nobody();
    let mut machine = Machine::of(&serving, "first", &["--lease", "2"]);
    machine.wait_for(200);
    let (client, jobs) = submit(&serving, 5);
    soon(|| proving(&client), || machine.log());
    assert_eq!(machine.terminate(), 0);
    let log = machine.log();
    assert!(log.contains("draining") && log.contains("\"ended\""), "{log}");
    assert!(!log.contains("did not finish in time"), "{log}");
    // Finished or not begun, and said so: nothing is left under a lease.
    let states: Vec<_> = jobs.iter().map(|(id, _)| client.job(*id, 0).unwrap()).collect();
    for job in &states {
        let begun = match job.state {
            State::Done => 1,
            State::Queued => 0,
            other => panic!("{} is {other}", job.job),
        };
        assert_eq!(job.attempts, begun);
    }
    assert!(states.iter().any(|job| job.state == State::Done));
    assert!(states.iter().any(|job| job.state == State::Queued), "too few jobs to see it");
    let _second = Machine::of(&serving, "second", &["--lease", "2"]);
    assert_done(&client, &jobs, 1);
}

/// A proof that never ends, and a machine that is told to: its job goes to another, and its process with it.
#[test]
fn what_a_machine_does_not_finish_is_proved_by_another() {
    let serving = nobody();
    let mut machine = Machine::of(&serving, "first", &["--lease", "2", "--drain", "1"]);
    machine.wait_for(200);
    let workers = children(machine.pid());
    assert_eq!(workers.len(), 1);
    signal(workers[0], "STOP");
    let (client, jobs) = submit(&serving, 1);
    soon(|| proving(&client), || machine.log());
    assert_eq!(machine.terminate(), 0);
    assert!(machine.log().contains("did not finish in time"), "{}", machine.log());
    // The opened package is in no process any more.
    let gone = || !Path::new(&format!("/proc/{}", workers[0])).exists();
    let status = || fs::read_to_string(format!("/proc/{}/status", workers[0])).unwrap_or_default();
    soon(|| (gone() || status().contains("Z (zombie)")).then_some(()), status);
    let second = Machine::of(&serving, "second", &["--lease", "2"]);
    assert_done(&client, &jobs, 2);
    assert!(serving.logs().contains("lease ran out") || second.log().contains("lease ran out"));
    let metrics = second.get("/metrics").1 + &metrics(&serving);
    let lapsed = format!("wattproof_attempts_total{{outcome=\"{LEASE_EXPIRED}\"}} 1\n");
    assert!(metrics.contains(&lapsed), "{metrics}");
}

fn metrics(serving: &Serving) -> String {
    let operator = serving.token("operator");
    String::from_utf8(serving.ask("GET", "/metrics", Some(&operator), b"").2).unwrap()
}

#[test]
fn a_machine_tells_its_health_and_nothing_else() {
    let serving = nobody();
    let machine = Machine::of(&serving, "first", &[]);
    machine.wait_for(200);
    let (client, jobs) = submit(&serving, 2);
    assert_done(&client, &jobs, 1);
    assert_eq!(machine.get("/healthz"), (200, "ok\n".into()));
    let proved = || {
        let metrics = machine.get("/metrics").1;
        let all = [
            "wattproof_attempts_total{outcome=\"proved\"} 2\n",
            "wattproof_jobs{state=\"done\"} 2\n",
            "wattproof_workers_ready 1\n",
        ];
        all.iter().all(|line| metrics.contains(line)).then_some(())
    };
    soon(proved, || machine.get("/metrics").1);
    for path in ["/", "/v1/jobs", "/v1/prover", "/v1/status", "/openapi.json"] {
        assert_eq!(machine.get(path).0, 404, "{path}");
    }
    for method in ["POST", "PUT", "DELETE"] {
        assert_eq!(ask(&machine.url, method, "/metrics", None, b"").0, 405, "{method}");
    }
    // Without a token, so for this machine only, unless somebody says otherwise.
    let queue = serving.fleet.as_ref().unwrap().server.url();
    let refused = |listen: &str| {
        let mut all = words();
        all.extend(["--queue", &queue, "--listen", listen].map(str::to_owned));
        refusal(serving.path(), &all.iter().map(String::as_str).collect::<Vec<_>>())
    };
    assert_eq!(refused("0.0.0.0:0"), (2, "no-tls".into()));
    assert_eq!(refused(machine.url.rsplit('/').next().unwrap()), (2, "address-taken".into()));
    let open = Machine::of(&serving, "open", &["--listen", "0.0.0.0:0", "--open-metrics"]);
    assert_eq!(open.get("/healthz").0, 200);
}

/// A machine that starts before its broker says so and ends, for its supervisor to start it again.
#[test]
fn a_machine_without_a_broker_says_so() {
    let serving = Serving::prepared(&[]);
    let url = format!("nats://127.0.0.1:{}", free_port());
    let mut unreachable = words();
    unreachable.extend(["--queue", &url, "--log", "text"].map(str::to_owned));
    let unreachable: Vec<_> = unreachable.iter().map(String::as_str).collect();
    assert_eq!(refusal(serving.path(), &unreachable), (2, "queue-unreachable".into()));
    let mut serve = vec!["serve", "--state", "state", "--keys"];
    let keys = file("keys");
    serve.extend([&keys, "--prover-key", "prover.json", "--queue", &url]);
    assert_eq!(refusal(serving.path(), &serve), (2, "queue-unreachable".into()));
}

#[test]
fn a_broker_comes_and_goes() {
    let mut serving = nobody();
    let machine = Machine::of(&serving, "first", &["--lease", "2"]);
    machine.wait_for(200);
    let kill = |serving: &mut Serving| serving.fleet.as_mut().unwrap().server.kill();
    let run = |serving: &mut Serving| serving.fleet.as_mut().unwrap().server.run();
    // While nothing is to be done.
    kill(&mut serving);
    machine.wait_for(503);
    assert_eq!(machine.get("/healthz").0, 200);
    run(&mut serving);
    machine.wait_for(200);
    let (client, jobs) = submit(&serving, 2);
    assert_done(&client, &jobs, 1);
    // While something is being proved: the proof goes on, and is handed in when the broker is back.
    let workers = children(machine.pid());
    signal(workers[0], "STOP");
    let (client, jobs) = submit(&serving, 2);
    soon(|| proving(&client), || machine.log());
    kill(&mut serving);
    signal(workers[0], "CONT");
    machine.wait_for(503);
    std::thread::sleep(Duration::from_millis(500));
    run(&mut serving);
    for (id, text) in &jobs {
        assert_eq!(client.wait(*id, |_| ()).unwrap().state, State::Done);
        assert_proves(&client.bundle(*id).unwrap(), text);
    }
    machine.wait_for(200);
    // It proved all of it, with the process that it began with.
    assert_eq!(children(machine.pid()), workers);
}
