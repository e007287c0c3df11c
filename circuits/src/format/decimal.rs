//! Numbers as decimal strings: digits only, no leading zeros, so that every value has one spelling.

use super::{carry, clip};
use crate::error::{Code, Error, Result, message};
use crate::hash::{F, from_integer, integer};
use core::fmt::Display;
use serde::{Deserialize, Deserializer, Serializer};

fn canonical(text: &str) -> bool {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits && !text.is_empty() && text.len() <= 78 && (text == "0" || !text.starts_with('0'))
}

/// Reads an unsigned 64-bit number.
pub fn parse_u64(text: &str) -> Result<u64> {
    let malformed =
        || Error::new(Code::OutOfRange, message!["\"", clip(text, 24), "\" is not a decimal u64."]);
    unsigned(text).filter(|_| canonical(text)).ok_or_else(malformed)
}

/// The number that digits make, if there is nothing else. The library's own reader is larger in Wasm.
fn unsigned(text: &str) -> Option<u64> {
    let mut number: u64 = 0;
    for byte in text.bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = number.checked_mul(10)?.checked_add(digit.into())?;
    }
    (!text.is_empty()).then_some(number)
}

/// The number that digits make, with a minus sign or without.
pub(crate) fn whole(text: &str) -> Option<i64> {
    match text.strip_prefix('-') {
        Some(digits) => 0_i64.checked_sub_unsigned(unsigned(digits)?),
        None => i64::try_from(unsigned(text)?).ok(),
    }
}

/// Reads a field element below the modulus.
pub fn parse_field(text: &str) -> Result<F> {
    if !canonical(text) {
        let message = message!["\"", clip(text, 24), "\" is not a canonical decimal string."];
        return Err(Error::new(Code::FieldRange, message));
    }
    whole_256(text).and_then(|limbs| from_integer(&limbs)).ok_or_else(|| {
        let message = message!["\"", clip(text, 24), "\" is not below the field's modulus."];
        Error::new(Code::FieldRange, message)
    })
}

/// The integer that canonical digits write, if it has at most 256 bits.
pub(crate) fn whole_256(digits: &str) -> Option<[u64; 4]> {
    if !canonical(digits) {
        return None;
    }
    // 32-bit halves of limbs; a carry out of the top means the number is too large.
    let mut halves = [0; 8];
    let mut overflow = false;
    for digit in digits.bytes() {
        let mut carry = u64::from(digit - b'0');
        for half in &mut halves {
            let wide = *half * 10 + carry;
            *half = wide & 0xffff_ffff;
            carry = wide >> 32;
        }
        overflow |= carry != 0;
    }
    let limbs = core::array::from_fn(|i| halves[2 * i] | halves[2 * i + 1] << 32);
    if overflow { None } else { Some(limbs) }
}

/// Writes a field element.
pub fn field_string(x: &F) -> String {
    let mut digits = Vec::with_capacity(78);
    let mut limbs = integer(x);
    while digits.is_empty() || limbs != [0; 4] {
        let mut remainder = 0;
        for limb in limbs.iter_mut().rev() {
            // In halves: a division of 128 bits is a large function.
            let high = remainder << 32 | *limb >> 32;
            let low = ((high % 10) << 32) | (*limb & 0xffff_ffff);
            *limb = ((high / 10) << 32) | (low / 10);
            remainder = low % 10;
        }
        digits.push(char::from(b'0' + remainder as u8));
    }
    digits.into_iter().rev().collect()
}

/// For `#[serde(with)]` on a `u64`.
pub fn serialize<S: Serializer>(value: &impl Display, s: S) -> Result<S::Ok, S::Error> {
    s.collect_str(value)
}

/// For `#[serde(with)]` on a `u64`.
pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<u64, D::Error> {
    parse_u64(&String::deserialize(d)?).map_err(carry)
}

/// For `#[serde(with)]` on a field element.
pub mod field {
    use super::*;

    /// Writes a canonical decimal string.
    pub fn serialize<S: Serializer>(x: &F, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&field_string(x))
    }

    /// Reads a canonical decimal string below the modulus.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<F, D::Error> {
        parse_field(&String::deserialize(d)?).map_err(carry)
    }
}

/// For `#[serde(with)]` on a list of field elements.
pub mod field_list {
    use super::*;

    /// Writes a list of canonical decimal strings.
    pub fn serialize<S: Serializer>(list: &[F], s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(list.iter().map(field_string))
    }

    /// Reads a list of canonical decimal strings below the modulus.
    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<F>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        texts.iter().map(|text| parse_field(text)).collect::<Result<_>>().map_err(carry)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::PrimeField;

    #[test]
    fn field_elements_have_one_spelling() {
        let modulus =
            "21888242871839275222246405745257275088548364400416034343698204186575808495617";
        let largest =
            "21888242871839275222246405745257275088548364400416034343698204186575808495616";
        assert_eq!(field_string(&parse_field(largest).expect("below")), largest);
        assert_eq!(field_string(&F::from(0)), "0");
        for bad in [
            modulus,
            "",
            "00",
            "01",
            "+1",
            "-1",
            "1 ",
            "0x1",
            "1e3",
            &"9".repeat(78),
            &"9".repeat(300),
        ] {
            assert_eq!(parse_field(bad).expect_err(bad).code(), Code::FieldRange, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whole_numbers_are_the_librarys(text in "-?[0-9]{0,20}", any in "[-+0-9 .é]{0,4}") {
            for text in [text, any] {
                let ours = whole(&text);
                let theirs = text.parse::<i64>().ok().filter(|_| !text.starts_with('+'));
                proptest::prop_assert_eq!(ours, theirs);
                let theirs = text.parse::<u64>().ok().filter(|_| !text.starts_with('+'));
                proptest::prop_assert_eq!(unsigned(&text), theirs);
            }
        }

        #[test]
        fn field_elements_come_back(limbs in proptest::prelude::any::<[u64; 4]>()) {
            let x = limbs.iter().fold(F::from(0), |sum, limb| sum * F::from(1_u128 << 64) + F::from(*limb));
            proptest::prop_assert_eq!(integer(&x), x.into_bigint().0);
            proptest::prop_assert_eq!(field_string(&x), x.to_string());
            proptest::prop_assert_eq!(parse_field(&x.to_string()), Ok(x));
        }
    }

    #[test]
    fn u64_edges() {
        for edge in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX] {
            assert_eq!(whole(&edge.to_string()), Some(edge));
        }
        assert_eq!([whole("9223372036854775808"), whole("-9223372036854775809")], [None; 2]);
        assert_eq!(parse_u64("18446744073709551615").expect("max"), u64::MAX);
        assert!(parse_u64("18446744073709551616").is_err());
        assert!(parse_u64("1.0").is_err());
    }
}
