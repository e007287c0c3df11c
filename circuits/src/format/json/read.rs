//! From JSON values to types: every member accounted for, every refusal with the member's name.

use super::value::{Fault, Kind, Value};
use super::{clip, version_fault};
use crate::error::{Code, Error, message};
use crate::format::decimal::{parse_field, parse_u64, whole};
use crate::hash::F;

/// A type that a strict JSON value can be read as.
pub(crate) trait FromJson: Sized {
    fn read(value: &Value) -> Result<Self, Fault>;
}

/// Where a member's value goes.
///
/// Objects are read by one function from a table of names and slots: a reader for each type, with what it drops on the way out,
/// weighs several times as much on a web page.
pub(crate) trait Slot {
    fn fill(&mut self, value: &Value) -> Result<(), Fault>;

    /// Whether an object may leave the member out.
    fn may_be_absent(&self) -> bool {
        false
    }
}

/// A member that must be there: `Some` once the object was read.
impl<T: FromJson> Slot for Option<T> {
    fn fill(&mut self, value: &Value) -> Result<(), Fault> {
        T::read(value).map(|read| *self = Some(read))
    }
}

/// A member that may be left out, which is then `None`.
pub(crate) struct Optional<T>(pub(crate) Option<T>);

impl<T: FromJson> Slot for Optional<T> {
    fn fill(&mut self, value: &Value) -> Result<(), Fault> {
        self.0.fill(value)
    }

    fn may_be_absent(&self) -> bool {
        true
    }
}

/// The members of an object.
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

    /// An object's members, once each is known by its name.
    pub(crate) fn members(&self, is_known: &dyn Fn(&str) -> bool) -> Result<Members<'_>, Fault> {
        let members = self.any_members()?;
        match members.list.iter().find(|(name, _)| !is_known(name)) {
            Some((name, value)) => {
                let message = message!["member \"", clip(name, 40), "\" is unknown."];
                Err(Fault::malformed(value.at, message))
            }
            None => Ok(members),
        }
    }

    /// Reads an object's members into their slots, in the order of the table.
    pub(crate) fn read_members(&self, slots: &mut [(&str, &mut dyn Slot)]) -> Result<(), Fault> {
        self.read_slots(None, slots)
    }

    /// The same for an object with a member `tag`, which was read already and says what the others are.
    pub(crate) fn read_tagged(
        &self,
        tag: &str,
        slots: &mut [(&str, &mut dyn Slot)],
    ) -> Result<(), Fault> {
        self.read_slots(Some(tag), slots)
    }

    fn read_slots(
        &self,
        tag: Option<&str>,
        slots: &mut [(&str, &mut dyn Slot)],
    ) -> Result<(), Fault> {
        let is_known =
            |name: &str| tag == Some(name) || slots.iter().any(|(known, _)| *known == name);
        let members = self.members(&is_known)?;
        for (name, slot) in slots {
            match members.find(name) {
                None if slot.may_be_absent() => {}
                None => return Err(members.missing(name)),
                Some(value) => slot.fill(value).map_err(|e| e.within(name))?,
            }
        }
        Ok(())
    }

    /// Reads a file or part of one that says which `kind` it is. Another kind is refused before its members are looked at.
    pub(crate) fn read_document(
        &self,
        kind: &str,
        slots: &mut [(&str, &mut dyn Slot)],
    ) -> Result<(), Fault> {
        let version = self.any_members()?.value("wattproof")?;
        match version.text()? {
            found if found == kind => self.read_tagged("wattproof", slots),
            found => Err(version.fault(version_fault(found, kind))),
        }
    }

    /// For slots that are empty after all members were read, which no object leaves them.
    #[cold]
    pub(crate) fn incomplete(&self) -> Fault {
        Members { at: self.at, list: &[] }.missing("")
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

    /// Which of a few names it is.
    pub(crate) fn one_of(&self, names: &[&str]) -> Result<usize, Fault> {
        let text = self.text()?;
        names.iter().position(|name| *name == text).ok_or_else(|| self.unknown(text))
    }

    /// A name that is none of those known.
    #[cold]
    #[inline(never)]
    pub(crate) fn unknown(&self, name: &str) -> Fault {
        Fault::malformed(self.at, message!["\"", clip(name, 40), "\" is unknown."])
    }

    /// Hands each value of a list to `read`.
    pub(crate) fn each(
        &self,
        read: &mut dyn FnMut(&Value) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let Kind::List(list) = &self.kind else { return Err(self.wrong_type("a list")) };
        for (i, item) in list.iter().enumerate() {
            read(item).map_err(|e| e.within(&message!["number ", i]))?;
        }
        Ok(())
    }

    /// A JSON number that is an integer from `min` to `max`.
    pub(crate) fn integer(&self, min: i64, max: i64) -> Result<i64, Fault> {
        let Kind::Number(text) = &self.kind else { return Err(self.wrong_type("a number")) };
        if text == "-0" || text.bytes().any(|b| b != b'-' && !b.is_ascii_digit()) {
            return Err(Fault::malformed(self.at, "the number is not an integer.".into()));
        }
        // What does not fit an i64 is out of any range as well.
        match whole(text) {
            Some(n) if (min..=max).contains(&n) => Ok(n),
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

    /// Reads a member, if it is there.
    pub(crate) fn read<T: FromJson>(&self, name: &str) -> Result<Option<T>, Fault> {
        self.find(name).map(T::read).transpose().map_err(|e| e.within(name))
    }

    fn value(&self, name: &str) -> Result<&'a Value, Fault> {
        self.find(name).ok_or_else(|| self.missing(name))
    }

    #[cold]
    #[inline(never)]
    fn missing(&self, name: &str) -> Fault {
        Fault::malformed(self.at, message!["member \"", name, "\" is missing."])
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
        let mut list = Vec::new();
        value.each(&mut |item| T::read(item).map(|read| list.push(read)))?;
        Ok(list)
    }
}

/// Reads an object's members into variables of their names: first those that must be there, then those that are an `Option`.
macro_rules! read {
    ($value:ident.$read:ident($($kind:expr)?) => $($field:ident),+ $(; $($option:ident),+)?) => {
        $(let mut $field = None;)+
        $($(let mut $option = $crate::format::Optional(None);)+)?
        $value.$read(
            $($kind,)?
            &mut [
                $((stringify!($field), &mut $field)),+
                $(, $((stringify!($option), &mut $option)),+)?
            ],
        )?;
        let ($(Some($field),)+) = ($($field,)+) else { return Err($value.incomplete()) };
        $($(let $option = $option.0;)+)?
    };
}

/// Reads a struct whose members are all required and named as its fields.
macro_rules! members {
    ($($type:ident { $($field:ident),+ $(,)? })+) => { $(
        impl $crate::format::FromJson for $type {
            fn read(value: &$crate::format::Value) -> Result<Self, $crate::format::Fault> {
                $crate::format::read! { value.read_members() => $($field),+ }
                Ok(Self { $($field),+ })
            }
        }
    )+ };
}

/// Reads and writes an enum of names.
macro_rules! names {
    ($($type:ident { $($variant:ident = $name:literal),+ $(,)? })+) => { $(
        impl $crate::format::FromJson for $type {
            fn read(value: &$crate::format::Value) -> Result<Self, $crate::format::Fault> {
                value.one_of(&[$($name),+]).map(|i| [$($type::$variant),+][i])
            }
        }
        $crate::format::written_names! { $type { $($variant = $name),+ } }
    )+ };
}

pub(crate) use {members, names, read};
