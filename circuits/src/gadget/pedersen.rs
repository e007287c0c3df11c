//! Pedersen commitment `v G + r H` in circuit ([`crate::commitment`]).
//!
//! Both numbers are cut into windows of three bits e, and each window stands for the odd digit `d = 2e - 7` of the halved
//! generator, so that no table holds the identity; what that is short by is a constant, added back at the end. A window's
//! witnesses are d's sign and the bits of m in `|d| = 2m + 1`: the sign costs one constraint where a third bit in the table
//! would cost two.
//!
//! # No exceptional case
//!
//! The sum of windows in Montgomery coordinates needs points with different u. Before window i it is `k B`, B the halved
//! generator, k the sum of `d_j 8^j` over the windows before: odd, as `d_0` is, so not zero, and `|k| < 8^i`. Window i adds
//! `d B 8^i` with `8^i <= |d| 8^i < 8^(i+1) - 8^i`. Equal u means that `k + d 8^i` or `k - d 8^i` is zero modulo l. Neither is zero
//! as an integer, and both are below `8^(i+1)` in absolute value, at most 2^249 in the last of 83 windows; l is above 2^250.
//! For the same reason no sum is the identity, and every sum has odd order, as its conversion to Edwards coordinates asks. What
//! remains is added by complete formulas.

use super::babyjubjub::{MontgomeryVar, PointVar};
use super::range::enforce_bit;
use crate::commitment::{BLINDING_GENERATOR, VALUE_GENERATOR};
use crate::cs::{ConstraintSystem, Linear, Origin};
use crate::curve::{Point, ProjectivePoint, Scalar};
use crate::hash::F;
use ark_ec::CurveGroup;
use ark_ff::{BigInteger256, Field, One, PrimeField};
use std::sync::OnceLock;

/// Bits of a window.
const WIDTH: usize = 3;

/// Windows of a blinding; as many as are safe from exceptional cases.
const SAFE_WINDOWS: usize = 83;

/// Bits of a blinding above its windows.
const TOP_BITS: usize = 2;

/// Bits of a value at most.
const VALUE_BITS: usize = 64;

/// The commitment to `value` under `blinding`, where the value is demanded to be below `2^value_bits` (1 to 64 bits) and the
/// blinding to be below the subgroup's order. The blinding is known to nothing else in the circuit, so it comes as a number.
pub fn pedersen_commitment<CS: ConstraintSystem>(
    cs: &mut CS,
    value: &CS::Wire,
    value_bits: usize,
    blinding: &F,
) -> PointVar<CS::Wire> {
    assert!((1..=VALUE_BITS).contains(&value_bits), "values have 1 to 64 bits");
    let tables = tables();
    let left = value_multiple(cs, value, value_bits, &tables.value);
    let (right, top) = blinding_multiple(cs, blinding, &tables.blinding);
    // What is left of the blinding, with what both sums of windows are short by.
    let last = tables.last(value_bits);
    let both = cs.product("commitment: blinding top", &top[0], &top[1]);
    let coordinate = |of: fn(&Point) -> F| look_up(&last.map(|p| of(&p)), &top, Some(&both));
    let last = PointVar { x: coordinate(|p| p.x), y: coordinate(|p| p.y) };
    left.add(cs, &right).add(cs, &last)
}

/// `(value - (2^n - 1) / 2) G`, where the value is demanded to have n bits.
fn value_multiple<CS: ConstraintSystem>(
    cs: &mut CS,
    value: &CS::Wire,
    n: usize,
    table: &[Multiples],
) -> PointVar<CS::Wire> {
    // An honest value fits. Of another one the low bits are as good as any: no digits add up to it.
    let number = cs.value(value).into_bigint().0[0];
    let mut sum = None;
    let mut digits = Vec::new();
    for (i, multiples) in table.iter().enumerate().take(n.div_ceil(WIDTH)) {
        let width = WIDTH.min(n - WIDTH * i);
        let e = (number >> (WIDTH * i)) as usize % (1 << width);
        let window = WindowVar::new(cs, "commitment: value bit", Origin::Hint, e, width);
        digits.push(window.digit(cs));
        sum = Some(window.add_to(cs, sum, multiples));
    }
    // The sum of (d + 2^width - 1) 8^i is twice the value.
    let mut power = F::one();
    let twice = CS::Wire::sum_of(digits.iter().map(|digit| {
        let weight = power;
        power *= F::from(1_u64 << WIDTH);
        (weight, digit)
    }));
    let all_ones = F::from(2).pow([n as u64]) - F::one();
    cs.enforce_equal("commitment: value", &twice.plus_constant(all_ones), &value.times(F::from(2)));
    to_edwards(cs, sum)
}

/// `(blinding mod 2^249 - (2^249 - 1) / 2) H`, and the two bits above, the lower first. The blinding is demanded to be below the
/// subgroup's order.
fn blinding_multiple<CS: ConstraintSystem>(
    cs: &mut CS,
    blinding: &F,
    table: &[Multiples],
) -> (PointVar<CS::Wire>, [CS::Wire; TOP_BITS]) {
    let number = blinding.into_bigint();
    let top = top_bits(number).map(|bit| {
        let bit = cs.witness(|| F::from(bit));
        enforce_bit(cs, "commitment: blinding bit", &bit);
        bit
    });
    let mut sum = None;
    let mut windows = Vec::with_capacity(SAFE_WINDOWS);
    for (i, multiples) in table.iter().enumerate() {
        let window = WindowVar::new(
            cs,
            "commitment: blinding bit",
            Origin::Witness,
            digit(number, i),
            WIDTH,
        );
        sum = Some(window.add_to(cs, sum, multiples));
        windows.push(window);
    }
    enforce_below_order(cs, &top, &windows);
    (to_edwards(cs, sum), top)
}

/// Demands that the blinding with these bits is at most l - 1, exactly.
///
/// Read from the top, the first bit in which it differs from l - 1 decides. At each position the direction is known: `up` where
/// a difference makes the blinding the larger one. A window's bits compare in the order sign, m from its top; for a negative digit
/// a larger m is a smaller number. So at every run of `up` positions: if no position above differs, none of the run does. With
/// the number of differences above (`down` ones suffice, as the `up` ones were refused before) as D and that in the run as s,
/// both far below the modulus, that is: s is a multiple of D. The multiple says nothing of the blinding where both are zero.
fn enforce_below_order<CS: ConstraintSystem>(
    cs: &mut CS,
    top: &[CS::Wire; TOP_BITS],
    windows: &[WindowVar<CS::Wire>],
) {
    let mut largest = Scalar::MODULUS;
    // The order is odd.
    largest.0[0] -= 1;
    let mut positions = Vec::new();
    for (bit, of_largest) in top.iter().zip(top_bits(largest)).rev() {
        positions.push((bit, of_largest, !of_largest));
    }
    for (i, window) in windows.iter().enumerate().rev() {
        let (positive, low) = signed(digit(largest, i), WIDTH);
        positions.push((&window.positive, positive, !positive));
        for (j, bit) in window.low.iter().enumerate().rev() {
            let of_largest = low >> j & 1 == 1;
            positions.push((bit, of_largest, of_largest != positive));
        }
    }
    let difference = |(bit, of_largest, _): &(&CS::Wire, bool, bool)| match *of_largest {
        true => CS::Wire::unit().minus(bit),
        false => (*bit).clone(),
    };
    let mut above = CS::Wire::nil();
    for run in positions.chunk_by(|(_, _, a), (_, _, b)| a == b) {
        let sum = run.iter().fold(CS::Wire::nil(), |sum, position| sum.plus(&difference(position)));
        match run[0].2 {
            true => drop(cs.quotient("commitment: blinding below order", &sum, &above)),
            false => above = above.plus(&sum),
        }
    }
}

/// Bits 249 and 250.
fn top_bits(number: BigInteger256) -> [bool; TOP_BITS] {
    let top = (number >> (WIDTH * SAFE_WINDOWS) as u32).0[0];
    [top & 1 == 1, top >> 1 & 1 == 1]
}

/// Window i, as a number below eight.
fn digit(number: BigInteger256, i: usize) -> usize {
    (number >> (WIDTH * i) as u32).0[0] as usize % (1 << WIDTH)
}

/// Whether `2e - (2^width - 1)` is positive, and m if it is 2m + 1 or its negative.
fn signed(e: usize, width: usize) -> (bool, usize) {
    let half = 1 << (width - 1);
    if e >= half { (true, e - half) } else { (false, half - 1 - e) }
}

/// A window's bits.
struct WindowVar<W> {
    /// Whether the digit is positive.
    positive: W,
    /// The bits of m, none to two of them.
    low: Vec<W>,
    /// The product of two bits of m.
    both: Option<W>,
}

impl<W: Linear> WindowVar<W> {
    fn new<CS: ConstraintSystem<Wire = W>>(
        cs: &mut CS,
        what: &'static str,
        origin: Origin,
        e: usize,
        width: usize,
    ) -> Self {
        let (positive, m) = signed(e, width);
        let mut bit = |value: bool| {
            let bit = cs.variable(origin, || F::from(value));
            enforce_bit(cs, what, &bit);
            bit
        };
        let positive = bit(positive);
        let low: Vec<_> = (0..width - 1).map(|j| bit(m >> j & 1 == 1)).collect();
        let both = match &low[..] {
            [a, b] => Some(cs.product("commitment: window", a, b)),
            _ => None,
        };
        Self { positive, low, both }
    }

    /// `x` with the digit's sign. No constraint for a constant.
    fn with_sign<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS, xs: &[F; 4]) -> W {
        let sign = self.positive.times(F::from(2)).plus_constant(-F::one());
        if self.low.is_empty() {
            return sign.times(xs[0]);
        }
        cs.product("commitment: sign", &sign, &look_up(xs, &self.low, self.both.as_ref()))
    }

    /// The digit.
    fn digit<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS) -> W {
        self.with_sign(cs, &[1, 3, 5, 7].map(F::from))
    }

    /// `sum` and the digit's multiple. The module says why they never have the same u.
    fn add_to<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        sum: Option<MontgomeryVar<W>>,
        multiples: &Multiples,
    ) -> MontgomeryVar<W> {
        let u = look_up(&multiples.u, &self.low, self.both.as_ref());
        let next = MontgomeryVar { u, v: self.with_sign(cs, &multiples.v) };
        match sum {
            None => next,
            Some(sum) => sum.add_unequal(cs, &next),
        }
    }
}

/// The entry at the number with these bits, `both` being the product of two.
fn look_up<W: Linear>(entries: &[F; 4], bits: &[W], both: Option<&W>) -> W {
    let [c0, c1, c2, c3] = *entries;
    let one = W::unit();
    let coefficients = [c1 - c0, c2 - c0];
    let terms = coefficients.into_iter().zip(bits);
    W::sum_of([(c0, &one)].into_iter().chain(terms).chain(both.map(|b| (c3 - c2 - c1 + c0, b))))
}

/// The sum in Edwards coordinates; there is a window at least.
fn to_edwards<CS: ConstraintSystem>(
    cs: &mut CS,
    sum: Option<MontgomeryVar<CS::Wire>>,
) -> PointVar<CS::Wire> {
    match sum {
        Some(sum) => sum.to_edwards(cs),
        None => PointVar { x: CS::Wire::nil(), y: CS::Wire::unit() },
    }
}

/// Montgomery coordinates of 1, 3, 5 and 7 times `8^i` times the halved generator.
struct Multiples {
    u: [F; 4],
    v: [F; 4],
}

/// The multiples of the first windows.
fn multiples(generator: Point, windows: usize) -> Vec<Multiples> {
    let mut base: ProjectivePoint = generator * half();
    let mut table = Vec::with_capacity(windows);
    for _ in 0..windows {
        let double = base + base;
        let (three, five) = (base + double, base + double + double);
        let seven = five + double;
        let points = ProjectivePoint::normalize_batch(&[base, three, five, seven]);
        let u: [F; 4] =
            std::array::from_fn(|i| (F::one() + points[i].y) / (F::one() - points[i].y));
        let v: [F; 4] = std::array::from_fn(|i| u[i] / points[i].x);
        table.push(Multiples { u, v });
        base += seven;
    }
    table
}

fn half() -> Scalar {
    Scalar::from(2_u8).inverse().unwrap_or_default()
}

/// Constants of both multiplications.
struct Tables {
    value: Vec<Multiples>,
    blinding: Vec<Multiples>,
}

impl Tables {
    /// For each number that a blinding's two top bits can be, their multiple of H and what both sums of windows are short by:
    /// `(2^n - 1) / 2` for n bits.
    fn last(&self, value_bits: usize) -> [Point; 4] {
        let power = |n: usize| Scalar::from(2_u8).pow([n as u64]);
        let short = |n: usize| (power(n) - Scalar::one()) * half();
        let n = WIDTH * SAFE_WINDOWS;
        let back = VALUE_GENERATOR * short(value_bits) + BLINDING_GENERATOR * short(n);
        let step = BLINDING_GENERATOR * power(n);
        std::array::from_fn(|i| (back + step * Scalar::from(i as u64)).into_affine())
    }
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| Tables {
        value: multiples(VALUE_GENERATOR, VALUE_BITS.div_ceil(WIDTH)),
        blinding: multiples(BLINDING_GENERATOR, SAFE_WINDOWS),
    })
}
