//! What a condition contributes to a circuit's shape.

use super::{EXACT, Form, HIDDEN, Kind, Member, Part, Revealed, RevealedUnit, Size, bad};
use crate::error::{Result, message};
use crate::meter::MeterKind;
use crate::relation::Geometry;

/// What a condition contributes to a circuit's shape: its kind, those members that shape it, and the lengths of its lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ConditionShape {
    kind: &'static Kind,
    /// For each member of the kind its value, of a list its length; 0 for a scalar that is a parameter.
    values: Vec<i64>,
}

impl ConditionShape {
    pub(super) fn new(kind: &'static Kind, values: Vec<i64>) -> Self {
        Self { kind, values }
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// The kind's name, as in a policy.
    pub fn name(&self) -> &'static str {
        self.kind.name
    }

    pub(super) fn values(&self) -> &[i64] {
        &self.values
    }

    /// A member's value, or of a list its length; 0 if the kind has no such member.
    pub fn number(&self, member: &str) -> i64 {
        let value = self.kind.place(member).and_then(|i| self.values.get(i));
        value.copied().unwrap_or_default()
    }

    /// A list's length; 0 if there is no such list.
    pub fn length(&self, list: &str) -> usize {
        usize::try_from(self.number(list)).unwrap_or(0)
    }

    fn members(&self) -> impl Iterator<Item = (&'static Member, i64)> + '_ {
        self.kind.members.iter().zip(self.values.iter().copied())
    }

    /// Canonical order, and what makes two conditions the same: the kind, then its keys.
    pub fn order(&self) -> (u8, Vec<i64>) {
        let keys = self.members().filter(|(member, _)| member.part == Part::Key);
        (self.kind.code, keys.map(|(_, value)| value).collect())
    }

    /// The channels it looks at, in the order of its members.
    pub fn channels(&self) -> Vec<u8> {
        let channels = self.members().filter(|(m, _)| matches!(m.form, Form::Channel(_)));
        channels.filter_map(|(_, channel)| u8::try_from(channel).ok()).collect()
    }

    /// Whether it takes a scalar, or whether a list stands in for it.
    pub(crate) fn has(&self, member: &Member) -> bool {
        member.unless.is_none_or(|list| self.number(list) == 0)
    }

    /// What it reveals as a public output, and whether only a commitment to it.
    pub fn revealed(&self) -> Option<(Revealed, bool)> {
        let revealed = self.kind.output?;
        match self.number("reveal") {
            EXACT => Some((revealed, false)),
            HIDDEN => Some((revealed, true)),
            _ => None,
        }
    }

    /// Refuses channels that are not there, or that measure something else than this kind judges.
    pub(super) fn check_channels(&self, meter: &MeterKind) -> Result<()> {
        for (member, channel) in self.members() {
            let Form::Channel(quantities) = member.form else { continue };
            let found = usize::try_from(channel).ok().and_then(|c| meter.channels.get(c));
            let fault = match found {
                Some(c) if quantities.is_empty() || quantities.contains(&c.quantity) => continue,
                None if channel == -1 && member.default.is_some() => continue,
                Some(_) => " measures another quantity than this condition judges.",
                None => " names a channel that is not there.",
            };
            return Err(bad(self.kind.name, message![member.name, *fault]));
        }
        Ok(())
    }

    /// Refuses values out of range, and lists that do not fit the geometry.
    pub fn check(&self, geometry: &Geometry) -> Result<()> {
        for (member, value) in self.members() {
            let (least, most) = match member.size {
                _ if !member.is_in_shape() => continue,
                // A circuit would take the first channel in the place of one that must be there and is not.
                Size::One
                    if matches!(member.form, Form::Channel(_)) && member.default.is_none() =>
                {
                    (0, member.form.range(geometry).1)
                }
                Size::One => member.form.range(geometry),
                Size::UpTo(most) => (0, most as i64),
                Size::Slots if value == 0 => continue,
                Size::Slots => (geometry.slots() as i64, geometry.slots() as i64),
            };
            if !(least..=most).contains(&value) {
                let what = if member.is_list() { " values; there is room for " } else { ", not " };
                let fault = message![member.name, ": ", value, what, least, " to ", most, "."];
                return Err(bad(self.kind.name, fault));
            }
        }
        (self.kind.check_shape)(self, geometry)
    }
}

impl RevealedUnit {
    /// Added to a value that may be negative, so that it is a number below 2^64: bits and offset.
    pub fn bits_and_offset(self, geometry: &Geometry) -> (usize, u64) {
        match self {
            Self::Total => (geometry.total_bits(), 0),
            Self::Ppm => (20, 0),
            Self::Grams => (63, 0),
            Self::SignedTotal | Self::Money => (64, 1 << 63),
        }
    }
}
