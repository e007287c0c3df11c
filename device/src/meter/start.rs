//! How a meter begins: made anew, or out of what its log says.

use super::Meter;
use super::record::{Joint, joint, pending};
use crate::block::{Open, genesis};
use crate::error::{Error, Result};
use crate::field::F;
use crate::key::SecretKey;
use crate::kind::{KIND_BYTES, Kind};
use crate::log::{
    BEGIN, Bank, CLOSED, COLLECTED, COMMIT, Cursor, GRANT, KEPT, Next, READING, REVOKE, Record,
    Storage, UNTIL,
};
use crate::meter::Setup;

impl<S: Storage, const SLOTS: usize, const HEADS: usize, const GRANTS: usize>
    Meter<S, SLOTS, HEADS, GRANTS>
{
    /// Makes a meter in an empty storage, or goes on making one where the power was cut.
    ///
    /// # Errors
    /// [`Error::Kind`], [`Error::Slots`]; [`Error::Occupied`] if anything else is in the storage.
    pub fn create(storage: S, key: SecretKey, setup: Setup) -> Result<Self> {
        setup.kind.check()?;
        let mut meter = Self::blank(storage, key, setup)?;
        // Whatever the first records do not begin with is something else.
        let mut draft = Cursor::start(Bank::A);
        match draft.next(&mut meter.storage)? {
            Next::End | Next::Torn => {}
            Next::Record(record) if meter.is_begin(&record) => {
                match draft.next(&mut meter.storage)? {
                    Next::End | Next::Torn => {}
                    Next::Record(_) => return Err(Error::Occupied),
                }
            }
            Next::Record(_) => return Err(Error::Occupied),
        }
        let mut byte = [0];
        if meter.storage.read(Bank::B, 0, &mut byte)? != 0 {
            return Err(Error::Occupied);
        }
        meter.write_bank(Bank::A)?;
        Ok(meter)
    }

    /// Opens the meter that is in the storage, and finishes what a power cut interrupted.
    ///
    /// # Errors
    /// [`Error::NoMeter`], [`Error::OtherKey`], [`Error::Slots`], [`Error::Damaged`].
    pub fn open(mut storage: S, key: SecretKey) -> Result<Self> {
        let mut newest: Option<(u32, Bank)> = None;
        for bank in Bank::BOTH {
            if let Some(generation) = committed(&mut storage, bank)?
                && newest.is_none_or(|(other, _)| generation > other)
            {
                newest = Some((generation, bank));
            }
        }
        let (_, bank) = newest.ok_or(Error::NoMeter)?;
        let mut cursor = Cursor::start(bank);
        let Next::Record(begin) = cursor.next(&mut storage)? else { return Err(Error::Damaged) };
        let setup = Setup {
            meter_id: begin.element(8)?,
            kind: Kind::from_bytes(&begin.part::<KIND_BYTES>(72)?),
            longest_outage: begin.u32(4)?,
        };
        setup.kind.check().map_err(|_| Error::Damaged)?;
        let mut meter = Self::blank(storage, key, setup)?;
        if begin.element(40)? != meter.genesis {
            return Err(Error::OtherKey);
        }
        meter.generation = begin.u32(0)?;
        meter.base = joint(&begin, 100)?;
        meter.open = Open::new(meter.base.index, meter.base.start, meter.base.head);
        let mut torn = false;
        loop {
            match cursor.next(&mut meter.storage)? {
                Next::Record(record) => meter.replay(&record)?,
                Next::End => break,
                Next::Torn => {
                    torn = true;
                    break;
                }
            }
        }
        meter.cursor = cursor;
        if torn {
            meter.compact()?;
        }
        meter.settle()?;
        Ok(meter)
    }

    fn blank(storage: S, key: SecretKey, setup: Setup) -> Result<Self> {
        if setup.kind.slots() > SLOTS || HEADS == 0 {
            return Err(Error::Slots);
        }
        let config = setup.kind.config(setup.meter_id);
        let genesis = genesis(&key, &config);
        let base = Joint { index: 0, start: None, head: genesis };
        Ok(Self {
            open: Open::new(0, None, genesis),
            heads: [F::ZERO; HEADS],
            grants: [[0; 64]; GRANTS],
            cursor: Cursor::start(Bank::A),
            kept: 0,
            granted: 0,
            generation: 0,
            broken: false,
            storage,
            key,
            setup,
            config,
            genesis,
            base,
        })
    }

    /// Whether this is how [`Meter::create`] begins.
    fn is_begin(&self, record: &Record) -> bool {
        let begin = self.begin(1);
        record.kind == BEGIN && record.part::<144>(0) == begin.part(0)
    }

    fn replay(&mut self, record: &Record) -> Result<()> {
        match record.kind {
            KEPT => self.keep(record.u32(0)?, record.element(4)?),
            GRANT => self.push_grant(record.part(0)?).map_err(|_| Error::Slots)?,
            REVOKE => self.remove_grant(&record.part(0)?)?,
            COMMIT => {}
            READING | UNTIL => {
                if self.open.is_due(&self.setup.kind) {
                    return Err(Error::Damaged);
                }
                self.open.announce(&self.setup.kind, pending(&self.setup.kind, record)?);
            }
            CLOSED => {
                if !self.open.is_due(&self.setup.kind) || record.u32(0)? != self.open.index {
                    return Err(Error::Damaged);
                }
                self.close(record.element(4)?);
            }
            COLLECTED => self.base = joint(record, 0)?,
            _ => return Err(Error::Damaged),
        }
        Ok(())
    }
}

/// The generation of a bank that was committed.
fn committed<S: Storage>(storage: &mut S, bank: Bank) -> Result<Option<u32>> {
    let (mut cursor, mut generation) = (Cursor::start(bank), None);
    loop {
        match cursor.next(storage)? {
            Next::Record(record) if record.kind == BEGIN => generation = Some(record.u32(0)?),
            Next::Record(record) if record.kind == COMMIT => return Ok(generation),
            Next::Record(_) => {}
            Next::End | Next::Torn => return Ok(None),
        }
    }
}
