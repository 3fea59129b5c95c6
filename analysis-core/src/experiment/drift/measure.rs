//! What is seen of a kernel at one look.

use ndarray::{Array1, Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use super::KernelForm;
use crate::error::Result;
use crate::linalg::symmetric_eigen;

/// How far a kernel is from where it began.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct KernelChange {
    /// ‖Θ_t − Θ₀‖_F/‖Θ₀‖_F.
    pub drift: f64,
    /// ⟨Θ_t, Θ₀⟩/(‖Θ_t‖_F ‖Θ₀‖_F).
    pub alignment: f64,
}

impl KernelChange {
    pub(super) fn between(now: ArrayView2<f64>, start: ArrayView2<f64>) -> Self {
        let sum = |f: &dyn Fn(f64, f64) -> f64| now.iter().zip(&start).map(|(a, b)| f(*a, *b)).sum::<f64>();
        let (difference, inner) = (sum(&|a, b| (a - b) * (a - b)), sum(&|a, b| a * b));
        let (own, first) = (sum(&|a, _| a * a), sum(&|_, b| b * b));
        KernelChange { drift: (difference / first).sqrt(), alignment: inner / (own.sqrt() * first.sqrt()) }
    }
}

/// One form of Θ (n·k, n·k), row i·k + o.
pub(super) fn form(theta: ArrayView2<f64>, outputs: usize, form: KernelForm) -> Array2<f64> {
    let n = theta.nrows() / outputs;
    match form {
        KernelForm::Full => theta.to_owned(),
        KernelForm::Trace => Array2::from_shape_fn((n, n), |(i, j)| {
            (0..outputs).map(|o| theta[[i * outputs + o, j * outputs + o]]).sum()
        }),
        KernelForm::One => Array2::from_shape_fn((n, n), |(i, j)| theta[[i * outputs, j * outputs]]),
    }
}

/// The eigenvalues of Θ/n, descending, Θ (n, n) summed over outputs.
pub(super) fn spectrum(trace: &Array2<f64>) -> Result<Array1<f64>> {
    let mut values = symmetric_eigen(trace.clone())?.values / trace.nrows() as f64;
    values.invert_axis(ndarray::Axis(0));
    Ok(values)
}

/// ⟨Θ, YYᵀ⟩/(‖Θ‖_F ‖YYᵀ‖_F).
pub(super) fn target_alignment(trace: ArrayView2<f64>, y: ArrayView2<f64>) -> f64 {
    KernelChange::between(trace, y.dot(&y.t()).view()).alignment
}

/// √ of the mean over all entries of (a − b)².
pub(super) fn rms(a: ArrayView2<f64>, b: ArrayView2<f64>) -> f64 {
    let sum: f64 = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum();
    (sum / a.len() as f64).sqrt()
}
