//! One closed block as a device hands it to its gateway, `block/1`: a [`Link`] as a file. Secret: it holds readings and their salt.

use super::package::BlockText;
use super::{decimal, parse_native};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::Link;
use serde::{Deserialize, Serialize};

const KIND: &str = "block/1";

/// Most bytes of a block.
pub const MAX_BLOCK: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wattproof: String,
    index: u32,
    #[serde(with = "decimal::field")]
    before: F,
    #[serde(with = "decimal::field")]
    head: F,
    block: BlockText,
}

impl Link {
    /// Reads a `block/1` file. Whether the head follows from the block is not checked here.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::OutOfRange`] for an index, a time or a reading out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Document = parse_native(text, KIND, MAX_BLOCK)?;
        let Document { index, before, head, block, .. } = document;
        if index >> 31 != 0 {
            let message = format!("index is {index}, not below 2^31.");
            return Err(Error::new(Code::OutOfRange, message).at(KIND));
        }
        let block = block.block().map_err(|e| e.at("block").at(KIND))?;
        Ok(Self { index, before, head, block })
    }

    /// Writes a `block/1` file.
    pub fn to_json(&self) -> String {
        let document = Document {
            wattproof: KIND.into(),
            index: self.index,
            before: self.before,
            head: self.head,
            block: BlockText::from(&self.block),
        };
        serde_json::to_string(&document).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::{Block, Reading};

    #[test]
    fn blocks_come_back() {
        let readings = vec![Reading::measured(7), Reading::MISSING];
        let block = Block { start: 1 << 33, salt: F::from(5), channels: vec![readings] };
        let link = Link { index: 3, before: F::from(1), head: F::from(2), block };
        let json = link.to_json();
        assert_eq!(Link::from_json(&json), Ok(link));
        for (from, to, code) in [
            ("block/1", "block/2", Code::UnknownVersion),
            ("\"index\":3", "\"index\":2147483648", Code::OutOfRange),
            ("\"missing\":[1]", "\"missing\":[2]", Code::OutOfRange),
            ("\"start\":\"8589934592\"", "\"start\":\"1099511627776\"", Code::OutOfRange),
            ("\"index\":3", "\"index\":3,\"more\":1", Code::Malformed),
        ] {
            assert!(json.contains(from), "{json}");
            assert_eq!(Link::from_json(&json.replace(from, to)).map_err(|e| e.code()), Err(code));
        }
    }
}
