//! What JavaScript sees of the verifier: strings in, strings out; no cryptography here.
//!
//! Results are JSON. Refusals are thrown as `Error` objects with the properties `code` and `remedy`, equal to those of
//! [`wattproof_circuits::error::Code`].

mod error;
#[cfg(feature = "meter")]
pub mod meter;
#[cfg(feature = "prove")]
mod prove;

use error::JsError;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
#[cfg(feature = "aggregate")]
use wattproof_circuits::aggregate::{Roster, Share, open_bundles};
use wattproof_circuits::error::{Code, Error};
#[cfg(feature = "aggregate")]
use wattproof_circuits::format::Bundle;
use wattproof_circuits::format::{Profile, ToJson, to_json, write_object};
use wattproof_circuits::verifier::{self, KeyPolicy, LoadedKey, SetupWords};

/// A list of free blocks, a tenth of the standard allocator's size. Searching it is slow only among very many blocks; a check
/// has a few dozen. Imports and proofs have very many, and take the standard allocator.
#[cfg(all(target_arch = "wasm32", not(any(feature = "meter", feature = "prove"))))]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// A verifying key, checked and prepared; good for any number of verifiers.
#[wasm_bindgen]
pub struct Key {
    loaded: Arc<LoadedKey>,
}

#[wasm_bindgen]
impl Key {
    /// Reads a `verifying-key/1` file. Development keys are refused unless `allow_dev_keys` is true.
    pub fn load(json: &str, allow_dev_keys: bool) -> Result<Key, JsError> {
        let loaded = LoadedKey::from_json(json, KeyPolicy { allow_dev: allow_dev_keys })?;
        Ok(Self { loaded: Arc::new(loaded) })
    }

    /// JSON: `circuit_id`, `fingerprint`, `setup`, `shape`.
    pub fn info(&self) -> String {
        let file = self.loaded.file();
        object(&[
            ("circuit_id", &file.circuit_id()),
            ("fingerprint", &file.fingerprint()),
            ("setup", &SetupWords::from(file.setup())),
            ("shape", file.shape()),
        ])
    }
}

/// Checks bundles against one profile.
#[wasm_bindgen]
pub struct Verifier {
    verifier: verifier::Verifier,
}

#[wasm_bindgen]
impl Verifier {
    /// A verifier for a `profile/1` file. `zone_offsets`: offsets from UTC in seconds, in force in the profile's zone at the
    /// instants that `profileZone` names.
    #[wasm_bindgen(constructor)]
    pub fn new(key: &Key, profile_json: &str, zone_offsets: &[i32]) -> Result<Verifier, JsError> {
        let Ok(offsets) = zone_offsets.try_into() else {
            let message = "zoneOffsets does not have 4 values.";
            return Err(Error::new(Code::Malformed, message).into());
        };
        let profile = Profile::from_json(profile_json)?;
        let verifier = verifier::Verifier::new(Arc::clone(&key.loaded), profile, offsets)?;
        Ok(Self { verifier })
    }

    /// Checks a `bundle/1` file. JSON: what was learned, `"verdict": "verified"`.
    pub fn verify(&self, bundle_json: &str) -> Result<String, JsError> {
        Ok(to_json(&self.verifier.verify(bundle_json)?))
    }
}

#[cfg(feature = "aggregate")]
#[wasm_bindgen]
impl Verifier {
    /// Verifies the bundles of a roster's members and opens the sums of their hidden outputs: a `roster/1` file, `bundle/1` files
    /// and `share/1` files in any order. JSON: `members`, `period`, `sums` (`output`, `name`, `total`, `unit`, `text`),
    /// `nullifiers`, which are to be recorded, all or none.
    pub fn aggregate(
        &self,
        roster_json: &str,
        bundles_json: Vec<String>,
        shares_json: Vec<String>,
    ) -> Result<String, JsError> {
        let roster = Roster::from_json(roster_json)?;
        let bundles = read_all("bundles", &bundles_json, Bundle::from_json)?;
        let shares = read_all("shares", &shares_json, Share::from_json)?;
        Ok(to_json(&open_bundles(&self.verifier, &roster, &bundles, &shares)?))
    }
}

/// Reads files of one kind; a refusal says which one.
#[cfg(feature = "aggregate")]
fn read_all<T>(
    name: &str,
    files: &[String],
    read: fn(&str) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let place = |i: usize| format!("{name}[{i}]");
    files.iter().enumerate().map(|(i, text)| read(text).map_err(|e| e.at(&place(i)))).collect()
}

/// Checks a bundle against nothing but a key. JSON with `"verdict": "unconfirmed"`.
#[wasm_bindgen(js_name = checkUnconfirmed)]
pub fn check_unconfirmed(key: &Key, bundle_json: &str) -> Result<String, JsError> {
    Ok(to_json(&verifier::check_unconfirmed(&key.loaded, bundle_json)?))
}

/// JSON `zone` and `instants` (Unix seconds) of a profile: where and when [`Verifier::new`] wants offsets.
#[wasm_bindgen(js_name = profileZone)]
pub fn profile_zone(profile_json: &str) -> Result<String, JsError> {
    let profile = Profile::from_json(profile_json)?;
    let (zone, period) = (&profile.policy.scope().calendar.zone, profile.period);
    let instants = period.probes().to_vec();
    Ok(object(&[("zone", zone), ("instants", &instants)]))
}

/// Version of this build.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

fn object(members: &[(&str, &dyn ToJson)]) -> String {
    let mut json = String::new();
    write_object(&mut json, members);
    json
}
