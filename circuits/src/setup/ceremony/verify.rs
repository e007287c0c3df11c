//! Every step of a ceremony, from the initial key to the last.

use super::contribute::{beacon_points, is_name, plain, transcript};
use super::points::{factors, hash_to_g2, same_ratio, sum};
use super::{Check, Refusal, demand};
use crate::iden3::{Contribution, Source, Zkey};
use crate::random::Rng;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::AffineRepr;

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
    for i in 0..key.contributions.len() {
        step(key, i, &delta).map_err(|check| Refusal { check, contribution: Some(i + 1) })?;
        delta = key.contributions[i].delta_g1;
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

/// One contribution, after which `before` became its delta.
fn step(key: &Zkey, i: usize, before: &G1Affine) -> Result<(), Check> {
    let (earlier, rest) = key.contributions.split_at(i);
    let Some(contribution) = rest.first() else { return Ok(()) };
    let c = contribution;
    let demand = |holds: bool, check: Check| if holds { Ok(()) } else { Err(check) };
    let points = [c.delta_g1, c.s, c.sx];
    demand(!points.iter().any(AffineRepr::is_zero) && !c.spx.is_zero(), Check::Identity)?;
    let expected = transcript(&key.circuit_hash, earlier, &c.s, &c.sx);
    demand(c.transcript == expected, Check::Transcript)?;
    let sp = hash_to_g2(&c.transcript);
    demand(same_ratio((c.s, c.sx), (sp, c.spx)), Check::Knowledge)?;
    demand(same_ratio((*before, c.delta_g1), (sp, c.spx)), Check::Delta)?;
    demand(c.delta_g1 != *before, Check::Idle)?;
    if let Source::Beacon { hash, iterations } = &c.source {
        demand(i + 1 == key.contributions.len(), Check::BeaconPlace)?;
        let expected = beacon_points(hash, *iterations).map_err(|refusal| refusal.check)?;
        demand((c.s, c.sx) == expected, Check::Beacon)?;
    }
    let name = c.name.as_deref().unwrap_or_default();
    demand(is_name(name), Check::Unnamed)?;
    let name = plain(name);
    let same =
        |other: &Contribution| other.name.as_deref().is_some_and(|other| plain(other) == name);
    demand(!earlier.iter().any(same), Check::SameName)
}
