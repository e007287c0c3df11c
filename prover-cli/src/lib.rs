//! What the `wattproof` command is made of, as a library so that tests reach it. No circuit logic.
#![deny(missing_docs)]

pub mod import;
