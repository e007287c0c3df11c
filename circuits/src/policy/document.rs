//! The policy document, `policy/1`.

use super::scope::Scope;
use crate::condition::{Condition, looked_into};
use crate::error::{Code, Error, Result, message};
use crate::format::{Fault, FromJson, MAX_POLICY, Value, clip, parse, read};
use crate::hash::{F, Tag, element, hash_many};
use crate::meter::{Level, MeterKind};
use crate::relation::{Geometry, Shape, Trust};
use serde::{Serialize, Serializer};

const KIND: &str = "policy/1";

/// A contract's conditions with all their parameters. Every value is checked and canonical: conditions are sorted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    geometry: Geometry,
    scope: Scope,
    meter: MeterKind,
    least_level: Level,
    conditions: Vec<Condition>,
}

impl Policy {
    /// A policy of these parts; `conditions` in any order.
    ///
    /// # Errors
    /// [`Code::BadPolicy`] at the first part that contradicts itself or another.
    pub fn new(
        geometry: Geometry,
        scope: Scope,
        meter: MeterKind,
        least_level: Level,
        mut conditions: Vec<Condition>,
    ) -> Result<Self> {
        sort(&mut conditions)?;
        let policy = Self { geometry, scope, meter, least_level, conditions };
        policy.check()?;
        Ok(policy)
    }

    /// Reads a `policy/1` file.
    ///
    /// # Errors
    /// [`Code::TooLarge`], [`Code::Malformed`], [`Code::UnknownVersion`], [`Code::OutOfRange`] with line and column, or
    /// [`Code::BadPolicy`] with the member's name.
    pub fn from_json(text: &str) -> Result<Self> {
        parse(text, KIND, MAX_POLICY)
    }

    /// Writes a `policy/1` file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Everything that is not seen from the types alone. Sizes come first: the rest computes with them.
    fn check(&self) -> Result<()> {
        self.geometry.check()?;
        self.meter.check(&self.geometry)?;
        self.scope.check()?;
        self.check_fit()?;
        self.shape().check()?;
        self.conditions.iter().try_for_each(|c| c.check_parameters(&self.geometry, &self.meter))?;
        let (days, opens) = (looked_into(&self.conditions).len(), self.geometry.opens());
        if days > opens {
            let fault = message![
                "conditions: baselines count ",
                days,
                " days, and the circuit opens ",
                opens,
                ": mark fewer, or raise geometry.opened."
            ];
            return Err(Error::new(Code::BadPolicy, fault));
        }
        Ok(())
    }

    /// Refuses a calendar whose cells do not fit the circuit's blocks.
    fn check_fit(&self) -> Result<()> {
        let block = self.meter.block_seconds(&self.geometry);
        let unit = self.scope.calendar.unit;
        let (shortest, longest) = unit.seconds();
        let blocks = self.geometry.blocks;
        // A period that need not begin at a block's start touches one block more.
        let spare = u64::from(!self.geometry.aligned);
        if longest.div_ceil(block) <= u64::from(blocks.max)
            && shortest.div_ceil(block) + spare >= u64::from(blocks.min)
        {
            return Ok(());
        }
        let message = message![
            "geometry: ",
            blocks.min,
            " to ",
            blocks.max,
            " blocks of ",
            block,
            " seconds do not fit one ",
            unit.name(),
            "."
        ];
        Err(Error::new(Code::BadPolicy, message))
    }

    /// Sizes of the circuit that serves it.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// What a claim under it is unique in.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The kind of meter it is for.
    pub fn meter(&self) -> &MeterKind {
        &self.meter
    }

    /// The least that it accepts as vouching for readings.
    pub fn least_level(&self) -> Level {
        self.least_level
    }

    /// Its conditions in canonical order, that of [`Shape::conditions`].
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// What fixes the circuit that serves it.
    pub fn shape(&self) -> Shape {
        Shape {
            geometry: self.geometry,
            // At most 8 once checked; more than a byte counts as too many all the same.
            channels: u8::try_from(self.meter.channels.len()).unwrap_or(u8::MAX),
            conditions: self.conditions.iter().map(Condition::shape).collect(),
            trust: Trust::of(self.least_level),
        }
    }

    /// What [`Policy::digest`] absorbs first: shape, scope, interval, kind of meter, least level.
    pub fn digest_head(&self) -> [F; 5] {
        [
            self.shape().digest(),
            self.scope.field(),
            element(self.meter.interval_seconds.into()),
            self.meter.field(&self.geometry),
            element(self.least_level as u64),
        ]
    }

    /// What [`Policy::digest`] absorbs, in order: [`Policy::digest_head`], then each condition's parameters. The circuit
    /// absorbs the same.
    pub fn digest_inputs(&self) -> Vec<F> {
        let mut fields = self.digest_head().to_vec();
        for condition in &self.conditions {
            fields.extend(condition.parameters(&self.geometry));
        }
        fields
    }

    /// The first public input.
    pub fn digest(&self) -> F {
        hash_many(Tag::Policy, &self.digest_inputs())
    }
}

/// Into canonical order. Written out, as the library's sort is large and there are few.
fn sort(conditions: &mut [Condition]) -> Result<()> {
    if conditions.len() > 64 {
        return Err(Error::new(Code::BadPolicy, "conditions: there are more than 64."));
    }
    for i in 1..conditions.len() {
        let ordered = |c: &[Condition], j: usize| c[j - 1].shape().order() <= c[j].shape().order();
        let mut j = i;
        while j > 0 && !ordered(conditions, j) {
            conditions.swap(j - 1, j);
            j -= 1;
        }
    }
    Ok(())
}

impl FromJson for Policy {
    fn read(value: &Value) -> Result<Self, Fault> {
        read! { value.read_document(KIND) => geometry, scope, meter, least_level, conditions }
        let Sizes(geometry) = geometry;
        let policy = Self::new(geometry, scope, meter, least_level, conditions);
        policy.map_err(|e| value.fault(e))
    }
}

impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Document<'a> {
            wattproof: &'static str,
            geometry: Sizes,
            scope: &'a Scope,
            meter: &'a MeterKind,
            least_level: Level,
            conditions: &'a [Condition],
        }
        let document = Document {
            wattproof: KIND,
            geometry: Sizes(self.geometry),
            scope: &self.scope,
            meter: &self.meter,
            least_level: self.least_level,
            conditions: &self.conditions,
        };
        document.serialize(s)
    }
}

/// For the files of native programs that hold a policy.
#[cfg(feature = "prover")]
impl<'de> serde::Deserialize<'de> for Policy {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        // Read by the one reader of policies, so that no program takes what another refuses.
        let value = crate::format::Unread::deserialize(d)?;
        value.read("policy").map_err(crate::format::carry)
    }
}

/// A geometry as policies write it: by name if it has one, else by its members.
struct Sizes(Geometry);

impl Serialize for Sizes {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match Geometry::names().find(|name| Geometry::named(name) == Some(self.0)) {
            Some(name) => s.serialize_str(name),
            None => self.0.serialize(s),
        }
    }
}

impl FromJson for Sizes {
    fn read(value: &Value) -> Result<Self, Fault> {
        if !value.is_text() {
            return Geometry::read(value).map(Self);
        }
        let name = value.text()?;
        Geometry::named(name).map(Self).ok_or_else(|| {
            let known: Vec<_> = Geometry::names().collect();
            let (name, known) = (clip(name, 24), known.join(", "));
            let message = message!["\"", name, "\" is none of ", known, "."];
            value.fault(Error::new(Code::BadPolicy, message))
        })
    }
}

#[cfg(test)]
#[path = "document_tests.rs"]
mod tests;
