//! `wattproof profile new`.

use serde_json::json;
use wattproof_circuits::format::MAX_DEVICE_FILE;
use wattproof_circuits::l3::{PublicDevice, TrustedDevice};
use wattproof_intake::import::parse_zone;
use wattproof_intake::period::instant;
use wattproof_intake::profile;
use wattproof_intake::sign::Terms;
use wattproof_intake::words::{element, purpose, span};

use super::context::{self, Nonce};
use super::keys;
use crate::args::ProfileNewArgs;
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, write};
use crate::registries::{Known, now};
use crate::screen::{Report, Screen};

pub(super) fn run(args: ProfileNewArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let key = keys::read_verifying(&args.key, files)?;
    // What a profile pins is what claims will be made under.
    keys::check_version(&args.key, &key)?;
    let mut roots = args.root.clone();
    let mut replaced = Vec::new();
    for path in &args.registry {
        let (root, earlier) = Known::open(path, files, screen)?.roots();
        roots.push(root);
        // A root that was replaced before the period ended is good for none of its claims.
        replaced.extend(earlier.into_iter().filter(|root| root.replaced_at >= period.end()));
    }
    roots.dedup();
    replaced.retain(|replaced| !roots.contains(&replaced.root));
    if period.end() > now() {
        screen.warn("the period is not over: write the profile again then, as roots change");
    }
    let context = context::read(&args.context, files, Nonce::Drawn)?;
    let devices = devices(&args, files)?;
    // Whether the key will do is the verifier's question.
    let terms = Terms { policy, period, context };
    let mut profile = match devices.is_empty() {
        true => profile::make(&key, terms, roots, args.accept_l0)?,
        false => profile::for_devices(&key, terms, devices)?,
    };
    profile.replaced_roots = replaced;
    write(&args.out, Access::Public, Existing::Replace, profile.to_json().as_bytes())?;

    let roots: Vec<_> = profile.roots.iter().map(element).collect();
    let text = format!(
        "Wrote {}: claims over {}, for {}.\nTell the prover this context: {}",
        args.out.display(),
        span(period, &profile.policy)?,
        purpose(&profile.context),
        json!(profile.context)
    );
    let json = json!({
        "out": args.out,
        "period": period,
        "context": profile.context,
        "roots": roots,
        "devices": profile.devices,
        "replaced_roots": profile.replaced_roots,
        "key_fingerprint": profile.key_fingerprint,
        "policy_digest": element(&profile.policy.digest()),
    });
    Ok(Report::new(json, text).beside(&args.out))
}

/// The devices to trust, all over one time.
fn devices(args: &ProfileNewArgs, files: &Files) -> Result<Vec<TrustedDevice>> {
    let (Some(from), Some(until)) = (&args.valid_from, &args.valid_until) else {
        return Ok(Vec::new());
    };
    let zone = parse_zone(&args.zone).map_err(|e| Failure::Usage(format!("--zone: {e}")))?;
    let (from, until) = (instant(from, &zone)?, instant(until, &zone)?);
    let trusted = |path: &std::path::PathBuf| {
        let device = files.parse(path, MAX_DEVICE_FILE, PublicDevice::from_json)?;
        Ok(device.trusted(from, until))
    };
    args.device.iter().map(trusted).collect()
}
