//! Meter files in, contiguous readings out.
//!
//! [`import`] tells the format by the first bytes, reads the file as a stream, and gives [`Series`] without holes, an
//! [`ImportReport`] of what the file was like, and its hash. Energy is converted to whole Wh exactly or not at all. What
//! the file lacks is [`Reading::MISSING`](wattproof_circuits::meter::Reading::MISSING); what it contradicts itself about
//! is refused. [`ReadingsFile`] is the outcome as a `readings/1` file (docs/FORMATS.md).
//!
//! One file per format: `green_button` (with ESPI's codes in `espi`), `csv`, `nem12` (with its codes in `nem12_register`),
//! [`ocmf`], `dsmr`, `sml` and `json`. Formats whose values are readings of a register go through `registers`, which makes intervals of them by one rule.

mod archive;
mod csv;
mod decimal;
mod document;
mod dsmr;
mod error;
mod espi;
mod fields;
mod green_button;
mod instant;
mod json;
mod model;
mod nem12;
mod nem12_register;
mod normalize;
pub mod ocmf;
mod part;
mod raw;
mod readings_file;
mod registers;
mod sml;
mod source;
mod summary;
mod tag;
mod text;
mod time;

use std::io::{BufRead, Read};

pub use self::csv::{Column, CsvOptions, EnergyUnit, TimeLabel};
pub use self::decimal::Rounding;
pub use self::error::{ImportError, Place, Problem};
pub use self::model::{
    Conversion, FileSource, Format, Gap, ImportReport, LeftOut, Reset, Series, SeriesReport,
    SummaryCheck, TIME_LIMIT,
};
pub use self::readings_file::ReadingsFile;
pub use self::registers::RegisterOptions;
pub use self::time::{TimeFormat, parse_zone};

use self::document::{Choice, Document, Found};
use self::error::{Fault, Result, clip};
use self::part::read_archive;
use self::raw::Raw;
use self::registers::Registers;
use self::source::{ESCAPE, Source};

/// As much of a file as its format is told by.
const LINE: usize = 512;

/// How to import. The default tells the format itself and refuses fractions of a Wh.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The format, if it is known; by default it is told by the first bytes.
    pub format: Option<Format>,
    /// What to do with fractions of a Wh.
    pub rounding: Rounding,
    /// Bounds on size and memory.
    pub limits: Limits,
    /// Only the series of this name, or those whose name goes on with a slash after it: `NEM1202026` is every register of a
    /// meter, `NEM1202026/E1` one of them. By default all of them.
    pub series: Option<String>,
    /// How to read a CSV file.
    pub csv: CsvOptions,
    /// How to make intervals of registers.
    pub registers: RegisterOptions,
    /// The Unix time at which an SML meter's index of seconds was 0, for meters without a clock.
    pub sml_epoch: Option<u64>,
    /// The meter's key, to check the signatures of a format that has them. Without one they are not checked.
    #[cfg(feature = "signatures")]
    pub public_key: Option<ocmf::PublicKey>,
}

/// Bounds on what an import reads and makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a file.
    pub bytes: u64,
    /// Most intervals made from a file, filled gaps included, over all its series that are asked for. A file may hold a
    /// quarter more readings of them, for duplicates.
    pub intervals: u32,
}

impl Limits {
    /// Most readings kept while a file is read.
    fn readings(self) -> u32 {
        self.intervals.saturating_add(self.intervals / 4)
    }

    /// For the 32 bits of a browser: 256 MiB, and 2^20 intervals, which are 30 years of quarter hours.
    pub const BROWSER: Self = Self { bytes: 256 << 20, intervals: 1 << 20 };
}

impl Default for Limits {
    /// 4 GiB and 2^23 intervals, which are 80 years of five minutes. What is kept of a file is its readings alone: 8 bytes for each
    /// of NEM12, 56 of Green Button, 112 of CSV, so that memory is bounded by the intervals and not by the bytes.
    fn default() -> Self {
        Self { bytes: 4 << 30, intervals: 1 << 23 }
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
    let raw = Raw::new(input, options.limits.bytes, progress);
    read(raw, options).map_err(|fault| ImportError::new(name, fault))
}

fn read(mut raw: Raw<'_>, options: &Options) -> Result<Imported> {
    let choice = Choice::new(options.series.as_deref());
    let is_archive = archive::recognises(raw.peek(4).map_err(|e| Fault::from_io(&e))?);
    let (format, members, document) = if is_archive {
        read_archive(&mut raw, options, &choice)?
    } else {
        let limit = options.limits.readings();
        let (format, document) = read_document(Source::new(&mut raw), options, &choice, limit)?;
        (format, Vec::new(), document)
    };
    #[cfg(feature = "signatures")]
    let checked = document.checked.clone();
    let document = document.usable(&choice)?;
    let mut report = ImportReport {
        left_out: document.left_out,
        notes: document.notes,
        ..ImportReport::default()
    };
    if let ([first, ..], Some(asked)) = (&document.unchosen[..], choice.name()) {
        let asked = clip(asked);
        report.notes.push(format!("only {asked} as asked; others, such as {first}, left out"));
    }
    let series = normalize_all(document.found, options, &mut report)
        .map_err(|fault| part::name_member(fault, &members))?;
    summary::check(&document.summaries, &series, &mut report);
    let print = raw.finish().map_err(|e| Fault::from_io(&e))?;
    let source = FileSource { format, bytes: print.bytes, file_sha256: print.sha256 };
    Ok(Imported {
        source,
        series,
        report,
        #[cfg(feature = "signatures")]
        checked,
    })
}

/// Reads one document of at most `limit` readings.
fn read_document(
    mut source: Source<'_>,
    options: &Options,
    choice: &Choice,
    limit: u32,
) -> Result<(Format, Document)> {
    if matches!(options.format, None | Some(Format::Sml)) {
        source.admit_bytes(options.format.is_some());
    }
    let found = detect(&mut source)?;
    let format = options.format.unwrap_or(found);
    #[cfg(feature = "signatures")]
    if options.public_key.is_some() && format != Format::Ocmf {
        return Err(Fault::file(Problem::NotSigned));
    }
    let Options { rounding, sml_epoch, .. } = *options;
    let document = match format {
        Format::GreenButton => green_button::read(source, choice, limit)?,
        Format::Csv => read_csv(source, options, choice, limit)?,
        Format::Nem12 => nem12::read(source, rounding, choice, limit)?,
        Format::Ocmf => read_ocmf(source, options, choice)?,
        Format::Dsmr => read_registers(options, choice, |notes| {
            dsmr::read(&mut source, rounding, limit, notes)
        })?,
        Format::Sml => read_registers(options, choice, |notes| {
            sml::read(&text::bytes(&mut source)?, sml_epoch, rounding, limit, notes)
        })?,
        Format::Json => read_json(source, options, choice, limit)?,
    };
    Ok((format, document))
}

fn read_ocmf(source: Source<'_>, options: &Options, choice: &Choice) -> Result<Document> {
    let (records, notes) = ocmf::read(source)?;
    let mut document = Document { notes, ..Document::default() };
    #[cfg(feature = "signatures")]
    match &options.public_key {
        Some(key) => document.checked = Some(ocmf::check_all(&records, key)?),
        None => {
            let text = "the signatures were not checked: no public key was given";
            document.notes.push(text.into());
        }
    }
    #[cfg(not(feature = "signatures"))]
    document.notes.push("the signatures were not checked".into());
    ocmf::tell(&records, &mut document.notes)?;
    let registers = ocmf::registers(&records, &mut document.notes);
    of_registers(registers, options, choice, &mut document)?;
    Ok(document)
}

/// A format that tells registers and nothing else, with its notes.
fn read_registers(
    options: &Options,
    choice: &Choice,
    read: impl FnOnce(&mut Vec<String>) -> Result<Vec<Registers>>,
) -> Result<Document> {
    let mut document = Document::default();
    let all = read(&mut document.notes)?;
    of_registers(all, options, choice, &mut document)?;
    Ok(document)
}

fn read_json(
    mut source: Source<'_>,
    options: &Options,
    choice: &Choice,
    limit: u32,
) -> Result<Document> {
    let mut document = Document::default();
    let text = text::whole(&mut source)?;
    match json::read(&text, &options.csv, options.rounding, limit, &mut document.notes)? {
        json::Read::Registers(all) => of_registers(all, options, choice, &mut document)?,
        json::Read::Rows(all) => {
            for rows in all {
                if choice.takes(&rows.origin) {
                    document.found.push(Found::Rows(rows));
                } else {
                    document.unchosen(&rows.origin);
                }
            }
        }
    }
    Ok(document)
}

/// Rows of intervals, or of a register.
fn read_csv(
    source: Source<'_>,
    options: &Options,
    choice: &Choice,
    limit: u32,
) -> Result<Document> {
    let mut document = csv::read(source, &options.csv, choice, limit)?;
    if options.csv.cumulative {
        let found = std::mem::take(&mut document.found).into_iter().map(Found::into_rows);
        let all = found.map(|rows| Registers::of_rows(rows, options.rounding));
        let all = all.collect::<Result<Vec<_>>>()?;
        if !all.is_empty() {
            of_registers(all, options, choice, &mut document)?;
        }
    }
    Ok(document)
}

/// Makes intervals of the registers asked for.
fn of_registers(
    all: Vec<Registers>,
    options: &Options,
    choice: &Choice,
    document: &mut Document,
) -> Result<()> {
    if all.is_empty() {
        return Err(Fault::file(Problem::NothingUsable("no register of active energy".into())));
    }
    let Options { registers, rounding, limits, .. } = *options;
    for one in all {
        if !choice.takes(one.origin()) {
            document.unchosen(one.origin());
            continue;
        }
        let rows = one.intervals(registers, rounding, limits.intervals, &mut document.notes)?;
        document.found.push(Found::Rows(rows));
    }
    Ok(())
}

fn normalize_all(
    all: Vec<Found>,
    options: &Options,
    report: &mut ImportReport,
) -> Result<Vec<Series>> {
    let limit = options.limits.intervals;
    let mut budget = limit;
    let mut series = Vec::with_capacity(all.len());
    for found in all {
        let rows = found.into_rows();
        let (one, about) = normalize::normalize(rows, options.rounding, limit, &mut budget)?;
        series.push(one);
        report.series.push(about);
    }
    Ok(series)
}

/// XML begins with `<`, unless it wraps OCMF; OCMF, SML, DSMR, JSON and NEM12 have beginnings of their own; anything else is CSV. Takes a byte order
/// mark and white space away.
fn detect(source: &mut Source<'_>) -> Result<Format> {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if source.peek(MARK.len())?.starts_with(MARK) {
        source.consume(MARK.len());
    }
    loop {
        let chunk = source.peek(LINE)?;
        if chunk.is_empty() {
            return Err(Fault::file(Problem::Empty));
        }
        let blank = chunk.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if blank > 0 {
            source.consume(blank);
            source.mark();
            continue;
        }
        let line = chunk.split(|&b| b == b'\n').next().unwrap_or_default();
        return Ok(match line.first() {
            _ if ocmf::recognises(chunk) => Format::Ocmf,
            Some(&ESCAPE) => Format::Sml,
            _ if json::recognises(line) => Format::Json,
            Some(b'/') => Format::Dsmr,
            Some(b'<') => Format::GreenButton,
            _ if nem12::recognises(line) => Format::Nem12,
            _ => Format::Csv,
        });
    }
}
