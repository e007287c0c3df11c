//! Which slots a claim is about: the period as masks over blocks (RELATION, 3).

use super::circuit::Relation;
use crate::cs::{ConstraintSystem, Linear};
use crate::gadget::enforce_bit;
use crate::hash::{F, power_of_two};

/// The period as masks over slots, and its bounds.
pub(super) struct PeriodVar<W> {
    /// For each block, whether it is used; none where every period uses it.
    pub(super) active: Vec<Option<W>>,
    /// For each slot, whether it is in the period; none where it always is.
    pub(super) masks: Vec<Option<W>>,
    pub(super) start: W,
    pub(super) end: W,
    /// Intervals in it.
    pub(super) count: W,
}

impl Relation {
    /// 3. The period is a contiguous range of slots: used blocks come first, and within the first and last block the masks
    ///    are monotone.
    pub(super) fn period<CS: ConstraintSystem>(
        &self,
        cs: &mut CS,
        first_start: &CS::Wire,
        interval: &CS::Wire,
        period: &CS::Wire,
    ) -> PeriodVar<CS::Wire> {
        let geometry = &self.shape.geometry;
        let n = usize::from(geometry.intervals_per_block);
        let (min, max) = (usize::from(geometry.blocks.min), usize::from(geometry.blocks.max));

        let mut active: Vec<Option<CS::Wire>> = vec![None; min];
        for j in min..max {
            let bit = cs.hint(|| F::from(j < self.used));
            enforce_bit(cs, "period: used block", &bit);
            if let Some(Some(before)) = active.last() {
                let unused = CS::Wire::unit().minus(before);
                cs.enforce("period: used blocks come first", &unused, &bit, &CS::Wire::nil());
            }
            active.push(Some(bit));
        }
        let is_used = |j: usize| match active.get(j) {
            Some(Some(bit)) => bit.clone(),
            Some(None) => CS::Wire::unit(),
            None => CS::Wire::nil(),
        };
        let extra: Vec<_> = (min..max).map(is_used).collect();
        let mut before_last = CS::Wire::sum_of(extra.iter().map(|bit| (F::from(1), bit)));
        before_last = before_last.plus_constant(F::from(min as u64 - 1)).times(F::from(n as u64));

        let (begins, ends) = match geometry.aligned {
            true => (vec![None; n], vec![None; n]),
            false => {
                // Slot n - 1 of the first block and slot 0 of the last are always inside.
                let begins = monotone(cs, n, |i| i >= self.begin, "period: begin", true);
                let ends = monotone(cs, n, |i| i < self.end, "period: end", false);
                (begins, ends)
            }
        };
        let outside = |masks: &[Option<CS::Wire>]| {
            let outs: Vec<_> =
                masks.iter().flatten().map(|bit| CS::Wire::unit().minus(bit)).collect();
            CS::Wire::sum_of(outs.iter().map(|out| (F::from(1), out)))
        };
        let begin = outside(&begins);
        let end = CS::Wire::constant(F::from(n as u64)).minus(&outside(&ends));

        let mut masks = Vec::with_capacity(n * max);
        for (j, used) in active.iter().enumerate() {
            let full = is_used(j + 1);
            let last = is_used(j).minus(&full);
            for i in 0..n {
                let mut mask = match (used, &ends[i]) {
                    // Blocks that are never the last are whole.
                    _ if j + 1 < min => None,
                    (used, None) => used.clone(),
                    (_, Some(inside)) if max == 1 => Some(inside.clone()),
                    (_, Some(inside)) => {
                        let partly = cs.product("period: last block", &last, inside);
                        Some(partly.plus(&full))
                    }
                };
                if let (0, Some(inside)) = (j, &begins[i]) {
                    mask = Some(match mask {
                        None => inside.clone(),
                        Some(mask) => cs.product("period: first block", &mask, inside),
                    });
                }
                masks.push(mask);
            }
        }

        // start = first_start + begin * interval, end = first_start + (slots before the last block + end) * interval.
        let offset = if geometry.aligned {
            CS::Wire::nil()
        } else {
            cs.product("period: start", &begin, interval)
        };
        let start = first_start.plus(&offset);
        let slots = before_last.plus(&end);
        let length = if geometry.aligned && min == max {
            interval.times(F::from((n * max) as u64))
        } else {
            cs.product("period: length", &slots, interval)
        };
        let end = first_start.plus(&length);
        // Both are far below 2^64: first_start is below 2^40, slots below 2^20, and the interval is the policy's, below 2^32.
        let packed = start.plus(&end.times(power_of_two(64)));
        cs.enforce_equal("period: public input", &packed, period);
        PeriodVar { active, masks, start, end, count: slots.minus(&begin) }
    }
}

/// `n` bits that change at most once, of which the last (rising) or the first (falling) is one.
fn monotone<CS: ConstraintSystem>(
    cs: &mut CS,
    n: usize,
    is_inside: impl Fn(usize) -> bool,
    what: &'static str,
    rising: bool,
) -> Vec<Option<CS::Wire>> {
    let always = if rising { n - 1 } else { 0 };
    let mut bits: Vec<Option<CS::Wire>> = Vec::with_capacity(n);
    for i in 0..n {
        bits.push((i != always).then(|| {
            let bit = cs.hint(|| F::from(is_inside(i)));
            enforce_bit(cs, what, &bit);
            bit
        }));
    }
    for pair in bits.windows(2) {
        if let [Some(first), Some(second)] = pair {
            let (one, zero) = if rising { (first, second) } else { (second, first) };
            // One of the two being set forces the other.
            let unset = CS::Wire::unit().minus(zero);
            cs.enforce(what, &unset, one, &CS::Wire::nil());
        }
    }
    bits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cs::{Evaluator, Recorder};

    /// A mask with a hole, or that begins again, breaks the rule that names it: the prover cannot leave out intervals.
    #[test]
    fn masks_change_at_most_once() {
        for rising in [true, false] {
            let mut recorder = Recorder::new();
            monotone(&mut recorder, 6, |_| false, "mask", rising);
            let matrices = recorder.finish();
            for mask in 0..64u32 {
                let inside = |i: usize| mask >> i & 1 == 1;
                let mut evaluator = Evaluator::new();
                monotone(&mut evaluator, 6, inside, "mask", rising);
                let kept = matrices.violations(&evaluator.into_assignment()).is_empty();
                // The last bit (rising) or the first (falling) is one whatever the hint says.
                let bits = mask | if rising { 1 << 5 } else { 1 };
                let changes = (0..5).filter(|i| (bits >> i ^ bits >> (i + 1)) & 1 == 1).count();
                assert_eq!(kept, changes <= 1, "{mask:06b} {rising}");
            }
        }
    }
}
