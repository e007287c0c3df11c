//! Meter files, agreements, checks and L0 claims for JavaScript: the functions of `wattproof-intake`, as they are. Lists of readings
//! cross as typed arrays, everything else as JSON.

mod options;
mod refusal;

use options::ImportOptions;
pub use refusal::Refusal;
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wattproof_circuits::format::decimal::{field_string, parse_field};
use wattproof_circuits::format::{MAX_REGISTRY, VerifyingKeyFile, text};
use wattproof_circuits::meter::{Channel, Quality, Reading, Registry};
use wattproof_circuits::policy::{Context, Period, Policy};
use wattproof_circuits::relation::Claim;
use wattproof_intake::agreement::PRESETS;
use wattproof_intake::cells::{cells, name};
use wattproof_intake::check::Check;
use wattproof_intake::import::ocmf::{Checked, PublicKey};
use wattproof_intake::import::{Limits, ReadingsFile, Series, SeriesReport, import};
use wattproof_intake::sign::{Terms, self_sign};
use wattproof_intake::{Explanation, PolicyFile, Record, Unnamed, profile};

type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Readings for a chart: one list for each channel.
#[wasm_bindgen]
pub struct Lists {
    about: Value,
    channels: Vec<Vec<Reading>>,
}

#[wasm_bindgen]
impl Lists {
    /// JSON: what they are.
    pub fn about(&self) -> String {
        self.about.to_string()
    }

    /// One channel's values, in its unit.
    pub fn values(&self, channel: usize) -> Vec<u32> {
        self.channel(channel).iter().map(|reading| reading.value).collect()
    }

    /// The same readings' quality: 0 measured, 1 estimated, 2 missing.
    pub fn qualities(&self, channel: usize) -> Vec<u8> {
        let quality = |reading: &Reading| match reading.quality {
            Quality::Measured => 0,
            Quality::Estimated => 1,
            Quality::Missing => 2,
        };
        self.channel(channel).iter().map(quality).collect()
    }
}

impl Lists {
    fn channel(&self, channel: usize) -> &[Reading] {
        self.channels.get(channel).map_or(&[], Vec::as_slice)
    }
}

fn series(channel: &Channel, start: u64, interval: u32) -> Value {
    json!({
        "name": null,
        "quantity": channel.quantity,
        "direction": channel.direction,
        "unit": channel.unit,
        "start": start.to_string(),
        "interval_seconds": interval,
    })
}

/// JSON: the agreements to start from.
#[wasm_bindgen]
pub fn presets() -> String {
    let preset = PRESETS.iter().map(|preset| {
        json!({
            "name": preset.name,
            "title": preset.title(),
            "summary": preset.summary(),
            "text": preset.text,
        })
    });
    preset.collect::<Value>().to_string()
}

/// Imports a meter file. `about`: `format`, `notes`, `report`, `series`, the `readings/1` file as `readings`, and `checked`: what the
/// meter signed, by `public_key`, or null without one.
#[wasm_bindgen(js_name = importMeter)]
pub fn import_meter(file: &[u8], options_json: &str, public_key: Option<Vec<u8>>) -> Result<Lists> {
    let mut options = ImportOptions::read(options_json)?;
    options.public_key =
        public_key.map(|key| PublicKey::parse("options.publicKey", &key)).transpose()?;
    let imported = import("file", file, &options, &mut |_| {})?;
    let checked = imported.checked.clone();
    lists(ReadingsFile::from(imported), checked)
}

/// Reads a `readings/1` file; `about` is as for [`import_meter`].
#[wasm_bindgen(js_name = openReadings)]
pub fn open_readings(file: &[u8]) -> Result<Lists> {
    lists(readings(file)?, None)
}

fn lists(file: ReadingsFile, checked: Option<Checked>) -> Result<Lists> {
    let of = |(s, about): (&Series, &SeriesReport)| {
        let mut said = series(&s.channel, s.start, s.interval_seconds);
        said["name"] = json!(about.origin);
        said
    };
    let about = json!({
        "readings": file.to_json()?,
        "format": file.source.format,
        "notes": file.report.notes,
        "report": file.report,
        "series": file.series.iter().zip(&file.report.series).map(of).collect::<Value>(),
        "checked": checked,
    });
    Ok(Lists { about, channels: file.series.into_iter().map(|s| s.readings).collect() })
}

fn readings(file: &[u8]) -> Result<ReadingsFile> {
    Ok(ReadingsFile::from_json(file, Limits::BROWSER).map_err(|e| e.at("readings"))?)
}

fn cell(period: Period, policy: &Policy) -> Result<Value> {
    Ok(json!({
        "name": name(period, &policy.scope().calendar)?,
        "start": period.start().to_string(),
        "end": period.end().to_string(),
    }))
}

/// JSON: the whole cells of the policy's calendar that the readings cover.
#[wasm_bindgen]
pub fn periods(policy: &str, readings_file: &[u8]) -> Result<String> {
    let policy = PolicyFile::parse(policy, None, Unnamed::Sampled)?.policy;
    let record = Record::new(&readings(readings_file)?, policy.meter())?;
    let all = cells(&record, &policy)?.into_iter().map(|period| cell(period, &policy));
    Ok(all.collect::<Result<Value>>()?.to_string())
}

/// JSON: what a policy means, as `wattproof policy explain --json`, with `policy`, `outputs` and a `period` that has a name.
#[wasm_bindgen(js_name = explainPolicy)]
pub fn explain_policy(policy: &str, period: Option<String>) -> Result<String> {
    let file = PolicyFile::parse(policy, period.as_deref(), Unnamed::Sampled)?;
    let explanation = Explanation::new(file);
    let PolicyFile { policy, period, .. } = &explanation.file;
    let mut said = explanation.json();
    said["policy"] = json!(policy.to_json());
    said["outputs"] = json!(explanation.outputs());
    said["period"] = match period {
        Some(period) => cell(*period, policy)?,
        None => Value::Null,
    };
    Ok(said.to_string())
}

/// JSON as `wattproof policy check --json`; each failure has the `number` of its condition, and the period a name.
#[wasm_bindgen(js_name = checkReadings)]
pub fn check_readings(policy: &str, readings_file: &[u8], period: &str) -> Result<String> {
    let (policy, period) = PolicyFile::parse_for(policy, period)?;
    Ok(checked(&Check::readings(&readings(readings_file)?, policy, period)?)?.to_string())
}

fn checked(check: &Check) -> Result<Value> {
    let mut said = check.json()?;
    for (i, (number, _)) in check.misses.iter().enumerate() {
        said["failures"][i]["number"] = json!(number);
    }
    said["period"] = cell(check.period, &check.policy)?;
    Ok(said)
}

/// Reads a `witness-package/1` file. `about`: `policy`, `conditions`, `period`, `context`, `level`, `series`; `check` as for
/// [`check_readings`], or `refusal` if signature, chain or entry will not do.
#[wasm_bindgen(js_name = openWitness)]
pub fn open_witness(witness: &str) -> Result<Lists> {
    let claim = Claim::from_json(witness)?;
    let window = claim.window()?;
    let check = Check::claim(&claim)?;
    let channels = claim.policy.meter().channels.iter();
    let of = |channel| series(channel, window.start, window.interval);
    let about = json!({
        "policy": claim.policy.to_json(),
        "digest": field_string(&claim.policy.digest()),
        "scope": claim.policy.scope(),
        "conditions": claim.policy.words(),
        "least_level": claim.policy.level_words(),
        "level": claim.level(),
        "period": cell(claim.period, &claim.policy)?,
        "context": claim.context,
        "series": channels.map(of).collect::<Value>(),
        "check": checked(&check)?,
    });
    Ok(Lists { about, channels: window.channels })
}

/// Signs as a device made for this one claim. JSON: `witness`, `registry`, `root`. `nameplate`: watts in decimal.
#[wasm_bindgen(js_name = selfSign)]
pub fn self_signed(
    readings_file: &[u8],
    policy: &str,
    period: &str,
    context_json: &str,
    nameplate: Option<u64>,
) -> Result<String> {
    let (policy, period) = PolicyFile::parse_for(policy, period)?;
    let context = Context::from_json(context_json)?;
    let terms = Terms { policy, period, context };
    let (claim, registry) = self_sign(&readings(readings_file)?, terms, nameplate)?;
    let said = json!({
        "witness": claim.to_json(),
        "registry": registry.to_json(),
        "root": field_string(&registry.root()),
    });
    Ok(said.to_string())
}

/// A `profile/1` file. The accepted roots are `roots` and those of the `registry/1` files.
#[wasm_bindgen(js_name = makeProfile)]
pub fn make_profile(
    policy: &str,
    key: &str,
    roots: Vec<String>,
    registries: Vec<String>,
    period: &str,
    context_json: &str,
    accept_l0: bool,
) -> Result<String> {
    let (policy, period) = PolicyFile::parse_for(policy, period)?;
    let mut accepted = Vec::new();
    for (i, root) in roots.iter().enumerate() {
        accepted.push(parse_field(root).map_err(|e| e.at(&format!("roots[{i}]")))?);
    }
    for registry in &registries {
        text(registry.as_bytes(), MAX_REGISTRY)?;
        accepted.push(Registry::from_json(registry)?.root());
    }
    let context = Context::from_json(context_json)?;
    // Whether the key will do is asked when it is loaded to verify.
    let key = VerifyingKeyFile::from_json(key)?;
    let terms = Terms { policy, period, context };
    Ok(profile::make(&key, terms, accepted, accept_l0)?.to_json())
}
