use super::random::{BOTH, channel, channels, of_quality, period, refused, tolerance};
use super::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Channel, Direction, Quality, Quantity, Reading, Unit};
use proptest::prelude::*;

const VOLTAGE: Channel = channel(Quantity::Voltage, Direction::None, Unit::DeciVolt);

fn tolerant(wide: [i64; 2], tight: [i64; 2], share: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] = &[
        ("channel", &[0]),
        ("lo", &wide[..1]),
        ("hi", &wide[1..]),
        ("tight_lo", &tight[..1]),
        ("tight_hi", &tight[1..]),
        ("share_ppm", &[share]),
    ];
    Condition::new("band", members, tolerate).expect("band")
}

fn band(wide: [i64; 2], tight: [i64; 2], share: i64) -> Condition {
    tolerant(wide, tight, share, Tolerance::default())
}

fn stage(values: &[u32]) -> Stage {
    Stage::measured(geometry(4, 2, 0), &[VOLTAGE], &[values])
}

#[test]
fn bounds_hold_exactly() {
    for (lo, hi) in [(0, 255), (1, 254), (100, 100), (0, 0), (255, 255)] {
        for value in [0, 1, 99, 100, 101, 254, 255] {
            let stage = stage(&[value; 8]);
            let inside = (lo..=hi).contains(&i64::from(value));
            assert_eq!(stage.agree(&band([lo, hi], [lo, hi], 1_000_000)), inside);
            // The tight band by its share, the wide one always.
            assert_eq!(stage.agree(&band([0, 255], [lo, hi], 1)), inside);
            assert_eq!(stage.agree(&band([lo, hi], [lo, hi], 0)), inside);
            assert!(stage.agree(&band([0, 255], [lo, hi], 0)));
        }
    }
}

#[test]
fn failures_name_interval_and_margin() {
    let stage = stage(&[50, 50, 39, 50, 50, 61, 45, 50]);
    let condition = band([40, 60], [48, 52], 950_000);
    let at = |i: u64| stage.block_start + i * 3600;
    let expected = [
        format!("band: channel 0 at {} (Unix seconds): 39 < 40", at(2)),
        format!("band: channel 0 at {} (Unix seconds): 61 > 60", at(5)),
        "band: channel 0: 625000 < 950000".to_owned(),
    ];
    assert_eq!(stage.failures(&condition), expected);
    assert_eq!(stage.violations(&condition), ["band: at least", "band: at most", "band: share"]);
}

#[test]
fn missing_readings_are_out_of_the_share() {
    let mut stage = stage(&[50, 50, 50, 58, 50, 50, 50, 50]);
    stage.period = 0..7;
    stage.readings[0][1] = Reading::MISSING;
    stage.readings[0][4] = of_quality(50, 1);
    // Five of six.
    assert!(stage.agree(&tolerant([40, 60], [48, 52], 833_333, BOTH)));
    assert!(!stage.agree(&tolerant([40, 60], [48, 52], 833_334, BOTH)));
    assert!(!stage.agree(&band([40, 60], [48, 52], 0)));
}

#[test]
fn no_reading_is_no_quality() {
    let mut stage = stage(&[50; 8]);
    stage.readings[0][..7].fill(Reading::MISSING);
    let condition = tolerant([40, 60], [48, 52], 0, BOTH);
    assert!(stage.agree(&condition));
    stage.readings[0][7] = Reading::MISSING;
    assert!(!stage.agree(&condition));
    assert_eq!(
        stage.failures(&condition),
        ["band: channel 0: every reading is missing, so there is no share"]
    );
    assert_eq!(stage.violations(&condition), ["band: a reading"]);
}

#[test]
fn what_contradicts_itself_is_refused() {
    let stage = stage(&[0; 8]);
    let refused = |wide, tight| stage.check_parameters(&band(wide, tight, 0)).is_err();
    assert!(!refused([1, 9], [1, 9]));
    assert!(refused([9, 1], [1, 9]) && refused([1, 9], [9, 1]));
    assert!(refused([1, 9], [0, 9]) && refused([1, 9], [1, 10]) && refused([0, 256], [1, 10]));
}

/// With the share at the exact boundary, no word of the prover's about the tight band can be other.
#[test]
fn no_wire_is_loose() {
    let mut stage = stage(&[48, 52, 47, 53, 40, 60, 50, 0]);
    stage.readings[0][7] = Reading::MISSING;
    stage.period = 1..8;
    let condition = tolerant([40, 60], [48, 52], 333_333, BOTH);
    assert_eq!(stage.loose_wires(&condition), Vec::<usize>::new());
    // Three flags, kind, two qualities; counts of 4 bits.
    let once = 3 + 1 + 2 + 4 + 1 + 24;
    assert_eq!(stage.constraints(&condition), once + 8 * (2 * 8 + 4));
}

/// Variables after three flags: tight, two products each before seven bits of a range.
#[test]
fn hints_are_held() {
    let mut stage = stage(&[55; 8]);
    let condition = tolerant([40, 60], [48, 52], 0, BOTH);
    assert_eq!(stage.tampered(&condition, 3, 2.into())[0], "band: tight");
    let broken = stage.tampered(&condition, 3, 1.into());
    assert_eq!(broken[..2], ["band: tight below", "band: tight above"]);
    // Tight as well in the products: the bounds notice.
    stage.readings[0][0] = Reading::MISSING;
    assert_eq!(stage.tampered(&condition, 3, 1.into())[0], "band: tight");
}

#[test]
fn off_says_nothing() {
    for reading in [Reading::MISSING, Reading::measured(0), Reading::measured(255)] {
        let mut stage = stage(&[0; 8]);
        stage.readings[0] = vec![reading; 8];
        let off = Condition::off(band([1, 1], [1, 1], 0).shape());
        assert!(stage.agree(&off));
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn twin_and_circuit_agree(
        readings in channels::<1>(), period in period(), tolerate in tolerance(),
        mut picks in proptest::array::uniform4(0_usize..12), at_edge in any::<bool>(), short in 0_i64..2,
    ) {
        // Bounds are readings, and now and then the ends of the range.
        let value = |pick: usize| readings[0].get(pick).map_or(if pick < 10 { 0 } else { 255 }, |r| i64::from(r.value));
        picks.sort_by_key(|pick| value(*pick));
        let [lo, tight_lo, tight_hi, hi] = picks.map(value);
        let (lo, hi) = if at_edge { (lo, hi) } else { (0, 255) };
        let there: Vec<_> = readings[0][period.clone()].iter().filter(|r| r.quality != Quality::Missing).collect();
        let within = |low: i64, high: i64| there.iter().filter(|r| (low..=high).contains(&i64::from(r.value))).count() as i64;
        let (tight, wide, all) = (within(tight_lo, tight_hi), within(lo, hi), there.len() as i64);
        let share = (tight * 1_000_000 / all.max(1) + short).min(1_000_000);
        let holds = all > 0 && wide == all && tight * 1_000_000 >= share * all
            && !refused(tolerate, &readings, &period);
        let stage = super::random::stage(&[VOLTAGE], readings, period);
        prop_assert_eq!(stage.agree(&tolerant([lo, hi], [tight_lo, tight_hi], share, tolerate)), holds);
    }
}
