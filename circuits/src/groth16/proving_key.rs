//! Proving keys: the matrices and the points, prepared once, and their file.
//!
//! The file, all numbers little-endian: magic, circuit id, counts, coefficients, the three matrices, then the points as raw
//! coordinates. It is read in one pass and hashed on the way; it carries no checks of its own because its SHA-256 is pinned
//! by the verifying key it belongs to.

use super::raw::{Coordinate, read_element, read_point, write_element, write_point};
use crate::cs::{Matrices, SparseMatrix};
use crate::error::{Code, Error, Result};
use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

const MAGIC: &[u8; 8] = b"WATTPK\0\x01";

/// More than any circuit of ours has, of anything: a damaged count is refused, not allocated.
const MAX_COUNT: u32 = 1 << 28;

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

impl Query<G1Affine> {
    /// A point for every variable.
    fn all(&self, variables: usize) -> Vec<G1Affine> {
        let mut all = vec![G1Affine::identity(); variables];
        for (variable, point) in self.variables.iter().zip(&self.points) {
            all[*variable as usize] = *point;
        }
        all
    }
}

/// What a prover needs for one circuit. Witnesses come from the circuit, all else from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvingKey {
    /// Circuit id, as in the verifying key.
    pub circuit_id: [u8; 32],
    /// Constraints.
    pub matrices: Matrices,
    pub(crate) alpha_g1: G1Affine,
    pub(crate) beta_g1: G1Affine,
    pub(crate) delta_g1: G1Affine,
    pub(crate) beta_g2: G2Affine,
    pub(crate) delta_g2: G2Affine,
    /// A of each variable.
    pub(crate) a: Query<G1Affine>,
    /// B of each variable, in both groups over the same variables.
    pub(crate) b_g1: Query<G1Affine>,
    pub(crate) b_g2: Vec<G2Affine>,
    /// What C has of each private variable, by its number among all.
    pub(crate) l: Query<G1Affine>,
    /// Powers of tau times the vanishing polynomial, over delta.
    pub(crate) h: Vec<G1Affine>,
}

/// Counts what goes through and hashes it.
struct Hashing<T> {
    inner: T,
    hasher: Sha256,
}

impl<T: Read> Read for Hashing<T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        Ok(n)
    }
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
        for point in [&self.alpha_g1, &self.beta_g1, &self.delta_g1] {
            write_point(point, &mut out)?;
        }
        for point in [&self.beta_g2, &self.delta_g2] {
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
        let hashing = Hashing { inner: reader, hasher: Sha256::new() };
        let mut buffered = io::BufReader::with_capacity(1 << 20, hashing);
        let failed = |e: io::Error| Error::new(Code::KeyDigest, format!("proving key: {e}."));
        let key = Self::read_unverified(&mut buffered).map_err(failed)?;
        let mut rest = [0; 1];
        let trailing = buffered.read(&mut rest).map_err(failed)? != 0;
        let found: [u8; 32] = buffered.into_inner().hasher.finalize().into();
        if trailing || found != *digest {
            let message = "proving key: its SHA-256 is not the one its verifying key names.";
            return Err(Error::new(Code::KeyDigest, message));
        }
        key.check().map_err(failed)?;
        Ok(key)
    }

    /// The same key as arkworks has it, to compare with it.
    pub fn to_arkworks(&self, key: &super::VerifyingKey) -> ark_groth16::ProvingKey<Bn254> {
        let m = &self.matrices;
        let mut b_g2_query = vec![G2Affine::identity(); m.variables];
        for (variable, point) in self.b_g1.variables.iter().zip(&self.b_g2) {
            b_g2_query[*variable as usize] = *point;
        }
        ark_groth16::ProvingKey {
            vk: key.into(),
            beta_g1: self.beta_g1,
            delta_g1: self.delta_g1,
            a_query: self.a.all(m.variables),
            b_g1_query: self.b_g1.all(m.variables),
            b_g2_query,
            h_query: self.h.clone(),
            l_query: self.l.all(m.variables).split_off(m.inputs),
        }
    }

    fn read_unverified(input: &mut impl Read) -> io::Result<Self> {
        let mut magic = [0; 8];
        input.read_exact(&mut magic)?;
        if magic != *MAGIC {
            return Err(invalid("not a proving key of this version"));
        }
        let mut circuit_id = [0; 32];
        input.read_exact(&mut circuit_id)?;
        let inputs = read_number(input)? as usize;
        let variables = read_number(input)? as usize;
        let coefficients = read_list(input, read_element)?;
        let mut side = || {
            Ok::<_, io::Error>(SparseMatrix {
                row_ends: read_list(input, read_number)?,
                columns: read_list(input, read_number)?,
                coefficients: read_list(input, read_number)?,
            })
        };
        let sides = [side()?, side()?, side()?];
        let matrices = Matrices { sides, coefficients, inputs, variables, names: Vec::new() };
        let alpha_g1 = read_point(input)?;
        let beta_g1 = read_point(input)?;
        let delta_g1 = read_point(input)?;
        let beta_g2 = read_point(input)?;
        let delta_g2 = read_point(input)?;
        let mut query = || {
            Ok::<_, io::Error>(Query {
                variables: read_list(input, read_number)?,
                points: read_list(input, read_point)?,
            })
        };
        let (a, b_g1, l) = (query()?, query()?, query()?);
        let b_g2 = read_list(input, read_point)?;
        let h = read_list(input, read_point)?;
        Ok(Self {
            circuit_id,
            matrices,
            alpha_g1,
            beta_g1,
            delta_g1,
            beta_g2,
            delta_g2,
            a,
            b_g1,
            b_g2,
            l,
            h,
        })
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
        let query_fits = |query: &Query<G1Affine>| {
            query.variables.len() == query.points.len()
                && query.variables.iter().all(|v| (*v as usize) < m.variables)
        };
        let fits = m.sides.iter().all(side_fits)
            && [&self.a, &self.b_g1, &self.l].into_iter().all(query_fits)
            && self.b_g1.points.len() == self.b_g2.len()
            && (1..=m.variables).contains(&m.inputs);
        if fits { Ok(()) } else { Err(invalid("its parts do not fit together")) }
    }
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
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

fn read_number<R: Read>(input: &mut R) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn read_list<R: Read, T>(
    input: &mut R,
    mut read: impl FnMut(&mut R) -> io::Result<T>,
) -> io::Result<Vec<T>> {
    let n = read_number(input)?;
    if n > MAX_COUNT {
        return Err(invalid("a count is out of range"));
    }
    // Grown as it is read: a damaged count must not allocate what the file does not hold.
    let mut list = Vec::with_capacity(n.min(1 << 16) as usize);
    for _ in 0..n {
        list.push(read(input)?);
    }
    Ok(list)
}
