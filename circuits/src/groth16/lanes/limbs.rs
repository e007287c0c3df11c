//! Columns of products, their reduction, and the limbs that come of it.

use super::vector::Vector;
use super::{BITS, LIMBS, MASK, Pair, Whole};
use ark_ff::fields::FpConfig;
use std::marker::PhantomData;

/// `3 2^102`: what makes the rounding of a product by 2^51.
pub(super) const HIGH: f64 = 3.0 * (1_u128 << 102) as f64;
/// `3 2^51`: whole numbers from -2^51 up to 2^51 can be added to it.
pub(super) const LOW: f64 = 3.0 * (1_u64 << 51) as f64;
/// `2^52`: whole numbers from 0 up to 2^52 can be added to it.
pub(super) const WHOLE: f64 = (1_u64 << 52) as f64;
/// Half a limb.
const HALF: u64 = 1 << (BITS - 1);
/// Keeps columns positive while they are carried.
const POSITIVE: u64 = 1 << 60;
/// What a last limb may be below zero, with three bits to spare: 23/16 of 2^51.
const BELOW: u64 = 23 << 47;

/// Columns of a product and its reduction: whole numbers.
pub(super) type Columns = [Vector; 2 * LIMBS];

/// The constants of a field.
pub(super) struct Constants<C>(PhantomData<C>);

impl<C: FpConfig<4>> Constants<C> {
    const P: [u64; LIMBS] = limbs_of(&C::MODULUS.0);
    pub(super) const P_NUMBERS: [f64; LIMBS] = numbers(&Self::P);
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
    pub(super) const NEAR: [f64; LIMBS] = {
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
    pub(super) const OVER_P: f64 = 1.0 / Self::P_NUMBERS[LIMBS - 1];
}

const fn limbs_of(x: &[u64; 4]) -> [u64; LIMBS] {
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

pub(super) const ONCE: [u64; 2 * LIMBS] = begin([[1; LIMBS]; LIMBS]);
pub(super) const TWICE: [u64; 2 * LIMBS] = begin([[2; LIMBS]; LIMBS]);
/// Each pair of limbs in one order only.
pub(super) const SQUARE: [u64; 2 * LIMBS] =
    begin([[1, 1, 1, 1, 1], [0, 1, 1, 1, 1], [0, 0, 1, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]);

/// Adds `a * b` to two columns.
#[inline(always)]
pub(super) fn accumulate(t: &mut Columns, column: usize, a: Vector, b: Vector) {
    let high = a.fused(b, Vector::number(HIGH));
    let low = a.fused(b, Vector::number(HIGH + LOW).minus(high));
    t[column] = t[column].add(low);
    t[column + 1] = t[column + 1].add(high);
}

/// Adds what is in one column of the product of all limbs.
#[inline(always)]
pub(super) fn accumulate_column(
    t: &mut Columns,
    column: usize,
    a: &[Vector; LIMBS],
    b: &[Vector; LIMBS],
) {
    for (i, a) in a.iter().enumerate() {
        if let Some(j) = column.checked_sub(i)
            && j < LIMBS
        {
            accumulate(t, column, *a, b[j]);
        }
    }
}

/// The limb that a column ends in, from -2^50 up, as a number.
#[inline(always)]
fn limb(column: Vector) -> Vector {
    let bits = column.and(Vector::both(MASK)).or(Vector::both(WHOLE.to_bits()));
    bits.minus(Vector::number(WHOLE + HALF as f64))
}

impl<C: FpConfig<4>> Pair<C> {
    /// Columns, over 2^255. They begin with `begin`, and `products` adds what is in one of them: column by column, as processors have
    /// few registers for vectors.
    #[inline(always)]
    pub(super) fn reduce(
        begin: &[u64; 2 * LIMBS],
        products: impl Fn(&mut Columns, usize),
    ) -> Columns {
        let mut t = begin.map(Vector::both);
        let near = Constants::<C>::NEAR.map(Vector::number);
        let p = Constants::<C>::P_NUMBERS.map(Vector::number);
        // What cancels the limbs of the first columns; as many as columns, so that the macro may name any.
        let mut factors = [Vector::both(0); 2 * LIMBS];
        macro_rules! columns {
            ($($column:literal)*) => {$(
                products(&mut t, $column);
                for (i, factor) in factors[..LIMBS - 1].iter().enumerate() {
                    if let Some(j) = usize::checked_sub($column, i + 1)
                        && j < LIMBS
                    {
                        accumulate(&mut t, $column, *factor, near[j]);
                    }
                }
                if $column < LIMBS - 1 {
                    factors[$column] = limb(t[$column]);
                    t[$column + 1] = t[$column + 1].add(t[$column].right::<BITS>());
                } else {
                    if $column == LIMBS - 1 {
                        factors[LIMBS - 1] = Self::last_factor(t[LIMBS - 1]);
                    }
                    accumulate(&mut t, $column, factors[LIMBS - 1], p[$column + 1 - LIMBS]);
                    if $column == LIMBS - 1 {
                        t[LIMBS] = t[LIMBS].add(t[LIMBS - 1].right::<BITS>());
                    }
                }
            )*};
        }
        columns!(0 1 2 3 4 5 6 7 8);
        t
    }

    /// What the modulus is taken times to cancel a column's limb: from -2^50 up.
    #[inline(always)]
    fn last_factor(column: Vector) -> Vector {
        let (last, inverse) = (limb(column), Vector::number(Constants::<C>::FACTOR as f64));
        let high = last.fused(inverse, Vector::number(HIGH));
        let low = last.fused(inverse, Vector::number(HIGH + LOW).minus(high));
        low.minus(Vector::number(LOW))
    }

    /// The limbs of reduced columns, each but the last from -2^50 up to 2^50.
    #[inline(always)]
    pub(super) fn carried(t: &Columns) -> Self {
        let t5 = t[5];
        let t6 = t[6].add(t5.right::<BITS>());
        let t7 = t[7].add(t6.right::<BITS>());
        let t8 = t[8].add(t7.right::<BITS>());
        let t9 = t[9].add(t8.right::<BITS>());
        let last = t9.minus(Vector::number(WHOLE + BELOW as f64));
        Self([limb(t5), limb(t6), limb(t7), limb(t8), last], PhantomData)
    }

    #[inline(always)]
    pub(super) fn less(mut t: Columns, less: &Whole<C>) -> Columns {
        for i in 0..LIMBS {
            t[LIMBS + i] = t[LIMBS + i].sub(less.0[i]);
        }
        t
    }

    /// The same element, at most half the modulus in absolute value but for the last limb's rounding.
    #[inline(always)]
    pub(super) fn tightened(&self) -> Self {
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
    pub(super) fn without(&self, times: Vector) -> [Vector; LIMBS] {
        let minus = Vector::number(0.0).minus(times);
        [0, 1, 2, 3, 4]
            .map(|i| minus.fused(Vector::number(Constants::<C>::P_NUMBERS[i]), self.0[i]))
    }

    #[inline(always)]
    pub(super) fn negative(&self) -> Self {
        Self(self.0.map(|limb| Vector::number(0.0).minus(limb)), PhantomData)
    }

    /// Each limb so many times: a power of two.
    #[inline(always)]
    pub(super) fn scaled(&self, times: f64) -> [Vector; LIMBS] {
        self.0.map(|limb| limb.times(Vector::number(times)))
    }
}
