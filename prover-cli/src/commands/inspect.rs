//! `wattproof inspect`: what a file is, without secrets.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use wattproof_circuits::aggregate::{MaskKey, MaskPublicKey, Member, Roster, Share};
use wattproof_circuits::disclosure::Disclosures;
use wattproof_circuits::error::{Code, Error, Result as Checked};
use wattproof_circuits::format::decimal::field_string;
use wattproof_circuits::format::{
    Bundle, Digest, Enrolment, FirstPhase, MAX_PACKAGE, Profile, REGISTRY_LOG, Setup,
    VerifyingKeyFile, text,
};
use wattproof_circuits::groth16::ProvingKey;
use wattproof_circuits::l3::{PublicDevice, SecureElement};
use wattproof_circuits::meter::{Device, Registry};
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Claim;
use wattproof_intake::import::{Limits, ReadingsFile};
use wattproof_intake::words::{clip, element};
use wattproof_registry::{Mode, Store};

use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::registries;
use crate::screen::{Report, Screen};

/// Names and values, in the order they are shown.
type Facts = Vec<(&'static str, Value)>;

pub(super) fn run(path: &Path, files: &Files, screen: &Screen) -> Result<Report> {
    let (kind, facts) = if registries::is_log(path) {
        log(&registries::open(path, Mode::Read, screen)?)
    } else {
        // All of any file but a proving key, of which the beginning is enough.
        let bytes = files.bytes(path, MAX_PACKAGE)?;
        facts(&bytes).map_err(Failure::within(path))?
    };
    let mut lines = vec![kind.clone()];
    for (name, value) in &facts {
        let name = name.replace('_', " ");
        match value {
            Value::Array(items) => {
                lines.push(format!("- {name}:"));
                lines.extend(items.iter().map(|item| format!("  - {}", shown(item))));
            }
            value => lines.push(format!("- {name}: {}", shown(value))),
        }
    }
    let mut json = json!({ "kind": kind });
    for (name, value) in facts {
        json[name] = value;
    }
    Ok(Report::new(json, lines.join("\n")).essential())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => clip(text),
        other => clip(&other.to_string()),
    }
}

fn facts(bytes: &[u8]) -> Checked<(String, Facts)> {
    if let Some(rest) = bytes.strip_prefix(ProvingKey::MAGIC) {
        let id = rest.first_chunk::<32>().ok_or_else(|| {
            Error::new(Code::KeyDigest, "proving key: it breaks off in its circuit id.")
        })?;
        return Ok(("proving-key/1".into(), vec![("circuit_id", json!(Digest(*id)))]));
    }
    #[derive(Deserialize)]
    struct Header {
        wattproof: String,
    }
    let text = text(bytes, MAX_PACKAGE)?;
    let header: Header = serde_json::from_str(text).map_err(|_| {
        let message = "neither JSON with a member \"wattproof\" nor a proving key.";
        Error::new(Code::Malformed, message)
    })?;
    let kind = header.wattproof;
    let facts = match kind.as_str() {
        "policy/1" => policy(&Policy::from_json(text)?),
        "profile/1" => profile(&Profile::from_json(text)?),
        "verifying-key/1" => verifying_key(&VerifyingKeyFile::from_json(text)?),
        "bundle/1" => bundle(&Bundle::from_json(text)?),
        "device-key/1" => device(&Device::from_json(text)?),
        "l3-device-key/1" => vec![
            ("secret", json!(true)),
            ("device", public_device(&SecureElement::from_json(text)?.public())),
        ],
        "l3-device/1" => vec![("device", public_device(&PublicDevice::from_json(text)?))],
        "enrolment/1" => enrolment(&Enrolment::from_json(text)?),
        "registry/1" => registry(&Registry::from_json(text)?),
        "readings/1" => readings(&ReadingsFile::from_json(
            bytes,
            Limits { intervals: u32::MAX, ..Limits::default() },
        )?),
        "witness-package/1" => package(&Claim::from_json(text)?),
        "mask-key/1" => mask_key(&MaskKey::from_json(text)?.public()),
        "member/1" => member(&Member::from_json(text)?),
        "roster/1" => roster(&Roster::from_json(text)?),
        "share/1" => share(&Share::from_json(text)?),
        "disclosures/1" => disclosures(&Disclosures::from_json(text)?),
        other => {
            let message = format!("wattproof is \"{}\", which is no kind of file.", clip(other));
            return Err(Error::new(Code::UnknownVersion, message));
        }
    };
    Ok((kind, facts))
}

fn span(period: Period) -> Value {
    json!(format!("{}/{}", period.start(), period.end()))
}

fn mask_key(key: &MaskPublicKey) -> Facts {
    vec![("x", element(&key.point().x)), ("y", element(&key.point().y))]
}

fn member(member: &Member) -> Facts {
    let mut facts = vec![("name", json!(member.name))];
    facts.extend(mask_key(&member.key));
    facts
}

fn roster(roster: &Roster) -> Facts {
    let names: Vec<_> = roster.members().iter().map(|member| &member.name).collect();
    vec![
        ("digest", json!(roster.digest())),
        ("nonce", json!(super::aggregate::nonce(roster))),
        ("round", json!(roster.round())),
        ("least", json!(roster.least())),
        ("members", json!(names)),
    ]
}

fn share(share: &Share) -> Facts {
    vec![
        ("roster", json!(share.roster)),
        ("policy_digest", element(&share.subject.policy_digest)),
        ("period", span(share.subject.period)),
        ("output", json!(share.subject.output)),
        ("member", json!(share.member)),
    ]
}

/// What was told stays with `wattproof disclosures show`.
fn disclosures(ledger: &Disclosures) -> Facts {
    vec![("budget_bits", json!(ledger.budget_bits())), ("proofs", json!(ledger.proofs().len()))]
}

fn policy(policy: &Policy) -> Facts {
    let scope = policy.scope();
    let words: Vec<_> = policy.words().into_iter().map(|w| w.text).collect();
    vec![
        ("authority", json!(scope.authority)),
        ("name", json!(scope.name)),
        ("calendar", json!(format!("{} in {}", scope.calendar.unit.name(), scope.calendar.zone))),
        ("least_level", json!(policy.least_level())),
        ("conditions", json!(words)),
        ("digest", element(&policy.digest())),
    ]
}

fn profile(profile: &Profile) -> Facts {
    let roots: Vec<_> = profile.roots.iter().map(field_string).collect();
    vec![
        ("name", json!(profile.policy.scope().name)),
        ("policy_digest", element(&profile.policy.digest())),
        ("key_fingerprint", json!(profile.key_fingerprint)),
        ("roots", json!(roots)),
        (
            "devices",
            profile
                .devices
                .iter()
                .map(|d| json!(format!("{} ({:?})", clip(&d.meter), d.key)))
                .collect(),
        ),
        ("period", span(profile.period)),
        ("context", json!(profile.context)),
        ("context_field", element(&profile.context.field())),
        ("accept_l0", json!(profile.accept_l0)),
    ]
}

fn verifying_key(file: &VerifyingKeyFile) -> Facts {
    let setup = match file.setup() {
        Setup::Dev => "development: its maker can forge".to_owned(),
        Setup::Ceremony { contributions, first_phase, .. } => match first_phase {
            FirstPhase::Published => format!("ceremony, {contributions} contributions"),
            FirstPhase::Private => format!(
                "ceremony, {contributions} contributions, on a private first phase: its maker can forge"
            ),
        },
    };
    vec![
        ("setup", json!(setup)),
        ("circuit_id", json!(file.circuit_id())),
        ("public_inputs", json!(file.shape().public_inputs())),
        ("proving_key_sha256", json!(file.proving_key_sha256())),
        ("fingerprint", json!(file.fingerprint())),
    ]
}

fn bundle(bundle: &Bundle) -> Facts {
    let statement = &bundle.statement;
    let outputs: Vec<_> = statement.outputs.iter().map(field_string).collect();
    vec![
        ("verdict", json!("not verified: see wattproof verify")),
        ("setup", json!(bundle.setup)),
        ("circuit_id", json!(bundle.circuit_id)),
        ("policy_digest", element(&statement.policy_digest)),
        ("period", span(statement.period)),
        ("context", element(&statement.context)),
        (if bundle.device.is_some() { "head" } else { "root" }, element(&statement.anchor)),
        ("nullifier", element(&statement.nullifier)),
        ("outputs", json!(outputs)),
        ("device", json!(bundle.device.as_ref().map(|device| format!("{:?}", device.key)))),
        ("policy_embedded", json!(bundle.policy.is_some())),
    ]
}

fn device(device: &Device) -> Facts {
    let key = device.key.public();
    let point = key.point();
    vec![
        ("secret", json!(true)),
        ("public_key", json!({ "x": element(&point.x), "y": element(&point.y) })),
        ("meter_id", element(&device.meter_id())),
    ]
}

fn log(store: &Store) -> (String, Facts) {
    let log = store.log();
    let mut facts = vec![
        ("name", json!(log.name())),
        ("lines", json!(log.lines())),
        ("head", json!(log.head())),
        ("grace", json!(log.grace().to_string())),
    ];
    facts.extend(registry(store.registry()));
    (REGISTRY_LOG.into(), facts)
}

fn enrolment(enrolment: &Enrolment) -> Facts {
    let leaf = enrolment.leaf();
    vec![
        ("meter_id", element(&leaf.meter_id)),
        ("level", json!(leaf.level)),
        ("nameplate", json!(leaf.nameplate.to_string())),
        ("valid_from", json!(leaf.valid_from.to_string())),
        ("valid_until", json!(leaf.valid_until.to_string())),
    ]
}

fn registry(registry: &Registry) -> Facts {
    let revoked = registry.entries().iter().filter(|e| e.revoked).count();
    vec![
        ("depth", json!(registry.depth())),
        ("entries", json!(registry.entries().len() - revoked)),
        ("revoked", json!(revoked)),
        ("root", element(&registry.root())),
    ]
}

/// Spans and counts only: totals are private too.
fn readings(file: &ReadingsFile) -> Facts {
    let series = file.series.iter().map(|s| {
        json!({
            "channel": s.channel,
            "interval_seconds": s.interval_seconds,
            "start": s.start.to_string(),
            "end": s.end().to_string(),
            "intervals": s.readings.len(),
        })
    });
    vec![
        ("secret", json!(true)),
        ("source", json!(file.source.format)),
        ("series", Value::Array(series.collect())),
    ]
}

fn public_device(device: &PublicDevice) -> Value {
    let PublicDevice { meter, key } = device;
    json!(format!("{} ({key:?})", clip(meter)))
}

fn package(claim: &Claim) -> Facts {
    vec![
        ("secret", json!(true)),
        ("name", json!(claim.policy.scope().name)),
        ("policy_digest", element(&claim.policy.digest())),
        ("period", span(claim.period)),
        ("context", json!(claim.context)),
        ("level", json!(claim.level())),
        ("blocks", json!(claim.blocks.len())),
    ]
}
