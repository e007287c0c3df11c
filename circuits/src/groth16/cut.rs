//! Who works out which part of a proof's sums.

use super::outline::{Outline, Part, Place, Sum};
use super::parts::SCALAR_BYTES;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use ark_ff::PrimeField;

/// What a point's share of a sum costs, in thousandths of a point of H, whose scalars are all long. Of the others many are bits.
/// Measured on the circuits of a day and a month.
const COST: [u64; 5] = [650, 650, 650, 1900, 1000];
/// What the transforms cost for each point of H, in the same unit.
const TRANSFORM_COST: u64 = 550;

impl Outline {
    /// Shares the sums out between `workers`, the first of which also works out the quotient, which H waits for: all end at
    /// about the same time. Every point is in exactly one part; a worker may have none. Zero workers count as one.
    pub fn cut(&self, workers: usize) -> Vec<Vec<Part>> {
        let workers = workers.max(1);
        let cost = |sum: Sum| self.points(sum) as u64 * COST[sum as usize];
        let transforms = self.points(Sum::H) as u64 * TRANSFORM_COST;
        let early: u64 = Sum::ALL.into_iter().filter(|s| *s != Sum::H).map(cost).sum();
        let fair = (early + cost(Sum::H) + transforms) / workers as u64;
        // The sums that wait for nothing go to the others, unless that is more than their share.
        let others = workers as u64 - 1;
        let each = early.checked_div(others).map_or(0, |most| fair.min(most));
        let mut load = vec![each; workers];
        load[0] = early - others * each;
        let mut parts = vec![Vec::new(); workers];
        for sum in Sum::ALL.into_iter().filter(|s| *s != Sum::H) {
            // Each sum in the same proportions, so that small differences in cost even out.
            self.spread(sum, &load, &mut parts);
        }
        // H is poured on top, up to one level, and not before the quotient is there.
        let begin: Vec<u64> = (0..workers)
            .map(|i| if i == 0 { load[0] + transforms } else { load[i].max(transforms) })
            .collect();
        self.spread(Sum::H, &level(&begin, cost(Sum::H)), &mut parts);
        parts
    }

    /// Cuts a sum's points in these proportions.
    fn spread(&self, sum: Sum, proportions: &[u64], parts: &mut [Vec<Part>]) {
        let Place { at, points } = self.places[sum as usize];
        let whole = proportions.iter().sum::<u64>().max(1);
        let (mut begin, mut before) = (0, 0);
        let last = proportions.iter().rposition(|p| *p > 0).unwrap_or(0);
        for (i, proportion) in proportions.iter().enumerate() {
            before += proportion;
            let share = u128::from(before) * points as u128 / u128::from(whole);
            let end = if i == last { points } else { share as usize };
            if i <= last && begin < end {
                let byte = |point: usize| at + point as u64 * sum.point_bytes();
                parts[i].push(Part { sum, points: begin..end, bytes: byte(begin)..byte(end) });
                begin = end;
            }
        }
    }

    /// The scalars of a part as bytes: of the assignment, or for H of the quotient.
    ///
    /// # Errors
    /// [`Code::OutOfRange`] if the part is not of this key, or the list too short.
    pub fn scalars(&self, part: &Part, values: &[F]) -> Result<Vec<u8>> {
        let refuse = || Error::new(Code::OutOfRange, "a part leads out of the key.");
        let mut bytes = Vec::with_capacity(part.points.len() * SCALAR_BYTES);
        let mut push = |value: &F| {
            value.into_bigint().0.iter().for_each(|limb| bytes.extend(limb.to_le_bytes()));
        };
        match self.variables(part.sum) {
            Some(variables) => {
                for variable in variables.get(part.points.clone()).ok_or_else(refuse)? {
                    push(values.get(*variable as usize).ok_or_else(refuse)?);
                }
            }
            None => values.get(part.points.clone()).ok_or_else(refuse)?.iter().for_each(push),
        }
        Ok(bytes)
    }
}

/// What to pour on each of these, `amount` in all, so that what lies lowest is brought to one level.
fn level(begin: &[u64], amount: u64) -> Vec<u64> {
    let mut sorted = begin.to_vec();
    sorted.sort_unstable();
    let (mut sum, mut height) = (0, 0);
    for (i, low) in sorted.iter().enumerate() {
        sum += low;
        height = (sum + amount) / (i as u64 + 1);
        if sorted.get(i + 1).is_none_or(|next| height <= *next) {
            break;
        }
    }
    begin.iter().map(|low| height.saturating_sub(*low)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::cs::{Circuit, ConstraintSystem, Evaluator, Linear, Recorder};
    use crate::groth16::{Points, PreparedVerifyingKey, Proof, ProvingKey, Sums, VerifyingKey};
    use crate::setup::hazmat::development_keys;
    use ark_ff::{BigInteger, One};
    use ark_std::rand::SeedableRng;

    /// Knows a number whose powers, and whose bits, are what they are.
    struct Powers(u64);

    impl Circuit for Powers {
        fn synthesize<CS: ConstraintSystem>(&self, cs: &mut CS) {
            let x = F::from(self.0);
            let public = cs.input((0..20).fold(F::one(), |power, _| power * x));
            let x = cs.witness(|| x);
            let mut power = CS::Wire::unit();
            for _ in 0..20 {
                power = cs.product("power", &power, &x);
            }
            cs.enforce_equal("public", &power, &public);
            let mut sum = CS::Wire::nil();
            for i in 0..40 {
                let bit = cs.witness(|| F::from(self.0 >> i & 1));
                cs.enforce("bit", &bit, &bit, &bit);
                sum.add_scaled(F::from(1_u64 << i), &bit);
            }
            cs.enforce_equal("bits", &sum, &x);
        }
    }

    struct Case {
        key: ProvingKey,
        verifying: VerifyingKey,
        file: Vec<u8>,
        outline: Outline,
        assignment: Vec<F>,
    }

    fn case() -> Case {
        let mut rng = crate::random::Rng::seed_from_u64(3);
        let matrices = Recorder::record(&Powers(0));
        let (key, verifying) = development_keys([7; 32], matrices, &mut rng).unwrap();
        let mut file = Vec::new();
        let digest = key.write(&mut file).unwrap();
        let outline = Outline::read(&file[..], &digest).unwrap();
        let assignment = Evaluator::assign(&Powers(987_654_321), key.matrices.variables);
        Case { key, verifying, file, outline, assignment }
    }

    impl Case {
        fn prove(&self, workers: usize) -> Proof {
            let h = self.outline.quotient(&self.assignment).unwrap();
            let mut sums = Sums::default();
            for part in self.outline.cut(workers).iter().flatten() {
                let values = if part.sum == Sum::H { &h } else { &self.assignment };
                let bytes = &self.file[part.bytes.start as usize..part.bytes.end as usize];
                let points = Points::read(part.sum, bytes).unwrap();
                let sum = points.sum(&self.outline.scalars(part, values).unwrap()).unwrap();
                sums.add(part.sum, &sum).unwrap();
            }
            let mut rng = crate::random::Rng::seed_from_u64(4);
            self.outline.finish(&sums, &mut rng).unwrap()
        }
    }

    #[test]
    fn proofs_in_parts_are_proofs_as_a_whole() {
        use crate::groth16::Prover;
        let case = case();
        let mut rng = crate::random::Rng::seed_from_u64(4);
        let whole = case.key.prove(&case.assignment, &mut rng).unwrap();
        let verifier = PreparedVerifyingKey::from(&case.verifying);
        verifier.verify(&case.assignment[1..2], &whole).unwrap();
        for workers in 0..9 {
            assert_eq!(case.prove(workers), whole, "{workers}");
        }
    }

    #[test]
    fn every_point_is_in_exactly_one_part() {
        let outline = case().outline;
        for workers in 1..70 {
            let cut = outline.cut(workers);
            assert_eq!(cut.len(), workers);
            for sum in Sum::ALL {
                let mut parts: Vec<_> = cut.iter().flatten().filter(|p| p.sum == sum).collect();
                parts.sort_by_key(|part| part.points.start);
                let mut end = 0;
                for part in parts {
                    assert_eq!(part.points.start, end);
                    assert!(!part.points.is_empty());
                    let bytes = part.points.len() as u64 * sum.point_bytes();
                    assert_eq!(part.bytes.end - part.bytes.start, bytes);
                    end = part.points.end;
                }
                assert_eq!(end, outline.points(sum), "{sum:?} by {workers}");
            }
        }
    }

    #[test]
    fn the_work_is_shared_evenly() {
        // As large as a day's.
        let mut outline = case().outline;
        for (place, points) in outline.places.iter_mut().zip([10_387, 7_124, 10_746, 7_124, 16_383])
        {
            place.points = points;
        }
        let transforms = outline.points(Sum::H) as u64 * TRANSFORM_COST;
        for workers in 2..9 {
            let cost = |parts: &[Part], late: bool| -> u64 {
                let those = parts.iter().filter(|p| (p.sum == Sum::H) == late);
                those.map(|p| p.points.len() as u64 * COST[p.sum as usize]).sum()
            };
            // H waits for the transforms, which the first works out.
            let ends: Vec<u64> = (outline.cut(workers).iter().enumerate())
                .map(|(i, parts)| match (cost(parts, false), cost(parts, true)) {
                    (early, late) if i == 0 => early + transforms + late,
                    (early, late) => early.max(transforms) + late,
                })
                .collect();
            let (first, last) = (*ends.iter().min().unwrap(), *ends.iter().max().unwrap());
            assert!(last - first <= last / 20, "{workers}: {ends:?}");
        }
    }

    #[test]
    fn what_is_poured_finds_one_level() {
        assert_eq!(level(&[5, 0, 2], 4), [0, 3, 1]);
        assert_eq!(level(&[5, 0, 2], 11), [1, 6, 4]);
        assert_eq!(level(&[4, 4], 0), [0, 0]);
        assert_eq!(level(&[0], 9), [9]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let case = case();
        let part = case.outline.cut(1)[0][0].clone();
        assert!(case.outline.scalars(&part, &case.assignment[..3]).is_err());
        let far = Part { points: 0..1_000_000, ..part.clone() };
        assert!(case.outline.scalars(&far, &case.assignment).is_err());
        assert!(case.outline.quotient(&case.assignment[1..]).is_err());
        let points = Points::read(Sum::A, &case.file[part.bytes.start as usize..][..128]).unwrap();
        assert!(points.sum(&[0; 32]).is_err());
        assert!(points.sum(&[0; 65]).is_err());
        // A scalar has one form: the field's order is refused, the number before it is not.
        let scalars = |first: F, more: u8| {
            let mut bytes: Vec<u8> = first.into_bigint().to_bytes_le();
            bytes[0] += more;
            [bytes, vec![0; 32]].concat()
        };
        assert!(points.sum(&scalars(-F::one(), 0)).is_ok());
        assert!(points.sum(&scalars(-F::one(), 1)).is_err());
        assert!(points.sum(&[0xff; 64]).is_err());
        assert!(Points::read(Sum::A, &[0; 65]).is_err());
        assert!(Points::read(Sum::A, &[0xff; 64]).is_err());
        let mut sums = Sums::default();
        assert!(sums.add(Sum::A, &[0; 63]).is_err());
        assert!(sums.add(Sum::BG2, &[0; 64]).is_err());
        assert!(Outline::read(&case.file[..], &[0; 32]).is_err());
        assert!(Outline::read(&case.file[..case.file.len() - 1], &[0; 32]).is_err());
    }
}
