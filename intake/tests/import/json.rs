//! JSON of Home Assistant, Shelly and Tasmota, and with members that are named.

use proptest::prelude::*;
use wattproof_circuits::meter::{Direction, Reading};
use wattproof_intake::import::{
    Column, CsvOptions, EnergyUnit, Format, Options, RegisterOptions, parse_zone,
};

use crate::{code, run, run_with, sample};

const TEN: u64 = 1_772_355_600; // 2026-03-01T10:00:00+01:00

fn with(csv: CsvOptions) -> Options {
    Options { csv, format: Some(Format::Json), ..Options::default() }
}

fn named(time: &str, value: &str) -> CsvOptions {
    CsvOptions {
        time: Some(Column::Name(time.into())),
        value: Some(Column::Name(value.into())),
        ..CsvOptions::default()
    }
}

fn measured(values: &[u32]) -> Vec<Reading> {
    values.iter().map(|&value| Reading::measured(value)).collect()
}

#[test]
fn home_assistant_history() {
    let imported = run(sample("json/home-assistant-history.json")).unwrap();
    assert_eq!(imported.source.format, Format::Json);
    let [series] = &imported.series[..] else { panic!() };
    assert_eq!((series.start, series.interval_seconds), (TEN - 3600 + 3600, 900));
    assert_eq!(series.readings, measured(&[250, 375, 125]));
    assert_eq!(imported.report.series[0].origin, "sensor.house_energy state");
    let notes = imported.report.notes.join("\n");
    assert!(notes.contains("sensor.house_power state: values in W, left out"), "{notes}");
    assert!(notes.contains("1 readings without a value"), "{notes}");
}

#[test]
fn home_assistant_statistics() {
    let file = sample("json/home-assistant-statistics.json");
    // Statistics do not say what they are in.
    assert_eq!(code(run(&file)), "no-unit");
    let imported =
        run_with(&file, &with(CsvOptions { unit: Some(EnergyUnit::KWh), ..CsvOptions::default() }))
            .unwrap();
    let series = &imported.series[0];
    assert_eq!((series.start, series.interval_seconds), (TEN + 3600, 3600));
    assert_eq!(series.readings, measured(&[500, 1750]));
}

#[test]
fn tasmota_with_topics_local_time_and_a_reset() {
    let file = sample("json/tasmota.txt");
    let five = RegisterOptions { interval_seconds: Some(300), tolerance_seconds: 0 };
    let options = |zone: Option<&str>| {
        let zone = zone.map(|zone| parse_zone(zone).unwrap());
        Options { registers: five, ..with(CsvOptions { zone, ..CsvOptions::default() }) }
    };
    assert_eq!(code(run_with(&file, &options(None))), "no-zone");
    let imported = run_with(&file, &options(Some("Europe/Berlin"))).unwrap();
    let one = Reading::measured;
    assert_eq!(imported.series[0].readings, [one(1), one(2), Reading::MISSING, one(1)]);
    assert_eq!(imported.series[0].start, TEN);
    assert_eq!(imported.report.series[0].origin, "tele/plug/SENSOR ENERGY.Total");
    // The topic before the first object does not hide the format.
    let told = Options { format: None, ..options(Some("Europe/Berlin")) };
    assert_eq!(run_with(&file, &told).unwrap(), imported);
    let rooted = [b"/", &file[..]].concat();
    assert_eq!(run_with(&rooted, &told).unwrap().source.format, Format::Json);
    let notes = imported.report.notes.join("\n");
    assert!(
        notes.contains("ran backwards 1 times") && notes.contains("1 objects without"),
        "{notes}"
    );
}

#[test]
fn shelly() {
    let imported = run(sample("json/shelly.jsonl")).unwrap();
    let found: Vec<_> =
        imported.series.iter().map(|s| (s.channel.direction, s.readings.clone())).collect();
    let expected =
        [(Direction::Import, measured(&[125, 41])), (Direction::Export, measured(&[0, 2]))];
    assert_eq!(found, expected);
}

#[test]
fn members_by_name() {
    let text = "{\"at\":1772355600,\"use\":{\"wh\":5}}\n{\"at\":1772356500,\"use\":{\"wh\":7}}\n{\"other\":1}\n";
    let imported = run_with(text.as_bytes(), &with(named("at", "use.wh"))).unwrap();
    assert_eq!(imported.series[0].readings, measured(&[5, 7]));
    let registers = CsvOptions { cumulative: true, ..named("at", "use.wh") };
    assert_eq!(
        run_with(text.as_bytes(), &with(registers)).unwrap().series[0].readings,
        measured(&[2])
    );
    // Also in an array, with times in milliseconds or with an offset.
    let text = "[{\"at\":1772355600000,\"kWh\":\"0.5\"},\n {\"at\":\"2026-03-01T10:15:00+0100\",\"kWh\":0.25}]";
    let imported = run_with(text.as_bytes(), &with(named("at", "kWh"))).unwrap();
    assert_eq!(imported.series[0].readings, measured(&[500, 250]));
}

#[test]
fn refused() {
    let one = with(named("at", "wh"));
    for (text, expected) in [
        ("", "empty-file"),
        ("{", "malformed"),
        ("{\"at\":1,\"at\":2,\"wh\":1}", "malformed"),
        ("[1,2]", "nothing-usable"),
        ("{\"a\":1}", "nothing-usable"),
        ("{\"at\":\"noon\",\"wh\":1}", "bad-time"),
        ("{\"at\":1.5,\"wh\":1}", "bad-time"),
        ("{\"at\":1772355600,\"wh\":\"much\"}", "not-a-number"),
        ("{\"at\":1772355600,\"wh\":1e3}", "not-a-number"),
        ("{\"at\":1772355600,\"wh\":-1}", "negative-energy"),
        ("{\"at\":1772355600,\"wh\":{}}", "not-a-number"),
        ("[[[[[[{\"at\":1772355600,\"wh\":1}]]]]]]", "too-deep"),
    ] {
        assert_eq!(code(run_with(text.as_bytes(), &one)), expected, "{text}");
    }
    assert_eq!(
        code(run_with(
            b"{\"at\":1}",
            &with(CsvOptions { time: Some(Column::Index(0)), ..CsvOptions::default() })
        )),
        "no-column"
    );
    let half = CsvOptions { value: None, ..named("at", "wh") };
    assert_eq!(code(run_with(b"{\"at\":1}", &with(half))), "no-column");
    let error = run_with(b"{\"at\":1772355600,\"wh\":1}\n\n{\"at\":1772356500,\"wh\":x}", &one)
        .unwrap_err();
    assert!(error.message().contains("line 3"), "{error}");
    let error =
        run_with(b"[\n{\"at\":1772355600,\"wh\":1},\n{\"at\":1772356500,\"wh\":\"x\"}]", &one)
            .unwrap_err();
    assert!(error.message().contains("line 3: wh"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 1..8), which in 0usize..4) {
        let file = ["home-assistant-history.json", "home-assistant-statistics.json", "tasmota.txt", "shelly.jsonl"][which];
        let bytes = crate::properties::mutate(sample(&format!("json/{file}")), &edits);
        let zone = Some(parse_zone("Europe/Berlin").unwrap());
        let _ = run_with(&bytes, &with(CsvOptions { zone, unit: Some(EnergyUnit::KWh), ..CsvOptions::default() }));
        let _ = run_with(&bytes, &with(named("params.ts", "params.emdata:0.total_act")));
    }
}
