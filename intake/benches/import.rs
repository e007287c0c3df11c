//! How fast meter files are imported, on one core: SHA-256, UTF-8 and all checks included.
//!
//! `cargo bench -p wattproof-intake --bench import`
#![allow(missing_docs)]

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use wattproof_intake::import::{Options, import, parse_zone};

const START: u64 = 1_296_547_200;
const YEARS: u64 = 8;

/// A value that is not the same everywhere.
fn value(i: u64) -> u64 {
    i.wrapping_mul(2_654_435_761) >> 16 & 0x3ff
}

fn kwh(i: u64) -> String {
    format!("{}.{:03}", value(i) / 100, value(i * 7) % 1000)
}

/// Quarter hours of one meter, as one of the usual exports.
fn csv(time: impl Fn(jiff::Timestamp) -> String) -> String {
    let mut text = String::from("time,consumption kWh,quality\n");
    for i in 0..YEARS * 35_040 {
        let start = jiff::Timestamp::from_second((START + i * 900) as i64).unwrap_or_default();
        let _ = writeln!(text, "{},{},measured", time(start), kwh(i));
    }
    text
}

/// Five-minute days of many meters.
fn nem12() -> String {
    let mut text = String::from("100,NEM12,202401010000,MDP1,RET1\n");
    for meter in 0..16 {
        let _ = writeln!(text, "200,NMI{meter:07},E1B1,E1,E1,N1,METER{meter},kWh,5,");
        for day in 0..180 {
            let date = jiff::civil::date(2024, 1, 1).checked_add(jiff::Span::new().days(day));
            let date = date.map(|d| d.strftime("%Y%m%d").to_string()).unwrap_or_default();
            let _ = write!(text, "300,{date}");
            for i in 0..288 {
                let _ = write!(text, ",{}", kwh(meter * 1000 + i));
            }
            text += ",A,,,20240701000000,20240701000000\n";
        }
    }
    text += "900\n";
    text
}

/// A Green Button feed with blocks of a day.
fn green_button() -> String {
    let mut text = String::from(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<entry><content><ReadingType><commodity>1</commodity>\
         <flowDirection>1</flowDirection><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom></ReadingType></content></entry>\n",
    );
    for day in 0..YEARS * 365 / 4 {
        text += "<entry>\n<content>\n<IntervalBlock xmlns=\"http://naesb.org/espi\">\n";
        for i in day * 96..(day + 1) * 96 {
            let _ = write!(
                text,
                "  <IntervalReading>\n    <cost>{}</cost>\n    <timePeriod>\n      <duration>900</duration>\n      \
                 <start>{}</start>\n    </timePeriod>\n    <value>{}</value>\n  </IntervalReading>\n",
                value(i),
                START + i * 900,
                value(i)
            );
        }
        text += "</IntervalBlock>\n</content>\n</entry>\n";
    }
    text += "</feed>\n";
    text
}

fn files(c: &mut Criterion) {
    let mut zoned = Options::default();
    zoned.csv.zone = parse_zone("Europe/Berlin").ok();
    let berlin = zoned.csv.zone.clone().unwrap_or(jiff::tz::TimeZone::UTC);
    let local =
        |t: jiff::Timestamp| t.to_zoned(berlin.clone()).strftime("%Y-%m-%d %H:%M").to_string();
    let mut group = c.benchmark_group("import");
    group.sample_size(10);
    for (name, text, options) in [
        ("csv, rfc 3339", csv(|t| t.to_string()), Options::default()),
        ("csv, local times", csv(local), zoned),
        ("csv, unix", csv(|t| t.as_second().to_string()), Options::default()),
        ("nem12", nem12(), Options::default()),
        ("green button", green_button(), Options::default()),
    ] {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let imported = import(name, black_box(text.as_bytes()), &options, &mut |_| {});
                imported.map(|i| i.series.len()).map_err(|e| e.to_string()).expect("imported")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, files);
criterion_main!(benches);
