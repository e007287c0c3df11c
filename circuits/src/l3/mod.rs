//! Trust level L3: a device's own key of a common kind signs each claim, and whoever verifies checks that outside the circuit
//! (PROTOCOL, "Level L3").
//!
//! The key is public. Its digest stands where the meter's id stands at other levels, so that every block is bound to it.
//! Without the feature `l3`, what is of this level is refused when it is read ([`Code::L3NotBuiltIn`]); without `curves` its
//! circuits can be proved, but no claim verified.

#[cfg(not(feature = "l3"))]
mod absent;
#[cfg(feature = "curves")]
mod curves;
#[cfg(all(feature = "curves", feature = "prover"))]
mod device;
#[cfg(feature = "l3")]
mod key;
#[cfg(feature = "l3")]
mod message;
#[cfg(feature = "l3")]
mod trusted;

#[cfg(not(feature = "l3"))]
pub use absent::{DeviceSignature, TrustedDevice};
#[cfg(all(feature = "curves", feature = "prover"))]
pub use device::{PublicDevice, SecureElement};
#[cfg(feature = "l3")]
pub use key::{Algorithm, DeviceKey};
#[cfg(feature = "l3")]
pub use message::{DOMAIN, DeviceSignature, device_nullifier, preimage};
#[cfg(feature = "l3")]
pub use trusted::TrustedDevice;

#[cfg(feature = "l3")]
pub(crate) use message::check;
#[cfg(feature = "l3")]
pub(crate) use trusted::{check_devices, find};

#[cfg(not(feature = "curves"))]
use crate::error::{Code, Error};

/// What a build says of L3 that cannot verify it.
#[cfg(not(feature = "curves"))]
pub(crate) fn not_built_in() -> Error {
    Error::new(Code::L3NotBuiltIn, "this is of level L3.")
}

#[cfg(all(test, feature = "curves", feature = "prover"))]
mod tests;
