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

/// What is measured. Flows are amounts in an interval; states hold at its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quantity {
    /// Electric energy in the interval.
    Energy,
    /// A meter's counter of electric energy at the interval's end.
    Register,
    /// Energy in a store at the interval's end.
    Stored,
    /// Mean power.
    Power,
    /// Mean voltage.
    Voltage,
    /// Gas.
    Gas,
    /// Water.
    Water,
    /// Heat or cold delivered.
    Heat,
    /// Data transferred.
    Data,
    /// Computing time.
    Compute,
    /// Distance driven.
    Distance,
    /// What happened in the interval: 0 nothing, 1 something begins, 2 it ends.
    Mark,
}

/// Which way it flows, as the household or device sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Taken from the grid or network.
    Import,
    /// Fed into the grid or network.
    Export,
    /// Made on site.
    Generation,
    /// Used on site.
    Consumption,
    /// Into a store.
    Charge,
    /// Out of a store.
    Discharge,
    /// It does not flow.
    None,
}

/// The unit that one count of a value stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Unit {
    /// Watt-hour.
    Wh,
    /// Watt.
    W,
    /// Tenth of a volt.
    #[serde(rename = "dV")]
    DeciVolt,
    /// Litre.
    #[serde(rename = "L")]
    Litre,
    /// Byte.
    #[serde(rename = "B")]
    Byte,
    /// 1,000 bytes.
    #[serde(rename = "kB")]
    Kilobyte,
    /// 1,000,000 bytes.
    #[serde(rename = "MB")]
    Megabyte,
    /// Second.
    #[serde(rename = "s")]
    Second,
    /// Metre.
    #[serde(rename = "m")]
    Metre,
    /// One of anything.
    #[serde(rename = "count")]
    Count,
}

impl Quantity {
    /// The units it is counted in.
    pub fn units(self) -> &'static [Unit] {
        match self {
            Self::Energy | Self::Register | Self::Stored | Self::Heat => &[Unit::Wh],
            Self::Power => &[Unit::W],
            Self::Voltage => &[Unit::DeciVolt],
            Self::Gas | Self::Water => &[Unit::Litre],
            Self::Data => &[Unit::Byte, Unit::Kilobyte, Unit::Megabyte],
            Self::Compute => &[Unit::Second],
            Self::Distance => &[Unit::Metre],
            Self::Mark => &[Unit::Count],
        }
    }
}

impl Unit {
    /// Its symbol, a larger unit that people read, and that unit's digits: `Wh`, `kWh`, 3.
    pub fn symbols(self) -> (&'static str, &'static str, u32) {
        match self {
            Self::Wh => ("Wh", "kWh", 3),
            Self::W => ("W", "kW", 3),
            Self::DeciVolt => ("dV", "V", 1),
            Self::Litre => ("L", "m\u{b3}", 3),
            Self::Byte => ("B", "kB", 3),
            Self::Kilobyte => ("kB", "MB", 3),
            Self::Megabyte => ("MB", "GB", 3),
            Self::Second => ("s", "s", 0),
            Self::Metre => ("m", "km", 3),
            Self::Count => ("", "", 0),
        }
    }
}

/// Everything that a channel can be, in the order of the codes.
const QUANTITIES: [Quantity; 12] = [
    Quantity::Energy,
    Quantity::Register,
    Quantity::Stored,
    Quantity::Power,
    Quantity::Voltage,
    Quantity::Gas,
    Quantity::Water,
    Quantity::Heat,
    Quantity::Data,
    Quantity::Compute,
    Quantity::Distance,
    Quantity::Mark,
];
const DIRECTIONS: [Direction; 7] = [
    Direction::Import,
    Direction::Export,
    Direction::Generation,
    Direction::Consumption,
    Direction::Charge,
    Direction::Discharge,
    Direction::None,
];
const UNITS: [Unit; 10] = [
    Unit::Wh,
    Unit::W,
    Unit::DeciVolt,
    Unit::Litre,
    Unit::Byte,
    Unit::Kilobyte,
    Unit::Megabyte,
    Unit::Second,
    Unit::Metre,
    Unit::Count,
];

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

impl Channel {
    /// Quantity, direction and unit, four bits each, lowest first: how a meter's kind packs it.
    pub fn code(&self) -> u16 {
        self.quantity as u16 | (self.direction as u16) << 4 | (self.unit as u16) << 8
    }

    /// The channel with a code.
    pub fn from_code(code: u16) -> Option<Self> {
        let part = |shift: u32| usize::from(code >> shift & 15);
        let channel = Self {
            quantity: *QUANTITIES.get(part(0))?,
            direction: *DIRECTIONS.get(part(4))?,
            unit: *UNITS.get(part(8))?,
        };
        (code >> 12 == 0).then_some(channel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_come_back() {
        let back = (0..=u16::MAX).filter_map(|code| Some((code, Channel::from_code(code)?)));
        let mut count = 0;
        for (code, channel) in back {
            assert_eq!(channel.code(), code);
            count += 1;
        }
        assert_eq!(count, QUANTITIES.len() * DIRECTIONS.len() * UNITS.len());
    }
}
