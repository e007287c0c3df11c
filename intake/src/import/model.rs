//! What every meter format is turned into: contiguous series, and a report of what the file was like.

use serde::{Deserialize, Serialize};
use wattproof_circuits::meter::{Channel, Direction, Quality, Reading};

/// Times lie below this (Unix seconds).
pub const TIME_LIMIT: u64 = 1 << 40;

/// One channel's readings, one for each interval from `start` on; intervals that the file lacks are
/// [`Reading::MISSING`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// What is measured.
    pub channel: Channel,
    /// Length of every interval, a divisor of 86400.
    pub interval_seconds: u32,
    /// Start of the first interval, Unix seconds below 2^40.
    pub start: u64,
    /// At least one reading, in order of time.
    pub readings: Vec<Reading>,
}

impl Series {
    /// End of the last interval, Unix seconds.
    pub fn end(&self) -> u64 {
        self.start + self.readings.len() as u64 * u64::from(self.interval_seconds)
    }

    /// Sum of all values, in the channel's unit.
    pub fn total(&self) -> u64 {
        self.readings.iter().map(|r| u64::from(r.value)).sum()
    }

    /// Runs of missing intervals, in order of time.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps: Vec<Gap> = Vec::new();
        for (i, reading) in self.readings.iter().enumerate() {
            if reading.quality != Quality::Missing {
                continue;
            }
            let start = self.start + i as u64 * u64::from(self.interval_seconds);
            let end = start + u64::from(self.interval_seconds);
            match gaps.last_mut() {
                Some(last) if last.end == start => {
                    last.end = end;
                    last.count += 1;
                }
                _ => gaps.push(Gap { start, end, count: 1 }),
            }
        }
        gaps
    }

    /// How many readings have this quality.
    pub fn count(&self, quality: Quality) -> u32 {
        // A series has at most 2^32 - 1 readings: the limit on intervals is a u32.
        self.readings.iter().filter(|r| r.quality == quality).count() as u32
    }
}

/// A run of missing intervals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// Start of the first missing interval, Unix seconds.
    #[serde(with = "decimal_string")]
    pub start: u64,
    /// End of the last missing interval, Unix seconds.
    #[serde(with = "decimal_string")]
    pub end: u64,
    /// How many intervals.
    pub count: u32,
}

/// Meter file formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Green Button: ESPI XML, usually in an Atom feed.
    GreenButton,
    /// Comma-separated values with a column of times and a column of energy.
    Csv,
    /// NEM12: interval data of Australia's market (AEMO, Meter Data File Format).
    Nem12,
    /// OCMF: signed readings of charging stations.
    Ocmf,
}

/// Which file the readings came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileSource {
    /// How it was read.
    pub format: Format,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its bytes, lower-case hex.
    pub file_sha256: String,
}

/// What an import found out about a file, beyond the readings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportReport {
    /// One for each series, in the same order.
    pub series: Vec<SeriesReport>,
    /// Series that are in the file and not here.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// Totals that the file states itself.
    pub summaries: Vec<SummaryCheck>,
    /// Everything else worth knowing, for people to read.
    pub notes: Vec<String>,
}

/// What one series was like before it was made contiguous.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesReport {
    /// Its name in the file: the address of the MeterReading, the CSV column, or NMI, suffix and minutes of an interval, such as
    /// `NEM1202026/E1/15`. [`Options::series`](super::Options::series) chooses by it.
    pub origin: String,
    /// The direction as the file's own side has it, where that is the other one: what a market exports, a household imports.
    #[serde(default)]
    pub market_direction: Option<Direction>,
    /// Where the file's values had another unit.
    #[serde(default)]
    pub conversion: Option<Conversion>,
    /// Readings in the file, duplicates included.
    pub rows: u32,
    /// Intervals from the first reading to the last.
    pub intervals: u32,
    /// Measured intervals.
    pub measured: u32,
    /// Estimated or substituted intervals.
    pub estimated: u32,
    /// Intervals without a value.
    pub missing: u32,
    /// Where the missing ones are.
    pub gaps: Vec<Gap>,
    /// Readings that repeat another one exactly, and were dropped.
    pub duplicates: u32,
    /// Readings that a later version of the same intervals in the same file replaces, where the format says which is later. Any
    /// other overlap is refused.
    #[serde(default)]
    pub overlaps: u32,
    /// Where a register went back, in order of time.
    #[serde(default)]
    pub resets: Vec<Reset>,
    /// Readings that begin before the one preceding them in the file; they were sorted.
    pub out_of_order: u32,
    /// Values that lost a fraction of a Wh, where that was allowed.
    pub rounded_down: u32,
    /// Sum of all values in Wh.
    #[serde(with = "decimal_string")]
    pub total_wh: u64,
}

/// How the file's values became whole base units: exactly, but for those that the report counts as rounded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conversion {
    /// The file's unit, as it spells it.
    pub from: String,
    /// One of it is `10^exponent` of the channel's unit.
    pub exponent: i32,
}

/// A register that reads less than it did: replaced, reset or rolled over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Time of the first lower reading, Unix seconds.
    #[serde(with = "decimal_string")]
    pub at: u64,
    /// The last reading before, in the channel's unit.
    #[serde(with = "decimal_string")]
    pub before: u64,
    /// The lower reading.
    #[serde(with = "decimal_string")]
    pub after: u64,
}

/// A series of the file that was not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeftOut {
    /// Its name in the file.
    pub origin: String,
    /// How many readings it has.
    pub rows: u32,
    /// Why.
    pub reason: String,
}

/// A total stated by the file, beside the sum of its readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryCheck {
    /// The file's name for it.
    pub field: String,
    /// The series that it is compared with; absent where the file does not say which readings it is for.
    #[serde(default)]
    pub origin: Option<String>,
    /// What the file states, in Wh, rounded down.
    #[serde(with = "decimal_string")]
    pub stated_wh: u64,
    /// What its readings add up to, in Wh; absent where the file does not hold the whole period that the total is for,
    /// or does not say which readings it is for.
    #[serde(with = "optional_decimal_string")]
    pub computed_wh: Option<u64>,
}

impl SummaryCheck {
    /// Whether the two agree; `None` where they cannot be compared.
    pub fn matches(&self) -> Option<bool> {
        self.computed_wh.map(|computed| computed == self.stated_wh)
    }
}

/// Reads `0` or digits without leading zero.
pub(super) fn parse_canonical(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if canonical && digits { text.parse().ok() } else { None }
}

pub(super) mod decimal_string {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(in crate::import) fn serialize<S: Serializer>(n: &u64, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(n)
    }

    pub(in crate::import) fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
        let text = String::deserialize(d)?;
        super::parse_canonical(&text).ok_or_else(|| {
            D::Error::custom("expected a decimal string without sign or leading zeros")
        })
    }
}

pub(super) mod optional_decimal_string {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(in crate::import) fn serialize<S: Serializer>(
        n: &Option<u64>,
        s: S,
    ) -> Result<S::Ok, S::Error> {
        n.map(|n| n.to_string()).serialize(s)
    }

    pub(in crate::import) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Option<u64>, D::Error> {
        let Some(text) = Option::<String>::deserialize(d)? else { return Ok(None) };
        let n = super::parse_canonical(&text);
        n.map(Some).ok_or_else(|| {
            D::Error::custom("expected a decimal string without sign or leading zeros")
        })
    }
}
