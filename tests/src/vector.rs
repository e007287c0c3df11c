//! A vector: key, profile, bundle, and the verdict that every verifier must give (tests/vectors/README.md).

use crate::{Any, root};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use wattproof_circuits::error::{Code, Error, Result};
use wattproof_circuits::format::{MAX_BUNDLE, Profile, text};
use wattproof_circuits::policy::fixed_offset;
use wattproof_circuits::verifier::{KeyPolicy, LoadedKey, Verifier, check_unconfirmed};

/// One file of `tests/vectors/cases`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Unique; also the file's name behind its number.
    pub name: String,
    /// What it shows.
    pub why: String,
    /// File in `keys`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// A key of its own, in place of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_text: Option<String>,
    /// File in `profiles`; without a profile the bundle is checked against the key alone.
    #[serde(default)]
    pub profile: Option<String>,
    /// A profile of its own, in place of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile_text: Option<String>,
    /// The bundle, exactly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// The bundle's bytes in base64, where they are no text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle_base64: Option<String>,
    /// Whether development keys will do.
    pub allow_dev_keys: bool,
    /// What must come out.
    pub expect: Outcome,
    /// What must come out of a verifier without L3, where that is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without_l3: Option<Outcome>,
}

/// A verdict, and the reason for a refusal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// `verified`, `unconfirmed` or `refused`.
    pub verdict: String,
    /// The code of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl Outcome {
    /// A claim met its profile.
    pub fn verified() -> Self {
        Self { verdict: "verified".into(), code: None }
    }

    /// A proof is valid, and nobody said for what.
    pub fn unconfirmed() -> Self {
        Self { verdict: "unconfirmed".into(), code: None }
    }

    /// Refused for this reason.
    pub fn refused(code: Code) -> Self {
        Self { verdict: "refused".into(), code: Some(code.as_str().into()) }
    }
}

/// All cases in the order of their files, and the files that they name.
#[derive(Debug, Default)]
pub struct Vectors {
    /// The cases.
    pub cases: Vec<Case>,
    /// `keys`: file name and text.
    pub keys: BTreeMap<String, String>,
    /// `profiles`: file name and text.
    pub profiles: BTreeMap<String, String>,
}

impl Vectors {
    /// Reads `tests/vectors`.
    pub fn read() -> Any<Self> {
        let folder = root().join("tests/vectors");
        let parse = |text: &String| serde_json::from_str(text).map_err(Into::into);
        Ok(Self {
            cases: texts(&folder.join("cases"))?.values().map(parse).collect::<Any<_>>()?,
            keys: texts(&folder.join("keys"))?,
            profiles: texts(&folder.join("profiles"))?,
        })
    }

    /// The case of this name.
    pub fn case(&self, name: &str) -> Any<&Case> {
        let found = self.cases.iter().find(|case| case.name == name);
        found.ok_or_else(|| format!("no vector {name}").into())
    }

    /// Text of a case's key.
    pub fn key<'a>(&'a self, case: &'a Case) -> Any<&'a str> {
        let text = pick(&case.key_text, &case.key, &self.keys);
        text.ok_or_else(|| format!("{}: no key", case.name).into())
    }

    /// Text of a case's profile, if it has one.
    pub fn profile<'a>(&'a self, case: &'a Case) -> Any<Option<&'a str>> {
        let text = pick(&case.profile_text, &case.profile, &self.profiles);
        if text.is_none() && case.profile.is_some() {
            return Err(format!("{}: no such profile", case.name).into());
        }
        Ok(text)
    }

    /// The verdict on a case, as Rust gives it.
    pub fn judge(&self, case: &Case) -> Any<Outcome> {
        let (key, profile) = (self.key(case)?, self.profile(case)?);
        let bundle = match (&case.bundle, &case.bundle_base64) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(base64)) => STANDARD.decode(base64)?,
            _ => return Err(format!("{}: not one bundle", case.name).into()),
        };
        Ok(match verdict(key, case.allow_dev_keys, profile, &bundle) {
            Ok(verdict) => Outcome { verdict: verdict.into(), code: None },
            Err(error) => Outcome::refused(error.code()),
        })
    }

    /// A case's verifier.
    pub fn verifier(&self, case: &Case) -> Any<Verifier> {
        let profile = self.profile(case)?.ok_or("no profile")?;
        Ok(verifier(load(self.key(case)?, case.allow_dev_keys)?, profile)?)
    }
}

fn pick<'a>(
    inline: &'a Option<String>,
    name: &Option<String>,
    files: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    let named = || name.as_ref().and_then(|name| files.get(name));
    inline.as_ref().or_else(named).map(String::as_str)
}

fn texts(folder: &Path) -> Any<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let name = path.file_name().and_then(|n| n.to_str()).ok_or("a name is not UTF-8")?;
            files.insert(name.to_owned(), fs::read_to_string(&path)?);
        }
    }
    Ok(files)
}

fn load(key: &str, allow_dev: bool) -> Result<Arc<LoadedKey>> {
    LoadedKey::from_json(key, KeyPolicy { allow_dev }).map(Arc::new)
}

fn verdict(key: &str, dev: bool, profile: Option<&str>, bundle: &[u8]) -> Result<&'static str> {
    let key = load(key, dev)?;
    // The bundle is looked at last: key and profile are the verifier's own.
    match profile {
        None => Ok(check_unconfirmed(&key, text(bundle, MAX_BUNDLE)?)?.verdict),
        Some(profile) => {
            let verifier = verifier(key, profile)?;
            Ok(verifier.verify(text(bundle, MAX_BUNDLE)?)?.verdict)
        }
    }
}

/// A verifier for a profile file, with the zone's offsets from the time-zone database.
pub fn verifier(key: Arc<LoadedKey>, profile: &str) -> Result<Verifier> {
    let profile = Profile::from_json(profile)?;
    let offsets = zone_offsets(&profile)?;
    Verifier::new(key, profile, offsets)
}

/// Offsets in force in a profile's zone where its period needs them.
fn zone_offsets(profile: &Profile) -> Result<[i32; 4]> {
    let zone = &profile.policy.scope().calendar.zone;
    if let Some(offset) = fixed_offset(zone) {
        return Ok([offset; 4]);
    }
    let unknown = || Error::new(Code::BadPolicy, format!("unknown time zone {zone}."));
    let rules = TimeZone::get(zone).map_err(|_| unknown())?;
    let mut offsets = [0; 4];
    for (offset, time) in offsets.iter_mut().zip(profile.period.probes()) {
        let time = i64::try_from(time).ok().and_then(|t| Timestamp::from_second(t).ok());
        *offset = rules.to_offset(time.ok_or_else(unknown)?).seconds();
    }
    Ok(offsets)
}
