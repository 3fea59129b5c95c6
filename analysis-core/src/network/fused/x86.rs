//! AVX-512, and AVX2 with FMA, where a row of units is two registers.

use std::arch::x86_64::*;
use std::mem::transmute;

use super::block::Block;
use super::element::{Element, Row};
use super::kernel;
use super::lanes::{Lanes, Registers, lanes};
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

instruction_set!(avx512_single, "avx512f,avx2,fma", f32, 16, Registers<__m512, 1>, AVX512_SHAPE);
instruction_set!(avx512_double, "avx512f,avx2,fma", f64, 8, Registers<__m512d, 1>, AVX512_SHAPE);
instruction_set!(avx2_single, "avx2,fma", f32, 16, Registers<__m256, 2>, AVX2_SHAPE);
instruction_set!(avx2_double, "avx2,fma", f64, 8, Registers<__m256d, 2>, AVX2_SHAPE);

// SAFETY of `lanes!` and of every `unsafe` below: these types are only used inside the four functions above, which enable
// the features the intrinsics ask for; a row and its registers are plain values of the same size, every bit pattern of
// which is valid.
lanes!(f32, 16, [__m512; 1] 0, [__m512d; 2], _mm512_setzero_ps, _mm512_set1_ps, _mm512_sub_ps, _mm512_fmadd_ps,
    _mm512_fnmadd_ps, _mm512_max_ps, _mm512_setzero_pd, splat_where_512, positive_512, widen_512);
lanes!(f64, 8, [__m512d; 1] 0, [__m512d; 1], _mm512_setzero_pd, _mm512_set1_pd, _mm512_sub_pd, _mm512_fmadd_pd,
    _mm512_fnmadd_pd, _mm512_max_pd, _mm512_setzero_pd, splat_where_512d, positive_512d, widen_512d);
lanes!(f32, 16, [__m256; 2] 0 1, [__m256d; 4], _mm256_setzero_ps, _mm256_set1_ps, _mm256_sub_ps, _mm256_fmadd_ps,
    _mm256_fnmadd_ps, _mm256_max_ps, _mm256_setzero_pd, splat_where_256, positive_256, widen_256);
lanes!(f64, 8, [__m256d; 2] 0 1, [__m256d; 2], _mm256_setzero_pd, _mm256_set1_pd, _mm256_sub_pd, _mm256_fmadd_pd,
    _mm256_fnmadd_pd, _mm256_max_pd, _mm256_setzero_pd, splat_where_256d, positive_256d, widen_256d);

#[inline(always)]
unsafe fn splat_where_512(mask: u16, value: f32) -> [__m512; 1] {
    unsafe { [_mm512_maskz_mov_ps(mask, _mm512_set1_ps(value))] }
}

#[inline(always)]
unsafe fn splat_where_512d(mask: u8, value: f64) -> [__m512d; 1] {
    unsafe { [_mm512_maskz_mov_pd(mask, _mm512_set1_pd(value))] }
}

/// As integers: a comparison of floating point numbers would take a multiplier's place.
#[inline(always)]
unsafe fn positive_512([h]: [__m512; 1]) -> u16 {
    unsafe { _mm512_cmpgt_epi32_mask(_mm512_castps_si512(h), _mm512_setzero_si512()) }
}

#[inline(always)]
unsafe fn positive_512d([h]: [__m512d; 1]) -> u8 {
    unsafe { _mm512_cmpgt_epi64_mask(_mm512_castpd_si512(h), _mm512_setzero_si512()) }
}

#[inline(always)]
unsafe fn widen_512([v]: [__m512; 1], [low, high]: [__m512d; 2]) -> [__m512d; 2] {
    unsafe {
        let halves = transmute::<__m512, [__m256; 2]>(v);
        [_mm512_add_pd(low, _mm512_cvtps_pd(halves[0])), _mm512_add_pd(high, _mm512_cvtps_pd(halves[1]))]
    }
}

#[inline(always)]
unsafe fn widen_512d([v]: [__m512d; 1], [sum]: [__m512d; 1]) -> [__m512d; 1] {
    unsafe { [_mm512_add_pd(sum, v)] }
}

/// The value in the four-byte lanes whose bit is set, low half and high half.
#[inline(always)]
unsafe fn splat_where_256(mask: u16, value: f32) -> [__m256; 2] {
    unsafe {
        let bits = _mm256_set1_epi32(i32::from(mask));
        let low = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
        let high = _mm256_slli_epi32::<8>(low);
        let chosen = |own| _mm256_castsi256_ps(_mm256_cmpeq_epi32(_mm256_and_si256(bits, own), own));
        [
            _mm256_and_ps(chosen(low), _mm256_set1_ps(value)),
            _mm256_and_ps(chosen(high), _mm256_set1_ps(value)),
        ]
    }
}

/// The value in the eight-byte lanes whose bit is set, low half and high half.
#[inline(always)]
unsafe fn splat_where_256d(mask: u8, value: f64) -> [__m256d; 2] {
    unsafe {
        let bits = _mm256_set1_epi64x(i64::from(mask));
        let low = _mm256_setr_epi64x(1, 2, 4, 8);
        let high = _mm256_slli_epi64::<4>(low);
        let chosen = |own| _mm256_castsi256_pd(_mm256_cmpeq_epi64(_mm256_and_si256(bits, own), own));
        [
            _mm256_and_pd(chosen(low), _mm256_set1_pd(value)),
            _mm256_and_pd(chosen(high), _mm256_set1_pd(value)),
        ]
    }
}

#[inline(always)]
unsafe fn positive_256([low, high]: [__m256; 2]) -> u16 {
    unsafe {
        let low = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(low, _mm256_setzero_ps()));
        let high = _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(high, _mm256_setzero_ps()));
        (low | (high << 8)) as u16
    }
}

#[inline(always)]
unsafe fn positive_256d([low, high]: [__m256d; 2]) -> u8 {
    unsafe {
        let low = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(low, _mm256_setzero_pd()));
        let high = _mm256_movemask_pd(_mm256_cmp_pd::<_CMP_GT_OQ>(high, _mm256_setzero_pd()));
        (low | (high << 4)) as u8
    }
}

#[inline(always)]
unsafe fn widen_256(halves: [__m256; 2], mut sums: [__m256d; 4]) -> [__m256d; 4] {
    unsafe {
        let quarters = transmute::<[__m256; 2], [__m128; 4]>(halves);
        for (sum, quarter) in sums.iter_mut().zip(quarters) {
            *sum = _mm256_add_pd(*sum, _mm256_cvtps_pd(quarter));
        }
        sums
    }
}

#[inline(always)]
unsafe fn widen_256d([low, high]: [__m256d; 2], sums: [__m256d; 2]) -> [__m256d; 2] {
    unsafe { [_mm256_add_pd(sums[0], low), _mm256_add_pd(sums[1], high)] }
}
