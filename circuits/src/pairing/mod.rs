//! BN254's pairing, as a verifier needs it and no more: written to be small in Wasm first, and fast second.
//!
//! * [`field`]: sums of products modulo a prime, the one loop that everything here spends its time in, in two forms: `wide` and
//!   `narrow`;
//! * [`tower`]: the fields of 2, 6 and 12 times the base field's degree;
//! * [`g1`], [`g2`]: the two groups, their points from coordinates and from an x alone;
//! * [`miller`]: the product of pairings.
//!
//! Everything that a verifier computes is public, so that time and branches may depend on values. Of secrets only what Poseidon hashes
//! comes here, to the sums of products of [`field`], whose steps are the same for all values; else the prover keeps to arkworks, which
//! the tests compare each operation with.

mod field;
mod g1;
mod g2;
mod miller;
#[cfg(any(test, target_arch = "wasm32"))]
mod narrow;
mod tower;
#[cfg(not(target_arch = "wasm32"))]
mod wide;

#[cfg(feature = "prover")]
mod arkworks;
#[cfg(all(test, feature = "prover"))]
mod tests;

pub(crate) use field::{Digits, Fq, Limbs, SCALAR, dot, split};
pub(crate) use g1::{G1, Multiples, Projective, linear_combination};
pub(crate) use g2::{G2, GENERATOR_X};
#[cfg(test)]
pub(crate) use miller::pairing;
pub(crate) use miller::{final_exponentiation, miller_loop};
pub(crate) use tower::{Fq2, Fq12};
