//! Points of a proving key as raw coordinates, read without checks. Fenced: only for files whose digest is pinned, since a
//! wrong point here would spoil proofs, and the check of the digest comes after the reading.

use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::fields::{Fp, FpConfig};
use ark_ff::{BigInteger, Fp2, Fp2Config, PrimeField};
use std::io::{self, Read, Write};

/// A coordinate: one or two elements of 32 bytes, little-endian.
pub(super) trait Coordinate: Sized {
    fn read(reader: &mut impl Read) -> io::Result<Self>;
    fn write(&self, writer: &mut impl Write) -> io::Result<()>;
}

impl<C: FpConfig<4>> Coordinate for Fp<C, 4> {
    fn read(reader: &mut impl Read) -> io::Result<Self> {
        read_element(reader)
    }

    fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        write_element(self, writer)
    }
}

impl<C: Fp2Config<Fp: Coordinate>> Coordinate for Fp2<C> {
    fn read(reader: &mut impl Read) -> io::Result<Self> {
        Ok(Self::new(Coordinate::read(reader)?, Coordinate::read(reader)?))
    }

    fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        self.c0.write(writer)?;
        self.c1.write(writer)
    }
}

/// A point as its two coordinates; never the identity.
pub(super) fn read_point<P>(reader: &mut impl Read) -> io::Result<Affine<P>>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    let (x, y) = (Coordinate::read(reader)?, Coordinate::read(reader)?);
    Ok(Affine::new_unchecked(x, y))
}

pub(super) fn write_point<P>(point: &Affine<P>, writer: &mut impl Write) -> io::Result<()>
where
    P: SWCurveConfig<BaseField: Coordinate>,
{
    point.x.write(writer)?;
    point.y.write(writer)
}

pub(super) fn read_element<P: PrimeField>(reader: &mut impl Read) -> io::Result<P> {
    let mut bytes = [0; 32];
    reader.read_exact(&mut bytes)?;
    let mut bits = P::BigInt::default();
    for (limb, chunk) in bits.as_mut().iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    let invalid =
        || io::Error::new(io::ErrorKind::InvalidData, "a number is not below its modulus");
    P::from_bigint(bits).ok_or_else(invalid)
}

pub(super) fn write_element<P: PrimeField>(x: &P, writer: &mut impl Write) -> io::Result<()> {
    writer.write_all(&x.into_bigint().to_bytes_le())
}
