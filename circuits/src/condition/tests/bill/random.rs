//! Random tariffs: twin, circuit, and a sum made unit by unit.

use super::{CENT, EXPORT, IMPORT, PLENTY, tolerant};
use crate::condition::tests::stage::{Stage, cases, geometry};
use crate::condition::{Condition, Tolerance};
use crate::meter::{Quality, Reading};
use proptest::prelude::*;

/// A random tariff over four blocks of three slots.
#[derive(Clone, Debug)]
struct Tariff {
    /// Bands, types of day, blocks' thresholds, kind of credit: none, one rate, a rate for each band, prices.
    counts: (usize, usize, usize, usize),
    priced: bool,
    rates: Vec<i64>,
    bands: Vec<i64>,
    days: Vec<i64>,
    prices: Vec<i64>,
    steps: Vec<i64>,
}

fn rate() -> impl Strategy<Value = i64> {
    let most = (1_i64 << 40) - 1;
    prop_oneof![
        6 => -3 * CENT..3 * CENT,
        1 => prop_oneof![Just(0), Just(1), Just(-1), Just(CENT), Just(most), Just(-most)],
    ]
}

fn price() -> impl Strategy<Value = i64> {
    let most = (1_i64 << 20) - 1;
    prop_oneof![6 => -most..=most, 1 => prop_oneof![Just(0), Just(most), Just(-most)]]
}

fn tariff() -> impl Strategy<Value = Tariff> {
    let list = |n| proptest::collection::vec(rate(), n);
    (
        (1_usize..5, 1_usize..5, 0_usize..4, 0_usize..4),
        any::<bool>(),
        list(12),
        proptest::collection::vec(0_i64..4, 12),
        proptest::collection::vec(0_i64..4, 4),
        proptest::collection::vec(price(), 24),
        proptest::collection::vec(1_i64..600, 3),
    )
        .prop_map(|(counts, priced, rates, bands, days, prices, steps)| {
            let (count, types, ..) = counts;
            let types = if count == 1 { 1 } else { types };
            let counts = (count, types, counts.2, counts.3);
            let bands = bands.into_iter().cycle().take(3 * types).map(|b| b % count as i64);
            let days = days.into_iter().map(|d| d % types as i64).collect();
            Tariff { counts, priced, rates, bands: bands.collect(), days, prices, steps }
        })
}

impl Tariff {
    fn thresholds(&self) -> Vec<i64> {
        let mut at = 0;
        let steps = self.steps[..self.counts.2].iter();
        steps
            .map(|step| {
                at += step;
                at - 1
            })
            .collect()
    }

    fn condition(
        &self,
        fixed: i64,
        bounds: [i64; 2],
        anchor: i64,
        tolerate: Tolerance,
    ) -> Condition {
        let (count, types, tiers, credit) = self.counts;
        let thresholds = self.thresholds();
        let fixed = [fixed];
        let anchor = [if self.priced || types > 1 || credit == 3 { anchor } else { 0 }];
        let mut members: Vec<(&str, &[i64])> =
            vec![("fixed", &fixed), ("anchor", &anchor), ("rates", &self.rates[..count])];
        if count > 1 {
            members.push(("bands", &self.bands));
        }
        if types > 1 {
            members.push(("days", &self.days));
        }
        if self.priced {
            members.push(("prices", &self.prices[..12]));
        }
        if tiers > 0 {
            members.push(("tiers", &thresholds));
            members.push(("tier_rates", &self.rates[4..5 + tiers]));
        }
        match credit {
            0 => {}
            1 => members.extend([("export", &[1][..]), ("feed_in", &self.rates[8..9])]),
            2 => members.extend([("export", &[1][..]), ("feed_in", &self.rates[8..8 + count])]),
            _ => members.extend([("export", &[1][..]), ("feed_in_prices", &self.prices[12..])]),
        }
        tolerant(&members, bounds, tolerate).expect("bill")
    }

    /// Millionths of a minor unit, unit by unit.
    fn cost(&self, stage: &Stage) -> i64 {
        let (count, types, tiers, credit) = self.counts;
        let (mut sum, mut unit) = (0, 0);
        for i in stage.period.clone() {
            let day = if types > 1 { self.days[i / 3] as usize } else { 0 };
            let band = if count > 1 { self.bands[3 * day + i % 3] as usize } else { 0 };
            for _ in 0..stage.readings[0][i].value {
                sum += self.rates[band] + if self.priced { self.prices[i] } else { 0 };
                if tiers > 0 {
                    sum += self.rates[4 + self.thresholds().iter().filter(|t| **t <= unit).count()];
                }
                unit += 1;
            }
            sum -= i64::from(stage.readings[1][i].value)
                * match credit {
                    0 => 0,
                    1 => self.rates[8],
                    2 => self.rates[8 + band],
                    _ => self.prices[12 + i],
                };
        }
        sum
    }
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        30 => (0_u32..256).prop_map(Reading::measured),
        6 => prop_oneof![Just(0_u32), Just(1), Just(255)].prop_map(Reading::measured),
        1 => (0_u32..256).prop_map(|value| Reading { value, quality: Quality::Estimated }),
        1 => Just(Reading::MISSING),
    ]
}

proptest! {
    #![proptest_config(cases())]

    /// Bills at a whole minor unit or a millionth off it, against bounds at most two off: most cases are at a boundary and more
    /// than half fail.
    #[test]
    fn twin_and_circuit_agree(
        tariff in tariff(),
        readings in proptest::collection::vec(proptest::collection::vec(reading(), 12), 2),
        begin in 0_usize..3,
        length in 1_usize..13,
        near in -2_i64..2,
        off_whole in -1_i64..2,
        target in prop_oneof![Just(0_i64), -1000_i64..1000],
        upper in any::<bool>(),
        anchor in prop_oneof![3 => Just(None), 1 => (-1_i64..2).prop_map(Some)],
        (estimated, missing) in prop_oneof![2 => Just((true, true)), 1 => any::<(bool, bool)>()],
    ) {
        let mut stage = Stage::measured(geometry(3, 4, 0), &[IMPORT, EXPORT], &[&[], &[]]);
        stage.readings = readings;
        stage.period = begin..(begin + length).min(12);
        let fixed = target * CENT + off_whole - tariff.cost(&stage);
        let bill_is = if off_whole < 0 { target - 1 } else { target };
        let bounds = if upper { [-PLENTY, bill_is + near] } else { [bill_is - near, PLENTY] };
        let tolerate = Tolerance { estimated, missing };
        let start = stage.block_start as i64;
        let anchored = anchor.map_or(0, |off| start + off);
        let condition = tariff.condition(fixed, bounds, anchored, tolerate);
        let channels = condition.shape().channels();
        let bad = |quality| channels.iter().any(|c| {
            stage.readings[usize::from(*c)][stage.period.clone()].iter().any(|r| r.quality == quality)
        });
        let holds = near >= 0
            && [0, start].contains(&condition.number("anchor"))
            && (estimated || !bad(Quality::Estimated))
            && (missing || !bad(Quality::Missing));
        prop_assert_eq!(stage.agree(&condition), holds);
    }
}
