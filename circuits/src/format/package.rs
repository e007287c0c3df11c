//! What a device hands its prover, `witness-package/1`: a [`Claim`] as a file. Secret: it holds readings and the nullifier key.

use super::registry_file::{EntryText, SignatureText};
use super::{decimal, parse_native};
use crate::error::{Code, Error, Result};
use crate::hash::{F, NODE_ARITY};
use crate::l3::DeviceSignature;
use crate::meter::{Block, Path, Quality, Reading};
use crate::policy::{Context, Period, Policy};
use crate::relation::{Claim, Enrolled, Voucher};
use serde::{Deserialize, Serialize};

const KIND: &str = "witness-package/1";

/// Most bytes of a witness package.
pub const MAX_PACKAGE: usize = 64 << 20;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wattproof: String,
    policy: Policy,
    period: Period,
    context: Context,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<EntryText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Vec<LevelText>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nullifier_key: Option<ElementText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<SignatureText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    device: Option<DeviceSignature>,
    #[serde(with = "decimal::field")]
    head: F,
    first_index: u32,
    blocks: Vec<BlockText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "decimal::field_list")]
    blindings: Vec<F>,
}

#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct ElementText(#[serde(with = "decimal::field")] F);

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LevelText {
    #[serde(with = "decimal::field_list")]
    children: Vec<F>,
    position: u8,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BlockText {
    #[serde(with = "decimal")]
    start: u64,
    #[serde(with = "decimal::field")]
    salt: F,
    channels: Vec<ReadingsText>,
}

/// One channel's readings: values, and the indices of those that were not measured.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadingsText {
    values: Vec<u32>,
    estimated: Vec<u32>,
    missing: Vec<u32>,
}

/// The refusal without what it quotes: in a package that is a secret, but for a slip in it.
fn unquoted(error: Error) -> Error {
    let message = error.message();
    match (message.find('"'), message.rfind('"')) {
        (Some(first), Some(last)) if first < last => {
            let message = format!("{}\"...\"{}", &message[..first], &message[last + 1..]);
            Error::new(error.code(), message)
        }
        _ => error,
    }
}

impl Claim {
    /// Reads a `witness-package/1` file. What it says is not checked yet: see [`Claim::check`].
    ///
    /// # Errors
    /// As the JSON formats; [`Code::BadPolicy`] for policy and context; [`Code::BadKey`] for a key off the curve or of low
    /// order; [`Code::BadSignature`] for a signature out of range.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Document = parse_native(text, KIND, MAX_PACKAGE).map_err(unquoted)?;
        Self::read(document).map_err(|e| e.at(KIND))
    }

    fn read(document: Document) -> Result<Self> {
        let Document { policy, period, context, .. } = document;
        context.check()?;
        if document.first_index >> 31 != 0 {
            let message = format!("first_index is {}, not below 2^31.", document.first_index);
            return Err(Error::new(Code::OutOfRange, message));
        }
        let parts = (document.entry, document.path, document.nullifier_key, document.signature);
        let voucher = match (parts, document.device) {
            (
                (Some(entry), Some(path), Some(ElementText(nullifier_key)), Some(signature)),
                None,
            ) => {
                let levels = (0..).zip(path).map(|(i, level)| level.level(i));
                Voucher::Registry(Box::new(Enrolled {
                    leaf: entry.leaf().map_err(|e| e.at("entry"))?,
                    path: Path { levels: levels.collect::<Result<_>>()? },
                    nullifier_key,
                    signature: signature.signature()?,
                }))
            }
            ((None, None, None, None), Some(device)) => Voucher::Device(device),
            _ => {
                let message = "either entry, path, nullifier_key and signature are there, or device, and none of the others.";
                return Err(Error::new(Code::Malformed, message));
            }
        };
        let place = |i: usize| move |e: Error| e.at(&format!("blocks[{i}]"));
        let blocks = (0..).zip(document.blocks).map(|(i, block)| block.block().map_err(place(i)));
        Ok(Self {
            voucher,
            head: document.head,
            first_index: document.first_index,
            blocks: blocks.collect::<Result<_>>()?,
            blindings: document.blindings,
            policy,
            period,
            context,
        })
    }

    /// Writes a `witness-package/1` file: everything secret about the claim, but not the device's key.
    pub fn to_json(&self) -> String {
        let level = |(children, position): &([F; NODE_ARITY], u8)| LevelText {
            children: children.to_vec(),
            position: *position,
        };
        let enrolled = self.voucher.enrolled();
        let document = Document {
            wattproof: KIND.into(),
            policy: self.policy.clone(),
            period: self.period,
            context: self.context.clone(),
            entry: enrolled.map(|e| EntryText::from(&e.leaf)),
            path: enrolled.map(|e| e.path.levels.iter().map(level).collect()),
            nullifier_key: enrolled.map(|e| ElementText(e.nullifier_key)),
            signature: enrolled.map(|e| SignatureText::from(&e.signature)),
            device: self.voucher.device().cloned(),
            head: self.head,
            first_index: self.first_index,
            blocks: self.blocks.iter().map(BlockText::from).collect(),
            blindings: self.blindings.clone(),
        };
        // Compact: indented, a month of quarter hours would have a line for each reading.
        serde_json::to_string(&document).unwrap_or_default() + "\n"
    }
}

impl LevelText {
    fn level(self, i: usize) -> Result<([F; NODE_ARITY], u8)> {
        let bad = |message: String| Error::new(Code::OutOfRange, format!("path[{i}]: {message}"));
        let count = self.children.len();
        let children = self.children.try_into();
        let children = children.map_err(|_| bad(format!("{count} children, not {NODE_ARITY}.")))?;
        if usize::from(self.position) >= NODE_ARITY {
            return Err(bad(format!("position {} is not below {NODE_ARITY}.", self.position)));
        }
        Ok((children, self.position))
    }
}

impl BlockText {
    pub(super) fn block(self) -> Result<Block> {
        if self.start >> 40 != 0 {
            let message = format!("start {} is not below 2^40.", self.start);
            return Err(Error::new(Code::OutOfRange, message));
        }
        let channels = self.channels.into_iter().map(ReadingsText::readings);
        let channels = channels.collect::<Result<_>>()?;
        Ok(Block { start: self.start, salt: self.salt, channels })
    }
}

impl From<&Block> for BlockText {
    fn from(block: &Block) -> Self {
        let channels = block.channels.iter().map(|c| ReadingsText::new(c)).collect();
        Self { start: block.start, salt: block.salt, channels }
    }
}

impl ReadingsText {
    fn new(readings: &[Reading]) -> Self {
        let of = |quality| {
            let indexed = (0..).zip(readings).filter(|(_, r)| r.quality == quality);
            indexed.map(|(i, _)| i).collect()
        };
        Self {
            values: readings.iter().map(|r| r.value).collect(),
            estimated: of(Quality::Estimated),
            missing: of(Quality::Missing),
        }
    }

    /// Each reading has one spelling: indices ascend, none is in both lists, and what is missing has no value.
    fn readings(self) -> Result<Vec<Reading>> {
        let mut readings: Vec<Reading> = self.values.into_iter().map(Reading::measured).collect();
        let lists = [
            ("estimated", Quality::Estimated, self.estimated),
            ("missing", Quality::Missing, self.missing),
        ];
        for (name, quality, list) in lists {
            let bad = |message: &str| Error::new(Code::Malformed, format!("{name}: {message}"));
            if list.windows(2).any(|pair| pair[0] >= pair[1]) {
                return Err(bad("indices do not ascend."));
            }
            for index in list {
                let reading = readings.get_mut(index as usize).ok_or_else(|| {
                    Error::new(Code::OutOfRange, format!("{name}: there is no reading {index}."))
                })?;
                if reading.quality != Quality::Measured {
                    return Err(bad("a reading is both estimated and missing."));
                }
                if quality == Quality::Missing && reading.value != 0 {
                    return Err(bad("a missing reading has a value."));
                }
                reading.quality = quality;
            }
        }
        Ok(readings)
    }
}

#[cfg(test)]
#[path = "package_tests.rs"]
mod tests;
