//! Tariffs: bands in local time, flat rates and block tiers, as rates, day types and thresholds. Also the same bands for carbon
//! factors.

use serde_json::{Map, Value, json};
use wattproof_circuits::condition::{Form, Kind};
use wattproof_circuits::policy::CalendarUnit;

use super::conditions::{Draft, example};
use super::fault::{Result, quoted};
use super::scene::Scene;
use super::tree::View;
use super::windows::{self, DayTypes, Rule, day_types};

/// Lists that bands have a value of, with the member of an entry.
const PER_BAND: [(&str, &str); 3] =
    [("rates", "rate"), ("feed_in", "feed_in"), ("factors", "intensity")];

/// Kinds of days that a circuit can tell apart.
const MOST_TYPES: i64 = 4;

fn has(kind: &Kind, name: &str) -> bool {
    kind.members.iter().any(|member| member.name == name)
}

/// Members of a kind that are made here.
pub(super) fn derived(kind: &Kind) -> &'static [&'static str] {
    if !has(kind, "bands") {
        return &[];
    }
    &["days", "bands", "rates", "feed_in", "factors", "tiers", "tier_rates", "currency_digits"]
}

/// What people write instead.
pub(super) fn members(kind: &Kind) -> Vec<&'static str> {
    if !has(kind, "bands") {
        return Vec::new();
    }
    let mut members = vec!["bands", "day_types"];
    members.extend(PER_BAND.iter().filter(|(list, _)| has(kind, list)).map(|(_, own)| *own));
    if has(kind, "tiers") {
        members.push("tiers");
    }
    members
}

pub(super) fn compile(draft: &mut Draft<'_>) -> Result<()> {
    if !has(draft.kind, "bands") {
        return Ok(());
    }
    let per_band = PER_BAND.iter().filter(|(list, _)| has(draft.kind, list));
    let per_band: Vec<_> = per_band.copied().collect();
    match draft.table.get("bands") {
        Some(bands) => banded(draft, &bands, &per_band)?,
        None => flat(draft, &per_band)?,
    }
    tiers(draft)
}

/// One value for all times; no period is needed.
fn flat(draft: &mut Draft<'_>, per_band: &[(&'static str, &'static str)]) -> Result<()> {
    for (list, own) in per_band {
        let (Some(member), Some(view)) = (draft.known(list), draft.table.get(own)) else {
            continue;
        };
        let value = draft.value(member, &view)?;
        draft.set(member.name, vec![value]);
    }
    if let Some(view) = draft.table.get("day_types") {
        return Err(view.fault("there are no bands", "Remove day_types, or add bands."));
    }
    Ok(())
}

fn banded<'a>(
    draft: &mut Draft<'a>,
    bands: &View<'a>,
    per_band: &[(&'static str, &'static str)],
) -> Result<()> {
    let items = bands.items()?;
    let first = per_band.first().and_then(|(list, _)| draft.known(list));
    let most = first.map_or(4, |list| list.most(&draft.setting.header.geometry));
    if items.is_empty() || items.len() > most {
        let what = format!("there are {} bands", items.len());
        return Err(bands.fault(
            what,
            format!("Write 1 to {most}; give bands of equal rates one entry with several hours."),
        ));
    }
    let mut rules = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut lists = vec![Vec::new(); per_band.len()];
    for item in &items {
        let table = item.table()?;
        let mut known = windows::MEMBERS.to_vec();
        known.push("name");
        known.extend(per_band.iter().map(|(_, own)| *own));
        table.only(&known)?;
        if let Some(view) = table.get("name") {
            let name = view.text()?;
            if names.contains(&name) {
                let what = format!("{} is the name of two bands", quoted(name));
                return Err(view.fault(what, "Give each band a name of its own."));
            }
            names.push(name);
        }
        rules.push(Rule::read(&table)?);
        for ((list, own), values) in per_band.iter().zip(&mut lists) {
            let Some(member) = draft.known(list) else { continue };
            match table.get(own) {
                Some(view) => values.push(draft.value(member, &view)?),
                // Feed-in may be left out, but then everywhere.
                None if *own == "feed_in" => {}
                None => {
                    table.need(own, &format!("{own} = {}", example(&member.form)))?;
                }
            }
        }
    }
    for ((list, own), values) in per_band.iter().zip(lists) {
        if let Some(view) = draft.table.get(own) {
            match (draft.known(list), values.is_empty()) {
                // One credit for all bands.
                (Some(member), true) if *own == "feed_in" => {
                    let value = draft.value(member, &view)?;
                    draft.set(member.name, vec![value]);
                    continue;
                }
                _ => {
                    let what = format!("{own} and bands are both there");
                    return Err(view.fault(what, "Keep one of them."));
                }
            }
        }
        if values.is_empty() {
            continue;
        }
        if values.len() != items.len() {
            let what = format!("some bands have {own} and some have not");
            return Err(bands.fault(what, "Give it to all or none; a price may be zero."));
        }
        draft.set(list, values);
    }
    let scene = draft.setting.scene(bands)?;
    let found = in_period(draft, bands, &rules, scene)?;
    if items.len() == 1 {
        // A flat tariff in other words: nothing depends on the period.
        return Ok(());
    }
    let types = types(draft, bands, &rules, &found)?;
    let blank = vec![0; draft.setting.header.geometry.intervals_per_block.into()];
    let whole = |i: &usize| *i as i64;
    let mut list: Vec<i64> = found.patterns.iter().flatten().map(whole).collect();
    for _ in found.patterns.len()..types {
        list.extend(&blank);
    }
    if types > 1 {
        draft.anchor(bands)?;
        draft.set("days", found.days.iter().map(whole).collect());
    }
    draft.set("bands", list);
    Ok(())
}

fn in_period(
    draft: &Draft<'_>,
    bands: &View<'_>,
    rules: &[Rule],
    scene: &Scene,
) -> Result<DayTypes> {
    let header = draft.setting.header;
    let assigned = windows::assign(bands, rules, &scene.slots, header.meter.interval_seconds)?;
    Ok(day_types(&assigned, header.geometry.intervals_per_block.into()))
}

/// How many day types the circuit has: as stated, or the most that any period of the same year needs, so that one circuit serves
/// all of them.
fn types(draft: &Draft<'_>, bands: &View<'_>, rules: &[Rule], found: &DayTypes) -> Result<usize> {
    let most = MOST_TYPES;
    let needed = found.patterns.len();
    let too_many = |needed: usize, most: i64, view: &View<'_>| {
        let what = format!("the period has {needed} kinds of days, and there is room for {most}");
        let remedy = "Use fewer different days (fewer bands, days or dates), shorter periods, or a rate for each interval (prices).";
        view.fault(what, remedy)
    };
    if let Some(view) = draft.table.get("day_types") {
        let stated = view.count(1, most)?;
        let fits = i64::try_from(needed).is_ok_and(|needed| needed <= stated);
        return if fits { Ok(stated as usize) } else { Err(too_many(needed, stated, &view)) };
    }
    if needed as i64 > most {
        return Err(too_many(needed, most, bands));
    }
    let mut types = needed;
    for scene in year(draft)? {
        // A period of the year that this agreement cannot serve is refused when it comes.
        let others = in_period(draft, bands, rules, &scene).map_or(0, |found| found.patterns.len());
        if others as i64 <= most {
            types = types.max(others);
        }
    }
    Ok(types)
}

/// The periods of the year in which the period begins.
fn year(draft: &Draft<'_>) -> Result<Vec<Scene>> {
    let header = draft.setting.header;
    let Some(period) = draft.setting.period else { return Ok(Vec::new()) };
    let begin = windows::local(period.start(), &header.clock, &[]).date;
    let year = begin.year();
    let names: Vec<String> = match header.scope.calendar.unit {
        // One block: one kind of day.
        CalendarUnit::Hour => Vec::new(),
        CalendarUnit::Day => begin
            .first_of_year()
            .series(jiff::Span::new().days(1))
            .take_while(|d| d.year() == year)
            .map(|d| d.to_string())
            .collect(),
        CalendarUnit::Week => (1..=52).map(|week| format!("{year:04}-W{week:02}")).collect(),
        CalendarUnit::Month => (1..=12).map(|month| format!("{year:04}-{month:02}")).collect(),
    };
    let root = &draft.setting.root;
    let cell = |name: &String| crate::period::resolve(name, &header.scope.calendar).ok();
    Ok(names
        .iter()
        .filter_map(cell)
        .filter_map(|cell| Scene::new(header, cell, root).ok())
        .collect())
}

/// `tiers = [{ above = "300 kWh", add = "0.05 EUR/kWh" }]`: what is taken above a threshold costs so much more.
fn tiers(draft: &mut Draft<'_>) -> Result<()> {
    let Some(view) = draft.table.get("tiers") else { return Ok(()) };
    let (Some(tiers), Some(rates)) = (draft.known("tiers"), draft.known("tier_rates")) else {
        return Ok(());
    };
    let items = view.items()?;
    let most = tiers.most(&draft.setting.header.geometry);
    if items.is_empty() || items.len() > most {
        let what = format!("there are {} tiers", items.len());
        return Err(view.fault(what, format!("Write 1 to {most}, or leave tiers out.")));
    }
    let (mut thresholds, mut added) = (Vec::new(), vec![0]);
    for item in &items {
        let table = item.table()?;
        table.only(&["above", "add"])?;
        let above = table.need("above", "above = \"300 kWh\"")?;
        let threshold = draft.value(tiers, &above)?;
        if thresholds.last().is_some_and(|last| *last >= threshold) {
            return Err(
                above.fault("the thresholds do not rise", "Write the tiers in rising order.")
            );
        }
        thresholds.push(threshold);
        added.push(draft.value(rates, &table.need("add", "add = \"0.05 EUR/kWh\"")?)?);
    }
    draft.set("tiers", thresholds);
    draft.set("tier_rates", added);
    Ok(())
}

/// Members of `bands` and `tiers`, for the schema. `value` is a value's schema, `rule` that of a rule with members of its own.
pub(super) fn schema(
    kind: &Kind,
    value: impl Fn(&Form) -> Value,
    rule: impl Fn(Map<String, Value>, &[&str]) -> Value,
) -> Map<String, Value> {
    let mut members = Map::new();
    if !has(kind, "bands") {
        return members;
    }
    let mut entry = Map::new();
    entry.insert("name".into(), json!({ "type": "string" }));
    let mut required = Vec::new();
    for (list, own) in PER_BAND {
        let Some(member) = kind.members.iter().find(|member| member.name == list) else { continue };
        entry.insert(own.into(), value(&member.form));
        if own != "feed_in" {
            required.push(own);
        }
        let flat = members.entry(own).or_insert_with(|| value(&member.form));
        flat["description"] = "one price for all times, in the place of bands".into();
    }
    let bands = json!({ "type": "array", "minItems": 1, "items": rule(entry, &required) });
    members.insert("bands".into(), bands);
    let types = json!({ "type": "integer", "minimum": 1, "maximum": 4, "description": "kinds of days that the circuit has room for; what the year needs if left out" });
    members.insert("day_types".into(), types);
    if let Some(member) = kind.members.iter().find(|member| member.name == "tier_rates") {
        let entry = json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["above", "add"],
            "properties": { "above": value(&Form::Total), "add": value(&member.form) },
        });
        members.insert("tiers".into(), json!({ "type": "array", "minItems": 1, "items": entry }));
    }
    members
}
