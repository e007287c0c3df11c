//! What every queue has to keep: one suite, a bench for each implementation.
#![allow(clippy::unwrap_used)]

mod model;
mod sqlite;
mod suite;
