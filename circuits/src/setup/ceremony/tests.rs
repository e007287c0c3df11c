#![allow(clippy::unwrap_used)]

use super::*;
use crate::cs::{Circuit, ConstraintSystem, Evaluator, Linear, Matrices, Recorder};
use crate::groth16::{PreparedVerifyingKey, Prover};
use crate::hash::F;
use crate::iden3::{Phase1, Zkey};
use crate::random::Rng;
use ark_bn254::{G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{Field, One, UniformRand};
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use ark_std::rand::SeedableRng;
use std::sync::LazyLock;

/// Knows the cube root of a number, and a bit of no use.
struct Cube(u64);

impl Circuit for Cube {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let x = F::from(self.0);
        let cube = cs.input(x * x * x);
        let root = cs.witness(|| x);
        let square = cs.product("square", &root, &root);
        cs.enforce("cube", &square, &root, &cube);
        let bit = cs.witness(|| F::from(self.0 & 1));
        cs.enforce("bit", &bit, &bit.minus(&CS::Wire::unit()), &CS::Wire::nil());
        let large = cs.witness(|| F::from(self.0) * F::from(1_u128 << 100));
        cs.enforce_equal("large", &large, &root.times(F::from(1_u128 << 100)));
        let inverse = F::from(7).inverse().unwrap();
        let seventh = cs.witness(|| x * inverse);
        cs.enforce_equal("seventh", &seventh, &root.times(inverse));
    }
}

fn matrices() -> Matrices {
    Recorder::record(&Cube(0))
}

fn rng(seed: u64) -> Rng {
    Rng::seed_from_u64(seed)
}

/// A first phase of secrets that are known; with the power of tau that only a larger file has, or without.
fn phase1(n: u32, extra: bool) -> Phase1 {
    let rng = &mut rng(3);
    let [tau, alpha, beta] = [(); 3].map(|()| F::rand(rng));
    let size = 1_usize << n;
    let g1 = |xs: &[F]| {
        let points: Vec<_> = xs.iter().map(|x| G1Projective::generator() * x).collect();
        G1Projective::normalize_batch(&points)
    };
    let g2 = |xs: &[F]| {
        let points: Vec<_> = xs.iter().map(|x| G2Projective::generator() * x).collect();
        G2Projective::normalize_batch(&points)
    };
    let times = |by: F, xs: &[F]| xs.iter().map(|x| *x * by).collect::<Vec<F>>();
    let powers: Vec<F> =
        std::iter::successors(Some(F::one()), |power| Some(*power * tau)).take(2 * size).collect();
    let domain = Radix2EvaluationDomain::<F>::new(size).unwrap();
    let lagrange = domain.evaluate_all_lagrange_coefficients(tau);
    let doubled = Radix2EvaluationDomain::<F>::new(2 * size).unwrap();
    // Without the highest power, its coefficient is left out of each polynomial.
    let lost = |j: usize| {
        let coefficient =
            doubled.element(j).pow([2 * size as u64 - 1]).inverse().unwrap() * doubled.size_inv();
        if extra { F::from(0) } else { coefficient * powers[2 * size - 1] }
    };
    let halfway: Vec<F> = doubled
        .evaluate_all_lagrange_coefficients(tau)
        .iter()
        .enumerate()
        .map(|(j, value)| *value - lost(j))
        .skip(1)
        .step_by(2)
        .collect();
    Phase1 {
        tau_g1: g1(&powers[..2 * size - usize::from(!extra)]),
        tau_g2: g2(&powers[..size]),
        alpha_tau_g1: g1(&times(alpha, &powers[..size])),
        beta_tau_g1: g1(&times(beta, &powers[..size])),
        beta_g2: g2(&[beta])[0],
        lagrange_tau_g1: g1(&lagrange),
        lagrange_tau_g2: g2(&lagrange),
        lagrange_alpha_tau_g1: g1(&times(alpha, &lagrange)),
        lagrange_beta_tau_g1: g1(&times(beta, &lagrange)),
        lagrange_halfway: g1(&halfway),
    }
}

fn initial() -> Zkey {
    initial_key(&matrices(), &phase1(3, false)).unwrap()
}

/// Three contributors and a beacon.
static FINISHED: LazyLock<Zkey> = LazyLock::new(|| {
    let mut key = initial();
    for (i, name) in ["Ada", "Grace", "Emmy"].into_iter().enumerate() {
        contribute(&mut key, name, &mut rng(100 + i as u64));
    }
    contribute_beacon(&mut key, "drand", &[0xbe; 32], 10).unwrap();
    key
});

fn judged(key: &Zkey) -> Result<(), Refusal> {
    verify(key, &initial(), &Demands::default(), &mut rng(7))
}

#[test]
fn a_key_of_three_contributors_and_a_beacon_is_good_and_proves() {
    judged(&FINISHED).unwrap();
    let (key, verifying) = FINISHED.clone().into_keys([1; 32], matrices()).unwrap();
    let assignment = Evaluator::assign(&Cube(5), key.matrices.variables);
    let proof = key.prove(&assignment, &mut rng(1)).unwrap();
    let verifier = PreparedVerifyingKey::from(&verifying);
    verifier.verify(&[F::from(125)], &proof).unwrap();
    assert!(verifier.verify(&[F::from(126)], &proof).is_err());
}

/// With the power of tau that a larger file has, the points halfway are other points, and prove as well.
#[test]
fn a_first_phase_of_a_greater_power_serves_too() {
    let phase = phase1(3, true);
    check_phase1(&phase, &mut rng(2)).unwrap();
    let mut key = initial_key(&matrices(), &phase).unwrap();
    contribute(&mut key, "Ada", &mut rng(1));
    let (key, verifying) = key.into_keys([1; 32], matrices()).unwrap();
    let assignment = Evaluator::assign(&Cube(5), key.matrices.variables);
    let proof = key.prove(&assignment, &mut rng(1)).unwrap();
    PreparedVerifyingKey::from(&verifying).verify(&[F::from(125)], &proof).unwrap();
}

#[test]
fn an_initial_key_is_no_verifying_key() {
    let code = initial().into_keys([1; 32], matrices()).unwrap_err().code();
    assert_eq!(code, crate::error::Code::UnsoundKey);
}

#[test]
fn first_phases_are_recomputed() {
    let check = |change: &dyn Fn(&mut Phase1)| {
        let mut phase = phase1(3, false);
        change(&mut phase);
        check_phase1(&phase, &mut rng(5)).map_err(|refusal| refusal.check)
    };
    assert_eq!(check(&|_| {}), Ok(()));
    let doubled = |point: &mut G1Affine| *point = (*point + *point).into_affine();
    let doubled_g2 = |point: &mut G2Affine| *point = (*point + *point).into_affine();
    for i in 0..15 {
        assert_eq!(check(&|p| doubled(&mut p.tau_g1[i])), Err(Check::Powers), "{i}");
    }
    for i in 0..8 {
        assert_eq!(check(&|p| doubled_g2(&mut p.tau_g2[i])), Err(Check::Powers), "{i}");
        assert_eq!(check(&|p| doubled(&mut p.alpha_tau_g1[i])), Err(Check::Powers), "{i}");
        assert_eq!(check(&|p| doubled(&mut p.beta_tau_g1[i])), Err(Check::Powers), "{i}");
        assert_eq!(check(&|p| doubled(&mut p.lagrange_tau_g1[i])), Err(Check::Lagrange), "{i}");
        assert_eq!(check(&|p| doubled_g2(&mut p.lagrange_tau_g2[i])), Err(Check::Lagrange), "{i}");
        let alpha = check(&|p| doubled(&mut p.lagrange_alpha_tau_g1[i]));
        assert_eq!(alpha, Err(Check::Lagrange), "{i}");
        let beta = check(&|p| doubled(&mut p.lagrange_beta_tau_g1[i]));
        assert_eq!(beta, Err(Check::Lagrange), "{i}");
        assert_eq!(check(&|p| doubled(&mut p.lagrange_halfway[i])), Err(Check::Lagrange), "{i}");
    }
    assert_eq!(check(&|p| doubled_g2(&mut p.beta_g2)), Err(Check::Powers));
    let g1 = G1Affine::generator();
    for point in [G1Affine::identity(), g1] {
        assert_eq!(check(&|p| p.tau_g1[1] = point), Err(Check::TrivialPhase1));
        assert_eq!(check(&|p| p.alpha_tau_g1[0] = point), Err(Check::TrivialPhase1));
        assert_eq!(check(&|p| p.beta_tau_g1[0] = point), Err(Check::TrivialPhase1));
    }
}

#[test]
fn refusals_name_the_contribution() {
    let mut key = FINISHED.clone();
    key.contributions[1].transcript[5] ^= 1;
    let refusal = judged(&key).unwrap_err();
    assert_eq!(refusal.contribution, Some(2));
    assert!(refusal.to_string().starts_with("contribution 2: the transcript"));
}

#[test]
fn a_finished_key_is_read_as_it_is_written() {
    let mut bytes = Vec::new();
    FINISHED.write(&mut bytes).unwrap();
    let read = Zkey::read(std::io::Cursor::new(&bytes)).unwrap();
    assert_eq!(read, *FINISHED);
    for length in (bytes.len() - 2000..bytes.len()).step_by(13) {
        let cut = Zkey::read(std::io::Cursor::new(&bytes[..length]));
        assert!(cut.is_err(), "{length}");
    }
}

#[test]
fn long_names_are_cut_between_characters() {
    let mut key = initial();
    contribute(&mut key, &"ö".repeat(200), &mut rng(1));
    assert_eq!(key.contributions[0].name.as_deref(), Some("ö".repeat(64).as_str()));
    // 64 of four bytes each are one byte more than a key has room for.
    contribute(&mut key, &"\u{20000}".repeat(64), &mut rng(2));
    assert_eq!(key.contributions[1].name.as_deref(), Some("\u{20000}".repeat(63).as_str()));
    let mut bytes = Vec::new();
    key.write(&mut bytes).unwrap();
    assert_eq!(Zkey::read(std::io::Cursor::new(&bytes)).unwrap(), key);
}

/// Its proof of knowledge is good: one is a secret like another, but for what it does.
#[test]
fn a_contribution_that_changes_nothing_is_refused() {
    let mut key = initial();
    contribute(&mut key, "Ada", &mut rng(1));
    let s = points::random_g1(&mut rng(2));
    let mut history = contribute::History::new(&key.circuit_hash);
    history.push(&key.contributions[0]);
    let transcript = history.transcript(&s, &s);
    let spx = points::hash_to_g2(&transcript);
    key.contributions.push(crate::iden3::Contribution {
        delta_g1: key.delta_g1,
        s,
        sx: s,
        spx,
        transcript,
        source: crate::iden3::Source::Secret,
        name: Some("Nobody".into()),
    });
    contribute(&mut key, "Emmy", &mut rng(3));
    let refusal = judged(&key).unwrap_err();
    assert_eq!((refusal.check, refusal.contribution), (Check::Idle, Some(2)));
}

#[test]
fn names_that_people_take_for_one_are_one() {
    for (name, check) in [
        ("ada", Check::SameName),
        (" ADA\u{a0}", Check::SameName),
        ("", Check::Unnamed),
        ("\u{200b}", Check::Unnamed),
        ("...", Check::Unnamed),
    ] {
        let mut key = initial();
        contribute(&mut key, "Ada", &mut rng(1));
        let told = check_open(&key, name).unwrap_err();
        assert_eq!(told.check, check, "{name:?}");
        contribute(&mut key, name, &mut rng(2));
        let refusal = judged(&key).unwrap_err();
        assert_eq!((refusal.check, refusal.contribution), (check, Some(2)), "{name:?}");
    }
}

#[test]
fn what_cannot_be_gone_on_from_is_told_at_once() {
    let key = initial();
    check_open(&key, "Ada").unwrap();
    check_open(&key, "愛").unwrap();
    let told = |key: &Zkey, name| check_open(key, name).unwrap_err();
    let closed = told(&FINISHED, "Late");
    assert_eq!((closed.check, closed.contribution), (Check::BeaconPlace, Some(4)));
    let taken = told(&FINISHED, "grace");
    assert_eq!((taken.check, taken.contribution), (Check::SameName, Some(2)));
    let no_ceremony = Zkey { circuit_hash: [0; 64], ..key };
    assert_eq!(told(&no_ceremony, "Ada").check, Check::CircuitHash);
}
