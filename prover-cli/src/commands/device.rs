//! `wattproof device`: keys, signed claims, and the simulated meter.

mod attest;
mod run;

use std::io::Write;
use std::path::Path;

use serde_json::json;
use wattproof_circuits::format::{MAX_DEVICE_FILE, MAX_REGISTRY};
use wattproof_circuits::meter::{Device, Registry};
use wattproof_intake::sign::{self as intake, Signed, Terms};
use wattproof_intake::words::{element, purpose, span};

use super::context::{self, Nonce};
use crate::args::{KeygenArgs, SignArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::screen::Report;

pub(super) use attest::attest;
pub(super) use run::{provision, run};

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
    let readings = files.readings(&args.readings)?;
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let registry = files.parse(&args.registry, MAX_REGISTRY, Registry::from_json)?;
    let context = context::read(&args.context, files, Nonce::Told)?;
    let terms = Terms { policy, period, context };
    hand_out(&args.out, &intake::sign(&device, &registry, &readings, terms)?)
}

/// Writes a witness package and says what is in it.
fn hand_out(out: &Path, signed: &Signed) -> Result<Report> {
    let Signed { claim, index } = signed;
    let (span, purpose) = (span(claim.period, &claim.policy)?, purpose(&claim.context));
    let failing = claim.failures()?.len();
    crate::files::write(out, Access::Secret, Existing::Replace, claim.to_json().as_bytes())?;

    let blocks = claim.blocks.len();
    let mut text = format!(
        "Signed {blocks} blocks, {span}, for {purpose}.\nWrote {}. Keep it secret: it holds the readings.",
        out.display()
    );
    if failing > 0 {
        text += &format!(
            "\nThe readings miss the policy in {failing} places; see `wattproof policy check --package`."
        );
    }
    let json = json!({
        "out": out,
        "period": claim.period,
        "blocks": blocks,
        "registry_index": index,
        "failures": failing,
    });
    Ok(Report::new(json, text).beside(out))
}
