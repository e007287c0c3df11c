//! The registry of enrolled meters: a Merkle tree with four children a node (PROTOCOL, "Registry and nullifier").
//!
//! Four children are cheaper in circuit than two: ten levels of 300 constraints replace twenty of 243, for 2^20 meters. That
//! gives up LeanIMT's trees; enrolment is ours anyway, since a leaf says more than a key.

mod roll;
mod tree;

pub use roll::{Entry, Roll};
pub use tree::{Tree, lengths};

use super::{Level, PublicKey};
use crate::error::{Code, Error, Result};
use crate::hash::{F, NODE_ARITY, Tag, bytes_to_field, hash_node, hash_tagged};
use ark_ff::Zero;

/// A registry entry: whose key may speak for which meter, how far it is trusted, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Key that signs: the meter's own, or its gateway's.
    pub key: PublicKey,
    /// Salted hash of the serial; what a claim is unique for.
    pub meter_id: F,
    /// Commitment to the nullifier key.
    pub nullifier_commitment: F,
    /// Who vouches.
    pub level: Level,
    /// What the installation behind the meter can carry at most, in watts; `plausibility` holds intervals to it.
    pub nameplate: u64,
    /// First second of validity, Unix, below 2^40.
    pub valid_from: u64,
    /// End of validity (exclusive), Unix, below 2^40.
    pub valid_until: u64,
}

impl Leaf {
    /// The fields in the order of the hash.
    pub fn fields(&self) -> [F; 8] {
        let point = self.key.point();
        [
            point.x,
            point.y,
            self.meter_id,
            self.nullifier_commitment,
            F::from(self.level as u8),
            F::from(self.nameplate),
            F::from(self.valid_from),
            F::from(self.valid_until),
        ]
    }

    /// `H(LEAF, ...)`.
    pub fn hash(&self) -> F {
        hash_tagged(Tag::Leaf, &self.fields())
    }

    /// What the key signs to be enrolled with all that the entry says.
    pub fn possession(&self) -> F {
        hash_tagged(Tag::Enrol, &self.fields())
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.meter_id == other.meter_id
            && self.valid_from < other.valid_until
            && other.valid_from < self.valid_until
    }
}

/// Salted hash of a meter's serial.
pub fn meter_id(serial: &str, salt: &F) -> F {
    hash_tagged(Tag::MeterId, &[bytes_to_field("wattproof/serial", serial.as_bytes()), *salt])
}

/// What a leaf holds of a nullifier key.
pub fn nullifier_commitment(key: &F) -> F {
    hash_tagged(Tag::NullifierKey, &[*key])
}

/// One-use tag of a claim: the same for every claim of one meter in one scope and period, and of no other.
pub fn nullifier(key: &F, scope: &F, period: &F) -> F {
    hash_tagged(Tag::Nullifier, &[*key, *scope, *period])
}

/// The way from a leaf to the root: at each level the node's four children and our position among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// From the leaf's siblings upwards.
    pub levels: Vec<([F; NODE_ARITY], u8)>,
}

impl Path {
    /// The root it leads to from `leaf`; refuses a level that does not hold what came from below.
    pub fn root(&self, leaf: F) -> Result<F> {
        let mut node = leaf;
        for (children, position) in &self.levels {
            if children.get(usize::from(*position)) != Some(&node) {
                let message = "The registry path does not hold the meter's entry.";
                return Err(Error::new(Code::NotEnrolled, message));
            }
            node = hash_node(children);
        }
        Ok(node)
    }
}

/// Enrolled meters in order of enrolment, and their tree. A change hashes its way up the tree and nothing else; a path is read off.
///
/// Memory follows the entries: some 300 bytes each, and while growing up to a third more; 400 MB at most for 2^20.
#[derive(Clone, Debug)]
pub struct Registry {
    roll: Roll,
    tree: Tree,
}

impl Registry {
    /// An empty registry with room for `4^depth` meters; depth 1 to 16.
    pub fn new(depth: u8) -> Result<Self> {
        if !(1..=16).contains(&depth) {
            let message = format!("A registry of depth {depth}; depths are 1 to 16.");
            return Err(Error::new(Code::OutOfRange, message));
        }
        Ok(Self { roll: Roll::new(1 << (2 * depth)), tree: Tree::new(depth) })
    }

    /// Levels of the tree.
    pub fn depth(&self) -> u8 {
        (self.tree.levels().len() - 1) as u8
    }

    /// Entries by index, revoked ones among them.
    pub fn entries(&self) -> &[Entry] {
        self.roll.entries()
    }

    /// Entries and rules.
    pub fn roll(&self) -> &Roll {
        &self.roll
    }

    /// Entries and nodes.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// A registry whose nodes were computed before; entries as they were added, revoked ones with their reach. Whether nodes fit the
    /// entries shows when a path is followed; [`Registry::is_sound`] compares all.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if there are not as many leaves as entries, or a level has another length; as [`Roll::add`].
    pub fn restore(depth: u8, entries: Vec<Entry>, levels: Vec<Vec<F>>) -> Result<Self> {
        let Self { roll, .. } = Self::new(depth)?;
        let tree = Tree::from_levels(depth, levels)?;
        if tree.levels()[0].len() != entries.len() {
            return Err(Error::new(Code::OutOfRange, "not as many leaves as entries."));
        }
        Ok(Self { roll: Roll::restore(roll.room(), entries)?, tree })
    }

    /// Many changes at once: each node above them is hashed once, by all threads. The tree follows also where a change is refused, up to
    /// the refusal.
    ///
    /// # Errors
    /// What `change` refuses.
    pub fn change<T, E>(
        &mut self,
        change: impl FnOnce(&mut Roll) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let outcome = change(&mut self.roll);
        let touched = std::mem::take(&mut self.roll.touched);
        let leaf = |index: &usize| (*index, leaf_hash(&self.roll.entries()[*index]));
        let leaves = tree::map(&touched, leaf);
        self.tree.update(&leaves);
        outcome
    }

    /// Enrols a meter and gives its index. One meter may have several entries if their validity does not overlap; over a
    /// revoked one only with the same nullifier key, since claims may have been made, and another key would make them anew.
    ///
    /// # Errors
    /// As [`Roll::check`].
    pub fn add(&mut self, leaf: Leaf) -> Result<usize> {
        self.change(|roll| roll.add(leaf))
    }

    /// Zeroes the entry at `index`. Its index is never used again. Claims of it may be accepted as long as it was valid: see
    /// [`Roll::revoke`] for registries whose roots have an end.
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] if there is no such entry, or it is revoked already.
    pub fn revoke(&mut self, index: usize) -> Result<()> {
        self.change(|roll| roll.revoke(index, u64::MAX))
    }

    /// The root.
    pub fn root(&self) -> F {
        self.tree.root()
    }

    /// The path of the entry at `index`.
    ///
    /// # Errors
    /// [`Code::NotEnrolled`] if there is no such entry, or it is revoked.
    pub fn path(&self, index: usize) -> Result<Path> {
        if self.entries().get(index).is_none_or(|entry| entry.revoked) {
            let message = format!("There is no entry {index}.");
            return Err(Error::new(Code::NotEnrolled, message));
        }
        Ok(self.tree.path(index))
    }

    /// Whether every leaf is its entry's, and every node the hash of its children: the whole work of building.
    pub fn is_sound(&self) -> bool {
        let leaves = tree::map(self.entries(), leaf_hash);
        leaves == self.tree.levels()[0] && self.tree.is_sound()
    }
}

/// What the tree has for an entry.
fn leaf_hash(entry: &Entry) -> F {
    if entry.revoked { F::zero() } else { entry.leaf.hash() }
}

#[cfg(test)]
mod tests;
