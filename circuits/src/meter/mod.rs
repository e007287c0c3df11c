//! What a device produces: readings with quality, channels, blocks, the chain of heads, attestations; and the registry of meters.

mod kind;
mod reading;

/// Bits of a field element that packed values may fill: any such element is far below the modulus.
pub const WORD_BITS: usize = 252;

pub use kind::{MeterKind, meter_config};
pub use reading::{Channel, Direction, Quality, Quantity, Reading, Unit};

use serde::{Deserialize, Serialize};

/// Who vouches for readings (PROTOCOL, "Attestation and trust"). Levels in circuit; L3 is checked outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// Nobody: a file signed by whoever holds it.
    L0,
    /// The meter itself signs.
    L1,
    /// An enrolled gateway that checked the meter's own signature.
    L2,
}
