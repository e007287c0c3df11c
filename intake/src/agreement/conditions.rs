//! Conditions as people write them, compiled to those that circuits know. What a member means follows from its kind's table; the
//! few kinds with rules in local time have more to say in `tariff` and `event`.

use std::cell::OnceCell;

use wattproof_circuits::condition::{Condition, Form, KINDS, Kind, Member, Size, Tolerance};
use wattproof_circuits::policy::Period;

use super::fault::{Result, instead, quoted};
use super::header::{Header, symbol};
use super::scene::Scene;
use super::tree::{Members, View};
use super::units::{self, Target};
use super::windows::{self, Rule};
use super::{event, tariff};

/// Members of a condition that no kind's table has.
pub(super) const COMMON: [&str; 2] = ["kind", "name"];

/// What conditions are compiled against.
pub(super) struct Setting<'a> {
    pub(super) header: &'a Header,
    pub(super) period: Option<Period>,
    pub(super) root: View<'a>,
    scene: OnceCell<Scene>,
}

impl<'a> Setting<'a> {
    pub(super) fn new(header: &'a Header, period: Option<Period>, root: View<'a>) -> Self {
        Self { header, period, root, scene: OnceCell::new() }
    }

    /// The period's slots; refused where there is no period.
    pub(super) fn scene(&self, view: &View<'_>) -> Result<&Scene> {
        let Some(period) = self.period else {
            return Err(view.fault(
                "it depends on local time, so that a policy is for one period",
                "Name the period, such as --period 2026-01.",
            ));
        };
        if let Some(scene) = self.scene.get() {
            return Ok(scene);
        }
        let scene = Scene::new(self.header, period, &self.root)?;
        Ok(self.scene.get_or_init(|| scene))
    }
}

/// A compiled condition, and the name that its agreement gives it.
pub(super) struct Compiled {
    pub(super) condition: Condition,
    pub(super) name: Option<String>,
}

/// A condition in the making.
pub(super) struct Draft<'a> {
    pub(super) kind: &'static Kind,
    pub(super) table: Members<'a>,
    pub(super) setting: &'a Setting<'a>,
    members: Vec<(&'static str, Vec<i64>)>,
    /// The currency of its first amount, and where that was.
    currency: Option<(String, String)>,
}

/// The name of a member in agreements: shares are written as such.
pub(super) fn human(member: &Member) -> &'static str {
    member.name.strip_suffix("_ppm").unwrap_or(member.name)
}

/// Members that follow from others, and are never written.
pub(super) fn is_derived(kind: &Kind, member: &Member) -> bool {
    matches!(member.form, Form::Time | Form::Currency)
        || tariff::derived(kind).contains(&member.name)
        || event::derived(kind).contains(&member.name)
}

/// Every member that a condition of this kind may have.
pub(super) fn names(kind: &'static Kind) -> Vec<&'static str> {
    let mut names = COMMON.to_vec();
    names.extend(kind.members.iter().filter(|m| !is_derived(kind, m)).map(human));
    names.extend(tariff::members(kind));
    names.extend(event::members(kind));
    names.extend(kind.missing.map(|_| "tolerate"));
    names
}

/// Compiles one entry of `conditions`.
pub(super) fn compile<'a>(view: &View<'a>, setting: &'a Setting<'a>) -> Result<Compiled> {
    let table = view.table()?;
    let tag = table.need("kind", "kind = \"volume\"")?;
    let word = tag.text()?;
    let kind = Kind::named(word).ok_or_else(|| {
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        tag.fault(format!("there is no kind of condition {}", quoted(word)), instead(word, &known))
    })?;
    table.only(&names(kind))?;
    let mut draft = Draft { kind, table, setting, members: Vec::new(), currency: None };
    tariff::compile(&mut draft)?;
    event::compile(&mut draft)?;
    for member in kind.members {
        if draft.has(member.name) || is_derived(kind, member) {
            continue;
        }
        draft.member(member)?;
    }
    draft.check_order()?;
    draft.finish(view)
}

impl<'a> Draft<'a> {
    pub(super) fn set(&mut self, name: &'static str, values: Vec<i64>) {
        self.members.push((name, values));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(n, _)| *n == name)
    }

    pub(super) fn number(&self, name: &str) -> Option<i64> {
        let (_, values) = self.members.iter().find(|(n, _)| *n == name)?;
        values.first().copied()
    }

    /// The kind's member of this name, if it has it.
    pub(super) fn known(&self, name: &str) -> Option<&'static Member> {
        self.kind.members.iter().find(|member| member.name == name)
    }

    /// Lists are for this period only.
    pub(super) fn anchor(&mut self, view: &View<'_>) -> Result<&'a Scene> {
        let scene = self.setting.scene(view)?;
        if self.known("anchor").is_some() && !self.has("anchor") {
            self.set("anchor", vec![scene.anchor as i64]);
        }
        Ok(scene)
    }

    /// Reads a member as its table has it.
    fn member(&mut self, member: &'static Member) -> Result<()> {
        let Some(view) = self.table.get(human(member)) else {
            let replaced = member.unless.is_some_and(|list| self.table.has(list));
            if member.is_list() || member.default.is_some() || replaced {
                return Ok(());
            }
            let example = format!("{} = {}", human(member), example(&member.form));
            self.table.need(human(member), &example)?;
            return Ok(());
        };
        if member.unless.is_some_and(|list| self.table.has(list)) {
            let other = member.unless.unwrap_or_default();
            let what = format!("{} and {other} are both there", human(member));
            return Err(view.fault(what, "Remove one of them."));
        }
        let values = match member.size {
            Size::One => vec![self.value(member, &view)?],
            Size::UpTo(most) => {
                let items = view.some()?;
                if items.is_empty() || items.len() > most {
                    let what = format!("there are {} of them", items.len());
                    return Err(view.fault(what, format!("Write 1 to {most}.")));
                }
                items.iter().map(|item| self.value(member, item)).collect::<Result<_>>()?
            }
            Size::Slots => self.series(member, &view)?,
        };
        self.set(member.name, values);
        Ok(())
    }

    /// One value of a member, in its range.
    pub(super) fn value(&mut self, member: &Member, view: &View<'a>) -> Result<i64> {
        let value = match member.form {
            Form::Channel(quantities) => {
                let names: Vec<&str> =
                    self.setting.header.names.iter().map(String::as_str).collect();
                let index = view.choice(&names)?;
                let quantity = self.setting.header.meter.channels[index].quantity;
                if !quantities.is_empty() && !quantities.contains(&quantity) {
                    let noun = format!("{quantity:?}").to_lowercase();
                    let wanted: Vec<_> =
                        quantities.iter().map(|q| format!("{q:?}").to_lowercase()).collect();
                    let what = format!("channel {} measures {noun}", quoted(names[index]));
                    let remedy = format!("Name a channel of quantity {}.", wanted.join(" or "));
                    return Err(view.fault(what, remedy));
                }
                index as i64
            }
            Form::Choice(words) => view.choice(words)? as i64,
            Form::Flag => i64::from(view.flag()?),
            Form::Count { min, max } if view.is_text() => self.intervals(view, min, max)?,
            Form::Count { min, max } => view.count(min, max)?,
            Form::Ppm => units::ppm(view)?,
            Form::Value => units::quantity(view, &self.target(self.interval()))?,
            Form::Total | Form::SignedTotal => units::quantity(view, &self.target(self.span()))?,
            Form::Grams => {
                let whose = "the condition".into();
                units::quantity(view, &Target { unit: "g", seconds: None, whose })?
            }
            Form::Money => {
                let (value, currency) = units::money(view, 1_000_000)?;
                self.agree_on(view, currency)?;
                value
            }
            Form::Minor => {
                let (value, currency) = units::money(view, 1)?;
                self.agree_on(view, currency)?;
                value
            }
            Form::Rate | Form::Price => {
                let (value, currency) = units::rate(view, &self.target(None))?;
                self.agree_on(view, currency)?;
                value
            }
            Form::Intensity => units::intensity(view, &self.target(None))?,
            Form::Time | Form::Currency => 0,
        };
        self.check_range(member, value, view)?;
        Ok(value)
    }

    fn check_range(&self, member: &Member, value: i64, view: &View<'_>) -> Result<()> {
        let geometry = &self.setting.header.geometry;
        let (least, most) = member.form.range(geometry);
        if (least..=most).contains(&value) {
            return Ok(());
        }
        let unit = self.unit();
        let (what, remedy) = match member.form {
            Form::Value => (
                format!("{value} {unit} in an interval is beyond the value range, 0 to {most}"),
                format!(
                    "Give the channel a greatest value (max = …), or raise meter.value_bits above {}.",
                    geometry.value_bits
                ),
            ),
            Form::Total | Form::SignedTotal => (
                format!("{value} {unit} is beyond what a period can hold, {least} to {most}"),
                "Write a smaller amount, or raise meter.value_bits.".into(),
            ),
            _ => (
                format!("it is {value} in the circuit's unit, not {least} to {most}"),
                "Write a value in this range.".into(),
            ),
        };
        Err(view.fault(what, remedy))
    }

    /// A length of time as a number of intervals, or of blocks for a look-back.
    fn intervals(&self, view: &View<'_>, min: i64, max: i64) -> Result<i64> {
        let (seconds, interval) =
            (units::seconds(view)?, self.setting.header.meter.interval_seconds);
        let count = i64::from(seconds / interval);
        if seconds % interval != 0 || !(min..=max).contains(&count) {
            let what =
                format!("{seconds} seconds are not {min} to {max} whole intervals of {interval}");
            return Err(view.fault(what, "Write a multiple of the meter's interval."));
        }
        Ok(count)
    }

    /// Whole amounts must be in one currency.
    pub(super) fn agree_on(&mut self, view: &View<'_>, currency: &str) -> Result<()> {
        match &self.currency {
            Some((first, place)) if first != currency => {
                let what = format!("{currency} here, but {first} at {place}");
                Err(view.fault(what, "Write all amounts of a condition in one currency."))
            }
            Some(_) => Ok(()),
            None => {
                self.currency = Some((currency.to_owned(), view.path.clone()));
                Ok(())
            }
        }
    }

    /// The first channel that the condition names.
    fn channel(&self) -> Option<usize> {
        let is_channel = |m: &&Member| matches!(m.form, Form::Channel(_));
        let mut channels = self.kind.members.iter().filter(is_channel);
        let view = channels.find_map(|member| self.table.get(human(member)))?;
        let name = view.text().ok()?;
        self.setting.header.names.iter().position(|n| n == name)
    }

    fn unit(&self) -> &'static str {
        let channels = &self.setting.header.meter.channels;
        self.channel().and_then(|i| channels.get(i)).map_or("Wh", |c| symbol(c.unit))
    }

    /// What an amount of this condition counts; `seconds` is how long a power lasts.
    pub(super) fn target(&self, seconds: Option<u32>) -> Target<'static> {
        let name = self.channel().and_then(|i| self.setting.header.names.get(i));
        let whose = name.map_or("the condition".into(), |name| format!("channel {}", quoted(name)));
        Target { unit: self.unit(), seconds, whose }
    }

    fn interval(&self) -> Option<u32> {
        Some(self.setting.header.meter.interval_seconds)
    }

    /// How long a total is over, if that is a length of time of its own: a demand's window.
    fn span(&self) -> Option<u32> {
        if self.kind.name != "peak" {
            return None;
        }
        let window = u32::try_from(self.number("window").unwrap_or(1)).ok()?;
        self.interval()?.checked_mul(window)
    }

    /// A value for each slot: rules in local time, or one value for each interval of the period (or each hour).
    fn series(&mut self, member: &Member, view: &View<'a>) -> Result<Vec<i64>> {
        let scene = self.anchor(view)?;
        let items = view.items()?;
        if items.first().is_some_and(View::is_table) || member.form == Form::Flag {
            return self.ruled(member, view, &items, scene);
        }
        let interval = self.setting.header.meter.interval_seconds;
        let count = scene.slots.iter().filter(|slot| slot.inside).count();
        let hours = (3600 / interval.min(3600)) as usize;
        let repeat = match items.len() {
            n if n == count => 1,
            n if 3600 % interval == 0 && n * hours == count => hours,
            n => {
                let what = format!("{n} values; the period has {count} intervals");
                let hourly = if hours > 1 {
                    format!(", or {} for its hours", count / hours)
                } else {
                    String::new()
                };
                return Err(view.fault(what, format!("Write {count} values{hourly}.")));
            }
        };
        let mut values = Vec::with_capacity(count);
        for item in &items {
            let value = self.value(member, item)?;
            values.extend(std::iter::repeat_n(value, repeat));
        }
        let mut values = values.into_iter();
        let slots = scene.slots.iter();
        Ok(slots
            .map(|slot| if slot.inside { values.next().unwrap_or_default() } else { 0 })
            .collect())
    }

    fn ruled(
        &mut self,
        member: &Member,
        view: &View<'a>,
        items: &[View<'a>],
        scene: &Scene,
    ) -> Result<Vec<i64>> {
        let interval = self.setting.header.meter.interval_seconds;
        let own = if member.form == Form::Flag { None } else { Some(entry_name(member)) };
        let (mut rules, mut values) = (Vec::new(), Vec::new());
        for item in items {
            let table = item.table()?;
            let mut known = windows::MEMBERS.to_vec();
            known.extend(own);
            known.extend(own.map(|_| "name"));
            table.only(&known)?;
            rules.push(Rule::read(&table)?);
            values.push(match own {
                None => 1,
                Some(name) => {
                    let example = format!("{name} = {}", example(&member.form));
                    self.value(member, &table.need(name, &example)?)?
                }
            });
        }
        if own.is_some() {
            let assigned = windows::assign(view, &rules, &scene.slots, interval)?;
            return Ok(assigned.into_iter().map(|i| i.map_or(0, |i| values[i])).collect());
        }
        let mut flags = Vec::with_capacity(scene.slots.len());
        for slot in &scene.slots {
            if slot.inside {
                windows::on_grid(view, &rules, slot.local.second, interval)?;
            }
            flags.push(i64::from(slot.inside && rules.iter().any(|rule| rule.picks(&slot.local))));
        }
        Ok(flags)
    }

    /// Refuses a least value above the greatest, with the place of the latter.
    fn check_order(&self) -> Result<()> {
        for (low, high) in
            [("min", "max"), ("lo", "hi"), ("tight_lo", "tight_hi"), ("min", "capacity")]
        {
            let (Some(a), Some(b)) = (self.number(low), self.number(high)) else { continue };
            if a > b
                && let (Some(from), Some(to)) = (self.table.get(low), self.table.get(high))
            {
                let spelled = |view: &View<'_>| quoted(view.word("").unwrap_or_default());
                let what = format!("{high} {} is below {low} {}", spelled(&to), spelled(&from));
                return Err(
                    to.fault(what, format!("Make {low} at most {high}: nothing can meet this."))
                );
            }
        }
        Ok(())
    }

    fn finish(mut self, view: &View<'_>) -> Result<Compiled> {
        if let (Some(member), Some((currency, _))) = (self.known("currency"), self.currency.take())
        {
            let code = currency.bytes().fold(0, |code, letter| code << 8 | i64::from(letter));
            self.set(member.name, vec![code]);
            if self.known("currency_digits").is_some() {
                self.set("currency_digits", vec![i64::from(units::places(&currency))]);
            }
        }
        let name = match self.table.get("name") {
            None => None,
            Some(view) => Some(view.text()?.to_owned()),
        };
        let mut tolerate = Tolerance::default();
        if let Some(view) = self.table.get("tolerate") {
            for item in view.some()? {
                let flag = match item.choice(&["estimated", "missing"])? {
                    0 => &mut tolerate.estimated,
                    _ => &mut tolerate.missing,
                };
                if std::mem::replace(flag, true) {
                    return Err(item.fault("it is there twice", "Remove one of them."));
                }
            }
        }
        let members: Vec<(&str, &[i64])> =
            self.members.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        let header = self.setting.header;
        let condition = Condition::new(self.kind.name, &members, tolerate);
        let condition = condition.and_then(|condition| {
            condition.check_parameters(&header.geometry, &header.meter)?;
            Ok(condition)
        });
        let condition = condition.map_err(|error| {
            let prefix = format!("conditions: {}: ", self.kind.name);
            let message = error.message().trim_end_matches('.');
            let what = message.strip_prefix(&prefix).unwrap_or(message);
            view.fault(what, "Correct this condition.")
        })?;
        Ok(Compiled { condition, name })
    }
}

/// What an entry of a list of rules calls its value.
pub(super) fn entry_name(member: &Member) -> &'static str {
    match member.form {
        Form::Rate | Form::Price => "rate",
        Form::Intensity => "intensity",
        _ => "value",
    }
}

/// How a value of this form is written, for remedies and documentation.
pub(super) fn example(form: &Form) -> &'static str {
    match form {
        Form::Channel(_) => "\"import\"",
        Form::Choice(names) => match names.first() {
            Some(&"at-most") => "\"at-most\"",
            Some(&"interval") => "\"interval\"",
            _ => "\"none\"",
        },
        Form::Flag => "true",
        Form::Count { .. } => "\"PT30M\"",
        Form::Ppm => "\"95%\"",
        Form::Value => "\"5 kW\"",
        Form::Total | Form::SignedTotal => "\"120 kWh\"",
        Form::Money | Form::Minor => "\"12.50 EUR\"",
        Form::Rate | Form::Price => "\"0.2853 EUR/kWh\"",
        Form::Time => "\"2026-01-01\"",
        Form::Grams => "\"250 kg\"",
        Form::Currency => "\"EUR\"",
        Form::Intensity => "\"380 g/kWh\"",
    }
}
