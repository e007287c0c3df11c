//! The secret side of a commitment.

use super::{BLINDING_GENERATOR, Commitment, VALUE_GENERATOR};
use crate::curve::Scalar;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use zeroize::{Zeroize, Zeroizing};

/// What hides a committed value: a number below the subgroup's order. Wiped when dropped, never shown, never cloned.
pub struct Blinding(Scalar);

impl Drop for Blinding {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for Blinding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Blinding(..)")
    }
}

impl Blinding {
    /// A blinding from a number.
    ///
    /// # Errors
    /// [`Code::FieldRange`] if it is not below the subgroup's order.
    pub fn new(number: &F) -> Result<Self> {
        let refusal =
            || Error::new(Code::FieldRange, "The blinding is not below the subgroup's order.");
        Scalar::from_bigint(number.into_bigint()).map(Self).ok_or_else(refusal)
    }

    /// A uniform blinding, for a commitment that is in no sum.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn random() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 64]);
        crate::random::fill(bytes.as_mut())?;
        Ok(Self(Scalar::from_le_bytes_mod_order(bytes.as_ref())))
    }

    pub(crate) fn from_scalar(scalar: Scalar) -> Self {
        Self(scalar)
    }

    /// The number, as the circuit takes it: as secret as the blinding itself.
    pub fn to_field(&self) -> F {
        F::from_le_bytes_mod_order(&Zeroizing::new(self.0.into_bigint().to_bytes_le()))
    }
}

/// `value G + blinding H`.
pub fn commit(value: u64, blinding: &Blinding) -> Commitment {
    let sum = VALUE_GENERATOR.mul_bigint([value]) + BLINDING_GENERATOR * blinding.0;
    Commitment(sum.into_affine())
}
