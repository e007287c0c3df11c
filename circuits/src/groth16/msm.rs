//! Multi-scalar multiplication for proving: Pippenger's buckets over signed digits, with affine additions that share their
//! inversions.
//!
//! Affine additions with a shared inversion cost about six field products where arkworks' extended buckets cost ten. Most
//! scalars of our circuits are bits: those are summed without buckets. Windows and whole sums run in parallel; arkworks'
//! own parallel version starts a thread pool for every call.

use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr};
use ark_ff::{BigInt, BigInteger, Field, One, PrimeField, Zero};
#[cfg(feature = "parallel")]
use rayon::prelude::*;

/// Limbs of a scalar.
type Scalar = BigInt<4>;

/// `sum of scalars[i] * bases[i]`; scalars are canonical, as many as bases.
pub(super) fn msm<P: SWCurveConfig>(bases: &[Affine<P>], scalars: &[Scalar]) -> Projective<P> {
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
fn sum<P: SWCurveConfig>(mut points: Vec<Affine<P>>) -> Projective<P> {
    let mut ends = [points.len()];
    reduce(&mut points, &mut ends);
    points.first().map_or(Projective::ZERO, |point| point.into_group())
}

/// The sum of the multiples named by `indices`.
fn multiples<P: SWCurveConfig>(
    bases: &[Affine<P>],
    scalars: &[Scalar],
    indices: &[usize],
) -> Projective<P> {
    if indices.is_empty() {
        return Projective::ZERO;
    }
    let bits = P::ScalarField::MODULUS_BIT_SIZE as usize;
    let width = window_width(indices.len(), bits);
    // One window more than the bits need takes the last carry.
    let windows = bits / width + 1;
    let digits: Vec<Vec<i32>> = {
        let digits = |i: &usize| signed_digits(&scalars[*i], width, windows);
        #[cfg(feature = "parallel")]
        let all = indices.par_iter().map(digits);
        #[cfg(not(feature = "parallel"))]
        let all = indices.iter().map(digits);
        all.collect()
    };
    let window = |w: usize| {
        let chosen = indices.iter().zip(&digits).map(|(i, digits)| (&bases[*i], digits[w]));
        window_sum(chosen, 1 << (width - 1))
    };
    #[cfg(feature = "parallel")]
    let sums: Vec<_> = (0..windows).into_par_iter().map(window).collect();
    #[cfg(not(feature = "parallel"))]
    let sums: Vec<_> = (0..windows).map(window).collect();
    sums.into_iter().rev().fold(Projective::ZERO, |mut total, sum| {
        for _ in 0..width {
            total.double_in_place();
        }
        total + sum
    })
}

/// The window width that costs least: about six products for each point and thirty for each bucket, in each window.
fn window_width(points: usize, bits: usize) -> usize {
    let cost = |width: &usize| (bits / width + 1) * (6 * points + 30 * (1 << (width - 1)));
    (2..=16).min_by_key(cost).unwrap_or(2)
}

/// Digits in `-2^(width-1) ..= 2^(width-1)`, least significant first.
fn signed_digits(scalar: &Scalar, width: usize, windows: usize) -> Vec<i32> {
    let limbs = &scalar.0;
    let mut carry = 0;
    let digit = |w: usize| {
        let (limb, shift) = (w * width / 64, w * width % 64);
        let low = limbs.get(limb).map_or(0, |l| l >> shift);
        let high = if shift + width > 64 {
            limbs.get(limb + 1).map_or(0, |l| l << (64 - shift))
        } else {
            0
        };
        let raw = ((low | high) & ((1 << width) - 1)) as i32 + carry;
        carry = i32::from(raw > 1 << (width - 1));
        raw - (carry << width)
    };
    (0..windows).map(digit).collect()
}

/// `sum of digit * point` for digits of at most `buckets` in absolute value.
fn window_sum<'a, P: SWCurveConfig>(
    chosen: impl Iterator<Item = (&'a Affine<P>, i32)> + Clone,
    buckets: usize,
) -> Projective<P> {
    // Sorted by bucket: bucket b holds what counts b + 1 times.
    let mut ends = vec![0; buckets];
    for (_, digit) in chosen.clone().filter(|(_, digit)| *digit != 0) {
        ends[digit.unsigned_abs() as usize - 1] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        let count = *end;
        *end = total;
        total += count;
    }
    let mut points = vec![Affine::identity(); total];
    for (point, digit) in chosen.filter(|(_, digit)| *digit != 0) {
        let place = &mut ends[digit.unsigned_abs() as usize - 1];
        points[*place] = if digit < 0 { -*point } else { *point };
        *place += 1;
    }
    reduce(&mut points, &mut ends);
    let (mut running, mut sum) = (Projective::ZERO, Projective::ZERO);
    for b in (0..buckets).rev() {
        let begin = if b == 0 { 0 } else { ends[b - 1] };
        if begin < ends[b] {
            running += points[begin];
        }
        sum += running;
    }
    sum
}

/// Adds up each bucket: `points` sorted by bucket, `ends` where each bucket ends. Afterwards a bucket has at most one point.
///
/// In each round neighbours are added in pairs, all with one inversion.
fn reduce<P: SWCurveConfig>(points: &mut Vec<Affine<P>>, ends: &mut [usize]) {
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
    use ark_ff::UniformRand;
    use ark_std::rand::{Rng, SeedableRng};

    fn agrees<P: SWCurveConfig<ScalarField = Fr>>(bases: &[Affine<P>], scalars: &[Fr])
    where
        Projective<P>: VariableBaseMSM<ScalarField = Fr, MulBase = Affine<P>>,
    {
        let integers: Vec<_> = scalars.iter().map(|s| s.into_bigint()).collect();
        let expected: Projective<P> = bases.iter().zip(scalars).map(|(b, s)| *b * s).sum();
        assert_eq!(msm(bases, &integers), expected);
        assert_eq!(Projective::<P>::msm_bigint(bases, &integers), expected);
    }

    fn cases<P: SWCurveConfig<ScalarField = Fr>>()
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
    fn digits_make_up_the_scalar() {
        let mut rng = ark_std::rand::rngs::StdRng::seed_from_u64(6);
        for width in 2..=16 {
            for scalar in [Fr::rand(&mut rng), -Fr::one(), Fr::zero(), Fr::one()] {
                let digits = signed_digits(&scalar.into_bigint(), width, 254 / width + 1);
                let base = Fr::from(1u64 << width);
                let sum = digits.iter().rev().fold(Fr::zero(), |sum, d| sum * base + Fr::from(*d));
                assert_eq!(sum, scalar, "{width}");
                assert!(digits.iter().all(|d| d.unsigned_abs() <= 1 << (width - 1)));
            }
        }
    }
}
