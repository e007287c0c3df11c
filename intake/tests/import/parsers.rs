//! What holds for any bytes, parser by parser: the functions of the fuzz targets, on noise and on mutated real files.

#[path = "../../../fuzz/src/import.rs"]
#[allow(unreachable_pub)]
mod rules;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wattproof_circuits::meter::{Quality, Reading};
use wattproof_intake::import::ReadingsFile;

use crate::properties::mutate;
use crate::zip::{Way, zip};
use crate::{run, sample};

fn edits() -> impl Strategy<Value = Vec<(Index, u8, u8)>> {
    vec((any::<Index>(), any::<u8>(), any::<u8>()), 0..6)
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        6 => any::<u32>().prop_map(Reading::measured),
        1 => any::<u32>().prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ]
}

/// A day of quality V, with 400 records for its runs.
fn day(date: &str, readings: &[Reading]) -> String {
    let values: String =
        readings.iter().map(|r| format!("{}.{:03},", r.value / 1000, r.value % 1000)).collect();
    let mut text = format!("300,{date},{values}V,,,,\n");
    let mut from = 1;
    for run in readings.chunk_by(|a, b| a.quality == b.quality) {
        let flag = match run[0].quality {
            Quality::Measured => "A",
            Quality::Estimated => "F52",
            Quality::Missing => "N",
        };
        text += &format!("400,{from},{},{flag},,\n", from + run.len() - 1);
        from += run.len();
    }
    text
}

/// Else nothing behind a checksum would be tried with other bytes than the samples'.
#[test]
fn checksums_that_fit_are_those_of_the_samples() {
    let telegrams = sample("dsmr/autumn.txt");
    assert_eq!(rules::telegrams(&telegrams), telegrams);
    for name in ["sml/quarter-hours.bin", "sml/index.bin"] {
        let transmissions = sample(name);
        assert_eq!(rules::transmissions(transmissions.clone()), transmissions, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn noise(bytes in vec(any::<u8>(), 0..300), text in "[0-9A-Z,.<>/|{}\"\n-]{0,200}") {
        for bytes in [&bytes[..], text.as_bytes()] {
            rules::nem12(bytes);
            rules::green_button(bytes);
            rules::csv(bytes);
            rules::ocmf(bytes);
            rules::dsmr(bytes);
            rules::sml(bytes);
            rules::json(bytes);
            rules::archive(bytes);
            rules::readings(bytes);
        }
        let header = "100,NEM12,200405011135,MDA1,RET1\n200,NMI0000001,E1,1,E1,N1,METER1,kWh,30,\n";
        rules::nem12(format!("{header}{text}").as_bytes());
    }

    #[test]
    fn mutated_market_files(edits in edits()) {
        for name in ["quality-400-30min", "mixed-15-30min", "e1e2-30min"] {
            let bytes = mutate(sample(&format!("nem12/{name}.csv")), &edits);
            rules::nem12(&bytes);
            rules::archive(&bytes);
        }
    }

    #[test]
    fn mutated_archives(edits in edits()) {
        let market = sample("nem12/quality-400-30min.csv");
        for way in [Way::Stored, Way::Deflated, Way::Trailing] {
            let zipped = zip(&[("readme", way, b"\xff"), ("a.csv", way, &market), ("b.csv", way, &market)]);
            rules::archive(&mutate(zipped, &edits));
        }
    }

    #[test]
    fn mutated_others(edits in edits()) {
        let feed = sample("green-button/sdge-hourly-2011-02.xml");
        rules::green_button(&mutate(feed[..20_000].to_vec(), &edits));
        rules::csv(&mutate(sample("csv/2011-02-rfc3339-wh.csv")[..2000].to_vec(), &edits));
        rules::ocmf(&mutate(sample("ocmf/day.ocmf"), &edits));
        rules::dsmr(&mutate(sample("dsmr/autumn.txt")[..4000].to_vec(), &edits));
        rules::sml(&mutate(sample("sml/index.bin"), &edits));
        rules::json(&mutate(sample("json/home-assistant-history.json"), &edits));
        rules::json(&mutate(sample("json/shelly.jsonl"), &edits));
        let file = ReadingsFile::from(run(sample("nem12/e1e2-30min.csv")).unwrap());
        rules::readings(&mutate(file.to_json().unwrap().into_bytes(), &edits));
    }

    #[test]
    fn market_days_read_back(readings in vec(reading(), 48 * 3)) {
        let days: String = (1..).zip(readings.chunks(48))
            .map(|(n, readings)| day(&format!("2024020{n}"), readings))
            .collect();
        let file = format!("100,NEM12,202402050000,MDP,RET\n200,NMI0000001,E1,1,E1,N1,M,KWH,30,\n{days}900\n");
        let imported = run(file).unwrap();
        prop_assert_eq!(&imported.series[0].readings, &readings);
    }
}
