//! `wattproof fleet simulate`: a trial with some real claims, and a model of fleets that is made of it.

mod host;
mod interrupt;
mod meters;
mod model;
mod trial;

use std::time::Duration;

use serde_json::json;
use wattproof_circuits::error::{Code, Error};
use wattproof_fleet::{Measured, Spread};
use wattproof_service::client::{Client, Reach};
use wattproof_service::envelope::ProverPublicKey;
use zeroize::Zeroizing;

use self::host::Host;
use self::interrupt::Interrupt;
use self::meters::Template;
use self::trial::{Service, Trial};
use super::{setup, submit};
use crate::args::{FleetCommand, SimulateArgs, TrialArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, write};
use crate::screen::{Report, Screen};

/// Most bytes of a file of times.
const MAX_TIMES: usize = 16 << 20;

pub(super) fn run(command: &FleetCommand, files: &Files, screen: &Screen) -> Result<Report> {
    let FleetCommand::Simulate(args) = command;
    let SimulateArgs { trial: of_trial, model: of_model } = args.as_ref();
    let interrupt = Interrupt::watch()?;
    let (measured, tried) = match &of_trial.times {
        Some(path) => {
            let text = files.text(path, MAX_TIMES)?;
            let within = |error: wattproof_fleet::FleetError| {
                Failure::within(path)(Error::new(Code::Malformed, format!("{error}.")))
            };
            let measured = Measured::from_json(&text).map_err(within)?;
            measured.times().map_err(within)?;
            (measured, None)
        }
        None => {
            let (measured, trial) = measure(of_trial, of_model.seed, &interrupt, files, screen)?;
            (measured, Some(trial))
        }
    };
    let mut text = tried.as_ref().map(told).unwrap_or_default();
    let failed = tried.as_ref().is_some_and(|t| t.interrupted || t.verified < t.sent);
    if failed {
        text += "No model is made of it.";
        return Ok(Report::new(json!({ "trial": tried }), text).essential().refused(true));
    }
    if let Some(path) = &of_trial.save_times {
        let json = serde_json::to_string_pretty(&measured).unwrap_or_default() + "\n";
        write(path, Access::Public, Existing::Replace, json.as_bytes())?;
        text += &format!("Wrote {}.\n\n", path.display());
    }
    let model = model::run(of_model, &measured, &interrupt, screen)?;
    text += &model.text();
    let interrupted = interrupt.is_on();
    let json = json!({ "trial": tried, "about": measured.about, "model": model });
    Ok(Report::new(json, text).essential().refused(interrupted))
}

/// Has meters sign and a service prove.
fn measure(
    args: &TrialArgs,
    seed: u64,
    interrupt: &Interrupt,
    files: &Files,
    screen: &Screen,
) -> Result<(Measured, Trial)> {
    let template = Template::read(args, files)?;
    let count = args.meters as usize;
    let room = 4_u64.saturating_pow(template.policy.geometry().registry_depth.into());
    if count as u64 > room {
        let message = format!("the policy's registry has room for {room} meters");
        return Err(Failure::Usage(message));
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.map_or(cores, usize::from);
    let phase = screen.phase("Starting the service");
    let host = match &args.server {
        Some(_) => None,
        None => {
            if args.keys.is_none() {
                screen.warn(setup::WARNING);
            }
            Some(Host::start(args.keys.as_deref(), &template.policy, workers, count)?)
        }
    };
    let client = match (&host, &args.server) {
        (Some(host), _) => {
            let patience = Duration::from_secs(args.reach.patience.into());
            let reach = Reach { url: &host.url, authority: None, plain: false, patience };
            Client::new(&reach, Zeroizing::new(host.token.to_string()))?
        }
        (None, Some(url)) => submit::client(url, &args.reach, files)?,
        (None, None) => return Err(Failure::Usage("--server is missing".into())),
    };
    let info = client.prover()?;
    let shape = template.policy.shape();
    let verifying = submit::served(&info)?.into_iter().find(|key| *key.shape() == shape);
    let service = Service {
        client: &client,
        prover: ProverPublicKey::from_json(&info.prover_key.to_string())?,
        tenant: info.tenant,
        verifying: verifying.ok_or_else(|| submit::no_circuit(&shape))?,
        workers,
    };
    let (claims, without) = meters::sign_all(&template, count, seed, interrupt, &phase)?;
    if claims.is_empty() {
        let message = "no meter has a claim: its readings miss the policy, or it was stopped";
        return Err(Failure::Readings(message.into()));
    }
    let mut trial = trial::run(&service, &claims, seed, interrupt, &phase)?;
    (trial.meters, trial.without_claim) = (args.meters, without);
    let about = match &args.server {
        Some(_) => format!("a service with {workers} workers, reached over the network"),
        None => format!("{workers} workers at once on {cores} processors of one machine"),
    };
    let measured = Measured {
        wattproof: Measured::NAME.into(),
        about: format!("{} claims of {count} meters, {about}", trial.times.len()),
        circuit_id: service.verifying.circuit_id().to_string(),
        cores_per_worker: 1,
        occupancy_us: trial.times.clone(),
    };
    drop(phase);
    Ok((measured, trial))
}

/// Microseconds in a unit that people use for so many.
fn duration(micros: f64) -> String {
    match micros / 1e6 {
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 120.0 => format!("{s:.1} s"),
        s if s < 7_200.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3_600.0),
    }
}

fn spread(of: &Spread) -> String {
    let [p50, p95, p99] = [of.p50, of.p95, of.p99].map(|time| duration(time as f64));
    format!("median {p50}, 95th percentile {p95}, 99th {p99}")
}

/// A trial in words.
fn told(trial: &Trial) -> String {
    let mut text = format!(
        "{} meters: {} claims sent, {} bundles verified",
        trial.meters, trial.sent, trial.verified
    );
    if trial.without_claim > 0 {
        text += &format!(", {} meters miss the policy and sent nothing", trial.without_claim);
    }
    if !trial.failed.is_empty() {
        text += &format!("; {} were not proved: {}", trial.failed.len(), trial.failed.join(", "));
    }
    if trial.interrupted {
        text += "; stopped, and what was sent is finished";
    }
    text += &format!(
        ".\nProving: {}. A job occupies its worker for: {}.\n",
        spread(&trial.proving),
        spread(&trial.occupancy)
    );
    if trial.acknowledged_per_second > 0.0 {
        let rate = trial.acknowledged_per_second;
        text += &format!("Acknowledged {rate:.0} a second when sent at once.\n");
    }
    if !trial.parts.is_empty() {
        text += "\n| trial | jobs | a second | model | latency, median | model | 95th percentile | model | off by at most |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
    }
    for part in &trial.parts {
        let (real, model) = (&part.measured, &part.model);
        text += &format!(
            "| {} | {} | {:.2} | {:.2} | {} | {} | {} | {} | {:.0} % |\n",
            part.name,
            part.jobs,
            real.throughput,
            model.throughput,
            duration(real.latency.p50 as f64),
            duration(model.latency.p50 as f64),
            duration(real.latency.p95 as f64),
            duration(model.latency.p95 as f64),
            part.deviation * 100.0
        );
    }
    text + "\n"
}
