//! One file per condition: its parameters, its native check and its constraints, side by side.

#[cfg(feature = "prover")]
pub(crate) mod circuit;
mod completeness;
mod limit;
mod volume;

pub use completeness::Completeness;
pub use limit::{Bound, Limit};
pub use volume::Volume;

use crate::error::{Code, Error, Result, message};
use crate::format::{ToJson, write_object};
use crate::hash::F;
use crate::meter::{Quality, Reading};
use crate::relation::{Geometry, Output};
use serde::{Deserialize, Serialize};

/// One rule of a policy, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Condition {
    /// Enough intervals were measured.
    Completeness(Completeness),
    /// The total lies within bounds.
    Volume(Volume),
    /// Every interval lies within a bound.
    Limit(Limit),
}

/// What a condition contributes to a circuit's shape. The order of the variants is that of [`ConditionShape::order`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum ConditionShape {
    /// See [`Completeness`].
    Completeness,
    /// See [`Volume`].
    Volume {
        /// Channel it sums.
        channel: u8,
        /// Whether the total is a public output.
        reveal: bool,
    },
    /// See [`Limit`].
    Limit {
        /// Channel it bounds.
        channel: u8,
        /// Which way.
        bound: Bound,
        /// Whether there is a value for each slot.
        schedule: bool,
    },
}

impl ToJson for ConditionShape {
    fn write(&self, json: &mut String) {
        let kind = ("kind", &self.name() as &dyn ToJson);
        match self {
            Self::Completeness => write_object(json, &[kind]),
            Self::Volume { channel, reveal } => {
                write_object(json, &[kind, ("channel", channel), ("reveal", reveal)]);
            }
            Self::Limit { channel, bound, schedule } => {
                let members =
                    [kind, ("channel", channel), ("bound", bound), ("schedule", schedule)];
                write_object(json, &members);
            }
        }
    }
}

impl ConditionShape {
    /// The kind's name, as in a policy.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Completeness => "completeness",
            Self::Volume { .. } => "volume",
            Self::Limit { .. } => "limit",
        }
    }

    /// Canonical order, and what makes two conditions the same: kind, channel, direction of the bound.
    pub fn order(&self) -> (u8, u8, u8) {
        match *self {
            Self::Completeness => (1, 0, 0),
            Self::Volume { channel, .. } => (2, channel, 0),
            Self::Limit { channel, bound, .. } => (3, channel, bound as u8),
        }
    }

    /// The channel it looks at, if it looks at one.
    pub fn channel(&self) -> Option<u8> {
        match *self {
            Self::Completeness => None,
            Self::Volume { channel, .. } | Self::Limit { channel, .. } => Some(channel),
        }
    }

    /// A condition of this shape with blank parameters, for recording.
    #[cfg(feature = "prover")]
    pub(crate) fn blank(&self, geometry: &Geometry) -> Condition {
        let tolerate = Tolerance::default();
        match *self {
            Self::Completeness => Condition::Completeness(Completeness { min_measured_ppm: 0 }),
            Self::Volume { channel, reveal } => {
                Condition::Volume(Volume { channel, min: 0, max: 0, reveal, tolerate })
            }
            Self::Limit { channel, bound, schedule } => {
                let (value, schedule) = match schedule {
                    true => (None, Some(vec![0; geometry.slots()])),
                    false => (Some(0), None),
                };
                Condition::Limit(Limit { channel, bound, value, schedule, tolerate })
            }
        }
    }

    /// The public output it adds, if any; `condition` is its own index.
    pub fn output(&self, condition: usize, geometry: &Geometry) -> Option<Output> {
        match *self {
            Self::Volume { channel, reveal: true } => {
                Some(Output { condition, name: "volume", channel, bits: geometry.total_bits() })
            }
            _ => None,
        }
    }
}

/// Which readings other than measured ones a condition lets pass. By default any such reading in the period fails it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Quality>", into = "Vec<Quality>")]
pub struct Tolerance {
    /// Estimated readings are taken at their value.
    pub estimated: bool,
    /// Missing readings are left out.
    pub missing: bool,
}

impl TryFrom<Vec<Quality>> for Tolerance {
    type Error = &'static str;

    fn try_from(list: Vec<Quality>) -> Result<Self, Self::Error> {
        let mut tolerance = Self::default();
        for quality in list {
            let flag = match quality {
                Quality::Estimated => &mut tolerance.estimated,
                Quality::Missing => &mut tolerance.missing,
                Quality::Measured => return Err("measured readings need no tolerance"),
            };
            if *flag {
                return Err("a quality is listed twice");
            }
            *flag = true;
        }
        Ok(tolerance)
    }
}

impl From<Tolerance> for Vec<Quality> {
    fn from(tolerance: Tolerance) -> Self {
        let estimated = tolerance.estimated.then_some(Quality::Estimated);
        estimated.into_iter().chain(tolerance.missing.then_some(Quality::Missing)).collect()
    }
}

/// Bits of a parameter block's first element: kind below 2^16, then the tolerances.
const ESTIMATED_BIT: u64 = 1 << 16;
const MISSING_BIT: u64 = 1 << 17;

/// First element of a condition's parameters: its kind and its tolerances.
fn head(shape: &ConditionShape, tolerance: Tolerance) -> F {
    let estimated = if tolerance.estimated { ESTIMATED_BIT } else { 0 };
    let missing = if tolerance.missing { MISSING_BIT } else { 0 };
    F::from(u64::from(shape.order().0) + estimated + missing)
}

/// The readings of one period as the native checks see them.
#[derive(Clone, Debug)]
pub struct Window {
    /// Start of the first interval, Unix seconds.
    pub start: u64,
    /// Length of an interval in seconds.
    pub interval: u32,
    /// Slot of the first interval in its block.
    pub offset: usize,
    /// One list for each channel, all of one length.
    pub channels: Vec<Vec<Reading>>,
}

impl Window {
    /// Start of interval `i`, Unix seconds.
    pub fn time(&self, i: usize) -> u64 {
        self.start + i as u64 * u64::from(self.interval)
    }

    fn channel(&self, channel: u8) -> &[Reading] {
        self.channels.get(usize::from(channel)).map_or(&[], Vec::as_slice)
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
    /// What the readings give, in the channel's unit (for completeness: measured readings per million).
    pub actual: u64,
    /// How it misses.
    pub reason: Reason,
}

/// How a value misses what a condition asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Above the bound.
    Above(u64),
    /// Below the bound.
    Below(u64),
    /// The reading's quality is not tolerated.
    Quality(Quality),
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
        }
    }
}

impl Condition {
    /// What it contributes to the shape.
    pub fn shape(&self) -> ConditionShape {
        match self {
            Self::Completeness(_) => ConditionShape::Completeness,
            Self::Volume(c) => ConditionShape::Volume { channel: c.channel, reveal: c.reveal },
            Self::Limit(c) => ConditionShape::Limit {
                channel: c.channel,
                bound: c.bound,
                schedule: c.schedule.is_some(),
            },
        }
    }

    /// Parameters as a policy digest absorbs them, first the kind and the tolerances.
    pub fn parameters(&self, geometry: &Geometry) -> Vec<F> {
        let head = head(&self.shape(), self.tolerance());
        let mut fields = vec![head];
        match self {
            Self::Completeness(c) => fields.extend(c.parameters()),
            Self::Volume(c) => fields.extend(c.parameters()),
            Self::Limit(c) => fields.extend(c.parameters(geometry)),
        }
        fields
    }

    /// Refuses parameters that contradict each other or exceed what the circuit can compare.
    pub fn check_parameters(&self, geometry: &Geometry) -> Result<()> {
        match self {
            Self::Completeness(c) => c.check_parameters(),
            Self::Volume(c) => c.check_parameters(geometry),
            Self::Limit(c) => c.check_parameters(geometry),
        }
    }

    /// Native twin of the constraints: every way in which the readings fail.
    pub fn check(&self, window: &Window) -> Vec<Failure> {
        let mut failures = self.intolerable(window);
        match self {
            Self::Completeness(c) => failures.extend(c.check(window)),
            Self::Volume(c) => failures.extend(c.check(window)),
            Self::Limit(c) => failures.extend(c.check(window)),
        }
        failures
    }

    /// The public output it adds, if any.
    pub fn output(&self, window: &Window) -> Option<u64> {
        match self {
            Self::Volume(c) if c.reveal => Some(c.total(window)),
            _ => None,
        }
    }

    fn tolerance(&self) -> Tolerance {
        match self {
            // Completeness counts qualities itself.
            Self::Completeness(_) => Tolerance::default(),
            Self::Volume(c) => c.tolerate,
            Self::Limit(c) => c.tolerate,
        }
    }

    fn intolerable(&self, window: &Window) -> Vec<Failure> {
        let Some(channel) = self.shape().channel() else { return Vec::new() };
        let tolerance = self.tolerance();
        let refused = |quality| match quality {
            Quality::Measured => false,
            Quality::Estimated => !tolerance.estimated,
            Quality::Missing => !tolerance.missing,
        };
        let readings = window.channel(channel).iter().enumerate();
        let failing = readings.filter(|(_, r)| refused(r.quality));
        failing
            .map(|(i, r)| Failure {
                kind: self.shape().name(),
                channel: Some(channel),
                at: Some(window.time(i)),
                actual: r.value.into(),
                reason: Reason::Quality(r.quality),
            })
            .collect()
    }
}

fn bad(kind: &str, fault: impl AsRef<str>) -> Error {
    Error::new(Code::BadPolicy, message!["conditions: ", kind, ": ", *fault.as_ref()])
}
