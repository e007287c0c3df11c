//! Randomness: the operating system's, and a fast generator seeded by it for setup and proofs.

use crate::error::{Code, Error, Result};
use crate::hash::F;
use ark_ff::PrimeField;
use ark_std::rand::SeedableRng;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The generator that proofs and development keys draw from.
pub type Rng = rand_chacha::ChaCha20Rng;

/// Fills `bytes` from the operating system.
pub fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(|e| {
        Error::new(Code::OutOfRange, format!("The operating system gave no randomness: {e}."))
    })
}

/// A generator with a fresh seed of 256 bits.
pub fn rng() -> Result<Rng> {
    let mut seed = [0; 32];
    fill(&mut seed)?;
    Ok(seeded(seed))
}

/// A generator with this seed.
pub fn seeded(seed: [u8; 32]) -> Rng {
    Rng::from_seed(seed)
}

/// A generator seeded by the operating system and by these bytes: as good as the better of the two.
pub fn rng_stirred(entropy: &[u8]) -> Result<Rng> {
    let mut seed = Zeroizing::new([0; 32]);
    fill(seed.as_mut())?;
    let stirred: [u8; 32] =
        Sha256::new_with_prefix(seed.as_ref()).chain_update(entropy).finalize().into();
    Ok(seeded(*Zeroizing::new(stirred)))
}

/// A uniform element below 2^248: a salt, or a nullifier key.
pub fn element() -> Result<F> {
    let mut bytes = [0; 31];
    fill(&mut bytes)?;
    Ok(F::from_le_bytes_mod_order(&bytes))
}
