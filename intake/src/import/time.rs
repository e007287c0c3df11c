//! Times as meter files write them, turned into Unix seconds.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::error::{Problem, clip};
use super::model::TIME_LIMIT;

/// How a CSV file writes its times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeFormat {
    /// Any of the forms below, told apart row by row.
    #[default]
    Auto,
    /// `2011-02-01T00:00:00-08:00` or with `Z`.
    Rfc3339,
    /// `2011-02-01 00:00` or with seconds, in the file's zone.
    Local,
    /// `1296547200`.
    Unix,
}

/// A time as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    Instant(u64),
    Local(DateTime),
}

/// Reads a zone: an IANA name, `UTC`, or a fixed offset such as `+05:30`. Names come from the data built into this
/// program, so that a file means the same on every machine.
///
/// # Errors
/// [`Problem::BadZone`] where it is none of these.
pub fn parse_zone(text: &str) -> Result<TimeZone, Problem> {
    let bad = || Problem::BadZone(clip(text));
    if text.eq_ignore_ascii_case("utc") {
        return Ok(TimeZone::UTC);
    }
    if text.starts_with(['+', '-']) {
        let seconds = offset_seconds(text.as_bytes()).ok_or_else(bad)?;
        return Ok(TimeZone::fixed(Offset::from_seconds(seconds).map_err(|_| bad())?));
    }
    TimeZone::get(text).map_err(|_| bad())
}

pub(super) fn parse_stamp(text: &str, format: TimeFormat) -> Result<Stamp, Problem> {
    let bad = || Problem::BadTime(clip(text));
    let bytes = text.as_bytes();
    let digits = !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit);
    if digits && matches!(format, TimeFormat::Auto | TimeFormat::Unix) {
        let seconds = text.parse().ok().filter(|&s: &u64| s < TIME_LIMIT);
        return seconds.map(Stamp::Instant).ok_or_else(bad);
    }
    let (local, rest) = civil(bytes).ok_or_else(bad)?;
    match (rest.is_empty(), format) {
        (true, TimeFormat::Auto | TimeFormat::Local) => Ok(Stamp::Local(local)),
        (false, TimeFormat::Auto | TimeFormat::Rfc3339) => {
            let offset = if matches!(rest, b"Z" | b"z") { Some(0) } else { offset_seconds(rest) };
            unix(local, offset.ok_or_else(bad)?).map(Stamp::Instant).ok_or_else(bad)
        }
        _ => Err(bad()),
    }
}

/// What a local time may stand for.
pub(super) enum Resolved {
    Once(u64),
    /// In the hour that is repeated when daylight saving ends.
    Twice(u64, u64),
}

pub(super) fn resolve(local: DateTime, zone: &TimeZone) -> Result<Resolved, Problem> {
    let at = |offset: Offset| {
        unix(local, offset.seconds()).ok_or_else(|| Problem::BadTime(local.to_string()))
    };
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Unambiguous { offset } => Ok(Resolved::Once(at(offset)?)),
        AmbiguousOffset::Gap { .. } => Err(Problem::SkippedTime(local.to_string())),
        AmbiguousOffset::Fold { before, after } => Ok(Resolved::Twice(at(before)?, at(after)?)),
    }
}

/// Midnight of a day of Australia's electricity market, `YYYYMMDD`: UTC+10 all year.
pub(super) fn market_midnight(date: &str) -> Result<u64, Problem> {
    let bad = || Problem::BadTime(clip(date));
    let &[y1, y2, y3, y4, m1, m2, d1, d2] = date.as_bytes() else { return Err(bad()) };
    let two = |a, b| number(&[a, b]).map(|n| n as i8);
    let (Some(year), Some(month), Some(day)) =
        (number(&[y1, y2, y3, y4]), two(m1, m2), two(d1, d2))
    else {
        return Err(bad());
    };
    let midnight = DateTime::new(year, month, day, 0, 0, 0, 0).ok();
    midnight.and_then(|t| unix(t, 10 * 3600)).ok_or_else(bad)
}

fn unix(local: DateTime, offset: i32) -> Option<u64> {
    let as_utc = TimeZone::UTC.to_timestamp(local).ok()?.as_second();
    let seconds = u64::try_from(as_utc - i64::from(offset)).ok()?;
    (seconds < TIME_LIMIT).then_some(seconds)
}

/// `YYYY-MM-DD`, `T` or a space, `HH:MM`, perhaps `:SS`, perhaps a fraction of zero; and what follows.
fn civil(text: &[u8]) -> Option<(DateTime, &[u8])> {
    let (head, rest) = text.split_at_checked(16)?;
    let fixed = [head[4], head[7], head[13]] == *b"--:" && matches!(head[10], b'T' | b't' | b' ');
    let (mut second, mut rest) = (0, rest);
    if let Some((b":", after)) = rest.split_at_checked(1) {
        let (digits, after) = after.split_at_checked(2)?;
        (second, rest) = (number(digits)?, after);
        if let Some((b".", after)) = rest.split_at_checked(1) {
            let zeros = after.iter().take_while(|&&b| b == b'0').count();
            rest = after.get(zeros..).filter(|_| zeros > 0)?;
        }
    }
    let two = |at: usize| number(&head[at..at + 2]).map(|n| n as i8);
    if !fixed || second > 59 {
        return None;
    }
    let year = number(&head[..4])?;
    DateTime::new(year, two(5)?, two(8)?, two(11)?, two(14)?, second as i8, 0)
        .ok()
        .map(|t| (t, rest))
}

/// `+HH:MM` or `-HH:MM`, less than a day.
fn offset_seconds(text: &[u8]) -> Option<i32> {
    let (sign, rest) = match text.split_first()? {
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let &[h1, h2, b':', m1, m2] = rest else { return None };
    let (hours, minutes) = (i32::from(number(&[h1, h2])?), i32::from(number(&[m1, m2])?));
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// At most four digits.
fn number(digits: &[u8]) -> Option<i16> {
    digits.iter().try_fold(0, |n, d| d.is_ascii_digit().then(|| n * 10 + i16::from(d - b'0')))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn stamp(text: &str) -> Result<Stamp, Problem> {
        parse_stamp(text, TimeFormat::Auto)
    }

    #[test]
    fn instants() {
        for text in [
            "1296547200",
            "2011-02-01T00:00:00-08:00",
            "2011-02-01T08:00:00Z",
            "2011-02-01 08:00:00.000z",
            "2011-02-01T08:00Z",
            "2011-02-01T13:30:00+05:30",
        ] {
            assert_eq!(stamp(text), Ok(Stamp::Instant(1_296_547_200)), "{text}");
        }
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "2011-02-30 00:00",
            "2011-02-01",
            "2011-02-01 24:00",
            "2011-02-01 00:00:60",
            "1099511627776",
            "2011-02-01T00:00:00.5Z",
            "2011-02-01T00:00:00.Z",
            "01/02/2011 00:00",
            "2011-02-01T00:00:00+8",
            "-1",
            "1e9",
            "1969-12-31T23:59:59Z",
            "2011-02-01T00:00:00+24:00",
            "2011-02-01T00:00:00-08:00x",
            "2011-02-01T00:0é:00",
            "99999999999999999999",
        ] {
            assert_eq!(stamp(text), Err(Problem::BadTime(text.into())), "{text}");
        }
        assert!(parse_stamp("1296547200", TimeFormat::Local).is_err());
        assert!(parse_stamp("2011-02-01 00:00", TimeFormat::Rfc3339).is_err());
        assert!(parse_stamp("2011-02-01 00:00Z", TimeFormat::Local).is_err());
    }

    #[test]
    fn zones() {
        assert!(parse_zone("America/Los_Angeles").is_ok());
        assert!(parse_zone("utc").is_ok());
        for bad in ["", "Mars/Base", "+5", "+25:00", "+05:60"] {
            assert!(parse_zone(bad).is_err(), "{bad}");
        }
        let india = parse_zone("+05:30").unwrap();
        let Stamp::Local(local) = stamp("2011-02-01 13:30").unwrap() else { panic!() };
        assert!(matches!(resolve(local, &india), Ok(Resolved::Once(1_296_547_200))));
    }

    #[test]
    fn daylight_saving() {
        let zone = parse_zone("America/Los_Angeles").unwrap();
        let local = |text| match stamp(text).unwrap() {
            Stamp::Local(local) => resolve(local, &zone),
            Stamp::Instant(_) => panic!(),
        };
        assert!(matches!(local("2011-03-13 02:30"), Err(Problem::SkippedTime(_))));
        let Ok(Resolved::Twice(first, second)) = local("2011-11-06 01:30:00") else { panic!() };
        assert_eq!(second - first, 3600);
    }
}
