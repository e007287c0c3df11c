//! The audit: evidence that a yes means yes, made by commands that anyone can run (`cargo xtask audit`).

#![deny(missing_docs)]

pub mod uniqueness;
