//! Products where 64 by 64 bits are multiplied at once: arkworks' own, which are hard to better without a machine's own instructions.

use super::{Limbs, Products};
use ark_ff::BigInt;
use ark_ff::fields::{Fp, MontBackend, MontConfig};
use std::marker::PhantomData;

/// Limbs of 64 bits.
pub(in super::super) struct Wide;

const fn theirs<C: MontConfig<4>>(a: &Limbs) -> Fp<MontBackend<C, 4>, 4> {
    Fp(BigInt(*a), PhantomData)
}

impl Products for Wide {
    #[inline(always)]
    fn product<C: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Limbs {
        let mut product = theirs::<C>(a);
        C::mul_assign(&mut product, &theirs(b));
        product.0.0
    }

    #[inline(always)]
    fn two_products<C: MontConfig<4>>(a: &Limbs, b: &Limbs, c: &Limbs, d: &Limbs) -> Limbs {
        C::sum_of_products(&[theirs(a), theirs(c)], &[theirs(b), theirs(d)]).0.0
    }
}
