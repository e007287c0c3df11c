//! Two lanes of 64 bits, read as whole numbers or as floating-point ones: Wasm's vectors, and what they do, written out for tests elsewhere.

#[cfg(target_arch = "wasm32")]
mod chosen {
    use core::arch::wasm32::{
        f64x2_add, f64x2_floor, f64x2_mul, f64x2_nearest, f64x2_relaxed_madd, f64x2_splat,
        f64x2_sub, i64x2_add, i64x2_sub, u64x2, u64x2_extract_lane, u64x2_shl, u64x2_shr,
        u64x2_splat, v128, v128_and, v128_or, v128_xor,
    };

    /// Two lanes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Vector(v128);

    macro_rules! lanewise {
        ($($name:ident: $of:ident)*) => {$(
            #[inline(always)]
            pub(in super::super) fn $name(self, other: Self) -> Self {
                Self($of(self.0, other.0))
            }
        )*};
    }

    impl Vector {
        lanewise! {
            add: i64x2_add
            sub: i64x2_sub
            and: v128_and
            or: v128_or
            xor: v128_xor
            plus: f64x2_add
            minus: f64x2_sub
            times: f64x2_mul
        }

        /// `self * factor + more`, rounded once: whoever chose this Wasm has tried that the engine does so.
        #[inline(always)]
        pub(in super::super) fn fused(self, factor: Self, more: Self) -> Self {
            Self(f64x2_relaxed_madd(self.0, factor.0, more.0))
        }

        #[inline(always)]
        pub(in super::super) fn floor(self) -> Self {
            Self(f64x2_floor(self.0))
        }

        #[inline(always)]
        pub(in super::super) fn nearest(self) -> Self {
            Self(f64x2_nearest(self.0))
        }

        #[inline(always)]
        pub(in super::super) fn right<const BITS: u32>(self) -> Self {
            Self(u64x2_shr(self.0, BITS))
        }

        #[inline(always)]
        pub(in super::super) fn left<const BITS: u32>(self) -> Self {
            Self(u64x2_shl(self.0, BITS))
        }

        #[inline(always)]
        pub(in super::super) fn of(lanes: [u64; 2]) -> Self {
            Self(u64x2(lanes[0], lanes[1]))
        }

        #[inline(always)]
        pub(in super::super) fn both(bits: u64) -> Self {
            Self(u64x2_splat(bits))
        }

        #[inline(always)]
        pub(in super::super) fn number(number: f64) -> Self {
            Self(f64x2_splat(number))
        }

        #[inline(always)]
        pub(in super::super) fn lanes(self) -> [u64; 2] {
            [u64x2_extract_lane::<0>(self.0), u64x2_extract_lane::<1>(self.0)]
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod chosen {
    /// Two lanes.
    #[derive(Clone, Copy)]
    pub(in super::super) struct Vector([u64; 2]);

    macro_rules! whole {
        ($($name:ident: $of:expr;)*) => {$(
            pub(in super::super) fn $name(self, other: Self) -> Self {
                let of: fn(u64, u64) -> u64 = $of;
                Self([of(self.0[0], other.0[0]), of(self.0[1], other.0[1])])
            }
        )*};
    }
    macro_rules! floating {
        ($($name:ident: $of:expr;)*) => {$(
            pub(in super::super) fn $name(self, other: Self) -> Self {
                let of: fn(f64, f64) -> f64 = $of;
                let lane = |i: usize| of(f64::from_bits(self.0[i]), f64::from_bits(other.0[i]));
                Self([lane(0).to_bits(), lane(1).to_bits()])
            }
        )*};
    }

    impl Vector {
        whole! {
            add: u64::wrapping_add;
            sub: u64::wrapping_sub;
            and: |a, b| a & b;
            or: |a, b| a | b;
            xor: |a, b| a ^ b;
        }
        floating! {
            plus: |a, b| a + b;
            minus: |a, b| a - b;
            times: |a, b| a * b;
        }

        /// `self * factor + more`, rounded once.
        pub(in super::super) fn fused(self, factor: Self, more: Self) -> Self {
            let number = |v: Self, i: usize| f64::from_bits(v.0[i]);
            let lane = |i| number(self, i).mul_add(number(factor, i), number(more, i));
            Self([lane(0).to_bits(), lane(1).to_bits()])
        }

        pub(in super::super) fn floor(self) -> Self {
            Self(self.0.map(|bits| f64::from_bits(bits).floor().to_bits()))
        }

        pub(in super::super) fn nearest(self) -> Self {
            Self(self.0.map(|bits| f64::from_bits(bits).round_ties_even().to_bits()))
        }

        pub(in super::super) fn right<const BITS: u32>(self) -> Self {
            Self(self.0.map(|bits| bits >> BITS))
        }

        pub(in super::super) fn left<const BITS: u32>(self) -> Self {
            Self(self.0.map(|bits| bits << BITS))
        }

        pub(in super::super) fn of(lanes: [u64; 2]) -> Self {
            Self(lanes)
        }

        pub(in super::super) fn both(bits: u64) -> Self {
            Self([bits; 2])
        }

        pub(in super::super) fn number(number: f64) -> Self {
            Self([number.to_bits(); 2])
        }

        pub(in super::super) fn lanes(self) -> [u64; 2] {
            self.0
        }
    }
}

pub(super) use chosen::Vector;
