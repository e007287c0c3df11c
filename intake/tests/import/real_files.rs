//! Real files with known totals.

use wattproof_circuits::meter::{Direction, Quality};
use wattproof_intake::import::{Format, Gap, Options, parse_zone};

use crate::{run, run_with, sample};

#[test]
fn february_has_eight_missing_hours() {
    let bytes = sample("green-button/sdge-hourly-2011-02.xml");
    let imported = run(&bytes).unwrap();
    assert_eq!(imported.source.format, Format::GreenButton);
    assert_eq!(imported.source.bytes, bytes.len() as u64);
    let [series] = &imported.series[..] else { panic!() };
    assert_eq!(series.channel.direction, Direction::Import);
    assert_eq!((series.interval_seconds, series.start), (3600, 1_296_547_200));
    assert_eq!(series.end(), 1_298_966_400);
    assert_eq!(series.readings.len(), 672);
    let about = &imported.report.series[0];
    assert_eq!((about.rows, about.measured, about.estimated, about.missing), (664, 664, 0, 8));
    assert_eq!((about.total_wh, about.duplicates, about.out_of_order), (406_345, 0, 0));
    let [Gap { start, end, count }] = about.gaps[..] else { panic!() };
    assert_eq!((end - start, count), (8 * 3600, 8));
    // 8 February, Pacific Standard Time.
    assert!(start >= 1_297_152_000 && end <= 1_297_152_000 + 86_400);
    assert!(series.readings.iter().all(|r| r.quality != Quality::Missing || r.value == 0));
    let [summary] = &imported.report.summaries[..] else { panic!() };
    assert_eq!((summary.stated_wh, summary.matches()), (406_345, Some(true)));
    assert!(imported.report.notes.iter().any(|n| n.contains("flowDirection")));
}

#[test]
fn march_has_743_hours() {
    let imported = run(sample("green-button/sdge-hourly-2011-03.xml")).unwrap();
    let about = &imported.report.series[0];
    assert_eq!((about.rows, about.intervals, about.missing), (743, 743, 0));
    assert_eq!(about.total_wh, 432_895);
    assert_eq!(imported.report.summaries[0].matches(), Some(true));
    assert_eq!(imported.series[0].end(), 1_301_641_200);
}

#[test]
fn csv_samples_hold_the_same_readings() {
    let xml = run(sample("green-button/sdge-hourly-2011-02.xml")).unwrap();
    let csv = run(sample("csv/2011-02-rfc3339-wh.csv")).unwrap();
    assert_eq!(csv.source.format, Format::Csv);
    assert_eq!(csv.series, xml.series);

    let xml = run(sample("green-button/sdge-hourly-2011-03.xml")).unwrap();
    let mut options = Options::default();
    options.csv.zone = Some(parse_zone("America/Los_Angeles").unwrap());
    options.csv.decimal_comma = true;
    let csv = run_with(&sample("csv/2011-03-local-kwh.csv"), &options).unwrap();
    assert_eq!(csv.series, xml.series);
}

#[test]
fn progress_and_limits() {
    let bytes = sample("green-button/sdge-hourly-2011-02.xml");
    let mut seen = Vec::new();
    wattproof_intake::import::import("f", &bytes[..], &Options::default(), &mut |n| seen.push(n))
        .unwrap();
    assert!(seen.is_sorted() && seen.len() > 2);
    assert_eq!(seen.last(), Some(&(bytes.len() as u64)));

    let mut options = Options::default();
    options.limits.bytes = bytes.len() as u64;
    assert!(run_with(&bytes, &options).is_ok());
    options.limits.bytes -= 1;
    assert_eq!(crate::code(run_with(&bytes, &options)), "too-large");
    let mut options = Options::default();
    options.limits.intervals = 672;
    assert!(run_with(&bytes, &options).is_ok());
    options.limits.intervals -= 1;
    assert_eq!(crate::code(run_with(&bytes, &options)), "too-many-intervals");
    options.limits.intervals = 300;
    assert_eq!(crate::code(run_with(&bytes, &options)), "too-many-readings");
}
