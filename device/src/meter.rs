//! A device's whole state, in RAM and in its log; what it takes in and what it gives out.
//!
//! Everything that changes the state is first appended to the log, then done, and only then acknowledged. A head is a function of the
//! readings before it, and its own record is in the log before anybody sees it: no two heads of one index can come out, whenever
//! the power goes.

mod bank;
mod record;
mod start;

use self::record::{CLOSED_SIZE, Joint, concerns, joint_bytes, pending, reading_record};
use crate::block::{BlockRecord, Open, Pending, Reading, row};
use crate::claim::{Claim, Grant};
use crate::error::{Error, Result};
use crate::field::F;
use crate::key::{SecretKey, Signature};
use crate::kind::Kind;
use crate::log::{CLOSED, COLLECTED, Cursor, GRANT, Next, READING, REVOKE, Record, Storage, UNTIL};

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
}
