//! Affine additions, two at a time, with one inversion for many.
//!
//! The formulas are the plain ones; the factors two are the form's. Coordinates are read as the doubles of what they are (`lanes.rs`). A slope
//! is a quotient of differences, hence itself; its square has to be doubled to be a coordinate. Products of a slope and a coordinate are coordinates.
//!
//! Bounds in units of 2^255, for one dimension: coordinates are below 0.38 and not negative, differences of them below 0.38 in absolute value; so are the running products and
//! inverses (0.38^2 + 0.24), slopes, and products of slopes and differences. Twice a slope's square, less two coordinates, is above -1.3 and below 0.53.
//! For two dimensions products are tightened to half of 0.38, so that a sum of two products with one of them is within the same.

use super::Lanes;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::{AdditiveGroup, Field, Zero};

/// Additions with one inversion: what is kept of them in between should stay in the processor's nearest memory but one.
const AT_ONCE: usize = 2048;

/// Adds up each bucket: `points` sorted by bucket, `ends` where each bucket ends. Afterwards a bucket has at most one point.
pub(in super::super) fn reduce<P>(points: &mut Vec<Affine<P>>, ends: &mut [usize])
where
    P: SWCurveConfig<BaseField: Lanes>,
{
    let (mut pairs, mut products) = (Vec::new(), Vec::new());
    loop {
        pairs.clear();
        let mut begin = 0;
        for end in ends.iter() {
            pairs.extend((begin..end.saturating_sub(1)).step_by(2));
            begin = *end;
        }
        if pairs.is_empty() {
            return;
        }
        for pairs in pairs.chunks(AT_ONCE) {
            add_pairs(points, pairs, &mut products);
        }
        let (mut begin, mut written) = (0, 0);
        for end in ends.iter_mut() {
            for i in (begin..*end).step_by(2) {
                if written != i {
                    points[written] = points[i];
                }
                written += 1;
            }
            begin = std::mem::replace(end, written);
        }
        points.truncate(written);
    }
}

/// How two points are added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Points with different first coordinates.
    Secant,
    /// A point and itself.
    Tangent,
    /// The second is the identity.
    First,
    /// The first is the identity.
    Second,
    /// They are opposites.
    Nothing,
}

impl Way {
    #[inline(always)]
    fn of<P: SWCurveConfig>([a, b]: [&Affine<P>; 2]) -> Self {
        if b.is_zero() {
            Self::First
        } else if a.is_zero() {
            Self::Second
        } else if a.x != b.x {
            Self::Secant
        } else if a.y == b.y && !a.y.is_zero() {
            Self::Tangent
        } else {
            Self::Nothing
        }
    }

    #[cold]
    fn run<P: SWCurveConfig>(self, [a, b]: [&Affine<P>; 2]) -> P::BaseField {
        match self {
            Self::Secant => b.x - a.x,
            Self::Tangent => a.y.double(),
            _ => P::BaseField::ONE,
        }
    }

    #[cold]
    fn rise<P: SWCurveConfig>(self, [a, b]: [&Affine<P>; 2]) -> P::BaseField {
        match self {
            Self::Secant => b.y - a.y,
            Self::Tangent => {
                let square = a.x.square();
                square.double() + square + P::COEFF_A
            }
            _ => P::BaseField::ZERO,
        }
    }
}

/// `points[i] += points[i + 1]` for each `i` of `pairs`; `products` is room for what lies in between.
fn add_pairs<P, F: Lanes>(points: &mut [Affine<P>], pairs: &[usize], products: &mut Vec<F::Pair>)
where
    P: SWCurveConfig<BaseField = F>,
{
    // Two by two; of an odd number the last is added twice.
    let lanes = |pair: &[usize]| [pair[0], pair[pair.len() - 1]];
    products.clear();
    let one = F::ONE;
    // In arkworks' form, which is two in ours: the inverses get a quarter of it, and give it back.
    let mut product = F::number(&F::read([&one, &one]));
    for pair in pairs.chunks(2) {
        products.push(product);
        let [i, j] = lanes(pair);
        let [one, other] = [[&points[i], &points[i + 1]], [&points[j], &points[j + 1]]];
        product = F::times(&product, &runs([Way::of(one), Way::of(other)], one, other));
    }
    let [first, second] = F::write(&F::canonical(&product));
    // No factor is zero. An inverse by 2^255 is a quarter of one by 2^256.
    let inverse = (first * second).double().double().inverse().unwrap_or(one);
    let mut inverse = F::number(&F::read([&(inverse * second), &(inverse * first)]));
    for (pair, product) in pairs.chunks(2).zip(products.iter()).rev() {
        let [i, j] = lanes(pair);
        let [one, other] = [[&points[i], &points[i + 1]], [&points[j], &points[j + 1]]];
        let ways = [Way::of(one), Way::of(other)];
        let run = runs(ways, one, other);
        let slope = F::times(&rises(ways, one, other), &F::times(&inverse, product));
        inverse = F::times(&inverse, &run);
        let [x, y] = [F::read([&one[0].x, &other[0].x]), F::read([&one[0].y, &other[0].y])];
        let both_x = F::plus(&x, &F::read([&one[1].x, &other[1].x]));
        let sum_x = F::canonical(&F::square_twice_less(&slope, &both_x));
        let sum_y = F::canonical(&F::times_less(&slope, &F::difference(&x, &sum_x), &y));
        let ([x0, x1], [y0, y1]) = (F::write(&sum_x), F::write(&sum_y));
        put(points, i, ways[0], x0, y0);
        put(points, j, ways[1], x1, y1);
    }
}

/// Puts a sum in its first point's place.
#[inline(always)]
fn put<P, F: Lanes>(points: &mut [Affine<P>], i: usize, way: Way, x: F, y: F)
where
    P: SWCurveConfig<BaseField = F>,
{
    match way {
        Way::Secant | Way::Tangent => {
            points[i].x = x;
            points[i].y = y;
        }
        Way::First => {}
        Way::Second => points[i] = points[i + 1],
        Way::Nothing => points[i] = Affine::identity(),
    }
}

/// What the slopes are divided by.
#[inline(always)]
fn runs<P, F: Lanes>(ways: [Way; 2], one: [&Affine<P>; 2], other: [&Affine<P>; 2]) -> F::Pair
where
    P: SWCurveConfig<BaseField = F>,
{
    if ways == [Way::Secant; 2] {
        return F::difference(
            &F::read([&one[1].x, &other[1].x]),
            &F::read([&one[0].x, &other[0].x]),
        );
    }
    F::number(&F::read([&ways[0].run(one), &ways[1].run(other)]))
}

/// What is divided.
#[inline(always)]
fn rises<P, F: Lanes>(ways: [Way; 2], one: [&Affine<P>; 2], other: [&Affine<P>; 2]) -> F::Pair
where
    P: SWCurveConfig<BaseField = F>,
{
    if ways == [Way::Secant; 2] {
        return F::difference(
            &F::read([&one[1].y, &other[1].y]),
            &F::read([&one[0].y, &other[0].y]),
        );
    }
    F::number(&F::read([&ways[0].rise(one), &ways[1].rise(other)]))
}

#[cfg(test)]
mod tests {
    use super::super::super::halves::Endomorphism;
    use super::super::super::{msm, narrow::curve};
    use super::*;
    use ark_bn254::{Fr, g1, g2};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::UniformRand;
    use ark_std::rand::rngs::StdRng;
    use ark_std::rand::{Rng, SeedableRng};

    /// Buckets of all sizes, of points that meet themselves, their opposites and the identity.
    fn agrees<P: Endomorphism<BaseField: Lanes>>() {
        let mut rng = StdRng::seed_from_u64(14);
        let generator = Projective::<P>::generator();
        for buckets in [1, 2, 7, 60] {
            let (mut points, mut ends) = (Vec::new(), Vec::new());
            for _ in 0..buckets {
                for _ in 0..rng.gen_range(0..30) {
                    let last = points.last().copied().unwrap_or(Affine::identity());
                    points.push(match rng.gen_range(0..8) {
                        0 => Affine::identity(),
                        1 => -last,
                        2 => last,
                        _ => (generator * P::ScalarField::rand(&mut rng)).into_affine(),
                    });
                }
                ends.push(points.len());
            }
            let (mut same, mut same_ends) = (points.clone(), ends.clone());
            reduce(&mut points, &mut ends);
            msm::reduce(&mut same, &mut same_ends);
            assert_eq!((points, ends), (same, same_ends));
        }
    }

    #[test]
    fn agrees_with_additions_one_by_one() {
        agrees::<g1::Config>();
        agrees::<g2::Config>();
        agrees::<curve::NarrowG1>();
        agrees::<curve::NarrowG2>();
    }

    #[test]
    fn many_additions_take_several_inversions() {
        let mut rng = StdRng::seed_from_u64(15);
        let start = ark_bn254::G1Projective::rand(&mut rng);
        let points: Vec<_> = (0..3 * AT_ONCE as u64)
            .map(|i| start + ark_bn254::G1Projective::generator() * Fr::from(i))
            .collect();
        let expected: ark_bn254::G1Projective = points.iter().sum();
        let mut points = ark_bn254::G1Projective::normalize_batch(&points);
        reduce(&mut points, &mut [3 * AT_ONCE]);
        assert_eq!(points, [expected.into_affine()]);
    }
}
