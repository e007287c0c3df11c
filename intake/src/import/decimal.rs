//! Exact decimal numbers: meter values never pass through floating point.

use super::error::{Problem, clip};

/// What to do with a value that is not a whole number of Wh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounding {
    /// Refuse the file.
    #[default]
    Refuse,
    /// Drop the fraction of each value and count it in the report.
    Down,
}

/// `mantissa / 10^places`, without trailing zeros after the point, so that equal numbers are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    mantissa: u64,
    places: u8,
}

impl Decimal {
    /// Reads digits with at most one `point` between them.
    pub(super) fn parse(text: &str, point: u8) -> Result<Self, Problem> {
        let bytes = text.as_bytes();
        if let Some(rest) = bytes.strip_prefix(b"-") {
            let digit = rest.first().is_some_and(u8::is_ascii_digit);
            return Err(if digit { Problem::Negative(clip(text)) } else { not_a_number(text) });
        }
        let (whole, fraction) = match bytes.iter().position(|&b| b == point) {
            Some(at) => (&bytes[..at], &bytes[at + 1..]),
            None => (bytes, &[][..]),
        };
        let all_digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
        let bare_point = whole.len() + fraction.len() + 1 == bytes.len() && fraction.is_empty();
        if whole.is_empty() || bare_point || !all_digits(whole) || !all_digits(fraction) {
            return Err(not_a_number(text));
        }
        let kept = fraction.iter().rposition(|&b| b != b'0').map_or(0, |at| at + 1);
        let fraction = &fraction[..kept];
        let mut mantissa = 0u64;
        for digit in whole.iter().chain(fraction) {
            mantissa = mantissa
                .checked_mul(10)
                .and_then(|m| m.checked_add(u64::from(digit - b'0')))
                .ok_or_else(|| Problem::OutOfRange(clip(text)))?;
        }
        let places = u8::try_from(kept).map_err(|_| Problem::OutOfRange(clip(text)))?;
        Ok(Self { mantissa, places })
    }

    pub(super) fn whole(n: u64) -> Self {
        Self { mantissa: n, places: 0 }
    }

    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// This number times `10^exponent` as a whole number, and whether a fraction was dropped.
    pub(super) fn scale(self, exponent: i32, rounding: Rounding) -> Result<(u64, bool), Problem> {
        let shift = exponent - i32::from(self.places);
        let power = 10u64.checked_pow(shift.unsigned_abs());
        if shift >= 0 {
            let scaled = match (self.mantissa, power) {
                (0, _) => Some(0),
                (m, Some(power)) => m.checked_mul(power),
                (_, None) => None,
            };
            return scaled
                .map(|v| (v, false))
                .ok_or_else(|| Problem::OutOfRange(format!("{} x 10^{shift} Wh", self.mantissa)));
        }
        // A divisor beyond u64 is beyond the mantissa, too.
        let (value, rest) =
            power.map_or((0, self.mantissa), |p| (self.mantissa / p, self.mantissa % p));
        if rest != 0 && rounding == Rounding::Refuse {
            return Err(Problem::NotWhole(format!("{} x 10^{shift} Wh", self.mantissa)));
        }
        Ok((value, rest != 0))
    }
}

fn not_a_number(text: &str) -> Problem {
    Problem::NotANumber(clip(text))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn wh(text: &str, exponent: i32) -> Result<(u64, bool), Problem> {
        Decimal::parse(text, b'.')?.scale(exponent, Rounding::Refuse)
    }

    #[test]
    fn exact() {
        assert_eq!(wh("0.385", 3), Ok((385, false)));
        assert_eq!(wh("385.000000000000000000000000", 0), Ok((385, false)));
        assert_eq!(wh("0.1", 6), Ok((100_000, false)));
        assert_eq!(wh("4294967295", 0), Ok((4_294_967_295, false)));
        assert_eq!(wh("00012", -1), Err(Problem::NotWhole("12 x 10^-1 Wh".into())));
        assert_eq!(wh("0", 300), Ok((0, false)));
        assert_eq!(wh("0", -300), Ok((0, false)));
        assert_eq!(
            Decimal::parse("1,5", b',').unwrap().scale(3, Rounding::Refuse),
            Ok((1500, false))
        );
        assert_eq!(Decimal::parse("1.9", b'.').unwrap().scale(0, Rounding::Down), Ok((1, true)));
        assert_eq!(Decimal::parse("1.50", b'.'), Decimal::parse("1.5", b'.'));
        assert_ne!(Decimal::parse("1.51", b'.'), Decimal::parse("1.5", b'.'));
    }

    #[test]
    fn refused() {
        for text in [
            "", ".", "1.", ".5", "1e3", "NaN", "inf", "+1", "1 000", "1,5", "0x10", "1.2.3", "--1",
            "-", "１",
        ] {
            assert!(matches!(wh(text, 0), Err(Problem::NotANumber(_))), "{text}");
        }
        assert!(matches!(wh("-1", 0), Err(Problem::Negative(_))));
        assert!(matches!(wh("99999999999999999999", 0), Err(Problem::OutOfRange(_))));
        assert!(matches!(wh("1", 20), Err(Problem::OutOfRange(_))));
        assert!(matches!(wh("1", -25), Err(Problem::NotWhole(_))));
        let long = format!("0.{}1", "0".repeat(400));
        assert!(matches!(wh(&long, 0), Err(Problem::OutOfRange(_))));
    }
}
