//! Conditions and authenticity put together: the shape of a circuit, the statement it proves, its witness, its constraints.

mod shape;
mod statement;

pub use shape::{BlockRange, FIXED_INPUTS, Geometry, Output, Shape};
pub use statement::Statement;
