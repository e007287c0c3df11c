//! A device's files: `device-key/1`, its secrets, and `enrolment/1`, what a registry is told of it.

use super::registry_file::{KeyText, SignatureText};
use super::{carry, check_name, decimal, from_hex, parse_native, to_hex};
use crate::error::{Code, Error, Result};
use crate::hash::{F, Tag, hash_tagged};
use crate::meter::{Device, Leaf, Level, PublicKey, SecretKey, Signature, nullifier_commitment};
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

    /// What a registry needs to enrol it, signed.
    pub fn enrolment(&self) -> Enrolment {
        let (key, meter_id) = (self.key.public(), self.meter_id());
        let nullifier_commitment = nullifier_commitment(&self.nullifier_key);
        let possession = self.key.sign(&possession(&key, &meter_id, &nullifier_commitment));
        Enrolment { key, meter_id, nullifier_commitment, possession }
    }
}

/// Refuses a serial that could not be read back from a device key.
fn check_serial(serial: &str) -> Result<()> {
    check_name("serial", serial).map_err(|e| Error::new(Code::Malformed, e.message()))
}

/// What a device signs to show that it holds its key and means these values.
fn possession(key: &PublicKey, meter_id: &F, nullifier_commitment: &F) -> F {
    let point = key.point();
    hash_tagged(Tag::Enrol, &[point.x, point.y, *meter_id, *nullifier_commitment])
}

/// What a registry is told of a device. Public; its key signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    key: PublicKey,
    meter_id: F,
    nullifier_commitment: F,
    possession: Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EnrolmentDocument {
    wattproof: String,
    key: KeyText,
    #[serde(with = "decimal::field")]
    meter_id: F,
    #[serde(with = "decimal::field")]
    nullifier_commitment: F,
    possession: SignatureText,
}

impl Enrolment {
    /// Reads an `enrolment/1` file and checks its signature.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] for a key off the curve or of low order; [`Code::BadSignature`] if the key did
    /// not sign it.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: EnrolmentDocument = parse_native(text, ENROLMENT, MAX_DEVICE_FILE)?;
        Self::read(document).map_err(|e| e.at(ENROLMENT))
    }

    fn read(document: EnrolmentDocument) -> Result<Self> {
        let EnrolmentDocument { key, meter_id, nullifier_commitment, possession: signed, .. } =
            document;
        let (key, signed) = (key.key()?, signed.signature()?);
        signed.verify(&key, &possession(&key, &meter_id, &nullifier_commitment))?;
        Ok(Self { key, meter_id, nullifier_commitment, possession: signed })
    }

    /// Writes an `enrolment/1` file.
    pub fn to_json(&self) -> String {
        let document = EnrolmentDocument {
            wattproof: ENROLMENT.into(),
            key: KeyText::from(&self.key),
            meter_id: self.meter_id,
            nullifier_commitment: self.nullifier_commitment,
            possession: SignatureText::from(&self.possession),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// Salted hash of the serial.
    pub fn meter_id(&self) -> &F {
        &self.meter_id
    }

    /// The registry entry; the registry answers for `level`, `nameplate` (watts) and the validity
    /// (Unix seconds, end exclusive).
    pub fn leaf(self, level: Level, nameplate: u64, valid_from: u64, valid_until: u64) -> Leaf {
        let Self { key, meter_id, nullifier_commitment, .. } = self;
        Leaf { key, meter_id, nullifier_commitment, level, nameplate, valid_from, valid_until }
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
    fn enrolments_are_signed() {
        let [device, other] = [1, 2].map(|_| Device::generate("SN-1").expect("random"));
        let enrolment = device.enrolment();
        let json = enrolment.to_json();
        assert_eq!(Enrolment::from_json(&json), Ok(enrolment.clone()));
        let field = decimal::field_string;
        for (from, to) in [
            (&enrolment.meter_id, &other.meter_id()),
            (&enrolment.nullifier_commitment, &other.enrolment().nullifier_commitment),
            (&enrolment.possession.s_field(), &other.enrolment().possession.s_field()),
        ] {
            let bad = json.replace(&field(from), &field(to));
            assert_eq!(code(Enrolment::from_json(&bad)), Code::BadSignature);
        }
        // The identity has low order.
        let point = enrolment.key.point();
        let low = json.replacen(&field(&point.x), "0", 1).replacen(&field(&point.y), "1", 1);
        assert_eq!(code(Enrolment::from_json(&low)), Code::BadKey);
    }
}
