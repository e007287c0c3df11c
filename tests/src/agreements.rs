//! Agreements compiled: `tests/data/policies/<name>.json`, whose digests others compute again.

use crate::{Any, root};
use std::path::PathBuf;
use wattproof_circuits::policy::{Period, Policy};
use wattproof_intake::agreement::{Agreement, PRESETS, Syntax};

/// The agreement of `tests/data/policies/relay-bandwidth.toml`.
pub const RELAY: &str = include_str!("../data/policies/relay-bandwidth.toml");

/// Presets, each with a period of its calendar: among them every kind of condition. Lists of a whole month are left out, as they are long.
const PERIODS: [(&str, &str, &str); 14] = [
    ("ppa-monthly-volume", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("csip-aus-operating-envelope", "2026-01-14T00:00:00+10:00", "2026-01-15T00:00:00+10:00"),
    ("caiso-10-in-10", "2026-07-15T00:00:00-08:00", "2026-07-16T00:00:00-08:00"),
    ("tou-bill", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ("net-metering-bill", "2026-01-01T00:00:00-08:00", "2026-02-01T00:00:00-08:00"),
    ("hourly-matching-cfe", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("capacity-charge", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("ev-session", "2026-01-14T00:00:00+01:00", "2026-01-15T00:00:00+01:00"),
    ("en50160-voltage", "2026-01-12T00:00:00+01:00", "2026-01-19T00:00:00+01:00"),
    ("battery-cycle-warranty", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("solar-plausibility", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("availability-guarantee", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("carbon-report", "2026-01-01T00:00:00+01:00", "2026-02-01T00:00:00+01:00"),
    ("ramp-limit", "2026-01-14T00:00:00-04:00", "2026-01-15T00:00:00-04:00"),
];

/// The file of a compiled policy.
pub fn path(name: &str) -> PathBuf {
    root().join("tests/data/policies").join(name).with_extension("json")
}

/// Compiled policies by name.
pub fn compiled() -> Any<Vec<(&'static str, Policy)>> {
    let mut list = vec![("relay-bandwidth", compile(RELAY, None)?)];
    for (name, from, to) in PERIODS {
        let preset = PRESETS.iter().find(|preset| preset.name == name);
        let text = preset.ok_or_else(|| format!("no preset {name}"))?.text;
        let second = |time: &str| -> Any<u64> {
            Ok(u64::try_from(time.parse::<jiff::Timestamp>()?.as_second())?)
        };
        list.push((name, compile(text, Some(Period::new(second(from)?, second(to)?)?))?));
    }
    Ok(list)
}

fn compile(text: &str, period: Option<Period>) -> Any<Policy> {
    let agreement = Agreement::parse(text, Syntax::Toml)?;
    let period = period.filter(|_| agreement.needs_period());
    Ok(agreement.compile(period)?.policy)
}
