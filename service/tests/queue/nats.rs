//! The suite on NATS, and what is NATS's own.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, stream::Stream};
use wattproof_service::SystemClock;
use wattproof_service::job::{DOES_NOT_OPEN, State};
use wattproof_service::queue::nats::{NatsQueue, Reach};
use wattproof_service::queue::{JobQueue, Leased, NewJob, QueueError, Settings, SqliteQueue};

use crate::server::NatsServer as Server;
use crate::sqlite::Hand;
use crate::suite::{Bench, KEY, conform, new_job, settings};

/// A server in a folder of its own, without accounts.
pub(crate) struct NatsServer {
    server: Server,
    // Deleted after the server ended.
    _folder: tempfile::TempDir,
}

impl NatsServer {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server: Server::at(folder.path(), ""), _folder: folder }
    }

    fn url(&self) -> String {
        self.server.url()
    }
}

pub(crate) struct Nats {
    queue: NatsQueue,
    hand: Arc<Hand>,
    reach: Reach,
    /// Ends with the last bench on it.
    _server: Arc<NatsServer>,
}

impl Nats {
    pub(crate) fn new() -> Self {
        Self::on(&Arc::new(NatsServer::start()))
    }

    /// A queue of its own on a server that others use.
    pub(crate) fn on(server: &Arc<NatsServer>) -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let prefix = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let reach = Reach { prefix, ..Reach::new(vec![server.url()]) };
        let hand = Arc::new(Hand::new());
        let queue = open(&reach, &hand);
        Self { queue, hand, reach, _server: Arc::clone(server) }
    }
}

fn open(reach: &Reach, hand: &Arc<Hand>) -> NatsQueue {
    NatsQueue::with_clock(reach, settings(), hand.clone()).unwrap()
}

impl Bench for Nats {
    // What waits longest comes first, unless an attempt was given back.
    const IN_ORDER: bool = false;

    fn queue(&self) -> &dyn JobQueue {
        &self.queue
    }

    fn pass(&self, time: Duration) {
        self.hand.pass(time);
    }

    fn restart(&mut self) {
        // The old connection is still open when the new one reads: nothing may wait for its end.
        self.queue = open(&self.reach, &self.hand);
    }
}

conform!(Nats::new());

impl Nats {
    /// Another process's queue on the same streams.
    fn other(&self) -> NatsQueue {
        open(&self.reach, &self.hand)
    }

    /// Does something to a stream behind the queue's back.
    fn stream<T>(&self, word: &str, work: impl AsyncFnOnce(Stream) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let client = async_nats::connect(&self.reach.servers[0]).await.unwrap();
            let name = format!("{}-{word}", self.reach.prefix);
            work(jetstream::new(client).get_stream(name).await.unwrap()).await
        })
    }

    fn messages(&self, word: &str) -> u64 {
        self.stream(word, async |stream| stream.get_info().await.unwrap().state.messages)
    }
}

/// Takes the next message of tenant a's from the work queue, by the queue's own consumer.
async fn take(stream: &Stream) -> jetstream::Message {
    use futures_util::StreamExt;
    let name = format!("{}-a", &KEY.to_string()[..16]);
    let consumer: jetstream::consumer::PullConsumer = stream.get_consumer(&name).await.unwrap();
    let mut taken = consumer.batch().max_messages(1).messages().await.unwrap();
    taken.next().await.unwrap().unwrap()
}

#[track_caller]
fn soon<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let begin = Instant::now();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(begin.elapsed() < Duration::from_secs(30), "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn claim(queue: &NatsQueue) -> Leased {
    soon("a job waits", || queue.claim(&[KEY]).unwrap())
}

/// Record written, message not: as if the process that submitted had died between.
#[test]
fn a_job_whose_message_is_lost_is_handed_out_again() {
    let bench = Nats::new();
    bench.queue.submit(&new_job("a", 1)).unwrap();
    bench.stream("work", async |stream| stream.purge().await.unwrap());
    assert!(bench.queue.claim(&[KEY]).unwrap().is_none());
    let other = bench.other();
    let leased = soon("handed out again", || {
        other.settle().unwrap();
        bench.queue.claim(&[KEY]).unwrap()
    });
    bench.queue.complete(leased.lease, b"bundle", Duration::ZERO).unwrap();
    // And what is there is not handed out twice.
    bench.queue.submit(&new_job("a", 2)).unwrap();
    std::thread::sleep(Duration::from_millis(2500));
    bench.queue.settle().unwrap();
    assert_eq!(bench.messages("work"), 1);
}

/// Message taken, record not written: the server delivers it again.
#[test]
fn a_message_that_nobody_acknowledges_comes_again() {
    let bench = Nats::new();
    bench.queue.submit(&new_job("a", 1)).unwrap();
    // Makes the consumer, and leaves the message.
    drop(bench.queue.claim(&[KEY]).unwrap().unwrap());
    bench.queue.cancel("a", new_job("a", 1).subject.id()).unwrap();
    bench.queue.submit(&new_job("a", 2)).unwrap();
    bench.stream("work", async |stream| drop(take(&stream).await));
    assert!(bench.queue.claim(&[KEY]).unwrap().is_none());
    let begin = Instant::now();
    assert_eq!(claim(&bench.queue).attempt, 1);
    assert!(begin.elapsed() < Duration::from_secs(6));
}

/// A message that its consumer has passed and that nobody gets, as a killed server may leave one. Here somebody took it, and says for ever
/// that work is in progress.
#[test]
fn a_message_that_nobody_gets_is_replaced() {
    let bench = Nats::new();
    bench.queue.submit(&new_job("a", 1)).unwrap();
    // Makes the consumer.
    let first = claim(&bench.queue);
    bench.queue.complete(first.lease, b"bundle", Duration::ZERO).unwrap();
    bench.queue.submit(&new_job("a", 2)).unwrap();
    let (taken, over) = (AtomicBool::new(false), AtomicBool::new(false));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            bench.stream("work", async |stream| {
                let message = take(&stream).await;
                taken.store(true, Ordering::Relaxed);
                let begin = Instant::now();
                while !over.load(Ordering::Relaxed) && begin.elapsed() < Duration::from_secs(60) {
                    message.ack_with(jetstream::AckKind::Progress).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            });
        });
        soon("it is taken", || taken.load(Ordering::Relaxed).then_some(()));
        // Two leases have not passed: it is left to whoever has it, and its double refused.
        std::thread::sleep(Duration::from_millis(2500));
        bench.queue.settle().unwrap();
        assert_eq!(bench.messages("work"), 1);
        assert!(bench.queue.claim(&[KEY]).unwrap().is_none());
        bench.pass(3 * settings().lease);
        let leased = soon("another is there", || {
            bench.queue.settle().unwrap();
            bench.queue.claim(&[KEY]).unwrap()
        });
        over.store(true, Ordering::Relaxed);
        bench.queue.complete(leased.lease, b"bundle", Duration::ZERO).unwrap();
    });
    assert_eq!(bench.messages("work"), 0);
}

/// A package that is not what was stored is not proved: its sender seals it again.
#[test]
fn a_lost_package_is_asked_for_again() {
    let bench = Nats::new();
    let job = bench.queue.submit(&new_job("a", 1)).unwrap().job.job;
    bench.stream("package", async |stream| stream.purge().await.unwrap());
    assert!(bench.queue.claim(&[KEY]).unwrap().is_none());
    let refused = bench.queue.job("a", job).unwrap();
    assert_eq!(
        (refused.state, refused.reason.unwrap().code.as_str()),
        (State::Refused, DOES_NOT_OPEN)
    );
    assert!(bench.queue.submit(&new_job("a", 1)).unwrap().fresh);
    assert_eq!(claim(&bench.queue).job.sealed, [1; 100]);
}

#[test]
fn processes_share_jobs_and_news() {
    let bench = Nats::new();
    let other = bench.other();
    let (tell, told) = mpsc::channel();
    bench.queue.watch(Box::new(move |job, state| tell.send((job, state)).unwrap()));
    let job = bench.queue.submit(&new_job("a", 1)).unwrap().job.job;
    let late = claim(&other);
    bench.pass(settings().lease);
    let holder = claim(&bench.queue);
    let outcome = other.complete(late.lease, b"late", Duration::ZERO);
    assert!(matches!(outcome, Err(QueueError::Stale)), "{outcome:?}");
    bench.queue.complete(holder.lease, b"bundle", Duration::ZERO).unwrap();
    let outcome = other.complete(late.lease, b"late", Duration::ZERO);
    assert!(matches!(outcome, Err(QueueError::Stale)), "{outcome:?}");
    assert_eq!(other.bundle("a", job).unwrap(), b"bundle");
    soon("the other's list", || (other.depth().unwrap().of(State::Done) == 1).then_some(()));
    let news: Vec<_> = told.try_iter().collect();
    for state in [State::Queued, State::Proving, State::Done] {
        assert!(news.contains(&(job, state)), "{news:?}");
    }
}

#[test]
fn ended_jobs_leave_no_package_on_the_server() {
    let bench = Nats::new();
    // More than a message holds.
    let sealed: Vec<u8> = (0..2_000_000_u32).map(|n| (n % 251) as u8).collect();
    let job = NewJob { sealed: sealed.clone(), ..new_job("a", 1) };
    let id = bench.queue.submit(&job).unwrap().job.job;
    assert_eq!(bench.messages("package"), 4);
    let leased = claim(&bench.queue);
    assert_eq!(leased.job.sealed, sealed);
    bench.queue.complete(leased.lease, &sealed, Duration::ZERO).unwrap();
    assert_eq!(bench.queue.bundle("a", id).unwrap(), sealed);
    soon("the package is deleted", || (bench.messages("package") == 0).then_some(()));
    bench.pass(3 * settings().results);
    bench.queue.settle().unwrap();
    assert_eq!(bench.messages("bundle"), 0);
    assert_eq!(bench.queue.job("a", id).unwrap().state, State::Expired);
}

/// kill -9 of the server between every two steps of a job: what was acknowledged is there, and the queue connects again.
#[test]
fn a_killed_server_comes_back_with_every_job() {
    let mut server = NatsServer::start();
    let reach = Reach::new(vec![server.url()]);
    let hand = Arc::new(Hand::new());
    let queue = open(&reach, &hand);
    let mut again = || {
        server.server.kill();
        server.server.run();
    };
    let job = queue.submit(&new_job("a", 1)).unwrap().job.job;
    again();
    let leased = soon("a lease", || queue.claim(&[KEY]).ok().flatten());
    again();
    queue.heartbeat(leased.lease).unwrap();
    again();
    queue.complete(leased.lease, b"bundle", Duration::ZERO).unwrap();
    again();
    assert_eq!(queue.bundle("a", job).unwrap(), b"bundle");
    // What other processes do is followed again.
    let other = open(&reach, &hand);
    other.submit(&new_job("a", 2)).unwrap();
    soon("news", || (queue.depth().unwrap().of(State::Queued) == 1).then_some(()));
}

/// Jobs a second from submission to completion, of queues alone: `WATTPROOF_MEASURE=1 … -- --ignored --nocapture`.
#[test]
#[ignore = "a measurement"]
fn throughput() {
    if std::env::var_os("WATTPROOF_MEASURE").is_none() {
        println!("NOT TESTED: a measurement, for WATTPROOF_MEASURE=1");
        return;
    }
    let settings = Settings { room: 100_000, tenant_room: 100_000, ..settings() };
    let measure = |queue: &dyn JobQueue, threads: usize| {
        let begin = Instant::now();
        std::thread::scope(|scope| {
            for thread in 0..threads {
                scope.spawn(move || {
                    for number in 0..(400 / threads) {
                        let mut job = new_job(&format!("t{thread}"), 0);
                        job.subject.package.0[..8].copy_from_slice(&(number as u64).to_le_bytes());
                        job.sealed = vec![7; 60_000];
                        queue.submit(&job).unwrap();
                        let leased = soon("a job", || queue.claim(&[KEY]).unwrap());
                        queue.complete(leased.lease, &[7; 2_000], Duration::ZERO).unwrap();
                    }
                });
            }
        });
        400.0 / begin.elapsed().as_secs_f64()
    };
    for threads in [1, 4] {
        for _ in 0..3 {
            let folder = tempfile::tempdir().unwrap();
            let clock = Arc::new(SystemClock);
            let path = folder.path().join("queue.db");
            let sqlite = SqliteQueue::with_clock(&path, settings.clone(), clock).unwrap();
            let server = NatsServer::start();
            let nats = NatsQueue::open(&Reach::new(vec![server.url()]), settings.clone()).unwrap();
            let (sqlite, nats) = (measure(&sqlite, threads), measure(&nats, threads));
            println!("{threads} at once: SQLite {sqlite:.0} jobs/s, NATS {nats:.0} jobs/s");
        }
    }
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() << 10
}

/// What a process that opens the queue needs for each finished job, and how long that takes: `WATTPROOF_MEASURE=1 … -- --ignored --nocapture
/// --test-threads 1`. The records are one real record with other packages' digests.
#[test]
#[ignore = "a measurement"]
fn memory_of_finished_jobs() {
    if std::env::var_os("WATTPROOF_MEASURE").is_none() {
        println!("NOT TESTED: a measurement, for WATTPROOF_MEASURE=1");
        return;
    }
    for count in [10_000_u64, 100_000, 400_000] {
        let bench = Nats::new();
        bench.queue.submit(&new_job("a", 1)).unwrap();
        let lease = claim(&bench.queue).lease;
        bench.queue.complete(lease, &[7; 900], Duration::ZERO).unwrap();
        soon("the package is deleted", || (bench.messages("package") == 0).then_some(()));
        let digest = new_job("a", 1).subject.package.to_string();
        bench.stream("job", async |stream| {
            let subject = format!("{}.job.{}", bench.reach.prefix, lease.job);
            let record = soon_async(async || {
                let message = stream.get_last_raw_message_by_subject(&subject).await.unwrap();
                let text = String::from_utf8(message.payload.to_vec()).unwrap();
                (!text.contains("sealed")).then_some(text)
            });
            let record = record.await;
            let client = async_nats::connect(&bench.reach.servers[0]).await.unwrap();
            for number in 0..count {
                let mut new = new_job("a", 0);
                new.subject.package.0[..8].copy_from_slice(&number.to_le_bytes());
                let text = record.replace(&digest, &new.subject.package.to_string());
                // Each is the first record of its job.
                let text = text.replace("\"first\":1,", "");
                let subject = format!("{}.job.{}", bench.reach.prefix, new.subject.id());
                client.publish(subject, text.into()).await.unwrap();
            }
            client.flush().await.unwrap();
        });
        soon("all are there", || (bench.messages("job") > count).then_some(()));
        // This process's own queue has them too, which is not counted.
        let all = |queue: &NatsQueue| queue.depth().unwrap().of(State::Done) > count;
        soon("all are known", || all(&bench.queue).then_some(()));
        let (before, begin) = (resident(), Instant::now());
        let queue = bench.other();
        let took = begin.elapsed();
        assert!(all(&queue));
        let more = resident().saturating_sub(before);
        println!(
            "{count} finished jobs: {} KiB, {} bytes each, read in {took:?}",
            more >> 10,
            more / count
        );
    }
}

async fn soon_async<T>(found: impl AsyncFn() -> Option<T>) -> T {
    loop {
        if let Some(found) = found().await {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
