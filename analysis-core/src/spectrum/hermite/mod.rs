//! The Hermite eigenstructure ansatz: the eigenvalues of a kernel on data that are no sphere, from the data's covariance alone.
//!
//! Karkada, Turnbull, Liu and Simon, "Predicting kernel regression learning curves from only raw data statistics" (arXiv 2510.14878,
//! 2025). Its two ingredients are the eigenvalues γ_1 ≥ γ_2 ≥ … of the data's covariance and the kernel's **level coefficients**.
//!
//! # Derivation
//! Let rows be x = m + z with mean m, ρ = ‖m‖², and z of covariance Γ with eigenvalues γ_j; the mean square norm of a row is
//! R² = ρ + tr Γ. Take all rows to have norm R (unit-norm rows have it exactly), and leave out m·z, which is small where no single
//! γ_j is: then ⟨x, x'⟩ = ρ + s with s = ⟨z, z'⟩, and a rotation-invariant kernel is a function of s alone, k(s) = R-norm kernel at the
//! cosine (ρ + s)/R². With its Taylor coefficients about s = 0,
//!
//! K = Σ_l c_l s^l/l!,  c_l = k^{(l)}(0),  s^l/l! = Σ_{|α|=l} Π_j (z_j z'_j)^{α_j}/α_j!,
//!
//! z_j the coordinates along Γ's eigenvectors and α multi-indices. Each z_j^{α_j} is √γ_j^{α_j} times a power of a variable of
//! variance 1, whose leading part is √(α_j!) times the normalised Hermite polynomial h_{α_j}(z_j/√γ_j). These are orthonormal for Gaussian
//! z, so in leading order the eigenfunctions are Π_j h_{α_j} with
//!
//! **λ_α = c_{|α|} Π_j γ_j^{α_j}**.
//!
//! The lower Hermite polynomials in each power, and the terms left out above, correct this by relative order of γ_1/tr Γ and of
//! tr Γ²/(tr Γ)² = 1/d_eff. The paper takes centred data, m = 0. Here the mean acts as a bias does: without it the direction of the mean
//! would count as a variable of variance ρ, which it is not (it hardly varies), and the eigenvalues of images come out several
//! times too large.
//!
//! # Where the sum must end
//! A kernel that bends sharply at u = 1, as ReLU's do, has c_l/l! that fall only like a power of l times (tr Γ)^{−l}, so
//! c_l γ_1^l ~ l! (γ_1/tr Γ)^l falls only up to l ≈ tr Γ/γ_1 and rises without end beyond: the expansion is asymptotic. As usual for such, it is cut
//! at its smallest term ([`HermiteSpectrum::max_degree`]); of one that soon rises, the ansatz says little.

mod enumerate;
mod levels;
mod result;
#[cfg(test)]
mod tests;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::architecture::{Activation, Parametrisation};
use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::kernel::Kernel;
use crate::linalg::{OneThread, gemm, symmetric_eigen};
use crate::memory::Bytes;

pub use result::{HermiteEigenvalues, OctaveRatio};

/// The highest degree that is looked at.
pub const MAX_HERMITE_DEGREE: usize = 40;

/// Rows that are multiplied at a time.
const CHUNK: usize = 4096;

/// How many eigenvalues are wanted, and of which kernel; `Default` is paper 1's NTK and 3000.
///
/// # Examples
/// ```
/// use analysis_core::{ndarray::Array2, spectrum::{DataMoments, HermiteSpectrum}};
/// let x = Array2::from_shape_fn((500, 40), |(i, j)| ((i * (j + 1)) as f64).sin() + 0.5);
/// let predicted = HermiteSpectrum { count: 100, ..Default::default() }.of(&DataMoments::of(x.view())?)?;
/// assert_eq!(predicted.eigenvalues.len(), 100);
/// assert!(predicted.eigenvalues.windows(2).all(|pair| pair[0] >= pair[1]));
/// assert_eq!(predicted.degrees[0], 0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HermiteSpectrum {
    /// The kernel: of ReLU networks of any depth in the first paper's parametrisation
    /// ([`Parametrisation::FirstLayerBias`]), whose Taylor coefficients are known to every order.
    pub kernel: Kernel,
    /// How many eigenvalues, from the largest (fewer where there are no more).
    pub count: usize,
    /// The highest degree of a polynomial; not given: the last before c_l γ_1^l, l ≥ 1, first rises, over the degrees
    /// that the kernel has at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_degree: Option<usize>,
}

impl Default for HermiteSpectrum {
    fn default() -> Self {
        HermiteSpectrum { kernel: Kernel::default(), count: 3000, max_degree: None }
    }
}

/// Mean and covariance of data, as far as the ansatz needs them.
///
/// # Examples
/// ```
/// use analysis_core::{ndarray::array, spectrum::DataMoments};
/// let moments = DataMoments::of(array![[1.0, 2.0], [1.0, -2.0], [1.0, 2.0], [1.0, -2.0]].view())?;
/// assert_eq!((moments.mean_square, moments.variances), (1.0, vec![4.0]));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataMoments {
    /// ρ = ‖m‖², m the mean of the rows.
    pub mean_square: f64,
    /// γ_1 ≥ γ_2 ≥ …, the eigenvalues of the covariance (divided by n, not n − 1) that are larger than rounding, d·ε·γ_1.
    pub variances: Vec<f64>,
}

impl DataMoments {
    /// Of the rows x (n,d). About n d² multiplications, and d³ for the eigenvalues.
    ///
    /// # Errors
    /// [`Error::Shape`](crate::error::Error::Shape) for no row or column, [`Error::NotFinite`](crate::error::Error::NotFinite),
    /// [`Error::Parameter`](crate::error::Error::Parameter) where all rows are equal; as [`symmetric_eigen`].
    pub fn of(x: ArrayView2<f64>) -> Result<DataMoments> {
        let (n, d) = x.dim();
        if n == 0 || d == 0 {
            return Err(crate::error::Error::shape("rows x (n,d)", "n, d ≥ 1", format!("{:?}", x.dim())));
        }
        check::finite_array("x", x)?;
        (Bytes::of::<f64>(d, d) * 4 + Bytes::of::<f64>(CHUNK, d) * 2)
            .require("the covariance of the data")?;
        let mean: Array1<f64> = x.sum_axis(Axis(0)) / n as f64;
        let mut covariance = Array2::<f64>::zeros((d, d));
        for first in (0..n).step_by(CHUNK) {
            let z = &x.slice(s![first..(first + CHUNK).min(n), ..]) - &mean;
            let transposed = z.t().as_standard_layout().into_owned();
            gemm(&OneThread::new(), 1.0 / n as f64, transposed.view(), z.view(), 1.0, covariance.view_mut());
        }
        let found = symmetric_eigen(covariance)?;
        let mut variances: Vec<f64> = found.values.iter().rev().copied().collect();
        let least = d as f64 * f64::EPSILON * variances[0].max(mean.dot(&mean));
        variances.retain(|variance| *variance > least);
        check::refuse(variances.is_empty(), "x", format!("{n} rows"), "all rows are equal to rounding")?;
        Ok(DataMoments { mean_square: mean.dot(&mean), variances })
    }

    /// Refuses what no data have.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for a negative mean square, no variance, one that is not positive, or
    /// variances that rise.
    pub fn check(&self) -> Result<()> {
        check::not_negative("mean_square", self.mean_square)?;
        check::not_empty("variances", &self.variances)?;
        self.variances.iter().try_for_each(|variance| check::positive("variances", *variance))?;
        let rising = self.variances.windows(2).find(|pair| pair[0] < pair[1]);
        let (value, why) = (format!("{rising:?}"), "must be given in descending order");
        check::refuse(rising.is_some(), "variances", value, why)
    }

    /// tr Γ.
    pub fn variance(&self) -> f64 {
        self.variances.iter().rev().sum()
    }

    /// d_eff = (tr Γ)²/tr Γ²: how many equal variances would have these two sums.
    pub fn effective_dimension(&self) -> f64 {
        self.variance().powi(2) / self.variances.iter().rev().map(|v| v * v).sum::<f64>()
    }
}

impl HermiteSpectrum {
    /// Refuses parameters that mean nothing.
    ///
    /// # Errors
    /// [`Error::Parameter`](crate::error::Error::Parameter) for no eigenvalue, a degree beyond [`MAX_HERMITE_DEGREE`], and a kernel that
    /// is not of ReLU in the first paper's parametrisation; [`Error::Memory`](crate::error::Error::Memory).
    pub fn check(&self) -> Result<()> {
        self.kernel.check()?;
        check::at_least_one("count", self.count)?;
        // A candidate is a list of up to so many places, and at most two are added for each that is taken.
        let degree = self.max_degree.unwrap_or(MAX_HERMITE_DEGREE);
        Bytes::of::<u32>(self.count.saturating_mul(2), degree + 16).require("the list of eigenvalues")?;
        let why = format!("must be at most {MAX_HERMITE_DEGREE}");
        check::refuse(degree > MAX_HERMITE_DEGREE, "max_degree", degree, why)?;
        let relu = matches!(self.kernel.activation, Activation::Relu);
        let why = "the level coefficients are known for relu: take its kernel";
        check::refuse(!relu, "activation", &self.kernel.activation, why)?;
        let own = matches!(self.kernel.parametrisation, Parametrisation::FirstLayerBias { .. });
        let why =
            "the level coefficients are known where a bias is in the first layer only: take FirstLayerBias";
        check::refuse(!own, "parametrisation", format!("{:?}", self.kernel.parametrisation), why)
    }

    /// The eigenvalues that the ansatz gives for data of these moments.
    ///
    /// # Errors
    /// As [`HermiteSpectrum::check`] and [`DataMoments::check`].
    pub fn of(&self, moments: &DataMoments) -> Result<HermiteEigenvalues> {
        self.check()?;
        moments.check()?;
        let all = levels::coefficients(&self.kernel, moments, MAX_HERMITE_DEGREE);
        let degree = self.max_degree.unwrap_or_else(|| smallest_term(&all, moments.variances[0]));
        let levels = all[..=degree].to_vec();
        let (eigenvalues, degrees) = enumerate::descending(&levels, &moments.variances, self.count);
        let square = moments.mean_square + moments.variance();
        let trace = self.kernel.profile_at(square)?.evaluate(1.0)?;
        let (parameters, moments) = (self.clone(), moments.clone());
        Ok(HermiteEigenvalues { eigenvalues, degrees, levels, trace, moments, parameters })
    }

    /// As [`HermiteSpectrum::of`], from the rows x (n,d).
    ///
    /// # Errors
    /// As [`DataMoments::of`] and [`HermiteSpectrum::of`].
    pub fn run(&self, x: ArrayView2<f64>) -> Result<HermiteEigenvalues> {
        self.check()?;
        self.of(&DataMoments::of(x)?)
    }
}

/// The degree from 1 on whose c_l γ^l is the last before the first rise, degrees with c_l = 0 left out.
fn smallest_term(levels: &[f64], variance: f64) -> usize {
    let terms = levels.iter().enumerate().skip(1).filter(|(_, c)| **c > 0.0);
    let terms: Vec<(usize, f64)> = terms.map(|(l, c)| (l, c * variance.powi(l as i32))).collect();
    let rise = terms.windows(2).find(|pair| pair[1].1 > pair[0].1).map(|pair| pair[0].0);
    rise.or(terms.last().map(|term| term.0)).unwrap_or(0)
}
