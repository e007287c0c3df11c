//! Points of a proving key as raw coordinates, read without checks. Fenced: only for files whose digest is pinned, since a
//! wrong point here would spoil proofs, and the check of the digest comes after the reading.

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ff::{BigInteger, PrimeField};
use std::io::{self, Read, Write};

/// A point as coordinates of 32 bytes, little-endian; none is the identity.
pub(super) trait RawPoint: Sized {
    fn read(reader: &mut impl Read) -> io::Result<Self>;
    fn write(&self, writer: &mut impl Write) -> io::Result<()>;
}

pub(super) fn read_element<P: PrimeField>(reader: &mut impl Read) -> io::Result<P> {
    let mut bytes = [0; 32];
    reader.read_exact(&mut bytes)?;
    let mut bits = P::BigInt::default();
    for (limb, chunk) in bits.as_mut().iter_mut().zip(bytes.chunks_exact(8)) {
        *limb = chunk.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
    }
    let invalid = || io::Error::new(io::ErrorKind::InvalidData, "a number is not below its modulus");
    P::from_bigint(bits).ok_or_else(invalid)
}

pub(super) fn write_element<P: PrimeField>(x: &P, writer: &mut impl Write) -> io::Result<()> {
    writer.write_all(&x.into_bigint().to_bytes_le())
}

impl RawPoint for G1Affine {
    fn read(reader: &mut impl Read) -> io::Result<Self> {
        let (x, y): (Fq, Fq) = (read_element(reader)?, read_element(reader)?);
        Ok(Self::new_unchecked(x, y))
    }

    fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        write_element(&self.x, writer)?;
        write_element(&self.y, writer)
    }
}

impl RawPoint for G2Affine {
    fn read(reader: &mut impl Read) -> io::Result<Self> {
        let mut element = || Ok::<_, io::Error>(Fq2::new(read_element(reader)?, read_element(reader)?));
        let (x, y) = (element()?, element()?);
        Ok(Self::new_unchecked(x, y))
    }

    fn write(&self, writer: &mut impl Write) -> io::Result<()> {
        for x in [self.x, self.y] {
            write_element(&x.c0, writer)?;
            write_element(&x.c1, writer)?;
        }
        Ok(())
    }
}
