//! Two lanes against arkworks.

#![allow(clippy::unwrap_used)]

use super::*;
use ark_bn254::{Fq, Fq2, FqConfig, Fr, FrConfig};
use ark_ff::fields::{MontBackend, MontConfig};
use ark_ff::{PrimeField, UniformRand};
use ark_std::rand::rngs::StdRng;
use ark_std::rand::{Rng, SeedableRng};

/// Every operation on four elements in turn. By 2^255 a product of two elements in memory is their product by 2^256, doubled.
fn agrees<F: Lanes>([a, b, c, d]: [F; 4]) {
    let write = |pair: &F::Pair| F::write(&F::canonical(pair));
    let (x, y, z) = (F::read([&a, &b]), F::read([&b, &c]), F::read([&c, &d]));
    assert_eq!(F::write(&x), [a, b]);
    assert_eq!(write(&F::number(&x)), [a, b]);
    assert_eq!(write(&F::difference(&x, &y)), [a - b, b - c]);
    let (nx, ny) = (F::number(&x), F::number(&y));
    let slopes = [(a * b).double(), (b * c).double()];
    let slope = F::times(&nx, &ny);
    assert_eq!(write(&slope), slopes);
    assert_eq!(
        write(&F::times(&F::difference(&x, &z), &ny)),
        [((a - c) * b).double(), ((b - d) * c).double()]
    );
    assert_eq!(
        write(&F::times_less(&slope, &F::difference(&x, &y), &z)),
        [(slopes[0] * (a - b)).double() - c, (slopes[1] * (b - c)).double() - d]
    );
    assert_eq!(
        write(&F::square_twice_less(&slope, &F::plus(&y, &z))),
        [
            slopes[0].square().double().double() - b - c,
            slopes[1].square().double().double() - c - d
        ]
    );
}

fn in_turn<F: Lanes>(xs: &[F]) {
    xs.array_windows().for_each(|four| agrees(*four));
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

/// An element whose limbs in memory are empty, full, about half, or random.
fn rough<C: MontConfig<4>>(rng: &mut StdRng) -> Fp<MontBackend<C, 4>, 4> {
    let mut integer = BigInt::<4>::zero();
    for _ in 0..LIMBS {
        integer <<= BITS;
        integer.0[0] |= match rng.gen_range(0..5) {
            0 => 0,
            1 => MASK,
            2 => (1 << (BITS - 1)) - rng.gen_range(0..2),
            _ => rng.r#gen::<u64>() & MASK,
        };
    }
    while integer >= C::MODULUS {
        integer >>= 1;
    }
    Fp(integer, PhantomData)
}

fn at_random(rounds: usize) {
    let mut rng = StdRng::seed_from_u64(13);
    for _ in 0..rounds {
        agrees([(); 4].map(|()| rough::<FqConfig>(&mut rng)));
        agrees([(); 4].map(|()| rough::<FrConfig>(&mut rng)));
        agrees([(); 4].map(|()| Fq2::new(rough(&mut rng), rough(&mut rng))));
        agrees([(); 4].map(|()| Fq::rand(&mut rng)));
        agrees([(); 4].map(|()| Fr::rand(&mut rng)));
    }
}

#[test]
fn agrees_with_arkworks() {
    in_turn(&edges::<FqConfig>());
    in_turn(&edges::<FrConfig>());
    let of = edges::<FqConfig>();
    in_turn(&of.windows(3).map(|w| Fq2::new(w[0], w[2])).collect::<Vec<_>>());
    at_random(1000);
}

/// A round has sixteen products in each field.
#[test]
#[ignore = "a million products of each field: `cargo xtask campaign`"]
fn agrees_with_arkworks_a_million_times() {
    at_random(70_000);
}

#[test]
fn the_constants_are_as_the_bounds_say() {
    fn of<C: MontConfig<4>>() {
        // NEAR is below 0.27 p, and limbs of p below 0.76 2^51.
        let p = Constants::<MontBackend<C, 4>>::P_NUMBERS;
        let near = Constants::<MontBackend<C, 4>>::NEAR;
        assert!(near[4] + 1.0 < 0.27 * p[4]);
        assert!(p.iter().all(|limb| *limb < 0.76 * (1_u64 << BITS) as f64));
        assert!(p[4] < 0.379 * (1_u64 << BITS) as f64);
        assert!(near.iter().chain(&p).all(|limb| *limb <= MASK as f64 && limb.fract() == 0.0));
    }
    of::<FqConfig>();
    of::<FrConfig>();
    // Of two components the second counts once below zero.
    assert_eq!(<ark_bn254::Fq2Config as Fp2Config>::NONRESIDUE, -Fq::ONE);
    assert_eq!(Fq::MODULUS_BIT_SIZE, 254);
}
