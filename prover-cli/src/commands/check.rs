//! `wattproof policy check`: the native checks, without keys or proofs.

use serde_json::json;
use wattproof_circuits::condition::Failure as Miss;
use wattproof_circuits::format::MAX_PACKAGE;
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Claim;

use crate::args::CheckArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::import::{Limits, ReadingsFile};
use crate::screen::Report;
use crate::series::Record;
use crate::{period, policy_file, words};

/// Most lines for people; programs get all.
const MOST_LINES: usize = 50;

pub(super) fn run(args: &CheckArgs, files: &Files) -> Result<Report> {
    if let Some(path) = &args.package {
        let claim = files.parse(path, MAX_PACKAGE, Claim::from_json)?;
        let misses = claim.failures()?;
        if misses.is_empty() {
            // Signature, chain and entry as well: then a proof will succeed.
            claim.check()?;
        }
        return report(&misses, &claim.policy, claim.period);
    }
    let (Some(policy), Some(readings), Some(period)) = (&args.policy, &args.readings, &args.period)
    else {
        return Err(Failure::Usage("--policy, --readings and --period belong together".into()));
    };
    let (policy, period) = policy_file::read_for(policy, period, files)?;
    let limits = Limits::default();
    let bytes = files.bytes(readings, limits.bytes as usize)?;
    let file = ReadingsFile::from_json(&bytes, limits).map_err(Failure::within(readings))?;
    let window = Record::new(&file, policy.meter())?.window(&policy, period)?;
    let misses: Vec<Miss> = policy.conditions().iter().flat_map(|c| c.check(&window)).collect();
    report(&misses, &policy, period)
}

fn report(misses: &[Miss], policy: &Policy, period: Period) -> Result<Report> {
    let zone = period::zone(&policy.scope().calendar)?;
    let span = words::span(period, policy)?;
    let all = misses.iter().map(|miss| words::miss_json(miss, policy, &zone));
    let all = all.collect::<Result<Vec<_>>>()?;
    let mut text = match misses.len() {
        0 => format!("The readings meet every condition: {span}."),
        1 => format!("The readings miss the policy in one place: {span}."),
        n => format!("The readings miss the policy in {n} places: {span}."),
    };
    for miss in misses.iter().take(MOST_LINES) {
        text += &format!("\n{}", words::miss(miss, policy, &zone)?);
    }
    if misses.len() > MOST_LINES {
        text += &format!("\n... and {} more; --json lists all.", misses.len() - MOST_LINES);
    }
    let json = json!({ "meets": misses.is_empty(), "period": period, "failures": all });
    Ok(Report::new(json, text).essential().refused(!misses.is_empty()))
}
