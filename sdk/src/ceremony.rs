//! Contributing to a ceremony. What is secret never leaves this memory, and is wiped in it.

use crate::error::JsError;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use wasm_bindgen::prelude::*;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::iden3::Zkey;
use wattproof_circuits::random;
use wattproof_circuits::setup::ceremony::{Check, Refusal, check_open, contribute_watched, steps};
use zeroize::Zeroizing;

/// Bytes that cross the border at once.
const PIECE: usize = 1 << 16;

#[wasm_bindgen]
extern "C" {
    /// The key's file before and after, as JavaScript holds them: no copy of either is in this memory.
    #[wasm_bindgen(
        typescript_type = "{ length(): number; read(at: number, into: Uint8Array): void; begin(length: number): void; \
            write(at: number, bytes: Uint8Array): void; done(points: number, all: number): void }"
    )]
    pub type Desk;

    /// Bytes of the file before.
    #[wasm_bindgen(method, structural)]
    fn length(this: &Desk) -> f64;

    /// Copies bytes of the file before, which are there.
    #[wasm_bindgen(method, structural)]
    fn read(this: &Desk, at: f64, into: &mut [u8]);

    /// The file before is read; the one after has so many bytes.
    #[wasm_bindgen(method, structural)]
    fn begin(this: &Desk, length: f64);

    /// Takes bytes of the file after.
    #[wasm_bindgen(method, structural)]
    fn write(this: &Desk, at: f64, bytes: &[u8]);

    /// So many points are done, of `all`.
    #[wasm_bindgen(method, structural)]
    fn done(this: &Desk, points: f64, all: f64);
}

/// A place in one of the files.
struct Place<'a> {
    desk: &'a Desk,
    at: u64,
    length: u64,
}

impl Read for Place<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.length.saturating_sub(self.at).min(buffer.len() as u64) as usize;
        self.desk.read(self.at as f64, &mut buffer[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Place<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl Write for Place<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.desk.write(self.at as f64, bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Only counts.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Goes on from the `.zkey` on the desk with a secret of the platform's randomness, into which `entropy` is stirred. Gives
/// `{ circuitHash, contribution, hash }` as JSON: which contribution it is, counted from 1, and hashes in hex.
#[wasm_bindgen]
pub fn contribute(desk: &Desk, name: &str, entropy: Vec<u8>) -> Result<String, JsError> {
    let entropy = Zeroizing::new(entropy);
    let before = Place { desk, at: 0, length: desk.length() as u64 };
    let mut key = Zkey::read(BufReader::with_capacity(PIECE, before))?;
    check_open(&key, name).map_err(closed)?;

    let (all, done) = (key.l.len() + key.h.len(), AtomicUsize::new(0));
    let watch = |points| {
        let done = done.fetch_add(points, Ordering::Relaxed) + points;
        desk.done(done as f64, all as f64);
    };
    contribute_watched(&mut key, name, &mut random::rng_stirred(&entropy)?, &watch);

    let failed = |e: io::Error| Error::new(Code::OutOfRange, format!("zkey: {e}."));
    let mut count = Count(0);
    key.write(&mut count).map_err(failed)?;
    desk.begin(count.0 as f64);
    let after = Place { desk, at: 0, length: count.0 };
    let mut file = BufWriter::with_capacity(PIECE, after);
    key.write(&mut file).and_then(|()| file.flush()).map_err(failed)?;
    let mine = steps(&key).pop();
    let told = serde_json::json!({
        "circuitHash": hex(&key.circuit_hash),
        "contribution": key.contributions.len(),
        "hash": mine.map(|step| hex(&step.hash)),
    });
    Ok(told.to_string())
}

fn closed(refusal: Refusal) -> Error {
    let (code, place) = match refusal.check {
        Check::SameName | Check::Unnamed => (Code::OutOfRange, "name"),
        _ => (Code::Malformed, "zkey"),
    };
    Error::new(code, format!("{place}: takes no contribution: {refusal}."))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
