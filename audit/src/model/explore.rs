//! Breadth first, so that the way to a broken property is a shortest one.

use super::rules::Rules;
use super::state::{State, Step};
use super::{Property, Scene};
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// What an exploration found.
#[derive(Debug)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Ways from one to another.
    pub steps: usize,
    /// Claims accepted on the way: without any, nothing would be shown.
    pub claims: usize,
    /// The property that broke, and how it came about; the exploration ends there.
    pub broken: Option<(Property, Vec<Step>)>,
}

/// Explores a scene under these rules, from each of its beginnings, until one of the properties breaks or nothing new is left.
///
/// States are told apart by 64 bits of a keyed hash: for a million of them the chance that two fall together is some 10^-8, and the key
/// is another in each run.
pub fn explore(scene: &Scene, rules: Rules, properties: &[Property]) -> Explored {
    let bounds = &scene.bounds;
    let hasher = RandomState::new();
    let mut seen: HashMap<u64, (u64, Option<Step>)> = HashMap::new();
    let mut found = Explored { states: 0, steps: 0, claims: 0, broken: None };
    let mut front = Vec::new();
    for leaves in scene.beginnings {
        let state = State::new(leaves, bounds);
        let name = hasher.hash_one(&state);
        if seen.insert(name, (name, None)).is_none() {
            front.push((name, state));
        }
    }
    while !front.is_empty() {
        let mut following = Vec::new();
        for (name, state) in &front {
            for (step, next) in state.next(bounds, rules) {
                found.steps += 1;
                if let Step::Claim(claim) = &step {
                    found.claims += 1;
                    let broken =
                        |property: &&Property| property.broken(&next, claim, bounds, rules);
                    if let Some(property) = properties.iter().find(broken) {
                        let mut trace = trace(&seen, *name);
                        trace.push(step);
                        found.states = seen.len();
                        found.broken = Some((*property, trace));
                        return found;
                    }
                }
                let to = hasher.hash_one(&next);
                seen.entry(to).or_insert_with(|| {
                    following.push((to, next));
                    (*name, Some(step))
                });
            }
        }
        front = following;
    }
    found.states = seen.len();
    found
}

/// The steps that led to a state.
fn trace(seen: &HashMap<u64, (u64, Option<Step>)>, mut name: u64) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((before, Some(step))) = seen.get(&name) {
        steps.push(step.clone());
        name = *before;
    }
    steps.reverse();
    steps
}
