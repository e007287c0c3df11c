//! Fifty members with claims of their own, from readings to the sum.
//!
//! Every claim passes the whole native check. Proofs are of a circuit that proves any numbers, as what is tested is what the
//! aggregator compares; with `WATTPROOF_LONG=1` they are of the claims' own circuit.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::commitment::{Blinding, commit};
use crate::cs::Evaluator;
use crate::error::{Code, Result};
use crate::format::{Bundle, Prefixed, Profile, Setup, SetupStamp, VerifyingKeyFile};
use crate::groth16::toy::Toy;
use crate::groth16::{Proof, ProvingKey};
use crate::meter::{
    Device, Leaf, Ledger, Level, Reading, Registry, SecretKey, nullifier_commitment,
};
use crate::policy::{Context, Policy};
use crate::relation::tests::case::{START, completeness, condition, day, small};
use crate::relation::{Claim, Enrolled, FIXED_INPUTS, Relation, Voucher, circuit_id};
use crate::setup::hazmat::development_keys;
use crate::verifier::{KeyPolicy, LoadedKey, Verifier};
use std::sync::Arc;

const COUNT: usize = 50;

fn mask_key(i: usize) -> MaskKey {
    MaskKey::from_seed([i as u8 + 1; 32])
}

fn roster() -> Roster {
    let member = |i| Member { name: format!("house {i}"), key: mask_key(i).public() };
    Roster::new(Digest([9; 32]), 20, (0..COUNT).map(member).collect()).unwrap()
}

fn context(roster: &Roster) -> Context {
    Context::Challenge { verifier: "community".into(), nonce: Prefixed(roster.digest().0) }
}

fn policy() -> Policy {
    let mut case = day();
    let members: &[(&str, &[i64])] = &[("channel", &[0]), ("max", &[1000]), ("reveal", &[2])];
    case.conditions = vec![completeness(0), condition("volume", members, Default::default())];
    case.geometry = crate::relation::Geometry { registry_depth: 3, ..small(true, 1, 1) };
    case.claim().policy
}

fn device(i: usize) -> Device {
    Device {
        key: SecretKey::from_seed([i as u8 + 100; 32]),
        serial: i.to_string(),
        meter_salt: F::from(7),
        nullifier_key: F::from(1000 + i as u64),
    }
}

fn total(i: usize) -> u64 {
    4 * i as u64 + 100
}

/// Each member's claim, joined to the roster, and its share.
fn members(roster: &Roster) -> Vec<(Claim, Share)> {
    let policy = policy();
    let mut registry = Registry::new(3).unwrap();
    for i in 0..COUNT {
        let device = device(i);
        let leaf = Leaf {
            key: device.key.public(),
            meter_id: device.meter_id(),
            nullifier_commitment: nullifier_commitment(&device.nullifier_key),
            level: Level::L1,
            nameplate: 20_000,
            valid_from: START,
            valid_until: START + 86_400,
        };
        registry.add(leaf).unwrap();
    }
    let period = Period::new(START, START + 86_400).unwrap();
    let context = context(roster);
    let one = |i: usize| {
        let device = device(i);
        let readings = [i as u32, 100, 2 * i as u32, i as u32].map(Reading::measured).to_vec();
        let (id, meter, geometry) = (device.meter_id(), policy.meter(), policy.geometry());
        let ledger = Ledger::record(&device.key, &id, meter, geometry, START, &[readings]).unwrap();
        let signed = ledger.attest(&device.key, &policy, &period, &context).unwrap();
        let mut claim = Claim {
            policy: policy.clone(),
            period,
            context: context.clone(),
            voucher: Voucher::Registry(Box::new(Enrolled {
                leaf: registry.entries()[i].leaf.clone(),
                path: registry.path(i).unwrap(),
                nullifier_key: device.nullifier_key,
                signature: signed.signature,
            })),
            head: signed.head,
            first_index: signed.first_index,
            blocks: signed.blocks,
            blindings: Vec::new(),
        };
        let mut shares = join(&mut claim, &mask_key(i), roster).unwrap();
        (claim, shares.pop().unwrap())
    };
    (0..COUNT).map(one).collect()
}

/// Proves claims, truly or as a toy.
enum Prover {
    Toy(Box<Toy>),
    Real(Box<ProvingKey>),
}

struct Stage {
    prover: Prover,
    verifier: Verifier,
    roster: Roster,
    claims: Vec<(Claim, Share)>,
}

impl Stage {
    fn new(long: bool) -> Self {
        let roster = roster();
        let claims = members(&roster);
        let shape = policy().shape();
        let matrices = Relation::matrices(&shape);
        let id = circuit_id(&shape, &matrices);
        let (prover, key) = if long {
            let (proving, verifying) =
                development_keys(id.0, matrices, &mut crate::random::rng().unwrap()).unwrap();
            (Prover::Real(Box::new(proving)), verifying)
        } else {
            let toy = Toy::new(FIXED_INPUTS + 2);
            let key = toy.verifying_key();
            (Prover::Toy(Box::new(toy)), key)
        };
        let file = VerifyingKeyFile::new(id, shape, Setup::Dev, key, Digest([2; 32])).unwrap();
        let key = Arc::new(LoadedKey::new(file, KeyPolicy { allow_dev: true }).unwrap());
        let roots = vec![claims[0].0.check().unwrap().0.anchor];
        let (period, fingerprint) = (claims[0].0.period, key.file().fingerprint());
        let profile = Profile::new(policy(), fingerprint, roots, period, context(&roster));
        let verifier = Verifier::new(key, profile, [-28_800; 4]).unwrap();
        Self { prover, verifier, roster, claims }
    }

    fn prove(&mut self, claim: &Claim) -> Bundle {
        let (statement, relation) = claim.check().unwrap();
        let inputs = statement.to_public_inputs();
        let proof: Proof = match &mut self.prover {
            Prover::Toy(toy) => toy.prove_inputs(&inputs),
            Prover::Real(key) => {
                let assignment = Evaluator::assign(&relation, key.matrices.variables);
                key.prove_timed(&assignment, &mut crate::random::rng().unwrap()).unwrap().0
            }
        };
        let id = circuit_id(&claim.policy.shape(), &Relation::matrices(&claim.policy.shape()));
        Bundle::new(id, SetupStamp::Dev, statement, &proof, None)
    }

    fn open(&self, bundles: &[Bundle], shares: &[Share]) -> Result<Opened> {
        open_bundles(&self.verifier, &self.roster, bundles, shares)
    }
}

fn code<T: std::fmt::Debug>(outcome: Result<T>) -> Code {
    outcome.unwrap_err().code()
}

fn fifty(long: bool) {
    let mut stage = Stage::new(long);
    let (claims, shares): (Vec<Claim>, Vec<Share>) = stage.claims.iter().cloned().unzip();
    let bundles: Vec<Bundle> = claims.iter().map(|claim| stage.prove(claim)).collect();
    let sum: u64 = (0..COUNT).map(total).sum();
    let opened = stage.open(&bundles, &shares).unwrap();
    assert_eq!((opened.members, opened.sums.len(), opened.nullifiers.len()), (50, 1, 50));
    assert_eq!((opened.sums[0].total, opened.sums[0].unit.as_str()), (sum.into(), "Wh"));
    assert_eq!((opened.sums[0].name, opened.sums[0].text.as_str()), ("volume", "9.9 kWh"));

    // One is absent: with bundle and share, with either.
    assert_eq!(code(stage.open(&bundles[1..], &shares[1..])), Code::MemberMissing);
    assert_eq!(code(stage.open(&bundles, &shares[1..])), Code::MemberMissing);
    let refused = stage.open(&bundles[1..], &shares).unwrap_err();
    assert!(
        refused.code() == Code::ProofInvalid && refused.message().contains("house 0"),
        "{refused}"
    );
    // One is there twice: its bundle, its share, and its meter under another member's name.
    let mut twice = bundles.clone();
    twice[7] = bundles[6].clone();
    let refused = stage.open(&twice, &shares).unwrap_err();
    assert!(
        refused.code() == Code::AlreadyClaimed && refused.message().contains("bundles[7]"),
        "{refused}"
    );
    let mut double = shares.clone();
    double[7] = shares[6].clone();
    assert_eq!(code(stage.open(&bundles, &double)), Code::MemberTwice);
    let mut other = claims[6].clone();
    let stolen = join(&mut other, &mask_key(7), &stage.roster).unwrap();
    (twice[7], double[7]) = (stage.prove(&other), stolen[0].clone());
    assert_eq!(code(stage.open(&twice, &double)), Code::AlreadyClaimed);
    // One lies: in its share, or in the blinding that it proves with.
    let mut lie = shares.clone();
    lie[9].masked = lie[9].masked.wrapping_add(1000);
    assert_eq!(code(stage.open(&bundles, &lie)), Code::SumClosed);
    let mut other = claims[9].clone();
    other.blindings = vec![F::from(5)];
    let mut unmasked = bundles.clone();
    unmasked[9] = stage.prove(&other);
    assert_eq!(code(stage.open(&unmasked, &shares)), Code::ProofInvalid);
    lie[9] = Share {
        commitment: commit(total(9), &Blinding::new(&F::from(5)).unwrap()),
        ..shares[9].clone()
    };
    assert_eq!(code(stage.open(&unmasked, &lie)), Code::SumClosed);
    // Shares of an output that is none.
    let mut extra = shares.clone();
    extra.push(Share { subject: Subject { output: 1, ..shares[0].subject }, ..shares[0].clone() });
    assert_eq!(code(stage.open(&bundles, &extra)), Code::WrongRound);
}

#[test]
fn fifty_members_with_claims() {
    fifty(false);
}

#[test]
fn fifty_members_with_proofs_of_their_own() {
    if std::env::var_os("WATTPROOF_LONG").is_some_and(|long| long == "1") {
        fifty(true);
    }
}

#[test]
fn claims_and_profiles_name_the_round() {
    let stage = Stage::new(false);
    let other = Roster::new(Digest([8; 32]), 20, stage.roster.members().to_vec()).unwrap();
    assert_eq!(code(Round::new(&stage.verifier, &other)), Code::WrongContext);
    let mut claim = stage.claims[0].0.clone();
    assert_eq!(code(join(&mut claim, &mask_key(0), &other)), Code::WrongContext);
    assert_eq!(code(join(&mut claim, &mask_key(77), &stage.roster)), Code::MemberMissing);
    let order = Context::Settlement {
        chain_id: 1,
        contract: Prefixed([1; 20]),
        payee: Prefixed([2; 20]),
        order: Prefixed(other.digest().0),
    };
    assert!(order.is_for(&other) && !order.is_for(&stage.roster));
    let mut plain = day().claim();
    plain.context = order;
    assert_eq!(code(join(&mut plain, &mask_key(0), &other)), Code::BadPolicy);
}

#[test]
fn files_of_members_come_back() {
    let member = roster().members()[3].clone();
    let (json, x) = (member.to_json(), member.key.point().x.to_string());
    assert_eq!(Member::from_json(&json), Ok(member));
    assert_eq!(code(Member::from_json(&json.replace("house 3", ""))), Code::BadPolicy);
    assert_eq!(
        code(Member::from_json(&json.replace("member/1", "roster/1"))),
        Code::UnknownVersion
    );
    assert_eq!(code(Member::from_json(&json.replace(&x, "5"))), Code::BadKey);
}
