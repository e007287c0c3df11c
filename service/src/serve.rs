//! The service as a process: opens its folder, starts workers, listens, and ends without losing anything.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tracing::{debug, error, info, warn};
use wattproof_circuits::format::VerifyingKeyFile;
use wattproof_circuits::groth16::PreparedVerifyingKey;

use crate::api::{Circuit, Limits, Rates, Service, Signals, router};
use crate::bridge::Bridge;
use crate::envelope::ProverPublicKey;
use crate::job::State;
use crate::metrics::Metrics;
use crate::pool::{self, WorkerCommand};
use crate::queue::nats::{NatsQueue, Reach};
use crate::queue::{JobQueue, QueueError, Settings, SqliteQueue};
use crate::tenant::{TenantError, Tenants};
use crate::tls::{self, ClientNames};

/// How often jobs whose time is over are looked for.
const SETTLING: Duration = Duration::from_secs(5);

/// Threads that wait for the disk. They take turns at one connection of the database: more of them would only hold memory.
const BLOCKING_THREADS: usize = 8;

/// Where to listen.
#[derive(Clone, Debug)]
pub struct Address {
    /// Address and port; port 0 takes a free one.
    pub socket: SocketAddr,
    /// Certificate and key, for HTTPS.
    pub tls: Option<Tls>,
    /// Whether a proxy in front does what TLS does, so that other addresses than loopback may be bound without it.
    pub behind_proxy: bool,
}

/// A certificate and its key, PEM files.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Certificate chain.
    pub certificate: PathBuf,
    /// Private key.
    pub key: PathBuf,
    /// Whether clients may say who they are with certificates too.
    pub clients: Option<ClientCertificates>,
}

/// Which certificates of clients are taken. Whose they are is listed with the tokens: see [`Tenants::add_certificate`].
#[derive(Clone, Debug)]
pub struct ClientCertificates {
    /// Certificates of the authorities that vouch for them, a PEM file.
    pub authority: PathBuf,
    /// Whether nobody is let in without one, not even with a token.
    pub required: bool,
}

/// Where jobs wait.
#[derive(Debug)]
pub enum Engine {
    /// In a file of the service's folder.
    File,
    /// On NATS servers, which other services and workers share.
    Nats {
        /// How to reach them.
        reach: Box<Reach>,
        /// Whether packages are taken from gateways that publish them there.
        gateways: bool,
    },
}

impl Engine {
    /// The queue on it.
    pub(crate) fn open(
        &self,
        folder: &Path,
        settings: &Settings,
    ) -> Result<Arc<dyn JobQueue>, ServeError> {
        Ok(match self {
            Self::File => Arc::new(SqliteQueue::open(&folder.join("queue.db"), settings.clone())?),
            Self::Nats { reach, .. } => {
                let queue = NatsQueue::open(reach, settings.clone());
                Arc::new(queue.map_err(ServeError::Servers)?)
            }
        })
    }
}

/// All that the service is told.
#[derive(Debug)]
pub struct Options {
    /// Folder of the queue, if that is a file, and the tokens; made if need be, for its owner only.
    pub state: PathBuf,
    /// Where jobs wait.
    pub engine: Engine,
    /// Where to listen.
    pub address: Address,
    /// What packages are sealed to. The secret half is the workers' alone.
    pub prover: ProverPublicKey,
    /// Circuits to serve.
    pub keys: Vec<VerifyingKeyFile>,
    /// How workers are started.
    pub command: WorkerCommand,
    /// How many.
    pub workers: usize,
    /// How jobs are treated.
    pub settings: Settings,
    /// How clients and workers are.
    pub limits: Limits,
    /// How long jobs that are being proved have when the service is to end.
    pub drain: Duration,
}

/// Why the service did not start, or ended.
#[derive(Debug, Error)]
pub enum ServeError {
    /// Another process has the folder.
    #[error("{}: another service is using it", .0.display())]
    InUse(PathBuf),
    /// A folder or file of the service.
    #[error("{}: {source}", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An address that everybody can reach, without TLS.
    #[error("{0} is reachable by others, and there is no TLS")]
    Plain(SocketAddr),
    /// The address cannot be bound.
    #[error("{address}: {source}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Certificate or key.
    #[error("TLS: {0}")]
    Tls(String),
    /// The queue.
    #[error("{0}")]
    Queue(#[from] QueueError),
    /// The servers of a queue that machines share: not there, or they do not let this process in.
    #[error("{0}")]
    Servers(QueueError),
    /// The tokens.
    #[error("{0}")]
    Tenants(#[from] TenantError),
    /// The process itself.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT, then finishes what is being proved; what still waits is there at the next start.
///
/// # Errors
/// [`ServeError`], before anything is served.
pub fn run(options: Options) -> Result<(), ServeError> {
    let Address { socket, tls, behind_proxy } = &options.address;
    if tls.is_none() && !behind_proxy && !socket.ip().is_loopback() {
        return Err(ServeError::Plain(*socket));
    }
    let tls = tls.as_ref().map(tls::acceptor).transpose()?;
    let (service, _lock) = open(&options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(socket).await;
        let failed = |source| ServeError::Listen { address: *socket, source };
        let listener = listener.map_err(failed)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        info!(url = format!("{scheme}://{}", listener.local_addr()?), "listening");
        let workers = pool::start(&service, &options.command, options.workers)?;
        let settling = tokio::spawn(settle(Arc::clone(&service)));
        if let Engine::Nats { reach, gateways: true } = &options.engine {
            let bridge = Bridge::start(Arc::clone(&service), reach);
            bridge.await.map_err(ServeError::Servers)?;
        }
        let router = router(Arc::clone(&service));
        serve(&service, router, listener, tls, options.drain, workers).await?;
        settling.abort();
        Ok(())
    })
}

/// The folder, locked as long as the file is kept.
fn open(options: &Options) -> Result<(Arc<Service>, File), ServeError> {
    let folder = &options.state;
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |source| ServeError::File { path, source }
    };
    make_private(folder).map_err(fault(folder))?;
    let path = folder.join("lock");
    let lock = File::options().write(true).create(true).truncate(false).open(&path);
    let lock = lock.map_err(fault(&path))?;
    lock.try_lock().map_err(|error| match error {
        TryLockError::WouldBlock => ServeError::InUse(folder.clone()),
        TryLockError::Error(source) => fault(&path)(source),
    })?;
    let tenants = Tenants::open(&folder.join("tenants.db"))?;
    let queue = options.engine.open(folder, &options.settings)?;
    let Options { prover, keys, limits, settings, workers, .. } = options;
    let service = Service::new(queue, tenants, prover.clone(), keys, limits, settings, *workers);
    Ok((service, lock))
}

/// Makes a folder that its owner alone can enter.
///
/// # Errors
/// What the system says.
pub fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    // Also if it was there.
    #[cfg(unix)]
    fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(())
}

/// Settles now and then, should all workers be busy.
pub(crate) async fn settle(service: Arc<Service>) {
    let mut ticks = tokio::time::interval(SETTLING);
    loop {
        ticks.tick().await;
        // It was logged.
        let _ = service.blocking(|service| Ok(service.settle()?)).await;
    }
}

impl Service {
    pub(crate) fn new(
        queue: Arc<dyn JobQueue>,
        tenants: Tenants,
        prover: ProverPublicKey,
        keys: &[VerifyingKeyFile],
        limits: &Limits,
        settings: &Settings,
        workers: usize,
    ) -> Arc<Self> {
        let circuit = |file: &VerifyingKeyFile| Circuit {
            prepared: PreparedVerifyingKey::from(file.key()),
            file: file.clone(),
        };
        let circuits = keys.iter().map(|file| (file.fingerprint(), circuit(file)));
        let service = Arc::new(Self {
            queue,
            tenants,
            circuits: circuits.collect::<BTreeMap<_, _>>(),
            prover,
            limits: limits.clone(),
            lease: settings.lease,
            workers,
            metrics: Metrics::default(),
            signals: Signals::new(),
            ready: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            uploads: Semaphore::new(limits.uploads),
            waits: Semaphore::new(limits.connections / 2),
            rates: Rates::default(),
        });
        // What other processes change is news here too.
        let told = Arc::downgrade(&service);
        service.queue.watch(Box::new(move |job, state| {
            let Some(service) = told.upgrade() else { return };
            service.signals.changed(job);
            if state == State::Queued {
                service.signals.ring();
            }
        }));
        service
    }

    /// Settles leases that ran out and jobs whose time is over, and tells whoever waits for them.
    pub(crate) fn settle(&self) -> Result<(), QueueError> {
        let settled = self.queue.settle()?;
        for job in &settled.lapsed {
            warn!(%job, "a lease ran out");
            self.metrics.attempt(crate::job::LEASE_EXPIRED);
            self.signals.changed(*job);
        }
        if !settled.lapsed.is_empty() {
            self.signals.ring();
        }
        if settled.expired > 0 {
            info!(jobs = settled.expired, "expired");
        }
        Ok(())
    }
}

pub(crate) async fn serve(
    service: &Arc<Service>,
    router: axum::Router,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    drain: Duration,
    workers: Vec<JoinHandle<()>>,
) -> io::Result<()> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let connections = Arc::new(Semaphore::new(service.limits.connections));
    let graceful = GracefulShutdown::new();
    loop {
        // Before a connection is taken: those that cannot be served wait in the system's own queue.
        let accepted = async {
            let place = Arc::clone(&connections).acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(fault) => {
                // Of one connection, or of all for want of descriptors: either passes.
                warn!(%fault, "accept");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        // Small answers are not to wait for more.
        let _ = stream.set_nodelay(true);
        let (router, tls, reading) = (router.clone(), tls.clone(), service.limits.reading);
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            let _place = place;
            match tls {
                None => connection(stream, None, router, reading, watcher).await,
                Some(tls) => match timeout(reading, tls.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let client = tls::names(stream.get_ref().1);
                        connection(stream, client, router, reading, watcher).await;
                    }
                    Ok(Err(fault)) => debug!(%fault, "TLS"),
                    Err(_) => debug!("TLS: too slow"),
                },
            }
        });
    }
    drop(listener);
    finish(service, drain, workers).await;
    // Whoever waits for a job is answered: it is done, or the service is ending.
    let _ = timeout(Duration::from_secs(2), graceful.shutdown()).await;
    info!("ended");
    Ok(())
}

/// Takes no more jobs, and waits for those that are being proved.
pub(crate) async fn finish(service: &Service, drain: Duration, workers: Vec<JoinHandle<()>>) {
    info!("draining");
    let until = Instant::now() + drain;
    service.draining.store(true, Ordering::Relaxed);
    service.signals.ring();
    let ended = tokio::task::spawn_blocking(move || {
        while workers.iter().any(|worker| !worker.is_finished()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        workers.iter().all(JoinHandle::is_finished)
    });
    if !ended.await.unwrap_or(false) {
        error!("workers did not finish in time: their jobs are proved again at the next start");
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    client: Option<ClientNames>,
    router: axum::Router,
    reading: Duration,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(reading).max_buf_size(64 << 10);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: Request<Incoming>| {
        if let Some(names) = &client {
            request.extensions_mut().insert(names.clone());
        }
        router.call(request)
    });
    let served = http.serve_connection(TokioIo::new(stream), service);
    if let Err(fault) = watcher.watch(served).await {
        debug!(%fault, "connection");
    }
}
