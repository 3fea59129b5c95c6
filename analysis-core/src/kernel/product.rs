//! All inner products of two sets of rows, one block at a time.

use super::panels::{LANES, Panels};
use crate::instructions::InstructionSet;

/// Columns of the rows that are summed in one go, in order; then the sums of the goes are added in order. An inner product
/// is these operations wherever it stands in a block, and they are symmetric.
const DEPTH: usize = 256;

/// Eight numbers at once.
trait Eight: Copy {
    unsafe fn zero() -> Self;
    unsafe fn splat(value: f64) -> Self;
    unsafe fn load(from: *const f64) -> Self;
    unsafe fn store(self, to: *mut f64);
    unsafe fn plus(self, other: Self) -> Self;
    /// `self` + a·b, rounded once where the processor can.
    unsafe fn plus_product(self, a: Self, b: Self) -> Self;
}

/// What some consecutive panels of one set have to do with some of another: entry (i, j) of `out`, whose rows are
/// 8·`right.len()` long, is the inner product of their rows i and j.
pub(super) fn product(
    left: (&Panels, std::ops::Range<usize>),
    right: (&Panels, std::ops::Range<usize>),
    out: &mut [f64],
) {
    let ((a, i), (b, j)) = (left, right);
    assert!(i.start <= i.end && j.start <= j.end && a.columns() == b.columns());
    assert!(i.len() * j.len() * LANES * LANES <= out.len());
    let (columns, left, right) = (a.columns(), a.panels(i), b.panels(j));
    // SAFETY of all three: the processor has what the function asks for; every panel is 8·columns long, and `out` holds all
    // entries, by the assertions above and by `Panels::panels`, which slices.
    match InstructionSet::best() {
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx512 => unsafe { x86::wide(columns, left, right, out) },
        #[cfg(target_arch = "x86_64")]
        InstructionSet::Avx2 => unsafe { x86::narrow(columns, left, right, out) },
        InstructionSet::Portable => unsafe { blocks::<[f64; 8], 2, 1>(columns, left, right, out) },
    }
}

/// `ROWS` rows of a panel and `WIDE` panels of the other set at a time, their sums in registers.
///
/// # Safety
/// The panels must be 8·`columns` long, and `out` must have room for all their entries.
#[inline(always)]
unsafe fn blocks<V: Eight, const ROWS: usize, const WIDE: usize>(
    columns: usize,
    left: &[f64],
    right: &[f64],
    out: &mut [f64],
) {
    let panel = LANES * columns;
    let (tall, wide) = (left.len() / panel, right.len() / panel);
    for from in (0..columns).step_by(DEPTH) {
        let depth = DEPTH.min(columns - from);
        let mut q = 0;
        while q < wide {
            let many = WIDE <= wide - q;
            for p in 0..tall {
                for row in (0..LANES).step_by(ROWS) {
                    unsafe {
                        let a = left.as_ptr().add(p * panel + LANES * from + row);
                        let b = right.as_ptr().add(q * panel + LANES * from);
                        let c = out.as_mut_ptr().add((LANES * p + row) * LANES * wide + LANES * q);
                        if many {
                            small::<V, ROWS, WIDE>(depth, a, b, panel, c, LANES * wide, from == 0);
                        } else {
                            small::<V, ROWS, 1>(depth, a, b, panel, c, LANES * wide, from == 0);
                        }
                    }
                }
            }
            q += if many { WIDE } else { 1 };
        }
    }
}

/// Adds, or writes if `first`, the sums over `depth` columns.
///
/// # Safety
/// As [`blocks`].
#[inline(always)]
unsafe fn small<V: Eight, const ROWS: usize, const WIDE: usize>(
    depth: usize,
    a: *const f64,
    b: *const f64,
    panel: usize,
    c: *mut f64,
    stride: usize,
    first: bool,
) {
    unsafe {
        let mut sums = [[V::zero(); WIDE]; ROWS];
        for k in 0..depth {
            let mut wide = [V::zero(); WIDE];
            for (q, wide) in wide.iter_mut().enumerate() {
                *wide = V::load(b.add(q * panel + LANES * k));
            }
            for (row, sums) in sums.iter_mut().enumerate() {
                let one = V::splat(*a.add(LANES * k + row));
                for (sum, wide) in sums.iter_mut().zip(wide) {
                    *sum = sum.plus_product(one, wide);
                }
            }
        }
        for (row, sums) in sums.into_iter().enumerate() {
            for (q, sum) in sums.into_iter().enumerate() {
                let place = c.add(row * stride + LANES * q);
                if first { sum.store(place) } else { V::load(place).plus(sum).store(place) }
            }
        }
    }
}

impl Eight for [f64; 8] {
    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; 8]
    }
    #[inline(always)]
    unsafe fn splat(value: f64) -> Self {
        [value; 8]
    }
    #[inline(always)]
    unsafe fn load(from: *const f64) -> Self {
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f64) {
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn plus(self, other: Self) -> Self {
        std::array::from_fn(|l| self[l] + other[l])
    }
    #[inline(always)]
    unsafe fn plus_product(self, a: Self, b: Self) -> Self {
        // Elsewhere `mul_add` is a call of a function.
        if cfg!(any(target_arch = "aarch64", target_feature = "fma")) {
            std::array::from_fn(|l| a[l].mul_add(b[l], self[l]))
        } else {
            std::array::from_fn(|l| self[l] + a[l] * b[l])
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use crate::kernel::product::{Eight, blocks};

    /// 24 sums, 3 panels and a row's entry: 28 of 32 registers.
    ///
    /// # Safety
    /// The processor must have AVX-512F, and as [`blocks`].
    #[target_feature(enable = "avx512f")]
    pub(super) unsafe fn wide(columns: usize, left: &[f64], right: &[f64], out: &mut [f64]) {
        unsafe { blocks::<__m512d, 8, 3>(columns, left, right, out) }
    }

    /// 8 sums of half a row each, a panel of two, and a row's entry: 11 of 16 registers.
    ///
    /// # Safety
    /// The processor must have AVX2 and FMA, and as [`blocks`].
    #[target_feature(enable = "avx2,fma")]
    pub(super) unsafe fn narrow(columns: usize, left: &[f64], right: &[f64], out: &mut [f64]) {
        unsafe { blocks::<[__m256d; 2], 4, 1>(columns, left, right, out) }
    }

    // SAFETY of both: only used in the two functions above, which enable the instructions.
    impl Eight for __m512d {
        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { _mm512_setzero_pd() }
        }
        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            unsafe { _mm512_set1_pd(value) }
        }
        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            unsafe { _mm512_loadu_pd(from) }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            unsafe { _mm512_storeu_pd(to, self) }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            unsafe { _mm512_add_pd(self, other) }
        }
        #[inline(always)]
        unsafe fn plus_product(self, a: Self, b: Self) -> Self {
            unsafe { _mm512_fmadd_pd(a, b, self) }
        }
    }

    impl Eight for [__m256d; 2] {
        #[inline(always)]
        unsafe fn zero() -> Self {
            unsafe { [_mm256_setzero_pd(); 2] }
        }
        #[inline(always)]
        unsafe fn splat(value: f64) -> Self {
            unsafe { [_mm256_set1_pd(value); 2] }
        }
        #[inline(always)]
        unsafe fn load(from: *const f64) -> Self {
            unsafe { [_mm256_loadu_pd(from), _mm256_loadu_pd(from.add(4))] }
        }
        #[inline(always)]
        unsafe fn store(self, to: *mut f64) {
            unsafe {
                _mm256_storeu_pd(to, self[0]);
                _mm256_storeu_pd(to.add(4), self[1]);
            }
        }
        #[inline(always)]
        unsafe fn plus(self, other: Self) -> Self {
            unsafe { [_mm256_add_pd(self[0], other[0]), _mm256_add_pd(self[1], other[1])] }
        }
        #[inline(always)]
        unsafe fn plus_product(self, a: Self, b: Self) -> Self {
            unsafe { [_mm256_fmadd_pd(a[0], b[0], self[0]), _mm256_fmadd_pd(a[1], b[1], self[1])] }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::Array2;
    use ndarray::linalg::general_mat_mul;
    use rand::RngExt;

    use super::*;
    use crate::seed::Seed;

    /// Every instruction set against `matrixmultiply`, whose products the Gram matrix was made of before, and which sums in
    /// the same order; to the bit where both use AVX-512.
    #[test]
    fn products_are_right() {
        let mut generator = Seed(5).stream("products", 0);
        for (n, d) in [(1, 1), (9, 3), (50, 255), (50, 256), (33, 700)] {
            let x = Array2::from_shape_simple_fn((n, d), || generator.random::<f64>() - 0.3);
            let mut expected = Array2::zeros((n, n));
            general_mat_mul(1.0, &x, &x.t(), 0.0, &mut expected);
            let panels = Panels::new(n, d, |row, to| {
                to.iter_mut().zip(x.row(row)).for_each(|(t, v)| *t = *v);
                Ok(())
            })
            .unwrap()
            .0;
            let all = 0..n.div_ceil(LANES);
            let width = all.len() * LANES;
            let (a, mut out) = (panels.panels(all.clone()), vec![0.0; width * width]);
            let check = |out: &mut Vec<f64>, exact: bool| {
                for i in 0..n {
                    for j in 0..n {
                        let (found, expected) = (out[i * width + j], expected[[i, j]]);
                        let near = (found - expected).abs() <= 1e-14 * d as f64;
                        assert!(if exact { found == expected } else { near }, "{n} {d}: {found} {expected}");
                    }
                }
                out.fill(f64::NAN);
            };
            unsafe { blocks::<[f64; 8], 2, 1>(d, a, a, &mut out) };
            check(&mut out, false);
            #[cfg(target_arch = "x86_64")]
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                unsafe { x86::narrow(d, a, a, &mut out) };
                check(&mut out, is_x86_feature_detected!("avx512f"));
            }
            product((&panels, all.clone()), (&panels, all), &mut out);
            check(&mut out, cfg!(target_arch = "x86_64") && std::is_x86_feature_detected!("avx512f"));
        }
    }
}
