//! Charging sessions, and the registers' readings on their way to intervals.

use std::collections::BTreeMap;

use thiserror::Error;
use wattproof_circuits::meter::{Direction, Quality};

use super::{Clock, Context, Mark, Pagination, Reading, Record, Register, Status};
use crate::import::error::{Fault, ImportError, Problem, Result};
use crate::import::registers::{Point, Registers, micro_wh_text};

/// What one register counted from the begin of a charging session to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The register.
    pub register: Register,
    /// First record.
    pub from: Pagination,
    /// Last record.
    pub to: Pagination,
    /// Time of the first reading, microseconds since 1970.
    pub begin: u64,
    /// Time of the last one, microseconds since 1970.
    pub end: u64,
    /// Whether both times may be used: the clock was set, and the meter reported no error of it.
    pub timed: bool,
    /// Energy in millionths of a Wh, or why there is none to rely on.
    pub micro_wh: Result<u64, Unusable>,
}

impl Session {
    /// The energy in whole Wh, if it is that.
    pub fn wh(&self) -> Option<u64> {
        let micro = self.micro_wh.ok()?;
        micro.is_multiple_of(1_000_000).then_some(micro / 1_000_000)
    }
}

/// Why a session has no energy to rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// It begins before the first record.
    #[error("it begins before the first record")]
    NoBegin,
    /// It does not end in the records.
    #[error("it does not end in the records")]
    NoEnd,
    /// The meter reported an exception (`TX` `X`) or an error of energy (`EF` `E`).
    #[error("the meter reported an exception or an error of energy")]
    Error,
    /// The state of the meter (`ST`) was not good at a reading.
    #[error("the meter's state was not good at a reading")]
    Status,
    /// The register ran backwards.
    #[error("the register ran backwards")]
    Backwards,
}

/// The sessions of records as [`parse`](super::parse) gives them, one for each register that a session reads, in the
/// order in which they end. Readings of the clock (context `F`) have no part in them.
///
/// # Errors
/// `missing-record` where the pagination jumps within a session, `malformed` where a session begins twice. `name` is
/// what errors call the file.
pub fn sessions(name: &str, records: &[Record]) -> Result<Vec<Session>, ImportError> {
    walk(records).map_err(|fault| ImportError::new(name, fault))
}

fn walk(records: &[Record]) -> Result<Vec<Session>> {
    let mut done = Vec::new();
    let mut open: BTreeMap<(u8, u8), Open> = BTreeMap::new();
    let mut before: Option<Pagination> = None;
    for record in records.iter().filter(|r| r.pagination.context == Context::Transaction) {
        let page = record.pagination;
        if let Some(before) = before
            && !open.is_empty()
            && before.number.checked_add(1) != Some(page.number)
        {
            let problem = Problem::MissingRecord(before.to_string(), page.to_string());
            return Err(Fault::line(record.line, "PG", problem));
        }
        before = Some(page);
        // An exception is one of the whole session, whichever register's reading tells it.
        let exception = record.readings.iter().any(|r| r.mark == Some(Mark::Exception));
        for reading in &record.readings {
            let Some(register) = &reading.register else { continue };
            let ends = reading.mark.is_some_and(Mark::ends);
            match open.get_mut(&register.code()) {
                // The last record often repeats the begin.
                Some(session) if reading.mark == Some(Mark::Begin) => {
                    if (session.begin.micros, session.begin.micro_wh)
                        != (reading.micros, reading.micro_wh)
                    {
                        let problem =
                            Problem::Malformed("a second begin before the session's end".into());
                        return Err(Fault::line(record.line, "TX", problem));
                    }
                }
                Some(session) => session.take(reading),
                None if reading.mark == Some(Mark::Begin) => {
                    open.insert(register.code(), Open::new(register, reading, page));
                }
                None if ends => {
                    let mut session = Open::new(register, reading, page);
                    session.fault = Some(Unusable::NoBegin);
                    open.insert(register.code(), session);
                }
                None => continue,
            }
            if exception && let Some(session) = open.get_mut(&register.code()) {
                session.fail(Unusable::Error);
            }
            if ends && let Some(session) = open.remove(&register.code()) {
                done.push(session.close(page));
            }
        }
    }
    if let Some(page) = before {
        for mut session in open.into_values() {
            session.fail(Unusable::NoEnd);
            done.push(session.close(page));
        }
    }
    Ok(done)
}

/// A session that has begun.
struct Open {
    register: Register,
    from: Pagination,
    begin: Reading,
    end: u64,
    timed: bool,
    value: Option<u64>,
    fault: Option<Unusable>,
}

impl Open {
    fn new(register: &Register, begin: &Reading, from: Pagination) -> Self {
        let mut open = Self {
            register: register.clone(),
            from,
            begin: begin.clone(),
            end: begin.micros,
            timed: true,
            value: None,
            fault: None,
        };
        open.take(begin);
        open
    }

    fn fail(&mut self, why: Unusable) {
        self.fault.get_or_insert(why);
    }

    fn take(&mut self, reading: &Reading) {
        self.end = reading.micros;
        self.timed &= is_timed(reading);
        if reading.status != Status::Good {
            self.fail(Unusable::Status);
        }
        match reading.micro_wh {
            _ if reading.energy_error => self.fail(Unusable::Error),
            None => self.fail(Unusable::Error),
            Some(value) if self.value.is_some_and(|before| before > value) => {
                self.fail(Unusable::Backwards)
            }
            Some(value) => self.value = Some(value),
        }
    }

    fn close(self, to: Pagination) -> Session {
        let energy = match (self.fault, self.begin.micro_wh, self.value) {
            (Some(why), ..) => Err(why),
            (None, Some(first), Some(last)) => last.checked_sub(first).ok_or(Unusable::Backwards),
            (None, ..) => Err(Unusable::Error),
        };
        Session {
            register: self.register,
            from: self.from,
            to,
            begin: self.begin.micros,
            end: self.end,
            timed: self.timed,
            micro_wh: energy,
        }
    }
}

fn is_timed(reading: &Reading) -> bool {
    !reading.time_error && reading.clock != Clock::Unknown
}

/// The readings of one register for each direction: the one nearest to the mains, of those that count on from session
/// to session. Notes say what was left out and what the clock was worth.
pub(in crate::import) fn registers(records: &[Record], notes: &mut Vec<String>) -> Vec<Registers> {
    let readings = || records.iter().flat_map(|r| &r.readings);
    let mut all = Vec::new();
    for direction in [Direction::Import, Direction::Export] {
        let counting = || {
            let registers = readings().filter_map(|r| r.register.as_ref());
            registers.filter(move |r| r.direction == direction && !r.transaction)
        };
        let Some(chosen) = counting().min_by_key(|r| (r.tariff != 0, r.code())) else { continue };
        let other = counting().find(|r| r.code() != chosen.code());
        match other {
            // Its tariff's energy is all that it has.
            None => {}
            Some(other) if chosen.tariff != 0 && other.tariff != 0 => {
                let (a, b) = (&chosen.obis, &other.obis);
                notes.push(format!(
                    "registers of tariffs ({a}, {b}) and none of all tariffs: left out"
                ));
                continue;
            }
            Some(other) => {
                let (a, b) = (&other.obis, &chosen.obis);
                notes.push(format!("register {a} is read too; the series is that of {b}"));
            }
        }
        let points = points(records, chosen);
        all.push(Registers::new(
            direction,
            format!("register {}", chosen.obis),
            points,
            "RV",
            "TM",
        ));
    }
    if readings().any(|r| r.register.as_ref().is_some_and(|r| r.transaction)) {
        notes
            .push("registers that count from zero in each session are in the sessions only".into());
    }
    let energy = || readings().filter(|r| r.register.is_some());
    for (count, what) in [
        (
            energy().filter(|r| !is_timed(r)).count(),
            "have no usable time (EF t, or time status U) and are in no interval",
        ),
        (
            energy().filter(|r| r.clock == Clock::Informative).count(),
            "have times of an informative clock (time status I)",
        ),
        (
            energy().filter(|r| r.clock == Clock::Relative).count(),
            "have times measured from an informative one (time status R)",
        ),
        (
            energy().filter(|r| !is_sound(r)).count(),
            "are errors of the meter (EF E, ST); the intervals around them are missing",
        ),
    ] {
        if count > 0 {
            notes.push(format!("{count} readings {what}"));
        }
    }
    all
}

/// Notes on what was charged, for people.
pub(in crate::import) fn tell(records: &[Record], notes: &mut Vec<String>) -> Result<()> {
    const NAMED: usize = 20;
    let sessions = walk(records)?;
    for Session { from, to, register, micro_wh, .. } in sessions.iter().take(NAMED) {
        let pages = if from == to { from.to_string() } else { format!("{from} to {to}") };
        let energy = match micro_wh {
            Ok(micro) => format!("{} Wh", micro_wh_text(*micro)),
            Err(why) => format!("no energy to rely on, {why}"),
        };
        notes.push(format!("session {pages}, register {}: {energy}", register.obis));
    }
    if sessions.len() > NAMED {
        notes.push(format!("{} more sessions", sessions.len() - NAMED));
    }
    Ok(())
}

fn is_sound(reading: &Reading) -> bool {
    let status = matches!(reading.status, Status::Good | Status::Substitute);
    status && !reading.energy_error && reading.mark != Some(Mark::Exception)
}

fn points(records: &[Record], register: &Register) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    // From an exception to the end of its session nothing counts.
    let mut exception = false;
    for record in records {
        for reading in &record.readings {
            let sound = is_sound(reading);
            if record.pagination.context == Context::Transaction {
                if reading.mark == Some(Mark::Begin) {
                    exception = false;
                }
                exception |= reading.mark == Some(Mark::Exception);
            }
            if reading.register.as_ref().is_none_or(|r| r.code() != register.code()) {
                continue;
            }
            let broken = !sound || (exception && record.pagination.context == Context::Transaction);
            let value = reading.micro_wh.filter(|_| !broken);
            let quality =
                if reading.status == Status::Good { Quality::Measured } else { Quality::Estimated };
            let micros = match (is_timed(reading), value) {
                (true, _) => reading.micros,
                (false, Some(_)) => continue,
                // When it happened is not known: right after the reading before.
                (false, None) => points.last().map_or(0, |p| p.micros),
            };
            points.push(Point {
                micros,
                micro_wh: value,
                rounded: false,
                quality,
                line: record.line,
            });
        }
    }
    points
}
