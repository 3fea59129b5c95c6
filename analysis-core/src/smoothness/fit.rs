//! From the curves to the exponents.

use super::curves::DecayCurves;
use super::parameters::Smoothness;
use super::result::SmoothnessResult;
use crate::error::{Error, Result};
use crate::origin::Origins;
use crate::regression::{DecayFit, NullBand, Spacing, Window, fit_decay, refuse_flat};

impl DecayCurves {
    /// Fits the lines in the windows of `parameters`.
    ///
    /// # Errors
    /// As [`DecayCurves::check`]; [`Error::Window`] where a window does not fit n, or the eigenvalues hardly decay in
    /// it, so that β cannot be told from 0 and s = r/β means nothing: β no larger than what the rounding n·ε·λ_1 of the
    /// eigenvalues can make, or than two standard errors of what n rows know (the eigenvalue of a sample is known to a
    /// relative 1/√n); [`Error::NonPositiveEigenvalue`] and [`Error::EigenvalueVanished`] where an eigenvalue of the window
    /// is not positive or below n·ε·λ_1; [`Error::TailVanished`] where the tail is below n·ε·tail_1.
    pub fn fit(self, parameters: &Smoothness) -> Result<SmoothnessResult> {
        parameters.check()?;
        self.check()?;
        let n = self.tail.len();
        let rounding = n as f64 * self.epsilon;
        let eigenvalue_window = parameters.eigenvalue_window.unwrap_or(parameters.window);
        // In the tail's window too: where eigenvalues are rounding, so are the eigenvectors that the tail is made of.
        let last = eigenvalue_window.resolve(n)?.last.max(parameters.window.resolve(n)?.last);
        self.check_eigenvalues(last)?;
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
        let eigenvalue_fit = self.fit_eigenvalues(eigenvalue_window, spacing)?;
        Ok(SmoothnessResult {
            leave_one_out: None,
            fit: fit_decay(&self.tail, parameters.window, spacing)?,
            eigenvalue_fit,
            null_band: NullBand::of(slopes)?,
            curves: self,
            parameters: parameters.clone(),
            computed_by: Origins::now(),
        })
    }

    /// The line through the eigenvalues in a window, where they are more than rounding and fall by more than it.
    pub(crate) fn fit_eigenvalues(&self, window: Window, spacing: Spacing) -> Result<DecayFit> {
        self.check_eigenvalues(window.resolve(self.eigenvalues.len())?.last)?;
        let fit = fit_decay(&self.eigenvalues, window, spacing)?;
        refuse_flat(&fit, &self.eigenvalues, self.rounding())?;
        Ok(fit)
    }

    /// An error for the first of the eigenvalues up to `last` that is not positive, or is rounding.
    fn check_eigenvalues(&self, last: usize) -> Result<()> {
        let threshold = self.rounding();
        for (index, value) in (1..).zip(&self.eigenvalues[..last]) {
            if *value <= 0.0 {
                return Err(Error::NonPositiveEigenvalue { index, value: *value });
            }
            if *value < threshold {
                return Err(Error::EigenvalueVanished { index, value: *value, threshold });
            }
        }
        Ok(())
    }

    /// n·ε·λ_1.
    fn rounding(&self) -> f64 {
        self.eigenvalues.len() as f64 * self.epsilon * self.eigenvalues[0]
    }
}
