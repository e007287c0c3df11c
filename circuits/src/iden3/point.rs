//! Points as snarkjs stores them: affine, coordinates in Montgomery form (`x * 2^256`), little-endian, the identity as zeros.

use super::binary::{ELEMENT, Sections};
use crate::error::{Code, Error, Result};
use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInt, BigInteger, PrimeField, Zero};
#[cfg(feature = "parallel")]
use rayon::prelude::*;
use std::io::{self, Read, Seek, Write};

/// Bytes of a point of G1.
pub(super) const G1: usize = 2 * ELEMENT;
/// Bytes of a point of G2.
pub(super) const G2: usize = 4 * ELEMENT;

impl<R: Read + Seek> Sections<R> {
    /// The next element, of which the file has the limbs as they lie in memory.
    fn montgomery<P: PrimeField<BigInt = BigInt<4>>>(
        &mut self,
        new: impl Fn(P::BigInt) -> P,
    ) -> Result<P> {
        self.integer::<P>().map(new)
    }

    /// The next point of G1, the identity among them.
    pub(super) fn g1(&mut self) -> Result<G1Affine> {
        let point = self.raw_g1()?;
        self.good(is_g1(&point))?;
        Ok(point)
    }

    /// The next point of G2, the identity among them.
    pub(super) fn g2(&mut self) -> Result<G2Affine> {
        let point = self.raw_g2()?;
        self.good(is_g2(&point))?;
        Ok(point)
    }

    /// The next points of G1.
    pub(super) fn g1s(&mut self, count: usize) -> Result<Vec<G1Affine>> {
        let points = (0..count).map(|_| self.raw_g1()).collect::<Result<Vec<_>>>()?;
        self.good(all(&points, is_g1))?;
        Ok(points)
    }

    /// The next points of G2.
    pub(super) fn g2s(&mut self, count: usize) -> Result<Vec<G2Affine>> {
        let points = (0..count).map(|_| self.raw_g2()).collect::<Result<Vec<_>>>()?;
        self.good(all(&points, is_g2))?;
        Ok(points)
    }

    fn raw_g1(&mut self) -> Result<G1Affine> {
        let [x, y] = [self.montgomery(Fq::new_unchecked)?, self.montgomery(Fq::new_unchecked)?];
        let zero = x.is_zero() && y.is_zero();
        Ok(if zero { G1Affine::identity() } else { G1Affine::new_unchecked(x, y) })
    }

    fn raw_g2(&mut self) -> Result<G2Affine> {
        let mut coordinates = [Fq::zero(); 4];
        for coordinate in &mut coordinates {
            *coordinate = self.montgomery(Fq::new_unchecked)?;
        }
        if coordinates.iter().all(Fq::is_zero) {
            return Ok(G2Affine::identity());
        }
        let [x0, x1, y0, y1] = coordinates;
        Ok(G2Affine::new_unchecked(Fq2::new(x0, x1), Fq2::new(y0, y1)))
    }

    fn good(&self, good: bool) -> Result<()> {
        let fault = format!("the {} has a point that is not of the curve's subgroup.", self.what);
        if good { Ok(()) } else { Err(Error::new(Code::BadPoint, fault)) }
    }
}

/// G1 is the whole curve.
fn is_g1(point: &G1Affine) -> bool {
    point.is_on_curve()
}

fn is_g2(point: &G2Affine) -> bool {
    point.is_on_curve() && point.is_in_correct_subgroup_assuming_on_curve()
}

fn all<P: Sync>(points: &[P], good: impl Fn(&P) -> bool + Sync + Send) -> bool {
    #[cfg(feature = "parallel")]
    return points.par_iter().all(good);
    #[cfg(not(feature = "parallel"))]
    return points.iter().all(good);
}

/// An element's limbs as they lie in memory: its Montgomery form.
fn write_limbs(limbs: &BigInt<4>, out: &mut impl Write) -> io::Result<()> {
    limbs.0.iter().try_for_each(|limb| out.write_all(&limb.to_le_bytes()))
}

/// A point of G1.
pub(super) fn write_g1(point: &G1Affine, out: &mut impl Write) -> io::Result<()> {
    let (x, y) = point.xy().unwrap_or_default();
    write_limbs(&x.0, out)?;
    write_limbs(&y.0, out)
}

/// A point of G2.
pub(super) fn write_g2(point: &G2Affine, out: &mut impl Write) -> io::Result<()> {
    let (x, y) = point.xy().unwrap_or_default();
    [x.c0, x.c1, y.c0, y.c1].iter().try_for_each(|part| write_limbs(&part.0, out))
}

/// What a ceremony's hashes take in of a point: its coordinates, big-endian, of G2 the second part first; zeros for the identity.
pub(crate) fn uncompressed_g1(point: &G1Affine) -> [u8; G1] {
    uncompressed(point.xy().map(|(x, y)| [x, y]))
}

/// As [`uncompressed_g1`].
pub(crate) fn uncompressed_g2(point: &G2Affine) -> [u8; G2] {
    uncompressed(point.xy().map(|(x, y)| [x.c1, x.c0, y.c1, y.c0]))
}

fn uncompressed<const N: usize, const M: usize>(coordinates: Option<[Fq; M]>) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.chunks_exact_mut(ELEMENT).zip(coordinates.into_iter().flatten()) {
        to.copy_from_slice(&from.into_bigint().to_bytes_be());
    }
    bytes
}
