//! `wattproof worker`, and how a queue on NATS servers is reached.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use wattproof_service::queue::Settings;
use wattproof_service::queue::nats::{Credentials, Reach};
use wattproof_service::{Engine, WorkOptions, work};
use zeroize::Zeroizing;

use super::serve::{Children, log, public_prover_key, served};
use crate::args::{FleetWorkerArgs, QueueArgs, ServeQueueArgs};
use crate::failure::Result;
use crate::files::Files;
use crate::screen::Report;

/// Most bytes of a file with credentials.
const MAX_CREDENTIALS: usize = 16 << 10;

pub(super) fn engine(args: &ServeQueueArgs, files: &Files) -> Result<Engine> {
    if args.queue.is_empty() {
        return Ok(Engine::File);
    }
    let reach = Box::new(reach(&args.queue, &args.reach, files)?);
    Ok(Engine::Nats { reach, gateways: args.gateways })
}

fn reach(servers: &[String], args: &QueueArgs, files: &Files) -> Result<Reach> {
    let text = |path: &Path| files.text(path, MAX_CREDENTIALS).map(Zeroizing::new);
    let word = |path: &Path| text(path).map(|text| Zeroizing::new(text.trim().to_owned()));
    let credentials = match args {
        QueueArgs { queue_user: Some(user), queue_password: Some(path), .. } => {
            Credentials::Password { user: user.clone(), password: word(path)? }
        }
        QueueArgs { queue_token: Some(path), .. } => Credentials::Token(word(path)?),
        QueueArgs { queue_nkey: Some(path), .. } => Credentials::Nkey(word(path)?),
        QueueArgs { queue_creds: Some(path), .. } => Credentials::File(text(path)?),
        _ => Credentials::None,
    };
    Ok(Reach {
        servers: servers.to_vec(),
        credentials,
        authority: args.queue_ca.clone(),
        certificate: args.queue_cert.clone().zip(args.queue_key.clone()),
        plain: args.queue_plain,
        prefix: args.queue_prefix.clone(),
        replicas: args.queue_replicas.into(),
    })
}

pub(super) fn run(args: &FleetWorkerArgs, files: &Files) -> Result<Report> {
    let proving = &args.proving;
    log(proving.log)?;
    let seconds = |s: u32| Duration::from_secs(s.into());
    let children = Children { keys: &args.keys, prover_key: &args.prover_key, proving };
    work(WorkOptions {
        reach: reach(&args.queue, &args.reach, files)?,
        listen: args.listen,
        open_metrics: args.open_metrics,
        prover: public_prover_key(&args.prover_key, files)?,
        keys: served(&args.keys, files)?,
        command: children.command()?,
        workers: args.workers.into(),
        settings: Settings {
            lease: seconds(proving.lease),
            attempts: proving.attempts,
            results: Duration::from_secs(u64::from(proving.keep_results) * 86_400),
            // How long packages are kept is the services' to say.
            unfinished: Duration::ZERO,
            ..Settings::default()
        },
        proving: seconds(proving.proving_limit),
        drain: seconds(proving.drain),
    })?;
    Ok(Report::new(json!({ "ended": true }), "Ended."))
}
