//! Points and proofs as bytes. Every point that comes from outside goes through [`Reader`].
//!
//! Points are in arkworks' compressed form: x little-endian, 32 bytes in G1, 64 in G2 (the real part first), and in the top bits
//! of the last byte which of the two y is meant, or the identity.

use crate::error::{Code, Error, Result, message};
use crate::pairing::{Fq, Fq2, G1, G2};
use core::cmp::Ordering;

/// Bytes of a compressed G1 point.
pub(super) const G1_BYTES: usize = 32;
/// Bytes of a compressed G2 point.
pub(super) const G2_BYTES: usize = 64;
/// Bytes of a proof.
pub const PROOF_BYTES: usize = 2 * G1_BYTES + G2_BYTES;

/// Of the two y, the greater.
const GREATER: u8 = 0x80;
/// No x and no y.
const IDENTITY: u8 = 0x40;

/// Bytes taken from the front, point by point. The identity is let through; who reads it judges it.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next G1 point: on the curve, in its only encoding.
    pub(super) fn g1(&mut self, name: &str) -> Result<G1> {
        let (x, flags) = self.x::<1>(name)?;
        let [x] = x;
        if flags == IDENTITY {
            return canonical(name, x.is_zero(), G1::IDENTITY);
        }
        let point = G1::at(x).ok_or_else(|| off_subgroup(name))?;
        Ok(if greater(&[point.y]) == (flags == GREATER) { point } else { -point })
    }

    /// The next G2 point: on the curve, in the subgroup, in its only encoding.
    pub(super) fn g2(&mut self, name: &str) -> Result<G2> {
        let (x, flags) = self.x::<2>(name)?;
        let x = Fq2::new(x[0], x[1]);
        if flags == IDENTITY {
            return canonical(name, x.is_zero(), G2::identity());
        }
        let y = G2::y_at(x).ok_or_else(|| off_subgroup(name))?;
        let y = if greater(&[y.c0, y.c1]) == (flags == GREATER) { y } else { -y };
        G2::new(x, y).ok_or_else(|| off_subgroup(name))
    }

    /// The next x, of N numbers below the modulus, and the flags, of which there is at most one.
    fn x<const N: usize>(&mut self, name: &str) -> Result<([Fq; N], u8)> {
        let (bytes, rest) =
            self.rest.split_at_checked(32 * N).ok_or_else(|| bad_point(name, "is cut short"))?;
        self.rest = rest;
        let mut x = [Fq::ZERO; N];
        let mut flags = 0;
        for (i, (x, bytes)) in x.iter_mut().zip(bytes.chunks_exact(32)).enumerate() {
            let mut limbs = [0; 4];
            for (limb, bytes) in limbs.iter_mut().zip(bytes.chunks_exact(8)) {
                *limb = bytes.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
            }
            if i + 1 == N {
                flags = (limbs[3] >> 56) as u8 & (GREATER | IDENTITY);
                limbs[3] &= u64::MAX >> 2;
            }
            *x = Fq::from_integer(limbs).ok_or_else(|| off_subgroup(name))?;
        }
        if flags == GREATER | IDENTITY {
            return Err(off_subgroup(name));
        }
        Ok((x, flags))
    }
}

/// Whether y is the greater of y and -y; coordinates are compared from the last.
fn greater(y: &[Fq]) -> bool {
    let order = |x: &Fq| x.to_integer().iter().rev().cmp((-*x).to_integer().iter().rev());
    y.iter().rev().map(order).find(|order| order.is_ne()) == Some(Ordering::Greater)
}

fn bad_point(name: &str, fault: &str) -> Error {
    Error::new(Code::BadPoint, message![name, " ", fault, "."])
}

fn off_subgroup(name: &str) -> Error {
    bad_point(name, "is not a point of the curve's subgroup")
}

/// The identity, whose x is to be zero.
fn canonical<P>(name: &str, zero: bool, identity: P) -> Result<P> {
    if zero { Ok(identity) } else { Err(bad_point(name, "is not canonically encoded")) }
}

/// The compressed form, appended.
pub(super) fn write_g1(point: &G1, bytes: &mut Vec<u8>) {
    write(&[point.x], &[point.y], point.is_identity(), bytes);
}

/// The compressed form, appended.
pub(super) fn write_g2(point: &G2, bytes: &mut Vec<u8>) {
    let (x, y) = (point.x, point.y);
    write(&[x.c0, x.c1], &[y.c0, y.c1], point.is_identity(), bytes);
}

fn write(x: &[Fq], y: &[Fq], identity: bool, bytes: &mut Vec<u8>) {
    for limb in x.iter().flat_map(|x| x.to_integer()) {
        bytes.extend_from_slice(&limb.to_le_bytes());
    }
    if let Some(last) = bytes.last_mut() {
        *last |= if identity {
            IDENTITY
        } else if greater(y) {
            GREATER
        } else {
            0
        };
    }
}

/// A proof: three points, none of them the identity. Proofs can be re-randomised, so that bytes do not identify a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    pub(super) a: G1,
    pub(super) b: G2,
    pub(super) c: G1,
}

impl Proof {
    /// A proof of these points.
    ///
    /// # Errors
    /// [`Code::BadPoint`] if one is the identity, which an honest prover never gives.
    pub(super) fn new(a: G1, b: G2, c: G1) -> Result<Self> {
        let identity = [
            ("proof.a", a.is_identity()),
            ("proof.b", b.is_identity()),
            ("proof.c", c.is_identity()),
        ];
        match identity.iter().find(|(_, is)| *is) {
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
        write_g1(&self.a, &mut bytes);
        write_g2(&self.b, &mut bytes);
        write_g1(&self.c, &mut bytes);
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
        Self::new(proof.a.into(), proof.b.try_into()?, proof.c.into())
    }
}

#[cfg(feature = "prover")]
impl From<&Proof> for ark_groth16::Proof<ark_bn254::Bn254> {
    fn from(proof: &Proof) -> Self {
        Self { a: proof.a.into(), b: (&proof.b).into(), c: proof.c.into() }
    }
}
