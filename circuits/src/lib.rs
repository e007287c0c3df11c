//! Wattproof's circuits: what a meter signs, what a policy asks for, and the proof that the one meets the other.
//!
//! The paved path:
//!
//! * a device: [`meter::SecretKey`], [`meter::Block`], [`meter::next_head`], [`meter::attestation`];
//! * a prover: [`relation::Claim::check`] gives statement and relation, [`groth16::prove_checked`] the proof,
//!   [`format::Bundle`] the file;
//! * a verifier: [`verifier::LoadedKey`], [`format::Profile`], [`verifier::Verifier`];
//! * the owner of the readings, before a proof is handed out: [`disclosure::Disclosures`];
//! * a device whose secure element signs: [`l3::SecureElement`], trusted by a verifier as [`l3::TrustedDevice`];
//! * a sum of hidden outputs: [`aggregate::MaskKey`], [`aggregate::Roster`], [`aggregate::join`], [`aggregate::open_bundles`].
//!
//! Arrows point one way: `relation` -> `condition` -> `gadget` -> `hash`; `groth16` sees a relation only as [`cs::Circuit`].
//! Without the feature `prover` only what a verifier needs is built.

#![deny(missing_docs)]

pub mod aggregate;
pub mod commitment;
pub mod condition;
#[cfg(feature = "prover")]
pub mod cs;
pub mod curve;
#[cfg(feature = "prover")]
pub mod disclosure;
pub mod error;
pub mod format;
#[cfg(feature = "prover")]
pub mod gadget;
pub mod groth16;
pub mod hash;
#[cfg(feature = "prover")]
pub mod iden3;
pub mod l3;
pub mod meter;
mod pairing;
pub mod policy;
#[cfg(feature = "prover")]
pub mod random;
pub mod relation;
#[cfg(feature = "prover")]
pub mod setup;
pub mod verifier;
