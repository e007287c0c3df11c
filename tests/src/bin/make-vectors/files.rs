//! Bundles and profiles that are not well formed.

use crate::book::{Book, Change, Good};
use crate::claims::Goods;
use wattproof_circuits::error::Code;
use wattproof_circuits::format::decimal::field_string;
use wattproof_tests::Any;
use wattproof_tests::forge::{R, swap};

/// All of them.
pub(crate) fn write(book: &mut Book, goods: &Goods) -> Any<()> {
    numbers(book, goods)?;
    members(book, goods)?;
    text(book, goods)?;
    profiles(book, goods)
}

/// A decimal string plus r.
fn plus_r(text: &str) -> String {
    let mut digits = Vec::new();
    let (mut a, mut b) = (text.bytes().rev(), R.bytes().rev());
    let mut carry = 0;
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() && carry == 0 {
            break;
        }
        let sum = carry + x.map_or(0, |d| d - b'0') + y.map_or(0, |d| d - b'0');
        digits.push(char::from(b'0' + sum % 10));
        carry = sum / 10;
    }
    digits.into_iter().rev().collect()
}

const TWO_256: &str =
    "115792089237316195423570985008687907853269984665640564039457584007913129639936";

fn numbers(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, .. } = goods;
    let statement = &day.bundle.statement;
    for (member, value) in [
        ("policy_digest", statement.policy_digest),
        ("context", statement.context),
        ("anchor", statement.anchor),
        ("nullifier", statement.nullifier),
    ] {
        let (from, why) = (field_string(&value), "The value plus r names the same element.");
        let (name, to) = (format!("{}-aliased", member.replace('_', "-")), plus_r(&from));
        book.add(day.swapped(Code::FieldRange, &name, why, &from, &to)?)?;
    }
    let nullifier = format!("\"{}\"", field_string(&statement.nullifier));
    for (name, why, to) in [
        ("nullifier-r", "r itself is zero.", R.to_owned()),
        ("nullifier-2-256", "Beyond 256 bits.", TWO_256.to_owned()),
        ("nullifier-huge", "Far too long.", "9".repeat(300)),
        (
            "nullifier-leading-zero",
            "One number, one spelling.",
            format!("0{}", nullifier.trim_matches('"')),
        ),
        ("nullifier-hex", "Hexadecimal.", "0x10".into()),
        ("nullifier-negative", "A sign.", "-1".into()),
        ("nullifier-plus", "A sign.", "+1".into()),
        ("nullifier-exponent", "An exponent.", "1e3".into()),
        ("nullifier-space", "A space.", " 1".into()),
        ("nullifier-empty", "No digits.", String::new()),
        ("nullifier-nan", "Not a number.", "NaN".into()),
        ("nullifier-full-width", "Digits of another script.", "\u{ff11}".into()),
    ] {
        let to = format!("\"{to}\"");
        book.add(day.swapped(Code::FieldRange, name, why, &nullifier, &to)?)?;
    }
    let output = format!("\"{}\"", statement.outputs[0]);
    let (range, field) = (Code::OutOfRange, Code::FieldRange);
    let leading_zero = format!("0{}", output.trim_matches('"'));
    for (code, name, why, to) in [
        (range, "output-2-64", "Beyond 64 bits.", "18446744073709551616".into()),
        (field, "output-aliased", "The value plus r.", plus_r(output.trim_matches('"'))),
        (field, "output-leading-zero", "One number, one spelling.", leading_zero),
        (field, "output-negative", "A sign.", "-1".into()),
        (field, "output-fraction", "A fraction.", "1.5".into()),
        (
            range,
            "output-beyond-circuit",
            "More than the circuit's sums can be.",
            "18446744073709551615".into(),
        ),
    ] {
        let to = format!("\"{to}\"");
        book.add(day.swapped(code, name, why, &output, &to)?)?;
    }
    let (start, end) = (statement.period.start().to_string(), statement.period.end().to_string());
    for (name, why, from, to) in [
        ("period-beyond-2-40", "Times are below 2^40.", &end, "1099511627776"),
        ("period-reversed", "It ends before it begins.", &end, "1"),
        ("period-empty", "It ends when it begins.", &end, &start),
        ("period-negative", "Before 1970.", &start, "-3600"),
        ("period-2-64", "Start plus 2^64 would alias the end.", &start, "18446744073709551616"),
    ] {
        book.add(day.swapped(Code::OutOfRange, name, why, from, to)?)?;
    }
    Ok(())
}

fn members(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, month, .. } = goods;
    let text = day.bundle.to_json();
    let whole: serde_json::Value = serde_json::from_str(&text)?;
    for path in ["wattproof", "circuit_id", "setup", "statement", "proof"] {
        let mut cut = whole.clone();
        cut.as_object_mut().and_then(|o| o.remove(path)).ok_or("no such member")?;
        let name = format!("without-{}", path.replace('_', "-"));
        let case = day.case(&name, "A member is missing.").bundle(cut.to_string());
        book.add(case.refused(Code::Malformed))?;
    }
    for member in ["policy_digest", "period", "context", "anchor", "nullifier", "outputs"] {
        let mut cut = whole.clone();
        let statement = cut["statement"].as_object_mut().ok_or("no statement")?;
        statement.remove(member).ok_or("no such member")?;
        let name = format!("statement-without-{}", member.replace('_', "-"));
        let case = day.case(&name, "A member of the statement is missing.");
        book.add(case.bundle(cut.to_string()).refused(Code::Malformed))?;
    }
    let nullifier = format!("\"nullifier\": \"{}\"", field_string(&day.bundle.statement.nullifier));
    let output = format!("\"{}\"", day.bundle.statement.outputs[0]);
    let number = output.trim_matches('"');
    let id = day.bundle.circuit_id.to_string();
    for (name, why, from, to) in [
        (
            "unknown-member",
            "A member that does not exist.",
            "\"setup\"",
            "\"verified\": true, \"setup\"",
        ),
        (
            "unknown-member-of-statement",
            "The same, deeper.",
            "\"context\"",
            "\"payee\": \"1\", \"context\"",
        ),
        (
            "unknown-member-of-period",
            "The same, deeper still.",
            "\"start\"",
            "\"zone\": \"UTC\", \"start\"",
        ),
        (
            "repeated-version",
            "The version twice.",
            "\"setup\"",
            "\"wattproof\": \"bundle/1\", \"setup\"",
        ),
        ("repeated-setup", "A member twice.", "\"setup\"", "\"setup\": \"dev\", \"setup\""),
        (
            "repeated-nullifier",
            "Two nullifiers: readers may disagree on which counts.",
            "\"nullifier\"",
            "\"nullifier\": \"1\", \"nullifier\"",
        ),
        (
            "repeated-escaped",
            "The same member, one of them escaped.",
            "\"nullifier\"",
            "\"n\\u0075llifier\": \"1\", \"nullifier\"",
        ),
        ("nullifier-number", "A number in place of a string.", &nullifier, "\"nullifier\": 1"),
        ("nullifier-null", "Nothing in place of a string.", &nullifier, "\"nullifier\": null"),
        ("nullifier-list", "A list in place of a string.", &nullifier, "\"nullifier\": [\"1\"]"),
        ("output-number", "A number in place of a string.", &output, number),
        ("output-float", "2^53 and more do not survive as numbers.", &output, "9007199254740993"),
        ("output-nan", "NaN is no JSON.", &output, "NaN"),
        ("output-infinity", "Infinity is no JSON.", &output, "-Infinity"),
        ("output-1e400", "A number beyond every float.", &output, "1e400"),
        (
            "outputs-object",
            "An object in place of a list.",
            "\"outputs\": [",
            "\"outputs\": {\"0\": [",
        ),
        ("setup-unknown", "A setup that does not exist.", "\"dev\"", "\"trusted\""),
        ("setup-case", "Names are as they are written.", "\"dev\"", "\"Dev\""),
        (
            "policy-null",
            "A policy that is there, but nothing.",
            "\"setup\"",
            "\"policy\": null, \"setup\"",
        ),
        ("circuit-id-upper-case", "Hex is lower-case.", &id, &id.to_uppercase()),
        ("circuit-id-short", "A digit too few.", &id, &id[1..]),
        ("circuit-id-prefixed", "No prefix.", &id, &format!("0x{}", &id[2..])),
        ("proof-padded", "No padding.", "\"\n}", "=\"\n}"),
        ("proof-space", "White space in base64.", "\"proof\": \"", "\"proof\": \" "),
        (
            "proof-standard-alphabet",
            "Another alphabet of base64.",
            "\"proof\": \"",
            "\"proof\": \"+/",
        ),
        ("proof-list", "A list in place of a string.", "\"proof\": \"", "\"proof\": [], \"x\": \""),
    ] {
        book.add(day.swapped(Code::Malformed, name, why, from, to)?)?;
    }
    let last = text.trim_end().trim_end_matches("\"\n}").chars().last().ok_or("no proof")?;
    let next = char::from(last as u8 + 1);
    let why = "The last character's two spare bits are not zero.";
    let (from, to) = (format!("{last}\"\n}}"), format!("{next}\"\n}}"));
    book.add(day.swapped(Code::Malformed, "proof-stray-bits", why, &from, &to)?)?;
    embedded(book, month)
}

/// Policies that travel along are read as strictly.
fn embedded(book: &mut Book, month: &Good) -> Any<()> {
    let mut bundle = month.bundle.clone();
    bundle.policy = Some(month.profile.policy.clone());
    let text = bundle.to_json();
    for (name, why, code, from, to) in [
        ("policy-version", "A version to come.", Code::UnknownVersion, "policy/1", "policy/2"),
        (
            "policy-negative",
            "A negative length.",
            Code::OutOfRange,
            "\"interval_seconds\": 3600",
            "\"interval_seconds\": -3600",
        ),
        (
            "policy-interval",
            "An interval that makes no day.",
            Code::BadPolicy,
            "\"interval_seconds\": 3600",
            "\"interval_seconds\": 3601",
        ),
        (
            "policy-geometry",
            "A geometry that does not exist.",
            Code::BadPolicy,
            "month-24x1h",
            "fortnight",
        ),
        (
            "policy-unknown-condition",
            "A condition that does not exist.",
            Code::Malformed,
            "\"kind\": \"limit\"",
            "\"kind\": \"vibe\"",
        ),
        (
            "policy-number",
            "A number in place of a string.",
            Code::Malformed,
            "\"450000\"",
            "450000",
        ),
    ] {
        let text = swap(&text, from, to).map_err(|e| format!("{name}: {e}"))?;
        book.add(month.case(name, why).bundle(text).refused(code))?;
    }
    Ok(())
}

/// Text that is no JSON, too long, or of another kind.
fn text(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, month, .. } = goods;
    for (good, prefix) in [(day, "day"), (month, "month")] {
        let text = good.bundle.to_json();
        let cut = text[..text.len() / 2].to_owned();
        let case = good.case(&format!("{prefix}-truncated"), "Cut in the middle.").bundle(cut);
        book.add(case.refused(Code::Malformed))?;
        let name = format!("{prefix}-version");
        let why = "A version to come.";
        book.add(good.swapped(Code::UnknownVersion, &name, why, "bundle/1", "bundle/2")?)?;
    }
    let text = day.bundle.to_json();
    let profile = day.profile.to_json();
    for (name, why, code, text) in [
        (
            "version-zero",
            "A version that never was.",
            Code::UnknownVersion,
            swap(&text, "bundle/1", "bundle/0")?,
        ),
        (
            "version-spelling",
            "Another spelling.",
            Code::UnknownVersion,
            swap(&text, "bundle/1", "bundle/01")?,
        ),
        ("profile-as-bundle", "Another kind of file.", Code::UnknownVersion, profile),
        (
            "version-number",
            "A number in place of the version.",
            Code::Malformed,
            swap(&text, "\"bundle/1\"", "1")?,
        ),
        ("empty", "No bytes.", Code::Malformed, String::new()),
        ("blank", "White space alone.", Code::Malformed, " \n\t".into()),
        ("null", "Nothing.", Code::Malformed, "null".into()),
        ("list", "A list around it.", Code::Malformed, format!("[{text}]")),
        ("string", "A string around it.", Code::Malformed, serde_json::to_string(&text)?),
        ("empty-object", "No members.", Code::Malformed, "{}".into()),
        (
            "last-brace-missing",
            "Its last byte is gone.",
            Code::Malformed,
            text.trim_end().trim_end_matches('}').into(),
        ),
        ("trailing-text", "Text behind it.", Code::Malformed, format!("{text}x")),
        ("trailing-object", "Two bundles.", Code::Malformed, format!("{text}{text}")),
        ("trailing-nul", "A zero byte behind it.", Code::Malformed, format!("{text}\0")),
        (
            "byte-order-mark",
            "A byte order mark is no JSON.",
            Code::Malformed,
            format!("\u{feff}{text}"),
        ),
        ("trailing-comma", "A comma too many.", Code::Malformed, swap(&text, "\"\n}", "\",\n}")?),
        ("comment", "Comments are no JSON.", Code::Malformed, format!("// bundle\n{text}")),
        ("single-quotes", "Single quotes are no JSON.", Code::Malformed, text.replace('"', "'")),
        (
            "control-character",
            "A raw line break in a string.",
            Code::Malformed,
            swap(&text, "\"dev\"", "\"de\nv\"")?,
        ),
        (
            "lone-surrogate",
            "Half a character, escaped.",
            Code::Malformed,
            swap(&text, "\"dev\"", "\"\\ud800\"")?,
        ),
        ("deep", "Two thousand lists.", Code::Malformed, "[".repeat(2_000)),
        (
            "deep-member",
            "The same as a member.",
            Code::Malformed,
            swap(
                &text,
                "\"setup\"",
                &format!("\"x\": {}{}, \"setup\"", "[".repeat(500), "]".repeat(500)),
            )?,
        ),
        (
            "too-large",
            "A byte more than 64 KB.",
            Code::TooLarge,
            text.clone() + &" ".repeat((64 << 10) + 1 - text.len()),
        ),
    ] {
        book.add(day.case(name, why).bundle(text).refused(code))?;
    }
    for (name, why, bytes) in [
        ("not-utf-8", "A byte that UTF-8 does not have.", [&b"\xff"[..], text.as_bytes()].concat()),
        ("utf-16", "Another encoding.", text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        (
            "latin-1-name",
            "An accent in another encoding.",
            swap(&text, "dev", "d\u{1}v")?
                .replace('\u{1}', "\u{e9}")
                .chars()
                .map(|c| c as u8)
                .collect(),
        ),
        (
            "overlong",
            "A character spelt too long.",
            [&text.as_bytes()[..20], b"\xc0\xa2", &text.as_bytes()[20..]].concat(),
        ),
        ("random-bytes", "Bytes without meaning.", (0..=255).collect()),
    ] {
        book.add(day.case(name, why).bytes(&bytes).refused(Code::Malformed))?;
    }
    let name = "too-large-bytes";
    let case = day.case(name, "Size comes before encoding.").bytes(&vec![0xff; (64 << 10) + 1]);
    book.add(case.refused(Code::TooLarge))
}

fn profiles(book: &mut Book, goods: &Goods) -> Any<()> {
    let Goods { day, l0, .. } = goods;
    let root = field_string(&day.profile.roots[0]);
    let aliased = plus_r(&root);
    for (name, why, code, from, to) in [
        ("version", "A version to come.", Code::UnknownVersion, "profile/1", "profile/2"),
        ("policy-version", "The policy's version.", Code::UnknownVersion, "policy/1", "policy/9"),
        (
            "unknown-member",
            "A member that does not exist.",
            Code::Malformed,
            "\"roots\"",
            "\"trust\": true, \"roots\"",
        ),
        (
            "repeated-member",
            "A member twice.",
            Code::Malformed,
            "\"roots\"",
            "\"accept_l0\": false, \"roots\"",
        ),
        ("root-aliased", "The root plus r.", Code::FieldRange, &root, &aliased),
        (
            "root-number",
            "A number in place of a string.",
            Code::Malformed,
            &format!("\"{root}\""),
            "5",
        ),
        (
            "accept-l0-number",
            "A number in place of a truth value.",
            Code::Malformed,
            "\"accept_l0\": false",
            "\"accept_l0\": 0",
        ),
        (
            "period-beyond",
            "Times are below 2^40.",
            Code::OutOfRange,
            "\"1296633600\"",
            "\"1099511627776\"",
        ),
        (
            "zone-unknown",
            "A zone that does not exist.",
            Code::BadPolicy,
            "America/Los_Angeles",
            "Mars/Olympus",
        ),
        (
            "zone-nonsense",
            "No zone at all.",
            Code::BadPolicy,
            "America/Los_Angeles",
            "../etc/passwd",
        ),
        (
            "bounds-crossed",
            "The least is above the most.",
            Code::BadPolicy,
            "\"20000\"",
            "\"4999\"",
        ),
        (
            "bound-beyond",
            "A bound that the circuit cannot compare.",
            Code::BadPolicy,
            "\"20000\"",
            "\"999999999999\"",
        ),
        (
            "geometry-unknown",
            "A geometry that does not exist.",
            Code::BadPolicy,
            "day-24x1h",
            "day-25x1h",
        ),
        (
            "completeness-missing",
            "Completeness is always on.",
            Code::BadPolicy,
            "\"kind\": \"completeness\",\n        \"min_measured_ppm\": 1000000",
            "\"kind\": \"limit\", \"bound\": \"at-least\", \"channel\": 0, \"value\": \"0\"",
        ),
        (
            "context-kind",
            "A context that does not exist.",
            Code::Malformed,
            "\"challenge\"",
            "\"payment\"",
        ),
        ("nonce-short", "A nonce of 31 bytes.", Code::Malformed, "0x07", "0x"),
        (
            "verifier-empty",
            "A verifier without a name.",
            Code::BadPolicy,
            "\"verifier\": \"example-utility\"",
            "\"verifier\": \"\"",
        ),
        (
            "fingerprint-short",
            "A digit too few.",
            Code::Malformed,
            "\"key_fingerprint\": \"",
            "\"key_fingerprint\": \"0",
        ),
    ] {
        book.add(day.profile_text(code, &format!("profile-{name}"), why, from, to)?)?;
    }
    let why = "Without a root no claim can be accepted.";
    book.add(day.other_profile(Code::Malformed, "profile-no-roots", why, |p| p.roots.clear()))?;
    let text = day.profile.to_json();
    for (name, why, code, text) in [
        ("profile-empty", "No bytes.", Code::Malformed, String::new()),
        ("profile-truncated", "Cut in the middle.", Code::Malformed, text[..text.len() / 2].into()),
        (
            "profile-is-the-bundle",
            "The prover's file in the verifier's place.",
            Code::UnknownVersion,
            day.bundle.to_json(),
        ),
    ] {
        book.add(day.case(name, why).profile(text).refused(code))?;
    }
    let why = "A schedule that is too short.";
    let from = "\"10\",\n          \"5000\"";
    book.add(l0.profile_text(Code::BadPolicy, "profile-schedule-short", why, from, "\"10\"")?)
}
