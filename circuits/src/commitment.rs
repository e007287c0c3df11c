//! Pedersen commitments on Baby Jubjub: what a claim shows of a value that is seen only in a sum.
//!
//! `C = v G + r H` for a value v below 2^64 and a blinding r below the subgroup's order l. Commitments add up: the sum of many
//! is one to the sum of their values. Hiding is perfect while r is uniform. Binding rests on nobody knowing the
//! discrete logarithm of one generator to the other, so both are hashed to the curve.
//!
//! # The generators
//!
//! For `G` the domain string is `wattproof/pedersen/1/value`, for `H` `wattproof/pedersen/1/blinding`. For i = 0, 1, 2, ...:
//!
//! 1. `d` = SHA-256(domain, one zero byte, i as four bytes big-endian), read as a big-endian number.
//! 2. `y` = d modulo 2^254 and `odd` = the top bit of d. Next i if y is not below the field's modulus.
//! 3. `x^2 = (1 - y^2) / (168700 - 168696 y^2)`; the denominator is never zero. Next i if that is not a square or is zero.
//! 4. Of its two roots, as numbers below the modulus, x is the odd one if `odd` is set, else the even one.
//! 5. The generator is 8 (x, y). Next i if that is the identity.

#[cfg(feature = "prover")]
mod blinding;
#[cfg(test)]
mod tests;

#[cfg(feature = "prover")]
pub use blinding::{Blinding, commit};

use crate::curve::{Point, subgroup_point};
use crate::error::{Code, Error, Result};
use crate::hash::F;

pub use crate::curve::{BLINDING_GENERATOR, VALUE_GENERATOR};

/// A commitment: a point of the subgroup of prime order. The identity is one (to zero, with blinding zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment(Point);

impl Commitment {
    /// A commitment from its coordinates, as a statement shows them.
    ///
    /// # Errors
    /// [`Code::BadPoint`] if they are no point of the subgroup of prime order.
    pub fn new(x: F, y: F) -> Result<Self> {
        let refusal = || {
            let message = "The commitment is not a point of Baby Jubjub's prime subgroup.";
            Error::new(Code::BadPoint, message)
        };
        subgroup_point(x, y).map(Self).ok_or_else(refusal)
    }

    /// The point.
    pub fn point(&self) -> &Point {
        &self.0
    }

    /// The two public inputs that show it: x and y.
    pub fn to_inputs(&self) -> [F; 2] {
        [self.0.x, self.0.y]
    }
}
