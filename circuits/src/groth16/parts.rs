//! The parts of a proof's sums, for workers that share no memory: points in, scalars in, a sum out, all as bytes.

use super::machine::{G1, G2};
use super::msm::msm;
use super::outline::Sum;
use super::raw::{Coordinate, read_point, write_point};
use crate::error::{Code, Error, Result};
use ark_bn254::{Fr, G1Projective, G2Projective};
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, AffineRepr, CurveGroup};
use ark_ff::{BigInt, PrimeField};
use zeroize::Zeroize;

/// Bytes of a scalar: little-endian.
pub(super) const SCALAR_BYTES: usize = 32;

/// The points of one part, as a worker holds them.
pub struct Points(Kind);

enum Kind {
    G1(Vec<Affine<G1>>),
    G2(Vec<Affine<G2>>),
}

impl Points {
    /// Reads the points of a part from its bytes of the key's file. They are not checked one by one: whoever hands out the bytes
    /// has compared the file's digest, and a proof is verified before it is handed out.
    ///
    /// # Errors
    /// [`Code::KeyDigest`] if these are not whole points.
    pub fn read(sum: Sum, bytes: &[u8]) -> Result<Self> {
        let kind = match sum {
            Sum::BG2 => read_points(sum, bytes).map(Kind::G2),
            Sum::A | Sum::BG1 | Sum::L | Sum::H => read_points(sum, bytes).map(Kind::G1),
        };
        kind.map(Self)
    }

    /// The sum of the points, each times its scalar of 32 bytes, little-endian: as bytes for [`Sums::add`]. The scalars are
    /// secret, and so is the sum: it is meant for the same prover.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] unless there is one scalar for each point, below the field's order.
    pub fn sum(&self, scalars: &[u8]) -> Result<Vec<u8>> {
        let (chunks, rest) = scalars.as_chunks::<SCALAR_BYTES>();
        let points = match &self.0 {
            Kind::G1(points) => points.len(),
            Kind::G2(points) => points.len(),
        };
        if chunks.len() != points || !rest.is_empty() {
            let message = format!("{} bytes of scalars for {points} points.", scalars.len());
            return Err(Error::new(Code::OutOfRange, message));
        }
        let mut scalars: Vec<BigInt<4>> = chunks.iter().map(integer).collect();
        if scalars.iter().any(|scalar| *scalar >= Fr::MODULUS) {
            return Err(Error::new(Code::OutOfRange, "a scalar is not below the field's order."));
        }
        let sum = match &self.0 {
            Kind::G1(points) => write_sum(msm(points, &scalars)),
            Kind::G2(points) => write_sum(msm(points, &scalars)),
        };
        scalars.iter_mut().for_each(|scalar| scalar.0.zeroize());
        Ok(sum)
    }
}

/// The five sums of a proof, as far as they are there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub(super) a: G1Projective,
    pub(super) b_g1: G1Projective,
    pub(super) l: G1Projective,
    pub(super) h: G1Projective,
    pub(super) b_g2: G2Projective,
}

impl Sums {
    /// Adds the sum of one part, as [`Points::sum`] gives it.
    ///
    /// # Errors
    /// [`Code::BadPoint`] if these are no coordinates. Points off the curve are not noticed here: the proof will not verify.
    pub fn add(&mut self, sum: Sum, bytes: &[u8]) -> Result<()> {
        match sum {
            Sum::A => self.a += read_sum(bytes)?,
            Sum::BG1 => self.b_g1 += read_sum(bytes)?,
            Sum::L => self.l += read_sum(bytes)?,
            Sum::H => self.h += read_sum(bytes)?,
            Sum::BG2 => self.b_g2 += read_sum(bytes)?,
        }
        Ok(())
    }
}

fn integer(bytes: &[u8; SCALAR_BYTES]) -> BigInt<4> {
    let (limbs, _) = bytes.as_chunks::<8>();
    let mut integer = BigInt::default();
    for (to, limb) in integer.0.iter_mut().zip(limbs) {
        *to = u64::from_le_bytes(*limb);
    }
    integer
}

fn read_points<P>(sum: Sum, bytes: &[u8]) -> Result<Vec<Affine<P>>>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    let failed = || Error::new(Code::KeyDigest, "proving key: a part is not whole points.");
    let chunks = bytes.chunks_exact(sum.point_bytes() as usize);
    if !chunks.remainder().is_empty() {
        return Err(failed());
    }
    chunks.map(|mut point| read_point(&mut point).map_err(|_| failed())).collect()
}

/// Affine coordinates; of the identity zeros, which are no point of the curve.
fn write_sum<P>(sum: Projective<P>) -> Vec<u8>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    let mut bytes = Vec::with_capacity(128);
    let nothing = (P::BaseField::ZERO, P::BaseField::ZERO);
    let (x, y) = sum.into_affine().xy().unwrap_or(nothing);
    // Writing to memory cannot fail.
    let _ = write_point(&Affine::<P>::new_unchecked(x, y), &mut bytes);
    bytes
}

fn read_sum<P>(mut bytes: &[u8]) -> Result<Affine<P>>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    let failed = || Error::new(Code::BadPoint, "a part's sum is not a point's coordinates.");
    let point: Affine<P> = read_point(&mut bytes).map_err(|_| failed())?;
    if !bytes.is_empty() {
        return Err(failed());
    }
    let nothing = point.x == P::BaseField::ZERO && point.y == P::BaseField::ZERO;
    Ok(if nothing { Affine::identity() } else { point })
}
