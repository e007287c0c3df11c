//! Exact numbers: what people write is converted exactly or refused.

/// A fraction in lowest terms; the denominator is above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exact {
    numerator: i128,
    denominator: i128,
}

fn gcd(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.abs().max(1)
}

impl Exact {
    pub(super) fn new(numerator: i128, denominator: i128) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let common = gcd(numerator, denominator);
        Some(Self { numerator: numerator / common, denominator: denominator / common })
    }

    /// Decimal digits with at most one point and a minus sign: `-0.2853`. At most 18 digits either side.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |part: &str| part.len() <= 18 && part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || digits.ends_with('.') {
            return None;
        }
        let unit = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
        let value: i128 = format!("{whole}{fraction}").parse().ok()?;
        Self::new(sign * value, unit)
    }

    /// `self * numerator / denominator`.
    pub(super) fn times(self, numerator: i128, denominator: i128) -> Option<Self> {
        // Crosswise first, so that the products stay small.
        let (a, b) = (gcd(self.numerator, denominator), gcd(numerator, self.denominator));
        let top = (self.numerator / a).checked_mul(numerator / b)?;
        let bottom = (self.denominator / b).checked_mul(denominator / a)?;
        Self::new(top, bottom)
    }

    /// The number, if it is a whole one.
    pub(super) fn whole(self) -> Option<i64> {
        if self.denominator == 1 { self.numerator.try_into().ok() } else { None }
    }

    /// The greatest whole number that is not above it.
    pub(super) fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// The least whole number that is not below it.
    pub(super) fn ceil(self) -> i128 {
        -(-self.numerator).div_euclid(self.denominator)
    }

    /// As people write it, to at most six places.
    pub(super) fn show(self) -> String {
        let millionths = self.numerator.saturating_mul(1_000_000) / self.denominator;
        let (whole, fraction) = (millionths.abs() / 1_000_000, millionths.abs() % 1_000_000);
        let sign = if millionths < 0 { "-" } else { "" };
        let text = format!("{sign}{whole}.{fraction:06}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let exact = |text| Exact::parse(text).expect(text);
        assert_eq!(exact("0.2853").times(10_000, 1).and_then(Exact::whole), Some(2853));
        assert_eq!(exact("5.00"), exact("5"));
        assert_eq!(exact("-1.5").floor(), -2);
        assert_eq!((exact("1.5").ceil(), exact("-1.5").ceil(), exact("2").ceil()), (2, -1, 2));
        assert_eq!(exact("1").times(1, 3).map(Exact::show).as_deref(), Some("0.333333"));
        assert_eq!(exact("-12.5").show(), "-12.5");
        for bad in ["", "-", ".5", "5.", "1e3", "1,5", "1_000", "+1", "--1", "1.2.3", " 1"] {
            assert!(Exact::parse(bad).is_none(), "{bad}");
        }
        assert!(Exact::parse(&"9".repeat(19)).is_none());
        assert!(exact("999999999999999999").times(i128::MAX / 2, 1).is_none());
    }
}
