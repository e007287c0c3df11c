//! The tables of conditions as a file, `schemas/conditions.json`: what another language needs to digest a policy.

use crate::{Any, root};
use serde_json::{Value, json};
use std::path::PathBuf;
use wattproof_circuits::condition::{Form, KINDS, Kind, Lane, Member, Neutral, Part, Size};

/// The file's path.
pub fn path() -> PathBuf {
    root().join("schemas/conditions.json")
}

/// The file: all kinds of conditions.
///
/// # Errors
/// None in practice.
pub fn file() -> Any<String> {
    let kinds: Value = KINDS.iter().map(|kind| self::kind(kind)).collect();
    Ok(serde_json::to_string_pretty(&kinds)? + "\n")
}

fn kind(kind: &Kind) -> Value {
    json!({
        "code": kind.code,
        "kind": kind.name,
        "sentence": kind.sentence,
        "tolerates": kind.missing.is_some(),
        "missing": kind.missing,
        "can_be_off": kind.can_be_off,
        "reveals": kind.output.map(|output| output.name),
        "members": kind.members.iter().map(member).collect::<Value>(),
    })
}

fn member(member: &Member) -> Value {
    let (form, least, most) = form(&member.form);
    json!({
        "name": member.name,
        "about": member.about,
        "part": match member.part { Part::Key => "key", Part::Shape => "shape", Part::Parameter => "parameter" },
        "form": form,
        "names": match member.form { Form::Choice(names) => Some(names), _ => None },
        "least": least,
        "most": most,
        "list": match member.size { Size::One => None, Size::UpTo(n) => Some(json!(n)), Size::Slots => Some(json!("slots")) },
        "lane": match member.lane { Lane::Own => None, Lane::Bits(n) => Some(json!(n)), Lane::Value => Some(json!("value_bits + 2")) },
        "default": member.default.map(|n| n.to_string()),
        "unless": member.unless,
        "off": match member.neutral {
            Neutral::Zero => "zero".into(),
            Neutral::Least => "least".into(),
            Neutral::Most => "most".into(),
            Neutral::MostIfFirst(choice) => format!("most if {choice} is its first name, else least"),
        },
    })
}

/// Name of a form, and its range: numbers, or what they follow from.
fn form(form: &Form) -> (&'static str, Value, Value) {
    let power = |bits: u32| json!(((1_i64 << bits) - 1).to_string());
    let either = |bits: u32| (json!((-((1_i64 << bits) - 1)).to_string()), power(bits));
    let signed = |name, bits| {
        let (least, most) = either(bits);
        (name, least, most)
    };
    let zero = || json!("0");
    match form {
        Form::Channel(_) => ("channel", zero(), json!("7")),
        Form::Choice(names) => ("choice", zero(), json!((names.len() - 1).to_string())),
        Form::Flag => ("flag", zero(), json!("1")),
        Form::Count { min, max } => ("count", json!(min.to_string()), json!(max.to_string())),
        Form::Ppm => ("ppm", zero(), json!("1000000")),
        Form::Value => ("value", zero(), json!("2^value_bits - 1")),
        Form::Total => ("total", zero(), json!("2^total_bits - 1")),
        Form::SignedTotal => ("signed-total", json!("1 - 2^total_bits"), json!("2^total_bits - 1")),
        Form::Money => signed("money", 62),
        Form::Minor => signed("minor", 62),
        Form::Rate => signed("rate", 40),
        Form::Price => signed("price", 20),
        Form::Time => ("time", zero(), power(40)),
        Form::Grams => ("grams", zero(), power(62)),
        Form::Currency => ("currency", zero(), power(24)),
        Form::Intensity => ("intensity", zero(), power(16)),
    }
}
