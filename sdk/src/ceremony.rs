//! Contributing to a ceremony. What is secret never leaves this memory, and is wiped in it.

use crate::error::JsError;
use std::io::Cursor;
use wasm_bindgen::prelude::*;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::iden3::Zkey;
use wattproof_circuits::random;
use wattproof_circuits::setup::ceremony::{contribute as go_on, steps};
use zeroize::Zeroizing;

/// A key with one contribution more.
#[wasm_bindgen]
pub struct Contributed {
    key: Vec<u8>,
    told: String,
}

#[wasm_bindgen]
impl Contributed {
    /// `{ circuitHash, contribution, name, hash }` as JSON: which contribution it is, counted from 1, and hashes in hex.
    pub fn told(&self) -> String {
        self.told.clone()
    }

    /// The file; only once.
    #[wasm_bindgen(js_name = takeKey)]
    pub fn take_key(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.key)
    }
}

/// Goes on from a `.zkey` with a secret of the platform's randomness, into which `entropy` is stirred.
#[wasm_bindgen]
pub fn contribute(zkey: &[u8], name: &str, entropy: Vec<u8>) -> Result<Contributed, JsError> {
    let entropy = Zeroizing::new(entropy);
    let mut key = Zkey::read(Cursor::new(zkey))?;
    go_on(&mut key, name, &mut random::rng_stirred(&entropy)?);
    let mine = steps(&key).pop();
    let told = serde_json::json!({
        "circuitHash": hex(&key.circuit_hash),
        "contribution": key.contributions.len(),
        "name": mine.as_ref().and_then(|step| step.name.as_deref()),
        "hash": mine.as_ref().map(|step| hex(&step.hash)),
    });
    let mut file = Vec::with_capacity(zkey.len() + 1024);
    let failed = |e: std::io::Error| Error::new(Code::OutOfRange, format!("zkey: {e}."));
    key.write(&mut file).map_err(failed)?;
    Ok(Contributed { key: file, told: told.to_string() })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
