//! Reading and writing files. `-` is standard input or output. Outputs are written beside their place and renamed, so that no
//! reader ever sees part of one.

use std::cell::Cell;
use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use wattproof_circuits::format;
use wattproof_circuits::policy::{Period, Policy};
use wattproof_intake::import::{Limits, ReadingsFile};
use wattproof_intake::{PolicyFile, Unnamed};

use crate::failure::{Failure, Result};

/// Whether a path stands for standard input or output.
pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// What may be read; standard input only once.
#[derive(Default)]
pub(crate) struct Files {
    stdin_taken: Cell<bool>,
}

impl Files {
    /// An input as a stream, and its length if that is known.
    pub(crate) fn open(&self, path: &Path) -> Result<(Box<dyn Read>, Option<u64>)> {
        if is_dash(path) {
            if self.stdin_taken.replace(true) {
                return Err(Failure::StdinTwice);
            }
            return Ok((Box::new(io::stdin().lock()), None));
        }
        let file = File::open(path).map_err(Failure::unreadable(path))?;
        let about = file.metadata().map_err(Failure::unreadable(path))?;
        if about.is_dir() {
            let source = io::Error::from(io::ErrorKind::IsADirectory);
            return Err(Failure::Unreadable { path: path.into(), source });
        }
        let length = about.is_file().then_some(about.len());
        Ok((Box::new(file), length))
    }

    /// An input's bytes, one more than `limit` at most: whoever parses them refuses the length.
    pub(crate) fn bytes(&self, path: &Path, limit: usize) -> Result<Vec<u8>> {
        let (input, length) = self.open(path)?;
        let most = limit as u64 + 1;
        let mut bytes = Vec::with_capacity(length.unwrap_or(0).min(most) as usize);
        input.take(most).read_to_end(&mut bytes).map_err(Failure::unreadable(path))?;
        Ok(bytes)
    }

    /// An input's text.
    pub(crate) fn text(&self, path: &Path, limit: usize) -> Result<String> {
        let bytes = self.bytes(path, limit)?;
        // The length is judged before the encoding: a cut in the middle of a character is not the file's fault.
        let text = format::text(&bytes, limit).map_err(Failure::within(path))?;
        Ok(text.to_owned())
    }

    /// What `read` makes of an input's text; refusals name the file.
    pub(crate) fn parse<T>(
        &self,
        path: &Path,
        limit: usize,
        read: impl FnOnce(&str) -> wattproof_circuits::error::Result<T>,
    ) -> Result<T> {
        read(&self.text(path, limit)?).map_err(Failure::within(path))
    }

    /// A policy or an agreement. `period` is as typed.
    pub(crate) fn policy(
        &self,
        path: &Path,
        period: Option<&str>,
        unnamed: Unnamed,
    ) -> Result<PolicyFile> {
        let text = self.text(path, format::MAX_POLICY)?;
        PolicyFile::parse(&text, period, unnamed).map_err(Failure::policy(path))
    }

    /// A policy or an agreement, for a period.
    pub(crate) fn policy_for(&self, path: &Path, period: &str) -> Result<(Policy, Period)> {
        let text = self.text(path, format::MAX_POLICY)?;
        PolicyFile::parse_for(&text, period).map_err(Failure::policy(path))
    }

    /// Imported readings.
    pub(crate) fn readings(&self, path: &Path) -> Result<ReadingsFile> {
        // The bytes alone bound it: however many intervals an import was allowed, its outcome can be read.
        let limits = Limits { bytes: 256 << 20, intervals: u32::MAX };
        let bytes = self.bytes(path, limits.bytes as usize)?;
        ReadingsFile::from_json(&bytes, limits).map_err(Failure::within(path))
    }
}

/// Who may read an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Whoever the system lets.
    Public,
    /// Its owner only (on Unix).
    Secret,
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Existing {
    /// It stays, and the command fails.
    Keep,
    /// It is replaced in one step.
    Replace,
}

impl Existing {
    /// For commands with `--force`.
    pub(crate) fn unless(force: bool) -> Self {
        if force { Self::Replace } else { Self::Keep }
    }
}

/// An output in the making. Dropped before [`Draft::finish`], it leaves nothing behind.
pub(crate) struct Draft {
    path: PathBuf,
    existing: Existing,
    place: Place,
}

enum Place {
    Stdout(Vec<u8>),
    /// Devices and pipes cannot be renamed over.
    Special(Vec<u8>),
    Beside(BufWriter<NamedTempFile>),
}

impl Draft {
    /// Prepares an output, so that what cannot be written fails before any work is done.
    pub(crate) fn create(path: &Path, access: Access, existing: Existing) -> Result<Self> {
        // Through links, as the file they lead to is what is meant.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.into());
        let about = fs::metadata(&target).ok();
        let place = match about {
            _ if is_dash(path) => Place::Stdout(Vec::new()),
            Some(about) if about.is_dir() => {
                let source = io::Error::from(io::ErrorKind::IsADirectory);
                return Err(Failure::Unwritable { path: path.into(), source });
            }
            Some(about) if !about.is_file() => Place::Special(Vec::new()),
            Some(_) if existing == Existing::Keep => return Err(Failure::Exists(path.into())),
            _ => Place::Beside(beside(&target, access).map_err(Failure::unwritable(path))?),
        };
        let path = if matches!(place, Place::Beside(_)) { target } else { path.into() };
        Ok(Self { path, existing, place })
    }

    /// Puts the output in its place.
    pub(crate) fn finish(self) -> Result<()> {
        let Self { path, existing, place } = self;
        let write = || match place {
            Place::Stdout(bytes) => {
                let mut out = io::stdout().lock();
                out.write_all(&bytes)?;
                out.flush()
            }
            Place::Special(bytes) => {
                fs::OpenOptions::new().write(true).open(&path)?.write_all(&bytes)
            }
            Place::Beside(buffered) => {
                let file = buffered.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                match existing {
                    Existing::Replace => file.persist(&path)?,
                    Existing::Keep => file.persist_noclobber(&path)?,
                };
                Ok(())
            }
        };
        match write() {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Err(Failure::Exists(path)),
            outcome => outcome.map_err(Failure::unwritable(&path)),
        }
    }
}

fn beside(target: &Path, access: Access) -> io::Result<BufWriter<NamedTempFile>> {
    let folder = target.parent().filter(|p| !p.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wattproof-").suffix(".part");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The umask narrows the first.
        let mode = if access == Access::Public { 0o666 } else { 0o600 };
        builder.permissions(Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _: (Access, Option<Permissions>) = (access, None);
    let file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.place {
            Place::Stdout(held) | Place::Special(held) => held.write(bytes),
            Place::Beside(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.place {
            Place::Stdout(_) | Place::Special(_) => Ok(()),
            Place::Beside(file) => file.flush(),
        }
    }
}

/// Writes an output in one go.
pub(crate) fn write(path: &Path, access: Access, existing: Existing, bytes: &[u8]) -> Result<()> {
    let mut draft = Draft::create(path, access, existing)?;
    draft.write_all(bytes).map_err(Failure::unwritable(path))?;
    draft.finish()
}
