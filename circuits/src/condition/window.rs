//! What native checks see, and what they say.

#[cfg(feature = "prover")]
use super::{Condition, Kind};
use crate::meter::{Quality, Reading};

/// The readings of one period as the native checks see them.
#[derive(Clone, Debug)]
pub struct Window {
    /// Start of the first interval, Unix seconds.
    pub start: u64,
    /// Length of an interval in seconds.
    pub interval: u32,
    /// Slot of the first interval in its block.
    pub offset: usize,
    /// Intervals in a block.
    pub intervals_per_block: usize,
    /// The meter's nameplate, in watts; none where nobody is enrolled yet.
    pub nameplate: Option<u64>,
    /// One list for each channel, all of one length.
    pub channels: Vec<Vec<Reading>>,
    /// For each channel the whole blocks before the one that the period begins in, oldest first: as many readings as the
    /// geometry looks back.
    pub before: Vec<Vec<Reading>>,
}

impl Window {
    /// Start of interval `i`, Unix seconds.
    pub fn time(&self, i: usize) -> u64 {
        self.start + i as u64 * u64::from(self.interval)
    }

    /// Start of the block that the period begins in: what schedules are anchored to.
    pub fn block_start(&self) -> u64 {
        self.start - self.offset as u64 * u64::from(self.interval)
    }

    /// Intervals in the period.
    pub fn len(&self) -> usize {
        self.channels.first().map_or(0, Vec::len)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One channel's readings; none if there is no such channel.
    pub fn channel(&self, channel: i64) -> &[Reading] {
        let channel = usize::try_from(channel).ok().and_then(|c| self.channels.get(c));
        channel.map_or(&[], Vec::as_slice)
    }
}

/// What a native check finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Judgement {
    /// Every way in which the readings fail; none if the condition holds.
    pub failures: Vec<Failure>,
    /// The value that the condition can reveal; 0 if it has none. Exact even where the condition fails.
    pub value: i64,
}

#[cfg(feature = "prover")]
impl Judgement {
    /// Fails if the value is below the condition's `min` or above its `max`.
    pub(super) fn bounded(&mut self, condition: &Condition, kind: &Kind, value: i64) {
        let (min, max) = (condition.number("min"), condition.number("max"));
        let reason = match value {
            v if v > max => Reason::Above(max),
            v if v < min => Reason::Below(min),
            _ => return,
        };
        let failure = Failure::new(kind, reason, value);
        let first = condition.shape().channels().first().copied();
        self.failures.push(match first {
            Some(channel) => failure.on(channel),
            None => failure,
        });
    }

    /// Fails if the condition's lists are for another period.
    pub(super) fn anchored(&mut self, condition: &Condition, kind: &Kind, window: &Window) {
        let anchor = condition.number("anchor");
        if anchor != 0 && i64::try_from(window.block_start()) != Ok(anchor) {
            let reason = Reason::Other("its lists are for another period");
            self.failures.push(Failure::new(kind, reason, 0).at(window.start));
        }
    }
}

/// How a condition fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Kind of the condition.
    pub kind: &'static str,
    /// Channel, for conditions that look at one.
    pub channel: Option<u8>,
    /// Start of the failing interval, Unix seconds; none if the whole period fails.
    pub at: Option<u64>,
    /// What the readings give, in the channel's unit (for shares: per million).
    pub actual: i64,
    /// How it misses.
    pub reason: Reason,
}

/// How a value misses what a condition asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Above the bound.
    Above(i64),
    /// Below the bound.
    Below(i64),
    /// The reading's quality is not tolerated.
    Quality(Quality),
    /// Something else; a phrase such as `two sessions begin`.
    Other(&'static str),
}

#[cfg(feature = "prover")]
impl Failure {
    pub(super) fn new(kind: &Kind, reason: Reason, actual: impl Into<i64>) -> Self {
        Self { kind: kind.name, channel: None, at: None, actual: actual.into(), reason }
    }

    pub(super) fn on(self, channel: u8) -> Self {
        Self { channel: Some(channel), ..self }
    }

    pub(super) fn at(self, time: u64) -> Self {
        Self { at: Some(time), ..self }
    }
}

impl std::fmt::Display for Failure {
    /// For instance `limit: channel 0 at 1299722400 (Unix seconds): 2310 > 2000`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.kind)?;
        if let Some(channel) = self.channel {
            write!(f, ": channel {channel}")?;
        }
        if let Some(at) = self.at {
            write!(f, " at {at} (Unix seconds)")?;
        }
        match self.reason {
            Reason::Above(bound) => write!(f, ": {} > {bound}", self.actual),
            Reason::Below(bound) => write!(f, ": {} < {bound}", self.actual),
            Reason::Quality(Quality::Missing) => write!(f, ": the reading is missing"),
            Reason::Quality(_) => write!(f, ": the reading is not measured"),
            Reason::Other(what) => write!(f, ": {what}"),
        }
    }
}
