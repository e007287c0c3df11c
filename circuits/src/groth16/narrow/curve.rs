//! The curve over fields with narrow limbs.

use super::super::halves::Endomorphism;
use super::{Narrow, narrow};
use ark_bn254::{Fq2Config, FqConfig, Fr, g1, g2};
use ark_ec::CurveConfig;
use ark_ec::short_weierstrass::{Affine, SWCurveConfig};
use ark_ff::fields::{Fp, FpConfig};
use ark_ff::{AdditiveGroup, Fp2, Fp2Config};

type Fq = Fp<Narrow<FqConfig>, 4>;
type Fq2 = Fp2<NarrowFq2>;

/// Fq2 over narrow limbs.
pub(in super::super) struct NarrowFq2;

impl Fp2Config for NarrowFq2 {
    type Fp = Fq;
    const NONRESIDUE: Fq = narrow(Fq2Config::NONRESIDUE);
    const FROBENIUS_COEFF_FP2_C1: &'static [Fq] = &[Narrow::<FqConfig>::ONE, Self::NONRESIDUE];

    #[inline(always)]
    fn mul_fp_by_nonresidue_in_place(x: &mut Fq) -> &mut Fq {
        AdditiveGroup::neg_in_place(x)
    }
}

/// G1 over narrow limbs.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in super::super) struct NarrowG1;

/// G2 over narrow limbs.
#[derive(Clone, Default, PartialEq, Eq)]
pub(in super::super) struct NarrowG2;

const fn narrow2(x: ark_bn254::Fq2) -> Fq2 {
    Fq2::new(narrow(x.c0), narrow(x.c1))
}

macro_rules! narrow_curve {
    ($name:ident: $of:ty, $field:ty, $convert:ident) => {
        impl CurveConfig for $name {
            type BaseField = $field;
            type ScalarField = Fr;
            const COFACTOR: &'static [u64] = <$of>::COFACTOR;
            const COFACTOR_INV: Fr = <$of>::COFACTOR_INV;
        }

        impl SWCurveConfig for $name {
            const COEFF_A: $field = $convert(<$of>::COEFF_A);
            const COEFF_B: $field = $convert(<$of>::COEFF_B);
            const GENERATOR: Affine<Self> =
                Affine::new_unchecked($convert(<$of>::GENERATOR.x), $convert(<$of>::GENERATOR.y));
            type ZeroFlag = ();

            #[inline(always)]
            fn mul_by_a(_: Self::BaseField) -> Self::BaseField {
                Self::BaseField::ZERO
            }
        }

        impl Endomorphism for $name {
            const ROOT: $field = $convert(<$of as Endomorphism>::ROOT);

            #[cfg(target_feature = "relaxed-simd")]
            fn reduce(points: &mut Vec<Affine<Self>>, ends: &mut [usize]) {
                super::super::lanes::reduce(points, ends);
            }
        }
    };
}

narrow_curve!(NarrowG1: g1::Config, Fq, narrow);
narrow_curve!(NarrowG2: g2::Config, Fq2, narrow2);
