//! The exponents that theory gives for ReLU networks on the sphere.

use serde::{Deserialize, Serialize};

use crate::check;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;

/// Limit exponents on S^{d−1} ⊂ R^d for a ReLU network of any depth (Chen, Li and Lin 2024, §4, with d − 1 for the d of
/// their S^d).
///
/// With λ_i ~ i^{−β_NTK} and μ_i ~ i^{−β_NNGP}, the start's bias falls like t^{−(β_NNGP − 1)/β_NTK} and the noise's variance
/// grows like t^{1/β_NTK}/n; at the best t the risk is n^{−3/(d+2)}.
///
/// # Examples
/// ```
/// let rates = analysis_core::flow::SphereRates::new(5)?;
/// assert_eq!(rates.standard, -3.0 / 7.0);
/// assert_eq!(rates.standard_as_printed, -3.0 / 8.0);
/// # Ok::<(), analysis_core::error::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SphereRates {
    /// d, the number of coordinates.
    pub d: usize,
    /// β_NTK = d/(d − 1): λ_i ~ i^{−β}.
    pub beta_ntk: f64,
    /// β_NNGP = (d + 2)/(d − 1), the random feature kernel's.
    pub beta_nngp: f64,
    /// (β_NNGP − 1)/β_NTK = 3/d: f₀ ~ GP(0, NNGP) lies in \[H_NTK\]^s for every s below, almost surely for none above
    /// (Theorem 4.2 has 3/(d+1) on S^d).
    pub start_smoothness: f64,
    /// −3/(d + 2), the slope of ln risk against ln n from standard initialisation.
    pub standard: f64,
    /// −3/(d + 3): the formula as the paper prints it, where d is the sphere's dimension; not the limit for unit vectors in
    /// R^d, and kept to be shown beside it.
    pub standard_as_printed: f64,
    /// −1: mirrored initialisation and a target of finitely many degrees.
    pub mirrored: f64,
    /// −2β/(2β + 1) = −2d/(3d − 1): the same by the best ridge, which saturates at s = 2.
    pub mirrored_ridge: f64,
}

impl SphereRates {
    /// The exponents on S^{d−1}.
    ///
    /// # Errors
    /// [`Error::Parameter`] for d < 2.
    pub fn new(d: usize) -> Result<Self> {
        check::refuse(d < 2, "d", d, "must be at least 2")?;
        let x = d as f64;
        Ok(SphereRates {
            d,
            beta_ntk: x / (x - 1.0),
            beta_nngp: (x + 2.0) / (x - 1.0),
            start_smoothness: 3.0 / x,
            standard: -3.0 / (x + 2.0),
            standard_as_printed: -3.0 / (x + 3.0),
            mirrored: -1.0,
            mirrored_ridge: -2.0 * x / (3.0 * x - 1.0),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The printed exponents follow from the two β, at every d.
    #[test]
    fn slopes_follow_from_the_decays() {
        for d in 2..40 {
            let r = SphereRates::new(d).unwrap();
            let s = (r.beta_nngp - 1.0) / r.beta_ntk;
            assert!((r.start_smoothness - s).abs() < 1e-14);
            let rate = |s: f64| -s * r.beta_ntk / (s * r.beta_ntk + 1.0);
            assert!((r.standard - rate(s)).abs() < 1e-14, "d = {d}");
            assert!((r.mirrored_ridge - rate(2.0)).abs() < 1e-14, "d = {d}");
        }
        assert!(SphereRates::new(1).is_err());
    }
}
