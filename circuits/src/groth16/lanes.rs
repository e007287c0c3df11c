//! Arithmetic of fields of 254 bits, two elements at a time, by floating-point multiply-and-add: the fast one of Wasm's relaxed SIMD.
//!
//! An element is five limbs of 51 bits, each a whole number in an `f64`. Of a product `a b` below 2^102 in absolute value,
//! `high = a b + 3 2^102`, rounded once, is `3 2^102 + 2^51 h` with `h` the nearest whole number, as doubles from 2^103 to 2^104 are 2^51 apart;
//! then `low = a b + (3 2^102 + 3 2^51 - high)` is exactly `3 2^51 + l` with `a b = 2^51 h + l`, `|l| <= 2^50` (N. Emmart, J. Luitjens,
//! C. Weems, C. Woolley, "Faster modular exponentiation using double precision floating point arithmetic on the GPU", ARITH 2018; there it is
//! rounded towards zero). Read as integers, the bits of `high` and `low` are `h` and `l` and a constant each; columns of them are added up as
//! integers, and begin with minus the constants.
//!
//! **Reduction** is Montgomery's by 2^255. A limb `d` is taken off from -2^50 up to 2^50. In the first four rounds `d NEAR` is added one column
//! up, where `2^51 NEAR = k p + 1`: adding `d k p` cancels the limb without a product to find a factor. The last round takes the usual way,
//! since a multiple of `NEAR` is not small there.
//!
//! **Bounds**, in units of 2^255, where p is 0.379: with `|T|` what is reduced, the result is at most `|T| + (p + NEAR) / 2`, below `|T| + 0.24`, as
//! `NEAR` is below 0.27 p. Limbs that came out of a reduction are at most 2^50 in absolute value but for the last, which is the value's size; limbs that
//! were read are from 0 up to 2^51, differences of them at most 2^51 in absolute value. So a product of any two of these fits as long as the
//! values do. The last limb comes out right from -1.43 to 0.56. What is done with the bounds is said where it is done.
//!
//! **Elements in memory** are arkworks', `x 2^256`. Read as `X 2^255` they are `X = 2 x`. With a factor in the form `f 2^255`, a product is in the
//! form that the other factor was in; affine additions need but one doubling for that (`add.rs`).

mod add;
mod limbs;
#[cfg(test)]
mod tests;
mod transform;
mod vector;

#[cfg(target_feature = "relaxed-simd")]
pub(super) use add::reduce;
#[cfg(target_feature = "relaxed-simd")]
pub(super) use transform::{factor, merge, scale, split};

use ark_ff::fields::{Fp, FpConfig};
use ark_ff::{BigInt, BigInteger, Field, Fp2, Fp2Config};
use limbs::{Constants, LOW, ONCE, SQUARE, TWICE, WHOLE, accumulate, accumulate_column};
use std::marker::PhantomData;
use vector::Vector;

/// Limbs of an element.
const LIMBS: usize = 5;
/// Bits of a limb.
const BITS: u32 = 51;
const MASK: u64 = (1 << BITS) - 1;

/// Limbs as whole numbers, from 0 up to 2^51; sums of two of these.
pub(super) struct Whole<C>([Vector; LIMBS], PhantomData<C>);

/// Limbs as floating-point numbers.
pub(super) struct Pair<C>([Vector; LIMBS], PhantomData<C>);

impl<C> Clone for Whole<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Whole<C> {}

impl<C> Clone for Pair<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C> Copy for Pair<C> {}

/// What sums of points are made of, two at a time. Bounds are those of the coordinates of additions (`add.rs`).
pub(super) trait Lanes: Field {
    /// Whole limbs.
    type Whole: Copy;
    /// Limbs as numbers.
    type Pair: Copy;

    /// Two elements.
    fn read(lanes: [&Self; 2]) -> Self::Whole;
    /// The elements, if these are the limbs of a canonical one.
    fn write(whole: &Self::Whole) -> [Self; 2];
    fn plus(a: &Self::Whole, b: &Self::Whole) -> Self::Whole;
    fn number(a: &Self::Whole) -> Self::Pair;
    fn difference(a: &Self::Whole, b: &Self::Whole) -> Self::Pair;
    /// `a b / 2^255`
    fn times(a: &Self::Pair, b: &Self::Pair) -> Self::Pair;
    /// `a b / 2^255 - less`
    fn times_less(a: &Self::Pair, b: &Self::Pair, less: &Self::Whole) -> Self::Pair;
    /// `2 a a / 2^255 - less`
    fn square_twice_less(a: &Self::Pair, less: &Self::Whole) -> Self::Pair;
    /// What can be written.
    fn canonical(a: &Self::Pair) -> Self::Whole;
}

impl<C: FpConfig<4>> Lanes for Fp<C, 4> {
    type Whole = Whole<C>;
    type Pair = Pair<C>;

    #[inline(always)]
    fn read([a, b]: [&Self; 2]) -> Whole<C> {
        let [a, b] = [&a.0.0, &b.0.0];
        let x = [0, 1, 2, 3].map(|i| Vector::of([a[i], b[i]]));
        let mask = Vector::both(MASK);
        let limbs = [
            x[0].and(mask),
            x[0].right::<51>().or(x[1].left::<13>()).and(mask),
            x[1].right::<38>().or(x[2].left::<26>()).and(mask),
            x[2].right::<25>().or(x[3].left::<39>()).and(mask),
            x[3].right::<12>(),
        ];
        Whole(limbs, PhantomData)
    }

    #[inline(always)]
    fn write(whole: &Whole<C>) -> [Self; 2] {
        let d = &whole.0;
        let words = [
            d[0].or(d[1].left::<51>()),
            d[1].right::<13>().or(d[2].left::<38>()),
            d[2].right::<26>().or(d[3].left::<25>()),
            d[3].right::<39>().or(d[4].left::<12>()),
        ]
        .map(Vector::lanes);
        let [first, second] = [0, 1].map(|lane| words.map(|word| word[lane]));
        let most = C::MODULUS.0[3];
        if first[3] >= most || second[3] >= most {
            return [below(first), below(second)];
        }
        [Fp(BigInt(first), PhantomData), Fp(BigInt(second), PhantomData)]
    }

    #[inline(always)]
    fn plus(a: &Whole<C>, b: &Whole<C>) -> Whole<C> {
        Whole([0, 1, 2, 3, 4].map(|i| a.0[i].add(b.0[i])), PhantomData)
    }

    #[inline(always)]
    fn number(a: &Whole<C>) -> Pair<C> {
        let whole = WHOLE.to_bits();
        Pair(a.0.map(|x| x.or(Vector::both(whole)).minus(Vector::number(WHOLE))), PhantomData)
    }

    #[inline(always)]
    fn difference(a: &Whole<C>, b: &Whole<C>) -> Pair<C> {
        let low = Vector::both(LOW.to_bits());
        let limb = |i: usize| a.0[i].sub(b.0[i]).add(low).minus(Vector::number(LOW));
        Pair([0, 1, 2, 3, 4].map(limb), PhantomData)
    }

    #[inline(always)]
    fn times(a: &Pair<C>, b: &Pair<C>) -> Pair<C> {
        Pair::carried(&Pair::<C>::reduce(&ONCE, |t, column| {
            accumulate_column(t, column, &a.0, &b.0)
        }))
    }

    #[inline(always)]
    fn times_less(a: &Pair<C>, b: &Pair<C>, less: &Whole<C>) -> Pair<C> {
        let t = Pair::<C>::reduce(&ONCE, |t, column| accumulate_column(t, column, &a.0, &b.0));
        Pair::carried(&Pair::less(t, less))
    }

    #[inline(always)]
    fn square_twice_less(a: &Pair<C>, less: &Whole<C>) -> Pair<C> {
        let (twice, four) = (a.scaled(2.0), a.scaled(4.0));
        let t = Pair::<C>::reduce(&SQUARE, |t, column| {
            for i in 0..LIMBS {
                if column == 2 * i {
                    accumulate(t, column, twice[i], a.0[i]);
                } else if column > 2 * i && column - i < LIMBS {
                    accumulate(t, column, four[i], a.0[column - i]);
                }
            }
        });
        Pair::carried(&Pair::less(t, less))
    }

    /// The multiple of the modulus below is found by the last limb, slightly less: what is left is never negative, and not below
    /// the modulus next to never.
    #[inline(always)]
    fn canonical(a: &Pair<C>) -> Whole<C> {
        let slightly = Vector::number(1.0 / (1_u64 << 40) as f64);
        let over = Vector::number(Constants::<C>::OVER_P);
        let mut limbs = a.without(a.0[LIMBS - 1].times(over).minus(slightly).floor());
        for i in 0..LIMBS - 1 {
            let carry = limbs[i].times(Vector::number(1.0 / (1_u64 << BITS) as f64)).floor();
            let unit = Vector::number(-((1_u64 << BITS) as f64));
            limbs[i] = carry.fused(unit, limbs[i]);
            limbs[i + 1] = limbs[i + 1].plus(carry);
        }
        let whole = Vector::number(WHOLE);
        Whole(limbs.map(|limb| limb.plus(whole).xor(whole)), PhantomData)
    }
}

/// Next to never called: what [`Lanes::canonical`] left may be the modulus or slightly more.
#[cold]
#[inline(never)]
fn below<C: FpConfig<4>>(words: [u64; 4]) -> Fp<C, 4> {
    let mut integer = BigInt(words);
    if integer >= C::MODULUS {
        integer.sub_with_borrow(&C::MODULUS);
    }
    Fp(integer, PhantomData)
}

/// Over the square root of minus one. What comes out of a product is tightened: it has two products in it.
impl<C: FpConfig<4>, P: Fp2Config<Fp = Fp<C, 4>>> Lanes for Fp2<P> {
    type Whole = [Whole<C>; 2];
    type Pair = [Pair<C>; 2];

    #[inline(always)]
    fn read([a, b]: [&Self; 2]) -> Self::Whole {
        [P::Fp::read([&a.c0, &b.c0]), P::Fp::read([&a.c1, &b.c1])]
    }

    #[inline(always)]
    fn write(whole: &Self::Whole) -> [Self; 2] {
        let [c0, c1] = [P::Fp::write(&whole[0]), P::Fp::write(&whole[1])];
        [Self::new(c0[0], c1[0]), Self::new(c0[1], c1[1])]
    }

    #[inline(always)]
    fn plus(a: &Self::Whole, b: &Self::Whole) -> Self::Whole {
        [P::Fp::plus(&a[0], &b[0]), P::Fp::plus(&a[1], &b[1])]
    }

    #[inline(always)]
    fn number(a: &Self::Whole) -> Self::Pair {
        [P::Fp::number(&a[0]), P::Fp::number(&a[1])]
    }

    #[inline(always)]
    fn difference(a: &Self::Whole, b: &Self::Whole) -> Self::Pair {
        [P::Fp::difference(&a[0], &b[0]), P::Fp::difference(&a[1], &b[1])]
    }

    #[inline(always)]
    fn times([a0, a1]: &Self::Pair, [b0, b1]: &Self::Pair) -> Self::Pair {
        let zero = Whole([Vector::both(0); LIMBS], PhantomData);
        let real = sum_of_products([a0, b0], [&a1.negative(), b1], &zero);
        let imaginary = sum_of_products([a0, b1], [a1, b0], &zero);
        [real.tightened(), imaginary.tightened()]
    }

    #[inline(always)]
    fn times_less(
        [a0, a1]: &Self::Pair,
        [b0, b1]: &Self::Pair,
        [less0, less1]: &Self::Whole,
    ) -> Self::Pair {
        let real = sum_of_products([a0, b0], [&a1.negative(), b1], less0);
        [real, sum_of_products([a0, b1], [a1, b0], less1)]
    }

    #[inline(always)]
    fn square_twice_less(a: &Self::Pair, less: &Self::Whole) -> Self::Pair {
        Self::times_less(a, &a.map(|a| Pair(a.scaled(2.0), PhantomData)), less)
    }

    #[inline(always)]
    fn canonical(a: &Self::Pair) -> Self::Whole {
        [P::Fp::canonical(&a[0]), P::Fp::canonical(&a[1])]
    }
}

/// `a b + c d - less`. A function of its own: two of these at once are too much for the registers that engines have.
#[inline(never)]
fn sum_of_products<C: FpConfig<4>>(
    [a, b]: [&Pair<C>; 2],
    [c, d]: [&Pair<C>; 2],
    less: &Whole<C>,
) -> Pair<C> {
    let t = Pair::<C>::reduce(&TWICE, |t, column| {
        accumulate_column(t, column, &a.0, &b.0);
        accumulate_column(t, column, &c.0, &d.0);
    });
    Pair::carried(&Pair::less(t, less))
}
