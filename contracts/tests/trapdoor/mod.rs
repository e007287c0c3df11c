//! A key whose secrets are known, for any number of inputs from 5 to 10: proofs of whatever one likes, without a circuit.
#![allow(dead_code, clippy::unwrap_used)]

use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, UniformRand};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use wattproof_circuits::format::{Digest, Setup, VerifyingKeyFile};
use wattproof_circuits::groth16::{PreparedVerifyingKey, Proof, VerifyingKey};
use wattproof_circuits::hash::F;
use wattproof_circuits::iden3::solidity;
use wattproof_circuits::policy::Policy;
use wattproof_circuits::relation::Shape;
use wattproof_circuits::verifier::KeyPolicy;
use wattproof_contracts::{Artefact, U256, Words};
use wattproof_tests::forge::{KeyPoints, Points};

pub(crate) struct Trapdoor {
    alpha: F,
    beta: F,
    gamma: F,
    delta: F,
    inputs: Vec<F>,
    rng: ChaCha20Rng,
    pub(crate) file: VerifyingKeyFile,
    pub(crate) prepared: PreparedVerifyingKey,
}

impl Trapdoor {
    /// A key for that many inputs.
    pub(crate) fn new(inputs: usize) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(inputs as u64);
        let [alpha, beta, gamma, delta] = [(); 4].map(|()| F::rand(&mut rng));
        let inputs: Vec<F> = (0..=inputs).map(|_| F::rand(&mut rng)).collect();
        let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
        let points = KeyPoints {
            alpha: (g1 * alpha).into_affine(),
            beta: (g2 * beta).into_affine(),
            gamma: (g2 * gamma).into_affine(),
            delta: (g2 * delta).into_affine(),
            inputs: inputs.iter().map(|x| (g1 * x).into_affine()).collect(),
        };
        let key = VerifyingKey::from_bytes(&points.bytes()).unwrap();
        let digest = Digest([inputs.len() as u8; 32]);
        let shape = shape(inputs.len() - 1);
        let file = VerifyingKeyFile::new(digest, shape, Setup::Dev, key, digest).unwrap();
        let prepared = file.key().into();
        Self { alpha, beta, gamma, delta, inputs, rng, file, prepared }
    }

    /// Random inputs with a proof of them.
    pub(crate) fn claim(&mut self) -> Words {
        self.claim_off_by(F::from(0))
    }

    /// The same, but C is off by a multiple of the generator: the equation by `e(G, G)^(error delta)`.
    pub(crate) fn claim_off_by(&mut self, error: F) -> Words {
        let inputs: Vec<F> = self.inputs.iter().skip(1).map(|_| F::rand(&mut self.rng)).collect();
        self.prove_off_by(&inputs, error)
    }

    /// A proof of these inputs.
    pub(crate) fn prove(&mut self, inputs: &[F]) -> Words {
        self.prove_off_by(inputs, F::from(0))
    }

    fn prove_off_by(&mut self, inputs: &[F], error: F) -> Words {
        let (a, b) = (F::rand(&mut self.rng), F::rand(&mut self.rng));
        let c = (a * b - self.rest(inputs)) * self.delta.inverse().unwrap();
        words([a, b, c + error], inputs)
    }

    /// Claims whose A, B and C, in turn, is the identity, and whose equation holds.
    pub(crate) fn claims_with_identities(&mut self) -> [Words; 3] {
        let inputs: Vec<F> = self.inputs.iter().skip(1).map(|_| F::rand(&mut self.rng)).collect();
        let (rest, some) = (self.rest(&inputs), F::rand(&mut self.rng));
        let c = -rest * self.delta.inverse().unwrap();
        // No proof can be made of an identity: what stands in its place is taken out of the words.
        let parts =
            [([some, some, c], 0..2), ([some, some, c], 2..6), ([some, rest / some, some], 6..8)];
        parts.map(|(scalars, identity)| {
            let mut claim = words(scalars, &inputs);
            claim.proof[identity].fill(U256::ZERO);
            claim
        })
    }

    /// What `e(A, B)` is to be but for C, as a multiple of the generators' pairing.
    fn rest(&self, inputs: &[F]) -> F {
        let scalars = [F::from(1)].into_iter().chain(inputs.iter().copied());
        let sum: F = self.inputs.iter().zip(scalars).map(|(a, b)| *a * b).sum();
        self.alpha * self.beta + sum * self.gamma
    }
}

/// The claim with these multiples of the generators.
fn words([a, b, c]: [F; 3], inputs: &[F]) -> Words {
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let points =
        Points { a: (g1 * a).into_affine(), b: (g2 * b).into_affine(), c: (g1 * c).into_affine() };
    Words::of(&proof(&points), inputs)
}

/// The contracts of these keys, compiled in one go: of single claims, and of batches.
pub(crate) fn artefacts(room: &str, keys: &[Trapdoor]) -> Vec<[Artefact; 2]> {
    let name = |key: &Trapdoor| format!("Toy{}", key.prepared.public_inputs());
    let allowed = KeyPolicy { allow_dev: true };
    let source = |key: &Trapdoor| solidity::verifier(&key.file, &name(key), allowed).unwrap();
    let sources: Vec<_> = keys.iter().map(source).collect();
    let names = |key| ["Verifier", "BatchVerifier"].map(|kind| name(key) + kind);
    let names: Vec<_> = keys.iter().flat_map(names).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let made = Artefact::of_sources(room, &sources, &names);
    made.chunks_exact(2).map(|pair| [pair[0].clone(), pair[1].clone()]).collect()
}

/// Points as a proof.
pub(crate) fn proof(points: &Points) -> Proof {
    Proof::from_bytes(&points.bytes()).unwrap()
}

/// The number of a word, for arguments.
pub(crate) fn u(x: u64) -> U256 {
    U256::from(x)
}

/// A shape with so many public inputs: volumes of up to four channels, one of them hidden for a tenth.
fn shape(inputs: usize) -> Shape {
    let directions = ["import", "export", "generation", "consumption"];
    let (channels, hidden) = if inputs == 10 { (4, true) } else { (inputs - 5, false) };
    let channel =
        |direction| format!(r#"{{"quantity":"energy","direction":"{direction}","unit":"Wh"}}"#);
    let channel_list: Vec<_> = directions[..channels.max(1)].iter().map(channel).collect();
    let condition = |i| {
        let reveal = if hidden && i == 0 { "hidden" } else { "exact" };
        format!(r#"{{"kind":"volume","channel":{i},"reveal":"{reveal}","min":"0","max":"50000"}}"#)
    };
    let conditions: Vec<_> = (0..channels).map(condition).collect();
    let separator = if channels == 0 { "" } else { "," };
    let policy = format!(
        r#"{{"wattproof":"policy/1",
        "geometry":{{"intervals_per_block":4,"blocks":{{"min":1,"max":1}},"aligned":true,"value_bits":16,"registry_depth":2}},
        "scope":{{"authority":"eip155:31337","name":"toy","calendar":{{"zone":"UTC","unit":"day"}}}},
        "meter":{{"interval_seconds":21600,"grid_offset_seconds":0,"channels":[{}]}},
        "least_level":"L2",
        "conditions":[{{"kind":"completeness","min_measured_ppm":750000}}{separator}{}]}}"#,
        channel_list.join(","),
        conditions.join(",")
    );
    let shape = Policy::from_json(&policy).unwrap().shape();
    assert_eq!(shape.public_inputs(), inputs);
    shape
}
