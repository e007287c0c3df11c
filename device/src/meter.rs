//! A device's whole state, in RAM and in its log; what it takes in and what it gives out.
//!
//! Everything that changes the state is first appended to the log, then done, and only then acknowledged. A head is a function of the
//! readings before it, and its own record is in the log before anybody sees it: no two heads of one index can come out, whenever
//! the power goes.

use crate::block::{BlockRecord, Open, Pending, Quality, Reading, Row, genesis, row};
use crate::claim::{Claim, Grant};
use crate::error::{Error, Result};
use crate::field::F;
use crate::key::{SecretKey, Signature};
use crate::kind::{CHANNELS, KIND_BYTES, Kind};
use crate::log::{
    BEGIN, Bank, CLOSED, COLLECTED, COMMIT, Cursor, GRANT, KEPT, Next, READING, REVOKE, Record,
    Storage, UNTIL,
};

/// Bytes of a [`CLOSED`] record: four, a number, a head, a check.
const CLOSED_SIZE: usize = 48;

/// What a device is made with, and never changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup {
    /// What it measures.
    pub kind: Kind,
    /// What its claims are unique for.
    pub meter_id: F,
    /// Seconds that the clock may go ahead between two readings. A clock that was set to a far year would fill the chain with missing
    /// blocks for good.
    pub longest_outage: u32,
}

/// A place in the chain: the block with this number begins here, after this head.
#[derive(Clone, Copy)]
struct Joint {
    index: u32,
    start: Option<u64>,
    head: F,
}

/// A device. `SLOTS` is how many readings of a block there is room for (intervals of all channels), `HEADS` how many blocks' heads are kept to be signed
/// (periods times blocks of one), `GRANTS` how many policies and payees can be provisioned.
///
/// After [`Error::Storage`] the state in memory may be ahead of the log: every call then refuses; open the meter again.
pub struct Meter<S, const SLOTS: usize, const HEADS: usize, const GRANTS: usize> {
    storage: S,
    key: SecretKey,
    setup: Setup,
    config: F,
    genesis: F,
    open: Open<SLOTS>,
    /// Block i's at i modulo `HEADS`.
    heads: [F; HEADS],
    /// How many of them there are.
    kept: u32,
    grants: [[u8; 64]; GRANTS],
    granted: usize,
    /// Where the blocks begin that were not collected yet.
    base: Joint,
    generation: u32,
    cursor: Cursor,
    broken: bool,
}

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

    /// Takes in the readings of the interval that begins at `time` (Unix seconds), one for each channel. When this returns, no power cut
    /// loses them. Intervals since the last one are missing; blocks that are over are closed.
    ///
    /// # Errors
    /// [`Error::OffGrid`], [`Error::OutOfOrder`], [`Error::TooFarAhead`], [`Error::Reading`], [`Error::ChainFull`], [`Error::Full`];
    /// nothing has changed then.
    pub fn absorb(&mut self, time: u64, readings: &[Reading]) -> Result<()> {
        let row = row(&self.setup.kind, readings)?;
        self.announce(Pending { time, row: Some(row) })
    }

    /// The clock reached `time`, the begin of an interval: intervals before it without readings are missing, and blocks that are over are
    /// closed. Does nothing before the first reading.
    ///
    /// # Errors
    /// As [`Meter::absorb`].
    pub fn advance(&mut self, time: u64) -> Result<()> {
        if self.open.next_time(&self.setup.kind).is_none_or(|next| next == time) {
            return self.working();
        }
        self.announce(Pending { time, row: None })
    }

    fn announce(&mut self, pending: Pending) -> Result<()> {
        self.working()?;
        let (kind, time) = (&self.setup.kind, pending.time);
        let interval = u64::from(kind.interval_seconds);
        if time >> 40 != 0 || !(time - kind.block_start(time).min(time)).is_multiple_of(interval) {
            return Err(Error::OffGrid);
        }
        if let Some(next) = self.open.next_time(kind) {
            if time < next {
                return Err(Error::OutOfOrder);
            }
            if time - next > u64::from(self.setup.longest_outage) {
                return Err(Error::TooFarAhead);
            }
            let blocks = (time - next) / kind.block_seconds() + 2;
            if (u64::from(self.open.index) + blocks) >> 31 != 0 {
                return Err(Error::ChainFull);
            }
        }
        let record = match &pending.row {
            Some(row) => reading_record(kind, time, row),
            None => Record::new(UNTIL, &[&time.to_le_bytes()]),
        };
        // With room for what follows from it, so that what is announced can always be finished.
        let over = self.open.next_time(kind).map_or(0, |next| (time - next) / kind.block_seconds());
        self.reserve(record.size() + (over as usize + 2) * CLOSED_SIZE)?;
        self.append(&record)?;
        self.open.announce(&self.setup.kind, pending);
        self.settle()
    }

    /// Closes every block that is over.
    fn settle(&mut self) -> Result<()> {
        while self.open.is_due(&self.setup.kind) {
            let head = self.open.next_head(&self.key, &self.config, &self.setup.kind);
            let record = Record::new(CLOSED, &[&self.open.index.to_le_bytes(), &head.to_bytes()]);
            // What was announced is in the log already: there is no way back but to open again.
            let done = self.append(&record);
            self.broken |= done.is_err();
            done?;
            self.close(head);
        }
        Ok(())
    }

    fn close(&mut self, head: F) {
        self.keep(self.open.index, head);
        self.open.close(&self.setup.kind, head);
    }

    fn keep(&mut self, index: u32, head: F) {
        if let Some(place) = self.heads.get_mut(index as usize % HEADS) {
            *place = head;
        }
        self.kept = (self.kept + 1).min(HEADS as u32);
    }

    /// Blocks that are closed: the number of the open one.
    pub fn blocks(&self) -> u32 {
        self.open.index
    }

    /// The head after the last closed block.
    pub fn head(&self) -> F {
        self.open.head
    }

    /// The first interval that is not over, Unix seconds; nothing before the first reading.
    pub fn next_time(&self) -> Option<u64> {
        self.open.next_time(&self.setup.kind)
    }

    /// The first block that was not collected yet.
    pub fn uncollected(&self) -> u32 {
        self.base.index
    }

    /// The storage, to be asked why it failed.
    pub fn storage(&mut self) -> &mut S {
        &mut self.storage
    }

    /// What the meter was made with.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// Lets the device sign claims under one policy for one payee. That it may already is no error.
    ///
    /// # Errors
    /// [`Error::NoRoom`], [`Error::Full`], [`Error::Storage`].
    pub fn grant(&mut self, grant: &Grant) -> Result<()> {
        self.working()?;
        let bytes = grant.to_bytes();
        if self.granted().contains(&bytes) {
            return Ok(());
        }
        if self.granted == GRANTS {
            return Err(Error::NoRoom);
        }
        self.append(&Record::new(GRANT, &[&bytes]))?;
        self.push_grant(bytes)
    }

    /// Takes that back.
    ///
    /// # Errors
    /// [`Error::NotProvisioned`], [`Error::Full`], [`Error::Storage`].
    pub fn revoke(&mut self, grant: &Grant) -> Result<()> {
        self.working()?;
        let bytes = grant.to_bytes();
        if !self.granted().contains(&bytes) {
            return Err(Error::NotProvisioned);
        }
        self.append(&Record::new(REVOKE, &[&bytes]))?;
        self.remove_grant(&bytes)
    }

    fn granted(&self) -> &[[u8; 64]] {
        &self.grants[..self.granted]
    }

    fn push_grant(&mut self, bytes: [u8; 64]) -> Result<()> {
        *self.grants.get_mut(self.granted).ok_or(Error::NoRoom)? = bytes;
        self.granted += 1;
        Ok(())
    }

    fn remove_grant(&mut self, bytes: &[u8; 64]) -> Result<()> {
        let place = self.granted().iter().position(|g| g == bytes).ok_or(Error::Damaged)?;
        self.granted -= 1;
        self.grants.swap(place, self.granted);
        Ok(())
    }

    /// Signs a claim: the head after the period's last block, the policy, the period and the context. The same claim always gets the same
    /// signature.
    ///
    /// # Errors
    /// [`Error::NotProvisioned`], [`Error::NotRecorded`], [`Error::Forgotten`].
    pub fn attest(&self, claim: &Claim) -> Result<Signature> {
        self.working()?;
        if !self.granted().contains(&claim.grant().to_bytes()) {
            return Err(Error::NotProvisioned);
        }
        let block = self.setup.kind.block_seconds();
        let open = self.open.start.ok_or(Error::NotRecorded)?;
        let first = open - u64::from(self.open.index) * block;
        if claim.start >= claim.end || claim.start < first || claim.end > open {
            return Err(Error::NotRecorded);
        }
        let last = ((claim.end - 1 - first) / block) as u32;
        if last + self.kept < self.open.index {
            return Err(Error::Forgotten);
        }
        let head = self.heads.get(last as usize % HEADS).ok_or(Error::Forgotten)?;
        Ok(self.key.sign(&claim.message(*head, self.config)))
    }

    /// Shows every closed block that was not collected yet, in order. Secret: see [`BlockRecord`].
    ///
    /// # Errors
    /// [`Error::Storage`], [`Error::Damaged`], or what `visit` refuses with.
    pub fn collect<E: From<Error>>(
        &mut self,
        mut visit: impl FnMut(&BlockRecord<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.working()?;
        let mut open = Open::<SLOTS>::new(self.base.index, self.base.start, self.base.head);
        let (kind, mut cursor) = (self.setup.kind, Cursor::start(self.cursor.bank));
        while cursor.offset < self.cursor.offset {
            let Next::Record(record) = cursor.next(&mut self.storage)? else {
                return Err(Error::Damaged.into());
            };
            if !concerns(&record, &self.base)? {
                continue;
            }
            match record.kind {
                READING | UNTIL => open.announce(&kind, pending(&kind, &record)?),
                _ => {
                    let head = record.element(4)?;
                    if !open.is_due(&kind) || record.u32(0)? != open.index {
                        return Err(Error::Damaged.into());
                    }
                    visit(&open.record(&self.key, &self.config, &kind, head))?;
                    open.close(&kind, head);
                }
            }
            open.is_due(&kind);
        }
        Ok(())
    }

    /// The gateway has every block below `index` for good: their readings may be forgotten.
    ///
    /// # Errors
    /// [`Error::NotThere`] unless those blocks are closed and not all collected; [`Error::Full`], [`Error::Storage`].
    pub fn collected(&mut self, index: u32) -> Result<()> {
        self.working()?;
        if index == self.base.index {
            return Ok(());
        }
        if index < self.base.index || index > self.open.index {
            return Err(Error::NotThere);
        }
        let mut head = None;
        self.collect(|block| {
            if block.index + 1 == index {
                head = Some(block.head);
            }
            Ok::<(), Error>(())
        })?;
        let skipped = u64::from(index - self.base.index) * self.setup.kind.block_seconds();
        let start = self.base_start().map(|start| start + skipped);
        let base = Joint { index, start, head: head.ok_or(Error::Damaged)? };
        let record = Record::new(COLLECTED, &[&joint_bytes(&base)]);
        // Here a full bank may be made room in by what the record itself says.
        match self.cursor.append(&mut self.storage, &record) {
            Err(Error::Full) => {
                self.base = base;
                self.compact()
            }
            Err(error) => {
                self.broken = true;
                Err(error)
            }
            Ok(()) => {
                self.base = base;
                Ok(())
            }
        }
    }

    /// Where the first uncollected block begins; the log's own base has none before the first reading.
    fn base_start(&self) -> Option<u64> {
        let since = u64::from(self.open.index - self.base.index) * self.setup.kind.block_seconds();
        self.open.start.map(|start| start - since)
    }

    fn working(&self) -> Result<()> {
        if self.broken { Err(Error::Storage) } else { Ok(()) }
    }

    /// Makes room, if need be by moving to the other bank.
    fn reserve(&mut self, bytes: usize) -> Result<()> {
        if self.cursor.offset + bytes > self.storage.capacity() {
            self.compact()?;
        }
        if self.cursor.offset + bytes > self.storage.capacity() { Err(Error::Full) } else { Ok(()) }
    }

    fn append(&mut self, record: &Record) -> Result<()> {
        self.reserve(record.size())?;
        let done = self.cursor.append(&mut self.storage, record);
        self.broken |= done == Err(Error::Storage);
        done
    }

    /// Writes what still matters to the other bank.
    fn compact(&mut self) -> Result<()> {
        let done = self.write_bank(self.cursor.bank.other());
        // Without room for it, this bank stays what counts.
        self.broken |= done.is_err_and(|e| e != Error::Full);
        done
    }

    /// Begins `bank` anew: the state at the base, then this bank's records since.
    fn write_bank(&mut self, bank: Bank) -> Result<()> {
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

    fn begin(&self, generation: u32) -> Record {
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

/// Whether a record is about blocks from the base on, and not part of the state that a bank begins with.
fn concerns(record: &Record, base: &Joint) -> Result<bool> {
    match record.kind {
        READING => Ok(base.start.is_none_or(|start| record.u64(0).is_ok_and(|time| time >= start))),
        UNTIL => Ok(base.start.is_none_or(|start| record.u64(0).is_ok_and(|time| time > start))),
        CLOSED => Ok(record.u32(0)? >= base.index),
        _ => Ok(false),
    }
}

fn joint(record: &Record, at: usize) -> Result<Joint> {
    let (index, start, head) = (record.u32(at)?, record.u64(at + 4)?, record.element(at + 12)?);
    Ok(Joint { index, start: start.checked_sub(1), head })
}

/// Index, start plus one (zero for none), head.
fn joint_bytes(joint: &Joint) -> [u8; 44] {
    let mut bytes = [0; 44];
    bytes[..4].copy_from_slice(&joint.index.to_le_bytes());
    bytes[4..12].copy_from_slice(&joint.start.map_or(0, |start| start + 1).to_le_bytes());
    bytes[12..].copy_from_slice(&joint.head.to_bytes());
    bytes
}

fn reading_record(kind: &Kind, time: u64, row: &Row) -> Record {
    let mut bytes = [0; 5 * CHANNELS];
    for (five, reading) in bytes.chunks_exact_mut(5).zip(row) {
        five[..4].copy_from_slice(&reading.value.to_le_bytes());
        five[4] = reading.quality as u8;
    }
    Record::new(READING, &[&time.to_le_bytes(), &bytes[..5 * kind.channels().len()]])
}

fn pending(kind: &Kind, record: &Record) -> Result<Pending> {
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
