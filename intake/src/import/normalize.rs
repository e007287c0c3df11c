//! From rows in any order to one contiguous series. Nothing is guessed: what contradicts itself is refused, what is not
//! there is missing.

use std::collections::HashMap;

use wattproof_circuits::meter::{Channel, Direction, Quality, Reading};

use super::decimal::{Decimal, Rounding};
use super::error::{Fault, Problem, Result};
use super::model::{Conversion, Reset, Series, SeriesReport, TIME_LIMIT};

const DAY: u64 = 86_400;

/// One reading as the file has it. Without a value it is missing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) start: u64,
    pub(super) duration: Option<u32>,
    pub(super) value: Option<Decimal>,
    pub(super) quality: Quality,
    pub(super) line: u64,
}

pub(super) struct Rows {
    pub(super) channel: Channel,
    /// The series' name in the file.
    pub(super) origin: String,
    /// What only the format's reader knows of the series.
    pub(super) about: About,
    /// A value counts `10^exponent` Wh.
    pub(super) exponent: i32,
    /// What the format calls a value and a time, for errors.
    pub(super) value_field: &'static str,
    pub(super) time_field: &'static str,
    /// Length of the intervals where a row does not say.
    pub(super) interval: Option<u32>,
    pub(super) rows: Vec<Row>,
}

/// For the report, as it is there.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) market_direction: Option<Direction>,
    pub(super) conversion: Option<Conversion>,
    pub(super) overlaps: u32,
    pub(super) resets: Vec<Reset>,
    /// Values that were rounded before they became rows.
    pub(super) rounded_down: u32,
    /// Of a register: its readings, of which the rows are the differences.
    pub(super) readings: Option<Counts>,
}

/// What a register's readings were like.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counts {
    pub(super) rows: u32,
    pub(super) duplicates: u32,
    pub(super) out_of_order: u32,
}

impl About {
    /// Takes over what another file says of the same series.
    pub(super) fn add(&mut self, more: Self) {
        self.overlaps += more.overlaps;
        self.resets.extend(more.resets);
        self.rounded_down += more.rounded_down;
        if let (Some(known), Some(more)) = (&mut self.readings, more.readings) {
            known.rows += more.rows;
            known.duplicates += more.duplicates;
            known.out_of_order += more.out_of_order;
        }
    }
}

/// Sorts, drops identical duplicates, converts and fills gaps. `budget` is the number of intervals that may still be
/// made, over all series of a file: it bounds memory whatever the times say.
pub(super) fn normalize(
    mut input: Rows,
    rounding: Rounding,
    limit: u32,
    budget: &mut u32,
) -> Result<(Series, SeriesReport)> {
    let time_fault = |line, problem| Fault::line(line, input.time_field, problem);
    if input.rows.is_empty() {
        return Err(Fault::file(Problem::NoReadings));
    }
    let interval = interval(&input)?;
    let step = u64::from(interval);
    let rows = &mut input.rows;
    let out_of_order = rows.windows(2).filter(|w| w[1].start < w[0].start).count() as u32;
    if out_of_order > 0 {
        // Stable, so that of two duplicates the first in the file is kept.
        rows.sort_by_key(|r| r.start);
    }
    let (Some(first), Some(last)) = (rows.first(), rows.last()) else {
        return Err(Fault::file(Problem::NoReadings));
    };
    let start = first.start;
    if last.start >= TIME_LIMIT - step {
        return Err(time_fault(last.line, Problem::BadTime(last.start.to_string())));
    }
    let intervals = (last.start - start) / step + 1;
    let count = match u32::try_from(intervals) {
        Ok(n) if n <= *budget => n,
        _ => return Err(time_fault(last.line, Problem::TooManyIntervals { intervals, limit })),
    };
    *budget -= count;

    let mut readings = vec![Reading::MISSING; count as usize];
    let (mut duplicates, mut rounded_down) = (0, input.about.rounded_down);
    let mut before: Option<&Row> = None;
    for row in rows.iter() {
        if let Some(other) = before {
            let distance = row.start - other.start;
            if distance == 0 {
                if (row.value, row.quality) != (other.value, other.quality) {
                    return Err(time_fault(row.line, Problem::Conflict { other: other.line }));
                }
                duplicates += 1;
                continue;
            }
            if distance < step {
                return Err(time_fault(row.line, Problem::Overlap { other: other.line }));
            }
        }
        let (index, off) = ((row.start - start) / step, (row.start - start) % step);
        if off != 0 {
            return Err(time_fault(row.line, Problem::OffGrid(off)));
        }
        if let Some(value) = row.value {
            let value_fault = |problem| Fault::line(row.line, input.value_field, problem);
            let (wh, rounded) = value.scale(input.exponent, rounding).map_err(value_fault)?;
            let value = u32::try_from(wh)
                .map_err(|_| value_fault(Problem::OutOfRange(format!("{wh} Wh"))))?;
            rounded_down += u32::from(rounded);
            readings[index as usize] = Reading { value, quality: row.quality };
        }
        before = Some(row);
    }

    let counts = Counts { rows: rows.len() as u32, duplicates, out_of_order };
    let counts = input.about.readings.unwrap_or(counts);
    let series = Series { channel: input.channel, interval_seconds: interval, start, readings };
    let report = SeriesReport {
        origin: input.origin,
        market_direction: input.about.market_direction,
        conversion: input.about.conversion,
        rows: counts.rows,
        intervals: count,
        measured: series.count(Quality::Measured),
        estimated: series.count(Quality::Estimated),
        missing: series.count(Quality::Missing),
        gaps: series.gaps(),
        duplicates: counts.duplicates,
        overlaps: input.about.overlaps,
        resets: input.about.resets,
        out_of_order: counts.out_of_order,
        rounded_down,
        total_wh: series.total(),
    };
    Ok((series, report))
}

/// The one length that all intervals have: as stated, or else the most frequent step between neighbours in time.
fn interval(input: &Rows) -> Result<u32> {
    let mut known: Option<u32> = None;
    for row in &input.rows {
        let Some(found) = row.duration.or(input.interval) else { continue };
        match known {
            Some(expected) if expected != found => {
                let problem = Problem::MixedIntervals { found, expected };
                return Err(Fault::line(row.line, "duration", problem));
            }
            _ => known = Some(found),
        }
    }
    let seconds = match known {
        Some(seconds) => u64::from(seconds),
        None => usual_step(&input.rows).ok_or_else(|| Fault::file(Problem::UnknownInterval))?,
    };
    match u32::try_from(seconds) {
        Ok(n) if n > 0 && DAY.is_multiple_of(seconds) => Ok(n),
        _ => {
            let line = input.rows.first().map_or(1, |r| r.line);
            Err(Fault::line(line, input.time_field, Problem::BadInterval(seconds)))
        }
    }
}

pub(super) fn usual_step(rows: &[Row]) -> Option<u64> {
    let ordered = rows.windows(2).all(|w| w[0].start <= w[1].start);
    let mut sorted = Vec::new();
    if !ordered {
        sorted.extend(rows.iter().map(|r| r.start));
        sorted.sort_unstable();
    }
    let start = |i: usize| if ordered { rows[i].start } else { sorted[i] };
    let mut seen: HashMap<u64, u32> = HashMap::new();
    // Steps come in runs: only their ends are looked up.
    let mut run = (0, 0);
    for i in 1..rows.len() {
        let step = start(i) - start(i - 1);
        if step == run.0 {
            run.1 += 1;
        } else {
            *seen.entry(run.0).or_default() += run.1;
            run = (step, 1);
        }
    }
    *seen.entry(run.0).or_default() += run.1;
    seen.remove(&0);
    // Of equally frequent steps the smaller one: the larger is a gap.
    seen.into_iter().max_by_key(|&(step, n)| (n, std::cmp::Reverse(step))).map(|(step, _)| step)
}
