//! Profiles: what a verifier expects of a claim.

use wattproof_circuits::format::{Profile, VerifyingKeyFile};
use wattproof_circuits::hash::F;
use wattproof_circuits::l3::TrustedDevice;
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
    let mut profile = Profile::new(policy, key.fingerprint(), roots, period, context);
    profile.accept_l0 = accept_l0;
    fitting(profile, key)
}

/// A profile for claims of level L3 by one of these devices.
///
/// # Errors
/// As [`make`], and `out-of-range` for devices of one meter, or one device of two, at the same time.
pub fn for_devices(
    key: &VerifyingKeyFile,
    terms: Terms,
    devices: Vec<TrustedDevice>,
) -> Result<Profile> {
    let Terms { policy, period, context } = terms;
    fitting(Profile::for_devices(policy, key.fingerprint(), devices, period, context), key)
}

fn fitting(profile: Profile, key: &VerifyingKeyFile) -> Result<Profile> {
    let offsets = period::offsets(&profile.policy.scope().calendar, profile.period)?;
    fits(&profile, key, offsets)?;
    Ok(profile)
}
