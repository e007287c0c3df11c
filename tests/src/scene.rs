//! Meters with a history, enrolled among others: where claims come from. Everything follows from constants.

use crate::{Any, root};
use std::fs::{self, File};
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{
    Attestation, Device, Leaf, Ledger, Level, Reading, Registry, SecretKey, nullifier_commitment,
};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::{Claim, Enrolled, Voucher};
use wattproof_intake::import::{Options, import};

/// 2011-02-01T00:00 in California.
pub const FEBRUARY: u64 = 1_296_547_200;
/// 2011-03-01T00:00 in California.
pub const MARCH: u64 = 1_298_966_400;
/// 2011-04-01T00:00 in California, where daylight saving began on 13 March.
pub const APRIL: u64 = 1_301_641_200;
/// Seconds of a day.
pub const DAY: u64 = 86_400;

/// A policy of tests/data/policies.
pub fn policy(name: &str) -> Any<Policy> {
    let path = root().join("tests/data/policies").join(name);
    Ok(Policy::from_json(&fs::read_to_string(path)?)?)
}

/// The policy with `from` replaced once by `to` in its text, which must hold it.
pub fn edited(policy: &Policy, from: &str, to: &str) -> Any<Policy> {
    let json = policy.to_json();
    if !json.contains(from) {
        return Err(format!("the policy has no {from}").into());
    }
    Ok(Policy::from_json(&json.replacen(from, to, 1))?)
}

/// Start and readings of a real meter file: the only series of `tests/data/green-button/<name>`.
pub fn real_readings(name: &str) -> Any<(u64, Vec<Vec<Reading>>)> {
    let file = File::open(root().join("tests/data/green-button").join(name))?;
    let imported = import(name, file, &Options::default(), &mut |_| {})?;
    let [series] = <[_; 1]>::try_from(imported.series).map_err(|_| "not one series")?;
    Ok((series.start, vec![series.readings]))
}

/// A challenge by a verifier of the vectors; `nonce` fills the 32 bytes.
pub fn challenge(nonce: u8) -> Context {
    Context::Challenge { verifier: "example-utility".into(), nonce: Prefixed([nonce; 32]) }
}

/// A settlement of the vectors.
pub fn settlement() -> Context {
    Context::Settlement {
        chain_id: 31_337,
        contract: Prefixed([0x11; 20]),
        payee: Prefixed([0x22; 20]),
        order: Prefixed([0x33; 32]),
    }
}

/// A meter, what it recorded, and the registry that it is enrolled in.
pub struct Meter {
    device: Device,
    leaf: Leaf,
    ledger: Ledger,
    registry: Registry,
    index: usize,
}

impl Meter {
    /// A meter that recorded `channels` from `start` on, enrolled at `level` beside five others.
    pub fn new(
        seed: u8,
        policy: &Policy,
        level: Level,
        start: u64,
        channels: &[Vec<Reading>],
    ) -> Any<Self> {
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
            level,
            nameplate: 20_000,
            valid_from: FEBRUARY - 10 * DAY,
            valid_until: FEBRUARY + 4_000 * DAY,
        };
        let geometry = policy.geometry();
        let mut registry = Registry::new(geometry.registry_depth)?;
        for neighbour in 0..5 {
            let key = SecretKey::from_seed([200 + neighbour; 32]).public();
            registry.add(Leaf { key, meter_id: F::from(neighbour), ..leaf.clone() })?;
        }
        registry.revoke(2)?;
        let index = registry.add(leaf.clone())?;
        let (id, kind) = (device.meter_id(), policy.meter());
        let ledger = Ledger::record(&device.key, &id, kind, geometry, start, channels)?;
        Ok(Self { device, leaf, ledger, registry, index })
    }

    /// Root of its registry.
    pub fn root(&self) -> F {
        self.registry.root()
    }

    /// A claim, signed.
    pub fn claim(&self, policy: &Policy, period: Period, context: &Context) -> Any<Claim> {
        let attestation = self.ledger.attest(&self.device.key, policy, &period, context)?;
        let Attestation { signature, head, first_index, blocks } = attestation;
        Ok(Claim {
            policy: policy.clone(),
            period,
            context: context.clone(),
            voucher: Voucher::Registry(Box::new(Enrolled {
                leaf: self.leaf.clone(),
                path: self.registry.path(self.index)?,
                nullifier_key: self.device.nullifier_key,
                signature,
            })),
            head,
            first_index,
            blocks,
            blindings: Vec::new(),
        })
    }
}
