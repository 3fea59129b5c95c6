//! How sure a result is: what every estimator says of it.

use super::estimate::{
    AllowedNoise, Estimate, Estimator, Likelihood, SoftTailPoint, soft_tail, soft_tail_points, tail_line,
};
use super::result::SmoothnessResult;
#[cfg(doc)]
use crate::error::Error;
use crate::error::Result;
use crate::spectrum::Resolution;

impl SmoothnessResult {
    /// The estimator whose interval is to be believed where it does not warn; chosen by calibration.
    pub const RECOMMENDED: Estimator = Estimator::Likelihood;

    /// What every estimator says of these curves, [`SmoothnessResult::RECOMMENDED`] among them; those of the leave-one-out curve follow
    /// where the result has one.
    ///
    /// # Errors
    /// As [`DecayCurves::check`](super::DecayCurves::check), [`Resolution::of`] and [`Resolution::decay`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let n = 400;
    /// let k = Array2::from_diag(&Array1::from_shape_fn(n, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = Array2::from_shape_fn((n, 1), |(i, _)| (i as f64 + 1.0).powf(-0.7));
    /// let smoothness = Smoothness { window: "1..=100".parse()?, ..Default::default() };
    /// let estimates = smoothness.run((&Gram::from_array(k)?, y.view()))?.estimates()?;
    /// let line = &estimates[0];
    /// // A tail i^−0.4 that ends at i = 400.
    /// assert!(line.r.is_some_and(|r| (r - 0.63).abs() < 0.01) && line.r_interval.is_none());
    /// assert!(estimates[2].r_interval.is_some());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn estimates(&self) -> Result<Vec<Estimate>> {
        let curves = &self.curves;
        curves.check()?;
        let resolution = Resolution::of(&curves.eigenvalues, curves.epsilon)?;
        let energies = curves.energies();
        let mut estimates = vec![
            tail_line(&self.fit, &self.eigenvalue_fit),
            soft_tail(&resolution, &energies)?,
            Likelihood::of(&resolution)?.estimate(&energies, curves.columns),
        ];
        if let Some(curve) = &self.leave_one_out {
            estimates.extend(curve.estimates()?);
        }
        Ok(estimates)
    }

    /// The recommended estimate.
    ///
    /// # Errors
    /// As [`SmoothnessResult::estimates`].
    pub fn recommended(&self) -> Result<Estimate> {
        let curves = &self.curves;
        curves.check()?;
        let resolution = Resolution::of(&curves.eigenvalues, curves.epsilon)?;
        Ok(Likelihood::of(&resolution)?.estimate(&curves.energies(), curves.columns))
    }

    /// Which noise goes with which exponent, by [`Estimator::Likelihood`]: for each exponent tried within its interval the least and the most
    /// σ², by r. Empty where nothing is identified.
    ///
    /// # Errors
    /// As [`SmoothnessResult::estimates`].
    ///
    /// # Examples
    /// ```
    /// use analysis_core::prelude::*;
    /// use ndarray::{Array1, Array2};
    /// let n = 400;
    /// let k = Array2::from_diag(&Array1::from_shape_fn(n, |i| (i as f64 + 1.0).powf(-1.5)));
    /// let y = Array2::from_shape_fn((n, 1), |(i, _)| (i as f64 + 1.0).powf(-0.7));
    /// let smoothness = Smoothness { window: "1..=100".parse()?, ..Default::default() };
    /// let result = smoothness.run((&Gram::from_array(k)?, y.view()))?;
    /// let (allowed, interval) = (result.allowed_noise()?, result.recommended()?.r_interval.unwrap());
    /// assert!(allowed.iter().all(|slice| interval.holds(slice.r) && slice.noise.low >= 0.0));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn allowed_noise(&self) -> Result<Vec<AllowedNoise>> {
        let curves = &self.curves;
        curves.check()?;
        let resolution = Resolution::of(&curves.eigenvalues, curves.epsilon)?;
        Ok(Likelihood::of(&resolution)?.allowed(&curves.energies(), curves.columns))
    }

    /// The soft tail B at N from 2 to n, with its local slope: what each estimate is to be seen on.
    ///
    /// # Errors
    /// As [`SmoothnessResult::estimates`].
    pub fn soft_tail(&self) -> Result<Vec<SoftTailPoint>> {
        self.curves.check()?;
        let resolution = Resolution::of(&self.curves.eigenvalues, self.curves.epsilon)?;
        soft_tail_points(&resolution, &self.curves.energies())
    }
}
