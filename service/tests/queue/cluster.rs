//! Three servers as `deploy/nats.conf` has them, each job on all of them, and one after the other killed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, stream::Info};
use wattproof_service::job::{JobId, State};
use wattproof_service::queue::nats::{Credentials, NatsQueue, Reach};
use wattproof_service::queue::{JobQueue, NewJob, QueueError, Settings};
use zeroize::Zeroizing;

use crate::deployed::{Place, certify, configuration, passwords};
use crate::server::{NatsServer, free_port};
use crate::suite::{KEY, new_job, settings};

const STREAMS: [&str; 4] = ["job", "work", "package", "bundle"];

struct Cluster {
    servers: Vec<NatsServer>,
    reach: Reach,
    _folders: [tempfile::TempDir; 3],
}

impl Cluster {
    fn start() -> Self {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let (ports, routes) = ([(); 3].map(|()| free_port()), [(); 3].map(|()| free_port()));
        certify(folders[0].path());
        for folder in &folders[1..] {
            for name in ["ca.pem", "server.pem", "server.key"] {
                std::fs::copy(folders[0].path().join(name), folder.path().join(name)).unwrap();
            }
        }
        // None is ready before it has met the others.
        let start = |one: usize| {
            let place = Place {
                name: format!("n{}", one + 1),
                own: routes[one],
                others: [routes[(one + 1) % 3], routes[(one + 2) % 3]],
            };
            let folder = folders[one].path();
            let config = configuration(folder, ports[one], None, Some(&place));
            NatsServer::configured(folder, ports[one], &config, &passwords())
        };
        let servers = std::thread::scope(|scope| {
            let start = &start;
            let all = [0, 1, 2].map(|one| scope.spawn(move || start(one)));
            all.map(|one| one.join().unwrap())
        });
        let urls = ports.map(|port| format!("tls://127.0.0.1:{port}"));
        let reach = Reach {
            credentials: Credentials::Password {
                user: "serve".into(),
                password: Zeroizing::new("password-of-serve".into()),
            },
            authority: Some(folders[0].path().join("ca.pem")),
            replicas: 3,
            ..Reach::new(urls.into())
        };
        Self { servers: servers.into(), reach, _folders: folders }
    }

    /// What the servers say of a stream, as soon as they say something that will do.
    fn stream(&self, word: &str, good: impl Fn(&Info) -> bool) -> Info {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let ca = self.reach.authority.clone().unwrap();
            let options = async_nats::ConnectOptions::with_user_and_password(
                "serve".into(),
                "password-of-serve".into(),
            );
            let options = options.add_root_certificates(ca).retry_on_initial_connect();
            let client = options.connect(self.reach.servers.clone()).await.unwrap();
            let context = jetstream::new(client);
            let begin = Instant::now();
            loop {
                if let Ok(stream) = context.get_stream(format!("wattproof-{word}")).await {
                    let info = stream.cached_info().clone();
                    if good(&info) {
                        return info;
                    }
                }
                assert!(begin.elapsed() < Duration::from_secs(60), "{word}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        })
    }

    /// Which server decides on a stream, once all three have all of it.
    fn leader(&self, word: &str) -> usize {
        let info = self.stream(word, |info| {
            let cluster = info.cluster.as_ref().unwrap();
            cluster.leader.is_some()
                && cluster.replicas.len() == 2
                && cluster.replicas.iter().all(|one| one.current)
        });
        let leader = info.cluster.unwrap().leader.unwrap();
        leader.trim_start_matches('n').parse::<usize>().unwrap() - 1
    }
}

/// Acknowledged jobs, with the bundle that a worker was told to be the job's.
type Known = Mutex<BTreeMap<JobId, Option<Vec<u8>>>>;

fn done(known: &Known) -> usize {
    known.lock().unwrap().values().flatten().count()
}

fn numbered(number: u64) -> NewJob {
    let mut job = new_job("a", 0);
    job.subject.package.0[..8].copy_from_slice(&number.to_le_bytes());
    job.sealed = vec![7; 20_000];
    job
}

/// Submits one job after the other, and notes what is acknowledged.
fn send(queue: &NatsQueue, known: &Known, over: &AtomicBool) {
    let mut number = 0;
    while !over.load(Ordering::Relaxed) {
        let job = numbered(number);
        if let Ok(submitted) = queue.submit(&job) {
            assert_eq!(submitted.job.job, job.subject.id());
            known.lock().unwrap().entry(submitted.job.job).or_default();
            number += 1;
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Takes a job, if there is one, and ends it with a bundle that no other attempt has.
fn work(queue: &NatsQueue, known: &Known) {
    let Ok(Some(leased)) = queue.claim(&[KEY]) else { return };
    let bundle = leased.lease.token.to_le_bytes().to_vec();
    match queue.complete(leased.lease, &bundle, Duration::ZERO) {
        Ok(()) => {
            let before = known.lock().unwrap().insert(leased.lease.job, Some(bundle));
            assert_eq!(before.flatten(), None, "two results");
        }
        // Not answered in time: it is done, or will be by another attempt.
        Err(QueueError::Store(_) | QueueError::Stale) => {}
        Err(other) => panic!("{other}"),
    }
}

/// Leaders are killed, one after the other, while jobs come and are done. Whatever was acknowledged is done in the end, with one result.
fn losing_servers(rounds: usize) {
    let mut cluster = Cluster::start();
    let settings = Settings {
        // As in production: longer than an election.
        lease: Duration::from_secs(12),
        attempts: 100,
        room: 100_000,
        tenant_room: 100_000,
        ..settings()
    };
    let reach = cluster.reach.clone();
    let open = || NatsQueue::open(&reach, settings.clone()).unwrap();
    let (sender, worker) = (open(), open());
    for word in STREAMS {
        assert_eq!(cluster.stream(word, |_| true).config.num_replicas, 3, "{word}");
    }
    // What waits is not handed out twice: the servers of a cluster say so as one does.
    let waits = sender.submit(&new_job("b", 1)).unwrap().job.job;
    std::thread::sleep(Duration::from_millis(2500));
    sender.settle().unwrap();
    assert_eq!(cluster.stream("work", |_| true).state.messages, 1);
    sender.cancel("b", waits).unwrap();
    let (known, over) = (Known::default(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| send(&sender, &known, &over));
        scope.spawn(|| {
            let mut settled = Instant::now();
            while !over.load(Ordering::Relaxed) {
                work(&worker, &known);
                // As processes do every now and then.
                if settled.elapsed() > Duration::from_secs(2) {
                    let _ = worker.settle();
                    settled = Instant::now();
                }
            }
        });
        let goes_on = || {
            let (begin, before) = (Instant::now(), done(&known));
            while done(&known) < before + 5 {
                assert!(
                    begin.elapsed() < Duration::from_secs(90),
                    "nothing goes on: {:?}, {:?}; {:?}, {:?}",
                    worker.depth(),
                    worker.settle(),
                    open().depth(),
                    worker.claim(&[KEY]).map(|leased| leased.is_some())
                );
                std::thread::sleep(Duration::from_millis(10));
            }
            begin.elapsed()
        };
        goes_on();
        for round in 0..rounds {
            let word = STREAMS[round % 2];
            let struck = cluster.leader(word);
            cluster.servers[struck].kill();
            println!("n{} of {word} killed: on after {:?}", struck + 1, goes_on());
            cluster.servers[struck].run();
        }
        over.store(true, Ordering::Relaxed);
    });
    // Whoever reads all of it anew finishes it.
    let reader = open();
    let jobs: Vec<JobId> = known.lock().unwrap().keys().copied().collect();
    let begin = Instant::now();
    let is_done = |id: &JobId| reader.job("a", *id).is_ok_and(|job| job.state == State::Done);
    while !jobs.iter().all(is_done) {
        let most = Duration::from_secs(90 + jobs.len() as u64);
        assert!(begin.elapsed() < most, "{:?}", reader.depth());
        // A settled lease, a message that was lost with a server.
        let _ = reader.settle();
        work(&reader, &known);
    }
    for (id, bundle) in known.lock().unwrap().iter() {
        let found = reader.bundle("a", *id).unwrap();
        assert!(bundle.as_ref().is_none_or(|bundle| *bundle == found), "two results of {id}");
    }
    println!("{} jobs acknowledged, all done, one result each", jobs.len());
    assert!(jobs.len() > 5 * rounds);
}

#[test]
fn a_cluster_loses_nothing_with_a_server() {
    losing_servers(2);
}

/// `cargo xtask campaign` runs it.
#[test]
#[ignore = "minutes of kill -9"]
fn cluster_campaign() {
    losing_servers(30);
}
