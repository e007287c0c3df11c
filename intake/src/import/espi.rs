//! What the codes of ESPI (NAESB REQ.21, Green Button) mean here, and how the entries of a feed belong together.

use std::collections::{BTreeSet, HashMap};

use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Unit};

use super::decimal::{Decimal, Rounding};
use super::error::{Fault, Place, Problem, Result, clip};
use super::model::{Series, SeriesReport, SummaryCheck};
use super::normalize::{Row, Rows};

/// Most ReadingTypes, MeterReadings, series and summaries in a feed.
const ENTRIES: usize = 4096;
const DAY: u32 = 86_400;

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

/// A total stated by a usage summary, in units of 10^multiplier Wh.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) field: &'static str,
    pub(super) value: Decimal,
    pub(super) multiplier: i32,
    /// Start and end, where stated.
    pub(super) period: Option<(u64, u64)>,
    /// Whether the total is for that period: a running total of the current one is not.
    pub(super) last_period: bool,
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
    pub(super) summaries: Vec<Summary>,
    pub(super) notes: BTreeSet<String>,
}

impl Feed {
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
        if !entry.rows.is_empty() {
            let owner = owner(entry.up.as_deref(), entry.own.as_deref());
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

    /// The feed's series of energy, ready to be made contiguous. What is not energy per interval is left out, with a note.
    pub(super) fn take_rows(&mut self) -> Result<Vec<Rows>> {
        if self.groups.is_empty() {
            return Err(Fault::file(Problem::NoReadings));
        }
        let (mut usable, mut refused) = (Vec::new(), Vec::new());
        for (owner, rows) in std::mem::take(&mut self.groups) {
            let found = self.type_of(owner.as_deref(), rows.first().map_or(1, |r| r.line))?.clone();
            let origin = clip(owner.as_deref().unwrap_or("feed"));
            let long =
                found.interval.into_iter().chain(rows.iter().filter_map(|r| r.duration)).max();
            let direction = match long {
                Some(seconds) if seconds > DAY => Err(format!("intervals of {seconds} seconds")),
                _ => found.direction(),
            };
            match direction {
                Ok(direction) => usable.push(self.group(origin, direction, &found, rows)?),
                Err(why) => {
                    refused.push(format!("{origin}: {} readings left out: {why}", rows.len()))
                }
            }
        }
        if usable.is_empty() {
            refused.truncate(3);
            return Err(Fault::file(Problem::NothingUsable(refused.join("; "))));
        }
        self.notes.extend(refused);
        Ok(usable)
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
        if exponent != 0 {
            self.notes
                .insert(format!("{origin}: values in 10^{exponent} Wh, converted to Wh exactly"));
        }
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

    /// Sets the file's own totals against those of its readings.
    pub(super) fn check_summaries(
        &mut self,
        series: &[Series],
        reports: &[SeriesReport],
    ) -> Vec<SummaryCheck> {
        let mut imports =
            series.iter().zip(reports).filter(|(s, _)| s.channel.direction == Direction::Import);
        let only = match (imports.next(), imports.next()) {
            (Some((series, _)), None) => Some(series),
            _ => None,
        };
        let mut checks = Vec::new();
        for summary in &self.summaries {
            let Ok((stated_wh, _)) = summary.value.scale(summary.multiplier, Rounding::Down) else {
                self.notes.insert(format!("{}: out of range, not compared", summary.field));
                continue;
            };
            let computed_wh = only.and_then(|s| match summary.period {
                Some((start, end)) if summary.last_period => total_over(s, start, end),
                // Without a period, a running total can only be for all that the file holds.
                None if !summary.last_period => Some(s.total()),
                _ => None,
            });
            let check = SummaryCheck { field: summary.field.to_owned(), stated_wh, computed_wh };
            if check.matches() == Some(false) {
                let sum = computed_wh.unwrap_or_default();
                self.notes.insert(format!(
                    "{}: states {stated_wh} Wh, its readings add up to {sum} Wh",
                    summary.field
                ));
            }
            checks.push(check);
        }
        checks
    }
}

/// Sum over a period on the series' grid and within it; `None` otherwise.
fn total_over(series: &Series, start: u64, end: u64) -> Option<u64> {
    let step = u64::from(series.interval_seconds);
    let index = |t: u64| {
        let offset = t.checked_sub(series.start)?;
        (offset.is_multiple_of(step) && t <= series.end()).then_some((offset / step) as usize)
    };
    let readings = series.readings.get(index(start)?..index(end)?)?;
    Some(readings.iter().map(|r| u64::from(r.value)).sum())
}

/// The address of the MeterReading that an interval block belongs to.
fn owner(up: Option<&str>, own: Option<&str>) -> Option<String> {
    let up = up.map(|href| href.strip_suffix("/IntervalBlock").unwrap_or(href));
    let from_own = || own.and_then(|href| href.rfind("/IntervalBlock").map(|at| &href[..at]));
    up.or_else(from_own).map(str::to_owned)
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
