//! The chain of lines: each ends with the SHA-256 of the digest before it and its own bytes up to there.

use std::io::{self, BufRead, Read};

use sha2::{Digest, Sha256};
use wattproof_circuits::format::RegistryRecord;

/// What the first line's digest follows on.
pub(crate) const ORIGIN: [u8; 32] = [0; 32];

/// Most bytes of a line. The longest event has some 1,100.
const MAX_LINE: u64 = 4 << 10;

const MEMBER: &[u8] = b",\"digest\":\"";
const END: &[u8] = b"\"}";
/// Bytes of a line from the digest's member on.
const TAIL: usize = MEMBER.len() + 64 + END.len();

fn next(head: &[u8; 32], body: &[u8]) -> [u8; 32] {
    Sha256::new_with_prefix(head).chain_update(body).finalize().into()
}

/// A digest in lower-case hex.
pub(crate) fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Appends a record's line to `text`; gives the new head.
pub(crate) fn write(text: &mut String, head: &[u8; 32], record: &RegistryRecord) -> [u8; 32] {
    let json = record.to_json();
    let body = json.strip_suffix('}').unwrap_or(&json);
    let head = next(head, body.as_bytes());
    *text += body;
    *text += ",\"digest\":\"";
    *text += &hex(&head);
    *text += "\"}\n";
    head
}

/// A line without its line feed, if it follows on `head`: its bytes up to the digest, and the digest.
fn follow<'a>(head: &[u8; 32], line: &'a [u8]) -> Option<(&'a [u8], [u8; 32])> {
    let (body, tail) = line.split_at_checked(line.len().checked_sub(TAIL)?)?;
    let digest = next(head, body);
    let stated = tail.strip_prefix(MEMBER)?.strip_suffix(END)?;
    (stated == hex(&digest).as_bytes()).then_some((body, digest))
}

/// Whether a line, read where a line must end, has this digest.
pub(crate) fn ends_with(line: &[u8], digest: &[u8; 32]) -> bool {
    line.strip_suffix(b"\n")
        .and_then(|line| line.strip_suffix(END))
        .is_some_and(|line| line.ends_with(hex(digest).as_bytes()))
}

/// What comes next in a log.
pub(crate) enum Next {
    /// An event, chained to the one before.
    Record(Box<RegistryRecord>),
    /// Nothing.
    End,
    /// The beginning of a line: whoever wrote it was interrupted.
    Torn,
    /// Something else than what was written.
    Damaged(String),
}

/// Reads a log line by line.
pub(crate) struct Lines<R> {
    input: R,
    pub(crate) head: [u8; 32],
    /// Lines read.
    pub(crate) count: u64,
    /// Bytes of these lines.
    pub(crate) length: u64,
    line: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Of an input that stands behind a line with digest `head`.
    pub(crate) fn new(input: R, head: [u8; 32], count: u64, length: u64) -> Self {
        Self { input, head, count, length, line: Vec::new() }
    }

    pub(crate) fn next(&mut self) -> io::Result<Next> {
        self.line.clear();
        let read = self.input.by_ref().take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        let damaged = |what: &str| Ok(Next::Damaged(what.into()));
        if read == 0 {
            return Ok(Next::End);
        }
        let Some(line) = self.line.strip_suffix(b"\n") else {
            if self.line.len() as u64 >= MAX_LINE {
                return damaged("too long");
            }
            // A write that broke off leaves the beginning of a line, not a line with another end.
            let before = self.line.len() - 1;
            if follow(&self.head, &self.line[..before]).is_some() {
                return damaged("its line feed was changed");
            }
            return Ok(Next::Torn);
        };
        let Some((body, digest)) = follow(&self.head, line) else {
            return damaged("its digest does not follow from it and the line before");
        };
        let mut json = body.to_vec();
        json.push(b'}');
        match RegistryRecord::from_json(&json) {
            Err(refusal) => Ok(Next::Damaged(refusal.message().to_owned())),
            Ok(record) => {
                self.head = digest;
                self.count += 1;
                self.length += read as u64;
                Ok(Next::Record(Box::new(record)))
            }
        }
    }
}
