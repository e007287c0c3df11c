//! Readings as a policy's meter has them: its channels in order, side by side over one span.

use wattproof_circuits::condition::Window;
use wattproof_circuits::meter::{MeterKind, Reading};
use wattproof_circuits::policy::{Period, Policy};

use crate::import::ReadingsFile;
use crate::{Error, Result};

/// Readings of all channels of a kind of meter, of one length.
pub struct Record {
    /// Start of the first interval, Unix seconds.
    pub start: u64,
    /// One list for each channel; missing where a channel's own series is shorter than the others.
    pub channels: Vec<Vec<Reading>>,
}

impl Record {
    /// Finds the meter's channels among the file's series.
    ///
    /// # Errors
    /// [`Error::Readings`] if a channel is not there, there twice, of another interval, or off the others' grid.
    pub fn new(file: &ReadingsFile, meter: &MeterKind) -> Result<Self> {
        let refuse = |message: String| Err(Error::Readings(message));
        let step = u64::from(meter.interval_seconds);
        let mut found = Vec::new();
        for (i, channel) in meter.channels.iter().enumerate() {
            let name = format!("{:?} {:?}", channel.quantity, channel.direction).to_lowercase();
            let of_channel = || file.series.iter().filter(|s| s.channel == *channel);
            let needs = meter.interval_seconds;
            let mut series = of_channel().filter(|s| s.interval_seconds == needs);
            let Some(one) = series.next() else {
                return refuse(match of_channel().next().map(|s| s.interval_seconds) {
                    None => format!("no series for channel {i} ({name})"),
                    Some(has) => {
                        format!("intervals of {has} seconds; the policy's meter has {needs}")
                    }
                });
            };
            if series.next().is_some() {
                let message = format!(
                    "more than one series for channel {i} ({name}): import one of them, by its name"
                );
                return refuse(message);
            }
            found.push(one);
        }
        let start = found.iter().map(|s| s.start).min().unwrap_or_default();
        let end = found.iter().map(|s| s.end()).max().unwrap_or_default();
        if let Some(series) = found.iter().find(|s| (s.start - start) % step != 0) {
            let message =
                format!("a series begins at {}, off the grid of the others", series.start);
            return refuse(message);
        }
        // A series is never longer than its file; two far apart would be.
        let count = (end - start) / step;
        if count > 1 << 24 {
            return refuse(format!("the series span {count} intervals together"));
        }
        let channels = found.iter().map(|series| {
            let mut readings = vec![Reading::MISSING; count as usize];
            let from = ((series.start - start) / step) as usize;
            readings[from..from + series.readings.len()].copy_from_slice(&series.readings);
            readings
        });
        Ok(Self { start, channels: channels.collect() })
    }

    /// End of the last interval, Unix seconds.
    pub fn end(&self, meter: &MeterKind) -> u64 {
        let count = self.channels.first().map_or(0, Vec::len) as u64;
        self.start + count * u64::from(meter.interval_seconds)
    }

    /// A period's readings as the conditions see them; missing where the record does not reach.
    ///
    /// # Errors
    /// [`Error::Readings`] if the readings are off the policy's grid or too large for it.
    pub fn window(&self, policy: &Policy, period: Period) -> Result<Window> {
        let meter = policy.meter();
        let step = u64::from(meter.interval_seconds);
        let block_start = meter.block_start(policy.geometry(), period.start());
        let offset = period.start() - block_start;
        let from_record = period.start().abs_diff(self.start);
        if !offset.is_multiple_of(step) || !from_record.is_multiple_of(step) {
            let message = format!("readings from {} on are off the policy's grid", self.start);
            return Err(Error::Readings(message));
        }
        let bits = policy.geometry().value_bits;
        if let Some(r) = self.channels.iter().flatten().find(|r| u64::from(r.value) >> bits != 0) {
            return Err(Error::Readings(format!("a reading of {} is not below 2^{bits}", r.value)));
        }
        let reading = |channel: &Vec<Reading>, time: u64| {
            let index = time.checked_sub(self.start).map(|s| s / step);
            let reading = index.and_then(|i| channel.get(i as usize));
            reading.copied().unwrap_or(Reading::MISSING)
        };
        let span = |from: u64, to: u64| {
            let times = || (from..to).step_by(step as usize);
            self.channels.iter().map(|c| times().map(|t| reading(c, t)).collect()).collect()
        };
        let geometry = policy.geometry();
        let back = u64::from(geometry.look_back) * meter.block_seconds(geometry);
        Ok(Window {
            start: period.start(),
            interval: meter.interval_seconds,
            offset: (offset / step) as usize,
            intervals_per_block: geometry.intervals_per_block.into(),
            nameplate: None,
            channels: span(period.start(), period.end()),
            before: span(block_start.saturating_sub(back), block_start),
        })
    }
}
