//! No input panics; what is written by the rules reads back.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use wattproof_circuits::meter::{Quality, Reading};
use wattproof_intake::import::{Format, Imported, Limits, Options, ReadingsFile, parse_zone};

use crate::feed::{START, TYPE, block, feed, reading_with};
use crate::{run, run_with, sample};

/// A day of a real file with its head and tail, small enough to mutate often.
static REAL: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let text = String::from_utf8(sample("green-button/sdge-hourly-2011-02.xml")).unwrap();
    let first = text.find("</IntervalBlock>").unwrap();
    let last = text.rfind("</IntervalBlock>").unwrap();
    (text[..first].to_owned() + &text[last..]).into_bytes()
});

static TABLE: LazyLock<Vec<u8>> =
    LazyLock::new(|| sample("csv/2011-03-local-kwh.csv")[..2000].to_vec());

fn both(bytes: &[u8]) {
    for format in [None, Some(Format::Csv), Some(Format::GreenButton), Some(Format::Nem12)] {
        let mut options = Options { format, ..Options::default() };
        options.csv.zone = Some(parse_zone("America/Los_Angeles").unwrap());
        if let Ok(imported) = run_with(bytes, &options) {
            let file = ReadingsFile::from(imported);
            let text = file.to_json().unwrap();
            assert_eq!(ReadingsFile::from_json(text.as_bytes(), Limits::default()).unwrap(), file);
        }
    }
}

pub(crate) fn mutate(mut bytes: Vec<u8>, edits: &[(Index, u8, u8)]) -> Vec<u8> {
    for (at, kind, byte) in edits {
        if bytes.is_empty() {
            break;
        }
        let at = at.index(bytes.len());
        match kind % 5 {
            0 => bytes[at] = *byte,
            1 => bytes.insert(at, *byte),
            2 => drop(bytes.remove(at)),
            3 => {
                let to = (at + usize::from(*byte)).min(bytes.len());
                let piece = bytes[at..to].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let to = (at + usize::from(*byte)).min(bytes.len());
                bytes.drain(at..to);
            }
        }
    }
    bytes
}

fn readings() -> impl Strategy<Value = Vec<Reading>> {
    let one = prop_oneof![
        6 => any::<u32>().prop_map(Reading::measured),
        1 => any::<u32>().prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ];
    // The ends are there, or the series would be shorter; two neighbours are, or the interval could not be told.
    vec(one, 0..60).prop_map(|middle| {
        let ends = [Reading::measured(1), Reading::measured(2)];
        [&ends[..], &middle, &ends[..]].concat()
    })
}

fn same(imported: &Imported, readings: &[Reading], duplicates: usize) {
    let [series] = &imported.series[..] else { panic!() };
    assert_eq!((series.start, series.interval_seconds), (START, 3600));
    assert_eq!(series.readings, readings);
    assert_eq!(imported.report.series[0].duplicates as usize, duplicates);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in vec(any::<u8>(), 0..300)) {
        both(&bytes);
    }

    #[test]
    fn arbitrary_text(text in "[<>/a-z0-9 ,:;&\"\n-]{0,200}") {
        both(text.as_bytes());
        both(format!("time,wh\n{text}").as_bytes());
        both(format!("<feed>{text}").as_bytes());
    }

    #[test]
    fn mutated_files(edits in vec((any::<Index>(), any::<u8>(), any::<u8>()), 1..6)) {
        both(&mutate(REAL.clone(), &edits));
        both(&mutate(TABLE.clone(), &edits));
    }

    #[test]
    fn green_button_round_trip(
        readings in readings(),
        again in vec(any::<Index>(), 0..5),
        order in vec(any::<Index>(), 80),
        size in 1usize..9,
    ) {
        let mut rows: Vec<String> = (0u64..).zip(&readings).filter_map(|(i, r)| {
            let extra = match r.quality {
                Quality::Missing => return None,
                Quality::Estimated => "<ReadingQuality><quality>8</quality></ReadingQuality>",
                Quality::Measured => "",
            };
            Some(reading_with(START + i * 3600, &r.value.to_string(), extra))
        }).collect();
        for index in &again {
            rows.push(index.get(&rows).clone());
        }
        for (i, index) in order.iter().enumerate().take(rows.len()) {
            let other = index.index(rows.len());
            rows.swap(i, other);
        }
        let mut entries: Vec<String> = rows.chunks(size).map(block).collect();
        entries.insert(order[0].index(entries.len() + 1), TYPE.to_owned());
        let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
        same(&run(feed(&entries)).unwrap(), &readings, again.len());
    }

    #[test]
    fn csv_round_trip(
        readings in readings(),
        again in vec(any::<Index>(), 0..5),
        order in vec(any::<Index>(), 80),
    ) {
        let mut rows: Vec<String> = (0u64..).zip(&readings).map(|(i, r)| {
            let (kwh, wh) = (r.value / 1000, r.value % 1000);
            let time = START + i * 3600;
            match r.quality {
                Quality::Missing => format!("{time},,missing"),
                Quality::Estimated => format!("{time},{kwh}.{wh:03},estimated"),
                Quality::Measured => format!("{time},{kwh}.{wh:03},"),
            }
        }).collect();
        for index in &again {
            rows.push(index.get(&rows).clone());
        }
        for (i, index) in order.iter().enumerate().take(rows.len()) {
            let other = index.index(rows.len());
            rows.swap(i, other);
        }
        let text = format!("time,use kWh,quality\n{}\n", rows.join("\n"));
        same(&run(text).unwrap(), &readings, again.len());
    }
}
