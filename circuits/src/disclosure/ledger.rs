//! What another proof would add to what is known, and whether the owner allows it.

use super::facts::{Nesting, Saying, What, hidden_figures, sayings};
use super::{Disclosed, Disclosures, Fact, Part, Span, Told, bits_text};
use crate::aggregate::Share;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::policy::{Context, Period};
use crate::relation::Claim;

/// What the owner allows by name, for one proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permit {
    /// Going past the budget.
    pub over_budget: bool,
    /// Taking part in another sum of the same figure over the same or an overlapping period: because the round before never
    /// opened, or although two sums may show their difference.
    pub another_sum: bool,
}

/// One figure's way from what was known to what will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// `the total of energy taken from the grid lies between 400 kWh and 410 kWh; before: between 0 Wh and 450 kWh`.
    pub text: String,
    /// What it is counted as, in thousandths of a bit; zero if it was known.
    pub millibits: u64,
}

/// What a proof would tell, judged against the ledger that it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assessment {
    disclosed: Disclosed,
    steps: Vec<Step>,
    earlier: usize,
    account: u64,
    budget_bits: Option<u32>,
}

impl Assessment {
    /// Each figure that the proof tells of, also those that were known as well.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Proofs before it for the same meter and an overlapping period.
    pub fn earlier(&self) -> usize {
        self.earlier
    }

    /// What it adds, in thousandths of a bit.
    pub fn millibits(&self) -> u64 {
        self.disclosed.millibits()
    }

    /// The fullest account that it counts towards, itself included, in thousandths of a bit.
    pub fn account(&self) -> u64 {
        self.account
    }

    /// The owner's budget.
    pub fn budget_bits(&self) -> Option<u32> {
        self.budget_bits
    }

    /// Whether it goes past the budget. What adds nothing never does.
    pub fn is_over_budget(&self) -> bool {
        let over = |bits: u32| self.account > u64::from(bits) * 1000;
        self.millibits() > 0 && self.budget_bits.is_some_and(over)
    }

    /// The proof as [`Disclosures::record`] takes it.
    pub fn disclosed(&self) -> &Disclosed {
        &self.disclosed
    }
}

fn overlap(a: &Period, b: &Period) -> bool {
    a.start() < b.end() && b.start() < a.end()
}

/// Whether `a` covers all of `b`.
fn covers(a: &Period, b: &Period) -> bool {
    a.start() <= b.start() && b.end() <= a.end()
}

impl Disclosures {
    /// Every proof, in the order in which they were made.
    pub fn proofs(&self) -> &[Disclosed] {
        &self.proofs
    }

    /// Most bits that any account may hold; none if the owner set no budget.
    pub fn budget_bits(&self) -> Option<u32> {
        self.budget_bits
    }

    /// Sets the budget, or takes it away.
    pub fn set_budget(&mut self, bits: Option<u32>) {
        self.budget_bits = bits;
    }

    fn of<'a>(&'a self, meter: &'a F, period: &'a Period) -> impl Iterator<Item = &'a Disclosed> {
        self.proofs.iter().filter(move |p| p.meter == *meter && overlap(&p.period, period))
    }

    /// What all proofs over a meter's periods that overlap this one told, in thousandths of a bit.
    pub fn account(&self, meter: &F, period: &Period) -> u64 {
        self.of(meter, period).fold(0, |sum, proof| sum.saturating_add(proof.millibits()))
    }

    /// What this claim's proof would add to what is known; `shares` are those that it comes with.
    ///
    /// The budget is judged before anything is proved, and for bounds from the policy alone: that a proof is refused for it tells
    /// nothing of the readings that was not known.
    ///
    /// # Errors
    /// [`Code::OverBudget`] and [`Code::SecondSum`] unless permitted; [`Code::MaskReused`] if another value was blinded by the
    /// same masks; [`Code::BrokenChain`] if the blocks do not cover the period.
    pub fn assess(&self, claim: &Claim, shares: &[Share], permit: Permit) -> Result<Assessment> {
        let (meter, period) = (claim.meter_id(), claim.period);
        let (mut facts, mut steps, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for saying in sayings(claim)? {
            // Two conditions of one channel both demand that none is missing.
            if seen.contains(&saying.figure) {
                continue;
            }
            seen.push(saying.figure.clone());
            let (fact, text) = self.fact(claim, saying);
            let millibits = fact.millibits();
            steps.push(Step { text, millibits });
            if millibits > 0 {
                facts.push(fact);
            }
        }
        let parts = self.parts(claim, shares, permit)?;
        let scope = claim.policy.scope();
        let disclosed = Disclosed {
            meter,
            period,
            scope: (scope.authority.clone(), scope.name.clone()),
            policy_digest: claim.policy.digest(),
            context: claim.context.clone(),
            facts,
            parts,
        };
        let periods = self.of(&meter, &period).map(|proof| proof.period);
        let accounts = periods.chain([period]).map(|p| self.account(&meter, &p));
        let account = accounts.max().unwrap_or(0).saturating_add(disclosed.millibits());
        let assessment = Assessment {
            earlier: self.of(&meter, &period).count(),
            steps,
            disclosed,
            account,
            budget_bits: self.budget_bits,
        };
        if assessment.is_over_budget() && !permit.over_budget {
            return Err(over_budget(&assessment));
        }
        Ok(assessment)
    }

    /// Takes a proof into the ledger: before it is handed out.
    pub fn record(&mut self, disclosed: Disclosed) {
        let told = !disclosed.facts.is_empty() || !self.proofs.iter().any(|p| same(p, &disclosed));
        if told {
            self.proofs.push(disclosed);
        }
    }

    /// What a saying adds, and how people are told.
    fn fact(&self, claim: &Claim, saying: Saying) -> (Fact, String) {
        let Saying { figure, about, nesting, what } = saying;
        match what {
            What::Yes(millibits) => {
                let known = self.of(&claim.meter_id(), &claim.period).any(|proof| {
                    covers(&proof.period, &claim.period)
                        && proof.facts.iter().any(|f| f.figure == figure)
                });
                let millibits = if known { 0 } else { millibits };
                let text = if known { format!("{about}; known before") } else { about.clone() };
                (Fact { figure, text: about, told: Told::Yes { millibits } }, text)
            }
            What::Figure { all, told, say } => {
                let before = self.known(claim, &figure, nesting, all);
                // What contradicts all that is known is about other readings, and counts in full.
                let (before, after) = match before.and(&told) {
                    Some(after) => (before, after),
                    None => (all, told),
                };
                let value = |v| say.value(&claim.policy, v);
                let span = |s: &Span| match s.low == s.high {
                    true => format!("is {}", value(s.low)),
                    false => format!("lies between {} and {}", value(s.low), value(s.high)),
                };
                let now = format!("{about} {}", span(&after));
                let text = match (before == after, before == all) {
                    (true, _) => format!("{now}; known before"),
                    (false, true) => format!("{now}; before, nothing was known"),
                    (false, false) => format!("{now}; before, it {}", known_to(&span(&before))),
                };
                (Fact { figure, text: now, told: Told::Range { before, after } }, text)
            }
        }
    }

    /// Where a figure of the claim's period is known to lie: from proofs of the same period, and from longer and shorter ones
    /// where these bound it. What is newer wins over what it contradicts.
    fn known(&self, claim: &Claim, figure: &str, nesting: Nesting, all: Span) -> Span {
        let mut known = all;
        for proof in self.of(&claim.meter_id(), &claim.period) {
            for fact in proof.facts.iter().filter(|fact| fact.figure == figure) {
                let Told::Range { after, .. } = fact.told else { continue };
                let (longer, shorter) =
                    (covers(&proof.period, &claim.period), covers(&claim.period, &proof.period));
                let up = nesting == Nesting::Up;
                let span = match (longer, shorter, nesting) {
                    (true, true, _) => after,
                    (false, false, _) | (_, _, Nesting::None) => continue,
                    // Of the longer period only one side holds for a part of it, of a part the other for the whole.
                    (longer, ..) if longer == up => {
                        Span { low: all.low.min(after.high), high: after.high }
                    }
                    _ => Span { low: after.low, high: all.high.max(after.low) },
                };
                known = known.and(&span).unwrap_or(span);
            }
        }
        known
    }

    /// Sums that the claim takes part in.
    fn parts(&self, claim: &Claim, shares: &[Share], permit: Permit) -> Result<Vec<Part>> {
        let figures = hidden_figures(&claim.policy);
        let mut parts = Vec::new();
        for share in shares {
            let output = share.subject.output;
            let figure = figures.get(output as usize).cloned().unwrap_or_default();
            let part = Part { figure, roster: share.roster, output, commitment: share.commitment };
            for proof in self.of(&claim.meter_id(), &claim.period) {
                let same_subject = proof.policy_digest == share.subject.policy_digest
                    && proof.period == share.subject.period;
                for other in proof.parts.iter().filter(|o| o.figure == part.figure) {
                    let same_masks =
                        same_subject && other.roster == part.roster && other.output == output;
                    if same_masks && other.commitment != part.commitment {
                        let message = "another value was proved under the masks of this round.";
                        return Err(Error::new(Code::MaskReused, message));
                    }
                    if !same_masks && !permit.another_sum {
                        let message = "this figure is in a sum of another round, policy or overlapping period already.";
                        return Err(Error::new(Code::SecondSum, message));
                    }
                }
            }
            parts.push(part);
        }
        Ok(parts)
    }
}

/// `lies between` after `it was known to`.
fn known_to(span: &str) -> String {
    match span.strip_prefix("is ") {
        Some(value) => format!("was known to be {value}"),
        None => format!("was known to {}", span.replacen("lies", "lie", 1)),
    }
}

/// Whether nothing in `new` is new.
fn same(old: &Disclosed, new: &Disclosed) -> bool {
    let Disclosed { meter, period, policy_digest, context, .. } = old;
    let named: (&F, &Period, &F, &Context) =
        (&new.meter, &new.period, &new.policy_digest, &new.context);
    (meter, period, policy_digest, context) == named
        && new.parts.iter().all(|part| old.parts.contains(part))
}

fn over_budget(assessment: &Assessment) -> Error {
    let message = format!(
        "this proof adds {} bits; with them verifiers would know {} bits about this meter's period, and the budget is {}.",
        bits_text(assessment.millibits()),
        bits_text(assessment.account()),
        assessment.budget_bits().unwrap_or_default()
    );
    Error::new(Code::OverBudget, message)
}
