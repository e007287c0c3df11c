//! What it costs, by hand.
#![allow(clippy::unwrap_used)]

use wattproof_fleet::cost::{BATCH, Gas, Many, Prices, proving, settlement};
use wattproof_fleet::{Measured, Workload};

#[test]
fn proving_costs_its_time() {
    // 3,600 claims of a second on one processor: an hour.
    let claims = (0..3_600).map(|n| (n * 2_000_000, 1_000_000)).collect();
    let day = Workload::of(claims).unwrap().run(1);
    let prices = Prices { core_hour_usd: 0.36, ..Prices::default() };
    let cost = proving(&day, 1, 8, &prices);
    assert!((cost.core_hours - 1.0).abs() < 1e-12);
    assert!((cost.claim_usd_used - 0.0001).abs() < 1e-15);
    assert!((cost.claim_usd_day - 8.0 * 24.0 * 0.36 / 3_600.0).abs() < 1e-12);
    assert!((proving(&day, 2, 8, &prices).core_hours - 2.0).abs() < 1e-12);
}

#[test]
fn settling_costs_its_transactions() {
    let many = |claims, gas| Many { claims, gas };
    let gas = Gas {
        about: String::new(),
        claim: 300,
        claim_many: vec![many(1, 110), many(11, 200), many(32, 420)],
    };
    // Pinned ones as they are, others on the line from the first to the last.
    assert_eq!([1, 11, 32].map(|n| gas.of_many(n)), [110.0, 200.0, 420.0]);
    assert_eq!(gas.of_many(21), 310.0);
    let prices = Prices { gas_gwei: 2.0, eth_usd: 1_000.0, ..Prices::default() };
    let day = settlement(2 * BATCH + 21, &gas, &prices);
    assert_eq!((day.transactions, day.gas), (3, 2.0 * 420.0 + 310.0));
    assert!((day.eth - 1_150.0 * 2e-9).abs() < 1e-18);
    assert!((day.claim_usd - 1_150.0 * 2e-9 * 1_000.0 / 85.0).abs() < 1e-18);
    assert_eq!(settlement(64, &gas, &prices).gas, 840.0);
}

#[test]
fn the_pinned_gas_is_of_whole_batches() {
    let gas = Gas::pinned().unwrap();
    assert!(gas.claim_many.iter().any(|many| many.claims == BATCH));
    assert!(gas.claim_many.windows(2).all(|pair| pair[0].claims < pair[1].claims));
    let each = gas.of_many(BATCH) / BATCH as f64;
    assert!(each < gas.claim as f64, "{each}");
}

#[test]
fn measured_times_are_read_strictly() {
    let right = r#"{"wattproof":"proving-times/1","about":"","circuit_id":"00","cores_per_worker":1,"occupancy_us":[5,3]}"#;
    assert_eq!(Measured::from_json(right).unwrap().times().unwrap().micros(), [3, 5]);
    for (from, to) in [
        ("times/1", "times/2"),
        (r#""cores_per_worker":1"#, r#""cores_per_worker":0"#),
        (r#""about":"""#, r#""about":"","more":1"#),
        ("[5,3]", "[5,-3]"),
    ] {
        assert!(right.contains(from));
        assert!(Measured::from_json(&right.replace(from, to)).is_err(), "{to}");
    }
    let none = Measured::from_json(&right.replace("[5,3]", "[]")).unwrap();
    assert!(none.times().is_err());
}
