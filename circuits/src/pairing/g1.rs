//! G1: `y^2 = x^3 + 3` over the base field; its order is the prime r.

use super::field::{Fq, Limbs, nibble};

const B: Fq = Fq::constant([3, 0, 0, 0]);

/// A point; the identity is `(0, 0)`, which is not on the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct G1 {
    pub(crate) x: Fq,
    pub(crate) y: Fq,
}

impl G1 {
    pub(crate) const IDENTITY: Self = Self { x: Fq::ZERO, y: Fq::ZERO };

    /// A point with this x, one of the two.
    pub(crate) fn at(x: Fq) -> Option<Self> {
        (x.square() * x + B).root().map(|y| Self { x, y })
    }

    pub(crate) fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }
}

impl core::ops::Neg for G1 {
    type Output = Self;

    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

/// A point as `(x : y : z)`, which is `(x / z, y / z)`; the identity is `(0 : 1 : 0)`.
///
/// Sums follow Renes, Costello and Batina (EUROCRYPT 2016, algorithms 7 and 9): right for all points of a curve of odd order,
/// equal, opposite and identity ones too, without a case.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Projective {
    pub(crate) x: Fq,
    pub(crate) y: Fq,
    pub(crate) z: Fq,
}

impl From<G1> for Projective {
    fn from(point: G1) -> Self {
        let G1 { x, y } = point;
        if point.is_identity() { Self::IDENTITY } else { Self { x, y, z: Fq::ONE } }
    }
}

impl Projective {
    pub(crate) const IDENTITY: Self = Self { x: Fq::ZERO, y: Fq::ONE, z: Fq::ZERO };

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn add(self, other: Self) -> Self {
        let Self { x, y, z } = self;
        let xy = x * other.y + y * other.x;
        let yz = y * other.z + z * other.y;
        let xz = nine(x * other.z + z * other.x);
        let xx = x * other.x;
        let (xx, yy, zz) = (xx.double() + xx, y * other.y, nine(z * other.z));
        let (less, more) = (yy - zz, yy + zz);
        Self { x: xy * less - yz * xz, y: less * more + xz * xx, z: more * yz + xx * xy }
    }

    #[cfg_attr(target_arch = "wasm32", inline(never))]
    pub(crate) fn double(self) -> Self {
        let Self { x, y, z } = self;
        let (yy, zz) = (y.square(), nine(z.square()));
        let less = yy - zz.double() - zz;
        let eight = yy.double().double().double();
        Self { x: x * y * less.double(), y: less * (yy + zz) + eight * zz, z: eight * (y * z) }
    }
}

impl core::ops::Neg for Projective {
    type Output = Self;

    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

/// `9 x`: three times the curve's constant.
fn nine(x: Fq) -> Fq {
    x.double().double().double() + x
}

/// A point's multiples by 0 to 15.
#[derive(Clone, Debug)]
pub(crate) struct Multiples([Projective; 16]);

impl From<G1> for Multiples {
    fn from(point: G1) -> Self {
        let mut multiples = [Projective::IDENTITY; 16];
        for i in 1..16 {
            multiples[i] = multiples[i - 1].add(point.into());
        }
        Self(multiples)
    }
}

/// The sum of multiples, all sharing the doublings.
pub(crate) fn linear_combination(terms: &[(&Multiples, Limbs)]) -> Projective {
    let mut sum = Projective::IDENTITY;
    let mut begun = false;
    for i in (0..64).rev() {
        for _ in 0..if begun { 4 } else { 0 } {
            sum = sum.double();
        }
        for (Multiples(multiples), scalar) in terms {
            let digit = nibble(scalar, i);
            if digit != 0 {
                sum = sum.add(multiples[digit]);
                begun = true;
            }
        }
    }
    sum
}
