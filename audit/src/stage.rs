//! A claim for each circuit that is audited: a policy as people write it, readings that meet it, a meter that signs.

use crate::Any;
use wattproof_circuits::format::Prefixed;
use wattproof_circuits::hash::F;
use wattproof_circuits::l3::{Algorithm, SecureElement};
use wattproof_circuits::meter::{
    Attestation, Channel, Device, Leaf, Ledger, Level, Quantity, Reading, Registry, SecretKey,
    nullifier_commitment,
};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::{Claim, Enrolled, Shape, Trust, Voucher, catalogue};
use wattproof_intake::agreement::{Agreement, PRESETS, Syntax};

/// A circuit with a claim that it accepts.
pub struct Stage {
    /// The circuit's name.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// A claim that meets its policy.
    pub claim: Claim,
}

/// Agreement (a preset's name, or a text) and the period that is claimed.
const AGREEMENTS: [(&str, &str, &str); 21] = [
    ("p2p-trade-hour", "2026-01-14T17:00:00+01:00", "2026-01-14T18:00:00+01:00"),
    ("energytag-granular-certificate", "2026-01-14T12:00:00+01:00", "2026-01-14T13:00:00+01:00"),
    (PLAIN, "2026-01-14T00:00:00Z", "2026-01-15T00:00:00Z"),
    ("csip-aus-operating-envelope", "2026-01-14T00:00:00+10:00", "2026-01-15T00:00:00+10:00"),
    ("ramp-limit", "2026-01-14T00:00:00-04:00", "2026-01-15T00:00:00-04:00"),
    ("ppa-monthly-volume", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("ev-fleet-charging-window", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("tou-bill", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ("net-metering-bill", "2026-01-01T00:00:00-08:00", "2026-02-01T00:00:00-08:00"),
    ("carbon-report", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    (SMALL, "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ("caiso-10-in-10", "2026-07-15T00:00:00-08:00", "2026-07-16T00:00:00-08:00"),
    (HOME, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
    (HOME_L3, "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
    ("hourly-matching-cfe", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("capacity-charge", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("ev-session", "2026-01-14T00:00:00+01:00", "2026-01-15T00:00:00+01:00"),
    ("en50160-voltage", "2026-01-12T00:00:00+01:00", "2026-01-19T00:00:00+01:00"),
    ("battery-cycle-warranty", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("solar-plausibility", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("availability-guarantee", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
];

const PLAIN: &str = include_str!("stage/plain.toml");
const SMALL: &str = include_str!("stage/small.toml");
const HOME: &str = include_str!("stage/home.toml");
const HOME_L3: &str = include_str!("stage/home-l3.toml");

/// A claim for every circuit of the catalogue.
///
/// # Errors
/// Names the circuit for which there is none.
pub fn stages() -> Any<Vec<Stage>> {
    let mut stages = Vec::new();
    for (agreement, from, until) in AGREEMENTS {
        let preset = PRESETS.iter().find(|preset| preset.name == agreement);
        let text = preset.map_or(agreement, |preset| preset.text);
        let second = |time: &str| -> Any<u64> {
            Ok(u64::try_from(time.parse::<jiff::Timestamp>()?.as_second())?)
        };
        let period = Period::new(second(from)?, second(until)?)?;
        let agreement = Agreement::parse(text, Syntax::Toml)?;
        let of = agreement.needs_period().then_some(period);
        let policy = agreement.compile(of)?.policy;
        let shape = policy.shape();
        let listed = catalogue().iter().find(|listed| listed.shape == shape);
        let name = listed.ok_or_else(|| format!("no circuit of the catalogue: {text}"))?.name;
        let claim = claim(&policy, period).map_err(|error| format!("{name}: {error}"))?;
        stages.push(Stage { name: name.to_owned(), shape, claim });
    }
    for listed in catalogue() {
        if !stages.iter().any(|stage| stage.name == listed.name) {
            return Err(format!("{}: no claim is staged", listed.name).into());
        }
    }
    Ok(stages)
}

/// A claim of readings that meet the policy, the smallest of some that do.
fn claim(policy: &Policy, period: Period) -> Any<Claim> {
    let (kind, geometry) = (policy.meter(), policy.geometry());
    let back = u64::from(geometry.look_back) * kind.block_seconds(geometry);
    let start = kind.block_start(geometry, period.start()) - back;
    let count = ((period.end() - start) / u64::from(kind.interval_seconds)) as usize;
    let mut why = None;
    // A size at all times, then one with pauses.
    let sizes = [40, 150, 400, 1_500, 5_000, 20_000, 60_000, 250_000, 1_000_000];
    type IsOff = fn(u64, usize) -> bool;
    let pauses: [IsOff; 3] = [
        |_, _| false,
        // Every evening in Europe.
        |time, _| (15..20).contains(&(time / 3_600 % 24)),
        // An event in the last day's evening.
        |_, left| (6..=10).contains(&left),
    ];
    for (pause, size) in pauses.into_iter().flat_map(|pause| sizes.map(|size| (pause, size))) {
        let time = |i: usize| start + i as u64 * u64::from(kind.interval_seconds);
        let is_off = |i: usize| pause(time(i), count - i);
        let channels = kind.channels.iter().map(|c| readings(c, size, count, &is_off));
        let channels: Vec<_> = channels.collect();
        let claim = match policy.shape().trust {
            Trust::Registry => enrolled(policy, period, start, &channels)?,
            Trust::Device => {
                let device = SecureElement::from_seeds("meter", Algorithm::P256, [7; 32], [8; 32])?;
                let ledger = device.record(kind, geometry, start, &channels)?;
                device.claim(&ledger, policy.clone(), period, challenge())?
            }
        };
        match claim.check() {
            Ok(_) => return Ok(claim),
            Err(error) => why = Some(error),
        }
    }
    Err(why.map_or_else(|| "no sizes were tried".into(), |error| error.to_string().into()))
}

/// A claim of a meter that recorded these channels from `start` on, enrolled between others.
fn enrolled(policy: &Policy, period: Period, start: u64, channels: &[Vec<Reading>]) -> Any<Claim> {
    let key = SecretKey::from_seed([7; 32]);
    let nullifier_key = F::from(2_007);
    let device = Device { key, serial: "4711".into(), meter_salt: F::from(1_007), nullifier_key };
    let leaf = Leaf {
        key: device.key.public(),
        meter_id: device.meter_id(),
        nullifier_commitment: nullifier_commitment(&nullifier_key),
        level: Level::L2,
        nameplate: 100_000,
        valid_from: start,
        valid_until: period.end(),
    };
    let mut registry = Registry::new(policy.geometry().registry_depth)?;
    let neighbour = |seed: u8| Leaf {
        key: SecretKey::from_seed([200 + seed; 32]).public(),
        meter_id: F::from(seed),
        ..leaf.clone()
    };
    registry.add(neighbour(0))?;
    let index = registry.add(leaf.clone())?;
    registry.add(neighbour(1))?;
    let kind = policy.meter();
    let (id, geometry) = (device.meter_id(), policy.geometry());
    let ledger = Ledger::record(&device.key, &id, kind, geometry, start, channels)?;
    let Attestation { signature, head, first_index, blocks } =
        ledger.attest(&device.key, policy, &period, &challenge())?;
    Ok(Claim {
        policy: policy.clone(),
        period,
        context: challenge(),
        voucher: Voucher::Registry(Box::new(Enrolled {
            leaf,
            path: registry.path(index)?,
            nullifier_key,
            signature,
        })),
        head,
        first_index,
        blocks,
        blindings: Vec::new(),
    })
}

fn challenge() -> Context {
    Context::Challenge { verifier: "audit".into(), nonce: Prefixed([7; 32]) }
}

/// Some `size` in each interval that is not off, never twice the same in a row; a register, marks and volts as they come.
fn readings(
    channel: &Channel,
    size: u32,
    count: usize,
    is_off: &dyn Fn(usize) -> bool,
) -> Vec<Reading> {
    let mut register = 1_000_000_u32;
    let reading = |i: usize| {
        let wobble = (i as u32 * 7_919) % 101;
        let amount = if is_off(i) { 0 } else { size + wobble * (size / 1_000) };
        let value = match channel.quantity {
            Quantity::Register => {
                register += amount;
                register
            }
            Quantity::Mark => match i {
                _ if i == count / 3 => 1,
                _ if i == count / 2 => 2,
                _ => 0,
            },
            Quantity::Voltage => 2_250 + wobble,
            _ => amount,
        };
        Reading::measured(value)
    };
    (0..count).map(reading).collect()
}
