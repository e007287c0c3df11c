//! The catalogue: a few shapes whose conditions parameters can switch off, so that most policies need no keys of their own. Shapes
//! are data, `circuits/shapes/catalogue/`; sizes and circuit ids are pinned beside them, and a test holds them to the circuits.

use super::{Geometry, Shape};
use crate::condition::{Condition, ConditionShape, Member, Part};
use crate::error::Result;
use crate::format::{Digest, members, parse_part};
use crate::policy::Policy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A circuit of the catalogue.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Name, as in an agreement's `circuit`.
    pub name: &'static str,
    /// What it is for.
    pub about: String,
    /// What fixes it.
    pub shape: Shape,
    /// Its size and id, unless they are not pinned yet.
    pub pinned: Option<Pinned>,
}

/// What is known of a circuit without building it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Constraints.
    pub constraints: usize,
    /// Variables, the constant one included.
    pub variables: usize,
    /// The circuit's id.
    pub circuit_id: Digest,
}

struct File {
    about: String,
    shape: Shape,
}

members! {
    File { about, shape }
}

/// Every circuit of the catalogue.
pub fn catalogue() -> &'static [Listed] {
    static CATALOGUE: OnceLock<Vec<Listed>> = OnceLock::new();
    CATALOGUE.get_or_init(|| read().unwrap_or_default())
}

fn read() -> Result<Vec<Listed>> {
    let pinned: BTreeMap<String, Pinned> = serde_json::from_str(PINNED).unwrap_or_default();
    let entry = |(name, json): &(&'static str, &str)| {
        let File { about, shape } = parse_part(json, name, json.len())?;
        shape.check()?;
        Ok(Listed { name, about, shape, pinned: pinned.get(*name).cloned() })
    };
    FILES.iter().map(entry).collect()
}

const PINNED: &str = include_str!("../../shapes/catalogue/pinned.json");

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        const FILES: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../shapes/catalogue/", $name, ".json")))),+];
    };
}

files! {
    "hour-15m-volume",
    "hour-15m-volume-shown",
    "day-15m-plain",
    "day-5m-envelope",
    "month-15m-volume-shown",
    "month-15m-envelope",
    "month-15m-bill",
    "month-15m-net-bill",
    "month-1h-carbon-shown",
    "month-15m-bill-small",
    "day-1h-reduction",
    "month-1h-matching",
    "month-15m-peak",
}

impl Listed {
    /// The same policy over this circuit: its conditions as they are or with longer lists, all others off. None if the circuit
    /// does not serve it.
    pub fn serve(&self, policy: &Policy) -> Option<Policy> {
        let (geometry, shape) = (policy.geometry(), &self.shape);
        let channels = policy.meter().channels.len();
        if shape.geometry != *geometry || usize::from(shape.channels) != channels {
            return None;
        }
        let mut placed = 0;
        let mut conditions = Vec::with_capacity(shape.conditions.len());
        for target in &shape.conditions {
            let own = policy.conditions().iter().find(|c| c.shape().order() == target.order());
            conditions.push(match own {
                Some(own) => {
                    placed += 1;
                    fit(own, target, geometry)?
                }
                None if target.kind().can_be_off => Condition::off(target.clone()),
                None => return None,
            });
        }
        if placed != policy.conditions().len() {
            return None;
        }
        let (scope, meter) = (policy.scope().clone(), policy.meter().clone());
        Policy::new(*geometry, scope, meter, policy.least_level(), conditions).ok()
    }
}

/// A condition that says the same in another shape of its kind; none if that shape has no room for it.
pub(crate) fn fit(own: &Condition, target: &ConditionShape, geometry: &Geometry) -> Option<Condition> {
    let shape = own.shape();
    if own.is_off() || shape == *target {
        return (shape == *target).then(|| own.clone());
    }
    let mut members: Vec<(&str, Vec<i64>)> = Vec::new();
    for member in target.kind().members {
        let values = own.list(member.name);
        if !member.is_list() {
            let shapes = member.part != Part::Parameter;
            if shapes && shape.number(member.name) != target.number(member.name) {
                return None;
            }
            let replaced = member.unless.is_some_and(|list| target.length(list) > 0);
            if !values.is_empty() && !replaced {
                members.push((member.name, values.to_vec()));
            }
            continue;
        }
        let length = target.length(member.name);
        if values.len() > length {
            return None;
        }
        if length > 0 {
            members.push((member.name, lengthen(own, member, length, geometry)));
        }
    }
    let members: Vec<(&str, &[i64])> =
        members.iter().map(|(name, v)| (*name, v.as_slice())).collect();
    let fitted = Condition::new(target.name(), &members, own.tolerance()).ok()?;
    (fitted.shape() == *target).then_some(fitted)
}

/// A list with values added that change nothing.
fn lengthen(own: &Condition, member: &Member, length: usize, geometry: &Geometry) -> Vec<i64> {
    let mut values = own.list(member.name).to_vec();
    let scalar = own.kind().members.iter().find(|m| m.unless == Some(member.name));
    if let (true, Some(scalar)) = (values.is_empty(), scalar) {
        // The one value that stood in its place.
        return vec![own.number(scalar.name); length];
    }
    let missing = length - values.len();
    match member.name {
        // Blocks that no total reaches, at the price of the last that one does.
        "tiers" => {
            let (_, most) = member.form.range(geometry);
            values.extend((0..missing).rev().map(|i| most - i as i64));
        }
        "tier_rates" => {
            let last = values.last().copied().unwrap_or_default();
            values.extend(std::iter::repeat_n(last, missing));
        }
        // One credit for all bands.
        "feed_in" if values.len() == 1 => values.resize(length, values[0]),
        // Bands that no slot is in, days of a type that none has, and intervals whose price adds nothing.
        _ => values.resize(length, 0),
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relation::{Relation, circuit_id};

    #[test]
    fn every_file_is_a_shape() {
        assert_eq!(read().expect("catalogue").len(), FILES.len());
    }

    /// Run with WATTPROOF_PIN=1 to pin them anew, after a change of the circuits that was meant.
    #[test]
    fn sizes_and_ids_are_those_of_the_circuits() {
        let mut found = BTreeMap::new();
        for listed in catalogue() {
            let matrices = Relation::matrices(&listed.shape);
            let id = circuit_id(&listed.shape, &matrices);
            let json = serde_json::json!({
                "constraints": matrices.constraints(),
                "variables": matrices.variables,
                "circuit_id": id,
            });
            found.insert(listed.name, json);
        }
        let text = serde_json::to_string_pretty(&found).expect("json") + "\n";
        if std::env::var_os("WATTPROOF_PIN").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/shapes/catalogue/pinned.json");
            std::fs::write(path, text).expect("written");
            return;
        }
        assert!(text == PINNED, "circuits of the catalogue changed:\n{text}");
    }
}
