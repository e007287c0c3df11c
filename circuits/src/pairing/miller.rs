//! The optimal ate pairing (Vercauteren, 2008): a product of Miller loops, and one final exponentiation.

use super::G2;
use super::g1::Projective;
use super::tower::Fq12;

/// What BN254's primes are polynomials in.
const X: u128 = 4_965_661_367_192_848_881;

/// An exponent with digits -1, 0 and 1, no two neighbours of which are not zero.
pub(crate) struct Signed {
    plus: u128,
    minus: u128,
    digits: u32,
}

impl Signed {
    /// Of `3n - n = 2n`, where only the one has a bit, the digit is 1 or -1.
    const fn new(n: u128) -> Self {
        let (plus, minus) = (((3 * n) & !n) >> 1, (n & !(3 * n)) >> 1);
        Self { plus, minus, digits: plus.ilog2() }
    }

    /// The digits below the first, which is 1; highest first.
    pub(crate) fn digits(&self) -> impl Iterator<Item = i8> {
        (0..self.digits).rev().map(|i| (self.plus >> i & 1) as i8 - (self.minus >> i & 1) as i8)
    }
}

/// `6x + 2`.
pub(crate) const LOOP: Signed = Signed::new(6 * X + 2);

/// Lines of a point: one for each doubling and each sum, and two at the end.
pub(crate) const LINES: usize =
    (LOOP.digits + LOOP.plus.count_ones() + LOOP.minus.count_ones()) as usize + 1;

/// The product of the pairings.
#[cfg(test)]
pub(crate) fn pairing(pairs: &[(Projective, &G2)]) -> Fq12 {
    final_exponentiation(miller_loop(pairs))
}

/// The product of the lines at the points, up to factors that the final exponentiation takes to one; all pairs share the
/// squarings. Points may be the identity: at (0 : 1 : 0) lines are in Fq2, hence such a factor.
pub(crate) fn miller_loop(pairs: &[(Projective, &G2)]) -> Fq12 {
    let mut f = Fq12::ONE;
    let mut at = 0;
    let mut multiply = |f: &mut Fq12| {
        for (point, other) in pairs {
            // The identity of G2 has no lines.
            if let Some([a, b, c]) = other.lines().get(at) {
                *f = f.times_line(&[a.scale(point.y), b.scale(point.x), c.scale(point.z)]);
            }
        }
        at += 1;
    };
    for digit in LOOP.digits() {
        f = f.square();
        multiply(&mut f);
        if digit != 0 {
            multiply(&mut f);
        }
    }
    multiply(&mut f);
    multiply(&mut f);
    f
}

/// The power `(q^12 - 1) / r` times a factor that is prime to r (Fuentes-Castañeda, Knapp and Rodríguez-Henríquez, "Faster
/// hashing to G2", SAC 2011, section 5); zero for zero.
pub(crate) fn final_exponentiation(f: Fq12) -> Fq12 {
    let f = f.conjugate() * f.inverse();
    let f = f.frobenius().frobenius() * f;
    // By the power of f that each is.
    let x2 = power_of_x(f).square_cyclotomic();
    let x6 = x2.square_cyclotomic() * x2;
    let xx6 = power_of_x(x6);
    let xxx12 = power_of_x(xx6).square_cyclotomic();
    let a = xxx12 * xx6 * x6;
    let b = a * x2.conjugate();
    let first = a * xx6 * f;
    let last = (f.conjugate() * b).frobenius().frobenius().frobenius();
    first * b.frobenius() * a.frobenius().frobenius() * last
}

/// `f^x`, for an f whose inverse is its conjugate.
fn power_of_x(f: Fq12) -> Fq12 {
    let mut power = f;
    for digit in Signed::new(X).digits() {
        power = power.square_cyclotomic();
        match digit {
            0 => {}
            1 => power = power * f,
            _ => power = power * f.conjugate(),
        }
    }
    power
}
