//! Conditions: the rules of a policy. One file for each kind: what it is (a table), its native check and its constraints, side by
//! side.

#[cfg(feature = "prover")]
pub(crate) mod circuit;
mod json;
mod kind;
mod shape;
mod tolerance;
mod window;

pub(crate) use json::currency;
pub use kind::{Form, Kind, Lane, Member, Neutral, Part, Revealed, RevealedUnit, Size};
pub use shape::ConditionShape;
pub use tolerance::Tolerance;
pub use window::{Failure, Judgement, Reason, Window};

#[cfg(feature = "prover")]
use crate::cs::ConstraintSystem;
use crate::error::{Code, Error, Result, message};
use crate::hash::{F, element, mul_add, power_of_two};
#[cfg(feature = "prover")]
use crate::meter::Quality;
use crate::meter::{MeterKind, Quantity};
use crate::relation::Geometry;

/// The kinds that there are, each a module with its table `KIND`, its native twin `judge` and its constraints `enforce`.
macro_rules! kinds {
    ($($kind:ident),+ $(,)?) => {
        $(mod $kind;)+

        /// Every kind, in the order of their codes.
        pub static KINDS: &[&Kind] = &[$(&$kind::KIND),+];

        #[cfg(feature = "prover")]
        fn judge(condition: &Condition, window: &Window) -> Judgement {
            $(if condition.kind == &$kind::KIND { return $kind::judge(condition, window); })+
            unreachable!("every kind is in the list")
        }

        #[cfg(feature = "prover")]
        fn enforce<CS: ConstraintSystem>(cs: &mut CS, scene: &circuit::Scene<'_, CS::Wire>) -> Option<CS::Wire> {
            $(if scene.shape.kind() == &$kind::KIND { return $kind::enforce(cs, scene); })+
            unreachable!("every kind is in the list")
        }
    };
}

kinds! {
    completeness, volume, limit, bill, reduction, matching, peak, session, netting, plausibility, availability, band, ramp,
    storage, carbon
}

mod weights;

#[cfg(all(test, feature = "prover"))]
mod tests;

/// The ways in which a condition's value is revealed, in the order of member `reveal`.
pub(crate) const REVEALS: &[&str] = &["none", "exact", "hidden"];

/// Amounts in an interval, which can be added up; the others are states at its end.
const FLOWS: &[Quantity] = &[
    Quantity::Energy,
    Quantity::Gas,
    Quantity::Water,
    Quantity::Heat,
    Quantity::Data,
    Quantity::Compute,
    Quantity::Distance,
];

/// For kinds with lists over the grid: what period they are for.
const ANCHOR: Member = Member::parameter(
    "anchor",
    Form::Time,
    "Start of the block, in Unix seconds, that lists over the grid begin with; 0 if they are for any period.",
)
.default(0);

/// The whole, in shares.
pub(crate) const MILLION: i64 = 1_000_000;

/// Index in [`REVEALS`]: the value is a public output.
pub(crate) const EXACT: i64 = 1;

/// Index in [`REVEALS`]: a commitment to the value is a public output.
pub(crate) const HIDDEN: i64 = 2;

/// One rule of a policy, with its parameters. Each value is in its form's range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    kind: &'static Kind,
    /// The shape of a condition that is switched off; it has no values.
    off: Option<ConditionShape>,
    tolerate: Tolerance,
    /// For each member of the kind its values: one for a scalar, none for a scalar that a list stands in for.
    values: Vec<Vec<i64>>,
}

/// Bits of a parameter block's first element: the kind's code below 2^16, then the flags.
const ESTIMATED_BIT: u64 = 1 << 16;
const MISSING_BIT: u64 = 1 << 17;
const OFF_BIT: u64 = 1 << 18;

impl Condition {
    /// A condition of `kind` with these members; those left out take their defaults. Ranges are checked by
    /// [`Condition::check_parameters`].
    ///
    /// # Errors
    /// [`Code::BadPolicy`] for an unknown kind or member, or one that must be there and is not.
    pub fn new(kind: &str, members: &[(&str, &[i64])], tolerate: Tolerance) -> Result<Self> {
        let kind = Kind::named(kind).ok_or_else(|| bad(kind, "there is no such kind."))?;
        if let Some((name, _)) = members.iter().find(|(name, _)| kind.place(name).is_none()) {
            return Err(bad(kind.name, message![**name, ": there is no such member."]));
        }
        let given = |member: &Member| {
            members.iter().find(|(name, _)| *name == member.name).map(|(_, list)| list.to_vec())
        };
        Self::assemble(kind, tolerate, given)
    }

    /// Fills in what is left out.
    fn assemble(
        kind: &'static Kind,
        tolerate: Tolerance,
        mut given: impl FnMut(&Member) -> Option<Vec<i64>>,
    ) -> Result<Self> {
        let mut values: Vec<_> = kind.members.iter().map(&mut given).collect();
        let stands_in = |values: &[Option<Vec<i64>>], list: &str| {
            let place = kind.place(list).and_then(|i| values[i].as_ref());
            place.is_some_and(|list| !list.is_empty())
        };
        for (i, member) in kind.members.iter().enumerate() {
            let replaced = member.unless.is_some_and(|list| stands_in(&values, list));
            let fault = match (&values[i], replaced) {
                (Some(_), true) => {
                    message![member.name, " and the list in its place are both there."]
                }
                (Some(list), false) if !member.is_list() && list.len() != 1 => {
                    message![member.name, " is one value."]
                }
                (None, false) if !member.is_list() && member.default.is_none() => {
                    message![member.name, " is missing."]
                }
                (Some(_), false) => continue,
                (None, _) => {
                    let default = if replaced || member.is_list() { None } else { member.default };
                    values[i] = Some(default.into_iter().collect());
                    continue;
                }
            };
            return Err(bad(kind.name, fault));
        }
        let values = values.into_iter().flatten().collect();
        Ok(Self { kind, off: None, tolerate, values })
    }

    /// What a catalogue's circuit is given in the place of a condition that a policy does not have: neutral parameters, and
    /// nothing revealed.
    pub fn off(shape: ConditionShape) -> Self {
        let tolerate = Tolerance::default();
        Self { kind: shape.kind(), off: Some(shape), tolerate, values: Vec::new() }
    }

    /// The parameters of a condition that is off.
    fn neutral(shape: &ConditionShape, geometry: &Geometry) -> Self {
        let neutral = |(member, value): (&Member, &i64)| match member.part {
            _ if !shape.has(member) => Vec::new(),
            Part::Parameter => {
                let length = if member.is_list() { *value } else { 1 };
                vec![member.neutral_value(shape, geometry); usize::try_from(length).unwrap_or(0)]
            }
            _ => vec![*value],
        };
        let kind = shape.kind();
        let values = kind.members.iter().zip(shape.values()).map(neutral).collect();
        let all = kind.missing.is_some();
        let tolerate = Tolerance { estimated: all, missing: all };
        Self { kind, off: None, tolerate, values }
    }

    /// Its kind.
    pub fn kind(&self) -> &'static Kind {
        self.kind
    }

    /// Whether it is switched off: it is there only because the circuit has it, and says nothing.
    pub fn is_off(&self) -> bool {
        self.off.is_some()
    }

    /// Readings other than measured ones that it lets pass.
    pub fn tolerance(&self) -> Tolerance {
        self.tolerate
    }

    /// The values of a member: empty if the kind has no such member.
    pub fn list(&self, member: &str) -> &[i64] {
        self.kind.place(member).and_then(|i| self.values.get(i)).map_or(&[], Vec::as_slice)
    }

    /// The value of a scalar; 0 if it has none.
    pub fn number(&self, member: &str) -> i64 {
        self.list(member).first().copied().unwrap_or_default()
    }

    /// What it contributes to the shape.
    pub fn shape(&self) -> ConditionShape {
        if let Some(shape) = &self.off {
            return shape.clone();
        }
        let value = |(member, values): (&Member, &Vec<i64>)| match (member.part, member.is_list()) {
            (_, true) => values.len() as i64,
            (Part::Parameter, false) => 0,
            (_, false) => values.first().copied().unwrap_or_default(),
        };
        let values = self.kind.members.iter().zip(&self.values).map(value).collect();
        ConditionShape::new(self.kind, values)
    }

    /// Parameters as a policy digest absorbs them: first kind and flags, then each member's, lists packed into lanes.
    pub fn parameters(&self, geometry: &Geometry) -> Vec<F> {
        if let Some(shape) = &self.off {
            let mut fields = Self::neutral(shape, geometry).parameters(geometry);
            fields[0] = mul_add(&fields[0], &element(1), &element(OFF_BIT));
            return fields;
        }
        let flags =
            [(self.tolerate.estimated, ESTIMATED_BIT), (self.tolerate.missing, MISSING_BIT)];
        let set = flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum::<u64>();
        let mut fields = vec![element(u64::from(self.kind.code) + set)];
        for (member, values) in self.kind.members.iter().zip(&self.values) {
            if member.part != Part::Parameter {
                continue;
            }
            let Some((bits, lanes)) = member.lanes(geometry) else {
                fields.extend(values.iter().map(|value| signed(*value)));
                continue;
            };
            let (least, shift) = (member.form.range(geometry).0, power_of_two(bits));
            let pack = |word: &[i64]| {
                let add = |sum: F, v: &i64| mul_add(&sum, &shift, &signed(v - least));
                word.iter().rev().fold(element(0), add)
            };
            fields.extend(values.chunks(lanes).map(pack));
        }
        fields
    }

    /// Refuses values out of range, channels of other quantities, lists that do not fit the circuit, and parameters that
    /// contradict each other.
    pub fn check_parameters(&self, geometry: &Geometry, meter: &MeterKind) -> Result<()> {
        let shape = self.shape();
        shape.check(geometry)?;
        shape.check_channels(meter)?;
        if self.off.is_some() {
            let fault = "it cannot be switched off.";
            return if self.kind.can_be_off { Ok(()) } else { Err(bad(self.kind.name, fault)) };
        }
        for (member, values) in self.kind.members.iter().zip(&self.values) {
            self.check_range(member, values, geometry)?;
        }
        (self.kind.check)(self, geometry, meter)
    }

    fn check_range(&self, member: &Member, values: &[i64], geometry: &Geometry) -> Result<()> {
        let (least, most) = member.form.range(geometry);
        match values.iter().position(|v| !(least..=most).contains(v)) {
            Some(i) => {
                let place = if member.is_list() { message!["[", i, "]"] } else { String::new() };
                let value = values[i];
                let fault =
                    message![member.name, place, " is ", value, ", not ", least, " to ", most, "."];
                Err(bad(self.kind.name, fault))
            }
            None => Ok(()),
        }
    }

    /// Whether a value that it revealed is within its `min` (or `min_ppm`) and `max`, where it has them. A condition that is off
    /// reveals zero.
    pub(crate) fn allows(&self, value: i128) -> bool {
        let bound = |name: &str| self.list(name).first().copied().map(i128::from);
        match self.off {
            Some(_) => true,
            None => {
                ["min", "min_ppm"].iter().all(|name| bound(name).is_none_or(|min| min <= value))
                    && bound("max").is_none_or(|max| value <= max)
            }
        }
    }

    /// Native twin of the constraints: every way in which the readings fail, and the value to reveal.
    #[cfg(feature = "prover")]
    pub fn judge(&self, window: &Window) -> Judgement {
        if self.off.is_some() {
            return Judgement::default();
        }
        let mut judgement = judge(self, window);
        judgement.failures.splice(0..0, self.intolerable(window));
        judgement
    }

    /// Every way in which the readings fail.
    #[cfg(feature = "prover")]
    pub fn check(&self, window: &Window) -> Vec<Failure> {
        self.judge(window).failures
    }

    /// Readings on any of its channels whose quality it does not tolerate.
    #[cfg(feature = "prover")]
    fn intolerable(&self, window: &Window) -> Vec<Failure> {
        if self.kind.missing.is_none() {
            return Vec::new();
        }
        let refused = |quality| match quality {
            Quality::Measured => false,
            Quality::Estimated => !self.tolerate.estimated,
            Quality::Missing => !self.tolerate.missing,
        };
        let mut failures = Vec::new();
        for channel in self.shape().channels() {
            let readings = window.channel(channel.into()).iter().enumerate();
            let failing = readings.filter(|(_, r)| refused(r.quality));
            failures.extend(failing.map(|(i, r)| {
                let reason = Reason::Quality(r.quality);
                Failure::new(self.kind, reason, r.value).on(channel).at(window.time(i))
            }));
        }
        failures
    }
}

/// Which of the blocks before the period, oldest first, any of the conditions looks into.
pub(crate) fn looked_into(conditions: &[Condition]) -> Vec<usize> {
    let lists = conditions.iter().filter(|c| c.kind == &reduction::KIND).map(|c| c.list("days"));
    let longest = lists.clone().map(<[i64]>::len).max().unwrap_or(0);
    (0..longest).filter(|day| lists.clone().any(|list| list.get(*day) == Some(&1))).collect()
}

/// A number that may be negative as a field element.
fn signed(value: i64) -> F {
    let distance = element(value.unsigned_abs());
    if value < 0 { -distance } else { distance }
}

/// A fault of a condition of this kind in a policy.
fn bad(kind: &str, fault: impl AsRef<str>) -> Error {
    Error::new(Code::BadPolicy, message!["conditions: ", kind, ": ", *fault.as_ref()])
}

/// For kinds whose members always fit each other.
fn fits(_: &Condition, _: &Geometry, _: &MeterKind) -> Result<()> {
    Ok(())
}

/// For kinds whose lists may have any length in their range.
fn any_shape(_: &ConditionShape, _: &Geometry) -> Result<()> {
    Ok(())
}

/// Refuses a `min` above `max`.
fn check_order(condition: &Condition, min: &str, max: &str) -> Result<()> {
    let (low, high) = (condition.number(min), condition.number(max));
    if low > high {
        let fault = message![*min, " ", low, " is above ", *max, " ", high, "."];
        return Err(bad(condition.kind.name, fault));
    }
    Ok(())
}

/// Refuses two members that name one channel.
fn check_apart(shape: &ConditionShape, [a, b]: [&str; 2]) -> Result<()> {
    if shape.number(a) == shape.number(b) {
        let fault = message![*a, " and ", *b, " are one channel: name two."];
        return Err(bad(shape.name(), fault));
    }
    Ok(())
}

/// Refuses two channels that count different things.
fn check_alike(condition: &Condition, meter: &MeterKind, [a, b]: [&str; 2]) -> Result<()> {
    let channel =
        |name| usize::try_from(condition.number(name)).ok().and_then(|c| meter.channels.get(c));
    match (channel(a), channel(b)) {
        (Some(x), Some(y)) if x.quantity == y.quantity && x.unit == y.unit => Ok(()),
        _ => {
            let fault = message![
                *a,
                " and ",
                *b,
                " differ in quantity or unit: name channels that count the same."
            ];
            Err(bad(condition.kind.name, fault))
        }
    }
}

/// Refuses an anchor where there is no list that it could be for.
fn check_anchor(condition: &Condition, lists: &[&str]) -> Result<()> {
    let none = lists.iter().all(|list| condition.list(list).is_empty());
    match none && condition.number("anchor") != 0 {
        true => {
            let fault = "anchor is for lists over the grid, and there are none.";
            Err(bad(condition.kind.name, fault))
        }
        false => Ok(()),
    }
}
