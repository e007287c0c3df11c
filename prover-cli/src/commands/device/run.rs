//! `wattproof device provision` and `wattproof device run`: a file played as a live meter.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use serde_json::json;
use wattproof_circuits::format::MAX_DEVICE_FILE;
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::meter::{Device, Quality, Reading};
use wattproof_circuits::policy::Context;
use wattproof_device::Payee;
use wattproof_intake::import::{Limits, Options, ReadingsFile, import};
use wattproof_intake::{Record, Unnamed};

use crate::args::{ProvisionArgs, RunArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files};
use crate::screen::{Report, Screen};
use crate::simulator::{Simulator, payee, sync_folder};

/// Most bytes of a context on its own.
const MAX_CONTEXT: usize = 4 << 10;

pub(in crate::commands) fn provision(args: &ProvisionArgs, files: &Files) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let file = files.policy(&args.policy, args.period.as_deref(), Unnamed::Refused)?;
    let payee = match (&args.verifier, &args.context) {
        (Some(name), _) => Payee::verifier(name),
        (None, Some(path)) => payee(&files.parse(path, MAX_CONTEXT, Context::from_json)?),
        (None, None) => return Err(Failure::Usage("--verifier or --context is missing".into())),
    };
    let outage = args.longest_outage.saturating_mul(86_400);
    let mut simulator = Simulator::open_or_create(&args.state, &device, &file.policy, outage)?;
    simulator.provision(&file.policy, payee, args.revoke)?;
    let digest = field_string(&file.policy.digest());
    let what = if args.revoke { "no longer signs" } else { "signs" };
    let text = format!("The device {what} claims under policy {digest} for this payee.");
    Ok(Report::new(json!({ "policy_digest": digest, "revoked": args.revoke }), text))
}

pub(in crate::commands) fn run(args: &RunArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let readings = readings(&args.readings, files)?;
    std::fs::create_dir_all(&args.blocks).map_err(Failure::unwritable(&args.blocks))?;
    let mut simulator = Simulator::open(&args.state, &device)?;
    let record = Record::new(&readings, simulator.kind())?;
    let interval = u64::from(simulator.kind().interval_seconds);
    let pause = match args.speed.filter(|_| !args.fast).or((!args.fast).then_some(1.0)) {
        Some(speed) => Duration::try_from_secs_f64(interval as f64 / speed)
            .map_err(|_| Failure::Usage("--speed is not a positive number".into()))?,
        None => Duration::ZERO,
    };
    // What was closed and not collected when the device last stopped.
    hand_over(&mut simulator, &args.blocks, screen)?;
    let from = simulator.next_time().unwrap_or_default();
    let mut absorbed = 0u64;
    let count = record.channels.first().map_or(0, Vec::len);
    for (time, i) in (record.start..).step_by(interval as usize).zip(0..count) {
        let row: Vec<Reading> = record.channels.iter().filter_map(|c| c.get(i).copied()).collect();
        // In an outage a meter measures nothing; it was there before `from`.
        if time < from || row.iter().all(|r| r.quality == Quality::Missing) {
            continue;
        }
        sleep(pause);
        simulator.absorb(time, &row)?;
        absorbed += 1;
        hand_over(&mut simulator, &args.blocks, screen)?;
    }
    let end = record.end(simulator.kind());
    if simulator.next_time().is_some_and(|next| next < end) {
        simulator.advance(end)?;
        hand_over(&mut simulator, &args.blocks, screen)?;
    }
    let (blocks, head) = simulator.head()?;
    let head = field_string(&head);
    let text = format!(
        "Absorbed {absorbed} intervals; the chain has {blocks} blocks, head {head}.\nWhat a gateway collects is in {}. Keep it secret: it holds the readings.",
        args.blocks.display()
    );
    let json = json!({ "absorbed": absorbed, "blocks": blocks, "head": head });
    Ok(Report::new(json, text))
}

/// Readings as `wattproof import` writes them, or the meter file itself.
fn readings(path: &Path, files: &Files) -> Result<ReadingsFile> {
    let limits = Limits::default();
    let bytes = files.bytes(path, limits.bytes as usize)?;
    if bytes.trim_ascii_start().starts_with(b"{") {
        return ReadingsFile::from_json(&bytes, limits).map_err(Failure::within(path));
    }
    let name = path.display().to_string();
    Ok(import(&name, bytes.as_slice(), &Options::default(), &mut |_| {})?.into())
}

/// The gateway: takes every closed block, for good, before the device forgets it. Blocks that were taken before a power cut are taken
/// again, the same.
fn hand_over(simulator: &mut Simulator, folder: &Path, screen: &Screen) -> Result<()> {
    if !simulator.has_uncollected() {
        return Ok(());
    }
    simulator.collect(|link| {
        let path = folder.join(format!("block-{:07}.json", link.index));
        let json = link.to_json();
        crate::files::write(&path, Access::Secret, Existing::Replace, json.as_bytes())?;
        sync_folder(folder).map_err(Failure::unwritable(folder))?;
        let (index, start, head) = (link.index, link.block.start, field_string(&link.head));
        screen.say(&format!("block {index} from {start}, head {head}"));
        Ok(())
    })
}
