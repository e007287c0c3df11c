//! Meter files in, contiguous readings out.
//!
//! [`import`] tells the format by the first bytes, reads the file as a stream, and gives [`Series`] without holes, an
//! [`ImportReport`] of what the file was like, and its hash. Energy is converted to whole Wh exactly or not at all. What
//! the file lacks is [`Reading::MISSING`](wattproof_circuits::meter::Reading::MISSING); what it contradicts itself about
//! is refused. [`ReadingsFile`] is the outcome as a `readings/1` file (docs/FORMATS.md).
//!
//! One file per format: `green_button` (with ESPI's codes in `espi`) and `csv`.

mod csv;
mod decimal;
mod error;
mod espi;
mod green_button;
mod model;
mod normalize;
mod readings_file;
mod source;
mod tag;
mod time;

use std::io::{BufRead, Read};

pub use self::csv::{Column, CsvOptions, EnergyUnit, TimeLabel};
pub use self::decimal::Rounding;
pub use self::error::{ImportError, Place, Problem};
pub use self::model::{
    FileSource, Format, Gap, ImportReport, Series, SeriesReport, SummaryCheck, TIME_LIMIT,
};
pub use self::readings_file::ReadingsFile;
pub use self::time::{TimeFormat, parse_zone};

use self::error::{Fault, Result};
use self::normalize::Rows;
use self::source::Source;

/// How to import. The default tells the format itself and refuses fractions of a Wh.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format, if it is known; by default it is told by the first bytes.
    pub format: Option<Format>,
    /// What to do with fractions of a Wh.
    pub rounding: Rounding,
    /// Bounds on size and memory.
    pub limits: Limits,
    /// How to read a CSV file.
    pub csv: CsvOptions,
}

/// Bounds on what an import reads and makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a file.
    pub bytes: u64,
    /// Most intervals made from a file, filled gaps included, over all its series. A file may hold twice as many
    /// readings, for duplicates.
    pub intervals: u32,
}

impl Default for Limits {
    /// 256 MiB and 2^20 intervals: 30 years of quarter hours.
    fn default() -> Self {
        Self { bytes: 256 << 20, intervals: 1 << 20 }
    }
}

/// What came out of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The file.
    pub source: FileSource,
    /// At least one series.
    pub series: Vec<Series>,
    /// What the file was like.
    pub report: ImportReport,
}

/// Imports a meter file. `name` is what errors call it; `progress` is told how many bytes were read so far.
///
/// # Errors
/// [`ImportError`] with the place, the field, what is wrong and what to do about it.
pub fn import(
    name: &str,
    input: impl Read,
    options: &Options,
    progress: &mut dyn FnMut(u64),
) -> Result<Imported, ImportError> {
    let source = Source::new(input, options.limits.bytes, progress);
    read(source, options).map_err(|fault| ImportError::new(name, fault))
}

fn read(mut source: Source<'_>, options: &Options) -> Result<Imported> {
    let found = detect(&mut source)?;
    let format = options.format.unwrap_or(found);
    let limit = options.limits.intervals.saturating_mul(2);
    let mut report = ImportReport::default();
    let (series, source) = match format {
        Format::GreenButton => {
            let (mut feed, source) = green_button::read(source, limit)?;
            let rows = feed.take_rows()?;
            let series = normalize_all(rows, options, &mut report)?;
            report.summaries = feed.check_summaries(&series, &report.series);
            report.notes.extend(feed.notes);
            (series, source)
        }
        Format::Csv => {
            let (rows, notes, source) = csv::read(source, &options.csv, limit)?;
            report.notes.extend(notes);
            (normalize_all(vec![rows], options, &mut report)?, source)
        }
    };
    let print = source.finish().map_err(|e| Fault::from_io(&e))?;
    let source = FileSource { format, bytes: print.bytes, file_sha256: print.sha256 };
    Ok(Imported { source, series, report })
}

fn normalize_all(
    all: Vec<Rows>,
    options: &Options,
    report: &mut ImportReport,
) -> Result<Vec<Series>> {
    let limit = options.limits.intervals;
    let mut budget = limit;
    let mut series = Vec::with_capacity(all.len());
    for rows in all {
        let (one, about) = normalize::normalize(rows, options.rounding, limit, &mut budget)?;
        series.push(one);
        report.series.push(about);
    }
    Ok(series)
}

/// XML begins with `<`; anything else is CSV. Takes a byte order mark and white space away.
fn detect(source: &mut Source<'_>) -> Result<Format> {
    let mut start = true;
    loop {
        let chunk = source.fill_buf().map_err(|e| Fault::from_io(&e))?;
        if chunk.is_empty() {
            return Err(Fault::file(Problem::Empty));
        }
        // A chunk that splits the mark is not white space either, and the parsers refuse it.
        let mark = if start && chunk.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        start = false;
        let blank = chunk[mark..].iter().take_while(|b| b.is_ascii_whitespace()).count() + mark;
        let first = chunk.get(blank).copied();
        source.consume(blank);
        source.mark();
        match first {
            Some(b'<') => return Ok(Format::GreenButton),
            Some(_) => return Ok(Format::Csv),
            None => {}
        }
    }
}
