//! The disclosure ledger in a file: used by one process at a time, replaced as a whole, flushed before a proof is handed out.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use wattproof_circuits::disclosure::{Disclosures, MAX_DISCLOSURES};
use wattproof_circuits::error::{Code, Error};

use crate::failure::{Failure, Result};
use crate::files::{Access, Existing, Files, is_dash, write};

/// A ledger, locked until dropped.
pub(crate) struct FileDisclosures {
    path: PathBuf,
    /// Beside the ledger, as the ledger itself is replaced.
    _lock: File,
    /// What it holds.
    pub(crate) ledger: Disclosures,
    /// Whether there was none before.
    pub(crate) is_new: bool,
}

impl FileDisclosures {
    /// Opens a ledger, or begins one, and waits until no other process has it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        if is_dash(path) {
            return Err(Failure::Usage("the ledger is rewritten, so it cannot be -".into()));
        }
        // Through links, so that all its names have one lock.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let lock = lock(&path)?;
        let is_new = !fs::exists(&path).map_err(Failure::unreadable(&path))?;
        let ledger = if is_new { Disclosures::default() } else { read(&path, &Files::default())? };
        Ok(Self { path, _lock: lock, ledger, is_new })
    }

    /// Puts the ledger in its place, on the disk and not only on its way there.
    pub(crate) fn save(&self) -> Result<()> {
        let json = self.ledger.to_json().map_err(Failure::within(&self.path))?;
        write(&self.path, Access::Secret, Existing::Replace, json.as_bytes())?;
        // The file was flushed; its new name is in the folder.
        #[cfg(unix)]
        {
            let folder = self.path.parent().filter(|p| !p.as_os_str().is_empty());
            let folder = File::open(folder.unwrap_or(Path::new(".")));
            let flushed = folder.and_then(|folder| folder.sync_all());
            flushed.map_err(Failure::unwritable(&self.path))?;
        }
        Ok(())
    }
}

/// Reads a ledger that is there.
pub(crate) fn read(path: &Path, files: &Files) -> Result<Disclosures> {
    let text = files.text(path, MAX_DISCLOSURES)?;
    Disclosures::from_json(&text).map_err(|refusal: Error| match refusal.code() {
        Code::UnknownVersion | Code::TooLarge => Failure::within(path)(refusal),
        _ => Failure::Ledger { path: path.into(), what: refusal },
    })
}

fn lock(path: &Path) -> Result<File> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".lock");
    let path = path.with_file_name(name);
    let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = file.map_err(Failure::unwritable(&path))?;
    file.lock().map_err(Failure::unwritable(&path))?;
    Ok(file)
}
