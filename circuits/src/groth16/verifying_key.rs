//! Verifying keys: bytes, and what makes a key unsound.

use super::encoding::{G1_BYTES, G2_BYTES, Reader, write_g1, write_g2};
use crate::error::{Code, Error, Result, message};
use crate::pairing::{G1, G2, GENERATOR_X};

/// Bytes before the points of the inputs.
const FIXED_BYTES: usize = G1_BYTES + 3 * G2_BYTES;

/// A verifying key that is not unsound on its face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    pub(super) alpha_g1: G1,
    pub(super) beta_g2: G2,
    pub(super) gamma_g2: G2,
    pub(super) delta_g2: G2,
    pub(super) gamma_abc_g1: Vec<G1>,
}

impl VerifyingKey {
    /// A key of these points; `gamma_abc_g1` has one more than there are public inputs.
    ///
    /// # Errors
    /// [`Code::UnsoundKey`] for points with which anyone can forge:
    ///
    /// * an identity point, one of an input too: that input would not be bound;
    /// * two of beta, gamma, delta equal or opposite. With gamma = delta, `A = alpha, B = beta, C = -vk_x` verifies for any
    ///   inputs; with beta = gamma, `A = vk_x + alpha, B = gamma + delta, C = A` does; with beta = delta,
    ///   `A = vk_x, B = gamma + delta, C = vk_x - alpha`;
    /// * beta or delta equal or opposite to the generator: nobody contributed. Gamma is the generator in ceremony keys.
    pub(crate) fn new(
        alpha_g1: G1,
        beta_g2: G2,
        gamma_g2: G2,
        delta_g2: G2,
        gamma_abc_g1: Vec<G1>,
    ) -> Result<Self> {
        let unsound =
            |fault: &str| Err(Error::new(Code::UnsoundKey, message!["key: ", fault, "."]));
        let identity = alpha_g1.is_identity()
            || [&beta_g2, &gamma_g2, &delta_g2].iter().any(|point| point.is_identity())
            || gamma_abc_g1.iter().any(G1::is_identity);
        if identity {
            return unsound("a point is the identity");
        }
        // Points of equal x are equal or opposite.
        if gamma_g2.x == delta_g2.x {
            return unsound("gamma equals delta");
        }
        if beta_g2.x == gamma_g2.x || beta_g2.x == delta_g2.x {
            return unsound("beta equals gamma or delta");
        }
        if delta_g2.x == GENERATOR_X || beta_g2.x == GENERATOR_X {
            return unsound("beta or delta is the generator");
        }
        if gamma_abc_g1.is_empty() {
            return Err(Error::new(Code::BadPoint, "key: no points for inputs."));
        }
        Ok(Self { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 })
    }

    /// Reads alpha, beta, gamma, delta, then a point for the constant one and one for each input, all compressed; their number
    /// follows from the length.
    ///
    /// # Errors
    /// [`Code::BadPoint`] for a length that is no whole number of points, or a point that is not canonical, off the curve or
    /// off the subgroup; [`Code::UnsoundKey`] as [`VerifyingKey::new`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let inputs = bytes.len().checked_sub(FIXED_BYTES).filter(|n| n % G1_BYTES == 0);
        let Some(inputs) = inputs else {
            let message = message!["key has ", bytes.len(), " bytes, no whole number of points."];
            return Err(Error::new(Code::BadPoint, message));
        };
        let mut reader = Reader::new(bytes);
        let alpha = reader.g1("key.alpha")?;
        let (beta, gamma) = (reader.g2("key.beta")?, reader.g2("key.gamma")?);
        let delta = reader.g2("key.delta")?;
        let abc = (0..inputs / G1_BYTES).map(|_| reader.g1("key.inputs"));
        Self::new(alpha, beta, gamma, delta, abc.collect::<Result<_>>()?)
    }

    /// Writes what [`VerifyingKey::from_bytes`] reads.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(FIXED_BYTES + G1_BYTES * self.gamma_abc_g1.len());
        write_g1(&self.alpha_g1, &mut bytes);
        for point in [&self.beta_g2, &self.gamma_g2, &self.delta_g2] {
            write_g2(point, &mut bytes);
        }
        for point in &self.gamma_abc_g1 {
            write_g1(point, &mut bytes);
        }
        bytes
    }

    /// Number of public inputs.
    pub fn public_inputs(&self) -> usize {
        // Never empty: `new` sees to it.
        self.gamma_abc_g1.len().saturating_sub(1)
    }
}

#[cfg(feature = "prover")]
impl TryFrom<&ark_groth16::VerifyingKey<ark_bn254::Bn254>> for VerifyingKey {
    type Error = Error;

    fn try_from(key: &ark_groth16::VerifyingKey<ark_bn254::Bn254>) -> Result<Self> {
        let abc = key.gamma_abc_g1.iter().map(|point| (*point).into()).collect();
        let (beta, gamma, delta) = (key.beta_g2, key.gamma_g2, key.delta_g2);
        Self::new(key.alpha_g1.into(), beta.try_into()?, gamma.try_into()?, delta.try_into()?, abc)
    }
}

#[cfg(feature = "prover")]
impl From<&VerifyingKey> for ark_groth16::VerifyingKey<ark_bn254::Bn254> {
    fn from(key: &VerifyingKey) -> Self {
        let VerifyingKey { alpha_g1, beta_g2, gamma_g2, delta_g2, gamma_abc_g1 } = key;
        Self {
            alpha_g1: (*alpha_g1).into(),
            beta_g2: beta_g2.into(),
            gamma_g2: gamma_g2.into(),
            delta_g2: delta_g2.into(),
            gamma_abc_g1: gamma_abc_g1.iter().map(|point| (*point).into()).collect(),
        }
    }
}
