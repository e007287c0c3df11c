//! The model's days, and what they cost, as tables.

use serde::Serialize;
use wattproof_fleet::cost::{self, Gas, Prices, Proving, Settlement};
use wattproof_fleet::formula::wait_mgc;
use wattproof_fleet::{Day, FleetError, Measured, Profile, Times, Workload};
use wattproof_intake::words::thousands;

use super::duration;
use super::interrupt::Interrupt;
use crate::args::{ModelArgs, ProfileArg};
use crate::failure::{Failure, Result};
use crate::screen::Screen;

/// Everything that the model says, and what it was told.
#[derive(Serialize)]
pub(super) struct Model {
    occupancy: wattproof_fleet::Spread,
    cores_per_machine: u32,
    cores_per_worker: u32,
    deadline_s: u32,
    prices: Prices,
    core_hour_source: &'static str,
    chain_source: &'static str,
    gas_source: String,
    days: Vec<Row>,
    settlement: Vec<Settled>,
}

/// A fleet's day.
#[derive(Serialize)]
struct Row {
    devices: u32,
    profile: Profile,
    /// The least number that keeps the deadline; none if proving alone takes longer.
    machines: Option<u64>,
    day: Option<Day>,
    utilisation: Option<f64>,
    /// Mean wait by the formula of Lee and Longton, in microseconds, where claims come evenly and the line does not grow.
    formula_wait_us: Option<f64>,
    cost: Option<Proving>,
}

/// What settling a fleet's day costs.
#[derive(Serialize)]
struct Settled {
    devices: u32,
    #[serde(flatten)]
    cost: Settlement,
}

fn refused(error: FleetError) -> Failure {
    Failure::Usage(error.to_string())
}

pub(super) fn run(
    args: &ModelArgs,
    measured: &Measured,
    interrupt: &Interrupt,
    screen: &Screen,
) -> Result<Model> {
    let times = measured.times().map_err(refused)?;
    if measured.cores_per_worker > args.cores {
        let message = format!("--cores: a worker of these times has {}", measured.cores_per_worker);
        return Err(Failure::Usage(message));
    }
    let gas = Gas::pinned().map_err(|error| Failure::Usage(error.to_string()))?;
    let prices =
        Prices { core_hour_usd: args.core_hour, gas_gwei: args.gas_price, eth_usd: args.eth_price };
    let spread = Profile::Spread { window_s: args.window * 3_600 };
    let midnight = Profile::Midnight { mean_s: args.midnight_delay };
    let profiles = match args.profile {
        Some(ProfileArg::Spread) => vec![spread],
        Some(ProfileArg::Midnight) => vec![midnight],
        None => vec![spread, midnight],
    };
    let phase = screen.phase("Simulating");
    phase.count("Simulating", args.devices.len() * profiles.len());
    let mut days = Vec::new();
    for devices in &args.devices {
        for profile in &profiles {
            if interrupt.is_on() {
                break;
            }
            days.push(row(*devices, *profile, args, measured, &times, &prices)?);
            phase.done(1);
        }
    }
    let settled = |devices: &u32| Settled {
        devices: *devices,
        cost: cost::settlement(u64::from(*devices), &gas, &prices),
    };
    Ok(Model {
        occupancy: times.spread(),
        cores_per_machine: args.cores,
        cores_per_worker: measured.cores_per_worker,
        deadline_s: args.deadline * 60,
        prices,
        core_hour_source: Prices::CORE_HOUR_SOURCE,
        chain_source: Prices::CHAIN_SOURCE,
        settlement: args.devices.iter().map(settled).collect(),
        gas_source: gas.about,
        days,
    })
}

fn row(
    devices: u32,
    profile: Profile,
    args: &ModelArgs,
    measured: &Measured,
    times: &Times,
    prices: &Prices,
) -> Result<Row> {
    let workload = Workload::generate(devices, profile, times, args.seed).map_err(refused)?;
    let step = (args.cores / measured.cores_per_worker).max(1) as usize;
    let deadline = u64::from(args.deadline) * 60_000_000;
    let Some(workers) = workload.workers_for(deadline, step) else {
        return Ok(Row {
            devices,
            profile,
            machines: None,
            day: None,
            utilisation: None,
            formula_wait_us: None,
            cost: None,
        });
    };
    let day = workload.run(workers);
    let machines = (workers / step) as u64;
    let formula = match profile {
        Profile::Spread { window_s } => {
            let mean = times.mean_s();
            let load = f64::from(devices) / f64::from(window_s) * mean;
            let wait = wait_mgc(workers, load, times.squared_variation()) * mean * 1e6;
            wait.is_finite().then_some(wait)
        }
        Profile::Midnight { .. } => None,
    };
    let cores = machines * u64::from(args.cores);
    let cost = cost::proving(&day, measured.cores_per_worker, cores, prices);
    Ok(Row {
        devices,
        profile,
        machines: Some(machines),
        utilisation: Some(day.utilisation()),
        formula_wait_us: formula,
        cost: Some(cost),
        day: Some(day),
    })
}

impl Model {
    /// As Markdown, which people read too.
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "Machines of {} processors, so that 99 of 100 claims are proved within {} min; a job occupies {} processor for {} on average.\n\n",
            self.cores_per_machine,
            self.deadline_s / 60,
            self.cores_per_worker,
            duration(self.occupancy.mean)
        );
        text += "| devices | claims come | machines | busy | latency, median | 95th percentile | 99th | mean wait | by formula | longest line | all proved after | USD a claim, time used | machines all day |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
        for row in &self.days {
            text += &row.text();
        }
        text += &format!(
            "\nSettled in batches of {}, at {} gwei and {} USD an ether:\n\n",
            cost::BATCH,
            self.prices.gas_gwei,
            self.prices.eth_usd
        );
        text += "| claims a day | transactions | gas a claim | gas in all | of what Ethereum takes in a day | ether | USD a claim |\n";
        text += "| --- | --- | --- | --- | --- | --- | --- |\n";
        for Settled { devices, cost } in &self.settlement {
            text += &format!(
                "| {} | {} | {} | {} million | {:.2} % | {:.3} | {:.4} |\n",
                thousands(u64::from(*devices)),
                thousands(cost.transactions),
                thousands(cost.claim_gas.round() as u64),
                thousands((cost.gas / 1e6).round() as u64),
                cost.ethereum * 100.0,
                cost.eth,
                cost.claim_usd
            );
        }
        text += &format!(
            "\nA processor for an hour is {} USD ({}). Gas price and ether are {}.\n",
            self.prices.core_hour_usd, self.core_hour_source, self.chain_source
        );
        text
    }
}

impl Row {
    fn text(&self) -> String {
        let devices = thousands(u64::from(self.devices));
        let come = match self.profile {
            Profile::Spread { window_s } => format!("over {} h", window_s / 3_600),
            Profile::Midnight { mean_s } => format!("after midnight, {mean_s} s on average"),
        };
        let (Some(machines), Some(day), Some(cost)) = (self.machines, &self.day, &self.cost) else {
            return format!("| {devices} | {come} | none: proving alone takes longer |\n");
        };
        let latency = day.latency;
        let [p50, p95, p99] = [latency.p50, latency.p95, latency.p99].map(|us| duration(us as f64));
        let formula = self.formula_wait_us.map(duration).unwrap_or_default();
        format!(
            "| {devices} | {come} | {} | {:.1} % | {p50} | {p95} | {p99} | {} | {formula} | {} | {} | {:.7} | {:.7} |\n",
            thousands(machines),
            day.utilisation() * 100.0,
            duration(day.wait.mean),
            thousands(day.deepest),
            duration(day.length_us as f64),
            cost.claim_usd_used,
            cost.claim_usd_day
        )
    }
}
