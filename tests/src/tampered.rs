//! Keys of ceremonies that went wrong in one way each, and the check that must notice. For Rust to judge, and as files for snarkjs.

use crate::Any;
use crate::ptau;
use ark_bn254::{G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{Field, One};
use std::io::Cursor;
use wattproof_circuits::cs::{Circuit, ConstraintSystem, Linear, Matrices, Recorder};
use wattproof_circuits::hash::F;
use wattproof_circuits::iden3::{Phase1, Ptau, Source, Zkey};
use wattproof_circuits::random::{Rng, seeded};
use wattproof_circuits::setup::ceremony::{Check, contribute, contribute_beacon, initial_key};

/// Knows the cube root of a number, its seventh, and a bit.
struct Cube;

impl Circuit for Cube {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let x = F::from(5);
        let cube = cs.input(x * x * x);
        let root = cs.witness(|| x);
        let square = cs.product("square", &root, &root);
        cs.enforce("cube", &square, &root, &cube);
        let bit = cs.witness(F::one);
        cs.enforce("bit", &bit, &bit.minus(&CS::Wire::unit()), &CS::Wire::nil());
        let inverse = F::from(7).inverse().unwrap_or_default();
        let seventh = cs.witness(|| x * inverse);
        cs.enforce_equal("seventh", &seventh, &root.times(inverse));
    }
}

/// As many rows as the circuit's domain: 2 to this power.
const POWER: u32 = 3;

fn rng(seed: u8) -> Rng {
    seeded([seed; 32])
}

/// A ceremony of three contributors and a beacon, with all that it stands on.
pub struct Ceremony {
    /// The first phase, as a file.
    pub ptau: Vec<u8>,
    phase: Phase1,
    /// The circuit's.
    pub matrices: Matrices,
    /// The key before anybody contributed.
    pub initial: Zkey,
    /// The key that is good.
    pub finished: Zkey,
}

/// A key that must be refused.
pub struct Tampered {
    /// What was done to it.
    pub what: &'static str,
    /// The key.
    pub key: Zkey,
    /// The check that must fail first.
    pub check: Check,
}

impl Ceremony {
    /// The same every time.
    ///
    /// # Errors
    /// None, unless something is wrong with what is tested.
    pub fn play() -> Any<Self> {
        let mut bytes = Vec::new();
        ptau::write(POWER, &mut rng(3), &mut bytes)?;
        let phase = Ptau::open(Cursor::new(&bytes))?.phase1(POWER)?;
        let matrices = Recorder::record(&Cube);
        let initial = initial_key(&matrices, &phase)?;
        let mut finished = initial.clone();
        for (seed, name) in (100..).zip(["Ada", "Grace", "Emmy"]) {
            contribute(&mut finished, name, &mut rng(seed));
        }
        contribute_beacon(&mut finished, "drand", &[0xbe; 32], 10)?;
        Ok(Self { ptau: bytes, phase, matrices, initial, finished })
    }

    /// One thing changed in the finished key each; then ceremonies that are well formed, but not what was demanded.
    ///
    /// # Errors
    /// None, unless something is wrong with what is tested.
    pub fn tampered(&self) -> Any<Vec<Tampered>> {
        let mut all: Vec<Tampered> = Vec::new();
        let mut add = |what, check, change: &dyn Fn(&mut Zkey)| {
            let mut key = self.finished.clone();
            change(&mut key);
            all.push(Tampered { what, key, check });
        };
        let double = |point: &mut G1Affine| *point = (*point + *point).into_affine();
        let double_g2 = |point: &mut G2Affine| *point = (*point + *point).into_affine();
        add("circuit hash", Check::CircuitHash, &|k| k.circuit_hash[0] ^= 1);
        add("alpha", Check::FixedPart, &|k| double(&mut k.alpha_g1));
        add("beta in G1", Check::FixedPart, &|k| double(&mut k.beta_g1));
        add("beta in G2", Check::FixedPart, &|k| double_g2(&mut k.beta_g2));
        add("gamma", Check::FixedPart, &|k| double_g2(&mut k.gamma_g2));
        add("gamma set to delta", Check::FixedPart, &|k| k.gamma_g2 = k.delta_g2);
        add("an input's point", Check::FixedPart, &|k| double(&mut k.inputs[1]));
        add("the inputs' points exchanged", Check::FixedPart, &|k| k.inputs.swap(0, 1));
        add("a point of A", Check::FixedPart, &|k| double(&mut k.a[2]));
        add("a point of B in G1", Check::FixedPart, &|k| double(&mut k.b_g1[2]));
        add("a point of B in G2", Check::FixedPart, &|k| double_g2(&mut k.b_g2[2]));
        add("a coefficient", Check::FixedPart, &|k| k.coefficients[20] ^= 1);
        add("a point of L", Check::L, &|k| double(&mut k.l[0]));
        add("two points of L exchanged", Check::L, &|k| k.l.swap(0, 1));
        add("a point of L missing", Check::L, &|k| k.l.truncate(1));
        add("L not divided by the last delta", Check::L, &|k| {
            let by = F::from(3);
            k.l.iter_mut().for_each(|point| *point = (*point * by).into_affine());
        });
        add("a point of H", Check::H, &|k| double(&mut k.h[3]));
        add("the last point of H", Check::H, &|k| k.h.last_mut().into_iter().for_each(double));
        add("two points of H exchanged", Check::H, &|k| k.h.swap(2, 5));
        add("H without delta", Check::H, &|k| k.h = self.initial.h.clone());
        add("delta in G1", Check::LastDelta, &|k| double(&mut k.delta_g1));
        add("delta in G2", Check::LastDelta, &|k| double_g2(&mut k.delta_g2));
        add("delta set to the generator", Check::LastDelta, &|k| {
            (k.delta_g1, k.delta_g2) = (G1Affine::generator(), G2Affine::generator());
        });
        add("no contribution left in the list", Check::LastDelta, &|k| k.contributions.clear());
        add("the last contribution dropped", Check::LastDelta, &|k| drop(k.contributions.pop()));
        add("the first contribution dropped", Check::Transcript, &|k| {
            drop(k.contributions.remove(0))
        });
        add("two contributions exchanged", Check::Transcript, &|k| k.contributions.swap(0, 1));
        add("a contribution twice", Check::Transcript, &|k| {
            k.contributions.insert(1, k.contributions[0].clone());
        });
        add("a transcript", Check::Transcript, &|k| k.contributions[1].transcript[5] ^= 1);
        add("a contributor's s", Check::Transcript, &|k| double(&mut k.contributions[0].s));
        add("a contributor's sx", Check::Transcript, &|k| double(&mut k.contributions[0].sx));
        add("a contributor's spx", Check::Knowledge, &|k| double_g2(&mut k.contributions[0].spx));
        add("a contribution's delta", Check::Delta, &|k| double(&mut k.contributions[0].delta_g1));
        add("a contribution's delta as the one before", Check::Delta, &|k| {
            k.contributions[1].delta_g1 = k.contributions[0].delta_g1;
        });
        add("a contribution's delta the identity", Check::Identity, &|k| {
            k.contributions[2].delta_g1 = G1Affine::identity();
        });
        add("a contribution of the identity", Check::Identity, &|k| {
            let c = &mut k.contributions[0];
            (c.s, c.sx, c.spx) = (G1Affine::identity(), G1Affine::identity(), G2Affine::identity());
        });
        add("a beacon's value", Check::Beacon, &|k| {
            k.contributions[3].source = Source::Beacon { hash: vec![0xbf; 32], iterations: 10 };
        });
        add("a beacon's iterations", Check::Beacon, &|k| {
            k.contributions[3].source = Source::Beacon { hash: vec![0xbe; 32], iterations: 11 };
        });
        add("a secret called a beacon", Check::BeaconPlace, &|k| {
            k.contributions[1].source = Source::Beacon { hash: vec![0xbe; 32], iterations: 10 };
        });
        add("a beacon called a secret", Check::BeaconPlace, &|k| {
            k.contributions[3].source = Source::Secret;
        });
        add("a beacon of no iterations", Check::BeaconForm, &|k| {
            k.contributions[3].source = Source::Beacon { hash: vec![0xbe; 32], iterations: 0 };
        });
        add("a beacon that nobody can check", Check::BeaconForm, &|k| {
            k.contributions[3].source = Source::Beacon { hash: vec![0xbe; 32], iterations: 63 };
        });
        add("an empty beacon", Check::BeaconForm, &|k| {
            k.contributions[3].source = Source::Beacon { hash: vec![], iterations: 10 };
        });
        add("a contribution without a name", Check::Unnamed, &|k| k.contributions[1].name = None);
        add("a name of spaces", Check::Unnamed, &|k| k.contributions[1].name = Some("  ".into()));
        add("two contributions of one name", Check::SameName, &|k| {
            k.contributions[1].name = Some("Ada".into());
        });
        let mut push = |what, check, key| all.push(Tampered { what, key, check });
        let mut short = self.initial.clone();
        contribute(&mut short, "Ada", &mut rng(1));
        contribute(&mut short, "Grace", &mut rng(2));
        contribute_beacon(&mut short, "drand", &[1], 10)?;
        push("two contributors only", Check::TooFew, short);
        let mut only = self.initial.clone();
        contribute_beacon(&mut only, "drand", &[1], 10)?;
        push("a beacon alone", Check::TooFew, only);
        push("nothing contributed", Check::TrivialDelta, self.initial.clone());
        let mut without = self.initial.clone();
        for (seed, name) in (1..).zip(["Ada", "Grace", "Emmy"]) {
            contribute(&mut without, name, &mut rng(seed));
        }
        push("no beacon", Check::BeaconPlace, without);
        let mut after = self.finished.clone();
        contribute(&mut after, "Late", &mut rng(9));
        push("a contribution after the beacon", Check::BeaconPlace, after);
        let mut others = self.matrices.clone();
        others.coefficients[2] += F::one();
        let mut other = initial_key(&others, &self.phase)?;
        contribute(&mut other, "Ada", &mut rng(1));
        push("another circuit", Check::CircuitHash, other);
        Ok(all)
    }
}
