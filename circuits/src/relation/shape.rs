//! What fixes a circuit. Shapes are data: a new size needs no new Rust.

use crate::condition::{ConditionShape, Revealed};
use crate::error::{Code, Error, Result, message};
use crate::format::{parse, to_json};
use crate::hash::{F, bytes_to_field};
use crate::meter::Level;
use serde::Serialize;

/// How many blocks a period may touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct BlockRange {
    /// Fewest, at least 1.
    pub min: u16,
    /// Most: the circuit's capacity, at most 512.
    pub max: u16,
}

/// Sizes of a circuit, without its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Geometry {
    /// Intervals in a block, 1 to 1,440.
    pub intervals_per_block: u16,
    /// Blocks that a period touches.
    pub blocks: BlockRange,
    /// Whether periods begin and end at block boundaries; if not, they may begin and end inside a block.
    pub aligned: bool,
    /// Values are below `2^value_bits`; 8 to 32.
    pub value_bits: u8,
    /// Levels of the registry tree, four children each; 1 to 16. At L3 there is none, and this only tells shapes apart.
    pub registry_depth: u8,
    /// Blocks before the period that conditions look into (a baseline's days); with `blocks.max` at most 512.
    #[serde(skip_serializing_if = "is_zero")]
    pub look_back: u16,
    /// How many of those blocks are opened, so that conditions see their readings; the others cost no more than their link in the chain.
    /// At most `look_back`; 0 for all.
    #[serde(skip_serializing_if = "is_zero")]
    pub opened: u16,
}

fn is_zero(n: &u16) -> bool {
    *n == 0
}

/// The geometries that have names; each is a file in `circuits/shapes/`.
const NAMED: &[(&str, &str)] = &[
    ("hour-4x15m", include_str!("../../shapes/hour-4x15m.json")),
    ("day-24x1h", include_str!("../../shapes/day-24x1h.json")),
    ("day-24x1h-back20", include_str!("../../shapes/day-24x1h-back20.json")),
    ("day-96x15m", include_str!("../../shapes/day-96x15m.json")),
    ("week-24x1h", include_str!("../../shapes/week-24x1h.json")),
    ("week-96x15m", include_str!("../../shapes/week-96x15m.json")),
    ("month-24x1h", include_str!("../../shapes/month-24x1h.json")),
    ("month-96x15m", include_str!("../../shapes/month-96x15m.json")),
];

impl Geometry {
    /// The named geometry, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let (_, json) = NAMED.iter().find(|(n, _)| *n == name)?;
        parse(json, "geometry", json.len()).ok()
    }

    /// Names that [`Geometry::named`] knows.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// Slots of the circuit: intervals of all blocks it has room for.
    pub fn slots(&self) -> usize {
        usize::from(self.intervals_per_block) * usize::from(self.blocks.max)
    }

    /// Blocks before the period whose readings conditions see.
    pub fn opens(&self) -> usize {
        usize::from(if self.opened == 0 { self.look_back } else { self.opened })
    }

    /// Bits that hold a sum of all slots' values.
    pub fn total_bits(&self) -> usize {
        usize::from(self.value_bits) + self.count_bits()
    }

    /// Bits that hold a count of slots.
    pub fn count_bits(&self) -> usize {
        (usize::BITS - self.slots().leading_zeros()) as usize
    }

    /// Refuses sizes outside the ranges of the fields.
    pub fn check(&self) -> Result<()> {
        let range = |name: &str, value: usize, min: usize, max: usize| {
            if (min..=max).contains(&value) {
                return Ok(());
            }
            let message =
                message!["geometry.", name, " is ", value, ", not ", min, " to ", max, "."];
            Err(Error::new(Code::BadPolicy, message))
        };
        range("intervals_per_block", self.intervals_per_block.into(), 1, 1440)?;
        range("blocks.min", self.blocks.min.into(), 1, 512)?;
        range("blocks.max", self.blocks.max.into(), self.blocks.min.into(), 512)?;
        range("look_back", self.look_back.into(), 0, 512 - usize::from(self.blocks.max))?;
        range("opened", self.opened.into(), 0, self.look_back.into())?;
        range("value_bits", self.value_bits.into(), 8, 32)?;
        range("registry_depth", self.registry_depth.into(), 1, 16)
    }
}

/// A public output of a shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// Condition that reveals it: its index in [`Shape::conditions`].
    pub condition: usize,
    /// What it is, and what it counts.
    pub revealed: Revealed,
    /// Whether only a commitment to it is public: the coordinates of a point, two public inputs.
    pub hidden: bool,
    /// The public value is below `2^bits`.
    pub bits: usize,
    /// What is added to the value to make the public one, as it may be negative.
    pub offset: u64,
}

impl Output {
    /// How many public inputs it takes.
    pub fn inputs(&self) -> usize {
        if self.hidden { 2 } else { 1 }
    }
}

/// Where the word of whoever vouches for readings is checked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trust {
    /// In circuit: a registry holds the signer's key (L0 to L2).
    #[default]
    Registry,
    /// By the verifier: the circuit gives the head that a device of level L3 signed.
    #[cfg(feature = "l3")]
    Device,
}

impl Trust {
    /// Where that of a level is checked.
    pub fn of(level: Level) -> Self {
        match level {
            #[cfg(feature = "l3")]
            Level::L3 => Self::Device,
            _ => Self::Registry,
        }
    }

    fn is_registry(&self) -> bool {
        *self == Self::Registry
    }
}

/// What fixes a circuit: sizes, channels, and kinds of conditions. Parameters are not part of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Shape {
    /// Sizes.
    pub geometry: Geometry,
    /// Channels of every block, 1 to 8.
    pub channels: u8,
    /// Conditions in canonical order.
    pub conditions: Vec<ConditionShape>,
    /// Where the word of whoever vouches is checked.
    #[serde(skip_serializing_if = "Trust::is_registry")]
    pub trust: Trust,
}

/// Public inputs that every statement has, before its outputs.
pub const FIXED_INPUTS: usize = 5;

impl Shape {
    /// The canonical encoding: compact JSON with the fields in the order of the struct.
    pub fn encode(&self) -> Vec<u8> {
        to_json(self).into_bytes()
    }

    /// What a policy digest binds.
    pub fn digest(&self) -> F {
        bytes_to_field("wattproof/shape/1", &self.encode())
    }

    /// Public outputs in order.
    pub fn outputs(&self) -> Vec<Output> {
        let of = |(condition, shape): (usize, &ConditionShape)| {
            let (revealed, hidden) = shape.revealed()?;
            let (bits, offset) = revealed.unit.bits_and_offset(&self.geometry);
            Some(Output { condition, revealed, hidden, bits, offset })
        };
        self.conditions.iter().enumerate().filter_map(of).collect()
    }

    /// Number of public inputs: the fixed ones and the outputs.
    pub fn public_inputs(&self) -> usize {
        FIXED_INPUTS + self.outputs().iter().map(Output::inputs).sum::<usize>()
    }

    /// Refuses sizes out of range, channels that do not exist, and conditions out of order, repeated, or without
    /// completeness.
    pub fn check(&self) -> Result<()> {
        self.geometry.check()?;
        let bad = |message: String| Err(Error::new(Code::BadPolicy, message));
        if !(1..=8).contains(&self.channels) {
            return bad(message![self.channels, " channels; a meter has 1 to 8."]);
        }
        if self.conditions.first().map(ConditionShape::name) != Some("completeness") {
            return bad("conditions: completeness is missing; it is always on.".into());
        }
        for pair in self.conditions.windows(2) {
            if pair[0].order() >= pair[1].order() {
                return bad(message![
                    "conditions: ",
                    pair[1].name(),
                    " is out of order or repeated."
                ]);
            }
        }
        #[cfg(feature = "l3")]
        if self.trust == Trust::Device && self.conditions.iter().any(|c| c.name() == "plausibility")
        {
            return bad("conditions: plausibility asks for the nameplate of a registry entry, and L3 has none: bound every interval \
                        with limit."
                .into());
        }
        let absent = |c: &&ConditionShape| c.channels().iter().any(|c| *c >= self.channels);
        if let Some(c) = self.conditions.iter().find(absent) {
            return bad(message!["conditions: ", c.name(), " names a channel that is not there."]);
        }
        self.conditions.iter().try_for_each(|c| c.check(&self.geometry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_geometry_is_in_range() {
        for name in Geometry::names() {
            let geometry = Geometry::named(name).expect(name);
            geometry.check().expect(name);
        }
        assert!(Geometry::named("fortnight").is_none());
    }

    #[test]
    fn counts_have_room() {
        let month = Geometry::named("month-96x15m").expect("named");
        assert_eq!((month.slots(), month.count_bits(), month.total_bits()), (3072, 12, 36));
        let day = Geometry::named("day-96x15m").expect("named");
        assert_eq!((day.slots(), day.count_bits()), (96, 7));
    }
}
