//! Who is enrolled, and the rules of enrolment: no meter can make two claims over one time.

use super::Leaf;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use crate::meter::Level;
use std::collections::HashMap;

/// A meter's entry. A revoked one is a zero leaf in the tree, which nothing can prove; the registry still knows whose it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was enrolled.
    pub leaf: Leaf,
    /// Whether it proves nothing any more.
    pub revoked: bool,
    /// Up to when, Unix seconds, exclusive, claims of this entry may have been accepted: the end of its validity, or of the grace
    /// period of the last root that held it, if that is earlier.
    pub reach: u64,
}

/// Entries in order of enrolment, and where each meter's are. Its size is that of its entries.
#[derive(Clone, Debug, Default)]
pub struct Roll {
    entries: Vec<Entry>,
    /// Each meter's newest entry.
    newest: HashMap<F, usize>,
    /// For each entry the one of the same meter before it.
    before: Vec<Option<usize>>,
    /// Entries whose leaves the tree does not have yet.
    pub(super) touched: Vec<usize>,
    room: u64,
}

fn refuse<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::new(Code::NotEnrolled, message))
}

impl Roll {
    pub(super) fn new(room: u64) -> Self {
        Self { room, ..Self::default() }
    }

    /// Entries as they were, whose leaves the tree has.
    pub(super) fn restore(room: u64, entries: Vec<Entry>) -> Result<Self> {
        let count = entries.len();
        if count as u64 > room {
            return refuse("The registry is full.");
        }
        let (newest, before) = (HashMap::with_capacity(count), Vec::with_capacity(count));
        let mut roll = Self { entries, newest, before, room, ..Self::default() };
        for index in 0..count {
            let leaf = &roll.entries[index].leaf;
            roll.check_beside(leaf, None)?;
            roll.before.push(roll.newest.insert(leaf.meter_id, index));
        }
        Ok(roll)
    }

    /// Entries by index, revoked ones among them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries fit.
    pub fn room(&self) -> u64 {
        self.room
    }

    /// How many different meters there are, revoked ones among them.
    pub fn meters(&self) -> usize {
        self.newest.len()
    }

    /// Indices of a meter's entries, newest first.
    pub fn of_meter(&self, meter_id: &F) -> impl Iterator<Item = usize> + '_ {
        let newest = self.newest.get(meter_id).copied();
        std::iter::successors(newest, |index| self.before.get(*index).copied().flatten())
    }

    /// Whether a leaf may be enrolled.
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] for an empty validity or one beyond 2^40, a full registry, or one that another entry of the meter is in
    /// the way of: a live one, at any time in common; a revoked one with another nullifier key, at any time in common within its reach.
    /// There claims may have been made, and another nullifier key would make them anew.
    pub fn check(&self, leaf: &Leaf) -> Result<()> {
        if self.entries.len() as u64 >= self.room {
            return refuse("The registry is full.");
        }
        self.check_beside(leaf, None)
    }

    /// The rules without the room, the entry `revoked` being about to be revoked with this reach.
    fn check_beside(&self, leaf: &Leaf, revoked: Option<(usize, u64)>) -> Result<()> {
        if leaf.level > Level::L2 {
            return refuse("A device of level L3 is in no registry: verifiers name its key.");
        }
        if leaf.valid_from >= leaf.valid_until || leaf.valid_until >> 40 != 0 {
            return refuse("Validity must begin before it ends, and end below 2^40.");
        }
        for (index, other) in
            self.of_meter(&leaf.meter_id).map(|index| (index, &self.entries[index]))
        {
            let (gone, reach) = match revoked {
                Some((about, reach)) if about == index => (true, reach.min(other.reach)),
                _ => (other.revoked, other.reach),
            };
            if !gone && leaf.overlaps(&other.leaf) {
                return refuse("This meter is enrolled already for part of that time.");
            }
            let meets = leaf.valid_from < reach && other.leaf.valid_from < leaf.valid_until;
            if meets && leaf.nullifier_commitment != other.leaf.nullifier_commitment {
                return refuse(format!(
                    "This meter could claim with another nullifier key until {reach}; a new one begins then or later."
                ));
            }
        }
        Ok(())
    }

    /// Enrols a meter and gives its index.
    ///
    /// # Errors
    /// As [`Roll::check`].
    pub fn add(&mut self, leaf: Leaf) -> Result<usize> {
        self.check(&leaf)?;
        Ok(self.push(leaf))
    }

    fn push(&mut self, leaf: Leaf) -> usize {
        let index = self.entries.len();
        self.before.push(self.newest.insert(leaf.meter_id, index));
        self.entries.push(Entry { reach: leaf.valid_until, revoked: false, leaf });
        self.touched.push(index);
        index
    }

    /// Revokes the entry at `index`; its place is never used again. From `reach` on, Unix seconds, no root that holds it is
    /// accepted; `u64::MAX` where nobody sees to that.
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] if there is no such entry, or it is revoked already.
    pub fn revoke(&mut self, index: usize, reach: u64) -> Result<()> {
        match self.entries.get_mut(index) {
            Some(entry) if !entry.revoked => {
                entry.revoked = true;
                entry.reach = entry.leaf.valid_until.min(reach);
                self.touched.push(index);
                Ok(())
            }
            _ => refuse(format!("There is no entry {index} to revoke.")),
        }
    }

    /// Gives a meter another key or nullifier key: `next` takes over at its begin from the entry at `index`, which is revoked and
    /// enrolled again up to there. Gives the indices of both. `reach` as in [`Roll::revoke`].
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] if there is no such entry, `next` is another meter's or does not begin within the entry's validity, and as
    /// [`Roll::check`]. Nothing is changed then.
    pub fn rotate(&mut self, index: usize, next: Leaf, reach: u64) -> Result<(usize, usize)> {
        let Some(old) = self.entries.get(index).filter(|entry| !entry.revoked) else {
            return refuse(format!("There is no entry {index} to rotate."));
        };
        if next.meter_id != old.leaf.meter_id {
            return refuse("The new entry is another meter's.");
        }
        if next.valid_from <= old.leaf.valid_from || next.valid_from >= old.leaf.valid_until {
            return refuse("The new entry must begin within the old one's validity.");
        }
        if self.entries.len() as u64 + 2 > self.room {
            return refuse("The registry is full.");
        }
        let rest = Leaf { valid_until: next.valid_from, ..old.leaf.clone() };
        let about = Some((index, reach));
        self.check_beside(&rest, about)?;
        self.check_beside(&next, about)?;
        self.revoke(index, reach)?;
        Ok((self.push(rest), self.push(next)))
    }
}
