//! How sure a smoothness is: estimators of one estimand, side by side.
//!
//! **The estimand** is an effective exponent over a stated range of i: a population target has energies θ_i² on the
//! eigenfunctions of the kernel's integral operator, tail Σ_{k≥i} θ_k² ~ i^{−r}, eigenvalues λ_i ~ i^{−β}, s = r/β, and noise of
//! energy σ² beside it. Nothing here is asymptotic. Noise is the same on every eigenvector of a sample; energy that n samples do not
//! resolve is not, and the two are kept apart.
//!
//! | estimator | what it corrects | when to use it |
//! |---|---|---|
//! | [`TailLine`](Estimator::TailLine) | nothing: it is paper 1's | to compare with printed numbers |
//! | [`SoftTail`](Estimator::SoftTail) | energy beyond the window | without noise, as a curve |
//! | [`Likelihood`](Estimator::Likelihood) | unresolved energy and noise; has an interval | **recommended** |
//! | [`LeaveOneOut`](Estimator::LeaveOneOut) | it looks at no eigenvector at all | without noise, as a check; needs K |
//! | [`RidgedLeaveOneOut`](Estimator::RidgedLeaveOneOut) | errors above the variance, at the best ridge | the same |
//!
//! The first three read the curves of a [`SmoothnessResult`](super::SmoothnessResult); none needs an eigenvector.

mod answer;
mod expected;
mod leave_one_out;
mod likelihood;
mod profile;
mod quality;
mod soft_tail;
#[cfg(test)]
mod tests;

use ndarray::{Array2, ArrayView1, ArrayView2};

use crate::check;
use crate::error::{Error, Result};
use crate::regression::{DecayFit, Spacing, Window, fit_decay};
use crate::spectrum::{Resolution, SpectralMeasure, tail_sums};

pub use answer::{AllowedNoise, Estimate, Estimator, Interval};
pub use leave_one_out::{LeaveOneOut, LeaveOneOutCurve, LeaveOneOutPoint};
pub(super) use likelihood::Likelihood;
pub use soft_tail::SoftTailPoint;
pub(super) use soft_tail::{estimate as soft_tail, points as soft_tail_points};

impl Estimate {
    /// [`Estimator::Likelihood`] on a decomposition of any origin: eigenvalues of K/n (n), descending, made in numbers of precision
    /// `epsilon`; energies m_k = n c_k² (n), summed over `columns` targets.
    ///
    /// # Errors
    /// As [`Resolution::of`] and [`Resolution::decay`]; [`Error::Shape`] for another number of energies, [`Error::NotFinite`],
    /// [`Error::Parameter`] for energies that are negative or all 0.
    ///
    /// # Examples
    /// ```
    /// use analysis_core::smoothness::Estimate;
    /// let eigenvalues: Vec<f64> = (1..=1000).map(|i| f64::from(i).powf(-1.3)).collect();
    /// let energies: Vec<f64> = (1..=1000).map(|i| 1000.0 * f64::from(i).powf(-1.5)).collect();
    /// let estimate = Estimate::likelihood(&eigenvalues, &energies, 1, f64::EPSILON)?;
    /// assert!(estimate.r_interval.is_some_and(|interval| interval.holds(0.5)));
    /// # Ok::<(), analysis_core::error::Error>(())
    /// ```
    pub fn likelihood(
        eigenvalues: &[f64],
        energies: &[f64],
        columns: usize,
        epsilon: f64,
    ) -> Result<Estimate> {
        let resolution = Resolution::of(eigenvalues, epsilon)?;
        if energies.len() != eigenvalues.len() {
            let expected = format!("{}, one an eigenvalue", eigenvalues.len());
            return Err(Error::shape("energies", expected, energies.len()));
        }
        check::finite_values("energies", energies)?;
        let negative = energies.iter().find(|energy| **energy < 0.0);
        check::refuse(negative.is_some(), "energies", negative.unwrap_or(&0.0), "must not be negative")?;
        check::refuse(energies.iter().all(|energy| *energy == 0.0), "energies", 0, "must not all be 0")?;
        Ok(Likelihood::of(&resolution)?.estimate(energies, columns))
    }
}

/// What every estimator of [`SmoothnessResult::estimates`](super::SmoothnessResult::estimates) says of each target of a measure, one
/// column each.
pub(crate) fn estimates_of(measure: &SpectralMeasure) -> Result<Vec<Vec<Estimate>>> {
    let k = measure.coefficients.ncols();
    let mut energies = Array2::zeros((measure.n(), k));
    for (j, mut column) in energies.columns_mut().into_iter().enumerate() {
        column.assign(&(measure.energy_of(j, 1) * measure.n() as f64));
    }
    estimates_of_energies(&measure.eigenvalues.to_vec(), measure.epsilon, energies.view(), &vec![1; k])
}

/// The same of energies m_k = n c_k² (n, targets), each summed over so many columns; in the windows that [`Estimator`] names; the line's
/// is the first sixth of the indices, as i ≤ 501 is of 3000.
pub(crate) fn estimates_of_energies(
    eigenvalues: &[f64],
    epsilon: f64,
    energies: ArrayView2<f64>,
    columns: &[usize],
) -> Result<Vec<Vec<Estimate>>> {
    let resolution = Resolution::of(eigenvalues, epsilon)?;
    let likelihood = Likelihood::of(&resolution)?;
    let (window, spacing) = (Window::FirstFraction(501.0 / 3000.0), Spacing::EveryIndex);
    let decay = fit_decay(eigenvalues, window, spacing)?;
    let of = |(energies, columns): (ArrayView1<f64>, &usize)| {
        let tail = fit_decay(&tail_sums(&energies.to_owned()).to_vec(), window, spacing)?;
        let energies = energies.to_vec();
        let soft = soft_tail(&resolution, &energies)?;
        Ok(vec![tail_line(&tail, &decay), soft, likelihood.estimate(&energies, *columns)])
    };
    energies.columns().into_iter().zip(columns).map(of).collect()
}

pub(super) fn tail_line(tail: &DecayFit, eigenvalues: &DecayFit) -> Estimate {
    let (r, beta) = (-tail.line.slope, -eigenvalues.line.slope);
    let unknown = Estimate::unknown(Estimator::TailLine, beta, tail.range);
    Estimate { r: Some(r), s: Some(r / beta), ..unknown }
}
