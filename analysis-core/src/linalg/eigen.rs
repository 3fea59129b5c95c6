//! Eigenvalues and eigenvectors of a symmetric matrix by LAPACK's divide and conquer, `dsyevd`.

use ndarray::{Array1, Array2};

use super::threads::OneThread;
use crate::error::{Error, Result};
use crate::memory;

/// The largest matrix `dsyevd` takes with eigenvectors: its workspace 1 + 6n + 2n² must fit a 32-bit integer. Beyond
/// it, some interfaces to LAPACK return zeros without a word.
pub const MAX_SIZE: usize = 32_766;

/// A = VᵀΛV, the eigenvalues ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct SymmetricEigen {
    /// Eigenvalues (n), ascending.
    pub values: Array1<f64>,
    /// Unit eigenvectors (n,n): **row** k belongs to eigenvalue k.
    pub vectors: Array2<f64>,
}

/// Eigenvalues and unit eigenvectors of the symmetric matrix A (n,n), of which only one triangle is read.
///
/// A is taken by value because LAPACK works in place; the workspace is another 2n² numbers.
///
/// # Errors
/// [`Error::Shape`] where A is not square or is empty, [`Error::Parameter`] beyond [`MAX_SIZE`], [`Error::Memory`]
/// where the workspace does not fit, [`Error::Lapack`] where the iteration does not converge (a NaN in A, say).
///
/// # Examples
/// ```
/// use analysis_core::linalg::symmetric_eigen;
/// let eigen = symmetric_eigen(ndarray::array![[2.0, 1.0], [1.0, 2.0]])?;
/// assert!((eigen.values[0] - 1.0).abs() < 1e-15 && (eigen.values[1] - 3.0).abs() < 1e-15);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn symmetric_eigen(a: Array2<f64>) -> Result<SymmetricEigen> {
    let n = a.nrows();
    if n == 0 || a.ncols() != n {
        return Err(Error::shape("the matrix to decompose", "(n, n), n ≥ 1", format!("{:?}", a.dim())));
    }
    if n > MAX_SIZE {
        return Err(Error::parameter(
            "n",
            n,
            format!("a full decomposition goes to n = {MAX_SIZE}: LAPACK's workspace is counted in 32 bits"),
        ));
    }
    let work_length = 1 + 6 * n + 2 * n * n;
    memory::require(&format!("the workspace of the decomposition at n = {n}"), 8 * work_length as u64)?;
    let mut a = if a.is_standard_layout() { a } else { a.as_standard_layout().into_owned() };
    let mut values = vec![0.0; n];
    let mut work = vec![0.0; work_length];
    let mut iwork = vec![0i32; 3 + 5 * n];
    let mut info = 0;
    // n ≤ MAX_SIZE, so every length below fits an i32.
    let (size, lwork, liwork) = (n as i32, work_length as i32, iwork.len() as i32);
    let _one_thread = OneThread::inside_a_pool();
    // SAFETY: the buffers have the lengths that dsyevd documents for JOBZ = 'V', and `a` is contiguous (n,n); being
    // symmetric, it is its own transpose, so LAPACK's column-major order changes nothing on the way in, and on the
    // way out makes eigenvector k row k.
    unsafe {
        lapack_sys::dsyevd_(
            c"V".as_ptr(),
            c"L".as_ptr(),
            &size,
            a.as_mut_ptr(),
            &size,
            values.as_mut_ptr(),
            work.as_mut_ptr(),
            &lwork,
            iwork.as_mut_ptr(),
            &liwork,
            &mut info,
        );
    }
    if info != 0 {
        return Err(Error::Lapack { routine: "dsyevd", n, info });
    }
    Ok(SymmetricEigen { values: values.into(), vectors: a })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use ndarray::Array2;
    use ndarray_linalg::{Eigh, UPLO};
    use rand::RngExt;

    /// Against ndarray-linalg's `eigh`, which calls another driver (`dsyev`): each is backward stable, so by Weyl the
    /// two lists differ by no more than a few n·ε·‖A‖.
    #[test]
    fn eigenvalues_equal_those_of_another_driver() {
        let n = 60;
        let mut stream = crate::seed::Seed(5).stream("matrix", 0);
        let b = Array2::from_shape_fn((n, n), |_| stream.random::<f64>() - 0.5);
        let a = &b + &b.t();
        let ours = symmetric_eigen(a.clone()).unwrap();
        let (theirs, _) = a.eigh(UPLO::Lower).unwrap();
        let bound = 4.0 * n as f64 * f64::EPSILON * theirs.iter().fold(0.0f64, |m, v| m.max(v.abs()));
        for (x, y) in ours.values.iter().zip(&theirs) {
            assert!((x - y).abs() <= bound, "{x} {y} {bound}");
        }
    }

    #[test]
    fn bad_shapes_and_sizes_are_refused() {
        assert!(matches!(symmetric_eigen(Array2::zeros((2, 3))), Err(Error::Shape { .. })));
        assert!(matches!(symmetric_eigen(Array2::zeros((0, 0))), Err(Error::Shape { .. })));
    }
}
