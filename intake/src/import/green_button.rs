//! Green Button: ESPI XML, read as a stream of tags. Nothing is kept but the readings and the few fields that explain them.
//!
//! Elements are known by their local names, since feeds use every way of declaring ESPI's namespace. A field counts only
//! in its own parent, and only once.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::decimal::Decimal;
use super::document::{Choice, Document};
use super::error::{Fault, Place, Problem, Result, clip};
use super::espi::{self, Entry, EspiRow, Feed, ReadingType, address};
use super::model::TIME_LIMIT;
use super::source::Source;
use super::summary::Summary;
use super::tag::Tag;

const DEPTH: usize = 64;
/// Longest text of a field that is read.
const TEXT: usize = 256;
/// Most links of an entry.
const LINKS: usize = 256;

/// Reads a feed to its end. At most `limit` readings of the series asked for.
pub(super) fn read(source: Source<'_>, choice: &Choice, limit: u32) -> Result<Document> {
    let mut xml = Reader::from_reader(source);
    xml.config_mut().expand_empty_elements = true;
    let feed = Feed::new(choice.clone());
    let mut parser = Parser { limit, feed, ..Parser::default() };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = match xml.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(quick_xml::Error::Io(e)) => return Err(Fault::from_io(&e)),
            Err(e) => {
                let problem = Problem::Malformed(clip(&e.to_string()));
                return Err(Fault::at(Place::Line(xml.get_ref().line()), problem));
            }
        };
        parser.line = xml.get_ref().line();
        match event {
            Event::Start(tag) => parser.open(&tag)?,
            Event::End(_) => parser.close()?,
            Event::Text(text) => parser.text(&text)?,
            Event::CData(text) => parser.text(&text)?,
            Event::GeneralRef(name) => parser.reference(&name)?,
            Event::DocType(_) => return parser.fail(Problem::DocType),
            // Cannot come: empty elements are expanded.
            Event::Empty(_) => {}
            Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
            Event::Eof => break,
        }
        xml.get_mut().mark();
    }
    if let Some(open) = parser.stack.last() {
        let name = parser.stack.iter().rev().find(|t| **t != Tag::Other).unwrap_or(open).name();
        return parser.fail(Problem::Truncated(name.to_owned()));
    }
    let entry = std::mem::take(&mut parser.entry);
    parser.feed.add(entry, parser.line)?;
    parser.feed.document()
}

#[derive(Default)]
struct Parser {
    feed: Feed,
    limit: u32,
    line: u64,
    stack: Vec<Tag>,
    seen_root: bool,
    /// Text of the field being read.
    text: String,
    entry: Entry,
    block: Period,
    /// Readings of this block so far.
    nth: u32,
    reading: Reading,
    reading_type: ReadingType,
    summary: SummaryFields,
    total: TotalFields,
}

#[derive(Clone, Copy, Default)]
struct Period {
    start: Option<u64>,
    duration: Option<u32>,
}

#[derive(Default)]
struct Reading {
    period: Period,
    value: Option<Decimal>,
    quality: Option<wattproof_circuits::meter::Quality>,
    line: u64,
}

#[derive(Default)]
struct SummaryFields {
    period: Period,
    last: Option<(Decimal, i32)>,
    current: Option<(Decimal, i32)>,
}

#[derive(Default)]
struct TotalFields {
    value: Option<String>,
    multiplier: Option<i32>,
    uom: Option<u16>,
}

impl Parser {
    fn fail<T>(&self, problem: Problem) -> Result<T> {
        Err(Fault::at(Place::Line(self.line), problem))
    }

    fn open(&mut self, element: &BytesStart<'_>) -> Result<()> {
        let local = element.local_name();
        let tag = Tag::of(local.as_ref());
        let parent = self.stack.last().copied();
        match parent {
            None if self.seen_root => {
                return self.fail(Problem::Malformed("a second root element".into()));
            }
            None if !matches!(tag, Tag::Feed | Tag::Entry | Tag::IntervalBlock) => {
                return self.fail(Problem::NotGreenButton(clip(local.as_ref())));
            }
            None => self.seen_root = true,
            Some(parent) if parent.is_field() => {
                let text = format!("an element inside <{}>", parent.name());
                return self.fail(Problem::Malformed(text));
            }
            Some(_) => {}
        }
        // A container inside itself would mix two records into one.
        let record = matches!(
            tag,
            Tag::Entry
                | Tag::IntervalBlock
                | Tag::IntervalReading
                | Tag::ReadingType
                | Tag::UsageSummary
        );
        if record && self.stack.contains(&tag) {
            return self.fail(Problem::Malformed(format!("<{}> inside itself", tag.name())));
        }
        if tag == Tag::IntervalReading && parent != Some(Tag::IntervalBlock) {
            return self
                .fail(Problem::Malformed("<IntervalReading> outside <IntervalBlock>".into()));
        }
        if self.stack.len() >= DEPTH {
            return self.fail(Problem::TooDeep { limit: DEPTH });
        }
        self.stack.push(tag);
        self.text.clear();
        match tag {
            Tag::Entry => {
                let before = std::mem::take(&mut self.entry);
                self.feed.add(before, self.line)?;
            }
            Tag::Link if parent == Some(Tag::Entry) => self.link(element)?,
            Tag::MeterReading => self.entry.is_meter_reading = true,
            Tag::IntervalBlock => (self.block, self.nth) = (Period::default(), 0),
            Tag::IntervalReading => {
                self.reading = Reading { line: self.line, ..Reading::default() };
            }
            Tag::ReadingType => self.reading_type = ReadingType::default(),
            Tag::UsageSummary => self.summary = SummaryFields::default(),
            Tag::LastPeriod | Tag::CurrentPeriod => self.total = TotalFields::default(),
            _ => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        match self.stack.last() {
            Some(&tag) if tag.is_field() => {
                if self.text.len() + text.len() > TEXT {
                    let problem = Problem::Malformed(format!("more than {TEXT} bytes of text"));
                    return Err(Fault::line(self.line, tag.name(), problem));
                }
                self.text.push_str(text);
                Ok(())
            }
            None if !text.trim().is_empty() => {
                self.fail(Problem::Malformed("text outside the root element".into()))
            }
            _ => Ok(()),
        }
    }

    fn reference(&mut self, name: &BytesRef<'_>) -> Result<()> {
        if let Some(plain) = quick_xml::escape::resolve_xml_entity(name) {
            return self.text(plain);
        }
        match name.resolve_char_ref() {
            Ok(Some(c)) => self.text(c.encode_utf8(&mut [0; 4])),
            _ => self.fail(Problem::UnknownEntity(clip(name))),
        }
    }

    fn link(&mut self, element: &BytesStart<'_>) -> Result<()> {
        let (mut rel, mut href) = (None, None);
        // Unchecked, since the check for repeated names is quadratic; the two that matter are checked here.
        for attribute in element.attributes().with_checks(false) {
            let attribute = match attribute {
                Ok(attribute) => attribute,
                Err(e) => return self.fail(Problem::Malformed(clip(&e.to_string()))),
            };
            let slot = match attribute.key.as_ref() {
                "rel" => &mut rel,
                "href" => &mut href,
                _ => continue,
            };
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Ok(value) => value,
                Err(e) => return self.fail(Problem::Malformed(clip(&e.to_string()))),
            };
            if slot.replace(value).is_some() {
                return Err(Fault::line(self.line, "link", Problem::RepeatedField));
            }
        }
        let (Some(rel), Some(href)) = (rel, href) else { return Ok(()) };
        let href = address(&href);
        match &*rel {
            "self" => once(&mut self.entry.own, href, self.line, "link rel=self"),
            "up" => once(&mut self.entry.up, href, self.line, "link rel=up"),
            "related" if self.entry.related.len() < LINKS => {
                self.entry.related.push(href);
                Ok(())
            }
            "related" => {
                self.fail(Problem::Malformed(format!("more than {LINKS} links in an entry")))
            }
            _ => Ok(()),
        }
    }

    fn close(&mut self) -> Result<()> {
        // The reader has matched the tags already.
        let Some(tag) = self.stack.pop() else { return Ok(()) };
        let parent = self.stack.last().copied().unwrap_or(Tag::Other);
        match tag {
            Tag::Entry => {
                let entry = std::mem::take(&mut self.entry);
                self.feed.add(entry, self.line)
            }
            Tag::IntervalReading => self.end_reading(),
            Tag::ReadingType => {
                let found = std::mem::take(&mut self.reading_type);
                once(&mut self.entry.reading_type, found, self.line, "ReadingType")
            }
            Tag::LastPeriod | Tag::CurrentPeriod if parent == Tag::UsageSummary => {
                self.end_total(tag);
                Ok(())
            }
            Tag::UsageSummary => {
                self.end_summary();
                Ok(())
            }
            Tag::Cost if parent == Tag::IntervalReading => {
                self.note("cost fields ignored");
                Ok(())
            }
            _ if tag.is_field() => self.field(parent, tag),
            _ => Ok(()),
        }
    }

    fn field(&mut self, parent: Tag, tag: Tag) -> Result<()> {
        let (line, name) = (self.line, tag.name());
        let text = self.text.trim();
        match (parent, tag) {
            (Tag::TimePeriod, Tag::Start) => {
                once(&mut self.reading.period.start, time(text, line)?, line, name)
            }
            (Tag::TimePeriod, Tag::Duration) => {
                once(&mut self.reading.period.duration, number(text, line, name)?, line, name)
            }
            (Tag::IntervalReading, Tag::Value) => {
                let value = Decimal::parse(text, b'.').map_err(|p| Fault::line(line, name, p))?;
                once(&mut self.reading.value, value, line, name)
            }
            (Tag::ReadingQuality, Tag::Quality) => {
                let found = espi::quality(number(text, line, name)?);
                // Of several codes the worst counts.
                if self.reading.quality != Some(wattproof_circuits::meter::Quality::Estimated) {
                    self.reading.quality = Some(found);
                }
                Ok(())
            }
            (Tag::Interval, Tag::Start) => {
                once(&mut self.block.start, time(text, line)?, line, name)
            }
            (Tag::Interval, Tag::Duration) => {
                once(&mut self.block.duration, number(text, line, name)?, line, name)
            }
            (Tag::BillingPeriod, Tag::Start) => {
                once(&mut self.summary.period.start, time(text, line)?, line, name)
            }
            (Tag::BillingPeriod, Tag::Duration) => {
                once(&mut self.summary.period.duration, number(text, line, name)?, line, name)
            }
            (Tag::LastPeriod | Tag::CurrentPeriod, Tag::Value) => {
                once(&mut self.total.value, text.to_owned(), line, name)
            }
            (Tag::LastPeriod | Tag::CurrentPeriod, Tag::Multiplier) => {
                once(&mut self.total.multiplier, multiplier(text, line)?, line, name)
            }
            (Tag::LastPeriod | Tag::CurrentPeriod, Tag::Uom) => {
                once(&mut self.total.uom, number(text, line, name)?, line, name)
            }
            (Tag::ReadingType, Tag::Multiplier) => {
                once(&mut self.reading_type.multiplier, multiplier(text, line)?, line, name)
            }
            (Tag::ReadingType, Tag::IntervalLength) => {
                once(&mut self.reading_type.interval, number(text, line, name)?, line, name)
            }
            (Tag::ReadingType, _) => {
                let found = &mut self.reading_type;
                let slot = match tag {
                    Tag::Accumulation => &mut found.accumulation,
                    Tag::Commodity => &mut found.commodity,
                    Tag::Qualifier => &mut found.qualifier,
                    Tag::DefaultQuality => &mut found.quality,
                    Tag::Flow => &mut found.flow,
                    Tag::Kind => &mut found.kind,
                    Tag::Uom => &mut found.uom,
                    _ => return Ok(()),
                };
                once(slot, number(text, line, name)?, line, name)
            }
            _ => Ok(()),
        }
    }

    fn end_reading(&mut self) -> Result<()> {
        if self.feed.kept as usize + self.entry.rows.len() >= self.limit as usize {
            return self.fail(Problem::TooManyReadings { limit: self.limit });
        }
        let Reading { period, value, quality, line } = std::mem::take(&mut self.reading);
        if value.is_none() {
            self.note("readings without a value: taken as missing");
        }
        // Readings without a time of their own follow each other from the start of their block.
        let (start, nth) = match (period.start, self.block.start) {
            (Some(start), _) => (start, 0),
            (None, Some(start)) => (start, self.nth),
            (None, None) => return Err(Fault::line(line, "timePeriod", Problem::MissingField)),
        };
        self.nth += 1;
        self.entry.rows.push(EspiRow {
            start,
            nth,
            duration: period.duration,
            value,
            quality,
            line,
        });
        Ok(())
    }

    fn end_total(&mut self, tag: Tag) {
        let TotalFields { value, multiplier, uom } = std::mem::take(&mut self.total);
        if !matches!(uom, None | Some(72)) {
            return;
        }
        let Some(Ok(value)) = value.map(|text| Decimal::parse(&text, b'.')) else {
            self.note("a usage summary's total is not a plain number: not compared");
            return;
        };
        let slot = match tag {
            Tag::LastPeriod => &mut self.summary.last,
            _ => &mut self.summary.current,
        };
        *slot = Some((value, multiplier.unwrap_or(0)));
    }

    fn end_summary(&mut self) {
        let SummaryFields { period, last, current } = std::mem::take(&mut self.summary);
        let period = match (period.start, period.duration) {
            (Some(start), Some(duration)) => Some((start, start + u64::from(duration))),
            _ => None,
        };
        for (tag, total, last_period) in
            [(Tag::LastPeriod, last, true), (Tag::CurrentPeriod, current, false)]
        {
            if let Some((value, multiplier)) = total {
                let field = tag.name();
                let owner = None;
                let summary = Summary { field, owner, value, multiplier, period, last_period };
                self.entry.summaries.push(summary);
            }
        }
    }

    fn note(&mut self, text: &str) {
        if !self.feed.notes.contains(text) {
            self.feed.notes.insert(text.to_owned());
        }
    }
}

fn once<T>(slot: &mut Option<T>, value: T, line: u64, field: &str) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Fault::line(line, field, Problem::RepeatedField)),
    }
}

fn number<T: std::str::FromStr>(text: &str, line: u64, field: &str) -> Result<T> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let problem = if digits { Problem::OutOfRange } else { Problem::NotANumber };
    let parsed = if digits { text.parse().ok() } else { None };
    parsed.ok_or_else(|| Fault::line(line, field, problem(clip(text))))
}

fn time(text: &str, line: u64) -> Result<u64> {
    let bad = || Fault::line(line, "start", Problem::BadTime(clip(text)));
    let seconds: u64 = number(text, line, "start").map_err(|_| bad())?;
    if seconds < TIME_LIMIT { Ok(seconds) } else { Err(bad()) }
}

/// ESPI's multipliers run from -12 to 9.
fn multiplier(text: &str, line: u64) -> Result<i32> {
    let field = "powerOfTenMultiplier";
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let size: i32 = number(digits, line, field)?;
    let power = sign * size;
    if (-12..=12).contains(&power) {
        Ok(power)
    } else {
        Err(Fault::line(line, field, Problem::OutOfRange(clip(text))))
    }
}
