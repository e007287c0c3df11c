//! Every reason for which a device does not do what it was asked to.

use core::fmt;

/// What a device answers.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// A refusal or a fault. Neither tells a reading or a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The kind of meter is none: no channels, or a block that does not divide a day.
    Kind,
    /// The meter's buffer has no room for a block.
    Slots,
    /// The time is no begin of an interval, or not below 2^40.
    OffGrid,
    /// That interval is over: a reading twice, out of order, or a clock that was set back.
    OutOfOrder,
    /// The time is further ahead than the longest outage: a clock that was set wrong.
    TooFarAhead,
    /// Not one reading for each channel, a value too large, or a missing reading with a value.
    Reading,
    /// The chain has as many blocks as it can number.
    ChainFull,
    /// The owner provisioned no such policy for this payee.
    NotProvisioned,
    /// There is no room for another policy and payee.
    NoRoom,
    /// The period is empty, or the chain does not hold all of it.
    NotRecorded,
    /// The head after the period is no longer kept.
    Forgotten,
    /// Blocks past the chain's end cannot have been collected, or are no longer there.
    NotThere,
    /// The storage is full of blocks that nobody collected.
    Full,
    /// The storage failed. What is in memory may be ahead of it: open the meter again.
    Storage,
    /// The storage has no meter.
    NoMeter,
    /// The storage has a meter already, or something else.
    Occupied,
    /// The storage is another key's.
    OtherKey,
    /// The storage is damaged where no power cut could have done it. A device that went on might sign two heads for one block.
    Damaged,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => {
                "the kind of meter has no channels, or a block that does not divide a day"
            }
            Self::Slots => "the meter's buffer has no room for a block",
            Self::OffGrid => "the time is not the begin of an interval",
            Self::OutOfOrder => "the interval is over: repeated, out of order, or a clock set back",
            Self::TooFarAhead => "the time is further ahead than the longest outage",
            Self::Reading => "the readings are not one for each channel, in range",
            Self::ChainFull => "the chain has as many blocks as it can number",
            Self::NotProvisioned => "the owner provisioned no such policy for this payee",
            Self::NoRoom => "there is no room for another policy and payee",
            Self::NotRecorded => "the chain does not hold the whole period",
            Self::Forgotten => "the head after the period is no longer kept",
            Self::NotThere => "there are no such blocks to collect",
            Self::Full => "the storage is full of blocks that nobody collected",
            Self::Storage => "the storage failed",
            Self::NoMeter => "the storage has no meter",
            Self::Occupied => "the storage is not empty",
            Self::OtherKey => "the storage is another key's",
            Self::Damaged => "the storage is damaged",
        })
    }
}

impl core::error::Error for Error {}
