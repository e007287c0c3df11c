//! A strict reader of JSON text (RFC 8259) into a small tree: no repeated members, no trailing text, bounded depth.
//!
//! Written here, as serde_json's reader with derived types takes three times the verifier's cryptography on a web page.

use super::clip;
use crate::error::{Code, Error, message};

/// Arrays and objects may lie this deep in each other; the formats need half of it.
const MAX_DEPTH: usize = 16;

/// Members of one object: the check for repeated ones compares each with all before it.
pub(super) const MAX_MEMBERS: usize = 64;

/// A value and where it begins.
#[derive(Debug)]
pub(crate) struct Value {
    /// Byte offset in the text.
    pub(super) at: usize,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    /// As spelled; its grammar is checked.
    Number(String),
    Text(String),
    List(Vec<Value>),
    Object(Vec<(String, Value)>),
}

/// A refusal and the byte it is about.
#[derive(Debug)]
pub(crate) struct Fault(Box<(usize, Error)>);

impl Fault {
    #[cold]
    #[inline(never)]
    pub(super) fn new(at: usize, error: Error) -> Self {
        Self(Box::new((at, error)))
    }

    #[cold]
    #[inline(never)]
    pub(super) fn malformed(at: usize, message: String) -> Self {
        Self::new(at, Error::new(Code::Malformed, message))
    }

    /// The error without its place.
    #[cfg(any(test, feature = "prover"))]
    pub(super) fn error(self) -> Error {
        self.0.1
    }

    /// The same with the member's name in front.
    #[cold]
    #[inline(never)]
    pub(crate) fn within(self, name: &str) -> Self {
        let (at, error) = *self.0;
        Self::new(at, error.at(name))
    }

    /// The error, with line and column of its place in `text`.
    pub(super) fn locate(self, text: &str) -> Error {
        let (at, error) = *self.0;
        let before = text.as_bytes().get(..at).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|b| **b != b'\n').count();
        let message = error.message();
        let message = message.strip_suffix('.').unwrap_or(message);
        Error::new(error.code(), message![message, " (line ", line, ", column ", column, ")."])
    }
}

/// Reads a whole text.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let mut parser = Parser { whole: text, text: text.as_bytes(), at: 0 };
    let value = parser.value(0)?;
    parser.space();
    if parser.at < text.len() {
        return Err(parser.syntax("text after the end"));
    }
    Ok(value)
}

struct Parser<'a> {
    whole: &'a str,
    text: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    #[cold]
    #[inline(never)]
    fn syntax(&self, what: &str) -> Fault {
        Fault::malformed(self.at, message!["not JSON: ", what, "."])
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.peek() {
            self.at += 1;
        }
    }

    /// Goes past `byte`, if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Result<Value, Fault> {
        self.space();
        let at = self.at;
        if depth > MAX_DEPTH {
            return Err(self.syntax("nested too deep"));
        }
        let kind = match self.peek() {
            Some(b'{') => Kind::Object(self.object(depth)?),
            Some(b'[') => Kind::List(self.list(depth)?),
            Some(b'"') => Kind::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => Kind::Number(self.number()?),
            _ if self.word("null") => Kind::Null,
            _ if self.word("true") => Kind::Bool(true),
            _ if self.word("false") => Kind::Bool(false),
            Some(_) => return Err(self.syntax("no value here")),
            None => return Err(self.syntax("it ends too early")),
        };
        Ok(Value { at, kind })
    }

    fn word(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes()));
        if found {
            self.at += word.len();
        }
        found
    }

    fn object(&mut self, depth: usize) -> Result<Vec<(String, Value)>, Fault> {
        let mut members: Vec<(String, Value)> = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(members);
        }
        loop {
            self.space();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.syntax("no member's name here"));
            }
            let name = self.string()?;
            if members.len() >= MAX_MEMBERS {
                return Err(self.syntax("too many members"));
            }
            if members.iter().any(|(other, _)| *other == name) {
                let message = message!["member \"", clip(&name, 40), "\" is repeated."];
                return Err(Fault::malformed(at, message));
            }
            self.space();
            if !self.take(b':') {
                return Err(self.syntax("no colon after the member's name"));
            }
            let value = self.value(depth + 1)?;
            members.push((name, value));
            self.space();
            if self.take(b'}') {
                return Ok(members);
            }
            if !self.take(b',') {
                return Err(self.syntax("neither comma nor end of the object"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Value>, Fault> {
        let mut list = Vec::new();
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(list);
        }
        loop {
            list.push(self.value(depth + 1)?);
            self.space();
            if self.take(b']') {
                return Ok(list);
            }
            if !self.take(b',') {
                return Err(self.syntax("neither comma nor end of the list"));
            }
        }
    }

    fn number(&mut self) -> Result<String, Fault> {
        let start = self.at;
        self.take(b'-');
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if leading_zero && whole > 1 {
            return Err(self.syntax("a number begins with zero"));
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _ = self.take(b'+') || self.take(b'-');
            self.digits()?;
        }
        Ok(self.slice(start).to_owned())
    }

    /// Goes past digits, at least one, and counts them.
    fn digits(&mut self) -> Result<usize, Fault> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        match self.at - start {
            0 => Err(self.syntax("no digit here")),
            n => Ok(n),
        }
    }

    /// The text from `start` to here. Both lie beside ASCII characters, so that no character is cut.
    fn slice(&self, start: usize) -> &str {
        self.whole.get(start..self.at).unwrap_or_default()
    }

    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut string = String::new();
        let mut start = self.at;
        loop {
            match self.peek() {
                Some(b'"') => {
                    string.push_str(self.slice(start));
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    string.push_str(self.slice(start));
                    self.at += 1;
                    string.push(self.escape()?);
                    start = self.at;
                }
                Some(0..=31) => return Err(self.syntax("a control character in a string")),
                Some(_) => self.at += 1,
                None => return Err(self.syntax("it ends inside a string")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                let mut code = self.hex()?;
                // The first half of a pair of surrogates needs its second; either alone is no character.
                if (0xd800..0xdc00).contains(&code) && self.word("\\u") {
                    let low = self.hex()?;
                    code = match low {
                        0xdc00..0xe000 => 0x10000 + (code - 0xd800) * 0x400 + (low - 0xdc00),
                        _ => return Err(self.syntax("half a character")),
                    };
                }
                char::from_u32(code).ok_or_else(|| self.syntax("half a character"))?
            }
            _ => return Err(self.syntax("an unknown escape in a string")),
        })
    }

    fn hex(&mut self) -> Result<u32, Fault> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|b| char::from(b).to_digit(16));
            let digit = digit.ok_or_else(|| self.syntax("no hex digit in an escape"))?;
            code = code << 4 | digit;
            self.at += 1;
        }
        Ok(code)
    }
}
