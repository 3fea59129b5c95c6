//! The whole ensemble of standard initialisations at once: f₀ ~ GP(0, NNGP), in the eigenbasis of K/n.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

use super::filter::Filter;
use super::risk_curves::{RiskCurves, Roughness};
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::{Gram, Kernel, KernelKind};
use crate::linalg::{blas_matmul, blas_matmul_nt};
use crate::memory::Bytes;
use crate::session::Session;
use crate::spectrum::Decomposition;

/// Everything that does not depend on the filter, the targets and the noise, for fixed training and test points.
///
/// With A = K/n = UΛUᵀ and a_z = φ(A)K(X,z)/n, f(z) = f₀(z) + a_zᵀ(Y − f₀(X)) is Gaussian over f₀ ~ GP(0, R):
///
/// E f(z) = a_zᵀY,  Cov(f(z), f(z')) = R(z,z') − a_zᵀR(X,z') − R(z,X)a_z' + a_zᵀR(X,X)a_z'.
///
/// At t → ∞ the covariance is that of the trained ensemble (Seleznova and Kutyniok 2021, §5).
///
/// # Examples
/// ```
/// use analysis_core::{flow::{Ensemble, Filter}, prelude::*};
/// let data = SphereQuadratic { n: 20, ..Default::default() }.run()?;
/// let z = SphereQuadratic { n: 4, seed: Seed(1), ..Default::default() }.run()?.x;
/// let ensemble = Ensemble::new(&Kernel::default(), data.x.view(), z.view())?;
/// let moments = ensemble.moments(Filter::Flow { time: 0.0 }, data.y.view())?;
/// assert!((moments.covariance[[0, 0]] - 1.0).abs() < 1e-14); // untrained: the NNGP kernel, 1 on the diagonal
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ensemble {
    /// The decomposition of K/n.
    pub decomposition: Decomposition,
    /// G = K(Z,X)U/n (m,n).
    projected: Array2<f64>,
    /// UᵀR(X,X)U (n,n).
    start_train: Array2<f64>,
    /// R(Z,X)U (m,n).
    start_cross: Array2<f64>,
    /// R(Z,Z) (m,m).
    start_test: Array2<f64>,
}

/// R, the covariance of f₀, at training and test points.
#[derive(Debug, Clone)]
pub struct StartGrams<'a> {
    /// R(X,X) (n,n).
    pub train: ArrayView2<'a, f64>,
    /// R(Z,X) (m,n).
    pub cross: ArrayView2<'a, f64>,
    /// R(Z,Z) (m,m).
    pub test: Array2<f64>,
}

/// Mean and covariance over initialisations of a trained network on the test points.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleMoments {
    /// The filter.
    pub filter: Filter,
    /// E f(Z) (m,k): what the mirrored network, or the mean of many standard ones, predicts.
    pub mean: Array2<f64>,
    /// Cov f(Z) (m,m), the same for every target.
    pub covariance: Array2<f64>,
}

impl Ensemble {
    /// For x (n,d) and z (m,d); `kernel` is the NTK, f₀ has the NNGP kernel of the same network.
    ///
    /// One decomposition, two products of n³ and two of mn².
    ///
    /// # Errors
    /// [`Error::Memory`], those of [`Kernel::gram`] and [`Gram::decompose`].
    pub fn new(kernel: &Kernel, x: ArrayView2<f64>, z: ArrayView2<f64>) -> Result<Self> {
        let (n, m) = (x.nrows(), z.nrows());
        Ensemble::bytes(n, m).require(&format!("an ensemble on {n} training and {m} test points"))?;
        let ntk = kernel.gram_in(x, &Session::default())?;
        let start = Kernel { kind: KernelKind::Nngp, ..kernel.clone() };
        let train = start.gram_in(x, &Session::default())?;
        let (ntk_cross, start_cross) = (kernel.cross_gram(z, x)?, start.cross_gram(z, x)?);
        let start = StartGrams {
            train: train.view(),
            cross: start_cross.view(),
            test: start.gram_in(z, &Session::default())?.into_array(),
        };
        Ensemble::from_grams(&ntk, ntk_cross.view(), start)
    }

    /// The same from Gram matrices: the NTK `ntk` (n,n) and `ntk_cross` (m,n), and those of the start.
    ///
    /// # Errors
    /// [`Error::Shape`] where they do not fit, [`Error::Memory`], those of [`Gram::decompose`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{flow::{Ensemble, Filter, StartGrams}, ndarray::array, prelude::Gram};
    /// let (train, cross, test) = (array![[2.0]], array![[1.0]], array![[2.0]]);
    /// let start = StartGrams { train: train.view(), cross: cross.view(), test };
    /// let ensemble = Ensemble::from_grams(&Gram::from_array(array![[4.0]])?, array![[2.0]].view(), start)?;
    /// // v = 2/4: 2 − 2·½·1 + ¼·2.
    /// assert_eq!(ensemble.moments(Filter::Limit, array![[0.0]].view())?.covariance[[0, 0]], 1.5);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn from_grams(ntk: &Gram, ntk_cross: ArrayView2<f64>, start: StartGrams) -> Result<Self> {
        let (n, m) = (ntk.n(), ntk_cross.nrows());
        check::shape("the cross-Gram matrix of the NTK", (m, n), ntk_cross.dim())?;
        check::shape("the Gram matrix of the start", (n, n), start.train.dim())?;
        check::shape("the cross-Gram matrix of the start", (m, n), start.cross.dim())?;
        check::shape("the Gram matrix of the start at the test points", (m, m), start.test.dim())?;
        // Beside the four matrices that are there already.
        let needed = Bytes::of::<f64>(n, n) * 3 + Bytes::of::<f64>(m, n) * 2;
        needed.require(&format!("an ensemble on {n} training and {m} test points"))?;
        let decomposition = ntk.decompose()?;
        let rows = decomposition.eigenvectors.view();
        let projected = blas_matmul_nt(ntk_cross, rows)? / n as f64;
        let start_cross = blas_matmul_nt(start.cross, rows)?;
        let start_train = blas_matmul_nt(blas_matmul(rows, start.train)?.view(), rows)?;
        Ok(Ensemble { decomposition, projected, start_train, start_cross, start_test: start.test })
    }

    /// Bytes that an ensemble on n training and m test points needs, its Gram matrices among them.
    pub(crate) fn bytes(n: usize, m: usize) -> Bytes {
        Bytes::of::<f64>(n, n) * 5 + Bytes::of::<f64>(m, n) * 4 + Bytes::of::<f64>(m, m)
    }

    /// Training points.
    pub fn n(&self) -> usize {
        self.decomposition.n()
    }

    /// Test points.
    pub fn m(&self) -> usize {
        self.projected.nrows()
    }

    /// Mean and covariance of f(Z) over initialisations, given the targets y (n,k).
    ///
    /// # Errors
    /// [`Error::Shape`] where y has not n rows, those of [`Filter::response`].
    pub fn moments(&self, filter: Filter, y: ArrayView2<f64>) -> Result<EnsembleMoments> {
        if y.nrows() != self.n() {
            return Err(Error::shape(
                "the targets y",
                format!("({}, k)", self.n()),
                format!("{:?}", y.dim()),
            ));
        }
        let values = self.values(&[filter])?;
        // a_z in the eigenbasis, as rows.
        let weights = &self.projected * &values.row(0);
        let mean =
            blas_matmul(weights.view(), blas_matmul(self.decomposition.eigenvectors.view(), y)?.view())?;
        let once = blas_matmul_nt(weights.view(), self.start_cross.view())?;
        let twice =
            blas_matmul_nt(blas_matmul(weights.view(), self.start_train.view())?.view(), weights.view())?;
        let covariance = &self.start_test - &once - once.t() + twice;
        Ok(EnsembleMoments { filter, mean, covariance })
    }

    /// Bias², variance from initialisation and from noise, averaged over the test points, for every filter: `target` is
    /// f*(X) (n,1) and `truth` f*(Z) (m,1), both without noise; `noise` is σ.
    ///
    /// O(mn²) once and O(n²) a filter. The variance from initialisation is a difference of terms of order
    /// mean R(z,z): its absolute error is a few n·ε of that.
    ///
    /// # Errors
    /// [`Error::Shape`] where an array does not fit, [`Error::Parameter`] for a noise that is not finite or negative and for
    /// an empty list, those of [`Filter::response`].
    pub fn curves(
        &self,
        target: ArrayView2<f64>,
        truth: ArrayView2<f64>,
        noise: f64,
        filters: &[Filter],
    ) -> Result<RiskCurves> {
        let (n, m) = (self.n(), self.m());
        check::shape("the target on x", (n, 1), target.dim())?;
        check::shape("the target on z", (m, 1), truth.dim())?;
        check::not_negative("noise", noise)?;
        check::not_empty("filters", filters)?;
        let values = self.values(filters)?;
        let coefficients = blas_matmul(self.decomposition.eigenvectors.view(), target)?;
        let predicted = blas_matmul_nt((&values * &coefficients.column(0)).view(), self.projected.view())?;
        let bias2 = (&predicted - &truth.column(0)).mapv(|v| v * v).sum_axis(Axis(1)) / m as f64;
        let spread = self.projected.mapv(|v| v * v).sum_axis(Axis(0)) / m as f64;
        let variance_noise = values.mapv(|v| v * v).dot(&spread) * (noise * noise);
        let untrained = self.start_test.diag().sum() / m as f64;
        let crossed = (&self.projected * &self.start_cross).sum_axis(Axis(0)) / m as f64;
        let columns = self.projected.t();
        let quadratic = blas_matmul_nt(columns, columns)? * &self.start_train / m as f64;
        let images = blas_matmul(values.view(), quadratic.view())?;
        let variance_start = Array1::from_shape_fn(filters.len(), |t| {
            let row: ArrayView1<f64> = values.row(t);
            untrained - 2.0 * row.dot(&crossed) + images.row(t).dot(&row)
        });
        let filters = filters.to_vec();
        Ok(RiskCurves { filters, bias2, variance_start, variance_noise, noise, n, m })
    }

    /// Where f₀ and the target sit in the spectrum: their energies on each eigenvector; `target` is f*(X) (n,1).
    ///
    /// # Errors
    /// [`Error::Shape`] where the target is not (n,1).
    pub fn roughness(&self, target: ArrayView2<f64>) -> Result<Roughness> {
        let n = self.n();
        check::shape("the target on x", (n, 1), target.dim())?;
        let coefficients = blas_matmul(self.decomposition.eigenvectors.view(), target)?;
        Ok(Roughness {
            eigenvalues: self.decomposition.eigenvalues.clone(),
            start: self.start_train.diag().mapv(|v| v / n as f64),
            target: coefficients.column(0).mapv(|c| c * c / n as f64),
        })
    }

    /// φ (filters, n).
    fn values(&self, filters: &[Filter]) -> Result<Array2<f64>> {
        let responses = self.decomposition.responses(filters)?;
        let eigenvalues = &self.decomposition.eigenvalues;
        Ok(Array2::from_shape_fn((filters.len(), self.n()), |(t, i)| responses[t].value(eigenvalues[i])))
    }
}
