//! Bits without floating point, so that every machine counts the same.

/// Fraction bits of a logarithm.
const FRACTION: u32 = 32;

/// log2 of a number above zero in units of 2^-32, rounded down; exact for powers of two.
fn log2(n: u128) -> u64 {
    let whole = n.max(1).ilog2();
    // The number as 1.x with 62 bits after the point: its square fits 128 bits.
    let mut x = if whole > 62 { n >> (whole - 62) } else { n << (62 - whole) };
    let mut log = u64::from(whole);
    for _ in 0..FRACTION {
        x = (x * x) >> 62;
        log <<= 1;
        if x >> 63 != 0 {
            x >>= 1;
            log |= 1;
        }
    }
    log
}

/// log2(before / after) in thousandths of a bit, rounded up: what is learned when `before` equally likely values become `after`.
/// Zero if they did not become fewer.
pub fn narrowed(before: u128, after: u128) -> u64 {
    if before <= after {
        return 0;
    }
    let difference = log2(before).saturating_sub(log2(after));
    // Below 128 * 2^32 * 1000; something was learned, however little.
    (difference * 1000).div_ceil(1 << FRACTION).max(1)
}

/// `5.4`: thousandths of a bit with one decimal, rounded up.
pub fn bits_text(millibits: u64) -> String {
    let tenths = millibits.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_are_right() {
        for (before, after, millibits) in [
            (1, 1, 0),
            (5, 5, 0),
            (4, 5, 0),
            (2, 1, 1000),
            (1 << 40, 1 << 7, 33_000),
            (u128::from(u64::MAX) + 1, 1, 64_000),
            (3, 1, 1585),
            (10, 1, 3322),
            (450_001, 10_001, 5492),
            (1 << 60, (1 << 60) - 1, 1),
        ] {
            assert_eq!(narrowed(before, after), millibits, "{before} {after}");
        }
        assert_eq!(log2(u128::MAX) >> FRACTION, 127);
        assert_eq!(bits_text(0), "0.0");
        assert_eq!(bits_text(1), "0.1");
        assert_eq!(bits_text(5492), "5.5");
        assert_eq!(bits_text(33_000), "33.0");
    }

    proptest::proptest! {
        /// Against the library's floats, which may be wrong in the last place.
        #[test]
        fn near_the_librarys(a in 1_u64.., b in 1_u64..) {
            let (a, b) = (a.max(b), a.min(b));
            let expected = ((a as f64).log2() - (b as f64).log2()) * 1000.0;
            let difference = narrowed(a.into(), b.into()) as f64 - expected;
            proptest::prop_assert!((-0.01..1.01).contains(&difference), "{} {} {}", a, b, difference);
        }

        /// Halving is never cheaper in many steps than in one.
        #[test]
        fn steps_add_up(a in 3_u64.., b in 2_u64.., c in 1_u64..) {
            let mut n = [a, b, c];
            n.sort_unstable();
            let [c, b, a] = n.map(u128::from);
            proptest::prop_assert!(narrowed(a, b) + narrowed(b, c) >= narrowed(a, c));
        }
    }
}
