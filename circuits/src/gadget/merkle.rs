//! Membership in the registry: a path of nodes with four children.

use super::poseidon::hash_node;
use super::range::enforce_bit;
use crate::cs::{ConstraintSystem, Linear};
use crate::hash::{F, NODE_ARITY};

/// A path from a leaf to the root: at each level all four children, and which one is ours.
pub struct PathVar {
    /// From the leaf's siblings upwards: the node's children, ours included, and our position among them.
    pub levels: Vec<([F; NODE_ARITY], u8)>,
}

/// The root that the path leads to from `leaf`. Two bits and three selections a level, besides the hash: all children are
/// witnesses, and the one at our position must equal what came from below.
pub fn merkle_root<CS: ConstraintSystem>(cs: &mut CS, leaf: &CS::Wire, path: &PathVar) -> CS::Wire {
    let mut node = leaf.clone();
    for (children, position) in &path.levels {
        let children = children.map(|child| cs.witness(|| child));
        let [low, high] = [0, 1].map(|i| {
            let bit = cs.witness(|| F::from(position >> i & 1));
            enforce_bit(cs, "registry: position bit", &bit);
            bit
        });
        let [c0, c1, c2, c3] = &children;
        let left = cs.product("registry: select", &low, &c1.minus(c0)).plus(c0);
        let right = cs.product("registry: select", &low, &c3.minus(c2)).plus(c2);
        // left + high * (right - left) = node
        cs.enforce("registry: child", &high, &right.minus(&left), &node.minus(&left));
        node = hash_node(cs, &children);
    }
    node
}
