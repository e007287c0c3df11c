//! What a yes to a policy tells, read from the kinds' tables, so that a new kind needs no code here.
//!
//! A parameter named `min`, `max`, or beginning so (`min_ppm`), bounds a figure of its condition; so do `lo` and `hi`, and `value`
//! where a choice `bound` says which way. What is left of the name is the figure's: nothing, or `ppm`, is the value that the kind
//! can reveal. Everything else (channels, rates, schedules, thresholds of another sort) says *which* figure it is: with other
//! settings it is another one.

use super::{Span, narrowed};
use crate::condition::{Condition, EXACT, Form, Kind, Lane, Member, Part, Size};
use crate::error::Result;
use crate::meter::Channel;
use crate::policy::Policy;
use crate::relation::Claim;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// How a figure of a period bounds that of a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nesting {
    /// Not at all.
    None,
    /// A longer period's is as high or higher: totals, and the highest interval.
    Up,
    /// A longer period's is as low or lower: the lowest interval.
    Down,
}

/// What one yes tells, before anything is known.
pub(super) struct Saying {
    /// Names the figure.
    pub(super) figure: String,
    /// What people call it.
    pub(super) about: String,
    pub(super) nesting: Nesting,
    pub(super) what: What,
}

pub(super) enum What {
    /// Of all that the figure can be, it lies in `told`.
    Figure { all: Span, told: Span, say: Say },
    /// The condition holds. In thousandths of a bit.
    Yes(u64),
}

/// How a figure's values are written.
pub(super) enum Say {
    /// As the condition at this place writes values of this form.
    Form(usize, Form),
    /// Intervals of so many.
    Intervals(u64),
}

impl Say {
    pub(super) fn value(&self, policy: &Policy, value: i64) -> String {
        match self {
            Self::Form(place, form) => policy
                .conditions()
                .get(*place)
                .map_or_else(String::new, |c| policy.value(c, form, value)),
            Self::Intervals(all) => format!("{value} of {all} intervals"),
        }
    }
}

/// Which way a parameter bounds, and the name of what it bounds.
fn bound<'a>(condition: &Condition, member: &'a Member) -> Option<(bool, &'a str)> {
    let plain = matches!(
        member.form,
        Form::Ppm
            | Form::Value
            | Form::Total
            | Form::SignedTotal
            | Form::Money
            | Form::Minor
            | Form::Grams
            | Form::Count { .. }
    );
    if member.part != Part::Parameter || member.is_list() || !plain {
        return None;
    }
    let figure = |rest: &'a str| match rest.strip_prefix('_').unwrap_or(rest) {
        "ppm" => "",
        rest => rest.strip_suffix("_ppm").unwrap_or(rest),
    };
    let prefixed = |prefix| {
        let rest = member.name.strip_prefix(prefix)?;
        (rest.is_empty() || rest.starts_with('_')).then(|| figure(rest))
    };
    match member.name {
        "lo" => Some((true, "lowest")),
        "hi" => Some((false, "highest")),
        // The choice is a key, so that each way is a figure of its own.
        "value" if has(condition.kind(), "bound") => Some((condition.number("bound") != 0, "")),
        _ => prefixed("min").map(|f| (true, f)).or_else(|| prefixed("max").map(|f| (false, f))),
    }
}

fn has(kind: &Kind, member: &str) -> bool {
    kind.members.iter().any(|m| m.name == member)
}

/// Everything that a yes to this claim tells.
pub(super) fn sayings(claim: &Claim) -> Result<Vec<Saying>> {
    let policy = &claim.policy;
    let mut all = Vec::new();
    let outputs = claim.output_values()?;
    for (place, condition) in policy.conditions().iter().enumerate().filter(|(_, c)| !c.is_off()) {
        let exact = outputs
            .iter()
            .find(|(o, _)| o.condition == place && condition.number("reveal") == EXACT);
        // As in the statement: less its offset.
        let exact = exact.map(|(o, value)| (i128::from(*value) - i128::from(o.offset)) as i64);
        figures(claim, place, condition, exact, &mut all);
        qualities(policy, condition, &mut all);
    }
    Ok(all)
}

fn figures(
    claim: &Claim,
    place: usize,
    condition: &Condition,
    exact: Option<i64>,
    all: &mut Vec<Saying>,
) {
    let policy = &claim.policy;
    let (kind, geometry) = (condition.kind(), policy.geometry());
    let base = which(policy, condition);
    let mut told: Vec<(&str, Form, Span, Span)> = Vec::new();
    for member in kind.members {
        let (Some((low, figure)), [value]) =
            (bound(condition, member), condition.list(member.name))
        else {
            continue;
        };
        let (least, most) = member.form.range(geometry);
        let whole = Span { low: least, high: most };
        let part = match low {
            true => Span::new(*value, most),
            false => Span::new(least, *value),
        };
        let part = part.unwrap_or(whole);
        match told.iter_mut().find(|(f, ..)| *f == figure) {
            // Bounds that cross were refused with the policy.
            Some((_, _, _, span)) => *span = span.and(&part).unwrap_or(part),
            None => told.push((figure, member.form, whole, part)),
        }
    }
    if let Some(value) = exact {
        let point = Span { low: value, high: value };
        match told.iter_mut().find(|(figure, ..)| figure.is_empty()) {
            Some((_, _, whole, span)) => {
                (*span, *whole) =
                    (point, Span { low: whole.low.min(value), high: whole.high.max(value) });
            }
            None => told.push(("", Form::SignedTotal, revealable(policy, place, value), point)),
        }
    }
    let bare = told.is_empty();
    for (figure, form, whole, span) in told {
        let mut saying = Saying {
            figure: format!("{}.{figure}{base}", kind.name),
            about: about(policy, condition, figure),
            nesting: nesting(condition, figure),
            what: What::Figure { all: whole, told: span, say: Say::Form(place, form) },
        };
        if kind.name == "completeness" {
            // Shares of a period are whole intervals, and there are few.
            let intervals = (claim.period.end() - claim.period.start())
                / u64::from(policy.meter().interval_seconds);
            let count = i64::try_from(intervals).unwrap_or(i64::MAX);
            let least = (u128::from(span.low.unsigned_abs()) * u128::from(intervals))
                .div_ceil(1_000_000) as i64;
            let whole = Span { low: 0, high: count };
            let told = Span::new(least, count).unwrap_or(whole);
            saying.what = What::Figure { all: whole, told, say: Say::Intervals(intervals) };
        }
        all.push(saying);
    }
    if bare || has_settings(condition) {
        let figure = format!("{}!{base}", kind.name);
        let about = format!("the policy's {} condition holds", kind.name);
        all.push(Saying {
            figure,
            about,
            nesting: Nesting::None,
            what: What::Yes(weight(policy, condition)),
        });
    }
}

/// All that an output can be.
fn revealable(policy: &Policy, place: usize, value: i64) -> Span {
    let outputs = policy.shape().outputs();
    let span = outputs.iter().find(|o| o.condition == place).map(|output| {
        let low = -i128::from(output.offset);
        let high = low + (1_i128 << output.bits.min(64)) - 1;
        Span { low: low.max(i64::MIN.into()) as i64, high: high.min(i64::MAX.into()) as i64 }
    });
    span.unwrap_or(Span { low: value, high: value })
}

/// Readings of a quality that the condition does not tolerate: a yes says that there are none.
fn qualities(policy: &Policy, condition: &Condition, all: &mut Vec<Saying>) {
    if condition.kind().missing.is_none() {
        return;
    }
    let tolerance = condition.tolerance();
    for channel in condition.shape().channels() {
        for (name, tolerated) in
            [("estimated", tolerance.estimated), ("missing", tolerance.missing)]
        {
            if !tolerated {
                let channel_name = channel_name(policy, channel.into());
                all.push(Saying {
                    figure: format!(
                        "no-{name}! channel={channel_name} interval={}",
                        policy.meter().interval_seconds
                    ),
                    about: format!("no reading of {} is {name}", policy.flow_of(channel)),
                    nesting: Nesting::None,
                    what: What::Yes(1000),
                });
            }
        }
    }
}

fn is_default(member: &Member, values: &[i64]) -> bool {
    values.is_empty() || (!member.is_list() && member.default == values.first().copied())
}

/// Whether it has parameters that bound no figure: then a yes is something of its own.
fn has_settings(condition: &Condition) -> bool {
    condition.kind().members.iter().any(|member| {
        member.part == Part::Parameter
            && bound(condition, member).is_none()
            && !is_default(member, condition.list(member.name))
    })
}

/// A bare yes is one bit. Where a schedule bounds each interval it is as much as its tightest bound tells of that interval.
fn weight(policy: &Policy, condition: &Condition) -> u64 {
    let mut most = 1000;
    if !has(condition.kind(), "bound") {
        return most;
    }
    for member in condition.kind().members {
        let schedule =
            member.size == Size::Slots && member.form == Form::Value && member.lane == Lane::Value;
        if !schedule {
            continue;
        }
        let (least, top) = member.form.range(policy.geometry());
        let whole = Span { low: least, high: top };
        for value in condition.list(member.name) {
            let part = match condition.number("bound") {
                0 => Span::new(least, *value),
                _ => Span::new(*value, top),
            };
            most = most.max(narrowed(whole.count(), part.unwrap_or(whole).count()));
        }
    }
    most
}

/// Everything of a condition that says which figures it is about.
fn which(policy: &Policy, condition: &Condition) -> String {
    let mut text = format!(" interval={}", policy.meter().interval_seconds);
    for member in condition.kind().members {
        let values = condition.list(member.name);
        if member.name == "reveal"
            || is_default(member, values)
            || bound(condition, member).is_some()
        {
            continue;
        }
        let value = match (member.form, values) {
            (Form::Channel(_), [channel]) => channel_name(policy, *channel),
            (_, [value]) if !member.is_list() => value.to_string(),
            (_, list) => {
                let list: Vec<String> = list.iter().map(i64::to_string).collect();
                let digest = Sha256::digest(list.join(","));
                digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
            }
        };
        text += &format!(" {}={value}", member.name);
    }
    text
}

/// A channel by what it measures, as policies may list channels in another order; equals are counted.
fn channel_name(policy: &Policy, channel: i64) -> String {
    let channels = &policy.meter().channels;
    let place = usize::try_from(channel).unwrap_or(usize::MAX);
    let Some(found) = channels.get(place) else { return "none".into() };
    let Channel { quantity, direction, unit } = found;
    let before = channels.iter().take(place).filter(|c| *c == found).count();
    let name = [written(quantity), written(direction), written(unit)].join("/");
    if before == 0 { name } else { format!("{name}#{before}") }
}

/// As files have it. Not by `Debug`, whose words a build may leave out.
fn written(name: &impl Serialize) -> String {
    serde_json::to_value(name).ok().and_then(|n| n.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What people call a figure.
fn about(policy: &Policy, condition: &Condition, figure: &str) -> String {
    let flows: Vec<String> =
        condition.shape().channels().iter().map(|c| policy.flow_of(*c)).collect();
    let of = flows.join(" and ");
    match (condition.kind().name, figure, condition.number("bound")) {
        ("volume", "", _) => format!("the total of {of}"),
        ("limit", "", 0) => format!("the highest interval of {of}"),
        ("limit", "", _) => format!("the lowest interval of {of}"),
        ("completeness", _, _) => "the measured part of the period".into(),
        (kind, "", _) if of.is_empty() => format!("the figure of {kind}"),
        (kind, "", _) => format!("the figure of {kind} for {of}"),
        (kind, figure, _) => format!("{} in {kind} for {of}", figure.replace('_', " ")),
    }
}

fn nesting(condition: &Condition, figure: &str) -> Nesting {
    match (condition.kind().name, figure, condition.number("bound")) {
        ("volume", "", _) | ("limit", "", 0) => Nesting::Up,
        ("limit", "", _) => Nesting::Down,
        _ => Nesting::None,
    }
}

/// Names of the figures behind the policy's hidden outputs, in their order.
pub(super) fn hidden_figures(policy: &Policy) -> Vec<String> {
    let outputs = policy.shape().outputs().into_iter().filter(|o| o.hidden);
    let name =
        |condition: &Condition| format!("{}.{}", condition.kind().name, which(policy, condition));
    outputs.map(|o| policy.conditions().get(o.condition).map(name).unwrap_or_default()).collect()
}
