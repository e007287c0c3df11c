//! Native Poseidon, every domain tag, and the only two ways to hash (PROTOCOL, "Field and hash").
//!
//! * [`hash_tagged`]: a fixed number of elements under a tag.
//! * [`hash_many`]: any number of elements under a tag; tag and length are absorbed first.
//!
//! Untagged arities are reserved for what outside standards or trees use: 4 for registry nodes ([`hash_node`]), 5 for EdDSA
//! challenges ([`hash_challenge`]), 2 for circomlib's binary trees. Tagged hashes use other arities only, so no tagged
//! preimage is ever an untagged one.

mod poseidon;

use crate::pairing::{Limbs, SCALAR};
use ark_ff::BigInt;

pub use ark_bn254::Fr as F;
pub use poseidon::Poseidon;

/// What a hash is for. The value is its first input; only the low 32 bits of that input are the tag, so that a use may add
/// small range-checked numbers above them ([`Tag::word`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Tag {
    /// Meter identity: serial and salt.
    MeterId = 1,
    /// What a meter is: meter id and kind; the word carries the interval length.
    MeterConfig = 2,
    /// Readings of one block.
    Block = 3,
    /// First head of a meter's chain.
    Genesis = 4,
    /// Next head; the word carries the block's index and start.
    Chain = 5,
    /// What a device signs.
    Attest = 6,
    /// Commitment to a nullifier key.
    NullifierKey = 7,
    /// One-use tag of a claim.
    Nullifier = 8,
    /// Registry entry.
    Leaf = 9,
    /// Policy digest.
    Policy = 10,
    /// Scope of a claim.
    Scope = 11,
    /// Public key of a device of level L3: algorithm and limbs.
    DeviceKey = 13,
    /// One-use tag of a claim at L3.
    DeviceNullifier = 14,
    /// First head of the chain of a device of level L3.
    DeviceGenesis = 15,
    /// What a device signs to be enrolled: its whole entry. 12 was an earlier form's and is not used again.
    Enrol = 16,
}

impl Tag {
    /// The tag alone, as a first input.
    pub fn field(self) -> F {
        element(self as u64)
    }

    /// The tag with `low` (below 2^32) and `high` (below 2^64) above it: `tag + 2^32 low + 2^64 high`.
    pub fn word(self, low: u32, high: u64) -> F {
        self.field() + F::from(u64::from(low) << 32) + F::from(u128::from(high) << 64)
    }
}

/// Arities that tagged hashes of fixed length use, tag included; shorter inputs are padded with zeros. Each tag has one length.
pub const TAGGED_ARITIES: [usize; 3] = [3, 6, 9];

/// Inputs of the one width that [`hash_many`] chains.
pub const MANY_ARITY: usize = 16;

/// The smallest tagged arity that holds `inputs` elements, tag included.
///
/// # Panics
/// If there are more than nine; the number is fixed in code, never by data.
pub const fn tagged_arity(inputs: usize) -> usize {
    let mut i = 0;
    while i < TAGGED_ARITIES.len() {
        if inputs <= TAGGED_ARITIES[i] {
            return TAGGED_ARITIES[i];
        }
        i += 1;
    }
    panic!("tagged hashes take at most eight elements")
}

/// Hash of a fixed number of elements whose first is a tag word ([`Tag::word`]).
pub fn hash_word(word: F, xs: &[F]) -> F {
    let arity = tagged_arity(1 + xs.len());
    let mut inputs = Vec::with_capacity(arity);
    inputs.push(word);
    inputs.extend_from_slice(xs);
    inputs.resize(arity, F::default());
    Poseidon::of_arity(arity).hash(&inputs)
}

/// Hash of a fixed number of elements under `tag`.
pub fn hash_tagged(tag: Tag, xs: &[F]) -> F {
    hash_word(tag.field(), xs)
}

/// Hash of any number of elements under `tag`.
///
/// The first permutation takes tag, length and up to 14 elements; each further one the digest so far and up to 15. Zeros fill
/// the last; the length makes that injective.
pub fn hash_many(tag: Tag, xs: &[F]) -> F {
    let poseidon = Poseidon::of_arity(MANY_ARITY);
    let mut inputs = vec![tag.field(), element(xs.len() as u64)];
    let (first, rest) = xs.split_at(xs.len().min(MANY_ARITY - 2));
    inputs.extend_from_slice(first);
    inputs.resize(MANY_ARITY, F::default());
    let mut digest = poseidon.hash(&inputs);
    for chunk in rest.chunks(MANY_ARITY - 1) {
        inputs.clear();
        inputs.push(digest);
        inputs.extend_from_slice(chunk);
        inputs.resize(MANY_ARITY, F::default());
        digest = poseidon.hash(&inputs);
    }
    digest
}

/// Children of a registry node.
pub const NODE_ARITY: usize = 4;

/// A registry node: untagged Poseidon of four children.
pub fn hash_node(children: &[F; NODE_ARITY]) -> F {
    Poseidon::of_arity(NODE_ARITY).hash(children)
}

/// EdDSA challenge of circomlib and `@zk-kit/eddsa-poseidon`: untagged Poseidon of `R.x, R.y, A.x, A.y, message`.
pub fn hash_challenge(inputs: &[F; 5]) -> F {
    Poseidon::of_arity(5).hash(inputs)
}

/// The first 31 bytes of SHA-256 of `domain`, a zero byte and `bytes`, big-endian: how strings and encodings become elements.
pub fn bytes_to_field(domain: &str, bytes: &[u8]) -> F {
    use sha2::Digest;
    let digest =
        sha2::Sha256::new_with_prefix(domain).chain_update([0]).chain_update(bytes).finalize();
    from_digest(&digest.into())
}

/// The first 31 bytes of a digest, big-endian: below the modulus.
pub(crate) fn from_digest(digest: &[u8; 32]) -> F {
    let mut integer = [0; 4];
    for (i, byte) in digest[..31].iter().rev().enumerate() {
        integer[i / 8] |= u64::from(*byte) << (8 * (i % 8));
    }
    from_integer(&integer).unwrap_or_default()
}

/// An element of these limbs: both libraries keep it as its integer times 2^256.
const fn of_limbs(limbs: Limbs) -> F {
    F::new_unchecked(BigInt(limbs))
}

/// A number as a field element, if it is below the modulus.
///
/// This, [`integer`], [`element`] and [`mul_add`] are what the verifier computes with outside of curves, by the one multiplication that a
/// page downloads for them anyway.
pub(crate) fn from_integer(integer: &Limbs) -> Option<F> {
    SCALAR.element(integer).map(of_limbs)
}

/// The integer below the modulus, least significant limb first.
pub(crate) fn integer(x: &F) -> Limbs {
    SCALAR.to_integer(&x.0.0)
}

/// The integer below the modulus as little-endian bytes: how devices hand elements over.
#[cfg(feature = "prover")]
pub fn to_bytes(x: &F) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (eight, limb) in bytes.chunks_exact_mut(8).zip(integer(x)) {
        eight.copy_from_slice(&limb.to_le_bytes());
    }
    bytes
}

/// The element with these little-endian bytes; nothing for an integer of the modulus or above.
#[cfg(feature = "prover")]
pub fn from_bytes(bytes: &[u8; 32]) -> Option<F> {
    let mut limbs = [0; 4];
    for (limb, eight) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = eight.iter().rev().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    }
    from_integer(&limbs)
}

/// A number as a field element.
pub(crate) fn element(number: u64) -> F {
    // Below the modulus.
    from_integer(&[number, 0, 0, 0]).unwrap_or_default()
}

/// `a * b + c`.
#[cfg_attr(target_arch = "wasm32", inline(never))]
pub(crate) fn mul_add(a: &F, b: &F, c: &F) -> F {
    of_limbs(SCALAR.add(&SCALAR.mul(&a.0.0, &b.0.0), &c.0.0))
}

/// `2^n` as a field element; `n` below 254.
pub fn power_of_two(n: usize) -> F {
    let mut x = element(1);
    for _ in 0..n {
        x = of_limbs(SCALAR.add(&x.0.0, &x.0.0));
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn dec(s: &str) -> F {
        F::from_str(s).expect("decimal")
    }

    #[test]
    fn agrees_with_circomlib() {
        // poseidon([1]) and poseidon([1, 2]) as published with circomlibjs; every arity is compared in tests/interop.
        let one = Poseidon::of_arity(1).hash(&[F::from(1)]);
        assert_eq!(
            one,
            dec("18586133768512220936620570745912940619677854269274689475585506675881198879027")
        );
        let two = Poseidon::of_arity(2).hash(&[F::from(1), F::from(2)]);
        assert_eq!(
            two,
            dec("7853200120776062878684798364095072458815029376092732009249414926327459813530")
        );
    }

    #[cfg(feature = "prover")]
    #[test]
    fn bytes_have_one_element() {
        for x in [F::from(0u64), F::from(1u64), -F::from(1u64), F::from(u64::MAX)] {
            assert_eq!(from_bytes(&to_bytes(&x)), Some(x));
        }
        let mut modulus = to_bytes(&-F::from(1u64));
        modulus[0] += 1;
        assert_eq!((from_bytes(&modulus), from_bytes(&[0xff; 32])), (None, None));
    }

    #[test]
    fn length_and_tag_are_bound() {
        let x = F::from(7);
        assert_ne!(hash_many(Tag::Block, &[x]), hash_many(Tag::Block, &[x, F::default()]));
        assert_ne!(hash_many(Tag::Block, &[x]), hash_many(Tag::Policy, &[x]));
        assert_ne!(hash_many(Tag::Block, &[]), hash_many(Tag::Block, &[F::default()]));
        for n in [13, 14, 15, 28, 29, 30] {
            let xs = vec![x; n];
            let mut longer = xs.clone();
            longer.push(F::default());
            assert_ne!(hash_many(Tag::Block, &xs), hash_many(Tag::Block, &longer), "{n}");
        }
    }

    #[test]
    fn tagged_arities_avoid_the_reserved_ones() {
        assert!(TAGGED_ARITIES.iter().all(|a| ![2, NODE_ARITY, 5].contains(a)));
        assert_eq!((tagged_arity(2), tagged_arity(4), tagged_arity(7)), (3, 6, 9));
    }

    #[test]
    fn words_do_not_collide() {
        assert_eq!(Tag::Chain.word(0, 0), Tag::Chain.field());
        assert_ne!(Tag::Chain.word(1, 0), Tag::Chain.word(0, 1));
    }
}
