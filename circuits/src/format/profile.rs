//! What a verifier brings itself, `profile/1`. Nothing of it is ever taken from a bundle.

use super::{Digest, Fault, FromJson, MAX_POLICY, Value, decimal, members, parse, read};
use crate::error::{Code, Error, Result};
use crate::hash::F;
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
    /// Registry roots to accept, at least one.
    #[serde(with = "decimal::field_list")]
    pub roots: Vec<F>,
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
        let (wattproof, replaced_roots, accept_l0) = (KIND, Vec::new(), false);
        Self {
            wattproof,
            policy,
            key_fingerprint,
            roots,
            replaced_roots,
            period,
            context,
            accept_l0,
        }
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
        if self.roots.is_empty() {
            return Err(Error::new(Code::Malformed, "roots is empty; no claim could be accepted."));
        }
        Ok(())
    }
}

impl FromJson for Profile {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! {
            value.read_document(KIND) =>
            policy, key_fingerprint, roots, period, context; replaced_roots, accept_l0
        }
        let replaced_roots = replaced_roots.unwrap_or_default();
        let accept_l0 = accept_l0.unwrap_or_default();
        let wattproof = KIND;
        Ok(Self {
            wattproof,
            policy,
            key_fingerprint,
            roots,
            replaced_roots,
            period,
            context,
            accept_l0,
        })
    }
}
