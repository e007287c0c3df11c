//! Wattproof's circuits.
#![deny(missing_docs)]
pub mod error;
pub mod meter;
