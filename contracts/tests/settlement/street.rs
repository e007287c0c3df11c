//! Homes with real meter files in one registry, a policy, and a circuit to prove with: what happens off the chain.

use std::sync::{Mutex, OnceLock};

use wattproof_circuits::format::{Bundle, FirstPhase, Setup, VerifyingKeyFile};
use wattproof_circuits::hash::F;
use wattproof_circuits::l3::{Algorithm, SecureElement};
use wattproof_circuits::meter::{
    Attestation, Device, Leaf, Ledger, Level, Reading, Registry, SecretKey, nullifier_commitment,
};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::{Claim, Enrolled, Statement, Voucher};
use wattproof_tests::circuit::Circuit;
use wattproof_tests::scene::{DAY, FEBRUARY, real_readings};

/// Meters in the registry.
pub(crate) const HOMES: usize = 3;
const DEPTH: u8 = 2;
/// Millionths of a cent for a Wh: 20 cents a kWh.
const RATE: u64 = 20_000;

/// A meter, its history, its place in the registry.
struct Home {
    device: Device,
    leaf: Leaf,
    ledger: Ledger,
}

/// The street.
pub(crate) struct Street {
    /// A day between 5 and 20 kWh, the total shown, no hour above 5 kWh: one circuit for all policies made of it.
    pub(crate) policy: Policy,
    /// Its key's papers.
    pub(crate) key: VerifyingKeyFile,
    circuit: Mutex<Circuit>,
    homes: Vec<Home>,
}

/// The period of the day `day` days after 1 February 2011 in California.
pub(crate) fn day(day: u64) -> Period {
    Period::new(FEBRUARY + day * DAY, FEBRUARY + (day + 1) * DAY).expect("a day")
}

/// The household's readings, as its meter file has them.
fn readings() -> (u64, Vec<Vec<Reading>>) {
    real_readings("sdge-hourly-2011-02.xml").expect("a real meter file")
}

/// What that day came to, in Wh.
pub(crate) fn total(day: u64) -> u64 {
    let (start, channels) = readings();
    let first = ((FEBRUARY + day * DAY - start) / 3600) as usize;
    channels[0][first..first + 24].iter().map(|reading| u64::from(reading.value)).sum()
}

/// The policy of tests/data, for a smaller registry, with `from` replaced by `to` in its text.
fn policy(from: &str, to: &str) -> Policy {
    let path = wattproof_tests::root().join("tests/data/policies/day-sdge.json");
    let text = std::fs::read_to_string(path).expect("a policy");
    let geometry = format!(
        r#"{{"intervals_per_block":24,"blocks":{{"min":1,"max":1}},"aligned":true,"value_bits":24,"registry_depth":{DEPTH}}}"#
    );
    let edits = [(r#""day-24x1h""#, geometry.as_str()), (from, to)];
    let text = edits.iter().fold(text, |text, (from, to)| {
        assert!(text.contains(from), "the policy has no {from}");
        text.replacen(from, to, 1)
    });
    Policy::from_json(&text).expect("a policy")
}

impl Street {
    /// The street whose policy is about an amount.
    pub(crate) fn get() -> &'static Self {
        static STREET: OnceLock<Street> = OnceLock::new();
        STREET.get_or_init(|| Self::new(policy("", ""), 5))
    }

    /// As the street's, but no hour above 4 kWh.
    pub(crate) fn strict() -> Policy {
        policy(r#""value": "5000""#, r#""value": "4000""#)
    }

    /// The same meters under a policy about a bill: so many cents a kWh, less a daily credit of `credit` cents. A circuit of its own,
    /// whose output can be negative.
    pub(crate) fn billing(credit: u64) -> Policy {
        let volume =
            r#""kind": "volume", "channel": 0, "min": "5000", "max": "20000", "reveal": "exact""#;
        let fixed = -1_000_000 * i64::try_from(credit).expect("cents");
        let bill = format!(
            r#""kind": "bill", "import": 0, "reveal": "exact", "currency": "USD", "currency_digits": 2,
            "fixed": "{fixed}", "rates": ["{RATE}"], "min": "-1000000", "max": "1000000""#
        );
        policy(volume, &bill)
    }

    /// A street of that policy, its circuit's keys made once.
    pub(crate) fn billed() -> &'static Self {
        static STREET: OnceLock<Street> = OnceLock::new();
        STREET.get_or_init(|| Self::new(Self::billing(0), 7))
    }

    fn new(policy: Policy, seed: u64) -> Self {
        let (start, channels) = readings();
        let homes = (1..=HOMES as u8).map(|seed| Home::new(seed, &policy, start, &channels));
        let circuit = Circuit::new(&policy.shape(), seed).expect("keys");
        let homes = homes.collect();
        Self { key: circuit.file.clone(), policy, circuit: Mutex::new(circuit), homes }
    }

    /// The registry, in which the homes of `revoked` are no more.
    pub(crate) fn registry(&self, revoked: &[usize]) -> Registry {
        let mut registry = Registry::new(DEPTH).expect("a registry");
        for home in &self.homes {
            registry.add(home.leaf.clone()).expect("enrolled");
        }
        for home in revoked {
            registry.revoke(*home).expect("revoked");
        }
        registry
    }

    /// A proof by a home over a day, for this context, in this registry.
    pub(crate) fn prove(
        &self,
        home: usize,
        policy: &Policy,
        period: Period,
        context: &Context,
        registry: &Registry,
    ) -> Bundle {
        let claim = self.claim(home, policy, period, context, registry);
        self.circuit.lock().expect("the circuit").prove(&claim).expect("a proof")
    }

    /// What a home's claim under the street's policy says, without a proof.
    pub(crate) fn statement(
        &self,
        home: usize,
        period: Period,
        context: &Context,
        registry: &Registry,
    ) -> Statement {
        let claim = self.claim(home, &self.policy, period, context, registry);
        claim.check().expect("a claim that holds").0
    }

    fn claim(
        &self,
        home: usize,
        policy: &Policy,
        period: Period,
        context: &Context,
        registry: &Registry,
    ) -> Claim {
        let Home { device, leaf, ledger } = &self.homes[home];
        let attestation = ledger.attest(&device.key, policy, &period, context).expect("signed");
        let Attestation { signature, head, first_index, blocks } = attestation;
        let path = registry.path(home).expect("enrolled");
        let nullifier_key = device.nullifier_key;
        let enrolled = Enrolled { leaf: leaf.clone(), path, nullifier_key, signature };
        Claim {
            policy: policy.clone(),
            period,
            context: context.clone(),
            voucher: Voucher::Registry(Box::new(enrolled)),
            head,
            first_index,
            blocks,
            blindings: Vec::new(),
        }
    }

    /// The same key with other papers: as if a ceremony had made it.
    pub(crate) fn key_of_ceremony(&self, contributions: u32) -> VerifyingKeyFile {
        let key = &self.key;
        let transcript = wattproof_circuits::format::Digest([7; 32]);
        let first_phase = FirstPhase::Published;
        let setup = Setup::Ceremony { contributions, transcript, first_phase };
        let (id, shape) = (key.circuit_id(), key.shape().clone());
        VerifyingKeyFile::new(id, shape, setup, key.key().clone(), key.proving_key_sha256())
            .expect("the same key")
    }
}

impl Home {
    fn new(seed: u8, policy: &Policy, start: u64, channels: &[Vec<Reading>]) -> Self {
        let device = Device {
            key: SecretKey::from_seed([seed; 32]),
            serial: format!("4711-{seed}"),
            meter_salt: F::from(1_000 + u64::from(seed)),
            nullifier_key: F::from(2_000 + u64::from(seed)),
        };
        let leaf = Leaf {
            key: device.key.public(),
            meter_id: device.meter_id(),
            nullifier_commitment: nullifier_commitment(&device.nullifier_key),
            level: Level::L1,
            nameplate: 20_000,
            valid_from: FEBRUARY - 10 * DAY,
            valid_until: FEBRUARY + 4_000 * DAY,
        };
        let (id, kind, geometry) = (device.meter_id(), policy.meter(), policy.geometry());
        let ledger = Ledger::record(&device.key, &id, kind, geometry, start, channels);
        Self { ledger: ledger.expect("a chain"), device, leaf }
    }
}

/// A secure element of P-256 with the same readings, and a circuit of level L3.
pub(crate) struct Garage {
    /// As the street's, at L3.
    pub(crate) policy: Policy,
    /// Its key's papers.
    pub(crate) key: VerifyingKeyFile,
    circuit: Mutex<Circuit>,
}

impl Garage {
    /// The one of all tests.
    pub(crate) fn get() -> &'static Self {
        static GARAGE: OnceLock<Garage> = OnceLock::new();
        GARAGE.get_or_init(|| {
            let policy = policy(r#""L1""#, r#""L3""#);
            let circuit = Circuit::new(&policy.shape(), 6).expect("keys");
            Self { key: circuit.file.clone(), policy, circuit: Mutex::new(circuit) }
        })
    }

    /// A device; `seed` tells them apart.
    pub(crate) fn device(seed: u8) -> SecureElement {
        SecureElement::from_seeds("meter 7", Algorithm::P256, [seed; 32], [seed; 32])
            .expect("a device")
    }

    /// A proof of what `device` recorded, signed by it.
    pub(crate) fn prove(
        &self,
        device: &SecureElement,
        period: Period,
        context: &Context,
    ) -> Bundle {
        let (start, channels) = readings();
        let (kind, geometry) = (self.policy.meter(), self.policy.geometry());
        let ledger = device.record(kind, geometry, start, &channels).expect("a chain");
        let claim = device.claim(&ledger, self.policy.clone(), period, context.clone());
        let claim = claim.expect("signed");
        self.circuit.lock().expect("the circuit").prove(&claim).expect("a proof")
    }
}
