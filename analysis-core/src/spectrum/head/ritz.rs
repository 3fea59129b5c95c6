//! Ritz values of K/n on the basis, what leads out of it, and bounds on the eigenvalues.

use ndarray::{Array2, ArrayView2, s};

use super::basis::squares;
use crate::error::Result;
use crate::linalg::symmetric_eigen;

/// K/n in the basis of Ritz vectors and the rest: [[Θ, Cᵀ], [C, D]] with ‖D‖ ≤ `outside`.
#[derive(Debug)]
pub(super) struct Ritz {
    /// θ_1 ≥ θ_2 ≥ … (m).
    pub(super) values: Vec<f64>,
    /// C (b,m) in a basis of the next block: column k is the residual (K/n)û_k − θ_k û_k.
    pub(super) residuals: Array2<f64>,
    /// ‖C e_k‖ (m).
    pub(super) norms: Vec<f64>,
    /// ûᵀy/√n (m,k).
    pub(super) coefficients: Array2<f64>,
    /// A bound on ‖D‖.
    pub(super) outside: f64,
    /// What rounding and left-out directions may be: the numbers above are exactly those of a matrix this near to K/n.
    pub(super) noise: f64,
}

impl Ritz {
    /// From T = QᵀAQ, whose last rows belong to the last block, its coupling B to the next block, and the targets in the first
    /// block.
    pub(super) fn new(
        t: Array2<f64>,
        coupling: ArrayView2<f64>,
        targets: ArrayView2<f64>,
        outside: f64,
        noise: f64,
    ) -> Result<Ritz> {
        let m = t.nrows();
        let eigen = symmetric_eigen(t)?;
        let vectors = eigen.vectors.slice(s![..;-1, ..]);
        let last = vectors.slice(s![.., m - coupling.ncols()..]);
        let residuals = coupling.dot(&last.t());
        let norms = residuals.columns().into_iter().map(|c| c.dot(&c).sqrt()).collect();
        let coefficients = vectors.slice(s![.., ..targets.nrows()]).dot(&targets);
        let values = eigen.values.iter().rev().copied().collect();
        Ok(Ritz { values, residuals, norms, coefficients, outside: outside + noise, noise })
    }

    /// Upper bounds on λ_1, …, λ_count.
    ///
    /// For μ > ‖D‖ the number of eigenvalues above μ is that of [[Θ − μ, Cᵀ], [C, D − μ]], which by Haynsworth is that of
    /// Θ − μ + Cᵀ(μ − D)⁻¹C, at most that of Θ + CᵀC/(μ − ‖D‖) above μ. So λ_k ≤ max(μ, λ_k(Θ + CᵀC/(μ − ‖D‖))) for every
    /// μ > ‖D‖; the smallest over a few μ is taken. Where the residual r_k is small this is about θ_k + r_k²/(θ_k − ‖D‖).
    pub(super) fn upper_bounds(&self, count: usize) -> Result<Vec<f64>> {
        let squares = self.residuals.t().dot(&self.residuals);
        let largest = self.values.first().copied().unwrap_or(0.0) + self.noise;
        let mut bounds = vec![f64::INFINITY; count];
        for step in STEPS {
            let level = if self.outside > 0.0 { self.outside * step } else { largest * f64::EPSILON * step };
            let mut shifted = &squares / (level - self.outside);
            shifted.diag_mut().iter_mut().zip(&self.values).for_each(|(entry, value)| *entry += value);
            let eigen = symmetric_eigen(shifted)?;
            for (bound, value) in bounds.iter_mut().zip(eigen.values.iter().rev()) {
                *bound = bound.min(value.max(level) + self.noise);
            }
        }
        Ok(bounds)
    }

    /// Σ_k r_k² over the first `count` Ritz vectors.
    pub(super) fn residual_squares(&self, count: usize) -> f64 {
        squares(self.residuals.slice(s![.., ..count]))
    }
}

/// μ/‖D‖ at which the upper bounds are taken.
const STEPS: [f64; 4] = [1.1, 1.3, 2.0, 8.0];
