//! Conditions and their shapes in JSON, as their kinds' tables say.

use super::{Condition, ConditionShape, Form, Kind, Member, Tolerance};
use crate::error::{Code, Error, message};
use crate::format::decimal::whole;
use crate::format::{Fault, FromJson, ToJson, Value, clip, write_object};
use crate::meter::Quality;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// A value as JSON has it.
enum Spelled {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Form {
    fn spell(&self, value: i64) -> Spelled {
        match self {
            Self::Flag => Spelled::Flag(value != 0),
            Self::Choice(names) => {
                let name = usize::try_from(value).ok().and_then(|i| names.get(i)).copied();
                Spelled::Text(name.unwrap_or_default().into())
            }
            Self::Currency => Spelled::Text(currency(value)),
            _ if self.is_number() => Spelled::Number(value),
            _ => Spelled::Text(message![value]),
        }
    }

    /// Reads a value; whether it is in range is checked later, when the circuit's sizes are known.
    fn read(&self, value: &Value) -> Result<i64, Fault> {
        match self {
            Self::Flag => bool::read(value).map(i64::from),
            Self::Choice(names) => value.one_of(names).map(|i| i as i64),
            Self::Currency => {
                let text = value.text()?;
                let fault =
                    || value.fault(Error::new(Code::OutOfRange, "not three capital letters."));
                match text.as_bytes() {
                    [a, b, c] if text.bytes().all(|b| b.is_ascii_uppercase()) => {
                        Ok(i64::from(*a) << 16 | i64::from(*b) << 8 | i64::from(*c))
                    }
                    _ => Err(fault()),
                }
            }
            Self::Count { min, max } => value.integer(*min, *max),
            _ if self.is_number() => value.integer(0, 1_000_000),
            _ => signed(value),
        }
    }
}

/// The letters of a currency.
pub(crate) fn currency(code: i64) -> String {
    [16, 8, 0].map(|shift| char::from((code >> shift & 0xff) as u8)).iter().collect()
}

/// A whole number as a decimal string, negative ones with a sign; each has one spelling.
fn signed(value: &Value) -> Result<i64, Fault> {
    let text = value.text()?;
    let number = whole(text).filter(|n| message![*n] == text);
    number.ok_or_else(|| {
        let message = message!["\"", clip(text, 24), "\" is not a whole number of 63 bits."];
        value.fault(Error::new(Code::OutOfRange, message))
    })
}

/// A number as a condition's shape has it, or the values of a list.
struct Values<'a>(&'a Member);

impl Values<'_> {
    fn read(&self, value: &Value) -> Result<Vec<i64>, Fault> {
        match self.0.is_list() {
            true => {
                let mut list = Vec::new();
                value.each(&mut |item| self.0.form.read(item).map(|read| list.push(read)))?;
                if list.is_empty() {
                    let message = "an empty list: leave it out.";
                    return Err(value.fault(Error::new(Code::BadPolicy, message)));
                }
                Ok(list)
            }
            false => Ok(vec![self.0.form.read(value)?]),
        }
    }
}

fn kind(value: &Value) -> Result<&'static Kind, Fault> {
    let (tag, name) = value.tag("kind")?;
    Kind::named(name).ok_or_else(|| tag.unknown(name).within("kind"))
}

impl FromJson for Tolerance {
    fn read(value: &Value) -> Result<Self, Fault> {
        let list = Vec::<Quality>::read(value)?;
        Self::try_from(list).map_err(|e| value.fault(Error::new(Code::Malformed, e)))
    }
}

impl FromJson for Condition {
    fn read(value: &Value) -> Result<Self, Fault> {
        let kind = kind(value)?;
        if value.any_members()?.find("off").is_some() {
            // Parameters are neutral and need not be there: its members are those of a shape.
            let shape = ConditionShape::read_members(value, &["kind", "off"])?;
            return match value.any_members()?.read("off")? {
                Some(true) => Ok(Self::off(shape)),
                _ => Err(value.fault(Error::new(Code::Malformed, "off is true or left out."))),
            };
        }
        let members = value.members(&|name| {
            name == "kind"
                || kind.place(name).is_some()
                || name == "tolerate" && kind.missing.is_some()
        })?;
        let tolerate = members.read("tolerate")?.unwrap_or_default();
        let mut fault = None;
        let given = |member: &Member| {
            let found = members.find(member.name)?;
            let read = Values(member).read(found).map_err(|e| e.within(member.name));
            read.map_err(|e| fault = fault.take().or(Some(e))).ok()
        };
        let assembled = Self::assemble(kind, tolerate, given);
        match fault {
            Some(fault) => Err(fault),
            None => assembled.map_err(|e| value.fault(e)),
        }
    }
}

impl Serialize for Condition {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if let Some(shape) = &self.off {
            let mut map = s.serialize_map(None)?;
            for (name, value) in shape.written() {
                map.serialize_entry(name, &value)?;
            }
            map.serialize_entry("off", &true)?;
            return map.end();
        }
        let mut map = s.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.name)?;
        for (member, values) in self.kind.members.iter().zip(&self.values) {
            let spelled = |value: &i64| member.form.spell(*value);
            match values.as_slice() {
                [] => {}
                [-1] if matches!(member.form, Form::Channel(_)) => {}
                [value] if !member.is_list() => {
                    map.serialize_entry(member.name, &spelled(value))?
                }
                list => {
                    let list: Vec<_> = list.iter().map(spelled).collect();
                    map.serialize_entry(member.name, &list)?;
                }
            }
        }
        if self.tolerate != Tolerance::default() {
            map.serialize_entry("tolerate", &self.tolerate)?;
        }
        map.end()
    }
}

impl ConditionShape {
    /// Reads the members that shapes have, and `others`.
    fn read_members(value: &Value, others: &[&str]) -> Result<Self, Fault> {
        let kind = kind(value)?;
        let in_shape = |name: &str| kind.members.iter().any(|m| m.name == name && m.is_in_shape());
        let members = value.members(&|name| others.contains(&name) || in_shape(name))?;
        let mut values = Vec::with_capacity(kind.members.len());
        for member in kind.members {
            if !member.is_in_shape() {
                values.push(0);
                continue;
            }
            let read = members.find(member.name).map(|found| match member.is_list() {
                true => found.integer(0, 1 << 20),
                false => member.form.read(found),
            });
            let read = read.transpose().map_err(|e| e.within(member.name))?;
            let default = if member.is_list() { Some(0) } else { member.default };
            values.push(read.or(default).ok_or_else(|| {
                let message = message!["member \"", member.name, "\" is missing."];
                value.fault(Error::new(Code::Malformed, message))
            })?);
        }
        Ok(Self::new(kind, values))
    }
}

impl FromJson for ConditionShape {
    fn read(value: &Value) -> Result<Self, Fault> {
        Self::read_members(value, &["kind"])
    }
}

impl ConditionShape {
    /// Its members as JSON has them. What is absent or zero is left out, so that a kind may get another member without a change
    /// of its old shapes.
    fn written(&self) -> Vec<(&'static str, Spelled)> {
        let mut written = vec![("kind", Spelled::Text(self.name().into()))];
        for (member, value) in self.kind().members.iter().zip(self.values()) {
            let default = if member.is_list() { 0 } else { member.default.unwrap_or(i64::MIN) };
            if member.is_in_shape() && *value != default {
                let length = || Spelled::Number(*value);
                let spelled = if member.is_list() { length() } else { member.form.spell(*value) };
                written.push((member.name, spelled));
            }
        }
        written
    }
}

impl ToJson for Spelled {
    fn write(&self, json: &mut String) {
        match self {
            Self::Flag(value) => value.write(json),
            Self::Number(value) => json.push_str(&message![*value]),
            Self::Text(text) => text.write(json),
        }
    }
}

impl Serialize for Spelled {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(value) => s.serialize_bool(*value),
            Self::Number(value) => s.serialize_i64(*value),
            Self::Text(text) => s.serialize_str(text),
        }
    }
}

/// The canonical encoding.
impl ToJson for ConditionShape {
    fn write(&self, json: &mut String) {
        let written = self.written();
        let members = written.iter().map(|(name, value)| (*name, value as &dyn ToJson));
        write_object(json, &members.collect::<Vec<_>>());
    }
}

impl Serialize for ConditionShape {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_map(self.written())
    }
}
