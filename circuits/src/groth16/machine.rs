//! The arithmetic that suits the machine: arkworks' own limbs where 64 bits are multiplied by 64, narrow ones in Wasm.
//!
//! Same fields, same curves, same bits in memory: only how products are made differs.

#[cfg(not(target_arch = "wasm32"))]
mod chosen {
    use crate::hash::F;
    pub(in super::super) use ark_bn254::g1::Config as G1;
    pub(in super::super) use ark_bn254::g2::Config as G2;

    /// An element of the scalar field, for products.
    pub(in super::super) type Scalar = F;

    /// The same element, for products.
    pub(in super::super) fn scalar(x: F) -> Scalar {
        x
    }

    /// The same element as everybody else has it.
    pub(in super::super) fn plain(x: Scalar) -> F {
        x
    }
}

#[cfg(target_arch = "wasm32")]
mod chosen {
    use super::super::narrow::Narrow;
    pub(in super::super) use super::super::narrow::curve::{NarrowG1 as G1, NarrowG2 as G2};
    pub(in super::super) use super::super::narrow::{narrow as scalar, wide as plain};

    /// An element of the scalar field, for products.
    pub(in super::super) type Scalar = ark_ff::Fp<Narrow<ark_bn254::FrConfig>, 4>;
}

pub(super) use chosen::*;
