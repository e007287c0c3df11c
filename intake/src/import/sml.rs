//! SML: what German meters send through their optical interface (BSI TR-03109-1, annex IV b). Of each transmission the
//! registers of active energy are read, with scaler, sign and unit; its checksum must fit.
//!
//! A parser of its own: the one that is published reserves memory for as many entries as a list says it has.

mod frame;
mod item;

use wattproof_circuits::meter::{Direction, Quality};

use self::frame::Frames;
use self::item::{Item, Items};
use super::decimal::Rounding;
use super::error::{Fault, Place, Problem, Result};
use super::instant::SECOND;
use super::registers::{Point, Registers, micro_wh};

/// Watt-hours among the units of DLMS.
const WATT_HOUR: u64 = 30;
const GET_LIST_RESPONSE: u64 = 0x0701;
const IMPORT: [u8; 6] = [1, 0, 1, 8, 0, 255];
const EXPORT: [u8; 6] = [1, 0, 2, 8, 0, 255];

/// Reads transmissions one after another, at most `limit`. `epoch` is the Unix time at which the meter's index of seconds
/// was 0, for meters without a clock. Notes say what was left out.
pub(super) fn read(
    bytes: &[u8],
    epoch: Option<u64>,
    rounding: Rounding,
    limit: u32,
    notes: &mut Vec<String>,
) -> Result<Vec<Registers>> {
    let mut log =
        Log { epoch, rounding, meter: None, import: Vec::new(), export: Vec::new(), line: 0 };
    let mut frames = Frames::new(bytes);
    let mut whole = 0;
    while let Some((at, frame)) = frames.next() {
        if whole == limit {
            return Err(Fault::file(Problem::TooManyReadings { limit }));
        }
        whole += 1;
        log.line = at as u64;
        let place = Place::Byte(at as u64);
        let cut = || Fault::at(place, Problem::Malformed("not an SML file".into()));
        log.file(&mut Items::new(&frame))
            .ok_or_else(cut)?
            .map_err(|fault| Fault { place, ..fault })?;
    }
    if whole == 0 {
        return Err(match frames.first_broken {
            Some(at) => Fault::at(Place::Byte(at as u64), Problem::BadChecksum),
            None => Fault::file(Problem::NoReadings),
        });
    }
    if let Some(at) = frames.first_broken {
        notes.push(format!(
            "{} transmissions that break off or have a wrong checksum left out, the first at byte {at}",
            frames.broken
        ));
    }
    if epoch.is_some() {
        notes.push("times are the meter's index of seconds after the time that was given".into());
    }
    let sides = [
        (log.import, "1-0:1.8.0*255", Direction::Import),
        (log.export, "1-0:2.8.0*255", Direction::Export),
    ];
    let used = sides.into_iter().filter(|(points, ..)| !points.is_empty());
    Ok(used
        .map(|(points, obis, way)| Registers::new(way, obis.into(), points, "value", "time"))
        .collect())
}

struct Log {
    epoch: Option<u64>,
    rounding: Rounding,
    meter: Option<Vec<u8>>,
    import: Vec<Point>,
    export: Vec<Point>,
    /// Where the transmission begins: binary files have no lines, and points only ever compare theirs.
    line: u64,
}

#[derive(Clone, Copy)]
enum Time {
    Index(u64),
    Unix(u64),
}

impl Log {
    /// The messages of a transmission. None is one that is not SML.
    fn file(&mut self, items: &mut Items<'_>) -> Option<Result<()>> {
        while !items.is_empty() {
            match items.next()? {
                // Padding.
                Item::End => continue,
                Item::List(6) => {}
                _ => return None,
            }
            (0..3).try_for_each(|_| items.skip())?;
            let Item::List(2) = items.next()? else { return None };
            let Item::Unsigned(tag) = items.next()? else { return None };
            if tag == GET_LIST_RESPONSE {
                if let Err(fault) = self.list(items)? {
                    return Some(Err(fault));
                }
            } else {
                items.skip()?;
            }
            // The message's own checksum lies within that of the transmission.
            items.skip()?;
            let Item::End = items.next()? else { return None };
        }
        Some(Ok(()))
    }

    fn list(&mut self, items: &mut Items<'_>) -> Option<Result<()>> {
        let Item::List(7) = items.next()? else { return None };
        items.skip()?;
        let Item::Bytes(meter) = items.next()? else { return None };
        if self.meter.get_or_insert_with(|| meter.to_vec()) != meter {
            return Some(Err(Fault::field("serverId", Problem::OtherMeter)));
        }
        items.skip()?;
        let now = time(items)?;
        let Item::List(entries) = items.next()? else { return None };
        for _ in 0..entries {
            if let Err(fault) = self.entry(items, now)? {
                return Some(Err(fault));
            }
        }
        items.skip()?;
        items.skip()?;
        Some(Ok(()))
    }

    fn entry(&mut self, items: &mut Items<'_>, now: Option<Time>) -> Option<Result<()>> {
        let Item::List(7) = items.next()? else { return None };
        let Item::Bytes(name) = items.next()? else { return None };
        items.skip()?;
        let taken = time(items)?.or(now);
        let unit = items.next()?;
        let scaler = items.next()?;
        let value = items.scalar()?;
        items.skip()?;
        let points = match name {
            name if name == IMPORT => &mut self.import,
            name if name == EXPORT => &mut self.export,
            _ => return Some(Ok(())),
        };
        let point = point(taken, self.epoch, unit, scaler, value, self.rounding, self.line);
        Some(point.map(|point| points.push(point)))
    }
}

fn point(
    time: Option<Time>,
    epoch: Option<u64>,
    unit: Item<'_>,
    scaler: Item<'_>,
    value: Item<'_>,
    rounding: Rounding,
    line: u64,
) -> Result<Point> {
    match unit {
        Item::Unsigned(WATT_HOUR) => {}
        Item::Bytes([]) => return Err(Fault::field("unit", Problem::NoUnit)),
        Item::Unsigned(other) => {
            return Err(Fault::field("unit", Problem::BadUnit(format!("DLMS unit {other}"))));
        }
        _ => return Err(Fault::field("unit", Problem::Malformed("not a number".into()))),
    }
    let exponent = match scaler {
        Item::Bytes([]) => 0,
        Item::Signed(n) => n as i32,
        Item::Unsigned(n) => n as i32,
        _ => return Err(Fault::field("scaler", Problem::Malformed("not a number".into()))),
    };
    if !(-30..=30).contains(&exponent) {
        return Err(Fault::field("scaler", Problem::OutOfRange(exponent.to_string())));
    }
    let digits = match value {
        Item::Signed(n) => n.to_string(),
        Item::Unsigned(n) => n.to_string(),
        _ => return Err(Fault::field("value", Problem::NotANumber("a text or a list".into()))),
    };
    let value = micro_wh(&digits, b'.', exponent, rounding);
    let (value, rounded) = value.map_err(|problem| Fault::field("value", problem))?;
    let seconds = match (time, epoch) {
        (Some(Time::Unix(seconds)), _) => seconds,
        (Some(Time::Index(index)), Some(epoch)) => epoch.saturating_add(index),
        _ => return Err(Fault::field("time", Problem::NoClock)),
    };
    // Times of meters have 32 bits, and the epoch lies below 2^40.
    let micros = seconds.saturating_mul(SECOND);
    Ok(Point { micros, micro_wh: Some(value), rounded, quality: Quality::Measured, line })
}

/// An index of seconds, a Unix time, or one with the offsets of the local time beside it; or nothing.
fn time(items: &mut Items<'_>) -> Option<Option<Time>> {
    match items.next()? {
        Item::Bytes([]) => Some(None),
        // Some meters leave the choice out.
        Item::Unsigned(index) => Some(Some(Time::Index(index))),
        Item::List(2) => {
            let Item::Unsigned(kind) = items.next()? else { return None };
            match (kind, items.next()?) {
                (1, Item::Unsigned(index)) => Some(Some(Time::Index(index))),
                (2, Item::Unsigned(seconds)) => Some(Some(Time::Unix(seconds))),
                (3, Item::List(3)) => {
                    let Item::Unsigned(seconds) = items.next()? else { return None };
                    items.skip()?;
                    items.skip()?;
                    Some(Some(Time::Unix(seconds)))
                }
                _ => None,
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: &[u8] = include_bytes!("../../../tests/data/sml/quarter-hours.bin");
    const INDEX: &[u8] = include_bytes!("../../../tests/data/sml/index.bin");

    fn code(outcome: Result<Vec<Registers>>) -> Option<&'static str> {
        outcome.err().map(|fault| fault.problem.code())
    }

    #[test]
    fn broken_transmissions_are_left_out() {
        let mut notes = Vec::new();
        let mut bytes = CLOCK.to_vec();
        bytes[100] ^= 1;
        let found = read(&bytes, None, Rounding::Refuse, 100, &mut notes);
        assert_eq!(found.map(|all| all.len()), Ok(2));
        assert!(notes.join(" ").contains("1 transmissions that break off"), "{notes:?}");
        let cut = &CLOCK[..200];
        assert_eq!(code(read(cut, None, Rounding::Refuse, 100, &mut notes)), Some("bad-checksum"));
        assert_eq!(code(read(b"", None, Rounding::Refuse, 100, &mut notes)), Some("no-readings"));
        let few = read(CLOCK, None, Rounding::Refuse, 3, &mut notes);
        assert_eq!(code(few), Some("too-many-readings"));
        assert_eq!(code(read(INDEX, None, Rounding::Refuse, 100, &mut notes)), Some("no-clock"));
    }

    #[test]
    fn units_and_scalers() {
        let at = Some(Time::Unix(1000));
        let of = |unit, scaler, value| point(at, None, unit, scaler, value, Rounding::Refuse, 0);
        let wh = || Item::Unsigned(WATT_HOUR);
        assert_eq!(
            of(wh(), Item::Signed(-1), Item::Unsigned(15)).map(|p| p.micro_wh),
            Ok(Some(1_500_000))
        );
        assert_eq!(
            of(wh(), Item::Signed(3), Item::Signed(2)).map(|p| p.micro_wh),
            Ok(Some(2_000_000_000))
        );
        assert_eq!(
            of(wh(), Item::Bytes(&[]), Item::Signed(2)).map(|p| p.micros),
            Ok(1_000_000_000)
        );
        let code = |outcome: Result<Point>| code(outcome.map(|_| Vec::new()));
        assert_eq!(code(of(wh(), Item::Signed(0), Item::Signed(-2))), Some("negative-energy"));
        assert_eq!(code(of(wh(), Item::Signed(-7), Item::Signed(5))), Some("too-fine"));
        assert_eq!(code(of(wh(), Item::Signed(99), Item::Signed(5))), Some("out-of-range"));
        assert_eq!(
            code(of(Item::Unsigned(27), Item::Signed(0), Item::Signed(5))),
            Some("bad-unit")
        );
        assert_eq!(code(of(Item::Bytes(&[]), Item::Signed(0), Item::Signed(5))), Some("no-unit"));
    }
}
