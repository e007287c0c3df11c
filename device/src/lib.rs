//! What runs on a device: absorb readings, keep the chain of heads, sign.
//!
//! * [`Meter`]: a device's whole state, in RAM and in a [`Storage`] that a power cut cannot confuse.
//! * [`SecretKey`]: signatures and salts, in constant time.
//!
//! Nothing here allocates or needs an operating system. What it computes is what `wattproof-circuits` proves, and is compared with
//! it in `tests/`.

#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod block;
mod claim;
mod curve;
mod error;
mod field;
mod key;
mod kind;
mod log;
mod meter;
mod poseidon;
mod tables;

pub use block::{BlockRecord, Quality, Reading};
pub use claim::{Claim, Grant, Payee};
pub use curve::Point;
pub use error::{Error, Result};
pub use field::{Base, Element, F, Limbs, Modulus, Order, Scalar};
pub use key::{SecretKey, Signature, is_provable};
pub use kind::Kind;
pub use log::{Bank, Storage, StorageFault};
pub use meter::{Meter, Setup};
