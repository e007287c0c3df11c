//! ark-groth16's verifier for `cold.js`.

use ark_bn254::{Bn254, Fr};
use ark_ff::PrimeField;
use ark_groth16::{Groth16, PreparedVerifyingKey, Proof, VerifyingKey, prepare_verifying_key};
use ark_serialize::CanonicalDeserialize;
use wasm_bindgen::prelude::*;

/// A key with its lines computed.
#[wasm_bindgen]
pub struct Key(PreparedVerifyingKey<Bn254>);

#[wasm_bindgen]
impl Key {
    /// From compressed points: alpha, beta, gamma, delta, then one for each input and the constant one.
    pub fn load(mut bytes: &[u8]) -> Option<Key> {
        let alpha_g1 = CanonicalDeserialize::deserialize_compressed(&mut bytes).ok()?;
        let beta_g2 = CanonicalDeserialize::deserialize_compressed(&mut bytes).ok()?;
        let gamma_g2 = CanonicalDeserialize::deserialize_compressed(&mut bytes).ok()?;
        let delta_g2 = CanonicalDeserialize::deserialize_compressed(&mut bytes).ok()?;
        let mut gamma_abc_g1 = Vec::new();
        while !bytes.is_empty() {
            gamma_abc_g1.push(CanonicalDeserialize::deserialize_compressed(&mut bytes).ok()?);
        }
        let key = VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 };
        Some(Self(prepare_verifying_key(&key)))
    }

    /// Whether a proof of three compressed points holds for inputs of 32 bytes each, little-endian.
    pub fn verify(&self, proof: &[u8], inputs: &[u8]) -> bool {
        let Ok(proof) = Proof::deserialize_compressed(proof) else { return false };
        let inputs: Vec<_> = inputs.chunks(32).map(Fr::from_le_bytes_mod_order).collect();
        Groth16::<Bn254>::verify_proof(&self.0, &proof, &inputs).unwrap_or(false)
    }
}
