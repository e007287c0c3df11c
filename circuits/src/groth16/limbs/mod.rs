//! BN254's fields with arithmetic of our own, of which each machine has its best: [`narrow`] in Wasm, [`wide`] elsewhere.
//!
//! Elements are in memory as arkworks has them, Montgomery form by 2^256, so that an element of ours and its origin are one and the same
//! bits: see [`own`] and [`plain`]. Sums and differences have no branches: on numbers as random as these a processor guesses every
//! other one wrong, which costs more than the sum.

#[cfg(any(test, target_arch = "wasm32"))]
pub(super) mod curve;
#[cfg(any(test, target_arch = "wasm32"))]
pub(super) mod narrow;
#[cfg(any(test, not(target_arch = "wasm32")))]
pub(super) mod wide;

use ark_ff::BigInt;
use ark_ff::fields::{Fp, FpConfig, MontBackend, MontConfig, SqrtPrecomputation};
use std::marker::PhantomData;

/// A number of 256 bits, least limb first.
type Limbs = [u64; 4];

/// How products are made. What it gives is below the modulus, and so is what it is given.
pub(super) trait Products: Send + Sync + 'static {
    /// `a b / 2^256`.
    fn product<C: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Limbs;

    /// `(a b + c d) / 2^256`.
    fn two_products<C: MontConfig<4>>(a: &Limbs, b: &Limbs, c: &Limbs, d: &Limbs) -> Limbs;

    /// `a^2 / 2^256`.
    #[inline(always)]
    fn square<C: MontConfig<4>>(a: &Limbs) -> Limbs {
        Self::product::<C>(a, a)
    }

    /// `a / 2^256`.
    #[inline(always)]
    fn integer<C: MontConfig<4>>(a: &Limbs) -> Limbs {
        Self::product::<C>(a, &[1, 0, 0, 0])
    }
}

/// arkworks' field of configuration `C`, with products of `L`.
pub(super) struct Own<C, L>(PhantomData<(C, L)>);

/// An element of the same field.
pub(super) type Element<C, L> = Fp<Own<C, L>, 4>;

/// The same element, multiplied by products of `L` from now on.
pub(super) const fn own<C: MontConfig<4>, L: Products>(
    x: Fp<MontBackend<C, 4>, 4>,
) -> Element<C, L> {
    Fp(x.0, PhantomData)
}

/// The same element, as arkworks multiplies it.
pub(super) const fn plain<C: MontConfig<4>, L: Products>(
    x: Element<C, L>,
) -> Fp<MontBackend<C, 4>, 4> {
    Fp(x.0, PhantomData)
}

/// `x` where the mask is all ones, `y` where it is all zeros.
#[inline(always)]
fn choose(mask: u64, x: &Limbs, y: &Limbs) -> Limbs {
    let [a, b, c, d] = x;
    let [e, f, g, h] = y;
    let not = !mask;
    [a & mask | e & not, b & mask | f & not, c & mask | g & not, d & mask | h & not]
}

/// `x - p` if that is not negative, else `x`.
#[inline(always)]
fn below(x: &Limbs, p: &Limbs) -> Limbs {
    let (difference, negative) = subtract(x, p);
    choose(0_u64.wrapping_sub(u64::from(negative)), x, &difference)
}

/// `a - b` modulo 2^256, and whether it is negative. Written out, as everything here that must not become a call.
#[inline(always)]
fn subtract(a: &Limbs, b: &Limbs) -> (Limbs, bool) {
    let borrow = |x: u64, y: u64, borrow: bool| {
        let (x, first) = x.overflowing_sub(y);
        let (x, second) = x.overflowing_sub(u64::from(borrow));
        (x, first | second)
    };
    let (d0, less) = a[0].overflowing_sub(b[0]);
    let (d1, less) = borrow(a[1], b[1], less);
    let (d2, less) = borrow(a[2], b[2], less);
    let (d3, less) = borrow(a[3], b[3], less);
    ([d0, d1, d2, d3], less)
}

/// `a + b` modulo 2^256.
#[inline(always)]
fn add(a: &Limbs, b: &Limbs) -> Limbs {
    let carry = |x: u64, y: u64, carry: bool| {
        let (x, first) = x.overflowing_add(y);
        let (x, second) = x.overflowing_add(u64::from(carry));
        (x, first | second)
    };
    let (s0, more) = a[0].overflowing_add(b[0]);
    let (s1, more) = carry(a[1], b[1], more);
    let (s2, more) = carry(a[2], b[2], more);
    let (s3, _) = carry(a[3], b[3], more);
    [s0, s1, s2, s3]
}

/// `a - b`, modulo the modulus.
#[inline(always)]
fn minus<C: MontConfig<4>>(a: &Limbs, b: &Limbs) -> Limbs {
    let (difference, negative) = subtract(a, b);
    let mask = 0_u64.wrapping_sub(u64::from(negative));
    add(&difference, &choose(mask, &C::MODULUS.0, &[0; 4]))
}

impl<C: MontConfig<4>, L: Products> FpConfig<4> for Own<C, L> {
    const MODULUS: BigInt<4> = C::MODULUS;
    const GENERATOR: Fp<Self, 4> = own(C::GENERATOR);
    const ZERO: Fp<Self, 4> = own(<MontBackend<C, 4> as FpConfig<4>>::ZERO);
    const ONE: Fp<Self, 4> = own(<MontBackend<C, 4> as FpConfig<4>>::ONE);
    const NEG_ONE: Fp<Self, 4> = own(<MontBackend<C, 4> as FpConfig<4>>::NEG_ONE);
    const TWO_ADICITY: u32 = <MontBackend<C, 4> as FpConfig<4>>::TWO_ADICITY;
    const TWO_ADIC_ROOT_OF_UNITY: Fp<Self, 4> = own(C::TWO_ADIC_ROOT_OF_UNITY);
    /// Proving takes no square roots.
    const SQRT_PRECOMP: Option<SqrtPrecomputation<Fp<Self, 4>>> = None;

    #[inline(always)]
    fn add_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        a.0.0 = below(&add(&a.0.0, &b.0.0), &C::MODULUS.0);
    }

    #[inline(always)]
    fn sub_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        a.0.0 = minus::<C>(&a.0.0, &b.0.0);
    }

    #[inline(always)]
    fn double_in_place(a: &mut Fp<Self, 4>) {
        a.0.0 = below(&add(&a.0.0, &a.0.0), &C::MODULUS.0);
    }

    #[inline(always)]
    fn neg_in_place(a: &mut Fp<Self, 4>) {
        a.0.0 = minus::<C>(&[0; 4], &a.0.0);
    }

    #[inline]
    fn mul_assign(a: &mut Fp<Self, 4>, b: &Fp<Self, 4>) {
        a.0.0 = L::product::<C>(&a.0.0, &b.0.0);
    }

    #[inline]
    fn square_in_place(a: &mut Fp<Self, 4>) {
        a.0.0 = L::square::<C>(&a.0.0);
    }

    #[inline]
    fn sum_of_products<const T: usize>(a: &[Fp<Self, 4>; T], b: &[Fp<Self, 4>; T]) -> Fp<Self, 4> {
        if let ([a, c], [b, d]) = (&a[..], &b[..]) {
            return Fp(BigInt(L::two_products::<C>(&a.0.0, &b.0.0, &c.0.0, &d.0.0)), PhantomData);
        }
        let mut sum = Self::ZERO;
        for (a, b) in a.chunks(2).zip(b.chunks(2)) {
            let limbs = match (a, b) {
                ([a, c], [b, d]) => L::two_products::<C>(&a.0.0, &b.0.0, &c.0.0, &d.0.0),
                (a, b) => L::product::<C>(&a[0].0.0, &b[0].0.0),
            };
            sum += Fp(BigInt(limbs), PhantomData);
        }
        sum
    }

    fn inverse(a: &Fp<Self, 4>) -> Option<Fp<Self, 4>> {
        C::inverse(&plain(*a)).map(own)
    }

    fn from_bigint(x: BigInt<4>) -> Option<Fp<Self, 4>> {
        if x >= C::MODULUS {
            return None;
        }
        Some(Fp(BigInt(L::product::<C>(&x.0, &C::R2.0)), PhantomData))
    }

    fn into_bigint(x: Fp<Self, 4>) -> BigInt<4> {
        BigInt(L::integer::<C>(&x.0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::curve::{NarrowG1, NarrowG2};
    use super::narrow::Narrow;
    use super::wide::Wide;
    use super::*;
    use ark_bn254::{FqConfig, FrConfig};
    use ark_ec::short_weierstrass::Projective;
    use ark_ec::{CurveGroup, PrimeGroup};
    use ark_ff::{AdditiveGroup, Field, PrimeField, UniformRand};
    use ark_std::rand::SeedableRng;
    use ark_std::rand::rngs::StdRng;

    /// Every operation against arkworks' own, at the edges and at random.
    fn agrees<C: MontConfig<4>, L: Products>() {
        type Theirs<C> = Fp<MontBackend<C, 4>, 4>;
        let ours = own::<C, L>;
        let mut rng = StdRng::seed_from_u64(11);
        let mut xs: Vec<Theirs<C>> =
            vec![Theirs::ZERO, Theirs::ONE, -Theirs::ONE, Theirs::from(2_u64)];
        // In Montgomery form: all limbs full, single limbs, the greatest element.
        let mut greatest = C::MODULUS.0;
        greatest[0] -= 1;
        let raw = [
            greatest,
            [1, 0, 0, 0],
            [0, 0, 0, 1],
            [0, u64::MAX, 0, 0],
            [u64::MAX, u64::MAX, u64::MAX, C::MODULUS.0[3] - 1],
        ];
        xs.extend(raw.map(|limbs| Fp(BigInt(limbs), PhantomData)));
        xs.extend((0..60).map(|_| Theirs::<C>::rand(&mut rng)));
        for a in &xs {
            let n = ours(*a);
            assert_eq!(plain(n.square()), a.square());
            assert_eq!(plain(-n), -*a);
            assert_eq!(plain(n.double()), a.double());
            assert_eq!(n.inverse().map(plain), a.inverse());
            assert_eq!(n.into_bigint(), a.into_bigint());
            assert_eq!(Element::<C, L>::from_bigint(a.into_bigint()), Some(n));
            for b in &xs {
                let m = ours(*b);
                assert_eq!(plain(n * m), *a * b);
                assert_eq!(plain(n + m), *a + b);
                assert_eq!(plain(n - m), *a - b);
                for c in &xs[4..7] {
                    let k = ours(*c);
                    assert_eq!(
                        plain(Element::<C, L>::sum_of_products(&[n, m, k], &[m, k, n])),
                        *a * b + *b * c + *c * a
                    );
                }
                assert_eq!(
                    plain(Element::<C, L>::sum_of_products(&[n, m], &[m, n])),
                    *a * b + *a * b
                );
            }
        }
        assert!(Element::<C, L>::from_bigint(C::MODULUS).is_none());
    }

    #[test]
    fn fields_agree_with_arkworks() {
        agrees::<FqConfig, Narrow>();
        agrees::<FrConfig, Narrow>();
        agrees::<FqConfig, Wide>();
        agrees::<FrConfig, Wide>();
    }

    #[test]
    fn the_curves_are_the_same() {
        let mut rng = StdRng::seed_from_u64(12);
        let scalar = ark_bn254::Fr::rand(&mut rng);
        let g1 = (Projective::<NarrowG1>::generator() * scalar).into_affine();
        let same = (ark_bn254::G1Projective::generator() * scalar).into_affine();
        assert_eq!((plain(g1.x), plain(g1.y)), (same.x, same.y));
        let g2 = (Projective::<NarrowG2>::generator() * scalar).into_affine();
        let same = (ark_bn254::G2Projective::generator() * scalar).into_affine();
        assert_eq!((plain(g2.x.c0), plain(g2.x.c1)), (same.x.c0, same.x.c1));
        assert_eq!((plain(g2.y.c0), plain(g2.y.c1)), (same.y.c0, same.y.c1));
    }
}
