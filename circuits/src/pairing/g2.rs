//! G2: the subgroup of order r of `y^2 = x^3 + 3 / xi` over Fq2, and the lines that a point's pairings multiply.

use super::Fq;
use super::miller::{LINES, LOOP};
use super::tower::{FROBENIUS, Fq2};
use std::sync::Arc;

/// `3 / xi`.
pub(crate) const B: Fq2 = Fq2::new(
    Fq::constant([
        0x3267_e6dc_24a1_38e5,
        0xb5b4_c5e5_59db_efa3,
        0x81be_1899_1be0_6ac3,
        0x2b14_9d40_ceb8_aaae,
    ]),
    Fq::constant([
        0xe4a2_bd06_85c3_15d2,
        0xa74f_a084_e52d_1852,
        0xcd2c_afad_eed8_fdf4,
        0x0097_13b0_3af0_fed4,
    ]),
);

/// The x of G2's usual generator (EIP-197).
pub(crate) const GENERATOR_X: Fq2 = Fq2::new(
    Fq::constant([
        0x46de_bd5c_d992_f6ed,
        0x6743_22d4_f75e_dadd,
        0x426a_0066_5e5c_4479,
        0x1800_deef_121f_1e76,
    ]),
    Fq::constant([
        0x97e4_85b7_aef3_12c2,
        0xf1aa_4933_35a9_e712,
        0x7260_bfb7_31fb_5d25,
        0x198e_9393_920d_483a,
    ]),
);

/// A line through points of the twist, up to a factor in Fq2: at `(x : y : z)` in G1 it is
/// `[0] y + [1] x w + [2] z w^3`.
pub(crate) type Line = [Fq2; 3];

/// A point of the subgroup, with its lines; the identity is `(0, 0)` and has none.
#[derive(Clone)]
pub(crate) struct G2 {
    pub(crate) x: Fq2,
    pub(crate) y: Fq2,
    lines: Arc<[Line]>,
}

/// Lines follow from the point.
impl PartialEq for G2 {
    fn eq(&self, other: &Self) -> bool {
        (self.x, self.y) == (other.x, other.y)
    }
}

impl Eq for G2 {}

impl core::fmt::Debug for G2 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("G2").field("x", &self.x).field("y", &self.y).finish_non_exhaustive()
    }
}

impl G2 {
    pub(crate) fn identity() -> Self {
        Self { x: Fq2::ZERO, y: Fq2::ZERO, lines: Arc::new([]) }
    }

    /// A point of the twist with this x, one of the two; it need not lie in the subgroup.
    pub(crate) fn y_at(x: Fq2) -> Option<Fq2> {
        (x.square() * x + B).root()
    }

    /// A point of the twist, if it lies in the subgroup. That it lies on the twist is the caller's to know.
    ///
    /// The lines' chords and tangents add up to `g(P) = [6x + 2]P + psi(P) - psi^2(P)`, with psi the q-power Frobenius taken to
    /// the twist. On the subgroup psi multiplies by q, and `6x + 2 + q - q^2 + q^3` is a multiple of r (Vercauteren, "Optimal
    /// pairings", 2008), so that `g(P) = -psi^3(P)`: this is what is tested.
    ///
    /// Nothing else passes. With `psi^2 = t psi - q`, `6x + 2 + psi - psi^2 + psi^3 = a + b psi` for integers a and b; a point
    /// that it takes to the identity is taken there by its norm `a^2 + a b t + b^2 q` as well. The order of the twist is r times
    /// a cofactor, `2q - r`, and neither that norm nor r has a factor in common with it, so that the point's order divides r.
    /// (The argument is that of El Housni, Guillevic and Piellard, "Co-factor clearing and subgroup membership testing on
    /// pairing-friendly curves", 2022, section 4; `tests` computes it again.)
    pub(crate) fn new(x: Fq2, y: Fq2) -> Option<Self> {
        let point = Affine { x, y };
        let mut lines = Vec::with_capacity(LINES);
        let mut sum = Sum { x, y, z: Fq2::ONE };
        for digit in LOOP.digits() {
            lines.push(sum.double());
            match digit {
                0 => {}
                1 => lines.push(sum.add(&point)),
                _ => lines.push(sum.add(&point.negated())),
            }
        }
        let once = point.psi();
        let twice = once.psi();
        lines.push(sum.add(&once));
        lines.push(sum.add(&twice.negated()));
        let last = twice.psi().negated();
        let member = !sum.z.is_zero() && sum.x == last.x * sum.z && sum.y == last.y * sum.z;
        member.then(|| Self { x, y, lines: lines.into() })
    }

    pub(crate) fn is_identity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    pub(crate) fn lines(&self) -> &[Line] {
        &self.lines
    }
}

#[derive(Clone, Copy)]
struct Affine {
    x: Fq2,
    y: Fq2,
}

impl Affine {
    fn negated(self) -> Self {
        Self { y: -self.y, ..self }
    }

    /// The q-power Frobenius, taken to the twist.
    fn psi(self) -> Self {
        let square = FROBENIUS.square();
        Self { x: self.x.conjugate() * square, y: self.y.conjugate() * (square * FROBENIUS) }
    }
}

/// `(x : y : z)`, which is `(x / z, y / z)`.
///
/// Both steps give a sum with z = 0 where their formula does not hold (a point with itself or its opposite), and z stays zero
/// from there on: a z that is not zero in the end says that all steps were right.
struct Sum {
    x: Fq2,
    y: Fq2,
    z: Fq2,
}

impl Sum {
    /// Doubles, and gives the tangent (Aranha et al., "Faster explicit formulas for computing pairings over ordinary curves",
    /// 2010, section 4).
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn double(&mut self) -> Line {
        let Self { x, y, z } = *self;
        let (xx, yy, zz) = (x.square(), y.square(), z.square());
        let e = B * zz.triple();
        let f = e.triple();
        let g = (yy + f).half();
        let h = (y + z).square() - yy - zz;
        *self =
            Self { x: (x * y).half() * (yy - f), y: g.square() - e.square().triple(), z: yy * h };
        [-h, xx.triple(), e - yy]
    }

    /// Adds a point, and gives the chord.
    #[cfg_attr(target_arch = "wasm32", inline(never))]
    fn add(&mut self, point: &Affine) -> Line {
        let Self { x, y, z } = *self;
        let theta = y - point.y * z;
        let lambda = x - point.x * z;
        let square = lambda.square();
        let cube = square * lambda;
        let g = x * square;
        let h = cube + z * theta.square() - g.double();
        *self = Self { x: lambda * h, y: theta * (g - h) - cube * y, z: z * cube };
        [lambda, -theta, theta * point.x - lambda * point.y]
    }
}
