//! Agreements from file to circuit: a relay that serves data, and the compiled presets that others hash again.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use wattproof_circuits::condition::KINDS;
use wattproof_circuits::cs::Evaluator;
use wattproof_circuits::error::Code;
use wattproof_circuits::meter::{Channel, Direction, Level, Quality, Quantity, Reading, Unit};
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Relation;
use wattproof_intake::import::{
    FileSource, Format, ImportReport, Limits, ReadingsFile, Series, SeriesReport,
};
use wattproof_tests::agreements;
use wattproof_tests::scene::{DAY, Meter, challenge, edited};

/// 2021-01-01T00:00Z.
const JANUARY: u64 = 1_609_459_200;
const HOURS: usize = 31 * 24;

fn relay() -> Policy {
    let (_, policy) = agreements::compiled().unwrap().remove(0);
    policy
}

/// Megabytes by the hour: busy evenings, quiet nights, an hour in maintenance and one that was not recorded.
fn served(hour: usize) -> Reading {
    match hour {
        100 => Reading::measured(0),
        500 => Reading::MISSING,
        _ => {
            let evening = [
                8, 6, 5, 5, 6, 9, 14, 22, 27, 30, 31, 33, 36, 35, 34, 36, 41, 48, 57, 66, 70, 61,
                38, 19,
            ];
            Reading::measured(evening[hour % 24] * 1_000 + (hour as u32 * 7_919) % 997)
        }
    }
}

/// As they come from a file: `readings/1`, written and read again.
fn readings() -> Vec<Reading> {
    let channel =
        Channel { quantity: Quantity::Data, direction: Direction::Export, unit: Unit::Megabyte };
    let readings: Vec<Reading> = (0..HOURS).map(served).collect();
    let series = Series { channel, interval_seconds: 3600, start: JANUARY, readings };
    let about = SeriesReport {
        origin: "served".into(),
        market_direction: None,
        conversion: None,
        rows: HOURS as u32 - 1,
        intervals: HOURS as u32,
        measured: series.count(Quality::Measured),
        estimated: 0,
        missing: series.count(Quality::Missing),
        gaps: series.gaps(),
        duplicates: 0,
        overlaps: 0,
        resets: Vec::new(),
        out_of_order: 0,
        rounded_down: 0,
        total_wh: series.total(),
    };
    let source = FileSource { format: Format::Csv, bytes: 0, file_sha256: "0".repeat(64) };
    let report = ImportReport { series: vec![about], ..ImportReport::default() };
    let file = ReadingsFile { source, series: vec![series], report };
    let json = file.to_json().unwrap();
    let again = ReadingsFile::from_json(json.as_bytes(), Limits::default()).unwrap();
    assert_eq!(again, file);
    again.series[0].readings.clone()
}

#[test]
fn a_relay_proves_what_it_served() {
    let policy = relay();
    let words: Vec<String> = policy.words().into_iter().map(|words| words.text).collect();
    let text = words.join("\n");
    for said in [
        "data served",
        "20,000 GB to 330,000 GB",
        "the exact value is revealed",
        "In at least 99 % of the intervals of 1 hour",
        "at least 4.5 GB",
        "at most 450 GB",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }

    let readings = readings();
    let meter =
        Meter::new(9, &policy, Level::L1, JANUARY, std::slice::from_ref(&readings)).unwrap();
    let period = Period::new(JANUARY, JANUARY + 31 * DAY).unwrap();
    let claim = meter.claim(&policy, period, &challenge(9)).unwrap();
    let (_, relation) = claim.check().unwrap();
    let matrices = Relation::matrices(&policy.shape());
    let assignment = Evaluator::assign(&relation, matrices.variables);
    assert!(matrices.violations(&assignment).is_empty());
    let total: u64 = readings.iter().map(|reading| u64::from(reading.value)).sum();
    let outputs = claim.output_values().unwrap();
    assert_eq!(outputs.iter().map(|(_, value)| *value).collect::<Vec<_>>(), [total]);

    // 742 of 744 hours are good: 997,311 ppm.
    let stricter = edited(&policy, "\"min_ppm\": 990000", "\"min_ppm\": 998000").unwrap();
    let error = meter.claim(&stricter, period, &challenge(9)).unwrap().check().unwrap_err();
    assert_eq!(error.code(), Code::ConditionFails, "{error}");
    assert!(error.message().contains("availability"), "{error}");
}

/// Others compute the digests of these files again: tests/interop/ours.test.js.
#[test]
fn compiled_agreements_are_up_to_date() {
    let mut kinds = BTreeSet::new();
    for (name, policy) in agreements::compiled().unwrap() {
        let stored = std::fs::read_to_string(agreements::path(name)).unwrap();
        let run = "cargo run --release -p wattproof-tests --bin make-interop";
        assert!(stored == policy.to_json(), "{name} is stale: run `{run}`");
        kinds.extend(policy.conditions().iter().filter(|c| !c.is_off()).map(|c| c.kind().name));
    }
    assert_eq!(kinds.len(), KINDS.len(), "{kinds:?}");
}
