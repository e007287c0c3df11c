//! `wattproof verify`.

use std::sync::Arc;

use serde_json::{Value, json};
use wattproof_circuits::error::{Error, Result as Verdict};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::format::{MAX_BUNDLE, MAX_POLICY, Profile, text};
use wattproof_circuits::verifier::{
    KeyPolicy, LoadedKey, UnconfirmedClaim, VerifiedClaim, Verifier, check_unconfirmed,
};
use wattproof_intake::period;
use wattproof_intake::words::{clip, purpose, span};

use super::keys;
use crate::args::VerifyArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::nullifiers::FileNullifiers;
use crate::registries::now;
use crate::screen::Report;

pub(super) fn run(args: &VerifyArgs, files: &Files) -> Result<Report> {
    let key = keys::read_verifying(&args.key, files)?;
    let trust = KeyPolicy { allow_dev: args.allow_dev_keys };
    let key = LoadedKey::new(key, trust).map_err(Failure::within(&args.key))?;
    let bundle = files.bytes(&args.bundle, MAX_BUNDLE)?;
    let bundle = text(&bundle, MAX_BUNDLE).map_err(|e| refuse(e, args))?;
    let Some(profile) = &args.profile else {
        let claim = check_unconfirmed(&key, bundle).map_err(|e| refuse(e, args))?;
        return unconfirmed(&claim);
    };
    let profile = files.parse(profile, MAX_POLICY, Profile::from_json)?;
    let offsets = period::offsets(&profile.policy.scope().calendar, profile.period)?;
    let mut verifier = Verifier::new(Arc::new(key), profile, offsets)?;
    verifier.set_time(now());
    let claim = match &args.nullifiers {
        None => verifier.verify(bundle).map_err(|e| refuse(e, args))?,
        Some(path) => {
            let mut store = FileNullifiers::open(path)?;
            let verdict = verifier.verify_once(bundle, &mut store);
            once(verdict, store, args)?
        }
    };
    verified(&claim, &verifier)
}

fn refuse(refusal: Error, args: &VerifyArgs) -> Failure {
    Failure::Bundle(refusal.at(&args.bundle.display().to_string()))
}

/// A store that could not record says why itself.
fn once(
    verdict: Verdict<VerifiedClaim>,
    store: FileNullifiers,
    args: &VerifyArgs,
) -> Result<VerifiedClaim> {
    match (verdict, store.into_fault()) {
        (Ok(claim), None) => Ok(claim),
        (_, Some(fault)) => Err(fault),
        (Err(refusal), None) => Err(refuse(refusal, args)),
    }
}

fn verified(claim: &VerifiedClaim, verifier: &Verifier) -> Result<Report> {
    let policy = &verifier.profile().policy;
    let mut lines = vec![format!("VERIFIED: {}", clip(&policy.scope().name))];
    lines.push(format!("- period: {}", span(claim.period, policy)?));
    lines.push(format!("- purpose: {}", purpose(&claim.context)));
    lines.extend(claim.conditions.iter().map(|c| format!("- {}: {}", c.kind, c.text)));
    for output in &claim.outputs {
        lines.push(format!("- revealed: {} {}", output.name, output.text));
    }
    let better = if claim.device.is_some() { "" } else { " or above" };
    lines.push(format!("- level {:?}{better}: {}", claim.level.least, claim.level.text));
    if let Some(device) = &claim.device {
        lines.push(format!("- device: {}, {:?}", clip(&device.meter), device.key));
    }
    lines.push(format!("- setup: {}", claim.setup.text));
    lines.push(format!("- uniqueness: {}", claim.uniqueness.text));
    Ok(Report::new(to_json(claim), lines.join("\n")))
}

fn unconfirmed(claim: &UnconfirmedClaim) -> Result<Report> {
    let statement = &claim.statement;
    let lines = [
        format!("UNCONFIRMED. {}", claim.text),
        format!(
            "- period: {} to {} (Unix seconds)",
            statement.period.start(),
            statement.period.end()
        ),
        format!("- policy digest: {}", field_string(&statement.policy_digest)),
        format!("- context: {}", field_string(&statement.context)),
        format!("- registry root: {}", field_string(&statement.anchor)),
        format!(
            "- outputs: {}",
            statement.outputs.iter().map(field_string).collect::<Vec<_>>().join(", ")
        ),
        format!("- setup: {}", claim.setup.text),
    ];
    Ok(Report::new(to_json(claim), lines.join("\n")).refused(true))
}

fn to_json(claim: &impl serde::Serialize) -> Value {
    serde_json::to_value(claim).unwrap_or_else(|e| json!({ "error": e.to_string() }))
}
