//! Meter files in, contiguous readings out.
//!
//! [`import`] tells the format by the first bytes, reads the file as a stream, and gives [`Series`] without holes, an
//! [`ImportReport`] of what the file was like, and its hash. Energy is converted to whole Wh exactly or not at all. What
//! the file lacks is [`Reading::MISSING`](wattproof_circuits::meter::Reading::MISSING); what it contradicts itself about
//! is refused. [`ReadingsFile`] is the outcome as a `readings/1` file (docs/FORMATS.md).
//!
//! One file per format: `green_button` (with ESPI's codes in `espi`), `csv` and [`ocmf`]. Formats whose values are readings of
//! a register go through `registers`, which makes intervals of them by one rule.

mod csv;
mod decimal;
mod error;
mod espi;
mod fields;
mod green_button;
mod instant;
mod model;
mod normalize;
pub mod ocmf;
mod readings_file;
mod registers;
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
pub use self::registers::RegisterOptions;
pub use self::time::{TimeFormat, parse_zone};

use self::error::{Fault, Result};
use self::normalize::Rows;
use self::registers::Registers;
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
    /// How to make intervals of registers.
    pub registers: RegisterOptions,
    /// The meter's key, to check the signatures of a format that has them. Without one they are not checked.
    #[cfg(feature = "signatures")]
    pub public_key: Option<ocmf::PublicKey>,
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
    /// What was signed, if [`Options::public_key`] was given; any signature that did not fit is an error.
    #[cfg(feature = "signatures")]
    pub checked: Option<ocmf::Checked>,
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
    #[cfg(feature = "signatures")]
    let mut checked = None;
    #[cfg(feature = "signatures")]
    if options.public_key.is_some() && format != Format::Ocmf {
        return Err(Fault::file(Problem::NotSigned));
    }
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
        Format::Ocmf => {
            let (records, notes, source) = ocmf::read(source)?;
            report.notes.extend(notes);
            #[cfg(feature = "signatures")]
            match &options.public_key {
                Some(key) => checked = Some(ocmf::check_all(&records, key)?),
                None => report
                    .notes
                    .push("the signatures were not checked: no public key was given".into()),
            }
            #[cfg(not(feature = "signatures"))]
            report.notes.push("the signatures were not checked".into());
            ocmf::tell(&records, &mut report.notes)?;
            let registers = ocmf::registers(&records, &mut report.notes);
            (of_registers(registers, options, &mut report)?, source)
        }
    };
    let print = source.finish().map_err(|e| Fault::from_io(&e))?;
    let source = FileSource { format, bytes: print.bytes, file_sha256: print.sha256 };
    Ok(Imported {
        source,
        series,
        report,
        #[cfg(feature = "signatures")]
        checked,
    })
}

fn of_registers(
    all: Vec<Registers>,
    options: &Options,
    report: &mut ImportReport,
) -> Result<Vec<Series>> {
    if all.is_empty() {
        return Err(Fault::file(Problem::NothingUsable("no register of active energy".into())));
    }
    let Options { registers, rounding, limits, .. } = *options;
    let intervals = all
        .into_iter()
        .map(|one| one.intervals(registers, rounding, limits.intervals, &mut report.notes));
    let intervals = intervals.collect::<Result<Vec<_>>>()?;
    let (rows, about): (Vec<_>, Vec<_>) =
        intervals.into_iter().map(|one| (one.rows, one.about)).unzip();
    let series = normalize_all(rows, options, report)?;
    for (series, about) in report.series.iter_mut().zip(about) {
        series.rows = about.readings;
        series.duplicates = about.duplicates;
        series.out_of_order = about.out_of_order;
        series.rounded_down = about.rounded_down;
    }
    Ok(series)
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

/// OCMF begins with its name or wraps records in `<values>`; other XML is Green Button; anything else is CSV. Takes a byte order mark and white space away.
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
        let rest = &chunk[blank..];
        let first = rest.first().copied();
        let ocmf = ocmf::recognises(rest);
        source.consume(blank);
        source.mark();
        match first {
            Some(_) if ocmf => return Ok(Format::Ocmf),
            Some(b'<') => return Ok(Format::GreenButton),
            Some(_) => return Ok(Format::Csv),
            None => {}
        }
    }
}
