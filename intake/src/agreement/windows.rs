//! Rules in local time (hours, days of the week, months, dates) and the slots of a period that they pick.

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use super::fault::{Result, instead, quoted};
use super::tree::{Members, View};

/// Members that make a rule.
pub(super) const MEMBERS: [&str; 4] = ["hours", "days", "months", "dates"];

const DAYS: [&str; 8] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday"];
const HOLIDAY: usize = 7;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY: u32 = 86_400;

/// Which local times are meant. What is left out picks all.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    /// Seconds of the day, from and before; a range that ends before it begins goes over midnight.
    hours: Vec<(u32, u32)>,
    days: Option<[bool; 8]>,
    months: Option<[bool; 12]>,
    dates: Option<Vec<Date>>,
}

/// The local time at which an interval begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    pub(super) date: Date,
    pub(super) second: u32,
    pub(super) holiday: bool,
}

/// A slot of the circuit: its local begin, and whether it is in the period.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) local: Local,
    pub(super) inside: bool,
}

impl Rule {
    /// The rule that these members make.
    pub(super) fn read(members: &Members<'_>) -> Result<Self> {
        let mut rule = Self::default();
        if let Some(view) = members.get("hours") {
            rule.hours = view.some()?.iter().map(hours).collect::<Result<_>>()?;
        }
        if let Some(view) = members.get("days") {
            rule.days = Some(names(&view, DAYS)?);
        }
        if let Some(view) = members.get("months") {
            rule.months = Some(names(&view, MONTHS)?);
        }
        if let Some(view) = members.get("dates") {
            rule.dates = Some(dates(&view)?);
        }
        Ok(rule)
    }

    pub(super) fn picks(&self, local: &Local) -> bool {
        let weekday = usize::from(local.date.weekday().to_monday_zero_offset().unsigned_abs());
        let day = if local.holiday { HOLIDAY } else { weekday };
        let month = usize::from(local.date.month().unsigned_abs()) - 1;
        (self.hours.is_empty() || self.hours.iter().any(|range| holds(*range, local.second)))
            && self.days.is_none_or(|days| days[day])
            && self.months.is_none_or(|months| months[month])
            && self.dates.as_ref().is_none_or(|dates| dates.contains(&local.date))
    }

    /// Times of the day at which it may begin or end.
    fn bounds(&self) -> impl Iterator<Item = u32> + '_ {
        self.hours.iter().flat_map(|(from, to)| [*from, *to])
    }
}

fn holds((from, to): (u32, u32), second: u32) -> bool {
    if from < to { (from..to).contains(&second) } else { second >= from || second < to }
}

/// `16:00-21:00`; `22:00-06:00` goes over midnight.
fn hours(view: &View<'_>) -> Result<(u32, u32)> {
    let text = view.text()?;
    let time = |text: &str| {
        let (hour, minute) = text.trim().split_once(':')?;
        let number = |text: &str| {
            let plain = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u32>().ok().filter(|_| plain)
        };
        let (hour, minute) = (number(hour)?, number(minute)?);
        let second = 3600 * hour + 60 * minute;
        (minute < 60 && second <= DAY).then_some(second)
    };
    let range = text.split_once('-').and_then(|(from, to)| Some((time(from)?, time(to)?)));
    let range = range.filter(|(from, to)| *from < DAY && from != to);
    range.ok_or_else(|| {
        view.fault(
            format!("{} is no span of hours", quoted(text)),
            "Write it as in \"16:00-21:00\"; \"22:00-06:00\" goes over midnight, and 24:00 is the day's end.",
        )
    })
}

/// `mon-fri`, `sat,sun,holiday`; ranges may go over the end.
fn names<const N: usize>(view: &View<'_>, known: [&str; N]) -> Result<[bool; N]> {
    let mut chosen = [false; N];
    for item in view.some()? {
        let text = item.text()?;
        for part in text.split(',') {
            let place = |word: &str| {
                let word = word.trim();
                known.iter().position(|k| *k == word).ok_or_else(|| {
                    item.fault(format!("{} is not known here", quoted(word)), instead(word, &known))
                })
            };
            match part.split_once('-') {
                None => chosen[place(part)?] = true,
                Some((from, to)) => {
                    let (mut i, to) = (place(from)?, place(to)?);
                    // Holidays are no day of the week: they are named on their own.
                    let most = if N == 8 { HOLIDAY } else { N };
                    if i >= most || to >= most {
                        let what = format!("{} is no range of weekdays", quoted(part));
                        return Err(item.fault(what, "Write \"sat,sun,holiday\"."));
                    }
                    while i != to {
                        chosen[i] = true;
                        i = (i + 1) % most;
                    }
                    chosen[to] = true;
                }
            }
        }
    }
    Ok(chosen)
}

/// Dates, one or a list.
pub(super) fn dates(view: &View<'_>) -> Result<Vec<Date>> {
    view.some()?.iter().map(date).collect()
}

fn date(view: &View<'_>) -> Result<Date> {
    let text = view.text()?;
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain).ok_or_else(|| {
        let what = format!("{} is no date", quoted(text));
        view.fault(what, "Write year, month and day, such as \"2026-12-25\".")
    })
}

/// The local time of an instant.
pub(super) fn local(time: u64, zone: &TimeZone, holidays: &[Date]) -> Local {
    let time = i64::try_from(time).unwrap_or_default();
    let instant = jiff::Timestamp::from_second(time).unwrap_or_default();
    let local = zone.to_datetime(instant);
    let second =
        i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    let date = local.date();
    Local { date, second: second as u32, holiday: holidays.contains(&date) }
}

/// For each slot in the period the first rule that picks it; none for slots outside.
///
/// # Errors
/// If a rule begins or ends inside an interval, or no rule picks a slot of the period; `list` is where the rules are.
pub(super) fn assign(
    list: &View<'_>,
    rules: &[Rule],
    slots: &[Slot],
    interval: u32,
) -> Result<Vec<Option<usize>>> {
    let mut assigned = Vec::with_capacity(slots.len());
    for slot in slots {
        if !slot.inside {
            assigned.push(None);
            continue;
        }
        on_grid(list, rules, slot.local.second, interval)?;
        let found = rules.iter().position(|rule| rule.picks(&slot.local));
        if found.is_none() {
            let (date, time) = (slot.local.date, clock(slot.local.second));
            let day = day_name(&slot.local);
            return Err(list.fault(
                format!("{date} ({day}), {time} local time, is in none of them"),
                "Add a last entry without hours and days: it takes what the others leave.",
            ));
        }
        assigned.push(found);
    }
    Ok(assigned)
}

/// Refuses rules that begin or end inside an interval that begins at this second of the day.
pub(super) fn on_grid(list: &View<'_>, rules: &[Rule], second: u32, interval: u32) -> Result<()> {
    let inside = |bound: u32| (bound + DAY - second) % DAY;
    let cut = |bound: &u32| (1..interval).contains(&inside(*bound));
    match rules.iter().flat_map(Rule::bounds).find(cut) {
        None => Ok(()),
        Some(bound) => {
            let (bound, begin) = (clock(bound), clock(second));
            Err(list.fault(
                format!("{bound} is inside the interval that begins at {begin} local time"),
                format!("Use times at which the meter's intervals of {interval} seconds begin."),
            ))
        }
    }
}

fn day_name(local: &Local) -> &'static str {
    if local.holiday {
        return "a holiday";
    }
    match local.date.weekday() {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn clock(second: u32) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}

/// Patterns of a day, and for each block which of them it has. As few as there can be: what is outside the period fits any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DayTypes {
    /// For each type the choice in each slot of a day.
    pub(super) patterns: Vec<Vec<usize>>,
    /// For each block its type.
    pub(super) days: Vec<usize>,
}

/// Finds the patterns in choices for `n` slots of each block.
pub(super) fn day_types(assigned: &[Option<usize>], n: usize) -> DayTypes {
    let blocks: Vec<&[Option<usize>]> = assigned.chunks(n).collect();
    let mut days = vec![0; blocks.len()];
    let mut patterns: Vec<Vec<Option<usize>>> = Vec::new();
    let partial = |block: &[Option<usize>]| block.iter().any(Option::is_none);
    // Whole days first: a part of a day then joins the first of them that it fits.
    for whole in [true, false] {
        for (i, block) in blocks.iter().enumerate().filter(|(_, b)| partial(b) != whole) {
            let fits = |pattern: &Vec<Option<usize>>| {
                pattern.iter().zip(*block).all(|(p, b)| p.is_none() || b.is_none() || p == b)
            };
            days[i] = match patterns.iter().position(fits) {
                Some(found) => {
                    for (slot, choice) in patterns[found].iter_mut().zip(*block) {
                        *slot = slot.or(*choice);
                    }
                    found
                }
                None => {
                    patterns.push(block.to_vec());
                    patterns.len() - 1
                }
            };
        }
    }
    let filled = |p: Vec<Option<usize>>| p.into_iter().map(Option::unwrap_or_default).collect();
    DayTypes { patterns: patterns.into_iter().map(filled).collect(), days }
}

#[cfg(test)]
mod tests {
    use super::super::tree::{Entry, Node, Value};
    use super::*;

    fn rule(members: &[(&str, &str)]) -> Result<Rule> {
        let entry = |(name, text): &(&str, &str)| Entry {
            name: (*name).into(),
            at: 0,
            node: Node { at: 0, value: Value::Text((*text).into()) },
        };
        let node = Node { at: 0, value: Value::Table(members.iter().map(entry).collect()) };
        Rule::read(&View::root(&node).table()?)
    }

    fn at(date: &str, hour: u32, holiday: bool) -> Local {
        Local { date: date.parse().expect("date"), second: hour * 3600, holiday }
    }

    #[test]
    fn rules_pick_local_times() {
        let peak = rule(&[("hours", "16:00-21:00"), ("days", "mon-fri")]).expect("rule");
        // 7 February 2011 was a Monday.
        assert!(peak.picks(&at("2011-02-07", 16, false)));
        assert!(!peak.picks(&at("2011-02-07", 21, false)), "the end is not inside");
        assert!(!peak.picks(&at("2011-02-07", 16, true)), "a holiday is no weekday");
        assert!(!peak.picks(&at("2011-02-06", 16, false)));
        let night = rule(&[("hours", "22:00-06:00"), ("months", "nov-feb")]).expect("rule");
        assert!(
            night.picks(&at("2011-02-07", 23, false)) && night.picks(&at("2011-01-01", 5, true))
        );
        assert!(
            !night.picks(&at("2011-02-07", 6, false)) && !night.picks(&at("2011-03-01", 23, false))
        );
        let off = rule(&[("days", "sat,sun,holiday")]).expect("rule");
        assert!(off.picks(&at("2011-02-07", 0, true)) && off.picks(&at("2011-02-06", 0, false)));
        let one = rule(&[("dates", "2011-02-07"), ("hours", "20:00-24:00")]).expect("rule");
        assert!(
            one.picks(&at("2011-02-07", 23, false)) && !one.picks(&at("2011-02-08", 23, false))
        );
    }

    #[test]
    fn bad_rules_are_refused() {
        for (name, text) in [
            ("hours", "16-21"),
            ("hours", "16:00-16:00"),
            ("hours", "24:00-01:00"),
            ("hours", "16:60-17:00"),
            ("hours", "+1:00-17:00"),
            ("days", "monday"),
            ("days", "fri-holiday"),
            ("days", ""),
            ("months", "13"),
            ("dates", "2011-02-30"),
            ("dates", "20110207"),
        ] {
            assert!(rule(&[(name, text)]).is_err(), "{name} {text}");
        }
        let fault = rule(&[("days", "mno-fri")]).expect_err("misspelt");
        assert!(fault.remedy.contains("Did you mean \"mon\""), "{}", fault.remedy);
    }

    #[test]
    fn day_types_are_as_few_as_can_be() {
        let (a, b) = ([Some(0), Some(1)], [Some(0), Some(0)]);
        let parts = [[None, Some(1)], a, b, a, [Some(0), None], [None, None]];
        let found = day_types(&parts.concat(), 2);
        assert_eq!(found.patterns, [[0, 1], [0, 0]]);
        assert_eq!(found.days, [0, 0, 1, 0, 0, 0]);
        let found = day_types(&[[None, Some(1)], [Some(0), None]].concat(), 2);
        assert_eq!(found.patterns, [[0, 1]]);
    }
}
