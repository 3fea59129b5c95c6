//! The log–log line through a decaying sequence.

use serde::{Deserialize, Serialize};

use super::{IndexRange, LineFit, Spacing, Window};
use crate::error::{Error, Result};

/// ln values_i ≈ intercept + slope·ln i over a window: natural logarithms, so 10^(…) on a log₁₀ plot is the same line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct DecayFit {
    /// The window as it was named.
    pub window: Window,
    /// What it meant for these n values.
    pub range: IndexRange,
    /// Which of its indices entered.
    pub spacing: Spacing,
    /// The line.
    pub line: LineFit,
}

/// Fits a line to ln values_i against ln i, i = 1..n, over the window. The values must be positive there: callers
/// say what a non-positive value of theirs means before they call.
///
/// # Errors
/// [`Error::Window`](crate::error::Error::Window) where the window does not fit n values,
/// [`Error::Parameter`](crate::error::Error::Parameter) where the spacing leaves too few indices,
/// [`Error::NotFinite`](crate::error::Error::NotFinite) where a value of the window has no logarithm.
///
/// # Examples
/// ```
/// use analysis_core::prelude::*;
/// use analysis_core::regression::fit_decay;
/// let values: Vec<f64> = (1..=1000).map(|i| (i as f64).powf(-1.2)).collect();
/// let fit = fit_decay(&values, Window::FirstFraction(0.1), Spacing::EveryIndex)?;
/// assert!((fit.line.slope + 1.2).abs() < 1e-12);
/// # Ok::<(), Error>(())
/// ```
pub fn fit_decay(values: &[f64], window: Window, spacing: Spacing) -> Result<DecayFit> {
    let range = window.resolve(values.len())?;
    let indices = range.indices(spacing)?;
    let x: Vec<f64> = indices.iter().map(|i| (*i as f64).ln()).collect();
    let y: Vec<f64> = indices.iter().map(|i| values[i - 1].ln()).collect();
    Ok(DecayFit { window, range, spacing, line: LineFit::ols(&x, &y)? })
}

impl DecayFit {
    /// The fitted value at index i (a real number, for drawing): exp(intercept)·i^slope.
    pub fn at(&self, i: f64) -> f64 {
        (self.line.intercept + self.line.slope * i.ln()).exp()
    }
}

/// Refuses a line through eigenvalues whose exponent β = −slope cannot be told from 0. `rounding` is the absolute error of
/// an eigenvalue.
///
/// Two errors are counted, both of ln λ_i: rounding/λ_i, in the worst case all of them against the slope; and what a
/// sample of n rows knows, a relative 1/√n (√n(λ̂ − λ)/λ has the variance E φ⁴ − 1 of its eigenfunction, of order 1), of
/// which the slope has the standard error 1/√(n·Σ(ln i − mean)²); twice that is asked for. The line's own residuals say
/// nothing here: λ_i are sorted, so even eigenvalues that differ by noise alone lie on a falling line.
pub(crate) fn refuse_flat(fit: &DecayFit, eigenvalues: &[f64], rounding: f64) -> Result<()> {
    let n = eigenvalues.len() as f64;
    let indices = fit.range.indices(fit.spacing)?;
    let logs: Vec<f64> = indices.iter().map(|i| (*i as f64).ln()).collect();
    let mean = logs.iter().sum::<f64>() / logs.len() as f64;
    let spread: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
    let worst: f64 =
        indices.iter().zip(&logs).map(|(i, log)| (log - mean).abs() * rounding / eigenvalues[i - 1]).sum();
    let (sampling, rounding) = (2.0 / (n * spread).sqrt(), worst / spread);
    let beta = -fit.line.slope;
    if beta > sampling.max(rounding) {
        return Ok(());
    }
    Err(Error::Window {
        window: fit.window.to_string(),
        problem: format!(
            "the eigenvalues hardly decay in it: β = {beta:.2e} cannot be told from 0 (two standard errors of {n} rows \
             are {sampling:.1e}, rounding makes up to {rounding:.1e}), so s = r/β means nothing; is K nearly a multiple \
             of the identity? then take fewer hidden layers, or rows that are less alike"
        ),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::spectrum::tail_sums;

    /// What the estimator reads for known decays at n = 3000, computed apart from this crate.
    #[test]
    fn known_decays_read_as_calibrated() {
        let slope = |energy: ndarray::Array1<f64>, window: &str| {
            let tail = tail_sums(&energy).to_vec();
            fit_decay(&tail, window.parse().unwrap(), Spacing::EveryIndex).unwrap().line.slope
        };
        let power = |s: f64| ndarray::Array1::from_shape_fn(3000, |k| ((k + 1) as f64).powf(-1.0 - s));
        let flat = || ndarray::Array1::<f64>::ones(3000);
        for (window, expected) in
            [("1..=300", -0.028), ("1..=501", -0.047), ("10..=1000", -0.115), ("paper-literal", -0.449)]
        {
            let found = slope(flat(), window);
            assert!((found - expected).abs() < 0.0006, "flat, {window}: {found}");
        }
        for (s, short, long) in
            [(0.0, 0.26, 0.31), (0.1, 0.32, 0.36), (0.2, 0.38, 0.42), (0.4, 0.52, 0.56), (1.0, 1.05, 1.06)]
        {
            // Half a unit of the last digit given there, plus rounding of the half.
            assert!((slope(power(s), "1..=300") + short).abs() < 0.0055, "s = {s}");
            assert!((slope(power(s), "1..=501") + long).abs() < 0.0055, "s = {s}");
        }
        for (s, expected) in [(0.1, -0.85), (0.2, -0.91), (0.4, -1.03)] {
            assert!((slope(power(s), "paper-literal") - expected).abs() < 0.0055, "s = {s}");
        }
    }
}
