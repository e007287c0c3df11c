//! `wattproof aggregate`: mask keys, rosters, and sums.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use wattproof_circuits::aggregate::{MaskKey, Member, Opened, Roster, Round, Share};
use wattproof_circuits::error::Error;
use wattproof_circuits::format::{
    Bundle, Digest, MAX_BUNDLE, MAX_POLICY, MAX_ROSTER, MAX_SHARE, Profile, text,
};
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey, SetupWords, Verifier};
use wattproof_intake::period;
use wattproof_intake::words::{clip, element, purpose, span};

use super::keys;
use crate::args::{AggregateCommand, MaskKeyArgs, OpenArgs, RosterArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::nullifiers::FileNullifiers;
use crate::screen::Report;

pub(super) fn run(command: &AggregateCommand, files: &Files) -> Result<Report> {
    match command {
        AggregateCommand::Key(args) => key(args),
        AggregateCommand::Roster(args) => roster(args, files),
        AggregateCommand::Open(args) => open(args, files),
    }
}

fn key(args: &MaskKeyArgs) -> Result<Report> {
    let existing = Existing::unless(args.force);
    // Both places are prepared before either file is made.
    let mut secret = Draft::create(&args.out, Access::Secret, existing)?;
    let mut public = Draft::create(&args.member_out, Access::Public, existing)?;
    let key = MaskKey::generate()?;
    let member = Member { name: args.name.clone(), key: key.public() }.to_json();
    // What could not be read back is never written.
    Member::from_json(&member).map_err(|e| Failure::Usage(e.message().to_owned()))?;
    let written = secret.write_all(key.to_json().as_bytes());
    written.map_err(Failure::unwritable(&args.out))?;
    secret.finish()?;
    public.write_all(member.as_bytes()).map_err(Failure::unwritable(&args.member_out))?;
    public.finish()?;
    let text = format!(
        "Wrote the mask key to {}. Keep it secret.\nWrote {}: hand it in for the roster.",
        args.out.display(),
        args.member_out.display()
    );
    let json = json!({ "out": args.out, "member_out": args.member_out, "name": args.name });
    Ok(Report::new(json, text).beside(&args.out).beside(&args.member_out))
}

fn roster(args: &RosterArgs, files: &Files) -> Result<Report> {
    let read = |path| files.parse(path, MAX_SHARE, Member::from_json);
    let members = args.members.iter().map(|path| read(path)).collect::<Result<Vec<_>>>()?;
    let mut round = [0; 32];
    wattproof_circuits::random::fill(&mut round)?;
    let roster = Roster::new(Digest(round), args.least, members)?;
    let bytes = roster.to_json();
    write(&args.out, Access::Public, Existing::unless(args.force), bytes.as_bytes())?;
    let count = roster.members().len();
    let nonce = nonce(&roster);
    let text = format!(
        "Wrote {}: {count} members, {} at least.\nThe round's nonce, for the profile and for every device: {nonce}",
        args.out.display(),
        roster.least()
    );
    let json = json!({
        "out": args.out, "members": count, "least": roster.least(), "digest": roster.digest(), "nonce": nonce,
    });
    Ok(Report::new(json, text).beside(&args.out))
}

/// What the context of the round's claims has as its nonce.
pub(super) fn nonce(roster: &Roster) -> String {
    format!("0x{}", roster.digest())
}

pub(super) fn read_roster(path: &Path, files: &Files) -> Result<Roster> {
    files.parse(path, MAX_ROSTER, Roster::from_json)
}

fn open(args: &OpenArgs, files: &Files) -> Result<Report> {
    let key = keys::read_verifying(&args.key, files)?;
    let trust = KeyPolicy { allow_dev: args.allow_dev_keys };
    let key = LoadedKey::new(key, trust).map_err(Failure::within(&args.key))?;
    let setup = SetupWords::from(key.file().setup());
    let profile = files.parse(&args.profile, MAX_POLICY, Profile::from_json)?;
    let roster = read_roster(&args.roster, files)?;
    let offsets = period::offsets(&profile.policy.scope().calendar, profile.period)?;
    let verifier = Verifier::new(Arc::new(key), profile, offsets)?;

    let mut round = Round::new(&verifier, &roster)?;
    for path in &args.bundles {
        let bytes = files.bytes(path, MAX_BUNDLE)?;
        let added = Bundle::from_slice(&bytes).and_then(|bundle| round.add(&bundle));
        added.map_err(refused(path))?;
    }
    let mut shares = Vec::with_capacity(args.shares.len());
    for path in &args.shares {
        let bytes = files.bytes(path, MAX_SHARE)?;
        let share = text(&bytes, MAX_SHARE).and_then(Share::from_json);
        shares.push(share.map_err(refused(path))?);
    }
    // Held until the claims are recorded: nobody else records one in between.
    let store = args.nullifiers.as_deref().map(FileNullifiers::open).transpose()?;
    let opened = round.open(&shares).map_err(Failure::Bundle)?;
    if let Some(mut store) = store {
        store.record_all(&opened.nullifiers)?;
    }
    report(&opened, &verifier, &roster, &setup, args.nullifiers.is_some())
}

/// Something handed in that does not stand up to verification.
fn refused(path: &Path) -> impl FnOnce(Error) -> Failure + '_ {
    |refusal| Failure::Bundle(refusal.at(&path.display().to_string()))
}

fn report(
    opened: &Opened,
    verifier: &Verifier,
    roster: &Roster,
    setup: &SetupWords,
    recorded: bool,
) -> Result<Report> {
    let Profile { policy, context, .. } = verifier.profile();
    let level = policy.level_words();
    let mut lines = vec![format!("OPENED: {}", clip(&policy.scope().name))];
    for sum in &opened.sums {
        lines.push(format!("- sum of {} members' {}: {}", opened.members, sum.name, sum.text));
    }
    lines.push(format!("- period: {}", span(opened.period, policy)?));
    lines.push(format!("- purpose: {}", purpose(context)));
    let words = policy.words();
    lines.extend(words.iter().map(|c| format!("- each member, {}: {}", c.kind, c.text)));
    lines.push(format!("- level {:?} or above: {}", level.least, level.text));
    lines.push(format!("- setup: {}", setup.text));
    let uniqueness = match recorded {
        true => {
            "no member's meter had claimed this scope and period here before; from now on all have."
        }
        false => {
            "whether the same energy was claimed before was not checked: record the nullifiers."
        }
    };
    lines.push(format!("- uniqueness: {uniqueness}"));
    let sums = opened.sums.iter().map(|sum| {
        json!({
            "output": sum.output,
            "name": sum.name,
            "total": sum.total.to_string(),
            "unit": sum.unit,
            "text": sum.text,
        })
    });
    let sums: Vec<_> = sums.collect();
    let json = json!({
        "verdict": "opened",
        "members": opened.members,
        "sums": sums,
        "period": opened.period,
        "context": context,
        "conditions": words,
        "level": level,
        "setup": setup,
        "uniqueness": { "status": if recorded { "recorded" } else { "not-checked" }, "text": uniqueness },
        "nullifiers": opened.nullifiers.iter().map(element).collect::<Vec<_>>(),
        "roster": roster.digest(),
        "policy_digest": element(&verifier.policy_digest()),
    });
    Ok(Report::new(json, lines.join("\n")))
}
