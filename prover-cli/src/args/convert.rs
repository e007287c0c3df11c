//! Typed words that stand for values, and the options of CSV files.

use clap::{Args, ValueEnum};
use wattproof_circuits::format::decimal::parse_field;
use wattproof_circuits::hash::F;
use wattproof_circuits::meter::{Direction, Level};
use wattproof_intake::import::{
    Column, CsvOptions, EnergyUnit, Format, RegisterOptions, Rounding, TimeFormat, TimeLabel,
    parse_zone,
};

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// Told by the first bytes
    Auto,
    /// Green Button: ESPI XML
    GreenButton,
    /// Comma-separated values
    Csv,
    /// Interval data of Australia's market (AEMO)
    Nem12,
    /// OCMF: signed records of a charging station
    Ocmf,
}

impl From<FormatArg> for Option<Format> {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Auto => None,
            FormatArg::GreenButton => Some(Format::GreenButton),
            FormatArg::Csv => Some(Format::Csv),
            FormatArg::Nem12 => Some(Format::Nem12),
            FormatArg::Ocmf => Some(Format::Ocmf),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RoundArg {
    /// Drop the fraction of each value
    Down,
}

impl From<RoundArg> for Rounding {
    fn from(round: RoundArg) -> Self {
        match round {
            RoundArg::Down => Self::Down,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DecimalArg {
    Point,
    Comma,
}

#[derive(Args)]
#[command(next_help_heading = "CSV files")]
pub(crate) struct CsvArgs {
    /// Column of times: name, or index from 0
    #[arg(long, value_name = "COLUMN")]
    csv_time: Option<Column>,
    /// Column of energy
    #[arg(long, value_name = "COLUMN")]
    csv_value: Option<Column>,
    /// Column of quality: measured, estimated or missing
    #[arg(long, value_name = "COLUMN")]
    csv_quality: Option<Column>,
    /// The first row is data
    #[arg(long)]
    csv_no_header: bool,
    /// Character between fields
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    csv_delimiter: Option<u8>,
    /// Decimal separator
    #[arg(long, value_enum, default_value_t = DecimalArg::Point)]
    csv_decimal: DecimalArg,
    /// Zone of local times: an IANA name, UTC, or an offset such as +05:30
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    csv_zone: Option<jiff::tz::TimeZone>,
    /// Unit of the values: Wh, kWh or MWh
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    csv_unit: Option<EnergyUnit>,
    /// How times are written: auto, rfc3339, local or unix
    #[arg(long, value_name = "FORM", value_parser = time_format, default_value = "auto")]
    csv_time_format: TimeFormat,
    /// Which end of its interval a time names: start or end
    #[arg(long, value_name = "END", value_parser = time_label, default_value = "start")]
    csv_time_label: TimeLabel,
    /// Length of the intervals in seconds
    #[arg(long, value_name = "SECONDS")]
    csv_interval: Option<u32>,
    /// Which way the energy flows: import, export, generation or consumption
    #[arg(long, value_name = "WAY", value_parser = direction, default_value = "import")]
    csv_direction: Direction,
}

impl From<CsvArgs> for CsvOptions {
    fn from(typed: CsvArgs) -> Self {
        Self {
            time: typed.csv_time,
            value: typed.csv_value,
            quality: typed.csv_quality,
            header: !typed.csv_no_header,
            delimiter: typed.csv_delimiter,
            decimal_comma: typed.csv_decimal == DecimalArg::Comma,
            zone: typed.csv_zone,
            unit: typed.csv_unit,
            time_format: typed.csv_time_format,
            time_label: typed.csv_time_label,
            interval_seconds: typed.csv_interval,
            direction: typed.csv_direction,
        }
    }
}

#[derive(Args)]
#[command(next_help_heading = "Registers that count up")]
pub(crate) struct RegisterArgs {
    /// Length of the intervals to make of them, in seconds; by default as the readings suggest
    #[arg(long, value_name = "SECONDS")]
    register_interval: Option<u32>,
    /// How far from a boundary a reading may be and still stand for it; such intervals count as estimated
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    register_tolerance: u32,
}

impl From<RegisterArgs> for RegisterOptions {
    fn from(typed: RegisterArgs) -> Self {
        Self {
            interval_seconds: typed.register_interval,
            tolerance_seconds: typed.register_tolerance,
        }
    }
}

type Parsed<T> = Result<T, String>;

pub(super) fn level(text: &str) -> Parsed<Level> {
    match text {
        "L0" => Ok(Level::L0),
        "L1" => Ok(Level::L1),
        "L2" => Ok(Level::L2),
        _ => Err("levels are L0, L1 and L2".into()),
    }
}

pub(super) fn field(text: &str) -> Parsed<F> {
    parse_field(text).map_err(|e| e.message().to_owned())
}

fn zone(text: &str) -> Parsed<jiff::tz::TimeZone> {
    parse_zone(text).map_err(|e| e.remedy().to_owned())
}

fn delimiter(text: &str) -> Parsed<u8> {
    match text.as_bytes() {
        _ if text == "tab" || text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() => Ok(*byte),
        _ => Err("one ASCII character, or the word tab".into()),
    }
}

fn unit(text: &str) -> Parsed<EnergyUnit> {
    match text {
        "Wh" => Ok(EnergyUnit::Wh),
        "kWh" => Ok(EnergyUnit::KWh),
        "MWh" => Ok(EnergyUnit::MWh),
        _ => Err("units are Wh, kWh and MWh".into()),
    }
}

fn time_format(text: &str) -> Parsed<TimeFormat> {
    match text {
        "auto" => Ok(TimeFormat::Auto),
        "rfc3339" => Ok(TimeFormat::Rfc3339),
        "local" => Ok(TimeFormat::Local),
        "unix" => Ok(TimeFormat::Unix),
        _ => Err("forms are auto, rfc3339, local and unix".into()),
    }
}

fn time_label(text: &str) -> Parsed<TimeLabel> {
    match text {
        "start" => Ok(TimeLabel::Start),
        "end" => Ok(TimeLabel::End),
        _ => Err("start or end".into()),
    }
}

fn direction(text: &str) -> Parsed<Direction> {
    match text {
        "import" => Ok(Direction::Import),
        "export" => Ok(Direction::Export),
        "generation" => Ok(Direction::Generation),
        "consumption" => Ok(Direction::Consumption),
        _ => Err("import, export, generation or consumption".into()),
    }
}

/// The names of the agreements to start from.
pub(crate) fn preset() -> clap::builder::PossibleValuesParser {
    wattproof_intake::agreement::PRESETS.iter().map(|preset| preset.name).collect::<Vec<_>>().into()
}
