//! The device's memory: records appended to one of two banks.
//!
//! A record is kind, a check of the header, length (two bytes), payload, zeros up to a multiple of eight bytes, and a check of eight: seven bytes of
//! SHA-512 over the check before and the record, then 0x5A. So no record is taken for one at another place, none ends like erased
//! flash, and what a power cut leaves of one is told from a whole one.
//!
//! A bank counts from its [`COMMIT`] record on. When one is full, or has a torn end, what still matters is written to the other
//! under the next generation; until that is committed, the old one counts.

use sha2::{Digest, Sha512};

use crate::error::{Error, Result};

/// One of the two banks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bank {
    /// The first.
    A,
    /// The second.
    B,
}

impl Bank {
    pub(crate) const BOTH: [Self; 2] = [Self::A, Self::B];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// The storage could not do it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StorageFault;

impl From<StorageFault> for Error {
    fn from(_: StorageFault) -> Self {
        Self::Storage
    }
}

/// Two banks of flash, or two files. All appended lengths are multiples of eight.
///
/// A power cut may leave any beginning of what was being appended, or of what a bank held when it was being erased.
pub trait Storage {
    /// Fills `buffer` from `offset` on; how many bytes there were.
    ///
    /// # Errors
    /// [`StorageFault`] if the bank cannot be read.
    fn read(&mut self, bank: Bank, offset: usize, buffer: &mut [u8])
    -> Result<usize, StorageFault>;

    /// Appends. When this returns, a power cut does not undo it.
    ///
    /// # Errors
    /// [`StorageFault`] if not all was written for good.
    fn append(&mut self, bank: Bank, bytes: &[u8]) -> Result<(), StorageFault>;

    /// Empties a bank. When this returns, a power cut does not undo it.
    ///
    /// # Errors
    /// [`StorageFault`] if the bank may not be empty.
    fn erase(&mut self, bank: Bank) -> Result<(), StorageFault>;

    /// Bytes that a bank holds.
    fn capacity(&self) -> usize;
}

pub(crate) const BEGIN: u8 = 1;
pub(crate) const KEPT: u8 = 2;
pub(crate) const GRANT: u8 = 3;
pub(crate) const COMMIT: u8 = 4;
pub(crate) const READING: u8 = 5;
pub(crate) const UNTIL: u8 = 6;
pub(crate) const CLOSED: u8 = 7;
pub(crate) const REVOKE: u8 = 8;
pub(crate) const COLLECTED: u8 = 9;

const HEADER: usize = 4;
const CHECK: usize = 8;
const MARK: u8 = 0x5a;

/// Most bytes of a payload.
pub(crate) const PAYLOAD: usize = 156;
const RECORD: usize = HEADER + PAYLOAD + CHECK;

type Check = [u8; CHECK];

/// What a record says.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) kind: u8,
    length: usize,
    payload: [u8; PAYLOAD],
}

impl Record {
    /// A record of parts, together at most [`PAYLOAD`] bytes.
    pub(crate) fn new(kind: u8, parts: &[&[u8]]) -> Self {
        let (mut payload, mut length) = ([0; PAYLOAD], 0);
        for part in parts {
            if let Some(place) = payload.get_mut(length..length + part.len()) {
                place.copy_from_slice(part);
                length += part.len();
            }
        }
        debug_assert_eq!(length, parts.iter().map(|part| part.len()).sum::<usize>());
        Self { kind, length, payload }
    }

    /// Bytes that it takes in a bank.
    pub(crate) fn size(&self) -> usize {
        (HEADER + self.length).next_multiple_of(8) + CHECK
    }

    /// The payload from `at` on, as many bytes as are asked for.
    pub(crate) fn part<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        let part = self.payload[..self.length].get(at..at + N).ok_or(Error::Damaged)?;
        part.try_into().map_err(|_| Error::Damaged)
    }

    pub(crate) fn u32(&self, at: usize) -> Result<u32> {
        self.part(at).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&self, at: usize) -> Result<u64> {
        self.part(at).map(u64::from_le_bytes)
    }

    pub(crate) fn element(&self, at: usize) -> Result<crate::field::F> {
        crate::field::F::from_bytes(&self.part(at)?).ok_or(Error::Damaged)
    }

    /// As it is written, and its check.
    fn encode(&self, before: &Check) -> ([u8; RECORD], Check) {
        let (mut bytes, end) = ([0; RECORD], self.size() - CHECK);
        let [low, high] = (self.length as u16).to_le_bytes();
        bytes[..HEADER].copy_from_slice(&[
            self.kind,
            header_check(self.kind, low, high),
            low,
            high,
        ]);
        bytes[HEADER..HEADER + self.length].copy_from_slice(&self.payload[..self.length]);
        let check = check(before, &bytes[..end]);
        bytes[end..end + CHECK].copy_from_slice(&check);
        (bytes, check)
    }
}

/// So that a length that was damaged does not make a torn end of what follows.
fn header_check(kind: u8, low: u8, high: u8) -> u8 {
    kind ^ low.rotate_left(3) ^ high.rotate_left(5) ^ 0xa5
}

fn check(before: &Check, bytes: &[u8]) -> Check {
    let hasher = Sha512::new_with_prefix("wattproof/journal/1/").chain_update(before);
    let digest = hasher.chain_update(bytes).finalize();
    let mut check = [MARK; CHECK];
    check[..CHECK - 1].copy_from_slice(&digest[..CHECK - 1]);
    check
}

/// A place in a bank: the end of what was read or written.
#[derive(Clone, Copy)]
pub(crate) struct Cursor {
    pub(crate) bank: Bank,
    pub(crate) offset: usize,
    check: Check,
}

/// What comes next in a bank.
pub(crate) enum Next {
    Record(Record),
    End,
    /// Part of a record, as a power cut leaves it.
    Torn,
}

impl Cursor {
    pub(crate) fn start(bank: Bank) -> Self {
        Self { bank, offset: 0, check: [0; CHECK] }
    }

    /// # Errors
    /// [`Error::Damaged`] for what no power cut leaves: more than one record that is none.
    pub(crate) fn next<S: Storage>(&mut self, storage: &mut S) -> Result<Next> {
        let mut bytes = [0; RECORD + 1];
        let there = storage.read(self.bank, self.offset, &mut bytes)?;
        if there == 0 {
            return Ok(Next::End);
        }
        let length = usize::from(u16::from_le_bytes([bytes[2], bytes[3]])).min(PAYLOAD);
        let mut record = Record { kind: bytes[0], length, payload: [0; PAYLOAD] };
        record.payload[..length].copy_from_slice(&bytes[HEADER..HEADER + length]);
        let (whole, check) = record.encode(&self.check);
        let size = record.size();
        if there >= size && whole[..size] == bytes[..size] {
            (self.offset, self.check) = (self.offset + size, check);
            return Ok(Next::Record(record));
        }
        // A record that was only in part written is the last.
        let torn = match bytes[..HEADER] {
            _ if there < HEADER => true,
            [0, 0, 0, 0] => there <= RECORD,
            _ => whole[..HEADER] == bytes[..HEADER] && there <= size,
        };
        if torn { Ok(Next::Torn) } else { Err(Error::Damaged) }
    }

    /// # Errors
    /// [`Error::Full`] before anything is written; [`Error::Storage`].
    pub(crate) fn append<S: Storage>(&mut self, storage: &mut S, record: &Record) -> Result<()> {
        let (bytes, check) = record.encode(&self.check);
        let size = record.size();
        if self.offset + size > storage.capacity() {
            return Err(Error::Full);
        }
        storage.append(self.bank, &bytes[..size])?;
        (self.offset, self.check) = (self.offset + size, check);
        Ok(())
    }
}
