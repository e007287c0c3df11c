//! The text of a document on its way to a parser: checked to be UTF-8, its lines counted, its tokens bounded.

use std::io::{self, BufRead, Read};

use super::error::{Fault, Place, Problem, Result};

const CHUNK: usize = 64 * 1024;
/// Longest stretch a parser may swallow without finishing a tag, text or record. It bounds the parser's own buffer.
const TOKEN: u64 = 1 << 20;

pub(super) struct Source<'a> {
    inner: Box<dyn Read + 'a>,
    buffer: Box<[u8]>,
    from: usize,
    until: usize,
    /// Bytes read of this document.
    read: u64,
    consumed: u64,
    mark: u64,
    line: u64,
    utf8: Utf8,
}

impl<'a> Source<'a> {
    pub(super) fn new(inner: impl Read + 'a) -> Self {
        Self {
            inner: Box::new(inner),
            buffer: vec![0; CHUNK].into_boxed_slice(),
            from: 0,
            until: 0,
            read: 0,
            consumed: 0,
            mark: 0,
            line: 1,
            utf8: Utf8::default(),
        }
    }

    /// Line of the next byte, counted from 1.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    /// Tells that a token ended here.
    pub(super) fn mark(&mut self) {
        self.mark = self.consumed;
    }

    /// The next bytes without taking them: `most`, or as many as the file still has.
    pub(super) fn peek(&mut self, most: usize) -> Result<&[u8]> {
        while self.until - self.from < most.min(CHUNK) {
            self.buffer.copy_within(self.from..self.until, 0);
            (self.from, self.until) = (0, self.until - self.from);
            if self.read_more().map_err(|e| Fault::from_io(&e))? == 0 {
                break;
            }
        }
        let end = self.until.min(self.from + most);
        Ok(&self.buffer[self.from..end])
    }

    /// Adds the next line without its line feed, of at most `limit` bytes. Whether there was one.
    pub(super) fn line_into(&mut self, line: &mut Vec<u8>, limit: usize) -> Result<bool> {
        let mut found = false;
        loop {
            self.mark();
            let chunk = self.fill_buf().map_err(|e| Fault::from_io(&e))?;
            if chunk.is_empty() {
                return Ok(found);
            }
            found = true;
            let end = chunk.iter().position(|&b| b == b'\n');
            let piece = &chunk[..end.unwrap_or(chunk.len())];
            if line.len() + piece.len() > limit {
                let problem = Problem::TokenTooLong { limit: limit as u64 };
                return Err(Fault::at(Place::Line(self.line), problem));
            }
            line.extend_from_slice(piece);
            let taken = piece.len() + usize::from(end.is_some());
            self.consume(taken);
            if end.is_some() {
                return Ok(true);
            }
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        if self.consumed - self.mark > TOKEN {
            let problem = Problem::TokenTooLong { limit: TOKEN };
            return Err(Fault::at(Place::Line(self.line), problem).into_io());
        }
        (self.from, self.until) = (0, 0);
        self.read_more().map(drop)
    }

    /// Reads into what is free of the buffer.
    fn read_more(&mut self) -> io::Result<usize> {
        let n = loop {
            match self.inner.read(&mut self.buffer[self.until..]) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        let chunk = &self.buffer[self.until..self.until + n];
        if let Err(back) = self.utf8.feed(chunk) {
            let place = Place::Byte((self.read + back.0).saturating_sub(back.1));
            return Err(Fault::at(place, Problem::NotUtf8).into_io());
        }
        self.read += n as u64;
        self.until += n;
        Ok(n)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.from == self.until {
            self.refill()?;
        }
        Ok(&self.buffer[self.from..self.until])
    }

    fn consume(&mut self, n: usize) {
        let to = (self.from + n).min(self.until);
        let taken = &self.buffer[self.from..to];
        self.line += taken.iter().filter(|&&b| b == b'\n').count() as u64;
        self.consumed += taken.len() as u64;
        self.from = to;
    }
}

impl Read for Source<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.fill_buf()?.read(out)?;
        self.consume(n);
        Ok(n)
    }
}

/// Checks UTF-8 chunk by chunk; a character may straddle two chunks.
#[derive(Default)]
struct Utf8 {
    tail: [u8; 4],
    len: usize,
}

impl Utf8 {
    /// An empty chunk is the end. The error is where the bad character begins: bytes after, and bytes before, this
    /// chunk's first.
    fn feed(&mut self, chunk: &[u8]) -> Result<(), (u64, u64)> {
        let before = self.len as u64;
        if chunk.is_empty() {
            return if self.len == 0 { Ok(()) } else { Err((0, before)) };
        }
        let mut rest = chunk;
        while self.len > 0 {
            let Some((&byte, after)) = rest.split_first() else { return Ok(()) };
            self.tail[self.len] = byte;
            self.len += 1;
            rest = after;
            match std::str::from_utf8(&self.tail[..self.len]) {
                Ok(_) => self.len = 0,
                // Four bytes are always a whole character or an error, so the tail cannot overflow.
                Err(e) if e.error_len().is_some() => return Err((0, before)),
                Err(_) => {}
            }
        }
        let Err(e) = std::str::from_utf8(rest) else { return Ok(()) };
        let skipped = (chunk.len() - rest.len()) as u64;
        if e.error_len().is_some() {
            return Err((skipped + e.valid_up_to() as u64, 0));
        }
        let tail = &rest[e.valid_up_to()..];
        self.tail[..tail.len()].copy_from_slice(tail);
        self.len = tail.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn utf8_across_every_split() {
        let text = "a€😀é z".as_bytes();
        for cut in 1..text.len() {
            let mut check = Utf8::default();
            check.feed(&text[..cut]).unwrap();
            check.feed(&text[cut..]).unwrap();
            check.feed(&[]).unwrap();
        }
        let mut check = Utf8::default();
        check.feed(&[b'a', 0xe2, 0x82]).unwrap();
        assert_eq!(check.feed(b"x"), Err((0, 2)));
        assert_eq!(Utf8::default().feed(&[b'a', 0xff]), Err((1, 0)));
        let mut check = Utf8::default();
        check.feed(&[0xf0]).unwrap();
        assert_eq!(check.feed(&[]), Err((0, 1)));
    }

    #[test]
    fn lines_and_looking_ahead() {
        let mut source = Source::new(&b"a\nb\nc"[..]);
        assert_eq!(source.peek(3).unwrap(), b"a\nb");
        let mut line = Vec::new();
        assert!(source.line_into(&mut line, 1).unwrap());
        assert_eq!((&line[..], source.line()), (&b"a"[..], 2));
        source.read_exact(&mut [0; 2]).unwrap();
        assert_eq!(source.line(), 3);
        line.clear();
        assert!(source.line_into(&mut line, 1).unwrap());
        assert!(!source.line_into(&mut line, 1).unwrap());
        let long = Source::new(&b"ab"[..]).line_into(&mut Vec::new(), 1).unwrap_err();
        assert_eq!(long.problem, Problem::TokenTooLong { limit: 1 });
    }
}
