//! NEM12: real files, and a test for each rule.

use wattproof_circuits::meter::{Direction, Quality, Reading};
use wattproof_intake::import::{Conversion, Format, Imported, Options, Rounding};

use crate::{code, refusal, run, run_with, sample};

/// 1 March 2004, 00:00 in UTC+10.
const MARCH: u64 = 1_078_063_200;

fn names(imported: &Imported) -> Vec<(&str, Direction, u32, u64)> {
    let both = imported.series.iter().zip(&imported.report.series);
    both.map(|(s, about)| {
        (about.origin.as_str(), s.channel.direction, s.interval_seconds, about.total_wh)
    })
    .collect()
}

/// A file of the records between 100 and 900.
fn file(records: &[&str]) -> String {
    format!("100,NEM12,200403021200,MDP1,RET1\r\n{}\r\n900\r\n", records.join("\r\n"))
}

const E1: &str = "200,NMI0000001,E1,R1,E1,N1,METER1,kWh,30,";

/// A day of 48 values.
fn day(date: &str, value: &str, tail: &str) -> String {
    format!("300,{date},{}{tail}", format!("{value},").repeat(48))
}

fn choose(name: &str) -> Options {
    Options { series: Some(name.into()), ..Options::default() }
}

#[test]
fn real_files() {
    use Direction::{Export, Import};
    let quarter = run(sample("nem12/b1e1k1q1-15min.csv")).unwrap();
    assert_eq!(quarter.source.format, Format::Nem12);
    let expected =
        [("NEM1202026/E1/15", Import, 900, 576_000), ("NEM1202026/B1/15", Export, 900, 576_000)];
    assert_eq!(names(&quarter), expected);
    assert_eq!((quarter.series[0].start, quarter.series[0].end()), (MARCH, MARCH + 4 * 86_400));
    let about = &quarter.report.series[0];
    assert_eq!((about.rows, about.estimated, about.missing), (384, 384, 0));
    assert_eq!(about.market_direction, Some(Export));
    assert_eq!(about.conversion, Some(Conversion { from: "KWH".into(), exponent: 3 }));
    let left: Vec<_> =
        quarter.report.left_out.iter().map(|l| (l.origin.as_str(), l.rows)).collect();
    assert_eq!(left, [("NEM1202026/Q1/15", 384), ("NEM1202026/K1/15", 384)]);
    assert!(quarter.report.left_out[0].reason.contains("reactive"));

    let half = run(sample("nem12/b1e1k1q1-30min.csv")).unwrap();
    let expected =
        [("NEM1202022/B1/30", Export, 1800, 0), ("NEM1202022/E1/30", Import, 1800, 358_797_395)];
    assert_eq!(names(&half), expected);
    assert!(half.report.series.iter().all(|s| s.measured == 192));

    let two = run(sample("nem12/e1e2-30min.csv")).unwrap();
    let expected = [
        ("NEM1201002/E1/30", Import, 1800, 70_457_850),
        ("NEM1201002/E2/30", Import, 1800, 38_617_650),
    ];
    assert_eq!(names(&two), expected);

    let mixed = run(sample("nem12/mixed-15-30min.csv")).unwrap();
    let expected = [
        ("NEM1205082/E1/15", Import, 900, 48_671_100),
        ("NEM1205082/E1/30", Import, 1800, 37_946_400),
    ];
    assert_eq!(names(&mixed), expected);
    assert_eq!(mixed.series[0].end(), mixed.series[1].start);

    let quality = run(sample("nem12/quality-400-30min.csv")).unwrap();
    assert_eq!(names(&quality), [("NEM1204062/E1/30", Import, 1800, 94_003)]);
    assert_eq!(quality.report.series[0].estimated, 144);
}

#[test]
fn real_invalid_files() {
    let of = |name: &str| refusal(run(sample(&format!("nem12/invalid/Example_NEM12_{name}.csv"))));
    let (code, text) = of("15min_200_30min_300");
    assert_eq!(code, "interval-count");
    assert!(text.contains("line 3: IntervalValue: 48 values for a day of 96"), "{text}");
    let (code, text) = of("incomplete_interval");
    assert_eq!(code, "interval-count");
    assert!(text.contains("line 3: IntervalValue: 0 values for a day of 48"), "{text}");
    let (code, text) = of("missing_header");
    assert_eq!(code, "not-nem12");
    assert!(text.contains("line 2: "), "{text}");
}

#[test]
fn a_day_is_the_markets_and_a_value_is_for_the_interval_that_it_begins() {
    let values: String = (0..48).map(|i| format!("{}.5,", i)).collect();
    // Daylight saving in Sydney ended on 28 March 2004: the market's days do not notice.
    let days: Vec<String> =
        ["20040327", "20040328"].iter().map(|d| format!("300,{d},{values}A,,,,")).collect();
    let imported = run(file(&[E1, &days[0], &days[1]])).unwrap();
    let [series] = &imported.series[..] else { panic!() };
    let midnight = MARCH + 26 * 86_400;
    assert_eq!((series.start, series.end()), (midnight, midnight + 2 * 86_400));
    assert_eq!(series.readings.len(), 96);
    // 00:00 to 00:30 is the first, 23:30 to 24:00 the last.
    assert_eq!(series.readings[0], Reading::measured(500));
    assert_eq!(series.readings[47], Reading::measured(47_500));
    assert_eq!(series.readings[48], Reading::measured(500));
    assert_eq!(imported.report.series[0].missing, 0);
}

#[test]
fn a_register_is_chosen_by_name() {
    let bytes = sample("nem12/b1e1k1q1-15min.csv");
    let chosen = |name| run_with(&bytes, &choose(name));
    let one = chosen("NEM1202026/E1").unwrap();
    assert_eq!(names(&one), [("NEM1202026/E1/15", Direction::Import, 900, 576_000)]);
    assert!(one.report.left_out.is_empty());
    assert!(one.report.notes.iter().any(|n| n.contains("NEM1202026/Q1/15")));
    assert_eq!(chosen("NEM1202026").unwrap().series.len(), 2);
    let (code, text) = refusal(chosen("NEM1202026/E"));
    assert_eq!(code, "no-such-series");
    assert!(text.contains("the file has NEM1202026/E1/15"), "{text}");
    assert_eq!(refusal(chosen("NEM1202026/K1")).0, "nothing-usable");
    // Readings of others do not count against the limit.
    let mut options = choose("NEM1202026/E1");
    options.limits.intervals = 384;
    assert!(run_with(&bytes, &options).is_ok());
    options.series = None;
    options.limits.intervals = 383;
    assert_eq!(code_of(&bytes, &options), "too-many-readings");
}

fn code_of(bytes: &[u8], options: &Options) -> &'static str {
    refusal(run_with(bytes, options)).0
}

#[test]
fn qualities() {
    let of = |tail: &str| {
        let imported = run(file(&[E1, &day("20040301", "0", tail)]));
        imported.map(|i| i.series[0].readings[7].quality)
    };
    assert_eq!(of("A,,,20040302000000,").unwrap(), Quality::Measured);
    for estimated in
        ["E52,,,,", "S,,,,", "F71,79,,,", "S15,0,A REASON,20040302000000,20040302000001,,"]
    {
        assert_eq!(of(estimated).unwrap(), Quality::Estimated, "{estimated}");
    }
    assert_eq!(of("N,,,,").unwrap(), Quality::Missing);
    for bad in ["X,,,,", "A11,,,,", "E5,,,,", "a,,,,"] {
        assert_eq!(of(bad).map_err(|e| e.code()), Err("bad-quality"), "{bad}");
    }
    assert_eq!(code(run(file(&[E1, &day("20040301", "1", "N,,,,")]))), "bad-quality");
    assert_eq!(of("A,x,,,").map_err(|e| e.code()), Err("not-a-number"));
    assert_eq!(of("A,,,2004030200,").map_err(|e| e.code()), Err("bad-time"));
    assert_eq!(of("A,,,,,,more").map_err(|e| e.code()), Err("malformed"));
    let blank =
        run(file(&[E1, &day("20040301", "1", "A,,,,").replacen("0301,1,", "0301,,", 1)])).unwrap();
    assert_eq!(blank.series[0].readings[..2], [Reading::MISSING, Reading::measured(1000)]);
    assert!(blank.report.notes.iter().any(|n| n.contains("blank")));
}

#[test]
fn ranges_of_a_day_of_quality_v() {
    let with = |ranges: &[&str]| {
        let v = day("20040301", "0", "V,,,,");
        let records: Vec<&str> =
            [E1, v.as_str()].into_iter().chain(ranges.iter().copied()).collect();
        run(file(&records))
    };
    let imported = with(&["400,1,10,A,,", "400,11,11,N,,", "400,12,48,F52,71,"]).unwrap();
    let about = &imported.report.series[0];
    assert_eq!((about.measured, about.missing, about.estimated), (10, 1, 37));
    assert_eq!(imported.series[0].readings[10], Reading::MISSING);
    assert_eq!(imported.series[0].readings[11].quality, Quality::Estimated);
    for (ranges, word) in [
        (&[][..], "no 400"),
        (&["400,1,10,A,,"], "end at interval 10 of 48"),
        (&["400,2,48,A,,"], "a hole"),
        (&["400,1,10,A,,", "400,12,48,A,,"], "a hole before 12 to 48, from interval 11"),
        (&["400,1,10,A,,", "400,10,48,A,,"], "overlaps"),
        (&["400,11,48,A,,", "400,1,10,A,,"], "a hole"),
        (&["400,1,49,A,,"], "no range of 48"),
        (&["400,0,48,A,,"], "no range"),
        (&["400,9,8,A,,"], "no range"),
    ] {
        let (code, text) = refusal(with(ranges));
        assert_eq!(code, "quality-ranges", "{ranges:?}");
        assert!(text.contains(word), "{text}");
    }
    assert_eq!(code(with(&["400,1,48,V,,"])), "bad-quality");
    assert_eq!(
        code(with(&["400,1,48,A,,", "500,S,RETNSRVCEORD1,20040402120000,001123.5", "400,1,1,A,,"])),
        "record-order"
    );
    // Details of single intervals of another day need not cover it.
    let partial = run(file(&[E1, &day("20040301", "1", "A,79,,,"), "400,3,4,E52,79,"])).unwrap();
    assert_eq!(partial.report.series[0].estimated, 2);
    // The same rules for a register that is left out.
    let reactive = E1.replace(",E1,", ",Q1,").replace("kWh", "kVArh");
    let v = day("20040301", "-1", "V,,,,");
    assert_eq!(code(run(file(&[&reactive, &v]))), "quality-ranges");
    assert_eq!(code(run(file(&[&reactive, &v, "400,1,48,A,,"]))), "nothing-usable");
}

#[test]
fn records_and_their_order() {
    let one = day("20040301", "1", "A,,,,");
    assert!(run(file(&[E1, &one, "500,S,RETNSRVCEORD1,20040402120000,001123.5"])).is_ok());
    // Quoted fields, no line feed at the end, blank lines, a byte order mark.
    let quoted = format!("\u{feff}\n{}", file(&[&E1.replace("METER1", "\"METER1\""), "", &one]));
    assert!(run(quoted.trim_end()).is_ok());
    assert_eq!(code(run(file(&[&E1.replace("METER1", "\"A,B\""), &one]))), "malformed");
    for (records, expected) in [
        (&[one.as_str()][..], "record-order"),
        (&[E1, "400,1,48,A,,"], "record-order"),
        (&[E1, "500,S,,,"], "record-order"),
        (&["100,NEM12,200403021200,MDP1,RET1"], "record-order"),
        (&["250,NMI0000001,11,1,11,11,METER1,E,0,,,,,1,,,,,1,kWh,,,"], "accumulated"),
        (&["700,1"], "unknown-record"),
        (&[E1, &one, "900", "900"], "malformed"),
        (&[], "no-readings"),
        (&[E1], "nothing-usable"),
    ] {
        assert_eq!(code(run(file(records))), expected, "{records:?}");
    }
    let whole = file(&[E1, &one]);
    assert_eq!(code(run(whole.replace("900\r\n", ""))), "no-end");
    assert_eq!(code(run(whole.replace("NEM12", "NEM13"))), "accumulated");
    assert_eq!(code(run(whole.replace("NEM12", "NEM14"))), "not-nem12");
    let mut options = Options { format: Some(Format::Nem12), ..Options::default() };
    assert_eq!(code_of(b"time,kWh\n", &options), "not-nem12");
    assert_eq!(code_of(b" \n", &options), "empty-file");
    options.format = None;
    for (from, to, expected) in [
        (",30,", ",7,", "interval-length"),
        (",30,", ",0,", "interval-length"),
        (",30,", ",10,", "interval-count"),
        (",30,", ",x,", "not-a-number"),
        ("NMI0000001", "", "malformed"),
        ("NMI0000001", "NMI/0001", "malformed"),
        (",E1,N1", ",E,N1", "malformed"),
        ("kWh", "kW", "nothing-usable"),
        ("20040301", "20040231", "bad-time"),
        ("20040301", "2004-03-01", "bad-time"),
        ("20040301", "19700101", "bad-time"),
        (",1,", ",-1,", "negative-energy"),
        (",1,", ",1e3,", "not-a-number"),
        (",1,", ",0.0001,", "not-whole"),
        (",1,", ",4294967.296,", "out-of-range"),
    ] {
        assert_eq!(code(run(whole.replacen(from, to, 1))), expected, "{from} {to}");
    }
    let long = "1,".repeat(64 * 1024);
    assert_eq!(code(run(file(&[E1, &format!("300,20040301,{long}A")]))), "token-too-long");
    assert_eq!(code(run(file(&[E1, &one.replace(",A", ",1,A")]))), "interval-count");
}

#[test]
fn units_are_exact() {
    let total = |unit: &str, value: &str| {
        let register = E1.replace("kWh", unit);
        let options = Options { rounding: Rounding::Down, ..Options::default() };
        let text = file(&[&register, &day("20040301", value, "A,,,,")]);
        let imported = run_with(text.as_bytes(), &options).unwrap();
        let about = &imported.report.series[0];
        (about.total_wh / 48, about.rounded_down, about.conversion.clone().map(|c| c.exponent))
    };
    assert_eq!(total("Wh", "7"), (7, 0, None));
    assert_eq!(total("KWH", "0.1230000"), (123, 0, Some(3)));
    assert_eq!(total("kWh", ".005"), (5, 0, Some(3)));
    assert_eq!(total("mwh", "0.000123"), (123, 0, Some(6)));
    assert_eq!(total("kWh", "0.00099"), (0, 48, Some(3)));
    let two = [E1, &day("20040301", "1", "A,,,,"), &E1.replace("kWh", "Wh")];
    assert_eq!(code(run(file(&two))), "malformed");
}

#[test]
fn days_twice() {
    let old = day("20040301", "1", "A,,,20040302000000,");
    let new = day("20040301", "2", "A,,,20040303000000,");
    for days in [[&old, &new], [&new, &old]] {
        let imported = run(file(&[E1, days[0], days[1]])).unwrap();
        let about = &imported.report.series[0];
        assert_eq!((about.overlaps, about.duplicates, about.total_wh), (48, 0, 96_000));
    }
    let again = run(file(&[E1, &old, E1, &old])).unwrap();
    assert_eq!(again.report.series[0].duplicates, 48);
    let undated = day("20040301", "2", "A,,,,");
    let (code, text) = refusal(run(file(&[E1, &old, &undated])));
    assert_eq!(code, "conflict");
    assert!(text.contains("line 4: IntervalDate") && text.contains("line 3"), "{text}");
    // Out of order is sorted, a day that is not there is a gap.
    let imported = run(file(&[E1, &day("20040303", "1", "A,,,,"), &old])).unwrap();
    let about = &imported.report.series[0];
    assert_eq!((about.out_of_order, about.gaps.len(), about.missing), (1, 1, 48));
}
