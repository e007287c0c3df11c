//! In-circuit primitives, one per file. They know nothing of policies.

mod babyjubjub;
mod eddsa;
mod merkle;
mod pedersen;
mod poseidon;
mod range;

pub use babyjubjub::{PointVar, enforce_on_curve};
pub use eddsa::{SignatureVar, enforce_signature, is_provable};
pub use merkle::{PathVar, merkle_root};
pub use pedersen::pedersen_commitment;
pub use poseidon::{hash_challenge, hash_many, hash_node, hash_tagged, hash_word};
pub use range::{
    at_least, bits, enforce_at_most, enforce_bit, enforce_quotient, enforce_range, greater, lesser,
    low_bits, low_wide, pack, ranged,
};

#[cfg(test)]
mod pedersen_tests;
#[cfg(test)]
mod tests;
