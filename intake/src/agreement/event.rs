//! Demand-response events: which slots are the event's, and which days before it make the baseline.

use serde_json::{Map, Value, json};
use wattproof_circuits::condition::Kind;

use super::conditions::Draft;
use super::fault::Result;
use super::scene::Scene;
use super::tree::View;
use super::windows::{self, Rule, local};

/// Days that a baseline is made of unless the agreement says otherwise.
pub(super) const BASELINE_DAYS: i64 = 10;

/// Fewest days of a baseline unless the agreement says otherwise.
const LEAST_DAYS: i64 = 5;

/// Members of a kind that are made here.
pub(super) fn derived(kind: &Kind) -> &'static [&'static str] {
    if kind.name == "reduction" { &["days", "event", "adjust"] } else { &[] }
}

/// What people write instead.
pub(super) fn members(kind: &Kind) -> Vec<&'static str> {
    if kind.name != "reduction" {
        return Vec::new();
    }
    vec![
        "event",
        "adjustment",
        "look_back",
        "baseline_days",
        "least_days",
        "eligible",
        "event_days",
    ]
}

pub(super) fn compile(draft: &mut Draft<'_>) -> Result<()> {
    if draft.kind.name != "reduction" {
        return Ok(());
    }
    let event = draft.table.need("event", "event = { hours = \"16:00-19:00\" }")?;
    let scene = draft.anchor(&event)?;
    let marks = marks(draft, &event, scene)?;
    if !marks.contains(&1) {
        let what = "no interval of the period is in it";
        return Err(event.fault(what, "Name hours of the period's day."));
    }
    draft.set("event", marks);
    if let Some(view) = draft.table.get("adjustment") {
        let marks = self::marks(draft, &view, scene)?;
        draft.set("adjust", marks);
    }
    let days = baseline(draft, scene)?;
    draft.set("days", days);
    Ok(())
}

/// 1 for each slot that a rule picks.
fn marks(draft: &Draft<'_>, view: &View<'_>, scene: &Scene) -> Result<Vec<i64>> {
    let rule = rule(view)?;
    let interval = draft.setting.header.meter.interval_seconds;
    let mut marks = Vec::with_capacity(scene.slots.len());
    for slot in &scene.slots {
        windows::on_grid(view, std::slice::from_ref(&rule), slot.local.second, interval)?;
        marks.push(i64::from(slot.inside && rule.picks(&slot.local)));
    }
    Ok(marks)
}

fn rule(view: &View<'_>) -> Result<Rule> {
    let table = view.table()?;
    table.only(&windows::MEMBERS)?;
    Rule::read(&table)
}

/// For each block before the period's, oldest first, 1 if the baseline counts it: the last eligible ones.
fn baseline(draft: &Draft<'_>, scene: &Scene) -> Result<Vec<i64>> {
    let (header, table) = (draft.setting.header, &draft.table);
    let count = |name: &str, default: i64| match table.get(name) {
        None => Ok(default),
        Some(view) => view.count(1, 64),
    };
    let (wanted, least) = (
        count("baseline_days", BASELINE_DAYS)?,
        count("least_days", LEAST_DAYS.min(count("baseline_days", BASELINE_DAYS)?))?,
    );
    let look_back = count("look_back", super::header::LOOK_BACK)?;
    let eligible = match table.get("eligible") {
        None => Rule::default(),
        Some(view) => rule(&view)?,
    };
    let event_days = match table.get("event_days") {
        None => Vec::new(),
        Some(view) => windows::dates(&view)?,
    };
    let block = header.meter.block_seconds(&header.geometry);
    let offset = |time: u64| {
        let time = i64::try_from(time).unwrap_or_default();
        header.clock.to_offset(jiff::Timestamp::from_second(time).unwrap_or_default())
    };
    let mut days = vec![0; header.geometry.look_back.into()];
    let mut found = 0;
    // The circuit may look back farther than this condition does.
    for back in 1..=look_back as u64 {
        let Some(i) = days.len().checked_sub(back as usize) else { break };
        // Noon tells the date whatever the clock does.
        let noon = (scene.anchor + block / 2).saturating_sub(back * block);
        let day = local(noon, &header.clock, &header.holidays);
        if found == wanted || !eligible.picks(&day) || event_days.contains(&day.date) {
            continue;
        }
        if offset(noon) != offset(scene.anchor + block / 2) {
            let what = format!("the clock was changed between {} and the event", day.date);
            return Err(table.view.fault(
                what,
                "The event's hours were other intervals of the meter then: name fewer baseline_days, or a clock without daylight saving.",
            ));
        }
        days[i] = 1;
        found += 1;
    }
    if found < least {
        let what = format!(
            "{found} of the {look_back} days before the event are eligible, fewer than {least}"
        );
        return Err(table.view.fault(what, "Raise look_back, or lower least_days."));
    }
    Ok(days)
}

/// Members for the schema.
pub(super) fn schema(kind: &Kind) -> Map<String, Value> {
    let mut schema = Map::new();
    for name in members(kind) {
        let dates = json!({ "type": "array", "items": { "$ref": "#/$defs/date" } });
        let count = json!({ "type": "integer", "minimum": 1, "maximum": 64 });
        let value = match name {
            "event" | "adjustment" | "eligible" => json!({ "$ref": "#/$defs/rule" }),
            "event_days" => dates,
            _ => count,
        };
        schema.insert(name.into(), value);
    }
    schema
}
