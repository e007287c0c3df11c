//! Bytes as text: lower-case hex and base64url without padding; each value has one spelling.

use super::json::{Fault, FromJson, ToJson, Value, clip, write_text};
use crate::error::{Code, Error, Result, message};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Marks a message that carries a code of ours through serde; control characters never start a message of serde's own.
pub(super) const MARK: char = '\u{1}';

/// Hands a refusal to serde so that `parse_native` gives it back with its code.
pub(crate) fn carry<E: de::Error>(error: Error) -> E {
    let mut message = String::from(MARK);
    message.push_str(error.code().as_str());
    message.push(MARK);
    message.push_str(error.message());
    E::custom(message)
}

/// Bytes from base64url without padding; other alphabets, padding and stray trailing bits are refused.
pub(crate) fn from_base64(name: &str, text: &str) -> Result<Vec<u8>> {
    let fault = || Error::new(Code::Malformed, message![name, " is not base64url."]);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 2);
    // Bits read but not yet written, in the low end.
    let (mut bits, mut count) = (0_u32, 0);
    for b in text.bytes() {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return Err(fault()),
        };
        bits = (bits & 0xff) << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // Fewer than six bits may be left, all zero: one spelling for each value.
    if count >= 6 || bits & ((1 << count) - 1) != 0 {
        return Err(fault());
    }
    Ok(bytes)
}

/// Base64url without padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    let digit = |d: u8| char::from(if d < 10 { b'0' + d } else { b'a' + d - 10 });
    bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    fill_from_hex(text, &mut bytes)?;
    Ok(bytes)
}

fn fill_from_hex(text: &str, bytes: &mut [u8]) -> Result<()> {
    let digit = |b: u8| match b {
        b'0'..=b'9' => Some(b - b'0'),
        b'a'..=b'f' => Some(b - b'a' + 10),
        _ => None,
    };
    let mut digits = text.bytes().map_while(digit);
    for byte in bytes.iter_mut() {
        // What is missing makes the lengths differ.
        *byte = digits.next().unwrap_or(0) << 4 | digits.next().unwrap_or(0);
    }
    if text.len() == 2 * bytes.len() && text.bytes().all(|b| digit(b).is_some()) {
        return Ok(());
    }
    let shown = clip(text, 24);
    let fault = message!["\"", shown, "\" is not ", bytes.len(), " bytes of lower-case hex."];
    Err(Error::new(Code::Malformed, fault))
}

/// A digest of bytes: 64 lower-case hex digits.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Reads 64 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self> {
        from_hex(text).map(Self)
    }

    /// 64 lower-case hex digits.
    pub(crate) fn hex(&self) -> String {
        to_hex(&self.0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&to_hex(&self.0))
    }
}

impl ToJson for Digest {
    fn write(&self, json: &mut String) {
        write_text(json, &to_hex(&self.0));
    }
}

impl FromJson for Digest {
    fn read(value: &Value) -> Result<Self, Fault> {
        Self::parse(value.text()?).map_err(|e| value.fault(e))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(carry)
    }
}

/// Bytes as Ethereum writes them: `0x` and lower-case hex of exactly `N` bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Prefixed<const N: usize>(pub [u8; N]);

impl<const N: usize> Serialize for Prefixed<N> {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let mut text = String::from("0x");
        text.push_str(&to_hex(&self.0));
        s.serialize_str(&text)
    }
}

impl<const N: usize> ToJson for Prefixed<N> {
    fn write(&self, json: &mut String) {
        write_text(json, &message!["0x", to_hex(&self.0)]);
    }
}

impl<const N: usize> Prefixed<N> {
    fn parse(text: &str) -> Result<Self> {
        // Without the prefix the length is wrong as well, so that one refusal serves both.
        from_hex(text.strip_prefix("0x").unwrap_or("")).map(Self)
    }
}

impl<const N: usize> FromJson for Prefixed<N> {
    fn read(value: &Value) -> Result<Self, Fault> {
        Self::parse(value.text()?).map_err(|e| value.fault(e))
    }
}

impl<'de, const N: usize> Deserialize<'de> for Prefixed<N> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(d)?).map_err(carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_spelling() {
        let digest = Digest([0xab; 32]);
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
        let text = digest.to_string();
        for bad in [&text.to_uppercase(), &text[2..], &format!("{text}00"), "", &"é".repeat(32)] {
            assert_eq!(Digest::parse(bad).expect_err(bad).code(), Code::Malformed);
        }
        assert_eq!(from_base64("x", "AA").expect("one byte"), [0]);
        for bad in ["AB", "AA==", "A", "A+/A", "AA\n", "é"] {
            assert_eq!(from_base64("x", bad).expect_err(bad).code(), Code::Malformed, "{bad}");
        }
        let prefixed: Prefixed<2> = serde_json::from_str("\"0x00ff\"").expect("good");
        assert_eq!(serde_json::to_string(&prefixed).expect("string"), "\"0x00ff\"");
        for bad in ["\"00ff\"", "\"0X00ff\"", "\"0x0xff\"", "\"0x00f\"", "\"0x00FF\"", "0", "null"]
        {
            assert!(serde_json::from_str::<Prefixed<2>>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn base64_is_a_bijection(text in "[A-Za-z0-9_-]{0,9}") {
            if let Ok(bytes) = from_base64("x", &text) {
                prop_assert_eq!(to_base64(&bytes), text);
            }
        }

        /// The library's verdict on any text, and its bytes.
        #[test]
        fn base64_is_the_librarys(text in "[A-Za-z0-9_=+/é-]{0,9}", plain in "[A-Za-z0-9_-]{0,99}") {
            for text in [text, plain] {
                prop_assert_eq!(from_base64("x", &text).ok(), URL_SAFE_NO_PAD.decode(&text).ok());
            }
        }
    }
}
