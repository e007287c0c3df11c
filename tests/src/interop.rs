//! `tests/interop/ours.json`: what this code computes, for others to compute again (tests/interop/README.md).

use crate::scene::{challenge, policy};
use crate::{Any, root};
use serde_json::{Value, json};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::hash::{F, Poseidon, Tag, hash_many, hash_word};
use wattproof_circuits::meter::{
    Block, Leaf, Level, Quality, Reading, Registry, SecretKey, attestation, genesis, meter_config,
    meter_id, next_head, nullifier, nullifier_commitment,
};
use wattproof_circuits::policy::{Period, Policy};

/// The file's path.
pub fn path(name: &str) -> std::path::PathBuf {
    root().join("tests/interop").join(name)
}

/// The whole of `ours.json`.
pub fn ours() -> Any<String> {
    let file = json!({
        "poseidon": poseidon(),
        "tagged": tagged(),
        "many": many(),
        "registry": registry()?,
        "policies": policies()?,
        "meter": meter()?,
        "signatures": signatures(),
    });
    Ok(serde_json::to_string_pretty(&file)? + "\n")
}

fn text(x: &F) -> Value {
    field_string(x).into()
}

fn texts(xs: &[F]) -> Value {
    xs.iter().map(text).collect()
}

/// A few elements, the last of the field among them.
fn elements(n: usize, kind: usize) -> Vec<F> {
    let element = |i: usize| match kind {
        0 => F::from(0),
        1 => F::from(1),
        2 => F::from(i as u64 + 1),
        3 => -F::from(1),
        _ => -F::from(i as u64 * 7 + 2) * F::from(u64::MAX) * F::from(u64::MAX),
    };
    (0..n).map(element).collect()
}

fn poseidon() -> Value {
    let mut list = Vec::new();
    for arity in 1..=16 {
        for kind in 0..5 {
            let inputs = elements(arity, kind);
            let hash = Poseidon::of_arity(arity).hash(&inputs);
            list.push(json!({ "inputs": texts(&inputs), "hash": text(&hash) }));
        }
    }
    list.into()
}

/// Every number of elements that a tag takes, with and without numbers above the tag.
fn tagged() -> Value {
    let mut list = Vec::new();
    for n in 0..=8 {
        for (low, high) in [(0, 0), (3_600, 0), (u32::MAX, u64::MAX)] {
            let xs = elements(n, 4);
            let hash = hash_word(Tag::Chain.word(low, high), &xs);
            list.push(json!({
                "tag": Tag::Chain as u32, "low": low.to_string(), "high": high.to_string(),
                "xs": texts(&xs), "hash": text(&hash),
            }));
        }
    }
    list.into()
}

/// Lengths around the places where another permutation begins.
fn many() -> Value {
    let vector = |n: usize| {
        let xs = elements(n, 4);
        let hash = hash_many(Tag::Block, &xs);
        json!({ "tag": Tag::Block as u32, "xs": texts(&xs), "hash": text(&hash) })
    };
    [0, 1, 2, 13, 14, 15, 28, 29, 30, 44, 45, 100].map(vector).to_vec().into()
}

fn leaf(seed: u8) -> Leaf {
    Leaf {
        key: SecretKey::from_seed([seed; 32]).public(),
        meter_id: meter_id(&format!("Zähler {seed}"), &F::from(seed)),
        nullifier_commitment: nullifier_commitment(&F::from(1_000 + u64::from(seed))),
        level: if seed.is_multiple_of(2) { Level::L1 } else { Level::L2 },
        nameplate: 20_000,
        valid_from: 1_296_460_800,
        valid_until: (1 << 40) - 1,
    }
}

/// Six meters, one of them revoked, in trees of two depths.
fn registry() -> Any<Value> {
    let mut list = Vec::new();
    for depth in [2, 10] {
        let mut registry = Registry::new(depth)?;
        for seed in 0..6 {
            registry.add(leaf(seed))?;
        }
        registry.revoke(4)?;
        let leaves = registry.entries().iter().map(|entry| match entry.revoked {
            false => texts(&entry.leaf.fields()),
            true => Value::Null,
        });
        let leaves: Value = leaves.collect();
        list.push(json!({ "depth": depth, "leaves": leaves, "root": text(&registry.root()) }));
    }
    Ok(list.into())
}

const SCHEDULE: &str = r#"{
  "wattproof": "policy/1",
  "geometry": {
    "intervals_per_block": 24, "blocks": { "min": 1, "max": 1 }, "aligned": true, "value_bits": 24, "registry_depth": 4
  },
  "scope": { "authority": "Stadtwerk Köln", "name": "envelope", "calendar": { "zone": "+05:30", "unit": "day" } },
  "meter": {
    "interval_seconds": 3600, "grid_offset_seconds": 19800,
    "channels": [
      { "quantity": "energy", "direction": "export", "unit": "Wh" },
      { "quantity": "energy", "direction": "consumption", "unit": "Wh" }
    ]
  },
  "least_level": "L2",
  "conditions": [
    { "kind": "limit", "channel": 1, "bound": "at-least", "tolerate": ["missing", "estimated"], "schedule": [] },
    { "kind": "volume", "channel": 1, "min": "7", "max": "16777215", "reveal": "none" },
    { "kind": "completeness", "min_measured_ppm": 950000 },
    { "kind": "limit", "channel": 0, "bound": "at-most", "value": "5000", "tolerate": ["estimated"] }
  ]
}"#;

/// The beginning of its first condition.
const LIMIT: &str =
    r#""kind": "limit", "channel": 1, "bound": "at-least", "tolerate": ["missing", "estimated"]"#;

/// Names of the policies in tests/data/policies, in order.
fn stored() -> Any<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(root().join("tests/data/policies"))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(Some(name).filter(|name| name.ends_with(".json")));
    }
    names.sort();
    Ok(names)
}

fn policies() -> Any<Value> {
    let schedule = (0..24).map(|i| format!("\"{}\"", i * 1_000)).collect::<Vec<_>>().join(",");
    let scheduled = SCHEDULE.replace("\"schedule\": []", &format!("\"schedule\": [{schedule}]"));
    let off =
        r#"{ "kind": "limit", "channel": 1, "bound": "at-least", "schedule": 24, "off": true }"#;
    let unlimited =
        scheduled.replacen(&format!("{{ {LIMIT}, \"schedule\": [{schedule}] }}"), off, 1);
    let mut list = Vec::new();
    let mut texts = vec![scheduled, unlimited];
    for name in stored()? {
        texts.push(policy(&name)?.to_json());
    }
    for json in texts {
        let policy = Policy::from_json(&json)?;
        list.push(json!({
            "policy": serde_json::from_str::<Value>(&json)?,
            "scope": text(&policy.scope().field()),
            "digest": text(&policy.digest()),
        }));
    }
    Ok(list.into())
}

/// From a serial to the message that a device signs and the nullifier.
fn meter() -> Any<Value> {
    let policy = policy("day-sdge.json")?;
    let (serial, salt, key) = ("4711", F::from(99), SecretKey::from_seed([7; 32]));
    let id = meter_id(serial, &salt);
    let config = meter_config(&id, policy.meter(), policy.geometry());
    let quality = |i| [Quality::Measured, Quality::Estimated, Quality::Missing][i % 3];
    let readings = (0..24).map(|i: usize| match quality(i) {
        Quality::Missing => Reading::MISSING,
        quality => Reading { value: i as u32 * 1_000, quality },
    });
    let block =
        Block { start: 1_296_547_200, salt: F::from(123), channels: vec![readings.collect()] };
    let bits = policy.geometry().value_bits;
    let digest = block.digest(&config, bits);
    let (first, index) = (genesis(&key.public(), &config), 5);
    let head = next_head(&first, index, block.start, &digest);
    let period = Period::new(block.start, block.start + 86_400)?.field();
    let context = challenge(7).field();
    let (scope, secret) = (policy.scope().field(), F::from(12_345));
    let code = |r: &Reading| json!([r.value, r.quality as u8]);
    Ok(json!({
        "serial": serial, "salt": text(&salt), "meter_id": text(&id),
        "policy": serde_json::from_str::<Value>(&policy.to_json())?,
        "meter_config": text(&config),
        "value_bits": bits, "start": block.start.to_string(), "block_salt": text(&block.salt),
        "readings": block.channels.iter().flatten().map(code).collect::<Value>(),
        "block": text(&digest),
        "key": texts(&[key.public().point().x, key.public().point().y]),
        "genesis": text(&first), "index": index, "head": text(&head),
        "period": ["1296547200", "1296633600"], "context": text(&context),
        "attestation": text(&attestation(&head, &policy.digest(), &period, &context, &config)),
        "nullifier_key": text(&secret), "commitment": text(&nullifier_commitment(&secret)),
        "nullifier": text(&nullifier(&secret, &scope, &period)),
    }))
}

fn signatures() -> Value {
    let mut list = Vec::new();
    for seed in 0..4 {
        let key = SecretKey::from_seed([seed; 32]);
        let public = key.public();
        for kind in 0..5 {
            let message = elements(1, kind)[0];
            let signature = key.sign(&message);
            list.push(json!({
                "key": texts(&[public.point().x, public.point().y]),
                "message": text(&message),
                "r": texts(&[signature.r.x, signature.r.y]),
                "s": text(&signature.s_field()),
            }));
        }
    }
    list.into()
}
