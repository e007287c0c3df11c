//! What runs in a device: readings become blocks, blocks a chain, and the chain's heads are signed.

use super::{Block, MeterKind, Reading, SecretKey, Signature, attestation, genesis, next_head};
use super::{meter_config, meter_id};
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::policy::{Context, Period, Policy};
use crate::relation::Geometry;

/// A meter's own record: its blocks from the first reading on, and the head after each.
pub struct Ledger {
    kind: MeterKind,
    geometry: Geometry,
    config: F,
    /// One more than blocks: the genesis head comes first.
    heads: Vec<F>,
    blocks: Vec<Block>,
}

/// The part of a ledger that one claim is about, signed.
pub struct Attestation {
    /// The device's signature over the claim.
    pub signature: Signature,
    /// Head before the first block.
    pub head: F,
    /// Number of the first block.
    pub first_index: u32,
    /// The blocks that the policy looks back into, then those that the period touches.
    pub blocks: Vec<Block>,
}

/// The part of a ledger that one claim is about.
pub struct Part {
    /// Head after the last block: what is signed.
    pub last: F,
    /// Head before the first block.
    pub head: F,
    /// Number of the first block.
    pub first_index: u32,
    /// The blocks that the policy looks back into, then those that the period touches.
    pub blocks: Vec<Block>,
}

impl Ledger {
    /// Records readings that begin at `start` (Unix seconds), one list for each channel, all of one length. Slots of the first
    /// and last block that no reading fills are missing. Salts derive from the key, so that the same readings always give the
    /// same heads.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if the readings are off the grid, of different lengths, or too large for the geometry.
    pub fn record(
        key: &SecretKey,
        meter_id: &F,
        kind: &MeterKind,
        geometry: &Geometry,
        start: u64,
        channels: &[Vec<Reading>],
    ) -> Result<Self> {
        let config = meter_config(meter_id, kind, geometry);
        let salt = |index, start| key.salt(&config, index, start);
        let genesis = genesis(&key.public(), &config);
        Self::record_from(genesis, config, &salt, kind, geometry, start, channels)
    }

    /// As [`Ledger::record`], for a meter of this configuration, from the first head of its chain on. `salt` gives that of each block
    /// by its number and start.
    pub(crate) fn record_from(
        genesis: F,
        config: F,
        salt: &dyn Fn(u32, u64) -> F,
        kind: &MeterKind,
        geometry: &Geometry,
        start: u64,
        channels: &[Vec<Reading>],
    ) -> Result<Self> {
        kind.check(geometry)?;
        geometry.check()?;
        let refuse = |message: String| Err(Error::new(Code::OutOfRange, message));
        let count = channels.first().map_or(0, Vec::len);
        if channels.len() != kind.channels.len() || channels.iter().any(|c| c.len() != count) {
            return refuse("Readings do not come in one list of equal length a channel.".into());
        }
        let first = kind.block_start(geometry, start);
        let offset = start - first;
        if !offset.is_multiple_of(u64::from(kind.interval_seconds)) || start >> 40 != 0 {
            return refuse(format!("Readings begin at {start}, off the meter's grid."));
        }
        let too_large = |r: &Reading| u64::from(r.value) >> geometry.value_bits != 0;
        if let Some(reading) = channels.iter().flatten().find(|r| too_large(r)) {
            let bits = geometry.value_bits;
            return refuse(format!("A reading of {} is not below 2^{bits}.", reading.value));
        }
        let n = usize::from(geometry.intervals_per_block);
        let before = (offset / u64::from(kind.interval_seconds)) as usize;
        let mut ledger = Self {
            kind: kind.clone(),
            geometry: *geometry,
            config,
            heads: vec![genesis],
            blocks: Vec::new(),
        };
        for j in 0..(before + count).div_ceil(n) {
            let slot = |channel: &[Reading], i: usize| {
                let reading = (j * n + i).checked_sub(before).and_then(|i| channel.get(i));
                reading.copied().unwrap_or(Reading::MISSING)
            };
            let fill = |channel: &Vec<Reading>| (0..n).map(|i| slot(channel, i)).collect();
            let start = first + j as u64 * kind.block_seconds(geometry);
            let channels = channels.iter().map(fill).collect();
            ledger.append(Block { start, salt: salt(j as u32, start), channels });
        }
        Ok(ledger)
    }

    fn append(&mut self, block: Block) {
        let digest = block.digest(&self.config, self.geometry.value_bits);
        let index = self.blocks.len() as u32;
        let head = self.heads[self.blocks.len()];
        self.heads.push(next_head(&head, index, block.start, &digest));
        self.blocks.push(block);
    }

    /// Signs one claim: the head after the period's last block, the policy, the period and the context.
    ///
    /// # Errors
    /// [`Code::BrokenChain`] if the ledger does not hold the whole period, or the policy is for another kind of meter.
    pub fn attest(
        &self,
        key: &SecretKey,
        policy: &Policy,
        period: &Period,
        context: &Context,
    ) -> Result<Attestation> {
        let Part { last, head, first_index, blocks } = self.part(policy, period)?;
        let (policy, period, context) = (policy.digest(), period.field(), context.field());
        let message = attestation(&last, &policy, &period, &context, &self.config);
        Ok(Attestation { signature: key.sign(&message), head, first_index, blocks })
    }

    /// The part of the ledger that one claim is about.
    ///
    /// # Errors
    /// As [`Ledger::attest`].
    pub fn part(&self, policy: &Policy, period: &Period) -> Result<Part> {
        let refuse = |message: &str| Err(Error::new(Code::BrokenChain, message));
        let same_blocks = |g: &Geometry| (g.intervals_per_block, g.value_bits);
        if *policy.meter() != self.kind
            || same_blocks(policy.geometry()) != same_blocks(&self.geometry)
        {
            return refuse("The policy is for another kind of meter than the one that recorded.");
        }
        let touches = |block: &&Block| {
            block.start < period.end()
                && block.start + self.kind.block_seconds(&self.geometry) > period.start()
        };
        let touched: Vec<&Block> = self.blocks.iter().filter(touches).collect();
        let covered = touched.first().zip(touched.last()).is_some_and(|(first, last)| {
            first.start <= period.start()
                && last.start + self.kind.block_seconds(&self.geometry) >= period.end()
        });
        if !covered {
            return refuse("The meter has no readings for the whole period.");
        }
        let first = self.blocks.iter().take_while(|block| !touches(block)).count();
        let back = usize::from(policy.geometry().look_back);
        let end = first + touched.len();
        let Some(first) = first.checked_sub(back) else {
            return refuse(
                "The meter has no readings for the days before the period that the policy looks into.",
            );
        };
        let blocks = self.blocks[first..end].to_vec();
        let last = self.heads[first + blocks.len()];
        Ok(Part { last, head: self.heads[first], first_index: first as u32, blocks })
    }

    /// Blocks recorded.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }
}

/// A device's secrets: its key, the salt of its identity, and the key of its nullifiers.
pub struct Device {
    /// Signs.
    pub key: SecretKey,
    /// The serial that the owner knows the meter by.
    pub serial: String,
    /// Salts the serial in the meter id.
    pub meter_salt: F,
    /// Makes claims unique.
    pub nullifier_key: F,
}

impl Device {
    /// Fresh secrets for a meter with this serial.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn generate(serial: &str) -> Result<Self> {
        Ok(Self {
            key: SecretKey::generate()?,
            serial: serial.into(),
            meter_salt: crate::random::element()?,
            nullifier_key: crate::random::element()?,
        })
    }

    /// The same meter with a fresh key, and a fresh nullifier key if that one is lost or known to others.
    ///
    /// # Errors
    /// If the operating system gives no randomness.
    pub fn rotated(&self, new_nullifier_key: bool) -> Result<Self> {
        let mut next = Self::generate(&self.serial)?;
        next.meter_salt = self.meter_salt;
        if !new_nullifier_key {
            next.nullifier_key = self.nullifier_key;
        }
        Ok(next)
    }

    /// What a claim of this meter must be unique for.
    pub fn meter_id(&self) -> F {
        meter_id(&self.serial, &self.meter_salt)
    }
}
