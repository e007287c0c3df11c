//! From JSON values to types: every member accounted for, every refusal with the member's name.

use super::value::{Fault, Kind, Value};
use super::{clip, version_fault};
use crate::error::{Code, Error, message};
use crate::format::decimal::{parse_field, parse_u64};
use crate::hash::F;

/// A type that a strict JSON value can be read as.
pub(crate) trait FromJson: Sized {
    fn read(value: &Value) -> Result<Self, Fault>;
}

/// The members of an object, none of them unknown.
pub(crate) struct Members<'a> {
    at: usize,
    list: &'a [(String, Value)],
}

impl Value {
    #[cold]
    #[inline(never)]
    fn wrong_type(&self, expected: &str) -> Fault {
        let found = match &self.kind {
            Kind::Null => "null",
            Kind::Bool(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
        };
        Fault::malformed(self.at, message![found, " where ", expected, " belongs."])
    }

    /// `error` at this value's place.
    pub(crate) fn fault(&self, error: Error) -> Fault {
        Fault::new(self.at, error)
    }

    /// An object's members, whatever they are.
    pub(crate) fn any_members(&self) -> Result<Members<'_>, Fault> {
        match &self.kind {
            Kind::Object(list) => Ok(Members { at: self.at, list }),
            _ => Err(self.wrong_type("an object")),
        }
    }

    /// An object's members, which are all among `names`.
    pub(crate) fn members(&self, names: &[&str]) -> Result<Members<'_>, Fault> {
        let members = self.any_members()?;
        match members.list.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, value)) => {
                let message = message!["member \"", clip(name, 40), "\" is unknown."];
                Err(Fault::malformed(value.at, message))
            }
            None => Ok(members),
        }
    }

    /// Members of a file or part of one that says which `kind` it is. Another kind is refused before its members are looked at.
    pub(crate) fn document(&self, kind: &str, names: &[&str]) -> Result<Members<'_>, Fault> {
        let version = self.any_members()?.value("wattproof")?;
        match version.text()? {
            found if found == kind => {}
            found => return Err(version.fault(version_fault(found, kind))),
        }
        let mut all = vec!["wattproof"];
        all.extend_from_slice(names);
        self.members(&all)
    }

    /// The member that says which of several things an object is.
    pub(crate) fn tag(&self, name: &str) -> Result<(&Value, &str), Fault> {
        let tag = self.any_members()?.value(name)?;
        Ok((tag, tag.text().map_err(|e| e.within(name))?))
    }

    /// A string.
    pub(crate) fn text(&self) -> Result<&str, Fault> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(self.wrong_type("a string")),
        }
    }

    /// Whether it is a string.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text(_))
    }

    /// One of a few names.
    pub(crate) fn one_of<T: Copy>(&self, names: &[(&str, T)]) -> Result<T, Fault> {
        let text = self.text()?;
        match names.iter().find(|(name, _)| *name == text) {
            Some((_, value)) => Ok(*value),
            None => Err(self.unknown(text)),
        }
    }

    /// A name that is none of those known.
    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(&self, name: &str) -> Fault {
        Fault::malformed(self.at, message!["\"", clip(name, 40), "\" is unknown."])
    }

    /// A list, each value read by `read`.
    pub(crate) fn each<T>(
        &self,
        read: impl Fn(&Value) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let Kind::List(list) = &self.kind else { return Err(self.wrong_type("a list")) };
        let item =
            |(i, item): (usize, &Value)| read(item).map_err(|e| e.within(&message!["number ", i]));
        list.iter().enumerate().map(item).collect()
    }

    /// A JSON number that is an integer from `min` to `max`.
    pub(crate) fn integer(&self, min: i64, max: i64) -> Result<i64, Fault> {
        let Kind::Number(text) = &self.kind else { return Err(self.wrong_type("a number")) };
        if text == "-0" || text.bytes().any(|b| b != b'-' && !b.is_ascii_digit()) {
            return Err(Fault::malformed(self.at, "the number is not an integer.".into()));
        }
        // What does not fit an i64 is out of any range as well.
        match text.parse::<i64>() {
            Ok(n) if (min..=max).contains(&n) => Ok(n),
            _ => {
                let message = message![clip(text, 24), " is not ", min, " to ", max, "."];
                Err(self.fault(Error::new(Code::OutOfRange, message)))
            }
        }
    }
}

impl<'a> Members<'a> {
    /// A member, if it is there.
    pub(crate) fn find(&self, name: &str) -> Option<&'a Value> {
        self.list.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    fn value(&self, name: &str) -> Result<&'a Value, Fault> {
        let missing = || Fault::malformed(self.at, message!["member \"", name, "\" is missing."]);
        self.find(name).ok_or_else(missing)
    }

    /// A member that must be there.
    pub(crate) fn get<T: FromJson>(&self, name: &str) -> Result<T, Fault> {
        T::read(self.value(name)?).map_err(|e| e.within(name))
    }

    /// A member that may be left out.
    pub(crate) fn optional<T: FromJson>(&self, name: &str) -> Result<Option<T>, Fault> {
        self.find(name).map(T::read).transpose().map_err(|e| e.within(name))
    }
}

impl FromJson for String {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.text().map(str::to_owned)
    }
}

impl FromJson for bool {
    fn read(value: &Value) -> Result<Self, Fault> {
        match value.kind {
            Kind::Bool(value) => Ok(value),
            _ => Err(value.wrong_type("true or false")),
        }
    }
}

/// 64-bit numbers and field elements are decimal strings; smaller numbers are JSON numbers.
impl FromJson for u64 {
    fn read(value: &Value) -> Result<Self, Fault> {
        parse_u64(value.text()?).map_err(|e| value.fault(e))
    }
}

impl FromJson for F {
    fn read(value: &Value) -> Result<Self, Fault> {
        parse_field(value.text()?).map_err(|e| value.fault(e))
    }
}

macro_rules! small_integers {
    ($($type:ty),+) => { $(
        impl FromJson for $type {
            fn read(value: &Value) -> Result<Self, Fault> {
                let (min, max) = (i64::from(<$type>::MIN), i64::from(<$type>::MAX));
                // In range, as the bounds are the type's own.
                value.integer(min, max).map(|n| n as $type)
            }
        }
    )+ };
}

small_integers!(u8, u16, u32, i32);

impl<T: FromJson> FromJson for Vec<T> {
    fn read(value: &Value) -> Result<Self, Fault> {
        value.each(T::read)
    }
}

/// Reads a struct whose members are all required and named as its fields.
macro_rules! members {
    ($($type:ident { $($field:ident),+ $(,)? })+) => { $(
        impl $crate::format::FromJson for $type {
            fn read(value: &$crate::format::Value) -> Result<Self, $crate::format::Fault> {
                let members = value.members(&[$(stringify!($field)),+])?;
                Ok(Self { $($field: members.get(stringify!($field))?),+ })
            }
        }
    )+ };
}

/// Reads and writes an enum of names.
macro_rules! names {
    ($($type:ident { $($variant:ident = $name:literal),+ $(,)? })+) => { $(
        impl $crate::format::FromJson for $type {
            fn read(value: &$crate::format::Value) -> Result<Self, $crate::format::Fault> {
                value.one_of(&[$(($name, $type::$variant)),+])
            }
        }
        $crate::format::written_names! { $type { $($variant = $name),+ } }
    )+ };
}

pub(crate) use {members, names};
