//! Conditions and authenticity put together: the shape of a circuit, the statement it proves, its witness, its constraints.

#[cfg(feature = "prover")]
mod circuit;
mod shape;

#[cfg(feature = "prover")]
pub use circuit::Relation;
pub use shape::{BlockRange, Geometry, FIXED_INPUTS, Output, Shape};

#[cfg(all(test, feature = "prover"))]
mod tests;
