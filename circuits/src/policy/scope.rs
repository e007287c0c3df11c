//! What a claim is unique in.

use super::calendar::Calendar;
use crate::error::Result;
use crate::format::check_name;
use crate::hash::{F, Tag, bytes_to_field, element, hash_many};
use serde::{Deserialize, Serialize};

/// Who keeps the nullifiers, under which name, and into which periods time is cut. The same energy under two scopes is not
/// detected.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Who keeps the nullifiers; 1 to 128 bytes.
    pub authority: String,
    /// What for; 1 to 128 bytes.
    pub name: String,
    /// Periods that can be claimed.
    pub calendar: Calendar,
}

impl Scope {
    pub(super) fn check(&self) -> Result<()> {
        check_name("scope.authority", &self.authority)?;
        check_name("scope.name", &self.name)?;
        self.calendar.check()
    }

    /// What policy digests and nullifiers bind.
    pub fn field(&self) -> F {
        let text = |domain, text: &str| bytes_to_field(domain, text.as_bytes());
        hash_many(
            Tag::Scope,
            &[
                text("wattproof/authority", &self.authority),
                text("wattproof/scope-name", &self.name),
                text("wattproof/zone", &self.calendar.zone),
                element(self.calendar.unit as u64),
            ],
        )
    }
}
