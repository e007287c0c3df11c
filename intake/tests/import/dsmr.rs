//! DSMR P1 telegrams: a night in which summer time ends (tests/data/dsmr), and one test for each rule.

use wattproof_circuits::meter::{Direction, Reading};
use wattproof_intake::import::{Format, Options, RegisterOptions};

use crate::{code, refusal, run, run_with, sample};

const MIDNIGHT: u64 = 1_792_879_200; // 2026-10-25T00:00:00+02:00

fn telegram(fields: &[&str]) -> String {
    let body = format!("/TST5\\2TEST\r\n\r\n{}\r\n!", fields.join("\r\n"));
    let mut crc = 0u16;
    for byte in body.bytes() {
        crc ^= u16::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xa001 } else { crc >> 1 };
        }
    }
    format!("{body}{crc:04X}\r\n")
}

fn at(time: &str, registers: &[&str]) -> String {
    let clock = format!("0-0:1.0.0({time})");
    telegram(&[&[clock.as_str()], registers].concat())
}

#[test]
fn the_night_in_which_summer_time_ends() {
    let imported = run(sample("dsmr/autumn.txt")).unwrap();
    assert_eq!(imported.source.format, Format::Dsmr);
    let [import, export] = &imported.series[..] else { panic!() };
    assert_eq!((import.start, import.interval_seconds), (MIDNIGHT, 300));
    // Six hours between 00:00 in summer time and 05:00 in winter time.
    let expected = (1..=72).map(|n| Reading::measured(if n % 12 == 0 { 25 } else { 20 }));
    assert!(import.readings.iter().copied().eq(expected));
    assert_eq!(export.channel.direction, Direction::Export);
    assert_eq!((export.readings.len(), export.total()), (72, 0));
    let report = format!("{:?}", imported.report);
    assert!(report.contains("ends in 567") && !report.contains("1234567"), "{report}");
    assert!(!report.contains("5445535430303031323334353637"), "{report}");
    let quarter = RegisterOptions { interval_seconds: Some(900), tolerance_seconds: 0 };
    let imported =
        run_with(&sample("dsmr/autumn.txt"), &Options { registers: quarter, ..Options::default() });
    assert_eq!(imported.unwrap().series[0].readings.len(), 24);
}

#[test]
fn line_ends_of_the_logger_do_not_matter() {
    let text = String::from_utf8(sample("dsmr/autumn.txt")).unwrap();
    let unix = text.replace("\r\n", "\n");
    assert_ne!(text, unix);
    assert_eq!(run(&unix).unwrap().series, run(&text).unwrap().series);
}

#[test]
fn wrong_and_cut_telegrams_are_left_out_and_told() {
    let text = String::from_utf8(sample("dsmr/autumn.txt")).unwrap();
    let changed = text.replacen("(001234.607*kWh)", "(001234.608*kWh)", 1);
    let imported = run(&changed).unwrap();
    assert_eq!(imported.series[0].readings[1..3], [Reading::MISSING; 2]);
    let notes = imported.report.notes.join("\n");
    assert!(
        notes.contains("1 telegrams with a wrong checksum left out, the first at line 35"),
        "{notes}"
    );
    assert!(notes.contains("40 Wh in sum"), "{notes}");
    // Begun in the middle of one telegram, ended in another.
    let options = Options { format: Some(Format::Dsmr), ..Options::default() };
    let cut = &text.as_bytes()[200..text.len() - 30];
    let notes = run_with(cut, &options).unwrap().report.notes.join(
        "
",
    );
    assert!(
        notes.contains("1 telegrams that break off") && notes.contains("outside of telegrams"),
        "{notes}"
    );
}

#[test]
fn refused() {
    let low = "1-0:1.8.1(000001.000*kWh)";
    let one = at("260301100000W", &[low]);
    let wrong = one.replace("000001", "000002");
    assert_eq!(code(run(&wrong)), "bad-checksum");
    assert_eq!(code(run("/TST5\r\n")), "no-readings");
    for (telegram, expected, field) in [
        (telegram(&[low]), "missing-field", "0-0:1.0.0"),
        (at("260301100000", &[low]), "bad-time", "0-0:1.0.0"),
        (at("260301100000X", &[low]), "bad-time", "0-0:1.0.0"),
        (at("26030110000éW", &[low]), "bad-time", "0-0:1.0.0"),
        (at("261301100000W", &[low]), "bad-time", "0-0:1.0.0"),
        (at("260301100000W", &["1-0:1.8.1(1.000)"]), "no-unit", "1-0:1.8.1"),
        (at("260301100000W", &["1-0:1.8.1(1.000*kvarh)"]), "bad-unit", "1-0:1.8.1"),
        (at("260301100000W", &["1-0:1.8.1(-1.000*kWh)"]), "negative-energy", "1-0:1.8.1"),
        (at("260301100000W", &[low, low]), "repeated-field", "1-0:1.8.1"),
        (one.split('!').next().unwrap().to_owned() + "!\r\n", "missing-field", "CRC"),
        (at("260301100000W", &[]), "nothing-usable", ""),
    ] {
        let error = run(&telegram).unwrap_err();
        assert_eq!(
            (error.code(), error.field().unwrap_or_default()),
            (expected, field),
            "{telegram}"
        );
    }
    let meter = |number: &str, time| at(time, &[low, &format!("0-0:96.1.1({number})")]);
    let two = meter("31323334", "260301100000W") + &meter("31323335", "260301101500W");
    let (code_of, text) = refusal(run(&two));
    assert_eq!(code_of, "other-meter");
    assert!(!text.contains("31323335"), "{text}");
    let fewer =
        at("260301100000W", &[low, "1-0:1.8.2(000001.000*kWh)"]) + &at("260301101500W", &[low]);
    assert_eq!(code(run(&fewer)), "malformed");
}

#[test]
fn a_register_of_all_tariffs_goes_before_the_sum() {
    let of = |time, total: &str, low: &str| {
        at(
            time,
            &[
                &format!("1-0:1.8.0({total}*kWh)"),
                &format!("1-0:1.8.1({low}*kWh)"),
                "1-0:1.8.2(000009.000*kWh)",
            ],
        )
    };
    let text = of("260301100000W", "000010.000", "000001.000")
        + &of("260301101500W", "000010.500", "000001.400");
    assert_eq!(run(&text).unwrap().series[0].readings, [Reading::measured(500)]);
    assert_eq!(run(&text).unwrap().report.series[0].origin, "1-0:1.8.0");
}
