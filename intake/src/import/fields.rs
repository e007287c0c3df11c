//! Objects of JSON, member by member. A value stays as it is written until it is asked for: numbers never pass through
//! floating point, and what is not asked for costs nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::error::{Fault, Place, Problem, Result, clip};

pub(super) struct Fields<'a> {
    line: u64,
    members: BTreeMap<String, &'a RawValue>,
}

impl<'a> Fields<'a> {
    /// Reads one object. `line` is where errors say that it is.
    pub(super) fn parse(text: &'a str, line: u64) -> Result<Self> {
        let members = serde_json::from_str(text).map(|Members(members)| members);
        let members = members.map_err(|e| {
            let text = format!("not a JSON object of distinct members ({})", clip(&e.to_string()));
            Fault::at(Place::Line(line), Problem::Malformed(text))
        })?;
        Ok(Self { line, members })
    }

    pub(super) fn fault(&self, name: &str, problem: Problem) -> Fault {
        Fault::line(self.line, name, problem)
    }

    pub(super) fn need<T>(&self, name: &str, value: Option<T>) -> Result<T> {
        value.ok_or_else(|| self.fault(name, Problem::MissingField))
    }

    /// As written; `null` is as good as absent.
    fn raw(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).map(|raw| raw.get()).filter(|text| *text != "null")
    }

    /// A string.
    pub(super) fn text(&self, name: &str) -> Result<Option<String>> {
        self.raw(name).map(|raw| self.string(name, raw)).transpose()
    }

    /// The digits of a number, or of a string that holds one, as some devices write them.
    pub(super) fn number(&self, name: &str) -> Result<Option<Cow<'a, str>>> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        if raw.starts_with('"') {
            let text = self.string(name, raw)?;
            return Ok(Some(Cow::Owned(text.trim().to_owned())));
        }
        if raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
            return Ok(Some(Cow::Borrowed(raw)));
        }
        Err(self.fault(name, Problem::NotANumber(clip(raw))))
    }

    /// An array of objects.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<Fields<'a>>>> {
        let Some(raw) = self.raw(name) else { return Ok(None) };
        let items: Vec<&'a RawValue> = serde_json::from_str(raw)
            .map_err(|_| self.fault(name, Problem::Malformed("not an array".into())))?;
        let items = items.into_iter().map(|item| Self::parse(item.get(), self.line));
        items.collect::<Result<_>>().map(Some)
    }

    fn string(&self, name: &str, raw: &str) -> Result<String> {
        serde_json::from_str(raw).map_err(|_| {
            self.fault(name, Problem::Malformed(format!("{} is not a string", clip(raw))))
        })
    }
}

struct Members<'a>(BTreeMap<String, &'a RawValue>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visit;

        impl<'de> Visitor<'de> for Visit {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = BTreeMap::new();
                while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
                    let text = format!("{:?} twice", clip(&name));
                    if members.insert(name, value).is_some() {
                        return Err(de::Error::custom(text));
                    }
                }
                Ok(Members(members))
            }
        }

        d.deserialize_map(Visit)
    }
}
