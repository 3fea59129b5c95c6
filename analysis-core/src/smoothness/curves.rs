//! The sequences that lines are fitted to, and the fits.

use serde::{Deserialize, Serialize};

use super::{Smoothness, SmoothnessResult};
use crate::data::DatasetOrigin;
use crate::error::{Error, Result};
use crate::kernel::GramOrigin;
use crate::regression::{NullBand, fit_decay};
use crate::spectrum::Diagnostics;

/// What is decomposed: where x and y, or K and y, came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A kernel's Gram matrix on a data set.
    Data(DatasetOrigin),
    /// A Gram matrix of any origin.
    Gram {
        /// Where K came from.
        gram: GramOrigin,
        /// SHA-256 of n and k as little-endian u64, then y (n,k) row by row as little-endian f64.
        targets_sha256: String,
    },
}

/// The sequences that the lines are fitted to. They do not depend on the window: [`DecayCurves::fit`] refits at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecayCurves {
    /// λ_1 ≥ λ_2 ≥ … of K/n (n).
    pub eigenvalues: Vec<f64>,
    /// Σ_{k≥i} c_k², summed over target columns, i = 1..n.
    pub tail: Vec<f64>,
    /// The same for each permutation of the targets' rows.
    pub null_tails: Vec<Vec<f64>>,
    /// ε of the numbers K was made in: n·ε is the rounding below which eigenvalues and tails mean nothing.
    pub epsilon: f64,
    /// How far the decomposition can be trusted.
    pub diagnostics: Diagnostics,
    /// What was decomposed.
    pub origin: Origin,
}

impl DecayCurves {
    /// n, the number of samples; 0 where the curves are not of one length.
    pub(super) fn n(&self) -> usize {
        let n = self.tail.len();
        let equal = self.eigenvalues.len() == n && self.null_tails.iter().all(|tail| tail.len() == n);
        if equal { n } else { 0 }
    }

    /// Fits the lines in the windows of `parameters`.
    ///
    /// # Errors
    /// [`Error::Window`] where a window does not fit n; [`Error::NonPositiveEigenvalue`] and
    /// [`Error::EigenvalueVanished`] where an eigenvalue of the window is not positive or below n·ε·λ_1;
    /// [`Error::TailVanished`] where the tail is below n·ε·tail_1.
    pub fn fit(self, parameters: &Smoothness) -> Result<SmoothnessResult> {
        parameters.check()?;
        let n = self.tail.len();
        let rounding = n as f64 * self.epsilon;
        let eigenvalue_window = parameters.eigenvalue_window.unwrap_or(parameters.window);
        // In the tail's window too: where eigenvalues are rounding, so are the eigenvectors that the tail is made of.
        let last = eigenvalue_window.resolve(n)?.last.max(parameters.window.resolve(n)?.last);
        let threshold = rounding * self.eigenvalues[0];
        for (index, value) in (1..).zip(&self.eigenvalues[..last]) {
            if *value <= 0.0 {
                return Err(Error::NonPositiveEigenvalue { index, value: *value });
            }
            if *value < threshold {
                return Err(Error::EigenvalueVanished { index, value: *value, threshold });
            }
        }
        let index = parameters.window.resolve(n)?.last;
        for tail in std::iter::once(&self.tail).chain(&self.null_tails) {
            let (value, threshold) = (tail[index - 1], rounding * tail[0]);
            if value <= threshold {
                return Err(Error::TailVanished { index, value, threshold });
            }
        }
        let spacing = parameters.spacing;
        let slopes = self
            .null_tails
            .iter()
            .map(|tail| Ok(fit_decay(tail, parameters.window, spacing)?.line.slope))
            .collect::<Result<Vec<f64>>>()?;
        let eigenvalue_fit = fit_decay(&self.eigenvalues, eigenvalue_window, spacing)?;
        if eigenvalue_fit.line.slope > -rounding {
            return Err(Error::Window {
                window: eigenvalue_window.to_string(),
                problem: format!(
                    "the eigenvalues do not decay in it (slope {:e}), so s = r/β means nothing; is K a multiple of \
                     the identity?",
                    eigenvalue_fit.line.slope
                ),
            });
        }
        Ok(SmoothnessResult {
            fit: fit_decay(&self.tail, parameters.window, spacing)?,
            eigenvalue_fit,
            null_band: NullBand::of(slopes)?,
            curves: self,
            parameters: parameters.clone(),
        })
    }
}
