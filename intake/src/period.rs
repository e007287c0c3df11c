//! Periods as people write them, and what jiff knows of zones: the cells of a policy's calendar.

use jiff::Timestamp;
use jiff::civil::{Date, ISOWeekDate, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Span, ToSpan};
use wattproof_circuits::error::{Code, Error as Refusal};
use wattproof_circuits::policy::{Calendar, CalendarUnit, Period};

use crate::import::parse_zone;
use crate::{Error, Result};

/// What was typed: one cell by name, or a span.
enum Words {
    Month(Date),
    Day(Date),
    Week(Date),
    Hour(Date, i8),
    Span(u64, u64),
}

impl Words {
    fn unit(&self) -> Option<CalendarUnit> {
        match self {
            Self::Month(_) => Some(CalendarUnit::Month),
            Self::Day(_) => Some(CalendarUnit::Day),
            Self::Week(_) => Some(CalendarUnit::Week),
            Self::Hour(..) => Some(CalendarUnit::Hour),
            Self::Span(..) => None,
        }
    }
}

fn off_calendar(message: String) -> Error {
    Refusal::new(Code::PeriodOffCalendar, message).into()
}

fn beyond(date: Date) -> Error {
    off_calendar(format!("{date} or what follows lies beyond the year 9999."))
}

/// The zone of a calendar.
///
/// # Errors
/// `bad-policy` if it is not known.
pub fn zone(calendar: &Calendar) -> Result<TimeZone> {
    parse_zone(&calendar.zone).map_err(|_| {
        let message = format!("scope.calendar.zone: \"{}\" is not a known zone.", calendar.zone);
        Refusal::new(Code::BadPolicy, message).into()
    })
}

/// The cell that `text` names: `2011-02`, `2011-02-01`, `2011-W05`, `2011-02-01T14`, or `START/END` in Unix seconds or RFC 3339.
///
/// # Errors
/// If it is none of these, or not one cell of the calendar.
pub fn resolve(text: &str, calendar: &Calendar) -> Result<Period> {
    let words = parse(text)?;
    let unit = calendar.unit;
    if words.unit().is_some_and(|u| u != unit) {
        let (zone, unit) = (&calendar.zone, unit.name());
        return Err(off_calendar(format!("{text} is not one {unit} in {zone}.")));
    }
    let zone = zone(calendar)?;
    let (start, end) = match words {
        Words::Month(first) => days(first, 1.month(), &zone)?,
        Words::Day(date) => days(date, 1.day(), &zone)?,
        Words::Week(monday) => days(monday, 1.week(), &zone)?,
        Words::Hour(date, hour) => {
            let start = zone.to_ambiguous_timestamp(date.at(hour, 0, 0, 0)).unambiguous();
            let start = start.map_err(|_| {
                let message = format!(
                    "{text} happens twice or never in {}: write START/END with offsets.",
                    calendar.zone
                );
                off_calendar(message)
            })?;
            (unix(start)?, unix(start)? + 3600)
        }
        Words::Span(start, end) => (start, end),
    };
    let period = Period::new(start, end)?;
    calendar.is_cell(period, offsets(calendar, period)?)?;
    Ok(period)
}

/// The zone's offsets from UTC in seconds, as a verifier needs them.
///
/// # Errors
/// As [`zone`]; `out-of-range` beyond the year 9999.
pub fn offsets(calendar: &Calendar, period: Period) -> Result<[i32; 4]> {
    let zone = zone(calendar)?;
    let mut offsets = [0; 4];
    for (offset, time) in offsets.iter_mut().zip(period.probes()) {
        *offset = zone.to_offset(timestamp(time)?).seconds();
    }
    Ok(offsets)
}

/// An instant from Unix seconds.
///
/// # Errors
/// `out-of-range` beyond the year 9999.
pub fn timestamp(time: u64) -> Result<Timestamp> {
    let instant = i64::try_from(time).ok().and_then(|t| Timestamp::from_second(t).ok());
    instant.ok_or_else(|| {
        let message = format!("time {time} lies beyond the year 9999.");
        Refusal::new(Code::OutOfRange, message).into()
    })
}

/// Midnight to midnight. Where the clock repeats midnight, the first one counts, so that cells do not overlap.
pub(crate) fn days(first: Date, length: Span, zone: &TimeZone) -> Result<(u64, u64)> {
    let midnight = |date: Date| {
        let local = zone.to_ambiguous_timestamp(date.at(0, 0, 0, 0));
        if matches!(local.offset(), AmbiguousOffset::Gap { .. }) {
            return Err(off_calendar(format!("{date} has no midnight in this zone.")));
        }
        local.earlier().map_err(|_| beyond(date)).and_then(unix)
    };
    let last = first.checked_add(length).map_err(|_| beyond(first))?;
    Ok((midnight(first)?, midnight(last)?))
}

fn unix(instant: Timestamp) -> Result<u64> {
    u64::try_from(instant.as_second())
        .map_err(|_| Refusal::new(Code::OutOfRange, "times begin in 1970.").into())
}

fn parse(text: &str) -> Result<Words> {
    let bad = || {
        let forms = "2011-02, 2011-02-01, 2011-W05, 2011-02-01T14, or START/END";
        Error::Period(format!("\"{}\" is no period: write {forms}", text.escape_debug()))
    };
    if let Some((start, end)) = text.split_once('/') {
        let utc = TimeZone::UTC;
        return Ok(Words::Span(instant(start, &utc)?, instant(end, &utc)?));
    }
    let (date, hour) = match text.split_once('T') {
        Some((date, hour)) => (date, Some(number(hour, 2).ok_or_else(bad)?)),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let date = |year: &str, month: &str, day: i8| {
        let (year, month) = (number(year, 4)?, number(month, 2)?);
        Date::new(year, i8::try_from(month).ok()?, day).ok()
    };
    let words = match (parts.as_slice(), hour) {
        ([year, week], None) if week.starts_with('W') => {
            let week = number(&week[1..], 2).and_then(|w| i8::try_from(w).ok());
            let monday = number(year, 4)
                .zip(week)
                .and_then(|(year, week)| ISOWeekDate::new(year, week, Weekday::Monday).ok());
            monday.map(|monday| Words::Week(monday.date()))
        }
        ([year, month], None) => date(year, month, 1).map(Words::Month),
        ([year, month, day], hour) => {
            let day = number(day, 2).and_then(|d| i8::try_from(d).ok());
            let date = day.and_then(|day| date(year, month, day));
            match (date, hour) {
                (Some(date), None) => Some(Words::Day(date)),
                (Some(date), Some(hour @ 0..24)) => Some(Words::Hour(date, hour as i8)),
                _ => None,
            }
        }
        _ => None,
    };
    words.ok_or_else(bad)
}

/// A number of exactly `digits` digits.
fn number(text: &str, digits: usize) -> Option<i16> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if plain { text.parse().ok() } else { None }
}

/// An instant as people write it: Unix seconds, RFC 3339, or a date, which means its midnight in `zone`.
///
/// # Errors
/// [`Error::Period`] if it is none of these; `out-of-range` before 1970.
pub fn instant(text: &str, zone: &TimeZone) -> Result<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits {
        let time = text.parse().ok().filter(|t: &u64| t >> 40 == 0);
        return time.ok_or_else(|| Error::Period(format!("{text} is not below 2^40")));
    }
    if let Ok(instant) = text.parse::<Timestamp>() {
        return unix(instant);
    }
    match parse(text) {
        Ok(Words::Day(date)) => days(date, 1.day(), zone).map(|(start, _)| start),
        _ => Err(Error::Period(format!(
            "\"{}\" is no time: write Unix seconds, RFC 3339 or a date",
            text.escape_debug()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(zone: &str, unit: CalendarUnit) -> Calendar {
        Calendar { zone: zone.into(), unit }
    }

    #[test]
    fn cells_have_names() {
        use CalendarUnit::*;
        let la = "America/Los_Angeles";
        for (zone, unit, text, start, end) in [
            (la, Month, "2011-02", 1_296_547_200, 1_298_966_400),
            // Daylight saving begins: 743 hours.
            (la, Month, "2011-03", 1_298_966_400, 1_298_966_400 + 743 * 3600),
            (la, Day, "2011-03-13", 1_300_003_200, 1_300_003_200 + 23 * 3600),
            (la, Day, "2011-11-06", 1_320_562_800, 1_320_562_800 + 25 * 3600),
            ("UTC", Week, "2011-W05", 1_296_432_000, 1_296_432_000 + 7 * 86_400),
            ("+05:30", Hour, "2011-02-01T14", 1_296_549_000, 1_296_552_600),
            ("UTC", Month, "2011-12", 1_322_697_600, 1_325_376_000),
            (la, Month, "1296547200/1298966400", 1_296_547_200, 1_298_966_400),
            (
                la,
                Month,
                "2011-02-01T00:00:00-08:00/2011-03-01T08:00:00Z",
                1_296_547_200,
                1_298_966_400,
            ),
        ] {
            let period =
                resolve(text, &calendar(zone, unit)).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert_eq!((period.start(), period.end()), (start, end), "{text}");
        }
    }

    #[test]
    fn what_is_no_cell_is_refused() {
        use CalendarUnit::*;
        let la = "America/Los_Angeles";
        for (zone, unit, text, code) in [
            (la, Month, "2011-02-01", "period-off-calendar"),
            (la, Day, "2011-02", "period-off-calendar"),
            (la, Month, "1296547200/1298962800", "period-off-calendar"),
            (la, Month, "1296518400/1298937600", "period-off-calendar"),
            (la, Hour, "2011-03-13T02", "period-off-calendar"),
            (la, Hour, "2011-11-06T01", "period-off-calendar"),
            ("America/Sao_Paulo", Day, "2011-10-16", "period-off-calendar"),
            (la, Month, "1298966400/1296547200", "out-of-range"),
            (la, Month, "2011-13", "bad-period"),
            (la, Month, "2011-2", "bad-period"),
            (la, Month, "", "bad-period"),
            (la, Month, "february", "bad-period"),
            (la, Month, "2011-02/2011-03", "bad-period"),
            (la, Day, "2011-02-29", "bad-period"),
            (la, Week, "2011-W53", "bad-period"),
            (la, Hour, "2011-02-01T24", "bad-period"),
            (la, Month, "1099511627776/1099511627777", "bad-period"),
            ("Mars/Olympus", Month, "2011-02", "bad-policy"),
        ] {
            let failure = resolve(text, &calendar(zone, unit)).expect_err(text);
            assert_eq!(failure.code(), code, "{text}");
        }
    }
}
