//! The registry's Merkle tree with all its nodes kept: a change costs its way up, a path is read off.

use super::Path;
use crate::error::{Code, Error, Result};
use crate::hash::{F, NODE_ARITY, hash_node};
use ark_ff::Zero;

/// A tree of fixed depth with four children per node. What was never set is zero, and its nodes are not stored.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Leaves first; the last level has the root, or nothing while the tree is empty.
    levels: Vec<Vec<F>>,
    /// What a node of each level is when all below it is zero.
    empty: Vec<F>,
}

impl Tree {
    /// An empty tree.
    pub fn new(depth: u8) -> Self {
        let depth = usize::from(depth);
        let mut empty = vec![F::zero()];
        for level in 0..depth {
            empty.push(hash_node(&[empty[level]; NODE_ARITY]));
        }
        Self { levels: vec![Vec::new(); depth + 1], empty }
    }

    /// A tree from all its levels, leaves first. Whether nodes are the hashes of their children is [`Tree::is_sound`]'s question.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if a level has another length than the leaves give it.
    pub fn from_levels(depth: u8, levels: Vec<Vec<F>>) -> Result<Self> {
        let mut tree = Self::new(depth);
        let leaves = levels.first().map_or(0, Vec::len);
        if levels.iter().map(Vec::len).ne(lengths(depth, leaves)) {
            return Err(Error::new(Code::OutOfRange, "a level of the tree has another length."));
        }
        tree.levels = levels;
        Ok(tree)
    }

    /// All levels, leaves first, each without its empty right side.
    pub fn levels(&self) -> &[Vec<F>] {
        &self.levels
    }

    /// The root.
    pub fn root(&self) -> F {
        let top = self.levels.len() - 1;
        self.node(top, 0)
    }

    fn node(&self, level: usize, index: usize) -> F {
        self.levels[level].get(index).copied().unwrap_or(self.empty[level])
    }

    fn children(&self, level: usize, parent: usize) -> [F; NODE_ARITY] {
        std::array::from_fn(|i| self.node(level, parent * NODE_ARITY + i))
    }

    /// Sets leaves, and every node above them once. Later changes of one leaf win.
    pub fn update(&mut self, changes: &[(usize, F)]) {
        let Some(last) = changes.iter().map(|(index, _)| *index).max() else { return };
        let leaves = &mut self.levels[0];
        leaves.resize(leaves.len().max(last + 1), F::zero());
        for (index, leaf) in changes {
            leaves[*index] = *leaf;
        }
        let mut indices: Vec<usize> = changes.iter().map(|(index, _)| *index).collect();
        indices.sort_unstable();
        for level in 1..self.levels.len() {
            indices.iter_mut().for_each(|index| *index /= NODE_ARITY);
            indices.dedup();
            let nodes = map(&indices, |parent| hash_node(&self.children(level - 1, *parent)));
            let length = self.levels[level - 1].len().div_ceil(NODE_ARITY);
            let empty = self.empty[level];
            self.levels[level].resize(length, empty);
            for (index, node) in indices.iter().zip(nodes) {
                self.levels[level][*index] = node;
            }
        }
    }

    /// The way from the leaf at `index` to the root.
    pub fn path(&self, index: usize) -> Path {
        let mut index = index;
        let level = |level| {
            let (parent, position) = (index / NODE_ARITY, index % NODE_ARITY);
            index = parent;
            (self.children(level, parent), position as u8)
        };
        Path { levels: (0..self.levels.len() - 1).map(level).collect() }
    }

    /// Whether every node is the hash of its children: a third of a hash for each leaf.
    pub fn is_sound(&self) -> bool {
        (1..self.levels.len()).all(|level| {
            let parents: Vec<usize> = (0..self.levels[level].len()).collect();
            let holds = |parent: &usize| {
                hash_node(&self.children(level - 1, *parent)) == self.node(level, *parent)
            };
            map(&parents, holds).into_iter().all(|holds| holds)
        })
    }
}

/// How many nodes each level stores over so many leaves.
pub fn lengths(depth: u8, leaves: usize) -> impl Iterator<Item = usize> {
    let above = |length: &usize| Some(length.div_ceil(NODE_ARITY));
    std::iter::successors(Some(leaves), above).take(usize::from(depth) + 1)
}

/// `f` of each item, in order, by as many threads as there are.
pub(super) fn map<T: Sync, U: Send>(items: &[T], f: impl Fn(&T) -> U + Sync) -> Vec<U> {
    #[cfg(feature = "parallel")]
    {
        use rayon::prelude::*;
        // Below this, handing work to threads costs more than it saves.
        if items.len() > 64 {
            return items.par_iter().map(&f).collect();
        }
    }
    items.iter().map(f).collect()
}
