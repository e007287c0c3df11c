//! `wattproof policy explain`.

use serde_json::json;
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::policy::Policy;
use wattproof_circuits::relation::{Relation, Shape, catalogue, circuit_id};

use crate::args::ExplainArgs;
use crate::cost::{BASIS, Cost};
use crate::failure::Result;
use crate::files::Files;
use crate::policy_file::{self, Extras, PolicyFile, Unnamed};
use crate::screen::{Report, Screen};
use crate::words::{clip, element, span};

/// What stays private, whatever the policy.
const PRIVATE: &str =
    "the readings, which meter it is, its key, its signature, and where in the registry it stands";

pub(super) fn run(args: &ExplainArgs, files: &Files, screen: &Screen) -> Result<Report> {
    let file = policy_file::read(&args.policy, args.period.as_deref(), Unnamed::Sampled, files)?;
    let PolicyFile { policy, period, agreement } = &file;
    let shape = policy.shape();
    let listed = catalogue().iter().find(|listed| listed.shape == shape);
    let pinned = listed.and_then(|listed| listed.pinned.as_ref());
    let cost = pinned.map_or_else(|| Cost::of(&shape), |pinned| Cost::pinned(pinned, &shape));
    let id = match pinned {
        Some(pinned) => Some(pinned.circuit_id.to_string()),
        None => args.circuit_id.then(|| {
            let _phase = screen.phase("Recording the circuit");
            circuit_id(&shape, &Relation::matrices(&shape)).to_string()
        }),
    };
    let custom = agreement.as_ref().map(|a| &a.custom).filter(|custom| **custom != shape);
    let custom = custom.map(Cost::of);
    let (level, scope) = (policy.level_words(), policy.scope());
    let (unit, zone) = (scope.calendar.unit.name(), &scope.calendar.zone);
    let mut lines = vec![format!(
        "{}, kept by {}: one claim a meter and {unit} ({zone}).",
        clip(&scope.name),
        clip(&scope.authority)
    )];
    let timed = agreement.as_ref().is_some_and(|a| a.timed);
    let sample = agreement.as_ref().and_then(|a| a.sample);
    if let (Some(period), true) = (period, timed) {
        let sampled = match sample {
            Some(name) => format!(" No period was named: {name} stands for all."),
            None => String::new(),
        };
        let span = span(*period, policy)?;
        lines.push(format!("For one period, as it depends on local time: {span}.{sampled}"));
    }
    let conditions = policy.words();
    let names = condition_names(policy, agreement.as_ref());
    lines.push("A yes says:".into());
    lines.extend(conditions.iter().zip(&names).map(|(c, name)| match name {
        Some(name) => format!("- {} \"{}\": {}", c.kind, clip(name), c.text),
        None => format!("- {}: {}", c.kind, c.text),
    }));
    lines.push(format!("- level {:?} or above: {}", level.least, level.text));
    let revealed = revealed(policy, &shape);
    let shown = if revealed.is_empty() { "nothing".into() } else { revealed.join(", ") };
    lines.push(format!("It reveals besides: {shown}."));
    lines.push(format!("Private stay {PRIVATE}."));
    lines.push(shape_words(&shape));
    let id_text = match &id {
        Some(id) => id.clone(),
        None => "not computed, as that takes seconds (--circuit-id, or `wattproof setup`)".into(),
    };
    match listed {
        Some(listed) => lines.push(format!(
            "circuit: {} of the catalogue ({}), {id_text}",
            listed.name, listed.about
        )),
        None => lines
            .push(format!("circuit: none of the catalogue, so with keys of its own; id {id_text}")),
    }
    lines.push(format!("cost: {}", cost.text()));
    if let Some(custom) = &custom {
        let more = 100 * cost.size.constraints / custom.size.constraints - 100;
        lines.push(format!(
            "a circuit of its own (circuit = \"custom\"): {}; the catalogue's has {more} % more",
            custom.text()
        ));
    }
    lines.push(format!("basis: {BASIS}"));
    lines.push(format!("digest: {}", field_string(&policy.digest())));
    let json = json!({
        "scope": scope,
        "period": period,
        "for_one_period": timed,
        "sample": sample,
        "channels": agreement.as_ref().map(|a| &a.channels),
        "conditions": conditions,
        "names": names,
        "level": level,
        "revealed": revealed,
        "private": PRIVATE,
        "shape": shape,
        "public_inputs": shape.public_inputs(),
        "circuit": listed.map(|listed| listed.name),
        "circuit_id": id,
        "custom": custom.map(|custom| custom.json()),
        "constraints": cost.size.constraints,
        "variables": cost.size.variables,
        "cost": cost.json(),
        "policy_digest": element(&policy.digest()),
    });
    Ok(Report::new(json, lines.join("\n")).essential())
}

/// The names of the conditions that are on.
fn condition_names(policy: &Policy, agreement: Option<&Extras>) -> Vec<Option<String>> {
    let name = |i: usize| agreement.and_then(|a| a.names.get(i)).cloned().flatten();
    let conditions = policy.conditions().iter().enumerate();
    conditions.filter(|(_, c)| !c.is_off()).map(|(i, _)| name(i)).collect()
}

/// What a proof shows besides that it holds.
fn revealed(policy: &Policy, shape: &Shape) -> Vec<String> {
    let outputs = shape.outputs();
    let on = outputs.iter().filter(|o| !policy.conditions()[o.condition].is_off());
    on.map(|output| {
        let name = output.revealed.name;
        if output.hidden {
            format!("a commitment to the {name}")
        } else {
            format!("the exact {name}")
        }
    })
    .collect()
}

fn shape_words(shape: &Shape) -> String {
    let geometry = &shape.geometry;
    let back = match geometry.look_back {
        0 => String::new(),
        n => format!(" and {n} before"),
    };
    format!(
        "shape: {} to {} blocks{back} of {} intervals, values below 2^{}, registry depth {}, {} public inputs",
        geometry.blocks.min,
        geometry.blocks.max,
        geometry.intervals_per_block,
        geometry.value_bits,
        geometry.registry_depth,
        shape.public_inputs()
    )
}
