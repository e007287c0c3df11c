//! `wattproof policy compile` and `wattproof policy new`.

use serde_json::json;
use wattproof_intake::Unnamed;
use wattproof_intake::agreement::PRESETS;
use wattproof_intake::words::{element, span};

use crate::args::{CompileArgs, NewArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, write};
use crate::screen::Report;

pub(super) fn compile(args: &CompileArgs, files: &Files) -> Result<Report> {
    let period = args.period.as_deref();
    let file = files.policy(&args.agreement, period, Unnamed::Refused)?;
    write(&args.out, Access::Public, Existing::Replace, file.policy.to_json().as_bytes())?;
    let timed = file.agreement.as_ref().is_some_and(|agreement| agreement.timed);
    let when = match file.period.filter(|_| timed) {
        Some(period) => format!("for {} only", span(period, &file.policy)?),
        None => "for any period of its calendar".into(),
    };
    let digest = element(&file.policy.digest());
    let shown = digest.as_str().unwrap_or_default();
    let text = format!("Wrote {}, {when}.\nDigest: {shown}", args.out.display());
    let json = json!({
        "out": args.out,
        "period": file.period.filter(|_| timed),
        "policy_digest": digest,
    });
    Ok(Report::new(json, text).beside(&args.out))
}

pub(super) fn new(args: &NewArgs) -> Result<Report> {
    let preset = PRESETS.iter().find(|preset| preset.name == args.preset);
    let preset = preset.ok_or_else(|| Failure::Usage(format!("no preset {}", args.preset)))?;
    let existing = Existing::unless(args.force);
    write(&args.out, Access::Public, existing, preset.text.as_bytes())?;
    let out = args.out.display();
    let text =
        format!("Wrote {out}. Edit it, then see what it says: wattproof policy explain {out}");
    Ok(Report::new(json!({ "out": args.out, "preset": preset.name }), text).beside(&args.out))
}
