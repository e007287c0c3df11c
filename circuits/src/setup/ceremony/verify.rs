//! Every step of a ceremony, from the initial key to the last.

use super::contribute::{History, beacon_points, is_name, plain};
use super::points::{factors, hash_to_g2, same_ratio, sum};
use super::{Check, Refusal, demand};
use crate::iden3::{Contribution, Source, Zkey};
use crate::random::Rng;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;
use std::collections::HashSet;

/// What a ceremony must have had for its key to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Contributions with a secret, at least; the beacon does not count. One is demanded in any case: a beacon's secret is public.
    pub contributions: usize,
    /// Whether a beacon must be at the end. One elsewhere is always refused.
    pub beacon: bool,
}

impl Default for Demands {
    /// Three contributors and a beacon.
    fn default() -> Self {
        Self { contributions: 3, beacon: true }
    }
}

/// Checks a key against the initial one, which the caller made anew from the circuit and the first phase.
///
/// All that `snarkjs zkey verify` checks, with factors of 128 bits where it draws 32; and besides: number and names of the
/// contributions, the place of the beacon, that delta is neither gamma nor the generator. By random linear combination: a wrong key
/// passes with probability `2^-128`.
///
/// # Errors
/// The first check that fails, and at which contribution.
pub fn verify(key: &Zkey, initial: &Zkey, demands: &Demands, rng: &mut Rng) -> Result<(), Refusal> {
    demand(key.circuit_hash == initial.circuit_hash, Check::CircuitHash)?;
    let same = key.coefficients == initial.coefficients
        && key.alpha_g1 == initial.alpha_g1
        && key.beta_g1 == initial.beta_g1
        && key.beta_g2 == initial.beta_g2
        && key.gamma_g2 == initial.gamma_g2
        && key.inputs == initial.inputs
        && key.a == initial.a
        && key.b_g1 == initial.b_g1
        && key.b_g2 == initial.b_g2;
    demand(same, Check::FixedPart)?;

    let mut delta = G1Affine::generator();
    let (mut history, mut names) = (History::new(&key.circuit_hash), HashSet::new());
    for (i, contribution) in key.contributions.iter().enumerate() {
        let last = i + 1 == key.contributions.len();
        step(contribution, last, &history, &delta)
            .and_then(|()| named(contribution, &mut names))
            .map_err(|check| Refusal { check, contribution: Some(i + 1) })?;
        history.push(contribution);
        delta = contribution.delta_g1;
    }
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let last = key.delta_g1 == delta && same_ratio((g1, delta), (g2, key.delta_g2));
    demand(last, Check::LastDelta)?;
    demand(key.delta_g2 != key.gamma_g2 && key.delta_g2 != g2, Check::TrivialDelta)?;

    let deltas = (key.delta_g2, initial.delta_g2);
    for (check, found, before) in [(Check::L, &key.l, &initial.l), (Check::H, &key.h, &initial.h)] {
        let length = found.len() == before.len();
        let factors = factors(rng, before.len());
        let holds = length
            && (before.is_empty()
                || same_ratio((sum(before, &factors), sum(found, &factors)), deltas));
        demand(holds, check)?;
    }

    let secrets = key.contributions.iter().filter(|c| c.source == Source::Secret).count();
    demand(secrets >= demands.contributions.max(1), Check::TooFew)?;
    let beacon_last = key.contributions.last().is_some_and(|c| c.source != Source::Secret);
    demand(beacon_last || !demands.beacon, Check::BeaconPlace)
}

/// One contribution, to a key whose delta was `before`.
fn step(c: &Contribution, last: bool, history: &History, before: &G1Affine) -> Result<(), Check> {
    let demand = |holds: bool, check: Check| if holds { Ok(()) } else { Err(check) };
    let points = [c.delta_g1, c.s, c.sx];
    demand(!points.iter().any(AffineRepr::is_zero) && !c.spx.is_zero(), Check::Identity)?;
    demand(c.transcript == history.transcript(&c.s, &c.sx), Check::Transcript)?;
    let sp = hash_to_g2(&c.transcript);
    demand(same_ratio((c.s, c.sx), (sp, c.spx)), Check::Knowledge)?;
    demand(same_ratio((*before, c.delta_g1), (sp, c.spx)), Check::Delta)?;
    demand(c.delta_g1 != *before, Check::Idle)?;
    if let Source::Beacon { hash, iterations } = &c.source {
        demand(last, Check::BeaconPlace)?;
        let expected = beacon_points(hash, *iterations).map_err(|refusal| refusal.check)?;
        demand((c.s, c.sx) == expected, Check::Beacon)?;
    }
    Ok(())
}

/// Its name, which is none of those before.
fn named(contribution: &Contribution, names: &mut HashSet<String>) -> Result<(), Check> {
    let name = contribution.name.as_deref().filter(|name| is_name(name)).ok_or(Check::Unnamed)?;
    if names.insert(plain(name)) { Ok(()) } else { Err(Check::SameName) }
}
