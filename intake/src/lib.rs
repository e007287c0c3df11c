//! What people hand in: meter files and agreements. From files to readings, from agreements to policies, and what follows before
//! anything is proved: what a policy means, whether readings meet it, a claim signed, a verifier's profile.
//!
//! Text and bytes in, values and text out: no files, no screens, no clock. The command line and the npm package call the same
//! functions. Builds for `wasm32-unknown-unknown`.
//!
//! * [`import::import`] reads a meter file, [`import::ReadingsFile`] is the outcome;
//! * [`PolicyFile::parse`] reads a policy or an agreement, [`Explanation`] says what it means and costs;
//! * [`check::check`] names every interval that fails, [`check::Misses`] in local time and units;
//! * [`sign::sign`] makes a claim as the readings' device, [`sign::self_sign`] as one that nobody vouches for;
//! * [`profile::make`] is for verifiers.
#![deny(missing_docs)]

pub mod agreement;
pub mod cells;
pub mod check;
mod cost;
mod error;
mod explain;
#[cfg(feature = "signatures")]
pub mod gateway;
pub mod import;
pub mod period;
mod policy_file;
pub mod profile;
mod series;
pub mod sign;
pub mod words;

pub use error::{Error, Result};
pub use explain::{Explanation, PRIVATE};
pub use policy_file::{Extras, PolicyFile, Unnamed};
pub use series::Record;
