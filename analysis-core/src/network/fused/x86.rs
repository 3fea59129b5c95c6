//! AVX-512, and AVX2 with FMA, where a row of units is two registers.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::block::Block;
use super::kernel;
use super::lanes::{Lanes, Row};
use super::points::{Shape, Test, Train};

/// 16 pre-activations, 8 sums, 2 weights and a point: 27 of 32 registers; backward at most 24 + 3.
pub(super) const AVX512_SHAPE: Shape = Shape { samples: 8, rows: 2, columns: 12 };
/// 8 pre-activations and 2 weights of 16 registers; backward 10 + 3.
pub(super) const AVX2_SHAPE: Shape = Shape { samples: 4, rows: 1, columns: 5 };

macro_rules! instruction_set {
    ($name:ident, $features:literal, $t:ty, $lanes:literal, $vector:ty, $shape:ident) => {
        pub(super) mod $name {
            use super::*;

            /// # Safety
            /// The processor must have the features.
            #[target_feature(enable = $features)]
            pub(in super::super) unsafe fn sweep(
                block: &mut Block<$t>,
                train: &Train<$t>,
                test: &Test<$t>,
                force: Option<&[$t]>,
            ) {
                kernel::sweep::<$t, $vector, { $shape.samples }, { $shape.rows }>(block, train, test, force);
            }

            /// # Safety
            /// The processor must have the features.
            #[target_feature(enable = $features)]
            pub(in super::super) unsafe fn reduce(sums: &[&[Row<$t, $lanes>]], scale: f64, out: &mut [f64]) {
                kernel::reduce::<$t, $vector>(sums, scale, out);
            }
        }
    };
}

instruction_set!(avx512_single, "avx512f,avx2,fma", f32, 16, One<__m512>, AVX512_SHAPE);
instruction_set!(avx512_double, "avx512f,avx2,fma", f64, 8, One<__m512d>, AVX512_SHAPE);
instruction_set!(avx2_single, "avx2,fma", f32, 16, Two<__m256>, AVX2_SHAPE);
instruction_set!(avx2_double, "avx2,fma", f64, 8, Two<__m256d>, AVX2_SHAPE);

/// A row in one register.
#[derive(Clone, Copy)]
pub(super) struct One<V>(V);

/// A row in two registers.
#[derive(Clone, Copy)]
pub(super) struct Two<V>(V, V);

// SAFETY of every `unsafe` below: these types are only used inside the four functions above, which enable the features
// the intrinsics ask for; a row and its registers are plain values of the same size, every bit pattern of which is valid.

macro_rules! avx512 {
    ($t:ty, $lanes:literal, $mask:ty, $v:ty, $zero:ident, $set1:ident, $set1_where:ident, $sub:ident, $fma:ident, $fnma:ident,
     $max:ident, $cmpgt:ident, $cast:ident, $widen:ident) => {
        impl Lanes<$t> for One<$v> {
            #[inline(always)]
            fn zero() -> Self {
                unsafe { One($zero()) }
            }

            #[inline(always)]
            fn splat(value: $t) -> Self {
                unsafe { One($set1(value)) }
            }

            #[inline(always)]
            fn splat_where(mask: $mask, value: $t) -> Self {
                unsafe { One($set1_where(mask, $set1(value))) }
            }

            #[inline(always)]
            fn load(row: &Row<$t, $lanes>) -> Self {
                unsafe { One(transmute::<Row<$t, $lanes>, $v>(*row)) }
            }

            #[inline(always)]
            fn row(self) -> Row<$t, $lanes> {
                unsafe { transmute::<$v, Row<$t, $lanes>>(self.0) }
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                unsafe { One($sub(self.0, other.0)) }
            }

            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                unsafe { One($fma(self.0, b.0, c.0)) }
            }

            #[inline(always)]
            fn fnma(self, b: Self, c: Self) -> Self {
                unsafe { One($fnma(self.0, b.0, c.0)) }
            }

            #[inline(always)]
            fn relu(self) -> Self {
                // Of NaN and a number the instruction returns its second operand.
                unsafe { One($max($zero(), self.0)) }
            }

            #[inline(always)]
            fn positive(self) -> $mask {
                // As integers: a comparison of floating point numbers would take a multiplier's place.
                unsafe { $cmpgt($cast(self.0), _mm512_setzero_si512()) }
            }

            type Wide = [__m512d; { $lanes / 8 }];

            #[inline(always)]
            fn wide() -> Self::Wide {
                unsafe { [_mm512_setzero_pd(); { $lanes / 8 }] }
            }

            #[inline(always)]
            fn widen(self, sums: Self::Wide) -> Self::Wide {
                unsafe { $widen(self.0, sums) }
            }

            #[inline(always)]
            fn lanes(sums: Self::Wide) -> [f64; 16] {
                let mut lanes = [0.0; 16];
                for (lanes, sums) in lanes.chunks_exact_mut(8).zip(sums) {
                    lanes.copy_from_slice(&unsafe { transmute::<__m512d, [f64; 8]>(sums) });
                }
                lanes
            }
        }
    };
}

#[inline(always)]
unsafe fn widen_512_single(v: __m512, [low, high]: [__m512d; 2]) -> [__m512d; 2] {
    unsafe {
        let halves = transmute::<__m512, [__m256; 2]>(v);
        [_mm512_add_pd(low, _mm512_cvtps_pd(halves[0])), _mm512_add_pd(high, _mm512_cvtps_pd(halves[1]))]
    }
}

#[inline(always)]
unsafe fn widen_512_double(v: __m512d, [sum]: [__m512d; 1]) -> [__m512d; 1] {
    unsafe { [_mm512_add_pd(sum, v)] }
}

avx512!(
    f32,
    16,
    u16,
    __m512,
    _mm512_setzero_ps,
    _mm512_set1_ps,
    _mm512_maskz_mov_ps,
    _mm512_sub_ps,
    _mm512_fmadd_ps,
    _mm512_fnmadd_ps,
    _mm512_max_ps,
    _mm512_cmpgt_epi32_mask,
    _mm512_castps_si512,
    widen_512_single
);
avx512!(
    f64,
    8,
    u8,
    __m512d,
    _mm512_setzero_pd,
    _mm512_set1_pd,
    _mm512_maskz_mov_pd,
    _mm512_sub_pd,
    _mm512_fmadd_pd,
    _mm512_fnmadd_pd,
    _mm512_max_pd,
    _mm512_cmpgt_epi64_mask,
    _mm512_castpd_si512,
    widen_512_double
);

/// All ones in the four-byte lanes whose bit is set, low half and high half.
#[inline(always)]
unsafe fn expand_single(mask: u16) -> (__m256, __m256) {
    unsafe {
        let bits = _mm256_set1_epi32(i32::from(mask));
        let low = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        let high = _mm256_slli_epi32::<8>(low);
        (
            _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(bits, low), low)),
            _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(bits, high), high)),
        )
    }
}

/// All ones in the eight-byte lanes whose bit is set, low half and high half.
#[inline(always)]
unsafe fn expand_double(mask: u8) -> (__m256d, __m256d) {
    unsafe {
        let bits = _mm256_set1_epi64x(i64::from(mask));
        let low = _mm256_setr_epi64x(1, 2, 4, 8);
        let high = _mm256_slli_epi64::<4>(low);
        (
            _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(bits, low), low)),
            _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(bits, high), high)),
        )
    }
}

macro_rules! avx2 {
    ($t:ty, $lanes:literal, $mask:ty, $v:ty, $zero:ident, $set1:ident, $and:ident, $expand:ident, $sub:ident, $fma:ident,
     $fnma:ident, $max:ident, $cmp:ident, $movemask:ident, $widen:ident) => {
        impl Lanes<$t> for Two<$v> {
            #[inline(always)]
            fn zero() -> Self {
                unsafe { Two($zero(), $zero()) }
            }

            #[inline(always)]
            fn splat(value: $t) -> Self {
                unsafe { Two($set1(value), $set1(value)) }
            }

            #[inline(always)]
            fn splat_where(mask: $mask, value: $t) -> Self {
                unsafe {
                    let (low, high) = $expand(mask);
                    Two($and(low, $set1(value)), $and(high, $set1(value)))
                }
            }

            #[inline(always)]
            fn load(row: &Row<$t, $lanes>) -> Self {
                let [low, high] = unsafe { transmute::<Row<$t, $lanes>, [$v; 2]>(*row) };
                Two(low, high)
            }

            #[inline(always)]
            fn row(self) -> Row<$t, $lanes> {
                unsafe { transmute::<[$v; 2], Row<$t, $lanes>>([self.0, self.1]) }
            }

            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                unsafe { Two($sub(self.0, other.0), $sub(self.1, other.1)) }
            }

            #[inline(always)]
            fn fma(self, b: Self, c: Self) -> Self {
                unsafe { Two($fma(self.0, b.0, c.0), $fma(self.1, b.1, c.1)) }
            }

            #[inline(always)]
            fn fnma(self, b: Self, c: Self) -> Self {
                unsafe { Two($fnma(self.0, b.0, c.0), $fnma(self.1, b.1, c.1)) }
            }

            #[inline(always)]
            fn relu(self) -> Self {
                // Of NaN and a number the instruction returns its second operand.
                unsafe { Two($max($zero(), self.0), $max($zero(), self.1)) }
            }

            #[inline(always)]
            fn positive(self) -> $mask {
                unsafe {
                    let low = $movemask($cmp::<_CMP_GT_OQ>(self.0, $zero()));
                    let high = $movemask($cmp::<_CMP_GT_OQ>(self.1, $zero()));
                    (low | (high << ($lanes / 2))) as $mask
                }
            }

            type Wide = [__m256d; { $lanes / 4 }];

            #[inline(always)]
            fn wide() -> Self::Wide {
                unsafe { [_mm256_setzero_pd(); { $lanes / 4 }] }
            }

            #[inline(always)]
            fn widen(self, sums: Self::Wide) -> Self::Wide {
                unsafe { $widen(self.0, self.1, sums) }
            }

            #[inline(always)]
            fn lanes(sums: Self::Wide) -> [f64; 16] {
                let mut lanes = [0.0; 16];
                for (lanes, sums) in lanes.chunks_exact_mut(4).zip(sums) {
                    lanes.copy_from_slice(&unsafe { transmute::<__m256d, [f64; 4]>(sums) });
                }
                lanes
            }
        }
    };
}

#[inline(always)]
unsafe fn widen_256_single(low: __m256, high: __m256, mut sums: [__m256d; 4]) -> [__m256d; 4] {
    unsafe {
        let quarters = transmute::<[__m256; 2], [__m128; 4]>([low, high]);
        for (sum, quarter) in sums.iter_mut().zip(quarters) {
            *sum = _mm256_add_pd(*sum, _mm256_cvtps_pd(quarter));
        }
        sums
    }
}

#[inline(always)]
unsafe fn widen_256_double(low: __m256d, high: __m256d, sums: [__m256d; 2]) -> [__m256d; 2] {
    unsafe { [_mm256_add_pd(sums[0], low), _mm256_add_pd(sums[1], high)] }
}

avx2!(
    f32,
    16,
    u16,
    __m256,
    _mm256_setzero_ps,
    _mm256_set1_ps,
    _mm256_and_ps,
    expand_single,
    _mm256_sub_ps,
    _mm256_fmadd_ps,
    _mm256_fnmadd_ps,
    _mm256_max_ps,
    _mm256_cmp_ps,
    _mm256_movemask_ps,
    widen_256_single
);
avx2!(
    f64,
    8,
    u8,
    __m256d,
    _mm256_setzero_pd,
    _mm256_set1_pd,
    _mm256_and_pd,
    expand_double,
    _mm256_sub_pd,
    _mm256_fmadd_pd,
    _mm256_fnmadd_pd,
    _mm256_max_pd,
    _mm256_cmp_pd,
    _mm256_movemask_pd,
    widen_256_double
);
