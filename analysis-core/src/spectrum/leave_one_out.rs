//! Leave-one-out errors of kernel regression in closed form.

use ndarray::ArrayView2;
use serde::{Deserialize, Serialize};

use crate::check;
use crate::error::{Error, Result};
use crate::kernel::Gram;
use crate::linalg::{blas_matmul, cholesky};
use crate::memory::Bytes;

pub(crate) const SINGULAR: &str =
    "K + n·ridge·I is not positive definite to rounding, as where rows are equal: a larger ridge helps";

/// Leave-one-out and generalised cross-validation of every target at one ridge, made by [`Gram::leave_one_out`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeaveOneOutErrors {
    /// The ridge z on K/n.
    pub ridge: f64,
    /// (1/n) Σ_i (y_i − f₋ᵢ(x_i))² of each of k targets (k), f₋ᵢ the regression on the other rows.
    pub errors: Vec<f64>,
    /// Their standard errors (k), for other rows of the same kind: the standard deviation of the n squares over √n.
    pub standard_errors: Vec<f64>,
    /// Generalised cross-validation (k): the same with every (A⁻¹)_ii replaced by their mean. Where the deterministic equivalent holds
    /// the two agree.
    pub gcv: Vec<f64>,
    /// tr A⁻¹; its reciprocal is κ(z), see [`Resolution`](super::Resolution::kappa).
    pub inverse_trace: f64,
}

impl Gram {
    /// What the regression with A = K + n z I on all rows but row i says of row i, for every row i at once:
    /// y_i − f₋ᵢ(x_i) = (A⁻¹y)_i / (A⁻¹)_ii, of targets y (n,k). About n³/3 multiplications, and a copy of K.
    ///
    /// # Errors
    /// [`Error::Shape`] where y has not n rows, [`Error::NotFinite`]; [`Error::Parameter`] for a ridge that is negative, and where A
    /// is not positive definite to rounding (rows that are equal): a larger ridge helps; [`Error::Memory`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{kernel::Gram, ndarray::array};
    /// let gram = Gram::from_array(array![[2.0, 1.0], [1.0, 2.0]])?;
    /// let left_out = gram.leave_one_out(array![[1.0], [3.0]].view(), 0.0)?;
    /// // From the other row alone: f(x₁) = 1/2 · 3 and f(x₂) = 1/2 · 1.
    /// assert!((left_out.errors[0] - (0.5f64.powi(2) + 2.5f64.powi(2)) / 2.0).abs() < 1e-14);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn leave_one_out(&self, y: ArrayView2<f64>, ridge: f64) -> Result<LeaveOneOutErrors> {
        self.left_out(y, ridge)?.ok_or_else(|| Error::parameter("ridge", ridge, SINGULAR))
    }

    /// The same; nothing where A is not positive definite to rounding.
    pub(crate) fn left_out(&self, y: ArrayView2<f64>, ridge: f64) -> Result<Option<LeaveOneOutErrors>> {
        let (n, k) = (self.n(), y.ncols());
        if y.nrows() != n || k == 0 {
            return Err(Error::shape(
                "targets y of a Gram matrix",
                format!("({n}, k), k ≥ 1"),
                format!("{:?}", y.dim()),
            ));
        }
        check::finite_array("target y", y)?;
        check::not_negative("ridge", ridge)?;
        (Bytes::of::<f64>(n, n) + Bytes::of::<f64>(n, k) * 2).require("leaving out one row at a time")?;
        let mut a = self.view().to_owned();
        a.diag_mut().mapv_inplace(|v| v + n as f64 * ridge);
        let (own, rounding) = (a.diag().to_owned(), n as f64 * self.epsilon());
        let Some(factor) = cholesky(a)? else { return Ok(None) };
        // Equal rows leave a pivot of rounding, which may well be positive.
        if factor.diagonal().iter().zip(&own).any(|(pivot, own)| pivot * pivot <= rounding * own) {
            return Ok(None);
        }
        let inverse = factor.into_inverse()?;
        let mut diagonal = vec![0.0; n];
        for row in inverse.rows() {
            diagonal.iter_mut().zip(row).for_each(|(sum, v)| *sum += v * v);
        }
        let trace: f64 = diagonal.iter().sum();
        // (A⁻¹y)ᵀ = (L⁻¹y)ᵀL⁻¹, a row for each target.
        let solved = blas_matmul(blas_matmul(inverse.view(), y)?.t(), inverse.view())?;
        let (mut errors, mut standard_errors, mut gcv) = (Vec::new(), Vec::new(), Vec::new());
        for row in solved.rows() {
            let square = |(alpha, own): (&f64, &f64)| (alpha / own).powi(2);
            let squares = || row.iter().zip(&diagonal).map(square);
            let error = squares().sum::<f64>() / n as f64;
            errors.push(error);
            standard_errors.push(squares().map(|s| (s - error).powi(2)).sum::<f64>().sqrt() / n as f64);
            gcv.push(row.iter().map(|alpha| alpha * alpha).sum::<f64>() * n as f64 / (trace * trace));
        }
        Ok(Some(LeaveOneOutErrors { ridge, errors, standard_errors, gcv, inverse_trace: trace }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use ndarray::{Array2, Axis};
    use rand::RngExt;

    use super::*;
    use crate::seed::Seed;

    /// Each row left out in earnest: the regression solved on the others. Both sides lose cond(A)·ε, cond(A) < 1e4 here.
    #[test]
    fn it_is_the_regression_on_the_other_rows() {
        let n = 12;
        let mut stream = Seed(3).stream("points", 0);
        let x = Array2::from_shape_simple_fn((n, 5), || stream.random::<f64>() - 0.5);
        let y = Array2::from_shape_simple_fn((n, 2), || stream.random::<f64>());
        let k = x.dot(&x.t()) + Array2::<f64>::eye(n) * 0.01;
        let gram = Gram::from_array(k.clone()).unwrap();
        for ridge in [0.0, 0.02] {
            let found = gram.leave_one_out(y.view(), ridge).unwrap();
            let mut sums = [0.0; 2];
            for out in 0..n {
                let rows: Vec<usize> = (0..n).filter(|i| *i != out).collect();
                let mut a = k.select(Axis(0), &rows).select(Axis(1), &rows);
                a.diag_mut().mapv_inplace(|v| v + n as f64 * ridge);
                let inverse = cholesky(a).unwrap().unwrap().into_inverse().unwrap();
                let alpha = inverse.t().dot(&inverse.dot(&y.select(Axis(0), &rows)));
                let said = k.row(out).select(Axis(0), &rows).dot(&alpha);
                for (sum, error) in sums.iter_mut().zip(&y.row(out) - &said) {
                    *sum += error * error / n as f64;
                }
            }
            for (sum, error) in sums.iter().zip(&found.errors) {
                assert!((sum / error - 1.0).abs() < 1e-10, "{sum} {error}");
            }
        }
    }

    /// Of K = I every row says nothing of the others, and both criteria are the mean square of y.
    #[test]
    fn unrelated_rows_say_nothing_of_each_other() {
        let gram = Gram::from_array(Array2::eye(4)).unwrap();
        let y = ndarray::array![[1.0], [2.0], [3.0], [-4.0]];
        let found = gram.leave_one_out(y.view(), 0.0).unwrap();
        assert_eq!((found.errors[0], found.gcv[0], found.inverse_trace), (7.5, 7.5, 4.0));
        // Squares 1, 4, 9, 16 about 7.5: variance 129/4, over n = 4.
        assert!((found.standard_errors[0] - (129.0f64 / 16.0).sqrt()).abs() < 1e-14);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let gram = Gram::from_array(Array2::ones((3, 3))).unwrap();
        let y = Array2::ones((3, 1));
        let error = gram.leave_one_out(y.view(), 0.0).unwrap_err();
        assert!(error.to_string().contains("a larger ridge helps"), "{error}");
        assert!(gram.leave_one_out(y.view(), 1.0).is_ok());
        assert!(gram.leave_one_out(y.view(), -1.0).is_err());
        assert!(gram.leave_one_out(Array2::ones((2, 1)).view(), 1.0).is_err());
    }
}
