//! `readings/1`: what `import` writes and `device sign` reads.

use serde::{Deserialize, Serialize};
use wattproof_circuits::error::{Code, Error, Result};
use wattproof_circuits::format::explain;
use wattproof_circuits::meter::{Channel, Quality, Reading};

use super::model::{FileSource, ImportReport, Series, SeriesReport, TIME_LIMIT, decimal_string};
use super::{Imported, Limits};

const VERSION: &str = "readings/1";

/// Readings with where they came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingsFile {
    /// The meter file.
    pub source: FileSource,
    /// At least one.
    pub series: Vec<Series>,
    /// What the meter file was like; its counts fit the series.
    pub report: ImportReport,
}

impl From<Imported> for ReadingsFile {
    fn from(imported: Imported) -> Self {
        let Imported { source, series, report, .. } = imported;
        Self { source, series, report }
    }
}

impl ReadingsFile {
    /// The file's text, with a line feed at its end.
    ///
    /// # Errors
    /// None that can occur in practice: every member can be written as JSON.
    pub fn to_json(&self) -> Result<String> {
        let wire = Wire {
            wattproof: VERSION.to_owned(),
            source: self.source.clone(),
            series: self.series.iter().map(WireSeries::from).collect(),
            report: self.report.clone(),
        };
        let mut text =
            serde_json::to_string(&wire).map_err(|e| Error::new(Code::Malformed, e.to_string()))?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a file strictly: canonical, nothing unknown or repeated, and the report fits the series.
    ///
    /// # Errors
    /// `too-large`, `malformed`, `unknown-version` or `out-of-range`, with the place.
    pub fn from_json(text: &[u8], limits: Limits) -> Result<Self> {
        if text.len() as u64 > limits.bytes {
            return refuse(Code::TooLarge, format!("more than {} bytes.", limits.bytes));
        }
        let malformed = |e: serde_json::Error| Error::new(Code::Malformed, explain(&e).message());
        let Tag { wattproof } = serde_json::from_slice(text).map_err(malformed)?;
        if wattproof != VERSION {
            return refuse(
                Code::UnknownVersion,
                format!(
                    "wattproof: {:?}, not {VERSION:?}.",
                    wattproof.chars().take(40).collect::<String>()
                ),
            );
        }
        let wire: Wire = serde_json::from_slice(text).map_err(malformed)?;
        let hash = wire.source.file_sha256.as_bytes();
        if hash.len() != 64 || !hash.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return refuse(
                Code::Malformed,
                "source.file_sha256: not 64 lower-case hex digits.".into(),
            );
        }
        if wire.series.is_empty() || wire.series.len() != wire.report.series.len() {
            return refuse(
                Code::Malformed,
                "series: none, or not as many as in report.series.".into(),
            );
        }
        let mut budget = u64::from(limits.intervals);
        let mut series = Vec::with_capacity(wire.series.len());
        for (i, (one, about)) in wire.series.into_iter().zip(&wire.report.series).enumerate() {
            let place = format!("series[{i}]");
            let one = one.check(&mut budget).map_err(|e| e.at(&place))?;
            fits(&one, about).map_err(|e| e.at(&format!("report.{place}")))?;
            series.push(one);
        }
        Ok(Self { source: wire.source, series, report: wire.report })
    }
}

/// Only the version; the rest is read once it is known.
#[derive(Deserialize)]
struct Tag {
    wattproof: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    wattproof: String,
    source: FileSource,
    series: Vec<WireSeries>,
    report: ImportReport,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireSeries {
    channel: Channel,
    interval_seconds: u32,
    #[serde(with = "decimal_string")]
    start: u64,
    values: Vec<u32>,
    /// Runs of readings that are not measured: first index, count, quality.
    quality: Vec<(u32, u32, Quality)>,
}

impl From<&Series> for WireSeries {
    fn from(series: &Series) -> Self {
        let mut runs: Vec<(u32, u32, Quality)> = Vec::new();
        for (i, reading) in (0u32..).zip(&series.readings) {
            match runs.last_mut() {
                _ if reading.quality == Quality::Measured => {}
                Some((from, n, q)) if *q == reading.quality && *from + *n == i => *n += 1,
                _ => runs.push((i, 1, reading.quality)),
            }
        }
        Self {
            channel: series.channel,
            interval_seconds: series.interval_seconds,
            start: series.start,
            values: series.readings.iter().map(|r| r.value).collect(),
            quality: runs,
        }
    }
}

impl WireSeries {
    fn check(self, budget: &mut u64) -> Result<Series> {
        let step = self.interval_seconds;
        if step == 0 || 86_400 % step != 0 {
            return refuse(
                Code::OutOfRange,
                format!("interval_seconds: {step} does not divide a day."),
            );
        }
        let count = self.values.len() as u64;
        if count == 0 || count > *budget {
            return refuse(
                Code::OutOfRange,
                format!("values: {count} of at most {budget}, at least 1."),
            );
        }
        *budget -= count;
        if self.start >= TIME_LIMIT || count * u64::from(step) >= TIME_LIMIT - self.start {
            return refuse(Code::OutOfRange, "start: the series ends at or after 2^40.".into());
        }
        let mut readings: Vec<Reading> = self.values.into_iter().map(Reading::measured).collect();
        let mut last: Option<(u64, Quality)> = None;
        for (i, (from, n, quality)) in self.quality.into_iter().enumerate() {
            let (from, n) = (u64::from(from), u64::from(n));
            let (to, bad) = (from + n, format!("quality[{i}]: "));
            let sorted = last.is_none_or(|(end, q)| from > end || (from == end && q != quality));
            if n == 0 || quality == Quality::Measured || !sorted || to > count {
                let why =
                    "empty, measured, beyond the end, or not after and apart from the run before.";
                return refuse(Code::Malformed, bad + why);
            }
            for reading in &mut readings[from as usize..to as usize] {
                reading.quality = quality;
                if quality == Quality::Missing && reading.value != 0 {
                    return refuse(Code::Malformed, bad + "a missing reading with a value.");
                }
            }
            last = Some((to, quality));
        }
        let channel = self.channel;
        Ok(Series { channel, interval_seconds: step, start: self.start, readings })
    }
}

/// A report that does not fit its series would mislead whoever reads it.
fn fits(series: &Series, about: &SeriesReport) -> Result<()> {
    let same = about.intervals as usize == series.readings.len()
        && about.measured == series.count(Quality::Measured)
        && about.estimated == series.count(Quality::Estimated)
        && about.missing == series.count(Quality::Missing)
        && about.total_wh == series.total()
        && about.gaps == series.gaps();
    if same {
        Ok(())
    } else {
        refuse(Code::Malformed, "counts, gaps or total do not fit the series.".into())
    }
}

fn refuse<T>(code: Code, message: String) -> Result<T> {
    Err(Error::new(code, message))
}
