//! `wattproof device keygen` and `wattproof device sign`.

use std::io::Write;

use serde_json::json;
use wattproof_circuits::format::MAX_DEVICE_FILE;
use wattproof_circuits::meter::Device;
use wattproof_intake::sign::{self as intake, Signed, Terms};
use wattproof_intake::words::{element, purpose, span};

use super::context::{self, Nonce};
use crate::args::{KeygenArgs, SignArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::registries::Known;
use crate::screen::{Report, Screen};

pub(super) fn keygen(args: &KeygenArgs) -> Result<Report> {
    let existing = Existing::unless(args.force);
    // The place is prepared before the key is made.
    let mut key = Draft::create(&args.out, Access::Secret, existing)?;
    let mut device = Device::generate(&args.serial)?;
    if let Some(salt) = args.meter_salt {
        device.meter_salt = salt;
    }
    let json = device.to_json();
    // What could not be read back is never written: a serial that no file may hold, above all.
    Device::from_json(&json).map_err(|e| Failure::Usage(e.message().to_owned()))?;
    key.write_all(json.as_bytes()).map_err(Failure::unwritable(&args.out))?;
    key.finish()?;
    let text = format!("Wrote the device's key to {}. Keep it secret.", args.out.display());
    let json = json!({ "out": args.out, "meter_id": element(&device.meter_id()) });
    Ok(Report::new(json, text).beside(&args.out))
}

pub(super) fn sign(args: &SignArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let readings = files.readings(&args.readings)?;
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let registry = Known::open(&args.registry, files, screen)?;
    let context = context::read(&args.context, files, Nonce::Told)?;
    let terms = Terms { policy, period, context };
    let Signed { claim, index } = intake::sign(&device, registry.registry(), &readings, terms)?;
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
