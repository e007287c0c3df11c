//! Baby Jubjub in circuit: complete Edwards arithmetic where operands are free, cheaper Montgomery arithmetic where it is
//! proven that no exceptional case occurs.

use crate::cs::{ConstraintSystem, Linear};
use crate::curve::BabyJubjub;
use crate::hash::F;
use ark_ec::twisted_edwards::{MontCurveConfig, TECurveConfig};
use ark_ff::One;

const A: F = <BabyJubjub as TECurveConfig>::COEFF_A;
const D: F = <BabyJubjub as TECurveConfig>::COEFF_D;
const MONTGOMERY_A: F = <BabyJubjub as MontCurveConfig>::COEFF_A;

/// A point in Edwards coordinates.
#[derive(Clone)]
pub struct PointVar<W> {
    /// First coordinate.
    pub x: W,
    /// Second coordinate.
    pub y: W,
}

/// A point in Montgomery coordinates `v^2 = u^3 + 168698 u^2 + u`; never the identity.
#[derive(Clone)]
pub(super) struct MontgomeryVar<W> {
    pub(super) u: W,
    pub(super) v: W,
}

/// Demands that the point is on the curve. Three constraints.
pub fn enforce_on_curve<CS: ConstraintSystem>(
    cs: &mut CS,
    what: &'static str,
    point: &PointVar<CS::Wire>,
) {
    let x2 = cs.product(what, &point.x, &point.x);
    let y2 = cs.product(what, &point.y, &point.y);
    // d x^2 * y^2 = a x^2 + y^2 - 1
    let right = x2.times(A).plus(&y2).plus_constant(-F::one());
    cs.enforce(what, &x2.times(D), &y2, &right);
}

impl<W: Linear> PointVar<W> {
    /// Complete addition, since a is a square and d is not: any two points of the curve. Six constraints.
    pub(super) fn add<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS, other: &Self) -> Self {
        const WHAT: &str = "edwards addition";
        let beta = cs.product(WHAT, &self.x, &other.y);
        let gamma = cs.product(WHAT, &self.y, &other.x);
        let left = self.y.minus(&self.x.times(A));
        let delta = cs.product(WHAT, &left, &other.x.plus(&other.y));
        let tau = cs.product(WHAT, &beta, &gamma);
        let dtau = tau.times(D);
        let x = cs.quotient(WHAT, &beta.plus(&gamma), &W::unit().plus(&dtau));
        let numerator = delta.plus(&beta.times(A)).minus(&gamma);
        let y = cs.quotient(WHAT, &numerator, &W::unit().minus(&dtau));
        Self { x, y }
    }

    /// Complete doubling of a point on the curve. Five constraints.
    pub(super) fn double<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS) -> Self {
        const WHAT: &str = "edwards doubling";
        let p = cs.product(WHAT, &self.x, &self.y);
        // (x + y)(y - a x) = y^2 - a x^2 + (1 - a) x y
        let left = self.y.minus(&self.x.times(A));
        let u = cs.product(WHAT, &left, &self.x.plus(&self.y));
        // On the curve, a x^2 + y^2 = 1 + d (x y)^2.
        let dp2 = cs.product(WHAT, &p, &p).times(D);
        let x = cs.quotient(WHAT, &p.plus(&p), &W::unit().plus(&dp2));
        let numerator = u.minus(&p.times(F::one() - A));
        let y = cs.quotient(WHAT, &numerator, &W::unit().minus(&dp2));
        Self { x, y }
    }

    /// To Montgomery coordinates; the caller knows that x is not zero.
    pub(super) fn to_montgomery<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
    ) -> MontgomeryVar<W> {
        const WHAT: &str = "edwards to montgomery";
        let (num, den) = (W::unit().plus(&self.y), W::unit().minus(&self.y));
        let u = cs.quotient(WHAT, &num, &den);
        let v = cs.quotient(WHAT, &u, &self.x);
        MontgomeryVar { u, v }
    }
}

impl<W: Linear> MontgomeryVar<W> {
    /// Sum of two points with different u: the caller proves that they never are equal or opposite. Three constraints.
    pub(super) fn add_unequal<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        other: &Self,
    ) -> Self {
        const WHAT: &str = "montgomery addition";
        let slope = cs.quotient(WHAT, &self.v.minus(&other.v), &self.u.minus(&other.u));
        let square = cs.product(WHAT, &slope, &slope);
        let u = square.plus_constant(-MONTGOMERY_A).minus(&self.u).minus(&other.u);
        let v = cs.product(WHAT, &self.u.minus(&u), &slope).minus(&self.v);
        Self { u, v }
    }

    /// Double of a point that is not of order two. Four constraints.
    pub(super) fn double<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS) -> Self {
        const WHAT: &str = "montgomery doubling";
        let u2 = cs.product(WHAT, &self.u, &self.u);
        let two = F::from(2);
        let numerator =
            u2.times(F::from(3)).plus(&self.u.times(two * MONTGOMERY_A)).plus_constant(F::one());
        let slope = cs.quotient(WHAT, &numerator, &self.v.times(two));
        let square = cs.product(WHAT, &slope, &slope);
        let u = square.plus_constant(-MONTGOMERY_A).minus(&self.u.times(two));
        let v = cs.product(WHAT, &self.u.minus(&u), &slope).minus(&self.v);
        Self { u, v }
    }

    /// `2 self + other`, as `(self + other) + self` without the middle point's v. The caller proves that `self` differs from
    /// plus and minus `other`, and `2 self + other` from the identity. Five constraints.
    pub(super) fn double_and_add<CS: ConstraintSystem<Wire = W>>(
        &self,
        cs: &mut CS,
        other: &Self,
    ) -> Self {
        const WHAT: &str = "montgomery double and add";
        let slope = cs.quotient(WHAT, &self.v.minus(&other.v), &self.u.minus(&other.u));
        let square = cs.product(WHAT, &slope, &slope);
        let middle = square.plus_constant(-MONTGOMERY_A).minus(&self.u).minus(&other.u);
        // The second slope is (v_m - v) / (u_m - u) with v_m = slope (u - u_m) - v, that is 2 v / (u - u_m) - slope.
        let kappa = cs.quotient(WHAT, &self.v.times(F::from(2)), &self.u.minus(&middle));
        let second = kappa.minus(&slope);
        let square = cs.product(WHAT, &second, &second);
        let u = square.plus_constant(-MONTGOMERY_A).minus(&middle).minus(&self.u);
        let v = cs.product(WHAT, &self.u.minus(&u), &second).minus(&self.v);
        Self { u, v }
    }

    /// To Edwards coordinates, for a point of odd order: v is not zero then, and u = -1 is on no point, since d is no square.
    pub(super) fn to_edwards<CS: ConstraintSystem<Wire = W>>(&self, cs: &mut CS) -> PointVar<W> {
        const WHAT: &str = "montgomery to edwards";
        let x = cs.quotient(WHAT, &self.u, &self.v);
        let minus_one = W::constant(-F::one());
        let y = cs.quotient(WHAT, &self.u.plus(&minus_one), &self.u.minus(&minus_one));
        PointVar { x, y }
    }
}
