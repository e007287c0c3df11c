//! `wattproof device`: keys, signed claims, and the simulated meter.

mod attest;
mod run;

use std::io::Write;
use std::path::Path;

use serde_json::json;
use wattproof_circuits::error::{Code, Error, Result as Refusable};
use wattproof_circuits::format::MAX_DEVICE_FILE;
use wattproof_circuits::l3::SecureElement;
use wattproof_circuits::meter::Device;
use wattproof_circuits::relation::Claim;
use wattproof_intake::import::ocmf::Checked;
use wattproof_intake::sign::{self as intake, Signed, Terms};
use wattproof_intake::words::{element, purpose, span};
use zeroize::Zeroizing;

use super::context::{self, Nonce};
use super::gateway;
use crate::args::{KeygenArgs, SignArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::registries::Known;
use crate::screen::{Report, Screen};

pub(super) use attest::attest;
pub(super) use run::{provision, run};

/// A device by the kind of its key.
enum Signer {
    Enrolled(Device),
    Element(Box<SecureElement>),
}

impl Signer {
    fn generate(args: &KeygenArgs, files: &Files) -> Result<Self> {
        Ok(match args.algorithm {
            None => {
                let mut device = Device::generate(&args.serial)?;
                if let Some(salt) = args.meter_salt {
                    device.meter_salt = salt;
                }
                if let Some(path) = &args.gateway {
                    // A meter id and a nullifier key of its own, under the gateway's key.
                    device.key = files.parse(path, MAX_DEVICE_FILE, Device::from_json)?.key;
                }
                Self::Enrolled(device)
            }
            Some(kind) => Self::Element(Box::new(SecureElement::generate(&args.serial, kind)?)),
        })
    }

    /// Reads a file of either kind.
    fn from_json(text: &str) -> Refusable<Self> {
        match Device::from_json(text) {
            Err(e) if e.code() == Code::UnknownVersion => {
                // What is of neither kind is told as no device key of the usual kind.
                let element = SecureElement::from_json(text);
                let other = |f: &Error| f.code() == Code::UnknownVersion;
                element
                    .map(|d| Self::Element(Box::new(d)))
                    .map_err(|f| if other(&f) { e } else { f })
            }
            device => device.map(Self::Enrolled),
        }
    }

    fn to_json(&self) -> Zeroizing<String> {
        match self {
            Self::Enrolled(device) => device.to_json(),
            Self::Element(device) => device.to_json(),
        }
    }
}

pub(super) fn keygen(args: &KeygenArgs, files: &Files) -> Result<Report> {
    let existing = Existing::unless(args.force);
    // Both places are prepared before the key is made.
    let mut key = Draft::create(&args.out, Access::Secret, existing)?;
    let path = args.public_out.as_deref();
    let public_draft = path.map(|p| Draft::create(p, Access::Public, existing)).transpose()?;
    let device = Signer::generate(args, files)?;
    let json = device.to_json();
    // What could not be read back is never written: a serial that no file may hold, above all.
    Signer::from_json(&json).map_err(|e| Failure::Usage(e.message().to_owned()))?;
    key.write_all(json.as_bytes()).map_err(Failure::unwritable(&args.out))?;
    key.finish()?;
    let mut text = format!("Wrote the device's key to {}. Keep it secret.", args.out.display());
    let json = match &device {
        Signer::Enrolled(device) => {
            json!({ "out": args.out, "meter_id": element(&device.meter_id()) })
        }
        Signer::Element(device) => {
            let key = device.key();
            if let (Some(mut draft), Some(path)) = (public_draft, path) {
                let public = device.public().to_json();
                draft.write_all(public.as_bytes()).map_err(Failure::unwritable(path))?;
                draft.finish()?;
                let to = path.display();
                text += &format!("\nWrote its public key to {to}, for verifiers' profiles.");
            }
            json!({
                "out": args.out, "public_out": path,
                "algorithm": key.algorithm().name(), "public_key": key.hex(),
            })
        }
    };
    let report = Report::new(json, text).beside(&args.out);
    Ok(match path {
        Some(path) => report.beside(path),
        None => report,
    })
}

pub(super) fn sign(args: &SignArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let device = files.parse(&args.device, MAX_DEVICE_FILE, Signer::from_json)?;
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let context = context::read(&args.context, files, Nonce::Told)?;
    let terms = Terms { policy, period, context };
    let readings = || match &args.source.readings {
        Some(path) => files.readings(path),
        None => Err(Failure::Usage("--readings is missing".into())),
    };
    let mut checked = None;
    let (claim, index) = match (&device, &args.registry) {
        (Signer::Enrolled(device), Some(path)) => {
            let known = Known::open(path, files, screen)?;
            let registry = known.registry();
            let Signed { claim, index } = match &args.source.meter_file {
                None => intake::sign(device, registry, &readings()?, terms)?,
                Some(_) => {
                    let file = gateway::check(&args.source, device, &terms, files)?;
                    checked = Some(file.checked().clone());
                    intake::sign_checked(device, registry, &file, terms)?
                }
            };
            (claim, Some(index))
        }
        (Signer::Element(device), None) => {
            (intake::sign_by_element(device, &readings()?, terms)?, None)
        }
        (Signer::Enrolled(_), None) => {
            return Err(Failure::Usage("--registry is missing: it has this meter's entry".into()));
        }
        (Signer::Element(_), Some(_)) => {
            let message = "--registry is there, and a device of level L3 is in none";
            return Err(Failure::Usage(message.into()));
        }
    };
    hand_out(&args.out, &claim, index, checked)
}

/// Writes a witness package and says what is in it: for a device of a registry its place there, for a gateway what it checked.
fn hand_out(
    out: &Path,
    claim: &Claim,
    index: Option<usize>,
    checked: Option<Checked>,
) -> Result<Report> {
    let (span, purpose) = (span(claim.period, &claim.policy)?, purpose(&claim.context));
    let failing = claim.failures()?.len();
    crate::files::write(out, Access::Secret, Existing::Replace, claim.to_json().as_bytes())?;

    let blocks = claim.blocks.len();
    let mut text = format!(
        "Signed {blocks} blocks, {span}, for {purpose}.\nWrote {}. Keep it secret: it holds the readings.",
        out.display()
    );
    if let Some(checked) = &checked {
        text += &format!(
            "\nChecked the meter's own signature of {} records first: {}, key SHA-256 {}.",
            checked.records, checked.algorithm, checked.key_sha256
        );
    }
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
        "checked": checked,
    });
    Ok(Report::new(json, text).beside(out))
}
