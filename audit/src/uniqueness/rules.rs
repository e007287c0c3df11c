//! The rules. Each is true of every satisfying assignment, whatever the known values are.
//!
//! Write `x` for unknown variables and capital letters for what is known, though not to us.
//!
//! * *Row.* If a row comes down to `c x = K` with a constant c that is not zero, x has one value. That is a sum, a product of knowns, or
//!   a linear row with one unknown.
//! * *Quotient.* `K x = c` with a constant c that is not zero: then K is not zero either, and x is c / K.
//! * *Bit.* `L (1 - L) = 0` for a linear combination L: L is zero or one.
//! * *Decomposition.* `c_1 x_1 + ... + c_n x_n = K` where the x are bits. The difference of two solutions is a sum of `c_i d_i`, each d in
//!   {-1, 0, 1}. If the absolute values of the c (each the lesser of c and r - c) add up to less than r, that sum is zero as an integer; if
//!   they are super-increasing, the largest with a d that is not zero outweighs all others, so that every d is zero. A bit L that has
//!   unknown terms is such a sum with itself as one more bit of weight one. A row divided by a constant is the same row.

use ark_ff::{BigInteger, BigInteger256, Field, One, PrimeField, Zero};
use wattproof_circuits::cs::Matrices;
use wattproof_circuits::hash::F;

/// One side of a constraint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Side {
    /// Unknown variables with their coefficients, and whether each is known to be a bit.
    pub(crate) unknown: Vec<(usize, F, bool)>,
    /// The constant's coefficient.
    pub(crate) constant: F,
    /// Whether known variables other than the constant are there.
    pub(crate) symbolic: bool,
}

impl Side {
    /// The side's value, if it is a constant.
    fn constant(&self) -> Option<F> {
        (self.unknown.is_empty() && !self.symbolic).then_some(self.constant)
    }
}

/// A constraint as the rules see it.
pub(crate) struct Row {
    pub(crate) sides: [Side; 3],
    /// Whether the first two sides add up to one.
    pub(crate) complementary: bool,
}

impl Row {
    /// Constraint `i`.
    pub(crate) fn read(
        matrices: &Matrices,
        i: usize,
        is_unknown: impl Fn(usize) -> bool,
        is_bit: impl Fn(usize) -> bool,
    ) -> Self {
        let mut sum: Vec<(usize, F)> = Vec::new();
        let sides = [0, 1, 2].map(|s| {
            let mut side = Side::default();
            for (variable, coefficient) in matrices.sides[s].row(i) {
                let coefficient = matrices.coefficients[coefficient];
                if s < 2 {
                    sum.push((variable, coefficient));
                }
                if variable == 0 {
                    side.constant = coefficient;
                } else if is_unknown(variable) {
                    side.unknown.push((variable, coefficient, is_bit(variable)));
                } else {
                    side.symbolic = true;
                }
            }
            side
        });
        Self { complementary: is_one(sum), sides }
    }
}

/// Whether a linear combination is the constant one.
fn is_one(mut terms: Vec<(usize, F)>) -> bool {
    terms.sort_unstable_by_key(|(variable, _)| *variable);
    let mut one = false;
    for equal in terms.chunk_by(|a, b| a.0 == b.0) {
        let sum: F = equal.iter().map(|(_, c)| c).sum();
        match equal[0].0 {
            0 => one = sum.is_one(),
            _ if !sum.is_zero() => return false,
            _ => {}
        }
    }
    one
}

/// What a constraint tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Nothing,
    /// This variable is zero or one.
    Bit(usize),
    /// This variable has one value.
    Value(usize),
    /// So have these bits.
    Bits(Vec<usize>),
}

/// What a constraint tells of its unknown variables.
pub(crate) fn judge(row: &Row) -> Verdict {
    let [a, b, c] = &row.sides;
    if row.complementary && c.constant().is_some_and(|c| c.is_zero()) {
        return match &a.unknown[..] {
            [] => Verdict::Nothing,
            // x or 1 - x, and nothing else: a bit, and no more to learn from this row.
            [(variable, coefficient, _)] if is_plain_bit(a, *coefficient) => {
                Verdict::Bit(*variable)
            }
            // Either side may be taken for the bit; they have the same unknowns.
            _ => linear(a.unknown.iter().copied(), true),
        };
    }
    if a.unknown.is_empty() && b.unknown.is_empty() {
        return linear(c.unknown.iter().copied(), false);
    }
    for (constant, other) in [(a, b), (b, a)] {
        // constant * other - c = 0
        if let Some(k) = constant.constant() {
            return linear(merged(k, other, c).into_iter(), false);
        }
        // K * x = c
        if let (true, Some(product), [(variable, ..)]) =
            (constant.unknown.is_empty(), c.constant(), &other.unknown[..])
            && !product.is_zero()
        {
            return Verdict::Value(*variable);
        }
    }
    Verdict::Nothing
}

/// Whether the side is x or 1 - x.
fn is_plain_bit(side: &Side, coefficient: F) -> bool {
    let (one, constant) = (F::one(), side.constant);
    !side.symbolic
        && ((coefficient == one && constant.is_zero()) || (coefficient == -one && constant == one))
}

/// The unknown terms of `k * side - c`.
fn merged(k: F, side: &Side, c: &Side) -> Vec<(usize, F, bool)> {
    let mut terms: Vec<_> = side.unknown.iter().map(|(v, x, bit)| (*v, k * x, *bit)).collect();
    for (variable, x, bit) in &c.unknown {
        match terms.iter_mut().find(|(v, ..)| v == variable) {
            Some((_, sum, _)) => *sum -= x,
            None => terms.push((*variable, -*x, *bit)),
        }
    }
    terms.retain(|(_, x, _)| !x.is_zero());
    terms
}

/// What a known sum of unknowns tells; `unit` adds a bit of weight one that is no variable.
fn linear(terms: impl Iterator<Item = (usize, F, bool)>, unit: bool) -> Verdict {
    let terms: Vec<_> = terms.collect();
    match &terms[..] {
        [] => Verdict::Nothing,
        [(variable, ..)] if !unit => Verdict::Value(*variable),
        _ if terms.iter().any(|(_, _, bit)| !bit) => Verdict::Nothing,
        _ => {
            let weights = terms.iter().map(|(_, c, _)| *c).chain(unit.then_some(F::ONE));
            match is_unique(&weights.collect::<Vec<_>>()) {
                true => Verdict::Bits(terms.into_iter().map(|(variable, ..)| variable).collect()),
                false => Verdict::Nothing,
            }
        }
    }
}

/// Whether the weights are super-increasing as they are, or once all are divided by the first, which says the same of the row.
fn is_unique(weights: &[F]) -> bool {
    let over = |divisor: F| weights.iter().map(|c| *c * divisor).collect();
    is_super_increasing(weights.to_vec())
        || weights[0].inverse().is_some_and(|inverse| is_super_increasing(over(inverse)))
}

/// Whether the absolute values, sorted, are each above the sum of those before, and add up to less than the modulus.
fn is_super_increasing(weights: Vec<F>) -> bool {
    let mut sizes: Vec<BigInteger256> =
        weights.iter().map(|c| c.into_bigint().min((-*c).into_bigint())).collect();
    sizes.sort_unstable();
    let mut sum = BigInteger256::zero();
    for size in sizes {
        if size <= sum || sum.add_with_carry(&size) || sum >= F::MODULUS {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ff::AdditiveGroup;

    fn powers(n: u32) -> Vec<F> {
        std::iter::successors(Some(F::one()), |x| Some(x.double())).take(n as usize).collect()
    }

    #[test]
    fn a_common_factor_changes_nothing() {
        let factor = F::from(3).inverse().expect("odd");
        let weights: Vec<F> = powers(20).iter().map(|x| *x * factor).collect();
        assert!(!is_super_increasing(weights.clone()));
        assert!(is_unique(&weights));
        assert!(!is_unique(&[factor, factor, factor + factor]));
        assert!(!is_unique(&powers(254)));
    }

    #[test]
    fn weights_are_super_increasing_below_the_modulus_only() {
        // 2^253 - 1 is below r, 2^254 - 1 is not.
        assert!(is_super_increasing(powers(253)));
        assert!(!is_super_increasing(powers(254)));
        // The sign does not matter, equal weights do, and so does zero.
        let one = F::one();
        assert!(is_super_increasing(vec![-one, one.double(), -one.double().double()]));
        assert!(!is_super_increasing(vec![one, one]));
        assert!(!is_super_increasing(vec![one, -one]));
        assert!(!is_super_increasing(vec![one, one.double(), F::from(3)]));
        assert!(!is_super_increasing(vec![F::ZERO, one]));
        // (r - 1) / 2 is the largest absolute value; two neighbours of it add up to more than r.
        let half = F::from(2).inverse().expect("odd");
        assert!(is_super_increasing(vec![half]));
        assert!(!is_super_increasing(vec![half, half - one]));
    }
}
