//! The devices that a verifier trusts: at L3 they stand in a profile, in the place of a registry's roots.

use super::message::key;
use super::{Algorithm, DeviceKey, DeviceSignature};
use crate::error::{Code, Error, Result, message};
use crate::format::{Fault, FromJson, ToJson, Value, check_name, read, write_object};
use serde::{Serialize, Serializer};

/// A device whose signature a verifier takes for a meter's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedDevice {
    /// What the verifier calls the meter; 1 to 128 bytes. No two devices of one meter are valid at one time.
    pub meter: String,
    /// The device's public key.
    pub key: DeviceKey,
    /// First second of validity, Unix, below 2^40.
    pub valid_from: u64,
    /// End of validity (exclusive), Unix, below 2^40.
    pub valid_until: u64,
}

/// Refuses devices that would let one meter claim twice: two keys of it at one time, or one key of two.
pub(crate) fn check_devices(devices: &[TrustedDevice]) -> Result<()> {
    for (i, device) in devices.iter().enumerate() {
        let refuse =
            |what: &str| Err(Error::new(Code::OutOfRange, message!["devices[", i, "]: ", what]));
        check_name("meter", &device.meter).map_err(|e| e.at(&message!["devices[", i, "]"]))?;
        if device.valid_from >= device.valid_until || device.valid_until >> 40 != 0 {
            return refuse("validity begins before it ends, and ends below 2^40.");
        }
        let overlaps = |other: &&TrustedDevice| {
            device.valid_from < other.valid_until && other.valid_from < device.valid_until
        };
        for other in devices[..i].iter().filter(overlaps) {
            if other.meter == device.meter {
                return refuse("the same meter has another device at the same time.");
            }
            if other.key == device.key {
                return refuse("the same device is another meter's at the same time.");
            }
        }
    }
    Ok(())
}

/// The trusted device with this key that is valid from `from` until `until`.
pub(crate) fn find<'a>(
    devices: &'a [TrustedDevice],
    device: &DeviceSignature,
    from: u64,
    until: u64,
) -> Result<&'a TrustedDevice> {
    let refuse = |what: &str| Error::new(Code::WrongDevice, what);
    let mut own = devices.iter().filter(|trusted| trusted.key == device.key).peekable();
    if own.peek().is_none() {
        return Err(refuse("device is none of the profile's devices."));
    }
    own.find(|trusted| trusted.valid_from <= from && until <= trusted.valid_until)
        .ok_or_else(|| refuse("device is not valid over the whole period, by the profile."))
}

impl FromJson for TrustedDevice {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_members() => meter, algorithm, public_key, valid_from, valid_until }
        let (algorithm, public_key): (Algorithm, String) = (algorithm, public_key);
        let key = key(algorithm, &public_key).map_err(|e| value.fault(e))?;
        Ok(Self { meter, key, valid_from, valid_until })
    }
}

impl ToJson for TrustedDevice {
    fn write(&self, json: &mut String) {
        write_object(
            json,
            &[
                ("meter", &self.meter),
                ("algorithm", &self.key.algorithm()),
                ("public_key", &self.key.hex()),
                ("valid_from", &self.valid_from),
                ("valid_until", &self.valid_until),
            ],
        );
    }
}

impl Serialize for TrustedDevice {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = s.serialize_struct("TrustedDevice", 5)?;
        object.serialize_field("meter", &self.meter)?;
        object.serialize_field("algorithm", &self.key.algorithm())?;
        object.serialize_field("public_key", &self.key.hex())?;
        object.serialize_field("valid_from", &self.valid_from.to_string())?;
        object.serialize_field("valid_until", &self.valid_until.to_string())?;
        object.end()
    }
}
