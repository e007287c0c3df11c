//! Binary files of numbered sections.

use crate::error::{Code, Error, Result};
use ark_ff::{BigInteger, PrimeField};
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The head of a file: what it is and how many sections follow.
pub(super) fn write_head(
    out: &mut impl Write,
    magic: &[u8; 4],
    version: u32,
    sections: u32,
) -> io::Result<()> {
    out.write_all(magic)?;
    write_number(out, version as usize)?;
    write_number(out, sections as usize)
}

/// The head of a section of `length` bytes.
pub(super) fn write_section(out: &mut impl Write, number: u32, length: usize) -> io::Result<()> {
    write_number(out, number as usize)?;
    out.write_all(&(length as u64).to_le_bytes())
}

/// Four bytes.
pub(super) fn write_number(out: &mut impl Write, n: usize) -> io::Result<()> {
    let n = u32::try_from(n).map_err(|_| io::Error::other("a count does not fit 32 bits"))?;
    out.write_all(&n.to_le_bytes())
}

/// How wide an element is, and the modulus.
pub(super) fn write_field<P: PrimeField>(out: &mut impl Write) -> io::Result<()> {
    write_number(out, ELEMENT)?;
    out.write_all(&P::MODULUS.to_bytes_le())
}

/// Bytes of an element.
pub(super) const ELEMENT: usize = 32;
/// Bytes of what [`write_field`] writes.
pub(super) const FIELD: usize = 4 + ELEMENT;

/// A file whose sections are found by number.
pub(super) struct Sections<R> {
    input: R,
    pub(super) what: &'static str,
    /// Number, where it begins, how long it is.
    table: Vec<(u32, u64, u64)>,
}

/// Files of iden3's tools have at most 15 sections.
const MAX_SECTIONS: u32 = 32;

impl<R: Read + Seek> Sections<R> {
    /// Reads the heads of a file and of all its sections.
    ///
    /// # Errors
    /// [`Code::Malformed`] for another magic word or version, a section that is there twice or leads out of the file.
    pub(super) fn open(
        mut input: R,
        what: &'static str,
        magic: &[u8; 4],
        version: u32,
    ) -> Result<Self> {
        let end = input.seek(SeekFrom::End(0)).map_err(|e| failed(what, &e))?;
        input.rewind().map_err(|e| failed(what, &e))?;
        let mut file = Self { input, what, table: Vec::new() };
        let mut found = [0; 4];
        file.bytes(&mut found)?;
        if found != *magic || file.number()? != version {
            return Err(file.malformed("is not such a file of the version that is read here"));
        }
        let count = file.number()?;
        if count > MAX_SECTIONS {
            return Err(file.malformed("has too many sections"));
        }
        let mut at = 12;
        for _ in 0..count {
            let number = file.number()?;
            let mut length = [0; 8];
            file.bytes(&mut length)?;
            let length = u64::from_le_bytes(length);
            at += 12;
            if file.table.iter().any(|(other, ..)| *other == number) {
                return Err(file.malformed("has a section twice"));
            }
            if length > end.saturating_sub(at) {
                return Err(file.malformed("is cut short"));
            }
            file.table.push((number, at, length));
            at += length;
            file.input.seek(SeekFrom::Start(at)).map_err(|e| failed(what, &e))?;
        }
        if at != end {
            return Err(file.malformed("has bytes after its last section"));
        }
        Ok(file)
    }

    /// Goes to a section of `count` times `size` bytes. The product may be beyond a `usize` of 32 bits, which would be some other length.
    pub(super) fn section(&mut self, number: u32, count: usize, size: usize) -> Result<()> {
        if self.find(number)? != count as u64 * size as u64 {
            let fault = format!("has a section {number} of another length than its counts say");
            return Err(self.malformed(&fault));
        }
        Ok(())
    }

    /// Goes to a section and gives its length.
    pub(super) fn find(&mut self, number: u32) -> Result<u64> {
        let section = self.table.iter().find(|(found, ..)| *found == number);
        let Some((_, at, length)) = section.copied() else {
            return Err(self.malformed(&format!("has no section {number}")));
        };
        self.input.seek(SeekFrom::Start(at)).map_err(|e| failed(self.what, &e))?;
        Ok(length)
    }

    /// The next bytes.
    pub(super) fn bytes(&mut self, bytes: &mut [u8]) -> Result<()> {
        self.input.read_exact(bytes).map_err(|e| failed(self.what, &e))
    }

    /// Passes over bytes.
    pub(super) fn skip(&mut self, bytes: usize) -> Result<()> {
        let moved = self.input.seek_relative(bytes as i64);
        moved.map_err(|e| failed(self.what, &e))
    }

    /// The next number of four bytes.
    pub(super) fn number(&mut self) -> Result<u32> {
        let mut bytes = [0; 4];
        self.bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// The next 32 bytes as an integer, which must be below the modulus.
    pub(super) fn integer<P: PrimeField>(&mut self) -> Result<P::BigInt> {
        let mut bytes = [0; ELEMENT];
        self.bytes(&mut bytes)?;
        let mut integer = P::BigInt::default();
        for (limb, bytes) in integer.as_mut().iter_mut().zip(bytes.chunks_exact(8)) {
            *limb = bytes.iter().rev().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        }
        if integer < P::MODULUS {
            Ok(integer)
        } else {
            Err(self.malformed("has a number that is not below its modulus"))
        }
    }

    /// Demands the field that [`write_field`] writes.
    pub(super) fn field<P: PrimeField>(&mut self) -> Result<()> {
        let mut expected = Vec::with_capacity(FIELD);
        write_field::<P>(&mut expected).map_err(|e| failed(self.what, &e))?;
        let mut found = [0; FIELD];
        self.bytes(&mut found)?;
        if found == *expected { Ok(()) } else { Err(self.malformed("is not over BN254")) }
    }

    /// What to say of a file that is not what it claims to be.
    pub(super) fn malformed(&self, fault: &str) -> Error {
        Error::new(Code::Malformed, format!("{} {fault}.", self.what))
    }
}

fn failed(what: &str, e: &io::Error) -> Error {
    Error::new(Code::Malformed, format!("{what} cannot be read: {e}."))
}
