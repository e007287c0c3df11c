//! Products of fields of 254 bits on limbs of 29 bits, for machines that multiply 32 bits by 32, as Wasm does.
//!
//! arkworks multiplies limbs of 64 bits, of which each product is a call of four multiplications and their carries in Wasm.
//! Limbs of 29 bits leave room to add up 18 products before anything is carried.

use super::{Limbs, Products, below};
use ark_ff::fields::MontConfig;

/// Limbs of an element.
const LIMBS: usize = 9;
/// Bits of a limb.
const BITS: u32 = 29;
const MASK: u64 = (1 << BITS) - 1;
/// Bits that the last round of a reduction takes off: eight rounds of 29 bits and this one make 256.
const LAST_BITS: u32 = 256 - 8 * BITS;
const LAST_MASK: u64 = (1 << LAST_BITS) - 1;

/// Columns of a product of limbs, not carried.
type Columns = [u64; 2 * LIMBS];

/// Limbs of 29 bits.
pub(in super::super) struct Narrow;

/// What reductions modulo `C`'s modulus need.
struct Of<C>(std::marker::PhantomData<C>);

impl<C: MontConfig<4>> Of<C> {
    const P: [u64; LIMBS] = split(&C::MODULUS.0);
    /// Minus the modulus's inverse, modulo 2^29.
    const INV: u64 = C::INV & MASK;

    /// Sum of columns over 2^256, below the modulus. `columns` are those of at most two products.
    #[inline(always)]
    fn reduce(mut t: Columns) -> Limbs {
        macro_rules! round {
            ($i:literal, $bits:expr, $mask:expr) => {
                let m = (t[$i].wrapping_mul(Self::INV)) & $mask;
                t[$i] += m * Self::P[0];
                t[$i + 1] += m * Self::P[1];
                t[$i + 2] += m * Self::P[2];
                t[$i + 3] += m * Self::P[3];
                t[$i + 4] += m * Self::P[4];
                t[$i + 5] += m * Self::P[5];
                t[$i + 6] += m * Self::P[6];
                t[$i + 7] += m * Self::P[7];
                t[$i + 8] += m * Self::P[8];
            };
        }
        macro_rules! rounds {
            ($($i:literal)*) => {$(
                round!($i, BITS, MASK);
                t[$i + 1] += t[$i] >> BITS;
            )*};
        }
        rounds!(0 1 2 3 4 5 6 7);
        round!(8, LAST_BITS, LAST_MASK);
        // What is left begins at bit 24 of column 8.
        let mut carry = t[8];
        let mut out = [0_u64; 4];
        let mut bit = 0;
        let mut i = 8;
        // Column by column: the low 29 bits of each (of the first, from bit 24) go out.
        while i < 18 {
            let (value, count) = if i == 8 {
                ((carry & MASK) >> LAST_BITS, BITS - LAST_BITS)
            } else {
                (carry & MASK, BITS)
            };
            let (limb, shift) = ((bit / 64) as usize, bit % 64);
            if limb < 4 {
                out[limb] |= value << shift;
                if shift + count > 64 && limb + 1 < 4 {
                    out[limb + 1] |= value >> (64 - shift);
                }
            }
            bit += count;
            carry >>= BITS;
            i += 1;
            if i < 18 {
                carry += t[i];
            }
        }
        below(&out, &C::MODULUS.0)
    }
}

/// Limbs of 29 bits.
#[inline(always)]
const fn split(x: &[u64; 4]) -> [u64; LIMBS] {
    [
        x[0] & MASK,
        (x[0] >> 29) & MASK,
        (x[0] >> 58 | x[1] << 6) & MASK,
        (x[1] >> 23) & MASK,
        (x[1] >> 52 | x[2] << 12) & MASK,
        (x[2] >> 17) & MASK,
        (x[2] >> 46 | x[3] << 18) & MASK,
        (x[3] >> 11) & MASK,
        x[3] >> 40,
    ]
}

/// Adds `a * b` to the columns.
#[inline(always)]
fn multiply(t: &mut Columns, a: &[u64; LIMBS], b: &[u64; LIMBS]) {
    macro_rules! row {
        ($($i:literal)*) => {$(
            t[$i] += a[$i] * b[0];
            t[$i + 1] += a[$i] * b[1];
            t[$i + 2] += a[$i] * b[2];
            t[$i + 3] += a[$i] * b[3];
            t[$i + 4] += a[$i] * b[4];
            t[$i + 5] += a[$i] * b[5];
            t[$i + 6] += a[$i] * b[6];
            t[$i + 7] += a[$i] * b[7];
            t[$i + 8] += a[$i] * b[8];
        )*};
    }
    row!(0 1 2 3 4 5 6 7 8);
}

/// The columns of `a * a`: products of two different limbs once, doubled.
#[inline(always)]
fn square(a: &[u64; LIMBS]) -> Columns {
    let mut t = [0; 2 * LIMBS];
    let twice = a.map(|limb| limb << 1);
    macro_rules! row {
        ($($i:literal: $($j:literal)*;)*) => {$(
            t[2 * $i] += a[$i] * a[$i];
            $(t[$i + $j] += a[$i] * twice[$j];)*
        )*};
    }
    row!(0: 1 2 3 4 5 6 7 8;
         1: 2 3 4 5 6 7 8;
         2: 3 4 5 6 7 8;
         3: 4 5 6 7 8;
         4: 5 6 7 8;
         5: 6 7 8;
         6: 7 8;
         7: 8;
         8: ;);
    t
}

impl Products for Narrow {
    #[inline(always)]
    fn product<C: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Limbs {
        let mut t = [0; 2 * LIMBS];
        multiply(&mut t, &split(a), &split(b));
        Of::<C>::reduce(t)
    }

    #[inline(always)]
    fn two_products<C: MontConfig<4>>(a: &Limbs, b: &Limbs, c: &Limbs, d: &Limbs) -> Limbs {
        let mut t = [0; 2 * LIMBS];
        multiply(&mut t, &split(a), &split(b));
        multiply(&mut t, &split(c), &split(d));
        Of::<C>::reduce(t)
    }

    #[inline(always)]
    fn square<C: MontConfig<4>>(a: &Limbs) -> Limbs {
        Of::<C>::reduce(square(&split(a)))
    }

    #[inline(always)]
    fn integer<C: MontConfig<4>>(a: &Limbs) -> Limbs {
        let mut t = [0; 2 * LIMBS];
        t[..LIMBS].copy_from_slice(&split(a));
        Of::<C>::reduce(t)
    }
}
