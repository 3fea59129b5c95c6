//! Matrix products in place with the same bytes for any number of threads.

use ndarray::linalg::general_mat_mul;
use ndarray::parallel::prelude::*;
use ndarray::{ArrayView2, ArrayViewMut2, Axis};

/// Rows (or columns) of the product that one task owns: large enough that packing the other factor costs little.
const PANEL: usize = 128;

/// C ← αAB + βC for A (m,k), B (k,n), C (m,n), transposed views welcome.
///
/// By `matrixmultiply` in fixed panels of C's longer side, one thread each: every entry is the same sum in the same order
/// however many threads there are, which OpenBLAS does not promise. It may run inside a rayon pool, which OpenBLAS may
/// not. The shapes are the caller's business.
pub(crate) fn matmul(
    alpha: f64,
    a: ArrayView2<f64>,
    b: ArrayView2<f64>,
    beta: f64,
    mut c: ArrayViewMut2<f64>,
) {
    debug_assert_eq!((a.nrows(), a.ncols(), b.ncols()), (c.nrows(), b.nrows(), c.ncols()));
    if c.nrows() >= c.ncols() {
        c.axis_chunks_iter_mut(Axis(0), PANEL)
            .into_par_iter()
            .zip(a.axis_chunks_iter(Axis(0), PANEL))
            .for_each(|(mut c, a)| general_mat_mul(alpha, &a, &b, beta, &mut c));
    } else {
        c.axis_chunks_iter_mut(Axis(1), PANEL)
            .into_par_iter()
            .zip(b.axis_chunks_iter(Axis(1), PANEL))
            .for_each(|(mut c, b)| general_mat_mul(alpha, &a, &b, beta, &mut c));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::linalg::blas_matmul;
    use ndarray::Array2;
    use rand::RngExt;

    fn random(rows: usize, columns: usize, index: u64) -> Array2<f64> {
        let mut stream = crate::seed::Seed(4).stream("gemm", index);
        Array2::from_shape_simple_fn((rows, columns), || stream.random::<f64>() - 0.5)
    }

    /// Against OpenBLAS: two sums of k products of size ≤ 1/4 differ by at most k ε k/4, twice.
    #[test]
    fn equals_blas_to_rounding() {
        for (m, k, n) in [(1, 1, 1), (300, 17, 5), (5, 700, 300), (129, 128, 130), (3, 0, 4)] {
            let (a, b) = (random(m, k, 0), random(k, n, 1));
            let mut c = Array2::from_elem((m, n), 2.0);
            matmul(1.5, a.view(), b.view(), -1.0, c.view_mut());
            let expected = blas_matmul(a.view(), b.view()).unwrap() * 1.5 - 2.0;
            let bound = f64::EPSILON * (4.0 + (k * k) as f64);
            assert!((&c - &expected).iter().all(|e| e.abs() <= bound), "{m} {k} {n}");
        }
    }

    /// An entry is the same whatever panel it stands in, so the same for any thread count; transposes are views.
    #[test]
    fn bytes_do_not_depend_on_threads_or_panels() {
        let (a, b) = (random(300, 700, 2), random(700, 260, 3));
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut c = Array2::zeros((300, 260));
            pool.install(|| matmul(1.0, a.view(), b.view(), 0.0, c.view_mut()));
            c
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(3));
        for row in [0, 1, 127, 128, 299] {
            let mut alone = Array2::zeros((1, 260));
            matmul(1.0, a.slice(ndarray::s![row..row + 1, ..]), b.view(), 0.0, alone.view_mut());
            assert_eq!(one.row(row), alone.row(0), "row {row}");
        }
        let mut transposed = Array2::zeros((260, 300));
        matmul(1.0, b.t(), a.t(), 0.0, transposed.view_mut());
        assert!((&transposed.t() - &one).iter().all(|e| e.abs() <= 700.0 * 700.0 * f64::EPSILON));
    }
}
