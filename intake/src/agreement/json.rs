//! JSON as a tree: RFC 8259, without repeated members.

use wattproof_circuits::error::Code;

use super::fault::{Fault, Result, quoted};
use super::tree::{Entry, Node, Value};

/// Deepest nesting.
const DEEPEST: usize = 32;

pub(super) fn parse(text: &str) -> Result<Node> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.value(0)?;
    reader.space();
    if reader.at < text.len() {
        return Err(reader.fault("there is more after the end"));
    }
    Ok(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            code: Code::Malformed,
            at: self.at,
            path: String::new(),
            what: format!("not JSON: {}", what.into()),
            remedy: "Correct the spelling at this place.".into(),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) {
            return Ok(());
        }
        Err(self.fault(format!("'{}' is missing", char::from(byte))))
    }

    fn value(&mut self, depth: usize) -> Result<Node> {
        self.space();
        let at = self.at;
        if depth > DEEPEST {
            return Err(self.fault("nested too deeply"));
        }
        let value = match self.peek() {
            Some(b'{') => self.table(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            _ => {
                let rest = &self.text[self.at..];
                let words = [
                    ("true", Value::Flag(true)),
                    ("false", Value::Flag(false)),
                    ("null", Value::Null),
                ];
                let found = words.into_iter().find(|(word, _)| rest.starts_with(word));
                let Some((word, value)) = found else {
                    return Err(self.fault("a value is missing"));
                };
                self.at += word.len();
                value
            }
        };
        Ok(Node { at, value })
    }

    fn table(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        if self.take(b'}') {
            return Ok(Value::Table(entries));
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("a member's name is missing"));
            }
            let name = self.string()?;
            if entries.iter().any(|entry| entry.name == name) {
                self.at = at;
                return Err(self.fault(format!("{} is there twice", quoted(&name))));
            }
            self.expect(b':')?;
            let node = self.value(depth + 1)?;
            entries.push(Entry { name, at, node });
            if self.take(b',') {
                continue;
            }
            self.expect(b'}')?;
            return Ok(Value::Table(entries));
        }
    }

    fn list(&mut self, depth: usize) -> Result<Value> {
        self.at += 1;
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take(b',') {
                continue;
            }
            self.expect(b']')?;
            return Ok(Value::List(items));
        }
    }

    /// The end of the string is found here; its escapes are the library's.
    fn string(&mut self) -> Result<String> {
        let bytes = self.text.as_bytes();
        let mut end = self.at + 1;
        loop {
            match bytes.get(end) {
                Some(b'"') => break,
                Some(b'\\') => end += 2,
                Some(_) => end += 1,
                None => return Err(self.fault("a text has no end")),
            }
        }
        let raw = self.text.get(self.at..=end);
        let text = raw.and_then(|raw| serde_json::from_str(raw).ok());
        let text =
            text.ok_or_else(|| self.fault("a text has a bad escape or control character"))?;
        self.at = end + 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<Value> {
        let rest = &self.text[self.at..];
        let is_part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let digits = &rest[..rest.find(|c| !is_part(c)).unwrap_or(rest.len())];
        if serde_json::from_str::<serde_json::Number>(digits).is_err() {
            return Err(self.fault(format!("{} is no number", quoted(digits))));
        }
        self.at += digits.len();
        Ok(Value::Number(digits.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_library_refuses_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "01",
            "1.",
            "-",
            "\"\\x\"",
            "\"a",
            "nul",
            "[1] 2",
            "{a:1}",
            "'a'",
            "\"\n\"",
            "{\"a\":1,\"a\":2}",
            "\"\\",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        for text in ["{}", "[]", " {\"a\": [1, -2.5e3, \"\\u00e9\", true, null]} "] {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert!(parse(&"[".repeat(10_000)).is_err());
    }
}
