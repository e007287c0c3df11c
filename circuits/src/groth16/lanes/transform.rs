//! Butterflies of transforms, and products one by one, two at a time.
//!
//! Factors are kept as halves of themselves ([`factor`]): products with them by 2^255 are those by 2^256. Bounds in units of 2^255: what was read is
//! below 0.38, a product below 0.38 in absolute value, sums of two of these below 0.76; limbs of sums are at most 2^52, as `canonical` has room for.

use super::{Lanes, Pair};
use ark_ff::Field;
use ark_ff::fields::{Fp, FpConfig};
use std::marker::PhantomData;

/// A factor as the functions below take it.
pub(in super::super) fn factor<C: FpConfig<4>>(x: Fp<C, 4>) -> Fp<C, 4> {
    x * Fp::from(2_u64).inverse().unwrap_or(Fp::ONE)
}

/// `(a + b f, a - b f)` for each `a` of `low` and `b` of `high`; without a factor `(a + b, a - b)`.
pub(in super::super) fn split<C: FpConfig<4>>(
    low: &mut [Fp<C, 4>],
    high: &mut [Fp<C, 4>],
    factor: Option<&Fp<C, 4>>,
) {
    let factor = factor.map(|factor| read(&[*factor]));
    for (low, high) in low.chunks_mut(2).zip(high.chunks_mut(2)) {
        let (a, b) = (read(low), read(high));
        let b = factor.map_or(b, |factor| Fp::times(&b, &factor));
        write(low, &a.plus(&b));
        write(high, &a.plus(&b.negative()));
    }
}

/// `(a + b, (a - b) f)` for each.
pub(in super::super) fn merge<C: FpConfig<4>>(
    low: &mut [Fp<C, 4>],
    high: &mut [Fp<C, 4>],
    factor: Option<&Fp<C, 4>>,
) {
    let factor = factor.map(|factor| read(&[*factor]));
    for (low, high) in low.chunks_mut(2).zip(high.chunks_mut(2)) {
        let (a, b) = (read(low), read(high));
        let difference = a.plus(&b.negative());
        write(low, &a.plus(&b));
        write(high, &factor.map_or(difference, |factor| Fp::times(&difference, &factor)));
    }
}

/// Each value times its factor.
pub(in super::super) fn scale<C: FpConfig<4>>(values: &mut [Fp<C, 4>], factors: &[Fp<C, 4>]) {
    for (values, factors) in values.chunks_mut(2).zip(factors.chunks(2)) {
        write(values, &Fp::times(&read(values), &read(factors)));
    }
}

/// Two elements, or one twice.
#[inline(always)]
fn read<C: FpConfig<4>>(elements: &[Fp<C, 4>]) -> Pair<C> {
    Fp::number(&Fp::read([&elements[0], &elements[elements.len() - 1]]))
}

#[inline(always)]
fn write<C: FpConfig<4>>(elements: &mut [Fp<C, 4>], pair: &Pair<C>) {
    let [first, second] = Fp::write(&Fp::canonical(pair));
    elements[0] = first;
    if let Some(last) = elements.get_mut(1) {
        *last = second;
    }
}

impl<C: FpConfig<4>> Pair<C> {
    #[inline(always)]
    fn plus(&self, other: &Self) -> Self {
        Self([0, 1, 2, 3, 4].map(|i| self.0[i].plus(other.0[i])), PhantomData)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::Fr;
    use ark_ff::AdditiveGroup;
    use ark_ff::UniformRand;
    use ark_std::rand::SeedableRng;
    use ark_std::rand::rngs::StdRng;

    #[test]
    fn agrees_with_arkworks() {
        let mut rng = StdRng::seed_from_u64(16);
        for n in [1, 2, 3, 64] {
            let mut random = || (0..n).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>();
            let (a, b, factors) = (random(), random(), random());
            let mut edges = vec![Fr::ZERO, -Fr::ONE, Fr::ONE];
            edges.resize(n, -Fr::ONE);
            for (a, b) in [(&a, &b), (&a, &a), (&a, &edges), (&edges, &b), (&edges, &edges)] {
                let each = |f: &dyn Fn(Fr, Fr) -> Fr| {
                    a.iter().zip(b).map(|(a, b)| f(*a, *b)).collect::<Vec<_>>()
                };
                for by in [None, Some(factors[0]), Some(-Fr::ONE)] {
                    let (times, kept) = (by.unwrap_or(Fr::ONE), by.map(factor));
                    let (mut low, mut high) = (a.clone(), b.clone());
                    split(&mut low, &mut high, kept.as_ref());
                    assert_eq!(low, each(&|a, b| a + b * times));
                    assert_eq!(high, each(&|a, b| a - b * times));
                    let (mut low, mut high) = (a.clone(), b.clone());
                    merge(&mut low, &mut high, kept.as_ref());
                    assert_eq!(low, each(&|a, b| a + b));
                    assert_eq!(high, each(&|a, b| (a - b) * times));
                }
            }
            let mut scaled = a.clone();
            scale(&mut scaled, &factors.iter().copied().map(factor).collect::<Vec<_>>());
            let products: Vec<_> = a.iter().zip(&factors).map(|(a, f)| *a * f).collect();
            assert_eq!(scaled, products);
        }
    }
}
