//! Meters of a trial: each replays the same real readings with noise of its own, is enrolled among the others, and signs one period.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::meter::{Device, Level, Quality, Reading, Registry};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::{Claim, Statement};
use wattproof_intake::cells::cells;
use wattproof_intake::import::{Options, ReadingsFile, import};
use wattproof_intake::sign::{Terms, sign};
use wattproof_intake::{PolicyFile, Record, Unnamed};
use zeroize::Zeroizing;

use super::interrupt::Interrupt;
use crate::args::TrialArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::screen::Phase;

/// A household of California, hour by hour.
const READINGS: &str = include_str!("../../../../tests/data/csv/2011-02-rfc3339-wh.csv");
/// A day between 5 and 20 kWh, no hour above 5 kWh.
const POLICY: &str = include_str!("../../../../tests/data/policies/day-sdge.json");
/// Watts that each installation can carry: no reading of the file is near.
const NAMEPLATE: u64 = 20_000;
/// Noise of a reading, in thousandths either way.
const NOISE: u64 = 100;
/// Periods that a meter tries before it has none that meets the policy.
const TRIES: usize = 8;

/// What all meters replay, and under which policy.
pub(super) struct Template {
    pub(super) policy: Policy,
    readings: ReadingsFile,
    periods: Vec<Period>,
}

impl Template {
    pub(super) fn read(args: &TrialArgs, files: &Files) -> Result<Self> {
        let policy = match &args.policy {
            Some(path) => files.policy(path, None, Unnamed::Sampled)?.policy,
            None => PolicyFile::parse(POLICY, None, Unnamed::Refused)?.policy,
        };
        let readings = match &args.readings {
            Some(path) => files.readings(path)?,
            None => {
                import("readings", READINGS.as_bytes(), &Options::default(), &mut |_| {})?.into()
            }
        };
        let periods = cells(&Record::new(&readings, policy.meter())?, &policy)?;
        if periods.is_empty() {
            let message = "the readings cover no period of the policy's calendar";
            return Err(Failure::Readings(message.into()));
        }
        if policy.least_level() > Level::L1 {
            let message = "a fleet is simulated at L0 and L1: the policy asks for more";
            return Err(Failure::Usage(message.into()));
        }
        Ok(Self { policy, readings, periods })
    }

    /// The readings of a period and of what the policy looks back into, with a meter's noise: what was missing stays so.
    fn replay(&self, period: Period, noise: &mut Noise) -> ReadingsFile {
        let (meter, geometry) = (self.policy.meter(), self.policy.geometry());
        let back = u64::from(geometry.look_back) * meter.block_seconds(geometry);
        let (from, to) = (meter.block_start(geometry, period.start()) - back, period.end());
        // To the end of the block that the period's last interval is in.
        let to = meter.block_start(geometry, to - 1) + meter.block_seconds(geometry);
        let mut file = self.readings.clone();
        for series in &mut file.series {
            let step = u64::from(series.interval_seconds);
            let skip = from.saturating_sub(series.start) / step;
            let end = to.saturating_sub(series.start) / step;
            let most = (series.readings.len() as u64).min(end);
            let kept = series.readings.get(skip as usize..most as usize).unwrap_or_default();
            let noisy = |reading: &Reading| match reading.quality {
                Quality::Missing => *reading,
                _ => Reading { value: noise.around(reading.value), ..*reading },
            };
            series.readings = kept.iter().map(noisy).collect();
            series.start += skip * step;
        }
        file
    }
}

/// Small numbers that look random and follow from a seed: SplitMix64. Nothing secret depends on them.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn around(&mut self, value: u32) -> u32 {
        let thousandths = 1_000 - NOISE + self.next() % (2 * NOISE + 1);
        u32::try_from(u64::from(value) * thousandths / 1_000).unwrap_or(value)
    }
}

/// A claim that is ready to be sent.
pub(super) struct Ready {
    pub(super) statement: Statement,
    /// The witness package.
    pub(super) package: Zeroizing<String>,
}

/// Has every meter sign; gives the claims, and how many meters have none, as their readings miss the policy. Ends early when
/// interrupted.
pub(super) fn sign_all(
    template: &Template,
    count: usize,
    seed: u64,
    interrupt: &Interrupt,
    phase: &Phase,
) -> Result<(Vec<Ready>, usize)> {
    phase.count("Enrolling", count);
    let mut registry = Registry::new(template.policy.geometry().registry_depth)?;
    let mut devices = Vec::with_capacity(count);
    let (first, last) = (template.periods.first(), template.periods.last());
    // With room for what is looked back into.
    let from = first.map_or(0, Period::start).saturating_sub(400 * 86_400);
    let until = last.map_or(0, Period::end) + 86_400;
    for number in 0..count {
        let device = Device::generate(&format!("fleet-{number}"))?;
        registry.add(device.leaf(Level::L1, NAMEPLATE, from, until))?;
        devices.push(device);
        phase.done(1);
    }
    phase.count("Signing", count);
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let worker = || {
        let mut claims = Vec::new();
        while let Some((number, device)) = take(&next, &devices).filter(|_| !interrupt.is_on()) {
            claims.push(sign_one(template, device, &registry, number, seed)?);
            phase.done(1);
        }
        Ok(claims)
    };
    let signed: Vec<Result<Vec<Option<Ready>>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let ended = |worker: thread::ScopedJoinHandle<'_, _>| {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        workers.into_iter().map(ended).collect()
    });
    let signed: Vec<Option<Ready>> =
        signed.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    let missed = signed.iter().filter(|claim| claim.is_none()).count();
    Ok((signed.into_iter().flatten().collect(), missed))
}

fn take<'a>(next: &AtomicUsize, devices: &'a [Device]) -> Option<(usize, &'a Device)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    devices.get(number).map(|device| (number, device))
}

/// The first period from the meter's own on that meets the policy.
fn sign_one(
    template: &Template,
    device: &Device,
    registry: &Registry,
    number: usize,
    seed: u64,
) -> Result<Option<Ready>> {
    let mut noise = Noise(seed.wrapping_mul(0x1_0000_0001).wrapping_add(number as u64));
    for period in template.periods.iter().cycle().skip(number % template.periods.len()).take(TRIES)
    {
        let mut nonce = [0; 32];
        nonce.iter_mut().for_each(|byte| *byte = noise.next() as u8);
        let context = Context::Challenge { verifier: "fleet".into(), nonce: Prefixed(nonce) };
        let readings = template.replay(*period, &mut noise);
        let terms = Terms { policy: template.policy.clone(), period: *period, context };
        let claim: Claim = sign(device, registry, &readings, terms)?.claim;
        match claim.check() {
            Ok((statement, _)) => {
                return Ok(Some(Ready { statement, package: Zeroizing::new(claim.to_json()) }));
            }
            Err(refusal) if misses(&refusal) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    Ok(None)
}

/// Whether a refusal is about readings that miss the policy.
fn misses(refusal: &Error) -> bool {
    refusal.code() == Code::ConditionFails
}
