//! Strict JSON: every refusal has a code and a place, and no stranger's text reaches a message unclipped.

use crate::error::{Code, Error, Result};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer};

/// Marks a message that carries a code of ours through serde; control characters never start a message of serde's own.
const MARK: char = '\u{1}';

/// Hands a refusal to serde so that [`parse`] gives it back with its code.
pub(crate) fn carry<E: de::Error>(error: Error) -> E {
    let mut message = String::from(MARK);
    message.push_str(error.code().as_str());
    message.push(MARK);
    message.push_str(error.message());
    E::custom(message)
}

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
        let message = format!("not UTF-8 at byte {}.", e.valid_up_to());
        Error::new(Code::Malformed, message)
    })
}

/// Reads a file of `kind` (`bundle/1`) of at most `limit` bytes. `T` has a member `wattproof`, checked here.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, kind: &str, limit: usize) -> Result<T> {
    #[derive(Deserialize)]
    struct Header {
        wattproof: String,
    }
    check_size(text.len(), limit)?;
    let place = |e| explain(&e).at(kind);
    // The version first: another version may well have other members.
    let header: Header = serde_json::from_str(text).map_err(place)?;
    check_version(&header.wattproof, kind)?;
    serde_json::from_str(text).map_err(place)
}

/// Reads a document that has no `wattproof` member of its own, as it is a part of others; `what` names it in refusals.
pub(crate) fn parse_part<T: DeserializeOwned>(text: &str, what: &str, limit: usize) -> Result<T> {
    check_size(text.len(), limit)?;
    serde_json::from_str(text).map_err(|e| explain(&e).at(what))
}

/// Refuses any `wattproof` member but `kind`.
pub(crate) fn check_version(found: &str, kind: &str) -> Result<()> {
    if found == kind {
        return Ok(());
    }
    let message = format!("wattproof is \"{}\", not \"{kind}\".", clip(found, 40));
    Err(Error::new(Code::UnknownVersion, message))
}

fn check_size(size: usize, limit: usize) -> Result<()> {
    if size > limit {
        return Err(Error::new(Code::TooLarge, format!("{size} bytes; at most {limit}.")));
    }
    Ok(())
}

/// For an optional member that may be left out, but not be `null`.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(d).map(Some)
}

/// serde_json's error as ours: its code if it carries one, its line and column.
fn explain(error: &serde_json::Error) -> Error {
    let full = error.to_string();
    let body = match full.rfind(" at line ") {
        Some(end) if error.line() > 0 => full.get(..end).unwrap_or_default(),
        _ => &full,
    };
    let (code, body) = match body.strip_prefix(MARK).and_then(|rest| rest.split_once(MARK)) {
        Some((code, message)) => {
            let known = Code::ALL.iter().find(|c| c.as_str() == code);
            (known.copied().unwrap_or(Code::Malformed), message)
        }
        // The right type, but too large or negative for it.
        None if body.starts_with("invalid value: integer") => (Code::OutOfRange, body),
        None => (Code::Malformed, body),
    };
    let mut message = clip(body.trim_end_matches('.'), 240);
    if error.line() > 0 {
        message += &format!(" (line {}, column {})", error.line(), error.column());
    }
    message.push('.');
    Error::new(code, message)
}

/// Refuses text that people read but that is empty, longer than 128 bytes, or has control characters.
pub(crate) fn check_name(name: &str, text: &str) -> Result<()> {
    let fault = if text.is_empty() || text.len() > 128 {
        format!("{name} has {} bytes, not 1 to 128.", text.len())
    } else if text.chars().any(char::is_control) {
        format!("{name} has control characters.")
    } else {
        return Ok(());
    };
    Err(Error::new(Code::BadPolicy, fault))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::decimal;
    use crate::hash::F;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        wattproof: String,
        #[allow(dead_code)]
        small: u16,
        #[serde(with = "decimal::field")]
        element: F,
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
}
