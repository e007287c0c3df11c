//! Writing to the log: records, and a bank begun anew when the other one is full.

use super::Meter;
use super::record::{concerns, joint_bytes};
use crate::error::{Error, Result};
use crate::log::{BEGIN, Bank, COMMIT, Cursor, GRANT, KEPT, Next, Record, Storage};

impl<S: Storage, const SLOTS: usize, const HEADS: usize, const GRANTS: usize>
    Meter<S, SLOTS, HEADS, GRANTS>
{
    /// Makes room, if need be by moving to the other bank.
    pub(super) fn reserve(&mut self, bytes: usize) -> Result<()> {
        if self.cursor.offset + bytes > self.storage.capacity() {
            self.compact()?;
        }
        if self.cursor.offset + bytes > self.storage.capacity() { Err(Error::Full) } else { Ok(()) }
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<()> {
        self.reserve(record.size())?;
        let done = self.cursor.append(&mut self.storage, record);
        self.broken |= done == Err(Error::Storage);
        done
    }

    /// Writes what still matters to the other bank.
    pub(super) fn compact(&mut self) -> Result<()> {
        let done = self.write_bank(self.cursor.bank.other());
        // Without room for it, this bank stays what counts.
        self.broken |= done.is_err_and(|e| e != Error::Full);
        done
    }

    /// Begins `bank` anew: the state at the base, then this bank's records since.
    pub(super) fn write_bank(&mut self, bank: Bank) -> Result<()> {
        let (old, generation) = (self.cursor, self.generation + 1);
        self.storage.erase(bank)?;
        let mut new = Cursor::start(bank);
        let begin = self.begin(generation);
        new.append(&mut self.storage, &begin)?;
        let oldest = self.open.index - self.kept;
        for index in oldest..self.base.index.max(oldest) {
            let head = self.heads[index as usize % HEADS];
            let record = Record::new(KEPT, &[&index.to_le_bytes(), &head.to_bytes()]);
            new.append(&mut self.storage, &record)?;
        }
        for i in 0..self.granted {
            new.append(&mut self.storage, &Record::new(GRANT, &[&self.grants[i]]))?;
        }
        let mut cursor = Cursor::start(old.bank);
        while bank != old.bank && cursor.offset < old.offset {
            let Next::Record(record) = cursor.next(&mut self.storage)? else {
                return Err(Error::Damaged);
            };
            if concerns(&record, &self.base)? {
                new.append(&mut self.storage, &record)?;
            }
        }
        new.append(&mut self.storage, &Record::new(COMMIT, &[]))?;
        (self.cursor, self.generation) = (new, generation);
        Ok(())
    }

    pub(super) fn begin(&self, generation: u32) -> Record {
        let parts: [&[u8]; 6] = [
            &generation.to_le_bytes(),
            &self.setup.longest_outage.to_le_bytes(),
            &self.setup.meter_id.to_bytes(),
            &self.genesis.to_bytes(),
            &self.setup.kind.to_bytes(),
            &joint_bytes(&self.base),
        ];
        Record::new(BEGIN, &parts)
    }
}
