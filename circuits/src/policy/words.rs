//! The sentences a verifier reads. They are made from digested values only, so that no file can say one thing and bind another.

use super::Policy;
use crate::condition::{Bound, Condition, Limit, Tolerance, Volume};
use crate::error::{digits, message};
use crate::format::written;
use crate::meter::{Channel, Direction, Level, Quality, Unit};
use serde::Serialize;

/// A condition in words and numbers. Members that do not concern its kind are absent; quantities are decimal strings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConditionWords {
    /// Kind, as in a policy.
    pub kind: &'static str,
    /// One or two sentences.
    pub text: String,
    /// Channel it looks at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u8>,
    /// Which way the channel's energy flows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub direction: Option<Direction>,
    /// Unit of the quantities here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Least share of measured readings, per million.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_measured_ppm: Option<u32>,
    /// Least value: a total's, or the schedule's lowest bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Greatest value: a total's, or the schedule's highest bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
    /// Whether the exact total is revealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reveal: Option<bool>,
    /// Which way intervals are bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// The one bound of all intervals.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Whether every interval has a bound of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<bool>,
    /// Readings other than measured ones that it lets pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tolerate: Option<Vec<Quality>>,
}

written! {
    ConditionWords {
        kind, text, channel, direction, unit, min_measured_ppm, min, max, reveal, bound, value, schedule, tolerate,
    }
    LevelWords { least, text }
}

impl ConditionWords {
    fn new(kind: &'static str, text: String) -> Self {
        Self {
            kind,
            text,
            channel: None,
            direction: None,
            unit: None,
            min_measured_ppm: None,
            min: None,
            max: None,
            reveal: None,
            bound: None,
            value: None,
            schedule: None,
            tolerate: None,
        }
    }
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
    /// Its conditions in words, in canonical order.
    pub fn words(&self) -> Vec<ConditionWords> {
        self.conditions().iter().map(|c| self.condition_words(c)).collect()
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
        };
        LevelWords { least: self.least_level(), text }
    }

    /// The unit of a channel; watt-hours if there is no such channel.
    pub(crate) fn unit(&self, channel: u8) -> Unit {
        self.channel(channel).map_or(Unit::Wh, |c| c.unit)
    }

    fn channel(&self, channel: u8) -> Option<&Channel> {
        self.meter().channels.get(usize::from(channel))
    }

    fn condition_words(&self, condition: &Condition) -> ConditionWords {
        let kind = condition.shape().name();
        let mut words = match condition {
            Condition::Completeness(c) => {
                let share = scaled(c.min_measured_ppm.into(), 4);
                let text = message![
                    "The readings cover the whole period without gaps in the record; on every channel at least ",
                    share,
                    " % of them are measured, neither estimated nor missing."
                ];
                let min_measured_ppm = Some(c.min_measured_ppm);
                return ConditionWords { min_measured_ppm, ..ConditionWords::new(kind, text) };
            }
            Condition::Volume(c) => self.volume_words(kind, c),
            Condition::Limit(c) => self.limit_words(kind, c),
        };
        let channel = condition.shape().channel();
        words.direction = channel.and_then(|c| self.channel(c)).map(|c| c.direction);
        words.unit = channel.map(|c| self.unit(c));
        words.channel = channel;
        words
    }

    fn volume_words(&self, kind: &'static str, c: &Volume) -> ConditionWords {
        let range = match (c.min, c.max) {
            (0, max) => message!["at most ", quantity(max)],
            (min, max) if min == max => message!["exactly ", quantity(min)],
            (min, max) => message![quantity(min), " to ", quantity(max)],
        };
        let shown = if c.reveal { "the exact total is revealed" } else { "the total stays hidden" };
        let text = message![
            "The energy ",
            self.flow(c.channel),
            " over the period is ",
            range,
            "; ",
            shown,
            ". ",
            tolerance(c.tolerate, "count as zero")
        ];
        ConditionWords {
            min: Some(digits(c.min)),
            max: Some(digits(c.max)),
            reveal: Some(c.reveal),
            tolerate: Some(c.tolerate.into()),
            ..ConditionWords::new(kind, text)
        }
    }

    fn limit_words(&self, kind: &'static str, c: &Limit) -> ConditionWords {
        let most = match c.bound {
            Bound::AtMost => "at most",
            Bound::AtLeast => "at least",
        };
        let schedule = c.schedule.as_deref().unwrap_or_default();
        let range = schedule.iter().min().zip(schedule.iter().max());
        let bound = match range {
            Some((min, max)) => {
                message![
                    "its own bound in a schedule from ",
                    quantity(*min),
                    " to ",
                    quantity(*max)
                ]
            }
            None => quantity(c.value.unwrap_or_default()),
        };
        let text = message![
            "In every interval of ",
            duration(self.meter().interval_seconds),
            " the energy ",
            self.flow(c.channel),
            " is ",
            most,
            " ",
            bound,
            ". ",
            tolerance(c.tolerate, "are left out")
        ];
        ConditionWords {
            min: range.map(|(min, _)| digits(*min)),
            max: range.map(|(_, max)| digits(*max)),
            bound: Some(c.bound),
            value: c.value.map(digits),
            schedule: Some(range.is_some()),
            tolerate: Some(c.tolerate.into()),
            ..ConditionWords::new(kind, text)
        }
    }

    fn flow(&self, channel: u8) -> &'static str {
        match self.channel(channel).map(|c| c.direction) {
            Some(Direction::Import) => "taken from the grid",
            Some(Direction::Export) => "fed into the grid",
            Some(Direction::Generation) => "generated",
            Some(Direction::Consumption) => "consumed",
            None => "",
        }
    }
}

/// What happens to readings that were not measured.
fn tolerance(tolerate: Tolerance, missing: &str) -> String {
    match (tolerate.estimated, tolerate.missing) {
        (false, false) => "No reading may be estimated or missing.".into(),
        (true, false) => "Estimated readings count at their value; none may be missing.".into(),
        (false, true) => message!["Missing readings ", missing, "; none may be estimated."],
        (true, true) => {
            message!["Estimated readings count at their value; missing readings ", missing, "."]
        }
    }
}

/// Watt-hours as people write them, exactly: `999 Wh`, `406.345 kWh`.
fn quantity(wh: u64) -> String {
    if wh < 1000 { message![wh, " Wh"] } else { scaled(wh, 3) + " kWh" }
}

/// `value / 10^digits` exactly, with thousands separators and without trailing zeros.
fn scaled(value: u64, digits: u32) -> String {
    let unit = 10_u64.saturating_pow(digits);
    let (whole, mut fraction) = (value / unit, value % unit);
    let whole = crate::error::digits(whole);
    let mut text = String::new();
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
    text
}

/// An interval's length as people say it.
fn duration(seconds: u32) -> String {
    let (number, unit) = match seconds {
        s if s % 3600 == 0 => (s / 3600, "hour"),
        s if s % 60 == 0 => (s / 60, "minute"),
        s => (s, "second"),
    };
    message![number, " ", unit, if number == 1 { "" } else { "s" }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_exact() {
        for (wh, text) in [
            (0, "0 Wh"),
            (999, "999 Wh"),
            (1000, "1 kWh"),
            (406_345, "406.345 kWh"),
            (1_050, "1.05 kWh"),
            (1_001, "1.001 kWh"),
            (1_234_567_890, "1,234,567.89 kWh"),
            (u64::MAX, "18,446,744,073,709,551.615 kWh"),
        ] {
            assert_eq!(quantity(wh), text);
        }
        assert_eq!(scaled(980_000, 4), "98");
        assert_eq!(scaled(999_999, 4), "99.9999");
        assert_eq!(scaled(0, 4), "0");
        assert_eq!((duration(3600), duration(900)), ("1 hour".into(), "15 minutes".into()));
        assert_eq!((duration(1), duration(90)), ("1 second".into(), "90 seconds".into()));
    }
}
