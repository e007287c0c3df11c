//! OCMF: meter readings that a charging station signs (Open Charge Metering Format 1.4 of S.A.F.E. e.V.).
//!
//! A record is `OCMF|payload|signature`; the signature is over the bytes of the payload between the bars. [`parse`]
//! reads one record, several, or the XML that wraps them for the transparency software; [`sessions`] gives what was
//! charged; `check` verifies every signature with the meter's public key (feature `signatures`).

mod read;
mod session;
mod split;

#[cfg(feature = "signatures")]
mod key;
#[cfg(feature = "signatures")]
mod signature;

use std::fmt;
use std::io::BufRead;

use wattproof_circuits::meter::Direction;

pub use self::session::{Session, Unusable, sessions};
#[cfg(feature = "signatures")]
pub(super) use self::signature::check_all;
#[cfg(feature = "signatures")]
pub use self::{
    key::PublicKey,
    signature::{Algorithm, Checked, check},
};

use super::error::{Fault, ImportError, Place, Problem, Result};
use super::source::Source;

pub(super) use self::session::{registers, tell};

/// A record as it was signed. Made by [`parse`] only, so that what it says is what its payload says.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    payload: String,
    version: Option<String>,
    algorithm: Option<String>,
    signature: Vec<u8>,
    pagination: Pagination,
    meter: String,
    readings: Vec<Reading>,
    line: u64,
}

impl Record {
    /// The signed bytes, exactly. They name the meter and perhaps the person: not for logs.
    pub fn payload(&self) -> &str {
        &self.payload
    }

    /// Where the record stands among those of its meter.
    pub fn pagination(&self) -> Pagination {
        self.pagination
    }

    /// Serial number of the meter, or of the gateway where the meter has none. Not for logs.
    pub fn meter(&self) -> &str {
        &self.meter
    }

    /// At least one, in the order of the record.
    pub fn readings(&self) -> &[Reading] {
        &self.readings
    }

    /// `SA` as written; absent means the standard's default.
    pub fn algorithm(&self) -> Option<&str> {
        self.algorithm.as_deref()
    }

    /// `FV` as written.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The signature's bytes, as yet unchecked.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The line of the file that the record begins on, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }
}

impl fmt::Debug for Record {
    /// Without payload and serial number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("pagination", &self.pagination)
            .field("line", &self.line)
            .field("readings", &self.readings.len())
            .finish_non_exhaustive()
    }
}

/// `PG`: a context and the record's number in it, one more than that of the record before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pagination {
    /// What the record is about.
    pub context: Context,
    /// Its number.
    pub number: u64,
}

impl fmt::Display for Pagination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.context {
            Context::Transaction => 'T',
            Context::Fiscal => 'F',
        };
        write!(f, "{letter}{}", self.number)
    }
}

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// `T`: a charging session.
    Transaction,
    /// `F`: readings of the clock, independent of sessions.
    Fiscal,
}

/// One reading of one register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// Microseconds since 1970.
    pub micros: u64,
    /// How far the clock can be trusted.
    pub clock: Clock,
    /// Why it was read; fiscal readings have none.
    pub mark: Option<Mark>,
    /// The register, if it is one of active energy.
    pub register: Option<Register>,
    /// What it showed, in millionths of a Wh. Absent for other registers, and where only an error is told.
    pub micro_wh: Option<u64>,
    /// `EF` has `E`: the energy must not be used.
    pub energy_error: bool,
    /// `EF` has `t`: the time must not be used.
    pub time_error: bool,
    /// `ST`: the state of the meter.
    pub status: Status,
}

/// A register of active energy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Register {
    /// Third value group of its OBIS code: the lower, the nearer to the mains.
    code: u8,
    /// Fifth value group: 0 counts all tariffs.
    tariff: u8,
    /// Import is what is charged, export what is given back.
    pub direction: Direction,
    /// Whether it counts from zero in each session.
    pub transaction: bool,
    /// As the record writes it.
    pub obis: String,
}

impl Register {
    /// What tells it from the others: records may spell it in several ways.
    fn code(&self) -> (u8, u8) {
        (self.code, self.tariff)
    }
}

/// Time status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// `U`: not synchronised.
    Unknown,
    /// `I`: informative.
    Informative,
    /// `S`: synchronised.
    Synchronised,
    /// `R`: measured from an informative time on.
    Relative,
}

/// `TX`: why a register was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// `B`.
    Begin,
    /// `C`.
    Charging,
    /// `X`: time or energy are no longer usable from here on.
    Exception,
    /// `E`.
    End,
    /// `L`: ended at the station.
    EndLocal,
    /// `R`: ended from afar.
    EndRemote,
    /// `A`: ended by an error.
    Abort,
    /// `P`: ended by a power failure.
    PowerFailure,
    /// `S`.
    Suspended,
    /// `T`: the tariff changes.
    Tariff,
}

impl Mark {
    /// Whether the session ends here.
    pub fn ends(self) -> bool {
        use Mark::*;
        matches!(self, End | EndLocal | EndRemote | Abort | PowerFailure)
    }
}

/// `ST`: the state of the meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// `G`.
    Good,
    /// `S`: a substitute value.
    Substitute,
    /// Any of the errors, by its letter.
    Error(char),
}

/// Reads records and puts them in the order of their pagination. All must be of one meter; a record that is there twice
/// counts once; within a session none may be missing (see [`sessions`]). `name` is what errors call the file.
///
/// # Errors
/// [`ImportError`] with line, field and remedy. Signatures are not looked at.
pub fn parse(name: &str, bytes: &[u8]) -> Result<Vec<Record>, ImportError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| Fault::at(Place::Byte(e.valid_up_to() as u64), Problem::NotUtf8));
    let records = text.and_then(|text| parse_text(text).map(|(records, _)| records));
    records.map_err(|fault| ImportError::new(name, fault))
}

/// Longest file: all of it is kept while it is read, some thousand sessions to the MiB.
const LIMIT: usize = 64 << 20;

/// Whether a file begins like one of records.
pub(super) fn recognises(start: &[u8]) -> bool {
    let head = &start[..start.len().min(512)];
    start.starts_with(b"OCMF|")
        || (head.starts_with(b"<") && head.windows(8).any(|w| w == b"<values>" || w == b"<values "))
}

/// Reads a file to its end: records, and notes for people.
pub(super) fn read(mut source: Source<'_>) -> Result<(Vec<Record>, Vec<String>)> {
    let mut bytes = Vec::new();
    loop {
        let chunk = source.fill_buf().map_err(|e| Fault::from_io(&e))?;
        let n = chunk.len();
        if n == 0 {
            break;
        }
        if bytes.len() + n > LIMIT {
            return Err(Fault::file(Problem::TooLarge { limit: LIMIT as u64 }));
        }
        bytes.extend_from_slice(chunk);
        source.consume(n);
        source.mark();
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::file(Problem::NotUtf8))?;
    parse_text(&text)
}

/// The records, and notes for people.
fn parse_text(text: &str) -> Result<(Vec<Record>, Vec<String>)> {
    let (pieces, mut notes) = split::pieces(text)?;
    let mut records = pieces.into_iter().map(read::record).collect::<Result<Vec<_>>>()?;
    let Some(first) = records.first() else { return Err(Fault::file(Problem::NoReadings)) };
    if let Some(other) = records.iter().find(|r| r.meter != first.meter) {
        return Err(Fault::line(other.line, "MS", Problem::OtherMeter));
    }
    records.sort_by_key(|r| (r.pagination, r.line));
    for pair in records.windows(2) {
        let [a, b] = pair else { continue };
        if a.pagination == b.pagination && a.payload != b.payload {
            return Err(Fault::line(b.line, "PG", Problem::Conflict { other: a.line }));
        }
    }
    let count = records.len();
    records.dedup_by_key(|r| r.pagination);
    if records.len() < count {
        notes.push(format!("{} records are there twice; counted once", count - records.len()));
    }
    Ok((records, notes))
}
