//! The network linearised about its start, trained by the same steps.
//!
//! f^lin(x) = f₀(x) + ∇f₀(x)·(p − p₀). Gradient descent on 1/(2n) Σ ‖f^lin − y‖² with rates η_j moves its outputs on the
//! training rows by Θ₀/n alone: with Θ₀/n = UΛUᵀ over all n·k outputs, c = Uᵀ(Y − f₀),
//!
//! Y − f^lin = U ρ c, ρ_i = Π_j (1 − η_j λ_i), f^lin(z) = f₀(z) + (1/n) Θ₀(z, X) U δ c, δ_i = (1 − ρ_i)/λ_i.

use ndarray::{Array1, Array2, ArrayView2};

use crate::error::Result;
use crate::flow::Filter;
use crate::linalg::{blas_matmul, symmetric_eigen};

/// So many steps, one after the other, at this rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Run {
    pub(super) rate: f64,
    pub(super) steps: u64,
}

pub(super) struct Linearisation {
    n: usize,
    /// λ_i of Θ₀/n, ascending.
    pub(super) eigenvalues: Array1<f64>,
    /// Rows.
    vectors: Array2<f64>,
    /// Uᵀ(Y − f₀).
    projected: Array1<f64>,
    y: Array2<f64>,
    /// Θ₀(z, X) (p·k, n·k) and f₀(z) (p, k).
    cross: Array2<f64>,
    start: Array2<f64>,
}

/// Outputs of the linearised network.
pub(super) struct Outputs {
    pub(super) train: Array2<f64>,
    pub(super) test: Array2<f64>,
}

impl Linearisation {
    /// From Θ₀(X, X) (n·k, n·k), f₀(X), Y, Θ₀(z, X) and f₀(z).
    pub(super) fn new(
        theta: Array2<f64>,
        outputs: ArrayView2<f64>,
        y: ArrayView2<f64>,
        cross: Array2<f64>,
        start: Array2<f64>,
    ) -> Result<Self> {
        let n = y.nrows();
        let eigen = symmetric_eigen(theta)?;
        let residual: Array1<f64> = (&y - &outputs).iter().copied().collect();
        let projected = eigen.vectors.dot(&residual);
        Ok(Linearisation {
            n,
            eigenvalues: eigen.values / n as f64,
            vectors: eigen.vectors,
            projected,
            y: y.to_owned(),
            cross,
            start,
        })
    }

    /// λ_max of Θ₀/n.
    pub(super) fn largest(&self) -> f64 {
        self.eigenvalues.last().copied().unwrap_or(0.0)
    }

    /// The eigenvector of λ_max, (n, k).
    pub(super) fn top(&self) -> Array2<f64> {
        let last = self.vectors.outer_iter().next_back();
        let shaped = last.and_then(|v| v.to_owned().into_shape_with_order(self.y.dim()).ok());
        shaped.unwrap_or_else(|| Array2::ones(self.y.dim()))
    }

    /// After these steps, from the start.
    ///
    /// # Errors
    /// As [`Filter::response`]: a rate of 2/λ_max or more.
    pub(super) fn after(&self, runs: &[Run]) -> Result<Outputs> {
        let count = self.eigenvalues.len();
        let (mut left, mut dual) = (vec![1.0; count], vec![0.0; count]);
        for run in runs {
            let filter = Filter::GradientDescent { rate: run.rate, steps: run.steps };
            let response = filter.response(self.n, self.eigenvalues.view(), f64::EPSILON)?;
            for ((lambda, left), dual) in self.eigenvalues.iter().zip(&mut left).zip(&mut dual) {
                *dual += *left * response.value(*lambda);
                *left *= response.residual(*lambda);
            }
        }
        let column = |factor: &[f64]| {
            let scaled = self.projected.iter().zip(factor).map(|(c, f)| c * f).collect::<Array1<f64>>();
            let image: Array1<f64> = self.vectors.t().dot(&scaled);
            image.insert_axis(ndarray::Axis(1))
        };
        let shaped = |mut base: Array2<f64>, sign: f64, change: &Array2<f64>| {
            base.iter_mut().zip(change).for_each(|(b, c)| *b += sign * c);
            base
        };
        let moved = blas_matmul(self.cross.view(), column(&dual).view())? / self.n as f64;
        Ok(Outputs {
            train: shaped(self.y.clone(), -1.0, &column(&left)),
            test: shaped(self.start.clone(), 1.0, &moved),
        })
    }
}
