//! A machine that proves for a fleet: takes jobs from the queue, and serves nobody but who looks after it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;
use wattproof_circuits::format::VerifyingKeyFile;

use crate::api::{Limits, Service, operations};
use crate::envelope::ProverPublicKey;
use crate::pool::{self, WorkerCommand};
use crate::queue::Settings;
use crate::queue::nats::{NatsQueue, Reach};
use crate::serve::{ServeError, finish, serve, settle};
use crate::tenant::Tenants;

/// All that a machine that proves is told.
#[derive(Debug)]
pub struct WorkOptions {
    /// How to reach the queue.
    pub reach: Reach,
    /// Where health and metrics are told, without a token.
    pub listen: Option<SocketAddr>,
    /// Whether that may be another address than loopback.
    pub open_metrics: bool,
    /// What packages are sealed to.
    pub prover: ProverPublicKey,
    /// Circuits to prove. Jobs for others are left to others.
    pub keys: Vec<VerifyingKeyFile>,
    /// How workers are started.
    pub command: WorkerCommand,
    /// How many.
    pub workers: usize,
    /// How jobs are treated: as the whole fleet does.
    pub settings: Settings,
    /// Most time for one proof.
    pub proving: Duration,
    /// How long jobs that are being proved have when the process is to end.
    pub drain: Duration,
}

/// Proves until SIGTERM or SIGINT, then finishes what is being proved.
///
/// # Errors
/// [`ServeError`], before anything is proved.
pub fn work(options: WorkOptions) -> Result<(), ServeError> {
    if let Some(socket) = options.listen.filter(|s| !options.open_metrics && !s.ip().is_loopback())
    {
        return Err(ServeError::Plain(socket));
    }
    let queue = NatsQueue::open(&options.reach, options.settings.clone());
    let queue = queue.map_err(ServeError::Servers)?;
    let WorkOptions { prover, keys, settings, workers, .. } = &options;
    let limits = Limits { proving: options.proving, ..Limits::default() };
    let tenants = Tenants::nobody()?;
    let queue = Arc::new(queue);
    let service = Service::new(queue, tenants, prover.clone(), keys, &limits, settings, *workers);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = match options.listen {
            None => None,
            Some(address) => {
                let failed = |source| ServeError::Listen { address, source };
                Some(TcpListener::bind(address).await.map_err(failed)?)
            }
        };
        let threads = pool::start(&service, &options.command, options.workers)?;
        let settling = tokio::spawn(settle(Arc::clone(&service)));
        match listener {
            Some(listener) => {
                info!(url = format!("http://{}", listener.local_addr()?), "listening");
                let router = operations(Arc::clone(&service));
                serve(&service, router, listener, None, options.drain, threads).await?;
            }
            None => {
                until_told().await?;
                finish(&service, options.drain, threads).await;
                info!("ended");
            }
        }
        settling.abort();
        Ok(())
    })
}

async fn until_told() -> std::io::Result<()> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
