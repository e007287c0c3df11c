//! Documents that must be whole before they can be understood.

use std::io::BufRead;

use super::error::{Fault, Problem, Result};
use super::source::Source;

/// Longest one.
pub(super) const LIMIT: usize = 64 << 20;

/// Reads a text to its end.
pub(super) fn whole(source: &mut Source<'_>) -> Result<String> {
    String::from_utf8(bytes(source)?).map_err(|_| Fault::file(Problem::NotUtf8))
}

/// Reads a document to its end.
pub(super) fn bytes(source: &mut Source<'_>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let chunk = source.fill_buf().map_err(|e| Fault::from_io(&e))?;
        let n = chunk.len();
        if n == 0 {
            break;
        }
        if bytes.len() + n > LIMIT {
            return Err(Fault::file(Problem::TooLarge { limit: LIMIT as u64 }));
        }
        bytes.extend_from_slice(chunk);
        source.consume(n);
        source.mark();
    }
    Ok(bytes)
}
