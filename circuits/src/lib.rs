//! Wattproof's circuits.
#![deny(missing_docs)]
pub mod condition;
#[cfg(feature = "prover")]
pub mod cs;
#[cfg(feature = "prover")]
pub mod curve;
pub mod error;
pub mod format;
#[cfg(feature = "prover")]
pub mod gadget;
pub mod hash;
pub mod meter;
#[cfg(feature = "prover")]
pub mod random;
pub mod relation;
