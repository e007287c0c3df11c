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
    /// Reads digits with at most one `point` among them, but not at the end.
    pub(super) fn parse(text: &str, point: u8) -> Result<Self, Problem> {
        let (mut mantissa, mut places, mut zeros) = (0u64, 0u32, 0u32);
        let mut after_point = false;
        for &byte in text.as_bytes() {
            match byte {
                // Zeros after the point count once a digit follows them.
                b'0' if after_point => zeros += 1,
                b'0'..=b'9' => {
                    let shifted = 10u64
                        .checked_pow(zeros + 1)
                        .and_then(|power| mantissa.checked_mul(power))
                        .or((mantissa == 0).then_some(0));
                    mantissa = shifted
                        .and_then(|m| m.checked_add(u64::from(byte - b'0')))
                        .ok_or_else(|| out_of_range(text))?;
                    places += if after_point { zeros + 1 } else { 0 };
                    zeros = 0;
                }
                _ if byte == point && !after_point => after_point = true,
                _ => return Err(refused(text)),
            }
        }
        if text.as_bytes().last().is_none_or(|&last| last == point) {
            return Err(refused(text));
        }
        let places = u8::try_from(places).map_err(|_| out_of_range(text))?;
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

/// What is no plain number: one below zero, or none at all.
fn refused(text: &str) -> Problem {
    let negative =
        text.strip_prefix('-').is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    if negative { Problem::Negative(clip(text)) } else { Problem::NotANumber(clip(text)) }
}

fn out_of_range(text: &str) -> Problem {
    Problem::OutOfRange(clip(text))
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
        assert_eq!(wh(".005", 3), Ok((5, false)));
        assert_eq!(wh("100.010", 3), Ok((100_010, false)));
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
            "", ".", "1.", "-.5", "1e3", "NaN", "inf", "+1", "1 000", "1,5", "0x10", "1.2.3",
            "--1", "-", "１",
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
