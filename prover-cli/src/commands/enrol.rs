//! `wattproof device enrol` and `wattproof device rotate`.

use serde_json::json;
use wattproof_circuits::format::{Enrolment, MAX_DEVICE_FILE};
use wattproof_circuits::meter::Device;
use wattproof_intake::import::parse_zone;
use wattproof_intake::period::instant;
use wattproof_intake::words::element;

use crate::args::{EnrolArgs, RotateKeyArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, write};
use crate::screen::Report;

pub(super) fn run(args: &EnrolArgs, files: &Files) -> Result<Report> {
    let zone = parse_zone(&args.zone).map_err(|e| Failure::Usage(format!("--zone: {e}")))?;
    let (from, until) = (instant(&args.valid_from, &zone)?, instant(&args.valid_until, &zone)?);
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Device::from_json)?;
    let json = device.enrolment(device.leaf(args.level, args.nameplate, from, until)).to_json();
    // What a registrar could not read is not written.
    let enrolment = Enrolment::from_json(&json)?;
    let (leaf, out) = (enrolment.leaf(), &args.out);
    write(out, Access::Secret, Existing::unless(args.force), json.as_bytes())?;
    let text = format!(
        "Wrote the enrolment to {}: {:?}, {} W, from {from} until {until}. It is for the registrar only: it has the serial.",
        out.display(),
        leaf.level,
        leaf.nameplate
    );
    let json = json!({
        "out": out, "meter_id": element(&leaf.meter_id), "valid_from": from.to_string(),
        "valid_until": until.to_string(),
    });
    Ok(Report::new(json, text).beside(out))
}

pub(super) fn rotate(args: &RotateKeyArgs, files: &Files) -> Result<Report> {
    let RotateKeyArgs { device, nullifier_key, out, force } = args;
    let next = files.parse(device, MAX_DEVICE_FILE, Device::from_json)?.rotated(*nullifier_key)?;
    write(out, Access::Secret, Existing::unless(*force), next.to_json().as_bytes())?;
    let what = match nullifier_key {
        true => "another key and another nullifier key",
        false => "another key and the same nullifier key",
    };
    let text = format!("Wrote {what} of the same meter to {}. Keep it secret.", out.display());
    let json = json!({ "out": out, "meter_id": element(&next.meter_id()), "new_nullifier_key": nullifier_key });
    Ok(Report::new(json, text).beside(out))
}
