//! The verifier: keys, profiles and bundles.

use crate::error::JsError;
use std::sync::Arc;
use wasm_bindgen::prelude::*;
#[cfg(feature = "aggregate")]
use wattproof_circuits::aggregate::{Roster, Share, open_bundles};
use wattproof_circuits::error::Error;
#[cfg(feature = "aggregate")]
use wattproof_circuits::format::Bundle;
use wattproof_circuits::format::{Profile, ToJson, to_json, write_object};
use wattproof_circuits::verifier::{self, KeyPolicy, LoadedKey, SetupWords, VerifiedClaim};

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

#[cfg(feature = "prove")]
#[wasm_bindgen]
impl Key {
    /// SHA-256 of the file of its proving key, 64 hex digits.
    #[wasm_bindgen(js_name = provingKeyDigest)]
    pub fn proving_key_digest(&self) -> String {
        self.loaded.file().proving_key_sha256().to_string()
    }
}

/// Checks bundles against one profile.
#[wasm_bindgen]
pub struct Verifier {
    verifier: verifier::Verifier,
}

#[wasm_bindgen]
impl Verifier {
    /// A verifier for a `profile/1` file. The offsets from UTC in seconds are those in force in the profile's zone at the four
    /// instants that `profileZone` names.
    #[wasm_bindgen(constructor)]
    pub fn new(
        key: &Key,
        profile_json: &str,
        before_start: i32,
        start: i32,
        before_end: i32,
        end: i32,
    ) -> Result<Verifier, JsError> {
        let offsets = [before_start, start, before_end, end];
        let profile = Profile::from_json(profile_json)?;
        let verifier = verifier::Verifier::new(Arc::clone(&key.loaded), profile, offsets)?;
        Ok(Self { verifier })
    }

    /// Tells it the time, in Unix seconds: without it, no root that was replaced is accepted.
    #[wasm_bindgen(js_name = setTime)]
    pub fn set_time(&mut self, now: f64) {
        self.verifier.set_time(now as u64);
    }

    /// Checks a `bundle/1` file. JSON: what was learned, `"verdict": "verified"`.
    pub fn verify(&self, bundle_json: &str) -> Result<String, JsError> {
        Ok(to_json(&self.verifier.verify(bundle_json)?))
    }

    /// Checks many `bundle/1` files together, joined by a zero character each, which no JSON has. JSON: a list, in the same order,
    /// of `{"claim": …}` as [`Verifier::verify`] gives it, or `{"error": …}` with `code`, `message` and `remedy`.
    #[wasm_bindgen(js_name = verifyBatch)]
    pub fn verify_batch(&self, bundles_json: &str) -> String {
        let bundles: Vec<&str> = bundles_json.split('\0').collect();
        let verdicts = self.verifier.verify_batch(&bundles);
        to_json(&verdicts.into_iter().map(Verdict).collect::<Vec<_>>())
    }
}

/// A claim, or why there is none.
struct Verdict(Result<VerifiedClaim, Error>);

impl ToJson for Verdict {
    fn write(&self, json: &mut String) {
        match &self.0 {
            Ok(claim) => write_object(json, &[("claim", claim)]),
            Err(error) => write_object(json, &[("error", &Refusal(error))]),
        }
    }
}

struct Refusal<'a>(&'a Error);

impl ToJson for Refusal<'_> {
    fn write(&self, json: &mut String) {
        let Self(error) = self;
        let (code, message) = (error.code(), error.message());
        let (code, remedy) = (code.as_str(), code.remedy());
        write_object(json, &[("code", &code), ("message", &message), ("remedy", &remedy)]);
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

fn object(members: &[(&str, &dyn ToJson)]) -> String {
    let mut json = String::new();
    write_object(&mut json, members);
    json
}
