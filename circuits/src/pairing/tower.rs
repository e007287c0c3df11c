//! The tower over the base field: `Fq2 = Fq[u] / (u^2 + 1)`, `Fq6 = Fq2[v] / (v^3 - xi)` and `Fq12 = Fq6[w] / (w^2 - v)`, with
//! `xi = 9 + u`. So `Fq12 = Fq2[w] / (w^6 - xi)` too, and each way of seeing it has its use.
//!
//! A coefficient of a product is one sum of products with one reduction ([`dot`]): about as many steps as Karatsuba's way
//! takes with all its additions, and much less code.

use super::field::{BASE, Fq, dot, split};
use core::array::from_fn;
use core::ops::{Add, Mul, Neg, Sub};

/// `c0 + c1 u`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fq2 {
    pub(crate) c0: Fq,
    pub(crate) c1: Fq,
}

impl Fq2 {
    pub(crate) const ZERO: Self = Self::new(Fq::ZERO, Fq::ZERO);
    pub(crate) const ONE: Self = Self::new(Fq::ONE, Fq::ZERO);

    pub(crate) const fn new(c0: Fq, c1: Fq) -> Self {
        Self { c0, c1 }
    }

    pub(crate) fn is_zero(self) -> bool {
        self == Self::ZERO
    }

    /// The sum of the products `a[i] b[i]`, of at most three pairs.
    #[inline(never)]
    fn dot<const N: usize>(a: &[Self; N], b: &[Self; N]) -> Self {
        let parts = [a.map(|x| split(&x.c0.0)), a.map(|x| split(&x.c1.0))];
        // c1, c0, -c1: the first two go with the parts of a for the imaginary part, the last two for the real one.
        let other =
            [b.map(|x| split(&x.c1.0)), b.map(|x| split(&x.c0.0)), b.map(|x| split(&(-x.c1).0))];
        let (parts, other) = (parts.as_flattened(), other.as_flattened());
        Self::new(Fq(dot(parts, &other[N..], &BASE)), Fq(dot(parts, &other[..2 * N], &BASE)))
    }

    pub(crate) fn square(self) -> Self {
        let Self { c0, c1 } = self;
        Self::new((c0 + c1) * (c0 - c1), c0 * c1.double())
    }

    pub(crate) fn double(self) -> Self {
        self + self
    }

    pub(crate) fn triple(self) -> Self {
        self + self + self
    }

    pub(crate) fn half(self) -> Self {
        Self::new(self.c0.half(), self.c1.half())
    }

    pub(crate) fn scale(self, by: Fq) -> Self {
        Self::new(self.c0 * by, self.c1 * by)
    }

    /// The q-th power.
    pub(crate) fn conjugate(self) -> Self {
        Self::new(self.c0, -self.c1)
    }

    /// The product with `xi`.
    fn times_xi(self) -> Self {
        let nine = self.double().double().double() + self;
        Self::new(nine.c0 - self.c1, nine.c1 + self.c0)
    }

    /// `1 / self`; zero for zero.
    pub(crate) fn inverse(self) -> Self {
        self.conjugate().scale((self.c0.square() + self.c1.square()).inverse())
    }

    /// A square root, if there is one.
    ///
    /// The root `x + y u` of `a + b u` has `x^2 = t` with `t = (a + s) / 2` or `(a - s) / 2` for `s^2 = a^2 + b^2`, and
    /// `y = b / 2x`. The product of the two t is `-b^2 / 4`, so that the one is a square where the other is not, -1 being
    /// none. With `p = t^((q - 3) / 4)`, `t p^2` is 1 if t is a square, else -1:
    ///
    /// * if it is, `x = t p` and `1 / x = p`;
    /// * if not, `y = t p`, as `y^2 = -t`, and `1 / y = -p`, so that `x = b / 2y = -b p / 2`.
    pub(crate) fn root(self) -> Option<Self> {
        let Self { c0: a, c1: b } = self;
        let s = (a.square() + b.square()).root()?;
        let t = (a + s).half();
        // Then b is zero and s is -a.
        let t = if t.is_zero() { a } else { t };
        let p = t.power();
        let (root, other) = (t * p, (b * p).half());
        let root =
            if root * p == Fq::ONE { Self::new(root, other) } else { Self::new(-other, root) };
        (root.square() == self).then_some(root)
    }
}

impl Add for Fq2 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.c0 + other.c0, self.c1 + other.c1)
    }
}

impl Sub for Fq2 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.c0 - other.c0, self.c1 - other.c1)
    }
}

impl Neg for Fq2 {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Fq2 {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self::dot(&[self], &[other])
    }
}

/// `[0] + [1] v + [2] v^2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fq6(pub(crate) [Fq2; 3]);

impl Fq6 {
    const ZERO: Self = Self([Fq2::ZERO; 3]);
    const ONE: Self = Self([Fq2::ONE, Fq2::ZERO, Fq2::ZERO]);

    /// The product with `v`.
    fn times_v(self) -> Self {
        let Self([a, b, c]) = self;
        Self([c.times_xi(), a, b])
    }

    /// `1 / self`; zero for zero.
    fn inverse(self) -> Self {
        let Self([a, b, c]) = self;
        let x = a.square() - (b * c).times_xi();
        let y = c.square().times_xi() - a * b;
        let z = b.square() - a * c;
        let norm = a * x + (c * y + b * z).times_xi();
        let inverse = norm.inverse();
        Self([x, y, z].map(|x| x * inverse))
    }
}

impl Add for Fq6 {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] + other.0[i]))
    }
}

impl Sub for Fq6 {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(from_fn(|i| self.0[i] - other.0[i]))
    }
}

impl Mul for Fq6 {
    type Output = Self;

    fn mul(self, Self([a, b, c]): Self) -> Self {
        // Each coefficient takes three neighbours of these.
        let row = [c, b, a, c.times_xi(), b.times_xi()];
        Self(from_fn(|i| Fq2::dot(&self.0, &[row[2 - i], row[3 - i], row[4 - i]])))
    }
}

/// `[0] + [1] w`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fq12(pub(crate) [Fq6; 2]);

/// `xi^((q - 1) / 6)`: what `w^q` is of `w`.
pub(crate) const FROBENIUS: Fq2 = Fq2::new(
    Fq::constant([
        0xd60b_35da_dcc9_e470,
        0x5c52_1e08_292f_2176,
        0xe8b9_9fdd_76e6_8b60,
        0x1284_b71c_2865_a7df,
    ]),
    Fq::constant([
        0xca5c_f05f_80f3_62ac,
        0x7479_9277_8eee_c7e5,
        0xa632_7cfe_1215_0b8e,
        0x2469_96f3_b4fa_e7e6,
    ]),
);

impl Fq12 {
    pub(crate) const ONE: Self = Self([Fq6::ONE, Fq6::ZERO]);

    /// Coefficients of the powers of w.
    pub(crate) fn coefficients(&self) -> [Fq2; 6] {
        from_fn(|i| self.0[i % 2].0[i / 2])
    }

    /// The element with these coefficients of the powers of w.
    pub(crate) fn from_coefficients(c: [Fq2; 6]) -> Self {
        Self([Fq6([c[0], c[2], c[4]]), Fq6([c[1], c[3], c[5]])])
    }

    pub(crate) fn square(self) -> Self {
        let Self([a, b]) = self;
        let ab = a * b;
        Self([(a + b) * (a + b.times_v()) - ab - ab.times_v(), ab + ab])
    }

    /// The product with `l[0] + l[1] w + l[2] w^3`.
    pub(crate) fn times_line(self, l: &[Fq2; 3]) -> Self {
        let f = self.coefficients();
        let wrapped = [f[3].times_xi(), f[4].times_xi(), f[5].times_xi()];
        let at = |i: usize| if i < 3 { wrapped[i] } else { f[i - 3] };
        let coefficient = |i: usize| Fq2::dot(&[at(i + 3), at(i + 2), at(i)], l);
        Self::from_coefficients(from_fn(coefficient))
    }

    /// The power `q^6`: the inverse, for elements whose order divides `q^6 + 1`.
    pub(crate) fn conjugate(self) -> Self {
        let Self([a, b]) = self;
        Self([a, Fq6::ZERO - b])
    }

    /// The q-th power.
    pub(crate) fn frobenius(self) -> Self {
        let mut factor = Fq2::ONE;
        let mut coefficients = self.coefficients();
        for c in &mut coefficients {
            *c = c.conjugate() * factor;
            factor = factor * FROBENIUS;
        }
        Self::from_coefficients(coefficients)
    }

    /// `1 / self`; zero for zero.
    pub(crate) fn inverse(self) -> Self {
        let Self([a, b]) = self;
        let inverse = (a * a - (b * b).times_v()).inverse();
        Self([a * inverse, Fq6::ZERO - b * inverse])
    }

    /// The square of an element whose order divides `q^4 - q^2 + 1` (Granger and Scott, PKC 2010, section 3.2).
    pub(crate) fn square_cyclotomic(self) -> Self {
        let f = self.coefficients();
        // (a + b y)^2 with y = w^3.
        let square = |a: Fq2, b: Fq2| {
            let ab = a * b;
            ((a + b) * (a + b.times_xi()) - ab - ab.times_xi(), ab.double())
        };
        let ((a, b), (c, d), (e, g)) = (square(f[0], f[3]), square(f[1], f[4]), square(f[2], f[5]));
        // 3 x - 2 y and 3 x + 2 y.
        let less = |x: Fq2, y: Fq2| (x - y).double() + x;
        let more = |x: Fq2, y: Fq2| (x + y).double() + x;
        Self::from_coefficients([
            less(a, f[0]),
            more(g.times_xi(), f[1]),
            less(c, f[2]),
            more(b, f[3]),
            less(e, f[4]),
            more(d, f[5]),
        ])
    }
}

impl Mul for Fq12 {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (Self([a, b]), Self([c, d])) = (self, other);
        let (ac, bd) = (a * c, b * d);
        Self([ac + bd.times_v(), (a + b) * (c + d) - ac - bd])
    }
}
