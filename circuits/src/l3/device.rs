//! A secure element played in software, and its files: `l3-device-key/1`, its secrets, and `l3-device/1`, what a verifier is told.

use super::curves;
use super::message::device_genesis;
use super::{Algorithm, DeviceKey, DeviceSignature, TrustedDevice, preimage};
use crate::error::{Code, Error, Result};
use crate::format::{MAX_DEVICE_FILE, Seed, check_name, parse_native};
use crate::hash::F;
use crate::meter::{Ledger, MeterKind, Part, Reading, meter_config};
use crate::policy::{Context, Period, Policy};
use crate::random;
use crate::relation::{Claim, Geometry, Voucher};
use ark_ff::{BigInteger, PrimeField};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha512};
use zeroize::{Zeroize, Zeroizing};

const SECRET: &str = "l3-device-key/1";
const PUBLIC: &str = "l3-device/1";

/// A device of level L3: what a meter with a secure element does, in software. Its secrets are wiped when dropped, never shown.
///
/// In a meter the key never leaves the element; the seed of the salts is the firmware's.
pub struct SecureElement {
    /// What its owner calls the meter.
    pub meter: String,
    key: DeviceKey,
    secret: Zeroizing<[u8; 32]>,
    salt_seed: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for SecureElement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SecureElement").field("key", &self.key).finish_non_exhaustive()
    }
}

impl SecureElement {
    /// Fresh secrets.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn generate(meter: &str, algorithm: Algorithm) -> Result<Self> {
        let [mut secret, mut salt_seed] = [(); 2].map(|()| Zeroizing::new([0; 32]));
        random::fill(salt_seed.as_mut())?;
        loop {
            random::fill(secret.as_mut())?;
            // Of 2^32 draws one at most is no secret key.
            if curves::public(algorithm, &secret).is_some() {
                return Self::from_seeds(meter, algorithm, *secret, *salt_seed);
            }
        }
    }

    /// The device with this secret key and this seed of its salts.
    ///
    /// # Errors
    /// [`Code::BadKey`] if it is no secret key: zero, or the curve's order or above.
    pub fn from_seeds(
        meter: &str,
        algorithm: Algorithm,
        secret: [u8; 32],
        salt_seed: [u8; 32],
    ) -> Result<Self> {
        let secret = Zeroizing::new(secret);
        let none = || Error::new(Code::BadKey, "the secret is no key of its curve.");
        let public = curves::public(algorithm, &secret).ok_or_else(none)?;
        let key = DeviceKey::new(algorithm, &public)?;
        Ok(Self { meter: meter.into(), key, secret, salt_seed: Zeroizing::new(salt_seed) })
    }

    /// Its public key.
    pub fn key(&self) -> &DeviceKey {
        &self.key
    }

    /// Records readings, as [`Ledger::record`] does for a key of ours.
    ///
    /// # Errors
    /// As [`Ledger::record`].
    pub fn record(
        &self,
        kind: &MeterKind,
        geometry: &Geometry,
        start: u64,
        channels: &[Vec<Reading>],
    ) -> Result<Ledger> {
        let config = meter_config(&self.key.digest(), kind, geometry);
        let genesis = device_genesis(&self.key, &config);
        let salt = |index, start| self.salt(&config, index, start);
        Ledger::record_from(genesis, config, &salt, kind, geometry, start, channels)
    }

    /// 248 bits for each block that only this device can compute.
    fn salt(&self, config: &F, index: u32, start: u64) -> F {
        let hasher = Sha512::new_with_prefix("wattproof/l3/salt/1/")
            .chain_update(self.salt_seed.as_ref())
            .chain_update(config.into_bigint().to_bytes_le())
            .chain_update(index.to_le_bytes())
            .chain_update(start.to_le_bytes());
        let mut digest: [u8; 64] = hasher.finalize().into();
        let salt = F::from_le_bytes_mod_order(&digest[..31]);
        digest.zeroize();
        salt
    }

    /// Signs these; [`preimage`] says how.
    ///
    /// # Errors
    /// None that a key of this type can meet: it was one when it was made.
    pub fn sign(&self, head: &F, policy: &F, period: &F, context: &F) -> Result<DeviceSignature> {
        let preimage = preimage(head, policy, period, context);
        let signature = curves::sign(self.key.algorithm(), &self.secret, &preimage)
            .ok_or_else(|| Error::new(Code::BadKey, "the secret is no key of its curve."))?;
        Ok(DeviceSignature { key: self.key.clone(), signature })
    }

    /// Signs one claim.
    ///
    /// # Errors
    /// As [`Ledger::attest`].
    pub fn claim(
        &self,
        ledger: &Ledger,
        policy: Policy,
        period: Period,
        context: Context,
    ) -> Result<Claim> {
        let Part { last, head, first_index, blocks } = ledger.part(&policy, &period)?;
        let signed = self.sign(&last, &policy.digest(), &period.field(), &context.field())?;
        Ok(Claim {
            policy,
            period,
            context,
            voucher: Voucher::Device(signed),
            head,
            first_index,
            blocks,
            blindings: Vec::new(),
        })
    }

    /// What a verifier is told of it, in an `l3-device/1` file.
    pub fn public(&self) -> PublicDevice {
        PublicDevice { meter: self.meter.clone(), key: self.key.clone() }
    }

    /// Reads an `l3-device-key/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] if the secret is no key, or the public key not the secret's.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: SecretText = parse_native(text, SECRET, MAX_DEVICE_FILE)?;
        Self::read(&document).map_err(|e| e.at(SECRET))
    }

    fn read(document: &SecretText) -> Result<Self> {
        let public = read_public(&document.meter, document.algorithm, &document.public_key)?;
        let device = Self::from_seeds(
            &public.meter,
            document.algorithm,
            *document.secret.0,
            *document.salt_seed.0,
        )?;
        if device.key != public.key {
            return Err(Error::new(Code::BadKey, "public_key is not the secret's."));
        }
        Ok(device)
    }

    /// Writes an `l3-device-key/1` file: everything secret about the device.
    pub fn to_json(&self) -> Zeroizing<String> {
        let document = SecretText {
            wattproof: SECRET.into(),
            meter: self.meter.clone(),
            algorithm: self.key.algorithm(),
            public_key: self.key.hex(),
            secret: Seed(Zeroizing::new(*self.secret)),
            salt_seed: Seed(Zeroizing::new(*self.salt_seed)),
        };
        let mut json = Zeroizing::new(serde_json::to_string_pretty(&document).unwrap_or_default());
        json.push('\n');
        json
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretText {
    wattproof: String,
    meter: String,
    algorithm: Algorithm,
    public_key: String,
    secret: Seed,
    salt_seed: Seed,
}

/// What a verifier is told of a device of level L3. Public, and worth no more than the way it came by: a verifier trusts a device by
/// putting it into its profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicDevice {
    /// What its owner calls the meter.
    pub meter: String,
    /// Its public key.
    pub key: DeviceKey,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicText {
    wattproof: String,
    meter: String,
    algorithm: Algorithm,
    public_key: String,
}

fn read_public(meter: &str, algorithm: Algorithm, public_key: &str) -> Result<PublicDevice> {
    check_name("meter", meter).map_err(|e| Error::new(Code::Malformed, e.message()))?;
    Ok(PublicDevice { meter: meter.into(), key: super::message::key(algorithm, public_key)? })
}

impl PublicDevice {
    /// Reads an `l3-device/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadKey`] for what is no key of its kind.
    pub fn from_json(text: &str) -> Result<Self> {
        let PublicText { meter, algorithm, public_key, .. } =
            parse_native(text, PUBLIC, MAX_DEVICE_FILE)?;
        read_public(&meter, algorithm, &public_key).map_err(|e| e.at(PUBLIC))
    }

    /// Writes an `l3-device/1` file.
    pub fn to_json(&self) -> String {
        let document = PublicText {
            wattproof: PUBLIC.into(),
            meter: self.meter.clone(),
            algorithm: self.key.algorithm(),
            public_key: self.key.hex(),
        };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }

    /// The device as a profile names it, valid from `valid_from` until `valid_until` (Unix seconds, end exclusive).
    pub fn trusted(self, valid_from: u64, valid_until: u64) -> TrustedDevice {
        let Self { meter, key } = self;
        TrustedDevice { meter, key, valid_from, valid_until }
    }
}
