//! Sums of a first phase's points times the entries of a circuit's columns: what makes an initial key take its time.
//!
//! A row's point is wanted by all variables of the row, each time with another coefficient. So each point's odd multiples are made
//! once, and each sum walks down the bits of all its coefficients together (Straus, with signed windows).

use super::Done;
use crate::cs::{Matrices, SparseMatrix};
use crate::hash::F;
use ark_ec::short_weierstrass::{Affine, Projective, SWCurveConfig};
use ark_ec::{AdditiveGroup, CurveGroup};
use ark_ff::{BigInteger, PrimeField, Zero};
#[cfg(feature = "parallel")]
use rayon::prelude::*;

/// Bits of a window.
const WINDOW: usize = 5;
/// Odd multiples of a point that a window's digits stand for: 1, 3, up to 15.
const MULTIPLES: usize = 1 << (WINDOW - 2);
/// Entries that are summed up by one thread.
const PIECE: usize = 1 << 10;

/// The odd multiples of some points.
pub(super) struct Table<P: SWCurveConfig>(Vec<Affine<P>>);

impl<P: SWCurveConfig> Table<P> {
    pub(super) fn new(points: &[Affine<P>]) -> Self {
        let of = |points: &[Affine<P>]| {
            let mut multiples = Vec::with_capacity(MULTIPLES * points.len());
            for point in points {
                let mut multiple: Projective<P> = (*point).into();
                let twice = multiple.double();
                for _ in 0..MULTIPLES {
                    multiples.push(multiple);
                    multiple += twice;
                }
            }
            Projective::normalize_batch(&multiples)
        };
        #[cfg(feature = "parallel")]
        let multiples = points.par_chunks(PIECE).flat_map_iter(of).collect();
        #[cfg(not(feature = "parallel"))]
        let multiples = points.chunks(PIECE).flat_map(of).collect();
        Self(multiples)
    }

    /// An odd digit times a point.
    fn times(&self, point: usize, digit: i8) -> Affine<P> {
        let multiple = self.0[MULTIPLES * point + usize::from(digit.unsigned_abs() / 2)];
        if digit < 0 { -multiple } else { multiple }
    }
}

/// Each coefficient's digits, from the lowest on: zero or odd.
pub(super) struct Digits(Vec<Vec<i8>>);

impl Digits {
    pub(super) fn new(m: &Matrices) -> Self {
        let of = |coefficient: &F| {
            let (plus, minus) = (coefficient.into_bigint(), (-*coefficient).into_bigint());
            // The shorter of the two: most are small.
            let (short, sign) = if plus < minus { (plus, 1) } else { (minus, -1) };
            let digits = short.find_wnaf(WINDOW).unwrap_or_default();
            digits.into_iter().map(|digit| digit as i8 * sign).collect()
        };
        Self(m.coefficients.iter().map(of).collect())
    }
}

/// For each variable its rows, with the index of the coefficient.
pub(super) fn columns(side: &SparseMatrix, m: &Matrices) -> Vec<Vec<(usize, usize)>> {
    let mut columns = vec![Vec::new(); m.variables];
    for row in 0..m.constraints() {
        for (variable, coefficient) in side.row(row) {
            columns[variable].push((row, coefficient));
        }
    }
    columns
}

/// A point of a table, and the digits it is multiplied by.
type Term<'a, P> = (&'a Table<P>, usize, &'a [i8]);

/// The sum of one variable, as it grows.
pub(super) struct Sum<'a, P: SWCurveConfig> {
    digits: &'a Digits,
    terms: Vec<Term<'a, P>>,
}

impl<'a, P: SWCurveConfig<ScalarField = F>> Sum<'a, P> {
    /// Adds each row's point times its coefficient.
    pub(super) fn add(&mut self, rows: &[(usize, usize)], table: &'a Table<P>) {
        let digits = &self.digits.0;
        let terms = rows.iter().map(|(row, coefficient)| (table, *row, &digits[*coefficient][..]));
        self.terms.extend(terms);
    }

    /// Adds a row's point.
    pub(super) fn one(&mut self, row: Option<usize>, table: &'a Table<P>) {
        self.terms.extend(row.map(|row| (table, row, &[1_i8][..])));
    }

    fn value(&self) -> Projective<P> {
        let of = |terms: &[Term<P>]| {
            let length = terms.iter().map(|(.., digits)| digits.len()).max().unwrap_or(0);
            let mut sum = Projective::zero();
            for i in (0..length).rev() {
                sum.double_in_place();
                for (table, point, digits) in terms {
                    match digits.get(i) {
                        None | Some(0) => {}
                        Some(digit) => sum += table.times(*point, *digit),
                    }
                }
            }
            sum
        };
        // The constant one and public inputs may be in every row.
        #[cfg(feature = "parallel")]
        return self.terms.par_chunks(PIECE).map(of).sum();
        #[cfg(not(feature = "parallel"))]
        return self.terms.chunks(PIECE).map(of).sum();
    }
}

/// One sum for each variable.
pub(super) fn combine<'a, P: SWCurveConfig<ScalarField = F>>(
    variables: usize,
    digits: &'a Digits,
    done: Done<'_>,
    add: impl Fn(usize, &mut Sum<'a, P>) + Sync + Send,
) -> Vec<Affine<P>> {
    let of = |variable| {
        let mut sum = Sum { digits, terms: Vec::new() };
        add(variable, &mut sum);
        let value = sum.value();
        done(1);
        value
    };
    #[cfg(feature = "parallel")]
    let sums: Vec<Projective<P>> = (0..variables).into_par_iter().map(of).collect();
    #[cfg(not(feature = "parallel"))]
    let sums: Vec<Projective<P>> = (0..variables).map(of).collect();
    Projective::normalize_batch(&sums)
}
