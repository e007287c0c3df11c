//! Wattproof's verifier, as seen from JavaScript.
//!
//! This crate converts and maps errors; it knows no mathematics. What people import is the
//! TypeScript in `sdk/js`, which wraps these functions.
#![deny(missing_docs)]

use wasm_bindgen::prelude::wasm_bindgen;

/// The version of the Rust code inside this Wasm file, for example `0.1.0`.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
