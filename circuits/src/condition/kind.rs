//! What a kind of condition is, as data. Reading, writing, digests, shapes and sentences all work from these tables, so that a
//! new kind needs no code for any of them, and weighs little on a web page.

use super::{Condition, ConditionShape};
use crate::error::Result;
use crate::meter::{MeterKind, Quantity, WORD_BITS};
use crate::relation::Geometry;

/// A kind of condition.
pub struct Kind {
    /// Number in digests, below 2^16; also the canonical order. Never changes its meaning.
    pub code: u8,
    /// Name in policies.
    pub name: &'static str,
    /// Its members, in the order in which digests absorb them.
    pub members: &'static [Member],
    /// What happens to missing readings that the policy tolerates (`count as zero`). None if the kind judges qualities itself and
    /// has no tolerances.
    pub missing: Option<&'static str>,
    /// Whether a policy may switch it off, so that a catalogue's circuit serves policies without it.
    pub can_be_off: bool,
    /// What it can reveal.
    pub output: Option<Revealed>,
    /// What it says; see [`crate::policy`] for the notation.
    pub sentence: &'static str,
    /// Refuses shapes that make no circuit: lists of lengths that do not fit each other or the geometry.
    pub check_shape: fn(&ConditionShape, &Geometry) -> Result<()>,
    /// Refuses parameters that contradict each other; each alone is in its form's range.
    pub check: fn(&Condition, &Geometry, &MeterKind) -> Result<()>,
}

/// A value that a condition reveals, if its member `reveal` says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revealed {
    /// What it is called.
    pub name: &'static str,
    /// What it counts.
    pub unit: RevealedUnit,
}

/// What a revealed value counts, and how large it can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevealedUnit {
    /// The unit of the condition's first channel, below `2^total_bits`.
    Total,
    /// The same, but it may be negative.
    SignedTotal,
    /// Minor units of a currency; may be negative.
    Money,
    /// Millionths, at most a million.
    Ppm,
    /// Grams, below 2^63.
    Grams,
}

/// One member of a kind.
pub struct Member {
    /// Name in policies.
    pub name: &'static str,
    /// What its values are.
    pub form: Form,
    /// What it is part of.
    pub part: Part,
    /// Whether it is one value or a list.
    pub size: Size,
    /// How a list becomes field elements.
    pub lane: Lane,
    /// Value of a scalar that is left out.
    pub default: Option<i64>,
    /// A scalar that is there only where this list is empty.
    pub unless: Option<&'static str>,
    /// Its value in a condition that is off.
    pub neutral: Neutral,
    /// What it means, with its range, for the schema and the documentation.
    #[cfg(feature = "prover")]
    pub about: &'static str,
}

/// What a member is part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The shape; two conditions of a policy must differ in one of these.
    Key,
    /// The shape.
    Shape,
    /// The parameters, which the policy digest binds. Of a list the length is part of the shape.
    Parameter,
}

/// What a value is. Each has a range ([`Form::range`]) and a spelling in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Index of a channel that measures one of these quantities; of any, if none are named. A number; -1 is none.
    Channel(&'static [Quantity]),
    /// One of these names, by index.
    Choice(&'static [&'static str]),
    /// True or false.
    Flag,
    /// A small number, written as such.
    Count {
        /// Least.
        min: i64,
        /// Most.
        max: i64,
    },
    /// Millionths, 0 to 1,000,000; a number.
    Ppm,
    /// One interval's value in the channel's unit, below `2^value_bits`; a decimal string.
    Value,
    /// A sum over intervals in the channel's unit, below `2^total_bits`; a decimal string.
    Total,
    /// A difference of two such sums; a decimal string.
    SignedTotal,
    /// An amount of money in millionths of the currency's minor unit, below 2^62 either way; a decimal string.
    Money,
    /// Minor units of a currency, below 2^62 either way; a decimal string.
    Minor,
    /// A price of one unit of the channel, in millionths of the currency's minor unit, below 2^40 either way; a decimal string.
    Rate,
    /// Such a price of an interval of its own, below 2^20 either way; a decimal string.
    Price,
    /// Unix seconds below 2^40; a decimal string.
    Time,
    /// Grams, below 2^62; a decimal string.
    Grams,
    /// Three capital letters (ISO 4217).
    Currency,
    /// Grams of CO2 equivalent for 1,000 units of the channel, below 2^16; a number.
    Intensity,
}

/// One value or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// One.
    One,
    /// A list of at most this many.
    UpTo(usize),
    /// Either nothing or one for each slot of the grid, from the block that holds the period's start.
    Slots,
}

/// How a list becomes field elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// An element for each value.
    Own,
    /// As many as fit an element, in lanes of this many bits, least significant first, each less its form's least value.
    Bits(usize),
    /// The same, in lanes two bits wider than a reading's value.
    Value,
}

/// A parameter's value in a condition that is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neutral {
    /// The least of its range that is not negative.
    Zero,
    /// The least of its range.
    Least,
    /// The most of its range.
    Most,
    /// The most where this choice is its first name, else the least.
    MostIfFirst(&'static str),
}

impl Member {
    const fn new(name: &'static str, form: Form, part: Part, about: &'static str) -> Self {
        #[cfg(not(feature = "prover"))]
        let _ = about;
        Self {
            name,
            form,
            part,
            size: Size::One,
            lane: Lane::Own,
            default: None,
            unless: None,
            neutral: Neutral::Zero,
            #[cfg(feature = "prover")]
            about,
        }
    }

    pub(super) const fn key(name: &'static str, form: Form, about: &'static str) -> Self {
        Self::new(name, form, Part::Key, about)
    }

    pub(super) const fn shape(name: &'static str, form: Form, about: &'static str) -> Self {
        Self::new(name, form, Part::Shape, about)
    }

    pub(super) const fn parameter(name: &'static str, form: Form, about: &'static str) -> Self {
        Self::new(name, form, Part::Parameter, about)
    }

    pub(super) const fn list(mut self, size: Size, lane: Lane) -> Self {
        self.size = size;
        self.lane = lane;
        self
    }

    pub(super) const fn default(mut self, value: i64) -> Self {
        self.default = Some(value);
        self
    }

    pub(super) const fn unless(mut self, list: &'static str) -> Self {
        self.unless = Some(list);
        self
    }

    pub(super) const fn neutral(mut self, neutral: Neutral) -> Self {
        self.neutral = neutral;
        self
    }

    /// Whether it is a list.
    pub fn is_list(&self) -> bool {
        self.size != Size::One
    }

    /// Whether a shape has its value, or of a list its length.
    pub fn is_in_shape(&self) -> bool {
        self.part != Part::Parameter || self.is_list()
    }

    /// Most values of a list in a circuit of these sizes.
    pub fn most(&self, geometry: &Geometry) -> usize {
        match self.size {
            Size::One => 1,
            Size::UpTo(most) => most,
            Size::Slots => geometry.slots(),
        }
    }

    /// Bits of a lane, and lanes of an element; none where each value has an element of its own.
    pub fn lanes(&self, geometry: &Geometry) -> Option<(usize, usize)> {
        let bits = match self.lane {
            Lane::Own => return None,
            Lane::Bits(bits) => bits,
            Lane::Value => usize::from(geometry.value_bits) + 2,
        };
        Some((bits, WORD_BITS / bits))
    }

    /// The value in a condition that is off.
    pub(super) fn neutral_value(&self, shape: &ConditionShape, geometry: &Geometry) -> i64 {
        let (least, most) = self.form.range(geometry);
        match self.neutral {
            Neutral::Zero => least.max(0),
            Neutral::Least => least,
            Neutral::Most => most,
            Neutral::MostIfFirst(choice) if shape.number(choice) == 0 => most,
            Neutral::MostIfFirst(_) => least,
        }
    }
}

impl Form {
    /// Least and greatest value.
    pub fn range(&self, geometry: &Geometry) -> (i64, i64) {
        let below = |bits: usize| (1_i64 << bits.min(62)) - 1;
        let either = |bits: usize| (-below(bits), below(bits));
        match *self {
            Self::Channel(_) => (-1, 7),
            Self::Choice(names) => (0, names.len() as i64 - 1),
            Self::Flag => (0, 1),
            Self::Count { min, max } => (min, max),
            Self::Ppm => (0, 1_000_000),
            Self::Value => (0, below(geometry.value_bits.into())),
            Self::Total => (0, below(geometry.total_bits())),
            Self::SignedTotal => either(geometry.total_bits()),
            Self::Money | Self::Minor => either(62),
            Self::Rate => either(40),
            Self::Price => either(20),
            Self::Time => (0, below(40)),
            Self::Grams => (0, below(62)),
            Self::Currency => (0, below(24)),
            Self::Intensity => (0, below(16)),
        }
    }

    /// Whether JSON has it as a number rather than a decimal string.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Channel(_) | Self::Count { .. } | Self::Ppm | Self::Intensity)
    }
}

impl Kind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        super::KINDS.iter().find(|kind| kind.name == name).copied()
    }

    /// Place of a member in [`Kind::members`].
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.members.iter().position(|member| member.name == name)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Kind {}

impl std::hash::Hash for Kind {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.code.hash(state);
    }
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}
