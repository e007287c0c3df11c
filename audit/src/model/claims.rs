//! What a prover can prove, and what a verifier makes of it.

use super::registry::{Leaf, Root};
use super::rules::{Rule, Rules};
use super::state::{Accepted, Bounds, Nullifier, Signature, State, Step, Who, periods};

/// What is proved.
struct Statement {
    scope: u8,
    period: (u8, u8),
    context: u8,
    root: Root,
}

impl State {
    /// Every claim that somebody accepts now, whoever makes it of whatever there is.
    pub(super) fn claims(&self, bounds: &Bounds, rules: Rules, list: &mut Vec<(Step, Self)>) {
        let mut found: Vec<Accepted> = Vec::new();
        for by in bounds.verifiers {
            let own_scope = u8::from(*by == Who::Contract && rules.keep(Rule::OneStore));
            let contexts = if *by == Who::Native { &[0][..] } else { bounds.payees };
            for context in contexts {
                for period in periods(bounds, rules.keep(Rule::Calendar)) {
                    let own = (*by, own_scope, period, *context);
                    self.proofs(own, bounds, rules, &mut found);
                }
            }
        }
        for claim in found {
            let mut next = self.clone();
            match claim.by {
                Who::Native => next.native.push(claim),
                Who::Contract => {
                    next.chain.claims.push(claim);
                    if !rules.keep(Rule::OneStep) {
                        next.paid.push(claim);
                    }
                }
            }
            list.push((Step::Claim(claim), next));
        }
    }

    /// Claims that a verifier accepts as this one; each outcome once.
    fn proofs(
        &self,
        (by, scope, period, context): (Who, u8, (u8, u8), u8),
        bounds: &Bounds,
        rules: Rules,
        found: &mut Vec<Accepted>,
    ) {
        let either = |rule, own: u8, all: &[u8]| {
            if rules.keep(rule) { vec![own] } else { all.to_vec() }
        };
        let proved_periods =
            if rules.keep(Rule::OwnPeriod) { vec![period] } else { periods(bounds, true) };
        let store = if by == Who::Native { &self.native } else { &self.chain.claims };
        for root in self.known_roots() {
            if !self.takes_root(by, root, period.1, bounds, rules) {
                continue;
            }
            for proved_scope in either(Rule::OwnPolicy, scope, &[0, 1]) {
                for proved_context in either(Rule::OwnContext, context, &[0, 1, 2]) {
                    for proved in &proved_periods {
                        let (scope_, context_) = (proved_scope, proved_context);
                        let statement =
                            Statement { scope: scope_, period: *proved, context: context_, root };
                        for (entry, meter, nullifier) in self.provable(&statement, bounds, rules) {
                            let known = store.iter().any(|other| other.nullifier == nullifier);
                            if known && rules.keep(Rule::Recorded) {
                                continue;
                            }
                            let claim =
                                Accepted { by, scope, meter, period, context, entry, nullifier };
                            if !found.contains(&claim) {
                                found.push(claim);
                            }
                        }
                    }
                }
            }
        }
    }

    /// The relation: entries, meters and nullifiers for which a statement can be proved.
    fn provable(
        &self,
        statement: &Statement,
        bounds: &Bounds,
        rules: Rules,
    ) -> Vec<(usize, u8, Nullifier)> {
        let mut list = Vec::new();
        for (place, entry) in self.registry.entries.iter().enumerate() {
            let leaf = entry.leaf;
            if statement.root & (1 << place) == 0 && rules.keep(Rule::InTree) {
                continue;
            }
            if !leaf.covers(statement.period) && rules.keep(Rule::Covers) {
                continue;
            }
            for meter in self.signed_meters(&leaf, statement, bounds, rules) {
                for nullifier in nullifiers(&leaf, statement, rules) {
                    list.push((place, meter, nullifier));
                }
            }
        }
        list
    }

    /// Whose readings the entry's key signed for this statement.
    fn signed_meters(
        &self,
        leaf: &Leaf,
        statement: &Statement,
        bounds: &Bounds,
        rules: Rules,
    ) -> Vec<u8> {
        let fits = |signature: &Signature| {
            (signature.meter == leaf.meter || !rules.keep(Rule::SignedMeter))
                && (signature.context == statement.context || !rules.keep(Rule::SignedContext))
                && (signature.scope == statement.scope || !rules.keep(Rule::SignedPolicy))
                && (signature.period == statement.period || !rules.keep(Rule::SignedPeriod))
        };
        let mut meters: Vec<_> = match bounds.signatures {
            Some(_) => self.signatures.iter().filter(|s| fits(s)).map(|s| s.meter).collect(),
            // Asked for on the spot, for any period too.
            None => (0..bounds.meters)
                .filter(|meter| *meter == leaf.meter || !rules.keep(Rule::SignedMeter))
                .collect(),
        };
        meters.dedup();
        meters
    }

    /// Whether a verifier accepts a root for a period that ends at `end`.
    fn takes_root(&self, by: Who, root: Root, end: u8, bounds: &Bounds, rules: Rules) -> bool {
        let over = |time: u8| time >= end || !rules.keep(Rule::PeriodOver);
        if by == Who::Contract {
            let grace =
                if rules.keep(Rule::Margin) { bounds.grace - bounds.delay } else { bounds.grace };
            return over(self.now) && self.chain.accepts(root, end, self.now, grace, rules);
        }
        // A profile with the roots of any moment so far, also between two changes of one moment.
        let roots = &self.registry.roots;
        (0..=self.now).filter(|written| over(*written)).any(|written| {
            let fresh = self.now < written + bounds.grace || !rules.keep(Rule::ProfileFresh);
            let count = |until: usize| {
                roots[until - 1].1 <= written && roots.get(until).is_none_or(|(_, t)| *t >= written)
            };
            fresh
                && (1..=roots.len()).filter(|until| count(*until)).any(|until| {
                    let moments = [written, self.now];
                    profile_takes(&roots[..until], root, end, moments, bounds.grace, rules)
                })
        })
    }
}

/// Whether a verifier takes a root for a period that ended at `end`, now, with a profile written once these roots were known.
pub fn profile_takes(
    known: &[(Root, u8)],
    root: Root,
    end: u8,
    [written, now]: [u8; 2],
    grace: u8,
    rules: Rules,
) -> bool {
    let Some(place) = known.iter().rposition(|(other, _)| *other == root) else {
        return false;
    };
    // The last one is present.
    known.get(place + 1).is_none_or(|(_, replaced_at)| {
        let ends = replaced_at + grace;
        (written < ends && now < ends || !rules.keep(Rule::GraceEnds))
            && (end <= *replaced_at || !rules.keep(Rule::ReplacedBeforeEnd))
    })
}

/// The nullifiers that a statement may be proved with.
fn nullifiers(leaf: &Leaf, statement: &Statement, rules: Rules) -> Vec<Nullifier> {
    let mut list = vec![(leaf.nullifier, statement.scope, statement.period)];
    if !rules.keep(Rule::OwnNullifierKey) {
        list.push((7, statement.scope, statement.period));
    }
    if !rules.keep(Rule::OwnNullifier) {
        list.push((leaf.nullifier, 7, statement.period));
    }
    list
}
