//! CSV: one row for each interval, with a column of times and one of energy.

use std::io::BufRead;
use std::str::FromStr;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::tz::TimeZone;
use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Unit};

use super::decimal::Decimal;
use super::document::{Choice, Document, Found};
use super::error::{Fault, Place, Problem, Result, clip};
use super::model::Conversion;
use super::normalize::{About, Row, Rows, usual_step};
use super::source::Source;
use super::time::{Resolved, Stamp, TimeFormat, parse_stamp, resolve};

/// How to read a CSV file. The default finds the columns by usual names and the unit in the value column's name.
#[derive(Clone, Debug)]
pub struct CsvOptions {
    /// Column of times; by default the one named `time`, `timestamp`, `datetime`, `date` or `start`.
    pub time: Option<Column>,
    /// Column of energy; by default the one whose name has a unit in it, or is `value`, `energy` or `usage`.
    pub value: Option<Column>,
    /// Column of quality (`measured`, `estimated`, `missing`); by default the one named `quality`, if there is one.
    pub quality: Option<Column>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Between fields; by default whichever of `,` `;` tab `|` the first line has most of.
    pub delimiter: Option<u8>,
    /// Whether the decimal separator is a comma.
    pub decimal_comma: bool,
    /// Zone of local times; without one they are refused.
    pub zone: Option<TimeZone>,
    /// Unit of the values; by default the one in the value column's name.
    pub unit: Option<EnergyUnit>,
    /// How times are written.
    pub time_format: TimeFormat,
    /// Which end of its interval a time names.
    pub time_label: TimeLabel,
    /// Length of the intervals; by default the most frequent step between times.
    pub interval_seconds: Option<u32>,
    /// Which way the energy flows.
    pub direction: Direction,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self {
            time: None,
            value: None,
            quality: None,
            header: true,
            delimiter: None,
            decimal_comma: false,
            zone: None,
            unit: None,
            time_format: TimeFormat::Auto,
            time_label: TimeLabel::Start,
            interval_seconds: None,
            direction: Direction::Import,
        }
    }
}

/// A column by name, or by index from 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// As the header spells it.
    Name(String),
    /// Counted from 0.
    Index(usize),
}

impl FromStr for Column {
    type Err = std::convert::Infallible;

    /// Digits are an index, anything else a name.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(text.parse().map_or_else(|_| Column::Name(text.to_owned()), Column::Index))
    }
}

/// Units of energy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnergyUnit {
    /// Watt-hours.
    Wh,
    /// Thousands of them.
    KWh,
    /// Millions of them.
    MWh,
}

impl EnergyUnit {
    fn exponent(self) -> i32 {
        match self {
            Self::Wh => 0,
            Self::KWh => 3,
            Self::MWh => 6,
        }
    }

    fn conversion(self) -> Option<Conversion> {
        let from = match self {
            Self::Wh => return None,
            Self::KWh => "kWh",
            Self::MWh => "MWh",
        };
        Some(Conversion { from: from.into(), exponent: self.exponent() })
    }

    /// The unit in a column's name. `mwh` and `mWh` could also be milliwatt-hours and are not taken.
    fn in_name(name: &str) -> Option<Self> {
        let mut words =
            name.split(|c: char| !c.is_ascii_alphanumeric()).filter_map(|w| w.parse().ok());
        let first = words.next();
        if words.next().is_some() { None } else { first }
    }
}

impl FromStr for EnergyUnit {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "Wh" | "wh" | "WH" => Ok(Self::Wh),
            "kWh" | "kwh" | "KWH" | "KWh" => Ok(Self::KWh),
            "MWh" | "MWH" => Ok(Self::MWh),
            _ => Err(Problem::NoUnit),
        }
    }
}

/// Which end of its interval a time names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeLabel {
    /// The start.
    #[default]
    Start,
    /// The end.
    End,
}

struct Record {
    stamp: Stamp,
    value: Option<Decimal>,
    quality: Quality,
    line: u64,
}

/// Reads the file to its end. At most `limit` readings. The notes say what was assumed.
pub(super) fn read(
    mut source: Source<'_>,
    options: &CsvOptions,
    choice: &Choice,
    limit: u32,
) -> Result<Document> {
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter,
        None => sniff(source.fill_buf().map_err(|e| Fault::from_io(&e))?),
    };
    let mut csv = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(options.header)
        // Trimming every field of every record would copy them all.
        .trim(Trim::Headers)
        .from_reader(source);
    let header =
        if options.header { Some(csv.headers().map_err(csv_fault)?.clone()) } else { None };
    let columns = Columns::find(header.as_ref(), options)?;
    let unit = options.unit.or_else(|| columns.value_name.as_deref().and_then(EnergyUnit::in_name));
    let Some(unit) = unit else {
        let field = columns.value_name.as_deref().unwrap_or("value");
        return Err(Fault::line(1, field, Problem::NoUnit));
    };
    let point = if options.decimal_comma { b',' } else { b'.' };

    let (mut records, mut record) = (Vec::new(), StringRecord::new());
    while csv.read_record(&mut record).map_err(csv_fault)? {
        csv.get_mut().mark();
        if records.len() >= limit as usize {
            return Err(Fault::file(Problem::TooManyReadings { limit }));
        }
        let line = record.position().map_or(0, csv::Position::line);
        let get = |column: usize, field: &str| {
            let text = record.get(column).map(trimmed);
            text.ok_or_else(|| Fault::line(line, field, Problem::NoColumn))
        };
        let stamp = parse_stamp(get(columns.time, "time")?, options.time_format)
            .map_err(|p| Fault::line(line, "time", p))?;
        let value = match get(columns.value, "value")? {
            "" => None,
            text => Some(Decimal::parse(text, point).map_err(|p| Fault::line(line, "value", p))?),
        };
        let word = columns.quality.map(|column| get(column, "quality")).transpose()?;
        let quality = word.map_or(Ok(Quality::Measured), quality);
        let quality = quality.map_err(|p| Fault::line(line, "quality", p))?;
        records.push(Record { stamp, value, quality, line });
    }

    let mut notes = Vec::new();
    let mut rows = settle(&records, options.zone.as_ref(), &mut notes)?;
    if options.time_label == TimeLabel::End {
        let step = options.interval_seconds.map(u64::from).or_else(|| usual_step(&rows));
        let step = step.ok_or_else(|| Fault::file(Problem::UnknownInterval))?;
        for row in &mut rows {
            row.start = row.start.checked_sub(step).ok_or_else(|| {
                Fault::line(row.line, "time", Problem::BadTime(row.start.to_string()))
            })?;
        }
    }
    if options.interval_seconds.is_none() {
        notes
            .push("length of the intervals taken from the most frequent step between times".into());
    }
    let origin = columns.value_name.unwrap_or_else(|| format!("column {}", columns.value));
    let rows = Rows {
        channel: Channel {
            quantity: Quantity::Energy,
            direction: options.direction,
            unit: Unit::Wh,
        },
        origin: clip(&origin),
        about: About { conversion: unit.conversion(), ..About::default() },
        exponent: unit.exponent(),
        value_field: "value",
        time_field: "time",
        interval: options.interval_seconds,
        rows,
    };
    let mut document = Document { notes, ..Document::default() };
    if choice.takes(&rows.origin) {
        document.found.push(Found::Rows(rows));
    } else {
        document.unchosen(&rows.origin);
    }
    Ok(document)
}

/// Turns local times into instants. A local time that daylight saving repeats is told apart by order: going through the
/// file forward in time, it is the earlier of the two unless a row at or after that one came before.
fn settle(
    records: &[Record],
    zone: Option<&TimeZone>,
    notes: &mut Vec<String>,
) -> Result<Vec<Row>> {
    let newest_first = match (records.first(), records.last()) {
        (Some(a), Some(b)) => match (a.stamp, b.stamp) {
            (Stamp::Local(a), Stamp::Local(b)) => a > b,
            (Stamp::Instant(a), Stamp::Instant(b)) => a > b,
            _ => false,
        },
        _ => false,
    };
    let mut rows = Vec::with_capacity(records.len());
    let mut settler = Settler { zone, before: None, sorted: true, repeated: None, count: 0 };
    let mut skipped = 0;
    let mut take = |record: &Record| -> Result<()> {
        let Record { value, quality, .. } = *record;
        let start = match settler.settle(record) {
            Ok(start) => start,
            // Exports by the clock have an empty row for the hour that daylight saving skips.
            Err(fault) if value.is_none() && matches!(fault.problem, Problem::SkippedTime(_)) => {
                skipped += 1;
                return Ok(());
            }
            Err(fault) => return Err(fault),
        };
        let (value, quality) = match (value, quality) {
            (None, _) => (None, Quality::Missing),
            (Some(value), Quality::Missing) if value.is_zero() => (None, Quality::Missing),
            (Some(_), Quality::Missing) => {
                let problem = Problem::BadQuality("missing, with a value".into());
                return Err(Fault::line(record.line, "quality", problem));
            }
            (value, quality) => (value, quality),
        };
        rows.push(Row { start, duration: None, value, quality, line: record.line });
        Ok(())
    };
    if newest_first {
        records.iter().rev().try_for_each(&mut take)?;
        rows.reverse();
    } else {
        records.iter().try_for_each(&mut take)?;
    }
    if let (Some((line, text)), false) = (&settler.repeated, settler.sorted) {
        return Err(Fault::line(*line, "time", Problem::AmbiguousTime(text.clone())));
    }
    if settler.count > 0 {
        let count = settler.count;
        notes.push(format!("{count} local times happen twice (end of daylight saving); told apart by the order of rows"));
    }
    if skipped > 0 {
        notes.push(format!(
            "{skipped} empty rows at local times that daylight saving skips: left out"
        ));
    }
    Ok(rows)
}

struct Settler<'a> {
    zone: Option<&'a TimeZone>,
    before: Option<u64>,
    sorted: bool,
    /// First row with a repeated local time.
    repeated: Option<(u64, String)>,
    count: u32,
}

impl Settler<'_> {
    fn settle(&mut self, record: &Record) -> Result<u64> {
        let start = match record.stamp {
            Stamp::Instant(start) => start,
            Stamp::Local(local) => {
                let fault = |problem| Fault::line(record.line, "time", problem);
                let zone = self.zone.ok_or_else(|| fault(Problem::NoZone(local.to_string())))?;
                match resolve(local, zone).map_err(fault)? {
                    Resolved::Once(start) => start,
                    Resolved::Twice(first, second) => {
                        self.count += 1;
                        self.repeated.get_or_insert_with(|| (record.line, local.to_string()));
                        if self.before.is_none_or(|before| before < first) { first } else { second }
                    }
                }
            }
        };
        self.sorted &= self.before.is_none_or(|before| before <= start);
        self.before = Some(start);
        Ok(start)
    }
}

struct Columns {
    time: usize,
    value: usize,
    value_name: Option<String>,
    quality: Option<usize>,
}

impl Columns {
    fn find(header: Option<&StringRecord>, options: &CsvOptions) -> Result<Self> {
        let time = find(header, options.time.as_ref(), "time", |name| {
            let names = ["time", "timestamp", "datetime", "date", "start"];
            names.iter().any(|n| n.eq_ignore_ascii_case(name))
        })?;
        let value = find(header, options.value.as_ref(), "value", |name| {
            let names = ["value", "energy", "usage"];
            EnergyUnit::in_name(name).is_some()
                || names.iter().any(|n| n.eq_ignore_ascii_case(name))
        })?;
        let (Some(time), Some(value)) = (time, value) else {
            let field = if time.is_none() { "time" } else { "value" };
            return Err(Fault::line(1, field, Problem::NoColumn));
        };
        let quality = find(header, options.quality.as_ref(), "quality", |name| {
            name.eq_ignore_ascii_case("quality")
        })?;
        let value_name = header.and_then(|h| h.get(value)).map(str::to_owned);
        Ok(Self { time, value, value_name, quality })
    }
}

/// The column asked for, or else the only one with a usual name.
fn find(
    header: Option<&StringRecord>,
    asked: Option<&Column>,
    field: &str,
    usual: impl Fn(&str) -> bool,
) -> Result<Option<usize>> {
    let fault = |name: &str, problem| Err(Fault::line(1, name, problem));
    let only = |wanted: &dyn Fn(&str) -> bool, name: &str| {
        let mut all = header.into_iter().flatten().enumerate().filter(|(_, n)| wanted(n));
        match (all.next(), all.next()) {
            (Some(_), Some(_)) => fault(name, Problem::AmbiguousColumn),
            (found, _) => Ok(found.map(|(at, _)| at)),
        }
    };
    match asked {
        Some(Column::Index(at)) => match header {
            Some(header) if *at >= header.len() => fault(&at.to_string(), Problem::NoColumn),
            _ => Ok(Some(*at)),
        },
        Some(Column::Name(name)) => match only(&|n| n == name, name)? {
            Some(at) => Ok(Some(at)),
            None => fault(name, Problem::NoColumn),
        },
        None => only(&usual, field),
    }
}

/// Without white space at the ends, which few fields have.
fn trimmed(field: &str) -> &str {
    match field.as_bytes() {
        [] => field,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => field,
        _ => field.trim(),
    }
}

fn quality(word: &str) -> Result<Quality, Problem> {
    if matches!(word, "" | "measured") {
        return Ok(Quality::Measured);
    }
    let is = |words: &[&str]| words.iter().any(|w| w.eq_ignore_ascii_case(word));
    if is(&["measured", "actual", "valid"]) {
        Ok(Quality::Measured)
    } else if is(&["estimated", "substituted"]) {
        Ok(Quality::Estimated)
    } else if is(&["missing"]) {
        Ok(Quality::Missing)
    } else {
        Err(Problem::BadQuality(clip(word)))
    }
}

fn sniff(start: &[u8]) -> u8 {
    let line = start.split(|&b| b == b'\n').next().unwrap_or_default();
    let count = |d: u8| line.iter().filter(|&&b| b == d).count();
    // The last of equals wins, so the comma stands last.
    [b'|', b'\t', b';', b','].into_iter().max_by_key(|&d| count(d)).unwrap_or(b',')
}

fn csv_fault(error: csv::Error) -> Fault {
    let place = error.position().map_or(Place::File, |p| Place::Line(p.line()));
    match error.kind() {
        csv::ErrorKind::Io(e) => Fault::from_io(e),
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            let text = format!("a row of {len} fields among rows of {expected_len}");
            Fault::at(place, Problem::Malformed(text))
        }
        _ => Fault::at(place, Problem::Malformed(clip(&error.to_string()))),
    }
}
