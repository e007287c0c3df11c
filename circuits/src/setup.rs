//! Setup: where keys come from.
//!
//! A ceremony of several parties is still to come. [`hazmat`] makes development keys: whoever runs it could forge proofs.

pub mod hazmat;
