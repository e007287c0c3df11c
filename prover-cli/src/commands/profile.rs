//! `wattproof profile new`.

use serde_json::json;
use wattproof_circuits::format::MAX_REGISTRY;
use wattproof_circuits::meter::Registry;
use wattproof_intake::profile;
use wattproof_intake::sign::Terms;
use wattproof_intake::words::{element, purpose, span};

use super::context::{self, Nonce};
use super::keys;
use crate::args::ProfileNewArgs;
use crate::failure::Result;
use crate::files::{Access, Existing, Files, write};
use crate::screen::Report;

pub(super) fn run(args: ProfileNewArgs, files: &Files) -> Result<Report> {
    let (policy, period) = files.policy_for(&args.policy, &args.period.period)?;
    let key = keys::read_verifying(&args.key, files)?;
    let mut roots = args.root;
    for path in &args.registry {
        roots.push(files.parse(path, MAX_REGISTRY, Registry::from_json)?.root());
    }
    roots.dedup();
    let context = context::read(&args.context, files, Nonce::Drawn)?;
    // Whether the key will do is the verifier's question.
    let profile = profile::make(&key, Terms { policy, period, context }, roots, args.accept_l0)?;
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
        "key_fingerprint": profile.key_fingerprint,
        "policy_digest": element(&profile.policy.digest()),
    });
    Ok(Report::new(json, text).beside(&args.out))
}
