//! The registry as a file, `registry/1`, and how keys, signatures and entries are written in it and elsewhere.

use super::{decimal, parse_native};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::{Entry, Leaf, Level, PublicKey, Registry, Signature};
use serde::{Deserialize, Serialize};

const KIND: &str = "registry/1";

/// Most bytes of a registry file: some 30,000 entries. Larger registries are logs, of any size.
pub const MAX_REGISTRY: usize = 16 << 20;

/// Coordinates, unchecked.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyText {
    #[serde(with = "decimal::field")]
    x: F,
    #[serde(with = "decimal::field")]
    y: F,
}

impl KeyText {
    pub(super) fn key(self) -> Result<PublicKey> {
        PublicKey::new(self.x, self.y)
    }
}

impl From<&PublicKey> for KeyText {
    fn from(key: &PublicKey) -> Self {
        Self { x: key.point().x, y: key.point().y }
    }
}

/// A signature, unchecked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignatureText {
    r: KeyText,
    #[serde(with = "decimal::field")]
    s: F,
}

impl SignatureText {
    pub(super) fn signature(&self) -> Result<Signature> {
        Signature::new(self.r.x, self.r.y, self.s)
    }
}

impl From<&Signature> for SignatureText {
    fn from(signature: &Signature) -> Self {
        let r = KeyText { x: signature.r.x, y: signature.r.y };
        Self { r, s: signature.s_field() }
    }
}

/// An entry, its key unchecked.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryText {
    key: KeyText,
    #[serde(with = "decimal::field")]
    meter_id: F,
    #[serde(with = "decimal::field")]
    nullifier_commitment: F,
    level: Level,
    #[serde(with = "decimal")]
    nameplate: u64,
    #[serde(with = "decimal")]
    valid_from: u64,
    #[serde(with = "decimal")]
    valid_until: u64,
}

impl EntryText {
    pub(super) fn leaf(self) -> Result<Leaf> {
        let Self { key, meter_id, nullifier_commitment, level, nameplate, valid_from, valid_until } =
            self;
        let key = key.key()?;
        if level > Level::L2 {
            let message = "level is L3, which needs no registry: verifiers name the device's key.";
            return Err(Error::new(Code::OutOfRange, message));
        }
        if valid_from >= valid_until || valid_until >> 40 != 0 {
            let message = format!(
                "valid from {valid_from} until {valid_until}: empty, reversed or beyond 2^40."
            );
            return Err(Error::new(Code::OutOfRange, message));
        }
        Ok(Leaf { key, meter_id, nullifier_commitment, level, nameplate, valid_from, valid_until })
    }
}

impl From<&Leaf> for EntryText {
    fn from(leaf: &Leaf) -> Self {
        Self {
            key: KeyText::from(&leaf.key),
            meter_id: leaf.meter_id,
            nullifier_commitment: leaf.nullifier_commitment,
            level: leaf.level,
            nameplate: leaf.nameplate,
            valid_from: leaf.valid_from,
            valid_until: leaf.valid_until,
        }
    }
}

/// An entry in its place. Revoked ones stay: the registry must know whose they were.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceText {
    entry: EntryText,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    revoked: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    wattproof: String,
    depth: u8,
    entries: Vec<PlaceText>,
}

impl Registry {
    /// Reads a `registry/1` file.
    ///
    /// # Errors
    /// As the JSON formats; [`Code::OutOfRange`] for a depth out of range or more entries than fit; [`Code::BadKey`] for a
    /// key off the curve or of low order; [`Code::NotEnrolled`] for entries of one meter that overlap in time.
    pub fn from_json(text: &str) -> Result<Self> {
        let document: Document = parse_native(text, KIND, MAX_REGISTRY)?;
        Self::read(document).map_err(|e| e.at(KIND))
    }

    fn read(document: Document) -> Result<Self> {
        let mut registry = Self::new(document.depth)?;
        let count = document.entries.len() as u64;
        if count > 1 << (2 * document.depth) {
            let message = format!("{count} entries do not fit depth {}.", document.depth);
            return Err(Error::new(Code::OutOfRange, message));
        }
        registry.change(|roll| -> Result<()> {
            for (i, entry) in document.entries.into_iter().enumerate() {
                let place = |e: Error| e.at(&format!("entries[{i}]"));
                let index = roll.add(entry.entry.leaf().map_err(place)?).map_err(place)?;
                if entry.revoked {
                    roll.revoke(index, u64::MAX).map_err(place)?;
                }
            }
            Ok(())
        })?;
        Ok(registry)
    }

    /// Writes a `registry/1` file.
    pub fn to_json(&self) -> String {
        let place = |e: &Entry| PlaceText { entry: EntryText::from(&e.leaf), revoked: e.revoked };
        let entries = self.entries().iter().map(place).collect();
        let document = Document { wattproof: KIND.into(), depth: self.depth(), entries };
        serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Device;

    fn leaf() -> Leaf {
        let device = Device::generate("SN-1").expect("random");
        device.leaf(Level::L1, 10_000, 100, 200)
    }

    #[test]
    fn registries_come_back_with_their_root() {
        let mut registry = Registry::new(2).expect("depth");
        for _ in 0..3 {
            registry.add(leaf()).expect("room");
        }
        registry.revoke(1).expect("there");
        let back = Registry::from_json(&registry.to_json()).expect("own file");
        assert_eq!((back.root(), back.entries()), (registry.root(), registry.entries()));
    }

    #[test]
    fn what_no_registry_holds_is_refused() {
        let mut registry = Registry::new(1).expect("depth");
        registry.add(leaf()).expect("room");
        let json = registry.to_json();
        let code = |text: &str| Registry::from_json(text).expect_err(text).code();
        assert_eq!(code(&json.replace("\"depth\": 1", "\"depth\": 17")), Code::OutOfRange);
        assert_eq!(code(&json.replace("\"200\"", "\"100\"")), Code::OutOfRange);
        assert_eq!(code(&json.replace("\"L1\"", "\"L4\"")), Code::Malformed);
        assert_eq!(code(&json.replace("\"L1\"", "\"L3\"")), Code::OutOfRange);
        let entry = &json[json.find("[").expect("list") + 1..json.rfind("]").expect("list")];
        let twice = json.replace(entry, &format!("{entry},{entry}"));
        assert_eq!(code(&twice), Code::NotEnrolled);
        let five = json.replace(entry, &[entry; 5].join(","));
        assert_eq!(code(&five), Code::OutOfRange);
    }
}
