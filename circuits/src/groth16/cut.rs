//! Who works out which part of a proof's sums.

use super::outline::{Outline, Part, Place, Sum};
use super::parts::SCALAR_BYTES;
use crate::error::{Code, Error, Result};
use crate::hash::F;
use ark_ff::PrimeField;

/// What a point's share of a sum costs, in thousandths of a point of H, whose scalars are all long. Of the others many are bits.
/// Measured on the circuits of a day and a month.
const COST: [u64; 5] = [350, 350, 350, 1000, 1000];
/// What the transforms cost for each point of H, in the same unit.
const TRANSFORM_COST: u64 = 500;

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
        let each = if others == 0 { 0 } else { fair.min(early / others) };
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
