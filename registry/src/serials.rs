//! Which serial each meter id was made of: the registrar's secret, and what makes one meter one meter id. A second salt for a serial
//! that is enrolled is refused here, as nobody else could see it.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use wattproof_circuits::format::Enrolment;
use wattproof_circuits::format::decimal;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Roll, meter_id};

use crate::{Error, Result};

/// Most bytes of a line: a serial has at most 128.
const MAX_LINE: u64 = 2 << 10;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    serial: String,
    #[serde(with = "decimal::field")]
    meter_salt: F,
    #[serde(with = "decimal::field")]
    meter_id: F,
}

/// A serial as it is compared: letters and digits, upper case. `sn 1` and `SN-1` are one meter.
fn plain(serial: &str) -> String {
    serial.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// The serials of a log.
pub(crate) struct Serials {
    path: PathBuf,
}

impl Serials {
    pub(crate) fn of(log: &Path) -> Self {
        Self { path: crate::store::beside(log, ".serials") }
    }

    /// Begins an empty file, readable by its owner only. One that is there is kept under another name, as it may be the only copy.
    pub(crate) fn begin(log: &Path) -> io::Result<()> {
        let path = Self::of(log).path;
        if fs::metadata(&path).is_ok_and(|about| about.len() > 0) {
            fs::rename(&path, crate::store::beside(&path, ".old"))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            options.mode(0o600);
        }
        options.open(&path)?.sync_all()
    }

    fn refuse<T>(&self, what: impl Into<String>) -> Result<T> {
        Err(Error::serials(&self.path, what))
    }

    fn open(&self) -> Result<File> {
        let file = OpenOptions::new().read(true).write(true).open(&self.path);
        file.map_err(|e| match e.kind() {
            io::ErrorKind::NotFound => {
                Error::serials(&self.path, "missing: only the registrar, who has it, can enrol")
            }
            _ => Error::unreadable(&self.path)(e),
        })
    }

    /// Calls `each` for every line; gives the length of whole lines. What a writer was interrupted in is no line.
    fn scan(&self, file: &File, mut each: impl FnMut(Line)) -> Result<u64> {
        let mut input = BufReader::with_capacity(1 << 20, file);
        let (mut line, mut number, mut length) = (Vec::new(), 0u64, 0);
        loop {
            line.clear();
            number += 1;
            let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
            let read = read.map_err(Error::unreadable(&self.path))? as u64;
            let Some(text) = line.strip_suffix(b"\n") else {
                return if read < MAX_LINE {
                    Ok(length)
                } else {
                    self.refuse(format!("line {number} is too long"))
                };
            };
            // What is wrong with the line is not told: it may be a serial.
            match serde_json::from_slice(text) {
                Ok(line) => each(line),
                Err(_) => return self.refuse(format!("line {number} cannot be read")),
            }
            length += read;
        }
    }

    /// Refuses a serial that is enrolled under another meter id, and serials that lack a meter of the log; else remembers them. A serial
    /// whose meter id is not in the log was written before an interruption, and may have another.
    pub(crate) fn record(&self, roll: &Roll, enrolments: &[&Enrolment]) -> Result<()> {
        let file = self.open()?;
        let mut wanted: HashMap<String, F> = HashMap::new();
        for enrolment in enrolments {
            let serial = plain(enrolment.serial());
            if serial.is_empty() {
                return self.refuse("a serial has neither letters nor digits");
            }
            let id = enrolment.leaf().meter_id;
            if wanted.insert(serial, id).is_some_and(|other| other != id) {
                return self.refuse("one serial with two meter ids");
            }
        }
        let mut new = wanted.clone();
        let (mut known, mut second) = (HashSet::new(), false);
        let enrolled = |id: &F| roll.of_meter(id).next().is_some();
        let length = self.scan(&file, |line| {
            let serial = plain(&line.serial);
            let is_enrolled = enrolled(&line.meter_id);
            if is_enrolled {
                known.insert(line.meter_id);
            }
            if let Some(id) = wanted.get(&serial) {
                second |= is_enrolled && *id != line.meter_id;
                if *id == line.meter_id {
                    new.remove(&serial);
                }
            }
        })?;
        if second {
            return self.refuse("this meter is enrolled under another meter id");
        }
        if known.len() != roll.meters() {
            return self.refuse("meters of the log are missing");
        }
        let mut text = String::new();
        for enrolment in enrolments {
            if new.remove(&plain(enrolment.serial())).is_none() {
                continue;
            }
            let line = Line {
                serial: enrolment.serial().into(),
                meter_salt: *enrolment.meter_salt(),
                meter_id: enrolment.leaf().meter_id,
            };
            text += &serde_json::to_string(&line).unwrap_or_default();
            text.push('\n');
        }
        self.append(file, length, &text).map_err(Error::unwritable(&self.path))
    }

    fn append(&self, mut file: File, length: u64, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }

    /// Compares all serials with the log: each meter has one, and its meter id is made of it.
    pub(crate) fn check(&self, roll: &Roll) -> Result<()> {
        let file = self.open()?;
        let (mut serials, mut ids, mut wrong) = (HashMap::new(), HashSet::new(), false);
        self.scan(&file, |line| {
            wrong |= meter_id(&line.serial, &line.meter_salt) != line.meter_id;
            if roll.of_meter(&line.meter_id).next().is_some() {
                ids.insert(line.meter_id);
                let other = serials.insert(plain(&line.serial), line.meter_id);
                wrong |= other.is_some_and(|other| other != line.meter_id);
            }
        })?;
        if wrong {
            return self.refuse("a meter id is not its serial's, or one serial has two");
        }
        if ids.len() != roll.meters() {
            return self.refuse("meters of the log are missing");
        }
        Ok(())
    }
}
