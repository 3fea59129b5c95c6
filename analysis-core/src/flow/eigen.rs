//! Predictions from the full decomposition of K/n.

use ndarray::{Array1, Array2, ArrayView2};

use super::accuracy::Accuracy;
use super::filter::Filter;
use super::prediction::{Prediction, StartValues, Task};
use super::response::Response;
use crate::error::Result;
use crate::kernel::{Gram, Kernel};
use crate::linalg::{gemm_nt, times};
use crate::memory::Bytes;
use crate::spectrum::{Diagnostics, Spectrum};

/// K/n = UΛUᵀ: training at infinite width for any number of targets, starts, filters and test points.
///
/// # Examples
/// ```
/// use analysis_core::flow::{Filter, KernelFlow, StartValues, Times};
/// use analysis_core::prelude::*;
/// let data = SphereQuadratic { n: 30, ..Default::default() }.run()?;
/// let kernel = Kernel::default();
/// let flow = KernelFlow::new(&kernel.gram(data.x.view())?)?;
/// let z = SphereQuadratic { n: 10, seed: Seed(1), ..Default::default() }.run()?.x;
/// let cross = kernel.cross_gram(z.view(), data.x.view())?;
/// let filters = Times::default().filters(30)?;
/// let path = flow.predict(data.y.view(), &StartValues::zero(30, 10, 1), cross.view(), &filters)?;
/// assert_eq!(path.test.dim(), (121, 10, 1));
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct KernelFlow {
    /// λ_1 ≥ λ_2 ≥ … (n): the eigenvalues of K/n.
    pub eigenvalues: Array1<f64>,
    /// Uᵀ (n,n): **row** i−1 is the unit eigenvector of λ_i.
    pub eigenvectors: Array2<f64>,
    /// How far the decomposition can be trusted.
    pub diagnostics: Diagnostics,
    /// The precision K was made in.
    pub epsilon: f64,
}

impl KernelFlow {
    /// Decomposes K (n,n): about 9n³ multiplications and [`Spectrum::memory`] bytes beside K.
    ///
    /// # Errors
    /// Those of [`Spectrum::run`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{flow::KernelFlow, ndarray::array, prelude::Gram};
    /// let flow = KernelFlow::new(&Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?)?;
    /// assert_eq!(flow.eigenvalues.to_vec(), [2.0, 1.0]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn new(gram: &Gram) -> Result<Self> {
        let n = gram.n();
        // The spectrum wants a target; one column of zeros costs n² of n³ multiplications.
        let measure = Spectrum { keep_eigenvectors: true }.run(gram, Array2::zeros((n, 1)).view())?;
        let phi = measure.eigenvectors.unwrap_or_default();
        let eigenvectors = phi.t().as_standard_layout().into_owned() / (n as f64).sqrt();
        let (eigenvalues, diagnostics) = (measure.eigenvalues, measure.diagnostics);
        Ok(KernelFlow { eigenvalues, eigenvectors, diagnostics, epsilon: gram.epsilon() })
    }

    /// As [`KernelFlow::new`], from the kernel and the rows x (n,d).
    ///
    /// # Errors
    /// Those of [`Kernel::gram`] and [`KernelFlow::new`].
    pub fn of(kernel: &Kernel, x: ArrayView2<f64>) -> Result<Self> {
        Self::new(&kernel.gram(x)?)
    }

    /// n.
    pub fn n(&self) -> usize {
        self.eigenvalues.len()
    }

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
        let projected = gemm_nt(task.residual.view(), self.eigenvectors.view())?;
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
        let images = times(coefficients.view(), self.eigenvectors.view())?;
        let (dual, residual) = images.view().split_at(ndarray::Axis(0), rows);
        task.predict(filters, dual, residual, cross, Accuracy::Decomposition(self.diagnostics))
    }
}
