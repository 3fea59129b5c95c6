//! K/n = UΛUᵀ by LAPACK, with the eigenvectors.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use super::diagnostics::Diagnostics;
#[cfg(doc)]
use super::eigenspace::Eigenspace;
use crate::check;
use crate::error::{Error, Result};
use crate::kernel::Gram;
use crate::linalg::{blas_matmul, symmetric_eigen};
use crate::memory::Bytes;

/// K/n = UΛUᵀ, made by [`Gram::decompose`]: from it follows training at infinite width for any number of targets, starts,
/// filters and test points ([`Decomposition::predict`]).
///
/// # Examples
/// ```
/// use analysis_core::{ndarray::array, prelude::*};
/// let decomposition = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?.decompose()?;
/// assert_eq!(decomposition.eigenvalues.to_vec(), [2.0, 1.0]); // of K/n
/// assert_eq!(decomposition.eigenvectors.mapv(f64::abs), array![[0.0, 1.0], [1.0, 0.0]]);
/// # Ok::<(), Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Decomposition {
    /// λ_1 ≥ λ_2 ≥ … (n): the eigenvalues of K/n.
    pub eigenvalues: Array1<f64>,
    /// Uᵀ (n,n): **row** i−1 is the unit eigenvector of λ_i. Its sign is arbitrary, and within an [`Eigenspace`] it is one of
    /// many bases. φ of the conventions is √n times it.
    pub eigenvectors: Array2<f64>,
    /// How far the decomposition can be trusted.
    pub diagnostics: Diagnostics,
    /// The precision K was made in ([`Gram::epsilon`]).
    pub epsilon: f64,
}

impl Decomposition {
    /// Bytes that [`Gram::decompose`] needs beside K (n,n): a copy of K, which becomes the eigenvectors,
    /// and LAPACK's workspace of 2n² numbers (the check of the ratios, afterwards, needs less).
    pub fn memory(n: usize) -> Bytes {
        Bytes::of::<f64>(n, n) * 3 + Bytes::of::<f64>(n, 12)
    }

    /// n.
    pub fn n(&self) -> usize {
        self.eigenvalues.len()
    }

    /// c = φᵀY/n (n,k) of targets y (n,k) on these eigenvectors. Their signs, and within an [`Eigenspace`] their basis, are not
    /// those of [`Gram::measure`], which has eigenvectors of its own.
    ///
    /// # Errors
    /// [`Error::Shape`] where y has not n rows; [`Error::NotFinite`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::{ndarray::array, prelude::*};
    /// let decomposition = Gram::from_array(array![[2.0, 0.0], [0.0, 4.0]])?.decompose()?;
    /// let c = decomposition.coefficients(array![[1.0], [3.0]].view())?;
    /// assert!((c[[0, 0]].powi(2) - 9.0 / 2.0).abs() < 1e-14);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn coefficients(&self, y: ArrayView2<f64>) -> Result<Array2<f64>> {
        check::finite_array("target y", y)?;
        Ok(blas_matmul(self.eigenvectors.view(), y)? / (self.n() as f64).sqrt())
    }
}

impl Gram {
    /// K/n = UΛUᵀ with the eigenvectors: about 9n³ multiplications and [`Decomposition::memory`] bytes.
    ///
    /// # Errors
    /// Those of [`Gram::measure`] that do not concern the targets; [`Error::Parameter`] beyond
    /// [`MAX_SIZE`](crate::linalg::MAX_SIZE) rows.
    pub fn decompose(&self) -> Result<Decomposition> {
        let (n, (mut vectors, eigenvalues, diagnostics)) = (self.n(), self.eigen()?);
        vectors.invert_axis(Axis(0));
        let mut eigenvectors = vectors.as_standard_layout().into_owned();
        // Times √n and by √n again: results kept since φ was what a decomposition returned have this rounding.
        eigenvectors *= (n as f64).sqrt();
        eigenvectors /= (n as f64).sqrt();
        Ok(Decomposition { eigenvalues, eigenvectors, diagnostics, epsilon: self.epsilon() })
    }

    /// Uᵀ as LAPACK returns it, ascending, the eigenvalues of K/n, descending, and how good both are; refused where they cannot be
    /// trusted.
    fn eigen(&self) -> Result<(Array2<f64>, Array1<f64>, Diagnostics)> {
        let n = self.n();
        Decomposition::memory(n).require(&format!("the decomposition of a Gram matrix of {n} rows"))?;
        let eigen = symmetric_eigen(self.view().to_owned())?;
        let eigenvalues = trusted(eigen.values.clone(), self.epsilon())?;
        let diagnostics = Diagnostics::of(self.view(), &eigen)?;
        Ok((eigen.vectors, eigenvalues, diagnostics))
    }
}

/// The eigenvalues of K/n in descending order from those of K in ascending order, refused where they cannot be trusted; K is
/// right to `epsilon`.
pub(super) fn trusted(mut values: Array1<f64>, epsilon: f64) -> Result<Array1<f64>> {
    let n = values.len();
    let what = "an eigenvalue of K (its entries are too large to decompose: scale K)";
    check::finite_values(what, &values)?;
    let (smallest, largest) = (values[0], values[n - 1].abs().max(values[0].abs()));
    // Below, the last digits of K's entries are no doubles any more.
    if largest > 0.0 && largest * f64::EPSILON < f64::MIN_POSITIVE {
        let why = "K's entries are too small to keep their digits: scale K";
        return Err(Error::parameter("gram", format!("largest eigenvalue {largest:e}"), why));
    }
    let tolerance = n as f64 * epsilon * largest;
    if smallest < -tolerance {
        return Err(Error::NotPositiveSemidefinite { smallest, tolerance });
    }
    values /= n as f64;
    values.invert_axis(Axis(0));
    Ok(values)
}
