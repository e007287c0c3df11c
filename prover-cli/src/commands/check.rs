//! `wattproof policy check`: the native checks, without keys or proofs.

use wattproof_circuits::format::MAX_PACKAGE;
use wattproof_circuits::relation::Claim;
use wattproof_intake::check::Check;
use wattproof_intake::words;

use crate::args::CheckArgs;
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::screen::Report;

/// Most lines for people; programs get all.
const MOST_LINES: usize = 50;

pub(super) fn run(args: &CheckArgs, files: &Files) -> Result<Report> {
    if let Some(path) = &args.package {
        let claim = files.parse(path, MAX_PACKAGE, Claim::from_json)?;
        return report(&Check::claim(&claim)?);
    }
    let (Some(policy), Some(readings), Some(period)) = (&args.policy, &args.readings, &args.period)
    else {
        return Err(Failure::Usage("--policy, --readings and --period belong together".into()));
    };
    let (policy, period) = files.policy_for(policy, period)?;
    report(&Check::readings(&files.readings(readings)?, policy, period)?)
}

fn report(check: &Check) -> Result<Report> {
    let span = words::span(check.period, &check.policy)?;
    let misses = check.misses.len();
    let mut text = match misses {
        0 => format!("The readings meet every condition: {span}."),
        1 => format!("The readings miss the policy in one place: {span}."),
        n => format!("The readings miss the policy in {n} places: {span}."),
    };
    for line in check.lines(MOST_LINES)? {
        text += &format!("\n{line}");
    }
    if misses > MOST_LINES {
        text += &format!("\n... and {} more; --json lists all.", misses - MOST_LINES);
    }
    Ok(Report::new(check.json()?, text).essential().refused(!check.meets()))
}
