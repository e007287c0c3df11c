//! From and to arkworks' types, which the prover computes with.

use super::{Fq, Fq2, G1, G2};
use crate::error::{Code, Error, Result};
use ark_bn254::{Fq as ArkFq, Fq2 as ArkFq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, PrimeField};

impl From<ArkFq> for Fq {
    fn from(x: ArkFq) -> Self {
        // Never zero in its place: arkworks' integers are below the modulus.
        Self::from_integer(x.into_bigint().0).unwrap_or(Self::ZERO)
    }
}

impl From<Fq> for ArkFq {
    fn from(x: Fq) -> Self {
        Self::new(BigInt(x.to_integer()))
    }
}

impl From<ArkFq2> for Fq2 {
    fn from(x: ArkFq2) -> Self {
        Self::new(x.c0.into(), x.c1.into())
    }
}

impl From<Fq2> for ArkFq2 {
    fn from(x: Fq2) -> Self {
        Self::new(x.c0.into(), x.c1.into())
    }
}

impl From<G1Affine> for G1 {
    fn from(point: G1Affine) -> Self {
        point.xy().map_or(Self::IDENTITY, |(x, y)| Self { x: x.into(), y: y.into() })
    }
}

impl From<G1> for G1Affine {
    fn from(point: G1) -> Self {
        if point.is_identity() {
            return Self::identity();
        }
        Self::new_unchecked(point.x.into(), point.y.into())
    }
}

impl TryFrom<G2Affine> for G2 {
    type Error = Error;

    /// # Errors
    /// [`Code::BadPoint`] off the subgroup.
    fn try_from(point: G2Affine) -> Result<Self> {
        let Some((x, y)) = point.xy() else { return Ok(Self::identity()) };
        let point = Self::new(x.into(), y.into());
        point.ok_or_else(|| Error::new(Code::BadPoint, "a point is not in the subgroup."))
    }
}

impl From<&G2> for G2Affine {
    fn from(point: &G2) -> Self {
        if point.is_identity() {
            return Self::identity();
        }
        Self::new_unchecked(point.x.into(), point.y.into())
    }
}
