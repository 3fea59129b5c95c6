//! The kernels for AVX-512, and for AVX2 with FMA.

/// The kernels compiled with `$features`, whose registers hold `$width` numbers. [`super::kernels::multiply`] is written
/// out: a tile of two registers of roots by `$columns` columns stays in registers, which the compiler does not find
/// by itself.
macro_rules! compiled {
    ($name:ident, $features:literal, $width:literal, $columns:literal, $vector:ident, $zero:ident, $splat:ident, $load:ident,
        $store:ident, $add:ident, $fused:ident) => {
        pub(super) mod $name {
            use std::arch::x86_64::*;

            use crate::reduction::divide::kernels::{self, COLUMNS, LANES, Lanes, Sums};

            #[target_feature(enable = $features)]
            pub(crate) fn sums(
                poles: &[Lanes],
                weights: &[Lanes],
                at: usize,
                origin: f64,
                shift: f64,
            ) -> Sums {
                kernels::sums(poles, weights, at, origin, shift)
            }

            #[target_feature(enable = $features)]
            pub(crate) fn lowner(group: &Lanes, poles: &[f64], origins: &[f64], shifts: &[f64]) -> Lanes {
                kernels::lowner(group, poles, origins, shifts)
            }

            #[target_feature(enable = $features)]
            pub(crate) fn vectors(
                poles: &[f64],
                weights: &[f64],
                origins: &Lanes,
                shifts: &Lanes,
                panel: &mut [Lanes],
                squares: &mut Lanes,
            ) {
                kernels::vectors(poles, weights, origins, shifts, panel, squares);
            }

            /// Two registers of the lanes from `lane` on, which must be at most [`LANES`] − 2 registers.
            #[target_feature(enable = $features)]
            fn load(lanes: &Lanes, lane: usize) -> [$vector; 2] {
                let lanes = &lanes[lane..lane + 2 * $width];
                // SAFETY: the slice has two registers' numbers; loads of this kind need no alignment.
                unsafe { [$load(lanes.as_ptr()), $load(lanes.as_ptr().add($width))] }
            }

            #[target_feature(enable = $features)]
            pub(crate) fn multiply(panel: &[Lanes], carried: &[[f64; COLUMNS]], sums: &mut [Lanes; COLUMNS]) {
                for (part, sums) in sums.as_chunks_mut::<$columns>().0.iter_mut().enumerate() {
                    for lane in (0..LANES).step_by(2 * $width) {
                        let mut tile = [[$zero(); 2]; $columns];
                        for (vector, row) in panel.iter().zip(carried) {
                            let [low, high] = load(vector, lane);
                            let row = &row.as_chunks::<$columns>().0[part];
                            for c in 0..$columns {
                                let y = $splat(row[c]);
                                tile[c] = [$fused(low, y, tile[c][0]), $fused(high, y, tile[c][1])];
                            }
                        }
                        for (sums, [low, high]) in sums.iter_mut().zip(tile) {
                            let [old_low, old_high] = load(sums, lane);
                            let sums = &mut sums[lane..lane + 2 * $width];
                            // SAFETY: as in `load`.
                            unsafe {
                                $store(sums.as_mut_ptr(), $add(old_low, low));
                                $store(sums.as_mut_ptr().add($width), $add(old_high, high));
                            }
                        }
                    }
                }
            }
        }
    };
}

compiled!(
    avx512,
    "avx512f,avx2,fma",
    8,
    12,
    __m512d,
    _mm512_setzero_pd,
    _mm512_set1_pd,
    _mm512_loadu_pd,
    _mm512_storeu_pd,
    _mm512_add_pd,
    _mm512_fmadd_pd
);
compiled!(
    avx2,
    "avx2,fma",
    4,
    6,
    __m256d,
    _mm256_setzero_pd,
    _mm256_set1_pd,
    _mm256_loadu_pd,
    _mm256_storeu_pd,
    _mm256_add_pd,
    _mm256_fmadd_pd
);
