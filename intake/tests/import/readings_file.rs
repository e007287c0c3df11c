//! `readings/1`: what is written reads back, and nothing else does.

use wattproof_circuits::error::Code;
use wattproof_intake::import::{Limits, ReadingsFile};

use crate::{run, sample};

fn written() -> (ReadingsFile, String) {
    let file = ReadingsFile::from(run(sample("green-button/sdge-hourly-2011-02.xml")).unwrap());
    let text = file.to_json().unwrap();
    (file, text)
}

fn refused(text: &str) -> (Code, String) {
    let error = ReadingsFile::from_json(text.as_bytes(), Limits::default()).unwrap_err();
    (error.code(), error.to_string())
}

#[test]
fn reads_back() {
    let (file, text) = written();
    assert!(
        text.starts_with("{\"wattproof\":\"readings/1\",\"source\":{\"format\":\"green-button\"")
    );
    assert!(text.contains(",8,\"missing\"]"));
    assert_eq!(ReadingsFile::from_json(text.as_bytes(), Limits::default()).unwrap(), file);
}

#[test]
fn refuses_what_is_not_canonical() {
    let (_, good) = written();
    let swaps = [
        ("readings/1", "readings/2", Code::UnknownVersion),
        ("\"start\":\"1296547200\"", "\"start\":1296547200", Code::Malformed),
        ("\"start\":\"1296547200\"", "\"start\":\"01296547200\"", Code::Malformed),
        ("\"start\":\"1296547200\"", "\"start\":\"1099511627775\"", Code::OutOfRange),
        ("\"interval_seconds\":3600", "\"interval_seconds\":3601", Code::OutOfRange),
        ("\"interval_seconds\":3600", "\"interval_seconds\":0", Code::OutOfRange),
        ("\"values\":[385", "\"values\":[-385", Code::Malformed),
        ("\"values\":[385", "\"values\":[385.0", Code::Malformed),
        ("\"values\":[385", "\"values\":[386", Code::Malformed),
        ("\"values\":[385", "\"values\":[4294967296", Code::Malformed),
        ("\"values\":[385", "\"extra\":1,\"values\":[385", Code::Malformed),
        ("\"values\":[385", "\"values\":[],\"values\":[385", Code::Malformed),
        (",8,\"missing\"]", ",0,\"missing\"]", Code::Malformed),
        (",8,\"missing\"]", ",9,\"missing\"]", Code::Malformed),
        (",8,\"missing\"]", ",8,\"measured\"]", Code::Malformed),
        (",8,\"missing\"]", ",4294967295,\"missing\"]", Code::Malformed),
        (",8,\"missing\"]", ",8,\"missing\"],[2,1,\"estimated\"]", Code::Malformed),
        ("\"missing\":8", "\"missing\":7", Code::Malformed),
        ("\"total_wh\":\"406345\"", "\"total_wh\":\"406346\"", Code::Malformed),
        ("\"file_sha256\":\"", "\"file_sha256\":\"A", Code::Malformed),
        ("\"format\":\"green-button\"", "\"format\":\"other\"", Code::Malformed),
        ("\"direction\":\"import\"", "\"direction\":\"up\"", Code::Malformed),
    ];
    for (from, to, code) in swaps {
        assert!(good.contains(from), "{from}");
        let (found, text) = refused(&good.replacen(from, to, 1));
        assert_eq!(found, code, "{to}: {text}");
    }
    assert_eq!(refused(&format!("{good}x")).0, Code::Malformed);
    assert_eq!(refused(&good[..good.len() / 2]).0, Code::Malformed);
    assert_eq!(refused("").0, Code::Malformed);
    let small = Limits { bytes: good.len() as u64, intervals: 671 };
    assert_eq!(
        ReadingsFile::from_json(good.as_bytes(), small).unwrap_err().code(),
        Code::OutOfRange
    );
    let short = Limits { bytes: good.len() as u64 - 1, ..Limits::default() };
    assert_eq!(ReadingsFile::from_json(good.as_bytes(), short).unwrap_err().code(), Code::TooLarge);
}
