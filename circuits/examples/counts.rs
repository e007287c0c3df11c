//! What `cargo xtask bench --counts` has counted by callgrind: each function named `counted_…` is one count.
//!
//! A small circuit, one thread and a seed, so that each run executes the same instructions: half of its wires are bits, half are full-size, as
//! in the product's circuits.

use wattproof_circuits::cs::{Circuit, ConstraintSystem, Evaluator, Linear, Recorder};
use wattproof_circuits::error::Result;
use wattproof_circuits::groth16::{
    Outline, PreparedVerifyingKey, Proof, Prover, ProvingKey, Sum, VerifyingKey,
};
use wattproof_circuits::groth16::{Part, Points};
use wattproof_circuits::hash::F;
use wattproof_circuits::setup::hazmat::development_keys;

/// Bits of the circuit, and products besides: with the inputs a domain of 2^9 points.
const SIZE: usize = 250;

/// Powers of a number, and bits of them.
struct Powers;

impl Circuit for Powers {
    fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
        let public = cs.input(F::from(7));
        let mut power = public.clone();
        for i in 0..SIZE {
            power = cs.product("power", &power, &power);
            let bit = cs.witness(|| F::from(i as u64 % 2));
            cs.enforce("bit", &bit, &bit, &bit);
            power.add_scaled(F::from(1), &bit);
        }
    }
}

#[inline(never)]
fn counted_transforms(outline: &Outline, assignment: &[F]) -> Result<Vec<F>> {
    outline.quotient(assignment)
}

/// In either group: of two functions with the same instructions the compiler makes one.
#[inline(never)]
fn counted_sums(points: &Points, scalars: &[u8]) -> Result<Vec<u8>> {
    points.sum(scalars)
}

#[inline(never)]
fn counted_prove(key: &ProvingKey, assignment: &[F]) -> Result<Proof> {
    key.prove(assignment, &mut wattproof_circuits::random::seeded([2; 32]))
}

#[inline(never)]
fn counted_prepare(key: &VerifyingKey) -> PreparedVerifyingKey {
    PreparedVerifyingKey::from(key)
}

#[inline(never)]
fn counted_verify(key: &PreparedVerifyingKey, inputs: &[F], proof: &[u8]) -> Result<()> {
    key.verify(inputs, &Proof::from_bytes(proof)?)
}

fn main() -> Result<()> {
    // One thread, this one: whose instructions are counted.
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
    one.build_global().expect("the first pool of this process");
    let matrices = Recorder::record(&Powers);
    let mut rng = wattproof_circuits::random::seeded([1; 32]);
    let (key, verifying_key) = development_keys([0; 32], matrices, &mut rng)?;
    let assignment = Evaluator::assign(&Powers, key.matrices.variables);
    let mut file = Vec::new();
    let digest = key.write(&mut file).expect("memory");
    let outline = Outline::read(&file[..], &digest)?;

    let h = counted_transforms(&outline, &assignment)?;
    let parts = outline.cut(1);
    let part = |sum: Sum| -> Result<(Part, Points)> {
        let found = parts[0].iter().find(|part| part.sum == sum).expect("every sum has a part");
        let bytes = &file[found.bytes.start as usize..found.bytes.end as usize];
        Ok((found.clone(), Points::read(sum, bytes)?))
    };
    let (of, points) = part(Sum::H)?;
    counted_sums(&points, &outline.scalars(&of, &h)?)?;
    let (of, points) = part(Sum::BG2)?;
    counted_sums(&points, &outline.scalars(&of, &assignment)?)?;
    let proof = counted_prove(&key, &assignment)?;
    let prepared = counted_prepare(&verifying_key);
    counted_verify(&prepared, &assignment[1..=verifying_key.public_inputs()], &proof.to_bytes())
}
