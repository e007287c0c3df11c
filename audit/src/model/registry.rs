//! The registry: who is enrolled, and which roots there were. A place in the tree is never used again, so that a root is the set of the
//! places that are live.

use super::rules::{Rule, Rules};

/// What a meter is enrolled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leaf {
    /// Whose readings they are; the key is one gateway's, which signs for all.
    pub meter: u8,
    /// What the registry takes for the meter.
    pub id: u8,
    /// The nullifier key.
    pub nullifier: u8,
    /// First moment of validity.
    pub from: u8,
    /// End of validity, exclusive.
    pub until: u8,
}

impl Leaf {
    pub(super) fn covers(&self, (start, end): (u8, u8)) -> bool {
        self.from <= start && end <= self.until
    }
}

/// A leaf and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// What was enrolled.
    pub leaf: Leaf,
    /// When it was revoked, if it was.
    pub revoked_at: Option<u8>,
    /// Up to when claims of it may be accepted.
    pub reach: u8,
}

/// A root: the live places, one bit each.
pub type Root = u8;

/// Entries, and each root with the time since when it was current.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Registry {
    /// By place.
    pub entries: Vec<Entry>,
    /// Oldest first.
    pub roots: Vec<(Root, u8)>,
}

/// A change that the registrar makes if the rules allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Enrols a meter.
    Add(Leaf),
    /// Zeroes an entry.
    Revoke(usize),
    /// Another leaf takes over from an entry, at its begin.
    Rotate(usize, Leaf),
}

impl Default for Registry {
    fn default() -> Self {
        Self { entries: Vec::new(), roots: vec![(0, 0)] }
    }
}

impl Registry {
    /// The present root.
    pub fn root(&self) -> Root {
        self.roots.last().map_or(0, |(root, _)| *root)
    }

    /// When a root was last replaced.
    pub(super) fn replaced_at(&self, root: Root) -> Option<u8> {
        let last = self.roots.iter().rposition(|(other, _)| *other == root)?;
        self.roots.get(last + 1).map(|(_, since)| *since)
    }

    /// Makes a change at `now`; `None` where the rules refuse it.
    pub fn change(&self, change: Change, now: u8, grace: u8, rules: Rules) -> Option<Self> {
        let reach = if rules.keep(Rule::Reach) { now + grace } else { now };
        let mut next = self.clone();
        match change {
            Change::Add(leaf) => {
                next.fits(&leaf, rules).then_some(())?;
                next.push(leaf);
            }
            Change::Revoke(index) => next.revoke(index, now, reach)?,
            Change::Rotate(index, leaf) => {
                let old = self.entries.get(index).filter(|e| e.revoked_at.is_none())?.leaf;
                let inside = leaf.from > old.from && leaf.from < old.until;
                (leaf.id == old.id && inside).then_some(())?;
                next.revoke(index, now, reach)?;
                let rest = Leaf { until: leaf.from, ..old };
                (next.fits(&rest, rules) && next.fits(&leaf, rules)).then_some(())?;
                next.push(rest);
                next.push(leaf);
            }
        }
        let live = next.entries.iter().enumerate().filter(|(_, e)| e.revoked_at.is_none());
        let root = live.fold(0, |root, (place, _)| root | 1 << place);
        next.roots.push((root, now));
        Some(next)
    }

    fn push(&mut self, leaf: Leaf) {
        self.entries.push(Entry { leaf, revoked_at: None, reach: leaf.until });
    }

    fn revoke(&mut self, index: usize, now: u8, reach: u8) -> Option<()> {
        let entry = self.entries.get_mut(index).filter(|entry| entry.revoked_at.is_none())?;
        entry.revoked_at = Some(now);
        entry.reach = entry.leaf.until.min(reach);
        Some(())
    }

    /// The rules of enrolment.
    fn fits(&self, leaf: &Leaf, rules: Rules) -> bool {
        let others = self.entries.iter().filter(|other| other.leaf.id == leaf.id);
        leaf.from < leaf.until
            && others.clone().all(|other| {
                let theirs = other.leaf;
                let overlap = leaf.from < theirs.until && theirs.from < leaf.until;
                let within_reach = leaf.from < other.reach && theirs.from < leaf.until;
                let double = other.revoked_at.is_none() && overlap;
                let other_key = within_reach && leaf.nullifier != theirs.nullifier;
                // What overlaps alive is refused whatever its key; the second rule is about what is gone.
                let gone = other.revoked_at.is_some();
                let refused = double && rules.keep(Rule::NoOverlap)
                    || other_key && gone && rules.keep(Rule::SameNullifierKey);
                !refused
            })
    }
}
