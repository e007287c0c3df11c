//! The sentences a verifier reads. They are made from digested values only, so that no file can say one thing and bind another.

use super::Policy;
use crate::condition::{
    Condition, EXACT, Form, HIDDEN, REVEALS, RevealedUnit, Size, Tolerance, currency,
};
use crate::error::{message, say};
use crate::format::written;
use crate::meter::{Channel, Direction, Level, Quantity, Unit};
use serde::Serialize;

/// A condition in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConditionWords {
    /// Kind, as in a policy.
    pub kind: &'static str,
    /// One or two sentences.
    pub text: String,
}

written! {
    ConditionWords { kind, text }
    LevelWords { least, text }
}

/// The least level in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LevelWords {
    /// The policy's least level.
    pub least: Level,
    /// What it means.
    pub text: &'static str,
}

impl Policy {
    /// Its conditions in words, in canonical order, without those that are off.
    pub fn words(&self) -> Vec<ConditionWords> {
        let conditions = self.conditions().iter().filter(|c| !c.is_off());
        conditions.map(|c| self.condition_words(c)).collect()
    }

    /// Its least level in words.
    pub fn level_words(&self) -> LevelWords {
        let text = match self.least_level() {
            Level::L0 => {
                "Nobody need vouch for the readings: whoever held them may have signed them."
            }
            Level::L1 => {
                "The meter itself signed, or an enrolled gateway that checked the meter's own signature."
            }
            Level::L2 => "An enrolled gateway signed that had checked the meter's own signature.",
            #[cfg(feature = "l3")]
            Level::L3 => {
                "The device itself signed, with a key that the verifier trusts by name; it is not anonymous."
            }
        };
        LevelWords { least: self.least_level(), text }
    }

    fn channel(&self, channel: i64) -> Option<&Channel> {
        self.meter().channels.get(usize::try_from(channel).ok()?)
    }

    /// The unit of a condition's first channel.
    fn unit(&self, condition: &Condition) -> Option<Unit> {
        let first = condition.shape().channels().first().copied()?;
        self.channel(first.into()).map(|channel| channel.unit)
    }

    /// The unit of what a condition reveals.
    pub fn revealed_unit(&self, condition: &Condition) -> String {
        match condition.kind().output.map(|revealed| revealed.unit) {
            Some(RevealedUnit::Money) => {
                message!["minor units of ", currency(condition.number("currency"))]
            }
            Some(RevealedUnit::Ppm) => "ppm".into(),
            Some(RevealedUnit::Grams) => "g".into(),
            _ => self.unit(condition).map_or("", |unit| unit.symbols().0).into(),
        }
    }

    /// A revealed value as people write it.
    pub(crate) fn revealed_words(&self, condition: &Condition, value: i64) -> String {
        let form = match condition.kind().output.map(|revealed| revealed.unit) {
            Some(RevealedUnit::Money) => Form::Minor,
            Some(RevealedUnit::Ppm) => Form::Ppm,
            Some(RevealedUnit::Grams) => Form::Grams,
            _ => Form::SignedTotal,
        };
        self.value(condition, &form, value)
    }

    /// A sum of revealed values as people write it; beyond 63 bits in the plain unit.
    pub(crate) fn sum_words(&self, condition: &Condition, total: i128) -> String {
        match i64::try_from(total) {
            Ok(total) => self.revealed_words(condition, total),
            Err(_) => message![total.to_string(), " ", self.revealed_unit(condition)],
        }
    }

    /// What a channel measures, in words; with its place where another one measures the same.
    #[cfg(feature = "prover")]
    pub(crate) fn flow_of(&self, channel: u8) -> String {
        let Some(found) = self.channel(channel.into()) else { return String::new() };
        match self.meter().channels.iter().filter(|other| *other == found).count() {
            1 => flow(found).into(),
            _ => message![flow(found), " (channel ", channel, ")"],
        }
    }

    fn condition_words(&self, condition: &Condition) -> ConditionWords {
        let kind = condition.kind();
        let mut text = String::new();
        self.fill(&mut text, condition, kind.sentence);
        if let Some(missing) = kind.missing {
            say_tolerance(&mut text, condition.tolerance(), missing);
        }
        ConditionWords { kind: kind.name, text }
    }

    /// Adds a sentence with its blanks filled in. `{name}` is a member as people say it; `[name|text]` is the text if the member is
    /// neither zero nor empty (of a channel: if it is one), `[!name|text]` if it is, `[name=2|text]` if it is that choice; texts
    /// have blanks of their own.
    fn fill(&self, text: &mut String, condition: &Condition, sentence: &str) {
        let mut rest = sentence;
        while let Some(start) = find(rest, b"{[") {
            text.push_str(&rest[..start]);
            let close = if rest[start..].starts_with('{') { b"}" } else { b"]" };
            let end = find(&rest[start..], close).map_or(rest.len(), |end| start + end);
            let inner = &rest[start + 1..end];
            match find(inner, b"|") {
                Some(bar) if close == b"]" => {
                    let negated = inner.starts_with('!');
                    if is_there(condition, &inner[usize::from(negated)..bar]) != negated {
                        self.fill(text, condition, &inner[bar + 1..]);
                    }
                }
                _ => self.say_member(text, condition, inner),
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
        text.push_str(rest);
    }

    /// Adds a member as people say it.
    fn say_member(&self, text: &mut String, condition: &Condition, name: &str) {
        if name == "interval" {
            return say_duration(text, self.meter().interval_seconds);
        }
        let Some(member) = condition.kind().members.iter().find(|m| m.name == name) else { return };
        let list = condition.list(name);
        let mut say = |value: i64| self.say_value(text, condition, &member.form, value);
        match list {
            [] => {}
            [value] if !member.is_list() => say(*value),
            _ if matches!(member.form, Form::Flag | Form::Count { min: 0, max: 1 }) => {
                say_places(text, list);
            }
            _ if name == "bands" => self.say_bands(text, list),
            _ if name == "days" => say_days(text, list),
            _ => match (list.iter().min(), list.iter().max()) {
                // As in a circuit with room for a list, where the policy has one value.
                (Some(min), Some(max)) if member.size == Size::Slots && min == max => say(*min),
                (Some(min), Some(max)) if member.size == Size::Slots => {
                    text.push_str("its own value in a list from ");
                    self.say_value(text, condition, &member.form, *min);
                    text.push_str(" to ");
                    self.say_value(text, condition, &member.form, *max);
                    if condition.number("anchor") != 0 {
                        text.push_str(" made for this period");
                    }
                }
                _ => {
                    for (i, value) in distinct(list).iter().enumerate() {
                        text.push_str(if i > 0 { ", " } else { "" });
                        self.say_value(text, condition, &member.form, *value);
                    }
                }
            },
        }
    }

    /// Adds the bands of each kind of day: from when which holds, on the clock of the meter's grid.
    fn say_bands(&self, text: &mut String, list: &[i64]) {
        let slots = usize::from(self.geometry().intervals_per_block);
        for (kind, bands) in list.chunks(slots).enumerate() {
            if list.len() > slots {
                text.push_str(if kind > 0 { "; " } else { "" });
                say![text; "day ", letter(kind as i64), ": "];
            }
            for (i, band) in bands.iter().enumerate() {
                if i > 0 && bands[i - 1] == *band {
                    continue;
                }
                let minute = i as u64 * u64::from(self.meter().interval_seconds) / 60;
                let ordinal = ["1st", "2nd", "3rd", "4th"].get(*band as usize).copied();
                text.push_str(if i > 0 { ", " } else { "" });
                for (part, after) in [(minute / 60, ":"), (minute % 60, " ")] {
                    say![text; *if part < 10 { "0" } else { "" }, part, *after];
                }
                text.push_str(ordinal.unwrap_or_default());
            }
        }
    }

    /// A value as people say it.
    pub(crate) fn value(&self, condition: &Condition, form: &Form, value: i64) -> String {
        let mut text = String::new();
        self.say_value(&mut text, condition, form, value);
        text
    }

    /// Adds a value as people say it.
    fn say_value(&self, text: &mut String, condition: &Condition, form: &Form, value: i64) {
        let currency_digits = || u32::try_from(condition.number("currency_digits")).unwrap_or(0);
        let code = || currency(condition.number("currency"));
        // The unit's symbols, for one and for `10^digits` of it.
        let (small, large, digits) =
            self.unit(condition).map_or(("", "", 0), |unit| unit.symbols());
        let mut scaled = |digits: u32, unit: &str| {
            text.push_str(if value < 0 { "-" } else { "" });
            say_scaled(text, value.unsigned_abs(), digits);
            say![text; " ", *unit];
        };
        match form {
            Form::Channel(_) => text.push_str(self.channel(value).map_or("", flow)),
            Form::Choice(REVEALS) => text.push_str(match value {
                EXACT => "the exact value is revealed",
                HIDDEN => "only a commitment to the value is shown, for sums with others",
                _ => "the value stays hidden",
            }),
            Form::Choice(names) => {
                let name = usize::try_from(value).ok().and_then(|i| names.get(i));
                let spaced = |c| if c == '-' { ' ' } else { c };
                text.extend(name.copied().unwrap_or_default().chars().map(spaced));
            }
            Form::Ppm => scaled(4, "%"),
            Form::Value | Form::Total | Form::SignedTotal => {
                match value.unsigned_abs() < 10_u64.pow(digits) && small != "dV" {
                    true => scaled(0, small),
                    false => scaled(digits, large),
                }
            }
            Form::Money => scaled(currency_digits() + 6, &code()),
            Form::Minor => scaled(currency_digits(), &code()),
            Form::Rate | Form::Price => {
                scaled(currency_digits() + 6 - digits, &code());
                say![text; "/", *large];
            }
            // For 1,000 of the channel's units.
            Form::Intensity if digits == 3 => scaled(0, &message!["g/", *large]),
            Form::Intensity => scaled(0, &message!["g/1,000 ", *small]),
            Form::Grams => scaled(3, "kg"),
            Form::Currency => text.push_str(&currency(value)),
            Form::Flag | Form::Count { .. } | Form::Time => say![text; value],
        }
    }
}

/// Where the first of a few ASCII characters is.
fn find(text: &str, any: &[u8]) -> Option<usize> {
    text.bytes().position(|b| any.contains(&b))
}

/// Whether a member has a value worth saying: `name`, or `name=2` for one choice.
fn is_there(condition: &Condition, name: &str) -> bool {
    if let Some(equals) = find(name, b"=") {
        return message![condition.number(&name[..equals])] == name[equals + 1..];
    }
    let member = condition.kind().members.iter().find(|m| m.name == name);
    let is_channel = member.is_some_and(|m| matches!(m.form, Form::Channel(_)));
    condition.list(name).iter().any(|value| if is_channel { *value >= 0 } else { *value != 0 })
}

/// A list without repetitions of its last value: the last stands for the rest, as in circuits with room for more.
fn distinct(list: &[i64]) -> &[i64] {
    let repeated = list.iter().rev().take_while(|value| Some(*value) == list.last()).count();
    &list[..list.len() - repeated.saturating_sub(1)]
}

/// Adds which of a list are set, counted from one: `3, 5 to 8 of 20`.
fn say_places(text: &mut String, list: &[i64]) {
    let mut next = 0;
    while let Some(first) = list[next..].iter().position(|mark| *mark != 0).map(|i| next + i) {
        text.push_str(if next > 0 { ", " } else { "" });
        let run = list[first..].iter().take_while(|mark| **mark != 0).count();
        next = first + run;
        if run > 1 {
            say![text; first + 1, " to "];
        }
        say![text; next];
    }
    text.push_str(if next > 0 { "" } else { "none" });
    say![text; " of ", list.len()];
}

/// A kind of day: A to D.
fn letter(kind: i64) -> String {
    char::from(b'A' + (kind & 3) as u8).into()
}

/// Adds which kind each day of a period is: `1 to 4 A, 5 to 6 B`.
fn say_days(text: &mut String, list: &[i64]) {
    let mut start = 0;
    for i in 1..=list.len() {
        if list.get(i) == Some(&list[start]) {
            continue;
        }
        text.push_str(if start > 0 { ", " } else { "" });
        say![text; start + 1];
        if i > start + 1 {
            say![text; " to ", i];
        }
        say![text; " ", letter(list[start])];
        start = i;
    }
}

/// What a channel measures, in words.
fn flow(channel: &Channel) -> &'static str {
    match (channel.quantity, channel.direction) {
        (Quantity::Energy, Direction::Import) => "energy taken from the grid",
        (Quantity::Energy, Direction::Export) => "energy fed into the grid",
        (Quantity::Energy, Direction::Generation) => "energy generated",
        (Quantity::Energy, Direction::Charge) => "energy charged",
        (Quantity::Energy, Direction::Discharge) => "energy discharged",
        (Quantity::Energy, _) => "energy consumed",
        (Quantity::Register, Direction::Export) => "counter of energy fed into the grid",
        (Quantity::Register, _) => "counter of energy",
        (Quantity::Stored, _) => "energy stored",
        (Quantity::Power, _) => "mean power",
        (Quantity::Voltage, _) => "voltage",
        (Quantity::Gas, _) => "gas",
        (Quantity::Water, _) => "water",
        (Quantity::Heat, _) => "heat",
        (Quantity::Data, Direction::Export) => "data served",
        (Quantity::Data, _) => "data received",
        (Quantity::Compute, _) => "computing time",
        (Quantity::Distance, _) => "distance",
        (Quantity::Mark, _) => "marks",
    }
}

/// Adds what happens to readings that were not measured.
fn say_tolerance(text: &mut String, tolerate: Tolerance, missing: &str) {
    match (tolerate.estimated, tolerate.missing) {
        (false, false) => text.push_str(" No reading may be estimated or missing."),
        (true, false) => {
            text.push_str(" Estimated readings count at their value; none may be missing.");
        }
        (false, true) => {
            say![text; " Missing readings ", *missing, "; none may be estimated."];
        }
        (true, true) => {
            say![text; " Estimated readings count at their value; missing readings ", *missing, "."];
        }
    }
}

/// Adds `value / 10^digits` exactly, with thousands separators and without trailing zeros.
fn say_scaled(text: &mut String, value: u64, digits: u32) {
    let unit = 10_u64.saturating_pow(digits);
    let (whole, mut fraction) = (value / unit, value % unit);
    let whole = crate::error::digits(whole);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let mut place = unit / 10;
    if fraction > 0 {
        text.push('.');
    }
    while fraction > 0 && place > 0 {
        text.push(char::from(b'0' + (fraction / place % 10) as u8));
        fraction %= place;
        place /= 10;
    }
}

/// Adds an interval's length as people say it.
fn say_duration(text: &mut String, seconds: u32) {
    let (number, unit) = match seconds {
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    say![text; number, " ", *unit, *if number == 1 { "" } else { "s" }];
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(say: impl FnOnce(&mut String)) -> String {
        let mut text = String::new();
        say(&mut text);
        text
    }

    #[test]
    fn places_are_counted_from_one() {
        let places = |list: &[i64]| said(|text| say_places(text, list));
        assert_eq!(places(&[0, 0, 1, 0, 1, 1, 1]), "3, 5 to 7 of 7");
        assert_eq!((places(&[1]), places(&[0, 0])), ("1 of 1".into(), "none of 2".into()));
    }

    #[test]
    fn the_last_of_a_list_is_said_once() {
        assert_eq!(distinct(&[3, 2, 2, 2]), [3, 2]);
        assert_eq!((distinct(&[2, 2, 3]), distinct(&[7, 7])), (&[2, 2, 3][..], &[7][..]));
        assert!(distinct(&[]).is_empty());
    }

    #[test]
    fn numbers_are_exact() {
        for (value, digits, text) in [
            (0, 3, "0"),
            (1000, 3, "1"),
            (406_345, 3, "406.345"),
            (1_050, 3, "1.05"),
            (1_001, 3, "1.001"),
            (1_234_567_890, 3, "1,234,567.89"),
            (u64::MAX, 3, "18,446,744,073,709,551.615"),
            (980_000, 4, "98"),
            (999_999, 4, "99.9999"),
            (0, 4, "0"),
            (7, 0, "7"),
        ] {
            assert_eq!(said(|text| say_scaled(text, value, digits)), text);
        }
        let duration = |seconds| said(|text| say_duration(text, seconds));
        assert_eq!((duration(3600), duration(900)), ("1 hour".into(), "15 minutes".into()));
        assert_eq!((duration(1), duration(90)), ("1 second".into(), "90 seconds".into()));
    }
}
