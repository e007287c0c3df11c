//! What a forger does: points taken apart and put together again, keys with a fingerprint that fits, text replaced.

use crate::Any;
use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, One, PrimeField};
use ark_serialize::{CanonicalDeserialize, CanonicalSerialize};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use wattproof_circuits::format::{Bundle, FirstPhase, Setup, VerifyingKeyFile};
use wattproof_circuits::hash::F;

/// The order of the scalar field, r.
pub const R: &str = "21888242871839275222246405745257275088548364400416034343698204186575808495617";

/// A point's compressed bytes.
pub fn bytes_of(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory cannot fail.
    let _ = point.serialize_compressed(&mut bytes);
    bytes
}

/// A proof's points.
#[derive(Clone, Copy)]
pub struct Points {
    /// First point.
    pub a: G1Affine,
    /// Second point.
    pub b: G2Affine,
    /// Third point.
    pub c: G1Affine,
}

impl Points {
    /// The points of a bundle's proof.
    pub fn of(bundle: &Bundle) -> Any<Self> {
        let bytes = bundle.proof()?.to_bytes();
        Ok(Self {
            a: G1Affine::deserialize_compressed(&bytes[..32])?,
            b: G2Affine::deserialize_compressed(&bytes[32..96])?,
            c: G1Affine::deserialize_compressed(&bytes[96..])?,
        })
    }

    /// 128 bytes, whatever the points are.
    pub fn bytes(&self) -> Vec<u8> {
        [bytes_of(&self.a), bytes_of(&self.b), bytes_of(&self.c)].concat()
    }

    /// `(sA, B/s, C)`: another proof of the same statement.
    pub fn scaled(&self, s: u64) -> Any<Self> {
        let s = F::from(s);
        let inverse = s.inverse().ok_or("zero")?;
        Ok(Self { a: (self.a * s).into_affine(), b: (self.b * inverse).into_affine(), ..*self })
    }

    /// `(sA, B/s + t delta, C + stA)`: any proof of the statement can become any other.
    pub fn re_randomised(&self, s: u64, t: u64, delta: G2Affine) -> Any<Self> {
        let Self { a, b, c } = self.scaled(s)?;
        let t = F::from(t);
        Ok(Self { a, b: (delta * t + b).into_affine(), c: (a * t + c).into_affine() })
    }

    /// The bytes with A's x written as x + q, which fits below the flags after some scaling.
    pub fn with_aliased_x(&self) -> Any<Vec<u8>> {
        for s in 2..200 {
            let points = self.scaled(s)?;
            let mut x = points.a.x().ok_or("identity")?.into_bigint();
            let carry = x.add_with_carry(&Fq::MODULUS);
            if !carry && x.num_bits() <= 254 {
                let mut bytes = points.bytes();
                let flags = bytes[31] & 0xc0;
                bytes[..32].copy_from_slice(&x.to_bytes_le());
                bytes[31] |= flags;
                return Ok(bytes);
            }
        }
        Err("no small x found".into())
    }
}

/// A point of the twist that is not in the subgroup, compressed.
pub fn off_subgroup() -> Any<Vec<u8>> {
    for n in 1u64..100 {
        let x = ark_bn254::Fq2::new(n.into(), 0.into());
        match G2Affine::get_point_from_x_unchecked(x, false) {
            Some(point) if !point.is_in_correct_subgroup_assuming_on_curve() => {
                return Ok(bytes_of(&point));
            }
            _ => {}
        }
    }
    Err("no such point found".into())
}

/// An x of G1 that no point has, little-endian.
pub fn off_curve() -> Any<Vec<u8>> {
    let none = |x: &Fq| (x.square() * x + Fq::from(3)).sqrt().is_none();
    let x = (1u64..100).map(Fq::from).find(none).ok_or("no such x found")?;
    Ok(x.into_bigint().to_bytes_le())
}

/// The encoding of the identity, with `junk` in its first byte.
pub fn identity(length: usize, junk: u8) -> Vec<u8> {
    let mut bytes = vec![0; length];
    bytes[0] = junk;
    bytes[length - 1] = 0x40;
    bytes
}

/// The bundle with other proof bytes.
pub fn with_proof(bundle: &Bundle, proof: &[u8]) -> Any<String> {
    let old = URL_SAFE_NO_PAD.encode(bundle.proof()?.to_bytes());
    Ok(bundle.to_json().replacen(&old, &URL_SAFE_NO_PAD.encode(proof), 1))
}

/// `text` with `from`, which it must hold, replaced once.
pub fn swap(text: &str, from: &str, to: &str) -> Any<String> {
    if !text.contains(from) {
        return Err(format!("no {from} to replace").into());
    }
    Ok(text.replacen(from, to, 1))
}

/// A verifying key's points, to be changed at will.
#[derive(Clone)]
pub struct KeyPoints {
    /// In G1.
    pub alpha: G1Affine,
    /// In G2.
    pub beta: G2Affine,
    /// In G2.
    pub gamma: G2Affine,
    /// In G2.
    pub delta: G2Affine,
    /// For the constant one and each public input.
    pub inputs: Vec<G1Affine>,
}

impl KeyPoints {
    /// The points of a key file.
    pub fn of(file: &VerifyingKeyFile) -> Any<Self> {
        let bytes = file.key().to_bytes();
        let g1 = |at: usize| G1Affine::deserialize_compressed(&bytes[at..at + 32]);
        let g2 = |at: usize| G2Affine::deserialize_compressed(&bytes[at..at + 64]);
        let inputs = (224..bytes.len()).step_by(32).map(g1).collect::<Result<_, _>>()?;
        Ok(Self { alpha: g1(0)?, beta: g2(32)?, gamma: g2(96)?, delta: g2(160)?, inputs })
    }

    /// Their bytes, whatever they are.
    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = bytes_of(&self.alpha);
        bytes.extend([self.beta, self.gamma, self.delta].iter().flat_map(bytes_of));
        bytes.extend(self.inputs.iter().flat_map(bytes_of));
        bytes
    }

    /// The combination of the inputs' points that a proof is checked with.
    pub fn combined(&self, public_inputs: &[F]) -> G1Affine {
        let scalars = [F::one()].into_iter().chain(public_inputs.iter().copied());
        let sum = self.inputs.iter().zip(scalars).map(|(point, x)| *point * x).reduce(|a, b| a + b);
        sum.unwrap_or_default().into_affine()
    }
}

/// A key file with other key bytes or setup, and a fingerprint that fits them: what a forger would hand out.
///
/// The fingerprint is computed here a second time, from its description.
pub fn key_file(file: &VerifyingKeyFile, key: &[u8], setup: Setup) -> Any<(String, String)> {
    let stamp = match setup {
        Setup::Ceremony { contributions, transcript, first_phase } => {
            let private: &[u8] = if first_phase == FirstPhase::Private { b"private" } else { b"" };
            [b"ceremony", &contributions.to_be_bytes()[..], &transcript.0, private].concat()
        }
        _ => b"dev".to_vec(),
    };
    let shape = file.shape().encode();
    let (id, proving) = (file.circuit_id(), file.proving_key_sha256());
    let mut hasher = Sha256::new();
    for part in [&b"verifying-key/1"[..], &id.0, &shape, &stamp, key, &proving.0] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let fingerprint = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect::<String>();
    let mut json: serde_json::Value = serde_json::from_str(&file.to_json())?;
    json["key"] = URL_SAFE_NO_PAD.encode(key).into();
    json["setup"] = serde_json::to_value(setup)?;
    json["fingerprint"] = fingerprint.clone().into();
    Ok((serde_json::to_string_pretty(&json)? + "\n", fingerprint))
}
