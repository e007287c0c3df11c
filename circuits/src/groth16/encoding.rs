//! Points and proofs as bytes. Every point that comes from outside goes through [`read_point`].
//!
//! Points are arkworks' compressed form: 32 bytes in G1, 64 in G2, x little-endian, flags in the top bits of the last byte.

use crate::error::{Code, Error, Result, message};
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_serialize::CanonicalSerialize;

/// Bytes of a compressed G1 point.
pub(super) const G1_BYTES: usize = 32;
/// Bytes of a compressed G2 point.
pub(super) const G2_BYTES: usize = 64;
/// Bytes of a proof.
pub const PROOF_BYTES: usize = 2 * G1_BYTES + G2_BYTES;

/// Bytes taken from the front, point by point.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next G1 point.
    pub(super) fn g1(&mut self, name: &str) -> Result<G1Affine> {
        read_point(self.take(G1_BYTES, name)?, name)
    }

    /// The next G2 point.
    pub(super) fn g2(&mut self, name: &str) -> Result<G2Affine> {
        read_point(self.take(G2_BYTES, name)?, name)
    }

    fn take(&mut self, n: usize, name: &str) -> Result<&'a [u8]> {
        let (head, rest) =
            self.rest.split_at_checked(n).ok_or_else(|| bad_point(name, "is cut short"))?;
        self.rest = rest;
        Ok(head)
    }
}

fn bad_point(name: &str, fault: &str) -> Error {
    Error::new(Code::BadPoint, message![name, " ", fault, "."])
}

/// One point: on the curve, in the subgroup, in its only encoding. The identity is let through; who reads it judges it.
fn read_point<P: AffineRepr>(bytes: &[u8], name: &str) -> Result<P> {
    let point = P::deserialize_compressed(bytes)
        .map_err(|_| bad_point(name, "is not a point of the curve's subgroup"))?;
    // arkworks takes some bytes that it would not write, for instance junk under the infinity flag.
    let mut again = Vec::with_capacity(bytes.len());
    if point.serialize_compressed(&mut again).is_err() || again != bytes {
        return Err(bad_point(name, "is not canonically encoded"));
    }
    Ok(point)
}

/// The compressed form, appended.
pub(super) fn write_point(point: &impl CanonicalSerialize, bytes: &mut Vec<u8>) {
    // Writing to memory cannot fail.
    let _ = point.serialize_compressed(bytes);
}

/// A proof: three points, none of them the identity. Proofs can be re-randomised, so that bytes do not identify a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(super) a: G1Affine,
    pub(super) b: G2Affine,
    pub(super) c: G1Affine,
}

impl Proof {
    /// A proof of these points.
    ///
    /// # Errors
    /// [`Code::BadPoint`] if one is the identity, which an honest prover never gives.
    pub fn new(a: G1Affine, b: G2Affine, c: G1Affine) -> Result<Self> {
        let identity =
            [("proof.a", a.is_zero()), ("proof.b", b.is_zero()), ("proof.c", c.is_zero())];
        match identity.iter().find(|(_, zero)| *zero) {
            Some((name, _)) => Err(bad_point(name, "is the identity")),
            None => Ok(Self { a, b, c }),
        }
    }

    /// Reads A, B and C.
    ///
    /// # Errors
    /// [`Code::BadPoint`] unless there are exactly [`PROOF_BYTES`] bytes, and each point is canonical, on the curve, in the
    /// subgroup, and not the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() != PROOF_BYTES {
            let message = message!["proof has ", bytes.len(), " bytes, not ", PROOF_BYTES, "."];
            return Err(Error::new(Code::BadPoint, message));
        }
        let mut reader = Reader::new(bytes);
        let (a, b) = (reader.g1("proof.a")?, reader.g2("proof.b")?);
        Self::new(a, b, reader.g1("proof.c")?)
    }

    /// Writes A, B and C.
    pub fn to_bytes(&self) -> [u8; PROOF_BYTES] {
        let mut bytes = Vec::with_capacity(PROOF_BYTES);
        write_point(&self.a, &mut bytes);
        write_point(&self.b, &mut bytes);
        write_point(&self.c, &mut bytes);
        let mut array = [0; PROOF_BYTES];
        for (to, from) in array.iter_mut().zip(bytes) {
            *to = from;
        }
        array
    }
}

#[cfg(feature = "prover")]
impl TryFrom<ark_groth16::Proof<ark_bn254::Bn254>> for Proof {
    type Error = Error;

    fn try_from(proof: ark_groth16::Proof<ark_bn254::Bn254>) -> Result<Self> {
        Self::new(proof.a, proof.b, proof.c)
    }
}
