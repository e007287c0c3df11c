//! Periods and the calendars whose cells they are.
//!
//! Civil-date arithmetic is done here on plain integers; what a zone's offset is at an instant is the caller's knowledge (a
//! time-zone database natively, `Temporal` or `Intl` in a browser), unless the zone is fixed.

use crate::error::{Code, Error, Result, message};
use crate::format::{Fault, FromJson, Value, carry, decimal, read, written};
use crate::hash::{F, element, mul_add, power_of_two};
use serde::{Deserialize, Deserializer, Serialize};

/// Times are below this many Unix seconds (the year 36812).
const TIME_BITS: u32 = 40;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A span of time `[start, end)` in Unix seconds, both below 2^40.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Period {
    #[serde(with = "decimal")]
    start: u64,
    #[serde(with = "decimal")]
    end: u64,
}

impl Period {
    /// The span from `start` to `end`.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if `end` is not after `start` or not below 2^40.
    pub fn new(start: u64, end: u64) -> Result<Self> {
        if start >= end || end >> TIME_BITS != 0 {
            let message =
                message!["period ", start, " to ", end, " is empty, reversed or beyond 2^40."];
            return Err(Error::new(Code::OutOfRange, message));
        }
        Ok(Self { start, end })
    }

    /// First second.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The second after the last.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// The instants at which [`Calendar::is_cell`] needs the zone's offset: an hour before the start, the start, an hour
    /// before the end, the end.
    pub fn probes(&self) -> [u64; 4] {
        let before = |time: u64| time.saturating_sub(HOUR as u64);
        [before(self.start), self.start, before(self.end), self.end]
    }

    /// The public input: `start + 2^64 end`.
    pub fn field(&self) -> F {
        mul_add(&element(self.end), &power_of_two(64), &element(self.start))
    }
}

written! { Period { start, end } }

impl FromJson for Period {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_members() => start, end }
        Self::new(start, end).map_err(|e| value.fault(e))
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            #[serde(with = "decimal")]
            start: u64,
            #[serde(with = "decimal")]
            end: u64,
        }
        let raw = Raw::deserialize(d)?;
        Self::new(raw.start, raw.end).map_err(carry)
    }
}

/// Length of a calendar's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarUnit {
    /// 3,600 seconds from a full local hour to the next.
    Hour,
    /// Local midnight to local midnight: 23, 24 or 25 hours.
    Day,
    /// Seven days, beginning with Monday.
    Week,
    /// A calendar month.
    Month,
}

impl CalendarUnit {
    /// The name, as in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// Shortest and longest cell in seconds, daylight saving left aside.
    pub(super) fn seconds(self) -> (u64, u64) {
        let days = |n: u64| n * DAY as u64;
        match self {
            Self::Hour => (HOUR as u64, HOUR as u64),
            Self::Day => (days(1), days(1)),
            Self::Week => (days(7), days(7)),
            Self::Month => (days(28), days(31)),
        }
    }
}

/// Divides time into cells that do not overlap; a claim's period is one of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// An IANA zone name, `UTC`, or a fixed offset such as `+05:30`.
    pub zone: String,
    /// Length of a cell.
    pub unit: CalendarUnit,
}

/// The offset in seconds of `UTC` or of a zone such as `+05:30`; none for a zone of the time-zone database.
pub fn fixed_offset(zone: &str) -> Option<i32> {
    if zone == "UTC" {
        return Some(0);
    }
    let &[sign, h1, h0, b':', m1, m0] = zone.as_bytes() else { return None };
    let digit = |b: u8| b.is_ascii_digit().then(|| i32::from(b - b'0'));
    let hours = 10 * digit(h1)? + digit(h0)?;
    let minutes = 10 * digit(m1)? + digit(m0)?;
    let seconds = 3_600 * hours + 60 * minutes;
    match sign {
        // +00:00 is spelled UTC: one zone, one scope.
        _ if hours > 18 || minutes > 59 || seconds == 0 => None,
        b'+' => Some(seconds),
        b'-' => Some(-seconds),
        _ => None,
    }
}

impl Calendar {
    pub(super) fn check(&self) -> Result<()> {
        let zone = self.zone.as_bytes();
        let allowed = |b: &u8| b.is_ascii_alphanumeric() || b"/_+-".contains(b);
        let named = zone.first().is_some_and(u8::is_ascii_alphabetic) && zone.iter().all(allowed);
        if zone.len() <= 64 && (named || fixed_offset(&self.zone).is_some()) {
            return Ok(());
        }
        let message = "scope.calendar.zone is no IANA name, \"UTC\" or offset such as \"+05:30\".";
        Err(Error::new(Code::BadPolicy, message))
    }

    /// Refuses a period that is not one cell.
    ///
    /// `offsets` are the zone's offsets from UTC in seconds, in force at [`Period::probes`]. For a fixed zone they are not
    /// looked at. Where clocks go back over midnight, a day begins at its first midnight, so that cells never overlap; a day
    /// whose midnight is skipped by the clock has no cell.
    pub fn is_cell(&self, period: Period, offsets: [i32; 4]) -> Result<()> {
        let fixed = fixed_offset(&self.zone);
        let offsets = offsets.map(|offset| i64::from(fixed.unwrap_or(offset)));
        let mut locals = [0; 4];
        for ((local, time), offset) in locals.iter_mut().zip(period.probes()).zip(offsets) {
            *local = time as i64 + offset;
        }
        let [before_start, start, before_end, end] = locals;
        let lasts = (period.end - period.start) as i64;
        // No zone is a day or more from UTC.
        let sane = offsets.iter().all(|offset| offset.abs() < DAY);
        let repeated = |before: i64, at: i64| {
            self.unit != CalendarUnit::Hour && before.div_euclid(DAY) >= at.div_euclid(DAY)
        };
        if sane
            && self.unit.spans(start, end, lasts)
            && !repeated(before_start, start)
            && !repeated(before_end, end)
        {
            return Ok(());
        }
        let (Period { start, end }, unit) = (period, self.unit.name());
        let message =
            message!["period ", start, " to ", end, " is not one ", unit, " in ", self.zone, "."];
        Err(Error::new(Code::PeriodOffCalendar, message))
    }
}

impl CalendarUnit {
    /// Whether local times `start` to `end`, `lasts` seconds apart, are one cell.
    fn spans(self, start: i64, end: i64, lasts: i64) -> bool {
        if self == Self::Hour {
            return start % HOUR == 0 && end % HOUR == 0 && lasts == HOUR;
        }
        if start % DAY != 0 || end % DAY != 0 {
            return false;
        }
        let (first, last) = (start / DAY, end / DAY);
        match self {
            Self::Hour | Self::Day => last == first + 1,
            // Day 0, 1 January 1970, was a Thursday.
            Self::Week => last == first + 7 && (first + 3) % 7 == 0,
            Self::Month => {
                let (year, month, day) = civil(first);
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                day == 1 && last == days(next.0, next.1, 1)
            }
        }
    }
}

/// Days from 1 January 1970 to a Gregorian date; months count from 1. Years begin in March here, so that the leap day is last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) - 719_469
        + (153 * month + 2) / 5
        + day
}

/// Year, month and day of a day counted from 1 January 1970.
fn civil(day: i64) -> (i64, i64, i64) {
    // 146,097 days are 400 years; the guess is at most one year late.
    let mut year = (day * 400).div_euclid(146_097) + 1970;
    if days(year, 1, 1) > day {
        year -= 1;
    }
    if days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let month = (2..=12).rev().find(|m| days(year, *m, 1) <= day).unwrap_or(1);
    (year, month, day - days(year, month, 1) + 1)
}

#[cfg(test)]
#[path = "calendar_tests.rs"]
mod tests;
