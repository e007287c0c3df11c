//! Profiles: what a verifier expects of a claim.

use wattproof_circuits::format::{Profile, VerifyingKeyFile};
use wattproof_circuits::hash::F;
use wattproof_circuits::verifier::fits;

use crate::sign::Terms;
use crate::{Result, period};

/// A profile for `terms`, under `key` and any of these registry roots. What no claim could ever meet is refused here already.
/// `accept_l0`: whether readings that nobody vouches for will do.
///
/// # Errors
/// As [`fits`]: `wrong-circuit`, `period-off-calendar`, `l0-not-accepted`, or a fault of the roots.
pub fn make(
    key: &VerifyingKeyFile,
    terms: Terms,
    roots: Vec<F>,
    accept_l0: bool,
) -> Result<Profile> {
    let Terms { policy, period, context } = terms;
    let offsets = period::offsets(&policy.scope().calendar, period)?;
    let mut profile = Profile::new(policy, key.fingerprint(), roots, period, context);
    profile.accept_l0 = accept_l0;
    fits(&profile, key, offsets)?;
    Ok(profile)
}
