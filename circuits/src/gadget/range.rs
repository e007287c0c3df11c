//! Bits and ranges. Every comparison is one of range-checked operands, so that a difference never wraps.

use crate::cs::{ConstraintSystem, Linear, Origin};
use crate::hash::{F, power_of_two};
use ark_ff::{BigInteger, One, PrimeField};

/// Demands that `bit` is 0 or 1.
pub fn enforce_bit<CS: ConstraintSystem>(cs: &mut CS, what: &'static str, bit: &CS::Wire) {
    // bit * (1 - bit) = 0
    cs.enforce(what, bit, &CS::Wire::unit().minus(bit), &CS::Wire::nil());
}

/// The `n` bits of a value below `2^n`, least significant first; `n` at most 252, so that no other decomposition exists.
///
/// The lowest bit is what the others leave, so `n` constraints do both: each bit is a bit, and together they are the value.
pub fn bits<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    wire: &CS::Wire,
    n: usize,
) -> Vec<CS::Wire> {
    assert!((1..F::MODULUS_BIT_SIZE as usize - 1).contains(&n), "no canonical decomposition");
    let value = cs.value(wire).into_bigint();
    let mut bits = vec![CS::Wire::nil()];
    for i in 1..n {
        let bit = cs.hint(|| F::from(value.get_bit(i)));
        enforce_bit(cs, what, &bit);
        bits.push(bit);
    }
    bits[0] = wire.minus(&pack::<CS>(&bits));
    enforce_bit(cs, what, &bits[0]);
    bits
}

/// The number with these bits, least significant first.
pub fn pack<CS: ConstraintSystem>(bits: &[CS::Wire]) -> CS::Wire {
    let mut power = F::one();
    let weights = bits.iter().map(|bit| {
        let weight = power;
        power += power;
        (weight, bit)
    });
    CS::Wire::sum_of(weights)
}

/// A fresh value below `2^n` made of its bits: `n` constraints and no more, since the value *is* its bits.
pub fn ranged<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    origin: Origin,
    value: u64,
    n: usize,
) -> CS::Wire {
    let mut bits = Vec::with_capacity(n);
    for i in 0..n {
        let bit = cs.variable(origin, || F::from(value >> i & 1));
        enforce_bit(cs, what, &bit);
        bits.push(bit);
    }
    pack::<CS>(&bits)
}

/// Demands that the wire is below `2^n`.
pub fn enforce_range<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    wire: &CS::Wire,
    n: usize,
) {
    bits(cs, what, wire, n);
}

/// Demands `a <= b` where both are known to be below `2^n`, `n` at most 252.
pub fn enforce_at_most<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    a: &CS::Wire,
    b: &CS::Wire,
    n: usize,
) {
    enforce_range(cs, what, &b.minus(a), n);
}

/// One if `a >= b`, else zero, where both are known to be below `2^n`, `n` at most 251; `n + 1` constraints.
///
/// `a - b + 2^n` lies in `[1, 2^(n+1))`; its top bit is the answer.
pub fn at_least<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    a: &CS::Wire,
    b: &CS::Wire,
    n: usize,
) -> CS::Wire {
    let difference = a.minus(b).plus_constant(power_of_two(n));
    bits(cs, what, &difference, n + 1).swap_remove(n)
}

/// The lesser of two, where both are known to be below `2^n`, `n` at most 251; `n + 2` constraints.
pub fn lesser<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    a: &CS::Wire,
    b: &CS::Wire,
    n: usize,
) -> CS::Wire {
    let order = at_least(cs, what, a, b, n);
    let excess = cs.product(what, &order, &a.minus(b));
    a.minus(&excess)
}

/// The greater of two, under the same terms: what both are together, less the lesser.
pub fn greater<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    a: &CS::Wire,
    b: &CS::Wire,
    n: usize,
) -> CS::Wire {
    a.plus(b).minus(&lesser(cs, what, a, b, n))
}

/// Demands that `quotient` is `dividend / divisor` rounded down: `0 <= dividend - quotient * divisor < divisor`. A divisor of zero
/// has no quotient. The divisor is known to be below `2^n`; the caller argues that dividend and product are integers far
/// below the modulus. `2n + 1` constraints.
pub fn enforce_quotient<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    quotient: &CS::Wire,
    [dividend, divisor]: [&CS::Wire; 2],
    n: usize,
) {
    let product = cs.product(what, quotient, divisor);
    let rest = dividend.minus(&product);
    enforce_range(cs, what, &rest, n);
    enforce_range(cs, what, &divisor.minus(&rest).plus_constant(-F::one()), n);
}

/// The low 64 bits of a value: the hint for a number that, where the claim holds, is that small.
pub fn low_bits(x: F) -> u64 {
    x.into_bigint().0[0]
}

/// The low 128 bits of a value, likewise.
pub fn low_wide(x: F) -> u128 {
    let limbs = x.into_bigint().0;
    u128::from(limbs[0]) | u128::from(limbs[1]) << 64
}
