//! What JavaScript sees: text, bytes and numbers in, text out; no maths here.
//!
//! Results are JSON. Refusals are thrown as `Error` objects with the properties `code` and `remedy`, equal to those of
//! [`wattproof_circuits::error::Code`].
//!
//! The package has several Wasm files of this crate, each with its own features. Verifying is in all but that for meter files.

#[cfg(feature = "ceremony")]
pub mod ceremony;
mod error;
#[cfg(feature = "meter")]
pub mod meter;
#[cfg(feature = "prove")]
pub mod prove;
#[cfg(not(feature = "meter"))]
pub mod verify;

use wasm_bindgen::prelude::*;

/// A list of free blocks, a tenth of the standard allocator's size. Searching it is slow only among very many blocks; a check
/// has a few dozen. Imports and proofs have many, and take the standard one.
#[cfg(all(target_arch = "wasm32", not(any(feature = "meter", feature = "prove"))))]
#[global_allocator]
static ALLOCATOR: lol_alloc::LockedAllocator<lol_alloc::FreeListAllocator> =
    lol_alloc::LockedAllocator::new(lol_alloc::FreeListAllocator::new());

/// Kinds of keys that devices of level L3 may have, joined by spaces.
#[cfg(feature = "l3")]
#[wasm_bindgen]
pub fn algorithms() -> String {
    wattproof_circuits::l3::Algorithm::ALL.map(|algorithm| algorithm.name()).join(" ")
}

/// Version of this build.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
