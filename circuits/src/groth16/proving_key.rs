//! Proving keys: the matrices and the points, prepared once, and their file.
//!
//! The file, all numbers little-endian: magic, circuit id, counts, coefficients, the three matrices, then the points as raw
//! coordinates. It is read in one pass and hashed on the way; it carries no checks of its own because its SHA-256 is pinned
//! by the verifying key it belongs to.

use super::outline::{FixedPoints, MAGIC, MAX_COUNT, Outline, Sum, hashed, invalid};
use super::raw::{Coordinate, read_point, write_element, write_point};
use crate::cs::Matrices;
use crate::error::Result;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// Points for some of the variables; all others have the identity and are left out, so that no proof pays for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Query<P> {
    /// Which variables, ascending.
    pub(crate) variables: Vec<u32>,
    /// One for each.
    pub(crate) points: Vec<P>,
}

impl<P: Copy> Query<P> {
    /// The points that are not the identity.
    pub(crate) fn new(points: &[P], is_identity: impl Fn(&P) -> bool) -> Self {
        let kept = |(_, point): &(u32, &P)| !is_identity(point);
        let (variables, points) = (0..).zip(points).filter(kept).map(|(i, p)| (i, *p)).unzip();
        Self { variables, points }
    }
}

/// A point for each of `count` variables: the identity for those that are not listed.
pub(crate) fn spread<P: AffineRepr>(variables: &[u32], points: &[P], count: usize) -> Vec<P> {
    let mut all = vec![P::zero(); count];
    for (variable, point) in variables.iter().zip(points) {
        all[*variable as usize] = *point;
    }
    all
}

/// What a prover needs for one circuit. Witnesses come from the circuit, all else from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvingKey {
    /// Circuit id, as in the verifying key.
    pub circuit_id: [u8; 32],
    /// Constraints.
    pub matrices: Matrices,
    pub(crate) fixed: FixedPoints,
    /// A of each variable.
    pub(crate) a: Query<G1Affine>,
    /// B of each variable, in both groups over the same variables.
    pub(crate) b_g1: Query<G1Affine>,
    pub(crate) b_g2: Vec<G2Affine>,
    /// What C has of each private variable, by its number among all.
    pub(crate) l: Query<G1Affine>,
    /// The Lagrange polynomials, at tau and over delta, of the points halfway between the domain's: one for each.
    pub(crate) h: Vec<G1Affine>,
}

/// Hashes what is written.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<T: Write> Write for Hashing<T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl ProvingKey {
    /// How its file begins; the last byte is the version.
    pub const MAGIC: &'static [u8; 8] = MAGIC;

    /// Writes the file and gives its SHA-256. `writer` should be buffered.
    pub fn write(&self, writer: impl Write) -> io::Result<[u8; 32]> {
        // Hashed in large pieces: the hasher sits below a buffer of its own.
        let hashing = Hashing { inner: writer, hasher: Sha256::new() };
        let mut out = io::BufWriter::with_capacity(1 << 20, hashing);
        out.write_all(MAGIC)?;
        out.write_all(&self.circuit_id)?;
        let m = &self.matrices;
        write_number(m.inputs, &mut out)?;
        write_number(m.variables, &mut out)?;
        write_number(m.coefficients.len(), &mut out)?;
        for coefficient in &m.coefficients {
            write_element(coefficient, &mut out)?;
        }
        for side in &m.sides {
            for list in [&side.row_ends, &side.columns, &side.coefficients] {
                write_numbers(list, &mut out)?;
            }
        }
        let fixed = &self.fixed;
        for point in [&fixed.alpha_g1, &fixed.beta_g1, &fixed.delta_g1] {
            write_point(point, &mut out)?;
        }
        for point in [&fixed.beta_g2, &fixed.delta_g2] {
            write_point(point, &mut out)?;
        }
        for query in [&self.a, &self.b_g1, &self.l] {
            write_numbers(&query.variables, &mut out)?;
            write_points(&query.points, &mut out)?;
        }
        write_points(&self.b_g2, &mut out)?;
        write_points(&self.h, &mut out)?;
        let mut hashing = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        hashing.flush()?;
        Ok(hashing.hasher.finalize().into())
    }

    /// Reads the file whose SHA-256 is `digest`. Points are not checked one by one: the digest answers for them.
    ///
    /// # Errors
    /// [`Code::KeyDigest`] if the file is cut short, damaged, or not the pinned one.
    pub fn read(reader: impl Read, digest: &[u8; 32]) -> Result<Self> {
        let (mut g1, mut b_g2) = ([const { Vec::new() }; 4], Vec::new());
        let outline = hashed(reader, digest, |input| {
            Outline::parse(input, |sum, count, input| {
                let [a, b_g1, l, h] = &mut g1;
                match sum {
                    Sum::A => *a = read_points(input, count)?,
                    Sum::BG1 => *b_g1 = read_points(input, count)?,
                    Sum::L => *l = read_points(input, count)?,
                    Sum::BG2 => b_g2 = read_points(input, count)?,
                    Sum::H => *h = read_points(input, count)?,
                }
                Ok(())
            })
        })?;
        let Outline { circuit_id, matrices, fixed, variables, .. } = outline;
        let ([a, b_g1, l, h], [of_a, of_b, of_l]) = (g1, variables);
        Ok(Self {
            circuit_id,
            matrices,
            fixed,
            a: Query { variables: of_a, points: a },
            b_g1: Query { variables: of_b, points: b_g1 },
            b_g2,
            l: Query { variables: of_l, points: l },
            h,
        })
    }
}

fn write_number(n: usize, out: &mut impl Write) -> io::Result<()> {
    let n = u32::try_from(n).ok().filter(|n| *n <= MAX_COUNT);
    out.write_all(&n.ok_or_else(|| invalid("the circuit is too large"))?.to_le_bytes())
}

fn write_numbers(list: &[u32], out: &mut impl Write) -> io::Result<()> {
    write_number(list.len(), out)?;
    list.iter().try_for_each(|n| out.write_all(&n.to_le_bytes()))
}

fn write_points<P>(points: &[Affine<P>], out: &mut impl Write) -> io::Result<()>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    write_number(points.len(), out)?;
    points.iter().try_for_each(|point| write_point(point, out))
}

/// Reads points; grown as they are read, so that a damaged count allocates nothing that the file does not hold.
fn read_points<P>(input: &mut impl Read, count: usize) -> io::Result<Vec<Affine<P>>>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    let mut points = Vec::new();
    for _ in 0..count {
        points.push(read_point(input)?);
    }
    Ok(points)
}
