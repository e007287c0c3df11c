//! `wattproof prove`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wattproof_circuits::aggregate::{MaskKey, Share};
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::format::{
    Bundle, MAX_DEVICE_FILE, MAX_PACKAGE, SetupStamp, VerifyingKeyFile,
};
use wattproof_circuits::groth16::{PreparedVerifyingKey, Proof, Timing};
use wattproof_circuits::iden3::json::{MAX_FILE as MAX_PROOF_FILE, read_proof};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Claim, Relation, Statement};
use wattproof_circuits::verifier::OutputWords;
use wattproof_intake::check::Check;
use wattproof_intake::words::{element, purpose, span};
use wattproof_service::memory;

use super::{aggregate, disclosures, keys};
use crate::args::{JoinArgs, ProveArgs};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::screen::{Report, Screen};

pub(super) fn run(args: &ProveArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let begin = Instant::now();
    let mut claim = files.parse(&args.package, MAX_PACKAGE, Claim::from_json)?;
    let shares = take_part(&args.join, &mut claim, files)?;
    // Before the readings are judged, so that a refusal for the budget says nothing of them.
    let counted = disclosures::assess(&args.ledger, &claim, &shares)?;
    // Before the proving key is touched: what cannot be proved costs nothing.
    let (statement, relation) = claim.check().map_err(|e| locally(e, &claim))?;
    let shape = claim.policy.shape();
    let (path, verifying) = match (&args.key, &args.keys) {
        (Some(path), _) => (path.clone(), keys::read_verifying(path, files)?),
        (None, Some(dir)) => keys::find(dir, &shape, files)?,
        (None, None) => return Err(Failure::Usage("--keys or --key is missing".into())),
    };
    if *verifying.shape() != shape {
        let message = "the package's policy needs another circuit than the key's.";
        return Err(Failure::within(&path)(Error::new(Code::WrongCircuit, message)));
    }
    let mut draft = Draft::create(&args.out, Access::Public, Existing::Replace)?;
    let share_draft = |path: &PathBuf| Draft::create(path, Access::Public, Existing::Replace);
    let share_drafts = args.join.share.iter().map(share_draft).collect::<Result<Vec<_>>>()?;
    let (text, disclosure) = disclosure(&claim, &statement)?;
    screen.say(&text);
    counted.tell(screen);
    let ledger = counted.json();

    let inputs = statement.to_public_inputs();
    let (proof, times) = match &args.proof {
        Some(path) => (files.parse(path, MAX_PROOF_FILE, read_proof)?, Times::default()),
        None => {
            make(&path, &verifying, &relation, screen).or_else(|e| explain(e, &path, &verifying))?
        }
    };
    let verification = Instant::now();
    let verdict = PreparedVerifyingKey::from(verifying.key()).verify(&inputs, &proof);
    verdict.or_else(|e| explain(e.into(), &path, &verifying))?;
    let verification = verification.elapsed();

    let dev = verifying.setup().is_trial();
    let stamp = if dev { SetupStamp::Dev } else { SetupStamp::Ceremony };
    let nullifier = statement.nullifier;
    let policy = args.embed_policy.then(|| claim.policy.clone());
    let bundle = Bundle::new(verifying.circuit_id(), stamp, statement, &proof, policy);
    let bundle = bundle.signed_by(claim.voucher.device().cloned()).to_json();
    // A schedule may make the policy longer than a bundle can be.
    let fits = Bundle::from_json(&bundle);
    fits.map_err(|e| e.at("bundle; try without --embed-policy"))?;
    draft.write_all(bundle.as_bytes()).map_err(Failure::unwritable(&args.out))?;
    counted.record()?;
    draft.finish()?;
    for ((mut draft, path), share) in share_drafts.into_iter().zip(&args.join.share).zip(&shares) {
        draft.write_all(share.to_json().as_bytes()).map_err(Failure::unwritable(path))?;
        draft.finish()?;
    }

    let total = begin.elapsed();
    let ms = |d: Duration| (d.as_secs_f64() * 1e3).round() as u64;
    let proved = times.witness + times.timing.fft + times.timing.msm;
    let how = match &args.proof {
        Some(path) => format!("The proof of {} verifies.", path.display()),
        None => format!(
            "Proved in {:.2} s, {:.2} s with reading the key.",
            proved.as_secs_f64(),
            total.as_secs_f64()
        ),
    };
    let mut text = format!("{how} Wrote {} ({} bytes).", args.out.display(), bundle.len());
    if dev {
        text += "\nMade with a key for trials only: one party could forge under it.";
    }
    for (share, path) in shares.iter().zip(&args.join.share) {
        text += &format!(
            "\nWrote {}, the share of member {}: the aggregator gets it with the bundle. Hand it in for this round only.",
            path.display(),
            share.member
        );
    }
    let json = json!({
        "out": args.out,
        "shares": args.join.share,
        "bytes": bundle.len(),
        "circuit_id": verifying.circuit_id(),
        "setup": stamp,
        "nullifier": element(&nullifier),
        "disclosure": disclosure,
        "ledger": ledger,
        "timing_ms": {
            "read_key": ms(times.reading),
            "witness": ms(times.witness),
            "fft": ms(times.timing.fft),
            "msm": ms(times.timing.msm),
            "verify": ms(verification),
            "total": ms(total),
        },
    });
    let report = Report::new(json, text).beside(&args.out);
    Ok(args.join.share.iter().fold(report, |report, path| report.beside(path)))
}

/// Where the time of a proof went.
#[derive(Default)]
struct Times {
    reading: Duration,
    witness: Duration,
    timing: Timing,
}

/// Why no good proof came of it: a key of another version is looked for only then, as it takes a while.
fn explain<T>(failure: Failure, path: &Path, verifying: &VerifyingKeyFile) -> Result<T> {
    keys::check_version(path, verifying)?;
    Err(failure)
}

/// Makes the proof with the proving key that is beside the verifying one.
fn make(
    path: &Path,
    verifying: &VerifyingKeyFile,
    relation: &Relation,
    screen: &Screen,
) -> Result<(Proof, Times)> {
    let phase = screen.phase("Reading the proving key");
    let begin = Instant::now();
    let proving = keys::read_proving(path, verifying)?;
    let reading = begin.elapsed();
    phase.next("Computing the witness");
    let begin = Instant::now();
    let assignment = Evaluator::assign(relation, proving.matrices.variables);
    let witness = begin.elapsed();
    phase.next("Proving");
    let (proof, timing) = proving.prove_timed(&assignment, &mut random::rng()?)?;
    memory::wipe_stacks();
    Ok((proof, Times { reading, witness, timing }))
}

/// Blinds the hidden outputs for the round that was named, and gives their shares; none where nothing is hidden.
pub(super) fn take_part(args: &JoinArgs, claim: &mut Claim, files: &Files) -> Result<Vec<Share>> {
    let hidden = claim.policy.shape().outputs().into_iter().filter(|o| o.hidden).count();
    if hidden > 0 && !claim.blindings.is_empty() {
        let message = "the package has blindings of its own; masks take their place";
        return Err(Failure::Usage(message.into()));
    }
    match (&args.roster, &args.mask_key) {
        (Some(_), _) if hidden == 0 => {
            Err(Failure::Usage("--roster is for hidden outputs, and the policy has none".into()))
        }
        (Some(roster), Some(key)) => {
            let roster = aggregate::read_roster(roster, files)?;
            let key = files.parse(key, MAX_DEVICE_FILE, MaskKey::from_json)?;
            let shares = wattproof_circuits::aggregate::join(claim, &key, &roster)?;
            let (count, files) = (shares.len(), args.share.len());
            if count != files {
                let message =
                    format!("--share is there {files} times, and there are {count} hidden outputs");
                return Err(Failure::Usage(message));
            }
            Ok(shares)
        }
        _ if hidden > 0 => {
            let message = "the policy has a hidden output: --roster, --mask-key and --share say which sum it is for";
            Err(Failure::Usage(message.into()))
        }
        _ => Ok(Vec::new()),
    }
}

/// A failing condition in local time and units; every other refusal as it is.
pub(super) fn locally(refusal: Error, claim: &Claim) -> Failure {
    if refusal.code() != Code::ConditionFails {
        return refusal.into();
    }
    let told = || -> Result<Option<String>> {
        let check = Check::claim(claim)?;
        let Some(first) = check.lines(1)?.pop() else { return Ok(None) };
        let more = check.misses.len() - 1;
        let rest = format!(" ({more} more: see `wattproof policy check --package`)");
        Ok(Some(if more == 0 { format!("{first}.") } else { format!("{first}{rest}.") }))
    };
    match told() {
        Ok(Some(message)) => Error::new(Code::ConditionFails, message).into(),
        _ => refusal.into(),
    }
}

/// What a verifier will learn, in words and as data.
pub(super) fn disclosure(claim: &Claim, statement: &Statement) -> Result<(String, Value)> {
    let policy = &claim.policy;
    let (conditions, level) = (policy.words(), policy.level_words());
    let revealed = OutputWords::all(policy, &policy.shape().outputs(), &statement.outputs);
    let mut lines = vec!["Whoever verifies this proof learns:".to_owned()];
    lines.push(format!("- period: {}", span(claim.period, policy)?));
    lines.push(format!("- purpose: {}", purpose(&claim.context)));
    lines.extend(conditions.iter().map(|c| format!("- {}: {}", c.kind, c.text)));
    lines.extend(
        revealed.iter().map(|output| format!("- revealed: {} {}", output.name, output.text)),
    );
    let device = claim.voucher.device();
    let better = if device.is_some() { "" } else { " or above" };
    lines.push(format!("- level {:?}{better}: {}", level.least, level.text));
    let anchor = field_string(&statement.anchor);
    match device {
        None => lines.push(format!("- the meter is one of the registry with root {anchor}")),
        Some(device) => {
            lines.push(format!("- which device it is: {:?}", device.key));
            lines.push(format!("- the head of its readings, which tells none of them: {anchor}"));
        }
    }
    lines.push(format!(
        "- one-use tag {}, the same for every claim of this meter in this scope and period",
        field_string(&statement.nullifier)
    ));
    lines.push(match device {
        None => "Nothing else: neither readings nor which meter.".into(),
        Some(_) => "Nothing else: no readings. Every claim of this device shows its key.".into(),
    });
    let json = json!({
        "period": claim.period,
        "context": claim.context,
        "conditions": conditions,
        "revealed": revealed,
        "level": level,
        "root": element(&statement.anchor),
        "device": device.map(|device| json!({
            "algorithm": device.key.algorithm().name(), "public_key": device.key.hex(),
        })),
        "nullifier": element(&statement.nullifier),
    });
    Ok((lines.join("\n"), json))
}
