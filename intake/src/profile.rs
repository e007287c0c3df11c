//! Profiles: what a verifier expects of a claim.

use std::sync::Arc;

use wattproof_circuits::format::Profile;
use wattproof_circuits::hash::F;
use wattproof_circuits::verifier::{LoadedKey, Verifier};

use crate::sign::Terms;
use crate::{Result, period};

/// A profile for `terms`, under `key` and any of these registry roots. What no claim could ever meet is refused here already.
/// `accept_l0`: whether readings that nobody vouches for will do.
///
/// # Errors
/// As [`Verifier::new`]: `wrong-circuit`, `period-off-calendar`, `l0-not-accepted`, `wrong-root`.
pub fn make(key: LoadedKey, terms: Terms, roots: Vec<F>, accept_l0: bool) -> Result<Profile> {
    let Terms { policy, period, context } = terms;
    let offsets = period::offsets(&policy.scope().calendar, period)?;
    let mut profile = Profile::new(policy, key.file().fingerprint(), roots, period, context);
    profile.accept_l0 = accept_l0;
    Verifier::new(Arc::new(key), profile.clone(), offsets)?;
    Ok(profile)
}
