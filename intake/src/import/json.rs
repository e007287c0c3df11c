//! JSON: one object a line, or an array of objects, as Home Assistant, Shelly and Tasmota write them, or with members that
//! the caller names. An object that has none of the known members is left out and counted.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::value::RawValue;
use wattproof_circuits::meter::{Channel, Direction, Quality, Quantity, Unit};

use super::csv::{Column, CsvOptions, EnergyUnit, TimeLabel};
use super::decimal::{Decimal, Rounding};
use super::error::{Fault, Place, Problem, Result, clip};
use super::fields::Fields;
use super::instant::{SECOND, parse_fine};
use super::normalize::{About, Row, Rows, usual_step};
use super::registers::{Point, Registers, micro_wh};
use super::time::{Resolved, Stamp, TimeFormat, resolve};

/// Deepest nesting of arrays around objects.
const DEPTH: u32 = 4;
/// Numbers of a time from here on are milliseconds: as seconds they would be the year 5138.
const MILLISECONDS: u64 = 100_000_000_000;

/// Where an object has its time and its energy.
#[derive(Clone, Debug)]
struct Shape {
    time: String,
    value: String,
    unit: UnitOf,
    direction: Direction,
}

#[derive(Clone, Debug)]
enum UnitOf {
    Known(EnergyUnit),
    /// A member that says, in this object or in one of the same series before.
    Member(&'static str),
    Stated,
}

fn known_shapes() -> Vec<Shape> {
    use Direction::{Export, Import};
    use EnergyUnit::{KWh, Wh};
    let shape = |time: &str, value: &str, unit, direction| Shape {
        time: time.into(),
        value: value.into(),
        unit,
        direction,
    };
    let wh = |time, value, direction| shape(time, value, UnitOf::Known(Wh), direction);
    vec![
        shape("Time", "ENERGY.Total", UnitOf::Known(KWh), Import),
        wh("params.ts", "params.switch:0.aenergy.total", Import),
        wh("params.ts", "params.pm1:0.aenergy.total", Import),
        wh("params.ts", "params.em1data:0.total_act_energy", Import),
        wh("params.ts", "params.em1data:0.total_act_ret_energy", Export),
        wh("params.ts", "params.emdata:0.total_act", Import),
        wh("params.ts", "params.emdata:0.total_act_ret", Export),
        shape("last_changed", "state", UnitOf::Member("attributes.unit_of_measurement"), Import),
        // Long-term statistics: the sum at the end of the hour.
        shape("end", "sum", UnitOf::Stated, Import),
    ]
}

/// What a file holds: registers, or energies of intervals.
pub(super) enum Read {
    Registers(Vec<Registers>),
    Rows(Vec<Rows>),
}

/// Whether a first line begins like an object, an array, or an object with its MQTT topic before it.
pub(super) fn recognises(line: &[u8]) -> bool {
    let blank = line.iter().position(u8::is_ascii_whitespace).unwrap_or(line.len());
    let (topic, rest) = line.split_at(blank);
    matches!(topic, [b'{' | b'[', ..])
        || topic.contains(&b'/') && rest.trim_ascii_start().starts_with(b"{")
}

/// Reads a document, of at most `limit` readings. Notes say what was assumed and left out.
pub(super) fn read(
    text: &str,
    options: &CsvOptions,
    rounding: Rounding,
    limit: u32,
    notes: &mut Vec<String>,
) -> Result<Read> {
    let name = |column: &Option<Column>, field: &str| match column {
        None => Ok(None),
        Some(Column::Name(name)) => Ok(Some(name.clone())),
        Some(Column::Index(_)) => Err(Fault::field(field, Problem::NoColumn)),
    };
    let (time, value) = (name(&options.time, "time")?, name(&options.value, "value")?);
    let (shapes, cumulative) = match (time, value) {
        (None, None) => (known_shapes(), true),
        (Some(time), Some(value)) => {
            let unit = options.unit.or_else(|| EnergyUnit::in_name(&value));
            let unit = unit.map_or(UnitOf::Stated, UnitOf::Known);
            (vec![Shape { time, value, unit, direction: options.direction }], options.cumulative)
        }
        (time, _) => {
            let field = if time.is_none() { "time" } else { "value" };
            return Err(Fault::field(field, Problem::NoColumn));
        }
    };
    let mut reader = Reader {
        options,
        rounding,
        limit,
        shapes,
        all: BTreeMap::new(),
        readings: 0,
        unknown: 0,
        unavailable: 0,
    };
    reader.document(text)?;
    let Reader { all, unknown, unavailable, shapes, .. } = reader;
    for (count, what) in [
        (unknown, "objects without the members of a meter reading left out"),
        (unavailable, "readings without a value (unavailable, unknown) left out"),
    ] {
        if count > 0 {
            notes.push(format!("{count} {what}"));
        }
    }
    if all.is_empty() {
        return Err(Fault::file(Problem::NothingUsable(
            "no object has the members of a meter reading".into(),
        )));
    }
    let mut registers = Vec::new();
    let mut rows = Vec::new();
    for ((name, shape), series) in all {
        let shape = &shapes[shape];
        let origin =
            if name.is_empty() { shape.value.clone() } else { format!("{name} {}", shape.value) };
        if let Some(unit) = series.other_unit {
            notes.push(format!("{}: values in {}, left out", clip(&origin), clip(&unit)));
            continue;
        }
        if cumulative {
            registers.push(Registers::new(shape.direction, origin, series.points, "value", "time"));
        } else {
            rows.push(series.rows(shape, origin, options)?);
        }
    }
    Ok(if cumulative { Read::Registers(registers) } else { Read::Rows(rows) })
}

#[derive(Default)]
struct Series {
    exponent: Option<i32>,
    other_unit: Option<String>,
    before: Option<u64>,
    points: Vec<Point>,
    intervals: Vec<Row>,
}

impl Series {
    fn rows(mut self, shape: &Shape, origin: String, options: &CsvOptions) -> Result<Rows> {
        if options.time_label == TimeLabel::End {
            let step =
                options.interval_seconds.map(u64::from).or_else(|| usual_step(&self.intervals));
            let step = step.ok_or_else(|| Fault::file(Problem::UnknownInterval))?;
            for row in &mut self.intervals {
                row.start = row.start.checked_sub(step).ok_or_else(|| {
                    Fault::line(row.line, "time", Problem::BadTime(row.start.to_string()))
                })?;
            }
        }
        Ok(Rows {
            about: About::default(),
            channel: Channel {
                quantity: Quantity::Energy,
                direction: shape.direction,
                unit: Unit::Wh,
            },
            origin: clip(&origin),
            exponent: self.exponent.unwrap_or(0),
            value_field: "value",
            time_field: "time",
            interval: options.interval_seconds,
            rows: self.intervals,
        })
    }
}

struct Reader<'o> {
    options: &'o CsvOptions,
    rounding: Rounding,
    limit: u32,
    shapes: Vec<Shape>,
    /// By the source's name and the index of the shape.
    all: BTreeMap<(String, usize), Series>,
    readings: u32,
    unknown: u64,
    unavailable: u64,
}

impl Reader<'_> {
    fn document(&mut self, text: &str) -> Result<()> {
        let mut lines = Lines { text, at: 0, line: 1 };
        if !text.trim_start().starts_with(['{', '[']) {
            return self.with_topics(text);
        }
        let values = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
        let mut id = String::new();
        for value in values {
            let value = value.map_err(|e| {
                let problem = Problem::Malformed(format!("not JSON ({})", clip(&e.to_string())));
                Fault::at(Place::Line(e.line() as u64), problem)
            })?;
            self.value(value.get(), &mut lines, &mut id, 0)?;
        }
        Ok(())
    }

    /// `topic {object}` line by line, as MQTT clients log; what is before the brace is the series' name.
    fn with_topics(&mut self, text: &str) -> Result<()> {
        for (line, text) in (1..).zip(text.lines()) {
            let Some(at) = text.find('{') else {
                self.unknown += u64::from(!text.trim().is_empty());
                continue;
            };
            let (topic, object) = text.split_at(at);
            let mut id = topic.trim().to_owned();
            self.object(&Fields::parse(object.trim_end(), line)?, &mut id)?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        raw: &str,
        lines: &mut Lines<'_>,
        id: &mut String,
        depth: u32,
    ) -> Result<()> {
        let line = lines.of(raw);
        if raw.starts_with('{') {
            let fields = Fields::parse(raw, line)?;
            // Statistics come by the name of their entity, each with an array.
            let mut arrays =
                fields.members().filter(|(_, value)| value.get().starts_with('[')).peekable();
            if arrays.peek().is_some() && !self.shapes.iter().any(|s| fields.has(&s.time)) {
                let mut arrays: Vec<_> =
                    arrays.map(|(name, value)| (name.to_owned(), value.get())).collect();
                // As they stand in the file, so that lines count up.
                arrays.sort_by_key(|(_, value)| value.as_ptr() as usize);
                for (name, value) in arrays {
                    let mut id = clip(&name);
                    self.array(value, lines, &mut id, depth)?;
                }
                return Ok(());
            }
            return self.object(&fields, id);
        }
        if raw.starts_with('[') {
            let mut id = String::new();
            return self.array(raw, lines, &mut id, depth);
        }
        self.unknown += 1;
        Ok(())
    }

    fn array(
        &mut self,
        raw: &str,
        lines: &mut Lines<'_>,
        id: &mut String,
        depth: u32,
    ) -> Result<()> {
        let line = lines.of(raw);
        let bad = |what: &str| Fault::at(Place::Line(line), Problem::Malformed(what.into()));
        if depth == DEPTH {
            return Err(Fault::at(Place::Line(line), Problem::TooDeep { limit: DEPTH as usize }));
        }
        let items: Vec<&RawValue> = serde_json::from_str(raw).map_err(|_| bad("not an array"))?;
        items.into_iter().try_for_each(|item| self.value(item.get(), lines, id, depth + 1))
    }

    fn object(&mut self, fields: &Fields<'_>, id: &mut String) -> Result<()> {
        for name in ["entity_id", "statistic_id", "src"] {
            if fields.has(name) {
                *id = clip(&fields.text(name)?.unwrap_or_default());
            }
        }
        let mut found = false;
        for index in 0..self.shapes.len() {
            let shape = &self.shapes[index];
            if fields.has(&shape.time) && fields.has(&shape.value) {
                found = true;
                let shape = shape.clone();
                self.reading(fields, id, index, &shape)?;
            }
        }
        self.unknown += u64::from(!found);
        Ok(())
    }

    fn reading(
        &mut self,
        fields: &Fields<'_>,
        id: &str,
        index: usize,
        shape: &Shape,
    ) -> Result<()> {
        if self.readings == self.limit {
            return Err(Fault::file(Problem::TooManyReadings { limit: self.limit }));
        }
        self.readings += 1;
        let series = self.all.entry((id.to_owned(), index)).or_default();
        if series.exponent.is_none() && series.other_unit.is_none() {
            match unit(fields, shape, self.options)? {
                Ok(unit) => series.exponent = Some(unit.exponent()),
                Err(other) => series.other_unit = Some(other),
            }
        }
        let Some(exponent) = series.exponent else { return Ok(()) };
        let Some(number) = fields.number(&shape.value)? else { return Ok(()) };
        if matches!(&*number, "unavailable" | "unknown" | "") {
            self.unavailable += 1;
            return Ok(());
        }
        let zone = self.options.zone.as_ref();
        let micros = time(fields, &shape.time, self.options.time_format, zone, series.before)?;
        series.before = Some(micros / SECOND);
        let line = fields.line();
        let fault = |problem| fields.fault(&shape.value, problem);
        if self.options.cumulative
            || !matches!((&self.options.time, &self.options.value), (Some(_), Some(_)))
        {
            let (value, rounded) =
                micro_wh(&number, b'.', exponent, self.rounding).map_err(fault)?;
            let quality = Quality::Measured;
            series.points.push(Point { micros, micro_wh: Some(value), rounded, quality, line });
        } else {
            let value = Some(Decimal::parse(&number, b'.').map_err(fault)?);
            if !micros.is_multiple_of(SECOND) {
                let problem = Problem::BadTime(format!("{} s and a fraction", micros / SECOND));
                return Err(fields.fault(&shape.time, problem));
            }
            let start = micros / SECOND;
            series.intervals.push(Row {
                start,
                duration: None,
                value,
                quality: Quality::Measured,
                line,
            });
        }
        Ok(())
    }
}

/// The unit of a series; or the word that is none of energy.
fn unit(
    fields: &Fields<'_>,
    shape: &Shape,
    options: &CsvOptions,
) -> Result<Result<EnergyUnit, String>> {
    let missing = || fields.fault(&shape.value, Problem::NoUnit);
    match shape.unit {
        UnitOf::Known(unit) => Ok(Ok(unit)),
        UnitOf::Stated => options.unit.map(Ok).ok_or_else(missing),
        UnitOf::Member(member) => match fields.text(member)? {
            Some(word) => Ok(word.parse().map_err(|_| word)),
            None => options.unit.map(Ok).ok_or_else(missing),
        },
    }
}

/// Microseconds since 1970. A local time that daylight saving repeats is the earlier one, unless a reading at or after
/// that came before.
fn time(
    fields: &Fields<'_>,
    member: &str,
    format: TimeFormat,
    zone: Option<&TimeZone>,
    before: Option<u64>,
) -> Result<u64> {
    let fault = |problem| fields.fault(member, problem);
    let text = fields.number(member).or_else(|_| fields.text(member).map(|t| t.map(Into::into)))?;
    let text = fields.need(member, text)?;
    if let Ok(number) = text.parse::<u64>()
        && (MILLISECONDS..MILLISECONDS * 1000).contains(&number)
    {
        return Ok(number * 1000);
    }
    let (stamp, micros) = parse_fine(&text, format).map_err(fault)?;
    let seconds =
        match stamp {
            Stamp::Instant(seconds) => seconds,
            Stamp::Local(local) => {
                let zone = zone.ok_or_else(|| fault(Problem::NoZone(local.to_string())))?;
                match resolve(local, zone).map_err(fault)? {
                    Resolved::Once(seconds) => seconds,
                    Resolved::Twice(first, second) => {
                        if before.is_none_or(|before| before < first) { first } else { second }
                    }
                }
            }
        };
    Ok(seconds * SECOND + micros)
}

/// Lines of pieces of a text, asked for in order.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    fn of(&mut self, piece: &str) -> u64 {
        let at = (piece.as_ptr() as usize).saturating_sub(self.text.as_ptr() as usize);
        if let Some(passed) = self.text.as_bytes().get(self.at..at) {
            self.line += passed.iter().filter(|&&b| b == b'\n').count() as u64;
            self.at = at;
        }
        self.line
    }
}
