//! Policies as commands take them: a canonical `policy/1`, or an agreement, which is compiled for the period at hand.

use std::path::Path;

use serde::Deserialize;
use wattproof_circuits::format::MAX_POLICY;
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Shape;

use crate::agreement::{Agreement, AgreementError, Syntax};
use crate::failure::{Failure, Result};
use crate::files::Files;
use crate::period;

/// A policy, and what an agreement knows besides.
pub(crate) struct PolicyFile {
    pub(crate) policy: Policy,
    /// The period that was named; one that an agreement depends on is always there.
    pub(crate) period: Option<Period>,
    /// What only agreements say.
    pub(crate) agreement: Option<Extras>,
}

/// What an agreement says that its policy does not.
pub(crate) struct Extras {
    /// Names of the channels, in the policy's order.
    pub(crate) channels: Vec<String>,
    /// Names of the conditions, in the policy's order.
    pub(crate) names: Vec<Option<String>>,
    /// Whether its policy is for one period only.
    pub(crate) timed: bool,
    /// The period that stands for all, if one was needed and none was given.
    pub(crate) sample: Option<&'static str>,
    /// The shape of its own that it has, or would have but for the catalogue.
    pub(crate) custom: Shape,
}

/// What to do where an agreement depends on local time and no period is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unnamed {
    /// Refuse.
    Refused,
    /// Show it by a period of its calendar.
    Sampled,
}

/// Reads a file of either kind. `period` is as typed.
///
/// # Errors
/// With line, path and remedy if it is wrong; if the period is not one of its calendar.
pub(crate) fn read(
    path: &Path,
    period: Option<&str>,
    unnamed: Unnamed,
    files: &Files,
) -> Result<PolicyFile> {
    let text = files.text(path, MAX_POLICY)?;
    if Syntax::of(&text) == Syntax::Json && !is_agreement(&text) {
        let policy = Policy::from_json(&text).map_err(Failure::within(path))?;
        let calendar = &policy.scope().calendar;
        let period = period.map(|text| period::resolve(text, calendar)).transpose()?;
        return Ok(PolicyFile { policy, period, agreement: None });
    }
    let within =
        |error: AgreementError| Failure::Agreement { path: path.into(), error: error.into() };
    let agreement = Agreement::parse(&text, Syntax::of(&text)).map_err(within)?;
    let timed = agreement.needs_period();
    let sample = match (period, unnamed) {
        (None, Unnamed::Sampled) if timed => Some(agreement.sample_period()),
        _ => None,
    };
    let resolve = |text| period::resolve(text, agreement.calendar());
    let period = period.or(sample).map(resolve).transpose()?;
    let within =
        |error: AgreementError| Failure::Agreement { path: path.into(), error: error.into() };
    // What does not depend on the period must not differ with it either.
    let compiled = agreement.compile(period.filter(|_| timed)).map_err(within)?;
    let extras = Extras {
        channels: agreement.channels().to_vec(),
        names: compiled.names,
        timed,
        sample,
        custom: compiled.custom,
    };
    Ok(PolicyFile { policy: compiled.policy, period, agreement: Some(extras) })
}

/// Reads a policy for a period that must be named.
pub(crate) fn read_for(path: &Path, period: &str, files: &Files) -> Result<(Policy, Period)> {
    let file = read(path, Some(period), Unnamed::Refused, files)?;
    let named = file.period.ok_or_else(|| Failure::Usage("--period is missing".into()))?;
    Ok((file.policy, named))
}

/// Whether a JSON document says that it is an agreement. What is no JSON at all is told so by the reader of policies.
fn is_agreement(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Header {
        wattproof: String,
    }
    let header: Result<Header, _> = serde_json::from_str(text);
    header.is_ok_and(|header| header.wattproof.starts_with("agreement/"))
}
