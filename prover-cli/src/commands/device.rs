//! `wattproof device keygen` and `wattproof device sign`.

use std::io::Write;

use serde_json::json;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::{MAX_DEVICE_FILE, MAX_REGISTRY};
use wattproof_circuits::meter::{Device, Ledger, Registry};
use wattproof_circuits::policy::Period;
use wattproof_circuits::relation::Claim;

use super::context::{self, Nonce};
use crate::args::{KeygenArgs, SignArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::import::{Limits, ReadingsFile};
use crate::policy_file;
use crate::screen::Report;
use crate::series::Record;
use crate::words::{element, purpose, span};

pub(super) fn keygen(args: &KeygenArgs) -> Result<Report> {
    let existing = Existing::unless(args.force);
    // Both places are prepared before either file is made.
    let mut key = Draft::create(&args.out, Access::Secret, existing)?;
    let path = args.enrolment_out.as_deref();
    let enrolment_draft = path.map(|p| Draft::create(p, Access::Public, existing)).transpose()?;
    let device = Device::generate(&args.serial)?;
    let json = device.to_json();
    // What could not be read back is never written: a serial that no file may hold, above all.
    Device::from_json(&json).map_err(|e| Failure::Usage(e.message().to_owned()))?;
    let enrolment = device.enrolment();
    key.write_all(json.as_bytes()).map_err(Failure::unwritable(&args.out))?;
    key.finish()?;
    if let (Some(mut draft), Some(path)) = (enrolment_draft, path) {
        draft.write_all(enrolment.to_json().as_bytes()).map_err(Failure::unwritable(path))?;
        draft.finish()?;
    }
    let id = element(enrolment.meter_id());
    let mut text = format!("Wrote the device's key to {}. Keep it secret.", args.out.display());
    if let Some(path) = path {
        text += &format!("\nWrote its enrolment to {}, for a registry.", path.display());
    }
    let json = json!({ "out": args.out, "enrolment_out": path, "meter_id": id });
    let report = Report::new(json, text).beside(&args.out);
    Ok(match path {
        Some(path) => report.beside(path),
        None => report,
    })
}

pub(super) fn sign(args: &SignArgs, files: &Files) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let limits = Limits::default();
    let readings = files.bytes(&args.readings, limits.bytes as usize)?;
    let readings = ReadingsFile::from_json(&readings, limits);
    let readings = readings.map_err(Failure::within(&args.readings))?;
    let (policy, period) = policy_file::read_for(&args.policy, &args.period.period, files)?;
    let registry = files.parse(&args.registry, MAX_REGISTRY, Registry::from_json)?;
    let context = context::read(&args.context, files, Nonce::Told)?;

    let index = entry(&device, &registry, period)?;
    let path = registry.path(index)?;
    let leaf = registry.entries().get(index).map(|e| e.leaf.clone()).ok_or_else(not_enrolled)?;
    let (meter, geometry) = (policy.meter().clone(), *policy.geometry());
    let record = Record::new(&readings, &meter)?;
    let (id, start) = (device.meter_id(), record.start);
    let ledger = Ledger::record(&device.key, &id, &meter, &geometry, start, &record.channels)?;
    let signed = ledger.attest(&device.key, &policy, &period, &context)?;
    let claim = Claim {
        policy,
        period,
        context,
        leaf,
        path,
        nullifier_key: device.nullifier_key,
        signature: signed.signature,
        head: signed.head,
        first_index: signed.first_index,
        blocks: signed.blocks,
        blindings: Vec::new(),
    };
    let (span, purpose) = (span(period, &claim.policy)?, purpose(&claim.context));
    let failing = claim.failures()?.len();
    crate::files::write(&args.out, Access::Secret, Existing::Replace, claim.to_json().as_bytes())?;

    let blocks = claim.blocks.len();
    let mut text = format!(
        "Signed {blocks} blocks, {span}, for {purpose}.\nWrote {}. Keep it secret: it holds the readings.",
        args.out.display()
    );
    if failing > 0 {
        text += &format!(
            "\nThe readings miss the policy in {failing} places; see `wattproof policy check --package`."
        );
    }
    let json = json!({
        "out": args.out,
        "period": period,
        "blocks": blocks,
        "registry_index": index,
        "failures": failing,
    });
    Ok(Report::new(json, text).beside(&args.out))
}

/// The device's own entry for the period.
fn entry(device: &Device, registry: &Registry, period: Period) -> Result<usize> {
    let (id, key) = (device.meter_id(), device.key.public());
    let mut own = (0..).zip(registry.entries()).filter_map(|(index, entry)| {
        let leaf = &entry.leaf;
        (!entry.revoked && leaf.meter_id == id && leaf.key == key).then_some((index, leaf))
    });
    let mut enrolled = false;
    let covering = own.find(|(_, entry)| {
        enrolled = true;
        entry.valid_from <= period.start() && entry.valid_until >= period.end()
    });
    match covering {
        Some((index, _)) => Ok(index),
        None if enrolled => {
            let message = "no registry entry of this device covers the whole period.";
            Err(Error::new(Code::NotEnrolled, message).into())
        }
        None => Err(not_enrolled()),
    }
}

fn not_enrolled() -> Failure {
    Error::new(Code::NotEnrolled, "the registry has no entry of this device.").into()
}
