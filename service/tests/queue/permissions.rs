//! What `deploy/nats.conf` lets each user do, and that it lets nobody do more.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_nats::jetstream;
use async_nats::{Client, ConnectOptions};
use futures_util::StreamExt;
use wattproof_service::job::State;
use wattproof_service::queue::nats::{Credentials, NatsQueue, Reach};
use wattproof_service::queue::{JobQueue, Settings};
use zeroize::Zeroizing;

use crate::deployed::{certify, configuration, passwords};
use crate::server::{NatsServer, free_port};
use crate::suite::{KEY, new_job, settings};

struct Site {
    _server: NatsServer,
    url: String,
    folder: tempfile::TempDir,
}

impl Site {
    fn new() -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        certify(folder.path());
        let config = configuration(folder.path(), port, None, None);
        let server = NatsServer::configured(folder.path(), port, &config, &passwords());
        Self { _server: server, url: format!("tls://127.0.0.1:{port}"), folder }
    }

    fn ca(&self) -> std::path::PathBuf {
        self.folder.path().join("ca.pem")
    }

    fn queue(&self, user: &str, settings: Settings) -> Result<NatsQueue, String> {
        let reach = Reach {
            credentials: Credentials::Password {
                user: user.into(),
                password: Zeroizing::new(format!("password-of-{user}")),
            },
            authority: Some(self.ca()),
            ..Reach::new(vec![self.url.clone()])
        };
        NatsQueue::open(&reach, settings).map_err(|error| error.to_string())
    }

    /// A client of a user, and what the server says against it.
    async fn client(&self, user: &str) -> (Client, Arc<Mutex<Vec<String>>>) {
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let client =
            ConnectOptions::with_user_and_password(user.into(), format!("password-of-{user}"))
                .add_root_certificates(self.ca())
                .event_callback(move |event| {
                    let heard = Arc::clone(&heard);
                    async move {
                        heard.lock().unwrap().push(event.to_string());
                    }
                });
        (client.connect(&self.url).await.unwrap(), said)
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn a_service_and_a_worker_may_do_their_work() {
    let site = Site::new();
    // A worker makes no streams.
    let early = site.queue("worker", settings()).err().unwrap();
    assert!(!early.contains("password-of"), "{early}");
    let serve = site.queue("serve", settings()).unwrap();
    let worker = site.queue("worker", Settings { unfinished: Duration::ZERO, ..settings() });
    let worker = worker.unwrap();
    for number in [1, 2, 3, 4] {
        serve.submit(&new_job("a", number)).unwrap();
    }
    let claim = |number: u8| {
        let leased = worker.claim(&[KEY]).unwrap().expect("a job waits");
        assert_eq!(leased.lease.job, new_job("a", number).subject.id());
        worker.heartbeat(leased.lease).unwrap();
        leased.lease
    };
    let done = claim(1);
    worker.complete(done, b"bundle", Duration::ZERO).unwrap();
    assert_eq!(serve.bundle("a", done.job).unwrap(), b"bundle");
    worker.refuse(claim(2), "bad-policy").unwrap();
    assert_eq!(worker.fail(claim(3), "worker-died").unwrap(), State::Queued);
    let last = new_job("a", 4).subject.id();
    assert_eq!(serve.cancel("a", last).unwrap().state, State::Cancelled);
    worker.settle().unwrap();
    // What was given back, and no more.
    claim(3);
    assert!(worker.claim(&[KEY]).unwrap().is_none());
}

/// Who tries what.
#[derive(Clone, Copy, Debug)]
enum Try {
    Publish(&'static str),
    Subscribe(&'static str),
}

#[test]
fn what_is_not_allowed_is_denied() {
    use Try::{Publish, Subscribe};
    const NOBODYS: [Try; 9] = [
        Publish("$SYS.REQ.SERVER.PING"),
        Publish("$JS.API.STREAM.DELETE.wattproof-job"),
        Publish("$JS.API.STREAM.PURGE.wattproof-job"),
        Publish("$JS.API.ACCOUNT.PURGE.G"),
        Publish("other.subject"),
        Publish("_INBOX.somebody"),
        Subscribe(">"),
        Subscribe("wattproof.>"),
        Subscribe("$JS.>"),
    ];
    const WORKERS: [Try; 11] = [
        Publish("wattproof.submit.home"),
        Publish("wattproof.package.x"),
        Publish("wattproof.receipt.home"),
        Publish("wattproof.result.home.x"),
        Publish("$JS.API.STREAM.CREATE.wattproof-more"),
        Publish("$JS.API.STREAM.UPDATE.wattproof-job"),
        Publish("$JS.API.STREAM.MSG.GET.wattproof-submit"),
        Publish("$JS.API.STREAM.MSG.DELETE.wattproof-job"),
        Publish("$JS.API.CONSUMER.CREATE.wattproof-submit"),
        Subscribe("wattproof.submit.*"),
        Subscribe("wattproof.job.*"),
    ];
    const HOMES: [Try; 12] = [
        Publish("wattproof.submit.other"),
        Publish("wattproof.job.x"),
        Publish("wattproof.work.x.y.z"),
        Publish("wattproof.package.x"),
        Publish("wattproof.receipt.home"),
        Publish("$JS.API.INFO"),
        Publish("$JS.API.STREAM.MSG.GET.wattproof-package"),
        Subscribe("wattproof.submit.home"),
        Subscribe("wattproof.receipt.other"),
        Subscribe("wattproof.receipt.*"),
        Subscribe("wattproof.result.*.*"),
        Subscribe("_INBOX.>"),
    ];
    let site = Site::new();
    let _serve = site.queue("serve", settings()).unwrap();
    let all: [(&str, &[Try]); 3] = [("serve", &[]), ("worker", &WORKERS), ("home", &HOMES)];
    for (user, own) in all {
        block_on(async {
            let (client, said) = site.client(user).await;
            for tried in NOBODYS.iter().chain(own).copied() {
                said.lock().unwrap().clear();
                let subject = match tried {
                    Publish(subject) => {
                        client.publish(subject, "{}".into()).await.unwrap();
                        subject
                    }
                    Subscribe(subject) => {
                        drop(client.subscribe(subject).await.unwrap());
                        subject
                    }
                };
                client.flush().await.unwrap();
                let denied = || {
                    let said = said.lock().unwrap();
                    said.iter().any(|word| {
                        let word = word.to_lowercase();
                        word.contains("permissions violation")
                            && word.contains(&subject.to_lowercase())
                    })
                };
                for _ in 0..200 {
                    if denied() {
                        break;
                    }
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                assert!(denied(), "{user} {tried:?}: {:?}", said.lock().unwrap());
            }
        });
    }
    // Nothing of it came to anything: streams and subjects are as they were.
    block_on(async {
        let (client, _) = site.client("serve").await;
        let context = jetstream::new(client);
        for word in ["job", "work", "package", "bundle"] {
            let stream = context.get_stream(format!("wattproof-{word}")).await.unwrap();
            assert_eq!(stream.cached_info().state.messages, 0, "{word}");
        }
    });
}

/// What a gateway is for: its own packages, and what it is told of them.
#[test]
fn a_gateway_has_its_own_subjects() {
    let site = Site::new();
    let _serve = site.queue("serve", settings()).unwrap();
    block_on(async {
        let (serve, denied) = site.client("serve").await;
        let (home, said) = site.client("home").await;
        let mut receipts = home.subscribe("wattproof.receipt.home").await.unwrap();
        let mut results = home.subscribe("wattproof.result.home.*").await.unwrap();
        home.publish("wattproof.submit.home", "package".into()).await.unwrap();
        home.flush().await.unwrap();
        let told = [
            ("wattproof.receipt.home", "one", &mut receipts),
            ("wattproof.result.home.x", "two", &mut results),
        ];
        for (subject, text, told) in told {
            let begin = Instant::now();
            // The server reads the two connections in its own order: what comes too early is for nobody.
            let message = loop {
                serve.publish(subject, text.into()).await.unwrap();
                match tokio::time::timeout(Duration::from_millis(100), told.next()).await {
                    Ok(message) => break message.unwrap(),
                    Err(_) => assert!(begin.elapsed() < Duration::from_secs(20), "{denied:?}"),
                }
            };
            assert_eq!(message.payload, text);
        }
        let said = said.lock().unwrap();
        assert!(!said.iter().any(|word| word.to_lowercase().contains("violation")), "{said:?}");
    });
}

/// Strangers and old passwords are not let in, and no password is told.
#[test]
fn strangers_are_not_let_in() {
    let site = Site::new();
    let open = |reach: Reach| NatsQueue::open(&reach, settings()).err().unwrap().to_string();
    let with = |user: &str, password: &str, ca: Option<&Path>| Reach {
        credentials: Credentials::Password {
            user: user.into(),
            password: Zeroizing::new(password.into()),
        },
        authority: ca.map(Path::to_owned),
        ..Reach::new(vec![site.url.clone()])
    };
    let ca = site.ca();
    for reach in [
        with("serve", "hunter2", Some(&ca)),
        with("nobody", "hunter2", Some(&ca)),
        // Right password, and a server that nobody vouches for: it is not told.
        with("serve", "password-of-serve", None),
    ] {
        let said = open(reach);
        assert!(!said.contains("hunter2") && !said.contains("password-of"), "{said}");
    }
    let nobody = Reach { authority: Some(ca), ..Reach::new(vec![site.url.clone()]) };
    open(nobody);
}
