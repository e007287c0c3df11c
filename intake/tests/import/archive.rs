//! Meter files in ZIP files.

use wattproof_intake::import::{Format, Limits, Options};

use crate::feed::{START, TYPE, block, feed, reading, values};
use crate::zip::{Way, zip};
use crate::{code, refusal, run, run_with, sample};

const WAYS: [Way; 3] = [Way::Stored, Way::Deflated, Way::Trailing];

#[test]
fn a_zipped_file_is_the_file() {
    for name in ["green-button/sdge-hourly-2011-02.xml", "nem12/b1e1k1q1-15min.csv"] {
        let bytes = sample(name);
        let plain = run(&bytes).unwrap();
        for way in WAYS {
            let zipped = zip(&[(name, way, &bytes)]);
            let imported = run(&zipped).unwrap();
            assert_eq!(imported.series, plain.series, "{way:?}");
            assert_eq!(imported.source.format, plain.source.format);
            assert_eq!(imported.source.bytes, zipped.len() as u64);
            assert_eq!(imported.report.summaries, plain.report.summaries);
        }
    }
}

#[test]
fn several_files_are_one() {
    let months = ["02", "03"].map(|m| sample(&format!("green-button/sdge-hourly-2011-{m}.xml")));
    for way in WAYS {
        let zipped = zip(&[
            ("readme.txt", way, b"\xff\xfe not text"),
            ("data/", Way::Stored, b""),
            ("data/03.xml", way, &months[1]),
            ("__MACOSX/data/._03.xml", way, b"\0\0"),
            ("data/02.XML", way, &months[0]),
        ]);
        let imported = run(&zipped).unwrap();
        let [series] = &imported.series[..] else { panic!() };
        assert_eq!(series.total(), 406_345 + 432_895);
        // No hole between the months: February ends where March begins.
        assert_eq!(imported.report.series[0].missing, 8);
        assert_eq!(imported.report.series[0].out_of_order, 1);
        let notes = imported.report.notes.join("\n");
        assert!(notes.contains("from a ZIP file: data/03.xml, data/02.XML"), "{notes}");
        assert!(notes.contains("left out: readme.txt"), "{notes}");
    }
    // A market file needs no extension.
    let nem12 = sample("nem12/e1e2-30min.csv");
    let imported = run(zip(&[("NEM12#1#MDP#RET", Way::Deflated, &nem12)])).unwrap();
    assert_eq!((imported.source.format, imported.series.len()), (Format::Nem12, 2));
    // Market files of one register: a later version replaces, an equal one is a duplicate.
    let again = zip(&[("a.csv", Way::Deflated, &nem12), ("b.csv", Way::Deflated, &nem12)]);
    assert_eq!(run(again).unwrap().report.series[0].duplicates, 192);
}

#[test]
fn faults_name_the_file_inside() {
    let good = values(&["1", "2"]);
    let bad = values(&["1", "x"]);
    let zipped =
        zip(&[("a.xml", Way::Deflated, good.as_bytes()), ("b.xml", Way::Deflated, bad.as_bytes())]);
    let error = run(zipped).unwrap_err();
    assert_eq!(error.code(), "not-a-number");
    assert!(error.to_string().starts_with("meter/b.xml: line 4: value"), "{error}");
    // Two files that contradict each other.
    let other = feed(&[TYPE, &block(&[reading(1, "3")])]);
    let zipped = zip(&[
        ("a.xml", Way::Deflated, good.as_bytes()),
        ("b.xml", Way::Deflated, other.as_bytes()),
    ]);
    let error = run(zipped).unwrap_err();
    assert_eq!(error.code(), "conflict");
    assert!(
        error
            .to_string()
            .starts_with("meter/b.xml: line 3: start: contradicts the reading of line 4"),
        "{error}"
    );
    assert_eq!(START, 1_296_547_200);
}

#[test]
fn damaged_archives() {
    let text = values(&["1", "2"]);
    for way in WAYS {
        let good = zip(&[("a.xml", way, text.as_bytes())]);
        assert!(run(&good).is_ok());
        for at in 0..good.len() {
            let mut bytes = good.clone();
            bytes[at] ^= 0x20;
            // Nothing but the name, times and versions may change unnoticed, and then not what is imported.
            if let Ok(imported) = run(&bytes) {
                assert_eq!(imported.series[0].total(), 3, "{way:?} {at}");
            }
            assert!(at + 22 > good.len() || run(&good[..at]).is_err(), "{way:?} {at}");
        }
    }
    let mut encrypted = zip(&[("a.xml", Way::Deflated, text.as_bytes())]);
    encrypted[6] |= 1;
    let (code_of, said) = refusal(run(&encrypted));
    assert_eq!(code_of, "bad-archive");
    assert!(said.contains("a.xml is encrypted"), "{said}");
    let mut method = zip(&[("a.xml", Way::Deflated, text.as_bytes())]);
    method[8] = 14;
    assert_eq!(code(run(&method)), "bad-archive");
    assert_eq!(code(run(zip(&[]))), "bad-archive");
    assert_eq!(code(run(zip(&[("a.pdf", Way::Stored, b"%PDF")]))), "bad-archive");
    let csv = sample("csv/2011-02-rfc3339-wh.csv");
    let mixed = zip(&[("a.xml", Way::Stored, text.as_bytes()), ("b.csv", Way::Stored, &csv)]);
    assert_eq!(code(run(mixed)), "bad-archive");
    assert_eq!(run(zip(&[("a.xml", Way::Stored, b"")])).unwrap_err().code(), "empty-file");
}

#[test]
fn what_unpacks_to_much_is_refused() {
    let blank = vec![b' '; 1 << 20];
    let options =
        Options { limits: Limits { bytes: 1 << 19, ..Limits::default() }, ..Options::default() };
    for name in ["a.xml", "a.pdf"] {
        let bomb = zip(&[(name, Way::Deflated, &blank)]);
        assert!(bomb.len() < 1 << 14);
        assert_eq!(refusal_code(&bomb, &options), "too-large", "{name}");
    }
    // Over all members together.
    let half = vec![b' '; 1 << 18];
    let members: Vec<(&str, Way, &[u8])> = vec![("a.pdf", Way::Trailing, &half); 3];
    assert_eq!(refusal_code(&zip(&members), &options), "too-large");
}

fn refusal_code(bytes: &[u8], options: &Options) -> &'static str {
    run_with(bytes, options).unwrap_err().code()
}
