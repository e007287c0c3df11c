//! Multi-scalar multiplication for proving: Pippenger's buckets over signed digits of half scalars, with affine additions that share
//! their inversions.
//!
//! Affine additions with a shared inversion cost about six field products where arkworks' extended buckets cost ten. Most
//! scalars of our circuits are bits: those are summed without buckets. Windows and whole sums run in parallel; arkworks'
//! own parallel version starts a thread pool for every call.

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr};
use ark_ff::{BigInt, BigInteger, Field, One, Zero};
#[cfg(feature = "parallel")]
use rayon::prelude::*;

use super::halves::{Endomorphism, halves};

/// Limbs of a scalar.
type Scalar = BigInt<4>;

/// `sum of scalars[i] * bases[i]`; scalars are canonical, as many as bases.
pub(super) fn msm<P: Endomorphism>(bases: &[Affine<P>], scalars: &[Scalar]) -> Projective<P> {
    debug_assert_eq!(bases.len(), scalars.len());
    let mut ones = Vec::new();
    let mut rest = Vec::new();
    for (i, scalar) in scalars.iter().enumerate() {
        if *scalar == Scalar::one() {
            ones.push(bases[i]);
        } else if !scalar.is_zero() {
            rest.push(i);
        }
    }
    let (ones, rest) = join(|| sum(ones), || multiples(bases, scalars, &rest));
    ones + rest
}

#[cfg(feature = "parallel")]
pub(super) use rayon::join;

/// One after the other where there are no threads.
#[cfg(not(feature = "parallel"))]
pub(super) fn join<A, B>(a: impl FnOnce() -> A, b: impl FnOnce() -> B) -> (A, B) {
    (a(), b())
}

/// The sum of points.
fn sum<P: Endomorphism>(mut points: Vec<Affine<P>>) -> Projective<P> {
    let mut ends = [points.len()];
    P::reduce(&mut points, &mut ends);
    points.first().map_or(Projective::ZERO, |point| point.into_group())
}

/// The sum of the multiples named by `indices`.
fn multiples<P: Endomorphism>(
    bases: &[Affine<P>],
    scalars: &[Scalar],
    indices: &[usize],
) -> Projective<P> {
    if indices.is_empty() {
        return Projective::ZERO;
    }
    // Twice the points, half the bits.
    let mut points: Vec<_> = indices.iter().map(|i| bases[*i]).collect();
    points.extend(indices.iter().map(|i| P::times_lambda(&bases[*i])));
    let width = window_width(points.len());
    let windows = Windows::new(width);
    let pairs: Vec<_> = indices.iter().map(|i| windows.prepare(halves(&scalars[*i]))).collect();
    let window = |w: usize| {
        let digits =
            (0..2).flat_map(|half| pairs.iter().map(move |pair| windows.digit(pair[half], w)));
        window_sum(points.iter().zip(digits), width)
    };
    #[cfg(feature = "parallel")]
    let sums: Vec<_> = (0..windows.count).into_par_iter().map(window).collect();
    #[cfg(not(feature = "parallel"))]
    let sums: Vec<_> = (0..windows.count).map(window).collect();
    sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
        for _ in 0..width {
            total.double_in_place();
        }
        total + sum
    })
}

/// The window width that costs least, in products: for each window about six for each point and twelve for each bucket, for each doubling
/// of the buckets an inversion or two, and the few sums by which the buckets are weighed.
fn window_width(points: usize) -> u32 {
    let cost = |width: &u32| {
        let buckets = 1 << (width - 1);
        let weighed = 60 << (width / 2);
        Windows::new(*width).count * (6 * points + 12 * buckets + 600 * *width as usize + weighed)
    };
    (2..=16).min_by_key(cost).unwrap_or(2)
}

/// Signed numbers of up to [`BOUND`](super::halves::BOUND) cut into signed digits, least significant first.
///
/// A window is read as a number from 0 to `2^width`, less half of that. What that takes from all windows but the last is added
/// beforehand, so that digits need no carries: any of them can be read alone.
#[derive(Clone, Copy)]
struct Windows {
    width: u32,
    count: usize,
    offset: i128,
}

impl Windows {
    const fn new(width: u32) -> Self {
        let last = 127 / width;
        let (mut offset, mut w) = (0, 0);
        while w < last {
            offset += 1 << (w * width + width - 1);
            w += 1;
        }
        Self { width, count: last as usize + 1, offset }
    }

    /// Cannot overflow: the offset is below 2/3 of 2^126, the bound below 6/5 of it.
    fn prepare(&self, halves: [i128; 2]) -> [i128; 2] {
        halves.map(|half| half + self.offset)
    }

    /// A digit of what was prepared, at most `2^(width-1)` in absolute value.
    fn digit(&self, prepared: i128, w: usize) -> i32 {
        let digits = (prepared >> (w as u32 * self.width)) as i32;
        if w + 1 == self.count {
            return digits;
        }
        (digits & ((1 << self.width) - 1)) - (1 << (self.width - 1))
    }
}

/// `sum of digit * point` for digits of at most `2^(width-1)` in absolute value.
fn window_sum<'a, P: Endomorphism>(
    chosen: impl Iterator<Item = (&'a Affine<P>, i32)> + Clone,
    width: u32,
) -> Projective<P> {
    // Sorted by bucket: bucket b holds what counts b + 1 times.
    let mut ends = vec![0; 1 << (width - 1)];
    for (_, digit) in chosen.clone().filter(|(_, digit)| *digit != 0) {
        ends[digit.unsigned_abs() as usize - 1] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        total += std::mem::replace(end, total);
    }
    let mut points = vec![Affine::identity(); total];
    for (point, digit) in chosen.filter(|(_, digit)| *digit != 0) {
        let place = &mut ends[digit.unsigned_abs() as usize - 1];
        points[*place] = if digit < 0 { -*point } else { *point };
        *place += 1;
    }
    P::reduce(&mut points, &mut ends);
    weighed_sum(points, &ends, (width - 1) / 2)
}

/// `sum of (b + 1) * bucket b`, where bucket b has at most one point.
///
/// Buckets are laid out in rows of `2^bits`. With `b = row * 2^bits + column`, the sum is that of rows' sums, each taken `row * 2^bits` times,
/// and that of columns' sums, each taken `column + 1` times: two affine additions for each bucket, where sums from the last bucket on would
/// take two projective ones.
fn weighed_sum<P: Endomorphism>(
    points: Vec<Affine<P>>,
    ends: &[usize],
    bits: u32,
) -> Projective<P> {
    let length = 1 << bits;
    let bucket = |b: usize| &points[if b == 0 { 0 } else { ends[b - 1] }..ends[b]];
    let (mut columns, mut column_ends) = (Vec::with_capacity(points.len()), Vec::new());
    for column in 0..length {
        (column..ends.len()).step_by(length).for_each(|b| columns.extend(bucket(b)));
        column_ends.push(columns.len());
    }
    P::reduce(&mut columns, &mut column_ends);
    let (mut rows, mut row_ends) =
        (points, ends.chunks(length).map(|row| row[row.len() - 1]).collect::<Vec<_>>());
    P::reduce(&mut rows, &mut row_ends);

    // Each bucket's point as often as its place says: the sum of all sums from the last one on.
    let places = |points: &[Affine<P>], ends: &[usize]| {
        let (mut running, mut sum) = (Projective::ZERO, Projective::ZERO);
        for b in (0..ends.len()).rev() {
            // Before the addition: place 0 does not count.
            sum += running;
            let begin = if b == 0 { 0 } else { ends[b - 1] };
            points[begin..ends[b]].iter().for_each(|point| running += point);
        }
        (sum, running)
    };
    let (mut sum, _) = places(&rows, &row_ends);
    for _ in 0..bits {
        sum.double_in_place();
    }
    let (columns, once) = places(&columns, &column_ends);
    sum + columns + once
}

/// Adds up each bucket: `points` sorted by bucket, `ends` where each bucket ends. Afterwards a bucket has at most one point.
///
/// In each round neighbours are added in pairs, all with one inversion.
pub(super) fn reduce<P: SWCurveConfig>(points: &mut Vec<Affine<P>>, ends: &mut [usize]) {
    let mut inverses: Vec<P::BaseField> = Vec::with_capacity(points.len() / 2);
    loop {
        inverses.clear();
        let mut begin = 0;
        for end in ends.iter() {
            for pair in points[begin..*end].chunks_exact(2) {
                inverses.push(denominator(&pair[0], &pair[1]));
            }
            begin = *end;
        }
        if inverses.is_empty() {
            return;
        }
        ark_ff::fields::serial_batch_inversion_and_mul(&mut inverses, &P::BaseField::one());
        let mut next = inverses.iter();
        let (mut begin, mut written) = (0, 0);
        for end in ends.iter_mut() {
            let mut i = begin;
            begin = *end;
            while i < begin {
                points[written] = match points[i..begin] {
                    [a, b, ..] => {
                        let zero = P::BaseField::zero();
                        add(&a, &b, next.next().unwrap_or(&zero))
                    }
                    _ => points[i],
                };
                written += 1;
                i += 2;
            }
            *end = written;
        }
        points.truncate(written);
    }
}

/// What the slope of an addition is divided by; zero, which inversion leaves alone, where there is no slope.
fn denominator<P: SWCurveConfig>(a: &Affine<P>, b: &Affine<P>) -> P::BaseField {
    if a.is_zero() || b.is_zero() {
        P::BaseField::zero()
    } else if a.x == b.x {
        // Twice y of a doubling; of opposite points the sum of the ys, which is zero.
        a.y + b.y
    } else {
        b.x - a.x
    }
}

/// `a + b`, given the inverse of their [`denominator`].
fn add<P: SWCurveConfig>(a: &Affine<P>, b: &Affine<P>, inverse: &P::BaseField) -> Affine<P> {
    if a.is_zero() {
        return *b;
    }
    if b.is_zero() {
        return *a;
    }
    let slope = if a.x == b.x {
        if inverse.is_zero() {
            return Affine::identity();
        }
        let x2 = a.x.square();
        (x2.double() + x2 + P::COEFF_A) * inverse
    } else {
        (b.y - a.y) * inverse
    };
    let x = slope.square() - a.x - b.x;
    let y = slope * (a.x - x) - a.y;
    Affine::new_unchecked(x, y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fr, G1Projective, G2Projective, g1, g2};
    use ark_ec::{CurveGroup, VariableBaseMSM};
    use ark_ff::{PrimeField, UniformRand};
    use ark_std::rand::{Rng, SeedableRng};

    fn agrees<P: Endomorphism<ScalarField = Fr>>(bases: &[Affine<P>], scalars: &[Fr])
    where
        Projective<P>: VariableBaseMSM<ScalarField = Fr, MulBase = Affine<P>>,
    {
        let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
        let expected: Projective<P> = bases.iter().zip(scalars).map(|(b, s)| *b * s).sum();
        assert_eq!(msm(bases, &integers), expected);
        assert_eq!(Projective::<P>::msm_bigint(bases, &integers), expected);
    }

    fn cases<P: Endomorphism<ScalarField = Fr>>()
    where
        Projective<P>: VariableBaseMSM<ScalarField = Fr, MulBase = Affine<P>>,
    {
        let mut rng = ark_std::rand::rngs::StdRng::seed_from_u64(5);
        let edges = [
            Fr::zero(),
            Fr::one(),
            -Fr::one(),
            Fr::from(2),
            -Fr::from(2),
            Fr::from(u64::MAX),
            Fr::from(1u128 << 127),
            -Fr::from(1u128 << 127),
        ];
        for n in [0, 1, 2, 3, 7, 40, 300] {
            let mut bases: Vec<_> =
                (0..n).map(|_| Projective::<P>::rand(&mut rng).into_affine()).collect();
            let mut scalars: Vec<Fr> = (0..n)
                .map(|i| match rng.gen_range(0..4) {
                    0 => edges[i % edges.len()],
                    1 => Fr::from(rng.gen_range(0..2u64)),
                    _ => Fr::rand(&mut rng),
                })
                .collect();
            agrees(&bases, &scalars);
            // Equal, opposite and identity points in one bucket.
            for i in 1..n {
                match i % 5 {
                    0 => bases[i] = bases[i - 1],
                    1 => bases[i] = -bases[i - 1],
                    2 => bases[i] = Affine::identity(),
                    _ => {}
                }
                if i % 5 < 2 {
                    scalars[i] = scalars[i - 1];
                }
            }
            agrees(&bases, &scalars);
        }
    }

    #[test]
    fn agrees_with_plain_sums_in_both_groups() {
        cases::<g1::Config>();
        cases::<g2::Config>();
        assert_eq!(msm::<g1::Config>(&[], &[]), G1Projective::ZERO);
        assert_eq!(msm::<g2::Config>(&[], &[]), G2Projective::ZERO);
    }

    #[test]
    fn digits_make_up_the_number() {
        use crate::groth16::halves::BOUND;
        let most = BOUND as i128;
        for width in 2..=16 {
            let windows = Windows::new(width);
            for number in
                [0, 1, -1, 5000, -(1 << 100), 1 << 126, most, -most, most / 3, i128::from(u64::MAX)]
            {
                let [prepared, _] = windows.prepare([number, 0]);
                let digits: Vec<_> =
                    (0..windows.count).map(|w| windows.digit(prepared, w)).collect();
                let place = |w: usize| Fr::from(2).pow([w as u64 * u64::from(width)]);
                let sum: Fr = digits.iter().enumerate().map(|(w, d)| place(w) * Fr::from(*d)).sum();
                assert_eq!(sum, Fr::from(number), "{width}");
                assert!(
                    digits.iter().all(|d| d.unsigned_abs() <= 1 << (width - 1)),
                    "{width}: {digits:?}"
                );
            }
        }
    }

    #[test]
    fn buckets_are_weighed_by_their_place() {
        let mut rng = ark_std::rand::rngs::StdRng::seed_from_u64(7);
        for width in 2..=9 {
            let buckets = 1 << (width - 1);
            let (mut points, mut ends, mut expected) = (Vec::new(), Vec::new(), G1Projective::ZERO);
            for b in 0..buckets {
                if rng.gen_range(0..3) > 0 {
                    let point = G1Projective::rand(&mut rng).into_affine();
                    expected += point * Fr::from(b + 1);
                    points.push(point);
                }
                ends.push(points.len());
            }
            assert_eq!(weighed_sum(points, &ends, (width - 1) / 2), expected, "{width}");
        }
    }
}
