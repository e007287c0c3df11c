//! What `build.rs` made: about 30 KB of constants in flash, and no code.

use crate::field::Limbs;

include!(concat!(env!("OUT_DIR"), "/tables.rs"));
