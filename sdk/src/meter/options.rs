//! The options of an import, as JavaScript writes them.

use serde::Deserialize;
use wattproof_circuits::error::{Code, Error};
use wattproof_circuits::meter::Direction;
use wattproof_intake::import::{
    Column, CsvOptions, EnergyUnit, Format, Limits, Options, Rounding, TimeFormat, TimeLabel,
    parse_zone,
};

use super::Result;

/// See `ImportOptions` in TypeScript.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct ImportOptions {
    format: Option<Format>,
    rounding: Option<RoundingWord>,
    series: Option<String>,
    csv: CsvWords,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum RoundingWord {
    Down,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CsvWords {
    time: Option<ColumnWord>,
    value: Option<ColumnWord>,
    quality: Option<ColumnWord>,
    header: Option<bool>,
    delimiter: Option<char>,
    decimal: Option<Decimal>,
    zone: Option<String>,
    unit: Option<Unit>,
    time_format: Option<Times>,
    time_label: Option<Label>,
    interval_seconds: Option<u32>,
    direction: Option<Direction>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum ColumnWord {
    Index(usize),
    Name(String),
}

impl From<ColumnWord> for Column {
    fn from(word: ColumnWord) -> Self {
        match word {
            ColumnWord::Index(index) => Self::Index(index),
            ColumnWord::Name(name) => Self::Name(name),
        }
    }
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Decimal {
    Point,
    Comma,
}

#[derive(Deserialize, Clone, Copy)]
enum Unit {
    Wh,
    #[serde(rename = "kWh")]
    KWh,
    MWh,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Times {
    Auto,
    Rfc3339,
    Local,
    Unix,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Label {
    Start,
    End,
}

impl ImportOptions {
    pub(super) fn read(json: &str) -> Result<Options> {
        let bad = |message: String| Error::new(Code::Malformed, message).at("options");
        let typed: Self = serde_json::from_str(json).map_err(|e| bad(format!("{e}.")))?;
        let limits = Limits::BROWSER;
        let mut options =
            Options { format: typed.format, series: typed.series, limits, ..Options::default() };
        if let Some(RoundingWord::Down) = typed.rounding {
            options.rounding = Rounding::Down;
        }
        options.csv = typed.csv.options()?;
        Ok(options)
    }
}

impl CsvWords {
    fn options(self) -> Result<CsvOptions> {
        let mut csv = CsvOptions {
            time: self.time.map(Into::into),
            value: self.value.map(Into::into),
            quality: self.quality.map(Into::into),
            interval_seconds: self.interval_seconds,
            decimal_comma: self.decimal == Some(Decimal::Comma),
            ..CsvOptions::default()
        };
        csv.header = self.header.unwrap_or(csv.header);
        csv.direction = self.direction.unwrap_or(csv.direction);
        csv.delimiter = match self.delimiter {
            None => None,
            Some(c) if c.is_ascii() => Some(c as u8),
            Some(_) => {
                let message = "options.csv.delimiter: not an ASCII character.";
                return Err(Error::new(Code::OutOfRange, message).into());
            }
        };
        if let Some(zone) = &self.zone {
            csv.zone =
                Some(parse_zone(zone).map_err(|p| super::Refusal::option("options.csv.zone", &p))?);
        }
        csv.unit = self.unit.map(|unit| match unit {
            Unit::Wh => EnergyUnit::Wh,
            Unit::KWh => EnergyUnit::KWh,
            Unit::MWh => EnergyUnit::MWh,
        });
        csv.time_format = match self.time_format {
            None | Some(Times::Auto) => TimeFormat::Auto,
            Some(Times::Rfc3339) => TimeFormat::Rfc3339,
            Some(Times::Local) => TimeFormat::Local,
            Some(Times::Unix) => TimeFormat::Unix,
        };
        csv.time_label = match self.time_label {
            None | Some(Label::Start) => TimeLabel::Start,
            Some(Label::End) => TimeLabel::End,
        };
        Ok(csv)
    }
}
