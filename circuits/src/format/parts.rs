//! How the parts of policies and keys are read: shapes, meters, conditions.

use super::{Fault, FromJson, ToJson, Value, members, names, write_object, written};
use crate::meter::{Channel, Direction, Level, MeterKind, Quality, Quantity, Unit};
use crate::policy::{Calendar, CalendarUnit, Scope};
use crate::relation::{BlockRange, Geometry, Shape};

members! {
    BlockRange { min, max }
    Shape { geometry, channels, conditions }
    Channel { quantity, direction, unit }
    MeterKind { interval_seconds, grid_offset_seconds, channels }
    Calendar { zone, unit }
    Scope { authority, name, calendar }
}

written! {
    BlockRange { min, max }
    Shape { geometry, channels, conditions }
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
    Level { L0 = "L0", L1 = "L1", L2 = "L2" }
    CalendarUnit { Hour = "hour", Day = "day", Week = "week", Month = "month" }
}

/// Members of a geometry, but for those that most have not.
const GEOMETRY: [&str; 5] =
    ["intervals_per_block", "blocks", "aligned", "value_bits", "registry_depth"];

impl FromJson for Geometry {
    fn read(value: &Value) -> Result<Self, Fault> {
        let mut names = GEOMETRY.to_vec();
        names.extend(["look_back", "opened"]);
        let members = value.members(&names)?;
        Ok(Self {
            intervals_per_block: members.get("intervals_per_block")?,
            blocks: members.get("blocks")?,
            aligned: members.get("aligned")?,
            value_bits: members.get("value_bits")?,
            registry_depth: members.get("registry_depth")?,
            look_back: members.optional("look_back")?.unwrap_or_default(),
            opened: members.optional("opened")?.unwrap_or_default(),
        })
    }
}

impl ToJson for Geometry {
    fn write(&self, json: &mut String) {
        let there = |number: u16| (number > 0).then_some(number);
        let (look_back, opened) = (there(self.look_back), there(self.opened));
        let [n, blocks, aligned, bits, depth] = GEOMETRY;
        write_object(
            json,
            &[
                (n, &self.intervals_per_block),
                (blocks, &self.blocks),
                (aligned, &self.aligned),
                (bits, &self.value_bits),
                (depth, &self.registry_depth),
                ("look_back", &look_back),
                ("opened", &opened),
            ],
        );
    }
}
