//! How the parts of policies and keys are read: shapes, meters, conditions.

use super::{Fault, FromJson, ToJson, Value, members, names, read, write_object, written};
use crate::meter::{Channel, Direction, Level, MeterKind, Quality, Quantity, Unit};
use crate::policy::{Calendar, CalendarUnit, Scope};
#[cfg(feature = "l3")]
use crate::relation::Trust;
use crate::relation::{BlockRange, Geometry, Shape};

members! {
    BlockRange { min, max }
    Channel { quantity, direction, unit }
    MeterKind { interval_seconds, grid_offset_seconds, channels }
    Calendar { zone, unit }
    Scope { authority, name, calendar }
}

written! {
    BlockRange { min, max }
}

names! {
    Quantity {
        Energy = "energy",
        Register = "register",
        Stored = "stored",
        Power = "power",
        Voltage = "voltage",
        Gas = "gas",
        Water = "water",
        Heat = "heat",
        Data = "data",
        Compute = "compute",
        Distance = "distance",
        Mark = "mark",
    }
    Direction {
        Import = "import",
        Export = "export",
        Generation = "generation",
        Consumption = "consumption",
        Charge = "charge",
        Discharge = "discharge",
        None = "none",
    }
    Unit {
        Wh = "Wh",
        W = "W",
        DeciVolt = "dV",
        Litre = "L",
        Byte = "B",
        Kilobyte = "kB",
        Megabyte = "MB",
        Second = "s",
        Metre = "m",
        Count = "count",
    }
    Quality { Measured = "measured", Estimated = "estimated", Missing = "missing" }
    CalendarUnit { Hour = "hour", Day = "day", Week = "week", Month = "month" }
}

#[cfg(feature = "l3")]
names! {
    Level { L0 = "L0", L1 = "L1", L2 = "L2", L3 = "L3" }
    Trust { Registry = "registry", Device = "device" }
}

#[cfg(feature = "l3")]
impl ToJson for Shape {
    fn write(&self, json: &mut String) {
        let trust = (self.trust != Trust::Registry).then_some(self.trust);
        write_object(
            json,
            &[
                ("geometry", &self.geometry),
                ("channels", &self.channels),
                ("conditions", &self.conditions),
                ("trust", &trust),
            ],
        );
    }
}

// What is of L3 is refused when it is read.
#[cfg(not(feature = "l3"))]
super::written_names! { Level { L0 = "L0", L1 = "L1", L2 = "L2" } }
#[cfg(not(feature = "l3"))]
written! { Shape { geometry, channels, conditions } }

impl FromJson for Shape {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_members() => geometry, channels, conditions; trust }
        let trust = trust.unwrap_or_default();
        Ok(Self { geometry, channels, conditions, trust })
    }
}

impl FromJson for Geometry {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! {
            value.read_members() =>
            intervals_per_block, blocks, aligned, value_bits, registry_depth; look_back, opened
        }
        let (look_back, opened) = (look_back.unwrap_or_default(), opened.unwrap_or_default());
        Ok(Self {
            intervals_per_block,
            blocks,
            aligned,
            value_bits,
            registry_depth,
            look_back,
            opened,
        })
    }
}

impl ToJson for Geometry {
    fn write(&self, json: &mut String) {
        let there = |number: u16| (number > 0).then_some(number);
        let (look_back, opened) = (there(self.look_back), there(self.opened));
        write_object(
            json,
            &[
                ("intervals_per_block", &self.intervals_per_block),
                ("blocks", &self.blocks),
                ("aligned", &self.aligned),
                ("value_bits", &self.value_bits),
                ("registry_depth", &self.registry_depth),
                ("look_back", &look_back),
                ("opened", &opened),
            ],
        );
    }
}
