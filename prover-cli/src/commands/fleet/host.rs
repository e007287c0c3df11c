//! A service of this command's own, in a folder that goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;
use wattproof_circuits::format::{Digest, Setup, VerifyingKeyFile};
use wattproof_circuits::policy::Policy;
use wattproof_circuits::random;
use wattproof_circuits::relation::{Relation, circuit_id};
use wattproof_circuits::setup::hazmat;
use wattproof_service::ServeError;
use wattproof_service::client::ClientError;
use wattproof_service::envelope::ProverKey;
use wattproof_service::tenant::{Role, Tenants};
use zeroize::Zeroizing;

use super::super::keys::{PROVING, VERIFYING};
use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, write};

/// Most time until it listens; its keys are read first.
const START: Duration = Duration::from_secs(60);
/// Tenant that all meters are of.
const TENANT: &str = "fleet";

/// A running service; it drains and its folder goes when this is dropped.
pub(super) struct Host {
    service: Child,
    /// Dropped after the service has ended.
    _folder: TempDir,
    pub(super) url: String,
    pub(super) token: Zeroizing<String>,
}

/// Makes development keys for a policy in a folder.
pub(super) fn make_keys(folder: &Path, policy: &Policy) -> Result<()> {
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    let id = circuit_id(&shape, &matrices);
    let (proving, verifying) = hazmat::development_keys(id.0, matrices, &mut random::rng()?)?;
    let name = id.to_string()[..16].to_owned();
    let path = folder.join(format!("{name}{PROVING}"));
    let mut file = fs::File::create(&path).map_err(Failure::unwritable(&path))?;
    let digest = proving.write(&mut file).map_err(Failure::unwritable(&path))?;
    let file = VerifyingKeyFile::new(id, shape, Setup::Dev {}, verifying, Digest(digest))?;
    let path = folder.join(format!("{name}{VERIFYING}"));
    write(&path, Access::Public, Existing::Keep, file.to_json().as_bytes())
}

impl Host {
    /// Starts a service with so many workers of one processor each, and room for so many jobs. Without a folder of keys, development
    /// keys for the policy are made.
    pub(super) fn start(
        keys: Option<&Path>,
        policy: &Policy,
        workers: usize,
        room: usize,
    ) -> Result<Self> {
        let system = ServeError::System;
        let folder = tempfile::tempdir().map_err(system)?;
        let at = folder.path();
        let keys: PathBuf = match keys {
            Some(keys) => keys.to_owned(),
            None => {
                let keys = at.join("keys");
                fs::create_dir(&keys).map_err(Failure::unwritable(&keys))?;
                make_keys(&keys, policy)?;
                keys
            }
        };
        let prover = ProverKey::generate()?;
        let key = at.join("prover.json");
        write(&key, Access::Secret, Existing::Keep, prover.to_json().as_bytes())?;
        let state = at.join("state");
        wattproof_service::make_private(&state).map_err(Failure::unwritable(&state))?;
        let token = Tenants::open(&state.join("tenants.db"))?.add(TENANT, Role::Tenant)?;
        let log = at.join("service.log");
        let log_file = fs::File::create(&log).map_err(Failure::unwritable(&log))?;
        let mut command = Command::new(std::env::current_exe().map_err(system)?);
        command.arg("serve").arg("--state").arg(&state).arg("--keys").arg(&keys);
        command.arg("--prover-key").arg(&key).args(["--listen", "127.0.0.1:0", "--leashed"]);
        command.args(["--workers", &workers.to_string(), "--threads", "1", "--log", "json"]);
        let room = room.to_string();
        command.args(["--room", &room, "--tenant-room", &room, "--rate", "1000000"]);
        // Ctrl-C is for this process: the service goes on for what was accepted.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(log_file);
        let service = command.spawn().map_err(system)?;
        let mut host = Self { service, _folder: folder, url: String::new(), token };
        host.url = host.listening(&log)?;
        Ok(host)
    }

    /// Where it listens, once it does.
    fn listening(&mut self, log: &Path) -> Result<String> {
        let begin = Instant::now();
        loop {
            let text = fs::read_to_string(log).map_err(Failure::unreadable(log))?;
            let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
            let url = lines.filter_map(|line| Some(line.get("url")?.as_str()?.to_owned())).next();
            if let Some(url) = url {
                return Ok(url);
            }
            let ended = self.service.try_wait().map_err(ServeError::System)?;
            if ended.is_some() || begin.elapsed() > START {
                let last = text.lines().last().unwrap_or("it said nothing").to_owned();
                let message = format!("the service of this command did not start: {last}");
                return Err(ClientError::Unreachable(message).into());
            }
            sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Its end of the leash; and nothing can be done if it cannot be waited for.
        drop(self.service.stdin.take());
        let _ = self.service.wait();
    }
}
