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
mod vector;

pub(super) use add::reduce;

use ark_ff::fields::{Fp, FpConfig};
use ark_ff::{BigInt, BigInteger, Field, Fp2, Fp2Config};
use std::marker::PhantomData;
use vector::Vector;

/// Limbs of an element.
const LIMBS: usize = 5;
/// Bits of a limb.
const BITS: u32 = 51;
const MASK: u64 = (1 << BITS) - 1;

/// `3 2^102`: what makes the rounding of a product by 2^51.
const HIGH: f64 = 3.0 * (1_u128 << 102) as f64;
/// `3 2^51`: whole numbers from -2^51 up to 2^51 can be added to it.
const LOW: f64 = 3.0 * (1_u64 << 51) as f64;
/// `2^52`: whole numbers from 0 up to 2^52 can be added to it.
const WHOLE: f64 = (1_u64 << 52) as f64;
/// Half a limb.
const HALF: u64 = 1 << (BITS - 1);
/// Keeps columns positive while they are carried.
const POSITIVE: u64 = 1 << 60;
/// What a last limb may be below zero, with three bits to spare: 23/16 of 2^51.
const BELOW: u64 = 23 << 47;

/// Columns of a product and its reduction: whole numbers.
type Columns = [Vector; 2 * LIMBS];

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

/// The constants of a field.
struct Constants<C>(PhantomData<C>);

impl<C: FpConfig<4>> Constants<C> {
    const P: [u64; LIMBS] = split(&C::MODULUS.0);
    const P_NUMBERS: [f64; LIMBS] = numbers(&Self::P);
    /// `-1/p` modulo 2^51: Newton's iteration doubles the bits that are right.
    const FACTOR: u64 = {
        let (p, mut inverse, mut i) = (C::MODULUS.0[0], 1_u64, 0);
        while i < 6 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(p.wrapping_mul(inverse)));
            i += 1;
        }
        inverse.wrapping_neg() & MASK
    };
    /// `(FACTOR p + 1) / 2^51`.
    const NEAR: [f64; LIMBS] = {
        let (mut limbs, mut carry, mut i) = ([0; LIMBS], 1_u128, 0);
        while i < LIMBS {
            carry += Self::FACTOR as u128 * Self::P[i] as u128;
            if i > 0 {
                limbs[i - 1] = carry as u64 & MASK;
            }
            carry >>= BITS;
            i += 1;
        }
        limbs[LIMBS - 1] = carry as u64;
        numbers(&limbs)
    };
    /// Of the last limb.
    const OVER_P: f64 = 1.0 / Self::P_NUMBERS[LIMBS - 1];
}

const fn split(x: &[u64; 4]) -> [u64; LIMBS] {
    [
        x[0] & MASK,
        (x[0] >> 51 | x[1] << 13) & MASK,
        (x[1] >> 38 | x[2] << 26) & MASK,
        (x[2] >> 25 | x[3] << 39) & MASK,
        x[3] >> 12,
    ]
}

const fn numbers(limbs: &[u64; LIMBS]) -> [f64; LIMBS] {
    let (mut numbers, mut i) = ([0.0; LIMBS], 0);
    while i < LIMBS {
        numbers[i] = limbs[i] as f64;
        i += 1;
    }
    numbers
}

/// What columns begin with, where `times[i][j]` products of the limbs `i` and `j` are added to them.
const fn begin(times: [[u64; LIMBS]; LIMBS]) -> [u64; 2 * LIMBS] {
    let mut columns = [0_u64; 2 * LIMBS];
    let (low, high) = (LOW.to_bits(), HIGH.to_bits());
    let mut i = 0;
    while i < LIMBS {
        let mut j = 0;
        while j < LIMBS {
            // The reduction's: one column up but in the last round.
            let round = i + j + (i < LIMBS - 1) as usize;
            columns[i + j] = columns[i + j].wrapping_sub(low.wrapping_mul(times[i][j]));
            columns[i + j + 1] = columns[i + j + 1].wrapping_sub(high.wrapping_mul(times[i][j]));
            columns[round] = columns[round].wrapping_sub(low);
            columns[round + 1] = columns[round + 1].wrapping_sub(high);
            j += 1;
        }
        // Limbs are taken off from -2^50 up; what keeps a column positive is carried to the next.
        columns[i] = columns[i].wrapping_add(POSITIVE + HALF);
        if i < LIMBS - 1 {
            columns[LIMBS + i] = columns[LIMBS + i].wrapping_add(POSITIVE + HALF);
        }
        i += 1;
    }
    i = 1;
    while i < 2 * LIMBS {
        columns[i] = columns[i].wrapping_sub(POSITIVE >> BITS);
        i += 1;
    }
    // The last is read as a number at once.
    columns[2 * LIMBS - 1] = columns[2 * LIMBS - 1].wrapping_add(WHOLE.to_bits() + BELOW);
    columns
}

const ONCE: [u64; 2 * LIMBS] = begin([[1; LIMBS]; LIMBS]);
const TWICE: [u64; 2 * LIMBS] = begin([[2; LIMBS]; LIMBS]);
/// Each pair of limbs in one order only.
const SQUARE: [u64; 2 * LIMBS] = begin([
    [1, 1, 1, 1, 1],
    [0, 1, 1, 1, 1],
    [0, 0, 1, 1, 1],
    [0, 0, 0, 1, 1],
    [0, 0, 0, 0, 1],
]);

/// Adds `a * b` to two columns.
#[inline(always)]
fn accumulate(t: &mut Columns, column: usize, a: Vector, b: Vector) {
    let high = a.fused(b, Vector::number(HIGH));
    let low = a.fused(b, Vector::number(HIGH + LOW).minus(high));
    t[column] = t[column].add(low);
    t[column + 1] = t[column + 1].add(high);
}

/// Adds the product of all limbs.
#[inline(always)]
fn accumulate_all(t: &mut Columns, a: &[Vector; LIMBS], b: &[Vector; LIMBS]) {
    macro_rules! rows {
        ($($i:literal)*) => {$(
            accumulate(t, $i, a[$i], b[0]);
            accumulate(t, $i + 1, a[$i], b[1]);
            accumulate(t, $i + 2, a[$i], b[2]);
            accumulate(t, $i + 3, a[$i], b[3]);
            accumulate(t, $i + 4, a[$i], b[4]);
        )*};
    }
    rows!(0 1 2 3 4);
}

/// The limb that a column ends in, from -2^50 up, as a number.
#[inline(always)]
fn limb(column: Vector) -> Vector {
    let bits = column.and(Vector::both(MASK)).or(Vector::both(WHOLE.to_bits()));
    bits.minus(Vector::number(WHOLE + HALF as f64))
}

impl<C: FpConfig<4>> Pair<C> {
    /// Columns, over 2^255.
    #[inline(always)]
    fn reduce(mut t: Columns) -> Columns {
        let near = Constants::<C>::NEAR.map(Vector::number);
        macro_rules! rounds {
            ($($i:literal)*) => {$(
                let factor = limb(t[$i]);
                t[$i + 1] = t[$i + 1].add(t[$i].right::<BITS>());
                accumulate(&mut t, $i + 1, factor, near[0]);
                accumulate(&mut t, $i + 2, factor, near[1]);
                accumulate(&mut t, $i + 3, factor, near[2]);
                accumulate(&mut t, $i + 4, factor, near[3]);
                accumulate(&mut t, $i + 5, factor, near[4]);
            )*};
        }
        rounds!(0 1 2 3);
        // The low limb of the product, from -2^50 up.
        let (last, inverse) = (limb(t[4]), Vector::number(Constants::<C>::FACTOR as f64));
        let high = last.fused(inverse, Vector::number(HIGH));
        let low = last.fused(inverse, Vector::number(HIGH + LOW).minus(high));
        let factor = low.minus(Vector::number(LOW));
        let p = Constants::<C>::P_NUMBERS.map(Vector::number);
        accumulate(&mut t, 4, factor, p[0]);
        accumulate(&mut t, 5, factor, p[1]);
        accumulate(&mut t, 6, factor, p[2]);
        accumulate(&mut t, 7, factor, p[3]);
        accumulate(&mut t, 8, factor, p[4]);
        t[5] = t[5].add(t[4].right::<BITS>());
        t
    }

    /// The limbs of reduced columns, each but the last from -2^50 up to 2^50.
    #[inline(always)]
    fn carried(t: &Columns) -> Self {
        let t5 = t[5];
        let t6 = t[6].add(t5.right::<BITS>());
        let t7 = t[7].add(t6.right::<BITS>());
        let t8 = t[8].add(t7.right::<BITS>());
        let t9 = t[9].add(t8.right::<BITS>());
        let last = t9.minus(Vector::number(WHOLE + BELOW as f64));
        Self([limb(t5), limb(t6), limb(t7), limb(t8), last], PhantomData)
    }

    #[inline(always)]
    fn less(mut t: Columns, less: &Whole<C>) -> Columns {
        for i in 0..LIMBS {
            t[LIMBS + i] = t[LIMBS + i].sub(less.0[i]);
        }
        t
    }

    /// The same element, at most half the modulus in absolute value but for the last limb's rounding.
    #[inline(always)]
    fn tightened(&self) -> Self {
        let times = self.0[LIMBS - 1].times(Vector::number(Constants::<C>::OVER_P)).nearest();
        let mut limbs = self.without(times);
        for i in 0..LIMBS - 1 {
            // Rounded to a multiple of 2^51.
            let carry = limbs[i].plus(Vector::number(HIGH)).minus(Vector::number(HIGH));
            limbs[i] = limbs[i].minus(carry);
            let unit = Vector::number(1.0 / (1_u64 << BITS) as f64);
            limbs[i + 1] = carry.fused(unit, limbs[i + 1]);
        }
        Self(limbs, PhantomData)
    }

    /// Less so many times the modulus. Exact: `times` is small, limbs of both moduli are below 0.76 2^51.
    #[inline(always)]
    fn without(&self, times: Vector) -> [Vector; LIMBS] {
        let minus = Vector::number(0.0).minus(times);
        [0, 1, 2, 3, 4].map(|i| minus.fused(Vector::number(Constants::<C>::P_NUMBERS[i]), self.0[i]))
    }

    #[inline(always)]
    fn negative(&self) -> Self {
        Self(self.0.map(|limb| Vector::number(0.0).minus(limb)), PhantomData)
    }

    /// Each limb so many times: a power of two.
    #[inline(always)]
    fn scaled(&self, times: f64) -> [Vector; LIMBS] {
        self.0.map(|limb| limb.times(Vector::number(times)))
    }
}

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
        [0, 1].map(|lane| {
            let element = BigInt(words.map(|word| word[lane]));
            // Next to never: see `canonical`.
            Fp(if element >= C::MODULUS { subtract(element, &C::MODULUS) } else { element }, PhantomData)
        })
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
        let mut t = ONCE.map(Vector::both);
        accumulate_all(&mut t, &a.0, &b.0);
        Pair::carried(&Pair::<C>::reduce(t))
    }

    #[inline(always)]
    fn times_less(a: &Pair<C>, b: &Pair<C>, less: &Whole<C>) -> Pair<C> {
        let mut t = ONCE.map(Vector::both);
        accumulate_all(&mut t, &a.0, &b.0);
        Pair::carried(&Pair::less(Pair::<C>::reduce(t), less))
    }

    #[inline(always)]
    fn square_twice_less(a: &Pair<C>, less: &Whole<C>) -> Pair<C> {
        let mut t = SQUARE.map(Vector::both);
        let (twice, four) = (a.scaled(2.0), a.scaled(4.0));
        macro_rules! row {
            ($($i:literal: $($j:literal)*;)*) => {$(
                accumulate(&mut t, 2 * $i, twice[$i], a.0[$i]);
                $(accumulate(&mut t, $i + $j, four[$i], a.0[$j]);)*
            )*};
        }
        row!(0: 1 2 3 4; 1: 2 3 4; 2: 3 4; 3: 4; 4: ;);
        Pair::carried(&Pair::less(Pair::<C>::reduce(t), less))
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

/// `a - b`, which is not negative.
#[cold]
fn subtract(mut a: BigInt<4>, b: &BigInt<4>) -> BigInt<4> {
    a.sub_with_borrow(b);
    a
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
    fn times(a: &Self::Pair, b: &Self::Pair) -> Self::Pair {
        columns(a, b).map(|t| Pair::carried(&Pair::<C>::reduce(t)).tightened())
    }

    #[inline(always)]
    fn times_less(a: &Self::Pair, b: &Self::Pair, less: &Self::Whole) -> Self::Pair {
        let [t0, t1] = columns(a, b).map(Pair::<C>::reduce);
        [Pair::carried(&Pair::less(t0, &less[0])), Pair::carried(&Pair::less(t1, &less[1]))]
    }

    #[inline(always)]
    fn square_twice_less(a: &Self::Pair, less: &Self::Whole) -> Self::Pair {
        let [t0, t1] =
            columns(a, &a.map(|a| Pair(a.scaled(2.0), PhantomData))).map(Pair::<C>::reduce);
        [Pair::carried(&Pair::less(t0, &less[0])), Pair::carried(&Pair::less(t1, &less[1]))]
    }

    #[inline(always)]
    fn canonical(a: &Self::Pair) -> Self::Whole {
        [P::Fp::canonical(&a[0]), P::Fp::canonical(&a[1])]
    }
}

/// `(a0 b0 - a1 b1, a0 b1 + a1 b0)`
#[inline(always)]
fn columns<C: FpConfig<4>>(a: &[Pair<C>; 2], b: &[Pair<C>; 2]) -> [Columns; 2] {
    let (mut t0, mut t1) = (TWICE.map(Vector::both), TWICE.map(Vector::both));
    accumulate_all(&mut t0, &a[0].0, &b[0].0);
    accumulate_all(&mut t0, &a[1].negative().0, &b[1].0);
    accumulate_all(&mut t1, &a[0].0, &b[1].0);
    accumulate_all(&mut t1, &a[1].0, &b[0].0);
    [t0, t1]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_bn254::{Fq, Fq2, FqConfig, Fr, FrConfig};
    use ark_ff::fields::{MontBackend, MontConfig};
    use ark_ff::UniformRand;
    use ark_std::rand::SeedableRng;
    use ark_std::rand::rngs::StdRng;

    /// A sixteenth and so on: what a product by 2^255 makes of elements in memory is their product by 2^256, doubled.
    fn agrees<F: Lanes>(xs: &[F]) {
        let write = |pair: &F::Pair| F::write(&F::canonical(pair));
        for pair in xs.windows(4) {
            let [a, b, c, d] = [pair[0], pair[1], pair[2], pair[3]];
            let (x, y, z) = (F::read([&a, &b]), F::read([&b, &c]), F::read([&c, &d]));
            assert_eq!(F::write(&x), [a, b]);
            assert_eq!(write(&F::number(&x)), [a, b]);
            assert_eq!(write(&F::difference(&x, &y)), [a - b, b - c]);
            let (nx, ny) = (F::number(&x), F::number(&y));
            assert_eq!(write(&F::times(&nx, &ny)), [(a * b).double(), (b * c).double()]);
            assert_eq!(write(&F::times(&F::difference(&x, &z), &ny)), [
                ((a - c) * b).double(),
                ((b - d) * c).double()
            ]);
            let slope = F::times(&nx, &ny);
            let slopes = [(a * b).double(), (b * c).double()];
            assert_eq!(write(&F::times_less(&slope, &F::difference(&x, &y), &z)), [
                (slopes[0] * (a - b)).double() - c,
                (slopes[1] * (b - c)).double() - d
            ]);
            assert_eq!(write(&F::square_twice_less(&slope, &F::plus(&y, &z))), [
                slopes[0].square().double().double() - b - c,
                slopes[1].square().double().double() - c - d
            ]);
        }
    }

    /// Elements by what is in memory: nothing, one bit, all limbs full, the greatest; each beside each.
    fn edges<C: MontConfig<4>>() -> Vec<Fp<MontBackend<C, 4>, 4>> {
        let mut greatest = C::MODULUS;
        greatest.0[0] -= 1;
        let full = [u64::MAX, u64::MAX, u64::MAX, C::MODULUS.0[3] - 1];
        let middle = C::MODULUS.0.map(|word| word >> 1);
        let raw = [[0; 4], [1, 0, 0, 0], [1 << 51, 0, 0, 0], full, greatest.0, middle];
        let edges = raw.map(|words| Fp(BigInt(words), PhantomData));
        edges.iter().flat_map(|a| edges.iter().flat_map(|b| [*a, *b])).collect()
    }

    #[test]
    fn agrees_with_arkworks() {
        agrees(&edges::<FqConfig>());
        agrees(&edges::<FrConfig>());
        let of = edges::<FqConfig>();
        agrees(&of.windows(3).map(|w| Fq2::new(w[0], w[2])).collect::<Vec<_>>());
        let mut rng = StdRng::seed_from_u64(13);
        let mut rounds = |n: usize| {
            agrees(&(0..n).map(|_| Fq::rand(&mut rng)).collect::<Vec<_>>());
            agrees(&(0..n).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>());
            agrees(&(0..n).map(|_| Fq2::rand(&mut rng)).collect::<Vec<_>>());
        };
        rounds(2000);
    }
}
