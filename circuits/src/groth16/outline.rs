//! A proving key without its points: what cuts a proof into parts, and puts it together again.
//!
//! A proof is five sums of points, which anybody can work out piecewise: [`Outline::cut`] shares them out, each worker reads the
//! points of its parts alone from the file ([`super::Points`]), is given their scalars and gives sums back.

use super::raw::{read_element, read_point};
use crate::cs::{Matrices, SparseMatrix};
use crate::error::{Code, Error, Result};
use ark_bn254::{G1Affine, G2Affine};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::ops::Range;

pub(super) const MAGIC: &[u8; 8] = b"WATTPK\0\x02";

/// More than any circuit of ours has, of anything: a damaged count is refused, not allocated.
pub(super) const MAX_COUNT: u32 = 1 << 28;

/// One of the sums that a proof is made of, in the order of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sum {
    /// A of each variable.
    A,
    /// B of each variable, in G1.
    BG1,
    /// What C has of each private variable.
    L,
    /// B of each variable, in G2.
    BG2,
    /// What C has of the quotient.
    H,
}

impl Sum {
    /// All of them; each one's place is its number.
    pub const ALL: [Self; 5] = [Self::A, Self::BG1, Self::L, Self::BG2, Self::H];

    /// Bytes of a point in the file.
    pub fn point_bytes(self) -> u64 {
        if self == Self::BG2 { 128 } else { 64 }
    }
}

/// Points that every proof adds, whatever its assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FixedPoints {
    pub(crate) alpha_g1: G1Affine,
    pub(crate) beta_g1: G1Affine,
    pub(crate) delta_g1: G1Affine,
    pub(crate) beta_g2: G2Affine,
    pub(crate) delta_g2: G2Affine,
}

/// Where the points of a sum are in the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) at: u64,
    pub(super) points: usize,
}

/// A range of the points of one sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Whose points.
    pub sum: Sum,
    /// Which of them.
    pub points: Range<usize>,
    /// Where they are in the file of the proving key.
    pub bytes: Range<u64>,
}

/// What a proving key has besides the points of its sums.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Circuit id, as in the verifying key.
    pub circuit_id: [u8; 32],
    /// Constraints.
    pub matrices: Matrices,
    pub(super) fixed: FixedPoints,
    /// Whose points A, B and L have; of all other variables they have the identity.
    pub(super) variables: [Vec<u32>; 3],
    pub(super) places: [Place; 5],
}

impl Outline {
    /// Reads the file whose SHA-256 is `digest`, and passes over the points.
    ///
    /// # Errors
    /// [`Code::KeyDigest`] if the file is cut short, damaged, or not the pinned one.
    pub fn read(reader: impl Read, digest: &[u8; 32]) -> Result<Self> {
        hashed(reader, digest, |input| {
            Self::parse(input, |sum, count, input| {
                let bytes = count as u64 * sum.point_bytes();
                let skipped = io::copy(&mut input.take(bytes), &mut io::sink())?;
                if skipped == bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
            })
        })
    }

    /// Whose points a sum has; none for H, whose points go with the quotient's values.
    pub(super) fn variables(&self, sum: Sum) -> Option<&[u32]> {
        let [a, b, l] = &self.variables;
        match sum {
            Sum::A => Some(a),
            Sum::BG1 | Sum::BG2 => Some(b),
            Sum::L => Some(l),
            Sum::H => None,
        }
    }

    /// Points of a sum.
    pub fn points(&self, sum: Sum) -> usize {
        self.places[sum as usize].points
    }

    /// Reads all but the points of each sum, for which `points` is called with their number.
    pub(super) fn parse<R: Read>(
        input: &mut R,
        mut points: impl FnMut(Sum, usize, &mut Counted<'_, R>) -> io::Result<()>,
    ) -> io::Result<Self> {
        let input = &mut Counted { inner: input, at: 0 };
        let mut magic = [0; 8];
        input.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(invalid("not a proving key of this version"));
        }
        let mut circuit_id = [0; 32];
        input.read_exact(&mut circuit_id)?;
        // In range, as their sums must fit a `usize` of 32 bits.
        let inputs = read_count(input)? as usize;
        let variables = read_count(input)? as usize;
        let coefficients = read_list(input, read_element)?;
        let mut side = || {
            Ok::<_, io::Error>(SparseMatrix {
                row_ends: read_list(input, read_number)?,
                columns: read_list(input, read_number)?,
                coefficients: read_list(input, read_number)?,
            })
        };
        let sides = [side()?, side()?, side()?];
        let matrices = Matrices {
            sides,
            coefficients,
            inputs,
            variables,
            names: Vec::new(),
            hints: Vec::new(),
        };
        let fixed = FixedPoints {
            alpha_g1: read_point(input)?,
            beta_g1: read_point(input)?,
            delta_g1: read_point(input)?,
            beta_g2: read_point(input)?,
            delta_g2: read_point(input)?,
        };
        let mut variables = [const { Vec::new() }; 3];
        let mut places = [Place::default(); 5];
        for (i, sum) in Sum::ALL.into_iter().enumerate() {
            // B's variables are there once, before its points in G1.
            if let Some(list) = variables.get_mut(i) {
                *list = read_list(input, read_number)?;
            }
            let count = read_count(input)? as usize;
            places[i] = Place { at: input.at, points: count };
            points(sum, count, input)?;
        }
        let outline = Self { circuit_id, matrices, fixed, variables, places };
        outline.check()?;
        Ok(outline)
    }

    /// That no index leads out of its list, so that proving cannot panic even with a key that its maker spoiled.
    fn check(&self) -> io::Result<()> {
        let m = &self.matrices;
        let rows = m.constraints();
        let side_fits = |side: &SparseMatrix| {
            side.row_ends.len() == rows
                && side.row_ends.is_sorted()
                && side.row_ends.last().map_or(0, |end| *end as usize) == side.columns.len()
                && side.columns.len() == side.coefficients.len()
                && side.columns.iter().all(|c| (*c as usize) < m.variables)
                && side.coefficients.iter().all(|c| (*c as usize) < m.coefficients.len())
        };
        let sum_fits = |sum: Sum| match self.variables(sum) {
            Some(list) => {
                list.len() == self.points(sum) && list.iter().all(|v| (*v as usize) < m.variables)
            }
            None => self.points(sum) == (rows + m.inputs).next_power_of_two(),
        };
        let fits = m.sides.iter().all(side_fits)
            && Sum::ALL.into_iter().all(sum_fits)
            && (1..=m.variables).contains(&m.inputs);
        if fits { Ok(()) } else { Err(invalid("its parts do not fit together")) }
    }
}

/// Counts what is read.
pub(super) struct Counted<'a, R> {
    inner: &'a mut R,
    at: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.at += n as u64;
        Ok(n)
    }
}

/// Hashes what is read.
pub(super) struct Hashing<R> {
    inner: R,
    hasher: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
}

/// What `parse` makes of a file, if the whole file has this SHA-256.
pub(super) fn hashed<R: Read, T>(
    reader: R,
    digest: &[u8; 32],
    parse: impl FnOnce(&mut io::BufReader<Hashing<R>>) -> io::Result<T>,
) -> Result<T> {
    // Hashed in large pieces: the hasher sits below the buffer.
    let hashing = Hashing { inner: reader, hasher: Sha256::new() };
    let mut buffered = io::BufReader::with_capacity(1 << 20, hashing);
    let failed = |e: io::Error| Error::new(Code::KeyDigest, format!("proving key: {e}."));
    let parsed = parse(&mut buffered).map_err(failed)?;
    let mut rest = [0; 1];
    let trailing = buffered.read(&mut rest).map_err(failed)? != 0;
    let found: [u8; 32] = buffered.into_inner().hasher.finalize().into();
    if trailing || found != *digest {
        let message = "proving key: its SHA-256 is not the one its verifying key names.";
        return Err(Error::new(Code::KeyDigest, message));
    }
    Ok(parsed)
}

pub(super) fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

fn read_number<R: Read>(input: &mut R) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_count<R: Read>(input: &mut R) -> io::Result<u32> {
    let n = read_number(input)?;
    if n > MAX_COUNT { Err(invalid("a count is out of range")) } else { Ok(n) }
}

fn read_list<R: Read, T>(
    input: &mut R,
    mut read: impl FnMut(&mut R) -> io::Result<T>,
) -> io::Result<Vec<T>> {
    let n = read_count(input)?;
    // Grown as it is read: a damaged count must not allocate what the file does not hold.
    let mut list = Vec::new();
    for _ in 0..n {
        list.push(read(input)?);
    }
    Ok(list)
}
