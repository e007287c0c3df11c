//! Multiples of Baby Jubjub's `Base8`, in constant time. Also compiled into the build script, which makes the table.
//!
//! `168700 x^2 + y^2 = 1 + 168696 x^2 y^2`: the first coefficient is a square and the second is none, so the addition law has no
//! exceptions, and neither have the formulas here (Hisil, Wong, Carter, Dawson 2008).

use crate::field::F;

/// A point of the curve.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// First coordinate.
    pub x: F,
    /// Second coordinate.
    pub y: F,
}

/// `x = X/Z, y = Y/Z, xy = T/Z`.
#[derive(Clone, Copy)]
pub(crate) struct Extended {
    x: F,
    y: F,
    t: F,
    z: F,
}

/// A point to be added, and `168696 x y`.
#[derive(Clone, Copy)]
pub(crate) struct Addend {
    pub(crate) x: F,
    pub(crate) y: F,
    pub(crate) dt: F,
}

impl Extended {
    pub(crate) const IDENTITY: Self = Self { x: F::ZERO, y: F::ONE, t: F::ZERO, z: F::ONE };

    pub(crate) fn add(&self, other: &Addend) -> Self {
        let (a, b, c) = (self.x * other.x, self.y * other.y, self.t * other.dt);
        let e = (self.x + self.y) * (other.x + other.y) - a - b;
        let (f, g, h) = (self.z - c, self.z + c, b - F::from_u64(168_700) * a);
        Self { x: e * f, y: g * h, t: e * h, z: f * g }
    }

    pub(crate) fn double(&self) -> Self {
        let (a, b, c) = (self.x * self.x, self.y * self.y, self.z * self.z);
        let (d, sum) = (F::from_u64(168_700) * a, self.x + self.y);
        let (e, g, h) = (sum * sum - a - b, d + b, d - b);
        let f = g - c - c;
        Self { x: e * f, y: g * h, t: e * h, z: f * g }
    }

    pub(crate) fn affine(&self) -> Point {
        let z = self.z.invert();
        Point { x: self.x * z, y: self.y * z }
    }
}
