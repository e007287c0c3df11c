//! TOML as a tree.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use wattproof_circuits::error::Code;

use super::fault::{Fault, Result};
use super::tree::{Entry, Node, Value};

pub(super) fn parse(text: &str) -> Result<Node> {
    let table = DeTable::parse(text).map_err(|error| Fault {
        code: Code::Malformed,
        at: error.span().map_or(0, |span| span.start),
        path: String::new(),
        what: format!("not TOML: {}", error.message().trim().replace('\n', "; ")),
        remedy: "Correct the spelling at this place; see https://toml.io.".into(),
    })?;
    let at = table.span().start;
    Ok(Node { at, value: members(table.get_ref()) })
}

fn members(table: &DeTable<'_>) -> Value {
    let entry = |(name, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let name: &Spanned<std::borrow::Cow<'_, str>> = name;
        let at = name.span().start;
        Entry { name: name.get_ref().to_string(), at, node: node(value, at) }
    };
    let mut entries: Vec<_> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.at);
    Value::Table(entries)
}

/// A value; `named` is where its name is, for tables that have no place of their own.
fn node(value: &Spanned<DeValue<'_>>, named: usize) -> Node {
    let span = value.span();
    let at = if span.is_empty() { named } else { span.start };
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Float(number) => Value::Number(number.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Datetime(date) => Value::Text(date.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| node(item, at)).collect()),
        DeValue::Table(table) => members(table),
    };
    Node { at, value }
}
