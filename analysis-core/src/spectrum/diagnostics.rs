//! How far a decomposition can be trusted: LAPACK's own test ratios.

use ndarray::{ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::linalg::{SymmetricEigen, blas_matmul, blas_matmul_nt};

/// Columns of UΛUᵀ that are formed at a time: the check needs n × 256 numbers rather than n².
const BLOCK: usize = 256;

/// The quality of A = UΛUᵀ, in the ratios of LAPACK's own tests (both pass below 60 there), and the negative
/// eigenvalues that a positive semidefinite matrix shows through rounding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Diagnostics {
    /// ‖A − UΛUᵀ‖₁ / (‖A‖₁·n·ε).
    pub residual_ratio: f64,
    /// ‖I − UᵀU‖₁ / (n·ε).
    pub orthogonality_ratio: f64,
    /// How many eigenvalues are below zero.
    pub negative_eigenvalues: usize,
    /// The smallest eigenvalue of K/n, negative or not.
    pub smallest_eigenvalue: f64,
}

impl Diagnostics {
    /// Measures both ratios: two matrix products of n³ each. `a` (n,n) is the matrix that was decomposed.
    pub(super) fn of(a: ArrayView2<f64>, eigen: &SymmetricEigen) -> Result<Self> {
        let n = a.nrows();
        let scale = n as f64 * f64::EPSILON;
        let rows = eigen.vectors.view();
        let columns = rows.t().as_standard_layout().into_owned();
        let (mut residual, mut norm, mut orthogonality) = (0.0f64, 0.0f64, 0.0f64);
        for start in (0..n).step_by(BLOCK) {
            let end = (start + BLOCK).min(n);
            // (UΛUᵀ)[:, block] = U · (U[block, :]·Λ)ᵀ, and (VVᵀ)[:, block] = V · V[block, :]ᵀ, V = Uᵀ.
            let scaled = &columns.slice(s![start..end, ..]) * &eigen.values.view().insert_axis(Axis(0));
            let rebuilt = blas_matmul_nt(columns.view(), scaled.view())?;
            let inner = blas_matmul(rows, rows.slice(s![start..end, ..]).t())?;
            for j in start..end {
                let a_column = a.column(j);
                let difference: f64 =
                    a_column.iter().zip(rebuilt.column(j - start)).map(|(x, y)| (x - y).abs()).sum();
                residual = largest(residual, difference);
                norm = largest(norm, a_column.iter().map(|x| x.abs()).sum());
                let off: f64 = inner
                    .column(j - start)
                    .iter()
                    .enumerate()
                    .map(|(i, v)| (v - if i == j { 1.0 } else { 0.0 }).abs())
                    .sum();
                orthogonality = largest(orthogonality, off);
            }
        }
        if !(residual.is_finite() && norm.is_finite() && orthogonality.is_finite()) {
            return Err(Error::NotFinite {
                what: "the check of a decomposition (K's entries are too large: scale K)".into(),
                row: 0,
                column: 0,
                value: residual + norm + orthogonality,
            });
        }
        Ok(Diagnostics {
            // A zero matrix is decomposed exactly: 0/0 is no information.
            residual_ratio: if norm == 0.0 { residual } else { residual / (norm * scale) },
            orthogonality_ratio: orthogonality / scale,
            negative_eigenvalues: eigen.values.iter().filter(|v| **v < 0.0).count(),
            smallest_eigenvalue: eigen.values[0] / n as f64,
        })
    }
}

/// The larger of two, NaN if either is: `f64::max` would drop it, and a decomposition that failed would look perfect.
pub(super) fn largest(a: f64, b: f64) -> f64 {
    if a.is_nan() || a >= b { a } else { b }
}
