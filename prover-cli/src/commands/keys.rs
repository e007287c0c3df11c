//! Finding and reading keys. A proving key is beside its verifying key: `NAME.pk` and `NAME.vk.json`.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::format::{MAX_KEY_FILE, VerifyingKeyFile};
use wattproof_circuits::groth16::ProvingKey;
use wattproof_circuits::relation::{Relation, Shape, circuit_id};

use crate::failure::{Failure, Result};
use crate::files::Files;

pub(super) const VERIFYING: &str = ".vk.json";
pub(super) const PROVING: &str = ".pk";

pub(super) fn read_verifying(path: &Path, files: &Files) -> Result<VerifyingKeyFile> {
    files.parse(path, MAX_KEY_FILE, VerifyingKeyFile::from_json)
}

/// Every verifying key in a folder, in the order of their names, each with its proving key beside it.
pub(super) fn all(dir: &Path, files: &Files) -> Result<Vec<(PathBuf, VerifyingKeyFile)>> {
    let read = |path: PathBuf| {
        let proving = beside(&path)?;
        if !proving.is_file() {
            let message = format!("{}: {} is not beside it", path.display(), proving.display());
            return Err(Failure::NoKey(message));
        }
        let file = read_verifying(&path, files)?;
        Ok((path, file))
    };
    verifying_in(dir)?.into_iter().map(read).collect()
}

/// Paths of the verifying keys in a folder, in order.
fn verifying_in(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(Failure::unreadable(dir))? {
        let path = entry.map_err(Failure::unreadable(dir))?.path();
        let name = path.file_name().and_then(OsStr::to_str);
        if name.is_some_and(|name| name.ends_with(VERIFYING)) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The one verifying key in a folder that is for this shape. Files that cannot be read, such as keys of another version, do not
/// stand in the way of one that fits; they are named if none does.
pub(super) fn find(
    dir: &Path,
    shape: &Shape,
    files: &Files,
) -> Result<(PathBuf, VerifyingKeyFile)> {
    let paths = verifying_in(dir)?;
    let (mut fitting, mut fault) = (Vec::new(), None);
    for path in paths {
        match read_verifying(&path, files) {
            Ok(file) if file.shape() == shape => fitting.push((path, file)),
            Ok(_) => {}
            Err(unread) => fault = fault.or(Some(unread)),
        }
    }
    let one = fitting.pop();
    let dir = dir.display();
    match (one, fitting.len(), fault) {
        (Some(one), 0, _) => Ok(one),
        (None, _, Some(fault)) => Err(fault),
        (None, _, None) => {
            Err(Failure::NoKey(format!("{dir} has no key for the package's policy")))
        }
        (Some(_), more, _) => {
            let count = more + 1;
            Err(Failure::NoKey(format!("{dir} has {count} keys for the package's policy")))
        }
    }
}

/// Demands that a key is for the circuit that this version makes of its shape. Takes as long as recording the circuit.
pub(super) fn check_version(path: &Path, key: &VerifyingKeyFile) -> Result<()> {
    let shape = key.shape();
    if circuit_id(shape, &Relation::matrices(shape)) == key.circuit_id() {
        return Ok(());
    }
    let message = "the key is for the circuit of another version of this program.";
    Err(Failure::within(path)(Error::new(Code::WrongCircuit, message)))
}

/// Reads the proving key beside a verifying key; its digest answers for its content.
pub(super) fn read_proving(path: &Path, verifying: &VerifyingKeyFile) -> Result<ProvingKey> {
    let path = beside(path)?;
    let file = File::open(&path).map_err(Failure::unreadable(&path))?;
    let key = ProvingKey::read(file, &verifying.proving_key_sha256().0);
    let key = key.map_err(Failure::within(&path))?;
    if key.circuit_id != verifying.circuit_id().0 {
        let message = "the proving key is for another circuit than its verifying key.";
        return Err(Failure::within(&path)(Error::new(Code::WrongCircuit, message)));
    }
    Ok(key)
}

/// Where the proving key of a verifying key is.
fn beside(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let Some(stem) = name.strip_suffix(VERIFYING) else {
        let message = format!("{}: not named NAME{VERIFYING}", path.display());
        return Err(Failure::NoKey(message));
    };
    Ok(path.with_file_name(format!("{stem}{PROVING}")))
}
