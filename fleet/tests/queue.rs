//! The simulation against what must hold for any queue, against another way to count, and against queueing theory.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattproof_fleet::formula::{erlang_c, wait_mdc, wait_mgc, wait_mmc};
use wattproof_fleet::{Day, FleetError, MAX_DEVICES, Profile, Spread, Times, Workload};

const SECOND: u64 = 1_000_000;

fn constant() -> Times {
    Times::new(vec![SECOND]).unwrap()
}

/// Mean wait in occupancies, of `jobs` claims that come as a Poisson stream.
fn simulated_wait(times: &Times, workers: usize, load: f64, jobs: u32, seed: u64) -> f64 {
    // Moments drawn evenly in a window are a Poisson stream, given how many there are.
    let window_s = (f64::from(jobs) * times.mean_s() / load) as u32;
    let day = Workload::generate(jobs, Profile::Spread { window_s }, times, seed).unwrap();
    day.run(workers).wait.mean / 1e6 / times.mean_s()
}

#[track_caller]
fn close(found: f64, right: f64, tolerance: f64) {
    assert!((found / right - 1.0).abs() <= tolerance, "{found} instead of {right}");
}

#[test]
fn four_claims_and_two_workers_by_hand() {
    // a 0..10, b 1..4, c waits for b: 4..9, d waits for c: 9..10.
    let day = Workload::of(vec![(0, 10), (1, 3), (2, 5), (3, 1)]).unwrap().run(2);
    assert_eq!(day.latency, Spread { mean: 6.75, p50: 7, p95: 10, p99: 10, max: 10 });
    assert_eq!(day.wait, Spread { mean: 2.0, p50: 0, p95: 6, p99: 6, max: 6 });
    assert_eq!((day.length_us, day.busy_us, day.deepest), (10, 19, 2));
    assert_eq!(day.mean_present, 2.7);
    assert_eq!(day.utilisation(), 0.95);
}

#[test]
fn all_at_once_takes_as_many_rounds_as_it_must() {
    let day = Workload::generate(1_003, Profile::Midnight { mean_s: 0 }, &constant(), 1).unwrap();
    for workers in [1, 2, 10, 1_003, 5_000] {
        let ran = day.run(workers);
        assert_eq!(ran.length_us, 1_003_u64.div_ceil(workers as u64) * SECOND);
        assert_eq!(ran.latency.max, ran.length_us);
        assert_eq!(ran.deepest, 1_003_u64.saturating_sub(workers as u64));
    }
}

/// The same by another way: the clock goes on tick by tick, and each worker says what it is at.
fn by_ticks(claims: &[(u64, u64)], workers: usize) -> Vec<u64> {
    let mut left: Vec<Option<(usize, u64)>> = vec![None; workers];
    let (mut next, mut ends, mut now) = (0, vec![0; claims.len()], 0);
    while next < claims.len() || left.iter().any(Option::is_some) {
        for worker in &mut left {
            if let Some((claim, 0)) = *worker {
                ends[claim] = now;
                *worker = None;
            }
        }
        while next < claims.len() && claims[next].0 <= now {
            let Some(free) = left.iter_mut().find(|worker| worker.is_none()) else { break };
            *free = Some((next, claims[next].1));
            next += 1;
        }
        for worker in left.iter_mut().flatten() {
            worker.1 -= 1;
        }
        now += 1;
    }
    ends.iter().zip(claims).map(|(end, (arrival, _))| end - arrival).collect()
}

fn claims() -> impl Strategy<Value = Vec<(u64, u64)>> {
    prop::collection::vec((0_u64..60, 1_u64..20), 1..60).prop_map(|mut claims| {
        claims.sort_by_key(|(arrival, _)| *arrival);
        claims
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_and_ticks_agree(claims in claims(), workers in 1_usize..6) {
        let day = Workload::of(claims.clone()).unwrap().run(workers);
        prop_assert_eq!(day.latency, Spread::of(by_ticks(&claims, workers)));
    }

    /// Nothing is lost, nobody works twice, and Little's law: what is present on average is the rate times the mean stay.
    #[test]
    fn nothing_is_lost(claims in claims(), workers in 1_usize..6) {
        let Day { jobs, busy_us, latency, wait, length_us, mean_present, deepest, ref depth, .. } =
            Workload::of(claims.clone()).unwrap().run(workers);
        prop_assert_eq!(jobs, claims.len() as u64);
        let work: u64 = claims.iter().map(|(_, occupancy)| occupancy).sum();
        prop_assert_eq!(busy_us, work);
        prop_assert!(busy_us <= length_us * workers as u64);
        prop_assert!(((latency.mean - wait.mean) * jobs as f64 - work as f64).abs() < 1e-6);
        let little = jobs as f64 / length_us as f64 * latency.mean;
        prop_assert!((mean_present - little).abs() < 1e-9, "{} {}", mean_present, little);
        prop_assert!(depth.iter().all(|depth| *depth <= deepest));
        prop_assert_eq!(depth.last(), Some(&0));
    }

    #[test]
    fn more_workers_are_never_slower(claims in claims(), workers in 1_usize..6) {
        let day = Workload::of(claims).unwrap();
        let (fewer, more) = (day.run(workers).latency, day.run(workers + 1).latency);
        prop_assert!(more.p50 <= fewer.p50 && more.p95 <= fewer.p95 && more.max <= fewer.max);
    }

    #[test]
    fn the_number_that_keeps_a_deadline_is_the_least(
        claims in claims(), deadline in 1_u64..100, step in 1_usize..4,
    ) {
        let day = Workload::of(claims).unwrap();
        match day.workers_for(deadline, step) {
            Some(workers) => {
                prop_assert!(workers % step == 0 && day.run(workers).latency.p99 <= deadline);
                prop_assert!(workers == step || day.run(workers - step).latency.p99 > deadline);
            }
            None => prop_assert!(day.run(1_000).latency.p99 > deadline),
        }
    }
}

#[test]
fn formulas_give_known_answers() {
    // Erlang's own tables: with two workers and a load of one, a third waits; with five and four, 0.5541.
    close(erlang_c(2, 1.0), 1.0 / 3.0, 1e-12);
    close(erlang_c(5, 4.0), 0.5541, 1e-4);
    close(erlang_c(1, 0.7), 0.7, 1e-12);
    close(wait_mmc(1, 0.7), 0.7 / 0.3, 1e-12);
    // Pollaczek and Khinchine, one worker.
    for load in [0.3, 0.5, 0.8, 0.9] {
        close(wait_mgc(1, load, 0.0), load / (2.0 * (1.0 - load)), 1e-12);
        close(wait_mdc(1, load), load / (2.0 * (1.0 - load)), 1e-6);
    }
    // Cosmetatos' approximation of M/D/c, which is within some percent.
    for (workers, load) in [(2, 1.6), (4, 3.2), (8, 7.2)] {
        let (c, rho) = (workers as f64, load / workers as f64);
        let by = 1.0 + (1.0 - rho) * (c - 1.0) * ((4.0 + 5.0 * c).sqrt() - 2.0) / (16.0 * c * rho);
        close(wait_mdc(workers, load), wait_mgc(workers, load, 0.0) * by, 0.02);
    }
    assert!(wait_mdc(2, 2.0).is_infinite() && wait_mmc(2, 3.0).is_infinite());
}

/// A tenth of the waits' scatter over seeds is left at this many claims.
#[test]
fn the_simulation_meets_the_formulas() {
    for (workers, load) in [(1, 0.5), (1, 0.8), (2, 1.6), (4, 3.2), (8, 7.2)] {
        let found = simulated_wait(&constant(), workers, load, 400_000, 7);
        close(found, wait_mdc(workers, load), 0.04);
    }
    // Exponential occupancies, by their quantiles; and some of two kinds at one worker.
    let quantile = |i: u32| (-(1.0 - (f64::from(i) + 0.5) / 20_000.0).ln() * 1e6) as u64;
    let exponential = Times::new((0..20_000).map(|i| quantile(i).max(1)).collect()).unwrap();
    for (workers, load) in [(1, 0.6), (3, 2.1)] {
        let found = simulated_wait(&exponential, workers, load, 400_000, 8);
        close(found, wait_mmc(workers, load), 0.05);
    }
    let two_kinds = Times::new(vec![200_000, 200_000, 200_000, 3_400_000]).unwrap();
    let found = simulated_wait(&two_kinds, 1, 0.6, 400_000, 9);
    close(found, wait_mgc(1, 0.6, two_kinds.squared_variation()), 0.05);
}

#[test]
fn a_seed_gives_one_day() {
    let times = Times::new((1..=100).map(|n| n * 10_000).collect()).unwrap();
    for profile in [Profile::Spread { window_s: 3_600 }, Profile::Midnight { mean_s: 60 }] {
        let day = |seed| Workload::generate(5_000, profile, &times, seed).unwrap();
        assert_eq!(day(1), day(1));
        assert_eq!(day(1).run(3), day(1).run(3));
        assert_ne!(day(1), day(2));
    }
}

#[test]
fn a_million_devices_fit() {
    let day =
        Workload::generate(1_000_000, Profile::Midnight { mean_s: 60 }, &constant(), 3).unwrap();
    let workers = day.workers_for(3_600 * SECOND, 8).unwrap();
    // Of each part q the last ends after q N / w seconds and came after 60 ln(1 / (1 - q)): at most an hour apart for w = 256.
    assert!((248..=264).contains(&workers), "{workers}");
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    assert!(matches!(Times::new(vec![]), Err(FleetError::Times(_))));
    assert!(matches!(Times::new(vec![1, 0]), Err(FleetError::Times(_))));
    assert!(matches!(Times::new(vec![86_400_000_001]), Err(FleetError::Times(_))));
    let spread = Profile::Spread { window_s: 60 };
    for devices in [0, MAX_DEVICES + 1] {
        let day = Workload::generate(devices, spread, &constant(), 1);
        assert!(matches!(day, Err(FleetError::OutOfRange(_))));
    }
    let nowhere = Profile::Spread { window_s: 0 };
    assert!(Workload::generate(1, nowhere, &constant(), 1).is_err());
    assert!(Workload::of(vec![]).is_err());
    // No number of workers makes a proof of a second take half of one.
    let day = Workload::generate(100, spread, &constant(), 1).unwrap();
    assert_eq!(day.workers_for(SECOND / 2, 1), None);
}
