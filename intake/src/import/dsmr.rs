//! DSMR P1: the telegrams of meters in the Netherlands, Belgium, Luxembourg and Sweden, as loggers write them one after
//! another. Only registers and the clock are read; who the meter is, is compared and forgotten.

use std::collections::BTreeMap;

use wattproof_circuits::meter::{Direction, Quality};

use super::decimal::Rounding;
use super::error::{Fault, Place, Problem, Result, clip};
use super::instant::SECOND;
use super::registers::{Point, Registers, micro_wh};
use super::source::Source;
use super::time::{Stamp, TimeFormat, parse_stamp};

/// Longest line: messages of the grid operator have up to 2048 characters.
const LINE: usize = 4096;

/// Reads telegrams to the end of the file, at most `limit`. Notes say what was left out.
pub(super) fn read(
    source: &mut Source<'_>,
    rounding: Rounding,
    limit: u32,
    notes: &mut Vec<String>,
) -> Result<Vec<Registers>> {
    let mut log = Log { rounding, ..Log::default() };
    let mut telegram: Option<Telegram> = None;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        let line = source.line();
        if !source.line_into(&mut bytes, LINE)? {
            break;
        }
        let text = std::str::from_utf8(&bytes).map_err(|_| Fault::file(Problem::NotUtf8))?;
        let text = text.strip_suffix('\r').unwrap_or(text);
        if text.starts_with('/') {
            log.broken += u32::from(telegram.is_some());
            telegram = Some(Telegram { line, ..Telegram::default() });
        }
        let Some(open) = &mut telegram else {
            log.outside |= !text.is_empty();
            continue;
        };
        let Some(stated) = text.strip_prefix('!') else {
            // The checksum is over the line ends of the wire, whatever the logger made of them.
            open.crc.feed(text.as_bytes());
            open.crc.feed(b"\r\n");
            open.take(text, line);
            continue;
        };
        open.crc.feed(b"!");
        if log.telegrams == limit {
            return Err(Fault::file(Problem::TooManyReadings { limit }));
        }
        if let Some(whole) = telegram.take() {
            log.end(whole, stated, line)?;
        }
    }
    log.broken += u32::from(telegram.is_some());
    log.finish(notes)
}

#[derive(Default)]
struct Telegram {
    line: u64,
    crc: Crc,
    /// By OBIS code, with the line; the first of each.
    fields: BTreeMap<&'static str, (String, u64)>,
    repeated: Option<(&'static str, u64)>,
}

const CLOCK: &str = "0-0:1.0.0";
const METER: &str = "0-0:96.1.1";
const FIELDS: [&str; 12] = [
    CLOCK,
    METER,
    "1-0:1.8.0",
    "1-0:1.8.1",
    "1-0:1.8.2",
    "1-0:1.8.3",
    "1-0:1.8.4",
    "1-0:2.8.0",
    "1-0:2.8.1",
    "1-0:2.8.2",
    "1-0:2.8.3",
    "1-0:2.8.4",
];

impl Telegram {
    fn take(&mut self, text: &str, line: u64) {
        let Some((code, rest)) = text.split_once('(') else { return };
        let Some(known) = FIELDS.into_iter().find(|known| *known == code) else { return };
        let value = rest.strip_suffix(')').unwrap_or(rest).to_owned();
        if self.fields.insert(known, (value, line)).is_some() {
            self.repeated = Some((known, line));
        }
    }

    /// The clock: local time in Central Europe, told apart by `S` for summer and `W` for winter.
    fn time(&self) -> Result<u64> {
        let Some((text, line)) = self.fields.get(CLOCK) else {
            return Err(Fault::line(self.line, CLOCK, Problem::MissingField));
        };
        let bad = || Fault::line(*line, CLOCK, Problem::BadTime(clip(text)));
        let (digits, offset) = match text.split_at_checked(12) {
            Some((digits, "S")) => (digits, "+02:00"),
            Some((digits, "W")) => (digits, "+01:00"),
            _ => return Err(bad()),
        };
        let two = |at: usize| digits.get(at..at + 2).ok_or_else(bad);
        let text = format!(
            "20{}-{}-{}T{}:{}:{}{offset}",
            two(0)?,
            two(2)?,
            two(4)?,
            two(6)?,
            two(8)?,
            two(10)?
        );
        match parse_stamp(&text, TimeFormat::Rfc3339).map_err(|_| bad())? {
            Stamp::Instant(seconds) => Ok(seconds),
            Stamp::Local(_) => Err(bad()),
        }
    }

    /// Energy of a direction in millionths of a Wh, whether digits were dropped, and the registers it is the sum of: that of all tariffs if there
    /// is one, else those of each tariff.
    fn energy(
        &self,
        group: char,
        rounding: Rounding,
    ) -> Result<Option<(u64, bool, Vec<&'static str>)>> {
        let of = |code: &'static str| -> Result<Option<(u64, bool)>> {
            let Some((text, line)) = self.fields.get(code) else { return Ok(None) };
            let fault = |problem| Fault::line(*line, code, problem);
            let (value, exponent) = match text.split_once('*') {
                Some((value, "kWh")) => (value, 3),
                Some((value, "Wh")) => (value, 0),
                Some((_, unit)) => return Err(fault(Problem::BadUnit(clip(unit)))),
                None => return Err(fault(Problem::NoUnit)),
            };
            micro_wh(value, b'.', exponent, rounding).map(Some).map_err(fault)
        };
        let of_group = format!("1-0:{group}.8.");
        let codes = FIELDS.into_iter().filter(|code| code.starts_with(&of_group));
        let (mut sum, mut rounded, mut used) = (0u64, false, Vec::new());
        for code in codes {
            let Some((value, lost)) = of(code)? else { continue };
            sum = sum.checked_add(value).ok_or_else(|| {
                Fault::line(self.line, code, Problem::OutOfRange("sum of the tariffs".into()))
            })?;
            rounded |= lost;
            used.push(code);
            if code.ends_with(".0") {
                break;
            }
        }
        Ok((!used.is_empty()).then_some((sum, rounded, used)))
    }
}

#[derive(Default)]
struct Log {
    rounding: Rounding,
    telegrams: u32,
    /// Cut short: no end before the next begin, or before the end of the file.
    broken: u32,
    outside: bool,
    /// Whose checksum does not fit: how many, and the first's line.
    wrong: u32,
    first_wrong: Option<u64>,
    meter: Option<String>,
    import: Side,
    export: Side,
}

#[derive(Default)]
struct Side {
    codes: Option<Vec<&'static str>>,
    points: Vec<Point>,
}

impl Log {
    fn end(&mut self, telegram: Telegram, stated: &str, line: u64) -> Result<()> {
        let stated = stated.trim();
        if stated.is_empty() {
            return Err(Fault::line(line, "CRC", Problem::MissingField));
        }
        if stated.len() != 4 || u16::from_str_radix(stated, 16) != Ok(telegram.crc.0) {
            self.wrong += 1;
            self.first_wrong.get_or_insert(telegram.line);
            return Ok(());
        }
        self.telegrams += 1;
        if let Some((code, line)) = telegram.repeated {
            return Err(Fault::line(line, code, Problem::RepeatedField));
        }
        if let Some((meter, line)) = telegram.fields.get(METER)
            && self.meter.get_or_insert_with(|| meter.clone()) != meter
        {
            return Err(Fault::line(*line, METER, Problem::OtherMeter));
        }
        let micros = telegram.time()? * SECOND;
        for (side, group) in [(&mut self.import, '1'), (&mut self.export, '2')] {
            let energy = telegram.energy(group, self.rounding)?;
            let (value, rounded, codes) = match energy {
                Some((value, rounded, codes)) => (Some(value), rounded, codes),
                None => (None, false, Vec::new()),
            };
            if *side.codes.get_or_insert_with(|| codes.clone()) != codes {
                let text = "other registers than in the telegrams before".to_owned();
                return Err(Fault::line(telegram.line, "registers", Problem::Malformed(text)));
            }
            if let Some(value) = value {
                let (quality, line) = (Quality::Measured, telegram.line);
                side.points.push(Point { micros, micro_wh: Some(value), rounded, quality, line });
            }
        }
        Ok(())
    }

    fn finish(self, notes: &mut Vec<String>) -> Result<Vec<Registers>> {
        if self.telegrams == 0 {
            return Err(match self.first_wrong {
                Some(line) => Fault::line(line, "CRC", Problem::BadChecksum),
                None => Fault::at(Place::File, Problem::NoReadings),
            });
        }
        if let Some(meter) = &self.meter {
            notes.push(format!("telegrams of one meter, whose number ends in {}", masked(meter)));
        }
        if let Some(line) = self.first_wrong {
            notes.push(format!(
                "{} telegrams with a wrong checksum left out, the first at line {line}",
                self.wrong
            ));
        }
        if self.broken > 0 {
            notes.push(format!("{} telegrams that break off left out", self.broken));
        }
        if self.outside {
            notes.push("text outside of telegrams left out".into());
        }
        let sides = [(self.import, Direction::Import), (self.export, Direction::Export)];
        let used = sides.into_iter().filter(|(side, _)| !side.points.is_empty());
        let registers = used.map(|(side, direction)| {
            let origin = side.codes.unwrap_or_default().join(" + ");
            Registers::new(direction, origin, side.points, "register", CLOCK)
        });
        Ok(registers.collect())
    }
}

/// The last characters of an equipment number, which is written in hex.
fn masked(hex: &str) -> String {
    let pairs = hex.as_bytes().chunks_exact(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(pair, 16).ok().map(char::from).filter(char::is_ascii_graphic)
    });
    let text: String = pairs.collect::<Option<_>>().unwrap_or_else(|| hex.to_owned());
    let length = text.chars().count();
    // Never more than a quarter of it.
    clip(&text.chars().skip(length - (length / 4).min(3)).collect::<String>())
}

/// CRC-16 with the polynomial x^16 + x^15 + x^2 + 1, least significant bit first.
#[derive(Clone, Copy, Default)]
struct Crc(u16);

impl Crc {
    fn feed(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 ^= u16::from(byte);
            for _ in 0..8 {
                self.0 = if self.0 & 1 == 1 { self.0 >> 1 ^ 0xa001 } else { self.0 >> 1 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        let mut crc = Crc::default();
        crc.feed(b"123456789");
        assert_eq!(crc.0, 0xbb3d);
    }

    #[test]
    fn numbers_are_masked() {
        assert_eq!(masked("4B384547303034303436333935353037"), "507");
        assert_eq!(masked(""), "");
        assert_eq!(masked("303132"), "");
        assert_eq!(masked("xyzé1234"), "34");
    }
}
