//! `wattproof setup`: development keys.

use std::fs;
use std::io::Write;
use std::time::Instant;

use serde_json::json;
use wattproof_circuits::format::{Digest, Setup, VerifyingKeyFile};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Relation, circuit_id};
use wattproof_circuits::setup::hazmat;
use wattproof_intake::Unnamed;
use wattproof_intake::words::thousands;

use super::keys::{PROVING, VERIFYING};
use crate::args::SetupArgs;
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::screen::{Report, Screen};

const WARNING: &str = "these are DEVELOPMENT keys: whoever runs this command can forge proofs under them. For trials only; \
                       verifiers refuse them unless told otherwise.";

pub(super) fn run(args: &SetupArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let period = args.period.as_deref();
    let policy = files.policy(&args.policy, period, Unnamed::Sampled)?.policy;
    screen.warn(WARNING);
    let begin = Instant::now();
    let phase = screen.phase("Recording the circuit");
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    let id = circuit_id(&shape, &matrices);
    let (constraints, variables) = (matrices.constraints(), matrices.variables);

    fs::create_dir_all(&args.out).map_err(Failure::unwritable(&args.out))?;
    let name = id.to_string()[..16].to_owned();
    let place = |suffix| args.out.join(format!("{name}{suffix}"));
    let (proving_path, verifying_path) = (place(PROVING), place(VERIFYING));
    let existing = Existing::unless(args.force);
    let mut proving_draft = Draft::create(&proving_path, Access::Public, existing)?;
    let mut verifying_draft = Draft::create(&verifying_path, Access::Public, existing)?;

    phase.next("Making the keys");
    let (proving, verifying) = hazmat::development_keys(id.0, matrices, &mut random::rng()?)?;
    phase.next("Writing the proving key");
    let digest = proving.write(&mut proving_draft).map_err(Failure::unwritable(&proving_path))?;
    let file = VerifyingKeyFile::new(id, shape, Setup::Dev {}, verifying, Digest(digest))?;
    let json = file.to_json();
    let written = verifying_draft.write_all(json.as_bytes());
    written.map_err(Failure::unwritable(&verifying_path))?;
    proving_draft.finish()?;
    // Last, so that a verifying key is never without its proving key.
    verifying_draft.finish()?;
    drop(phase);

    let size = fs::metadata(&proving_path).map_err(Failure::unreadable(&proving_path))?.len();
    let seconds = begin.elapsed().as_secs_f64();
    let text = format!(
        "Circuit {id}, {} constraints.\nWrote {} ({} bytes) and {} in {seconds:.1} s.\nFingerprint: {}",
        thousands(constraints as u64),
        proving_path.display(),
        thousands(size),
        verifying_path.display(),
        file.fingerprint()
    );
    let json = json!({
        "circuit_id": id,
        "constraints": constraints,
        "variables": variables,
        "setup": "dev",
        "warning": WARNING,
        "proving_key": proving_path,
        "proving_key_bytes": size,
        "verifying_key": verifying_path,
        "fingerprint": file.fingerprint(),
        "seconds": seconds,
    });
    Ok(Report::new(json, text))
}
