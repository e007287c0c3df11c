use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, MILLION, Tolerance};
use crate::hash::F;
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use crate::relation::tests::case::{Case, completeness, day};
use proptest::prelude::*;

const IMPORT: Channel =
    Channel { quantity: Quantity::Energy, direction: Direction::Import, unit: Unit::Wh };
/// Eight slots of 8-bit values: a total has 12 bits.
const MOST: i64 = (1 << 12) - 1;

fn peak(window: i64, reveal: i64, max: i64, ratchet: (i64, i64), tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] = &[
        ("channel", &[0]),
        ("window", &[window]),
        ("reveal", &[reveal]),
        ("max", &[max]),
        ("past", &[ratchet.0]),
        ("ratchet_ppm", &[ratchet.1]),
    ];
    Condition::new("peak", members, tolerate).expect("peak")
}

fn plain(window: i64, max: i64) -> Condition {
    peak(window, 1, max, (0, 0), Tolerance::default())
}

fn stage(values: &[u32; 8]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[IMPORT], &[values])
}

#[test]
fn the_highest_run_of_intervals() {
    let stage = stage(&[1, 2, 3, 200, 100, 3, 2, 255]);
    for (window, peak) in [(1, 255), (2, 300), (3, 303), (8, 566)] {
        assert!(stage.agree(&plain(window, peak)), "{window}");
        assert!(!stage.agree(&plain(window, peak - 1)), "{window}");
        assert!(stage.agree(&plain(window, MOST)), "{window}");
        let hidden = self::peak(window, 0, peak, (0, 0), Tolerance::default());
        assert!(stage.agree(&hidden));
        let over = self::peak(window, 0, peak - 1, (0, 0), Tolerance::default());
        assert!(!stage.agree(&over));
        assert_eq!(stage.violations(&over), ["peak: max"]);
    }
    let found = stage.failures(&plain(2, 256));
    assert_eq!(
        found,
        [
            "peak: channel 0 at 1296558000 (Unix seconds): 300 > 256",
            "peak: channel 0 at 1296568800 (Unix seconds): 257 > 256",
        ]
    );
}

#[test]
fn windows_lie_inside_the_period() {
    let mut stage = stage(&[255, 1, 2, 3, 4, 5, 255, 255]);
    stage.period = 1..6;
    assert!(stage.agree(&plain(2, 9)));
    assert!(!stage.agree(&plain(2, 8)));
    // A period shorter than the window is one window.
    assert!(stage.agree(&plain(8, 15)));
    assert!(!stage.agree(&plain(8, 14)));
    assert!(stage.agree(&plain(6, 15)));
}

#[test]
fn the_ratchet_is_rounded_up() {
    let stage = stage(&[10, 0, 0, 0, 0, 0, 0, 0]);
    let shown = |past, ppm, max| peak(1, 1, max, (past, ppm), Tolerance::default());
    // 80% of 12 is 9.6, of 13 is 10.4; `agree` compares what is shown with the twin's value.
    for (past, ppm, billed) in [
        (12, 800_000, 10),
        (13, 800_000, 11),
        (MOST, MILLION, MOST),
        (MOST, 1, 10),
        (10, MILLION, 10),
    ] {
        let condition = shown(past, ppm, MOST);
        assert!(stage.agree(&condition), "{past}");
        assert_eq!(stage.judge(&condition).value, billed, "{past}");
    }
    assert!(stage.agree(&shown(13, 800_000, 11)));
    let fault = stage.check_parameters(&shown(13, 800_000, 10)).expect_err("above max");
    assert!(fault.to_string().contains("the ratchet's 11 is above max 10"), "{fault}");
    let fault = stage.check_parameters(&shown(13, 0, 100)).expect_err("half a ratchet");
    assert!(fault.to_string().contains("go together"), "{fault}");
}

#[test]
fn the_sentence_says_window_and_ratchet() {
    let ratchet = peak(2, 0, 300, (12, 800_000), Tolerance { estimated: false, missing: true });
    let case = Case { conditions: vec![completeness(0), plain(1, 30), ratchet], ..day() };
    let texts: Vec<_> = case.claim().policy.words().into_iter().map(|words| words.text).collect();
    assert_eq!(
        texts[1..],
        [
            "The highest energy taken from the grid in any 1 consecutive intervals of 6 hours is at most 30 Wh; \
             the exact value is revealed. No reading may be estimated or missing.",
            "The highest energy taken from the grid in any 2 consecutive intervals of 6 hours is at most 300 Wh, and counts as at \
             least 80 % of 12 Wh; the value stays hidden. Missing readings count as zero; none may be estimated.",
        ]
    );
}

#[test]
fn qualities() {
    let mut stage = stage(&[5, 5, 5, 5, 5, 5, 5, 5]);
    stage.readings[0][3] = Reading::MISSING;
    let tolerate = Tolerance { estimated: true, missing: true };
    assert!(!stage.agree(&plain(2, MOST)));
    assert!(stage.agree(&peak(2, 1, 10, (0, 0), tolerate)));
    assert!(stage.agree(&peak(8, 1, 35, (0, 0), tolerate)));
    stage.readings[0][3] = Reading { value: 9, quality: Quality::Estimated };
    assert!(!stage.agree(&plain(2, MOST)));
    assert!(!stage.agree(&peak(2, 1, 13, (0, 0), tolerate)));
    assert!(stage.agree(&peak(2, 1, 14, (0, 0), tolerate)));
}

#[test]
fn off_says_nothing() {
    let mut stage = stage(&[255; 8]);
    stage.readings[0][1] = Reading::MISSING;
    for window in [1, 3, 8] {
        for reveal in [0, 1] {
            let off = Condition::off(peak(window, reveal, 0, (0, 0), Tolerance::default()).shape());
            assert!(stage.agree(&off));
            assert_eq!(stage.loose_wires(&off), Vec::<usize>::new());
        }
    }
}

#[test]
fn no_wire_is_loose() {
    let stage = stage(&[1, 2, 3, 200, 100, 3, 2, 254]);
    let exact = peak(3, 1, MOST, (MOST, 900_000), Tolerance::default());
    assert_eq!(stage.loose_wires(&exact), Vec::<usize>::new());
    // Six windows of sums of 8 + 2 bits, max of 12 bits, three flags, kind, two qualities.
    let bound = 6 * 10 + 12 + 3 + 1 + 2;
    let none = peak(3, 0, MOST, (0, 0), Tolerance::default());
    assert_eq!(stage.constraints(&none), bound);
    // Five products and that they are zero; the ratchet's product, 12 bits, a product, twice 20 bits; the greater; the output.
    assert_eq!(stage.constraints(&exact), bound + 5 + 1 + 1 + 12 + 1 + 40 + (12 + 2) + 1);
}

/// A peak that is not shown may be claimed too high, never too low; one that is shown is exact.
#[test]
fn the_peak_cannot_be_chosen() {
    let stage = stage(&[1, 2, 3, 200, 100, 3, 2, 254]);
    let shown = plain(2, MOST);
    let hint = 3;
    for other in [299_u64, 301, 257, 0, 4095] {
        let noticed = stage.tampered(&shown, hint, F::from(other));
        assert!(noticed.contains(&"peak: one of the windows"), "{other}: {noticed:?}");
    }
    let low = stage.tampered(&shown, hint, F::from(257));
    assert!(low.contains(&"peak: at least each window"), "{low:?}");
}

#[test]
fn windows_longer_than_the_circuit_are_refused() {
    let fault = stage(&[0; 8]).check_parameters(&plain(9, 0)).expect_err("too long");
    assert!(fault.to_string().contains("longer than the circuit's 8"), "{fault}");
    assert!(stage(&[0; 8]).check_parameters(&plain(0, 0)).is_err());
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        values in proptest::array::uniform8((0_u32..256, 0_u8..30)),
        window in 1_i64..9,
        reveal in 0_i64..2,
        past in 0_i64..4096,
        ppm in prop_oneof![Just(0), Just(MILLION), 0..=MILLION],
        near in -3_i64..2,
        tolerate in any::<bool>(),
        period in (0_usize..4, 5_usize..9),
    ) {
        let reading = |(value, quality): (u32, u8)| match quality {
            0 => Reading::MISSING,
            1 => Reading { value, quality: Quality::Estimated },
            _ => Reading::measured(value),
        };
        let mut stage = stage(&[0; 8]);
        stage.readings = vec![values.map(reading).to_vec()];
        stage.period = period.0..period.1;
        let inside = &stage.readings[0][period.0..period.1];
        let length = usize::try_from(window).expect("small").min(inside.len());
        let sums = inside.windows(length).map(|w| w.iter().map(|r| i64::from(r.value)).sum::<i64>());
        let highest = sums.max().unwrap_or(0);
        let ratchet = if past == 0 || ppm == 0 { (0, 0) } else { (past, ppm) };
        let least = (ratchet.0 * ratchet.1 + MILLION - 1) / MILLION;
        let max = (highest + near).clamp(least, MOST);
        let measured = inside.iter().all(|r| r.quality == Quality::Measured);
        let tolerance = Tolerance { estimated: tolerate, missing: tolerate };
        let condition = peak(window, reveal, max, ratchet, tolerance);
        prop_assert_eq!(stage.agree(&condition), highest <= max && (measured || tolerate));
        prop_assert_eq!(stage.judge(&condition).value, highest.max(least));
    }
}
