//! `wattproof policy explain`.

use std::path::Path;

use serde_json::json;
use wattproof_circuits::format::MAX_POLICY;
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::policy::Policy;
use wattproof_circuits::relation::{Relation, circuit_id};

use crate::failure::Result;
use crate::files::Files;
use crate::screen::{Report, Screen};
use crate::words::{clip, element, thousands};

pub(super) fn run(path: &Path, files: &Files, screen: &Screen) -> Result<Report> {
    let policy = files.parse(path, MAX_POLICY, Policy::from_json)?;
    let phase = screen.phase("Recording the circuit");
    let shape = policy.shape();
    let matrices = Relation::matrices(&shape);
    let id = circuit_id(&shape, &matrices);
    drop(phase);
    let (conditions, level, scope) = (policy.words(), policy.level_words(), policy.scope());
    let (unit, zone) = (scope.calendar.unit.name(), &scope.calendar.zone);
    let mut lines = vec![format!(
        "{}, kept by {}: one claim a meter and {unit} ({zone}).",
        clip(&scope.name),
        clip(&scope.authority)
    )];
    lines.extend(conditions.iter().map(|c| format!("- {}: {}", c.kind, c.text)));
    lines.push(format!("- level {:?} or above: {}", level.least, level.text));
    let (geometry, constraints) = (policy.geometry(), matrices.constraints());
    lines.push(format!(
        "shape: {} to {} blocks of {} intervals, values below 2^{}, registry depth {}, {} public inputs",
        geometry.blocks.min,
        geometry.blocks.max,
        geometry.intervals_per_block,
        geometry.value_bits,
        geometry.registry_depth,
        shape.public_inputs()
    ));
    lines.push(format!("circuit: {id}, {} constraints", thousands(constraints as u64)));
    lines.push(format!("digest: {}", field_string(&policy.digest())));
    let json = json!({
        "scope": scope,
        "conditions": conditions,
        "level": level,
        "shape": shape,
        "public_inputs": shape.public_inputs(),
        "circuit_id": id,
        "constraints": constraints,
        "variables": matrices.variables,
        "policy_digest": element(&policy.digest()),
    });
    Ok(Report::new(json, lines.join("\n")).essential())
}
