//! Claims: readings signed for one policy, period and purpose.

use wattproof_circuits::error::{Code, Error as Refusal};
#[cfg(feature = "curves")]
use wattproof_circuits::l3::SecureElement;
use wattproof_circuits::meter::{Attestation, Device, Ledger, Level, Link, Registry, Signature};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::{Claim, Enrolled, Voucher};

#[cfg(feature = "signatures")]
use crate::gateway::VerifiedFile;
use crate::import::ReadingsFile;
use crate::{Record, Result};

/// What a claim is about.
pub struct Terms {
    /// What is to hold.
    pub policy: Policy,
    /// Over which period.
    pub period: Period,
    /// For whom.
    pub context: Context,
}

/// A claim that is signed, and the place of its device.
pub struct Signed {
    /// The witness package. Secret.
    pub claim: Claim,
    /// The device's entry in the registry.
    pub index: usize,
}

/// Plays the readings into the device's ledger and signs the claim. Whether they meet the policy is [`crate::check`]'s question.
///
/// # Errors
/// `not-enrolled` if no entry of the device covers the period, or it is one of level L2: a gateway signs what it checked
/// ([`sign_checked`]); `broken-chain` if the readings do not cover the period; [`crate::Error::Readings`] if they are of another kind
/// of meter.
pub fn sign(
    device: &Device,
    registry: &Registry,
    readings: &ReadingsFile,
    terms: Terms,
) -> Result<Signed> {
    not_by_itself(sign_any(device, registry, readings, terms)?)
}

/// Refuses a claim whose signer is a gateway, unless it checked the meter's own signature.
fn not_by_itself(signed: Signed) -> Result<Signed> {
    if signed.claim.level() == Level::L2 {
        let message = "the meter is enrolled at L2, whose readings a gateway signs only from a file that the meter signed.";
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    Ok(signed)
}

/// As [`sign`], for a gateway, whose key speaks for a meter that signed these readings itself.
///
/// # Errors
/// As [`sign`].
#[cfg(feature = "signatures")]
pub fn sign_checked(
    device: &Device,
    registry: &Registry,
    file: &VerifiedFile,
    terms: Terms,
) -> Result<Signed> {
    sign_any(device, registry, file.readings(), terms)
}

fn sign_any(
    device: &Device,
    registry: &Registry,
    readings: &ReadingsFile,
    terms: Terms,
) -> Result<Signed> {
    let Terms { policy, period, context } = &terms;
    if policy.least_level() > Level::L2 {
        let message =
            "the policy asks for L3 (least_level); this device's key is one for a registry.";
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    // Said first, as it is the owner's to mend.
    entry(device, registry, *period)?;
    let record = Record::new(readings, policy.meter())?;
    let (id, start) = (device.meter_id(), record.start);
    let (meter, geometry) = (policy.meter(), policy.geometry());
    let ledger = Ledger::record(&device.key, &id, meter, geometry, start, &record.channels)?;
    let signed = ledger.attest(&device.key, policy, period, context)?;
    claim(device, registry, terms, signed)
}

/// Puts a claim together from the blocks that a gateway collected, in order, and what the device signed.
///
/// # Errors
/// `not-enrolled` as [`sign`]; `broken-chain` if the blocks do not cover the period.
pub fn collected(
    device: &Device,
    registry: &Registry,
    links: &[Link],
    terms: Terms,
    signature: Signature,
) -> Result<Signed> {
    let signed = Attestation::assemble(links, &terms.policy, &terms.period, signature)?;
    not_by_itself(claim(device, registry, terms, signed)?)
}

fn claim(
    device: &Device,
    registry: &Registry,
    terms: Terms,
    signed: Attestation,
) -> Result<Signed> {
    let Terms { policy, period, context } = terms;
    let index = entry(device, registry, period)?;
    let path = registry.path(index)?;
    let leaf = registry.entries().get(index).map(|e| e.leaf.clone()).ok_or_else(not_enrolled)?;
    let claim = Claim {
        policy,
        period,
        context,
        voucher: Voucher::Registry(Box::new(Enrolled {
            leaf,
            path,
            nullifier_key: device.nullifier_key,
            signature: signed.signature,
        })),
        head: signed.head,
        first_index: signed.first_index,
        blocks: signed.blocks,
        blindings: Vec::new(),
    };
    Ok(Signed { claim, index })
}

/// As [`sign`], for a device of level L3, which is in no registry: verifiers name its key.
///
/// # Errors
/// `not-enrolled` if the policy asks for another level; as [`sign`] for the readings.
#[cfg(feature = "curves")]
pub fn sign_by_element(
    device: &SecureElement,
    readings: &ReadingsFile,
    terms: Terms,
) -> Result<Claim> {
    let Terms { policy, period, context } = terms;
    if policy.least_level() != Level::L3 {
        let level = policy.least_level();
        let message = format!(
            "the policy asks for {level:?} (least_level); this device's key is one of level L3."
        );
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    let record = Record::new(readings, policy.meter())?;
    let (meter, geometry) = (policy.meter(), policy.geometry());
    let ledger = device.record(meter, geometry, record.start, &record.channels)?;
    Ok(device.claim(&ledger, policy, period, context)?)
}

/// Signs as a device made for this one claim, enrolled in a registry of its own at level L0: nobody vouches for the readings, and
/// whoever holds them could have changed them first. The device's key is wiped; the claim keeps the nullifier key.
///
/// `nameplate`: what the installation can carry, in watts, which `plausibility` asks for.
///
/// # Errors
/// `not-enrolled` if the policy asks for a level above L0; `out-of-range` if it asks for a nameplate and none is given; as [`sign`].
pub fn self_sign(
    readings: &ReadingsFile,
    terms: Terms,
    nameplate: Option<u64>,
) -> Result<(Claim, Registry)> {
    let Terms { policy, period, .. } = &terms;
    if policy.least_level() > Level::L0 {
        let level = policy.least_level();
        let message = format!(
            "the policy asks for {level:?}; readings that their owner signs are L0 (least_level = \"L0\")."
        );
        return Err(Refusal::new(Code::NotEnrolled, message).into());
    }
    let mut on = policy.conditions().iter().filter(|condition| !condition.is_off());
    let nameplate = match nameplate {
        None if on.any(|condition| condition.kind().name == "plausibility") => {
            let message = "nameplate is missing: a plausibility condition holds readings to it.";
            return Err(Refusal::new(Code::OutOfRange, message).into());
        }
        stated => stated.unwrap_or(0),
    };
    let start = Record::new(readings, policy.meter())?.start;
    let from = policy.meter().block_start(policy.geometry(), start);
    let device = Device::generate("self-signed")?;
    let mut registry = Registry::new(policy.geometry().registry_depth)?;
    // A device that is not valid for the whole period has no readings for it either, which the ledger says better.
    let until = period.end().max(from + 1);
    registry.add(device.leaf(Level::L0, nameplate, from.min(period.start()), until))?;
    let signed = sign_any(&device, &registry, readings, terms)?;
    Ok((signed.claim, registry))
}

/// The device's own entry for the period.
fn entry(device: &Device, registry: &Registry, period: Period) -> Result<usize> {
    let (id, key) = (device.meter_id(), device.key.public());
    let entries = registry.entries();
    let mut own = registry.roll().of_meter(&id).filter_map(|index| {
        let entry = entries.get(index)?;
        (!entry.revoked && entry.leaf.key == key).then_some((index, &entry.leaf))
    });
    let mut enrolled = false;
    let covering = own.find(|(_, entry)| {
        enrolled = true;
        entry.valid_from <= period.start() && entry.valid_until >= period.end()
    });
    match covering {
        Some((index, _)) => Ok(index),
        None if enrolled => {
            let message = "no registry entry of this device covers the whole period.";
            Err(Refusal::new(Code::NotEnrolled, message).into())
        }
        None => Err(not_enrolled().into()),
    }
}

fn not_enrolled() -> Refusal {
    Refusal::new(Code::NotEnrolled, "the registry has no entry of this device.")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::PolicyFile;
    use crate::check::Check;
    use crate::import::{Options, import};
    use wattproof_circuits::format::Prefixed;

    const AGREEMENT: &str = r#"
wattproof = "agreement/1"
zone = "UTC"
period = "hour"
circuit = "custom"
least_level = "L0"
scope = { authority = "example-utility", name = "cap" }
meter = { interval = "PT15M", value_bits = 16, registry_depth = 2 }
[channels.generation]
[[conditions]]
kind = "limit"
channel = "generation"
bound = "at-most"
value = "2 kW"
"#;
    const PLAUSIBLE: &str = r#"
[[conditions]]
kind = "plausibility"
channel = "generation"
"#;

    fn readings() -> ReadingsFile {
        // From 00:30 on: the first block is not whole.
        let rows = (0..6).map(|i| format!("{},{}\n", 1_296_520_200 + 900 * i, 100 * i));
        let csv = format!("time,Wh\n{}", rows.collect::<String>());
        let mut options = Options::default();
        options.csv.direction = wattproof_circuits::meter::Direction::Generation;
        import("file", csv.as_bytes(), &options, &mut |_| {}).unwrap().into()
    }

    fn terms(agreement: &str, period: &str) -> Terms {
        let (policy, period) = PolicyFile::parse_for(agreement, period).unwrap();
        let context = Context::Challenge { verifier: "v".into(), nonce: Prefixed([7; 32]) };
        Terms { policy, period, context }
    }

    fn refusal(agreement: &str, period: &str) -> (&'static str, String) {
        let error = self_sign(&readings(), terms(agreement, period), None).unwrap_err();
        (error.code(), error.to_string())
    }

    #[test]
    fn a_claim_of_ones_own_passes_every_check_but_trust() {
        let (claim, registry) =
            self_sign(&readings(), terms(AGREEMENT, "2011-02-01T01"), None).unwrap();
        assert!(Check::claim(&claim).unwrap().meets());
        assert_eq!(claim.level(), Level::L0);
        let enrolled = |claim: &Claim| claim.voucher.enrolled().unwrap().clone();
        let Enrolled { leaf, path, .. } = enrolled(&claim);
        assert_eq!(path.root(leaf.hash()).unwrap(), registry.root());
        assert_eq!(registry.entries().len(), 1);
        let (other, _) = self_sign(&readings(), terms(AGREEMENT, "2011-02-01T01"), None).unwrap();
        assert_ne!(leaf.key, enrolled(&other).leaf.key);
        assert_ne!(claim.nullifier(), other.nullifier());
    }

    #[test]
    fn nobody_vouches_above_l0() {
        let vouched = AGREEMENT.replace("L0", "L1");
        let (code, text) = refusal(&vouched, "2011-02-01T01");
        assert_eq!(code, "not-enrolled");
        assert!(text.contains("L1"), "{text}");
    }

    #[test]
    fn periods_without_readings_are_refused() {
        for hour in ["2011-01-31T23", "2011-02-01T02", "2012-02-01T00"] {
            assert_eq!(refusal(AGREEMENT, hour).0, "broken-chain", "{hour}");
        }
    }

    #[test]
    fn plausibility_takes_a_nameplate() {
        let plausible = AGREEMENT.to_owned() + PLAUSIBLE;
        assert_eq!(refusal(&plausible, "2011-02-01T01").0, "out-of-range");
        for (watts, meets) in [(2_000, true), (1_000, false)] {
            let terms = terms(&plausible, "2011-02-01T01");
            let (claim, _) = self_sign(&readings(), terms, Some(watts)).unwrap();
            assert_eq!(Check::claim(&claim).unwrap().meets(), meets, "{watts} W");
        }
    }
}
