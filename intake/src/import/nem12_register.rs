//! What the codes of NEM12 mean here, and a register's days on their way to a series.

use std::ops::RangeBounds;

use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};

use super::decimal::Decimal;
use super::error::{Problem, clip};
use super::model::Conversion;
use super::nem12::qualified;
use super::normalize::{About, Row, Rows};

/// A day's place in time. Its readings are in the register.
#[derive(Clone, Copy)]
pub(super) struct Day {
    /// Midnight of the market's day, Unix seconds.
    pub(super) start: u64,
    /// When the values were last changed, as a number that grows with time; 0 where the file does not say.
    pub(super) updated: u64,
    pub(super) line: u64,
}

/// All that a file has of one NMI, suffix and length of interval.
pub(super) struct Register {
    pub(super) origin: String,
    suffix: char,
    minutes: u32,
    chosen: bool,
    unit: Option<String>,
    exponent: Option<i32>,
    pub(super) per_day: usize,
    pub(super) days: Vec<Day>,
    /// `per_day` for each of the days, if they are kept.
    pub(super) readings: Vec<Reading>,
    pub(super) rounded_down: u32,
}

/// What is done with a register.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// One of the file's units is `10^exponent` Wh.
    Kept {
        exponent: i32,
    },
    LeftOut,
    Unchosen,
}

/// A quality flag.
pub(super) enum Flag {
    All(Quality),
    /// V: the 400 records say.
    Varies,
}

/// A and N stand alone. S, F and E may have a method of two digits; each is somebody's estimate, which never helps a claim.
pub(super) fn flag(text: &str) -> Result<Flag, Problem> {
    let (letter, method) = text.split_at_checked(1).unwrap_or(("", text));
    let no_method = method.is_empty();
    let methodical = no_method || (method.len() == 2 && method.bytes().all(|b| b.is_ascii_digit()));
    match letter {
        "A" if no_method => Ok(Flag::All(Quality::Measured)),
        "N" if no_method => Ok(Flag::All(Quality::Missing)),
        "V" if no_method => Ok(Flag::Varies),
        "S" | "F" | "E" if methodical => Ok(Flag::All(Quality::Estimated)),
        _ => Err(Problem::BadQuality(clip(text))),
    }
}

/// The market's direction and the household's. The market exports to a household what that imports.
fn directions(suffix: char) -> Option<(Direction, Direction)> {
    match suffix {
        'E' => Some((Direction::Export, Direction::Import)),
        'B' => Some((Direction::Import, Direction::Export)),
        _ => None,
    }
}

/// Units are not case-sensitive in this format, so that there is no milliwatt-hour.
fn exponent(unit: &str) -> Option<i32> {
    match unit.to_ascii_uppercase().as_str() {
        "WH" => Some(0),
        "KWH" => Some(3),
        "MWH" => Some(6),
        _ => None,
    }
}

impl Register {
    pub(super) fn new(origin: String, suffix: &str, minutes: u32, chosen: bool) -> Self {
        Self {
            origin,
            suffix: suffix.chars().next().unwrap_or_default().to_ascii_uppercase(),
            minutes,
            chosen,
            unit: None,
            exponent: None,
            per_day: (24 * 60 / minutes) as usize,
            days: Vec::new(),
            readings: Vec::new(),
            rounded_down: 0,
        }
    }

    /// The unit of the days that follow, which every record of the register must repeat.
    pub(super) fn unit(&mut self, unit: &str) -> Result<(), Problem> {
        match &self.unit {
            Some(known) if !known.eq_ignore_ascii_case(unit) => {
                let text = format!("unit {:?}, and {known:?} in an earlier record", clip(unit));
                return Err(Problem::Malformed(text));
            }
            Some(_) => {}
            None => (self.exponent, self.unit) = (exponent(unit), Some(clip(unit))),
        }
        Ok(())
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (&self.origin, self.exponent) == (&other.origin, other.exponent)
    }

    /// Takes over the days of another file's register that is the same.
    pub(super) fn extend(&mut self, other: Self) {
        self.days.extend(other.days);
        self.readings.extend(other.readings);
        self.rounded_down += other.rounded_down;
    }

    pub(super) fn usage(&self) -> Use {
        match (self.chosen, directions(self.suffix), self.exponent) {
            (false, ..) => Use::Unchosen,
            (true, Some(_), Some(exponent)) => Use::Kept { exponent },
            _ => Use::LeftOut,
        }
    }

    pub(super) fn why_left_out(&self) -> String {
        match self.suffix {
            'E' | 'B' => {
                let unit = self.unit.as_deref().unwrap_or_default();
                format!("unit {unit:?} is not Wh, kWh or MWh")
            }
            'K' => "reactive energy (market import), which policies do not count".into(),
            'Q' => "reactive energy (market export), which policies do not count".into(),
            other => format!("suffix {other}: not a main register of active energy (E or B)"),
        }
    }

    /// Gives some of the readings their quality.
    pub(super) fn qualify(
        &mut self,
        range: impl RangeBounds<usize>,
        quality: Quality,
    ) -> Result<(), Problem> {
        let bounds = (range.start_bound().cloned(), range.end_bound().cloned());
        let readings = self.readings.get_mut(bounds).unwrap_or_default();
        for reading in readings {
            *reading = qualified(*reading, quality)?;
        }
        Ok(())
    }

    /// The days as rows, in order of the file, but for days that a later version of the same day replaces.
    pub(super) fn into_rows(self) -> Rows {
        let (market, direction) =
            directions(self.suffix).unwrap_or((Direction::None, Direction::None));
        let replaced = self.replaced();
        let overlaps = replaced.iter().filter(|&&r| r).count() * self.per_day;
        let step = u64::from(self.minutes) * 60;
        let mut rows = Vec::with_capacity(self.readings.len() - overlaps.min(self.readings.len()));
        let days = self.days.iter().zip(self.readings.chunks(self.per_day)).zip(&replaced);
        for ((day, readings), _) in days.filter(|(_, replaced)| !**replaced) {
            for (nth, reading) in (0..).zip(readings) {
                let is_there = reading.quality != Quality::Missing;
                rows.push(Row {
                    start: day.start + nth * step,
                    duration: None,
                    value: is_there.then(|| Decimal::whole(reading.value.into())),
                    quality: reading.quality,
                    line: day.line,
                });
            }
        }
        let exponent = self.exponent.unwrap_or_default();
        let conversion = self.unit.filter(|_| exponent != 0);
        let about = About {
            market_direction: Some(market),
            conversion: conversion.map(|from| Conversion { from, exponent }),
            overlaps: overlaps as u32,
            rounded_down: self.rounded_down,
            ..About::default()
        };
        Rows {
            channel: Channel { quantity: Quantity::Energy, direction, unit: Unit::Wh },
            origin: self.origin,
            about,
            exponent: 0,
            value_field: "IntervalValue",
            time_field: "IntervalDate",
            interval: Some(self.minutes * 60),
            rows,
        }
    }

    /// Which days another one replaces: it is of the same date with other values, and was updated later. Equal days are duplicates,
    /// and where nothing says which is later they contradict each other; both are for those who come after to tell.
    fn replaced(&self) -> Vec<bool> {
        let mut order: Vec<usize> = (0..self.days.len()).collect();
        order.sort_by_key(|&i| (self.days[i].start, self.days[i].updated));
        let values = |i: usize| &self.readings[i * self.per_day..(i + 1) * self.per_day];
        let mut replaced = vec![false; self.days.len()];
        // From the newest version of each date to its older ones.
        let mut newest: Option<usize> = None;
        for i in order.into_iter().rev() {
            match newest {
                Some(n) if self.days[n].start == self.days[i].start => {
                    let earlier = self.days[i].updated;
                    replaced[i] =
                        earlier != 0 && earlier < self.days[n].updated && values(i) != values(n);
                }
                _ => newest = Some(i),
            }
        }
        replaced
    }
}
