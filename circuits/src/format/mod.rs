//! File formats: strict JSON, decimal strings, hex and base64url, and the files a verifier reads.

#[cfg(feature = "prover")]
mod block_file;
mod bundle;
pub mod decimal;
#[cfg(feature = "prover")]
mod device_key;
mod encoding;
mod json;
mod key_file;
#[cfg(feature = "prover")]
mod mask_key_file;
#[cfg(feature = "prover")]
mod package;
mod parts;
mod profile;
#[cfg(feature = "prover")]
mod registry_file;
#[cfg(feature = "prover")]
mod registry_log;
#[cfg(feature = "prover")]
pub mod registry_snapshot;
mod roster_file;

#[cfg(feature = "prover")]
pub use block_file::MAX_BLOCK;
pub use bundle::{Bundle, MAX_BUNDLE, SetupStamp};
#[cfg(feature = "prover")]
pub use device_key::{Enrolment, MAX_DEVICE_FILE};
pub use encoding::{Digest, Prefixed};
#[cfg(feature = "prover")]
pub(crate) use json::Unread;
pub use json::{ToJson, text, to_json, write_object};
#[cfg(feature = "prover")]
pub use json::{explain, parse_native};
pub use key_file::{FirstPhase, MAX_KEY_FILE, Setup, VerifyingKeyFile};
#[cfg(feature = "prover")]
pub use package::MAX_PACKAGE;
pub use profile::{Profile, ReplacedRoot};
#[cfg(feature = "prover")]
pub use registry_file::MAX_REGISTRY;
#[cfg(feature = "prover")]
pub use registry_log::{REGISTRY_LOG, RegistryEvent, RegistryRecord};
pub use roster_file::{MAX_ROSTER, MAX_SHARE};

#[cfg(all(feature = "curves", feature = "prover"))]
pub(crate) use device_key::Seed;
pub(crate) use encoding::{carry, from_base64, to_base64};
#[cfg(feature = "l3")]
pub(crate) use encoding::{from_hex, to_hex};
pub(crate) use json::{
    Fault, FromJson, Optional, Value, check_name, clip, members, names, parse, parse_part, read,
    written, written_names,
};

/// Most bytes of a policy or profile: a schedule may have a value for every slot.
pub const MAX_POLICY: usize = 1 << 20;
