//! What a device produces: readings with quality, channels, blocks, the chain of heads, attestations; and the registry of meters.

#[cfg(feature = "prover")]
mod block;
#[cfg(feature = "prover")]
mod key;
mod kind;
#[cfg(feature = "prover")]
mod ledger;
#[cfg(feature = "prover")]
mod link;
mod reading;
#[cfg(feature = "prover")]
mod registry;

#[cfg(feature = "prover")]
pub use block::{Block, attestation, genesis, lanes, next_head};
#[cfg(feature = "prover")]
pub use key::{PublicKey, SecretKey, Signature};
pub use kind::{MeterKind, meter_config};
#[cfg(feature = "prover")]
pub use ledger::{Attestation, Device, Ledger, Part};
#[cfg(feature = "prover")]
pub use link::Link;
pub use reading::{Channel, Direction, Quality, Quantity, Reading, Unit};
#[cfg(feature = "prover")]
pub use registry::{
    Entry, Leaf, Path, Registry, Roll, Tree, lengths, meter_id, nullifier, nullifier_commitment,
};

use serde::{Deserialize, Serialize};

/// Bits of a field element that packed values may fill: any such element is far below the modulus.
pub const WORD_BITS: usize = 252;

/// Who vouches for readings (PROTOCOL, "Attestation and trust").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nobody: a file signed by whoever holds it.
    L0,
    /// The meter itself signs.
    L1,
    /// An enrolled gateway that checked the meter's own signature.
    L2,
    /// A device whose public key the verifier trusts by name; its signature is checked outside the circuit.
    #[cfg(feature = "l3")]
    L3,
}
