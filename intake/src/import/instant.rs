//! Times finer than a second. A reading of a register lies on a boundary of the clock or beside it, and a fraction
//! decides which.

use super::error::{Problem, clip};
use super::model::TIME_LIMIT;
use super::time::{Stamp, TimeFormat, parse_stamp};

pub(super) const SECOND: u64 = 1_000_000;

/// Reads a time with any fraction after `.` or `,`, and an offset with or without a colon. Gives the whole seconds as
/// written, and the microseconds after them, rounded up: a fraction never disappears.
pub(super) fn parse_fine(text: &str, format: TimeFormat) -> Result<(Stamp, u64), Problem> {
    let bad = || Problem::BadTime(clip(text));
    let whole = text.find(['.', ',']).unwrap_or(text.len());
    let (head, mut rest) = text.split_at(whole);
    let mut micros = 0;
    if let Some(fraction) = rest.get(1..) {
        let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
        let (fraction, after) = fraction.split_at(digits);
        if fraction.is_empty() {
            return Err(bad());
        }
        let place = |i: usize| fraction.as_bytes().get(i).map_or(0, |d| u64::from(d - b'0'));
        micros = (0..6).fold(0, |n, i| n * 10 + place(i));
        micros += u64::from(fraction.bytes().skip(6).any(|d| d != b'0'));
        rest = after;
    }
    let whole = colon(&format!("{head}{rest}"));
    let stamp = parse_stamp(&whole, format).map_err(|_| bad())?;
    Ok((stamp, micros))
}

/// Microseconds since 1970 of a time with an offset.
pub(super) fn parse_instant(text: &str) -> Result<u64, Problem> {
    match parse_fine(text, TimeFormat::Rfc3339)? {
        (Stamp::Instant(seconds), micros) => Ok(seconds.min(TIME_LIMIT) * SECOND + micros),
        (Stamp::Local(_), _) => Err(Problem::BadTime(clip(text))),
    }
}

/// `+0200` as `+02:00`.
fn colon(text: &str) -> String {
    if let Some((head, offset)) = text.len().checked_sub(5).and_then(|at| text.split_at_checked(at))
    {
        let (sign, digits) = offset.split_at_checked(1).unwrap_or_default();
        if matches!(sign, "+" | "-")
            && digits.bytes().all(|b| b.is_ascii_digit())
            && head.contains(':')
        {
            return format!("{head}{sign}{}:{}", &digits[..2], &digits[2..]);
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn fractions() {
        let at = 1_532_431_324 * SECOND;
        for (text, micros) in [
            ("2018-07-24T13:22:04,000+0200", 0),
            ("2018-07-24T13:22:04+02:00", 0),
            ("2018-07-24T11:22:04.5Z", 500_000),
            ("2018-07-24T11:22:04.123456+00:00", 123_456),
            ("2018-07-24T11:22:04.1234560001+00:00", 123_457),
            ("2018-07-24T11:22:04.000000000Z", 0),
            ("2018-07-24T11:22:03.9999999Z", 0),
        ] {
            assert_eq!(parse_instant(text), Ok(at + micros), "{text}");
        }
        assert_eq!(
            parse_fine("1532431324.25", TimeFormat::Auto),
            Ok((Stamp::Instant(1_532_431_324), 250_000))
        );
        for text in [
            "",
            ".",
            "2018-07-24T13:22:04,+0200",
            "2018-07-24T13:22:04",
            "é",
            "+0200",
            "2018-07-24",
        ] {
            assert!(parse_instant(text).is_err(), "{text}");
        }
    }
}
