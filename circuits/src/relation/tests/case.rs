//! Claims to test with, also for the tests of conditions: what a case changes before a claim is signed, and the two judges.

use super::super::*;
use crate::condition::{Condition, Tolerance};
use crate::cs::{Evaluator, Matrices};
use crate::format::Prefixed;
use crate::hash::F;
use crate::l3::SecureElement;
use crate::meter::*;
use crate::policy::{Calendar, CalendarUnit, Context, Period, Policy, Scope};
use std::sync::{Arc, Mutex};

/// 2011-02-01T00:00 at UTC-8.
pub(crate) const START: u64 = 1_296_547_200;
pub(crate) const HOUR: u64 = 3600;

/// What a test changes before a claim is signed.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) geometry: Geometry,
    pub(crate) unit: CalendarUnit,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) least_level: Level,
    pub(crate) level: Level,
    pub(crate) valid: (u64, u64),
    /// Intervals from the grid's start to the first reading, and to the period.
    pub(crate) first: u64,
    pub(crate) period: (u64, u64),
    pub(crate) readings: Vec<Vec<Reading>>,
    /// As many as there are readings count.
    pub(crate) channels: Vec<Channel>,
}

pub(crate) fn tolerate(estimated: bool, missing: bool) -> Tolerance {
    Tolerance { estimated, missing }
}

/// Index of each bound in `limit`'s member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    AtMost,
    AtLeast,
}

/// A condition with these members.
pub(crate) fn condition(kind: &str, members: &[(&str, &[i64])], tolerate: Tolerance) -> Condition {
    Condition::new(kind, members, tolerate).unwrap()
}

pub(crate) fn completeness(min_measured_ppm: i64) -> Condition {
    let members: &[(&str, &[i64])] = &[("min_measured_ppm", &[min_measured_ppm])];
    condition("completeness", members, Tolerance::default())
}

pub(crate) fn volume(min: i64, max: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("min", &[min]), ("max", &[max]), ("reveal", &[1])];
    condition("volume", members, tolerate)
}

pub(crate) fn limit(bound: Bound, value: i64, tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("bound", &[bound as i64]), ("value", &[value])];
    condition("limit", members, tolerate)
}

pub(crate) fn scheduled(bound: Bound, schedule: &[i64], tolerate: Tolerance) -> Condition {
    let members: &[(&str, &[i64])] =
        &[("channel", &[0]), ("bound", &[bound as i64]), ("schedule", schedule)];
    condition("limit", members, tolerate)
}

pub(crate) fn channel(quantity: Quantity, direction: Direction, unit: Unit) -> Channel {
    Channel { quantity, direction, unit }
}

/// Four intervals a day and a small tree, so that tests are quick; every part of the relation is there.
pub(crate) fn small(aligned: bool, min: u16, max: u16) -> Geometry {
    let blocks = BlockRange { min, max };
    Geometry {
        intervals_per_block: 4,
        blocks,
        aligned,
        value_bits: 8,
        registry_depth: 2,
        look_back: 0,
        opened: 0,
    }
}

pub(crate) fn day() -> Case {
    Case {
        geometry: small(true, 1, 1),
        unit: CalendarUnit::Day,
        conditions: vec![
            completeness(1_000_000),
            volume(10, 1000, Tolerance::default()),
            limit(Bound::AtMost, 100, Tolerance::default()),
        ],
        least_level: Level::L1,
        level: Level::L1,
        valid: (START - HOUR, START + 400 * 86_400),
        first: 0,
        period: (0, 4),
        readings: vec![[10, 20, 100, 0].map(Reading::measured).to_vec()],
        channels: vec![
            channel(Quantity::Energy, Direction::Import, Unit::Wh),
            channel(Quantity::Energy, Direction::Export, Unit::Wh),
        ],
    }
}

/// A week that begins and ends inside a block: 28 intervals from the second of the first block.
pub(crate) fn week() -> Case {
    let readings = (0..40).map(|i| Reading::measured(i % 50)).collect();
    Case {
        geometry: small(false, 7, 9),
        unit: CalendarUnit::Week,
        conditions: vec![
            completeness(900_000),
            volume(0, 5000, tolerate(true, true)),
            limit(Bound::AtMost, 60, tolerate(true, true)),
        ],
        period: (5, 33),
        readings: vec![readings],
        ..day()
    }
}

impl Case {
    fn interval(&self) -> u64 {
        86_400 / u64::from(self.geometry.intervals_per_block)
    }

    fn policy(&self) -> Policy {
        self.policy_with(self.conditions.clone()).unwrap()
    }

    /// The case's policy with other conditions.
    pub(crate) fn policy_with(&self, conditions: Vec<Condition>) -> crate::error::Result<Policy> {
        let calendar = Calendar { zone: "-08:00".into(), unit: self.unit };
        let scope = Scope { authority: "tests".into(), name: "case".into(), calendar };
        let meter = MeterKind {
            interval_seconds: self.interval() as u32,
            grid_offset_seconds: -28_800,
            channels: self.channels.iter().take(self.readings.len()).copied().collect(),
        };
        Policy::new(self.geometry, scope, meter, self.least_level, conditions)
    }

    /// A claim as a device of level L3 signs it; the case's least level must be L3.
    pub(crate) fn device_claim(&self, device: &SecureElement) -> Claim {
        let policy = self.policy();
        let start = START + self.first * self.interval();
        let ledger = device.record(policy.meter(), &self.geometry, start, &self.readings).unwrap();
        let (period, context) = self.purpose();
        device.claim(&ledger, policy, period, context).unwrap()
    }

    fn purpose(&self) -> (Period, Context) {
        let time = |slot: u64| START + slot * self.interval();
        let period = Period::new(time(self.period.0), time(self.period.1)).unwrap();
        (period, Context::Challenge { verifier: "tests".into(), nonce: Prefixed([3; 32]) })
    }

    pub(crate) fn claim(&self) -> Claim {
        let policy = self.policy();
        let device = Device {
            key: SecretKey::from_seed([7; 32]),
            serial: "4711".into(),
            meter_salt: F::from(99),
            nullifier_key: F::from(12_345),
        };
        let leaf = Leaf {
            key: device.key.public(),
            meter_id: device.meter_id(),
            nullifier_commitment: nullifier_commitment(&device.nullifier_key),
            level: self.level,
            nameplate: 20_000,
            valid_from: self.valid.0,
            valid_until: self.valid.1,
        };
        let mut registry = Registry::new(self.geometry.registry_depth).unwrap();
        for seed in 0..5 {
            let key = SecretKey::from_seed([100 + seed; 32]).public();
            registry.add(Leaf { key, meter_id: F::from(seed), ..leaf.clone() }).unwrap();
        }
        let index = registry.add(leaf.clone()).unwrap();
        let start = START + self.first * self.interval();
        let geometry = &self.geometry;
        let ledger = Ledger::record(
            &device.key,
            &device.meter_id(),
            policy.meter(),
            geometry,
            start,
            &self.readings,
        )
        .unwrap();
        let (period, context) = self.purpose();
        let Attestation { signature, head, first_index, blocks } =
            ledger.attest(&device.key, &policy, &period, &context).unwrap();
        Claim {
            policy,
            period,
            context,
            voucher: Voucher::Registry(Box::new(Enrolled {
                leaf,
                path: registry.path(index).unwrap(),
                nullifier_key: device.nullifier_key,
                signature,
            })),
            head,
            first_index,
            blocks,
            blindings: Vec::new(),
        }
    }
}

pub(crate) fn assign(relation: &Relation) -> Vec<F> {
    Evaluator::assign(relation, 0)
}

/// The matrices of a claim's shape, recorded once.
pub(crate) fn matrices(claim: &Claim) -> Arc<Matrices> {
    static RECORDED: Mutex<Vec<(Shape, Arc<Matrices>)>> = Mutex::new(Vec::new());
    let shape = claim.policy.shape();
    let mut list = RECORDED.lock().unwrap();
    if let Some((_, matrices)) = list.iter().find(|(s, _)| *s == shape) {
        return matrices.clone();
    }
    let matrices = Arc::new(Relation::matrices(&shape));
    list.push((shape, matrices.clone()));
    matrices
}

/// Rules that the claim's assignment breaks, native checks aside.
pub(crate) fn violations(claim: &Claim) -> Vec<&'static str> {
    let (statement, relation) = claim.unchecked().unwrap();
    let matrices = matrices(claim);
    let assignment = assign(&relation);
    assert_eq!(assignment.len(), matrices.variables);
    assert_eq!(assignment[1..matrices.inputs], statement.to_public_inputs());
    matrices.violations(&assignment)
}

/// Twin and circuit agree; gives whether they accept.
pub(crate) fn agree(claim: &Claim) -> bool {
    let (native, circuit) = (claim.check().is_ok(), violations(claim));
    assert_eq!(native, circuit.is_empty(), "{:?} against {circuit:?}", claim.check().err());
    native
}
