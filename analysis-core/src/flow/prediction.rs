//! What training at infinite width returns, and the last step that all ways of computing share.

use ndarray::{Array2, Array3, ArrayView2, Axis, Zip};

use super::accuracy::Accuracy;
use super::filter::Filter;
use crate::check;
use crate::error::{Error, Result};
use crate::linalg::blas_matmul_nt;

/// Values of the initial function on the training and the test points, one column a start.
#[derive(Debug, Clone, PartialEq)]
pub struct StartValues {
    /// f₀(X) (n,k).
    pub train: Array2<f64>,
    /// f₀(Z) (m,k).
    pub test: Array2<f64>,
    /// What was added to the diagonal of the NNGP Gram matrix before it could be factored: 0 unless it was singular to
    /// rounding (repeated points, say).
    pub jitter: f64,
}

impl StartValues {
    /// f₀ = 0, the mirrored start, for `n` training and `m` test points and `k` columns.
    ///
    /// # Examples
    /// ```
    /// let start = analysis_core::flow::StartValues::zero(3, 2, 1);
    /// assert_eq!((start.train.dim(), start.test.dim()), ((3, 1), (2, 1)));
    /// ```
    pub fn zero(n: usize, m: usize, k: usize) -> Self {
        StartValues { train: Array2::zeros((n, k)), test: Array2::zeros((m, k)), jitter: 0.0 }
    }
}

/// Predictions after training, one for every filter.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// The filters, in the order of the first axis below.
    pub filters: Vec<Filter>,
    /// f(X) (filters, n, k).
    pub train: Array3<f64>,
    /// f(Z) (filters, m, k).
    pub test: Array3<f64>,
    /// How far to trust them.
    pub accuracy: Accuracy,
}

impl Prediction {
    /// Mean over the test points of (f(z) − truth(z))² (filters, k); `truth` (m, k), or (m, 1) for all columns.
    ///
    /// # Errors
    /// [`Error::Shape`] where `truth` does not fit, or there are no test points.
    pub fn test_error(&self, truth: ArrayView2<f64>) -> Result<Array2<f64>> {
        self.mean_over_points(truth, |f, t| (f - t).powi(2))
    }

    /// The share of test points where f(z) has not the sign of truth(z) (filters, k): the misclassification rate for targets
    /// ±1; f(z) = 0 counts as wrong. `truth` as for [`Prediction::test_error`].
    ///
    /// # Errors
    /// As [`Prediction::test_error`].
    pub fn sign_error(&self, truth: ArrayView2<f64>) -> Result<Array2<f64>> {
        self.mean_over_points(truth, |f, t| f64::from(f * t <= 0.0))
    }

    fn mean_over_points(
        &self,
        truth: ArrayView2<f64>,
        value: impl Fn(f64, f64) -> f64,
    ) -> Result<Array2<f64>> {
        let (filters, m, k) = self.test.dim();
        if m == 0 {
            return Err(Error::shape("test points to average over", "at least one", "none"));
        }
        let truth = truth.broadcast((filters, m, k)).ok_or_else(|| {
            Error::shape(
                "the truth on the test points",
                format!("({m}, {k}) or ({m}, 1)"),
                format!("{:?}", truth.dim()),
            )
        })?;
        let values = Zip::from(&self.test).and(truth).map_collect(|f, t| value(*f, *t));
        Ok(values.sum_axis(Axis(1)) / m as f64)
    }
}

/// The residual Y − f₀(X) as **rows** (k,n), Y on its own as rows, the checks behind it. One column of either serves all
/// columns of the other.
pub(super) struct Task {
    pub(super) y: Array2<f64>,
    pub(super) residual: Array2<f64>,
    pub(super) start: Array2<f64>,
}

impl Task {
    /// `y` (n,k), `start` for n training and m test points, `cross` K(Z,X) (m,n).
    pub(super) fn new(
        n: usize,
        y: ArrayView2<f64>,
        start: &StartValues,
        cross: ArrayView2<f64>,
        filters: &[Filter],
    ) -> Result<Self> {
        let m = cross.nrows();
        let k = y.ncols().max(start.train.ncols());
        let wrong = |what: &str, expected: String, found: (usize, usize)| {
            Err(Error::shape(what, expected, format!("{found:?}")))
        };
        if y.nrows() != n || !(y.ncols() == k || y.ncols() == 1) || k == 0 || y.ncols() == 0 {
            return wrong("the targets y", format!("({n}, {k}) or ({n}, 1)"), y.dim());
        }
        let columns = start.train.ncols();
        if start.train.nrows() != n || !(columns == k || columns == 1) {
            return wrong(
                "the start on the training points",
                format!("({n}, {k}) or ({n}, 1)"),
                start.train.dim(),
            );
        }
        if start.test.dim() != (m, columns) {
            return wrong("the start on the test points", format!("({m}, {columns})"), start.test.dim());
        }
        if cross.ncols() != n {
            return wrong("the cross-Gram matrix K(Z,X)", format!("(m, {n})"), cross.dim());
        }
        check::not_empty("filters", filters)?;
        let arrays =
            [("target y", y), ("f₀(X)", start.train.view()), ("f₀(Z)", start.test.view()), ("K(Z,X)", cross)];
        for (what, array) in arrays {
            check::finite_array(what, array)?;
        }
        // Shapes were compared: a broadcast of one column to k cannot fail.
        let spread =
            |a: ArrayView2<f64>| Array2::from_shape_fn((k, a.nrows()), |(j, i)| a[[i, j.min(a.ncols() - 1)]]);
        let (y, train) = (spread(y), spread(start.train.view()));
        Ok(Task { residual: &y - &train, y, start: spread(start.test.view()) })
    }

    /// Columns.
    pub(super) fn k(&self) -> usize {
        self.y.nrows()
    }

    /// Predictions from the dual coefficients α = φ(K/n)(Y − f₀)/n and the remaining residual (1 − λφ)(K/n)(Y − f₀), both
    /// as rows (filters·k, n), the columns of one filter together: f(Z) = f₀(Z) + K(Z,X)α, f(X) = Y − residual.
    pub(super) fn predict(
        &self,
        filters: &[Filter],
        dual: ArrayView2<f64>,
        residual: ArrayView2<f64>,
        cross: ArrayView2<f64>,
        accuracy: Accuracy,
    ) -> Result<Prediction> {
        let k = self.k();
        let moved = blas_matmul_nt(dual, cross)?;
        let assemble = |rows: ArrayView2<f64>, base: &Array2<f64>, sign: f64| {
            Array3::from_shape_fn((filters.len(), rows.ncols(), k), |(t, i, j)| {
                base[[j, i]] + sign * rows[[t * k + j, i]]
            })
        };
        let train = assemble(residual, &self.y, -1.0);
        let test = assemble(moved.view(), &self.start, 1.0);
        for (what, array) in [("f(X)", &train), ("f(Z)", &test)] {
            if let Some(((t, row, column), value)) = array.indexed_iter().find(|(_, v)| !v.is_finite()) {
                let what = format!(
                    "{what} under {} (so long a training amplifies rounding-level negative eigenvalues: take `limit`)",
                    filters[t]
                );
                return Err(Error::NotFinite { what, row, column, value: *value });
            }
        }
        Ok(Prediction { filters: filters.to_vec(), train, test, accuracy })
    }
}
