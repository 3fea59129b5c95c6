//! Mean-field theory of wide networks at initialisation: which phase (σ_w², σ_b²) is in, and how deep signals reach.
//!
//! Poole et al. 2016, Schoenholz et al. 2017; Seleznova and Kutyniok 2021, §2.2. With u = √q z, z ~ N(0, 1):
//!
//! - the variance of pre-activations, q^l = V(q^{l−1}), V(q) = σ_w² E φ(u)² + σ_b², and its fixed point q*;
//! - χ₁ = σ_w² E φ'(u)² at q*: gradients, and differences between nearly equal inputs, are multiplied by it in every layer.
//!   **Ordered** χ₁ < 1, **chaotic** χ₁ > 1, **edge of chaos** χ₁ = 1;
//! - the correlation of two inputs, c^l = C(c^{l−1}), C(c) = (σ_w² E φ(u)φ(u') + σ_b²)/q*, u, u' of variance q* and
//!   correlation c. C is a power series with non-negative coefficients, so convex on \[0, 1\], C(1) = 1, C'(1) = χ₁: its
//!   stable fixed point c* is 1 if χ₁ ≤ 1 and the only other one in \[0, 1) if χ₁ > 1;
//! - depth scales: c^l − c* ~ e^{−l/ξ_c}, ξ_c = −1/ln C'(c*); q^l − q* ~ e^{−l/ξ_q}, ξ_q = −1/ln V'(q*).
//!
//! Closed forms for ReLU, its powers and erf; quadrature and Hermite series for the others (`gaussian`).

mod bisection;
mod correlation;
mod deep_kernel;
mod edge;
mod fixed_point;
mod limit_kernels;

#[cfg(test)]
mod limit_kernels_tests;
#[cfg(test)]
mod limits_tests;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::architecture::Activation;
use crate::check;
use crate::error::{Error, Result};
use crate::gaussian::moment;

pub use correlation::CorrelationMap;
pub use deep_kernel::DeepKernel;
pub use edge::{EdgePoint, edge_of_chaos};
pub use fixed_point::{FixedPoint, Phase};
pub use limit_kernels::{LimitKernel, TrainedVariance};

/// (σ_w², σ_b²) of infinitely wide networks with one activation.
///
/// # Examples
/// ```
/// use analysis_core::kernel::{MeanField, Phase};
/// use analysis_core::architecture::Activation;
/// let point = MeanField { activation: Activation::Tanh, sigma_w2: 4.0, sigma_b2: 1.0 }.fixed_point()?;
/// assert_eq!(point.phase, Phase::Chaotic);
/// assert!(point.chi1 > Some(1.0) && point.correlation < Some(1.0));
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanField {
    /// φ.
    pub activation: Activation,
    /// σ_w² > 0.
    pub sigma_w2: f64,
    /// σ_b² ≥ 0.
    pub sigma_b2: f64,
}

impl Default for MeanField {
    /// ReLU at its edge, (2, 0).
    fn default() -> Self {
        MeanField { activation: Activation::Relu, sigma_w2: 2.0, sigma_b2: 0.0 }
    }
}

impl MeanField {
    /// Refuses variances that mean nothing and activations without a derivative.
    ///
    /// # Errors
    /// [`Error::Parameter`].
    pub fn check(&self) -> Result<()> {
        check::positive("sigma_w2", self.sigma_w2)?;
        check::not_negative("sigma_b2", self.sigma_b2)?;
        moment::check_differentiable(&self.activation)
    }

    /// V(q) = σ_w² E φ(√q z)² + σ_b².
    ///
    /// # Errors
    /// As [`MeanField::check`]; [`Error::Parameter`] for q < 0, where the integral does not converge, and where the value leaves
    /// the range of `f64`.
    ///
    /// # Examples
    /// ```
    /// let v = analysis_core::kernel::MeanField::default().variance_map(3.0)?;
    /// assert_eq!(v, 3.0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn variance_map(&self, q: f64) -> Result<f64> {
        self.check()?;
        self.in_range(q, self.variance_at(q)?)
    }

    /// [`MeanField::variance_map`], which may be infinite here.
    fn variance_at(&self, q: f64) -> Result<f64> {
        Ok(self.sigma_w2 * moment::square(&self.activation, q)? + self.sigma_b2)
    }

    /// Refuses what a product with σ_w² makes too large.
    fn in_range(&self, q: f64, value: f64) -> Result<f64> {
        if value.is_finite() {
            return Ok(value);
        }
        let why = format!("at σ_w² = {} the next layer's value leaves f64's range", self.sigma_w2);
        Err(Error::parameter("q", format!("{q:e}"), why))
    }

    /// χ₁(q) = σ_w² E φ'(√q z)².
    ///
    /// # Errors
    /// As [`MeanField::variance_map`].
    ///
    /// # Examples
    /// ```
    /// let chi = analysis_core::kernel::MeanField::default().chi1(3.0)?;
    /// assert_eq!(chi, 1.0);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn chi1(&self, q: f64) -> Result<f64> {
        self.check()?;
        self.in_range(q, self.sigma_w2 * moment::slope_square(&self.activation, q)?)
    }

    /// q¹, …, q^`layers` of an input with ‖x‖²/n₀ = `mean_square`: q¹ = σ_w² `mean_square` + σ_b².
    ///
    /// # Errors
    /// As [`MeanField::variance_map`]; [`Error::Parameter`] where q leaves the range of `f64`.
    ///
    /// # Examples
    /// ```
    /// let q = analysis_core::kernel::MeanField { sigma_b2: 1.0, ..Default::default() }.variances(1.0, 4)?;
    /// assert_eq!(q, [3.0, 4.0, 5.0, 6.0]);
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn variances(&self, mean_square: f64, layers: usize) -> Result<Vec<f64>> {
        self.check()?;
        let mut q = Vec::with_capacity(layers);
        let mut next = self.sigma_w2 * mean_square + self.sigma_b2;
        for _ in 0..layers {
            q.push(next);
            next = self.variance_map(next)?;
        }
        Ok(q)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Phase::Ordered => "ordered",
            Phase::Edge => "edge",
            Phase::Chaotic => "chaotic",
        })
    }
}
