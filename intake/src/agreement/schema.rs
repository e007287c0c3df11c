//! JSON Schemas of agreements and policies, made from the kinds' tables.

use serde_json::{Map, Value, json};
use wattproof_circuits::condition::{Form, KINDS, Kind, Member, Size};
use wattproof_circuits::relation::Geometry;

use super::conditions::{COMMON, entry_name, example, human, is_derived};
use super::header::{DIRECTIONS, KIND, LEVELS, PERIODS, QUANTITIES, symbol};
use super::units::UNITS;
use super::{event, tariff};

const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

fn names<T>(known: &[(&'static str, T)]) -> Vec<&'static str> {
    known.iter().map(|(name, _)| *name).collect()
}

/// An object that has these members and no others.
fn object(properties: Map<String, Value>, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": required,
        "properties": properties,
    })
}

fn properties<const N: usize>(members: [(&str, Value); N]) -> Map<String, Value> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn with(mut schema: Value, description: &str) -> Value {
    schema["description"] = description.into();
    schema
}

/// The schema of `agreement/1`.
pub fn agreement_schema() -> Value {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let channel = object(
        properties([
            ("quantity", with(json!({ "enum": names(&QUANTITIES) }), "energy if left out")),
            (
                "direction",
                with(
                    json!({ "enum": names(&DIRECTIONS) }),
                    "the channel's name if that is one, else none",
                ),
            ),
            (
                "unit",
                with(
                    json!({ "enum": units() }),
                    "what one count is; the quantity's first if left out",
                ),
            ),
            (
                "max",
                text("greatest value of an interval, such as \"20 kW\"; fixes the bits of a value"),
            ),
        ]),
        &[],
    );
    let meter = object(
        properties([
            ("interval", text("\"PT15M\" or \"15 min\"")),
            (
                "grid",
                text(
                    "offset from UTC at whose midnights the meter's days begin, all year; the zone's standard time if left out",
                ),
            ),
            ("value_bits", json!({ "type": "integer", "minimum": 8, "maximum": 32 })),
            ("registry_depth", json!({ "type": "integer", "minimum": 1, "maximum": 16 })),
        ]),
        &["interval"],
    );
    let scope = object(
        properties([
            ("authority", json!({ "type": "string", "minLength": 1, "maxLength": 128 })),
            ("name", json!({ "type": "string", "minLength": 1, "maxLength": 128 })),
        ]),
        &["authority", "name"],
    );
    let kinds: Vec<Value> = KINDS.iter().map(|kind| agreed_condition(kind)).collect();
    let members = properties([
        ("wattproof", json!({ "const": KIND })),
        ("about", text("for people; not part of the policy")),
        ("scope", scope),
        ("zone", text("IANA name, \"UTC\", or an offset such as \"+05:30\"")),
        ("clock", text("zone of hours and dates in rules; zone's if left out")),
        ("period", json!({ "enum": names(&PERIODS) })),
        ("least_level", json!({ "enum": names(&LEVELS), "default": "L1" })),
        (
            "circuit",
            with(
                json!({ "type": "string", "default": "auto" }),
                "auto, custom, or a circuit of the catalogue",
            ),
        ),
        ("meter", meter),
        (
            "channels",
            json!({ "type": "object", "minProperties": 1, "maxProperties": 8, "additionalProperties": channel }),
        ),
        ("holidays", some(json!({ "$ref": "#/$defs/date" }))),
        ("conditions", json!({ "type": "array", "minItems": 1, "items": { "oneOf": kinds } })),
    ]);
    let mut schema = object(
        members,
        &["wattproof", "scope", "zone", "period", "meter", "channels", "conditions"],
    );
    schema["$schema"] = DRAFT.into();
    schema["$id"] = "urn:wattproof:agreement:1".into();
    schema["title"] = "Wattproof agreement, agreement/1".into();
    schema["description"] = "A policy as people write it, in TOML or JSON; `wattproof policy compile` makes a policy/1 of it.".into();
    schema["$defs"] = json!({
        "date": { "type": "string", "format": "date" },
        "amount": { "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)? ?\\S*$" },
        "rule": rule(Map::new(), &[]),
    });
    schema
}

fn units() -> Vec<&'static str> {
    let mut units: Vec<&'static str> =
        QUANTITIES.iter().flat_map(|(_, q)| q.units()).map(|unit| symbol(*unit)).collect();
    units.sort_unstable();
    units.dedup();
    units.retain(|word| UNITS.iter().any(|(known, ..)| known == word));
    units
}

/// One of these or a list of them.
fn some(one: Value) -> Value {
    json!({ "oneOf": [one, { "type": "array", "items": one }] })
}

/// A rule in local time with members of its own.
fn rule(own: Map<String, Value>, required: &[&str]) -> Value {
    let text = || json!({ "type": "string" });
    let mut members = properties([
        ("hours", with(some(text()), "\"16:00-21:00\"; \"22:00-06:00\" goes over midnight")),
        ("days", with(some(text()), "\"mon-fri\", \"sat,sun,holiday\"")),
        ("months", with(some(text()), "\"oct-mar\"")),
        ("dates", some(json!({ "$ref": "#/$defs/date" }))),
    ]);
    members.extend(own);
    object(members, required)
}

/// A value as agreements have it.
fn agreed(form: &Form) -> Value {
    match form {
        Form::Channel(_) => json!({ "type": "string" }),
        Form::Choice(words) => json!({ "enum": words }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Count { min, max } => {
            json!({ "oneOf": [{ "type": "integer", "minimum": min, "maximum": max }, { "type": "string" }] })
        }
        _ => json!({ "$ref": "#/$defs/amount", "examples": [example(form).trim_matches('"')] }),
    }
}

fn agreed_member(member: &Member) -> Value {
    let one = agreed(&member.form);
    let schema = match member.size {
        Size::One => one,
        Size::UpTo(most) => {
            json!({ "oneOf": [one, { "type": "array", "minItems": 1, "maxItems": most, "items": one }] })
        }
        Size::Slots if member.form == Form::Flag => {
            json!({ "type": "array", "items": { "$ref": "#/$defs/rule" } })
        }
        Size::Slots => {
            let name = entry_name(member);
            let own = properties([(name, one.clone()), ("name", json!({ "type": "string" }))]);
            json!({ "type": "array", "items": { "oneOf": [one, rule(own, &[name])] } })
        }
    };
    with(schema, member.about)
}

fn agreed_condition(kind: &'static Kind) -> Value {
    let mut members = properties([
        ("kind", json!({ "const": kind.name })),
        ("name", json!({ "type": "string", "description": "for people; not part of the policy" })),
    ]);
    debug_assert!(COMMON.iter().all(|name| members.contains_key(*name)));
    let mut required = vec!["kind"];
    let written = kind.members.iter().filter(|member| !is_derived(kind, member));
    for member in written {
        members.insert(human(member).to_owned(), agreed_member(member));
        if member.default.is_none() && !member.is_list() && member.unless.is_none() {
            required.push(human(member));
        }
    }
    members.extend(tariff::schema(kind, agreed, rule));
    members.extend(event::schema(kind));
    if kind.missing.is_some() {
        members.insert("tolerate".into(), some(json!({ "enum": ["estimated", "missing"] })));
    }
    object(members, &required)
}

/// The schema of `policy/1`.
pub fn policy_schema() -> Value {
    let size =
        |least: i64, most: i64| json!({ "type": "integer", "minimum": least, "maximum": most });
    let blocks =
        object(properties([("min", size(1, 512)), ("max", size(1, 512))]), &["min", "max"]);
    let sizes = object(
        properties([
            ("intervals_per_block", size(1, 1440)),
            ("blocks", blocks),
            ("aligned", json!({ "type": "boolean" })),
            ("value_bits", size(8, 32)),
            ("registry_depth", size(1, 16)),
            ("look_back", size(1, 511)),
            ("opened", size(1, 511)),
        ]),
        &["intervals_per_block", "blocks", "aligned", "value_bits", "registry_depth"],
    );
    let calendar = object(
        properties([
            ("zone", json!({ "type": "string" })),
            ("unit", json!({ "enum": names(&PERIODS) })),
        ]),
        &["zone", "unit"],
    );
    let name = || json!({ "type": "string", "minLength": 1, "maxLength": 128 });
    let scope = object(
        properties([("authority", name()), ("name", name()), ("calendar", calendar)]),
        &["authority", "name", "calendar"],
    );
    let channel = object(
        properties([
            ("quantity", json!({ "enum": names(&QUANTITIES) })),
            ("direction", json!({ "enum": names(&DIRECTIONS) })),
            ("unit", json!({ "enum": units() })),
        ]),
        &["quantity", "direction", "unit"],
    );
    let meter = object(
        properties([
            ("interval_seconds", size(1, 86_400)),
            ("grid_offset_seconds", size(-86_399, 86_399)),
            (
                "channels",
                json!({ "type": "array", "minItems": 1, "maxItems": 8, "items": channel }),
            ),
        ]),
        &["interval_seconds", "grid_offset_seconds", "channels"],
    );
    let named: Vec<&str> = Geometry::names().collect();
    let kinds: Vec<Value> =
        KINDS.iter().flat_map(|kind| [Some(canonical(kind)), off(kind)]).flatten().collect();
    let members = properties([
        ("wattproof", json!({ "const": "policy/1" })),
        ("geometry", json!({ "oneOf": [{ "enum": named }, sizes] })),
        ("scope", scope),
        ("meter", meter),
        ("least_level", json!({ "enum": names(&LEVELS) })),
        (
            "conditions",
            json!({
                "type": "array",
                "minItems": 1,
                "maxItems": 64,
                "items": { "oneOf": kinds },
                "contains": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": { "kind": { "const": "completeness" } }
                },
                "minContains": 1,
                "maxContains": 1,
            }),
        ),
    ]);
    let all = ["wattproof", "geometry", "scope", "meter", "least_level", "conditions"];
    let mut schema = object(members, &all);
    schema["$schema"] = DRAFT.into();
    schema["$id"] = "urn:wattproof:policy:1".into();
    schema["title"] = "Wattproof policy, policy/1".into();
    schema["description"] = "What both parties agreed on, in whole numbers. A schema cannot say everything: repeated members are refused too, and numbers have the ranges that the geometry gives.".into();
    schema["$defs"] = json!({
        "decimal": { "type": "string", "pattern": "^(0|-?[1-9][0-9]*)$", "maxLength": 20 },
    });
    schema
}

/// A value as policies have it.
fn spelled(form: &Form) -> Value {
    match form {
        Form::Channel(_) => json!({ "type": "integer", "minimum": 0, "maximum": 7 }),
        Form::Choice(words) => json!({ "enum": words }),
        Form::Flag => json!({ "type": "boolean" }),
        Form::Count { min, max } => json!({ "type": "integer", "minimum": min, "maximum": max }),
        Form::Ppm => json!({ "type": "integer", "minimum": 0, "maximum": 1_000_000 }),
        Form::Intensity => json!({ "type": "integer", "minimum": 0, "maximum": 65_535 }),
        Form::Currency => json!({ "type": "string", "pattern": "^[A-Z]{3}$" }),
        _ => json!({ "$ref": "#/$defs/decimal" }),
    }
}

fn canonical(kind: &Kind) -> Value {
    let mut members = properties([("kind", json!({ "const": kind.name }))]);
    let mut required = vec!["kind"];
    for member in kind.members {
        let one = spelled(&member.form);
        let schema = match member.size {
            Size::One => one,
            Size::UpTo(most) => {
                json!({ "type": "array", "minItems": 1, "maxItems": most, "items": one })
            }
            Size::Slots => json!({ "type": "array", "minItems": 1, "items": one }),
        };
        members.insert(member.name.to_owned(), with(schema, member.about));
        if member.default.is_none() && !member.is_list() && member.unless.is_none() {
            required.push(member.name);
        }
    }
    if kind.missing.is_some() {
        let quality = json!({ "enum": ["estimated", "missing"] });
        members.insert(
            "tolerate".into(),
            json!({ "type": "array", "uniqueItems": true, "items": quality }),
        );
    }
    object(members, &required)
}

/// A condition that is off: the members of its shape.
fn off(kind: &Kind) -> Option<Value> {
    if !kind.can_be_off {
        return None;
    }
    let mut members = properties([
        ("kind", json!({ "const": kind.name })),
        (
            "off",
            with(
                json!({ "const": true }),
                "switched off: it is there only because the circuit has it",
            ),
        ),
    ]);
    let mut required = vec!["kind", "off"];
    for member in kind.members.iter().filter(|member| member.is_in_shape()) {
        let length =
            || json!({ "type": "integer", "minimum": 0, "description": "length of the list" });
        let schema = if member.is_list() { length() } else { spelled(&member.form) };
        members.insert(member.name.to_owned(), schema);
        if !member.is_list() && member.default.is_none() {
            required.push(member.name);
        }
    }
    Some(object(members, &required))
}
