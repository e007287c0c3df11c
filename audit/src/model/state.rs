//! The world, and what can happen next in it.

use super::chain::{Chain, Word};
use super::registry::{Change, Leaf, Registry, Root};
use super::rules::{Rule, Rules};
use std::collections::BTreeSet;

/// Who accepts claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Who {
    /// A verifier with a profile and a store of nullifiers.
    Native,
    /// The settlement contract.
    Contract,
}

/// What a device signed, of a meter's readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signature {
    /// Whose readings.
    pub meter: u8,
    /// The policy, as far as its scope goes.
    pub scope: u8,
    /// The period.
    pub period: (u8, u8),
    /// The verifier's challenge, or the payee.
    pub context: u8,
}

/// A one-use tag; equal only if all of these are.
pub type Nullifier = (u8, u8, (u8, u8));

/// A claim that a verifier accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Accepted {
    /// By whom.
    pub by: Who,
    /// In which scope.
    pub scope: u8,
    /// Whose readings it was made of.
    pub meter: u8,
    /// For which period, as the verifier has it.
    pub period: (u8, u8),
    /// For whom, as the verifier has it.
    pub context: u8,
    /// The entry.
    pub entry: usize,
    /// What was recorded.
    pub nullifier: Nullifier,
}

/// How far the exploration goes, and who is in it.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Last moment.
    pub end: u8,
    /// The registry's grace period.
    pub grace: u8,
    /// How long a message of the owner may take.
    pub delay: u8,
    /// Which verifiers there are.
    pub verifiers: &'static [Who],
    /// Who may be paid by the contract.
    pub payees: &'static [u8],
    /// Changes of the registry after the beginning.
    pub changes: usize,
    /// Messages of the contract's owner.
    pub messages: usize,
    /// How often a message is sent again.
    pub repeats: usize,
    /// How often the chain is reorganised, by one moment.
    pub reorganisations: usize,
    /// Signatures; `None` where the holder has the device sign whatever it likes.
    pub signatures: Option<usize>,
    /// Meters behind the gateway.
    pub meters: u8,
    /// Claims accepted: properties are about two.
    pub claims: usize,
    /// How long entries are valid that somebody asks for.
    pub lengths: &'static [u8],
    /// Whether the contract knows the first root from the beginning.
    pub root_known: bool,
}

/// A state of the world.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// The time.
    pub now: u8,
    /// The registry.
    pub registry: Registry,
    /// What the native verifier accepted.
    pub native: Vec<Accepted>,
    /// The contract, and as it was a moment before.
    pub chain: Chain,
    /// What the chain may go back to.
    pub before: Option<Chain>,
    /// What was paid, whatever the chain says now; only where paying is not the chain's.
    pub paid: Vec<Accepted>,
    /// The owner's messages, with the time.
    pub messages: Vec<(Word, u8)>,
    /// Signatures made, ascending.
    pub signatures: Vec<Signature>,
    /// Changes made.
    pub changes: usize,
    /// Messages sent again.
    pub repeats: usize,
    /// Reorganisations.
    pub reorganisations: usize,
}

/// What happens.
#[derive(Clone, Debug)]
pub enum Step {
    /// Time goes by.
    Tick,
    /// The registry changes.
    Change(Change),
    /// The owner of the contract sends what it sees in the log.
    Send(Word),
    /// The chain takes the owner's next message.
    Take(Word),
    /// It takes one again.
    TakeAgain(Word),
    /// The last moment's blocks are replaced.
    Reorganise,
    /// A device signs.
    Sign(Signature),
    /// A claim is accepted.
    Claim(Accepted),
}

impl State {
    /// The beginning: these entries, and a contract that knows the root, if there is one.
    pub fn new(leaves: &[Leaf], bounds: &Bounds) -> Self {
        let mut registry = Registry::default();
        for leaf in leaves {
            let change = registry.change(Change::Add(*leaf), 0, bounds.grace, Rules::default());
            registry = change.unwrap_or(registry);
        }
        let mut chain = Chain::default();
        if bounds.root_known {
            chain.hear(Word::Set(registry.root(), 0), 0, Rules::default());
        }
        Self {
            now: 0,
            registry,
            native: Vec::new(),
            chain,
            before: None,
            paid: Vec::new(),
            messages: Vec::new(),
            signatures: Vec::new(),
            changes: 0,
            repeats: 0,
            reorganisations: 0,
        }
    }

    /// Claims that count.
    pub fn accepted(&self, rules: Rules) -> impl Iterator<Item = &Accepted> {
        let on_chain = if rules.keep(Rule::OneStep) { &self.chain.claims } else { &self.paid };
        self.native.iter().chain(on_chain)
    }

    /// Everything that can happen next.
    pub fn next(&self, bounds: &Bounds, rules: Rules) -> Vec<(Step, Self)> {
        let mut list = Vec::new();
        let claims = self.accepted(rules).count();
        let more = self.reorganisations < bounds.reorganisations;
        if claims >= bounds.claims && !more {
            return list;
        }
        if self.now < bounds.end {
            let before = (bounds.reorganisations > 0).then(|| self.chain.clone());
            list.push((Step::Tick, Self { now: self.now + 1, before, ..self.clone() }));
        }
        if self.changes < bounds.changes {
            self.changes(bounds, rules, &mut list);
        }
        if bounds.verifiers.contains(&Who::Contract) {
            self.messages(bounds, rules, &mut list);
        }
        self.sign(bounds, &mut list);
        if claims < bounds.claims {
            self.claims(bounds, rules, &mut list);
        }
        list
    }

    fn changes(&self, bounds: &Bounds, rules: Rules, list: &mut Vec<(Step, Self)>) {
        let mut tries: Vec<_> = (0..self.registry.entries.len()).map(Change::Revoke).collect();
        for leaf in leaves(bounds, rules) {
            tries.push(Change::Add(leaf));
            tries.extend((0..self.registry.entries.len()).map(|i| Change::Rotate(i, leaf)));
        }
        for change in tries {
            if let Some(registry) = self.registry.change(change, self.now, bounds.grace, rules) {
                let changes = self.changes + 1;
                list.push((Step::Change(change), Self { registry, changes, ..self.clone() }));
            }
        }
    }

    fn messages(&self, bounds: &Bounds, rules: Rules, list: &mut Vec<(Step, Self)>) {
        if self.messages.len() < bounds.messages {
            // The owner goes by what the contract will be, once it took all that was sent.
            let mut expected = self.chain.clone();
            for (word, _) in self.messages.iter().skip(self.chain.taken) {
                expected.hear(*word, self.now, rules);
            }
            if let Some(word) = expected.owners_word(&self.registry) {
                let mut next = self.clone();
                next.messages.push((word, self.now));
                list.push((Step::Send(word), next));
            }
        }
        if let Some((word, sent)) = self.messages.get(self.chain.taken)
            && self.now <= sent + bounds.delay
        {
            let mut next = self.clone();
            next.chain.hear(*word, self.now, rules);
            next.chain.taken += 1;
            list.push((Step::Take(*word), next));
        }
        if self.repeats < bounds.repeats {
            for (word, sent) in &self.messages[..self.chain.taken.min(self.messages.len())] {
                // A confirmation is the owner's word of the day it was sent; what sets a root may come at any time.
                if matches!(word, Word::Confirm(_)) && self.now > sent + bounds.delay {
                    continue;
                }
                let mut next = Self { repeats: self.repeats + 1, ..self.clone() };
                next.chain.hear(*word, self.now, rules);
                list.push((Step::TakeAgain(*word), next));
            }
        }
        if let (Some(before), true) = (&self.before, self.reorganisations < bounds.reorganisations)
        {
            let (chain, reorganisations) = (before.clone(), self.reorganisations + 1);
            let next = Self { chain, reorganisations, before: None, ..self.clone() };
            list.push((Step::Reorganise, next));
        }
    }

    fn sign(&self, bounds: &Bounds, list: &mut Vec<(Step, Self)>) {
        if bounds.signatures.is_none_or(|most| self.signatures.len() >= most) {
            return;
        }
        for signature in signatures(bounds, 0..bounds.meters) {
            if !self.signatures.contains(&signature) {
                let mut next = self.clone();
                next.signatures.push(signature);
                next.signatures.sort_unstable();
                list.push((Step::Sign(signature), next));
            }
        }
    }

    pub(super) fn known_roots(&self) -> BTreeSet<Root> {
        self.registry.roots.iter().map(|(root, _)| *root).collect()
    }
}

/// Everything that somebody could enrol.
fn leaves(bounds: &Bounds, rules: Rules) -> Vec<Leaf> {
    let mut list = Vec::new();
    // A second id of the first meter, where the registrar does not look at serials.
    let ids = if rules.keep(Rule::OneId) { &[0][..] } else { &[0, 9] };
    for id in ids {
        for nullifier in 0..2 {
            for from in 0..bounds.end {
                for until in bounds
                    .lengths
                    .iter()
                    .map(|length| (from + length).min(bounds.end))
                    .collect::<BTreeSet<_>>()
                {
                    list.push(Leaf { meter: 0, id: *id, nullifier, from, until });
                }
            }
        }
    }
    list
}

/// Everything that a device could be asked to sign for these meters.
fn signatures(
    bounds: &Bounds,
    meters: std::ops::Range<u8>,
) -> impl Iterator<Item = Signature> + '_ {
    meters.flat_map(move |meter| {
        (0..2).flat_map(move |scope| {
            periods(bounds, true).into_iter().flat_map(move |period| {
                (0..3).map(move |context| Signature { meter, scope, period, context })
            })
        })
    })
}

/// The cells of the calendar; without one, also pairs of them.
pub(super) fn periods(bounds: &Bounds, cells: bool) -> Vec<(u8, u8)> {
    let cell = (0..bounds.end).map(|start| (start, start + 1));
    let pair = (0..bounds.end.saturating_sub(1)).map(|start| (start, start + 2));
    if cells { cell.collect() } else { cell.chain(pair).collect() }
}
