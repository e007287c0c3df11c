//! A registry's entries and nodes at one place of its log, so that nobody need hash them again.
//!
//! | bytes | what |
//! | --- | --- |
//! | 29 | `wattproof/registry-snapshot/1` |
//! | 32 | digest of the log's last line then |
//! | 4 × 8 | that log's lines, bytes, time of last event, number of roots |
//! | 40 each | the roots: element, since when |
//! | | depth, entries and nodes: `format::registry_snapshot` |
//! | 32 | SHA-256 of all before |
//!
//! The digest finds accidents. What a snapshot says is believed because it lies beside a log whose line it names, and because every path
//! is followed up to a root that the log states.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wattproof_circuits::error::Error as Refusal;
use wattproof_circuits::format::registry_snapshot::{
    read_element, read_number, read_registry, write_element, write_registry,
};
use wattproof_circuits::meter::Registry;

use crate::log::Log;
use crate::{Error, Result};

const MAGIC: &[u8; 29] = b"wattproof/registry-snapshot/1";
/// Bytes before the roots.
const HEADER: u64 = 29 + 32 + 4 * 8;

/// Where the snapshot of a log is.
pub(crate) fn place(log: &Path) -> PathBuf {
    crate::store::beside(log, ".snapshot")
}

/// Passes bytes on and hashes them.
struct Hashed<T> {
    inner: T,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes the snapshot of a log, in one step.
pub(crate) fn save(log_path: &Path, log: &Log, registry: &Registry) -> Result<()> {
    let path = place(log_path);
    let write = || -> io::Result<()> {
        let file = NamedTempFile::new_in(crate::store::folder(&path))?;
        let inner = BufWriter::with_capacity(1 << 20, file);
        let mut out = Hashed { inner, hash: Sha256::new() };
        out.write_all(MAGIC)?;
        out.write_all(&log.head)?;
        for number in [log.lines, log.length, log.time, log.roots.len() as u64] {
            out.write_all(&number.to_le_bytes())?;
        }
        for (root, since) in &log.roots {
            write_element(root, &mut out)?;
            out.write_all(&since.to_le_bytes())?;
        }
        write_registry(registry, &mut out)?;
        let Hashed { inner: mut out, hash } = out;
        out.write_all(&hash.finalize())?;
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        crate::store::publish(file.as_file())?;
        file.persist(&path)?;
        Ok(())
    };
    write().map_err(Error::unwritable(&path))
}

/// Reads the snapshot beside a log: the registry, and the log's state then, with `begin` for what the first line says. None if there is
/// none, or it is damaged: then the log is read instead.
pub(crate) fn load(log_path: &Path, begin: &Log) -> Result<Option<(Registry, Log)>> {
    let path = place(log_path);
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::unreadable(&path)(e)),
    };
    let length = file.metadata().map_err(Error::unreadable(&path))?.len();
    Ok(read(BufReader::with_capacity(1 << 20, file), length, begin).ok())
}

/// A damaged snapshot is no reason to fail, whatever is wrong with it.
struct Unusable;

impl From<Refusal> for Unusable {
    fn from(_: Refusal) -> Self {
        Self
    }
}

impl From<io::Error> for Unusable {
    fn from(_: io::Error) -> Self {
        Self
    }
}

fn read(mut file: BufReader<File>, length: u64, begin: &Log) -> Result<(Registry, Log), Unusable> {
    let body = length.checked_sub(32).ok_or(Unusable)?;
    let mut input = Hashed { inner: file.by_ref().take(body), hash: Sha256::new() };
    let (mut magic, mut head) = ([0; 29], [0; 32]);
    input.read_exact(&mut magic)?;
    input.read_exact(&mut head)?;
    if &magic != MAGIC {
        return Err(Unusable);
    }
    let mut number = || read_number(&mut input);
    let (lines, log_length, time, count) = (number()?, number()?, number()?, number()?);
    let taken =
        count.checked_mul(40).and_then(|bytes| bytes.checked_add(HEADER)).ok_or(Unusable)?;
    // No more is allocated than the file fills.
    let rest = body.checked_sub(taken).ok_or(Unusable)?;
    let mut roots = Vec::with_capacity(usize::try_from(count).map_err(|_| Unusable)?);
    for _ in 0..count {
        roots.push((read_element(&mut input)?, read_number(&mut input)?));
    }
    let registry = read_registry(&mut input, rest)?;
    let digest = input.hash.finalize();
    let mut stated = [0; 32];
    file.read_exact(&mut stated)?;
    let fits = registry.depth() == begin.depth
        && roots.last().is_some_and(|(root, _)| *root == registry.root());
    if digest[..] != stated || !fits {
        return Err(Unusable);
    }
    Ok((registry, Log { head, lines, length: log_length, time, roots, ..begin.clone() }))
}
