//! What a device produces: readings with quality, channels, blocks, the chain of heads, attestations; and the registry of meters.

mod reading;
pub use reading::{Channel, Direction, Quality, Quantity, Reading, Unit};
