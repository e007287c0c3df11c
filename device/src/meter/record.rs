//! What the log's records say.

use crate::block::{Pending, Quality, Reading, Row};
use crate::error::{Error, Result};
use crate::field::F;
use crate::kind::{CHANNELS, Kind};
use crate::log::{CLOSED, READING, Record, UNTIL};

/// Bytes of a [`CLOSED`] record: four, a number, a head, a check.
pub(super) const CLOSED_SIZE: usize = 48;

/// A place in the chain: the block with this number begins here, after this head.
#[derive(Clone, Copy)]
pub(super) struct Joint {
    pub(super) index: u32,
    pub(super) start: Option<u64>,
    pub(super) head: F,
}

/// Whether a record is about blocks from the base on, and not part of the state that a bank begins with.
pub(super) fn concerns(record: &Record, base: &Joint) -> Result<bool> {
    match record.kind {
        READING => Ok(base.start.is_none_or(|start| record.u64(0).is_ok_and(|time| time >= start))),
        UNTIL => Ok(base.start.is_none_or(|start| record.u64(0).is_ok_and(|time| time > start))),
        CLOSED => Ok(record.u32(0)? >= base.index),
        _ => Ok(false),
    }
}

pub(super) fn joint(record: &Record, at: usize) -> Result<Joint> {
    let (index, start, head) = (record.u32(at)?, record.u64(at + 4)?, record.element(at + 12)?);
    Ok(Joint { index, start: start.checked_sub(1), head })
}

/// Index, start plus one (zero for none), head.
pub(super) fn joint_bytes(joint: &Joint) -> [u8; 44] {
    let mut bytes = [0; 44];
    bytes[..4].copy_from_slice(&joint.index.to_le_bytes());
    bytes[4..12].copy_from_slice(&joint.start.map_or(0, |start| start + 1).to_le_bytes());
    bytes[12..].copy_from_slice(&joint.head.to_bytes());
    bytes
}

pub(super) fn reading_record(kind: &Kind, time: u64, row: &Row) -> Record {
    let mut bytes = [0; 5 * CHANNELS];
    for (five, reading) in bytes.chunks_exact_mut(5).zip(row) {
        five[..4].copy_from_slice(&reading.value.to_le_bytes());
        five[4] = reading.quality as u8;
    }
    Record::new(READING, &[&time.to_le_bytes(), &bytes[..5 * kind.channels().len()]])
}

pub(super) fn pending(kind: &Kind, record: &Record) -> Result<Pending> {
    let time = record.u64(0)?;
    if record.kind == UNTIL {
        return Ok(Pending { time, row: None });
    }
    let mut row = Row::default();
    for (i, reading) in row.iter_mut().take(kind.channels().len()).enumerate() {
        let bytes = record.part::<5>(8 + 5 * i)?;
        let quality = match bytes[4] {
            0 => Quality::Measured,
            1 => Quality::Estimated,
            2 => Quality::Missing,
            _ => return Err(Error::Damaged),
        };
        *reading = Reading { value: record.u32(8 + 5 * i)?, quality };
    }
    Ok(Pending { time, row: Some(row) })
}
