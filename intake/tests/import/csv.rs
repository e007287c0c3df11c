//! One test for each rule of the CSV reader.

use wattproof_circuits::meter::{Direction, Quality};
use wattproof_intake::import::{CsvOptions, EnergyUnit, Options, TimeLabel, parse_zone};

use crate::{code, refusal, run, run_with};

fn options(csv: CsvOptions) -> Options {
    Options { csv, ..Options::default() }
}

fn pacific() -> Options {
    options(CsvOptions {
        zone: Some(parse_zone("America/Los_Angeles").unwrap()),
        ..CsvOptions::default()
    })
}

fn totals(text: &str, options: &Options) -> Vec<u32> {
    run_with(text.as_bytes(), options).unwrap().series[0].readings.iter().map(|r| r.value).collect()
}

#[test]
fn columns() {
    let text = "id;when;import\nx;0;0.001\ny;900;2\n";
    let map = |time: &str, value: &str| CsvOptions {
        time: Some(time.parse().unwrap()),
        value: Some(value.parse().unwrap()),
        unit: Some(EnergyUnit::KWh),
        ..CsvOptions::default()
    };
    assert_eq!(totals(text, &options(map("when", "import"))), [1, 2000]);
    assert_eq!(totals(text, &options(map("1", "2"))), [1, 2000]);
    let bare = CsvOptions { header: false, ..map("0", "1") };
    assert_eq!(totals("0,1\n900,2\n", &options(bare)), [1000, 2000]);
    let fails = |time, value| code(run_with(text.as_bytes(), &options(map(time, value))));
    assert_eq!(fails("When", "import"), "no-column");
    assert_eq!(fails("1", "3"), "no-column");
    assert_eq!(code(run(text)), "no-column");
    assert_eq!(code(run("time,date,wh\n0,0,1\n")), "ambiguous-column");
    assert_eq!(code(run("time,value\n0,1\n")), "no-unit");
    assert_eq!(code(run("time,use (mWh)\n0,1\n")), "no-column");
    let (code, text) = refusal(run("time,wh\n0,1\n900,1,2\n"));
    assert_eq!(code, "malformed");
    assert!(text.contains("line 3"), "{text}");
}

#[test]
fn units_and_numbers() {
    let plain = Options::default();
    assert_eq!(totals("time,use (kWh)\n0,0.5\n3600,1.000\n", &plain), [500, 1000]);
    assert_eq!(totals("time,MWh\n0,0.5\n3600,1\n", &plain), [500_000, 1_000_000]);
    let comma = options(CsvOptions { decimal_comma: true, ..CsvOptions::default() });
    assert_eq!(totals("time;kWh\n0;0,5\n3600;1,0\n", &comma), [500, 1000]);
    assert_eq!(code(run("time,kwh\n0,0.0001\n900,1\n")), "not-whole");
    assert_eq!(code(run("time,wh\n0,-1\n900,1\n")), "negative-energy");
    for bad in ["NaN", "1e3", "inf", "\"1,000\""] {
        let (code, text) = refusal(run(format!("time,wh\n0,1\n900,{bad}\n")));
        assert_eq!(code, "not-a-number");
        assert!(text.contains("line 3: value"), "{text}");
    }
    assert_eq!(code(run("time,mwh (MWh)\n0,4295\n900,1\n")), "out-of-range");
}

#[test]
fn intervals() {
    assert_eq!(code(run("time,wh\n")), "no-readings");
    assert_eq!(code(run("time,wh\n0,1\n")), "unknown-interval");
    assert_eq!(code(run("time,wh\n0,1\n7,1\n14,2\n")), "bad-interval");
    assert_eq!(code(run("time,wh\n0,1\n900,1\n1800,1\n1900,1\n")), "overlap");
    assert_eq!(code(run("time,wh\n0,1\n900,1\n1800,1\n4000,1\n")), "off-grid");
    assert_eq!(code(run("time,wh\n0,1\n900,1\n900,2\n")), "conflict");
    let imported = run("time,wh\n0,1\n900,1\n900,1.0\n3600,2\n4500,2\n").unwrap();
    let about = &imported.report.series[0];
    assert_eq!((about.intervals, about.missing, about.duplicates), (6, 2, 1));
    let fixed = CsvOptions { interval_seconds: Some(900), ..CsvOptions::default() };
    assert_eq!(totals("time,wh\n0,1\n", &options(fixed.clone())), [1]);
    let end = options(CsvOptions { time_label: TimeLabel::End, ..fixed });
    assert_eq!(run_with(b"time,wh\n900,1\n", &end).unwrap().series[0].start, 0);
    assert_eq!(code(run_with(b"time,wh\n0,1\n", &end)), "bad-time");
}

#[test]
fn quality_and_direction() {
    let text =
        "time,wh,quality\n0,1,measured\n900,2,Estimated\n1800,,missing\n2700,0,missing\n3600,5,\n";
    let export = options(CsvOptions { direction: Direction::Export, ..CsvOptions::default() });
    let imported = run_with(text.as_bytes(), &export).unwrap();
    let found: Vec<Quality> = imported.series[0].readings.iter().map(|r| r.quality).collect();
    use Quality::*;
    assert_eq!(found, [Measured, Estimated, Missing, Missing, Measured]);
    assert_eq!(imported.series[0].channel.direction, Direction::Export);
    assert_eq!(code(run("time,wh,quality\n0,1,good-ish\n")), "bad-quality");
    assert_eq!(code(run("time,wh,quality\n0,1,missing\n900,1,\n")), "bad-quality");
}

#[test]
fn zones_are_needed_for_local_times() {
    let text = "time,wh\n2011-02-01 00:00,1\n2011-02-01 01:00,2\n";
    assert_eq!(code(run(text)), "no-zone");
    assert_eq!(run_with(text.as_bytes(), &pacific()).unwrap().series[0].start, 1_296_547_200);
    assert_eq!(code(run("time,wh\n01/02/2011,1\n")), "bad-time");
}

/// 6 November 2011, when Pacific time repeats the hour from 01:00.
const AUTUMN: [&str; 7] = [
    "2011-11-06 00:30,1",
    "2011-11-06 01:00,2",
    "2011-11-06 01:30,3",
    "2011-11-06 01:00,4",
    "2011-11-06 01:30,5",
    "2011-11-06 02:00,6",
    "2011-11-06 02:30,7",
];

fn table(rows: &[&str]) -> String {
    format!("time,wh\n{}\n", rows.join("\n"))
}

#[test]
fn autumn_repeats_an_hour() {
    assert_eq!(totals(&table(&AUTUMN), &pacific()), [1, 2, 3, 4, 5, 6, 7]);
    let reversed: Vec<&str> = AUTUMN.into_iter().rev().collect();
    let imported = run_with(table(&reversed).as_bytes(), &pacific()).unwrap();
    assert_eq!(
        imported.series[0].readings.iter().map(|r| r.value).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5, 6, 7]
    );
    assert_eq!(imported.report.series[0].out_of_order, 6);
    assert!(imported.report.notes.iter().any(|n| n.starts_with("4 local times happen twice")));
    // Sorted by value: the order tells nothing.
    let mut shuffled = AUTUMN;
    shuffled.swap(0, 5);
    assert_eq!(code(run_with(table(&shuffled).as_bytes(), &pacific())), "ambiguous-time");
    // With offsets there is nothing to resolve.
    let mut exact = ["2011-11-06T01:00:00-08:00,2", "2011-11-06T01:00:00-07:00,1"];
    assert_eq!(totals(&table(&exact), &Options::default()), [1, 2]);
    exact.reverse();
    assert_eq!(totals(&table(&exact), &Options::default()), [1, 2]);
}

#[test]
fn spring_skips_an_hour() {
    let rows = ["2011-03-13 01:00,1", "2011-03-13 01:30,2", "2011-03-13 03:00,3"];
    assert_eq!(totals(&table(&rows), &pacific()), [1, 2, 3]);
    let empty =
        ["2011-03-13 01:30,2", "2011-03-13 02:00,", "2011-03-13 02:30,", "2011-03-13 03:00,3"];
    assert_eq!(totals(&table(&empty), &pacific()), [2, 3]);
    let stray = ["2011-03-13 01:30,2", "2011-03-13 02:00,5"];
    let (code, text) = refusal(run_with(table(&stray).as_bytes(), &pacific()));
    assert_eq!(code, "skipped-time");
    assert!(text.contains("line 3: time"), "{text}");
}

#[test]
fn long_records_are_refused() {
    let text = format!("time,wh\n0,\"{}\n", "1".repeat(3 << 20));
    assert_eq!(code(run(text)), "token-too-long");
}
