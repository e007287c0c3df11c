//! Wattproof's circuits.
#![deny(missing_docs)]
pub mod condition;
pub mod error;
pub mod format;
pub mod groth16;
pub mod hash;
pub mod meter;
pub mod policy;
pub mod relation;
pub mod verifier;
