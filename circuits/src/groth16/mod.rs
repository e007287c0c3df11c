//! Groth16 over BN254: keys, proofs, verification. The sole parser of points; knows nothing of meters or policies.

#[cfg(feature = "prover")]
mod cut;
mod encoding;
#[cfg(feature = "prover")]
mod fft;
#[cfg(feature = "prover")]
mod halves;
#[cfg(all(feature = "prover", any(test, target_feature = "relaxed-simd")))]
mod lanes;
#[cfg(feature = "prover")]
mod machine;
#[cfg(feature = "prover")]
mod msm;
#[cfg(all(feature = "prover", any(test, target_arch = "wasm32")))]
mod narrow;
#[cfg(feature = "prover")]
mod outline;
#[cfg(feature = "prover")]
mod parts;
#[cfg(feature = "prover")]
mod prove;
#[cfg(feature = "prover")]
mod proving_key;
#[cfg(feature = "prover")]
mod raw;
#[cfg(all(feature = "prover", not(target_arch = "wasm32")))]
mod steady;
mod verify;
mod verifying_key;

#[cfg(all(test, feature = "prover"))]
pub(crate) mod toy;
#[cfg(all(test, feature = "prover"))]
mod twin_tests;

pub use encoding::{PROOF_BYTES, Proof};
#[cfg(feature = "prover")]
pub(crate) use outline::FixedPoints;
#[cfg(feature = "prover")]
pub use outline::{Outline, Part, Sum};
#[cfg(feature = "prover")]
pub use parts::{Points, Sums};
#[cfg(feature = "prover")]
pub use prove::{Prover, Timing, prove_checked};
#[cfg(feature = "prover")]
pub use proving_key::ProvingKey;
#[cfg(feature = "prover")]
pub(crate) use proving_key::{Query, spread};
pub use verify::PreparedVerifyingKey;
pub use verifying_key::VerifyingKey;
