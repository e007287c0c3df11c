//! Demand-response events: which slots are the event's, and which days before it make the baseline.

use wattproof_circuits::condition::Kind;

use super::conditions::Draft;
use super::fault::Result;

/// Members of a kind that are made here.
pub(super) fn derived(kind: &Kind) -> &'static [&'static str] {
    if kind.name == "reduction" { &["days", "event", "adjust"] } else { &[] }
}

/// What people write instead.
pub(super) fn members(kind: &Kind) -> Vec<&'static str> {
    if kind.name != "reduction" {
        return Vec::new();
    }
    vec!["event", "adjustment", "look_back", "baseline_days", "least_days", "eligible", "event_days"]
}

pub(super) fn compile(draft: &mut Draft<'_>) -> Result<()> {
    if draft.kind.name != "reduction" {
        return Ok(());
    }
    Ok(())
}
