//! A file's bytes as they come: bounded, counted, hashed and shown to whoever watches.

use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};

use super::error::{Fault, Problem};

const CHUNK: usize = 64 * 1024;

pub(super) struct Raw<'a> {
    inner: Box<dyn Read + 'a>,
    progress: &'a mut dyn FnMut(u64),
    buffer: Box<[u8]>,
    from: usize,
    until: usize,
    read: u64,
    limit: u64,
    hash: Sha256,
}

/// What is known of a file once it is read to its end.
pub(super) struct Fingerprint {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl<'a> Raw<'a> {
    pub(super) fn new(inner: impl Read + 'a, limit: u64, progress: &'a mut dyn FnMut(u64)) -> Self {
        Self {
            inner: Box::new(inner),
            progress,
            buffer: vec![0; CHUNK].into_boxed_slice(),
            from: 0,
            until: 0,
            read: 0,
            limit,
            hash: Sha256::new(),
        }
    }

    /// The next bytes without taking them: `most`, or as many as the file still has.
    pub(super) fn peek(&mut self, most: usize) -> io::Result<&[u8]> {
        while self.until - self.from < most.min(CHUNK) {
            self.buffer.copy_within(self.from..self.until, 0);
            (self.from, self.until) = (0, self.until - self.from);
            if self.read_more()? == 0 {
                break;
            }
        }
        let end = self.until.min(self.from + most);
        Ok(&self.buffer[self.from..end])
    }

    /// Reads what is left and gives the fingerprint.
    pub(super) fn finish(mut self) -> io::Result<Fingerprint> {
        loop {
            let n = self.fill_buf()?.len();
            if n == 0 {
                break;
            }
            self.consume(n);
        }
        let sha256 = self.hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(Fingerprint { bytes: self.read, sha256 })
    }

    /// How many bytes were taken.
    pub(super) fn taken(&self) -> u64 {
        self.read - (self.until - self.from) as u64
    }

    fn read_more(&mut self) -> io::Result<usize> {
        let n = loop {
            match self.inner.read(&mut self.buffer[self.until..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.hash.update(&self.buffer[self.until..self.until + n]);
        self.until += n;
        self.read += n as u64;
        if self.read > self.limit {
            return Err(Fault::file(Problem::TooLarge { limit: self.limit }).into_io());
        }
        (self.progress)(self.read);
        Ok(n)
    }
}

impl BufRead for Raw<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.from == self.until {
            (self.from, self.until) = (0, 0);
            self.read_more()?;
        }
        Ok(&self.buffer[self.from..self.until])
    }

    fn consume(&mut self, n: usize) {
        self.from = (self.from + n).min(self.until);
    }
}

impl Read for Raw<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn counts_hashes_and_limits() {
        let mut seen = 0;
        let mut progress = |n| seen = n;
        let mut raw = Raw::new(&b"abcde"[..], 5, &mut progress);
        assert_eq!(raw.peek(2).unwrap(), b"ab");
        assert_eq!(raw.peek(9).unwrap(), b"abcde");
        raw.read_exact(&mut [0; 4]).unwrap();
        assert_eq!(raw.taken(), 4);
        let print = raw.finish().unwrap();
        assert_eq!((print.bytes, print.sha256.len()), (5, 64));
        assert_eq!(seen, 5);
        let mut quiet = |_| {};
        let error = Raw::new(&b"123456"[..], 5, &mut quiet).finish().err().unwrap();
        assert_eq!(Fault::from_io(&error).problem, Problem::TooLarge { limit: 5 });
    }
}
