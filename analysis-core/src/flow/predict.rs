//! Training at infinite width from the full decomposition of K/n.

use ndarray::{Array2, ArrayView2};

use super::accuracy::Accuracy;
use super::filter::Filter;
use super::prediction::{Prediction, StartValues, Task};
use super::response::Response;
use crate::error::Result;
use crate::linalg::{blas_matmul, blas_matmul_nt};
use crate::memory::Bytes;
use crate::spectrum::Decomposition;

impl Decomposition {
    /// The filters on this spectrum.
    ///
    /// # Errors
    /// Those of [`Filter::response`].
    pub fn responses(&self, filters: &[Filter]) -> Result<Vec<Response>> {
        filters.iter().map(|f| f.response(self.n(), self.eigenvalues.view(), self.epsilon)).collect()
    }

    /// f(X) and f(Z) for every filter: targets `y` (n,k), start (n,k) and (m,k), `cross` K(Z,X) (m,n). One column of `y`
    /// serves every column of the start, and one start every target.
    ///
    /// One projection Uᵀ(Y − f₀), one product with U for all filters together, one with `cross`.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) and [`Error::NotFinite`](crate::error::Error::NotFinite) for arrays that
    /// do not fit or are not finite, those of [`Filter::response`], [`Error::Memory`](crate::error::Error::Memory).
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// let data = SphereQuadratic { n: 30, ..Default::default() }.run()?;
    /// let z = SphereQuadratic { n: 10, seed: Seed(1), ..Default::default() }.run()?.x;
    /// let kernel = Kernel::default();
    /// let cross = kernel.cross_gram(z.view(), data.x.view())?;
    /// let decomposition = kernel.gram(data.x.view())?.decompose()?;
    /// let filters = Times::default().filters(30)?;
    /// let path = decomposition.predict(data.y.view(), &StartValues::zero(30, 10, 1), cross.view(), &filters)?;
    /// assert_eq!(path.test.dim(), (121, 10, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn predict(
        &self,
        y: ArrayView2<f64>,
        start: &StartValues,
        cross: ArrayView2<f64>,
        filters: &[Filter],
    ) -> Result<Prediction> {
        let n = self.n();
        let task = Task::new(n, y, start, cross, filters)?;
        let responses = self.responses(filters)?;
        let (k, rows) = (task.k(), filters.len() * task.k());
        // Coefficients and their images, dual and residual, and both predictions.
        let needed = Bytes::of::<f64>(rows, n) * 6 + Bytes::of::<f64>(rows, cross.nrows()) * 2;
        needed.require(&format!("predictions of {} filters for {k} columns", filters.len()))?;
        let projected = blas_matmul_nt(task.residual.view(), self.eigenvectors.view())?;
        let mut coefficients = Array2::zeros((2 * rows, n));
        for (t, response) in responses.iter().enumerate() {
            for (i, lambda) in self.eigenvalues.iter().enumerate() {
                let (value, left) = (response.value(*lambda) / n as f64, response.residual(*lambda));
                for j in 0..k {
                    coefficients[[t * k + j, i]] = value * projected[[j, i]];
                    coefficients[[rows + t * k + j, i]] = left * projected[[j, i]];
                }
            }
        }
        let images = blas_matmul(coefficients.view(), self.eigenvectors.view())?;
        let (dual, residual) = images.view().split_at(ndarray::Axis(0), rows);
        task.predict(filters, dual, residual, cross, Accuracy::Decomposition(self.diagnostics))
    }
}
