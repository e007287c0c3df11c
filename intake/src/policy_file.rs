//! Policies as they are handed in: a canonical `policy/1`, or an agreement, which is compiled for the period at hand.

use serde::Deserialize;
use wattproof_circuits::format::{self, MAX_POLICY};
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Shape;

use crate::agreement::{Agreement, Syntax};
use crate::{Error, Result, period};

/// A policy, and what an agreement knows besides.
pub struct PolicyFile {
    /// What everything else uses.
    pub policy: Policy,
    /// The period that was named; one that an agreement depends on is always there.
    pub period: Option<Period>,
    /// What only agreements say.
    pub agreement: Option<Extras>,
}

/// What an agreement says that its policy does not.
pub struct Extras {
    /// Names of the channels, in the policy's order.
    pub channels: Vec<String>,
    /// Names of the conditions, in the policy's order.
    pub names: Vec<Option<String>>,
    /// Whether its policy is for one period only.
    pub timed: bool,
    /// The period that stands for all, if one was needed and none was given.
    pub sample: Option<&'static str>,
    /// The shape of its own that it has, or would have but for the catalogue.
    pub custom: Shape,
}

/// What to do where an agreement depends on local time and no period is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unnamed {
    /// Refuse.
    Refused,
    /// Show it by a period of its calendar.
    Sampled,
}

impl PolicyFile {
    /// Reads a file of either kind. `period` is as people name it.
    ///
    /// # Errors
    /// [`Error::Policy`] or [`Error::Agreement`] if the file is wrong; others if the period is not one of its calendar.
    pub fn parse(text: &str, period: Option<&str>, unnamed: Unnamed) -> Result<Self> {
        format::text(text.as_bytes(), MAX_POLICY).map_err(Error::Policy)?;
        if Syntax::of(text) == Syntax::Json && !is_agreement(text) {
            let policy = Policy::from_json(text).map_err(Error::Policy)?;
            let calendar = &policy.scope().calendar;
            let period = period.map(|text| period::resolve(text, calendar)).transpose()?;
            return Ok(Self { policy, period, agreement: None });
        }
        let agreement = Agreement::parse(text, Syntax::of(text))?;
        let timed = agreement.needs_period();
        let sample = match (period, unnamed) {
            (None, Unnamed::Sampled) if timed => Some(agreement.sample_period()),
            _ => None,
        };
        let resolve = |text| period::resolve(text, agreement.calendar());
        let period = period.or(sample).map(resolve).transpose()?;
        // What does not depend on the period must not differ with it either.
        let compiled = agreement.compile(period.filter(|_| timed))?;
        let extras = Extras {
            channels: agreement.channels().to_vec(),
            names: compiled.names,
            timed,
            sample,
            custom: compiled.custom,
        };
        Ok(Self { policy: compiled.policy, period, agreement: Some(extras) })
    }

    /// Reads a policy for a period that must be named.
    ///
    /// # Errors
    /// As [`PolicyFile::parse`].
    pub fn parse_for(text: &str, period: &str) -> Result<(Policy, Period)> {
        let file = Self::parse(text, Some(period), Unnamed::Refused)?;
        let named = file.period.ok_or_else(|| Error::Period("no period is named".into()))?;
        Ok((file.policy, named))
    }
}

/// Whether a JSON document says that it is an agreement. What is no JSON at all is told so by the reader of policies.
fn is_agreement(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Header {
        wattproof: String,
    }
    let header: serde_json::Result<Header> = serde_json::from_str(text);
    header.is_ok_and(|header| header.wattproof.starts_with("agreement/"))
}
