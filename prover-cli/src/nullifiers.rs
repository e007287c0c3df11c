//! Nullifiers in a file: decimal, one a line, only ever appended to, by one process at a time.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use wattproof_circuits::error::{Code, Error, Result as Verdict};
use wattproof_circuits::format::decimal::{field_string, parse_field};
use wattproof_circuits::hash::F;
use wattproof_circuits::verifier::NullifierStore;

use crate::failure::{Failure, Result};

/// A store, locked until dropped.
pub(crate) struct FileNullifiers {
    path: PathBuf,
    file: File,
    fault: Option<Failure>,
}

impl FileNullifiers {
    /// Opens a store, or begins one, and waits until no other process has it.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = file.map_err(Failure::unwritable(path))?;
        file.lock().map_err(Failure::unwritable(path))?;
        Ok(Self { path: path.into(), file, fault: None })
    }

    /// Why [`NullifierStore::record`] refused, if that was not because the nullifier is there.
    pub(crate) fn into_fault(self) -> Option<Failure> {
        self.fault
    }

    /// Records all of these, or none if one of them is there already.
    pub(crate) fn record_all(&mut self, nullifiers: &[F]) -> Result<()> {
        let mut lines: Vec<String> = nullifiers.iter().map(field_string).collect();
        lines.sort_unstable();
        if self.has_any(&lines)? {
            let message = "nullifier: a member's meter already claimed this scope and period.";
            return Err(Error::new(Code::AlreadyClaimed, message).into());
        }
        self.append(&lines.join("\n"))
    }

    /// Whether one of these, which are sorted, is there. A store with a line that is no nullifier is damaged: perhaps it is the one
    /// looked for.
    fn has_any(&self, nullifiers: &[String]) -> Result<bool> {
        let mut input = BufReader::new(&self.file);
        let (mut line, mut number, mut found) = (Vec::new(), 0, false);
        loop {
            line.clear();
            number += 1;
            let count = input.read_until(b'\n', &mut line);
            if count.map_err(Failure::unreadable(&self.path))? == 0 {
                return Ok(found);
            }
            let damaged = |what| Failure::Store { path: self.path.clone(), line: number, what };
            let text = line.strip_suffix(b"\n").ok_or_else(|| damaged("cut short"))?;
            let text = std::str::from_utf8(text).map_err(|_| damaged("not UTF-8"))?;
            parse_field(text).map_err(|_| damaged("not a nullifier"))?;
            found |= nullifiers.binary_search_by(|nullifier| nullifier.as_str().cmp(text)).is_ok();
        }
    }

    fn append(&mut self, lines: &str) -> Result<()> {
        let lines = format!("{lines}\n");
        let written = self.file.write_all(lines.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(Failure::unwritable(&self.path))
    }
}

impl NullifierStore for FileNullifiers {
    fn record(&mut self, nullifier: &F) -> Verdict<()> {
        let text = [field_string(nullifier)];
        let outcome = match self.has_any(&text) {
            Ok(true) => {
                let message = "nullifier: this meter already claimed this scope and period.";
                return Err(Error::new(Code::AlreadyClaimed, message));
            }
            Ok(false) => self.append(&text[0]),
            Err(failure) => Err(failure),
        };
        outcome.map_err(|failure| {
            // The trait speaks of verdicts only; this is none, and the caller asks for it.
            self.fault = Some(failure);
            Error::new(Code::AlreadyClaimed, "the nullifier could not be recorded.")
        })
    }
}
