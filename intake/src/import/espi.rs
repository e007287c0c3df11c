//! What the codes of ESPI (NAESB REQ.21, Green Button) mean here, and how the entries of a feed belong together.

use std::collections::{BTreeSet, HashMap};

use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Unit};

use super::decimal::Decimal;
use super::document::{Choice, Document, Found};
use super::error::{Fault, Place, Problem, Result, clip};
use super::model::{Conversion, LeftOut};
use super::normalize::{About, Row, Rows};
use super::summary::Summary;

/// Most ReadingTypes, MeterReadings, series and summaries in a feed.
const ENTRIES: usize = 4096;
const DAY: u32 = 86_400;
/// What readings are called whose MeterReading has no address.
const FEED: &str = "feed";

/// What a ReadingType says that matters here; `None` where it is silent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReadingType {
    pub(super) accumulation: Option<u16>,
    pub(super) commodity: Option<u16>,
    pub(super) qualifier: Option<u16>,
    pub(super) quality: Option<u16>,
    pub(super) flow: Option<u16>,
    pub(super) interval: Option<u32>,
    pub(super) kind: Option<u16>,
    pub(super) multiplier: Option<i32>,
    pub(super) uom: Option<u16>,
}

impl ReadingType {
    /// The direction of energy per interval, or why these readings are something else.
    fn direction(&self) -> std::result::Result<Direction, String> {
        let check = |name: &str, code: Option<u16>, known: &[u16]| match code {
            Some(code) if !known.contains(&code) => Err(format!("{name} {code}")),
            _ => Ok(()),
        };
        check("commodity", self.commodity, &[0, 1, 2])?;
        check("kind", self.kind, &[0, 12])?;
        // Registers that count up (1, 2, 3, 9) are not energy per interval; 0 is what real exports of deltas say.
        check("accumulationBehaviour", self.accumulation, &[0, 4])?;
        // Averages, maxima and minima are not totals.
        check("dataQualifier", self.qualifier, &[0, 12, 26])?;
        match self.uom {
            Some(72) => {}
            Some(other) => return Err(format!("uom {other} instead of 72 (Wh)")),
            None => return Err("no uom".into()),
        }
        match self.flow {
            None | Some(0 | 1) => Ok(Direction::Import),
            Some(19) => Ok(Direction::Export),
            Some(4) => Err("flowDirection 4 (net): import and export cannot be told apart".into()),
            Some(other) => Err(format!("flowDirection {other}")),
        }
    }
}

/// ESPI's QualityOfReading. Only what a meter measured (0 valid, 14 raw, 17 validated, 18 verified, 19 revenue-quality)
/// counts as measured: everything edited (7), estimated (8, 9), questionable (10), derived (11), projected (12), mixed
/// (13), normalised (15), other (16) or unknown is estimated, which never helps a claim.
pub(super) fn quality(code: u16) -> Quality {
    match code {
        0 | 14 | 17 | 18 | 19 => Quality::Measured,
        _ => Quality::Estimated,
    }
}

/// An interval reading before its ReadingType is known.
#[derive(Debug)]
pub(super) struct EspiRow {
    /// Of the reading, or of its block where the reading has no time of its own.
    pub(super) start: u64,
    /// Intervals after `start`; 0 for readings with a time of their own.
    pub(super) nth: u32,
    pub(super) duration: Option<u32>,
    pub(super) value: Option<Decimal>,
    pub(super) quality: Option<Quality>,
    pub(super) line: u64,
}

/// An Atom entry, or a bare document.
#[derive(Default)]
pub(super) struct Entry {
    pub(super) own: Option<String>,
    pub(super) up: Option<String>,
    pub(super) related: Vec<String>,
    pub(super) reading_type: Option<ReadingType>,
    pub(super) is_meter_reading: bool,
    pub(super) rows: Vec<EspiRow>,
    pub(super) summaries: Vec<Summary>,
}

/// Everything of a feed that matters, in whatever order its entries came.
#[derive(Default)]
pub(super) struct Feed {
    types: Vec<ReadingType>,
    type_by_address: HashMap<String, usize>,
    meter_readings: HashMap<String, Vec<String>>,
    /// Rows by the MeterReading that owns them.
    groups: Vec<(Option<String>, Vec<EspiRow>)>,
    group_by_owner: HashMap<Option<String>, usize>,
    summaries: Vec<Summary>,
    unchosen: BTreeSet<String>,
    /// Which series are asked for.
    choice: Choice,
    /// Readings kept so far.
    pub(super) kept: u32,
    pub(super) notes: BTreeSet<String>,
}

impl Feed {
    pub(super) fn new(choice: Choice) -> Self {
        Self { choice, ..Self::default() }
    }

    /// Takes an entry that ends on `line`.
    pub(super) fn add(&mut self, entry: Entry, line: u64) -> Result<()> {
        let fault = |problem| Err(Fault::at(Place::Line(line), problem));
        if let Some(found) = entry.reading_type {
            let at = self.types.iter().position(|t| *t == found).unwrap_or(self.types.len());
            if at == self.types.len() {
                self.types.push(found);
            }
            if let Some(own) = &entry.own
                && *self.type_by_address.entry(own.clone()).or_insert(at) != at
            {
                return fault(Problem::RepeatedEntry(clip(own)));
            }
        }
        if entry.is_meter_reading
            && let Some(own) = &entry.own
        {
            let known = self.meter_readings.entry(own.clone());
            if *known.or_insert_with(|| entry.related.clone()) != entry.related {
                return fault(Problem::RepeatedEntry(clip(own)));
            }
        }
        let point = entry.up.as_deref().or(entry.own.as_deref()).and_then(usage_point);
        self.summaries.extend(
            entry.summaries.into_iter().map(|s| Summary { owner: point.map(str::to_owned), ..s }),
        );
        let owner = owner(entry.up.as_deref(), entry.own.as_deref());
        let name = owner.as_deref().unwrap_or(FEED);
        if !entry.rows.is_empty() && !self.choice.takes(name) {
            if self.unchosen.len() < ENTRIES {
                self.unchosen.insert(clip(name));
            }
        } else if !entry.rows.is_empty() {
            self.kept = self.kept.saturating_add(entry.rows.len() as u32);
            let at = *self.group_by_owner.entry(owner.clone()).or_insert(self.groups.len());
            match self.groups.get_mut(at) {
                Some((_, rows)) => rows.extend(entry.rows),
                None => self.groups.push((owner, entry.rows)),
            }
        }
        let sizes =
            [self.types.len(), self.meter_readings.len(), self.groups.len(), self.summaries.len()];
        if sizes.into_iter().any(|n| n > ENTRIES) {
            let text = format!("more than {ENTRIES} reading types, meter readings or summaries");
            return fault(Problem::Malformed(text));
        }
        Ok(())
    }

    /// The feed's series of energy, ready to be made contiguous. What is not energy per interval is left out by name.
    pub(super) fn document(mut self) -> Result<Document> {
        let mut document = Document::default();
        for (owner, rows) in std::mem::take(&mut self.groups) {
            let found = self.type_of(owner.as_deref(), rows.first().map_or(1, |r| r.line))?.clone();
            let origin = clip(owner.as_deref().unwrap_or(FEED));
            let long =
                found.interval.into_iter().chain(rows.iter().filter_map(|r| r.duration)).max();
            let direction = match long {
                Some(seconds) if seconds > DAY => Err(format!("intervals of {seconds} seconds")),
                _ => found.direction(),
            };
            match direction {
                Ok(direction) => {
                    let rows = self.group(origin, direction, &found, rows)?;
                    document.found.push(Found::Rows(rows));
                }
                Err(reason) => {
                    document.left_out.push(LeftOut { origin, rows: rows.len() as u32, reason });
                }
            }
        }
        self.unchosen.iter().for_each(|name| document.unchosen(name));
        document.summaries = self.summaries;
        document.notes = self.notes.into_iter().collect();
        Ok(document)
    }

    fn group(
        &mut self,
        origin: String,
        direction: Direction,
        found: &ReadingType,
        rows: Vec<EspiRow>,
    ) -> Result<Rows> {
        if matches!(found.flow, None | Some(0)) {
            self.notes
                .insert(format!("{origin}: no flowDirection stated, taken as delivered (import)"));
        }
        let exponent = found.multiplier.unwrap_or(0);
        let conversion =
            (exponent != 0).then(|| Conversion { from: format!("10^{exponent} Wh"), exponent });
        let default = found.quality.map_or(Quality::Measured, quality);
        let interval = found.interval.filter(|&s| s > 0);
        if let (Some(stated), Some(row)) = (interval, rows.iter().find_map(|r| r.duration))
            && stated != row
        {
            self.notes.insert(format!(
                "{origin}: ReadingType says intervals of {stated} seconds, the readings {row}; the readings count"
            ));
        }
        let row = |r: EspiRow| {
            let start = match (r.nth, r.duration.or(interval)) {
                (0, _) => r.start,
                (n, Some(step)) => r.start.saturating_add(u64::from(n) * u64::from(step)),
                (_, None) => return Err(Fault::line(r.line, "timePeriod", Problem::MissingField)),
            };
            let quality = match r.value {
                Some(_) => r.quality.unwrap_or(default),
                None => Quality::Missing,
            };
            Ok(Row { start, duration: r.duration, value: r.value, quality, line: r.line })
        };
        Ok(Rows {
            channel: Channel { quantity: Quantity::Energy, direction, unit: Unit::Wh },
            origin,
            about: About { conversion, ..About::default() },
            exponent,
            value_field: "value",
            time_field: "start",
            // A length that the readings themselves state wins; the ReadingType fills in for those that do not.
            interval: interval.filter(|_| rows.iter().all(|r| r.duration.is_none())),
            rows: rows.into_iter().map(row).collect::<Result<_>>()?,
        })
    }

    /// The ReadingType of a MeterReading by its links, or the feed's only one.
    fn type_of(&self, owner: Option<&str>, line: u64) -> Result<&ReadingType> {
        let related = owner.and_then(|o| self.meter_readings.get(o)).map_or(&[][..], Vec::as_slice);
        let mut linked = related.iter().filter_map(|href| self.type_by_address.get(href));
        let fault = |problem| Err(Fault::at(Place::Line(line), problem));
        match (linked.next(), &self.types[..]) {
            (Some(first), all) if linked.all(|other| other == first) => Ok(&all[*first]),
            (None, [only]) => Ok(only),
            (None, []) => fault(Problem::NoReadingType),
            _ => fault(Problem::AmbiguousReadingType),
        }
    }
}

/// The address of the MeterReading that an interval block belongs to.
fn owner(up: Option<&str>, own: Option<&str>) -> Option<String> {
    let up = up.map(|href| href.strip_suffix("/IntervalBlock").unwrap_or(href));
    let from_own = || own.and_then(|href| href.rfind("/IntervalBlock").map(|at| &href[..at]));
    up.or_else(from_own).map(str::to_owned)
}

/// The address of the UsagePoint that an address is under.
fn usage_point(address: &str) -> Option<&str> {
    const POINT: &str = "UsagePoint/";
    let at = address.find(POINT)? + POINT.len();
    let end = address[at..].find('/').map_or(address.len(), |length| at + length);
    Some(&address[..end])
}

/// Addresses are compared without scheme, host and outer slashes: feeds mix absolute and relative ones.
pub(super) fn address(href: &str) -> String {
    let href = href.trim();
    let path = match href.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => href,
    };
    path.trim_matches('/').to_owned()
}
