//! EdDSA over Baby Jubjub with Poseidon, as in circomlib and `@zk-kit/eddsa-poseidon`: `S Base8 = R + h 8A` with
//! `h = Poseidon(R, A, message)`.
//!
//! Two comparisons with large constants look at the top 64 bits only, and refuse the sliver in which those are equal. That is
//! sound (nothing is accepted that should not be) and loses one signature in about 2^62, which a signer notices
//! ([`crate::meter::Signature::sign`]).

use super::babyjubjub::{MontgomeryVar, PointVar, enforce_on_curve};
use super::poseidon::hash_challenge;
use super::range::{bits, enforce_bit, enforce_range, pack};
use crate::cs::{ConstraintSystem, Linear};
use crate::curve::{Point, ProjectivePoint, Scalar};
use crate::hash::F;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, BigInteger256, Field, MontFp, One, PrimeField};
use std::sync::OnceLock;

/// A signature's parts.
pub struct SignatureVar<W> {
    /// Commitment to the nonce.
    pub r: PointVar<W>,
    /// Response, below the subgroup's order.
    pub s: W,
}

/// `11 l - 2^254`, where l is the subgroup's order: the multiple of l that lifts any challenge h to a number `2^254 + m` with
/// m below 2^254, so that its top bit is known.
const LIFT: F =
    MontFp!("1148311639449954574696061647556776283527457527334098841337976268454638693467");

/// Bits of a lifted challenge below its known top bit.
const LIFT_BITS: usize = 254;

/// Bits that comparisons with constants look at.
const TOP: usize = 64;

/// Bits of a response.
const S_BITS: usize = 251;

/// Steps of the variable-base multiplication in which no exceptional case can occur; see [`challenge_multiple`].
const SAFE_STEPS: usize = 248;

/// Windows of two bits in the fixed-base multiplication that are safe from exceptional cases; see [`response_multiple`].
const SAFE_WINDOWS: usize = 125;

/// Demands that the signature over `message` by `key` verifies: key and R on the curve, 8 times the key not the identity, S
/// below the subgroup's order.
pub fn enforce_signature<CS: ConstraintSystem>(
    cs: &mut CS,
    key: &PointVar<CS::Wire>,
    message: &CS::Wire,
    signature: &SignatureVar<CS::Wire>,
) {
    let SignatureVar { r, s } = signature;
    enforce_on_curve(cs, "signature: key on curve", key);
    enforce_on_curve(cs, "signature: R on curve", r);
    let key8 = key.double(cs).double(cs).double(cs);
    // Of the points with x = 0 only the identity is a multiple of eight.
    cs.quotient("signature: key of low order", &CS::Wire::unit(), &key8.x);
    let challenge = hash_challenge(cs, &[&r.x, &r.y, &key.x, &key.y, message]);
    let right = challenge_multiple(cs, &challenge, &key8).add(cs, r);
    let left = response_multiple(cs, s);
    cs.enforce_equal("signature: equation, x", &left.x, &right.x);
    cs.enforce_equal("signature: equation, y", &left.y, &right.y);
}

/// The top 64 bits of the lowest and of one above the highest lifted challenge.
fn lift_window() -> (u64, u64) {
    let low = LIFT.into_bigint();
    let mut high = low;
    high.add_with_carry(&F::MODULUS);
    let top = |x: BigInteger256| (x >> (LIFT_BITS - TOP) as u32).0[0];
    (top(low), top(high))
}

/// Whether the circuit accepts a signature with this challenge and response: all but one in 2^62.
pub fn is_provable(challenge: &F, s: &F) -> bool {
    let (low, high) = lift_window();
    let top = (lift(challenge) >> (LIFT_BITS - TOP) as u32).0[0];
    let s_top = (s.into_bigint() >> (S_BITS - TOP) as u32).0[0];
    low < top && top < high && s_top < order_top()
}

/// The top 64 bits of the subgroup's order.
fn order_top() -> u64 {
    (Scalar::MODULUS >> (S_BITS - TOP) as u32).0[0]
}

/// Challenge plus [`LIFT`] as integers.
fn lift(challenge: &F) -> BigInteger256 {
    let mut lifted = challenge.into_bigint();
    lifted.add_with_carry(&LIFT.into_bigint());
    lifted
}

/// `challenge * point` for a point of prime order that is not the identity.
///
/// With `n = challenge + 11 l = 2^254 + m` and `b = n >> 1`, digits +1 and -1 for the bits of b give `(2b + 1) P`; what is too
/// much is taken back for even n. Starting from 3P (the digits of the two top bits), before step j the accumulator is kP
/// with `2^(j+1) < k < 2^(j+2)`. An exceptional case needs k = 1 or -1, or 2k = 1 or -1, modulo l > 2^250: impossible up to
/// j = 247. The other steps use complete formulas.
fn challenge_multiple<CS: ConstraintSystem>(
    cs: &mut CS,
    challenge: &CS::Wire,
    point: &PointVar<CS::Wire>,
) -> PointVar<CS::Wire> {
    let bits = lifted_bits(cs, challenge);
    let signs: Vec<_> = bits.iter().map(|bit| bit.plus(bit).plus_constant(-F::one())).collect();

    let base = point.to_montgomery(cs);
    let mut acc = base.double(cs).add_unequal(cs, &base);
    let mut signs = signs[1..].iter().rev();
    for sign in signs.by_ref().take(SAFE_STEPS) {
        let v = cs.product("signature: digit", &base.v, sign);
        acc = acc.double_and_add(cs, &MontgomeryVar { u: base.u.clone(), v });
    }
    let mut acc = acc.to_edwards(cs);
    for sign in signs {
        let x = cs.product("signature: digit", &point.x, sign);
        acc = acc.double(cs).add(cs, &PointVar { x, y: point.y.clone() });
    }
    // Minus P if the lowest bit is zero, else plus the identity (0, 1).
    let even = CS::Wire::unit().minus(&bits[0]);
    let x = cs.product("signature: last digit", &point.x, &even);
    let y = cs.product("signature: last digit", &point.y.plus_constant(-F::one()), &even);
    acc.add(cs, &PointVar { x: x.times(-F::one()), y: y.plus_constant(F::one()) })
}

/// The bits of challenge + [`LIFT`] as an integer, not modulo the field: the field equation leaves that integer plus or minus
/// the modulus, and the window on the top bits leaves one.
fn lifted_bits<CS: ConstraintSystem>(cs: &mut CS, challenge: &CS::Wire) -> Vec<CS::Wire> {
    const WHAT: &str = "signature: lifted challenge";
    let value = lift(&cs.value(challenge));
    let mut bits = Vec::with_capacity(LIFT_BITS);
    for i in 0..LIFT_BITS {
        let bit = cs.hint(|| F::from(value.get_bit(i)));
        enforce_bit(cs, "signature: lifted challenge bit", &bit);
        bits.push(bit);
    }
    cs.enforce_equal(WHAT, &pack::<CS>(&bits), &challenge.plus_constant(LIFT));
    let top = pack::<CS>(&bits[LIFT_BITS - TOP..]);
    let (low, high) = lift_window();
    let above = top.plus_constant(-F::from(low) - F::one());
    enforce_range(cs, "signature: challenge not below window", &above, TOP);
    let below = CS::Wire::constant(F::from(high) - F::one()).minus(&top);
    enforce_range(cs, "signature: challenge not above window", &below, TOP);
    bits
}

/// `s * Base8`, where s is demanded to be below the subgroup's order.
///
/// Windows of two bits e stand for the odd digit `2e - 3` of `Base8 / 2`, so no table holds the identity; the sum of the
/// threes is added back. Before window i the sum is kB with odd k, `|k| < 4^i`, and the window adds at least `4^i` in absolute
/// value and at most `3 * 4^i`: an exceptional case needs their sum or difference, below `4^(i+1)`, to be zero modulo
/// l > 2^250, which is impossible up to i = 124. The last window uses complete formulas.
fn response_multiple<CS: ConstraintSystem>(cs: &mut CS, s: &CS::Wire) -> PointVar<CS::Wire> {
    let bits = bits(cs, "signature: S", s, S_BITS);
    let top = pack::<CS>(&bits[S_BITS - TOP..]);
    let below = CS::Wire::constant(F::from(order_top()) - F::one()).minus(&top);
    enforce_range(cs, "signature: S below order", &below, TOP);

    let tables = tables();
    let mut sum: Option<MontgomeryVar<CS::Wire>> = None;
    for (window, pair) in tables.windows.iter().zip(bits.chunks_exact(2)) {
        let both = cs.product("signature: window", &pair[0], &pair[1]);
        let look_up = |table: &[F; 4]| {
            let [c0, c1, c2, c3] = *table;
            let one = CS::Wire::unit();
            let terms =
                [(c0, &one), (c1 - c0, &pair[0]), (c2 - c0, &pair[1]), (c3 - c2 - c1 + c0, &both)];
            CS::Wire::sum_of(terms)
        };
        let next = MontgomeryVar { u: look_up(&window.0), v: look_up(&window.1) };
        sum = Some(match sum {
            None => next,
            Some(sum) => sum.add_unequal(cs, &next),
        });
    }
    let sum = sum.map(|sum| sum.to_edwards(cs));
    let [zero, one] = tables.last;
    let choose = |c0: F, c1: F| bits[S_BITS - 1].times(c1 - c0).plus_constant(c0);
    let last = PointVar { x: choose(zero.x, one.x), y: choose(zero.y, one.y) };
    match sum {
        Some(sum) => sum.add(cs, &last),
        None => last,
    }
}

/// Constants of the fixed-base multiplication.
struct Tables {
    /// Montgomery coordinates of the four points of each safe window.
    windows: Vec<([F; 4], [F; 4])>,
    /// The last window's points for bit 0 and 1, what is added back included, in Edwards coordinates.
    last: [Point; 2],
}

fn tables() -> &'static Tables {
    static TABLES: OnceLock<Tables> = OnceLock::new();
    TABLES.get_or_init(|| {
        let half = Scalar::from(2u8).inverse().unwrap_or_default();
        let mut base: ProjectivePoint = Point::generator() * half;
        let (first, mut windows) = (base, Vec::with_capacity(SAFE_WINDOWS));
        for _ in 0..SAFE_WINDOWS {
            let triple = base + base + base;
            let points = ProjectivePoint::normalize_batch(&[-triple, -base, base, triple]);
            let u = |p: &Point| (F::one() + p.y) / (F::one() - p.y);
            let us: [F; 4] = std::array::from_fn(|i| u(&points[i]));
            let vs: [F; 4] = std::array::from_fn(|i| us[i] / points[i].x);
            windows.push((us, vs));
            base = triple + base;
        }
        // base is now 4^125 B / 2. All 126 windows together are short of S Base8 by (4^126 - 1) B / 2.
        let back = base + base + base + base - first;
        let zero = back - base - base - base;
        let one = back - base;
        Tables { windows, last: [zero.into_affine(), one.into_affine()] }
    })
}
