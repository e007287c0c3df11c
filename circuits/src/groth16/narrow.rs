//! Arithmetic of fields of 254 bits on limbs of 29 bits, for machines that multiply 32 bits by 32, as Wasm does.
//!
//! arkworks multiplies limbs of 64 bits, of which each product is a call of four multiplications and their carries in Wasm.
//! Limbs of 29 bits leave room to add up 18 products before anything is carried. Elements are in memory as arkworks has them,
//! Montgomery form by 2^256, so that [`Narrow`] and its origin are one and the same bits: see [`narrow`] and [`wide`].

pub(super) mod curve;

use ark_ff::fields::{Fp, FpConfig, MontBackend, MontConfig, SqrtPrecomputation};
use ark_ff::{BigInt, Zero};
use std::marker::PhantomData;

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

/// arkworks' field of configuration `C`, with products of its own.
pub(super) struct Narrow<C>(PhantomData<C>);

/// The same element, multiplied by limbs of 29 bits from now on.
pub(super) const fn narrow<C: MontConfig<4>>(x: Fp<MontBackend<C, 4>, 4>) -> Fp<Narrow<C>, 4> {
    Fp(x.0, PhantomData)
}

/// The same element, as arkworks multiplies it.
pub(super) const fn wide<C: MontConfig<4>>(x: Fp<Narrow<C>, 4>) -> Fp<MontBackend<C, 4>, 4> {
    Fp(x.0, PhantomData)
}

impl<C: MontConfig<4>> Narrow<C> {
    const P: [u64; LIMBS] = split(&C::MODULUS.0);
    /// Minus the modulus's inverse, modulo 2^29.
    const INV: u64 = C::INV & MASK;

    /// Sum of columns over 2^256, below the modulus. `columns` are those of at most two products.
    #[inline(always)]
    fn reduce(mut t: Columns) -> BigInt<4> {
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
        below(out, &C::MODULUS.0)
    }
}

/// `x - p` if that is not negative, else `x`; without a branch.
#[inline(always)]
fn below(x: [u64; 4], p: &[u64; 4]) -> BigInt<4> {
    let (difference, borrow) = subtract(&x, p);
    let keep = 0_u64.wrapping_sub(borrow);
    BigInt([0, 1, 2, 3].map(|i| (x[i] & keep) | (difference[i] & !keep)))
}

/// `a - b` modulo 2^256, and what was borrowed.
#[inline(always)]
fn subtract(a: &[u64; 4], b: &[u64; 4]) -> ([u64; 4], u64) {
    let mut borrow = 0;
    let difference = [0, 1, 2, 3].map(|i| {
        let (d, b1) = a[i].overflowing_sub(b[i]);
        let (d, b2) = d.overflowing_sub(borrow);
        borrow = u64::from(b1 | b2);
        d
    });
    (difference, borrow)
}

/// `a + b`, which is below 2^256.
#[inline(always)]
fn add(a: &[u64; 4], b: &[u64; 4]) -> [u64; 4] {
    let mut carry = 0;
    [0, 1, 2, 3].map(|i| {
        let (s, c1) = a[i].overflowing_add(b[i]);
        let (s, c2) = s.overflowing_add(carry);
        carry = u64::from(c1 | c2);
        s
    })
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

impl<C: MontConfig<4>> FpConfig<4> for Narrow<C> {
    const MODULUS: BigInt<4> = C::MODULUS;
    const GENERATOR: Fp<Self, 4> = narrow(C::GENERATOR);
    const ZERO: Fp<Self, 4> = narrow(<MontBackend<C, 4> as FpConfig<4>>::ZERO);
    const ONE: Fp<Self, 4> = narrow(<MontBackend<C, 4> as FpConfig<4>>::ONE);
    const NEG_ONE: Fp<Self, 4> = narrow(<MontBackend<C, 4> as FpConfig<4>>::NEG_ONE);
    const TWO_ADICITY: u32 = <MontBackend<C, 4> as FpConfig<4>>::TWO_ADICITY;
    const TWO_ADIC_ROOT_OF_UNITY: Fp<Self, 4> = narrow(C::TWO_ADIC_ROOT_OF_UNITY);
    /// Proving takes no square roots.
    const SQRT_PRECOMP: Option<SqrtPrecomputation<Fp<Self, 4>>> = None;

    #[inline(always)]
    fn add_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        a.0 = below(add(&a.0.0, &b.0.0), &C::MODULUS.0);
    }

    #[inline(always)]
    fn sub_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        let (difference, borrow) = subtract(&a.0.0, &b.0.0);
        let mask = 0_u64.wrapping_sub(borrow);
        a.0 = BigInt(add(&difference, &C::MODULUS.0.map(|limb| limb & mask)));
    }

    #[inline(always)]
    fn double_in_place(a: &mut Fp<Self, 4>) {
        let b = *a;
        Self::add_assign(a, &b);
    }

    #[inline(always)]
    fn neg_in_place(a: &mut Fp<Self, 4>) {
        if !a.is_zero() {
            a.0 = BigInt(subtract(&C::MODULUS.0, &a.0.0).0);
        }
    }

    #[inline]
    fn mul_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        let mut t = [0; 2 * LIMBS];
        multiply(&mut t, &split(&a.0.0), &split(&b.0.0));
        a.0 = Self::reduce(t);
    }

    #[inline]
    fn square_in_place(a: &mut Fp<Self, 4>) {
        a.0 = Self::reduce(square(&split(&a.0.0)));
    }

    #[inline]
    fn sum_of_products<const T: usize>(a: &[Fp<Self, 4>; T], b: &[Fp<Self, 4>; T]) -> Fp<Self, 4> {
        let mut sum = Self::ZERO;
        for (a, b) in a.chunks(2).zip(b.chunks(2)) {
            let mut t = [0; 2 * LIMBS];
            for (a, b) in a.iter().zip(b) {
                multiply(&mut t, &split(&a.0.0), &split(&b.0.0));
            }
            sum += Fp(Self::reduce(t), PhantomData);
        }
        sum
    }

    fn inverse(a: &Fp<Self, 4>) -> Option<Fp<Self, 4>> {
        C::inverse(&wide(*a)).map(narrow)
    }

    fn from_bigint(x: BigInt<4>) -> Option<Fp<Self, 4>> {
        if x >= C::MODULUS {
            return None;
        }
        let mut x = Fp(x, PhantomData);
        Self::mul_assign(&mut x, &Fp(C::R2, PhantomData));
        Some(x)
    }

    fn into_bigint(x: Fp<Self, 4>) -> BigInt<4> {
        let mut t = [0; 2 * LIMBS];
        t[..LIMBS].copy_from_slice(&split(&x.0.0));
        Self::reduce(t)
    }
}

#[cfg(test)]
mod tests {
    use super::curve::{NarrowG1, NarrowG2};
    use super::*;
    use ark_bn254::{FqConfig, FrConfig};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
    use ark_std::rand::SeedableRng;
    use ark_std::rand::rngs::StdRng;

    /// Every operation against arkworks' own, at the edges and at random.
    fn agrees<C: MontConfig<4>>() {
        type Wide<C> = Fp<MontBackend<C, 4>, 4>;
        let mut rng = StdRng::seed_from_u64(11);
        let mut xs: Vec<Wide<C>> = vec![Wide::ZERO, Wide::ONE, -Wide::ONE, Wide::from(2_u64)];
        // In Montgomery form: all limbs full, single limbs, the greatest element.
        let mut greatest = C::MODULUS.0;
        greatest[0] -= 1;
        let raw = [greatest, [1, 0, 0, 0], [u64::MAX, u64::MAX, u64::MAX, C::MODULUS.0[3] - 1]];
        xs.extend(raw.map(|limbs| Fp(BigInt(limbs), PhantomData)));
        xs.extend((0..60).map(|_| Wide::<C>::rand(&mut rng)));
        for a in &xs {
            let n = narrow(*a);
            assert_eq!(wide(n.square()), a.square());
            assert_eq!(wide(-n), -*a);
            assert_eq!(wide(n.double()), a.double());
            assert_eq!(n.inverse().map(wide), a.inverse());
            assert_eq!(n.into_bigint(), a.into_bigint());
            assert_eq!(Fp::<Narrow<C>, 4>::from_bigint(a.into_bigint()), Some(n));
            for b in &xs {
                let m = narrow(*b);
                assert_eq!(wide(n * m), *a * b);
                assert_eq!(wide(n + m), *a + b);
                assert_eq!(wide(n - m), *a - b);
                let sums = |c: Wide<C>| Wide::<C>::sum_of_products(&[*a, *b, c], &[*b, c, *a]);
                let c = xs[5];
                let k = narrow(c);
                assert_eq!(
                    wide(Fp::<Narrow<C>, 4>::sum_of_products(&[n, m, k], &[m, k, n])),
                    sums(c)
                );
                assert_eq!(
                    wide(Fp::<Narrow<C>, 4>::sum_of_products(&[n, m], &[m, n])),
                    *a * b + *a * b
                );
            }
        }
        assert!(Fp::<Narrow<C>, 4>::from_bigint(C::MODULUS).is_none());
    }

    #[test]
    fn agrees_with_wide_limbs() {
        agrees::<FqConfig>();
        agrees::<FrConfig>();
    }

    #[test]
    fn the_curves_are_the_same() {
        let mut rng = StdRng::seed_from_u64(12);
        let scalar = ark_bn254::Fr::rand(&mut rng);
        let g1 = (Projective::<NarrowG1>::generator() * scalar).into_affine();
        let same = (ark_bn254::G1Projective::generator() * scalar).into_affine();
        assert_eq!((wide(g1.x), wide(g1.y)), (same.x, same.y));
        let g2 = (Projective::<NarrowG2>::generator() * scalar).into_affine();
        let same = (ark_bn254::G2Projective::generator() * scalar).into_affine();
        assert_eq!((wide(g2.x.c0), wide(g2.x.c1)), (same.x.c0, same.x.c1));
        assert_eq!((wide(g2.y.c0), wide(g2.y.c1)), (same.y.c0, same.y.c1));
    }
}
