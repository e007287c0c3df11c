//! What happens to a registry, as the lines of its log, `registry-log/1`, say it. How lines are chained is the business of whoever
//! keeps the file.

use super::registry_file::{EntryText, SignatureText};
use super::{check_name, decimal, explain};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::{Leaf, Roll, Signature};
use serde::{Deserialize, Serialize};

/// The `wattproof` member of a log's first line.
pub const REGISTRY_LOG: &str = "registry-log/1";

/// Something that happened to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryEvent {
    /// It began: the first event, and only that.
    Init {
        /// What people call it.
        name: String,
        /// Levels of its tree.
        depth: u8,
        /// For how many seconds a root is accepted after it was replaced.
        grace: u64,
    },
    /// A meter was enrolled, at the next index.
    Add {
        /// Its entry.
        leaf: Leaf,
        /// The entry's key over [`Leaf::possession`].
        possession: Signature,
    },
    /// An entry was revoked.
    Revoke {
        /// Which one.
        index: usize,
    },
    /// A meter got another key: the entry at `index` was revoked and enrolled again up to the new one's begin, then the new one.
    Rotate {
        /// The old entry.
        index: usize,
        /// The new entry.
        leaf: Leaf,
        /// The new entry's key over [`Leaf::possession`].
        possession: Signature,
    },
    /// All before this line took effect together, and this became the root.
    Root {
        /// The root.
        root: F,
    },
}

/// An event and when it was recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryRecord {
    /// Unix seconds, below 2^40.
    pub time: u64,
    /// What happened.
    pub event: RegistryEvent,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case", deny_unknown_fields)]
enum Line {
    Init {
        wattproof: String,
        #[serde(with = "decimal")]
        time: u64,
        name: String,
        depth: u8,
        #[serde(with = "decimal")]
        grace: u64,
    },
    Add {
        #[serde(with = "decimal")]
        time: u64,
        entry: EntryText,
        possession: SignatureText,
    },
    Revoke {
        #[serde(with = "decimal")]
        time: u64,
        index: u32,
    },
    Rotate {
        #[serde(with = "decimal")]
        time: u64,
        index: u32,
        entry: EntryText,
        possession: SignatureText,
    },
    Root {
        #[serde(with = "decimal")]
        time: u64,
        #[serde(with = "decimal::field")]
        root: F,
    },
}

impl RegistryRecord {
    /// Reads one JSON object. Signatures are read, not verified: see [`RegistryEvent::verify`].
    ///
    /// # Errors
    /// [`Code::Malformed`] if it is none, or an event of no known kind; [`Code::OutOfRange`] for a time or grace of 2^40 or above, or an
    /// entry's validity; [`Code::BadKey`] and [`Code::BadSignature`] for points off the curve.
    pub fn from_json(text: &[u8]) -> Result<Self> {
        let line: Line = serde_json::from_slice(text).map_err(|e| {
            Error::new(Code::Malformed, explain(&e).at("not an event of a registry").message())
        })?;
        let index = |index: u32| index as usize;
        let (time, event) = match line {
            Line::Init { wattproof, time, name, depth, grace } => {
                if wattproof != REGISTRY_LOG {
                    let message = format!("wattproof is not \"{REGISTRY_LOG}\".");
                    return Err(Error::new(Code::UnknownVersion, message));
                }
                check_name("name", &name).map_err(|e| Error::new(Code::Malformed, e.message()))?;
                (time, RegistryEvent::Init { name, depth, grace: instant(grace)? })
            }
            Line::Add { time, entry, possession } => {
                let (leaf, possession) = (entry.leaf()?, possession.signature()?);
                (time, RegistryEvent::Add { leaf, possession })
            }
            Line::Revoke { time, index: i } => (time, RegistryEvent::Revoke { index: index(i) }),
            Line::Rotate { time, index: i, entry, possession } => {
                let (leaf, possession) = (entry.leaf()?, possession.signature()?);
                (time, RegistryEvent::Rotate { index: index(i), leaf, possession })
            }
            Line::Root { time, root } => (time, RegistryEvent::Root { root }),
        };
        Ok(Self { time: instant(time)?, event })
    }

    /// Writes one JSON object, without line feeds.
    pub fn to_json(&self) -> String {
        let time = self.time;
        let narrow = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let line = match &self.event {
            RegistryEvent::Init { name, depth, grace } => Line::Init {
                wattproof: REGISTRY_LOG.into(),
                time,
                name: name.clone(),
                depth: *depth,
                grace: *grace,
            },
            RegistryEvent::Add { leaf, possession } => {
                Line::Add { time, entry: leaf.into(), possession: possession.into() }
            }
            RegistryEvent::Revoke { index } => Line::Revoke { time, index: narrow(*index) },
            RegistryEvent::Rotate { index, leaf, possession } => Line::Rotate {
                time,
                index: narrow(*index),
                entry: leaf.into(),
                possession: possession.into(),
            },
            RegistryEvent::Root { root } => Line::Root { time, root: *root },
        };
        serde_json::to_string(&line).unwrap_or_default()
    }
}

fn instant(seconds: u64) -> Result<u64> {
    if seconds >> 40 == 0 {
        return Ok(seconds);
    }
    Err(Error::new(Code::OutOfRange, format!("{seconds} seconds; at most 2^40 are counted.")))
}

impl RegistryEvent {
    /// Whether an enrolment is signed by the key that it enrols; other events carry no signature.
    ///
    /// # Errors
    /// [`Code::BadSignature`].
    pub fn verify(&self) -> Result<()> {
        match self {
            Self::Add { leaf, possession } | Self::Rotate { leaf, possession, .. } => {
                possession.verify(&leaf.key, &leaf.possession())
            }
            _ => Ok(()),
        }
    }

    /// Does it. Roots are accepted until `grace` seconds after their replacement, which is at `time`. Begin and root do nothing.
    ///
    /// # Errors
    /// As [`Roll::add`], [`Roll::revoke`], [`Roll::rotate`].
    pub fn apply(&self, roll: &mut Roll, time: u64, grace: u64) -> Result<()> {
        let reach = time + grace;
        match self {
            Self::Add { leaf, .. } => roll.add(leaf.clone()).map(drop),
            Self::Revoke { index } => roll.revoke(*index, reach),
            Self::Rotate { index, leaf, .. } => roll.rotate(*index, leaf.clone(), reach).map(drop),
            Self::Init { .. } | Self::Root { .. } => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::{Device, Level};

    #[test]
    fn events_come_back() {
        let device = Device::generate("SN-1").expect("random");
        let leaf = device.leaf(Level::L1, 10_000, 100, 200);
        let possession = *device.enrolment(leaf.clone()).possession();
        let events = [
            RegistryEvent::Init { name: "Süd".into(), depth: 10, grace: 604_800 },
            RegistryEvent::Add { leaf: leaf.clone(), possession },
            RegistryEvent::Revoke { index: 7 },
            RegistryEvent::Rotate { index: 7, leaf, possession },
            RegistryEvent::Root { root: F::from(5) },
        ];
        for (time, event) in (0..).zip(events) {
            event.verify().expect("signed");
            let record = RegistryRecord { time, event };
            let json = record.to_json();
            assert!(!json.contains('\n'));
            assert_eq!(RegistryRecord::from_json(json.as_bytes()), Ok(record));
            let code =
                |json: &str| RegistryRecord::from_json(json.as_bytes()).expect_err(json).code();
            assert_eq!(code(&json[..json.len() - 1]), Code::Malformed);
            assert_eq!(code(&json.replacen('{', "{\"more\":1,", 1)), Code::Malformed);
            // Refusals of a part carry its code between marks, which are not to be shown.
            let aliased = json.replacen("\"time\":\"", "\"time\":\"0", 1);
            let refused = RegistryRecord::from_json(aliased.as_bytes()).expect_err("leading zero");
            assert!(!refused.message().contains(char::is_control), "{:?}", refused.message());
            let late = json.replacen(&format!("\"{time}\""), &format!("\"{}\"", 1u64 << 40), 1);
            assert_eq!(code(&late), Code::OutOfRange);
        }
    }

    #[test]
    fn an_enrolment_that_another_key_signed_is_found() {
        let [device, other] = [1, 2].map(|_| Device::generate("SN-1").expect("random"));
        let leaf = device.leaf(Level::L1, 10_000, 100, 200);
        let possession = *other.enrolment(leaf.clone()).possession();
        let refused = RegistryEvent::Add { leaf, possession }.verify().expect_err("forged");
        assert_eq!(refused.code(), Code::BadSignature);
    }
}
