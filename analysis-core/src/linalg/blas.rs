//! Matrix products through the linked BLAS.

use ndarray::{Array2, ArrayView2};

use super::real::{Lead, LeadMut, NO_TRANSPOSE, Real, TRANSPOSE};
use super::threads::OneThread;
use crate::error::{Error, Result};

/// A·B for A (m,k) and B (k,n): an (m,n) matrix.
///
/// # Errors
/// [`Error::Shape`] where A's columns are not B's rows; [`Error::Parameter`] where a side is beyond BLAS's 32-bit
/// integers.
///
/// # Examples
/// ```
/// use analysis_core::linalg::blas_matmul;
/// use ndarray::array;
/// let product = blas_matmul(array![[1.0, 2.0]].view(), array![[3.0], [4.0]].view())?;
/// assert_eq!(product, array![[11.0]]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn blas_matmul(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Result<Array2<f64>> {
    if a.ncols() != b.nrows() {
        return Err(mismatch("A·B: rows of B", a.ncols(), b.nrows()));
    }
    product(a, b, NO_TRANSPOSE, b.ncols())
}

/// A·Bᵀ for A (m,k) and B (n,k): an (m,n) matrix.
///
/// # Errors
/// As [`blas_matmul`].
///
/// # Examples
/// ```
/// use analysis_core::linalg::blas_matmul_nt;
/// use ndarray::array;
/// let product = blas_matmul_nt(array![[1.0, 2.0]].view(), array![[3.0, 4.0]].view())?;
/// assert_eq!(product, array![[11.0]]);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn blas_matmul_nt(a: ArrayView2<f64>, b: ArrayView2<f64>) -> Result<Array2<f64>> {
    if a.ncols() != b.ncols() {
        return Err(mismatch("A·Bᵀ: columns of B", a.ncols(), b.ncols()));
    }
    product(a, b, TRANSPOSE, b.nrows())
}

fn product(a: ArrayView2<f64>, b: ArrayView2<f64>, trans_b: i32, n: usize) -> Result<Array2<f64>> {
    let mut c = Array2::zeros((a.nrows(), n));
    if c.is_empty() || a.ncols() == 0 {
        return Ok(c);
    }
    let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
    let (m, k) = (dimension(a.nrows())?, dimension(a.ncols())?);
    let (ldb, n) = (dimension(b.ncols())?, dimension(n)?);
    let _one_thread = OneThread::inside_a_pool();
    // SAFETY: all three arrays are contiguous in row-major order with the leading dimensions given, and the shapes
    // were compared above.
    unsafe {
        let (a, b) = (Lead(a.as_ptr(), k), Lead(b.as_ptr(), ldb));
        f64::gemm([NO_TRANSPOSE, trans_b], [m, n, k], 1.0, a, b, 0.0, LeadMut(c.as_mut_ptr(), n));
    }
    Ok(c)
}

fn mismatch(what: &str, expected: usize, found: usize) -> Error {
    Error::shape(what, expected, found)
}

pub(super) fn dimension(size: usize) -> Result<i32> {
    i32::try_from(size)
        .map_err(|_| Error::parameter("matrix side", size, format!("BLAS counts to {}", i32::MAX)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn products_equal_ndarrays_own() {
        let a = Array2::from_shape_fn((7, 5), |(i, j)| (i * 5 + j) as f64);
        let b = Array2::from_shape_fn((5, 3), |(i, j)| (i as f64) - 2.0 * (j as f64));
        // Small integers: every sum is exact, so equality is exact.
        assert_eq!(blas_matmul(a.view(), b.view()).unwrap(), a.dot(&b));
        assert_eq!(blas_matmul_nt(a.view(), b.t()).unwrap(), a.dot(&b));
        assert_eq!(blas_matmul(b.t(), a.t()).unwrap(), b.t().dot(&a.t()));
    }

    #[test]
    fn shapes_are_compared() {
        let a = Array2::<f64>::zeros((2, 3));
        assert!(matches!(blas_matmul(a.view(), a.view()), Err(Error::Shape { .. })));
        assert!(blas_matmul_nt(a.view(), Array2::zeros((2, 4)).view()).is_err());
        assert_eq!(blas_matmul(a.view(), Array2::zeros((3, 0)).view()).unwrap().dim(), (2, 0));
    }
}
