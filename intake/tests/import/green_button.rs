//! One test for each rule of the Green Button reader.

use wattproof_circuits::meter::{Direction, Quality, Reading};
use wattproof_intake::import::{Format, Options, Place, Rounding};

use crate::feed::{HOUR, START, TYPE, block, feed, reading, reading_with, typed, values};
use crate::{code, refusal, run, run_with};

#[test]
fn multiplier_converts_exactly() {
    let one = |fields: &str, value: &str| run(typed(&format!("<uom>72</uom>{fields}"), value));
    let first = |i: wattproof_intake::import::Imported| i.series[0].readings[0];
    let times = |power: i32| format!("<powerOfTenMultiplier>{power}</powerOfTenMultiplier>");
    assert_eq!(first(one(&times(3), "2").unwrap()), Reading::measured(2000));
    assert_eq!(first(one(&times(3), "0.385").unwrap()), Reading::measured(385));
    assert_eq!(first(one(&times(-3), "385000").unwrap()), Reading::measured(385));
    assert_eq!(code(one(&times(-3), "385001")), "not-whole");
    assert_eq!(code(one(&times(9), "5")), "out-of-range");
    assert_eq!(code(one(&times(13), "5")), "out-of-range");
    let down = Options { rounding: Rounding::Down, ..Options::default() };
    let xml = typed(&format!("<uom>72</uom>{}", times(-3)), "385999");
    let imported = run_with(xml.as_bytes(), &down).unwrap();
    assert_eq!(imported.report.series[0].rounded_down, 1);
    assert_eq!(first(imported), Reading::measured(385));
}

#[test]
fn values_that_are_no_energy() {
    assert_eq!(code(run(values(&["-5"]))), "negative-energy");
    for bad in ["NaN", "1e3", "", "5 5", "0x5", "inf"] {
        assert_eq!(code(run(values(&[bad]))), "not-a-number", "{bad}");
    }
    assert!(run(values(&["4294967295"])).is_ok());
    let (code, text) = refusal(run(values(&["1", "4294967296"])));
    assert_eq!(code, "out-of-range");
    assert!(text.contains("line 4: value"), "{text}");
}

#[test]
fn direction_and_kind() {
    let direction = |flow| {
        let xml = typed(&format!("<uom>72</uom><flowDirection>{flow}</flowDirection>"), "1");
        run(xml).map(|i| (i.series[0].channel.direction, i.report.notes.len()))
    };
    assert_eq!(direction("1").unwrap(), (Direction::Import, 0));
    assert_eq!(direction("0").unwrap(), (Direction::Import, 1));
    assert_eq!(direction("19").unwrap(), (Direction::Export, 0));
    for fields in [
        "<uom>72</uom><flowDirection>4</flowDirection>",
        "<uom>38</uom>",
        "",
        "<uom>72</uom><commodity>7</commodity>",
        "<uom>72</uom><kind>37</kind>",
        "<uom>72</uom><accumulationBehaviour>3</accumulationBehaviour>",
        "<uom>72</uom><dataQualifier>8</dataQualifier>",
        "<uom>72</uom><intervalLength>2678400</intervalLength>",
    ] {
        assert_eq!(code(run(typed(fields, "1"))), "nothing-usable", "{fields}");
    }
}

#[test]
fn gaps_duplicates_and_order() {
    let blocks = [
        block(&[reading(4, "5"), reading(5, "6")]),
        block(&[reading(0, "1"), reading(1, "2")]),
        block(&[reading(1, "2")]),
    ];
    let imported = run(feed(&[&blocks[0], TYPE, &blocks[1], &blocks[2]])).unwrap();
    let all: Vec<u32> = imported.series[0].readings.iter().map(|r| r.value).collect();
    assert_eq!(all, [1, 2, 0, 0, 5, 6]);
    let about = &imported.report.series[0];
    assert_eq!((about.rows, about.duplicates, about.out_of_order, about.missing), (5, 1, 1, 2));
    assert_eq!((about.gaps[0].start, about.gaps[0].end), (START + 2 * HOUR, START + 4 * HOUR));

    let (code, text) = refusal(run(feed(&[TYPE, &blocks[1], &block(&[reading(1, "3")])])));
    assert_eq!(code, "conflict");
    assert!(text.contains("line 6: start") && text.contains("of line 4"), "{text}");
}

#[test]
fn overlaps_and_grids() {
    let two = |second: String| feed(&[TYPE, &block(&[reading(0, "1"), second])]);
    assert_eq!(code(run(two(reading_with(START + 1800, "1", "")))), "overlap");
    assert_eq!(code(run(two(reading_with(START + 5400, "1", "")))), "off-grid");
    assert_eq!(code(run(two(reading(1, "1").replace("3600", "900")))), "mixed-intervals");
    assert_eq!(code(run(two(reading_with(1 << 40, "1", "")))), "bad-time");
    assert_eq!(code(run(two(reading_with((1 << 40) - 1, "1", "")))), "bad-time");
    assert_eq!(code(run(two(reading(9_000_000, "1")))), "too-many-intervals");
    for odd in ["7", "0", "5000"] {
        let xml = feed(&[TYPE, &block(&[reading(0, "1").replace("3600", odd)])]);
        assert_eq!(code(run(xml)), "bad-interval");
    }
}

#[test]
fn quality_codes() {
    let with = |codes: &[&str]| {
        let extra: String = codes
            .iter()
            .map(|c| format!("<ReadingQuality><quality>{c}</quality></ReadingQuality>"))
            .collect();
        let imported = run(feed(&[TYPE, &block(&[reading_with(START, "7", &extra)])])).unwrap();
        imported.series[0].readings[0].quality
    };
    for measured in ["0", "14", "17", "18", "19"] {
        assert_eq!(with(&[measured]), Quality::Measured, "{measured}");
    }
    for estimated in ["7", "8", "9", "10", "11", "12", "13", "15", "16", "5", "999"] {
        assert_eq!(with(&[estimated]), Quality::Estimated, "{estimated}");
    }
    assert_eq!(with(&[]), Quality::Measured);
    assert_eq!(with(&["17", "8", "0"]), Quality::Estimated);
    let by_default = typed(
        "<uom>72</uom><flowDirection>1</flowDirection><defaultQuality>8</defaultQuality>",
        "1",
    );
    assert_eq!(run(by_default).unwrap().report.series[0].estimated, 1);
}

#[test]
fn readings_without_value_are_missing_and_cost_is_ignored() {
    let empty = reading(1, "9").replace("<value>9</value>", "<cost>12</cost>");
    let imported = run(feed(&[TYPE, &block(&[reading(0, "1"), empty, reading(2, "3")])])).unwrap();
    assert_eq!(imported.series[0].readings[1], Reading::MISSING);
    assert_eq!(imported.report.notes.len(), 2);
}

#[test]
fn readings_without_time_follow_their_block() {
    let plain = "<IntervalReading><value>4</value></IntervalReading>".repeat(3);
    let block = format!(
        "<IntervalBlock><interval><duration>10800</duration><start>{START}</start></interval>{plain}</IntervalBlock>"
    );
    let fields = "<uom>72</uom><flowDirection>1</flowDirection>";
    let kind = format!("<ReadingType>{fields}<intervalLength>3600</intervalLength></ReadingType>");
    let imported = run(feed(&[&block, &kind])).unwrap();
    assert_eq!((imported.series[0].start, imported.series[0].total()), (START, 12));
    assert_eq!(imported.series[0].readings.len(), 3);
    let silent = format!("<ReadingType>{fields}</ReadingType>");
    assert_eq!(code(run(feed(&[&block, &silent]))), "missing-field");
    let nowhere = format!("<IntervalBlock>{plain}</IntervalBlock>");
    assert_eq!(code(run(feed(&[&nowhere, &kind]))), "missing-field");
}

fn linked(entries: &[(&str, &str, &[&str], &str)]) -> String {
    let entry = |(own, up, related, content): &(&str, &str, &[&str], &str)| {
        let more: String =
            related.iter().map(|r| format!("<a:link rel=\"related\" href=\"{r}\"/>")).collect();
        format!(
            "<a:entry><a:content>{content}</a:content><a:link href=\"{own}\" rel=\"self\"/>\
             <a:link rel=\"up\" href='{up}'/>{more}</a:entry>"
        )
    };
    let body: String = entries.iter().map(entry).collect();
    format!("<a:feed xmlns:a=\"http://www.w3.org/2005/Atom\">{body}</a:feed>")
}

#[test]
fn links_tell_series_apart() {
    let export = TYPE.replace("Direction>1", "Direction>19");
    let gas = TYPE.replace("commodity>1", "commodity>7");
    let b = |value| block(&[reading(0, value)]);
    let (b1, b2, b3) = (b("1"), b("2"), b("3"));
    let entries: Vec<(&str, &str, &[&str], &str)> = vec![
        ("U/1/MeterReading/1/IntervalBlock/0", "U/1/MeterReading/1/IntervalBlock", &[], &b1),
        ("U/1/MeterReading/2/IntervalBlock/0", "U/1/MeterReading/2/", &[], &b2),
        ("U/2/MeterReading/1/IntervalBlock/0", "U/2/MeterReading/1", &[], &b3),
        ("/ReadingType/1", "/ReadingType", &[], TYPE),
        ("/ReadingType/2", "/ReadingType", &[], &export),
        ("/ReadingType/3", "/ReadingType", &[], &gas),
        ("/U/1/MeterReading/1", "/U/1", &["x", "https://h/ReadingType/1"], "<MeterReading/>"),
        ("/U/1/MeterReading/2", "/U/1", &["ReadingType/2"], "<MeterReading/>"),
        ("/U/2/MeterReading/1", "/U/2", &["ReadingType/3"], "<MeterReading/>"),
    ];
    let imported = run(linked(&entries)).unwrap();
    let found: Vec<_> = imported.series.iter().map(|s| (s.channel.direction, s.total())).collect();
    assert_eq!(found, [(Direction::Import, 1), (Direction::Export, 2)]);
    assert!(imported.report.left_out.iter().any(|l| l.reason == "commodity 7"));

    assert_eq!(code(run(linked(&entries[..6]))), "ambiguous-reading-type");
    let mut twice = entries.clone();
    twice.push(("ReadingType/1", "", &[], &export));
    assert_eq!(code(run(linked(&twice))), "repeated-entry");
    let mut same = entries.clone();
    same.push(("ReadingType/1", "", &[], TYPE));
    assert!(run(linked(&same)).is_ok());
}

#[test]
fn summaries_are_compared() {
    let summary = |field: &str, period: &str, value: &str| {
        format!(
            "<UsageSummary>{period}<{field}><powerOfTenMultiplier>0</powerOfTenMultiplier><uom>72</uom><value>{value}</value></{field}></UsageSummary>"
        )
    };
    let both = block(&[reading(0, "3"), reading(1, "4")]);
    let check = |s: String| run(feed(&[TYPE, &both, &s])).unwrap().report;
    let period = |hours: u64| {
        format!(
            "<billingPeriod><duration>{}</duration><start>{START}</start></billingPeriod>",
            hours * HOUR
        )
    };
    let current = "currentBillingPeriodOverAllConsumption";
    let last = "overallConsumptionLastPeriod";
    assert_eq!(check(summary(current, "", "7")).summaries[0].matches(), Some(true));
    let report = check(summary(current, "", "8"));
    assert_eq!(report.summaries[0].matches(), Some(false));
    assert!(report.notes.iter().any(|n| n.contains("states 8 Wh")));
    assert_eq!(check(summary(last, &period(1), "3")).summaries[0].matches(), Some(true));
    assert_eq!(check(summary(last, &period(3), "7")).summaries[0].matches(), None);
    assert_eq!(check(summary(current, &period(2), "7")).summaries[0].matches(), None);
    assert_eq!(check(summary(last, "", "7")).summaries[0].matches(), None);
    assert!(check(summary(last, "", "-7")).summaries.is_empty());
}

#[test]
fn broken_xml() {
    let good = values(&["1", "2"]);
    assert!(run(&good).is_ok());
    assert!(run(format!("\u{feff}\n {good}\n")).is_ok());
    for cut in ["<value>", "</IntervalBlock>", "</feed>", "<duration>36"] {
        let at = good.find(cut).unwrap();
        let (code, _) = refusal(run(&good[..at]));
        assert_eq!(code, "truncated", "{cut}");
    }
    assert_eq!(code(run(&good[..good.len() - 3])), "malformed");
    for empty in ["", " \n\t", "\u{feff}", "\u{feff} "] {
        assert_eq!(code(run(empty)), "empty-file");
    }
    assert_eq!(code(run("<html><body/></html>")), "not-green-button");
    assert_eq!(code(run("<feed/>")), "no-readings");
    assert_eq!(code(run(feed(&[TYPE]))), "no-readings");
    assert_eq!(code(run(feed(&[&block(&[reading(0, "1")])]))), "no-reading-type");
    assert_eq!(code(run(format!("{good}<feed/>"))), "malformed");
    assert_eq!(code(run(format!("{good}text"))), "malformed");
    assert_eq!(code(run(good.replace("</IntervalBlock>", "</Interval>"))), "malformed");
    let twice = |tag: &str| good.replacen(tag, &format!("{tag}{tag}"), 1);
    for tag in ["<value>1</value>", "<duration>3600</duration>", "<uom>72</uom>"] {
        assert_eq!(code(run(twice(tag))), "repeated-field", "{tag}");
    }
    assert_eq!(code(run(good.replacen("1</value>", "1<b/>1</value>", 1))), "malformed");
    assert_eq!(code(run(good.replace("IntervalBlock", "Block"))), "malformed");
    assert_eq!(code(run("<feed>".to_owned() + &"<a>".repeat(100))), "too-deep");
    let long = good.replacen("<value>1", &format!("<value>{}1", "0".repeat(300)), 1);
    assert_eq!(code(run(long)), "malformed");
}

#[test]
fn entities_and_text() {
    let good = values(&["385"]);
    let value = |text: &str| run(good.replace("385", text));
    for same in ["3&#56;5", "<![CDATA[385]]>", "38<!-- x -->5", " 385\n"] {
        assert_eq!(value(same).unwrap().series[0].total(), 385, "{same}");
    }
    assert_eq!(code(value("&lol;")), "unknown-entity");
    assert_eq!(code(value("&#xFFFFFFFF;")), "unknown-entity");
    assert_eq!(code(value("3&lt;5")), "not-a-number");
    assert_eq!(code(run(good.replace("<entry>", "<title>&lol;</title><entry>"))), "unknown-entity");
    let bomb = "<!DOCTYPE feed [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]>".to_owned() + &good;
    assert_eq!(code(run(bomb)), "doctype");
}

#[test]
fn bytes_that_are_not_text() {
    let mut bytes = values(&["1"]).into_bytes();
    bytes[20] = 0xff;
    let error = run(&bytes).unwrap_err();
    assert_eq!((error.code(), error.place()), ("not-utf8", Place::Byte(20)));
    let utf16: Vec<u8> = values(&["1"]).encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(run([&[0xff, 0xfe][..], &utf16].concat()).is_err());
    assert!(run(&utf16).is_err());
    // A comment that never ends must not fill the memory.
    let endless = "<feed><!--".to_owned() + &"x".repeat(2 << 20);
    assert_eq!(code(run(endless)), "token-too-long");
}

#[test]
fn format_can_be_forced() {
    let options = Options { format: Some(Format::Csv), ..Options::default() };
    assert_eq!(code(run_with(values(&["1"]).as_bytes(), &options)), "no-column");
    let options = Options { format: Some(Format::GreenButton), ..Options::default() };
    assert_eq!(code(run_with(b"time,wh\n0,1\n", &options)), "malformed");
}
