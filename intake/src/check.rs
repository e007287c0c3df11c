//! Whether readings meet a policy, and where they do not: the native checks, without keys or proofs.

use serde_json::{Value, json};
use wattproof_circuits::condition::{Failure as Miss, Window};
use wattproof_circuits::policy::{Period, Policy};
use wattproof_circuits::relation::Claim;

use crate::import::ReadingsFile;
use crate::{Record, Result, period, words};

/// What was checked, and every way in which it fails.
pub struct Check {
    /// The policy.
    pub policy: Policy,
    /// The period.
    pub period: Period,
    /// Every miss, with the number of its condition among those of [`Policy::words`], in their order.
    pub misses: Vec<(usize, Miss)>,
}

impl Check {
    /// Checks readings that nobody signed yet.
    ///
    /// # Errors
    /// [`crate::Error::Readings`] if they are not of the policy's kind of meter.
    pub fn readings(file: &ReadingsFile, policy: Policy, period: Period) -> Result<Self> {
        let window = Record::new(file, policy.meter())?.window(&policy, period)?;
        Ok(Self { misses: misses(&policy, &window), policy, period })
    }

    /// Checks a witness package: if its readings meet the policy, signature, chain and entry as well. Then a proof will succeed.
    ///
    /// # Errors
    /// As [`Claim::check`], but for failing conditions.
    pub fn claim(claim: &Claim) -> Result<Self> {
        let misses = misses(&claim.policy, &claim.window()?);
        if misses.is_empty() {
            claim.check()?;
        }
        Ok(Self { policy: claim.policy.clone(), period: claim.period, misses })
    }

    /// Whether the readings meet every condition.
    pub fn meets(&self) -> bool {
        self.misses.is_empty()
    }

    /// The first `most` misses in words, in local time and units.
    ///
    /// # Errors
    /// As [`words::miss`].
    pub fn lines(&self, most: usize) -> Result<Vec<String>> {
        let zone = period::zone(&self.policy.scope().calendar)?;
        let first = self.misses.iter().take(most);
        first.map(|(_, miss)| words::miss(miss, &self.policy, &zone)).collect()
    }

    /// For programs: `meets`, `period`, `failures`.
    ///
    /// # Errors
    /// As [`words::miss_json`].
    pub fn json(&self) -> Result<Value> {
        let zone = period::zone(&self.policy.scope().calendar)?;
        let all = self.misses.iter().map(|(_, miss)| words::miss_json(miss, &self.policy, &zone));
        let all = all.collect::<Result<Vec<_>>>()?;
        Ok(json!({ "meets": self.meets(), "period": self.period, "failures": all }))
    }
}

fn misses(policy: &Policy, window: &Window) -> Vec<(usize, Miss)> {
    let on = policy.conditions().iter().filter(|condition| !condition.is_off());
    let numbered = (0..).zip(on);
    numbered.flat_map(|(i, c)| c.check(window).into_iter().map(move |miss| (i, miss))).collect()
}
