//! Baby Jubjub: circomlib's twisted Edwards curve `168700 x^2 + y^2 = 1 + 168696 x^2 y^2` over BN254's scalar field (ERC-2494).
//!
//! arkworks' `ed-on-bn254` is another form of it (a = 1) and not compatible.

use crate::hash::F;
use ark_ec::models::CurveConfig;
use ark_ec::twisted_edwards::{Affine, MontCurveConfig, Projective, TECurveConfig};
use ark_ff::{MontBackend, MontConfig, MontFp};

/// Parameters of [`Scalar`].
#[derive(MontConfig)]
#[modulus = "2736030358979909402780800718157159386076813972158567259200215660948447373041"]
#[generator = "19"]
pub struct ScalarConfig;

/// Integers modulo the order of the prime subgroup.
pub type Scalar = ark_ff::Fp256<MontBackend<ScalarConfig, 4>>;

/// The curve's parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BabyJubjub;

impl CurveConfig for BabyJubjub {
    type BaseField = F;
    type ScalarField = Scalar;

    const COFACTOR: &'static [u64] = &[8];
    const COFACTOR_INV: Scalar =
        MontFp!("2394026564107420727433200628387514462817212225638746351800188703329891451411");
}

impl TECurveConfig for BabyJubjub {
    const COEFF_A: F = MontFp!("168700");
    const COEFF_D: F = MontFp!("168696");
    /// circomlib's `Base8`: generates the subgroup of prime order.
    const GENERATOR: Affine<Self> = Affine::new_unchecked(
        MontFp!("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
        MontFp!("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
    );
    type MontCurveConfig = Self;
}

impl MontCurveConfig for BabyJubjub {
    const COEFF_A: F = MontFp!("168698");
    const COEFF_B: F = MontFp!("1");
    type TECurveConfig = Self;
}

/// A point in affine coordinates.
pub type Point = Affine<BabyJubjub>;

/// A point in extended coordinates.
pub type ProjectivePoint = Projective<BabyJubjub>;

/// G of the Pedersen commitment, which values multiply; see [`crate::commitment`] for the rule that gives it.
pub const VALUE_GENERATOR: Point = Point::new_unchecked(
    MontFp!("8050086953271416748170131981143594449814416851698568364451201238398364769826"),
    MontFp!("3106354154226015349801829102362616102931163025989077458596049335340316052059"),
);

/// H of the Pedersen commitment, which blindings multiply.
pub const BLINDING_GENERATOR: Point = Point::new_unchecked(
    MontFp!("2432073004012971063701169240732852517708041533968790758190852212901452040726"),
    MontFp!("15876840585183719097680406107139800078782690731433430128120948159856330456167"),
);

/// The point with these coordinates, if it lies on the curve.
pub fn point(x: F, y: F) -> Option<Point> {
    Some(Point::new_unchecked(x, y)).filter(Point::is_on_curve)
}

/// The point with these coordinates, if it lies on the curve and in the subgroup of prime order. The identity does.
pub fn subgroup_point(x: F, y: F) -> Option<Point> {
    point(x, y).filter(Point::is_in_correct_subgroup_assuming_on_curve)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_ec::{AffineRepr, CurveGroup};
    use ark_ff::{Field, PrimeField};

    #[test]
    fn generator_has_prime_order() {
        let base = Point::generator();
        assert!(base.is_on_curve());
        assert!(base.mul_bigint(Scalar::MODULUS).into_affine().is_zero());
        assert_eq!(Scalar::from(8u8).inverse(), Some(BabyJubjub::COFACTOR_INV));
    }
}
