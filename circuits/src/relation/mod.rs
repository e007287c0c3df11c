//! Conditions and authenticity put together: the shape of a circuit, the statement it proves, its witness, its constraints.

mod shape;

pub use shape::{BlockRange, Geometry, Output, Shape};
