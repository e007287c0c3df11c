//! Setup: where keys come from.
//!
//! A [`ceremony`] of many: the keys are sound if one of its contributors was honest. [`hazmat`] makes development keys: whoever runs
//! it could forge proofs.

pub mod ceremony;
pub mod hazmat;
