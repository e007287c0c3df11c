//! `wattproof ceremony`: a circuit's keys made by many.

mod ground;
mod signing;

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use wattproof_circuits::format::{Digest, Setup};
use wattproof_circuits::iden3::Zkey;
use wattproof_circuits::random;
use wattproof_circuits::setup::ceremony::{self, Demands, Transcript, steps};
use zeroize::Zeroizing;

use self::ground::Ground;
use self::signing::{summary, told};
use super::setup::Drafts;
use crate::args::{
    BeaconArgs, CeremonyCommand, CeremonyInitArgs, ContributeArgs, FinishArgs, JudgeArgs,
};
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::{Phase, Report, Screen};

pub(super) fn run(command: &CeremonyCommand, files: &Files, screen: &Screen) -> Result<Report> {
    match command {
        CeremonyCommand::Keygen(args) => signing::keygen(args),
        CeremonyCommand::Init(args) => init(args, files, screen),
        CeremonyCommand::Contribute(args) => contribute(args, files, screen),
        CeremonyCommand::Sign(args) => signing::sign(args, files, screen),
        CeremonyCommand::Beacon(args) => beacon(args, screen),
        CeremonyCommand::Verify(args) => verify(args, files, screen),
        CeremonyCommand::Finish(args) => finish(args, files, screen),
        CeremonyCommand::Audit(args) => signing::audit(args, files),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn refused(refusal: ceremony::Refusal) -> Failure {
    Failure::Ceremony(refusal.to_string())
}

fn read(path: &Path, phase: &Phase) -> Result<Zkey> {
    let file = File::open(path).map_err(Failure::unreadable(path))?;
    let length = file.metadata().map_err(Failure::unreadable(path))?.len();
    let file = phase.read("Reading the key", length, file);
    Zkey::read(BufReader::with_capacity(1 << 20, file)).map_err(Failure::within(path))
}

/// Prepares an output, so that what cannot be written fails before any work is done.
fn draft(path: &Path) -> Result<Draft> {
    Draft::create(path, Access::Public, Existing::Replace)
}

fn store(key: &Zkey, path: &Path, mut draft: Draft) -> Result<()> {
    key.write(&mut draft).and_then(|()| draft.flush()).map_err(Failure::unwritable(path))?;
    draft.finish()
}

fn init(args: &CeremonyInitArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let draft = draft(&args.out)?;
    let phase = screen.phase("Reading the policy");
    let ground = Ground::lay(&args.ground, files, &phase)?;
    phase.next("Writing the key");
    store(&ground.initial, &args.out, draft)?;
    drop(phase);
    let circuit_hash = hex(&ground.initial.circuit_hash);
    let text = format!(
        "Circuit {}. Wrote {}, to which nobody contributed yet.\nCircuit hash: {circuit_hash}",
        ground.id,
        args.out.display()
    );
    let json = json!({
        "circuit_id": ground.id, "circuit_hash": circuit_hash, "out": args.out, "ptau": ground.ptau,
    });
    Ok(Report::new(json, text))
}

fn contribute(args: &ContributeArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let by = args.sign.as_ref().map(|path| signing::secret(path, files)).transpose()?;
    let signer = by.as_ref().map(|by| by.public().name.clone());
    let name = signer.or(args.name.clone()).unwrap_or_default();
    if name.trim().is_empty() {
        return Err(Failure::Usage("--name is empty".into()));
    }
    let draft = draft(&args.out)?;
    let phase = screen.phase("Reading the key");
    let mut key = read(&args.key, &phase)?;
    ceremony::check_open(&key, &name).map_err(refused)?;
    let entropy = args.entropy.as_ref().map(|path| files.bytes(path, 1 << 20)).transpose()?;
    let mut rng = random::rng_stirred(&Zeroizing::new(entropy.unwrap_or_default()))?;
    phase.count("Contributing", key.l.len() + key.h.len());
    ceremony::contribute_watched(&mut key, &name, &mut rng, &|n| phase.done(n));
    phase.next("Writing the key");
    store(&key, &args.out, draft)?;
    drop(phase);
    // What is signed is on the disk: where this fails, `sign` does it again.
    let attestation = by.is_some().then(|| signing::beside(&args.out));
    if let (Some(by), Some(path)) = (&by, &attestation) {
        signing::attest(by, &key, path)?;
    }
    Ok(contributed(&key, &args.out, attestation.as_deref()))
}

fn beacon(args: &BeaconArgs, screen: &Screen) -> Result<Report> {
    let value = unhex(&args.hash)
        .ok_or_else(|| Failure::Usage("--hash is not hexadecimal digits in pairs".into()))?;
    let draft = draft(&args.out)?;
    let phase = screen.phase("Reading the key");
    let mut key = read(&args.key, &phase)?;
    ceremony::check_open(&key, &args.name).map_err(refused)?;
    phase.next("Hashing and contributing");
    ceremony::contribute_beacon(&mut key, &args.name, &value, args.iterations).map_err(refused)?;
    phase.next("Writing the key");
    store(&key, &args.out, draft)?;
    drop(phase);
    Ok(contributed(&key, &args.out, None))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let pairs = digits.chunks(2).map(|pair| {
        let [high, low] = pair else { return None };
        let digit = |c: &u8| char::from(*c).to_digit(16);
        Some((digit(high)? << 4 | digit(low)?) as u8)
    });
    pairs.collect()
}

fn contributed(key: &Zkey, out: &Path, attestation: Option<&Path>) -> Report {
    let mine = steps(key).pop();
    let hash = mine.as_ref().map(|step| hex(&step.hash)).unwrap_or_default();
    let mut text = format!(
        "Wrote {}: contribution {} to it.\nContribution hash, to be published: {hash}",
        out.display(),
        key.contributions.len()
    );
    if let Some(path) = attestation {
        text += &format!("\nWrote {}, to be published with the key.", path.display());
    }
    Report::new(json!({ "out": out, "contribution": mine, "attestation": attestation }), text)
}

/// The key, what it stands on, and what was done, if every check passes.
fn judge(args: &JudgeArgs, files: &Files, phase: &Phase) -> Result<(Ground, Zkey, Transcript)> {
    // What is quickly read and refused comes first.
    let signers = signing::signers(&args.signers, files)?;
    let attestations = signing::attestations(&args.attestation, files)?;
    let key = read(&args.zkey, phase)?;
    let steps = ceremony::steps(&key);
    let placed = ceremony::check_attestations(&key.circuit_hash, &steps, &attestations, &signers)
        .map_err(refused)?;
    let ground = Ground::lay(&args.ground, files, phase)?;
    phase.next("Checking every contribution");
    let demands = Demands { contributions: args.contributors as usize, beacon: true };
    ceremony::verify(&key, &ground.initial, &demands, &mut random::rng()?).map_err(refused)?;
    let mut transcript = Transcript::new(ground.id, key.circuit_hash, ground.ptau.clone(), steps);
    transcript.carry(&placed);
    Ok((ground, key, transcript))
}

fn verify(args: &JudgeArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let phase = screen.phase("Reading the key");
    let (_, _, transcript) = judge(args, files, &phase)?;
    drop(phase);
    let text = format!("{}\nEvery check passed.", summary(&transcript));
    Ok(Report::new(told(&transcript), text))
}

fn finish(args: &FinishArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let phase = screen.phase("Reading the key");
    let (ground, key, transcript) = judge(&args.judge, files, &phase)?;
    let text = transcript.to_json();
    let setup = Setup::Ceremony {
        contributions: transcript.secrets() as u32,
        transcript: Digest(Sha256::digest(&text).into()),
        first_phase: ground.first_phase(),
    };
    let existing = Existing::unless(args.force);
    let drafts = Drafts::create(&args.out, ground.id, existing)?;
    let path = args.out.join(format!("{}.ceremony.json", &ground.id.to_string()[..16]));
    let (proving, verifying) = key.into_keys(ground.id.0, ground.matrices)?;
    write(&path, Access::Public, existing, text.as_bytes())?;
    let report = drafts.store(ground.shape, setup, &proving, verifying, &phase)?;
    drop(phase);
    screen.say(&summary(&transcript));
    if setup.is_trial() {
        screen.warn(PRIVATE);
    }
    Ok(report)
}

/// What whoever trusts a first phase by name is told.
const PRIVATE: &str = "the first phase is not a published one: whoever made it can forge proofs under these keys. Verifiers refuse them \
     unless told otherwise, as they do development keys.";
