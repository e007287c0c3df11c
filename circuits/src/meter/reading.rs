//! Readings and the channels they are taken on (PROTOCOL, "Readings, blocks, heads").

use serde::{Deserialize, Serialize};

/// How a reading came about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quality {
    /// Measured by the device.
    #[default]
    Measured,
    /// Estimated or substituted by somebody.
    Estimated,
    /// Not there; the value is zero.
    Missing,
}

/// One interval's value on one channel, in the channel's unit. A missing reading has value 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reading {
    /// Whole units, below `2^value_bits` of the shape (at most 32).
    pub value: u32,
    /// How the value came about.
    pub quality: Quality,
}

impl Reading {
    /// A reading that is not there.
    pub const MISSING: Reading = Reading { value: 0, quality: Quality::Missing };

    /// A measured value.
    pub const fn measured(value: u32) -> Self {
        Self { value, quality: Quality::Measured }
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Electric energy.
    Energy,
}

/// Which way it flows, as the household sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Taken from the grid.
    Import,
    /// Fed into the grid.
    Export,
    /// Made on site.
    Generation,
    /// Used on site.
    Consumption,
}

/// The unit that one count of a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Watt-hour.
    Wh,
}

/// A measured quantity with direction and unit. Flows in each direction are separate channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// What is measured.
    pub quantity: Quantity,
    /// Which way it flows.
    pub direction: Direction,
    /// What one count stands for.
    pub unit: Unit,
}
