//! `wattproof serve`, and its workers.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tracing_subscriber::fmt;
use wattproof_circuits::format::VerifyingKeyFile;
use wattproof_service::api::Limits;
use wattproof_service::envelope::{MAX_KEY, ProverKey, ProverPublicKey};
use wattproof_service::memory;
use wattproof_service::queue::Settings;
use wattproof_service::tenant::{Role, Tenants};
use wattproof_service::worker::{Confinement, WorkerKey};
use wattproof_service::{Address, ClientCertificates, Options, Tls, WorkerCommand, make_private};

use super::keys;
use crate::args::{
    LogFormat, ProvingArgs, ServeArgs, ServeCommand, ServeQueueArgs, ServiceArgs, TenantCommand,
    WorkerArgs,
};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::Report;

pub(super) fn run(args: ServeArgs, files: &Files) -> Result<Report> {
    match (args.command, args.service) {
        (Some(ServeCommand::Keygen { out, public_out, force }), _) => {
            keygen(&out, &public_out, Existing::unless(force))
        }
        (Some(ServeCommand::Tenant(command)), _) => tenant(&command),
        (None, Some(service)) => serve(&service, &args.queue, &args.proving, files),
        (None, None) => Err(Failure::Usage("--state, --keys and --prover-key are missing".into())),
    }
}

fn keygen(out: &Path, public_out: &Path, existing: Existing) -> Result<Report> {
    let key = ProverKey::generate()?;
    let public = key.public();
    let mut secret = Draft::create(out, Access::Secret, existing)?;
    secret.write_all(key.to_json().as_bytes()).map_err(Failure::unwritable(out))?;
    write(public_out, Access::Public, existing, public.to_json().as_bytes())?;
    secret.finish()?;
    let fingerprint = public.fingerprint();
    let text = format!(
        "Wrote {} (secret) and {} for devices. Fingerprint {fingerprint}.",
        out.display(),
        public_out.display()
    );
    let json = json!({ "out": out, "public_out": public_out, "fingerprint": fingerprint });
    Ok(Report::new(json, text).beside(out).beside(public_out))
}

fn tenants(state: &Path) -> Result<Tenants> {
    make_private(state).map_err(Failure::unwritable(state))?;
    Ok(Tenants::open(&state.join("tenants.db"))?)
}

fn tenant(command: &TenantCommand) -> Result<Report> {
    match command {
        TenantCommand::Add { tenant, state, operator, out, certificate } => {
            let role = if *operator { Role::Operator } else { Role::Tenant };
            if let Some(name) = certificate {
                tenants(state)?.add_certificate(tenant, name, role)?;
                let json = json!({ "tenant": tenant, "role": role, "certificate": name });
                return Ok(Report::new(json, format!("Certificates of {name} are {tenant}'s.")));
            }
            let Some(out) = out else {
                return Err(Failure::Usage("--out or --certificate is missing".into()));
            };
            // Before there is a token that nobody has.
            let mut draft = Draft::create(out, Access::Secret, Existing::Keep)?;
            let token = tenants(state)?.add(tenant, role)?;
            writeln!(draft, "{}", *token).map_err(Failure::unwritable(out))?;
            draft.finish()?;
            let text = format!("Wrote {}, a token of {tenant}.", out.display());
            let json = json!({ "tenant": tenant, "role": role, "out": out });
            Ok(Report::new(json, text).beside(out))
        }
        TenantCommand::List { tenant, state } => {
            let entries = tenants(state)?.list(tenant.as_deref())?;
            let lines: Vec<_> = entries
                .iter()
                .map(|e| format!("{} {} {}", e.id, e.tenant, e.role.name()))
                .collect();
            let text = if lines.is_empty() { "No tokens.".into() } else { lines.join("\n") };
            Ok(Report::new(json!({ "tokens": entries }), text).essential())
        }
        TenantCommand::Revoke { tenant, token, state } => {
            tenants(state)?.revoke(tenant, token)?;
            let json = json!({ "tenant": tenant, "revoked": token });
            Ok(Report::new(json, format!("{token} of {tenant} is not accepted any more.")))
        }
    }
}

fn serve(
    args: &ServiceArgs,
    queue: &ServeQueueArgs,
    proving: &ProvingArgs,
    files: &Files,
) -> Result<Report> {
    log(proving.log)?;
    if args.workers == 0 && queue.queue.is_empty() {
        return Err(Failure::Usage("--workers 0 needs --queue: nobody else proves".into()));
    }
    if args.leashed {
        wattproof_service::end_with(io::stdin()).map_err(wattproof_service::ServeError::System)?;
    }
    let clients = args
        .client_ca
        .clone()
        .map(|authority| ClientCertificates { authority, required: args.require_client_cert });
    let engine = super::worker::engine(queue, files)?;
    let prover = public_prover_key(&args.prover_key, files)?;
    let keys = served(&args.keys, files)?;
    let seconds = |s: u32| Duration::from_secs(s.into());
    let days = |d: u32| Duration::from_secs(u64::from(d) * 86_400);
    wattproof_service::run(Options {
        state: args.state.clone(),
        engine,
        address: Address {
            socket: args.listen,
            tls: args.tls_cert.clone().zip(args.tls_key.clone()).map(|(certificate, key)| Tls {
                certificate,
                key,
                clients: clients.clone(),
            }),
            behind_proxy: args.insecure_behind_proxy,
        },
        prover,
        keys,
        command: Children { keys: &args.keys, prover_key: &args.prover_key, proving }.command()?,
        workers: args.workers.into(),
        settings: Settings {
            lease: seconds(proving.lease),
            attempts: proving.attempts,
            room: args.room.into(),
            tenant_room: args.tenant_room.into(),
            unfinished: days(args.keep_unfinished),
            results: days(proving.keep_results),
        },
        limits: Limits {
            package: args.max_package as usize * 1024,
            rate: args.rate.into(),
            reading: seconds(args.reading_limit),
            proving: seconds(proving.proving_limit),
            ..Limits::default()
        },
        drain: seconds(proving.drain),
    })?;
    Ok(Report::new(json!({ "ended": true }), "Ended."))
}

/// The verifying keys of a folder, of which there is at least one.
pub(super) fn served(folder: &Path, files: &Files) -> Result<Vec<VerifyingKeyFile>> {
    let keys: Vec<_> = keys::all(folder, files)?.into_iter().map(|(_, file)| file).collect();
    if keys.is_empty() {
        return Err(Failure::NoKey(format!("{} has no keys", folder.display())));
    }
    Ok(keys)
}

/// What a process that proves is started with.
pub(super) struct Children<'a> {
    pub(super) keys: &'a Path,
    pub(super) prover_key: &'a Path,
    pub(super) proving: &'a ProvingArgs,
}

impl Children<'_> {
    pub(super) fn command(&self) -> Result<WorkerCommand> {
        let program = std::env::current_exe().map_err(wattproof_service::ServeError::System)?;
        let mut args: Vec<OsString> = ["prove-worker", "--keys"].map(OsString::from).into();
        args.extend([self.keys.into(), "--prover-key".into()]);
        args.extend([self.prover_key.into(), "--memory".into()]);
        args.push(self.proving.worker_memory.to_string().into());
        let threads = self.proving.threads.map(usize::from);
        Ok(WorkerCommand { program, args, threads, pin: self.proving.pin })
    }
}

/// Begins the log, on standard error.
pub(super) fn log(format: LogFormat) -> Result<()> {
    let log = fmt().with_writer(io::stderr).with_target(false);
    let set = match format {
        LogFormat::Text => log.with_ansi(false).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    set.map_err(|error| Failure::Usage(error.to_string()))
}

/// What a process that hands out work needs of it, and keeps.
pub(super) fn public_prover_key(path: &Path, files: &Files) -> Result<ProverPublicKey> {
    let public = public_half(path, files);
    memory::wipe_stack();
    public
}

#[inline(never)]
fn public_half(path: &Path, files: &Files) -> Result<ProverPublicKey> {
    Ok(prover_key(path, files)?.public())
}

fn prover_key(path: &Path, files: &Files) -> Result<ProverKey> {
    files.parse(path, MAX_KEY, ProverKey::from_json)
}

/// One worker: the parent's pipes are its standard streams.
pub(super) fn worker(args: &WorkerArgs, files: &Files) -> Result<Report> {
    let system = wattproof_service::ServeError::System;
    let memory = u64::from(args.memory) << 20;
    Confinement { memory: Some(memory), cpu: args.cpu }.apply().map_err(system)?;
    let key = prover_key(&args.prover_key, files)?;
    let load = |(path, verifying): (std::path::PathBuf, _)| {
        let proving = keys::read_proving(&path, &verifying)?;
        Ok(WorkerKey { verifying, proving })
    };
    let keys = keys::all(&args.keys, files)?.into_iter().map(load).collect::<Result<Vec<_>>>()?;
    let (input, output) = (io::stdin().lock(), io::stdout().lock());
    wattproof_service::worker::run(&key, &keys, input, output).map_err(system)?;
    Ok(Report::new(json!({}), "").beside(Path::new("-")))
}
