//! What a verifier brings itself, `profile/1`. Nothing of it is ever taken from a bundle.

use super::{Digest, Fault, FromJson, MAX_POLICY, Value, decimal, members, parse, read};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::l3::TrustedDevice;
use crate::policy::{Context, Period, Policy};
use serde::Serialize;

const KIND: &str = "profile/1";

/// A registry root that another took the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReplacedRoot {
    /// The root.
    #[serde(with = "decimal::field")]
    pub root: F,
    /// When it was replaced, Unix seconds: it is good for periods that had ended by then.
    #[serde(with = "decimal")]
    pub replaced_at: u64,
    /// End of its grace period, Unix seconds, exclusive: claims are accepted before.
    #[serde(with = "decimal")]
    pub valid_until: u64,
}

members! { ReplacedRoot { root, replaced_at, valid_until } }

/// What a verifier expects of a claim.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Profile {
    wattproof: &'static str,
    /// What the claim must meet.
    pub policy: Policy,
    /// The verifying key to use.
    pub key_fingerprint: Digest,
    /// Registry roots to accept, at least one; none if the policy asks for L3.
    #[serde(with = "decimal::field_list", skip_serializing_if = "Vec::is_empty")]
    pub roots: Vec<F>,
    /// Devices to trust, at least one if the policy asks for L3; else none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<TrustedDevice>,
    /// Roots to accept for a while yet; a verifier that is not told the time accepts none of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replaced_roots: Vec<ReplacedRoot>,
    /// What the claim must cover.
    pub period: Period,
    /// What the claim must be for.
    pub context: Context,
    /// Whether readings that nobody vouches for will do; only then may the policy's least level be L0.
    pub accept_l0: bool,
}

impl Profile {
    /// A profile that accepts no L0.
    pub fn new(
        policy: Policy,
        key_fingerprint: Digest,
        roots: Vec<F>,
        period: Period,
        context: Context,
    ) -> Self {
        Self {
            wattproof: KIND,
            policy,
            key_fingerprint,
            roots,
            devices: Vec::new(),
            replaced_roots: Vec::new(),
            period,
            context,
            accept_l0: false,
        }
    }

    /// A profile for claims of level L3 by one of these devices.
    #[cfg(feature = "l3")]
    pub fn for_devices(
        policy: Policy,
        key_fingerprint: Digest,
        devices: Vec<TrustedDevice>,
        period: Period,
        context: Context,
    ) -> Self {
        Self { devices, ..Self::new(policy, key_fingerprint, Vec::new(), period, context) }
    }

    /// Reads a `profile/1` file.
    ///
    /// # Errors
    /// [`Code::TooLarge`], [`Code::Malformed`], [`Code::UnknownVersion`], [`Code::OutOfRange`], [`Code::FieldRange`],
    /// [`Code::BadPolicy`], with line and column.
    pub fn from_json(text: &str) -> Result<Self> {
        let profile: Self = parse(text, KIND, MAX_POLICY)?;
        profile.check().map_err(|e| e.at(KIND))?;
        Ok(profile)
    }

    /// Writes a `profile/1` file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Refuses what no claim could meet.
    pub fn check(&self) -> Result<()> {
        self.context.check()?;
        #[cfg(feature = "l3")]
        if self.policy.least_level() == crate::meter::Level::L3 {
            return match (self.devices.is_empty(), self.roots.is_empty()) {
                (false, true) => crate::l3::check_devices(&self.devices),
                (true, _) => fault("devices is empty; no claim of level L3 could be accepted."),
                (_, false) => fault("roots are there, and the policy asks for L3, which has none."),
            };
        }
        #[cfg(feature = "l3")]
        if !self.devices.is_empty() {
            return fault("devices are there, and the policy does not ask for L3.");
        }
        if self.roots.is_empty() {
            return fault("roots is empty; no claim could be accepted.");
        }
        Ok(())
    }
}

fn fault(message: &str) -> Result<()> {
    Err(Error::new(Code::Malformed, message))
}

impl FromJson for Profile {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! {
            value.read_document(KIND) =>
            policy, key_fingerprint, period, context; roots, devices, replaced_roots, accept_l0
        }
        Ok(Self {
            wattproof: KIND,
            policy,
            key_fingerprint,
            roots: roots.unwrap_or_default(),
            devices: devices.unwrap_or_default(),
            replaced_roots: replaced_roots.unwrap_or_default(),
            period,
            context,
            accept_l0: accept_l0.unwrap_or_default(),
        })
    }
}
