//! A document as a tree in which every value knows its place: TOML and JSON become the same.

use wattproof_circuits::error::Code;

use super::fault::{Fault, Result, instead, quoted};

/// A value and the byte at which it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: usize,
    pub(super) value: Value,
}

/// A value. Numbers keep their spelling, so that nothing is rounded; dates are text.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Flag(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

/// A member of a table.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Where the name is.
    pub(super) at: usize,
    pub(super) node: Node,
}

impl Value {
    fn noun(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Flag(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a text",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }
}

/// A node with its path from the root.
#[derive(Clone, Debug)]
pub(super) struct View<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl<'a> View<'a> {
    pub(super) fn root(node: &'a Node) -> Self {
        Self { node, path: String::new() }
    }

    /// A refusal of this value.
    pub(super) fn fault(&self, what: impl Into<String>, remedy: impl Into<String>) -> Fault {
        self.fault_as(Code::BadPolicy, what, remedy)
    }

    pub(super) fn fault_as(
        &self,
        code: Code,
        what: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Fault {
        let (what, remedy) = (what.into(), remedy.into());
        Fault { code, at: self.node.at, path: self.path.clone(), what, remedy }
    }

    fn wrong(&self, wanted: &str) -> Fault {
        let what = format!("is {}, not {wanted}", self.node.value.noun());
        self.fault(what, format!("Write {wanted}."))
    }

    pub(super) fn text(&self) -> Result<&'a str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            _ => Err(self.wrong("a text in quotation marks")),
        }
    }

    /// A text, or a number as it is spelled.
    pub(super) fn word(&self, wanted: &str) -> Result<&'a str> {
        match &self.node.value {
            Value::Text(text) | Value::Number(text) => Ok(text),
            _ => Err(self.wrong(wanted)),
        }
    }

    pub(super) fn flag(&self) -> Result<bool> {
        match self.node.value {
            Value::Flag(flag) => Ok(flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A whole number from `min` to `max`.
    pub(super) fn count(&self, min: i64, max: i64) -> Result<i64> {
        let Value::Number(digits) = &self.node.value else {
            return Err(self.wrong("a whole number"));
        };
        let number = digits.parse().ok().filter(|n| (min..=max).contains(n));
        number.ok_or_else(|| {
            let what = format!("{digits} is no whole number from {min} to {max}");
            self.fault(what, format!("Write a whole number from {min} to {max}."))
        })
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.value, Value::List(_))
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.node.value, Value::Table(_))
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self.node.value, Value::Text(_))
    }

    pub(super) fn items(&self) -> Result<Vec<View<'a>>> {
        match &self.node.value {
            Value::List(items) => Ok((0..)
                .zip(items)
                .map(|(i, node): (usize, _)| View { node, path: format!("{}[{i}]", self.path) })
                .collect()),
            _ => Err(self.wrong("a list")),
        }
    }

    /// The items of a list, or the one value that is there instead.
    pub(super) fn some(&self) -> Result<Vec<View<'a>>> {
        if self.is_list() { self.items() } else { Ok(vec![self.clone()]) }
    }

    /// The index of a text among known words.
    pub(super) fn choice(&self, known: &[&str]) -> Result<usize> {
        let word = self.text()?;
        known.iter().position(|k| *k == word).ok_or_else(|| {
            self.fault(format!("{} is not known here", quoted(word)), instead(word, known))
        })
    }

    pub(super) fn table(&self) -> Result<Members<'a>> {
        match &self.node.value {
            Value::Table(entries) => Ok(Members { view: self.clone(), entries }),
            _ => Err(self.wrong("a table")),
        }
    }
}

/// A table's members.
#[derive(Clone, Debug)]
pub(super) struct Members<'a> {
    pub(super) view: View<'a>,
    entries: &'a [Entry],
}

impl<'a> Members<'a> {
    pub(super) fn all(&self) -> impl Iterator<Item = (&'a str, View<'a>)> + '_ {
        self.entries.iter().map(|entry| (entry.name.as_str(), self.enter(entry)))
    }

    fn enter(&self, entry: &'a Entry) -> View<'a> {
        let path = match self.view.path.as_str() {
            "" => entry.name.clone(),
            path => format!("{path}.{}", entry.name),
        };
        View { node: &entry.node, path }
    }

    pub(super) fn get(&self, name: &str) -> Option<View<'a>> {
        self.entries.iter().find(|e| e.name == name).map(|entry| self.enter(entry))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// A member that must be there; `example` is one way to write it.
    pub(super) fn need(&self, name: &str, example: &str) -> Result<View<'a>> {
        self.get(name).ok_or_else(|| {
            self.view.fault(format!("{name} is missing"), format!("Add {name}, such as {example}."))
        })
    }

    /// Refuses members of other names.
    pub(super) fn only(&self, known: &[&str]) -> Result<()> {
        match self.entries.iter().find(|e| !known.contains(&e.name.as_str())) {
            None => Ok(()),
            Some(entry) => {
                let view = self.enter(entry);
                let what = format!("there is no member {} here", quoted(&entry.name));
                let fault = view.fault(what, instead(&entry.name, known));
                Err(Fault { at: entry.at, ..fault })
            }
        }
    }
}
