//! The periods that a record holds: cells of a policy's calendar, by the names that [`period::resolve`] takes.

use jiff::ToSpan;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use wattproof_circuits::policy::{Calendar, CalendarUnit, Period, Policy};

use crate::period::{self, days, timestamp};
use crate::{Error, Record, Result};

/// Most cells that are listed: the hours of 120 years.
const MOST: usize = 1 << 20;

/// The cells that a record covers from end to end, with the blocks before that the policy looks back into, in order of time. Cells
/// that no proof can be about, such as days without a midnight, are left out.
///
/// # Errors
/// As [`period::zone`]; [`Error::Readings`] if there are more than 2^20.
pub fn cells(record: &Record, policy: &Policy) -> Result<Vec<Period>> {
    let (meter, geometry) = (policy.meter(), policy.geometry());
    let back = u64::from(geometry.look_back) * meter.block_seconds(geometry);
    let first = meter.block_start(geometry, record.start) + back;
    let mut cells = within(&policy.scope().calendar, record.start, record.end(meter))?;
    cells.retain(|cell| meter.block_start(geometry, cell.start()) >= first);
    Ok(cells)
}

/// The cells from `start` to `end`.
fn within(calendar: &Calendar, start: u64, end: u64) -> Result<Vec<Period>> {
    let zone = period::zone(calendar)?;
    let mut found = Vec::new();
    let mut take = |(from, to): (u64, u64)| {
        if from < start || to > end {
            return Ok(());
        }
        let cell = Period::new(from, to)?;
        // Where a clock changes by half an hour, an hour of the clock may not be one.
        if calendar.is_cell(cell, period::offsets(calendar, cell)?).is_ok() {
            found.push(cell);
        }
        match found.len() {
            0..=MOST => Ok(()),
            _ => Err(Error::Readings(format!("the readings hold more than {MOST} periods"))),
        }
    };
    if calendar.unit == CalendarUnit::Hour {
        let mut at = start;
        while at < end {
            match into_hour(at, &zone)? {
                0 => {
                    take((at, at + 3600))?;
                    at += 3600;
                }
                past => at += 3600 - past,
            }
        }
        return Ok(found);
    }
    let begin = timestamp(start)?.to_zoned(zone.clone()).date();
    let (begin, step) = match calendar.unit {
        CalendarUnit::Month => (begin.first_of_month(), 1.month()),
        CalendarUnit::Week => {
            let since = i64::from(begin.weekday().since(Weekday::Monday));
            (begin.saturating_sub(since.days()), 1.week())
        }
        _ => (begin, 1.day()),
    };
    for date in begin.series(step) {
        match days(date, step, &zone) {
            Ok((from, _)) if from >= end => break,
            Ok(cell) => take(cell)?,
            // No midnight, before 1970, or beyond the calendar's last year.
            Err(_) if u64::try_from(date.year()).is_ok_and(|year| year < 9999) => {}
            Err(_) => break,
        }
    }
    Ok(found)
}

/// Seconds since the local hour began.
fn into_hour(at: u64, zone: &TimeZone) -> Result<u64> {
    let local = timestamp(at)?.to_zoned(zone.clone());
    Ok(local.minute() as u64 * 60 + local.second() as u64)
}

/// A cell's name: `2011-02`, `2011-02-01`, `2011-W05`, `2011-02-01T14`; an hour that the clock shows twice as `START/END`.
///
/// # Errors
/// As [`period::zone`] and [`timestamp`].
pub fn name(period: Period, calendar: &Calendar) -> Result<String> {
    let zone = period::zone(calendar)?;
    let start = timestamp(period.start())?.to_zoned(zone.clone());
    Ok(match calendar.unit {
        CalendarUnit::Month => format!("{:04}-{:02}", start.year(), start.month()),
        CalendarUnit::Week => {
            let week = start.date().iso_week_date();
            format!("{:04}-W{:02}", week.year(), week.week())
        }
        CalendarUnit::Day => start.date().to_string(),
        CalendarUnit::Hour => {
            let local = zone.to_ambiguous_timestamp(start.datetime());
            if local.is_ambiguous() {
                format!("{}/{}", timestamp(period.start())?, timestamp(period.end())?)
            } else {
                format!("{}T{:02}", start.date(), start.hour())
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Every cell has a name that means it, and none is left out.
    #[test]
    fn names_lead_back_to_their_cells() {
        // 2011-01-31T20:00 to 2011-12-31T04:00 in California: both changes of the clock.
        let (start, end) = (1_296_532_800, 1_325_332_800);
        for (zone, unit, expected) in [
            ("America/Los_Angeles", CalendarUnit::Month, 10),
            ("America/Los_Angeles", CalendarUnit::Week, 46),
            ("America/Los_Angeles", CalendarUnit::Day, 333),
            ("America/Los_Angeles", CalendarUnit::Hour, 8000),
            // Half an hour is skipped, and another repeated: two hours of the clock are none.
            ("Australia/Lord_Howe", CalendarUnit::Hour, 7997),
            // The clock skipped midnight on 2011-10-16: that day does not begin, and the one before does not end.
            ("America/Sao_Paulo", CalendarUnit::Day, 330),
            ("UTC", CalendarUnit::Day, 332),
        ] {
            let calendar = Calendar { zone: zone.into(), unit };
            let cells = within(&calendar, start, end).unwrap();
            for cell in &cells {
                let name = name(*cell, &calendar).unwrap();
                assert_eq!(period::resolve(&name, &calendar).unwrap(), *cell, "{name}");
            }
            assert_eq!(cells.len(), expected, "{zone} {unit:?}");
            assert!(cells.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
        }
    }

    #[test]
    fn too_many_are_refused() {
        let calendar = Calendar { zone: "UTC".into(), unit: CalendarUnit::Hour };
        let most = 3600 * MOST as u64;
        assert_eq!(within(&calendar, 0, most).unwrap().len(), MOST);
        assert_eq!(within(&calendar, 0, most + 3600).unwrap_err().code(), "readings-do-not-fit");
    }
}
