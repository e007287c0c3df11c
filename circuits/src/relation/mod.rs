//! Conditions and authenticity put together: the shape of a circuit, the statement it proves, its witness, its constraints.

#[cfg(feature = "prover")]
mod catalogue;
#[cfg(feature = "prover")]
mod circuit;
#[cfg(feature = "prover")]
mod claim;
#[cfg(feature = "prover")]
mod id;
#[cfg(feature = "prover")]
mod period;
mod shape;
mod statement;
#[cfg(feature = "prover")]
mod voucher;

#[cfg(all(test, feature = "prover"))]
pub(crate) use catalogue::fit;
#[cfg(feature = "prover")]
pub use catalogue::{Listed, Pinned, catalogue};
#[cfg(feature = "prover")]
pub use circuit::Relation;
#[cfg(feature = "prover")]
pub use claim::Claim;
#[cfg(feature = "prover")]
pub use id::circuit_id;
pub use shape::{BlockRange, FIXED_INPUTS, Geometry, Output, Shape, Trust};
pub use statement::Statement;
#[cfg(feature = "prover")]
pub use voucher::{Enrolled, Voucher};

#[cfg(all(test, feature = "prover"))]
pub(crate) mod tests;
