//! The settlement contract, as far as roots and nullifiers go, and its owner, who repeats there what the registry says.

use super::registry::{Registry, Root};
use super::rules::{Rule, Rules};
use super::state::Accepted;

/// What became of a root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Claims stand on it.
    Present,
    /// Until its grace period ends.
    Replaced(u8),
    /// Never again.
    Withdrawn,
}

/// What the owner says to the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// `setRoot`: the root, and when the former one was replaced.
    Set(Root, u8),
    /// `confirmRoot`.
    Confirm(Root),
    /// `withdrawRoot`.
    Withdraw(Root),
}

/// The contract's storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Chain {
    /// Roots that were set, ascending.
    pub roots: Vec<(Root, Status)>,
    /// The present root.
    pub present: Option<Root>,
    /// When the owner last spoke.
    pub as_of: u8,
    /// How many of the owner's messages were taken: an account's come in order.
    pub taken: usize,
    /// Claims that were paid, with their nullifiers.
    pub claims: Vec<Accepted>,
}

impl Chain {
    pub(super) fn status(&self, root: Root) -> Option<Status> {
        self.roots.iter().find(|(other, _)| *other == root).map(|(_, status)| *status)
    }

    fn put(&mut self, root: Root, status: Status) {
        self.roots.retain(|(other, _)| *other != root);
        self.roots.push((root, status));
        self.roots.sort_unstable();
    }

    /// Takes a message at `now`; one that is refused changes nothing.
    pub(super) fn hear(&mut self, word: Word, now: u8, rules: Rules) {
        match word {
            Word::Set(root, former_replaced_at) => {
                let fresh = self.status(root).is_none() || !rules.keep(Rule::SetOnce);
                if root == 0 || !fresh {
                    return;
                }
                if let Some(former) = self.present {
                    self.put(former, Status::Replaced(former_replaced_at));
                }
                self.put(root, Status::Present);
                (self.present, self.as_of) = (Some(root), now);
            }
            Word::Confirm(root) if self.present == Some(root) => self.as_of = now,
            Word::Confirm(_) => {}
            Word::Withdraw(root) => {
                if self.present == Some(root) {
                    self.present = None;
                }
                self.put(root, Status::Withdrawn);
            }
        }
    }

    /// `_requireRoot`.
    pub(super) fn accepts(&self, root: Root, end: u8, now: u8, grace: u8, rules: Rules) -> bool {
        if now >= self.as_of + grace && rules.keep(Rule::OwnersWordEnds) {
            return false;
        }
        match self.status(root) {
            Some(Status::Present) => true,
            Some(Status::Replaced(at)) => {
                (end <= at || !rules.keep(Rule::ReplacedBeforeEnd))
                    && (now < at + grace || !rules.keep(Rule::GraceEnds))
            }
            _ => false,
        }
    }

    /// What an owner says who has seen the registry's log, when the contract is like this.
    pub(super) fn owners_word(&self, registry: &Registry) -> Option<Word> {
        let root = registry.root();
        match (self.present, self.status(root)) {
            (Some(present), _) if present == root => Some(Word::Confirm(root)),
            // The tree is as it was once: the root that held more goes.
            (Some(present), Some(_)) => Some(Word::Withdraw(present)),
            (None, Some(_)) => None,
            (former, None) => {
                let replaced = former.and_then(|former| registry.replaced_at(former));
                Some(Word::Set(root, replaced.unwrap_or(0)))
            }
        }
        .filter(|word| !matches!(word, Word::Set(0, _)))
    }
}
