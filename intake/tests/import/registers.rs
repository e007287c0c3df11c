//! Registers to intervals: the rule, and a reference that is as plain as it can be.

use std::fmt::Write;

use proptest::collection::vec;
use proptest::prelude::*;
use wattproof_circuits::meter::{Quality, Reading};
use wattproof_intake::import::{CsvOptions, Imported, Options, RegisterOptions, Rounding};

use crate::{code, run_with};

const START: u64 = 1_772_355_600;

fn options(interval: u32, tolerance: u32) -> Options {
    Options {
        csv: CsvOptions { cumulative: true, ..CsvOptions::default() },
        registers: RegisterOptions {
            interval_seconds: Some(interval),
            tolerance_seconds: tolerance,
        },
        ..Options::default()
    }
}

fn table(rows: &[(u64, &str)]) -> String {
    let mut text = String::from("time,reading kWh\n");
    for (time, value) in rows {
        writeln!(text, "{},{value}", START + time).unwrap();
    }
    text
}

fn import(rows: &[(u64, &str)], options: &Options) -> Imported {
    run_with(table(rows).as_bytes(), options).unwrap()
}

fn readings(rows: &[(u64, &str)], options: &Options) -> Vec<Reading> {
    import(rows, options).series[0].readings.clone()
}

fn measured(values: &[u32]) -> Vec<Reading> {
    values.iter().map(|&value| Reading::measured(value)).collect()
}

#[test]
fn exact_differences() {
    let rows = [(0, "100"), (900, "100.25"), (1800, "100.251"), (2700, "102")];
    assert_eq!(readings(&rows, &options(900, 0)), measured(&[250, 1, 1749]));
}

#[test]
fn nothing_is_interpolated() {
    let rows = [(0, "1"), (900, "2"), (1799, "3"), (1801, "3.5"), (2700, "4"), (3600, "5")];
    let imported = import(&rows, &options(900, 0));
    let series = &imported.series[0];
    assert_eq!(series.readings[0], Reading::measured(1000));
    assert_eq!(series.readings[1..3], [Reading::MISSING; 2]);
    assert_eq!(series.readings[3], Reading::measured(1000));
    let notes = imported.report.notes.join("\n");
    assert!(notes.contains("2000 Wh in sum"), "{notes}");
    assert!(notes.contains("nothing is interpolated"), "{notes}");
}

#[test]
fn a_register_that_stands_still_is_known_in_between() {
    let rows = [(0, "1"), (850, "2"), (2000, "2"), (2700, "2"), (3600, "3")];
    // At 900 and 1800 it was 2: so it was at 850 and at 2000.
    assert_eq!(readings(&rows, &options(900, 0)), measured(&[1000, 0, 0, 1000]));
}

#[test]
fn resets_are_told_and_never_guessed_around() {
    let rows = [(0, "8"), (900, "9"), (1800, "0.5"), (2700, "1"), (3600, "2")];
    let imported = import(&rows, &options(900, 0));
    let one = Reading::measured;
    assert_eq!(imported.series[0].readings, [one(1000), Reading::MISSING, one(500), one(1000)]);
    let notes = imported.report.notes.join("\n");
    assert!(notes.contains("ran backwards 1 times (2026-03-01T09:30:00Z)"), "{notes}");
    // Also where the register has passed its old value again by the next boundary.
    let rows = [(0, "8"), (900, "9"), (1000, "0"), (1700, "20"), (1800, "21"), (2700, "22")];
    assert_eq!(readings(&rows, &options(900, 0)), [one(1000), Reading::MISSING, one(1000)]);
}

#[test]
fn near_readings_count_as_estimated() {
    let rows = [(0, "1"), (890, "2"), (905, "2.5"), (1800, "4"), (2700, "5")];
    let estimated = |value| Reading { value, quality: Quality::Estimated };
    // The nearer of the two stands for the boundary.
    let expected = [estimated(1500), estimated(1500), Reading::measured(1000)];
    assert_eq!(readings(&rows, &options(900, 10)), expected);
    let missing = [Reading::measured(1000)];
    assert_eq!(readings(&rows, &options(900, 4)), missing);
    assert_eq!(code(run_with(table(&rows).as_bytes(), &options(900, 226))), "bad-tolerance");
}

#[test]
fn fractions() {
    let rows = [(0, "1.0004"), (900, "2.0008"), (1800, "3.0008")];
    assert_eq!(code(run_with(table(&rows).as_bytes(), &options(900, 0))), "not-whole");
    let down = Options { rounding: Rounding::Down, ..options(900, 0) };
    let imported = import(&[(0, "1.0004"), (900, "2.0008"), (1800, "3.0012")], &down);
    // The register is cut, not the differences: 1000, 2000, 3001.
    assert_eq!(imported.series[0].readings, measured(&[1000, 1001]));
    assert_eq!(imported.report.series[0].rounded_down, 2);
    // A whole difference of fractions is whole.
    assert_eq!(readings(&[(0, "1.0005"), (900, "2.0005")], &options(900, 0)), measured(&[1000]));
    let fine = [(0, "1"), (900, "2.0000000001")];
    assert_eq!(code(run_with(table(&fine).as_bytes(), &options(900, 0))), "too-fine");
}

#[test]
fn what_contradicts_itself_is_refused() {
    let rows = [(0, "1"), (900, "2"), (900, "3")];
    assert_eq!(code(run_with(table(&rows).as_bytes(), &options(900, 0))), "conflict");
    let twice = import(&[(0, "1"), (900, "2"), (900, "2")], &options(900, 0));
    assert_eq!(twice.report.series[0].duplicates, 1);
    assert_eq!(code(run_with(table(&[(0, "1")]).as_bytes(), &options(900, 0))), "no-boundaries");
    assert_eq!(code(run_with(table(&rows[..2]).as_bytes(), &options(7, 0))), "bad-interval");
    let far = [(0, "1"), (1_097_739_200_000, "2")];
    assert_eq!(code(run_with(table(&far).as_bytes(), &options(900, 0))), "bad-time");
    let far = [(0, "1"), (100_000_000_000, "1")];
    assert_eq!(code(run_with(table(&far).as_bytes(), &options(1, 0))), "too-many-intervals");
}

#[test]
fn the_interval_is_that_of_the_readings_or_a_quarter_hour() {
    let own = Options { registers: RegisterOptions::default(), ..options(900, 0) };
    let hours = import(&[(0, "1"), (3600, "2"), (7200, "3")], &own);
    assert_eq!(hours.series[0].interval_seconds, 3600);
    let quarter: Vec<_> = (0..91).map(|n| (n * 10, "1")).collect();
    assert_eq!(import(&quarter, &own).series[0].interval_seconds, 900);
    // Days begin where readings do.
    let days =
        import(&[(5, "1"), (86_405, "2"), (90_000, "2.5"), (172_805, "3")], &options(86_400, 0));
    assert_eq!((days.series[0].start, days.series[0].readings.len()), (START + 5, 2));
}

/// What is known of a boundary, looking at all readings for each one.
fn reference(points: &[(u64, u64)], time: u64) -> Option<(u64, usize)> {
    let resets = |until: usize| (1..=until).filter(|&i| points[i].1 < points[i - 1].1).count();
    if let Some(i) = points.iter().position(|&(at, _)| at == time) {
        return Some((points[i].1, resets(i)));
    }
    let after = points.iter().position(|&(at, _)| at > time)?;
    let before = after.checked_sub(1)?;
    (points[before].1 == points[after].1).then(|| (points[after].1, resets(after)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn like_the_reference(steps in vec((1u64..8, 0u64..4, any::<u8>()), 1..60)) {
        let (mut at, mut value) = (0, 50u64);
        let mut points = vec![(at, value)];
        for (pause, energy, luck) in steps {
            at += pause * 150;
            value = if luck < 12 { energy } else { value + energy };
            points.push((at, value));
        }
        let times = (0..=at).step_by(900);
        let known: Vec<_> = times.map(|time| reference(&points, time)).collect();
        let intervals: Vec<_> = known.windows(2).map(|w| match (w[0], w[1]) {
            (Some((a, i)), Some((b, j))) if i == j => Some(Reading::measured(u32::try_from(b - a).unwrap())),
            _ => None,
        }).collect();
        let mut text = String::from("time,wh\n");
        for (time, value) in &points {
            writeln!(text, "{},{value}", START + time).unwrap();
        }
        let outcome = run_with(text.as_bytes(), &options(900, 0));
        let (first, last) = (intervals.iter().position(Option::is_some), intervals.iter().rposition(Option::is_some));
        let (Some(first), Some(last)) = (first, last) else {
            prop_assert_eq!(code(outcome), "no-boundaries");
            return Ok(());
        };
        let expected: Vec<_> = intervals[first..=last].iter().map(|r| r.unwrap_or(Reading::MISSING)).collect();
        let imported = outcome.unwrap();
        prop_assert_eq!(&imported.series[0].readings, &expected);
        prop_assert_eq!(imported.series[0].start, START + 900 * first as u64);
    }
}
