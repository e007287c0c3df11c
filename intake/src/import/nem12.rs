//! NEM12, the interval data of Australia's electricity market: AEMO's Meter Data File Format. One line is one record, and its first
//! field says which: 100 header, 200 register, 300 a register's day, 400 qualities of parts of that day, 500 business-to-business
//! details, 900 end.
//!
//! A day is the market's: UTC+10 all year, and its first value is for the interval that begins at midnight.

use std::collections::HashMap;

use wattproof_circuits::meter::{Quality, Reading};

use super::decimal::{Decimal, Rounding};
use super::document::{Choice, Document, Found};
use super::error::{Fault, Place, Problem, Result, clip};
use super::model::LeftOut;
use super::nem12_register::{Day, Flag, Register, Use, flag};
use super::source::Source;
use super::time::market_midnight;

/// Longest record. A day of five-minute values is well below 8 KiB.
const RECORD: usize = 64 * 1024;
/// Most registers in a file.
const REGISTERS: usize = 65_536;

/// Whether a line begins as a file of this format does, or as one whose header is missing.
pub(super) fn recognises(line: &[u8]) -> bool {
    let register = |rest: &[u8]| (7..=9).contains(&rest.iter().filter(|&&b| b == b',').count());
    line.starts_with(b"100,NEM") || line.strip_prefix(b"200,").is_some_and(register)
}

/// Reads a file to its end. At most `limit` readings of the series asked for.
pub(super) fn read(
    mut source: Source<'_>,
    rounding: Rounding,
    choice: &Choice,
    limit: u32,
) -> Result<Document> {
    let mut reader = Reader { rounding, choice, limit, ..Reader::new(choice) };
    let mut line = Vec::new();
    loop {
        reader.line = source.line();
        line.clear();
        if !source.line_into(&mut line, RECORD)? {
            break;
        }
        let record = line.trim_ascii();
        if !record.is_empty() {
            reader.record(record)?;
        }
    }
    reader.document()
}

struct Reader<'a> {
    rounding: Rounding,
    choice: &'a Choice,
    limit: u32,
    kept: u32,
    line: u64,
    stage: Stage,
    registers: Vec<Register>,
    by_origin: HashMap<String, usize>,
    /// The register that days belong to.
    current: usize,
    open: Option<OpenDay>,
    blanks: bool,
}

/// What has been read so far.
#[derive(PartialEq, Eq)]
enum Stage {
    Nothing,
    Header,
    Register,
    Day,
    Details,
    End,
}

/// The day that 400 records are about.
struct OpenDay {
    line: u64,
    varies: bool,
    /// How many intervals are behind the last range.
    covered: usize,
}

/// A record's fields, from the left.
struct Fields<'a> {
    rest: Option<&'a [u8]>,
    line: u64,
}

impl<'a> Fields<'a> {
    fn raw(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (field, after) = match rest.iter().position(|&b| b == b',') {
            Some(at) => (&rest[..at], Some(&rest[at + 1..])),
            None => (rest, None),
        };
        self.rest = after;
        Some(field)
    }

    /// The next field without white space and quotes; empty where the record is over.
    fn text(&mut self, name: &str) -> Result<&'a str> {
        let raw = self.raw().unwrap_or_default().trim_ascii();
        let bare = match raw {
            [b'"', inner @ .., b'"'] => inner,
            other => other,
        };
        let text = std::str::from_utf8(bare).map_err(|_| self.fault(name, Problem::NotUtf8))?;
        if text.contains('"') {
            let problem = Problem::Malformed("a quotation mark or comma inside a field".into());
            return Err(self.fault(name, problem));
        }
        Ok(text)
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str) -> Result<T> {
        let text = self.text(name)?;
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let parsed = if digits { text.parse().ok() } else { None };
        parsed.ok_or_else(|| self.fault(name, Problem::NotANumber(clip(text))))
    }

    /// What follows must be empty: real files end with any number of commas.
    fn end(&mut self) -> Result<()> {
        while self.rest.is_some() {
            if !self.text("end of record")?.is_empty() {
                let problem = Problem::Malformed("more fields than the record has".into());
                return Err(Fault::at(Place::Line(self.line), problem));
            }
        }
        Ok(())
    }

    fn fault(&self, name: &str, problem: Problem) -> Fault {
        Fault::line(self.line, name, problem)
    }
}

impl<'a> Reader<'a> {
    fn new(choice: &'a Choice) -> Self {
        Self {
            rounding: Rounding::Refuse,
            choice,
            limit: 0,
            kept: 0,
            line: 1,
            stage: Stage::Nothing,
            registers: Vec::new(),
            by_origin: HashMap::new(),
            current: 0,
            open: None,
            blanks: false,
        }
    }

    fn fail<T>(&self, problem: Problem) -> Result<T> {
        Err(Fault::at(Place::Line(self.line), problem))
    }

    fn record(&mut self, record: &[u8]) -> Result<()> {
        let mut fields = Fields { rest: Some(record), line: self.line };
        let kind = fields.text("RecordIndicator")?;
        match (&self.stage, kind) {
            (Stage::Nothing, "100") => return self.header(&mut fields),
            (Stage::Nothing, _) => return self.fail(Problem::NotNem12),
            (Stage::End, _) => {
                return self.fail(Problem::Malformed("a record after the 900 record".into()));
            }
            _ => {}
        }
        let order = |text: &str| Problem::RecordOrder(text.into());
        match kind {
            "200" => {
                self.close_day()?;
                self.register(&mut fields)
            }
            "300" if self.stage == Stage::Header => self.fail(order("300 before any 200")),
            "300" => {
                self.close_day()?;
                self.day(&mut fields)
            }
            "400" if self.stage == Stage::Day => self.range(&mut fields),
            "400" => self.fail(order("400 without a 300 before it")),
            "500" if matches!(self.stage, Stage::Day | Stage::Details) => {
                self.close_day()?;
                self.stage = Stage::Details;
                for field in ["TransCode", "RetServiceOrder", "ReadDateTime", "IndexRead"] {
                    fields.text(field)?;
                }
                fields.end()
            }
            "500" => self.fail(order("500 without a 300 before it")),
            "900" => {
                self.close_day()?;
                self.stage = Stage::End;
                fields.end()
            }
            "100" => self.fail(order("a second 100")),
            "250" | "550" => self.fail(Problem::Accumulated),
            other => self.fail(Problem::UnknownRecord(clip(other))),
        }
    }

    fn header(&mut self, fields: &mut Fields<'_>) -> Result<()> {
        let version = fields.text("VersionHeader")?;
        match version.to_ascii_uppercase().as_str() {
            "NEM12" => {
                self.stage = Stage::Header;
                Ok(())
            }
            "NEM13" => self.fail(Problem::Accumulated),
            _ => self.fail(Problem::NotNem12),
        }
    }

    fn register(&mut self, fields: &mut Fields<'_>) -> Result<()> {
        let name = |text: &str, sizes: std::ops::RangeInclusive<usize>| {
            sizes.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let nmi = fields.text("NMI")?;
        if !name(nmi, 1..=11) {
            let text = format!("{:?} is not an NMI: ten letters and digits", clip(nmi));
            return Err(fields.fault("NMI", Problem::Malformed(text)));
        }
        fields.text("NMIConfiguration")?;
        fields.text("RegisterID")?;
        let suffix = fields.text("NMISuffix")?;
        if !name(suffix, 2..=2) {
            let text = format!("{:?} is not a suffix such as E1", clip(suffix));
            return Err(fields.fault("NMISuffix", Problem::Malformed(text)));
        }
        fields.text("MDMDataStreamIdentifier")?;
        fields.text("MeterSerialNumber")?;
        let unit = fields.text("UOM")?;
        let minutes: u32 = fields.number("IntervalLength")?;
        if minutes == 0 || 60 % minutes != 0 {
            return Err(fields.fault("IntervalLength", Problem::IntervalLength(minutes)));
        }
        fields.text("NextScheduledReadDate")?;
        fields.end()?;

        let origin = format!("{nmi}/{suffix}/{minutes}");
        let next = self.registers.len();
        self.current = *self.by_origin.entry(origin.clone()).or_insert(next);
        if self.current == next {
            if next == REGISTERS {
                return self.fail(Problem::Malformed(format!("more than {REGISTERS} registers")));
            }
            let chosen = self.choice.takes(&origin);
            self.registers.push(Register::new(origin, suffix, minutes, chosen));
        }
        self.registers[self.current].unit(unit).map_err(|p| fields.fault("UOM", p))?;
        self.stage = Stage::Register;
        Ok(())
    }

    fn day(&mut self, fields: &mut Fields<'_>) -> Result<()> {
        let register = &mut self.registers[self.current];
        let expected = register.per_day;
        let date = fields.text("IntervalDate")?;
        let start = market_midnight(date).map_err(|p| fields.fault("IntervalDate", p))?;
        let values = fields.rest;
        let from = register.readings.len();
        let exponent = match register.usage() {
            Use::Kept { exponent } => Some(exponent),
            Use::LeftOut | Use::Unchosen => None,
        };
        if exponent.is_some() {
            self.kept = self.kept.saturating_add(expected as u32);
            if self.kept > self.limit {
                return self.fail(Problem::TooManyReadings { limit: self.limit });
            }
        }
        for nth in 1..=expected {
            let Some(exponent) = exponent else {
                if fields.raw().is_none_or(|f| f.first().is_some_and(u8::is_ascii_alphabetic)) {
                    return Err(miscount(values, self.line, expected));
                }
                continue;
            };
            let reading = match fields.rest.and_then(|rest| plain(rest, exponent)) {
                Some((value, length)) => {
                    // A comma follows, or `plain` would not have taken it.
                    fields.rest = fields.rest.map(|rest| &rest[length + 1..]);
                    Reading::measured(value)
                }
                None => {
                    let name = || format!("IntervalValue{nth}");
                    let text = fields.text("IntervalValue")?;
                    if fields.rest.is_none() || text.starts_with(|c: char| c.is_ascii_alphabetic())
                    {
                        return Err(miscount(values, self.line, expected));
                    }
                    if text.is_empty() {
                        self.blanks = true;
                        Reading::MISSING
                    } else {
                        let fault = |problem| fields.fault(&name(), problem);
                        let decimal = Decimal::parse(text, b'.').map_err(fault)?;
                        let (wh, rounded) =
                            decimal.scale(exponent, self.rounding).map_err(fault)?;
                        let out = || fault(Problem::OutOfRange(format!("{wh} Wh")));
                        register.rounded_down += u32::from(rounded);
                        Reading::measured(u32::try_from(wh).map_err(|_| out())?)
                    }
                }
            };
            register.readings.push(reading);
        }
        let quality = fields.text("QualityMethod")?;
        if quality.is_empty() || quality.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(miscount(values, self.line, expected));
        }
        let flag = flag(quality).map_err(|p| fields.fault("QualityMethod", p))?;
        reason(fields)?;
        let updated = stamp(fields, "UpdateDateTime")?;
        stamp(fields, "MSATSLoadDateTime")?;
        fields.end()?;
        register.days.push(Day { start, updated, line: self.line });
        let varies = match flag {
            Flag::Varies => true,
            Flag::All(quality) => {
                register.qualify(from.., quality).map_err(|p| fields.fault("QualityMethod", p))?;
                false
            }
        };
        self.open = Some(OpenDay { line: self.line, varies, covered: 0 });
        self.stage = Stage::Day;
        Ok(())
    }

    /// A 400 record. Ranges follow each other; those of a day of quality V leave no hole.
    fn range(&mut self, fields: &mut Fields<'_>) -> Result<()> {
        let from: usize = fields.number("StartInterval")?;
        let to: usize = fields.number("EndInterval")?;
        let register = &mut self.registers[self.current];
        let (Some(open), expected) = (&mut self.open, register.per_day) else { return Ok(()) };
        let bad = |text: String| fields.fault("StartInterval", Problem::QualityRanges(text));
        if from == 0 || to < from || to > expected {
            return Err(bad(format!("{from} to {to} is no range of {expected} intervals")));
        }
        if from <= open.covered {
            return Err(bad(format!("{from} to {to} overlaps the range before it")));
        }
        if open.varies && from > open.covered + 1 {
            let hole = open.covered + 1;
            return Err(bad(format!("a hole before {from} to {to}, from interval {hole} on")));
        }
        open.covered = to;
        let quality = match flag(fields.text("QualityMethod")?) {
            Ok(Flag::All(quality)) => quality,
            Ok(Flag::Varies) => {
                let problem = Problem::BadQuality("V in a 400 record".into());
                return Err(fields.fault("QualityMethod", problem));
            }
            Err(problem) => return Err(fields.fault("QualityMethod", problem)),
        };
        reason(fields)?;
        fields.end()?;
        if register.readings.is_empty() {
            return Ok(());
        }
        let day = register.readings.len() - expected;
        let range = day + from - 1..day + to;
        register.qualify(range, quality).map_err(|p| fields.fault("QualityMethod", p))
    }

    /// Whether a day of quality V has been described to its end.
    fn close_day(&mut self) -> Result<()> {
        let Some(OpenDay { line, varies, covered }) = self.open.take() else { return Ok(()) };
        let expected = self.registers[self.current].per_day;
        if varies && covered < expected {
            let text = match covered {
                0 => "quality V, and no 400 record says which intervals have which".into(),
                last => format!("the 400 records end at interval {last} of {expected}"),
            };
            return Err(Fault::line(line, "QualityMethod", Problem::QualityRanges(text)));
        }
        Ok(())
    }

    fn document(self) -> Result<Document> {
        match self.stage {
            Stage::Nothing => return Err(Fault::file(Problem::NotNem12)),
            Stage::End => {}
            _ => return self.fail(Problem::NoEnd),
        }
        let mut document = Document::default();
        for register in self.registers {
            let rows = (register.days.len() * register.per_day) as u32;
            let reason = match register.usage() {
                Use::Unchosen => {
                    document.unchosen(&register.origin);
                    continue;
                }
                Use::Kept { .. } if rows > 0 => {
                    document.found.push(Found::Days(register));
                    continue;
                }
                Use::Kept { .. } => "no days".into(),
                Use::LeftOut => register.why_left_out(),
            };
            document.left_out.push(LeftOut { origin: register.origin, rows, reason });
        }
        if self.blanks {
            document.notes.push("values left blank: taken as missing".into());
        }
        Ok(document)
    }
}

/// The most frequent form of a value, in Wh, and its length: a number of few digits that is exact, with a comma after it. What this
/// does not take, the careful way judges.
fn plain(text: &[u8], exponent: i32) -> Option<(u32, usize)> {
    let (mut value, mut places, mut point) = (0u64, 0, false);
    for (at, byte) in text.iter().enumerate().take(16) {
        match byte {
            b'0'..=b'9' => {
                value = value * 10 + u64::from(byte - b'0');
                places += i32::from(point);
            }
            b'.' if !point => point = true,
            b',' if at > 0 && (!point || places > 0) => {
                let shift = u32::try_from(exponent - places).ok()?;
                let wh = value.checked_mul(10u64.checked_pow(shift)?)?;
                return Some((u32::try_from(wh).ok()?, at));
            }
            _ => return None,
        }
    }
    None
}

/// How many values there are before the first letter, which is the quality's.
fn miscount(values: Option<&[u8]>, line: u64, expected: usize) -> Fault {
    let fields = values.unwrap_or_default().split(|&b| b == b',');
    let value = |f: &&[u8]| !f.iter().any(u8::is_ascii_alphabetic);
    let found = fields.take_while(value).count();
    Fault::line(line, "IntervalValue", Problem::IntervalCount { found, expected })
}

/// ReasonCode and ReasonDescription: why a value was substituted, which changes nothing here.
fn reason(fields: &mut Fields<'_>) -> Result<()> {
    let code = fields.text("ReasonCode")?;
    if code.len() > 3 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return Err(fields.fault("ReasonCode", Problem::NotANumber(clip(code))));
    }
    fields.text("ReasonDescription").map(drop)
}

/// A time to the second as one number, which grows with time; 0 where there is none.
fn stamp(fields: &mut Fields<'_>, name: &str) -> Result<u64> {
    let text = fields.text(name)?;
    if text.is_empty() {
        return Ok(0);
    }
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    // Some files leave the seconds out.
    let number = match text.len() {
        14 if digits => text.parse().ok(),
        12 if digits => text.parse().ok().map(|n: u64| n * 100),
        _ => None,
    };
    number.ok_or_else(|| fields.fault(name, Problem::BadTime(clip(text))))
}

/// Quality of a reading that has one already: blank stays missing.
pub(super) fn qualified(reading: Reading, quality: Quality) -> Result<Reading, Problem> {
    match (reading.quality, quality) {
        (Quality::Missing, _) => Ok(reading),
        (_, Quality::Missing) if reading.value == 0 => Ok(Reading::MISSING),
        (_, Quality::Missing) => Err(Problem::BadQuality("N, with a value".into())),
        (_, quality) => Ok(Reading { quality, ..reading }),
    }
}
