//! The fields of one record.

use std::borrow::Cow;

use wattproof_circuits::meter::Direction;

use super::split::{Piece, base64, hex};
use super::{Clock, Context, Mark, Pagination, Reading, Record, Register, Status};
use crate::import::decimal::Rounding;
use crate::import::error::{Problem, Result, clip};
use crate::import::fields::Fields;
use crate::import::instant::parse_instant;
use crate::import::registers::micro_wh;

/// Longest serial number that is kept.
const SERIAL: usize = 128;

pub(super) fn record(piece: Piece) -> Result<Record> {
    let Piece { payload, signature, line } = piece;
    let fields = Fields::parse(&payload, line)?;
    let page = fields.need("PG", fields.text("PG")?)?;
    let pagination = pagination(&page).ok_or_else(|| {
        fields.fault(
            "PG",
            Problem::Malformed(format!("{:?} is not T or F and a number", clip(&page))),
        )
    })?;
    let serial = |name| -> Result<_> { Ok(fields.text(name)?.filter(|serial| !serial.is_empty())) };
    let meter = match serial("MS")? {
        Some(serial) => Some(serial),
        None => serial("GS")?,
    };
    let meter = fields.need("MS", meter)?;
    if meter.len() > SERIAL {
        return Err(fields.fault("MS", Problem::Malformed(format!("longer than {SERIAL} bytes"))));
    }
    // Some write a number.
    let version = fields.number("FV")?.map(Cow::into_owned);
    let list = fields.need("RD", fields.list("RD")?)?;
    let mut before = Inherited::default();
    let readings =
        list.iter().map(|fields| reading(fields, &mut before)).collect::<Result<Vec<_>>>()?;
    if readings.is_empty() {
        return Err(fields.fault("RD", Problem::NoReadings));
    }
    let (algorithm, signature) = signed(&signature, line)?;
    Ok(Record { version, algorithm, signature, pagination, meter, readings, line, payload })
}

fn pagination(text: &str) -> Option<Pagination> {
    let (context, number) = text.split_at_checked(1)?;
    let context = match context {
        "T" => Context::Transaction,
        "F" => Context::Fiscal,
        _ => return None,
    };
    let number = crate::import::model::parse_canonical(number)?;
    Some(Pagination { context, number })
}

/// Fields that a reading leaves out where they are as in the reading before.
#[derive(Default)]
struct Inherited {
    time: Option<String>,
    mark: Option<String>,
    obis: Option<String>,
    unit: Option<String>,
    errors: Option<String>,
    status: Option<String>,
}

fn reading(fields: &Fields<'_>, before: &mut Inherited) -> Result<Reading> {
    let inherit = |name: &str, slot: &mut Option<String>| -> Result<Option<String>> {
        if let Some(text) = fields.text(name)? {
            *slot = Some(text);
        }
        Ok(slot.clone())
    };
    let word = |name: &str, text: &str| {
        fields.fault(
            name,
            Problem::Malformed(format!("{:?} is not in the standard's list", clip(text))),
        )
    };
    let mark = inherit("TX", &mut before.mark)?.filter(|text| !text.is_empty());
    let mark = mark.map(|text| mark_of(&text).ok_or_else(|| word("TX", &text))).transpose()?;
    let status = inherit("ST", &mut before.status)?;
    let status = fields.need("ST", status)?;
    let status = status_of(&status).ok_or_else(|| word("ST", &status))?;
    let errors = inherit("EF", &mut before.errors)?.unwrap_or_default();
    if let Some(other) = errors.chars().find(|c| !matches!(c, 'E' | 't')) {
        return Err(word("EF", &other.to_string()));
    }
    let obis = inherit("RI", &mut before.obis)?;
    let unit = inherit("RU", &mut before.unit)?;

    let time = inherit("TM", &mut before.time)?;
    let time = fields.need("TM", time)?;
    let (time, clock) = time.rsplit_once(' ').unwrap_or((&time, ""));
    let clock = match clock {
        "U" => Clock::Unknown,
        "I" => Clock::Informative,
        "S" => Clock::Synchronised,
        "R" => Clock::Relative,
        other => return Err(word("TM", other)),
    };
    let micros = parse_instant(time).map_err(|problem| fields.fault("TM", problem))?;

    let register = obis.as_deref().and_then(register);
    let mut reading = Reading {
        micros,
        clock,
        mark,
        register,
        micro_wh: None,
        energy_error: errors.contains('E'),
        time_error: errors.contains('t'),
        status,
    };
    let event = reading.energy_error || reading.time_error || !matches!(status, Status::Good);
    match fields.number("RV")? {
        None if event => {}
        None => return Err(fields.fault("RV", Problem::MissingField)),
        Some(value) if reading.register.is_some() => {
            let unit = fields.need("RU", unit)?;
            let exponent = match unit.as_str() {
                "Wh" => 0,
                "kWh" => 3,
                _ => return Err(fields.fault("RU", Problem::BadUnit(clip(&unit)))),
            };
            let value = micro_wh(&value, b'.', exponent, Rounding::Refuse);
            reading.micro_wh = Some(value.map_err(|problem| fields.fault("RV", problem))?.0);
        }
        Some(_) => {}
    }
    Ok(reading)
}

fn mark_of(text: &str) -> Option<Mark> {
    Some(match text {
        "B" => Mark::Begin,
        "C" => Mark::Charging,
        "X" => Mark::Exception,
        "E" => Mark::End,
        "L" => Mark::EndLocal,
        "R" => Mark::EndRemote,
        "A" => Mark::Abort,
        "P" => Mark::PowerFailure,
        "S" => Mark::Suspended,
        "T" => Mark::Tariff,
        _ => return None,
    })
}

fn status_of(text: &str) -> Option<Status> {
    let mut letters = text.chars();
    let status = match letters.next()? {
        'G' => Status::Good,
        'S' => Status::Substitute,
        letter if "NTDRMXIOEF".contains(letter) => Status::Error(letter),
        _ => return None,
    };
    letters.next().is_none().then_some(status)
}

/// The register that an OBIS code names, if it is a cumulative one of active energy: `1-b:1.8.0`, `1-0:1.8.1`,
/// `01-00:01.08.00*FF`, `01-00:B0.08.00*FF`. Value groups are hexadecimal.
fn register(obis: &str) -> Option<Register> {
    let (_, groups) = obis.split_once(':')?;
    let mut groups = groups.split(['.', '*']).map(|group| u8::from_str_radix(group, 16));
    let mut group = || groups.next()?.ok();
    let (code, 8, tariff) = (group()?, group()?, group()?) else { return None };
    let (direction, transaction) = match code {
        0x01 | 0xb0 | 0xb1 => (Direction::Import, false),
        0xb2 | 0xb3 => (Direction::Import, true),
        0x02 | 0xc0 | 0xc1 => (Direction::Export, false),
        0xc2 | 0xc3 => (Direction::Export, true),
        _ => return None,
    };
    Some(Register { code, tariff, direction, transaction, obis: clip(obis) })
}

/// The algorithm's name, if it is given, and the signature's bytes.
fn signed(text: &str, line: u64) -> Result<(Option<String>, Vec<u8>)> {
    let fields = Fields::parse(text, line)?;
    let kind = fields.text("SM")?;
    if let Some(other) = kind.filter(|kind| kind != "application/x-der") {
        let text = format!("{:?}, not application/x-der", clip(&other));
        return Err(fields.fault("SM", Problem::Malformed(text)));
    }
    let data = fields.need("SD", fields.text("SD")?)?;
    let bytes = match fields.text("SE")?.as_deref() {
        None | Some("hex") => hex(&data),
        Some("base64") => base64(&data),
        Some(other) => {
            let text = format!("{:?}, neither hex nor base64", clip(other));
            return Err(fields.fault("SE", Problem::Malformed(text)));
        }
    };
    let bytes = bytes.ok_or_else(|| {
        fields.fault(
            "SD",
            Problem::Malformed("not in the encoding that SE states (hex by default)".into()),
        )
    })?;
    Ok((fields.text("SA")?, bytes))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn registers_by_obis_code() {
        for (obis, code, direction, transaction) in [
            ("1-b:1.8.0", 0x01, Direction::Import, false),
            ("01-0B:01.08.00*FF", 0x01, Direction::Import, false),
            ("01-00:01.08.00.FF", 0x01, Direction::Import, false),
            ("1-0:2.8.0*198", 0x02, Direction::Export, false),
            ("01-00:B1.08.00*FF", 0xb1, Direction::Import, false),
            ("01-00:b3.08.00*FF", 0xb3, Direction::Import, true),
            ("01-00:C2.08.00*FF", 0xc2, Direction::Export, true),
        ] {
            let found = register(obis).unwrap();
            assert_eq!(
                (found.code, found.direction, found.transaction),
                (code, direction, transaction),
                "{obis}"
            );
        }
        for other in ["", "1.8.0", "01-00:00.08.06.FF", "1-0:16.7.0", "1-0:3.8.0", "x:y", "1-0:1.8"]
        {
            assert_eq!(register(other), None, "{other}");
        }
    }

    #[test]
    fn pages() {
        assert_eq!(pagination("T32").unwrap().to_string(), "T32");
        assert_eq!(pagination("F0").unwrap().context, Context::Fiscal);
        for bad in ["", "T", "X1", "T01", "T-1", "t1", "T1 ", "ä1", "T99999999999999999999"] {
            assert_eq!(pagination(bad), None, "{bad}");
        }
    }
}
