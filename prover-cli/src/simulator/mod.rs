//! A meter simulated on this machine: the code of real devices, over a folder in place of their flash.

mod folder;

use std::path::Path;

use wattproof_circuits::hash::{F, from_bytes, to_bytes};
use wattproof_circuits::meter::{
    Block, Channel, Device, Link, MeterKind, Quality, Reading, Signature,
};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_device::{
    self as device, BlockRecord, Claim, Error, Grant, Kind, Meter, Payee, SecretKey, Setup,
};

use crate::failure::{Failure, Result};
use folder::Folder;
pub(crate) use folder::sync_folder;

/// Room for the largest block there can be: 1,440 intervals of eight channels.
const SLOTS: usize = 11_520;
/// Heads that are kept to be signed: those of more than a year of days.
const HEADS: usize = 512;
/// Policies and payees.
const GRANTS: usize = 64;

/// A simulated meter, its folder locked until it is dropped.
pub(crate) struct Simulator {
    // On the heap: the open block alone has 90 KB.
    meter: Box<Meter<Folder, SLOTS, HEADS, GRANTS>>,
    kind: MeterKind,
}

impl Simulator {
    /// Opens the meter in a folder.
    pub(crate) fn open(path: &Path, device: &Device) -> Result<Self> {
        if !path.is_dir() {
            return Err(Failure::Device(Error::NoMeter));
        }
        let key = SecretKey::from_seed(device.key.seed());
        Self::new(Meter::open(Folder::open(path)?, key)?)
    }

    /// Opens the meter in a folder, or makes one of the kind that a policy asks for.
    pub(crate) fn open_or_create(
        path: &Path,
        device: &Device,
        policy: &Policy,
        longest_outage: u32,
    ) -> Result<Self> {
        let (meter, geometry) = (policy.meter(), policy.geometry());
        let mut channels = [0; 8];
        for (code, channel) in channels.iter_mut().zip(&meter.channels) {
            *code = channel.code();
        }
        let kind = Kind {
            interval_seconds: meter.interval_seconds,
            grid_offset_seconds: meter.grid_offset_seconds,
            intervals_per_block: geometry.intervals_per_block,
            value_bits: geometry.value_bits,
            channels,
            channel_count: meter.channels.len() as u8,
        };
        match Self::open(path, device) {
            Err(Failure::Device(Error::NoMeter)) => {}
            Ok(other) if other.meter.setup().kind != kind => {
                let message = "the policy is for another kind of meter than this device";
                return Err(Failure::Readings(message.into()));
            }
            opened => return opened,
        }
        let key = SecretKey::from_seed(device.key.seed());
        let setup = Setup { kind, meter_id: element(&device.meter_id())?, longest_outage };
        Self::new(Meter::create(Folder::open(path)?, key, setup)?)
    }

    fn new(meter: Meter<Folder, SLOTS, HEADS, GRANTS>) -> Result<Self> {
        let Kind { interval_seconds, grid_offset_seconds, channels, channel_count, .. } =
            meter.setup().kind;
        let codes = channels.iter().take(channel_count.into());
        let channels = codes.map(|code| Channel::from_code(*code)).collect::<Option<_>>();
        let channels = channels.ok_or(Failure::Device(Error::Damaged))?;
        let kind = MeterKind { interval_seconds, grid_offset_seconds, channels };
        Ok(Self { meter: Box::new(meter), kind })
    }

    /// What it measures.
    pub(crate) fn kind(&self) -> &MeterKind {
        &self.kind
    }

    /// Blocks that are closed, and the head after them.
    pub(crate) fn head(&self) -> Result<(u32, F)> {
        Ok((self.meter.blocks(), field(&self.meter.head())?))
    }

    /// The first interval that is not over.
    pub(crate) fn next_time(&self) -> Option<u64> {
        self.meter.next_time()
    }

    /// Takes in one interval's readings; see [`Meter::absorb`].
    pub(crate) fn absorb(&mut self, time: u64, readings: &[Reading]) -> Result<()> {
        let reading = |r: &Reading| device::Reading {
            value: r.value,
            quality: match r.quality {
                Quality::Measured => device::Quality::Measured,
                Quality::Estimated => device::Quality::Estimated,
                Quality::Missing => device::Quality::Missing,
            },
        };
        let row: Vec<_> = readings.iter().map(reading).collect();
        let done = self.meter.absorb(time, &row);
        self.explained(done)
    }

    /// Lets the clock reach a time; see [`Meter::advance`].
    pub(crate) fn advance(&mut self, time: u64) -> Result<()> {
        let done = self.meter.advance(time);
        self.explained(done)
    }

    /// Whether blocks wait to be collected.
    pub(crate) fn has_uncollected(&self) -> bool {
        self.meter.uncollected() < self.meter.blocks()
    }

    /// Hands every block that was not collected yet to `keep`, and forgets them once it has kept all.
    pub(crate) fn collect(&mut self, mut keep: impl FnMut(&Link) -> Result<()>) -> Result<()> {
        let channels = self.kind.channels.len();
        let done = self.meter.collect(|record| keep(&link(record, channels)?));
        done.map_err(|failure| self.explain(failure))?;
        let blocks = self.meter.blocks();
        let done = self.meter.collected(blocks);
        self.explained(done)
    }

    /// Provisions a policy for whom a context is for, or takes that back.
    pub(crate) fn provision(&mut self, policy: &Policy, payee: Payee, revoke: bool) -> Result<()> {
        let grant = Grant { policy: element(&policy.digest())?, payee };
        let done = match revoke {
            true => self.meter.revoke(&grant),
            false => self.meter.grant(&grant),
        };
        self.explained(done)
    }

    /// Asks the device to sign a claim.
    pub(crate) fn attest(
        &self,
        policy: &Policy,
        period: &Period,
        context: &Context,
    ) -> Result<Signature> {
        let once = match context {
            Context::Settlement { order, .. } => order.0,
            Context::Challenge { nonce, .. } => nonce.0,
        };
        let signed = self.meter.attest(&Claim {
            policy: element(&policy.digest())?,
            start: period.start(),
            end: period.end(),
            payee: payee(context),
            once,
        })?;
        let s = from_bytes(&signed.s.to_bytes()).ok_or(Failure::Device(Error::Damaged))?;
        Ok(Signature::new(field(&signed.r.x)?, field(&signed.r.y)?, s)?)
    }

    fn explained<T>(&mut self, done: device::Result<T>) -> Result<T> {
        done.map_err(|error| self.explain(error.into()))
    }

    /// The system's own words for a storage that failed.
    fn explain(&mut self, failure: Failure) -> Failure {
        match failure {
            Failure::Device(Error::Storage) => {
                self.meter.storage().take_fault().unwrap_or(Failure::Device(Error::Storage))
            }
            other => other,
        }
    }
}

/// Whom a claim in this context is for.
pub(crate) fn payee(context: &Context) -> Payee {
    match context {
        Context::Settlement { chain_id, contract, payee, .. } => {
            Payee::Settlement { chain_id: *chain_id, contract: contract.0, payee: payee.0 }
        }
        Context::Challenge { verifier, .. } => Payee::verifier(verifier),
    }
}

fn element(x: &F) -> Result<device::F> {
    device::F::from_bytes(&to_bytes(x)).ok_or(Failure::Device(Error::Damaged))
}

fn field(x: &device::F) -> Result<F> {
    from_bytes(&x.to_bytes()).ok_or(Failure::Device(Error::Damaged))
}

fn link(record: &BlockRecord<'_>, channels: usize) -> Result<Link> {
    let reading = |r: &device::Reading| Reading {
        value: r.value,
        quality: match r.quality {
            device::Quality::Measured => Quality::Measured,
            device::Quality::Estimated => Quality::Estimated,
            device::Quality::Missing => Quality::Missing,
        },
    };
    let lists = record.readings.chunks((record.readings.len() / channels).max(1));
    let block = Block {
        start: record.start,
        salt: field(&record.salt)?,
        channels: lists.map(|list| list.iter().map(reading).collect()).collect(),
    };
    Ok(Link {
        index: record.index,
        before: field(&record.before)?,
        head: field(&record.head)?,
        block,
    })
}
