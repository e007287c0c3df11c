//! Writes what web pages read, and the canonical encoding of shapes: compact JSON, members in the order given.
//!
//! Written here for the same reason as the reader; tests hold it against serde_json, which writes the files.

use crate::error::digits;
use crate::format::decimal::field_string;
use crate::hash::F;

/// A value that can be written as JSON.
pub trait ToJson {
    /// Appends it to `json`.
    fn write(&self, json: &mut String);

    /// Whether an object leaves it out.
    fn is_absent(&self) -> bool {
        false
    }
}

/// Compact JSON.
pub fn to_json(value: &dyn ToJson) -> String {
    let mut json = String::new();
    value.write(&mut json);
    json
}

/// Appends an object of those members that are there.
pub fn write_object(json: &mut String, members: &[(&str, &dyn ToJson)]) {
    let mut next = '{';
    for (name, value) in members.iter().filter(|(_, value)| !value.is_absent()) {
        json.push(next);
        next = ',';
        write_text(json, name);
        json.push(':');
        value.write(json);
    }
    if next == '{' {
        json.push(next);
    }
    json.push('}');
}

/// Appends a string.
pub(crate) fn write_text(json: &mut String, text: &str) {
    json.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => json.push('\\'),
            '\0'..=' ' if c != ' ' => {
                // All control characters are below 32: one hex digit follows 0 or 1.
                json.push_str(if c < '\u{10}' { "\\u000" } else { "\\u001" });
                json.extend(char::from_digit(u32::from(c) % 16, 16));
                continue;
            }
            _ => {}
        }
        json.push(c);
    }
    json.push('"');
}

impl ToJson for &str {
    fn write(&self, json: &mut String) {
        write_text(json, self);
    }
}

impl ToJson for String {
    fn write(&self, json: &mut String) {
        write_text(json, self);
    }
}

impl ToJson for bool {
    fn write(&self, json: &mut String) {
        json.push_str(if *self { "true" } else { "false" });
    }
}

/// 64-bit numbers and field elements are decimal strings; smaller numbers are JSON numbers.
impl ToJson for u64 {
    fn write(&self, json: &mut String) {
        write_text(json, &digits(*self));
    }
}

/// Sums of many values.
impl ToJson for i128 {
    fn write(&self, json: &mut String) {
        write_text(json, &self.to_string());
    }
}

impl ToJson for F {
    fn write(&self, json: &mut String) {
        write_text(json, &field_string(self));
    }
}

macro_rules! small_integers {
    ($($type:ty),+) => { $(
        impl ToJson for $type {
            fn write(&self, json: &mut String) {
                json.push_str(&digits((*self).into()));
            }
        }
    )+ };
}

small_integers!(u8, u16, u32);

impl<T: ToJson> ToJson for Vec<T> {
    fn write(&self, json: &mut String) {
        let mut next = "[";
        for item in self {
            json.push_str(next);
            next = ",";
            item.write(json);
        }
        json.push_str(if self.is_empty() { "[]" } else { "]" });
    }
}

impl<T: ToJson> ToJson for Option<T> {
    fn write(&self, json: &mut String) {
        if let Some(value) = self {
            value.write(json);
        }
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Writes a struct whose members are named as its fields.
macro_rules! written {
    ($($type:ident { $($field:ident),+ $(,)? })+) => { $(
        impl $crate::format::ToJson for $type {
            fn write(&self, json: &mut String) {
                $crate::format::write_object(json, &[$((stringify!($field), &self.$field)),+]);
            }
        }
    )+ };
}

/// Writes an enum of names.
macro_rules! written_names {
    ($($type:ident { $($variant:ident = $name:literal),+ $(,)? })+) => { $(
        impl $crate::format::ToJson for $type {
            fn write(&self, json: &mut String) {
                let name = match self { $(Self::$variant => $name),+ };
                $crate::format::ToJson::write(&name, json);
            }
        }
    )+ };
}

pub(crate) use {written, written_names};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_members_are_left_out() {
        let mut json = String::new();
        write_object(&mut json, &[("a", &None::<u8>)]);
        write_object(&mut json, &[("a", &Some(1_u8)), ("b", &vec![true, false]), ("c", &5_u64)]);
        assert_eq!(json, r#"{}{"a":1,"b":[true,false],"c":"5"}"#);
    }

    proptest::proptest! {
        #[test]
        fn text_comes_back(text in "[\\PC\\x00-\\x1f\"\\\\]{0,40}") {
            let json = to_json(&text);
            let back: String = serde_json::from_str(&json).expect("JSON");
            proptest::prop_assert_eq!(back, text);
        }
    }
}
