//! The name of a circuit: what a bundle and its keys must agree on.

use super::Shape;
use crate::cs::Matrices;
use crate::format::Digest;
use sha2::{Digest as _, Sha256};

/// SHA-256 over the domain, the shape's encoding after its length in 8 bytes (big-endian), and the digest of its matrices.
///
/// The shape alone would not do: another build may write other constraints for it.
pub fn circuit_id(shape: &Shape, matrices: &Matrices) -> Digest {
    let encoding = shape.encode();
    let hasher = Sha256::new_with_prefix("wattproof/circuit/1")
        .chain_update((encoding.len() as u64).to_be_bytes())
        .chain_update(encoding)
        .chain_update(matrices.digest());
    Digest(hasher.finalize().into())
}
