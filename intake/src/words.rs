//! Times, quantities and failures as people say them.

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use wattproof_circuits::condition::{Failure as Miss, Reason};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Quality, Unit};
use wattproof_circuits::policy::{Context, Period, Policy};

use crate::{Result, period};

/// A time in a zone: `2011-03-09 18:00`, with its offset where the clock shows it twice.
pub fn local(time: u64, zone: &TimeZone) -> Result<String> {
    let instant = period::timestamp(time)?.to_zoned(zone.clone());
    let ambiguous = zone.to_ambiguous_timestamp(instant.datetime()).is_ambiguous();
    // By hand: jiff's own formatter would weigh in the Wasm.
    let (hour, minute, second) = (instant.hour(), instant.minute(), instant.second());
    let mut text = format!("{} {hour:02}:{minute:02}", instant.date());
    if ambiguous || second != 0 {
        text += &format!(":{second:02}");
    }
    if ambiguous {
        text += &offset(instant.offset().seconds());
    }
    Ok(text)
}

/// `-07:00`; seconds, which offsets before 1972 have, only where there are any.
fn offset(seconds: i32) -> String {
    let (sign, size) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
    let mut text = format!("{sign}{:02}:{:02}", size / 3600, size / 60 % 60);
    if size % 60 != 0 {
        text += &format!(":{:02}", size % 60);
    }
    text
}

/// A period in its policy's zone.
pub fn span(period: Period, policy: &Policy) -> Result<String> {
    let calendar = &policy.scope().calendar;
    let zone = period::zone(calendar)?;
    let (start, end) = (local(period.start(), &zone)?, local(period.end(), &zone)?);
    Ok(format!("{start} to {end}, {}", calendar.zone))
}

/// What a claim is for.
pub fn purpose(context: &Context) -> String {
    match context {
        Context::Challenge { verifier, .. } => format!("a challenge by {}", clip(verifier)),
        Context::Settlement { chain_id, .. } => format!("a settlement on chain {chain_id}"),
    }
}

/// Somebody else's text, safe for a terminal: without control characters, and no longer than a paragraph.
pub fn clip(text: &str) -> String {
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().take(1000).map(printable).collect()
}

/// `2,310 Wh`.
pub fn quantity(value: u64, unit: Unit) -> String {
    format!("{} {}", thousands(value), unit.symbols().0).trim_end().to_owned()
}

/// `2,310`.
pub fn thousands(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Millionths as per cent, exactly: `98.8095 %`.
fn percent(ppm: u64) -> String {
    let text = format!("{}.{:04}", ppm / 10_000, ppm % 10_000);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// How a condition fails: `limit: 2011-03-09 18:00, 2,310 Wh > 2,000 Wh`.
pub fn miss(miss: &Miss, policy: &Policy, zone: &TimeZone) -> Result<String> {
    let channels = &policy.meter().channels;
    let channel = miss.channel.and_then(|c| channels.get(usize::from(c)));
    let amount = |value: i64| {
        let (sign, size) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
        let text = match (miss.kind, channel) {
            ("completeness", _) => format!("{} measured", percent(size)),
            // Shares, whatever they are of.
            ("matching" | "availability", _) => percent(size),
            // Money is told in the policy's own words; here in minor units.
            ("bill", _) | (_, None) => thousands(size),
            (_, Some(channel)) => quantity(size, channel.unit),
        };
        format!("{sign}{text}")
    };
    let mut text = format!("{}: ", miss.kind);
    // With one channel there is nothing to tell apart.
    if let (Some(channel), true) = (channel, channels.len() > 1) {
        text += &format!("{:?}, ", channel.direction).to_lowercase();
    }
    if let Some(at) = miss.at {
        text += &format!("{}, ", local(at, zone)?);
    }
    text += &match miss.reason {
        Reason::Above(bound) => format!("{} > {}", amount(miss.actual), amount(bound)),
        Reason::Below(bound) => format!("{} < {}", amount(miss.actual), amount(bound)),
        Reason::Quality(Quality::Missing) => "the reading is missing".into(),
        Reason::Quality(_) => "the reading is estimated".into(),
        Reason::Other(what) => what.into(),
    };
    Ok(text)
}

/// The same for programs.
pub fn miss_json(miss: &Miss, policy: &Policy, zone: &TimeZone) -> Result<Value> {
    let (reason, bound) = match miss.reason {
        Reason::Above(bound) => ("above", Some(bound)),
        Reason::Below(bound) => ("below", Some(bound)),
        Reason::Quality(Quality::Missing) => ("missing", None),
        Reason::Quality(_) => ("estimated", None),
        Reason::Other(_) => ("other", None),
    };
    Ok(json!({
        "condition": miss.kind,
        "channel": miss.channel,
        "at": miss.at.map(|at| at.to_string()),
        "at_local": miss.at.map(|at| local(at, zone)).transpose()?,
        "reason": reason,
        "actual": miss.actual.to_string(),
        "bound": bound.map(|b| b.to_string()),
        "text": self::miss(miss, policy, zone)?,
    }))
}

/// A field element for programs.
pub fn element(x: &F) -> Value {
    Value::String(field_string(x))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn times_are_told_as_the_clock_shows_them() {
        for (zone, time, text) in [
            ("America/Los_Angeles", 1_299_722_400, "2011-03-09 18:00"),
            ("America/Los_Angeles", 1_299_722_405, "2011-03-09 18:00:05"),
            ("America/Los_Angeles", 1_320_566_400, "2011-11-06 01:00:00-07:00"),
            ("America/Los_Angeles", 1_320_570_000, "2011-11-06 01:00:00-08:00"),
            ("Australia/Lord_Howe", 1_301_754_600, "2011-04-03 01:30:00+11:00"),
            ("Australia/Lord_Howe", 1_301_756_400, "2011-04-03 01:30:00+10:30"),
            // Liberia was 44 minutes and 30 seconds behind until 1972, when the clock went forward.
            ("Africa/Monrovia", 0, "1969-12-31 23:15:30"),
            ("UTC", 0, "1970-01-01 00:00"),
        ] {
            let zone = crate::import::parse_zone(zone).unwrap();
            assert_eq!(local(time, &zone).unwrap(), text);
        }
        assert_eq!(offset(-2670), "-00:44:30");
    }
}
