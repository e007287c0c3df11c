//! A device's files: `device-key/1`, its secrets, and `enrolment/1`, what a registry is told of it.

use super::registry_file::{EntryText, KeyText, SignatureText};
use super::{carry, check_name, decimal, from_hex, parse_native, to_hex};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::{Device, Leaf, Level, SecretKey, Signature, meter_id, nullifier_commitment};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroizing;

const DEVICE: &str = "device-key/1";
const ENROLMENT: &str = "enrolment/1";

/// Most bytes of a device key or an enrolment.
pub const MAX_DEVICE_FILE: usize = 16 << 10;

/// 32 secret bytes as hex; wiped when dropped.
pub(crate) struct Seed(pub(crate) Zeroizing<[u8; 32]>);

impl Serialize for Seed {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&Zeroizing::new(to_hex(self.0.as_ref())))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(d)?);
        // The common refusal quotes what it refuses; this must never be quoted.
        let refusal = |_| Error::new(Code::Malformed, "seed is not 32 bytes of lower-case hex.");
        from_hex(&text).map(|seed| Self(Zeroizing::new(seed))).map_err(refusal).map_err(carry)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDocument {
    wattproof: String,
    serial: String,
    public_key: KeyText,
    seed: Seed,
    #[serde(with = "decimal::field")]
    meter_salt: F,
    #[serde(with = "decimal::field")]
    nullifier_key: F,
}

impl Device {
    /// Reads a `device-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] if the public key is not the seed's.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: DeviceDocument = parse_native(text, DEVICE, MAX_DEVICE_FILE)?;
        let DeviceDocument { serial, public_key, seed, meter_salt, nullifier_key, .. } = document;
        check_serial(&serial).map_err(|e| e.at(DEVICE))?;
        let key = SecretKey::from_seed(*seed.0);
        if key.public() != public_key.key().map_err(|e| e.at(DEVICE))? {
            return Err(Error::new(Code::BadKey, "public_key is not the seed's.").at(DEVICE));
        }
        Ok(Self { key, serial, meter_salt, nullifier_key })
    }

    /// Writes a `device-key/1` file: everything secret about the device.
    pub fn to_json(&self) -> Zeroizing<String> {
        let document = DeviceDocument {
            wattproof: DEVICE.into(),
            serial: self.serial.clone(),
            public_key: KeyText::from(&self.key.public()),
            seed: Seed(Zeroizing::new(*self.key.seed())),
            meter_salt: self.meter_salt,
            nullifier_key: self.nullifier_key,
        };
        let mut json = Zeroizing::new(serde_json::to_string_pretty(&document).unwrap_or_default());
        json.push('\n');
        json
    }

    /// The entry that it asks for: the registry answers for `level`, `nameplate` (watts) and the validity (Unix seconds, end
    /// exclusive).
    pub fn leaf(&self, level: Level, nameplate: u64, valid_from: u64, valid_until: u64) -> Leaf {
        let (key, meter_id) = (self.key.public(), self.meter_id());
        let nullifier_commitment = nullifier_commitment(&self.nullifier_key);
        Leaf { key, meter_id, nullifier_commitment, level, nameplate, valid_from, valid_until }
    }

    /// What a registry needs to enrol it: the entry that it asks for, signed, with its serial and salt.
    pub fn enrolment(&self, leaf: Leaf) -> Enrolment {
        let possession = self.key.sign(&leaf.possession());
        let (serial, meter_salt) = (self.serial.clone(), self.meter_salt);
        Enrolment { serial, meter_salt, leaf, possession }
    }
}

/// Refuses a serial that could not be read back from a device key.
fn check_serial(serial: &str) -> Result<()> {
    check_name("serial", serial).map_err(|e| Error::new(Code::Malformed, e.message()))
}

/// What a registrar is told of a device: the entry it asks for, which its key signed, and the serial that the meter id is made of.
/// For the registrar alone: salt and serial tell whose entry it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    serial: String,
    meter_salt: F,
    leaf: Leaf,
    possession: Signature,
}

impl core::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Enrolment").field("leaf", &self.leaf).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrolmentDocument {
    wattproof: String,
    serial: String,
    #[serde(with = "decimal::field")]
    meter_salt: F,
    entry: EntryText,
    possession: SignatureText,
}

impl Enrolment {
    /// Reads an `enrolment/1` file, and checks its signature and that the meter id is that of serial and salt.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] for a key off the curve or of low order; [`Code::BadSignature`] if the key did
    /// not sign it; [`Code::NotEnrolled`] if the meter id is another serial's.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: EnrolmentDocument = parse_native(text, ENROLMENT, MAX_DEVICE_FILE)?;
        Self::read(document).map_err(|e| e.at(ENROLMENT))
    }

    fn read(document: EnrolmentDocument) -> Result<Self> {
        let EnrolmentDocument { serial, meter_salt, entry, possession, .. } = document;
        check_serial(&serial)?;
        let (leaf, possession) = (entry.leaf()?, possession.signature()?);
        possession.verify(&leaf.key, &leaf.possession())?;
        if leaf.meter_id != meter_id(&serial, &meter_salt) {
            let message = "entry.meter_id is not that of serial and meter_salt.";
            return Err(Error::new(Code::NotEnrolled, message));
        }
        Ok(Self { serial, meter_salt, leaf, possession })
    }

    /// Writes an `enrolment/1` file.
    pub fn to_json(&self) -> String {
        let document = EnrolmentDocument {
            wattproof: ENROLMENT.into(),
            serial: self.serial.clone(),
            meter_salt: self.meter_salt,
            entry: EntryText::from(&self.leaf),
            possession: SignatureText::from(&self.possession),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// The serial that the owner states.
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// What salts the serial in the meter id.
    pub fn meter_salt(&self) -> &F {
        &self.meter_salt
    }

    /// The entry it asks for.
    pub fn leaf(&self) -> &Leaf {
        &self.leaf
    }

    /// The signature of the entry's key over it.
    pub fn possession(&self) -> &Signature {
        &self.possession
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T>(outcome: Result<T>) -> Code {
        outcome.err().expect("refused").code()
    }

    #[test]
    fn device_keys_come_back_and_stay_secret() {
        let device = Device::generate("SN-1").expect("random");
        let json = device.to_json();
        let back = Device::from_json(&json).expect("own file");
        assert_eq!(*back.to_json(), *json);
        assert_eq!((back.meter_id(), &back.serial), (device.meter_id(), &device.serial));
        let seed = to_hex(device.key.seed());
        for bad in [json.replace(&seed, &seed[2..]), json.replace(&seed, &seed.to_uppercase())] {
            let error = Device::from_json(&bad).err().expect("refused");
            assert_eq!(error.code(), Code::Malformed);
            assert!(!error.to_string().contains(&seed[2..20]), "{error}");
        }
        let other = Device::generate("SN-1").expect("random");
        let swapped = json.replace(&seed, &to_hex(other.key.seed()));
        assert_eq!(code(Device::from_json(&swapped)), Code::BadKey);
        assert_eq!(code(Device::from_json(&json.replace("SN-1", ""))), Code::Malformed);
        assert_eq!(code(Device::from_json(&json.replace("key/1", "key/2"))), Code::UnknownVersion);
    }

    #[test]
    fn enrolments_are_signed_and_open_the_serial() {
        let [device, other] = [1, 2].map(|_| Device::generate("SN-1").expect("random"));
        let enrol = |device: &Device| device.enrolment(device.leaf(Level::L1, 5_000, 100, 200));
        let (enrolment, others) = (enrol(&device), enrol(&other));
        let json = enrolment.to_json();
        assert_eq!(Enrolment::from_json(&json), Ok(enrolment.clone()));
        let field = decimal::field_string;
        let (leaf, stranger) = (&enrolment.leaf, &others.leaf);
        // Every field of the entry is signed.
        for (from, to) in [
            (field(&leaf.meter_id), field(&stranger.meter_id)),
            (field(&leaf.nullifier_commitment), field(&stranger.nullifier_commitment)),
            (field(&enrolment.possession.s_field()), field(&others.possession.s_field())),
            (field(&leaf.key.point().x), field(&stranger.key.point().x)),
            ("\"L1\"".into(), "\"L2\"".into()),
            ("\"5000\"".into(), "\"5001\"".into()),
            ("\"100\"".into(), "\"99\"".into()),
            ("\"200\"".into(), "\"201\"".into()),
        ] {
            let bad = json.replace(&from, &to);
            assert_ne!(bad, json);
            let code = code(Enrolment::from_json(&bad));
            // Another x alone is no point of the curve.
            assert!([Code::BadSignature, Code::BadKey].contains(&code), "{to}: {code:?}");
        }
        // A second salt or serial for the same meter id.
        for (from, to) in [
            (field(&enrolment.meter_salt), field(&others.meter_salt)),
            ("SN-1".into(), "SN-2".into()),
        ] {
            assert_eq!(code(Enrolment::from_json(&json.replace(&from, &to))), Code::NotEnrolled);
        }
        // The identity has low order.
        let point = leaf.key.point();
        let low = json.replacen(&field(&point.x), "0", 1).replacen(&field(&point.y), "1", 1);
        assert_eq!(code(Enrolment::from_json(&low)), Code::BadKey);
        assert!(!format!("{enrolment:?}").contains("SN-1"));
    }
}
