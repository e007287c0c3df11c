//! From the readings of a register that counts up to the energy of intervals: one rule for all formats.
//!
//! Boundaries are those of the clock: whole multiples of the interval since 1970 (for intervals beyond an hour, shifted
//! as most readings are). What the register showed at a boundary is known
//!
//! 1. if it was read at that very time;
//! 2. if the readings before and after the boundary are equal: a register that counts up stood still between them;
//! 3. if it was read within the tolerance of the boundary, for those who allow one: the nearest reading then stands for
//!    it, and the two intervals beside the boundary are estimated.
//!
//! An interval's energy is the difference between its boundaries. Where one of the two is not known, or the register ran
//! backwards between them, the interval is missing: nothing is interpolated, and a reset is never guessed around. Where
//! fractions of a Wh may be dropped, they are dropped from the register and not from the differences, so that the sum
//! over any stretch is within 1 Wh.

use std::cmp::Reverse;
use std::collections::HashMap;

use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Unit};

use super::decimal::{Decimal, Rounding};
use super::error::{Fault, Problem, Result, clip};
use super::instant::SECOND;
use super::model::{Reset, TIME_LIMIT};
use super::normalize::{About, Counts, Row, Rows};

const DAY: u64 = 86_400;
/// Intervals where nothing else is stated or suggested.
const QUARTER_HOUR: u32 = 900;
const MICRO: u64 = 1_000_000;
/// Most gaps and resets that notes name one by one.
const NAMED: usize = 10;

/// How to make intervals of registers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RegisterOptions {
    /// Length of the intervals; by default the most frequent step between readings, if that is a divisor of a day and at
    /// least 5 minutes, and otherwise a quarter of an hour.
    pub interval_seconds: Option<u32>,
    /// How far from a boundary a reading may be and still stand for it, at most a quarter of the interval. By default 0.
    pub tolerance_seconds: u32,
}

/// A reading of a register.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    /// Microseconds since 1970.
    pub(super) micros: u64,
    /// Millionths of a Wh. None is a break: no interval may reach over it.
    pub(super) micro_wh: Option<u64>,
    /// Whether digits beyond that were dropped.
    pub(super) rounded: bool,
    pub(super) quality: Quality,
    pub(super) line: u64,
}

/// The readings of one register, in any order.
#[derive(Debug)]
pub(super) struct Registers {
    direction: Direction,
    /// For people: where they came from.
    origin: String,
    points: Vec<Point>,
    value_field: &'static str,
    time_field: &'static str,
}

/// A register's value, as `10^exponent` Wh, in millionths of a Wh; and whether digits beyond those were dropped.
pub(super) fn micro_wh(
    text: &str,
    point: u8,
    exponent: i32,
    rounding: Rounding,
) -> Result<(u64, bool), Problem> {
    Decimal::parse(text, point)?.scale(exponent + 6, rounding).map_err(|problem| match problem {
        Problem::NotWhole(_) => Problem::TooFine(clip(text)),
        Problem::OutOfRange(_) => Problem::OutOfRange(clip(text)),
        other => other,
    })
}

/// Millionths of a Wh as Wh.
pub(super) fn micro_wh_text(micro: u64) -> String {
    let text = format!("{}.{:06}", micro / MICRO, micro % MICRO);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Registers {
    pub(super) fn new(
        direction: Direction,
        origin: String,
        points: Vec<Point>,
        value_field: &'static str,
        time_field: &'static str,
    ) -> Self {
        Self { direction, origin, points, value_field, time_field }
    }

    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Applies the rule. `limit` bounds the number of intervals.
    pub(super) fn intervals(
        mut self,
        options: RegisterOptions,
        rounding: Rounding,
        limit: u32,
        notes: &mut Vec<String>,
    ) -> Result<Rows> {
        if self.points.is_empty() {
            let text = format!("{}: no reading has a usable time", self.origin);
            return Err(Fault::file(Problem::NothingUsable(clip(&text))));
        }
        let readings = self.points.len() as u32;
        let out_of_order =
            self.points.windows(2).filter(|w| w[1].micros < w[0].micros).count() as u32;
        self.points.sort_by_key(|p| p.micros);
        let duplicates = self.dedup()?;
        let grid = Grid::of(&self.points, options)?;
        let (known, resets) = self.boundaries(grid, limit)?;
        let mut rows = Vec::new();
        let mut rounded_down = 0;
        for pair in known.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            if b.time - a.time != u64::from(grid.step) || a.run != b.run {
                continue;
            }
            let (value, rounded) = self.difference(a, b, rounding)?;
            rounded_down += u32::from(rounded);
            rows.push(Row {
                start: a.time,
                duration: Some(grid.step),
                value: Some(value),
                quality: if a.measured && b.measured {
                    Quality::Measured
                } else {
                    Quality::Estimated
                },
                line: b.line,
            });
        }
        if rows.is_empty() {
            return Err(Fault::file(Problem::NoBoundaries { interval: grid.step, readings }));
        }
        tell(&known, &resets, grid, options, notes);
        let counts = Counts { rows: readings, duplicates, out_of_order };
        let about = About { resets, rounded_down, readings: Some(counts), ..About::default() };
        Ok(Rows {
            about,
            channel: Channel {
                quantity: Quantity::Energy,
                direction: self.direction,
                unit: Unit::Wh,
            },
            origin: clip(&self.origin),
            exponent: 0,
            value_field: self.value_field,
            time_field: self.time_field,
            interval: Some(grid.step),
            rows,
        })
    }

    /// Drops what is there twice; what contradicts itself is refused.
    fn dedup(&mut self) -> Result<u32> {
        let before = self.points.len();
        for pair in self.points.windows(2) {
            if pair[0].micros == pair[1].micros
                && let (Some(a), Some(b)) = (pair[0].micro_wh, pair[1].micro_wh)
                && a != b
            {
                return Err(Fault::line(
                    pair[1].line,
                    self.time_field,
                    Problem::Conflict { other: pair[0].line },
                ));
            }
        }
        let same = |b: &mut Point, a: &mut Point| {
            a.micros == b.micros && a.micro_wh == b.micro_wh && a.quality == b.quality
        };
        self.points.dedup_by(same);
        Ok((before - self.points.len()) as u32)
    }

    /// What is known at the boundaries, in order; and when the register ran backwards.
    fn boundaries(&self, grid: Grid, limit: u32) -> Result<(Vec<Boundary>, Vec<Reset>)> {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return Err(Fault::file(Problem::NoReadings));
        };
        if last.micros >= (TIME_LIMIT - DAY) * SECOND {
            let problem = Problem::BadTime((last.micros / SECOND).to_string());
            return Err(Fault::line(last.line, self.time_field, problem));
        }
        let step = u64::from(grid.step);
        let intervals = (last.micros - first.micros) / (step * SECOND);
        if intervals > u64::from(limit) {
            return Err(Fault::line(
                last.line,
                self.time_field,
                Problem::TooManyIntervals { intervals, limit },
            ));
        }
        let mut known: Vec<Boundary> = Vec::new();
        let add = |known: &mut Vec<Boundary>, new: Boundary| match known.last_mut() {
            Some(old) if old.time == new.time => {
                // Exactly read beats standing still beats near; of the near ones the nearest, then the earlier.
                if new.off < old.off {
                    *old = new;
                }
            }
            _ => known.push(new),
        };
        let mut resets = Vec::new();
        let mut run = 0;
        let mut before: Option<(Point, u64)> = None;
        for point in &self.points {
            let Some(value) = point.micro_wh else {
                run += 1;
                before = None;
                continue;
            };
            if let Some((last, was)) = before {
                if was > value {
                    run += 1;
                    let at = point.micros / SECOND;
                    resets.push(Reset { at, before: was / MICRO, after: value / MICRO });
                }
                if was == value {
                    // Every boundary strictly between the two.
                    let mut time = grid.after(last.micros);
                    while time * SECOND < point.micros {
                        let measured =
                            last.quality == Quality::Measured && point.quality == Quality::Measured;
                        let rounded = last.rounded || point.rounded;
                        add(
                            &mut known,
                            Boundary {
                                time,
                                value,
                                run,
                                measured,
                                rounded,
                                off: 0,
                                line: point.line,
                            },
                        );
                        time += step;
                    }
                }
            }
            let (time, off) = grid.nearest(point.micros);
            if off <= grid.tolerance {
                let measured = off == 0 && point.quality == Quality::Measured;
                add(
                    &mut known,
                    Boundary {
                        time,
                        value,
                        run,
                        measured,
                        rounded: point.rounded,
                        off,
                        line: point.line,
                    },
                );
            }
            before = Some((*point, value));
        }
        Ok((known, resets))
    }

    /// The energy between two boundaries in Wh, and whether a fraction was dropped.
    fn difference(
        &self,
        a: &Boundary,
        b: &Boundary,
        rounding: Rounding,
    ) -> Result<(Decimal, bool)> {
        let fault = |problem| Fault::line(b.line, self.value_field, problem);
        let micro = b
            .value
            .checked_sub(a.value)
            .ok_or_else(|| fault(Problem::Negative("difference".into())))?;
        let exact = micro.is_multiple_of(MICRO) && !a.rounded && !b.rounded;
        let wh = match (exact, rounding) {
            (true, _) => micro / MICRO,
            (false, Rounding::Down) => b.value / MICRO - a.value / MICRO,
            (false, Rounding::Refuse) => {
                let text = format!("{} Wh since the boundary before", micro_wh_text(micro));
                return Err(fault(Problem::NotWhole(text)));
            }
        };
        Ok((Decimal::whole(wh), !exact))
    }
}

/// What the register showed at a boundary.
#[derive(Clone, Copy, Debug)]
struct Boundary {
    time: u64,
    value: u64,
    /// Goes up at every break and reset; within a run differences are energy.
    run: u64,
    measured: bool,
    rounded: bool,
    /// Distance of the reading in microseconds.
    off: u64,
    line: u64,
}

#[derive(Clone, Copy, Debug)]
struct Grid {
    step: u32,
    phase: u64,
    /// In microseconds.
    tolerance: u64,
}

impl Grid {
    fn of(points: &[Point], options: RegisterOptions) -> Result<Self> {
        let step = options.interval_seconds.unwrap_or_else(|| usual(points));
        if step == 0 || !DAY.is_multiple_of(u64::from(step)) {
            return Err(Fault::file(Problem::BadInterval(step.into())));
        }
        let (tolerance, most) = (options.tolerance_seconds, step / 4);
        if tolerance > most {
            return Err(Fault::file(Problem::BadTolerance { tolerance, most }));
        }
        let long = u64::from(step);
        let residues = points.iter().map(|p| p.micros / SECOND % long);
        let phase = if step > 3600 { most_frequent(residues).unwrap_or(0) } else { 0 };
        Ok(Self { step, phase, tolerance: u64::from(tolerance) * SECOND })
    }

    /// The first boundary after a time.
    fn after(self, micros: u64) -> u64 {
        let (step, seconds) = (u64::from(self.step), micros / SECOND);
        match seconds.checked_sub(self.phase) {
            Some(past) => self.phase + (past / step + 1) * step,
            None => self.phase,
        }
    }

    /// The boundary nearest to a time (of two, the earlier), and how many microseconds away it is.
    fn nearest(self, micros: u64) -> (u64, u64) {
        let after = self.after(micros);
        let to = after * SECOND - micros;
        match after.checked_sub(self.step.into()) {
            Some(before) if micros - before * SECOND <= to => (before, micros - before * SECOND),
            _ => (after, to),
        }
    }
}

fn usual(points: &[Point]) -> u32 {
    let steps = points.windows(2).map(|w| (w[1].micros - w[0].micros) / SECOND);
    let step = most_frequent(steps.filter(|&s| s > 0)).unwrap_or(0);
    let fits = step >= 300 && DAY.is_multiple_of(step);
    // At most a day, so it fits.
    if fits { step as u32 } else { QUARTER_HOUR }
}

/// Of equally frequent ones the smallest.
fn most_frequent(all: impl Iterator<Item = u64>) -> Option<u64> {
    let mut seen: HashMap<u64, u32> = HashMap::new();
    for one in all {
        *seen.entry(one).or_default() += 1;
    }
    seen.into_iter().max_by_key(|&(one, n)| (n, Reverse(one))).map(|(one, _)| one)
}

/// Notes for people: how intervals were made, and what is known of the energy that is in none.
fn tell(
    known: &[Boundary],
    resets: &[Reset],
    grid: Grid,
    options: RegisterOptions,
    notes: &mut Vec<String>,
) {
    let utc = |time: u64| {
        let time = jiff::Timestamp::from_second(time as i64);
        time.map_or_else(|_| String::new(), |time| time.to_string())
    };
    let chosen =
        if options.interval_seconds.is_some() { "as asked for" } else { "as the readings suggest" };
    notes.push(format!(
        "intervals of {} s, {chosen}: differences of the register between boundaries; nothing is interpolated",
        grid.step
    ));
    let near = known.iter().filter(|b| b.off > 0).count();
    if near > 0 {
        let seconds = grid.tolerance / SECOND;
        notes.push(format!("{near} boundaries have a reading up to {seconds} s away standing for them; the intervals beside them are estimated"));
    }
    if !resets.is_empty() {
        let times: Vec<_> = resets.iter().take(NAMED).map(|r| utc(r.at)).collect();
        let more = if resets.len() > NAMED { " and later" } else { "" };
        notes.push(format!(
            "the register ran backwards {} times ({}{more}): a reset, a rollover or another meter; intervals over that are missing",
            resets.len(),
            times.join(", ")
        ));
    }
    let wide =
        |w: &&[Boundary]| w[0].run == w[1].run && w[1].time - w[0].time > u64::from(grid.step);
    let gaps: Vec<_> = known.windows(2).filter(wide).collect();
    for w in gaps.iter().take(NAMED) {
        let micro = w[1].value - w[0].value;
        notes.push(format!(
            "{} to {}: {} Wh in sum; how they spread over the intervals is not known",
            utc(w[0].time),
            utc(w[1].time),
            micro_wh_text(micro)
        ));
    }
    if gaps.len() > NAMED {
        notes.push(format!("{} more gaps with a known sum", gaps.len() - NAMED));
    }
}
