//! Whose contributions they are: keys, attestations, and what a transcript carries of them.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use wattproof_circuits::format::{Digest, FirstPhase, Setup, text};
use wattproof_circuits::iden3::Zkey;
use wattproof_circuits::setup::ceremony::{
    Attestation, Contributor, ContributorKey, MAX_CEREMONY_FILE, MAX_TRANSCRIPT, Signers,
    Transcript, check_contributors, steps,
};

use super::{hex, read, refused};
use crate::args::{AuditArgs, CeremonyKeygenArgs, CeremonySignArgs, SignersArgs};
use crate::commands::keys;
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files, write};
use crate::screen::{Report, Screen};

pub(super) fn keygen(args: &CeremonyKeygenArgs) -> Result<Report> {
    let mut draft = Draft::create(&args.out, Access::Secret, Existing::unless(args.force))?;
    let key = ContributorKey::generate(&args.name)?;
    draft.write_all(key.to_json().as_bytes()).map_err(Failure::unwritable(&args.out))?;
    draft.finish()?;
    let public = key.public();
    let text = format!(
        "Wrote your signing key to {}. Keep it secret.\nFor whoever runs the ceremony: {public}",
        args.out.display()
    );
    let json = json!({
        "out": args.out, "name": public.name, "public_key": hex(&public.public_key),
    });
    Ok(Report::new(json, text))
}

/// A contributor's secret key.
pub(super) fn secret(path: &Path, files: &Files) -> Result<ContributorKey> {
    files.parse(path, MAX_CEREMONY_FILE, ContributorKey::from_json)
}

/// Where the attestation for a key goes.
pub(super) fn beside(key: &Path) -> PathBuf {
    key.with_extension("attestation.json")
}

/// Signs the contribution of the signing key's name.
pub(super) fn attest(by: &ContributorKey, key: &Zkey, out: &Path) -> Result<Attestation> {
    let signed = by.sign(&key.circuit_hash, &steps(key)).map_err(|_| {
        Failure::Usage(format!("the key has no contribution by {:?} to sign", by.public().name))
    })?;
    write(out, Access::Public, Existing::Replace, signed.to_json().as_bytes())?;
    Ok(signed)
}

pub(super) fn sign(args: &CeremonySignArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let by = secret(&args.sign, files)?;
    let phase = screen.phase("Reading the key");
    let key = read(&args.key, &phase)?;
    drop(phase);
    let out = args.out.clone().unwrap_or_else(|| beside(&args.key));
    let signed = attest(&by, &key, &out)?;
    let hash = hex(&signed.hash);
    let text = format!(
        "Wrote {}: contribution {}, of {}.\nThe contribution's hash, which must be the one you were told when you made it: {hash}",
        out.display(),
        signed.contribution,
        signed.name
    );
    let json = json!({ "out": out, "contribution": signed.contribution, "hash": hash });
    Ok(Report::new(json, text).beside(&out))
}

/// Whose signatures are demanded.
pub(super) fn signers(args: &SignersArgs, files: &Files) -> Result<Signers> {
    let mut contributors = args.contributor.clone();
    if let Some(path) = &args.contributor_list {
        contributors.extend(files.parse(path, MAX_CEREMONY_FILE, Contributor::list)?);
    }
    check_contributors(&contributors)?;
    let least = if args.accept_unsigned { 0 } else { args.signed as usize };
    Ok(Signers { contributors, least })
}

pub(super) fn attestations(paths: &[PathBuf], files: &Files) -> Result<Vec<Attestation>> {
    let parse = |path: &PathBuf| files.parse(path, MAX_CEREMONY_FILE, Attestation::from_json);
    paths.iter().map(parse).collect()
}

pub(super) fn audit(args: &AuditArgs, files: &Files) -> Result<Report> {
    let key = keys::read_verifying(&args.key, files)?;
    let bytes = files.bytes(&args.transcript, MAX_TRANSCRIPT)?;
    let read = text(&bytes, MAX_TRANSCRIPT).and_then(Transcript::from_json);
    let transcript = read.map_err(Failure::within(&args.transcript))?;
    let Setup::Ceremony { contributions, transcript: named, first_phase } = key.setup() else {
        let message = format!("{}: made by one party, not in a ceremony", args.key.display());
        return Err(Failure::Ceremony(message));
    };
    let published = first_phase == FirstPhase::Published;
    for (holds, what) in [
        (named == Digest(Sha256::digest(&bytes).into()), "SHA-256"),
        (key.circuit_id() == transcript.circuit_id, "circuit"),
        (contributions as usize == transcript.secrets(), "number of contributions"),
        (published == transcript.ptau.known.is_some(), "first phase"),
    ] {
        if !holds {
            let message = format!("the transcript's {what} is not the one that the key names");
            return Err(Failure::Ceremony(message));
        }
    }
    transcript.check_signatures(&signers(&args.signers, files)?).map_err(refused)?;
    let text = format!(
        "{}\nThe transcript is the key's, and every signature that it carries is good.",
        summary(&transcript)
    );
    Ok(Report::new(told(&transcript), text))
}

/// A transcript as a report's data.
pub(super) fn told(transcript: &Transcript) -> Value {
    serde_json::to_value(transcript).unwrap_or_default()
}

/// A transcript in words.
pub(super) fn summary(transcript: &Transcript) -> String {
    let known = transcript.ptau.known.as_deref().unwrap_or("private, trusted by name");
    let mut lines = vec![
        format!("Circuit {}.", transcript.circuit_id),
        format!("First phase: {known}, BLAKE2b-512 {}.", hex(&transcript.ptau.blake2b)),
    ];
    for (i, step) in transcript.contributions.iter().enumerate() {
        let how = match (&step.beacon, &step.signed) {
            (Some(beacon), _) => {
                format!(" (beacon {}, 2^{} iterations)", beacon.hash, beacon.iterations)
            }
            (None, Some(signed)) => format!(" (signed by {})", hex(&signed.public_key)),
            (None, None) => " (not signed)".to_owned(),
        };
        let name = step.name.as_deref().unwrap_or_default();
        lines.push(format!("{}. {name:?}{how}: {}", i + 1, hex(&step.hash)));
    }
    lines.join("\n")
}
