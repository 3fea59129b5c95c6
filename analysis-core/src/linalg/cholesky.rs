//! The Cholesky factor of a symmetric positive definite matrix, by LAPACK's `dpotrf`.

use ndarray::{Array1, Array2, ArrayView2, s};

use super::blas::dimension;
use super::real::{NO_TRANSPOSE, ROW_MAJOR};
use super::threads::OneThread;
use crate::error::{Error, Result};

const LEFT: i32 = 141;
const LOWER: i32 = 122;
const NON_UNIT: i32 = 131;

unsafe extern "C" {
    #[allow(clippy::too_many_arguments)]
    fn cblas_dtrmm(
        layout: i32,
        side: i32,
        uplo: i32,
        trans_a: i32,
        diag: i32,
        m: i32,
        n: i32,
        alpha: f64,
        a: *const f64,
        lda: i32,
        b: *mut f64,
        ldb: i32,
    );
}

/// A = LLᵀ with L lower triangular.
#[derive(Debug, Clone, PartialEq)]
pub struct Cholesky {
    /// L (n,n) in the lower triangle, diagonal included; what stands above the diagonal is not part of it.
    factor: Array2<f64>,
}

/// The Cholesky factor of A (n,n), of which only the lower triangle is read; `None` where a pivot is not positive: A is
/// not positive definite to rounding.
///
/// A is taken by value because LAPACK works in place. n³/3 multiplications. ‖A − LLᵀ‖ ≤ n·ε·max A_ii up to a small factor.
///
/// # Errors
/// [`Error::Shape`] where A is not square or is empty, [`Error::Parameter`] beyond BLAS's integers, [`Error::NotFinite`]
/// for a NaN or infinity on the diagonal of the factor.
///
/// # Examples
/// ```
/// use analysis_core::linalg::cholesky;
/// use ndarray::array;
/// let factor = cholesky(array![[4.0, 2.0], [2.0, 5.0]])?.expect("positive definite");
/// assert_eq!(factor.lower(), array![[2.0, 0.0], [1.0, 2.0]]);
/// assert!(cholesky(array![[1.0, 2.0], [2.0, 1.0]])?.is_none());
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
pub fn cholesky(a: Array2<f64>) -> Result<Option<Cholesky>> {
    let n = a.nrows();
    if n == 0 || a.ncols() != n {
        return Err(Error::shape("the matrix to factor", "(n, n), n ≥ 1", format!("{:?}", a.dim())));
    }
    let size = dimension(n)?;
    let mut a = if a.is_standard_layout() { a } else { a.as_standard_layout().into_owned() };
    let mut info = 0;
    let _one_thread = OneThread::inside_a_pool();
    // SAFETY: `a` is contiguous (n,n). LAPACK reads it by columns, so its upper triangle is the lower one here, and the
    // UᵀU = A it finds is our LLᵀ.
    unsafe {
        lapack_sys::dpotrf_(c"U".as_ptr(), &size, a.as_mut_ptr(), &size, &mut info);
    }
    if info < 0 {
        return Err(Error::Lapack { routine: "dpotrf", n, info });
    }
    if let Some((row, value)) = a.diag().iter().enumerate().find(|(_, v)| !v.is_finite()) {
        let what = "the Cholesky factor".into();
        return Err(Error::NotFinite { what, row, column: row, value: *value });
    }
    Ok((info == 0).then_some(Cholesky { factor: a }))
}

impl Cholesky {
    /// n.
    pub fn n(&self) -> usize {
        self.factor.nrows()
    }

    /// The diagonal of L (n). L_ii² is what is left of A_ii after the rows before it: where it is no more than n·ε·A_ii it is rounding.
    pub fn diagonal(&self) -> Array1<f64> {
        self.factor.diag().to_owned()
    }

    /// L (n,n), with zeros above the diagonal.
    pub fn lower(&self) -> Array2<f64> {
        Array2::from_shape_fn(self.factor.dim(), |(i, j)| if j <= i { self.factor[[i, j]] } else { 0.0 })
    }

    /// L⁻¹ (n,n), with zeros above the diagonal, in L's own memory: A⁻¹ = L⁻ᵀL⁻¹, so (A⁻¹)_jj is the square norm of its column j.
    /// n³/6 multiplications.
    ///
    /// # Errors
    /// [`Error::Parameter`] beyond BLAS's integers, [`Error::Lapack`] for a zero on L's diagonal, which a factor does not have.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::linalg::cholesky;
    /// use ndarray::array;
    /// let factor = cholesky(array![[4.0, 2.0], [2.0, 5.0]])?.expect("positive definite");
    /// assert_eq!(factor.into_inverse()?, array![[0.5, 0.0], [-0.25, 0.5]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn into_inverse(self) -> Result<Array2<f64>> {
        let n = self.n();
        let (size, mut factor, mut info) = (dimension(n)?, self.factor, 0);
        let _one_thread = OneThread::inside_a_pool();
        // SAFETY: `factor` is contiguous (n,n). LAPACK reads it by columns, so our L is the upper triangle there, and the inverse of
        // Lᵀ that it writes is our L⁻¹.
        unsafe {
            lapack_sys::dtrtri_(c"U".as_ptr(), c"N".as_ptr(), &size, factor.as_mut_ptr(), &size, &mut info);
        }
        if info != 0 {
            return Err(Error::Lapack { routine: "dtrtri", n, info });
        }
        for (i, mut row) in factor.rows_mut().into_iter().enumerate() {
            row.slice_mut(s![i + 1..]).fill(0.0);
        }
        Ok(factor)
    }

    /// L·B for B (n,k): standard normal columns become draws of N(0, A).
    ///
    /// # Errors
    /// [`Error::Shape`] where B has not n rows, [`Error::Parameter`] beyond BLAS's integers.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::linalg::cholesky;
    /// use ndarray::array;
    /// let factor = cholesky(array![[4.0, 2.0], [2.0, 5.0]])?.expect("positive definite");
    /// assert_eq!(factor.blas_matmul(array![[1.0], [1.0]].view())?, array![[2.0], [3.0]]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn blas_matmul(&self, b: ArrayView2<f64>) -> Result<Array2<f64>> {
        if b.nrows() != self.n() {
            return Err(Error::shape("L·B: rows of B", self.n(), b.nrows()));
        }
        let mut product = b.as_standard_layout().into_owned();
        if product.is_empty() {
            return Ok(product);
        }
        let (n, k) = (dimension(b.nrows())?, dimension(b.ncols())?);
        let _one_thread = OneThread::inside_a_pool();
        // SAFETY: both arrays are contiguous in row-major order with these leading dimensions; the triangle that holds
        // L is the one named.
        unsafe {
            cblas_dtrmm(
                ROW_MAJOR,
                LEFT,
                LOWER,
                NO_TRANSPOSE,
                NON_UNIT,
                n,
                k,
                1.0,
                self.factor.as_ptr(),
                n,
                product.as_mut_ptr(),
                k,
            );
        }
        Ok(product)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use rand::RngExt;

    /// A = BBᵀ + I comes back from its factor, at sizes around LAPACK's block sizes; the bound is Higham's
    /// (n + 1)ε‖L‖‖Lᵀ‖ in entries: |A − LLᵀ|_ij ≤ (n + 1)ε √(A_ii A_jj).
    #[test]
    fn a_factor_rebuilds_its_matrix() {
        for n in [1, 2, 3, 31, 64, 65, 150] {
            let mut stream = crate::seed::Seed(6).stream("matrix", n as u64);
            let b = Array2::from_shape_fn((n, n), |_| stream.random::<f64>() - 0.5);
            let a = b.dot(&b.t()) + Array2::<f64>::eye(n);
            let factor = cholesky(a.clone()).unwrap().unwrap();
            let lower = factor.lower();
            assert_eq!(factor.diagonal(), lower.diag());
            let back = lower.dot(&lower.t());
            let largest = a.diag().iter().fold(0.0f64, |m, v| m.max(*v));
            // Both the factorisation and the product that checks it round.
            let bound = 2.0 * (n + 1) as f64 * f64::EPSILON * largest;
            assert!((&back - &a).iter().all(|v| v.abs() <= bound), "n = {n}");
            let x = Array2::from_shape_fn((n, 3), |_| stream.random::<f64>() - 0.5);
            let product = factor.blas_matmul(x.view()).unwrap();
            assert!((&product - &lower.dot(&x)).iter().all(|v| v.abs() <= bound), "n = {n}");
            // Higham, method of dtrtri: |L⁻¹L − I| ≤ c n ε |L⁻¹||L|.
            let inverse = factor.into_inverse().unwrap();
            let allowed = inverse.mapv(f64::abs).dot(&lower.mapv(f64::abs)) * (2.0 * n as f64 * f64::EPSILON);
            let rest = inverse.dot(&lower) - Array2::<f64>::eye(n);
            assert!(rest.iter().zip(&allowed).all(|(r, a)| r.abs() <= *a), "n = {n}");
        }
    }

    #[test]
    fn what_cannot_be_factored_is_said() {
        assert!(matches!(cholesky(Array2::zeros((2, 3))), Err(Error::Shape { .. })));
        assert!(cholesky(Array2::ones((3, 3))).unwrap().is_none());
        assert!(cholesky(Array2::zeros((3, 3))).unwrap().is_none());
        assert!(!matches!(cholesky(ndarray::array![[f64::NAN]]), Ok(Some(_))));
        let factor = cholesky(Array2::eye(2)).unwrap().unwrap();
        assert!(matches!(factor.blas_matmul(Array2::ones((3, 1)).view()), Err(Error::Shape { .. })));
    }
}
