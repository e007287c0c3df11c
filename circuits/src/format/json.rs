//! Strict JSON: every refusal has a code and a place, and no stranger's text reaches a message unclipped.

#[cfg(feature = "prover")]
mod native;
mod read;
mod value;
mod write;

#[cfg(feature = "prover")]
pub(crate) use native::Unread;
#[cfg(feature = "prover")]
pub use native::{explain, parse_native};
pub(crate) use read::{FromJson, Optional, members, names, read};
pub(crate) use value::{Fault, Value};
pub use write::{ToJson, to_json, write_object};
pub(crate) use write::{write_text, written, written_names};

use crate::error::{Code, Error, Result, message};

/// A stranger's text, short and without control characters, so that it fits a message and a terminal.
pub(crate) fn clip(text: &str, most: usize) -> String {
    text.chars().take(most).map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The text of a file read as bytes.
///
/// # Errors
/// [`Code::TooLarge`] above `limit` bytes, [`Code::Malformed`] if it is not UTF-8.
pub fn text(bytes: &[u8], limit: usize) -> Result<&str> {
    check_size(bytes.len(), limit)?;
    core::str::from_utf8(bytes).map_err(|e| {
        let message = message!["not UTF-8 at byte ", e.valid_up_to(), "."];
        Error::new(Code::Malformed, message)
    })
}

/// Reads a file of `kind` (`bundle/1`) of at most `limit` bytes.
pub(crate) fn parse<T: FromJson>(text: &str, kind: &str, limit: usize) -> Result<T> {
    check_size(text.len(), limit)?;
    let read = value::read(text).and_then(|value| T::read(&value));
    read.map_err(|fault| fault.locate(text).at(kind))
}

/// Reads a document that has no `wattproof` member of its own, as it is a part of others; `what` names it in refusals.
pub(crate) fn parse_part<T: FromJson>(text: &str, what: &str, limit: usize) -> Result<T> {
    check_size(text.len(), limit)?;
    let read = value::read(text).and_then(|value| T::read(&value));
    read.map_err(|fault| fault.locate(text).at(what))
}

fn version_fault(found: &str, kind: &str) -> Error {
    let message = message!["wattproof is \"", clip(found, 40), "\", not \"", kind, "\"."];
    Error::new(Code::UnknownVersion, message)
}

fn check_size(size: usize, limit: usize) -> Result<()> {
    if size > limit {
        return Err(Error::new(Code::TooLarge, message![size, " bytes; at most ", limit, "."]));
    }
    Ok(())
}

/// Refuses text that people read but that is empty, longer than 128 bytes, or has control characters.
pub(crate) fn check_name(name: &str, text: &str) -> Result<()> {
    let fault = if text.is_empty() || text.len() > 128 {
        message![name, " has ", text.len(), " bytes, not 1 to 128."]
    } else if text.chars().any(char::is_control) {
        message![name, " has control characters."]
    } else {
        return Ok(());
    };
    Err(Error::new(Code::BadPolicy, fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::F;

    #[derive(Debug)]
    struct Sample {
        element: F,
    }

    #[derive(Debug)]
    struct Plain {
        element: F,
    }

    members! { Plain { element } }

    /// Also one without a name, which no table of members has.
    #[test]
    fn only_known_members_are_read() {
        let read = |text: &str| parse_part::<Plain>(text, "plain", 100);
        assert_eq!(read(r#"{"element":"7"}"#).expect("good").element, F::from(7));
        for unknown in ["", "x", "wattproof", "Element"] {
            let text = format!(r#"{{"element":"7","{unknown}":1}}"#);
            let message = read(&text).expect_err("unknown").message().to_owned();
            assert!(message.contains(&format!("member \"{unknown}\" is unknown")), "{message}");
        }
        let missing = read("{}").expect_err("missing");
        assert!(missing.message().contains("member \"element\" is missing"), "{missing}");
    }

    impl FromJson for Sample {
        fn read(value: &Value) -> Result<Self, Fault> {
            read! { value.read_document("sample/1") => small, element }
            let _: u16 = small;
            Ok(Self { element })
        }
    }

    fn code(text: &str) -> Code {
        parse::<Sample>(text, "sample/1", 4096).expect_err(text).code()
    }

    #[test]
    fn refusals_have_codes_and_places() {
        let good = r#"{"wattproof":"sample/1","small":1,"element":"7"}"#;
        assert_eq!(parse::<Sample>(good, "sample/1", 100).expect("good").element, F::from(7));
        assert_eq!(code(&good.replace("sample/1", "sample/2")), Code::UnknownVersion);
        assert_eq!(code(&good.replace(":1,", ":65536,")), Code::OutOfRange);
        assert_eq!(code(&good.replace(":1,", ":-1,")), Code::OutOfRange);
        assert_eq!(code(&good.replace("\"7\"", "\"07\"")), Code::FieldRange);
        for bad in [
            "",
            "[]",
            "null",
            "\u{feff}{}",
            "{\"wattproof\":1}",
            &good.replace("small", "large"),
            &good.replace(":1,", ":1.0,"),
            &good.replace(":1,", ":NaN,"),
            &good.replace(":1,", ":\"1\","),
            &good.replace(":1,", ":1,\"small\":1,"),
            &good.replace(":1,", ":1,\"wattproof\":\"sample/1\","),
            &good.replace("\"7\"", "7"),
            &good.replace("}", "} {}"),
            &good[..good.len() - 1],
            &"[".repeat(4000),
            &"{\"a\":".repeat(600),
            &good.replace(":1,", ":-0,"),
            &good.replace(":1,", ":1e0,"),
        ] {
            assert_eq!(code(bad), Code::Malformed, "{bad}");
        }
        let long = " ".repeat(4097);
        assert_eq!(code(&long), Code::TooLarge);
        let error = parse::<Sample>(&good.replace("7", "x"), "sample/1", 100).expect_err("x");
        assert!(error.message().contains("line 1, column"), "{error}");
    }

    #[test]
    fn strangers_text_is_clipped_and_cannot_claim_a_code() {
        let text = format!(
            "{{\"wattproof\":\"sample/1\",\"\\u0001dev-key\\u0001{}\":1}}",
            "z".repeat(999)
        );
        let error = parse::<Sample>(&text, "sample/1", 4096).expect_err("unknown member");
        assert_eq!(error.code(), Code::Malformed);
        assert!(error.message().len() < 400 && !error.message().contains('\u{1}'));
        assert_eq!(super::text(b"ab\xff", 9).expect_err("bytes").code(), Code::Malformed);
        assert_eq!(super::text(b"abc", 2).expect_err("bytes").code(), Code::TooLarge);
    }

    #[test]
    fn errors_name_member_line_and_column() {
        let text = "{\n  \"wattproof\": \"sample/1\",\n  \"small\": 1, \"element\": \"x\"\n}";
        let error = parse::<Sample>(text, "sample/1", 100).expect_err("x");
        let expected =
            "sample/1: element: \"x\" is not a canonical decimal string (line 3, column 26).";
        assert_eq!((error.code(), error.message()), (Code::FieldRange, expected));
    }

    /// What serde_json reads, the reader here reads the same way; what it refuses, it refuses, and repeated members too.
    fn compare(text: &str) {
        fn same(ours: &Value, theirs: &serde_json::Value) -> bool {
            use serde_json::Value as V;
            use value::Kind as K;
            match (&ours.kind, theirs) {
                (K::Null, V::Null) => true,
                (K::Bool(a), V::Bool(b)) => a == b,
                (K::Number(a), V::Number(b)) => a.parse::<f64>().ok() == b.as_f64(),
                (K::Text(a), V::String(b)) => a == b,
                (K::List(a), V::Array(b)) => {
                    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
                }
                (K::Object(a), V::Object(b)) => {
                    a.len() == b.len()
                        && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| same(a, b)))
                }
                _ => false,
            }
        }
        match (value::read(text), serde_json::from_str::<serde_json::Value>(text)) {
            (Ok(ours), Ok(theirs)) => assert!(same(&ours, &theirs), "{text}"),
            (Ok(_), Err(e)) => assert!(e.to_string().contains("out of range"), "{text}: {e}"),
            (Err(fault), Ok(_)) => {
                let why = fault.error().message().to_owned();
                assert!(why.contains("repeated") || why.contains("too"), "{text}: {why}");
            }
            (Err(_), Err(_)) => {}
        }
    }

    #[test]
    fn reads_as_serde_json_does() {
        for text in [
            "0",
            "-0",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+5",
            "1E-5",
            "+1",
            "1_0",
            "Infinity",
            "nul",
            "nulll",
            "true",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{,}",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{a:1}",
            "{\"a\":1,\"a\":1}",
            "'a'",
            "\"a",
            "\"\\u0041\\ud83d\\ude00\"",
            "\"\\ud83d\"",
            "\"\\ude00\"",
            "\"\\ud83d\\u0041\"",
            "\"\\x\"",
            "\"\\u00g0\"",
            "\"\\u00\"",
            "\"\n\"",
            "\"\u{7f}é\u{1f600}\"",
            " \t\r\n[ ] ",
            "\u{a0}1",
            "//x\n1",
            "[1]x",
            "",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "[[[[[[]]]]]]",
            "\"\\",
            "\"\\u+123\"",
        ] {
            compare(text);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,40}") {
            compare(&text);
        }

        #[test]
        fn any_near_json_is_answered(text in r#"[\[\]{},:"\\ue0-9a.\-+ tfn]{0,24}"#) {
            compare(&text);
        }
    }
}
