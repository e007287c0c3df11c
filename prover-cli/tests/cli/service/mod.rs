//! `wattproof serve` and those who use it, as processes.

mod access;
mod broker;
mod certificates;
mod crash;
#[path = "../../../../service/tests/nats/deployed.rs"]
mod deployed;
mod gateways;
mod line;
mod load;
mod machine;
#[path = "../../../../service/tests/nats/server.rs"]
mod nats;
mod privacy;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use wattproof_circuits::format::{Bundle, VerifyingKeyFile};
use wattproof_circuits::groth16::PreparedVerifyingKey;
use wattproof_circuits::relation::Claim;
use wattproof_service::client::{Client, Reach};
use wattproof_service::envelope::{ProverPublicKey, SealedPackage};
use wattproof_service::job::{JobId, Subject};
use zeroize::Zeroizing;

use crate::run;
use crate::world::{HOUR, file, world};

use self::nats::NatsServer;
// As `deployed` calls it.
use self::nats as server;

/// Most time for what takes a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// What shares a queue: the servers that have it, and machines that only prove.
struct Fleet {
    server: NatsServer,
    machines: Vec<Option<Child>>,
}

/// A folder with `prover.json`, `prover.pub.json`, tokens `a.token`, `b.token` and `operator.token`, the state of a service, and the service.
struct Serving {
    dir: tempfile::TempDir,
    service: Option<Child>,
    fleet: Option<Fleet>,
    args: Vec<String>,
    url: String,
    starts: u32,
}

impl Serving {
    fn with(args: &[&str]) -> Self {
        let mut serving = Self::prepared(args);
        serving.start();
        serving
    }

    /// A service that proves nothing itself, a queue on a NATS server, and so many machines that prove, all with these arguments.
    fn fleet(machines: usize, args: &[&str], server: &str) -> Self {
        let mut serving = Self::prepared(&[args, &["--rate", "100000", "--workers", "0"]].concat());
        serving.start_fleet(machines, args, server);
        serving
    }

    /// The same with one machine, and a service that takes packages from gateways.
    fn gateways(args: &[&str], server: &str) -> Self {
        let own = ["--rate", "100000", "--workers", "0", "--gateways"];
        let mut serving = Self::prepared(&[args, &own].concat());
        fs::write(serving.path().join("queue.password"), "password-of-service\n").unwrap();
        serving.start_fleet(1, args, server);
        serving
    }

    fn start_fleet(&mut self, machines: usize, args: &[&str], server: &str) {
        let store = self.path().join("nats");
        fs::create_dir(&store).unwrap();
        let server = NatsServer::at(&store, server);
        self.args.extend(["--queue".to_owned(), server.url()]);
        let all = (0..machines).map(|_| None).collect();
        self.fleet = Some(Fleet { server, machines: all });
        self.start();
        for machine in 0..machines {
            self.start_machine(machine, args);
        }
    }

    fn machines(&mut self) -> &mut [Option<Child>] {
        self.fleet.as_mut().map_or(&mut [], |fleet| &mut fleet.machines)
    }

    fn start_machine(&mut self, machine: usize, args: &[&str]) {
        self.starts += 1;
        let log = File::create(self.path().join(format!("service-{}.txt", self.starts))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
        let url = self.fleet.as_ref().unwrap().server.url();
        command
            .current_dir(self.path())
            .args(["worker", "--queue", &url, "--keys", &file("keys"), "--log", "json"])
            .args(["--prover-key", "prover.json", "--threads", "1"])
            .args(args)
            .env("TMPDIR", self.path().join("tmp"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        self.machines()[machine] = Some(command.spawn().unwrap());
    }

    fn prepared(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = dir.path();
        run(at, &["serve", "keygen", "-o", "prover.json", "--public-out", "prover.pub.json"]).ok();
        for tenant in ["a", "b"] {
            let token = format!("{tenant}.token");
            run(at, &["serve", "tenant", "add", tenant, "--state", "state", "-o", &token]).ok();
        }
        let operator = [
            "serve",
            "tenant",
            "add",
            "ops",
            "--state",
            "state",
            "--operator",
            "-o",
            "operator.token",
        ];
        run(at, &operator).ok();
        fs::create_dir(at.join("tmp")).unwrap();
        let args = args.iter().map(|word| (*word).to_owned()).collect();
        Self { dir, service: None, fleet: None, args, url: "127.0.0.1:0".into(), starts: 0 }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Starts the service, on the port that it had before, and waits until it is ready.
    fn start(&mut self) {
        self.start_by(|dir, args, errors| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_wattproof"));
            command.current_dir(dir).args(args).env("TMPDIR", dir.join("tmp"));
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors).spawn().unwrap()
        });
    }

    /// The same by a way of the caller's: in this folder, with these arguments, its errors to that.
    fn start_by(&mut self, launch: impl FnOnce(&Path, &[&str], Stdio) -> Child) {
        self.starts += 1;
        let log = self.path().join(format!("service-{}.txt", self.starts));
        let listen = self.url.rsplit('/').next().unwrap().to_owned();
        let keys = file("keys");
        let args = [
            &["serve", "--state", "state", "--keys", &keys, "--prover-key", "prover.json"],
            &["--listen", &listen, "--log", "json"][..],
            &self.args.iter().map(String::as_str).collect::<Vec<_>>(),
        ];
        let errors = File::create(&log).unwrap();
        let mut service = launch(self.path(), &args.concat(), errors.into());
        self.url = listening(&mut service, &log);
        self.service = Some(service);
    }

    fn wait_until_ready(&self) {
        let ready = || self.ask("GET", "/readyz", None, b"").0 == 200;
        soon(|| ready().then_some(()), || self.logs());
    }

    fn pid(&self) -> u32 {
        self.service.as_ref().unwrap().id()
    }

    /// SIGKILL.
    fn kill(&mut self) {
        end(self.service.take().unwrap());
    }

    /// SIGTERM; gives the exit code.
    fn terminate(&mut self) -> i32 {
        signal(self.pid(), "TERM");
        self.service.take().unwrap().wait().unwrap().code().unwrap()
    }

    /// Processes that the service has started.
    fn workers(&self) -> Vec<u32> {
        children(self.pid())
    }

    fn logs(&self) -> String {
        let texts = (1..=self.starts)
            .map(|n| fs::read_to_string(self.path().join(format!("service-{n}.txt"))).unwrap());
        texts.collect()
    }

    fn token(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(format!("{name}.token"))).unwrap().trim().to_owned()
    }

    fn client(&self, tenant: &str, patience: Duration) -> Client {
        let reach = Reach { url: &self.url, authority: None, plain: false, patience };
        Client::new(&reach, Zeroizing::new(self.token(tenant))).unwrap()
    }

    /// A sealed package of a tenant.
    fn seal(&self, tenant: &str, package: &str) -> (JobId, SealedPackage) {
        let key = fs::read_to_string(self.path().join("prover.pub.json")).unwrap();
        let key = ProverPublicKey::from_json(&key).unwrap();
        let verifying = verifying();
        let subject = Subject {
            tenant: tenant.into(),
            circuit: verifying.circuit_id(),
            key: verifying.fingerprint(),
            package: Subject::digest(package.as_bytes()),
        };
        (subject.id(), SealedPackage::seal(package.as_bytes(), &subject, &key).unwrap())
    }

    fn ask(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: &[u8],
    ) -> (u16, String, Vec<u8>) {
        ask(&self.url, method, path, token, body)
    }

    fn connect(&self) -> TcpStream {
        connect(&self.url)
    }
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.rsplit('/').next().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// One request by hand: status, head and body.
fn ask(
    url: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: &[u8],
) -> (u16, String, Vec<u8>) {
    let token = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{token}{kind}content-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = connect(url);
    // A request that is refused early may not be read to its end.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let split = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap_or(answer.len());
    let head = String::from_utf8(answer[..split].to_vec()).unwrap();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(0);
    (status, head, answer.split_off((split + 4).min(answer.len())))
}

/// Waits until something is there.
#[track_caller]
fn soon<T>(mut found: impl FnMut() -> Option<T>, otherwise: impl Fn() -> String) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < PATIENCE, "{}", otherwise());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Where a process that was just started listens, as its log says.
#[track_caller]
fn listening(process: &mut Child, log: &Path) -> String {
    let text = || fs::read_to_string(log).unwrap();
    let url = || {
        let text = text();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        lines.filter_map(|line| Some(line["url"].as_str()?.to_owned())).next()
    };
    let found = || {
        // In this order: what it says before it ends is seen.
        let ended = process.try_wait().unwrap().is_some();
        url().map(Ok).or(ended.then_some(Err(())))
    };
    soon(found, text).unwrap_or_else(|()| panic!("{}", text()))
}

impl Drop for Serving {
    fn drop(&mut self) {
        if self.service.is_some() {
            self.kill();
        }
        for machine in self.machines().iter_mut().filter_map(Option::take) {
            end(machine);
        }
    }
}

/// Processes that a process has started.
fn children(pid: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let children =
        tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("children")).ok());
    children
        .flat_map(|text| {
            text.split_whitespace().map(|pid| pid.parse().unwrap()).collect::<Vec<_>>()
        })
        .collect()
}

/// SIGKILL.
fn end(mut process: Child) {
    process.kill().unwrap();
    process.wait().unwrap();
}

pub(crate) fn signal(pid: u32, name: &str) {
    assert!(
        Command::new("kill")
            .args([format!("-{name}"), pid.to_string()])
            .status()
            .unwrap()
            .success()
    );
}

fn verifying() -> VerifyingKeyFile {
    let text = fs::read_to_string(world().join("key.vk.json")).unwrap();
    VerifyingKeyFile::from_json(&text).unwrap()
}

/// A witness package of its own for each call: the same hour, for another challenge.
fn package() -> String {
    static NUMBER: AtomicU64 = AtomicU64::new(1);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let nonce = format!("0x{number:064x}");
    let dir = tempfile::tempdir().unwrap();
    let names = ["device.json", "readings.json", "policy.json", "registry.log"].map(file);
    let [device, readings, policy, registry] = &names;
    let words = [
        "device",
        "sign",
        "--device",
        device,
        "--readings",
        readings,
        "--policy",
        policy,
        "--registry",
        registry,
        "--period",
        HOUR,
        "--verifier",
        "example-utility",
        "--nonce",
        &nonce,
        "-o",
        "package.json",
    ];
    run(dir.path(), &words).ok();
    // As `submit` sends it.
    let text = fs::read_to_string(dir.path().join("package.json")).unwrap();
    Claim::from_json(&text).unwrap().to_json()
}

/// Whether a bundle is what this package claims, and its proof verifies.
#[track_caller]
fn assert_proves(bundle: &str, package: &str) {
    let (bundle, verifying) = (Bundle::from_json(bundle).unwrap(), verifying());
    let (statement, _) = Claim::from_json(package).unwrap().check().unwrap();
    assert_eq!(bundle.statement, statement);
    let inputs = statement.to_public_inputs();
    PreparedVerifyingKey::from(verifying.key()).verify(&inputs, &bundle.proof().unwrap()).unwrap();
}

/// Every file below a folder.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}

/// Resident memory of a process, in KiB.
fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}
