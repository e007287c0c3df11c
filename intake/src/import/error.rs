//! Why a meter file was refused, where, and what to do about it.

use std::fmt;

use thiserror::Error;

/// Result inside the import room, before the file's name is known.
pub(super) type Result<T, E = Fault> = std::result::Result<T, E>;

/// A refused meter file. Its text names the file, the place in it, the field, what is wrong and the remedy.
#[derive(Debug, Error)]
#[error("{file}: {fault} {}", .fault.problem.remedy())]
pub struct ImportError {
    file: Box<str>,
    fault: Fault,
}

impl ImportError {
    pub(super) fn new(file: &str, fault: Fault) -> Self {
        let file = match &fault.member {
            Some(member) => format!("{file}/{member}"),
            None => file.to_owned(),
        };
        Self { file: file.into(), fault }
    }

    /// The text without the remedy, for those who show that apart.
    pub fn message(&self) -> String {
        format!("{}: {}", self.file, self.fault)
    }

    /// The file as the caller named it, and after a slash the file in it if it is an archive.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Where in the file.
    pub fn place(&self) -> Place {
        self.fault.place
    }

    /// The field that is wrong, if one is: an XML element, or a CSV column.
    pub fn field(&self) -> Option<&str> {
        self.fault.field.as_deref()
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.fault.problem
    }

    /// The stable kebab-case code of the problem.
    pub fn code(&self) -> &'static str {
        self.fault.problem.code()
    }

    /// What to do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        self.fault.problem.remedy()
    }
}

/// Where in a file something is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    #[default]
    File,
    /// A line, counted from 1.
    Line(u64),
    /// A byte, counted from 0.
    Byte(u64),
}

/// A problem with its place and field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Of an archive, which file.
    pub(super) member: Option<Box<str>>,
    pub(super) place: Place,
    pub(super) field: Option<Box<str>>,
    pub(super) problem: Problem,
}

impl Fault {
    pub(super) fn line(line: u64, field: &str, problem: Problem) -> Self {
        Self { field: Some(clip(field).into()), ..Self::at(Place::Line(line), problem) }
    }

    pub(super) fn at(place: Place, problem: Problem) -> Self {
        Self { member: None, place, field: None, problem }
    }

    pub(super) fn file(problem: Problem) -> Self {
        Self::at(Place::File, problem)
    }

    /// The same in a file of an archive.
    pub(super) fn within(self, member: &str) -> Self {
        let member = self.member.or_else(|| Some(member.into()));
        Self { member, ..self }
    }

    pub(super) fn into_io(self) -> std::io::Error {
        std::io::Error::other(self)
    }

    /// The fault that travelled through a parser as an I/O error, or that error itself.
    pub(super) fn from_io(error: &std::io::Error) -> Self {
        let ours = error.get_ref().and_then(|inner| inner.downcast_ref::<Fault>());
        ours.cloned().unwrap_or_else(|| Fault::file(Problem::Io(error.to_string())))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Place::File => {}
            Place::Line(line) => write!(f, "line {line}: ")?,
            Place::Byte(byte) => write!(f, "byte {byte}: ")?,
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{}.", self.problem)
    }
}

impl std::error::Error for Fault {}

/// A piece of somebody else's file, made safe to print: short, and without control characters.
pub(super) fn clip(text: &str) -> String {
    const MOST: usize = 80;
    let printable = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let mut out: String = text.chars().take(MOST).map(printable).collect();
    if text.chars().nth(MOST).is_some() {
        out.push('…');
    }
    out
}

macro_rules! problems {
    ($($(#[$meta:meta])+ $variant:ident $(($($field:ty),+))? $({ $($name:ident: $kind:ty),+ })? => $code:literal, $remedy:literal;)+) => {
        /// What can be wrong with a meter file. Strings are excerpts of the file, clipped and without control characters.
        #[derive(Clone, Debug, PartialEq, Eq, Error)]
        #[non_exhaustive]
        pub enum Problem { $($(#[$meta])+ $variant $(($($field),+))? $({ $(#[allow(missing_docs)] $name: $kind),+ })?,)+ }

        impl Problem {
            /// The stable kebab-case code.
            pub fn code(&self) -> &'static str {
                match self { $(Problem::$variant { .. } => $code,)+ }
            }

            /// What to do about it, in one sentence.
            pub fn remedy(&self) -> &'static str {
                match self { $(Problem::$variant { .. } => $remedy,)+ }
            }
        }
    };
}

problems! {
    /// The file cannot be opened or read.
    #[error("cannot be read: {0}")]
    Io(String) => "unreadable", "Check the path and its permissions.";
    /// Nothing in it but white space.
    #[error("the file is empty")]
    Empty => "empty-file", "Export the file again from the utility's portal.";
    /// More bytes than the limit.
    #[error("longer than the limit of {limit} bytes")]
    TooLarge { limit: u64 } => "too-large", "Export a shorter period, or raise the size limit.";
    /// One tag, text or record is longer than any real one.
    #[error("one element or record is longer than {limit} bytes")]
    TokenTooLong { limit: u64 } => "token-too-long", "Check that this is a meter file.";
    /// More readings than the limit.
    #[error("more than {limit} readings")]
    TooManyReadings { limit: u32 } => "too-many-readings", "Export a shorter period, or raise the limit on intervals.";
    /// Readings so far apart that the gap between them cannot be filled.
    #[error("the readings span {intervals} intervals, more than the limit of {limit}")]
    TooManyIntervals { intervals: u64, limit: u32 } => "too-many-intervals", "Check the times for a stray reading, export a shorter period, or raise the limit on intervals.";
    /// Bytes that are not UTF-8.
    #[error("not UTF-8 text")]
    NotUtf8 => "not-utf8", "Save the file as UTF-8.";
    /// The XML breaks off.
    #[error("the file breaks off inside <{0}>")]
    Truncated(String) => "truncated", "Download the file again; it was cut short.";
    /// Not well-formed XML or CSV.
    #[error("{0}")]
    Malformed(String) => "malformed", "Export the file again; do not edit it by hand.";
    /// A document type definition, which no meter file needs and attacks use.
    #[error("a DOCTYPE declaration is not accepted")]
    DocType => "doctype", "Remove the DOCTYPE; a Green Button file has none.";
    /// An entity other than XML's five and character references.
    #[error("unknown entity &{0};")]
    UnknownEntity(String) => "unknown-entity", "Export the file again; a Green Button file defines no entities.";
    /// Elements nested deeper than any real file nests them.
    #[error("elements nested more than {limit} deep")]
    TooDeep { limit: usize } => "too-deep", "Check that this is a meter file.";
    /// XML, but not ESPI.
    #[error("the root element is <{0}>, not a Green Button feed")]
    NotGreenButton(String) => "not-green-button", "Check that this is the Green Button export and not the page around it.";
    /// No interval readings at all.
    #[error("no interval readings in the file")]
    NoReadings => "no-readings", "Export interval data; a bill summary alone is not enough.";
    /// There are readings, but none that is energy per interval in one direction.
    #[error("no series of readings can be used: {0}")]
    NothingUsable(String) => "nothing-usable", "Export electric energy per interval (Wh, delivered or received).";
    /// Not NEM12, or without its first record.
    #[error("the file does not begin with a 100 record of NEM12")]
    NotNem12 => "not-nem12", "Ask for the complete NEM12 file; its first line begins with 100,NEM12.";
    /// NEM13.
    #[error("accumulated reads (NEM13), which have no intervals")]
    Accumulated => "accumulated", "Ask the retailer or distributor for the interval data (NEM12); only interval meters have it.";
    /// A line that begins with an unknown number.
    #[error("{0:?} is not a kind of record of NEM12")]
    UnknownRecord(String) => "unknown-record", "Export the file again; records are 100, 200, 300, 400, 500 and 900.";
    /// A record where it cannot be.
    #[error("{0}")]
    RecordOrder(String) => "record-order", "Export the file again; each 300 belongs to a 200 before it, each 400 and 500 to a 300.";
    /// A NEM12 file that breaks off.
    #[error("no 900 record at the end")]
    NoEnd => "no-end", "Download the file again; it was cut short.";
    /// A length of interval that NEM12 does not have.
    #[error("intervals of {0} minutes")]
    IntervalLength(u32) => "interval-length", "NEM12 has 5, 15 and 30 minutes; any other length must divide an hour.";
    /// A day with too many or too few values.
    #[error("{found} values for a day of {expected} intervals")]
    IntervalCount { found: usize, expected: usize } => "interval-count", "Export the file again; the values of a day must fit the interval length of its 200 record.";
    /// 400 records that do not say every interval's quality, or say it twice.
    #[error("{0}")]
    QualityRanges(String) => "quality-ranges", "Export the file again; the 400 records of a day follow each other and cover all of it where its quality is V.";
    /// A ZIP file that cannot be read, or is not one.
    #[error("the archive: {0}")]
    BadArchive(String) => "bad-archive", "Unpack the ZIP file and import what is in it, or make it again without encryption.";
    /// The series asked for is not in the file.
    #[error("no series {asked:?}; the file has {has}")]
    NoSuchSeries { asked: String, has: String } => "no-such-series", "Name a series as the report of an import without a choice names it, or the first parts of its name.";
    /// A field that must be there is not.
    #[error("missing")]
    MissingField => "missing-field", "Export the file again; a reading needs this field.";
    /// A field is there twice.
    #[error("given twice")]
    RepeatedField => "repeated-field", "Export the file again; it contradicts itself.";
    /// The unit of the readings is not known.
    #[error("the feed has no ReadingType, so the unit of its readings is unknown")]
    NoReadingType => "no-reading-type", "Export the whole feed, not interval blocks alone.";
    /// Several ReadingTypes, and nothing says which applies.
    #[error("several ReadingTypes, and no link says which one these readings have")]
    AmbiguousReadingType => "ambiguous-reading-type", "Export one meter reading at a time.";
    /// Two entries of a feed with one address.
    #[error("two entries with the address {0}")]
    RepeatedEntry(String) => "repeated-entry", "Export the file again; it contradicts itself.";
    /// Not a number.
    #[error("{0:?} is not a plain decimal number")]
    NotANumber(String) => "not-a-number", "Write numbers with digits and at most one decimal separator, without exponent or thousands separator.";
    /// Negative energy.
    #[error("{0:?} is negative")]
    Negative(String) => "negative-energy", "Export each direction as its own channel; energy per interval is never negative.";
    /// More than fits.
    #[error("{0} is out of range")]
    OutOfRange(String) => "out-of-range", "Check the value and its unit; a reading is at most 4294967295 Wh.";
    /// A fraction of a watt-hour.
    #[error("{0} is not a whole number of Wh")]
    NotWhole(String) => "not-whole", "Export in Wh, or allow rounding down explicitly.";
    /// Not a time, or one outside 1970 to 36812.
    #[error("{0:?} is not a time of a known form")]
    BadTime(String) => "bad-time", "Use RFC 3339 (2011-02-01T00:00:00-08:00), YYYY-MM-DD HH:MM[:SS] with a zone, or Unix seconds.";
    /// A local time without a zone.
    #[error("{0:?} is a local time, and no time zone is given")]
    NoZone(String) => "no-zone", "Name the time zone of the file, e.g. America/Los_Angeles.";
    /// Not a time zone.
    #[error("{0:?} is not a time zone")]
    BadZone(String) => "bad-zone", "Use an IANA name such as Europe/Berlin, UTC, or a fixed offset such as +05:30.";
    /// A local time that daylight saving skips.
    #[error("{0} does not exist in this zone: daylight saving skips it")]
    SkippedTime(String) => "skipped-time", "Check the time zone; the file's times may be standard time all year (a fixed offset).";
    /// A local time that daylight saving repeats, in a file whose order does not tell which one is meant.
    #[error("{0} happens twice in this zone, and the rows around it are not in order of time")]
    AmbiguousTime(String) => "ambiguous-time", "Sort the file by time, or use RFC 3339 times.";
    /// A length of interval that no grid has.
    #[error("an interval of {0} seconds does not divide a day")]
    BadInterval(u64) => "bad-interval", "Use readings of equal intervals that divide a day, such as 900 or 3600 seconds.";
    /// The length of the interval cannot be told.
    #[error("the length of the interval is not stated and cannot be told from the times")]
    UnknownInterval => "unknown-interval", "State the length of the interval.";
    /// Intervals of different lengths in one series.
    #[error("an interval of {found} seconds among intervals of {expected} seconds")]
    MixedIntervals { found: u32, expected: u32 } => "mixed-intervals", "Export one interval length at a time.";
    /// Two readings share some of their time.
    #[error("overlaps the reading of line {other}")]
    Overlap { other: u64 } => "overlap", "Export the file again; which reading is right cannot be told.";
    /// Two different readings of one interval.
    #[error("contradicts the reading of line {other} for the same interval")]
    Conflict { other: u64 } => "conflict", "Export the file again; which reading is right cannot be told.";
    /// A reading that begins between the series' grid points.
    #[error("begins {0} seconds off the grid of the readings before it")]
    OffGrid(u64) => "off-grid", "Check the times; every reading must begin a whole number of intervals after the first.";
    /// A named or numbered column that the header or row does not have.
    #[error("no such column")]
    NoColumn => "no-column", "Name the columns of time and value as the header spells them, or by index from 0.";
    /// A column name that the header has twice.
    #[error("two columns of this name")]
    AmbiguousColumn => "ambiguous-column", "Give the column's index, counted from 0.";
    /// No unit stated.
    #[error("the unit of the values is not stated")]
    NoUnit => "no-unit", "State the unit: Wh, kWh or MWh.";
    /// A word for quality that is not known.
    #[error("{0:?} is not a known quality")]
    BadQuality(String) => "bad-quality", "Use measured, estimated or missing; in NEM12 A, S, F, E, N or V.";
    /// A unit that is none of active energy.
    #[error("{0:?} is not a unit of energy that is known here")]
    BadUnit(String) => "bad-unit", "Use Wh, kWh or MWh.";
    /// More digits than a register has.
    #[error("{0} is finer than a millionth of a Wh")]
    TooFine(String) => "too-fine", "Check the value and its unit, or allow rounding down explicitly.";
    /// A register was never read where intervals begin and end.
    #[error("no two neighbouring boundaries of {interval} s are known from the {readings} readings of the register")]
    NoBoundaries { interval: u32, readings: u32 } => "no-boundaries", "Read the register at the clock's quarter hours, state a longer interval, or allow a tolerance (its intervals count as estimated).";
    /// A tolerance that would move readings into other intervals.
    #[error("a tolerance of {tolerance} s is more than {most} s, a quarter of the interval")]
    BadTolerance { tolerance: u32, most: u32 } => "bad-tolerance", "Allow less, or state a longer interval.";
    /// Records of several meters in one file.
    #[error("a record of another meter")]
    OtherMeter => "other-meter", "Import one meter at a time.";
    /// A record of a charging session is not there.
    #[error("record {0} is followed by {1} within a session")]
    MissingRecord(String, String) => "missing-record", "Get the records between them; none of a session may be left out.";
    /// A signature algorithm that is not checked here.
    #[error("the signature algorithm {0} is not supported")]
    UnsupportedAlgorithm(String) => "unsupported-algorithm", "Use ECDSA with SHA-256 on secp256r1, secp256k1, brainpool256r1, secp384r1 or brainpool384r1; curves of 192 bits are too weak to rely on.";
    /// A public key that cannot be read.
    #[error("the public key cannot be read: {0}")]
    BadKey(String) => "bad-public-key", "Give the meter's key as a SubjectPublicKeyInfo (PEM, DER, hex or base64) or an X.509 certificate (PEM or DER).";
    /// The record was signed with another kind of key.
    #[error("signed with {record}, but the public key is one for {key}")]
    OtherAlgorithm { record: String, key: String } => "other-algorithm", "Give the public key of the meter that made this record.";
    /// The signature does not fit.
    #[error("the signature does not fit the payload and the public key")]
    BadSignature => "bad-signature", "Get the record from the charging station again and check that the key is its meter's; do not rely on this record.";
    /// A public key for a format that has no signatures.
    #[error("a public key was given, and this format has no signatures to check")]
    NotSigned => "not-signed", "Leave the public key out, or import the meter's OCMF records.";
}
