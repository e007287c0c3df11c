//! Two thousand proofs and inputs that were tampered with, or made to look right: the contract's answer is the native verifier's,
//! every time. The seed is fixed, so that each run is the same.
#![allow(clippy::unwrap_used)]

mod subjects;

use std::collections::BTreeMap;

use ark_bn254::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField, UniformRand, Zero};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use subjects::{Subject, VECTORS, answer, subject};
use wattproof_circuits::format::Bundle;
use wattproof_circuits::hash::F;
use wattproof_contracts::{Chain, P, R, U256, Words};
use wattproof_tests::forge::{KeyPoints, Points};

/// Two thousand, or as many as WATTPROOF_EVM_ROUNDS asks for, if it is more.
fn asked() -> usize {
    let asked = std::env::var("WATTPROOF_EVM_ROUNDS").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(0).max(2_000)
}

/// A key with its proofs that hold, as vectors have them.
struct Target {
    subject: &'static Subject,
    points: KeyPoints,
    good: Vec<Bundle>,
}

fn targets() -> Vec<Target> {
    let names = ["day-24x1h.vk.json", "small.vk.json", "small-silent.vk.json", "small-two.vk.json"];
    let targets = names.map(|name| {
        let subject = subject(name);
        let holds = |bundle: &Bundle| {
            let inputs = bundle.statement.to_public_inputs();
            subject.prepared.verify(&inputs, &bundle.proof().unwrap()).is_ok()
        };
        let cases = VECTORS
            .cases
            .iter()
            .filter(|case| case.key.as_deref() == Some(name) && case.expect.verdict != "refused");
        let bundles = cases.filter_map(|case| Bundle::from_json(case.bundle.as_ref()?).ok());
        let good: Vec<_> = bundles.filter(holds).collect();
        assert!(!good.is_empty(), "{name} has no proof that holds");
        Target { subject, points: KeyPoints::of(&subject.file).unwrap(), good }
    });
    targets.into()
}

struct Random(ChaCha20Rng);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n as u64) as usize
    }

    fn word(&mut self) -> U256 {
        U256::from_limbs([(); 4].map(|()| self.0.next_u64()))
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Numbers where things turn over.
    fn edge(&mut self) -> U256 {
        let one = U256::from(1);
        let edges = [
            U256::ZERO,
            one,
            one << 128,
            one << 254,
            one << 255,
            U256::MAX,
            P - one,
            P,
            P + one,
            P << 1,
            R - one,
            R,
            R + one,
            R << 1,
            P - R,
        ];
        *self.pick(&edges)
    }
}

fn word(x: &impl PrimeField) -> U256 {
    U256::from_be_slice(&x.into_bigint().to_bytes_be())
}

fn g1_words(point: &G1Affine) -> [U256; 2] {
    [word(&point.x), word(&point.y)]
}

fn g2_words(point: &G2Affine) -> [U256; 4] {
    [word(&point.x.c1), word(&point.x.c0), word(&point.y.c1), word(&point.y.c0)]
}

fn words_of(points: &Points, inputs: &[U256]) -> Words {
    let (a, b, c) = (g1_words(&points.a), g2_words(&points.b), g1_words(&points.c));
    let proof = [&a[..], &b, &c].concat().try_into().unwrap();
    Words { proof, inputs: inputs.to_vec() }
}

/// A point of the twist outside the subgroup, or one of small order times something.
fn off_subgroup(random: &mut Random) -> G2Affine {
    loop {
        let x = Fq2::new(Fq::rand(&mut random.0), Fq::rand(&mut random.0));
        let point = G2Affine::get_point_from_x_unchecked(x, random.below(2) == 0);
        if let Some(point) = point.filter(|p| !p.is_in_correct_subgroup_assuming_on_curve()) {
            return point;
        }
    }
}

/// A point of a curve `y^2 = x^3 + b` with another b: what addition formulas do not notice.
fn other_curve(random: &mut Random) -> [U256; 2] {
    [word(&Fq::rand(&mut random.0)), word(&Fq::rand(&mut random.0))]
}

/// What a forger may try, by name.
const WAYS: usize = 30;

/// A claim made from a good one in one of the ways, and the way's name.
fn mutate(target: &Target, way: usize, random: &mut Random) -> (&'static str, Words) {
    let bundle = random.pick(&target.good);
    let other = random.pick(&target.good);
    let points = Points::of(bundle).unwrap();
    let other_points = Points::of(other).unwrap();
    let good = Words::of_bundle(bundle).unwrap();
    let inputs = good.inputs.clone();
    let n = inputs.len();
    let mut words = good.clone();
    let (s, t) = (1 + random.0.next_u64() % 1_000_000, random.0.next_u64());
    let delta = target.points.delta;
    let name = match way {
        0 => "nothing changed",
        1 => {
            words.proof[random.below(8)] ^= U256::from(1) << random.below(256);
            "a bit of the proof"
        }
        2 => {
            words.inputs[random.below(n)] ^= U256::from(1) << random.below(256);
            "a bit of the inputs"
        }
        3 => {
            words.proof.swap(random.below(8), random.below(8));
            "words of the proof swapped"
        }
        4 => {
            words.inputs.swap(random.below(n), random.below(n));
            "inputs swapped"
        }
        5 => {
            words.proof[random.below(8)] = random.edge();
            "an edge in the proof"
        }
        6 => {
            words.inputs[random.below(n)] = random.edge();
            "an edge in the inputs"
        }
        7 => {
            let i = random.below(8);
            words.proof[i] = words.proof[i].wrapping_add(P);
            "a coordinate plus p"
        }
        8 => {
            let i = random.below(n);
            words.inputs[i] = words.inputs[i].wrapping_add(R * U256::from(1 + random.below(5)));
            "an input plus multiples of r"
        }
        9 => {
            words = words_of(&Points { b: off_subgroup(random), ..points }, &inputs);
            "B off the subgroup"
        }
        10 => {
            // In the pairing's eyes B and B plus a point of small order may look alike.
            let cleared = off_subgroup(random).mul_bigint(F::MODULUS).into_affine();
            let b = (points.b + cleared).into_affine();
            words = words_of(&Points { b, ..points }, &inputs);
            "B plus a point outside the subgroup"
        }
        11 => {
            let point = other_curve(random);
            let at = if random.below(2) == 0 { 0 } else { 6 };
            words.proof[at..at + 2].copy_from_slice(&point);
            "A or C off the curve"
        }
        12 => {
            let range = random.pick(&[0..2, 2..6, 6..8, 0..8]).clone();
            words.proof[range].fill(U256::ZERO);
            "identity"
        }
        13 => {
            let [a, b, c] = [(); 3].map(|()| random.below(2) == 0);
            let Points { a: pa, b: pb, c: pc } = points;
            let points = Points {
                a: if a { -pa } else { pa },
                b: if b { -pb } else { pb },
                c: if c { -pc } else { pc },
            };
            words = words_of(&points, &inputs);
            "negated points"
        }
        14 => {
            words = words_of(&points.scaled(s).unwrap(), &inputs);
            "scaled: holds"
        }
        15 => {
            words = words_of(&points.re_randomised(s, t, delta).unwrap(), &inputs);
            "re-randomised: holds"
        }
        16 => {
            let c = (points.c + G1Affine::generator() * F::from(s)).into_affine();
            words = words_of(&Points { c, ..points }, &inputs);
            "C shifted"
        }
        17 => {
            words.inputs = Words::of_bundle(other).unwrap().inputs;
            "inputs of another claim"
        }
        18 => {
            words = words_of(&Points { b: other_points.b, ..points }, &inputs);
            "B of another proof"
        }
        19 => {
            words = words_of(&Points { c: other_points.c, ..points }, &inputs);
            "C of another proof"
        }
        20 => {
            // The forgery under keys with gamma = delta.
            let scalars: Vec<F> =
                inputs.iter().map(|w| F::from_be_bytes_mod_order(&w.to_be_bytes::<32>())).collect();
            let c = -target.points.combined(&scalars);
            words = words_of(&Points { a: target.points.alpha, b: target.points.beta, c }, &inputs);
            "alpha, beta, minus the inputs"
        }
        21 => {
            let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
            let pick = |r: &mut Random| F::from(r.0.next_u64());
            let a = (g1 * pick(random)).into_affine();
            let b = (g2 * pick(random)).into_affine();
            let c = (g1 * pick(random)).into_affine();
            words = words_of(&Points { a, b, c }, &inputs);
            "random points"
        }
        22 => {
            words.proof = [(); 8].map(|()| random.word());
            "random words for a proof"
        }
        23 => {
            words.proof = [(); 8].map(|()| random.word() % P);
            "random numbers in range for a proof"
        }
        24 => {
            words.inputs = inputs.iter().map(|_| random.word()).collect();
            "random words for inputs"
        }
        25 => {
            words.inputs = inputs.iter().map(|_| random.word() % R).collect();
            "random inputs in range"
        }
        26 => {
            let length = random.below(2 * n + 1);
            words.inputs.resize(length, U256::ZERO);
            "another number of inputs"
        }
        27 => {
            // The order that the native files have: real part first.
            words.proof.swap(2, 3);
            words.proof.swap(4, 5);
            "B with real parts first"
        }
        28 => {
            // The endomorphism: still on the curve.
            let beta = third_root_of_unity();
            let a = G1Affine::new_unchecked(points.a.x * beta, points.a.y);
            words = words_of(&Points { a, ..points }, &inputs);
            "A moved along the endomorphism"
        }
        _ => {
            let i = random.below(n);
            let to = words.inputs[i].wrapping_add(U256::from(1));
            words.inputs[i] = to % R;
            "an input plus one"
        }
    };
    (name, words)
}

fn third_root_of_unity() -> Fq {
    let exponent = (Fq::from(0) - Fq::from(1)) / Fq::from(3);
    let candidates = (2u64..).map(|g| Fq::from(g).pow(exponent.into_bigint()));
    candidates.into_iter().find(|x| !x.is_zero() && *x != Fq::from(1)).unwrap()
}

/// How often the answer was yes, no, and a refusal of numbers, by way.
type Seen = BTreeMap<&'static str, [usize; 3]>;

/// One round in so many, from this one on.
fn rounds(targets: &[Target], first: usize, step: usize) -> Seen {
    let mut chain = Chain::new();
    let deploy = |target: &Target| chain.deploy(&target.subject.artefact, &[]).unwrap();
    let contracts: Vec<_> = targets.iter().map(deploy).collect();
    let mut seen = Seen::new();
    for round in (first..asked()).step_by(step) {
        // Each round has a seed of its own: whichever is asked for again gives the same.
        let mut random = Random(ChaCha20Rng::seed_from_u64(round as u64));
        let which = round % targets.len();
        let target = &targets[which];
        let (name, words) = mutate(target, round / targets.len() % WAYS, &mut random);
        let answer = answer(&mut chain, &contracts[which], &words);
        assert_eq!(
            answer,
            words.expected(&target.subject.prepared),
            "round {round}, {name}: {words:?}"
        );
        let kind = ["true", "false"].iter().position(|word| *word == answer).unwrap_or(2);
        seen.entry(name).or_default()[kind] += 1;
    }
    seen
}

#[test]
fn mutated_claims_get_the_native_answer() {
    let targets = targets();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let parts = std::thread::scope(|scope| {
        let start = |first| {
            scope.spawn({
                let targets = &targets;
                move || rounds(targets, first, threads)
            })
        };
        let running: Vec<_> = (0..threads).map(start).collect();
        running.into_iter().map(|part| part.join().unwrap()).collect::<Vec<_>>()
    });
    let mut seen = Seen::new();
    for (name, counts) in parts.into_iter().flatten() {
        let sums = seen.entry(name).or_default();
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    println!("yes, no, refused: {seen:#?}");
    if let Some(path) = std::env::var_os("WATTPROOF_AUDIT") {
        // A disagreement ended the test before.
        let tally = serde_json::json!({ "kinds": seen, "disagreements": [] });
        std::fs::write(path, tally.to_string()).unwrap();
    }
    assert_eq!(seen.len(), WAYS);
    let total = |kind: usize| seen.values().map(|counts| counts[kind]).sum::<usize>();
    assert!(total(0) > 200 && total(1) > 1_000 && total(2) > 100, "{seen:?}");
    for name in ["nothing changed", "scaled: holds", "re-randomised: holds"] {
        assert_eq!(seen[name][1..], [0, 0], "{name}");
    }
    // B on the twist's curve is what makes the ways about the subgroup worth anything.
    let b = <ark_bn254::g2::Config as SWCurveConfig>::COEFF_B;
    let point = off_subgroup(&mut Random(ChaCha20Rng::seed_from_u64(1)));
    assert_eq!(point.y.square(), point.x.square() * point.x + b);
}
