//! File formats: strict JSON, decimal strings, hex and base64url, and the files a verifier reads.

mod bundle;
pub mod decimal;
mod encoding;
mod json;
mod key_file;
mod profile;

pub use bundle::{Bundle, MAX_BUNDLE, SetupStamp};
pub use encoding::{Digest, Prefixed};
pub use json::text;
pub use key_file::{MAX_KEY_FILE, Setup, VerifyingKeyFile};
pub use profile::Profile;

pub(crate) use encoding::{from_base64, to_base64};
pub(crate) use json::{carry, check_name, check_version, clip, parse, present};

/// Most bytes of a policy or profile: a schedule may have a value for every slot.
pub const MAX_POLICY: usize = 16 << 20;
