//! OCMF: records signed by openssl (tests/data/ocmf), and one test for each rule.

use proptest::prelude::*;
use wattproof_circuits::meter::{Direction, Quality, Reading};
use wattproof_intake::import::ocmf::{
    Algorithm, Mark, PublicKey, Record, Session, Unusable, check, parse, sessions,
};
use wattproof_intake::import::{Format, Options, RegisterOptions};

use crate::{code, run, run_with, sample};

const CURVES: [(&str, Algorithm); 5] = [
    ("secp256r1", Algorithm::Secp256r1),
    ("secp256k1", Algorithm::Secp256k1),
    ("brainpool256r1", Algorithm::Brainpool256r1),
    ("secp384r1", Algorithm::Secp384r1),
    ("brainpool384r1", Algorithm::Brainpool384r1),
];
const TEN: u64 = 1_772_355_600; // 2026-03-01T10:00:00+01:00

fn ocmf(name: &str) -> Vec<u8> {
    sample(&format!("ocmf/{name}"))
}

fn key(name: &str) -> PublicKey {
    PublicKey::parse("key", &ocmf(name)).unwrap()
}

fn records(text: impl AsRef<[u8]>) -> Vec<Record> {
    parse("meter", text.as_ref()).unwrap()
}

fn all(text: &str) -> Vec<Session> {
    sessions("meter", &records(text)).unwrap()
}

/// A record with these readings; the signature is none.
fn record(page: &str, readings: &str) -> String {
    format!(
        "OCMF|{{\"FV\":\"1.0\",\"PG\":\"{page}\",\"MS\":\"M\",\"RD\":[{readings}]}}|{{\"SD\":\"00\"}}\n"
    )
}

fn reading(time: &str, mark: &str, value: &str, more: &str) -> String {
    let mark = if mark.is_empty() { String::new() } else { format!("\"TX\":\"{mark}\",") };
    format!(
        "{{\"TM\":\"2026-03-01T{time},000+0100 S\",{mark}\"RV\":{value},\"RI\":\"1-b:1.8.0\",\"RU\":\"kWh\",\"EF\":\"\",\"ST\":\"G\"{more}}}"
    )
}

#[test]
fn signatures_of_every_curve() {
    for (name, algorithm) in CURVES {
        let records = records(ocmf(&format!("{name}.ocmf")));
        let own = key(&format!("{name}.pem"));
        assert_eq!(own.algorithm(), algorithm);
        let checked = check("meter", &records, &own).unwrap();
        assert_eq!((checked.algorithm, checked.records), (algorithm, 1));
        assert_eq!(checked.key_sha256, own.fingerprint());
        assert_eq!(checked.payloads_sha256.len(), 64);
        let json = serde_json::to_string(&checked).unwrap();
        assert!(json.contains(&format!("\"ECDSA-{name}-SHA256\"")), "{json}");
        assert_eq!(
            serde_json::from_str::<wattproof_intake::import::ocmf::Checked>(&json).unwrap(),
            checked
        );
        for (other, _) in CURVES.iter().filter(|(other, _)| *other != name) {
            let error = check("meter", &records, &key(&format!("{other}.pem"))).unwrap_err();
            assert_eq!(error.code(), "other-algorithm");
        }
    }
}

#[test]
fn a_changed_byte_of_payload_or_signature() {
    for (name, _) in CURVES {
        let text = String::from_utf8(ocmf(&format!("{name}.ocmf"))).unwrap();
        let own = key(&format!("{name}.pem"));
        for (from, to) in
            [("100.25,", "100.26,"), ("\"RV\":102,", "\"RV\":102 ,"), ("TEST-0001", "TEST-0002")]
        {
            assert!(text.contains(from));
            let error = check("meter", &records(text.replacen(from, to, 1)), &own).unwrap_err();
            assert_eq!(error.code(), "bad-signature", "{name}: {from}");
        }
        let at = text.trim_end().len() - 10;
        let digit = if &text[at..=at] == "0" { "1" } else { "0" };
        let changed = format!("{}{digit}{}", &text[..at], &text[at + 1..]);
        assert_eq!(check("meter", &records(changed), &own).unwrap_err().code(), "bad-signature");
        let empty = format!(
            "{}{{\"SA\":\"ECDSA-{name}-SHA256\",\"SD\":\"\"}}",
            &text[..text.rfind('|').unwrap() + 1]
        );
        assert_eq!(check("meter", &records(empty), &own).unwrap_err().code(), "bad-signature");
    }
}

#[test]
fn another_key_of_the_same_curve() {
    let error = check("meter", &records(ocmf("wrapped.xml")), &key("secp256k1.pem")).map(|_| ());
    error.unwrap();
    let text = String::from_utf8(ocmf("secp256r1.pem")).unwrap();
    let der = pem(&text);
    // The base point of P-256: a key that anybody has.
    let point = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    let head: String = der[..der.len() - 65].iter().map(|b| format!("{b:02x}")).collect();
    let other = PublicKey::parse("key", format!("{head}{point}").as_bytes()).unwrap();
    assert_eq!(
        check("meter", &records(ocmf("secp256r1.ocmf")), &other).unwrap_err().code(),
        "bad-signature"
    );
}

fn pem(text: &str) -> Vec<u8> {
    use base64::Engine;
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD.decode(body).unwrap()
}

#[test]
fn keys_in_every_form() {
    let text = String::from_utf8(ocmf("secp256r1.pem")).unwrap();
    let der = pem(&text);
    let hex: String = der.iter().map(|b| format!("{b:02X} ")).collect();
    let body: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let certificate = ocmf("secp256r1.crt");
    let certificate_der = pem(std::str::from_utf8(&certificate).unwrap());
    let expected = key("secp256r1.pem").fingerprint();
    for form in [&der[..], hex.as_bytes(), body.as_bytes(), &certificate, &certificate_der] {
        let key = PublicKey::parse("key", form).unwrap();
        assert_eq!((key.algorithm(), key.fingerprint()), (Algorithm::Secp256r1, expected.clone()));
    }
}

#[test]
fn keys_refused() {
    let text = String::from_utf8(ocmf("secp256r1.pem")).unwrap();
    let der = pem(&text);
    let mut off = der.clone();
    *off.last_mut().unwrap() ^= 1;
    let mut compressed = der.clone();
    let at = der.len() - 65;
    compressed[at] = 2;
    let twice = format!("{text}{text}");
    let private = text.replace("PUBLIC", "PRIVATE");
    let bad: [&[u8]; 9] = [
        b"",
        b"0",
        b"no key",
        &der[..40],
        &off,
        &compressed,
        twice.as_bytes(),
        private.as_bytes(),
        &[0x30; 70_000],
    ];
    for bytes in bad {
        assert_eq!(
            PublicKey::parse("key", bytes).unwrap_err().code(),
            "bad-public-key",
            "{bytes:?}"
        );
    }
    let error = PublicKey::parse("key", &ocmf("secp192r1.pem")).unwrap_err();
    assert_eq!(error.code(), "unsupported-algorithm");
    assert!(error.to_string().contains("ECDSA-secp192r1-SHA256"), "{error}");
}

#[test]
fn weak_and_unknown_algorithms_by_name() {
    let error =
        check("meter", &records(ocmf("secp192r1.ocmf")), &key("secp256r1.pem")).unwrap_err();
    assert_eq!(error.code(), "unsupported-algorithm");
    assert!(error.to_string().contains("ECDSA-secp192r1-SHA256"), "{error}");
    // Before 0.4 the default was another.
    let text = String::from_utf8(ocmf("secp256r1.ocmf"))
        .unwrap()
        .replace("\"FV\":\"1.1\"", "\"FV\":\"0.3\"");
    assert_eq!(
        check("meter", &records(text), &key("secp256r1.pem")).unwrap_err().code(),
        "unsupported-algorithm"
    );
    assert_eq!(check("meter", &[], &key("secp256r1.pem")).unwrap_err().code(), "no-readings");
}

#[test]
fn a_session_in_one_record() {
    let sessions = sessions("meter", &records(ocmf("secp256r1.ocmf"))).unwrap();
    let [session] = &sessions[..] else { panic!() };
    assert_eq!((session.from.to_string(), session.to.to_string()), ("T7".into(), "T7".into()));
    assert_eq!((session.wh(), session.timed), (Some(1750), true));
    assert_eq!(session.begin, (TEN - 53 * 60) * 1_000_000);
    assert_eq!(session.end, (TEN - 450) * 1_000_000);
    assert_eq!(session.register.direction, Direction::Import);
}

#[test]
fn readings_of_a_session_to_intervals() {
    let imported = run(ocmf("secp256r1.ocmf")).unwrap();
    assert_eq!(imported.source.format, Format::Ocmf);
    let [series] = &imported.series[..] else { panic!() };
    assert_eq!((series.start, series.interval_seconds), (TEN - 2700, 900));
    assert_eq!(series.readings, [625, 750].map(Reading::measured));
    assert!(imported.report.notes.iter().any(|n| n.contains("not checked")));
    assert_eq!(imported.checked, None);
}

#[test]
fn a_morning_with_sessions() {
    let options = Options { public_key: Some(key("secp256r1.pem")), ..Options::default() };
    let imported = run_with(&ocmf("day.ocmf"), &options).unwrap();
    let [series] = &imported.series[..] else { panic!() };
    assert_eq!((series.start, series.interval_seconds), (TEN - 7200, 900));
    let values = [0, 2750, 2750, 500, 0, 0, 2000, 1500];
    assert_eq!(series.readings, values.map(Reading::measured));
    assert_eq!(imported.checked.unwrap().records, 12);
    let sessions = sessions("meter", &records(ocmf("day.ocmf"))).unwrap();
    let energy: Vec<_> = sessions.iter().map(|s| (s.to.to_string(), s.wh())).collect();
    assert_eq!(energy, [("T11".into(), Some(6000)), ("T13".into(), Some(3500))]);

    let other = Options { public_key: Some(key("secp256k1.pem")), ..Options::default() };
    assert_eq!(code(run_with(&ocmf("day.ocmf"), &other)), "other-algorithm");
    let csv = b"time,wh\n1296547200,1\n1296548100,2\n";
    assert_eq!(code(run_with(csv, &other)), "not-signed");
}

#[test]
fn records_in_xml() {
    let records = records(ocmf("wrapped.xml"));
    check("meter", &records, &key("secp256k1.pem")).unwrap();
    let sessions = sessions("meter", &records).unwrap();
    assert_eq!(sessions[0].wh(), Some(500));
    let imported = run(ocmf("wrapped.xml")).unwrap();
    assert_eq!(imported.series[0].readings, [Reading::measured(500)]);
    assert!(imported.report.notes.iter().any(|n| n.contains("public key along")));
    let escaped = record("T1", &reading("10:00:00", "B", "1", "")).replace('"', "&quot;");
    let text = |inner: &str| {
        format!("<values ><value><signedData format=\"OCMF\">{inner}</signedData></value></values>")
    };
    assert_eq!(parse("meter", text(&escaped).as_bytes()).unwrap().len(), 1);
    for (inner, expected) in [
        ("", "no-readings"),
        ("OCMF|{}|{}", "missing-field"),
        ("<b/>", "no-readings"),
        ("<b></b>", "malformed"),
        ("&evil;", "unknown-entity"),
    ] {
        assert_eq!(parse("meter", text(inner).as_bytes()).unwrap_err().code(), expected, "{inner}");
    }
    for (file, expected) in [
        ("<!DOCTYPE a><values></values>", "doctype"),
        ("<values><signedData>OCMF", "truncated"),
        ("<values><signedData format=\"ALFEN\">x</signedData></values>", "malformed"),
        ("<values><signedData encoding=\"hex\">xyz</signedData></values>", "malformed"),
        ("<values><encodedData>30</encodedData></values>", "malformed"),
    ] {
        assert_eq!(parse("meter", file.as_bytes()).unwrap_err().code(), expected, "{file}");
    }
}

#[test]
fn lines_of_errors() {
    let good = record("T1", &reading("10:00:00", "B", "1", ""));
    let bad = record("T2", &reading("10:00:00", "E", "\"x\"", ""));
    let error = parse("meter", format!("{good}\n{bad}").as_bytes()).unwrap_err();
    assert_eq!((error.code(), error.field()), ("not-a-number", Some("RV")));
    assert!(error.message().contains("line 3"), "{error}");
}

#[test]
fn refused_records() {
    let good = record("T1", &reading("10:00:00", "B", "1", ""));
    for (from, to, expected) in [
        ("OCMF|", "OCMG|", "malformed"),
        ("|{\"SD\":\"00\"}", "", "malformed"),
        ("{\"SD\":\"00\"}", "", "malformed"),
        ("{\"SD\":\"00\"}", "{}", "missing-field"),
        ("{\"SD\":\"00\"}", "{\"SD\":\"0\"}", "malformed"),
        ("{\"SD\":\"00\"}", "{\"SD\":\"00\",\"SE\":\"pem\"}", "malformed"),
        ("{\"SD\":\"00\"}", "{\"SD\":\"00\",\"SM\":\"text/plain\"}", "malformed"),
        ("{\"SD\":\"00\"}", "{\"SD\":\"00\",\"SD\":\"01\"}", "malformed"),
        ("\"PG\":\"T1\"", "\"PG\":\"X1\"", "malformed"),
        ("\"PG\":\"T1\",", "", "missing-field"),
        ("\"PG\":\"T1\"", "\"PG\":\"T1\",\"PG\":\"T1\"", "malformed"),
        ("\"MS\":\"M\"", "\"MS\":\"\"", "missing-field"),
        ("\"TX\":\"B\"", "\"TX\":\"Q\"", "malformed"),
        ("\"ST\":\"G\"", "\"ST\":\"Q\"", "malformed"),
        (",\"ST\":\"G\"", "", "missing-field"),
        ("\"EF\":\"\"", "\"EF\":\"x\"", "malformed"),
        ("+0100 S", "+0100 Q", "malformed"),
        ("+0100 S", "+0100", "malformed"),
        ("+0100 S", " S", "bad-time"),
        ("\"RU\":\"kWh\"", "\"RU\":\"kW\"", "bad-unit"),
        ("\"RV\":1,", "", "missing-field"),
        ("\"RV\":1", "\"RV\":-1", "negative-energy"),
        ("\"RV\":1", "\"RV\":1e3", "not-a-number"),
        ("\"RV\":1", "\"RV\":1.0000000001", "too-fine"),
        ("\"RV\":1", "\"RV\":99999999999999999", "out-of-range"),
        ("\"RD\":[", "\"RX\":[", "missing-field"),
    ] {
        assert!(good.contains(from), "{from}");
        let error = parse("meter", good.replacen(from, to, 1).as_bytes()).unwrap_err();
        assert_eq!(error.code(), expected, "{from} to {to}: {error}");
    }
    assert_eq!(parse("meter", b"\xff").unwrap_err().code(), "not-utf8");
    assert_eq!(parse("meter", b"").unwrap_err().code(), "no-readings");
    let other = good.replace("\"MS\":\"M\"", "\"MS\":\"N\"").replace("T1", "T2");
    let error = parse("meter", (good.clone() + &other).as_bytes()).unwrap_err();
    assert_eq!(error.code(), "other-meter");
    let twice = format!("{good}{good}");
    assert_eq!(records(&twice).len(), 1);
    let contradiction = good.clone() + &good.replace("\"RV\":1", "\"RV\":2");
    assert_eq!(parse("meter", contradiction.as_bytes()).unwrap_err().code(), "conflict");
}

#[test]
fn a_session_needs_all_its_records() {
    let begin = record("T5", &reading("10:00:00", "B", "1", ""));
    let between = record("T6", &reading("10:15:00", "C", "2", ""));
    let end = record("T7", &reading("10:30:00", "E", "3.5", ""));
    assert_eq!(all(&format!("{end}{begin}{between}"))[0].wh(), Some(2500));
    let error = sessions("meter", &records(format!("{begin}{end}"))).unwrap_err();
    assert_eq!(error.code(), "missing-record");
    assert!(error.to_string().contains("T5 is followed by T7"), "{error}");
    assert_eq!(all(&end)[0].micro_wh, Err(Unusable::NoBegin));
    assert_eq!(all(&begin)[0].micro_wh, Err(Unusable::NoEnd));
    // Others' sessions may lie between two of one's own.
    let later = record(
        "T9",
        &format!("{},{}", reading("11:00:00", "B", "4", ""), reading("11:30:00", "E", "5", "")),
    );
    assert_eq!(all(&format!("{begin}{between}{end}{later}")).len(), 2);
    // The last record may repeat the begin, if it says the same.
    let whole = record(
        "T6",
        &format!("{},{}", reading("10:00:00", "B", "1", ""), reading("10:30:00", "E", "3.5", "")),
    );
    assert_eq!(all(&format!("{begin}{whole}"))[0].wh(), Some(2500));
    let other = whole.replace("\"RV\":1,", "\"RV\":1.5,");
    assert_eq!(
        sessions("meter", &records(format!("{begin}{other}"))).unwrap_err().code(),
        "malformed"
    );
}

#[test]
fn errors_of_the_meter_leave_a_session_without_energy() {
    let session = |first: &str, last: &str| {
        let text = record("T1", &format!("{first},{last}"));
        all(&text)[0].clone()
    };
    let begin = reading("10:00:00", "B", "1", "");
    let end = reading("10:30:00", "E", "2", "");
    assert_eq!(session(&begin, &end).micro_wh, Ok(1_000_000_000));
    for (from, to, expected) in [
        ("\"EF\":\"\"", "\"EF\":\"E\"", Unusable::Error),
        ("\"ST\":\"G\"", "\"ST\":\"F\"", Unusable::Status),
        ("\"ST\":\"G\"", "\"ST\":\"S\"", Unusable::Status),
        ("\"RV\":2", "\"RV\":0.5", Unusable::Backwards),
    ] {
        assert_eq!(session(&begin, &end.replace(from, to)).micro_wh, Err(expected), "{to}");
    }
    let broken = format!("{},{end}", reading("10:15:00", "X", "1.5", ""));
    assert_eq!(session(&begin, &broken).micro_wh, Err(Unusable::Error));
    for untimed in [end.replace("\"EF\":\"\"", "\"EF\":\"t\""), end.replace("+0100 S", "+0100 U")] {
        let session = session(&begin, &untimed);
        assert_eq!((session.timed, session.wh()), (false, Some(1000)));
    }
}

#[test]
fn intervals_around_errors_are_missing() {
    let quarter = |time: &str, value: &str, more: &str| reading(time, "", value, more);
    let with = |third: String| {
        let readings = [
            quarter("10:00:00", "1", ""),
            quarter("10:15:00", "2", ""),
            third,
            quarter("10:45:00", "4", ""),
            quarter("11:00:00", "5", ""),
        ];
        run(record("F1", &readings.join(","))).unwrap().series[0].readings.clone()
    };
    let one = Reading::measured(1000);
    let middle = quarter("10:30:00", "3", "");
    assert_eq!(with(middle.clone()), [one; 4]);
    let missing = [one, Reading::MISSING, Reading::MISSING, one];
    for (from, to) in [
        ("\"EF\":\"\"", "\"EF\":\"E\""),
        ("\"EF\":\"\"", "\"EF\":\"t\""),
        ("\"EF\":\"\"", "\"EF\":\"Et\""),
        ("\"ST\":\"G\"", "\"ST\":\"M\""),
        ("+0100 S", "+0100 U"),
    ] {
        assert_eq!(with(middle.replace(from, to)), missing, "{to}");
    }
    let estimated = Reading { value: 1000, quality: Quality::Estimated };
    assert_eq!(
        with(middle.replace("\"ST\":\"G\"", "\"ST\":\"S\"")),
        [one, estimated, estimated, one]
    );
}

#[test]
fn registers_beside_each_other() {
    let of = |obis: &str, add: u32| {
        let all: Vec<_> = [("10:00:00", 1), ("10:15:00", 2)]
            .iter()
            .map(|(time, value)| {
                reading(time, "", &(value * add).to_string(), "").replace("1-b:1.8.0", obis)
            })
            .collect();
        all.join(",")
    };
    let text = record(
        "F1",
        &[
            of("01-00:B1.08.00*FF", 5),
            of("01-00:01.08.00*FF", 3),
            of("1-0:2.8.0", 7),
            of("01-00:B3.08.00*FF", 1),
            of("1-0:16.7.0", 9),
        ]
        .join(","),
    );
    let imported = run(text).unwrap();
    let found: Vec<_> =
        imported.series.iter().map(|s| (s.channel.direction, s.readings[0].value)).collect();
    assert_eq!(found, [(Direction::Import, 3000), (Direction::Export, 7000)]);
    let notes = imported.report.notes.join("\n");
    assert!(notes.contains("B1.08.00") && notes.contains("in the sessions only"), "{notes}");
}

#[test]
fn marks_and_fields_carry_over_within_a_record() {
    let parsed = records(ocmf("secp256r1.ocmf"));
    let marks: Vec<_> = parsed[0].readings().iter().map(|r| r.mark).collect();
    let charging = Some(Mark::Charging);
    assert_eq!(marks, [Some(Mark::Begin), charging, charging, charging, Some(Mark::End)]);
    let second =
        reading("10:30:00", "E", "2", "").replace("\"TM\":\"2026-03-01T10:30:00,000+0100 S\",", "");
    let begin = reading("10:00:00", "B", "1", "");
    let text = record("T1", &format!("{begin},{second}")).replace("\"FV\":\"1.0\"", "\"FV\":1.0");
    let parsed_again = records(text);
    assert_eq!(parsed_again[0].readings()[1].micros, TEN * 1_000_000);
    assert_eq!(parsed_again[0].version(), Some("1.0"));
    // Neither payload nor serial number in logs.
    let debug = format!("{parsed:?}");
    assert!(!debug.contains("TEST-0001") && !debug.contains("Test station"), "{debug}");
}

#[test]
fn registers_of_tariffs() {
    let of = |obis: &str| {
        let both = [reading("10:00:00", "", "1", ""), reading("10:15:00", "", "2", "")];
        both.join(",").replace("1-b:1.8.0", obis)
    };
    let run = |readings: &str| run(record("F1", readings));
    assert_eq!(run(&of("1-0:1.8.1")).unwrap().series[0].readings, [Reading::measured(1000)]);
    assert_eq!(code(run(&[of("1-0:1.8.1"), of("1-0:1.8.2")].join(","))), "nothing-usable");
    let total = run(&[of("1-0:1.8.1"), of("1-0:1.8.2"), of("1-0:1.8.0")].join(",")).unwrap();
    assert_eq!(total.report.series[0].origin, "register 1-0:1.8.0");
}

#[test]
fn another_spelling_of_a_curve() {
    let text = String::from_utf8(ocmf("brainpool256r1.ocmf")).unwrap();
    let text = text.replace("ECDSA-brainpool256r1", "ECDSA-brainpoolP256r1");
    check("meter", &records(text), &key("brainpool256r1.pem")).unwrap();
}

#[test]
fn no_boundary_is_known() {
    let session = record(
        "T1",
        &format!("{},{}", reading("10:01:00", "B", "1", ""), reading("10:50:00", "E", "2", "")),
    );
    assert_eq!(code(run(session)), "no-boundaries");
    assert_eq!(
        code(run(record("F1", &reading("10:00:00", "", "1", "").replace("1.8.0", "3.8.0")))),
        "nothing-usable"
    );
    let too_much = RegisterOptions { interval_seconds: Some(900), tolerance_seconds: 226 };
    let options = Options { registers: too_much, ..Options::default() };
    assert_eq!(code(run_with(&ocmf("day.ocmf"), &options)), "bad-tolerance");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_panics(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<u8>()), 1..8), which in 0usize..3) {
        let file = ["day.ocmf", "wrapped.xml", "secp256r1.ocmf"][which];
        let bytes = crate::properties::mutate(ocmf(file), &edits);
        let own = key("secp256r1.pem");
        if let Ok(records) = parse("meter", &bytes) {
            let _ = (sessions("meter", &records), check("meter", &records, &own));
        }
        let options = Options { format: Some(Format::Ocmf), ..Options::default() };
        let _ = run_with(&bytes, &options);
        let _ = PublicKey::parse("key", &crate::properties::mutate(ocmf("secp256r1.crt"), &edits));
    }
}
