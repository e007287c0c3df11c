//! File formats: strict JSON, decimal strings, hex and base64url, and the files a verifier reads.

mod bundle;
pub mod decimal;
mod encoding;
mod json;
mod key_file;
mod parts;
mod profile;

pub use bundle::{Bundle, MAX_BUNDLE, SetupStamp};
pub use encoding::{Digest, Prefixed};
#[cfg(feature = "prover")]
pub(crate) use json::Unread;
#[cfg(feature = "prover")]
pub use json::parse_native;
pub use json::text;
pub use key_file::{MAX_KEY_FILE, Setup, VerifyingKeyFile};
pub use profile::Profile;

pub(crate) use encoding::{carry, from_base64, to_base64};
pub(crate) use json::{Fault, FromJson, Value, check_name, clip, members, names, parse};

/// Most bytes of a policy or profile: a schedule may have a value for every slot.
pub const MAX_POLICY: usize = 1 << 20;
