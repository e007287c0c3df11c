//! What the tests across crates share: vectors and their judge, claims to prove, and the tools of a forger.

pub mod agreements;
pub mod circuit;
pub mod forge;
pub mod interop;
pub mod kinds;
pub mod ptau;
pub mod scene;
pub mod seeds;
pub mod tampered;
pub mod vector;

use std::path::PathBuf;

/// Any error: the callers are tests and generators, which only show it.
pub type Any<T> = Result<T, Box<dyn std::error::Error>>;

/// The repository's root.
pub fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
