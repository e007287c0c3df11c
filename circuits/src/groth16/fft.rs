//! The transforms of a proof: from values on a domain to values halfway between its points.
//!
//! A quotient takes this thrice. Each is an inverse transform, a shift and a transform; coefficients in between are nobody's business, so
//! they stay in the bit-reversed order in which the one leaves and the other takes them. Powers of the root are shared by all, in
//! bit-reversed order too: a block of a stage then has one of them, and blocks lie one after the other.

use super::machine::{self, Scalar};
use super::msm::join;
use ark_ff::{FftField, Field};
#[cfg(feature = "parallel")]
use rayon::prelude::*;

/// Values of a polynomial, on the domain of the powers of a root of one or halfway between.
pub(super) struct Halfway {
    /// The root's powers, exponents bit-reversed: as many as half the domain's points. As the machine has factors, as the others are.
    forth: Vec<Scalar>,
    /// Their inverses.
    back: Vec<Scalar>,
    /// What coefficients are multiplied by, in bit-reversed order: the powers of the root's square root over the number of points.
    shift: Vec<Scalar>,
}

/// Fewer values than these are not shared out between threads.
const ALONE: usize = 1 << 12;

impl Halfway {
    /// For a domain of `2^bits` points; none if the field has no root for it.
    pub(super) fn new(bits: u32) -> Option<Self> {
        let size = 1_u64.checked_shl(bits)?;
        let halfway = Scalar::get_root_of_unity(size.checked_mul(2)?)?;
        let root = halfway.square();
        let inverse = root.inverse()?;
        let one = machine::factor(Scalar::ONE);
        let first = machine::factor(Scalar::from(size).inverse()?);
        let half = bits.saturating_sub(1);
        let ((forth, back), shift) = join(
            || join(|| powers(one, root, half), || powers(one, inverse, half)),
            || powers(first, halfway, bits),
        );
        Some(Self { forth, back, shift })
    }

    /// Points of the domain.
    pub(super) fn size(&self) -> usize {
        self.shift.len()
    }

    /// From values at the domain's points to those halfway between them, of the same polynomial.
    pub(super) fn shift(&self, values: &mut [Scalar]) {
        debug_assert_eq!(values.len(), self.size());
        split(values, 0, &self.back);
        #[cfg(feature = "parallel")]
        values
            .par_chunks_mut(ALONE)
            .zip(self.shift.par_chunks(ALONE))
            .for_each(|(values, factors)| machine::scale(values, factors));
        #[cfg(not(feature = "parallel"))]
        machine::scale(values, &self.shift);
        merge(values, 0, &self.forth);
    }
}

/// `first * base^i` for `i` of so many bits, bit-reversed.
fn powers(first: Scalar, base: Scalar, bits: u32) -> Vec<Scalar> {
    let mut squares = vec![base];
    (1..bits).for_each(|i| squares.push(squares[i as usize - 1].square()));
    let mut powers = Vec::with_capacity(1 << bits);
    powers.push(first);
    // The next bit of the place is the one before of the exponent.
    for square in squares.iter().take(bits as usize).rev() {
        for i in 0..powers.len() {
            powers.push(powers[i] * square);
        }
    }
    powers
}

/// Stages from blocks of all values to blocks of two: natural order in, bit-reversed out. `values` is block `block` of its stage.
fn split(values: &mut [Scalar], block: usize, powers: &[Scalar]) {
    if values.len() < 2 {
        return;
    }
    let (low, high) = values.split_at_mut(values.len() / 2);
    // The first block's power is one.
    let power = (block > 0).then(|| &powers[block]);
    pairs(low, high, |low, high| machine::split(low, high, power));
    both(low, high, |half, which| split(half, 2 * block + which, powers));
}

/// Stages from blocks of two to a block of all: bit-reversed order in, natural out.
fn merge(values: &mut [Scalar], block: usize, powers: &[Scalar]) {
    if values.len() < 2 {
        return;
    }
    let (low, high) = values.split_at_mut(values.len() / 2);
    both(low, high, |half, which| merge(half, 2 * block + which, powers));
    let power = (block > 0).then(|| &powers[block]);
    pairs(low, high, |low, high| machine::merge(low, high, power));
}

/// Does something to each value of the one and its like of the other, to some of them at a time.
fn pairs(
    low: &mut [Scalar],
    high: &mut [Scalar],
    each: impl Fn(&mut [Scalar], &mut [Scalar]) + Sync,
) {
    #[cfg(feature = "parallel")]
    if low.len() >= ALONE {
        let pairs = low.par_chunks_mut(ALONE / 4).zip(high.par_chunks_mut(ALONE / 4));
        pairs.for_each(|(low, high)| each(low, high));
        return;
    }
    each(low, high);
}

/// Does something to each half, at once where there are many values.
fn both(low: &mut [Scalar], high: &mut [Scalar], each: impl Fn(&mut [Scalar], usize) + Sync) {
    if low.len() >= ALONE {
        join(|| each(low, 0), || each(high, 1));
    } else {
        each(low, 0);
        each(high, 1);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use ark_ff::UniformRand;
    use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
    use ark_std::rand::SeedableRng;

    #[test]
    fn agrees_with_arkworks() {
        let mut rng = ark_std::rand::rngs::StdRng::seed_from_u64(8);
        // From one point to enough for threads.
        for bits in [0, 1, 2, 3, 6, 14] {
            let size = 1 << bits;
            let mut values: Vec<Scalar> = (0..size).map(|_| Scalar::rand(&mut rng)).collect();
            let domain = Radix2EvaluationDomain::<Scalar>::new(size).unwrap();
            let halfway = Scalar::get_root_of_unity(2 * size as u64).unwrap();
            let expected = domain.get_coset(halfway).unwrap().fft(&domain.ifft(&values));
            Halfway::new(bits).unwrap().shift(&mut values);
            assert_eq!(values, expected, "{bits}");
        }
    }

    #[test]
    fn domains_end_where_the_field_does() {
        // 2^28 is the greatest; the roots halfway take one more bit.
        assert!(Halfway::new(28).is_none());
        assert!(Halfway::new(63).is_none());
        assert!(Halfway::new(64).is_none());
    }
}
