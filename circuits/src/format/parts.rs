//! How the parts of policies and keys are read: shapes, meters, conditions.

use super::{Fault, FromJson, Value, members, names, written};
use crate::condition::{Bound, Completeness, Condition, ConditionShape, Limit, Tolerance, Volume};
use crate::error::{Code, Error};
use crate::meter::{Channel, Direction, Level, MeterKind, Quality, Quantity, Unit};
use crate::policy::{Calendar, CalendarUnit, Scope};
use crate::relation::{BlockRange, Geometry, Shape};

members! {
    BlockRange { min, max }
    Geometry { intervals_per_block, blocks, aligned, value_bits, registry_depth }
    Shape { geometry, channels, conditions }
    Channel { quantity, direction, unit }
    MeterKind { interval_seconds, grid_offset_seconds, channels }
    Calendar { zone, unit }
    Scope { authority, name, calendar }
}

written! {
    BlockRange { min, max }
    Geometry { intervals_per_block, blocks, aligned, value_bits, registry_depth }
    Shape { geometry, channels, conditions }
}

names! {
    Quantity { Energy = "energy" }
    Direction {
        Import = "import",
        Export = "export",
        Generation = "generation",
        Consumption = "consumption",
    }
    Unit { Wh = "Wh" }
    Quality { Measured = "measured", Estimated = "estimated", Missing = "missing" }
    Level { L0 = "L0", L1 = "L1", L2 = "L2" }
    CalendarUnit { Hour = "hour", Day = "day", Week = "week", Month = "month" }
    Bound { AtMost = "at-most", AtLeast = "at-least" }
}

impl FromJson for Tolerance {
    fn read(value: &Value) -> Result<Self, Fault> {
        let list = Vec::<Quality>::read(value)?;
        Self::try_from(list).map_err(|e| value.fault(Error::new(Code::Malformed, e)))
    }
}

impl FromJson for Condition {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (tag, kind) = value.tag("kind")?;
        Ok(match kind {
            "completeness" => {
                let members = value.members(&["kind", "min_measured_ppm"])?;
                Self::Completeness(Completeness {
                    min_measured_ppm: members.get("min_measured_ppm")?,
                })
            }
            "volume" => {
                let members =
                    value.members(&["kind", "channel", "min", "max", "reveal", "tolerate"])?;
                Self::Volume(Volume {
                    channel: members.get("channel")?,
                    min: members.get("min")?,
                    max: members.get("max")?,
                    reveal: members.get("reveal")?,
                    tolerate: members.optional("tolerate")?.unwrap_or_default(),
                })
            }
            "limit" => {
                let members = value
                    .members(&["kind", "channel", "bound", "value", "schedule", "tolerate"])?;
                Self::Limit(Limit {
                    channel: members.get("channel")?,
                    bound: members.get("bound")?,
                    value: members.optional("value")?,
                    schedule: members.optional("schedule")?,
                    tolerate: members.optional("tolerate")?.unwrap_or_default(),
                })
            }
            other => return Err(tag.unknown(other).within("kind")),
        })
    }
}

impl FromJson for ConditionShape {
    fn read(value: &Value) -> Result<Self, Fault> {
        let (tag, kind) = value.tag("kind")?;
        Ok(match kind {
            "completeness" => {
                value.members(&["kind"])?;
                Self::Completeness
            }
            "volume" => {
                let members = value.members(&["kind", "channel", "reveal"])?;
                Self::Volume { channel: members.get("channel")?, reveal: members.get("reveal")? }
            }
            "limit" => {
                let members = value.members(&["kind", "channel", "bound", "schedule"])?;
                Self::Limit {
                    channel: members.get("channel")?,
                    bound: members.get("bound")?,
                    schedule: members.get("schedule")?,
                }
            }
            other => return Err(tag.unknown(other).within("kind")),
        })
    }
}
