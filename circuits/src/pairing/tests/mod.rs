//! Each operation against arkworks'.

#![allow(clippy::unwrap_used)]

mod fields;
mod groups;

use super::tower::Fq6;
use super::{Fq, Fq2, Fq12};
use ark_bn254 as ark;
use ark_ff::{BigInt, PrimeField};
use proptest::prelude::*;

/// Random cases of a property: `WATTPROOF_CASES` in long campaigns.
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("WATTPROOF_CASES").ok().and_then(|n| n.parse().ok());
    ProptestConfig::with_cases(asked.unwrap_or(few))
}

/// Limbs whose bits are few, many or random, below q.
fn limbs() -> impl Strategy<Value = [u64; 4]> {
    let limb = prop_oneof![Just(0), Just(1), Just(u64::MAX), Just(1 << 63), any::<u64>()];
    let near = (0_u64..3).prop_map(|n| {
        let mut x = ark::Fq::MODULUS.0;
        x[0] -= 1 + n;
        x
    });
    let any = prop::array::uniform4(limb).prop_map(|mut x| {
        // Below q, whose highest limb is 0x3064...
        while BigInt(x) >= ark::Fq::MODULUS {
            x[3] >>= 1;
        }
        x
    });
    prop_oneof![1 => near, 9 => any]
}

/// Elements that are extreme as numbers, or in Montgomery form.
fn fq() -> impl Strategy<Value = Fq> {
    prop_oneof![limbs().prop_map(Fq), limbs().prop_map(|x| Fq::from_integer(x).unwrap())]
}

fn fq2() -> impl Strategy<Value = Fq2> {
    (fq(), fq()).prop_map(|(c0, c1)| Fq2::new(c0, c1))
}

/// In a vector, as a dozen of proptest's trees side by side would not fit on a thread's stack.
fn fq12() -> impl Strategy<Value = Fq12> {
    prop::collection::vec(fq2(), 6).prop_map(|c| Fq12::from_coefficients(c.try_into().unwrap()))
}

impl From<Fq6> for ark::Fq6 {
    fn from(Fq6([a, b, c]): Fq6) -> Self {
        Self::new(a.into(), b.into(), c.into())
    }
}

impl From<Fq12> for ark::Fq12 {
    fn from(Fq12([a, b]): Fq12) -> Self {
        Self::new(a.into(), b.into())
    }
}
