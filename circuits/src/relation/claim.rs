//! What a prover is handed, checked natively before any time is spent on a proof.

use super::circuit::{BlockValues, Relation};
use super::{Geometry, Output, Statement, Voucher};
use crate::commitment::{Blinding, commit};
use crate::condition::{Failure, Window, looked_into};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::{Block, Level, Quality, Reading, meter_config, next_head};
use crate::policy::{Context, Period, Policy};

/// A device's signed readings, its registry entry and the policy: all that a proof needs. Secret: never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed to hold.
    pub policy: Policy,
    /// Over which period.
    pub period: Period,
    /// For whom.
    pub context: Context,
    /// Who vouches for the readings, and the signature over the claim.
    pub voucher: Voucher,
    /// Head before the first block.
    pub head: F,
    /// Number of the first block in the device's chain, below 2^31.
    pub first_index: u32,
    /// The blocks that conditions look back into, then those that the period touches, in order.
    pub blocks: Vec<Block>,
    /// What hides each hidden output, in order: [`Blinding`]s, chosen by the prover for one claim each.
    pub blindings: Vec<F>,
}

impl std::fmt::Debug for Claim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Claim").field("period", &self.period).finish_non_exhaustive()
    }
}

fn unblinded(message: &str) -> Error {
    let message = format!("blindings: {message} Each hidden output takes one.");
    Error::new(Code::OutOfRange, message)
}

fn broken(message: impl Into<String>) -> Error {
    Error::new(Code::BrokenChain, message)
}

impl Claim {
    /// Native twin of the whole relation: refuses what the circuit would, naming the reason, and gives what proving needs.
    ///
    /// # Errors
    /// [`Code::BrokenChain`], [`Code::BadSignature`], [`Code::NotEnrolled`], [`Code::ConditionFails`], or
    /// [`Code::OutOfRange`] for blindings.
    pub fn check(&self) -> Result<(Statement, Relation)> {
        self.check_blocks()?;
        let (last, config) = self.last_head();
        let anchor = self.check_voucher(&last, &config)?;
        if let Some(failure) = self.failures()?.first() {
            return Err(Error::new(Code::ConditionFails, format!("{failure}.")));
        }
        let statement = self.statement(anchor)?;
        let relation = self.relation(&statement);
        Ok((statement, relation))
    }

    /// Each output of the policy with its public value: the value and its offset, below 2^64. Those of hidden outputs are secret.
    ///
    /// # Errors
    /// [`Code::BrokenChain`] if the blocks do not cover the period.
    pub fn output_values(&self) -> Result<Vec<(Output, u64)>> {
        let window = self.window()?;
        let conditions = self.policy.conditions();
        let value = |output: Output| match conditions.get(output.condition).filter(|c| !c.is_off())
        {
            Some(c) => {
                let value = i128::from(c.judge(&window).value) + i128::from(output.offset);
                (output, value as u64)
            }
            None => (output, 0),
        };
        Ok(self.policy.shape().outputs().into_iter().map(value).collect())
    }

    fn statement(&self, anchor: F) -> Result<Statement> {
        let (mut outputs, mut blindings) = (Vec::new(), self.blindings.iter());
        for (output, value) in self.output_values()? {
            if !output.hidden {
                outputs.push(F::from(value));
                continue;
            }
            let blinding = blindings.next().ok_or_else(|| unblinded("There are too few."))?;
            outputs.extend(commit(value, &Blinding::new(blinding)?).to_inputs());
        }
        if blindings.next().is_some() {
            return Err(unblinded("There are too many."));
        }
        Ok(Statement {
            policy_digest: self.policy.digest(),
            period: self.period,
            context: self.context.field(),
            anchor,
            nullifier: self.nullifier(),
            outputs,
        })
    }

    /// What the circuit is given, without the native checks: how tests see that it refuses what they refuse.
    #[cfg(test)]
    pub(super) fn unchecked(&self) -> Result<(Statement, Relation)> {
        let anchor = match &self.voucher {
            Voucher::Registry(enrolled) => enrolled.path.root(enrolled.leaf.hash())?,
            Voucher::Device(_) => self.last_head().0,
        };
        let statement = self.statement(anchor)?;
        let relation = self.relation(&statement);
        Ok((statement, relation))
    }

    /// The registry entry, for tests that change it.
    #[cfg(test)]
    pub(crate) fn entry(&mut self) -> &mut super::Enrolled {
        match &mut self.voucher {
            Voucher::Registry(enrolled) => enrolled,
            Voucher::Device(_) => panic!("a claim by a device has no entry"),
        }
    }

    /// Every way in which the readings fail the policy.
    ///
    /// # Errors
    /// [`Code::BrokenChain`] if the blocks do not cover the period.
    pub fn failures(&self) -> Result<Vec<Failure>> {
        let window = self.window()?;
        Ok(self.policy.conditions().iter().flat_map(|c| c.check(&window)).collect())
    }

    /// This claim's nullifier.
    pub fn nullifier(&self) -> F {
        self.voucher.nullifier(&self.policy.scope().field(), &self.period.field())
    }

    /// Who vouches for the readings.
    pub fn level(&self) -> Level {
        self.voucher.enrolled().map_or(Level::L3, |enrolled| enrolled.leaf.level)
    }

    /// What the owner's ledger of disclosures knows the meter by, and blocks are bound to.
    pub fn meter_id(&self) -> F {
        self.voucher.meter_id()
    }

    fn geometry(&self) -> &Geometry {
        self.policy.geometry()
    }

    fn interval(&self) -> u64 {
        self.policy.meter().interval_seconds.into()
    }

    fn block_seconds(&self) -> u64 {
        self.policy.meter().block_seconds(self.geometry())
    }

    pub(super) fn first_start(&self) -> u64 {
        self.blocks.first().map_or(0, |block| block.start)
    }

    pub(super) fn look_back(&self) -> usize {
        self.geometry().look_back.into()
    }

    /// Start of the block that the period begins in.
    fn block_start(&self) -> u64 {
        self.first_start() + self.look_back() as u64 * self.block_seconds()
    }

    /// Slot of the period's first block at which it begins, and intervals in it.
    fn slots(&self) -> Result<(usize, usize)> {
        let (start, end) = (self.period.start(), self.period.end());
        let begin = start.checked_sub(self.block_start());
        let begin = begin.ok_or_else(|| broken("The first block begins after the period."))?;
        if begin % self.interval() != 0 || (end - start) % self.interval() != 0 {
            return Err(broken("The period does not begin and end at intervals of the meter."));
        }
        Ok(((begin / self.interval()) as usize, ((end - start) / self.interval()) as usize))
    }

    /// Blocks are contiguous, complete, in range, and exactly those that the period touches.
    fn check_blocks(&self) -> Result<()> {
        let geometry = self.geometry();
        let (all, back, blocks) = (self.blocks.len(), self.look_back(), geometry.blocks);
        let (min, max) = (back + usize::from(blocks.min), back + usize::from(blocks.max));
        if !(min..=max).contains(&all) {
            return Err(broken(format!("{all} blocks; the circuit takes {min} to {max}.")));
        }
        let used = all - back;
        if self.first_index >> 31 != 0 || self.first_start() >> 40 != 0 {
            return Err(broken("The first block's index or start is out of range."));
        }
        for (j, block) in self.blocks.iter().enumerate() {
            if block.start != self.first_start() + j as u64 * self.block_seconds() {
                return Err(broken(format!("Block {j} does not begin where the one before ends.")));
            }
            self.check_readings(j, block)?;
        }
        let (begin, count) = self.slots()?;
        let n = usize::from(geometry.intervals_per_block);
        let last = (used - 1) * n;
        if begin >= n || begin + count <= last || begin + count > last + n {
            return Err(broken("The blocks are not exactly those that the period touches."));
        }
        if geometry.aligned && (begin != 0 || begin + count != last + n) {
            return Err(broken("The period does not begin and end with a block."));
        }
        Ok(())
    }

    fn check_readings(&self, j: usize, block: &Block) -> Result<()> {
        let geometry = self.geometry();
        if block.channels.len() != self.policy.meter().channels.len() {
            return Err(broken(format!("Block {j} has another number of channels.")));
        }
        for readings in &block.channels {
            if readings.len() != usize::from(geometry.intervals_per_block) {
                return Err(broken(format!("Block {j} has another number of intervals.")));
            }
            let fits = |r: &Reading| {
                u64::from(r.value) >> geometry.value_bits == 0
                    && (r.quality != Quality::Missing || r.value == 0)
            };
            if let Some(i) = readings.iter().position(|r| !fits(r)) {
                let message = format!("Interval {i} of block {j} is out of range.");
                return Err(broken(message));
            }
        }
        Ok(())
    }

    /// Head after the last block, and the meter's configuration.
    fn last_head(&self) -> (F, F) {
        let (geometry, kind) = (self.geometry(), self.policy.meter());
        let config = meter_config(&self.voucher.meter_id(), kind, geometry);
        let mut head = self.head;
        for (index, block) in (self.first_index..).zip(&self.blocks) {
            let digest = block.digest(&config, geometry.value_bits);
            head = next_head(&head, index, block.start, &digest);
        }
        (head, config)
    }

    /// The period's readings, as the conditions see them.
    ///
    /// # Errors
    /// [`Code::BrokenChain`] if the blocks do not cover the period.
    pub fn window(&self) -> Result<Window> {
        let (begin, count) = self.slots()?;
        let n = usize::from(self.geometry().intervals_per_block);
        let back = self.look_back() * n;
        let (mut channels, mut before) = (Vec::new(), Vec::new());
        for channel in 0..self.policy.meter().channels.len() {
            let all = self.blocks.iter().filter_map(|block| block.channels.get(channel)).flatten();
            let mut readings: Vec<Reading> = all.take(back + begin + count).copied().collect();
            if readings.len() != back + begin + count {
                return Err(broken("The blocks do not cover the period."));
            }
            channels.push(readings.split_off(back + begin));
            readings.truncate(back);
            before.push(readings);
        }
        Ok(Window {
            start: self.period.start(),
            interval: self.policy.meter().interval_seconds,
            offset: begin,
            intervals_per_block: n,
            nameplate: self.voucher.enrolled().map(|enrolled| enrolled.leaf.nameplate),
            channels,
            before,
        })
    }

    /// Places of the blocks that are opened: those that conditions look into, then others until there are enough.
    fn opened(&self) -> Vec<usize> {
        let mut places = looked_into(self.policy.conditions());
        let others: Vec<_> = (0..self.look_back()).filter(|j| !places.contains(j)).collect();
        places.extend(others);
        places.truncate(self.geometry().opens());
        places
    }

    /// The circuit's values; the claim is checked.
    fn relation(&self, statement: &Statement) -> Relation {
        let geometry = self.geometry();
        let mut relation = Relation::blank(&self.policy.shape());
        relation.public_inputs = statement.to_public_inputs();
        let [_, scope, interval, kind, least_level] = self.policy.digest_head();
        relation.scope = scope;
        relation.interval = interval;
        relation.kind = kind;
        relation.least_level = least_level;
        relation.blindings.clone_from(&self.blindings);
        let conditions = self.policy.conditions().iter();
        relation.parameters = conditions.map(|c| c.parameters(geometry)).collect();
        relation.voucher = self.voucher.values();
        relation.head = self.head;
        relation.first_index = self.first_index;
        relation.first_start = self.first_start();
        for (values, block) in relation.blocks.iter_mut().zip(&self.blocks) {
            *values = BlockValues { salt: block.salt, channels: block.channels.clone() };
        }
        if geometry.opens() < self.look_back() {
            relation.opened = self.opened();
            let config = meter_config(&self.voucher.meter_id(), self.policy.meter(), geometry);
            let before = self.blocks.iter().take(self.look_back());
            relation.sealed = before.map(|b| b.digest(&config, geometry.value_bits)).collect();
        }
        let n = usize::from(geometry.intervals_per_block);
        let (begin, count) = self.slots().unwrap_or_default();
        relation.used = self.blocks.len() - self.look_back();
        relation.begin = begin;
        relation.end = begin + count - (relation.used - 1) * n;
        relation
    }
}
