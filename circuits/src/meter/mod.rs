//! What a device produces: readings with quality, channels, blocks, the chain of heads, attestations; and the registry of meters.

mod reading;

/// Bits of a field element that packed values may fill: any such element is far below the modulus.
pub const WORD_BITS: usize = 252;

pub use reading::{Channel, Direction, Quality, Quantity, Reading, Unit};
