//! What a policy means, shows and costs.

use serde_json::{Value, json};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::policy::Policy;
use wattproof_circuits::relation::{Listed, Shape, catalogue};

use crate::cost::{BASIS, Cost};
use crate::words::{clip, element, span};
use crate::{Extras, PolicyFile, Result};

/// What stays private, whatever the policy.
pub const PRIVATE: &str =
    "the readings, which meter it is, its key, its signature, and where in the registry it stands";

/// A policy explained, before there are readings or keys.
pub struct Explanation {
    /// The policy and the period that was named.
    pub file: PolicyFile,
    /// The circuit that it needs.
    pub shape: Shape,
    /// That circuit's id, where it is known: pinned for those of the catalogue, else as the caller computed it.
    pub circuit_id: Option<String>,
    listed: Option<&'static Listed>,
    cost: Cost,
    custom: Option<Cost>,
}

impl Explanation {
    /// Finds the policy's circuit and counts its constraints.
    pub fn new(file: PolicyFile) -> Self {
        let shape = file.policy.shape();
        let listed = catalogue().iter().find(|listed| listed.shape == shape);
        let pinned = listed.and_then(|listed| listed.pinned.as_ref());
        let cost = pinned.map_or_else(|| Cost::of(&shape), |pinned| Cost::pinned(pinned, &shape));
        let circuit_id = pinned.map(|pinned| pinned.circuit_id.to_string());
        let custom = file.agreement.as_ref().map(|a| &a.custom).filter(|custom| **custom != shape);
        let custom = custom.map(Cost::of);
        Self { file, shape, circuit_id, listed, cost, custom }
    }

    /// Name of its circuit in the catalogue, if it has one.
    pub fn listed(&self) -> Option<&'static str> {
        self.listed.map(|listed| listed.name)
    }

    /// For people, a line each.
    ///
    /// # Errors
    /// As [`span`].
    pub fn text(&self) -> Result<String> {
        let Self { file: PolicyFile { policy, period, agreement }, shape, .. } = self;
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
        lines.push("A yes says:".into());
        let conditions = policy.words();
        lines.extend(conditions.iter().zip(self.names()).map(|(c, name)| match name {
            Some(name) => format!("- {} \"{}\": {}", c.kind, clip(&name), c.text),
            None => format!("- {}: {}", c.kind, c.text),
        }));
        lines.push(format!("- level {:?} or above: {}", level.least, level.text));
        let revealed = self.revealed();
        let shown = if revealed.is_empty() { "nothing".into() } else { revealed.join(", ") };
        lines.push(format!("It reveals besides: {shown}."));
        lines.push(format!("Private stay {PRIVATE}."));
        lines.push(shape_words(shape));
        let id = self
            .circuit_id
            .as_deref()
            .unwrap_or("not computed, as that takes seconds (--circuit-id, or `wattproof setup`)");
        match self.listed {
            Some(listed) => lines.push(format!(
                "circuit: {} of the catalogue ({}), {id}",
                listed.name, listed.about
            )),
            None => lines
                .push(format!("circuit: none of the catalogue, so with keys of its own; id {id}")),
        }
        lines.push(format!("cost: {}", self.cost.text()));
        if let Some(custom) = &self.custom {
            let more = 100 * self.cost.size.constraints / custom.size.constraints - 100;
            lines.push(format!(
                "a circuit of its own (circuit = \"custom\"): {}; the catalogue's has {more} % more",
                custom.text()
            ));
        }
        lines.push(format!("basis: {BASIS}"));
        lines.push(format!("digest: {}", field_string(&policy.digest())));
        Ok(lines.join("\n"))
    }

    /// The same for programs.
    pub fn json(&self) -> Value {
        let Self { file: PolicyFile { policy, period, agreement }, shape, .. } = self;
        json!({
            "scope": policy.scope(),
            "period": period,
            "for_one_period": agreement.as_ref().is_some_and(|a| a.timed),
            "sample": agreement.as_ref().and_then(|a| a.sample),
            "channels": agreement.as_ref().map(|a| &a.channels),
            "conditions": policy.words(),
            "names": self.names(),
            "level": policy.level_words(),
            "revealed": self.revealed(),
            "private": PRIVATE,
            "shape": shape,
            "public_inputs": shape.public_inputs(),
            "circuit": self.listed(),
            "circuit_id": self.circuit_id,
            "custom": self.custom.map(|custom| custom.json()),
            "constraints": self.cost.size.constraints,
            "variables": self.cost.size.variables,
            "cost": self.cost.json(),
            "policy_digest": element(&policy.digest()),
            // What a settlement contract is told of the policy besides its digest (docs/SETTLEMENT.md).
            "settlement": {
                "scope": element(&policy.scope().field()),
                "signed_outputs": signed_outputs(shape),
            },
        })
    }

    /// The names that the agreement gives the conditions that are on.
    pub fn names(&self) -> Vec<Option<String>> {
        condition_names(&self.file.policy, self.file.agreement.as_ref())
    }

    /// What a proof shows besides that it holds: the outputs of conditions that are on.
    pub fn outputs(&self) -> Vec<Value> {
        let policy = &self.file.policy;
        let conditions = policy.conditions();
        let on = self.shape.outputs().into_iter().filter(|o| !conditions[o.condition].is_off());
        on.map(|output| {
            json!({
                "name": output.revealed.name,
                "unit": policy.revealed_unit(&conditions[output.condition]),
                "hidden": output.hidden,
            })
        })
        .collect()
    }

    fn revealed(&self) -> Vec<String> {
        revealed(&self.file.policy, &self.shape)
    }
}

/// Bit i: the public input i of the outputs may stand for a negative number, and is offset by 2^63.
fn signed_outputs(shape: &Shape) -> u32 {
    let signs = shape.outputs().into_iter().flat_map(|output| {
        let signed = !output.hidden && output.offset != 0;
        vec![signed; output.inputs()]
    });
    signs.enumerate().filter(|(_, signed)| *signed).map(|(i, _)| 1 << i).sum()
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
