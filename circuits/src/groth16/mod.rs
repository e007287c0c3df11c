//! Groth16 over BN254: keys, proofs, verification. The sole parser of points; knows nothing of meters or policies.

mod encoding;
mod verify;
mod verifying_key;

#[cfg(all(test, feature = "prover"))]
pub(crate) mod toy;

pub use encoding::{PROOF_BYTES, Proof};
pub use verify::PreparedVerifyingKey;
pub use verifying_key::VerifyingKey;
