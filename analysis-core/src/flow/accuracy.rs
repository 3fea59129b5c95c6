//! How far a prediction can be trusted.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::spectrum::Diagnostics;

/// What each way of computing says about its own error.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Accuracy {
    /// From the full decomposition: LAPACK's ratios.
    Decomposition(Diagnostics),
    /// From Lanczos: bounds for every filter and column.
    Krylov(KrylovReport),
}

impl Accuracy {
    /// What a reader should know before trusting the numbers; `None` where there is nothing.
    ///
    /// # Examples
    /// ```
    /// # use analysis_core::{flow::{Accuracy, KrylovReport}, ndarray::Array2};
    /// let report = KrylovReport {
    ///     steps: vec![10],
    ///     products: 10,
    ///     tolerance: 1e-6,
    ///     train_bound: Array2::from_elem((1, 1), 0.5),
    ///     bound: Array2::from_elem((1, 1), 0.5),
    ///     scale: vec![1.0],
    ///     largest: 0.5,
    ///     estimated: false,
    /// };
    /// assert!(Accuracy::Krylov(report).warning().is_some_and(|text| text.contains("max_steps")));
    /// ```
    pub fn warning(&self) -> Option<String> {
        match self {
            // The threshold of LAPACK's own tests.
            Accuracy::Decomposition(d) if !(d.residual_ratio < 60.0 && d.orthogonality_ratio < 60.0) => {
                Some(format!(
                    "the decomposition is worse than LAPACK's own tests allow: residual ratio {:.1}, orthogonality \
                     ratio {:.1} (threshold 60)",
                    d.residual_ratio, d.orthogonality_ratio
                ))
            }
            Accuracy::Krylov(report) if !report.converged() => Some(format!(
                "not converged: after {} steps predictions are known to {:.1e} of the residual's root mean square, \
                 not to {:.1e}; raise max_steps, or ask for earlier times",
                report.steps.iter().max().unwrap_or(&0),
                report.largest,
                report.tolerance
            )),
            Accuracy::Krylov(report) if report.estimated => Some(format!(
                "predictions are estimated, not known, to {:.1e} of the residual's root mean square: a limit takes the \
                 smallest Ritz value for the smallest eigenvalue, and gradient descent beyond 1/λ_1 has no bound; ask for flow \
                 times, or decompose",
                report.largest
            )),
            _ => None,
        }
    }
}

/// What the Lanczos iteration reached.
///
/// Both bounds hold in exact arithmetic (see [`Krylov`](super::Krylov)) and are in the target's units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KrylovReport {
    /// Steps of each column (k): the dimension of its Krylov space.
    pub steps: Vec<usize>,
    /// How many times K was read.
    pub products: usize,
    /// The tolerance that was asked for, relative to `scale`.
    pub tolerance: f64,
    /// (filters, k): bound on the root mean square over the training points of the error of f(X).
    pub train_bound: Array2<f64>,
    /// (filters, k): bound on |error of f(z)| at every point z with K(z,z) ≤ max_i K(xᵢ,xᵢ), unseen ones included;
    /// elsewhere times √(K(z,z)/max_i K(xᵢ,xᵢ)). For `limit`, which has no such bound, an estimate: it takes the
    /// smallest Ritz value for the smallest eigenvalue.
    pub bound: Array2<f64>,
    /// (k): root mean square of Y − f₀(X).
    pub scale: Vec<f64>,
    /// The largest of `bound`/`scale`: converged where it is at most `tolerance`.
    pub largest: f64,
    /// Whether an entry of `bound` that decided this is an estimate and no bound: that of a `limit` (which takes the smallest
    /// Ritz value for the smallest eigenvalue, so early on it is too small), or of gradient descent with ηλ_1 > 1.
    #[serde(default)]
    pub estimated: bool,
}

impl KrylovReport {
    /// Whether every filter and column is within the tolerance, as far as [`KrylovReport::bound`] knows: see
    /// [`KrylovReport::estimated`].
    pub fn converged(&self) -> bool {
        self.largest <= self.tolerance
    }
}
