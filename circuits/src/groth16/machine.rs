//! The arithmetic that suits the machine: arkworks' own limbs where 64 bits are multiplied by 64, narrow ones in Wasm, two lanes where
//! its vectors multiply and add.
//!
//! Same fields, same curves, same bits in memory: only how products and sums are made differs.

#[cfg(not(target_arch = "wasm32"))]
mod chosen {
    use super::super::steady::Steady;
    // Points are added by arkworks' field: there sums without branches gained nothing that could be measured.
    pub(in super::super) use ark_bn254::g1::Config as G1;
    pub(in super::super) use ark_bn254::g2::Config as G2;

    pub(in super::super) use super::super::steady::{plain, steady as scalar};

    /// An element of the scalar field, for products.
    pub(in super::super) type Scalar = ark_ff::Fp<Steady<ark_bn254::FrConfig>, 4>;
}

#[cfg(target_arch = "wasm32")]
mod chosen {
    use super::super::narrow::Narrow;
    pub(in super::super) use super::super::narrow::curve::{NarrowG1 as G1, NarrowG2 as G2};
    pub(in super::super) use super::super::narrow::{narrow as scalar, wide as plain};

    /// An element of the scalar field, for products.
    pub(in super::super) type Scalar = ark_ff::Fp<Narrow<ark_bn254::FrConfig>, 4>;
}

/// Factors of many products, and what is done with them.
#[cfg(not(target_feature = "relaxed-simd"))]
mod many {
    use super::chosen::Scalar;

    /// A factor as the functions below take it.
    pub(in super::super) fn factor(x: Scalar) -> Scalar {
        x
    }

    /// `(a + b f, a - b f)` for each `a` of `low` and `b` of `high`; without a factor `(a + b, a - b)`.
    pub(in super::super) fn split(low: &mut [Scalar], high: &mut [Scalar], by: Option<&Scalar>) {
        for (a, b) in low.iter_mut().zip(high) {
            let shifted = by.map_or(*b, |factor| *b * factor);
            *b = *a - shifted;
            *a += shifted;
        }
    }

    /// `(a + b, (a - b) f)` for each.
    pub(in super::super) fn merge(low: &mut [Scalar], high: &mut [Scalar], by: Option<&Scalar>) {
        for (a, b) in low.iter_mut().zip(high) {
            let difference = *a - *b;
            *a += *b;
            *b = by.map_or(difference, |factor| difference * factor);
        }
    }

    /// Each value times its factor.
    pub(in super::super) fn scale(values: &mut [Scalar], factors: &[Scalar]) {
        values.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
    }
}

#[cfg(target_feature = "relaxed-simd")]
mod many {
    pub(in super::super) use super::super::lanes::{factor, merge, scale, split};
}

pub(super) use chosen::*;
pub(super) use many::*;
