//! The arithmetic that suits the machine: products by limbs of 64 bits where those are multiplied at once, of 29 bits in Wasm.
//!
//! Same fields, same curves, same bits in memory: only how products and sums are made differs.

use super::limbs::{Element, own};
use crate::hash::F;
use ark_bn254::FrConfig;

#[cfg(not(target_arch = "wasm32"))]
mod chosen {
    // The curves stay arkworks': with sums that have no branches a sum in G1 was no faster.
    pub(in super::super) use super::super::limbs::wide::Wide as Products;
    pub(in super::super) use ark_bn254::g1::Config as G1;
    pub(in super::super) use ark_bn254::g2::Config as G2;
}

#[cfg(target_arch = "wasm32")]
mod chosen {
    pub(in super::super) use super::super::limbs::curve::{NarrowG1 as G1, NarrowG2 as G2};
    pub(in super::super) use super::super::limbs::narrow::Narrow as Products;
}

pub(super) use chosen::*;

/// An element of the scalar field, for products.
pub(super) type Scalar = Element<FrConfig, Products>;

/// The same element, for products.
pub(super) fn scalar(x: F) -> Scalar {
    own(x)
}

/// The same element as everybody else has it.
pub(super) fn plain(x: Scalar) -> F {
    super::limbs::plain(x)
}
