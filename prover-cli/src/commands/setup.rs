//! `wattproof setup`: development keys.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::json;
use wattproof_circuits::format::{Digest, Setup, VerifyingKeyFile};
use wattproof_circuits::groth16::{ProvingKey, VerifyingKey};
use wattproof_circuits::random;
use wattproof_circuits::relation::{Relation, Shape, circuit_id};
use wattproof_circuits::setup::hazmat;
use wattproof_intake::Unnamed;
use wattproof_intake::words::thousands;

use super::keys::{PROVING, VERIFYING};
use crate::args::SetupArgs;
use crate::failure::{Failure, Result};
use crate::files::{Access, Draft, Existing, Files};
use crate::screen::{Phase, Report, Screen};

/// What whoever makes or takes keys without a ceremony is told.
pub(super) const WARNING: &str = "these are DEVELOPMENT keys: whoever made them can forge proofs under them. For trials only; \
     verifiers refuse them unless told otherwise.";

pub(super) fn run(args: &SetupArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let period = args.period.as_deref();
    let policy = files.policy(&args.policy, period, Unnamed::Sampled)?.policy;
    screen.warn(WARNING);
    let phase = screen.phase("Recording the circuit");
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    let id = circuit_id(&shape, &matrices);
    let drafts = Drafts::create(&args.out, id, Existing::unless(args.force))?;
    phase.next("Making the keys");
    let (proving, verifying) = hazmat::development_keys(id.0, matrices, &mut random::rng()?)?;
    drafts.store(shape, Setup::Dev {}, &proving, verifying, &phase)
}

/// Where a pair of keys goes.
pub(super) struct Drafts {
    proving_path: PathBuf,
    verifying_path: PathBuf,
    proving: Draft,
    verifying: Draft,
    begin: Instant,
}

impl Drafts {
    /// Prepares the files, so that what cannot be written fails before any work is done.
    pub(super) fn create(folder: &Path, id: Digest, existing: Existing) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Failure::unwritable(folder))?;
        let name = id.to_string()[..16].to_owned();
        let place = |suffix| folder.join(format!("{name}{suffix}"));
        let (proving_path, verifying_path) = (place(PROVING), place(VERIFYING));
        let proving = Draft::create(&proving_path, Access::Public, existing)?;
        let verifying = Draft::create(&verifying_path, Access::Public, existing)?;
        Ok(Self { proving_path, verifying_path, proving, verifying, begin: Instant::now() })
    }

    /// Writes a pair of keys, and who made them.
    pub(super) fn store(
        mut self,
        shape: Shape,
        setup: Setup,
        proving: &ProvingKey,
        verifying: VerifyingKey,
        phase: &Phase,
    ) -> Result<Report> {
        phase.next("Writing the proving key");
        let (proving_path, verifying_path) = (&self.proving_path, &self.verifying_path);
        let id = Digest(proving.circuit_id);
        let constraints = proving.matrices.constraints();
        let digest = proving.write(&mut self.proving).map_err(Failure::unwritable(proving_path))?;
        let file = VerifyingKeyFile::new(id, shape, setup, verifying, Digest(digest))?;
        let written = self.verifying.write_all(file.to_json().as_bytes());
        written.map_err(Failure::unwritable(verifying_path))?;
        self.proving.finish()?;
        // Last, so that a verifying key is never without its proving key.
        self.verifying.finish()?;

        let size = fs::metadata(proving_path).map_err(Failure::unreadable(proving_path))?.len();
        let seconds = self.begin.elapsed().as_secs_f64();
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
            "variables": proving.matrices.variables,
            "setup": setup,
            "warning": setup.is_dev().then_some(WARNING),
            "proving_key": proving_path,
            "proving_key_bytes": size,
            "verifying_key": verifying_path,
            "fingerprint": file.fingerprint(),
            "seconds": seconds,
        });
        Ok(Report::new(json, text))
    }
}
