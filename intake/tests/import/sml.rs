//! SML transmissions (tests/data/sml).

use wattproof_circuits::meter::{Direction, Reading};
use wattproof_intake::import::{Format, Options, RegisterOptions, Rounding};

use crate::{code, run, run_with, sample};

const TEN: u64 = 1_772_355_600; // 2026-03-01T10:00:00+01:00

fn options(format: Option<Format>) -> Options {
    Options { format, rounding: Rounding::Down, ..Options::default() }
}

#[test]
fn a_meter_with_a_clock() {
    let file = sample("sml/quarter-hours.bin");
    let imported = run_with(&file, &options(None)).unwrap();
    assert_eq!(imported.source.format, Format::Sml);
    let [import, export] = &imported.series[..] else { panic!() };
    assert_eq!((import.start, import.interval_seconds), (TEN, 450));
    // 12 345 678.5 Wh and 62.5 more each time, cut to whole Wh at each boundary.
    let expected = [63, 62, 63, 62, 63, 62, 63, 62];
    assert!(import.readings.iter().map(|r| r.value).eq(expected), "{:?}", import.readings);
    assert_eq!(export.channel.direction, Direction::Export);
    assert_eq!(export.readings, [Reading::measured(7); 8]);
    // A quarter of an hour is a whole number of Wh.
    let quarter = RegisterOptions { interval_seconds: Some(900), tolerance_seconds: 0 };
    let imported = run_with(&file, &Options { registers: quarter, ..Options::default() }).unwrap();
    assert_eq!(imported.series[0].readings, [Reading::measured(125); 4]);
    assert_eq!(code(run(&file)), "not-whole");
}

#[test]
fn a_meter_without_a_clock() {
    let file = sample("sml/index.bin");
    assert_eq!(code(run(&file)), "no-clock");
    let epoch = Some(TEN - (0x1b1b_1b1b - 450));
    let imported = run_with(&file, &Options { sml_epoch: epoch, ..options(None) }).unwrap();
    assert_eq!((imported.series[0].start, imported.series[0].readings.len()), (TEN, 8));
}

#[test]
fn a_file_that_begins_within_a_transmission() {
    let file = &sample("sml/quarter-hours.bin")[100..];
    let imported = run_with(file, &options(Some(Format::Sml))).unwrap();
    assert_eq!((imported.series[0].start, imported.series[0].readings.len()), (TEN + 450, 7));
    assert_eq!(code(run_with(b"no SML", &options(Some(Format::Sml)))), "no-readings");
    let error = run_with(&file[..100], &options(Some(Format::Sml))).unwrap_err();
    assert_eq!(error.code(), "no-readings");
    let error = run(&sample("sml/quarter-hours.bin")[..200]).unwrap_err();
    assert_eq!(error.code(), "bad-checksum");
    assert!(error.message().contains("byte 0"), "{error}");
}
