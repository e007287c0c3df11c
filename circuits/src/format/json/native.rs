//! The same strictness through serde, for files that only native programs read. Web pages read none of them, so that serde_json's
//! reader stays out of the Wasm verifier.

use super::value::{Kind, MAX_MEMBERS, Value};
use super::{FromJson, check_size, clip, version_fault};
use crate::error::{Code, Error, Result};
use crate::format::encoding::MARK;
use core::fmt;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, de};

/// Reads a file of `kind` (`bundle/1`) of at most `limit` bytes; `T` has a member `wattproof`, checked here.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::Malformed`], [`Code::UnknownVersion`], [`Code::OutOfRange`] or what `T` refuses, with line and
/// column.
pub fn parse_native<T: DeserializeOwned>(text: &str, kind: &str, limit: usize) -> Result<T> {
    #[derive(Deserialize)]
    struct Header {
        wattproof: String,
    }
    check_size(text.len(), limit)?;
    let place = |e| explain(&e).at(kind);
    // The version first: another version may well have other members.
    let header: Header = serde_json::from_str(text).map_err(place)?;
    if header.wattproof != kind {
        return Err(version_fault(&header.wattproof, kind));
    }
    serde_json::from_str(text).map_err(place)
}

/// A JSON value inside a file read by serde, kept for the reader of its own type.
pub(crate) struct Unread(Value);

impl Unread {
    /// Reads it as a `T`; `name` goes in front of a refusal.
    pub(crate) fn read<T: FromJson>(&self, name: &str) -> Result<T> {
        T::read(&self.0).map_err(|fault| fault.within(name).error())
    }
}

impl<'de> Deserialize<'de> for Unread {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Kind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_unit<E>(self) -> Result<Kind, E> {
                Ok(Kind::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Kind, E> {
                Ok(Kind::Bool(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Kind, E> {
                Ok(Kind::Number(value.to_string()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Kind, E> {
                Ok(Kind::Number(value.to_string()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Kind, E> {
                // With its point or exponent, so that no reader takes it for an integer.
                Ok(Kind::Number(format!("{value:e}")))
            }

            fn visit_str<E>(self, value: &str) -> Result<Kind, E> {
                Ok(Kind::Text(value.into()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Kind, A::Error> {
                let mut list = Vec::new();
                while let Some(Unread(value)) = seq.next_element()? {
                    list.push(value);
                }
                Ok(Kind::List(list))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Kind, A::Error> {
                let mut members: Vec<(String, Value)> = Vec::new();
                while let Some((name, Unread(value))) = map.next_entry::<String, _>()? {
                    if members.len() >= MAX_MEMBERS || members.iter().any(|(n, _)| *n == name) {
                        return Err(de::Error::custom("repeated or too many members"));
                    }
                    members.push((name, value));
                }
                Ok(Kind::Object(members))
            }
        }

        let kind = d.deserialize_any(Visitor)?;
        Ok(Self(Value { at: 0, kind }))
    }
}

/// serde_json's error as ours: its code if it carries one, its line and column; what it quotes is short and has no control characters.
pub fn explain(error: &serde_json::Error) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Digest;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[allow(dead_code)]
        wattproof: String,
        small: u16,
        digest: Digest,
    }

    #[test]
    fn refusals_have_codes_and_places() {
        let good =
            format!(r#"{{"wattproof":"sample/1","small":1,"digest":"{}"}}"#, Digest([0; 32]));
        let parse = |text: &str| parse_native::<Sample>(text, "sample/1", 200);
        let sample = parse(&good).expect("good");
        assert_eq!((sample.small, sample.digest), (1, Digest([0; 32])));
        for (from, to, code) in [
            ("sample/1", "sample/2", Code::UnknownVersion),
            (":1,", ":65536,", Code::OutOfRange),
            (":1,", ":1,\"x\":1,", Code::Malformed),
            (":1,", ":1,\"small\":1,", Code::Malformed),
            ("\"00", "\"0g", Code::Malformed),
            ("{", &" ".repeat(200), Code::TooLarge),
        ] {
            let error = parse(&good.replacen(from, to, 1)).expect_err(to);
            assert_eq!(error.code(), code, "{to}");
        }
    }
}
