//! The catalogue: a few shapes whose conditions parameters can switch off, so that most policies need no keys of their own. Shapes
//! are data, `circuits/shapes/catalogue/`; sizes and circuit ids are pinned beside them, and a test holds them to the circuits.

use super::{Geometry, Shape, Trust};
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
    "day-1m-ramp",
    "month-15m-volume-shown",
    "month-15m-envelope",
    "month-15m-bill",
    "month-15m-net-bill",
    "month-1h-carbon-shown",
    "month-15m-bill-small",
    "day-1h-reduction",
    "day-1h-home",
    "day-1h-home-l3",
    "month-1h-matching",
    "month-15m-peak",
    "day-15m-session-shown",
    "week-10m-voltage",
    "month-1h-storage",
    "month-1h-plausible",
    "month-1h-availability",
}

impl Listed {
    /// The same policy over this circuit: its conditions as they are or with longer lists, all others off. None if the circuit
    /// does not serve it.
    pub fn serve(&self, policy: &Policy) -> Option<Policy> {
        let (geometry, shape) = (policy.geometry(), &self.shape);
        let channels = policy.meter().channels.len();
        let trust = Trust::of(policy.least_level());
        if shape.geometry != *geometry
            || usize::from(shape.channels) != channels
            || shape.trust != trust
        {
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
pub(crate) fn fit(
    own: &Condition,
    target: &ConditionShape,
    geometry: &Geometry,
) -> Option<Condition> {
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
        // Blocks that no total reaches.
        "tiers" => {
            let (_, most) = member.form.range(geometry);
            values.extend((0..missing).rev().map(|i| most - i as i64));
        }
        // Bands that no slot is in, blocks that no total reaches: the last weight again, so that there is nothing new to say.
        "rates" | "feed_in" | "factors" | "tier_rates" => {
            let last = values.last().copied().unwrap_or_default();
            values.resize(length, last);
        }
        // Slots of the first band, days of a type that none has, and intervals whose price adds nothing.
        _ => values.resize(length, 0),
    }
    values
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::condition::{Judgement, Window};
    use crate::meter::{Quality, Reading};
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

    /// Random readings of a period somewhere in the circuit's slots, and of the blocks before it.
    fn window(rng: &mut crate::random::Rng, policy: &Policy, bits: u32) -> Window {
        use ark_std::rand::Rng as _;
        let geometry = policy.geometry();
        let n = usize::from(geometry.intervals_per_block);
        let room = n * usize::from(geometry.blocks.min);
        let offset = if geometry.aligned { 0 } else { rng.gen_range(0..n) };
        let mut readings = |count: usize| -> Vec<Vec<Reading>> {
            let mut one = || match rng.gen_range(0..400) {
                0 => Reading::MISSING,
                1 => Reading { value: rng.gen_range(0..1 << bits), quality: Quality::Estimated },
                _ => Reading::measured(rng.gen_range(0..1 << bits)),
            };
            policy.meter().channels.iter().map(|_| (0..count).map(|_| one()).collect()).collect()
        };
        let channels = readings(room);
        Window {
            start: 1_296_547_200 + offset as u64 * u64::from(policy.meter().interval_seconds),
            interval: policy.meter().interval_seconds,
            offset,
            intervals_per_block: n,
            nameplate: Some(20_000),
            channels,
            before: readings(n * usize::from(geometry.look_back)),
        }
    }

    /// A policy of its own in the geometry of a listed circuit: one condition beside completeness.
    fn custom(listed: &Listed, interval: u32, directions: &[&str], condition: &str) -> Policy {
        let geometry = serde_json::to_string(&serde_json::json!(listed.shape.geometry)).unwrap();
        let channel =
            |d: &&str| format!(r#"{{ "quantity": "energy", "direction": "{d}", "unit": "Wh" }}"#);
        let channels = directions.iter().map(channel).collect::<Vec<_>>().join(", ");
        let unit = if listed.shape.geometry.blocks.max > 2 { "month" } else { "day" };
        let json = format!(
            r#"{{ "wattproof": "policy/1", "geometry": {geometry},
            "scope": {{ "authority": "a", "name": "n", "calendar": {{ "zone": "UTC", "unit": "{unit}" }} }},
            "meter": {{ "interval_seconds": {interval}, "grid_offset_seconds": 0, "channels": [{channels}] }},
            "least_level": "L1",
            "conditions": [{{ "kind": "completeness", "min_measured_ppm": 0 }}, {condition}] }}"#
        );
        Policy::from_json(&json).unwrap_or_else(|e| panic!("{e}: {condition}"))
    }

    fn list(values: impl IntoIterator<Item = usize>) -> String {
        let values: Vec<_> = values.into_iter().map(|v| v.to_string()).collect();
        format!("[{}]", values.join(","))
    }

    fn texts(values: &[i64]) -> String {
        let values: Vec<_> = values.iter().map(|v| format!("\"{v}\"")).collect();
        format!("[{}]", values.join(","))
    }

    /// Longer lists, a constant as a schedule, conditions that are off: the same failures and the same value, whatever is measured.
    #[test]
    fn a_fitted_policy_judges_as_its_own_form() {
        const BILL: &str = r#""kind": "bill", "currency": "EUR", "currency_digits": 2, "reveal": "exact", "tolerate": ["estimated", "missing"]"#;
        let (day, evening) = (list((0..96).map(|i| i / 48)), texts(&[28_530, 39_200]));
        let kinds = list((0..192).map(|i| if i < 96 { 0 } else { i / 60 % 3 }));
        let week = list((0..32).map(|i| usize::from(i % 7 > 4)));
        let of_day =
            |from: usize, to: usize| list((0..24).map(|i| usize::from(i >= from && i < to)));
        let marked = list((0..20).map(|i| i % 2));
        let cases = [
            ("month-15m-bill", 900, &["import"][..], 12, format!(
                r#"{{ {BILL}, "import": 0, "rates": {}, "max": "@" }}"#, texts(&[30_000]))),
            ("month-15m-bill", 900, &["import"], 12, format!(
                r#"{{ {BILL}, "import": 0, "rates": {evening}, "bands": {day}, "max": "@" }}"#)),
            ("month-15m-bill", 900, &["import"], 12, format!(
                r#"{{ {BILL}, "import": 0, "rates": {}, "bands": {kinds}, "days": {week}, "tiers": {}, "tier_rates": {},
                "fixed": "-950000000", "max": "@" }}"#,
                texts(&[30_000, 20_000, 25_000]), texts(&[400_000]), texts(&[0, 6_000]))),
            ("month-15m-bill-small", 900, &["import"], 12, format!(
                r#"{{ {BILL}, "import": 0, "rates": {evening}, "bands": {day}, "tiers": {}, "tier_rates": {}, "max": "@" }}"#,
                texts(&[1_000_000, 5_000_000]), texts(&[-2_000, 1_000, 7_000]))),
            ("month-15m-net-bill", 900, &["import", "export"], 12, format!(
                r#"{{ {BILL}, "import": 0, "export": 1, "rates": {evening}, "bands": {day}, "feed_in": {}, "min": "-5000000",
                "max": "@" }}"#, texts(&[12_000]))),
            ("month-15m-envelope", 900, &["export"], 12,
                r#"{ "kind": "limit", "channel": 0, "bound": "at-most", "value": "4094", "tolerate": ["missing", "estimated"] }"#.into()),
            ("month-15m-envelope", 900, &["export"], 12,
                r#"{ "kind": "limit", "channel": 0, "bound": "at-most", "value": "4092", "tolerate": ["estimated", "missing"] }"#.into()),
            ("month-15m-peak", 900, &["import"], 12,
                r#"{ "kind": "peak", "channel": 0, "window": 1, "max": "@", "tolerate": ["estimated", "missing"] }"#.into()),
            ("month-15m-peak", 900, &["import"], 12,
                r#"{ "kind": "volume", "channel": 0, "max": "@", "tolerate": ["estimated", "missing"] }"#.into()),
            ("month-1h-carbon-shown", 3600, &["import"], 12,
                r#"{ "kind": "carbon", "channel": 0, "reveal": "exact", "factors": [380], "max": "@", "tolerate": ["estimated", "missing"] }"#.into()),
            ("month-1h-availability", 3600, &["generation"], 12,
                r#"{ "kind": "availability", "channel": 0, "threshold": "200", "min_ppm": 950000 }"#.into()),
            ("day-1h-home", 3600, &["import"], 12,
                r#"{ "kind": "limit", "channel": 0, "bound": "at-most", "value": "4000", "tolerate": ["missing", "estimated"] }"#.into()),
            ("day-1h-home", 3600, &["import"], 12, format!(
                r#"{{ {BILL}, "import": 0, "rates": {evening}, "bands": {}, "max": "@" }}"#, of_day(16, 21))),
            ("day-1h-reduction", 3600, &["import"], 12, format!(
                r#"{{ "kind": "reduction", "channel": 0, "days": {marked}, "event": {}, "min": "100", "max": "100000", "tolerate": ["estimated", "missing"] }}"#,
                of_day(16, 19))),
        ];
        let mut rng = <crate::random::Rng as ark_std::rand::SeedableRng>::seed_from_u64(9);
        for (name, interval, directions, bits, condition) in cases {
            let listed = catalogue().iter().find(|listed| listed.name == name).unwrap();
            // Half of them are to fail: the greatest value allowed is the median of some.
            let probe = condition.replace('@', "60000000000");
            let probe = custom(listed, interval, directions, &probe);
            let judged = |window: Window| probe.conditions()[1].judge(&window).value;
            let mut values: Vec<i64> =
                (0..21).map(|_| judged(window(&mut rng, &probe, bits))).collect();
            values.sort_unstable();
            let condition = condition.replace('@', &values[10].to_string());
            let own = custom(listed, interval, directions, &condition);
            let fitted = listed.serve(&own).unwrap_or_else(|| panic!("{name}: {condition}"));
            assert_eq!(fitted.shape(), listed.shape);
            assert_ne!(own.shape(), listed.shape, "{condition}");
            let (mut held, mut failed) = (0, 0);
            for _ in 0..60 {
                let window = window(&mut rng, &own, bits);
                for one in fitted.conditions() {
                    let judged = one.judge(&window);
                    let order = one.shape().order();
                    match own.conditions().iter().find(|c| c.shape().order() == order) {
                        Some(own) => assert_eq!(own.judge(&window), judged, "{condition}"),
                        None => assert!(one.is_off() && judged == Judgement::default()),
                    }
                    if !one.is_off() && one.kind().name != "completeness" {
                        *(if judged.failures.is_empty() { &mut held } else { &mut failed }) += 1;
                    }
                }
            }
            println!("{name}: {held} hold, {failed} fail");
            assert!(held > 0 && failed > 0, "{condition}");
        }
    }

    #[test]
    fn one_value_is_said_as_one_also_in_a_circuit_with_room_for_a_list() {
        let listed = catalogue().iter().find(|listed| listed.name == "day-1h-home").unwrap();
        let limit = r#"{ "kind": "limit", "channel": 0, "bound": "at-most", "value": "5000" }"#;
        let own = custom(listed, 3600, &["import"], limit);
        let fitted = listed.serve(&own).unwrap();
        assert_ne!(fitted.digest(), own.digest());
        assert_eq!(fitted.words()[1].text, own.words()[1].text);
    }
}
